"""Why a rule matches an entry, or does not: its query as a tree with what was found, and the clause that decided.

The tree is a walk over the very clauses that matching evaluates: each is asked whether it holds and what it found, also
where matching would not have looked any further.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.match.language.query import Alias, And, Count, Field, Near, Not, Or, Query, is_term, print_query
from digest.match.matching.nearness import NearClause
from digest.match.matching.reading import in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.match.matching.clauses import Clause
    from digest.match.matching.reading import Reading
    from digest.match.rules.rule import Rule
    from digest.values.news import Hit

_SHOWN_HITS = 50
"""Of one term, as many as an alert keeps."""


@dataclass(frozen=True, slots=True)
class ExplainedClause:
    """A clause of a query, and what it makes of an entry."""

    query: Query
    holds: bool
    hits: tuple[Hit, ...] = ()
    """What it found, also where that made a NOT around it fail."""
    parts: tuple[ExplainedClause, ...] = ()
    """What it is made of; none for a term, and for a NEAR that holds."""
    words_apart: int | None = None
    """Of a NEAR whose sides are there in one block, too far apart: how many words stand between the nearest two."""

    @property
    def text(self) -> str:
        """The clause as it would be written."""
        return print_query(self.query)

    @property
    def cost(self) -> int:
        """How many terms more would make it hold, or less; 0 if it holds."""
        if self.holds:
            return 0
        match self.query:
            case And() | Near():
                return sum(part.cost for part in self.parts) or 1
            case Or() | Alias() | Field() if self.parts:
                return min(part.cost for part in self.parts)
            case Count(least=least):
                missing = sorted(part.cost for part in self.parts if not part.holds)
                return sum(missing[: least - sum(part.holds for part in self.parts)])
            case _:
                return 1

    @property
    def decider(self) -> Query:
        """The least of it that says why it holds, or why not."""
        decider = self.query
        alike = [part for part in self.parts if part.holds is self.holds]
        match self.query:
            case Alias() | Or():
                decider = self._nearest_decider(alike)
            case And():
                decider = _joined([part.decider for part in self._positive(alike)])
            case Near() if len(alike) == 1 and not self.holds:
                decider = alike[0].decider  # of both sides only this one is not there
            case Not():
                decider = Not(self.parts[0].decider)
            case Field(name=name) if self.parts:
                decider = _in_field(name, self.parts[0].decider)
            case Count() as count if self.holds:
                decider = replace(count, children=tuple(part.decider for part in alike))
        return decider

    def _positive(self, alike: Sequence[ExplainedClause]) -> Sequence[ExplainedClause]:
        """Of parts that all hold those that found a word, if any did: what is only not there explains less."""
        return [part for part in alike if self.holds and part.hits] or alike

    def _nearest_decider(self, alternatives: Sequence[ExplainedClause]) -> Query:
        """Of alternatives that all hold the first; where all fail the one that came nearest, if any came near."""
        if self.holds:
            return alternatives[0].decider
        near = [part for part in alternatives if part.hits]
        return min(near, key=lambda part: part.cost).decider if near else self.query


class Explanation:
    """What one rule makes of one entry.

    Args:
        rule: disabled ones have an explanation, too.
        clause: its query, compiled.
        reading: the entry.
    """

    def __init__(self, rule: Rule, clause: Clause, reading: Reading) -> None:
        self.rule = rule
        self.matched: bool = clause.holds(reading)
        """Whether the rule's query matches; the rule may be disabled all the same."""
        self._clause = clause
        self._reading = reading

    @functools.cached_property
    def whole(self) -> ExplainedClause:
        """The query as a tree."""
        return _explained(self._clause, self._reading)

    @property
    def clause(self) -> str:
        """The clause that decided: the least of the query that says why."""
        return print_query(self.whole.decider)

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The words found: those that made it match, or as many as were there."""
        return self.whole.hits

    @property
    def nearness(self) -> tuple[bool, bool, int, int]:
        """For sorting: what matches first, then the nearest miss."""
        return (not self.matched, not self.hits, self.whole.cost, -len({hit.term for hit in self.hits}))


def _explained(clause: Clause, reading: Reading) -> ExplainedClause:
    """A clause and all below it; of a phrase whose words stand too far apart, the words are shown."""
    query, holds = clause.query, clause.holds(reading)
    if holds and (is_term(query) or isinstance(query, Near)):
        return ExplainedClause(query, holds, in_order(clause.found(reading))[:_SHOWN_HITS])
    if not holds and not clause.children:  # most of them: the other words of an alias
        return ExplainedClause(query, holds)
    parts = tuple([_explained(child, reading) for child in clause.children])
    hits = in_order(_telling_hits(query, parts))
    if is_term(query):
        return ExplainedClause(query, holds, hits)
    apart = clause.words_apart(reading) if isinstance(clause, NearClause) else None
    return ExplainedClause(query, holds, hits, parts, apart)


def _telling_hits(query: Query, parts: Sequence[ExplainedClause]) -> Iterable[Hit]:
    """What a query found: where it holds what made it hold, else as much as there was, and what a NOT forbids."""
    if isinstance(query, And | Near):
        telling = [part for part in parts if not (isinstance(part.query, Not) and part.holds)]
    else:
        telling = [part for part in parts if part.holds and not isinstance(part.query, Not)] or list(parts)
    return (hit for part in telling for hit in part.hits)


def _joined(queries: Sequence[Query]) -> Query:
    return queries[0] if len(queries) == 1 else And(tuple(queries))


def _in_field(name: str, query: Query) -> Query:
    """A decider from inside a field, with the field where it is written."""
    match query:
        case Not(child=child):
            return Not(_in_field(name, child))
        case _:
            return Field(name, query)
