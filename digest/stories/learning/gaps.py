"""Reports in stories that alerted which no rule found, and the terms that would have caught them.

::

    missed reports ─▶ candidates in two or more ─▶ one pass over all that is stored: what each would find besides
                   ─▶ the few that catch most and find little else
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.match import Rule, RuleSet, current_fold, fold_entry
from digest.match.language.query import And, Not, Or, Query, unanchored
from digest.match.matching.sieve import Sieve
from digest.stories.learning.candidates import outlet_names, terms_in
from digest.stories.learning.choice import (
    LOOKED_AT,
    Counted,
    Learned,
    OwnTerms,
    choose,
    current_texts,
    folded_text,
    learned,
    most_frequent,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.matching.backtest import EntrySource
    from digest.values.news import EntryText, StoredEntry

_DEAREST: Final = 3.0
"""Other entries that a term may find for each missed report."""
_FIRST: Final = 50
_AT_ONCE: Final = 500
"""Texts after which the candidates that cost too much by then are looked for no more: soon at first, for most do."""
_WORTH_IT: Final = 0.9
"""As many as this of the candidates are left: it does not pay to begin anew without the rest."""


@dataclass(frozen=True, slots=True)
class Missed:
    """What a rule missed in the stories that it alerted on."""

    rule: Rule
    reports: tuple[StoredEntry, ...]
    """Which no rule found."""
    known: frozenset[int]
    """The entries of its stories, and all that it found: none of them is a price."""
    unwanted: tuple[EntryText, ...] = ()
    """Examples of what it should not find."""


@dataclass(slots=True)
class _Candidate:
    """A candidate for one rule."""

    missed: Missed
    counted: Counted

    @property
    def is_too_dear(self) -> bool:
        return not self.counted.within(_DEAREST)


def still_missed(missed: Missed) -> Missed:
    """The same without the reports that the rule finds as it is now, or excludes on purpose."""
    excluded = tuple(_exclusions(missed.rule.query))
    asked = RuleSet([replace(missed.rule, enabled=True), *([Rule("", "", Or(excluded))] if excluded else ())])
    left = [report for report in missed.reports if not asked.matching(report.text, current_fold(report))]
    return replace(missed, reports=tuple(left))


def find_gaps(every: Sequence[Missed], archive: EntrySource) -> dict[str, tuple[Learned, ...]]:
    """The terms that would have caught what rules missed, by the rule's id, the best first; a rule with none is absent.

    Args:
        every: what each rule missed, as `still_missed` leaves it.
        archive: all stored entries that count as a price.
    """
    candidates = [one for missed in every for one in _candidates(missed)]
    _count_others(candidates, archive)
    of_rule: defaultdict[str, list[Counted]] = defaultdict(list)
    for one in candidates:
        of_rule[one.missed.rule.id].append(one.counted)
    found = {missed.rule.id: _choose(missed, of_rule[missed.rule.id], archive) for missed in every}
    return {rule: terms for rule, terms in found.items() if terms}


def _exclusions(query: Query) -> Iterator[Query]:
    """What a rule excludes whatever else an entry holds."""
    for child in query.children if isinstance(query, And) else ():
        if isinstance(child, Not) and unanchored(child.child) is None:
            yield child.child


def _candidates(missed: Missed) -> Iterator[_Candidate]:
    """The terms in two or more of its reports that are new to a rule, with the reports that they catch."""
    outlets = outlet_names({report.text.source for report in missed.reports})
    own = OwnTerms(missed.rule)
    terms = most_frequent(terms_in(report.text, outlets) for report in missed.reports[-LOOKED_AT:])
    terms = [term for term in terms if not own.hold(term, whole=False)]
    sieve = Sieve(terms)
    refused = {number for text in missed.unwanted for number in sieve.found(fold_entry(text))}
    caught: defaultdict[int, set[int]] = defaultdict(set)
    for report in missed.reports:
        for number in sieve.found(folded_text(report)):
            caught[number].add(report.id)
    for number, reports in caught.items():
        if number not in refused:
            yield _Candidate(missed, Counted(terms[number], reports, set()))


def _count_others(candidates: Sequence[_Candidate], archive: EntrySource) -> None:
    """Note for each candidate the other entries that it stands in, until they are too many."""
    alive = list(candidates)
    sieve, homes = _sieve(alive)
    for texts in _portions(archive) if alive else ():
        found: defaultdict[int, list[int]] = defaultdict(list)
        for entry, folded in texts:
            for number in sieve.found(folded):
                found[number].append(entry)
        for number, entries in found.items():
            for one in homes[number]:
                one.counted.others.update(frozenset(entries).difference(one.missed.known))
        left = [one for one in alive if not one.is_too_dear]
        if not left:
            return
        if len(left) < _WORTH_IT * len(alive):
            alive = left
            sieve, homes = _sieve(alive)


def _portions(archive: EntrySource) -> Iterator[Sequence[tuple[int, str]]]:
    """The folded texts of an archive, few at first."""
    size = _FIRST
    for page in current_texts(archive):
        at = 0
        while at < len(page):
            yield page[at : at + size]
            at, size = at + size, min(2 * size, _AT_ONCE)


def _sieve(candidates: Sequence[_Candidate]) -> tuple[Sieve, list[list[_Candidate]]]:
    """The terms of candidates looked for together, and of each term the rules that it is for."""
    by_term: defaultdict[str, list[_Candidate]] = defaultdict(list)
    for one in candidates:
        by_term[one.counted.term].append(one)
    return Sieve(tuple(by_term)), list(by_term.values())


def _choose(missed: Missed, counted: Sequence[Counted], archive: EntrySource) -> tuple[Learned, ...]:
    """The terms that are worth it for one rule."""
    by_id = {report.id: report for report in missed.reports}

    def learn(one: Counted) -> Learned | None:
        return learned(missed.rule.id, one, by_id, archive.entries(sorted(one.others)))

    return choose(counted, _DEAREST, learn)
