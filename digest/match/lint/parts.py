"""Rule files read again with their places: every query, every term, and which terms are alternatives of one another."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.language.parse import parse_item, parse_query
from digest.match.language.query import Alias, Field, Or, Phrase, Query, children_of, label, print_query
from digest.match.language.terms import Manner, words_of
from digest.match.rules.rulefile import ITEM_LISTS, Keys
from digest.toml.places import locate_in_string

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a part of a query stands: a string of a rule file, and the place in it."""

    path: str
    keys: Keys
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase with the field it is looked for in, and its place."""

    phrase: Phrase
    field: str
    spot: Spot
    group: int
    """Terms of one group are alternatives of one another; a term of none is in a group of its own."""

    @property
    def shown(self) -> str:
        """The term as users know it."""
        return f"{self.field}:{label(self.phrase)}" if self.field else label(self.phrase)

    @property
    def is_unspaced(self) -> bool:
        """Whether it has words of a script without spaces."""
        return any(word.manner is Manner.UNSPACED for word in words_of(self.phrase))

    @property
    def query(self) -> Query:
        """The term as a query."""
        return Field(self.field, self.phrase) if self.field else self.phrase


@dataclass(frozen=True, slots=True)
class Use:
    """An alias that stands among alternatives: what it finds, none of them need name again."""

    alias: Alias
    field: str
    group: int

    @property
    def shown(self) -> str:
        """The alias as users write it."""
        return print_query(self.query)

    @property
    def query(self) -> Query:
        """The alias as a query."""
        return Field(self.field, self.alias) if self.field else self.alias


@dataclass(frozen=True, slots=True)
class Part:
    """One query or one item of a list, read, with its place."""

    query: Query
    spot: Spot
    list: Keys
    """The keys of the list that it is an alternative of; of a query or of ``all`` its own."""


def parts_of(path: str, text: str, aliases: Mapping[str, tuple[Query, ...]]) -> Iterator[Part]:
    """Every query and item of a file that could be loaded."""
    data = tomllib.loads(text)
    for name, items in data.get("alias", {}).items():
        for index, item in enumerate(items):
            spot = Spot(path, ("alias", name, index))
            yield Part(parse_item(item, aliases), spot, ("alias", name))
    for number, rule in enumerate(data.get("rule", [])):
        keys = ("rule", number)
        if "query" in rule:
            spot = Spot(path, (*keys, "query"))
            yield Part(parse_query(rule["query"], aliases), spot, spot.keys)
        for name in ITEM_LISTS:
            for index, item in enumerate(rule.get(name, [])):
                spot = Spot(path, (*keys, name, index))
                yield Part(parse_item(item, aliases), spot, spot.keys if name == "all" else (*keys, name))


def terms_of_parts(parts: Sequence[Part]) -> tuple[list[Term], list[Use]]:
    """The phrases and aliases of all parts, those that are alternatives of one another in one group."""
    groups: dict[object, int] = {}
    found: list[Term] = []
    uses: list[Use] = []

    def walk(query: Query, spot: Spot, field: str, group: object) -> None:
        place = Spot(spot.path, spot.keys, query.offset)
        match query:
            case Phrase():
                found.append(Term(query, field, place, groups.setdefault(group, len(groups))))
            case Field(name=name, child=child):
                walk(child, spot, name, group)
            case Or(children=children):
                # An OR within an OR of the same field is one with it.
                for child in children:
                    walk(child, spot, field, group)
            case Alias():  # its terms are read where it is defined
                if not any(isinstance(each, Field) for each in whole(query)):  # those would see one field alone
                    uses.append(Use(query, field, groups.setdefault(group, len(groups))))
            case _:
                for number, child in enumerate(children_of(query)):
                    walk(child, spot, field, (group, place, number))

    for part in parts:
        walk(part.query, part.spot, "", (part.spot.path, part.list))
    return found, uses


def whole(query: Query) -> Iterator[Query]:
    """A query and all that it is made of."""
    yield query
    for child in children_of(query):
        yield from whole(child)


def warning(texts: Mapping[str, str], spot: Spot, message: str) -> Problem:
    """A warning at its place."""
    line, column = locate_in_string(texts[spot.path], spot.keys, spot.offset)
    return Problem(spot.path, line, column, message, "warning")
