"""What becomes of a feed's new entries: judged, with the messages that they make owed.

::

    facts (of a parser child) ─▶ judge ─▶ plan ─▶ new entry, ready to be stored

Every step is a core function; this module only hands one's result to the next. Pure, the time is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.delivery.decide import judge, newest, plan_deliveries
from digest.delivery.words import title_of
from digest.match import FOLD_VERSION
from digest.values.news import JudgedMatch, NewEntry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from digest.delivery.decide import RuleRoute
    from digest.values.news import EntryFacts
    from digest.values.settings import ChannelSpec


_ROWS = 2_000  # characters that cost as much as the rows of one entry ...
_HIT = 100  # ... and as one hit


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants of alerts; ``off`` says why a channel is out of service, by its name."""

    max_age: timedelta
    baseline: int
    """How many of the newest entries of a first poll may alert."""
    channels: Sequence[ChannelSpec]
    off: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Under which a document's entries are judged."""

    first_poll: bool
    """No poll of this feed that held an entry ever succeeded before."""
    routes: Mapping[str, RuleRoute]
    """Where the alerts of a rule go, by its id."""
    policy: Policy
    now: datetime


def new_entries(found: Sequence[EntryFacts], given: Circumstances) -> Iterator[NewEntry]:
    """Make the unseen entries of a document ready to be stored, one by one, in its order: the newest first."""
    quiet: frozenset[int] = frozenset()
    if given.first_poll:
        dates = [entry.published for entry in found]
        quiet = frozenset(range(len(found))) - newest(dates, given.policy.baseline, now=given.now)
    for index, one in enumerate(found):
        yield _new_entry(one, given, baseline=index in quiet)


def oldest_first(made: Sequence[NewEntry], now: datetime) -> tuple[NewEntry, ...]:
    """The new entries of a document in the order in which they are told; ``made`` is in the document's.

    Dates order what they can, the future counting as now; the sort is stable, so what has none keeps the document's
    order, turned round.
    """
    turned_round = made[::-1]
    return tuple(sorted(turned_round, key=lambda entry: min(entry.published or now, now)))


def size_of(entry: NewEntry) -> int:
    """How much of an entry is stored, in characters, roughly: its rows, its texts and what rules found in it."""
    texts = len(entry.text.summary) + len(entry.text.content) + len(entry.folded)
    return _ROWS + texts + _HIT * sum(len(judged.match.hits) for judged in entry.matches)


def _new_entry(entry: EntryFacts, given: Circumstances, *, baseline: bool) -> NewEntry:
    """One entry, judged; ``baseline``: it was there at the first poll and may not alert."""
    policy = given.policy
    outcome = judge(entry.published, baseline=baseline, now=given.now, max_age=policy.max_age)
    judged = tuple(JudgedMatch(match, outcome, summary) for match, summary in entry.matches)
    owed = plan_deliveries(title_of(entry), judged, given.routes, policy.channels, policy.off) if judged else ()
    return NewEntry(
        identity=entry.identity,
        url=entry.url,
        text=entry.text,
        published=entry.published,
        folded=entry.folded,
        fold_version=FOLD_VERSION,
        baseline=baseline,
        matches=judged,
        deliveries=owed,
    )
