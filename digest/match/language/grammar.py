"""The grammar of the rule language: recursive descent, so that an error knows its place and what to write instead.

::

    query    = unary { ("AND" | "OR") unary | "NOT" unary }      AND and OR never side by side
    unary    = "NOT" unary | near
    near     = operand { ("NEAR/n" | "ONEAR/n") operand }
    operand  = field ":" term-or-group | term-or-group
    term     = ["="] word | ["="] "phrase" ["~n"] | "/regex/" | "@alias"
    group    = "(" query ")" | n "OF" "(" query { "," query } ")"
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.match.language.errors import (
    check_field,
    check_value,
    check_word,
    example_in,
    grouped,
    miscounted,
    not_near,
    unjoined,
    unknown_alias,
)
from digest.match.language.expressions import read_regex
from digest.match.language.query import Alias, And, Count, Field, Near, Not, Or, Phrase, Query, QueryError, Regex
from digest.match.language.terms import check_phrase
from digest.match.language.tiers import TIER
from digest.match.language.tokens import OPENING_QUOTES, Kind, Token

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEPTH = 100  # groups within groups; far beyond any use, below Python's own limit
_SLOPPY_OPERATOR = re.compile(r"(and|or|not)|(o?near)(?:/?([0-9]{1,4}))?", re.IGNORECASE)
_ENDS = (Kind.END, Kind.CLOSE, Kind.COMMA)
_JOINING = {Kind.AND: "AND", Kind.NOT: "NOT", Kind.OR: "OR"}
_TERM_STARTS = (Kind.WORD, Kind.PHRASE)
_HEBREW_MARK = re.compile(f"(?<=[\u05d0-\u05ea])[{OPENING_QUOTES}](?=[\u05d0-\u05ea])")
_QUOTES = re.compile(f"[{OPENING_QUOTES}]")


def read_phrase(raw: str, offset: int, *, case: bool, slop: int | None) -> Phrase:
    """A phrase, checked; its quotes and line breaks become spaces."""
    text = _QUOTES.sub(" ", _HEBREW_MARK.sub("\u05f4", raw))
    check_phrase(Phrase(text, case, slop, offset))
    return Phrase(" ".join(text.split()), case, slop, offset)


class Parser:
    """One pass over the tokens of one query."""

    _is_finished = True
    """Whether all is written, as in rules; what is being typed may still become what a field takes."""

    def __init__(self, tokens: list[Token], aliases: Mapping[str, tuple[Query, ...]]) -> None:
        self._tokens = tokens
        self._aliases = aliases
        self._place = 0
        self._depth = 0
        self._field = ""

    # --- moving ----------------------------------------------------------------------------------------------

    @property
    def _token(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._token
        self._place += token.kind is not Kind.END
        return token

    # --- the grammar -----------------------------------------------------------------------------------------

    def whole(self) -> Query:
        """The query up to its end."""
        if self._token.kind is Kind.END:
            raise QueryError("the query is empty: write a word to look for", 0)
        query = self._query()
        match self._token.kind:
            case Kind.CLOSE:
                raise QueryError("this ) closes nothing: take it out, or open a ( before", self._token.offset)
            case Kind.COMMA:
                raise QueryError("a comma stands only within n OF (a, b, c): write OR or AND", self._token.offset)
            case _:
                return query

    def _query(self) -> Query:
        first = self._unary()
        children = [first]
        joint: Token | None = None
        while self._token.kind not in _ENDS:
            found = self._token
            token = found if found.kind in _JOINING else self._join(found)
            if joint and (token.kind is Kind.OR) is not (joint.kind is Kind.OR):
                raise QueryError(
                    f"{joint.text} and {token.text} stand side by side: put one of them in parentheses, "
                    f"as in {grouped(joint.text, token.text)}",
                    token.offset,
                )
            if token is found and token.kind is not Kind.NOT:
                self._take()
            joint = joint or token
            children.append(self._unary())
        if joint is None:
            return first
        return (Or if joint.kind is Kind.OR else And)(tuple(children), first.offset)

    def _unary(self) -> Query:
        token = self._token
        if token.kind is not Kind.NOT:
            return self._near()
        self._take()
        self._deeper(token)
        child = self._unary()
        self._depth -= 1
        return Not(child, token.offset)

    def _near(self) -> Query:
        left = self._operand()
        while self._token.kind in {Kind.NEAR, Kind.ONEAR}:
            operator = self._take()
            _check_near(left, operator)
            if (following := self._tokens[self._place]).kind is Kind.NOT:
                raise not_near("NOT", operator, following.offset)
            right = self._operand()
            _check_near(right, operator)
            _check_meeting(left, right, operator)
            left = Near(left, right, operator.number or 0, operator.kind is Kind.ONEAR, left.offset)
            if _near_height(left) > _DEPTH:
                raise QueryError(f"more than {_DEPTH} NEAR on one another: join some of them by AND", operator.offset)
        return left

    def _operand(self) -> Query:
        token = self._take()
        query: Query
        match token.kind:
            case Kind.FIELD:
                query = self._in_field(token)
            case Kind.OPEN:
                query = self._group(token)
            case Kind.CASE:
                query = self._cased(token)
            case Kind.ALIAS:
                query = self._alias(token)
            case Kind.REGEX:
                query = read_regex(token.text, token.offset)
            case Kind.WORD if self._token.kind is Kind.OF and re.fullmatch("[0-9]+", token.text):
                query = self._count(token)
            case Kind.WORD | Kind.PHRASE:
                query = self._term(token, case=False)
            case _:
                raise self._missing(token)
        return query

    def _alias(self, token: Token) -> Alias:
        if token.text not in self._aliases:
            raise unknown_alias(token.text, self._aliases, token.offset)
        try:
            return Alias(token.text, self._aliases[token.text], token.offset)
        except QueryError as error:  # it leads back to itself, or its file is not loaded
            raise QueryError(str(error), token.offset) from None

    def _in_field(self, token: Token) -> Query:
        check_field(token.text, token.offset)
        if self._field:
            raise QueryError(f"{token.text}: stands inside {self._field}: — give each a group of its own", token.offset)
        if self._token.kind is Kind.NOT:
            raise QueryError(
                f"NOT stands before a field, never behind it: write NOT {example_in(token.text, 'football')}",
                self._token.offset,
            )
        if self._token.kind in {*_ENDS, *_JOINING}:
            raise QueryError(
                f"{token.text}: is followed by a term or a group, as in {example_in(token.text)}", token.offset
            )
        self._field = token.text
        child = self._operand()
        self._field = ""
        if self._is_finished or token.text == TIER:
            check_value(token.text, child)
        return Field(token.text, child, token.offset)

    def _group(self, opening: Token) -> Query:
        self._deeper(opening)
        if self._token.kind is Kind.CLOSE:
            raise QueryError(
                "there is nothing between these parentheses: write a term there, or take them out", opening.offset
            )
        query = self._query()
        self._close(opening)
        self._depth -= 1
        return query

    def _count(self, number: Token) -> Query:
        self._take()
        opening = self._take()
        if opening.kind is not Kind.OPEN:
            raise QueryError(
                f"OF is followed by a list in parentheses, as in {number.text} OF (a, b, c)", opening.offset
            )
        self._deeper(opening)
        children = [self._query()]
        while self._token.kind is Kind.COMMA:
            self._take()
            children.append(self._query())
        self._close(opening)
        self._depth -= 1
        least = int(number.text) if len(number.text) < 5 else 9999
        if not 1 <= least <= len(children):
            raise QueryError(miscounted(number.text, children), number.offset)
        return Count(least, tuple(children), number.offset)

    def _cased(self, sign: Token) -> Query:
        token = self._token
        if token.kind not in _TERM_STARTS or token.offset != sign.offset + 1:
            raise QueryError('= stands right before a word or a phrase, as in =US or ="White House"', sign.offset)
        return self._term(self._take(), case=True)

    def _term(self, token: Token, *, case: bool) -> Query:
        check_word(token)
        return read_phrase(token.text, token.inner, case=case, slop=token.number)

    def _close(self, opening: Token) -> None:
        if self._token.kind is Kind.COMMA:
            raise QueryError("a comma stands only within n OF (a, b, c): write OR or AND", self._token.offset)
        if self._token.kind is not Kind.CLOSE:
            raise QueryError("this ( is never closed: add a )", opening.offset)
        self._take()

    def _deeper(self, token: Token) -> None:
        self._depth += 1
        if self._depth > _DEPTH:
            raise QueryError(f"more than {_DEPTH} groups within one another: make it flatter", token.offset)

    # --- what went wrong -------------------------------------------------------------------------------------

    def _missing(self, token: Token) -> QueryError:
        """A term is missing, and something else is there."""
        before = self._tokens[self._place - 2] if token.kind is not Kind.END else self._tokens[-2]
        if token.kind is Kind.OF:
            return QueryError(
                "OF stands after a number, as in 2 OF (a, b, c): write the number, or put “OF” in quotes", token.offset
            )
        if token.kind in _ENDS and before.kind in {*_JOINING, Kind.NEAR, Kind.ONEAR}:
            return QueryError(f"{before.shown} needs a term after it", before.offset)
        if token.kind is Kind.END and before.kind is Kind.OPEN:
            return QueryError("this ( is never closed: add a term and a )", before.offset)
        instead = f", or put “{token.shown}” in quotes"
        if token.kind in _ENDS:
            instead = ", or take the comma out" if Kind.COMMA in {before.kind, token.kind} else ""
        return QueryError(
            f"a term is missing before {token.shown or 'the end'}: write a word there{instead}", token.offset
        )

    def _join(self, token: Token) -> Token:
        """What joins a term to the one before it where no operator stands between them; in a rule nothing does."""
        raise self._adjacent(token)

    @property
    def _before(self) -> Token:
        return self._tokens[self._place - 1]

    @staticmethod
    def _sloppy(*suspects: Token) -> QueryError | None:
        """The error for an operator in small letters, which is read as a word; for the first that is one."""
        for suspect in suspects:
            if suspect.kind is Kind.WORD and (sloppy := _SLOPPY_OPERATOR.fullmatch(suspect.text)):
                operator = (sloppy[1] or f"{sloppy[2]}/{sloppy[3] or 5}").upper()
                message = f'write {operator}, or "{suspect.text}" in quotes for the word'
                return QueryError(f"“{suspect.text}” is read as a word here: {message}", suspect.offset)
        return None

    def _adjacent(self, token: Token) -> QueryError:
        """Two terms with no operator between them."""
        before = self._before
        if sloppy := self._sloppy(token, before):
            return sloppy
        if self._tokens[self._place + (token.kind is not Kind.END)].kind is Kind.OF:
            return QueryError(
                f"no operator before {token.shown} OF: write AND, OR or NOT between two terms", token.offset
            )
        if token.kind in {*_TERM_STARTS, Kind.CASE}:
            self._operand()  # a mistake of its own says more than that an operator is missing
        return QueryError(unjoined(before, token), token.offset)


def _near_height(query: Query) -> int:
    """How many NEAR stand on one another."""
    match query:
        case Near(left=left, right=right):
            return 1 + max(_near_height(left), _near_height(right))
        case Or(children=children):
            return max(_near_height(child) for child in children)
        case Field(child=child):
            return _near_height(child)
        case _:
            return 0


def _check_meeting(left: Query, right: Query, operator: Token) -> None:
    """NEAR looks within one field: what stands in two never meets."""
    one, other = _fields_of(left), _fields_of(right)
    if one and other and one.isdisjoint(other):
        raise QueryError(
            f"{operator.text} looks within one field, so {min(one)}: and {min(other)}: never meet: write AND",
            operator.offset,
        )


def _fields_of(query: Query) -> frozenset[str]:
    """The fields that a query is bound to; none where it is not."""
    match query:
        case Field(name=name):
            return frozenset({name})
        case Near(left=left, right=right):
            return _fields_of(left) or _fields_of(right)
        case Or(children=children):
            found = [_fields_of(child) for child in children]
            return frozenset().union(*found) if all(found) else frozenset()
        case _:
            return frozenset()


def _check_near(query: Query, operator: Token) -> None:
    """NEAR joins what has a place in the text."""
    match query:
        case Phrase() | Regex() | Alias() | Near():
            return
        case Field(child=child):
            _check_near(child, operator)
        case Or(children=children):
            for child in children:
                _check_near(child, operator)
        case _:
            raise not_near("AND, NOT and OF", operator, query.offset)
