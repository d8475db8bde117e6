"""What a poll hands to the store of a document: its new entries in the order in which they are told.

Pure, the time is given. What becomes of their matches is decided when they are stored.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from digest.delivery.decide import newest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.values.news import NewEntry


_ROWS = 2_000  # characters that cost as much as the rows of one entry ...
_HIT = 100  # ... and as one hit


def as_baseline(found: Sequence[NewEntry], alerting: int, now: datetime) -> tuple[NewEntry, ...]:
    """The entries of a feed's first poll, in the document's order; ``alerting``: how many, the newest, may alert."""
    chosen = newest([entry.published for entry in found], alerting, now=now)
    return tuple(entry if index in chosen else replace(entry, baseline=True) for index, entry in enumerate(found))


def oldest_first(found: Sequence[NewEntry], now: datetime) -> tuple[NewEntry, ...]:
    """The new entries of a document in the order in which they are told; ``found`` is in the document's.

    Dates order what they can, the future counting as now; the sort is stable, so what has none keeps the document's
    order, turned round.
    """
    turned_round = found[::-1]
    return tuple(sorted(turned_round, key=lambda entry: min(entry.published or now, now)))


def size_of(entry: NewEntry) -> int:
    """How much of an entry is stored, in characters, roughly: its rows, its texts and what rules found in it."""
    texts = len(entry.text.summary) + len(entry.text.content) + len(entry.folded)
    return _ROWS + texts + _HIT * sum(len(match.hits) for match, _ in entry.matches)
