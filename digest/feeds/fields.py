"""What an entry's elements say: each field is chosen by the names of its elements, never by their order or length.

An entry's own title, description and link are its title, summary and link. What other vocabularies say (a photo's
caption, a podcast's blurb) takes their place only where the entry has none of its own.
"""

from __future__ import annotations

import html
import itertools
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from digest.feeds.dates import read_date
from digest.feeds.elements import Names, entry_elements, in_scope, inner_markup, local_name, own_text, plain_text
from digest.text import clean_line, html_to_text, is_plainly_markup, safe_link
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from lxml.etree import _Element as Element

Fields = dict[str, list["Element"]]
"""The elements of an entry, or of a feed's head, by name."""

_TITLES: Final = ("title", "atom:title", "dc:title", "dcterms:title")
_OTHER_TITLES: Final = ("media:title", "itunes:title")
_SUMMARIES: Final = ("description", "summary", "abstract")
_OTHER_SUMMARIES: Final = (
    "atom:summary",
    "dc:description",
    "dcterms:abstract",
    "dcterms:description",
    "itunes:summary",
    "itunes:subtitle",
)
_CONTENTS: Final = ("content:encoded", "content", "atom:content", "xhtml:body", "xhtml:div", "fullitem", "body")
_GUIDS: Final = ("guid", "id", "atom:id")
_PUBLISHED: Final = ("pubdate", "published", "issued", "atom:published", "dcterms:issued")
_UPDATED: Final = ("dc:date", "date", "updated", "atom:updated", "modified", "dcterms:modified", "dcterms:date")
_CREATED: Final = ("created", "dcterms:created")
_DATES: Final = (*_PUBLISHED, *_UPDATED, *_CREATED, "prism:publicationdate")
_LINKS: Final = ("feedburner:origlink", "pheedo:origlink", "link")
_GROUPS: Final = ("media:group", "media:content")
_RELATION: Final = re.compile(r"^https?://www\.iana\.org/assignments/relation/", re.IGNORECASE)
_PAGES: Final = frozenset({"", "text/html", "application/xhtml+xml"})
_LESSER_RELATIONS: Final = ("self", "related", "via")
_PLAIN: Final = frozenset({"text", "text/plain"})
_NO_TEXT: Final = re.compile(r"(?:image|audio|video|font|application|multipart)/(?!xhtml\+xml|xml|[\w.]*html)")
_FROM_ROOT: Final = re.compile(r"/(?![/.])(?:(?!/\.)[^?#\s;])*(?:\?[^#\s]*)?\Z")
_MAILBOX: Final = re.compile(r"<?([^\s<>()@]+@[^\s<>()@]+)>?")
_WRAPPED: Final = 50
"""Characters: where no line is longer, it was not broken for want of room."""


def feed_of(root: Element, url: str, scopes: Collection[str] = ("base", "lang")) -> ParsedFeed:
    """What a document says of itself, and its entries in document order but for those that hold nothing at all.

    Args:
        root: its outermost element.
        url: where it came from.
        scopes: which of ``xml:base`` and ``xml:lang`` may stand in it; nobody looks for the others.
    """
    head = next((each for each in root if local_name(each) == "channel"), root)
    fields = Names(head).fields(head)
    lang = lang_of(head, fields, scopes)
    # What a feed is known by is no page of it.
    home = link_of(
        {name: some for name, some in fields.items() if name not in _GUIDS}, AddressOf(url, "", scopes), lang
    )
    reader = _EntryReader(AddressOf(url, home, scopes), lang, fields, scopes)
    return ParsedFeed(
        title=title_of(fields, is_atom=local_name(head) == "feed"),
        link=home,
        lang=lang,
        entries=tuple(entry for each in entry_elements(root) if (entry := reader.entry(each)) is not _NOTHING),
    )


_NOTHING: Final = ParsedEntry()


class _EntryReader:
    """Reads the entries of one document.

    Args:
        address_of: what makes absolute addresses of its links.
        lang: the feed's, by which dates are read and links chosen.
        head: what the feed says of itself.
        scopes: as for `feed_of`.
    """

    def __init__(self, address_of: AddressOf, lang: str, head: Fields, scopes: Collection[str]) -> None:
        self._scopes = scopes
        self._address_of = address_of
        self._lang = lang
        self._feed_author = author_of(head)
        self._names: Names | None = None

    def entry(self, element: Element) -> ParsedEntry:
        """What one entry says."""
        if self._names is None or not self._names.suits(element):
            self._names = Names(element)
        fields = self._names.fields(element)
        if not fields and not element.attrib:
            return _NOTHING
        is_atom = local_name(element) == "entry"
        summary, content = texts_of(fields, is_atom=is_atom)
        own_lang = lang_of(element, fields, self._scopes)
        lang = own_lang or self._lang
        guid, title = guid_of(element, fields), title_of(fields, is_atom=is_atom)
        link = link_of(fields, self._address_of, lang)
        author, tags = author_of(fields), tags_of(fields)
        published = published_of(fields, lang)
        if not any((guid, link, title, summary, content, author, tags, published)):
            return _NOTHING
        author = author or (self._feed_author if is_atom else "")  # RFC 4287, 4.2.1
        return ParsedEntry(guid, link, title, summary, content, author, own_lang, tags, published)


def title_of(fields: Fields, *, is_atom: bool) -> str:
    """The title, as HTML."""
    return _first(_all(fields, _TITLES), is_atom=is_atom) or _first(_media(fields, _OTHER_TITLES), is_atom=False)


def texts_of(fields: Fields, *, is_atom: bool) -> tuple[str, str]:
    """The summary and the content, as HTML; a text stands in one of them only.

    The summary is the entry's own. What else calls itself a summary stands in for one that is missing, and what a
    picture's or a film's caption says is taken only where there is no text at all.
    """
    descriptions = [markup for each in _all(fields, _SUMMARIES) if (markup := _markup(each, is_atom=is_atom))]
    summary = descriptions[0] if descriptions else _first(_all(fields, _OTHER_SUMMARIES), is_atom=is_atom)
    bodies = [_markup(each, is_atom=is_atom) for each in _all(fields, _CONTENTS)]
    content = max(bodies, key=len, default="") or max(descriptions[1:], key=len, default="")
    if not summary and not content:
        summary = _first(_media(fields, ("media:description", "media:text")), is_atom=False)
    return "" if summary == content else summary, content


def guid_of(entry: Element, fields: Fields) -> str:
    """What the entry says that it is known by."""
    said = next((text for each in _all(fields, _GUIDS) if (text := plain_text(each))), "")
    return said or next((str(value).strip() for key, value in entry.attrib.items() if _is_about(str(key))), "")


def _is_about(key: str) -> bool:
    return key.rpartition("}")[2].rpartition(":")[2] == "about"


def published_of(fields: Fields, lang: str) -> datetime | None:
    """When it was published, else changed, else made; the first date that can be read."""
    for each in _all(fields, _DATES):
        if moment := read_date(plain_text(each), lang):
            return moment
    return None


def author_of(fields: Fields) -> str:
    """Who wrote it, as plain text; of an address and a name the name."""
    for names in (("author", "atom:author"), ("dc:creator",), ("itunes:author",), ("creator",)):
        if people := dict.fromkeys(filter(None, map(_person, _all(fields, names)))):
            return ", ".join(people)
    return ""


def _person(element: Element) -> str:
    """The name of somebody, however it is written: elements in it, ``a@b.example (Name)``, ``Name <a@b.example>``."""
    parts = {str(child.tag).rpartition("}")[2].lower(): plain_text(child) for child in element}
    said = parts.get("name") or parts.get("email") or parts.get("uri") or plain_text(element)
    said = words_of(said, keep_brackets=True)
    if found := _MAILBOX.search(said):
        name = clean_line(said.replace(found[0], " ")).strip(" ()\"'")
        return name or found[1]
    return said


def tags_of(fields: Fields) -> tuple[str, ...]:
    """Its categories, each once, as plain text."""
    found = [
        each.get("label") or plain_text(each) or each.get("term") or ""
        for each in _all(fields, ("category", "atom:category", "dc:subject", "subject"))
    ]
    for each in _all(fields, ("media:keywords", "itunes:keywords", "keywords")):
        found += plain_text(each).split(",")
    found += [each.get("label") or plain_text(each) for each in _all(fields, ("media:category",))]
    return tuple(dict.fromkeys(filter(None, map(words_of, found))))


def words_of(value: str, *, keep_brackets: bool = False) -> str:
    """A name or tag as plain text; some feeds escape them twice."""
    if "&" in value or ("<" in value and not keep_brackets):
        value = html_to_text(value)
    return clean_line(value)


def lang_of(entry: Element, fields: Fields, scopes: Collection[str]) -> str:
    """Its language: what holds for its title by ``xml:lang``, else what it names."""
    title = next(iter(_all(fields, ("title",))), entry)
    in_force = next(in_scope(title, "lang"), "") if "lang" in scopes else ""
    return in_force or next(map(plain_text, _all(fields, ("dc:language", "language"))), "")


# --- links -----------------------------------------------------------------------------------------------------------


def link_of(fields: Fields, address_of: AddressOf, lang: str = "") -> str:
    """The page of an entry or a feed: its own link to one, else a guid that is an address; never an enclosure.

    Args:
        fields: its elements.
        address_of: what makes absolute addresses of what stands in an element.
        lang: of several pages the one in this language is meant.
    """
    for element in _all(fields, _LINKS):
        if link := address_of(element, plain_text(element)):
            return link
    linked = [each for each in _all(fields, ("link", "atom:link")) if each.get("href")]
    by_relation: dict[str, list[Element]] = {}
    for element in sorted(linked, key=lambda each: _doubts(each, lang)):
        by_relation.setdefault(_relation(element), []).append(element)
    for element in by_relation.get("alternate", ()):
        if link := address_of(element, element.get("href", "")):
            return link
    guids = (_page_of(element, address_of) for element in _all(fields, _GUIDS))
    if link := next(filter(None, guids), ""):
        return link
    lesser = [each for name in _LESSER_RELATIONS for each in by_relation.get(name, ()) if _doubts(each, "") == 0]
    return next((link for each in lesser if (link := address_of(each, each.get("href", "")))), "")


def _relation(element: Element) -> str:
    return _RELATION.sub("", element.get("rel", "alternate").strip()).lower() or "alternate"


def _doubts(element: Element, lang: str) -> int:
    """How little a link is likely to be the page that is meant."""
    kind = element.get("type", "").partition(";")[0].strip().lower()
    tongue = element.get("hreflang", "").strip().lower()
    other = bool(tongue and lang) and tongue.partition("-")[0] != lang.lower().partition("-")[0]
    return 2 * (kind not in _PAGES) + other


def _page_of(guid: Element, address_of: AddressOf) -> str:
    """The address that a guid is; one that only says that it is a page's may be a part of one."""
    said = plain_text(guid)
    is_page = guid.get("isPermaLink", guid.get("ispermalink", "")).strip().lower() == "true"
    return safe_link(said) or (address_of(guid, said) if is_page else "")


class AddressOf:
    """Makes absolute http(s) addresses of links as they stand in a feed.

    They start at their own ``xml:base``, else at the page of the feed, else at the feed's own address.

    Args:
        url: of the document.
        home: the page that the feed names as its own; or "".
        scopes: as for `feed_of`.
    """

    def __init__(self, url: str, home: str, scopes: Collection[str]) -> None:
        self._url = url
        self._home = home or url
        self._host = re.match(r"https?://[^/?#]*|", self._home)[0]  # type: ignore[index]  # it matches nothing, too
        self._has_bases = "base" in scopes

    def __call__(self, element: Element, link: str) -> str:
        """The address of a link that stands in an element; empty where there is none."""
        link = link.strip()
        if link.startswith(("https://", "http://")):
            return safe_link(link)
        if not link:
            return ""
        base = self.base(element) if self._has_bases else ""
        if not base and self._host and _FROM_ROOT.match(link):  # as urljoin does, at a tenth of its cost
            return safe_link(self._host + link)
        try:
            return safe_link(urljoin(base or self._home, link))
        except ValueError:
            return ""

    def base(self, element: Element) -> str:
        """The ``xml:base`` that holds for an element, absolute; empty where there is none."""
        bases = list(in_scope(element, "base"))
        base = self._url
        for each in reversed(bases):
            try:
                base = safe_link(urljoin(base, each)) or base
            except ValueError:
                continue
        return base if bases else ""


# --- texts -----------------------------------------------------------------------------------------------------------


def _all(fields: Fields, names: Sequence[str]) -> list[Element]:
    """The elements of these names, in the names' order."""
    if fields.keys().isdisjoint(names):
        return []
    return [each for name in names if name in fields for each in fields[name]]


def _media(fields: Fields, names: Sequence[str]) -> list[Element]:
    """The same, and behind them those that stand in what gathers a picture's or a film's."""
    found = _all(fields, names)
    wanted = {name.rpartition(":")[2] for name in names}
    for group in _all(fields, _GROUPS):
        found += [each for each in group.iterdescendants() if str(each.tag).rpartition("}")[2].lower() in wanted]
    return found


def _first(elements: Iterable[Element], *, is_atom: bool) -> str:
    return next((markup for each in elements if (markup := _markup(each, is_atom=is_atom))), "")


def _markup(element: Element, *, is_atom: bool) -> str:
    """What a text element says, as HTML."""
    kind = element.get("type", "").partition(";")[0].strip().lower()
    if len(element):
        return "" if _NO_TEXT.match(kind) else inner_markup(element)
    text = own_text(element).strip()
    if not text or _NO_TEXT.match(kind) or element.get("mode") == "base64":
        return ""
    is_markup = kind and kind not in _PLAIN
    if is_markup or (element.get("mode") == "escaped" and kind not in _PLAIN):
        return text
    if is_atom or kind:
        return plain_markup(text)
    return _lines_kept(text)


def plain_markup(text: str) -> str:
    """Plain text as HTML that reads the same; its line breaks part, but where it is plainly markup all the same."""
    if "<" in text and is_plainly_markup(text):
        return html.escape(text.strip(), quote=False)
    return "<br>".join(html.escape(line, quote=False) for line in text.strip().splitlines())


def _lines_kept(text: str) -> str:
    """A text of RSS, which does not say whether it is HTML: one without any markup is plain, and its lines part.

    Not where they were only broken for want of room, or to look well in the document.
    """
    if "\n" not in text or "<" in text:
        return text
    lines = text.splitlines()
    longest = max(map(len, lines))
    wrapped = longest > _WRAPPED and all(
        not after.strip() or len(line.rstrip()) + len(after.split(maxsplit=1)[0]) >= longest
        for line, after in itertools.pairwise(lines)
        if line.strip()
    )
    if wrapped or any(line[:1] in {" ", "\t"} for line in lines[1:] if line.strip()):
        parts = re.split(r"\n\s*\n", text)
        return "<br>".join(parts) if len(parts) > 1 else text
    return "<br>".join(lines)
