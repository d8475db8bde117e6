"""A document to the entries worth looking at, in two steps with a question between them.

::

    document ─▶ split ─▶ known bytes left out ─▶ what the rest is known by ── asked ─▶ the store
                                                                                          │
    new entries, at most so many; of the others what they are known by ◀─ identify ◀─ known ┘

Only what is new is ever cleaned and matched. A document of tens of thousands of entries is parsed in slices, and of
those that are not to be stored only what they are known by is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from digest.errors import ParseError
from digest.feeds.encoding import to_utf8
from digest.feeds.hints import read_hints
from digest.feeds.identity import identify, identities
from digest.feeds.parse import parse_document, with_plausible_dates
from digest.feeds.split import HASH_SIZE, split_document
from digest.values.news import ParsedFeed
from digest.values.settings import PageSelectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.feeds.identity import KnownIdentities
    from digest.feeds.split import Split
    from digest.values.news import Identity, ParsedEntry
    from digest.values.settings import Reading
    from digest.values.states import PollHints

MOST_UNSEEN = 50_000
"""Entries of one document whose bytes are not known; no feed has so many, and what counts as seen takes room, too."""
SLICE = 2_000
"""Entries that are parsed at once."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """What a document brings."""

    feed: ParsedFeed
    """What it says of itself. Where it has no unseen entries nothing was parsed, and all is empty."""
    new: tuple[tuple[ParsedEntry, Identity], ...] = ()
    """In document order."""
    rekeyed: tuple[tuple[Identity, Identity], ...] = ()
    """(known, new) identities of entries that are known under another key; they alert nobody."""
    rest: tuple[Identity, ...] = ()
    """Of new entries beyond those that may come at once."""
    named: tuple[Identity, ...] = ()
    """What each of the document's unseen entries is known by from now on."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A document, opened: what must be known to tell which of its entries are new."""

    feed: ParsedFeed
    """What it says of itself, and its unseen entries."""
    asked: tuple[Identity, ...]
    """What each of these entries is known by."""
    entry_hashes: bytes
    """Eight bytes for each entry of the whole document; empty for one that must always be parsed whole."""
    hints: PollHints | None = None
    """How often a feed document wants to be asked for."""
    seen: Callable[[], ParsedFeed] | None = None
    """Parses the entries that were not looked at; without it there are none."""

    @property
    def left_out(self) -> int:
        """How many of the document's entries were not looked at, their bytes being known."""
        return max(0, len(self.entry_hashes) // HASH_SIZE - len(self.feed.entries))

    def unseen(self, known: KnownIdentities, most: int) -> Unseen:
        """Which entries are new, parsed, the newest ``most`` of them at most.

        Args:
            known: what the store holds of the identities that were asked about.
            most: new entries; dates decide which are the newest, and the document's order where there are none.

        """
        found = identify(self.feed.entries, self.asked, known, left_out=self.left_out)
        if found.rekeyed and self.seen is not None:
            beside = {one.key for one in identities(self.seen().entries)}
            found = identify(self.feed.entries, self.asked, known, left_out=self.left_out, beside=beside)
        chosen = set(newest_first([entry.published for entry, _ in found.new])[:most])
        new = tuple(pair for number, pair in enumerate(found.new) if number in chosen)
        rest = tuple(identity for number, (_, identity) in enumerate(found.new) if number not in chosen)
        return Unseen(self.feed, new, found.rekeyed, rest, found.named)


def open_document(  # noqa: PLR0913 - all that is known of a document before it is read
    body: bytes,
    *,
    content_type: str,
    url: str,
    known_hashes: bytes = b"",
    now: datetime | None = None,
    reading: Reading | None = None,
) -> Opened:
    """Find what the entries of a document are known by, of those whose bytes are not among ``known_hashes``.

    Args:
        body: the document, decompressed.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start there.
        known_hashes: ``entry_hashes`` of the feed's previous document.
        now: as for `parse_document`.
        reading: how a document is read that is no feed.

    Raises:
        ParseError: as from `parse_document`, or from what reads documents that are none; or it holds more new entries
            than any feed does.
    """
    if reading is not None:
        feed = _read(body, content_type, url, reading, now)
        return Opened(feed, identities(feed.entries), b"")
    document = to_utf8(body, content_type)
    split = split_document(document, known_hashes)
    whole = _Document(body, content_type, url, now)
    return replace(_open_feed(whole, split), hints=read_hints(document, url))


@dataclass(frozen=True, slots=True)
class _Document:
    """A feed document, and what is known of it."""

    body: bytes
    content_type: str
    url: str
    now: datetime | None

    def parsed(self) -> ParsedFeed:
        """The feed in all of it."""
        return parse_document(self.body, content_type=self.content_type, url=self.url, now=self.now)


def _open_feed(whole: _Document, split: Split | None) -> Opened:
    if split is not None and len(split.unseen) > MOST_UNSEEN:
        raise ParseError(f"it holds {len(split.unseen):,} new entries at once, more than {MOST_UNSEEN:,}")
    if split is None or split.names_repeat:
        feed = whole.parsed()
        return Opened(feed, identities(feed.entries), b"")
    if not split.unseen:
        return Opened(ParsedFeed(), (), split.hashes)
    feed = _parsed(split, split.unseen, whole.url, whole.now)
    if len(feed.entries) != len(split.unseen) and len(split.unseen) < len(split.chunks):
        # The parser sees other entries than the splitter did: let it see them all.
        feed = whole.parsed()
        return Opened(feed, identities(feed.entries), split.hashes)
    seen = sorted({*range(len(split.spans))}.difference(split.unseen))
    parse_seen = partial(_parsed, split, seen, whole.url, whole.now) if seen else None
    return Opened(feed, identities(feed.entries), split.hashes, seen=parse_seen)


def _parsed(split: Split, numbers: Sequence[int], url: str, now: datetime | None) -> ParsedFeed:
    """Some entries of a document, parsed; so many at a time that no tree of them grows large."""
    slices = [numbers[at : at + SLICE] for at in range(0, len(numbers), SLICE)]
    feeds = [parse_document(split.only(some), content_type="", url=url, now=now) for some in slices]
    return replace(feeds[0], entries=tuple(entry for feed in feeds for entry in feed.entries))


def _read(body: bytes, content_type: str, url: str, reading: Reading, now: datetime | None) -> ParsedFeed:
    """The entries of a document that is no feed."""
    if isinstance(reading, PageSelectors):
        from digest.feeds.page import parse_page  # lxml, which no feed needs

        feed = parse_page(body, reading, content_type=content_type, url=url)
    else:
        from digest.feeds.preview import parse_preview

        feed = parse_preview(body, reading.name, content_type=content_type, url=url)
    return feed if now is None else with_plausible_dates(feed, now)


def newest_first(dates: Sequence[datetime | None]) -> list[int]:
    """The numbers of some dates, the newest first; what has no date comes last, in the document's order."""

    def age(number: int) -> tuple[bool, float, int]:
        date = dates[number]
        return (date is None, 0.0 if date is None else -date.timestamp(), number)

    return sorted(range(len(dates)), key=age)
