"""Clauses that count the words between: a phrase with ``~n``, NEAR and ONEAR."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.match.language.query import Near, label
from digest.match.matching.atoms import Interval
from digest.match.matching.clauses import Clause, Occurrence, TermClause, merged, rarest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from digest.match.matching.clauses import Chosen, Gate, Uses
    from digest.match.matching.reading import Reading
    from digest.values.news import Hit

_READINGS, _READINGS_IN_ALL = 100, 20_000
"""Of a phrase with ~n from one first word on, and from all of them: every one up to ~99, but in a text that is little
else than its words; there only the shortest."""

_FARTHEST = 9_999
"""Words that a NEAR may reach over at most."""

Anchor = tuple[Interval, Occurrence]
"""A stretch by which a hit is near another, and the hit."""


@dataclass(slots=True, eq=False)
class LooseClause(Clause):
    """``"a b c"~n``: the words in that order, at most n others between them in all; its children are the words."""

    children: tuple[TermClause, ...]
    slop: int

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return all(word.atom in reading.hits for word in self.children) and bool(next(self._shortest(reading), None))

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`: beside a NEAR it matters where it ends, so each of its readings is one."""
        return merged((Interval(first.start, end),) for first, ends in self._runs(reading) for end in ends)

    def _shortest(self, reading: Reading) -> Iterator[Interval]:
        """Its shortest reading from each place where it begins."""
        return (Interval(first.start, min(ends)) for first, ends in self._runs(reading))

    def _runs(self, reading: Reading) -> Iterator[tuple[Interval, list[int]]]:
        """Each first word from which all are near enough, with where they may end."""
        lists = [word.intervals(reading) for word in self.children]
        if not all(lists):
            return
        most = max(1, min(_READINGS, _READINGS_IN_ALL // len(lists[0])))
        for first in lists[0]:
            if ends := self._ends(reading, first, lists[1:], most):
                yield first, ends

    def _ends(self, reading: Reading, first: Interval, others: list[list[Interval]], most: int) -> list[int]:
        """Where the words from ``first`` on may end, at most so many; the nearest is always among them."""
        reached = {first: self.slop}  # the word reached, and how many others may stand before the rest
        for word in others:
            further: dict[Interval, int] = {}
            for last, left in reached.items():
                for number in range(bisect.bisect_left(word, Interval(last.end, 0)), len(word)):
                    gap = reading.gap(last, word[number])
                    if gap > left or len(further) >= most:
                        break
                    further[word[number]] = max(left - gap, further.get(word[number], 0))
            reached = further
        return [one.end for one in reached]

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        every = self._shortest(reading) if chosen is None else (found[0] for found in self.occurrences(reading))
        for one in every:
            if chosen is None or (one,) in chosen:
                yield reading.hit(one, label(self.query))

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return rarest((word.gate(uses) for word in self.children), uses)


@dataclass(slots=True, eq=False)
class NearClause(Clause):
    """Two clauses within some words of each other."""

    query: Near

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return next(self._pairs(reading, self.query.gap), None) is not None

    def _pairs(self, reading: Reading, gap: int) -> Iterator[tuple[Occurrence, Occurrence]]:
        """(left, right) for each hit of either side with the nearest of the other that is at most ``gap`` words away.

        Of a hit of several stretches each counts, so that a third word may stand between two that are near each
        other; but what is in order stands before or behind the whole.
        """
        left, right = self.children
        lefts = left.occurrences(reading)
        rights = right.occurrences(reading) if lefts else []
        if not rights:
            return
        if self.query.ordered:
            yield from _neighbours(reading, _wholes(lefts), _wholes(rights), gap)
            return
        befores, afters = _parts(lefts), _parts(rights)
        yield from _neighbours(reading, befores, afters, gap)
        for after, before in _neighbours(reading, afters, befores, gap):
            yield before, after

    def words_apart(self, reading: Reading) -> int | None:
        """How many words stand between the nearest of both sides, in the order asked for; ``None``: no two meet."""
        return min((_words_between(reading, *pair) for pair in self._pairs(reading, _FARTHEST)), default=None)

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`: of those from one word to another one, so that words often repeated stay few."""
        pairs = self._pairs(reading, self.query.gap)
        return sorted(dict(reversed(_wholes(_union(*pair) for pair in pairs))).values())

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        pairs = self._pairs(reading, self.query.gap)
        near = [pair for pair in pairs if chosen is None or _union(*pair) in chosen]
        for child, side in zip(self.children, (0, 1), strict=True):
            yield from child.found(reading, frozenset(pair[side] for pair in near))

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return rarest((child.gate(uses) for child in self.children), uses)


def _union(one: Occurrence, other: Occurrence) -> Occurrence:
    return tuple(sorted(one + other))


def _wholes(occurrences: Iterable[Occurrence]) -> list[Anchor]:
    """Each hit from its first word to its last."""
    return sorted((Interval(found[0].start, found[-1].end), found) for found in occurrences)


def _parts(occurrences: Iterable[Occurrence]) -> list[Anchor]:
    """Each stretch of each hit."""
    return sorted((part, found) for found in occurrences for part in found)


def _apart(one: Occurrence, other: Occurrence) -> bool:
    """Whether the two have no word in common."""
    return all(mine.end <= theirs.start or theirs.end <= mine.start for mine in one for theirs in other)


def _words_between(reading: Reading, one: Occurrence, other: Occurrence) -> int:
    """How many words stand between the nearest stretches of two hits."""
    return min(reading.gap(*sorted((mine, theirs))) for mine in one for theirs in other)


def _neighbours(
    reading: Reading, befores: list[Anchor], afters: list[Anchor], gap: int
) -> Iterator[tuple[Occurrence, Occurrence]]:
    """Each of either list with the nearest of the other, the first ending before the second begins.

    Taking the nearest from both sides shows every hit that takes part, without trying every pair.
    """
    by_end = sorted(befores, key=lambda anchor: anchor[0].end)
    ends = [near.end for near, _ in by_end]
    for near, mine in befores:
        for number in range(bisect.bisect_left(afters, (Interval(near.end, 0),)), len(afters)):
            other, theirs = afters[number]
            if reading.gap(near, other) > gap:
                break
            if _apart(mine, theirs):
                yield mine, theirs
                break
    for near, mine in afters:
        for number in range(bisect.bisect_right(ends, near.start) - 1, -1, -1):
            other, theirs = by_end[number]
            if reading.gap(other, near) > gap:
                break
            if _apart(theirs, mine):
                yield theirs, mine
                break
