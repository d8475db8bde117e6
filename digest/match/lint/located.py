"""The queries of rule files with their places: every query, every term, and which terms are alternatives of another."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.errors import Problem
from digest.match.language.query import Alias, Field, Or, Phrase, Query, children_of, label, print_query
from digest.match.language.terms import Manner, words_of
from digest.match.language.tiers import TIER, tiers_of
from digest.toml.places import Keys, locate_in_string
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from digest.match.loading import LoadedRules

_FILLER = "zqxv"
_ENDINGS = {"LATIN": "qzx", "CYRILLIC": "щъщ", "GREEK": "ξψξ", "ARABIC": "ظظظ", "HEBREW": "ץץץ", "HANGUL": "뷁뷁"}
_OTHER_ENDING = "龘龘"
_NO_TIER = " "
"""Where it is left empty, it is the worst."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a query or a part of it stands: a string of a rule file, and the offset in it."""

    path: str
    keys: Keys
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase with the field it is looked for in, and its place."""

    phrase: Phrase
    field: str
    location: Location
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
        return in_field(self.field, self.phrase)


@dataclass(frozen=True, slots=True)
class AliasUse:
    """An alias that stands among alternatives: none of them need name again what it finds."""

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
        return in_field(self.field, self.alias)


@dataclass(frozen=True, slots=True)
class LocatedQuery:
    """One query or one item of a list, with its place."""

    query: Query
    location: Location
    alternatives: Keys
    """The keys of the list whose items are alternatives of one another; of a query or of ``all`` its own."""

    @property
    def key(self) -> str | int:
        """Of a query of a rule the name of what it stands in: ``query``, ``any``, ``all`` or ``none``."""
        return self.location.keys[2]


def located_queries(loaded: LoadedRules) -> Iterator[LocatedQuery]:
    """Every query and item of the live files."""
    for path, lists in loaded.queries.items():
        for keys, queries in lists.items():
            for number, query in enumerate(queries):
                own = keys if keys[-1] == "query" else (*keys, number)
                yield LocatedQuery(query, Location(path, own), own if keys[-1] == "all" else keys)


def located_terms(queries: Sequence[LocatedQuery]) -> tuple[list[Term], list[AliasUse]]:
    """The phrases and aliases of all queries, those that are alternatives of one another in one group."""
    groups: dict[object, int] = {}
    found: list[Term] = []
    uses: list[AliasUse] = []

    def walk(query: Query, whole: Location, field: str, group: object) -> None:
        location = Location(whole.path, whole.keys, query.offset)
        match query:
            case Phrase():
                found.append(Term(query, field, location, groups.setdefault(group, len(groups))))
            case Field(name=name, child=child):
                walk(child, whole, name, group)
            case Or(children=children):
                # An OR within an OR of the same field is one with it.
                for child in children:
                    walk(child, whole, field, group)
            case Alias():  # its terms are read where it is defined
                if not any(isinstance(each, Field) for each in nodes(query)):  # those would see one field alone
                    uses.append(AliasUse(query, field, groups.setdefault(group, len(groups))))
            case _:
                for number, child in enumerate(children_of(query)):
                    walk(child, whole, field, (group, location, number))

    for one in queries:
        walk(one.query, one.location, "", (one.location.path, one.alternatives))
    return found, uses


def spellings(term: Term, *, in_all_cases: bool = False) -> Iterator[EntryText]:
    """Texts that the term ought to find: in each case, with words between or letters behind where it leaves room."""
    if term.field == TIER:
        yield from (EntryText(tier=letter) for letter in tiers_of(term.phrase))
        return
    for text in _forms(term.phrase):
        cased = {text, text.lower(), text.upper(), text.title()} if in_all_cases and not term.phrase.case else {text}
        for spelling in sorted(cased):
            yield _placed(spelling, term.field)


def _forms(phrase: Phrase) -> Iterator[str]:
    words = phrase.text.split()
    yield " ".join(word.rstrip("*") for word in words)
    if any(word.endswith("*") for word in words):
        yield " ".join(word[:-1] + _ending(word[-2]) if word.endswith("*") else word for word in words)
    if phrase.slop and len(words) > 1:
        yield " ".join([words[0], *[_FILLER] * phrase.slop, *words[1:]]).replace("*", "")


def _ending(letter: str) -> str:
    """Letters that may stand behind this one in a word, and never do."""
    return _ENDINGS.get(unicodedata.name(letter, "").split(" ")[0], _OTHER_ENDING)


def _placed(text: str, field: str) -> EntryText:
    """An entry with the text in the field; without a field in the title. No term says of what tier it is."""
    if field == "tag":
        return EntryText(tags=(text,), tier=_NO_TIER)
    return EntryText(**{field or "title": text}, tier=_NO_TIER)  # type: ignore[arg-type]  # every other field is a text


def nodes(query: Query) -> Iterator[Query]:
    """A query and all that it is made of."""
    yield query
    for child in children_of(query):
        yield from nodes(child)


def in_field(field: str, query: Query) -> Query:
    """A query that looks in a field, if one is named."""
    return Field(field, query) if field else query


def warning(texts: Mapping[str, str], location: Location, message: str) -> Problem:
    """A warning at its place."""
    line, column = locate_in_string(texts[location.path], location.keys, location.offset)
    return Problem(location.path, line, column, message, "warning")
