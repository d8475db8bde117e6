"""What is wrong in a query, in words that say what to write instead."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING

from digest.match.language.query import Alias, Phrase, Query, QueryError, children_of
from digest.match.language.tiers import TIER, check_tiers
from digest.match.language.tokens import Kind, Token
from digest.match.text.fold import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable

_SIGN_OPERATORS = {"&": "AND", "&&": "AND", "+": "AND", "|": "OR", "||": "OR", "!": "NOT", "-": "NOT"}
_CODE = re.compile(r"[A-Za-z]{2,3}([-_ ][A-Za-z0-9]{2,8})*\*?")
_LOOK_ALIKE = re.compile("[（），：＝＊＠]")


def example_in(name: str, word: str = "syria") -> str:
    """A field with a term, as it is written; no word is a tier."""
    return f"{name}:{'B' if name == TIER else word}"


def check_field(name: str, offset: int) -> None:
    """Raise QueryError if there is no such field."""
    if name not in FIELDS:
        close = difflib.get_close_matches(name.lower(), FIELDS, 1)
        instead = (
            f"write {close[0]}:"
            if close
            else f"the fields are {', '.join(FIELDS)}; put the text in quotes if it is none"
        )
        raise QueryError(f"there is no field “{name}”: {instead}", offset)


def check_value(name: str, query: Query) -> None:
    """Raise QueryError, at its place, for what a field can never hold; ``query`` is all behind its colon."""
    if name == TIER:
        check_tiers(query)
    elif name == "lang":
        _check_codes(query)


def _check_codes(query: Query) -> None:
    if isinstance(query, Phrase):
        if not _CODE.fullmatch(query.text):
            raise QueryError(
                f"lang: is a code like en, ko or pt-BR, so “{query.text}” can never match: write the code", query.offset
            )
        return
    for child in () if isinstance(query, Alias) else children_of(query):
        _check_codes(child)


def unknown_alias(name: str, aliases: Iterable[str], offset: int) -> QueryError:
    """The error for an alias that no rule file defines."""
    known = {alias.casefold(): alias for alias in aliases}
    close = difflib.get_close_matches(name.casefold(), known, 1)
    instead = f"write @{known[close[0]]}" if close else f'define it under [alias], as in {name} = ["..."]'
    return QueryError(f"there is no alias @{name}: {instead}", offset)


def not_near(what: str, operator: Token, offset: int) -> QueryError:
    """The error for what NEAR cannot join."""
    return QueryError(f"{operator.text} joins words, phrases, aliases and groups of OR: take {what} out of it", offset)


def miscounted(number: str, children: list[Query]) -> str:
    """What to write where no such number of a list can be asked for."""
    many = len(children)
    instead = f"write a number from 1 to {many}" if many > 1 else "write 1 OF, or more terms with commas between them"
    one = " (an alias is one of them)" if any(isinstance(child, Alias) for child in children) else ""
    return f"{number} OF stands before a list of {many}{one}: {instead}"


def unjoined(before: Token, token: Token) -> str:
    """What to write where an operator is missing."""
    if token.kind is Kind.OF or (before.text.isdecimal() and token.text.lower() == "of"):
        return "OF stands after a number and before a list, as in 2 OF (a, b, c)"
    if before.kind is Kind.WORD and token.kind is Kind.WORD:
        one, two = before.text, token.text
        if one in FIELDS and two[0] == ":":
            return f"the colon of a field stands right behind its name: write {one}{two}"
        ways = f'"{one} {two}" for the phrase, {one} AND {two} for both, or {one} OR {two} for either'
        return f"no operator between “{one}” and “{two}”: write {ways}"
    return f"no operator before {token.shown}: write AND, OR or NOT between two terms"


def grouped(first: str, second: str) -> str:
    """Two operators side by side with parentheses around one of them."""
    return f"a OR (b {second} c)" if first == "OR" else f"(a {first} b) OR c"


def check_word(token: Token) -> None:
    """Signs that other search engines read as operators, and a ``~n`` without quotes."""
    if token.kind is not Kind.WORD:
        return
    text = token.text
    if sign := _SIGN_OPERATORS.get(text):
        raise QueryError(f"“{text}” is no operator here: write {sign}", token.offset)
    if text[0] in "-!+" and text[1].isalnum():
        meant = f"NOT {text[1:]}" if text[0] in "-!" else text[1:]
        raise QueryError(f"“{text[0]}” means nothing before a word: write {meant}", token.offset)
    if tilde := re.search(r"~([0-9]{1,4})\Z", text):
        example = f'"diplomatic ties"~{tilde[1]}'
        raise QueryError(f"~{tilde[1]} stands right behind a phrase in quotes, as in {example}", token.offset)
    if alike := _LOOK_ALIKE.search(text):
        plain = unicodedata.normalize("NFKC", alike[0])
        raise QueryError(
            f"“{alike[0]}” is no sign of the language: write {plain}, or put the words in quotes",
            token.offset + alike.start(),
        )
