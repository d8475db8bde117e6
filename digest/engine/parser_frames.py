"""What goes between the engine and its parser children: JSON and bytes, each with its length before it.

Never pickles: a child reads hostile documents, and what it says is only ever data.
"""

from __future__ import annotations

import json
import struct
from datetime import UTC, datetime
from typing import Any, Final

from digest.feeds.unseen import ParsedDocument
from digest.model import ParsedEntry, ParsedFeed

LENGTHS: Final = struct.Struct(">II")
"""Lengths, in bytes, of a frame's JSON and of the bytes after it."""

_TEXTS: Final = ("guid", "link", "title", "summary", "content", "author", "lang")


def pack(words: dict[str, Any], raw: bytes) -> bytes:
    """One frame."""
    text = json.dumps(words).encode()
    return LENGTHS.pack(len(text), len(raw)) + text + raw


def pack_document(document: ParsedDocument) -> bytes:
    """The frame of a document that was read."""
    feed = document.feed
    words = {
        "feed": [feed.title, feed.link, feed.lang, feed.complaint],
        "entries": [_entry_row(entry) for entry in feed.entries],
    }
    return pack(words, document.entry_hashes)


def unpack_document(words: dict[str, Any], entry_hashes: bytes) -> ParsedDocument:
    """The document in a frame of `pack_document`."""
    title, link, lang, complaint = words["feed"]
    entries = tuple(map(_entry, words["entries"]))
    return ParsedDocument(ParsedFeed(title, link, lang, entries, complaint), entry_hashes)


def _entry_row(entry: ParsedEntry) -> list[Any]:
    row = [getattr(entry, name) for name in _TEXTS]
    return [*row, entry.tags, None if entry.published is None else entry.published.timestamp()]


def _entry(row: list[Any]) -> ParsedEntry:
    *texts, tags, published = row
    return ParsedEntry(
        **dict(zip(_TEXTS, texts, strict=True)),
        tags=tuple(tags),
        published=None if published is None else datetime.fromtimestamp(published, UTC),
    )
