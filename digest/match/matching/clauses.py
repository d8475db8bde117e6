"""A query made ready to be asked of entries: which clause holds, and which words made it hold.

A clause is made of one node of the query and keeps it; what it is made of itself are its children. So matching
evaluates, and explaining walks, one and the same tree. Every clause answers ``holds`` (cheaply, most often from what
the automaton did not find), ``occurrences`` (where, in folded text, for NEAR) and ``found`` (the hits to show).
"""

from __future__ import annotations

import abc
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from digest.match.language.expressions import compile_regex
from digest.match.language.query import Count, Query, Regex, label
from digest.match.matching.atoms import Interval
from digest.match.text.fold import FIELDS, TEXT_FIELDS
from digest.values.news import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.match.matching.atoms import Atom
    from digest.match.matching.reading import Reading

Scope = frozenset[int]
"""Numbers of fields, as in FIELDS."""

TEXT_SCOPE: Scope = frozenset(range(len(TEXT_FIELDS)))

Occurrence = tuple[Interval, ...]
"""One hit: a stretch of folded text, or those that a NEAR brings together, in order and without overlap."""

Chosen = frozenset[Occurrence] | None
"""The hits that take part in a NEAR; None for all."""


class Looks(enum.StrEnum):
    """Where a gate looks."""

    TEXT = "the folded title, summary and content, which are stored"
    METADATA = "the folded metadata"
    PLAIN = "the plain text, by a regular expression"


class Gate(NamedTuple):
    """An atom or (``PLAIN``) a regular expression, by number."""

    number: int
    looks: Looks = Looks.TEXT


Uses = Mapping[Gate, int]
"""How often each atom and regular expression stands in the rules: a guess at how many rules a hit of it concerns."""


def looks_in(scope: Scope) -> Looks:
    """Where a term of this scope is looked for."""
    return Looks.TEXT if scope <= TEXT_SCOPE else Looks.METADATA


@dataclass(slots=True, eq=False)
class Clause(abc.ABC):
    """A node of a query, ready to be asked; where nothing else is said, it holds where a child does."""

    query: Query
    """What it was made of: a field before a single term is one clause with it."""
    children: tuple[Clause, ...]

    @abc.abstractmethod
    def holds(self, reading: Reading) -> bool:
        """Whether it is true of the entry."""

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """Where it stands, in order, each once."""
        return merged(found for child in self.children for found in child.occurrences(reading))

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """The hits that make it true."""
        for child in self.children:
            yield from child.found(reading, chosen)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """It cannot hold unless one of these was found; of several such sets the one least used elsewhere.

        Empty: it may hold where nothing was found at all, as what holds a NOT may.
        """
        return least_of(1, [child.gate(uses) for child in self.children])

    def is_one_of(self, atoms: Sequence[Atom]) -> bool:
        """Whether a hit of any atom in it makes it true, whatever else stands in the text."""
        del atoms
        return False


@dataclass(slots=True, eq=False)
class TermClause(Clause):
    """One word or phrase in some fields."""

    atom: int
    scope: Scope
    everywhere: bool
    """Whether the scope is all that is searched, so that no hit need be asked for its field."""

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return self.atom in reading.hits and bool(self.intervals(reading))

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`."""
        return [(one,) for one in self.intervals(reading)]

    def intervals(self, reading: Reading) -> list[Interval]:
        """Where it stands, in order."""
        every = reading.intervals(self.atom)
        return every if self.everywhere else [one for one in every if reading.field(one.start) in self.scope]

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        term = label(self.query)
        for one in self.intervals(reading):
            if chosen is None or (one,) in chosen:
                yield reading.hit(one, term)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        del uses
        return frozenset((Gate(self.atom, looks_in(self.scope)),))

    def is_one_of(self, atoms: Sequence[Atom]) -> bool:
        """See `Clause`."""
        return self.everywhere and atoms[self.atom].stands


@dataclass(slots=True, eq=False)
class RegexClause(Clause):
    """A regular expression on the plain text of some fields."""

    regex: Regex
    number: int
    scope: Scope

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return next(self._plain(reading), None) is not None

    def _plain(self, reading: Reading) -> Iterator[tuple[int, int, int]]:
        """(field, start, end) in the plain text of each match that is not empty."""
        compiled = compile_regex(self.regex.pattern)
        for field in sorted(self.scope):
            for match in compiled.finditer(reading.plain(field)):
                if match.end() > match.start():
                    yield field, match.start(), match.end()

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`."""
        every = (reading.folded_interval(*plain) for plain in self._plain(reading))
        return merged((one,) for one in every if one.end > one.start)

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for field, start, end in self._plain(reading):
            if chosen is None or (reading.folded_interval(field, start, end),) in chosen:
                yield Hit(FIELDS[field], start, end, reading.plain(field)[start:end], label(self.query))

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        del uses
        return frozenset((Gate(self.number, Looks.PLAIN),))


@dataclass(slots=True, eq=False)
class _SameClause(Clause):
    """What its one child says: a field before a group, an alias of one term."""

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return self.children[0].holds(reading)

    def is_one_of(self, atoms: Sequence[Atom]) -> bool:
        """See `Clause`."""
        return self.children[0].is_one_of(atoms)


@dataclass(slots=True, eq=False)
class _AnyClause(Clause):
    """One of several."""

    terms: dict[int, list[TermClause]]
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

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`."""
        return merged(found for child in self._live(reading) for found in child.occurrences(reading))

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for child in self._live(reading):
            if chosen is not None or child.holds(reading):
                yield from child.found(reading, chosen)

    def is_one_of(self, atoms: Sequence[Atom]) -> bool:
        """See `Clause`."""
        return all(child.is_one_of(atoms) for child in self.children)


@dataclass(slots=True, eq=False)
class AllClause(Clause):
    """All of several."""

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return all(child.holds(reading) for child in self.children)

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`: each child must hold, so any one of them will do."""
        return rarest((child.gate(uses) for child in self.children), uses)


@dataclass(slots=True, eq=False)
class NotClause(Clause):
    """Not that; it shows nothing."""

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return not self.children[0].holds(reading)

    def occurrences(self, reading: Reading) -> list[Occurrence]:
        """See `Clause`."""
        del reading
        return []

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        del reading, chosen
        yield from ()

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`: nothing need be found."""
        del uses
        return frozenset()


@dataclass(slots=True, eq=False)
class CountClause(Clause):
    """At least some number of several."""

    query: Count

    def holds(self, reading: Reading) -> bool:
        """See `Clause`."""
        return sum(child.holds(reading) for child in self.children) >= self.query.least

    def gate(self, uses: Uses) -> frozenset[Gate]:
        """See `Clause`."""
        return least_of(self.query.least, [child.gate(uses) for child in self.children])

    def found(self, reading: Reading, chosen: Chosen = None) -> Iterator[Hit]:
        """See `Clause`."""
        for child in self.children:
            if child.holds(reading):
                yield from child.found(reading, chosen)


def any_of(query: Query, children: Iterable[Clause]) -> Clause:
    """One of these clauses, the terms among them sorted by atom."""
    alternatives = tuple(children)
    if len(alternatives) == 1:
        return _SameClause(query, alternatives)
    terms: dict[int, list[TermClause]] = {}
    others: list[Clause] = []
    for child in alternatives:
        if isinstance(child, TermClause):
            terms.setdefault(child.atom, []).append(child)
        else:
            others.append(child)
    return _AnyClause(query, alternatives, terms, tuple(others))


def least_of(number: int, gates: Sequence[frozenset[Gate]]) -> frozenset[Gate]:
    """What must be found for so many of these to hold: nothing, where so many may hold without."""
    return frozenset() if gates.count(frozenset()) >= number else frozenset().union(*gates)


def rarest(gates: Iterable[frozenset[Gate]], uses: Uses) -> frozenset[Gate]:
    """Of several sets one of which is enough, the one that concerns fewest rules; best, one of stored text alone."""

    def cost(gate: frozenset[Gate]) -> tuple[bool, int]:
        return any(one.looks is not Looks.TEXT for one in gate), sum(uses[one] for one in gate)

    return min(filter(None, gates), key=cost, default=frozenset())


def merged(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Hits in order, each once."""
    return sorted(set(occurrences))
