"""Why a rule matches an entry, or does not: its query as a tree with what was found, and the clause that decided.

The tree is made of the same clauses that matching uses; only AND, OR, NOT, n OF, fields and aliases are joined here,
so that every part can say whether it holds, also where the matcher would not have looked any further.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.match.language.query import (
    Alias,
    And,
    Count,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Regex,
    children_of,
    print_query,
)
from digest.match.matching.clauses import TEXT_SCOPE, Clause, LooseClause, NearClause, Scope
from digest.match.matching.compiling import Compiler, reads_metadata
from digest.match.matching.finder import Finder
from digest.match.matching.matcher import in_order
from digest.match.text.fold import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.match.matching.reading import Reading
    from digest.match.rules.rule import Rule
    from digest.values.news import EntryText, Hit

_SHOWN_HITS = 50
"""Of one term, as many as an alert keeps."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a query, and how it stands with an entry."""

    query: Query
    holds: bool
    hits: tuple[Hit, ...] = ()
    """What it found, also where that made a NOT around it fail."""
    parts: tuple[Part, ...] = ()
    """What it is made of; none for a term, and for a NEAR that holds."""
    words_apart: int | None = None
    """Of a NEAR whose sides are there in one block, too far apart: how many words stand between the nearest two."""

    @property
    def text(self) -> str:
        """The part as it would be written."""
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
        match self.query:
            case Alias() | Or() if self.holds:
                decider = next(part for part in self.parts if part.holds).decider
            case Alias() | Or() if near := [part for part in self.parts if part.hits]:
                decider = min(near, key=lambda part: part.cost).decider  # all fail: the one that came nearest
            case And():
                telling = [part for part in self.parts if part.holds is self.holds]
                positive = [part for part in telling if part.hits] if self.holds else []
                decider = _joined([part.decider for part in positive or telling])
            case Near() if len(absent := [part for part in self.parts if not part.holds]) == 1:
                decider = absent[0].decider
            case Not():
                decider = Not(self.parts[0].decider)
            case Field(name=name) if self.parts:
                decider = _in_field(name, self.parts[0].decider)
            case Count() as count if self.holds:
                decider = replace(count, children=tuple(part.decider for part in self.parts if part.holds))
        return decider


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one rule stands with one entry."""

    rule: Rule
    whole: Part

    @property
    def matched(self) -> bool:
        """Whether the rule's query matches; the rule may be disabled all the same."""
        return self.whole.holds

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


class Explainer:
    """Explains some rules; disabled ones too.

    Args:
        rules: in the order in which they are explained.
    """

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = tuple(rules)
        compiler = Compiler(metadata=any(reads_metadata(rule.query) for rule in self._rules))
        self._nodes = [_compiled(rule.query, TEXT_SCOPE, compiler) for rule in self._rules]
        self._finder = Finder(compiler)

    def explain(self, text: EntryText, folded: str | None = None) -> tuple[Explanation, ...]:
        """How each rule stands with an entry; arguments as for ``RuleSet.match_entry``."""
        reading = self._finder.read(text, folded)
        return tuple(Explanation(rule, node.part(reading)) for rule, node in zip(self._rules, self._nodes, strict=True))


@dataclass(frozen=True, slots=True)
class _Join:
    """AND, OR, NOT, n OF, a field or an alias, with what it joins."""

    query: Query
    nodes: tuple[_Node, ...]

    def part(self, reading: Reading) -> Part:
        """How it stands."""
        parts = tuple(node.part(reading) for node in self.nodes)
        return Part(self.query, _holds(self.query, parts), in_order(_hits_of(self.query, parts)), parts)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A term, which the matcher's own clause answers for."""

    clause: Clause
    missing: Part

    def part(self, reading: Reading) -> Part:
        """How it stands; of a phrase whose words stand too far apart, the words are shown."""
        clause = self.clause
        if clause.holds(reading):
            return replace(self.missing, holds=True, hits=_found(clause, reading))
        if not isinstance(clause, LooseClause):
            return self.missing
        return replace(self.missing, hits=in_order(hit for word in clause.words for hit in _found(word, reading)))


@dataclass(frozen=True, slots=True)
class _Nearness:
    """A NEAR, which the matcher's own clause answers for too; where that fails, its sides are asked."""

    query: Query
    clause: NearClause
    sides: tuple[_Node, _Node]

    def part(self, reading: Reading) -> Part:
        """How it stands."""
        if self.clause.holds(reading):
            return Part(self.query, True, _found(self.clause, reading))
        parts = tuple(side.part(reading) for side in self.sides)
        hits = in_order(hit for part in parts for hit in part.hits)
        return Part(self.query, False, hits, parts, self.clause.words_apart(reading))


_Node = _Join | _Leaf | _Nearness


def _found(clause: Clause, reading: Reading) -> tuple[Hit, ...]:
    """The first hits of a clause, if it holds."""
    return in_order(clause.found(reading))[:_SHOWN_HITS] if clause.holds(reading) else ()


_JOINS = (Alias, And, Count, Field, Near, Not, Or)


def _compiled(query: Query, scope: Scope, compiler: Compiler) -> _Node:
    if isinstance(query, Phrase | Regex) or (isinstance(query, Field) and not isinstance(query.child, _JOINS)):
        return _Leaf(compiler.clause(query, scope), Part(query, holds=False))
    inside = frozenset({FIELDS.index(query.name)}) if isinstance(query, Field) else scope
    nodes = tuple(_compiled(child, inside, compiler) for child in children_of(query))
    if not isinstance(query, Near):
        return _Join(query, nodes)
    clause = compiler.clause(query, scope)
    assert isinstance(clause, NearClause)
    return _Nearness(query, clause, (nodes[0], nodes[1]))


def _holds(query: Query, parts: Sequence[Part]) -> bool:
    """Whether a query holds whose children stand so."""
    match query:
        case And() | Field():
            return all(part.holds for part in parts)
        case Not():
            return not parts[0].holds
        case Count(least=least):
            return sum(part.holds for part in parts) >= least
        case _:
            return any(part.holds for part in parts)


def _hits_of(query: Query, parts: Sequence[Part]) -> Iterable[Hit]:
    """What a query found: where it holds what made it hold, else as much as there was, and what a NOT forbids."""
    if isinstance(query, And):
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
