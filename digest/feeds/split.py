"""Which entries of a document were seen before, by their bytes: to parse it all costs twenty times as much.

What leaves any doubt is not split, and parsed whole. A hash that was missed costs time only: the entry's identity
decides whether it is new.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from digest.feeds.identity import normalise_link

if TYPE_CHECKING:
    from collections.abc import Collection

HASH_SIZE: Final = 8
"""Bytes for each entry."""

_ENTRY_NAME: Final = re.compile(rb"<((?:[\w-]+:)?(?:item|entry))[\s>]")
_GUID_NAMES: Final = (b"guid", b"id")


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
