"""Alerts that nobody wanted, and the terms that tell them from those that somebody did."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.match import fold_entry
from digest.match.matching.sieve import Sieve
from digest.stories.learning.candidates import outlet_names, terms_in
from digest.stories.learning.choice import (
    LOOKED_AT,
    Counted,
    Learned,
    OwnTerms,
    choose,
    folded_text,
    learned,
    most_frequent,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from digest.match import Rule
    from digest.values.news import EntryText, StoredEntry
    from digest.values.stories import Answered

_DEAREST: Final = 1 / 3
"""Other alerts that a term may drop for each of the noise: of one alert too few nobody ever hears."""
_UNREAD: Final = timedelta(days=3)
"""An alert that nobody opened for so long, while others of its rule were read, was hardly wanted."""


@dataclass(frozen=True, slots=True)
class Sorted:
    """The alerts of a rule by what their reader made of them, as ids of their entries."""

    noise: frozenset[int]
    kept: frozenset[int]
    """No term may drop these."""
    others: frozenset[int]
    """They were read, or are new: nobody said what they are worth."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The alerts of a rule, in full."""

    rule: Rule
    noise: tuple[StoredEntry, ...]
    kept: tuple[StoredEntry, ...]
    others: tuple[StoredEntry, ...]
    wanted: tuple[EntryText, ...] = ()
    """Examples of what the rule should find."""


def sort_alerts(
    alerts: Sequence[Answered], marked: Collection[int], relevant: Collection[int], now: datetime
) -> Sorted:
    """Tell noise from the rest.

    Args:
        alerts: of one rule.
        marked: the entries that were marked as not relevant.
        relevant: those of examples that the rule should find.
        now: the time.
    """
    kept = {alert.entry for alert in alerts if alert.picked or alert.entry in relevant}
    is_read = any(alert.read for alert in alerts)
    unread = {alert.entry for alert in alerts if is_read and not alert.read and alert.came < now - _UNREAD}
    every = {alert.entry for alert in alerts}
    noise = (unread | (every & set(marked))) - kept
    return Sorted(frozenset(noise), frozenset(kept), frozenset(every - noise - kept))


def find_noise(judged: Judged) -> tuple[Learned, ...]:
    """The terms that stand in the noise of a rule, in nothing that is wanted, and in little else; the best first."""
    outlets = outlet_names({entry.text.source for entry in judged.noise})
    own = OwnTerms(judged.rule)
    terms = most_frequent(terms_in(entry.text, outlets) for entry in judged.noise[-LOOKED_AT:])
    terms = [term for term in terms if not own.hold(term, whole=True)]
    if not terms:
        return ()
    sieve = Sieve(terms)
    wanted = [*map(folded_text, judged.kept), *map(fold_entry, judged.wanted)]
    refused = {number for text in wanted for number in sieve.found(text)}
    gained, others = _found_in(sieve, judged.noise), _found_in(sieve, judged.others)
    counted = [
        Counted(term, gained[number], others[number]) for number, term in enumerate(terms) if number not in refused
    ]
    by_id = {entry.id: entry for entry in judged.noise}

    def learn(one: Counted) -> Learned | None:
        return learned(judged.rule.id, one, by_id, (entry for entry in judged.others if entry.id in one.others))

    return choose(counted, _DEAREST, learn)


def _found_in(sieve: Sieve, entries: Sequence[StoredEntry]) -> defaultdict[int, set[int]]:
    """By its place among the terms the entries that each stands in."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for entry in entries:
        for number in sieve.found(folded_text(entry)):
            found[number].add(entry.id)
    return found
