"""Rules that can never match, because what they ask for is always excluded."""

from __future__ import annotations

from dataclasses import replace
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
from digest.match.lint.located import Location, Term, in_field, nodes, spellings, warning
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import Rule
from digest.match.text.fold import TEXT_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.errors import Problem
    from digest.match.lint.located import LocatedQuery


def excluded(queries: Iterable[LocatedQuery], texts: Mapping[str, str]) -> Iterator[Problem]:
    """Rules that can never match, because what they ask for is always excluded; at what excludes it."""
    rules: dict[object, list[LocatedQuery]] = {}
    for query in queries:
        if query.location.keys[0] == "rule":
            rules.setdefault((query.location.path, query.location.keys[1]), []).append(query)
    demands = [_Demands(own) for own in rules.values()]
    numbered = [forbidden for one in demands for forbidden in one.forbidden]
    forbids = RuleSet([Rule(str(number), "", query) for number, (query, _) in enumerate(numbered)])
    start = 0
    for one in demands:
        numbers = range(start, start := start + len(one.forbidden))
        for asked in one.asked if numbers else ():
            found = _all_forbidden(asked, forbids, numbers)
            if found is not None:
                excluding, location = numbered[found]
                message = f"this rule can never match: NOT {_short(excluding)} excludes all that {_short(asked)} finds"
                yield warning(texts, location, f"{message}; take one of the two out")
                break


class _Demands:
    """What a rule asks for and what it forbids, wherever in it: each has its say whatever else an entry holds."""

    def __init__(self, queries: Sequence[LocatedQuery]) -> None:
        self.asked: list[Query] = []
        self.forbidden: list[tuple[Query, Location]] = []
        alternatives = tuple(one.query for one in queries if one.key == "any")
        if alternatives:
            self.asked.append(Or(alternatives) if len(alternatives) > 1 else alternatives[0])
        for one in queries:
            if one.key == "none":
                self._forbid(one.query, one.location)
            elif one.key != "any":
                self._read(one.query, one.location, "")

    def _read(self, query: Query, location: Location, field: str) -> None:
        match query:
            case And() | Near():
                for child in children_of(query):
                    self._read(child, location, field)
            case Count(least=least, children=children) if least == len(children):
                for child in children:
                    self._read(child, location, field)
            case Field(name=name, child=child):
                self._read(child, location, name)
            case Not(child=child):
                self._forbid(in_field(field, child), Location(location.path, location.keys, child.offset))
            case _:
                self.asked.append(in_field(field, query))

    def _forbid(self, query: Query, location: Location) -> None:
        """Take in what more words can never make right again, as they can ``a NOT b``, or an expression with ``$``."""
        if not any(isinstance(each, Not | Regex) for each in nodes(query)):
            self.forbidden.append((query, location))


def _all_forbidden(asked: Query, forbids: RuleSet, numbers: range) -> int | None:
    """The first of these numbers that forbids a text that is asked for, if each of the texts is forbidden."""
    first = None
    for term in _alternatives(asked, ""):
        if term is None:
            return None
        for field in (term.field,) if term.field else TEXT_FIELDS:
            for text in spellings(replace(term, field=field), in_all_cases=True):
                found = [number for number in map(int, forbids.matching(text)) if number in numbers]
                if not found:
                    return None
                first = min(found) if first is None else first
    return first


def _alternatives(query: Query, field: str) -> Iterator[Term | None]:
    """The phrases one of which is asked for; ``None`` for what is no phrase."""
    match query:
        case Phrase():
            yield Term(query, field, Location("", ()), 0)
        case Field(name=name, child=child):
            yield from _alternatives(child, name)
        case Or() | Alias():
            for child in children_of(query):
                yield from _alternatives(child, field)
        case _:
            yield None


def _short(query: Query) -> str:
    text = print_query(query)
    return text if len(text) <= 60 else f"{text[:59]}…"
