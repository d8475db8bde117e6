"""A query as a tree, and the tree as text again: ``parse_query(print_query(tree)) == tree``.

Offsets say where a node stood in the text it was read from; they are no part of what a node is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.errors import DigestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class QueryError(DigestError):
    """A query that cannot be read.

    Args:
        message: what was found and what to write instead.
        offset: where the offending word begins, in code points from 0.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Phrase:
    """A word or several in that order; a word may end in ``*``. The text holds no quotes and single spaces."""

    text: str
    case: bool = False
    slop: int | None = None
    """``~n``: how many other words may stand between its words, in all."""
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Regex:
    """An RE2 expression on the plain text."""

    pattern: str
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Alias:
    """``@name``: any of its terms."""

    name: str
    terms: tuple[Query, ...] = field(default=(), compare=False)
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Field:
    """``name:`` before a term or a group."""

    name: str
    child: Query
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    children: tuple[Query, ...]
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    children: tuple[Query, ...]
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Not that."""

    child: Query
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Both, at most ``gap`` other words apart; the left one first if ``ordered``."""

    left: Query
    right: Query
    gap: int
    ordered: bool
    offset: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Count:
    """At least ``least`` of them."""

    least: int
    children: tuple[Query, ...]
    offset: int = field(default=0, compare=False)


Query = Phrase | Regex | Alias | Field | And | Or | Not | Near | Count


def unanchored(query: Query) -> Query | None:
    """The part of a query that could match without any positive term, if there is one."""
    match query:
        case Not():
            return query
        case Field(child=child):
            return unanchored(child)
        case And(children=children):
            every = [unanchored(child) for child in children]
            return None if None in every else every[0]
        case Or(children=children) | Count(children=children):
            return next((loose for child in children if (loose := unanchored(child))), None)
        case _:
            return None


def children_of(query: Query) -> tuple[Query, ...]:
    """The queries that a query is made of: of an alias its terms and those of the aliases in it; none for a term."""
    match query:
        case Alias():
            return tuple(dict.fromkeys(_alternatives(query, "", set())))
        case And(children=children) | Or(children=children) | Count(children=children):
            return children
        case Not(child=child) | Field(child=child):
            return (child,)
        case Near(left=left, right=right):
            return (left, right)
        case _:
            return ()


def _alternatives(query: Query, field: str, seen: set[tuple[str, str]]) -> Iterator[Query]:
    """The terms of an alias and of those within it, each with its field; no alias is gone through twice for a field."""
    match query:
        case Alias(name=name, terms=terms):
            if (name, field) not in seen:
                seen.add((name, field))
                for term in terms:
                    yield from _alternatives(term, field, seen)
        case Field(name=name, child=child):
            yield from _alternatives(child, name, seen)
        case _:
            yield Field(field, query, query.offset) if field else query


def terms_of(query: Query) -> Iterator[Phrase | Regex]:
    """The terms of a query, those of its aliases too, in order."""
    if isinstance(query, Phrase | Regex):
        yield query
    for child in children_of(query):
        yield from terms_of(child)


def spelled_out(query: Query) -> Query:
    """The query with what each alias stands for in its place: equal queries find the same."""
    match query:
        case Alias():
            return Or(tuple(map(spelled_out, children_of(query))))
        case And(children=children) | Or(children=children) | Count(children=children):
            return replace(query, children=tuple(map(spelled_out, children)))
        case Not(child=child) | Field(child=child):
            return replace(query, child=spelled_out(child))
        case Near(left=left, right=right):
            return replace(query, left=spelled_out(left), right=spelled_out(right))
        case _:
            return query


# --- printing ----------------------------------------------------------------------------------------------------

_BARE = re.compile(r"[^\W\d_][\w.-]*\*?")
_RESERVED = re.compile(r"(?:AND|OR|NOT|O?NEAR(?:/\d+)?|OF)", re.IGNORECASE)


def print_query(query: Query) -> str:
    """The query as text that reads as the same tree."""
    match query:
        case Phrase():
            text = _print_phrase(query)
        case Regex(pattern=pattern):
            text = f"/{escape_slashes(pattern)}/"
        case Alias(name=name):
            text = f"@{name}"
        case Field(name=name, child=child):
            text = f"{name}:{_group(child, _is_single)}"
        case Not(child=child):
            text = f"NOT {_group(child, _binds_as_near)}"
        case Near(left=left, right=right, gap=gap, ordered=ordered):
            operator = "ONEAR" if ordered else "NEAR"
            text = f"{_group(left, _binds_as_near)} {operator}/{gap} {_group(right, _is_operand)}"
        case Or(children=children):
            text = " OR ".join(_group(child, _binds_as_near) for child in children)
        case Count(least=least, children=children):
            text = f"{least} OF ({', '.join(print_query(child) for child in children)})"
        case And(children=children):
            text = _print_and(children)
    return text


def is_term(query: Query) -> bool:
    """Whether it is one term, with or without a field."""
    return isinstance(query.child if isinstance(query, Field) else query, Phrase | Regex)


def label(query: Query) -> str:
    """A term as users know it: without the quotes, with its signs; without its field."""
    if isinstance(query, Field):
        return label(query.child)
    if not isinstance(query, Phrase):
        return print_query(query)
    slop = "" if query.slop is None else f"~{query.slop}"
    return f"{'=' if query.case else ''}{query.text}{slop}"


def _print_phrase(phrase: Phrase) -> str:
    bare = phrase.slop is None and _BARE.fullmatch(phrase.text) and not _RESERVED.fullmatch(phrase.text)
    text = phrase.text if bare else f'"{phrase.text}"'
    slop = "" if phrase.slop is None else f"~{phrase.slop}"
    return f"{'=' if phrase.case else ''}{text}{slop}"


def _print_and(children: tuple[Query, ...]) -> str:
    """``A NOT B`` is shorter than ``A AND NOT B`` and means the same."""
    printed = _group(children[0], _binds_as_not)
    for child in children[1:]:
        printed += f" {'' if isinstance(child, Not) else 'AND '}{_group(child, _binds_as_not)}"
    return printed


def escape_slashes(pattern: str) -> str:
    """A regular expression as it is written between slashes."""
    return re.sub(r"\\.|/", lambda found: r"\/" if found[0] == "/" else found[0], pattern, flags=re.DOTALL)


def _group(query: Query, fits: Callable[[Query], bool]) -> str:
    """The query as text, in parentheses unless it binds tightly enough."""
    return print_query(query) if fits(query) else f"({print_query(query)})"


def _is_single(query: Query) -> bool:
    return isinstance(query, Phrase | Regex | Alias)


def _is_operand(query: Query) -> bool:
    return isinstance(query, Phrase | Regex | Alias | Field | Count)


def _binds_as_near(query: Query) -> bool:
    return _is_operand(query) or isinstance(query, Near)


def _binds_as_not(query: Query) -> bool:
    return _binds_as_near(query) or isinstance(query, Not)
