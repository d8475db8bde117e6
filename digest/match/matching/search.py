"""A search of stored entries: what is known of them, which the store answers, and the words of their texts.

::

    is:unread -football (embassy OR envoy)
    ╰─ facets ╯ ╰───── words ────────────╯
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from typing import TYPE_CHECKING

from digest.match.language.facets import EXAMPLES, read_facet
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
    QueryError,
    Regex,
    children_of,
    print_query,
)
from digest.match.language.typed import parse_typed
from digest.match.matching.backtest import current_fold, search
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import Rule
from digest.values.facets import EVERY_ENTRY, AllOf, AnyOf, Facet, OfDesk, Without

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet
    from datetime import tzinfo

    from digest.match.matching.backtest import EntrySource
    from digest.values.news import Hit, StoredEntry

_BEGUN = re.compile(r"[a-z]+\Z", re.IGNORECASE)
_MOST_FACETS = 50
"""In one search; the database reads no expression of any depth."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for: entries that the facets are true of, and whose text is as the words say."""

    query: str
    """As it was typed."""
    facets: Facet = EVERY_ENTRY
    words: Query | None = None
    """``None``: whatever their text."""
    unfinished: str = ""
    """The end of the line, where that means nothing yet."""
    asked: tuple[str, ...] = ()
    """The facets as they are written."""
    rules: RuleSet | None = field(default=None, compare=False, repr=False)
    """The words, ready to be asked; or, ``excluding``, what they exclude."""
    excluding: bool = False
    """Whether a text passes in which nothing is found: the words only exclude."""

    def for_desk(self, desk: str | None) -> Search:
        """The same for what rules of a desk found; ``None``: for all."""
        if desk is None:
            return self
        return replace(self, facets=AllOf((OfDesk(desk.casefold()), self.facets)))

    def passing(self, source: EntrySource) -> Iterator[int]:
        """The ids of the entries of a source whose texts are as the words say, which there must be."""
        assert self.rules is not None
        may_match = self.rules.prefilter()
        if may_match is None:
            for whole in source.texts():
                found = {entry for entry, text, folded in whole if self.rules.matching(text, folded)}
                yield from self._passing_of([entry for entry, _, _ in whole], found)
            return
        exact = self.rules.is_prefilter_exact()
        for page in source.folded():
            likely = {entry: folded for entry, folded in page if not folded or may_match(folded)}
            unsure = [entry for entry, folded in likely.items() if not (exact and folded)]
            found = likely.keys() - set(unsure) | self._matching(source.entries(unsure), self.rules)
            yield from self._passing_of([entry for entry, _ in page], found)

    def _passing_of(self, page: Sequence[int], found: AbstractSet[int]) -> Iterator[int]:
        return (entry for entry in page if (entry in found) is not self.excluding)

    @staticmethod
    def _matching(entries: Iterable[StoredEntry], rules: RuleSet) -> set[int]:
        return {entry.id for entry in entries if rules.matching(entry.text, current_fold(entry))}

    def found(self, source: EntrySource) -> Iterator[tuple[StoredEntry, Sequence[Hit]]]:
        """The same entries in full, with the words that made them pass, in the order they came."""
        assert self.rules is not None
        if self.excluding:
            yield from ((entry, ()) for entry in source.entries(list(self.passing(source))))
        else:
            yield from ((entry, matches[0].hits) for entry, matches in search(self.rules, source))


def read_search(
    text: str,
    aliases: Mapping[str, tuple[Query, ...]] | None = None,
    *,
    zone: tzinfo = UTC,
    typing: bool = False,
) -> Search:
    """Read what somebody types to search.

    Args:
        text: one line.
        aliases: the terms of each alias that ``@name`` may name.
        zone: of the dates behind ``since:``.
        typing: whether more may come: the last word is a prefix, and the line is read as far as it goes.

    Raises:
        QueryError: the first thing wrong, at its place.
    """
    known = {} if aliases is None else aliases
    try:
        return _read(text, known, zone, typing=typing)
    except QueryError:
        begun = _BEGUN.search(text) if typing else None
        if begun is None or not any(name.startswith(begun[0].lower()) for name in EXAMPLES):
            raise
        # What is wrong for a word may be right for the facet that it becomes.
        return replace(_read(text[: begun.start()], known, zone, typing=True), query=text, unfinished=begun[0])


def _read(text: str, aliases: Mapping[str, tuple[Query, ...]], zone: tzinfo, *, typing: bool) -> Search:
    query, unfinished = parse_typed(text, aliases, typing=typing)
    facets: list[Query] = []
    words: list[Query] = []
    for part in [] if query is None else _parts(_inward(query)):
        (facets if _is_of_facets(part) else words).append(part)
    wanted = _and(words)
    excluding = wanted is not None and _holds_of_nothing(wanted)
    asked = None if wanted is None else _inward(Not(wanted)) if excluding else wanted
    return Search(
        query=text,
        facets=_facets(facets, zone),
        words=wanted,
        unfinished=unfinished,
        asked=tuple(map(print_query, facets)),
        rules=None if asked is None else RuleSet([Rule(id="query", title="query", query=asked, path="<query>")]),
        excluding=excluding,
    )


# --- facets and words apart ----------------------------------------------------------------------------------------


def _inward(query: Query) -> Query:
    """The same query with each NOT before a term, where it says what it excludes."""
    match query:
        case Not(child=child):
            return _negated(child)
        case And(children=children):
            return And(tuple(map(_inward, children)), query.offset)
        case Or(children=children):
            return Or(tuple(map(_inward, children)), query.offset)
        case Count(least=least, children=children):
            return Count(least, tuple(map(_inward, children)), query.offset)
        case Field(name=name, child=child):
            return Field(name, _inward(child), query.offset)
        case Phrase() | Regex() | Alias() | Near():
            return query


def _negated(query: Query) -> Query:
    match query:
        case Not(child=child):
            return _inward(child)
        case And(children=children):
            return Or(tuple(map(_negated, children)), query.offset)
        case Or(children=children):
            return And(tuple(map(_negated, children)), query.offset)
        case Count(least=least, children=children):
            return Count(len(children) - least + 1, tuple(map(_negated, children)), query.offset)
        case Field(name=name, child=child) if name not in EXAMPLES and not isinstance(child, Phrase | Regex):
            return Field(name, _negated(child), query.offset)
        case _:
            return Not(query, query.offset)


def _parts(query: Query) -> Iterator[Query]:
    """What a query asks for at once."""
    if isinstance(query, And):
        for child in query.children:
            yield from _parts(child)
    else:
        yield query


def _and(parts: Sequence[Query]) -> Query | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return And(tuple(parts), parts[0].offset)


def _facets_in(query: Query) -> Iterator[Field]:
    if isinstance(query, Field) and query.name in EXAMPLES:
        yield query
    elif not isinstance(query, Alias):
        for child in children_of(query):
            yield from _facets_in(child)


def _is_of_facets(part: Query) -> bool:
    """Whether it asks for facets alone; raises QueryError where it mixes them with words."""
    first = next(_facets_in(part), None)
    if first is None:
        return False
    if not _are_facets(part):
        raise QueryError(
            f"{first.name}: stands with AND, OR and NOT, and beside words with AND alone: search for each by itself",
            first.offset,
        )
    return True


def _are_facets(query: Query) -> bool:
    match query:
        case Field(name=name):
            return name in EXAMPLES
        case And(children=children) | Or(children=children):
            return all(map(_are_facets, children))
        case Not(child=child):
            return _are_facets(child)
        case _:
            return False


def _facets(parts: Sequence[Query], zone: tzinfo) -> Facet:
    every = [leaf for part in parts for leaf in _facets_in(part)]
    if len(every) > _MOST_FACETS:
        beyond = every[_MOST_FACETS]
        raise QueryError(f"more than {_MOST_FACETS} of {', '.join(f'{name}:' for name in EXAMPLES)}", beyond.offset)
    found = tuple(_facet(part, zone) for part in parts)
    return found[0] if len(found) == 1 else AllOf(found)


def _facet(query: Query, zone: tzinfo) -> Facet:
    match query:
        case And(children=children):
            return AllOf(tuple(_facet(child, zone) for child in children))
        case Or(children=children):
            return AnyOf(tuple(_facet(child, zone) for child in children))
        case Not(child=child):
            return Without(_facet(child, zone))
        case Field(name=name, child=Phrase(text=value) as leaf):
            return read_facet(name, value, leaf.offset, zone)
        case _:
            raise AssertionError(query)


def _holds_of_nothing(query: Query) -> bool:
    """Whether it is true of a text in which none of its terms is found."""
    match query:
        case Not():
            return True  # of a term: each NOT stands before one
        case And(children=children):
            return all(map(_holds_of_nothing, children))
        case Or(children=children):
            return any(map(_holds_of_nothing, children))
        case Count(least=least, children=children):
            return sum(map(_holds_of_nothing, children)) >= least
        case Field(child=child):
            return _holds_of_nothing(child)
        case _:
            return False
