"""Reading the rule language: a query, or one item of a list."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

from digest.match.language.errors import check_field, check_value, example_in
from digest.match.language.grammar import Parser, read_phrase
from digest.match.language.query import Field, Phrase, Query, QueryError, print_query, unanchored
from digest.match.language.terms import is_plain
from digest.match.language.tokens import OPENING_QUOTES, Kind, check_characters, read_slop, tokenize
from digest.match.text.fold import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_ITEM_FIELD = re.compile(r"([^\W\d]\w*):(\s*)")
_ITEM_SIGN = re.compile(f"[@/]|=?[{OPENING_QUOTES}]")
_ITEM_SLOP = re.compile(r"~([0-9]+)\s*\Z")
_ITEM_OPERATOR = re.compile(r"\(*(AND|OR|NOT|O?NEAR(?:/.*)?)\)*")
_ITEM_COUNT = re.compile(r"[0-9]+ +OF *\(")
_OPERATORS = frozenset(("AND", "OR", "NOT", "NEAR", "ONEAR"))
_ITEM_WORD = re.compile(r"\S+")


def parse_query(text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> Query:
    """Read a query.

    Args:
        text: the query; a line break is a space.
        aliases: the terms of each alias that ``@name`` may name.

    Raises:
        QueryError: the first thing wrong, at its place.
    """
    check_characters(text)
    parser = Parser(tokenize(text), {} if aliases is None else aliases)
    query = parser.whole()
    if loose := unanchored(query):
        shown = textwrap.shorten(print_query(loose), 60, placeholder=" …")
        raise QueryError(
            f"{shown} matches without any word being found: it needs something found beside it, "
            "as in syria NOT football",
            loose.offset,
        )
    return query


def parse_item(text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None) -> Query:
    """Read one item of an alias, ``any``, ``all`` or ``none``: one term, spaces making a phrase.

    Raises:
        QueryError: the first thing wrong, at its place in ``text``.
    """
    if is_plain(text) and text[0] != " " and _OPERATORS.isdisjoint(words := text.split()):
        return Phrase(" ".join(words))  # as all below would find, of nearly every item, in a tenth of the time
    start = len(text) - len(text.lstrip())
    if start == len(text):
        raise QueryError("this item is empty: write a word or a phrase", 0)
    check_characters(text)
    known = {} if aliases is None else aliases
    if field := _ITEM_FIELD.match(text, start):
        name, space, end = field[1], field[2], field.end()
        if name in FIELDS and end == len(text):
            raise QueryError(f"{name}: is followed by a term, as in {example_in(name)}", start)
        if name in FIELDS or not (space or end == len(text)):
            check_field(name, start)
            child = _parse_bare_item(text, field.end(), known)
            check_value(name, child)
            return Field(name, child, start)
    return _parse_bare_item(text, start, known)


def _parse_bare_item(text: str, start: int, aliases: Mapping[str, tuple[Query, ...]]) -> Query:
    """An item without its field: what begins with a sign reads as in a query, the rest are bare words."""
    if not _ITEM_SIGN.match(text, start):
        return _plain_item(text, start)
    tokens = tokenize(" " * start + text[start:])  # places count from the item's start
    first = 1 + (tokens[0].kind is Kind.CASE)
    if tokens[first].kind is Kind.END:
        return Parser(tokens, aliases).whole()
    if tokens[0].kind is Kind.REGEX:  # words that begin with a slash
        return _plain_item(text, start)
    raise QueryError(
        f"an item is one term, and {tokens[first].shown} begins another: give it an item of its own, or use query",
        tokens[first].offset,
    )


def _plain_item(text: str, start: int) -> Phrase:
    """An item of bare words: a phrase."""
    case = text[start] == "="
    start += case
    slop = None
    end = len(text.rstrip())
    if tilde := _ITEM_SLOP.search(text, start):
        slop, end = read_slop(tilde[1], tilde.start()), tilde.start()
    if _ITEM_COUNT.match(text, start):
        raise QueryError("an item is one term, without OF: use query", start)
    for word in _ITEM_WORD.finditer(text, start, end):
        if operator := _ITEM_OPERATOR.fullmatch(word[0]):
            raise QueryError(
                f"an item is one term, without {operator[1]}: use query, or put the words in quotes",
                word.start(),
            )
        if word[0].startswith("@"):
            raise QueryError(f"{word[0]} stands alone in its item: give it one of its own", word.start())
    return read_phrase(text[start:end], start, case=case, slop=slop)
