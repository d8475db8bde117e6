"""A query made ready to be asked of entries: which clause holds, and which words made it hold.

Every clause answers ``holds`` (cheaply, most often from what the automaton did not find), ``places`` (where, in
folded text, for NEAR) and ``found`` (the hits to show).
"""

from __future__ import annotations

import bisect
import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from digest.match.language.terms import compile_regex
from digest.match.matching.atoms import Span
from digest.match.text.fold import FIELDS, TEXT_FIELDS
from digest.values.news import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from digest.match.matching.reading import Reading

Scope = frozenset[int]
"""Numbers of fields, as in FIELDS."""

TEXT_SCOPE: Scope = frozenset(range(len(TEXT_FIELDS)))

_READINGS, _READINGS_IN_ALL = 100, 20_000
"""Of a phrase with ~n from one first word on, and from all of them: every one up to ~99, but in a text that is little
else than its words; there only the shortest."""

_FARTHEST = 9_999
"""Words that a NEAR may reach over at most."""

Place = tuple[Span, ...]
"""One hit: a stretch of folded text, or those that a NEAR brings together, in order and none upon another."""

Chosen = frozenset[Place] | None
"""The hits that take part in a NEAR; None for all."""


class Looks(enum.Enum):
    """Where a gate looks."""

    TEXT = "the folded title, summary and content, which are stored"
    METADATA = "the folded metadata"
    PLAIN = "the plain text, by a regular expression"


@dataclass(frozen=True, slots=True)
class Gate:
    """An atom or (``PLAIN``) a regular expression, by number."""

    number: int
    looks: Looks = Looks.TEXT


def looks_in(scope: Scope) -> Looks:
    """Where a term of this scope is looked for."""
    return Looks.TEXT if scope <= TEXT_SCOPE else Looks.METADATA


Uses = Mapping[Gate, int]
"""How often each atom and regular expression stands in the rules: a guess at how many rules it wakes."""


class Clause(Protocol):
    """What every clause can be asked."""

    def holds(self, reading: Reading) -> bool:
        """Whether it is true of the entry."""

    def places(self, reading: Reading) -> list[Place]:
        """Where, in order."""

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """The hits that make it true."""

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """It cannot hold unless one of these was found; of several such sets the one least used elsewhere."""


@dataclass(frozen=True, slots=True)
class TermClause:
    """One word or phrase in some fields."""

    atom: int
    label: str
    scope: Scope
    everywhere: bool
    """Whether the scope is all that is searched, so that no hit need be asked for its field."""

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return self.atom in reading.hits and bool(self.spans(reading))

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        return [(span,) for span in self.spans(reading)]

    def spans(self, reading: Reading) -> list[Span]:
        """Where it stands, in order."""
        spans = reading.spans(self.atom)
        return spans if self.everywhere else [span for span in spans if reading.field(span.start) in self.scope]

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for span in self.spans(reading):
            if chosen is None or (span,) in chosen:
                yield reading.hit(span, self.label)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        del uses
        return frozenset({Gate(self.atom, looks_in(self.scope))})


@dataclass(frozen=True, slots=True)
class RegexClause:
    """A regular expression on the plain text of some fields."""

    number: int
    pattern: str
    label: str
    scope: Scope

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return next(self._plain(reading), None) is not None

    def _plain(self, reading: Reading) -> Iterator[tuple[int, int, int]]:
        """(field, start, end) in the plain text of each match that is not empty."""
        regex = compile_regex(self.pattern)
        for field in sorted(self.scope):
            for match in regex.finditer(reading.plain(field)):
                if match.end() > match.start():
                    yield field, match.start(), match.end()

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        spans = (reading.folded_span(*place) for place in self._plain(reading))
        return _merged((span,) for span in spans if span.end > span.start)

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for field, start, end in self._plain(reading):
            if chosen is None or (reading.folded_span(field, start, end),) in chosen:
                yield Hit(FIELDS[field], start, end, reading.plain(field)[start:end], self.label)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        del uses
        return frozenset({Gate(self.number, Looks.PLAIN)})


@dataclass(frozen=True, slots=True)
class LooseClause:
    """``"a b c"~n``: the words in that order, at most n others between them in all."""

    words: tuple[TermClause, ...]
    slop: int
    label: str

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return all(word.atom in reading.hits for word in self.words) and next(self._spans(reading), None) is not None

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`: beside a NEAR it matters where it ends, so each of its readings is one."""
        return _merged((Span(first.start, end),) for first, ends in self._runs(reading) for end in ends)

    def _spans(self, reading: Reading) -> Iterator[Span]:
        """Its shortest reading from each place where it begins."""
        return (Span(first.start, min(ends)) for first, ends in self._runs(reading))

    def _runs(self, reading: Reading) -> Iterator[tuple[Span, list[int]]]:
        """Each first word from which all are near enough, with where they may end."""
        lists = [word.spans(reading) for word in self.words]
        if not all(lists):
            return
        most = max(1, min(_READINGS, _READINGS_IN_ALL // len(lists[0])))
        for first in lists[0]:
            if ends := self._ends(reading, first, lists[1:], most):
                yield first, ends

    def _ends(self, reading: Reading, first: Span, others: list[list[Span]], most: int) -> list[int]:
        """Where the words from ``first`` on may end, at most so many; the nearest is always among them."""
        reached = {first: self.slop}  # the word reached, and how many others may stand before the rest
        for spans in others:
            further: dict[Span, int] = {}
            for last, left in reached.items():
                for number in range(bisect.bisect_left(spans, Span(last.end, 0)), len(spans)):
                    gap = reading.gap(last, spans[number])
                    if gap > left or len(further) >= most:
                        break
                    further[spans[number]] = max(left - gap, further.get(spans[number], 0))
            reached = further
        return [span.end for span in reached]

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        spans = self._spans(reading) if chosen is None else (place[0] for place in self.places(reading))
        for span in spans:
            if chosen is None or (span,) in chosen:
                yield reading.hit(span, self.label)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return _rarest((word.gate(uses) for word in self.words), uses)


@dataclass(frozen=True, slots=True)
class NearClause:
    """Two clauses within some words of each other."""

    left: Clause
    right: Clause
    gap: int
    ordered: bool

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return next(self._pairs(reading), None) is not None

    def _pairs(self, reading: Reading) -> Iterator[tuple[Place, Place]]:
        """(left, right) for each hit of either side with the nearest of the other that is near enough.

        Of a hit of several stretches each counts, so that a third word may stand between two that are near each
        other; but what is in order stands before or behind the whole.
        """
        lefts = self.left.places(reading)
        rights = self.right.places(reading) if lefts else []
        if not rights:
            return
        if self.ordered:
            yield from _neighbours(reading, _wholes(lefts), _wholes(rights), self.gap)
            return
        left_parts, right_parts = _parts(lefts), _parts(rights)
        yield from _neighbours(reading, left_parts, right_parts, self.gap)
        for right, left in _neighbours(reading, right_parts, left_parts, self.gap):
            yield left, right

    def words_apart(self, reading: Reading) -> int | None:
        """How many words stand between the nearest of both sides, in the order asked for; ``None``: no two meet."""
        far = replace(self, gap=_FARTHEST)
        return min((_words_between(reading, *pair) for pair in far._pairs(reading)), default=None)  # noqa: SLF001 - its own

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`: of those from one word to another one, so that words often repeated stay few."""
        places = dict(reversed(_wholes(_union(*pair) for pair in self._pairs(reading))))
        return sorted(places.values())

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        pairs = [pair for pair in self._pairs(reading) if chosen is None or _union(*pair) in chosen]
        yield from self.left.found(reading, frozenset(left for left, _ in pairs))
        yield from self.right.found(reading, frozenset(right for _, right in pairs))

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return _rarest((self.left.gate(uses), self.right.gate(uses)), uses)


Stretch = tuple[Span, Place]
"""A stretch by which a hit is near another, and the hit."""


def _merged(places: Iterable[Place]) -> list[Place]:
    """Hits in order, each once."""
    return sorted(set(places))


def _union(one: Place, other: Place) -> Place:
    return tuple(sorted(one + other))


def _wholes(places: Iterable[Place]) -> list[Stretch]:
    """Each hit from its first word to its last."""
    return sorted((Span(place[0].start, place[-1].end), place) for place in places)


def _parts(places: Iterable[Place]) -> list[Stretch]:
    """Each stretch of each hit."""
    return sorted((part, place) for place in places for part in place)


def _apart(one: Place, other: Place) -> bool:
    """Whether no word stands in both."""
    return all(mine.end <= theirs.start or theirs.end <= mine.start for mine in one for theirs in other)


def _words_between(reading: Reading, one: Place, other: Place) -> int:
    """How many words stand between the nearest stretches of two hits."""
    return min(reading.gap(*sorted((mine, theirs))) for mine in one for theirs in other)


def _neighbours(
    reading: Reading, befores: list[Stretch], afters: list[Stretch], gap: int
) -> Iterator[tuple[Place, Place]]:
    """Each of either list with the nearest of the other, the first ending before the second begins.

    Taking the nearest from both sides shows every hit that takes part, without trying every pair.
    """
    by_end = sorted(befores, key=lambda stretch: stretch[0].end)
    ends = [span.end for span, _ in by_end]
    for span, place in befores:
        for number in range(bisect.bisect_left(afters, (Span(span.end, 0),)), len(afters)):
            other, there = afters[number]
            if reading.gap(span, other) > gap:
                break
            if _apart(place, there):
                yield place, there
                break
    for span, place in afters:
        for number in range(bisect.bisect_right(ends, span.start) - 1, -1, -1):
            other, there = by_end[number]
            if reading.gap(other, span) > gap:
                break
            if _apart(there, place):
                yield there, place
                break


@dataclass(frozen=True, slots=True)
class AnyClause:
    """One of several."""

    children: tuple[Clause, ...]
    terms: dict[int, tuple[TermClause, ...]]
    """The children that are terms, by atom: only those whose atom was found are asked."""
    others: tuple[Clause, ...]

    def _live(self, reading: Reading) -> Iterator[Clause]:
        """The children that may hold."""
        for atom in self.terms.keys() & reading.hits.keys():  # goes through the smaller of both
            yield from self.terms[atom]
        yield from self.others

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return any(child.holds(reading) for child in self._live(reading))

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        return _merged(place for child in self._live(reading) for place in child.places(reading))

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for child in self._live(reading):
            if chosen is not None or child.holds(reading):
                yield from child.found(reading, chosen)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return frozenset().union(*(child.gate(uses) for child in self.children))


@dataclass(frozen=True, slots=True)
class AllClause:
    """All of several."""

    children: tuple[Clause, ...]

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return all(child.holds(reading) for child in self.children)

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        return _merged(place for child in self.children for place in child.places(reading))

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for child in self.children:
            yield from child.found(reading, chosen)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`: each child must hold, so any one of them will do."""
        return _rarest((child.gate(uses) for child in self.children), uses)


@dataclass(frozen=True, slots=True)
class NotClause:
    """Not that; it shows nothing."""

    child: Clause

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return not self.child.holds(reading)

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        del reading
        return []

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        del reading, chosen
        yield from ()

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`: nothing need be found; a query always has something beside it."""
        del uses
        return frozenset()


@dataclass(frozen=True, slots=True)
class CountClause:
    """At least some number of several."""

    least: int
    children: tuple[Clause, ...]

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return sum(child.holds(reading) for child in self.children) >= self.least

    def places(self, reading: Reading) -> list[Place]:
        """See `Clause`."""
        return _merged(place for child in self.children for place in child.places(reading))

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for child in self.children:
            if child.holds(reading):
                yield from child.found(reading, chosen)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return frozenset().union(*(child.gate(uses) for child in self.children))


def _rarest(gates: Iterable[frozenset[Gate]], uses: Uses) -> frozenset[Gate]:
    """Of several sets one of which is enough, the one that wakes the fewest rules; best, one of stored text alone."""

    def cost(gate: frozenset[Gate]) -> tuple[bool, int]:
        return any(one.looks is not Looks.TEXT for one in gate), sum(uses[one] for one in gate)

    return min(filter(None, gates), key=cost, default=frozenset())


def any_of(children: Iterable[Clause]) -> Clause:
    """One of these clauses, the terms among them sorted by atom."""
    alternatives = tuple(children)
    if len(alternatives) == 1:
        return alternatives[0]
    terms: dict[int, tuple[TermClause, ...]] = {}
    for child in alternatives:
        if isinstance(child, TermClause):
            terms[child.atom] = (*terms.get(child.atom, ()), child)
    others = tuple(child for child in alternatives if not isinstance(child, TermClause))
    return AnyClause(alternatives, terms, others)
