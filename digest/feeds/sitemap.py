"""A news sitemap to entries (https://www.google.com/schemas/sitemap-news/0.9): what a site published in two days.

::

    urlset         ─▶ its news, in document order; without a title nothing tells what a page is about
    sitemapindex   ─▶ where its newest news stand: that document is read in its place
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, Final

import lxml.etree

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.text import clean_line, safe_link
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MOST_CHILDREN: Final = 50_000
"""Of one index, as the protocol has it."""
_NUMBERS: Final = re.compile(r"\d+")
_NEWS: Final = re.compile(r"news|nachrichten|actualit|noticia|notizie|новост|뉴스|ニュース", re.IGNORECASE)


def parse_sitemap(document: bytes, url: str) -> ParsedFeed:
    """The news of a sitemap; of a sitemap index no entries, but where they stand (``elsewhere``).

    Args:
        document: UTF-8.
        url: where it came from.

    Raises:
        ParseError: it has no news, or cannot be read.
    """
    parser = lxml.etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    try:
        root = lxml.etree.fromstring(document, parser=parser)
    except lxml.etree.XMLSyntaxError:
        root = None
    if root is None:
        raise ParseError("this is a sitemap, but too broken to read")
    if _name(root) == "sitemapindex":
        return ParsedFeed(elsewhere=_newest(root, url))
    pages = [each for each in root if _name(each) == "url"]
    entries = tuple(entry for page in pages if (entry := _entry(page)).title)
    if pages and not entries:
        raise ParseError(
            "this is a sitemap without titles, which says nothing of its pages: name the site's news sitemap, "
            "or read its list of news with page ="
        )
    names = [_text(page, "publication", "name") for page in pages[:1]]
    return ParsedFeed(title=html.escape(next(iter(names), ""), quote=False), link=safe_link(url), entries=entries)


def _entry(page: Any) -> ParsedEntry:
    keywords = _text(page, "keywords").split(",")
    return ParsedEntry(
        link=safe_link(_text(page, "loc")),
        title=html.escape(_news_title(page), quote=False),
        lang=_text(page, "publication", "language"),
        tags=tuple(dict.fromkeys(word for each in keywords if (word := each.strip()))),
        published=read_date(_text(page, "publication_date")),
    )


def _news_title(page: Any) -> str:
    """The title of the news itself: images and videos of a page have titles, too."""
    return next((_text(each, "title") for each in page if _name(each) == "news"), "")


def _newest(index: Any, url: str) -> str:
    """The address of the child of an index that holds the newest news, as far as the index tells.

    Those that are called news come first, then those that changed last, then those of the highest number.
    """
    children = [each for each in index[:_MOST_CHILDREN] if _name(each) == "sitemap"]
    named = [(link, _text(each, "lastmod")) for each in children if (link := safe_link(_text(each, "loc")))]
    if not named:
        raise ParseError("this is a sitemap index that names no sitemap")
    link, _ = max(named, key=lambda child: _rank(*child))
    if link == url:
        raise ParseError("this is a sitemap index that names itself")
    return link


def _rank(link: str, changed: str) -> tuple[bool, float, Sequence[int]]:
    moment = read_date(changed)
    numbers = [int(each[:12]) for each in _NUMBERS.findall(link)]
    return bool(_NEWS.search(link)), moment.timestamp() if moment else 0.0, numbers


def _text(element: Any, *names: str) -> str:
    """The text of the first element of these names, each inside the one before; empty where there is none."""
    return next((clean_line("".join(each.itertext())) for each in _all(element, *names)), "")


def _all(element: Any, *names: str) -> Iterator[Any]:
    for each in element.iter():
        if each is not element and _name(each) == names[0]:
            if len(names) > 1:
                yield from _all(each, *names[1:])
            else:
                yield each


def _name(element: Any) -> str:
    """The name of an element without its namespace; empty for a comment."""
    return element.tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(element.tag, str) else ""
