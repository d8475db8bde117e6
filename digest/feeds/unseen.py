"""A document to the entries worth looking at: splitting, then parsing what is left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.feeds.encoding import to_utf8
from digest.feeds.parse import parse_document
from digest.feeds.split import HASH_SIZE, split_document
from digest.model import ParsedFeed

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a document holds that was not known by its bytes."""

    feed: ParsedFeed
    """Its unseen entries. Where it has none, nothing was parsed, and title, link and lang are empty too."""
    entry_hashes: bytes
    """Eight bytes for each entry of the whole document; empty for one that must always be parsed whole."""

    @property
    def left_out(self) -> int:
        """How many of the document's entries were not parsed."""
        return max(0, len(self.entry_hashes) // HASH_SIZE - len(self.feed.entries))


def parse_unseen(
    body: bytes,
    *,
    content_type: str,
    url: str,
    known_hashes: bytes = b"",
    now: datetime | None = None,
) -> ParsedDocument:
    """The entries of a document whose bytes are not among ``known_hashes``.

    Args:
        body: the document, decompressed.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start there.
        known_hashes: ``entry_hashes`` of the feed's previous document.
        now: as for `parse_document`.

    Raises:
        ParseError: as from `parse_document`.
    """
    split = split_document(to_utf8(body, content_type), known_hashes)
    if split is None:
        return ParsedDocument(parse_document(body, content_type=content_type, url=url, now=now), b"")
    if not split.unseen:
        return ParsedDocument(ParsedFeed(), split.hashes)
    feed = parse_document(split.reduced, content_type="", url=url, now=now)
    if len(feed.entries) != split.unseen and split.unseen * HASH_SIZE < len(split.hashes):
        # The parser sees other entries than the splitter did: let it see them all.
        feed = parse_document(body, content_type=content_type, url=url, now=now)
    return ParsedDocument(feed, split.hashes)
