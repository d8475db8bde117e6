"""A page without a feed to entries: CSS selectors say where each entry stands, and where in it what is said of it.

::

    page ─▶ tree ─▶ entry ─▶ title    its text; without a selector that of the first heading, else of the first link
                       ├──▶ link     an address in it, in the title or around it; without a selector the title's
                       ├──▶ date     its ``datetime``, or its text
                       └──▶ summary  its markup

A page is hostile like any document, and is read where a feed is: in a child that may be killed. A selector that finds
nothing where it must is an error that names it: a page that changed is no feed without news.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

import lxml.etree
import lxml.html
from cssselect import HTMLTranslator
from lxml.cssselect import CSSSelector

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.feeds.encoding import to_utf8
from digest.text import clean_line, html_to_text, quoted, safe_link
from digest.values.news import ParsedEntry, ParsedFeed
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from digest.values.settings import PageSelectors

    Element = Any
    """lxml has no types."""
    Find = Callable[[Any], list[Any]]

_META_CHARSET: Final = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]{1,40})""", re.IGNORECASE)
_HAS_CHARSET: Final = re.compile(r"charset\s*=", re.IGNORECASE)
_HEAD: Final = 4_096
"""Bytes in which a page says its encoding; browsers look at 1,024."""
_HEADING: Final = re.compile("h[1-6]$")
_LABEL: Final = re.compile(r"^\D{1,40}(?=\d)")
"""What stands before the digits of a date, as in “Posted: 12 May 2026”."""
_LONGEST_DATE: Final = 100
_UNSEEN: Final = ("script", "style", "template", "noscript")


def load_page(body: bytes, content_type: str) -> Element:
    """The tree of a page, without comments and scripts, in whatever encoding it is.

    Raises:
        ParseError: there is nothing in it.
    """
    if not _HAS_CHARSET.search(content_type) and (named := _META_CHARSET.search(body[:_HEAD])):
        content_type = f"text/html; charset={named[1].decode('ascii')}"
    document = to_utf8(body, content_type)
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(document, parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        raise ParseError("the page is empty") from None
    lxml.etree.strip_elements(tree, *_UNSEEN, with_tail=False)
    return tree


def parse_page(body: bytes, selectors: PageSelectors, *, content_type: str, url: str) -> ParsedFeed:
    """The entries that selectors find on a page, in its order.

    An entry's title, and its summary, come out as HTML, its link as an absolute http(s) address or empty. What has
    neither a title nor a link is no entry.

    Args:
        body: the page, decompressed.
        selectors: such as `check_selector` finds nothing wrong with.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start at its ``<base>``, else there.

    Raises:
        ParseError: a selector finds nothing on it; says which.
    """
    tree = load_page(body, content_type)
    base = base_of(tree, url)
    found = _finder(selectors.entry)(tree)
    if not found:
        raise ParseError(f"{_named('entry', selectors.entry)} finds nothing on the page: {_ADVICE}")
    readers = {name: _finder(selector) for name in _PARTS if (selector := getattr(selectors, name))}
    missing = dict.fromkeys(readers, len(found))
    entries = [_entry(element, readers, missing, base) for element in found]
    nowhere = f"finds nothing in any of the {count(len(found), 'entry')} on the page"
    lacks = {
        name: f"{_named(name, getattr(selectors, name))} {nowhere}" for name in readers if missing[name] == len(found)
    }
    for name in sorted(_NEEDED.intersection(lacks)):
        raise ParseError(f"{lacks[name]}: {_ADVICE}")
    kept = tuple(entry for entry in entries if entry.title or entry.link)
    if not kept:
        raise ParseError(f"what {_named('entry', selectors.entry)} finds has neither a title nor a link: {_ADVICE}")
    return ParsedFeed(
        title=html.escape(page_title(tree), quote=False),
        link=safe_link(url),
        lang=(tree.get("lang") or "").strip(),
        entries=kept,
        complaint="; ".join(lacks.values()),
    )


_PARTS: Final = ("title", "link", "date", "summary")
_NEEDED: Final = frozenset({"title", "link"})
_ADVICE: Final = "the page may have changed, and digest feeds discover proposes new selectors"


def _named(key: str, selector: str) -> str:
    return f"{key} = {quoted(selector)}"


def _finder(selector: str) -> Find:
    find: Find = CSSSelector(selector, translator=HTMLTranslator())
    return find


def _entry(element: Element, readers: dict[str, Find], missing: dict[str, int], base: str) -> ParsedEntry:
    """One entry; what each selector found is taken from what it is ``missing``."""
    found = {name: next(iter(find(element)), None) for name, find in readers.items()}
    for name, part in found.items():
        missing[name] -= part is not None
    title = found.get("title") if "title" in readers else _title_in(element)
    link = next(_links(found["link"] if "link" in readers else title, element, base), "")
    if not link and "link" not in readers:
        link = next(_links(element, element, base), "")
    text = "" if title is None else words_of_element(title)
    summary = found.get("summary")
    date = found.get("date") if "date" in readers else next(element.iter("time"), None)
    return ParsedEntry(
        # Without a link of its own the words of its title are what it is known by.
        guid="" if link else text,
        link=link,
        title=html.escape(text, quote=False),
        summary="" if summary is None else inner_markup(summary),
        published=None if date is None else date_in(date),
    )


def _title_in(element: Element) -> Element | None:
    """Where the title of an entry stands, most likely."""
    headings = [each for each in element.iter() if isinstance(each.tag, str) and _HEADING.match(each.tag)]
    links = [each for each in element.iter("a") if words_of_element(each)]
    return next(iter([*headings, *links]), element)


def _links(part: Element | None, entry: Element, base: str) -> Iterator[str]:
    """The addresses in a part of an entry, then the one that the part stands in."""
    if part is None:
        return
    for each in part.iter("a", "area"):
        if link := absolute(each.get("href") or "", base):
            yield link
    around = part
    while around is not None:
        if around.tag == "a" and (link := absolute(around.get("href") or "", base)):
            yield link
        around = None if around is entry and entry.tag == "a" else around.getparent()


# --- of an element ---------------------------------------------------------------------------------------------------


def words_of_element(element: Element) -> str:
    """The text of an element as one clean line; of an image alone its description."""
    text = clean_line(html_to_text(inner_markup(element)) if len(element) else element.text or "")
    if text:
        return text
    return next((words for each in element.iter("img") if (words := clean_line(each.get("alt") or ""))), "")


def inner_markup(element: Element) -> str:
    """What stands in an element, as HTML."""
    inner = [html.escape(element.text or "", quote=False)]
    inner += [lxml.html.tostring(child, encoding="unicode") for child in element]
    return "".join(inner).strip()


def date_in(element: Element) -> datetime | None:
    """The date that an element says, in an attribute or in words; ``None``: none that can be read."""
    for each in (element, *element.iter("time")):
        for name in ("datetime", "content", "data-time", "title"):
            if moment := date_of(each.get(name) or ""):
                return moment
    return date_of(words_of_element(element))


def date_of(text: str) -> datetime | None:
    """The date that some words say, perhaps behind a label."""
    text = text.strip()
    if not text or len(text) > _LONGEST_DATE:
        return None
    return read_date(text) or read_date(_LABEL.sub("", text))


def absolute(link: str, base: str) -> str:
    """An address on a page made absolute; empty for none, for what is not of the web, and for a place on the page."""
    link = link.strip()
    if not link or link.startswith("#"):
        return ""
    try:
        return safe_link(urljoin(base, link))
    except ValueError:
        return ""


def base_of(tree: Element, url: str) -> str:
    """Where the relative links of a page start."""
    said = next((each.get("href") for each in tree.iter("base") if each.get("href")), "")
    return absolute(said, url) or url


def page_title(tree: Element) -> str:
    """What a page calls itself."""
    title = next(tree.iter("title"), None)
    return "" if title is None else words_of_element(title)
