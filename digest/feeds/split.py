"""What the bytes of a feed document tell without parsing it, which costs a hundred times as much.

Two things are told: which entries' bytes were seen before, so that only the others are parsed; and, for documents of
too many entries to parse them all, what an entry is known by and when it is from. What leaves any doubt is not split,
and parsed whole. A hash that was missed costs time only: the entry's identity decides whether it is new. What is read
otherwise than a parser would costs little, too: an entry that is to be shown is parsed all the same, and its bytes are
known from then on.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from digest.feeds.dates import plausible, read_date
from digest.feeds.identity import normalise_link
from digest.text import safe_link
from digest.values.news import ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

HASH_SIZE: Final = 8
"""Bytes for each entry."""

_ENTRY_NAME: Final = re.compile(rb"<((?:[\w-]+:)?(?:item|entry))[\s>]")
_GUID_NAMES: Final = (b"guid", b"id")
_OPENING: Final = re.compile(rb"<(?:([\w-]+):)?\w+(?:[^<>]*[\s:]about\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_PIECE: Final = re.compile(
    # What is another thing's, or no element at all, is gone over as one piece.
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(source|image|author|contributor)[\s>].*?</\1>"
    rb"|<(?:([\w-]+):)?(guid|id|link|title|pubdate|published|updated|date)(\s[^<>]*)?(?<!/)>"
    rb"\s*+(<!\[CDATA\[.*?\]\]>|[^<]*+)",
    re.DOTALL | re.IGNORECASE,
)
_LINK: Final = re.compile(rb"<(?:[\w-]+:)?link(\s[^<>]*)>")
_ATTRIBUTE: Final = re.compile(rb"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DATES: Final = ("pubdate", "published", "date", "updated")
_DATE_PREFIXES: Final = {b"dc", b"dcterms"}


@dataclass(frozen=True, slots=True)
class Split:
    """A document's entries as bytes."""

    document: bytes
    spans: tuple[tuple[int, int], ...]
    """From where to where each entry's element goes, in order."""
    hashes: bytes
    """`HASH_SIZE` bytes for each entry."""
    unseen: tuple[int, ...]
    """The numbers of the entries whose bytes are not known."""

    @property
    def chunks(self) -> list[bytes]:
        """The bytes of each entry."""
        return [self.document[start:end] for start, end in self.spans]

    @property
    def names_repeat(self) -> bool:
        """Whether two entries share what should identify them: only the whole document shows that, so it is needed."""
        first: dict[bytes, bytes] = {}
        digests = (self.hashes[at : at + HASH_SIZE] for at in range(0, len(self.hashes), HASH_SIZE))
        return any(
            name and first.setdefault(name, digest) != digest
            for name, digest in zip(map(_name, self.chunks), digests, strict=True)
        )

    def only(self, numbers: Collection[int]) -> bytes:
        """The document with these of its entries alone."""
        kept = set(numbers)
        pieces = []
        position = 0
        for number, (start, end) in enumerate(self.spans):
            pieces.append(self.document[position : end if number in kept else start])
            position = end
        pieces.append(self.document[position:])
        return b"".join(pieces)


def split_document(document: bytes, known_hashes: bytes) -> Split | None:
    """Splits an RSS, RDF or Atom document into entries; None where it must be parsed whole.

    Args:
        document: UTF-8, as from `digest.feeds.encoding.to_utf8`.
        known_hashes: the hashes of entries that need not be parsed again, joined.
    """
    spans = _entry_spans(document)
    if not spans:
        return None
    hashes = [blake2b(document[start:end], digest_size=HASH_SIZE).digest() for start, end in spans]
    known = {known_hashes[at : at + HASH_SIZE] for at in range(0, len(known_hashes), HASH_SIZE)}
    unseen = tuple(number for number, digest in enumerate(hashes) if digest not in known)
    return Split(document, tuple(spans), b"".join(hashes), unseen)


def _entry_spans(document: bytes) -> list[tuple[int, int]]:
    """From where to where each entry's element goes; empty where that is not beyond doubt."""
    first = _ENTRY_NAME.search(document)
    if first is None or b"<!ENTITY" in document[: first.start()]:
        return []
    mark = re.compile(rb"<!\[CDATA\[|<!--|<(/?)" + re.escape(first[1]) + rb"(?=[\s/>])[^<>]*>")
    spans = []
    start = -1
    position = 0
    while found := mark.search(document, position):
        position = found.end()
        if found[1] is None:
            # What a CDATA section or a comment holds is no element, whatever it looks like.
            position = document.find(b"-->" if found[0] == b"<!--" else b"]]>", position)
            if position < 0:
                return []
        elif found[1]:
            if start < 0:
                return []
            spans.append((start, position))
            start = -1
        elif start >= 0:
            return []
        else:
            start = found.start()
    return spans if start < 0 else []


# --- names -------------------------------------------------------------------------------------------------------


def _name(chunk: bytes) -> bytes:
    """What an entry is known by, as it stands there: guid, Atom id or RDF address, else its link; or nothing."""
    for element in _GUID_NAMES:
        if guid := _element_text(chunk, element):
            page, mark, revision = guid.partition(b"#")
            return page if mark and revision.isdigit() else guid
    opening = chunk[: chunk.find(b">")]
    if (about := opening.find(b"about=")) >= 0:
        return opening[about:]
    link = _element_text(chunk, b"link")
    return normalise_link(link.decode("utf-8", "replace")).encode("utf-8", "replace")


def _element_text(chunk: bytes, element: bytes) -> bytes:
    start = chunk.find(b"<" + element)
    while start >= 0 and chunk[start + len(element) + 1] not in b" >\t\r\n":
        start = chunk.find(b"<" + element, start + 1)
    if start < 0:
        return b""
    end = chunk.find(b"</" + element, start)
    return chunk[start:end].partition(b">")[2].strip() if end >= 0 else b""


# --- at a glance ---------------------------------------------------------------------------------------------------


def glance(chunk: bytes, url: str, now: datetime | None) -> ParsedEntry:
    """An entry with its guid, link, title and date alone, as they stand in the bytes of its element.

    One that has neither guid nor link nor title is known by all that it says.

    Args:
        chunk: UTF-8, the element whole.
        url: where its document came from; relative links start there.
        now: dates more than two days later are dropped; without it none is.
    """
    opening = _OPENING.match(chunk)
    own, about = (opening[1] or b"", opening[2] or opening[3] or b"") if opening else (b"", b"")
    found = _first_texts(chunk, own)
    guid = found.get("guid") or found.get("id") or _text(about)
    link = _absolute(found.get("link") or _linked(chunk), url) or safe_link(guid)
    title = found.get("title", "")
    return ParsedEntry(
        guid=guid,
        link=link,
        title=title,
        summary="" if guid or link or title else chunk.decode("utf-8", "replace"),
        published=_published(found, now),
    )


def _first_texts(chunk: bytes, own: bytes) -> dict[str, str]:
    """By the bare name of each element that is read, in the entry's own namespace, what the first of it says."""
    found: dict[str, str] = {}
    for _, prefix, name, attributes, value in _PIECE.findall(chunk):
        bare = name.lower().decode()
        if name and (prefix == own or (bare == "date" and prefix in _DATE_PREFIXES)):
            text = _text(value)
            plain = bare == "title" and _is_plain(attributes)
            found.setdefault(bare, html.escape(text, quote=False) if plain else text)
    return found


def _published(found: Mapping[str, str], now: datetime | None) -> datetime | None:
    date = next((found[name] for name in _DATES if found.get(name)), "")
    moment = read_date(date) if date else None
    return moment if moment is None or now is None else plausible(moment, now)


def _text(value: bytes) -> str:
    """What a piece of XML says."""
    if value.startswith(b"<![CDATA["):
        return value[9:-3].decode("utf-8", "replace").strip()
    return html.unescape(value.decode("utf-8", "replace")).strip()


@lru_cache(maxsize=64)
def _is_plain(attributes: bytes) -> bool:
    """Whether an element of Atom says that its text is no markup."""
    return b"text/plain" in attributes or b'"text"' in attributes or b"'text'" in attributes


def _linked(chunk: bytes) -> str:
    """Where the links of an Atom entry lead: the first to a page."""
    for attributes in _LINK.findall(chunk):
        named = {name: double or single for name, double, single in _ATTRIBUTE.findall(attributes)}
        if named.get(b"rel", b"alternate") == b"alternate" and b"href" in named:
            return _text(named[b"href"])
    return ""


def _absolute(link: str, url: str) -> str:
    try:
        return safe_link(urljoin(url, link)) if link else ""
    except ValueError:
        return ""
