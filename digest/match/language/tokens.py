"""The words and signs of a query, each with its place."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from digest.match.language.query import QueryError

OPENING_QUOTES = '"“”„‟＂'
_CLOSING_QUOTES = '"“”‟＂'
_QUOTE = re.compile(f"[{OPENING_QUOTES}]")
# A quote between two Hebrew letters stands in an acronym (ארה"ב) and quotes nothing.
_HEBREW_QUOTE = re.compile(f"(?<=[\u05d0-\u05ea])[{OPENING_QUOTES}](?=[\u05d0-\u05ea])")
_CLOSING = re.compile(f"[{_CLOSING_QUOTES}]")
SPACE = re.compile(r"\s+")
_SLOP = re.compile(r"~([^\s(),]*)")
_FIELD = re.compile(r"([^\W\d]\w*):")
_ALIAS = re.compile(r"@([\w-]+)")
_REGEX = re.compile(r"/((?:\\.|[^\\/])*)/", re.DOTALL)
_WORD = re.compile(rf"(?:(?<=\d),(?=\d)|[^\s(),{OPENING_QUOTES}]|{_HEBREW_QUOTE.pattern})+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ESCAPES = {"\b": ("a backspace", r"\b"), "\f": ("a form feed", r"\f")}
_NUMBER = re.compile(r"[0-9]{1,4}")


class Kind(enum.Enum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    COMMA = ","
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    ONEAR = "ONEAR"
    OF = "OF"
    CASE = "="
    FIELD = "field:"
    FACET = "facet:value"
    """In searches only; its text is the name, a colon, and the value without quotes."""
    ALIAS = "@alias"
    REGEX = "/regex/"
    PHRASE = '"phrase"'
    WORD = "word"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One of them: ``text`` as its kind needs it (a phrase without quotes), ``number`` for ``~n`` and ``NEAR/n``."""

    kind: Kind
    text: str
    offset: int
    number: int | None = None
    shown: str = ""
    inner: int = 0
    """Where the text of a phrase begins, behind its quote."""


_SIGNS = {"(": Kind.OPEN, ")": Kind.CLOSE, ",": Kind.COMMA, "=": Kind.CASE}
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT, "OF": Kind.OF}
_PROXIMITY = re.compile(r"(O?NEAR)(?:/(.*))?", re.DOTALL)


def check_characters(text: str) -> None:
    r"""Raise QueryError at a control character: no text holds one; ``\b`` in double quotes was to be a word's edge."""
    found = _CONTROL.search(text)
    if found is None:
        return
    char, place = found[0], found.start()
    if char not in _ESCAPES:
        message = f"the control character U+{ord(char):04X} stands in no text: take it out"
    else:
        name, sign = _ESCAPES[char]
        message = rf"{name} stands here, for that is what {sign} means in double quotes: write \{sign}, or put the "
        message += "whole text in single quotes ('...')"
    raise QueryError(message, place)


def tokenize(text: str) -> list[Token]:
    """Split a query into tokens, ended by one of kind END; raises QueryError for what can be no token."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if space := SPACE.match(text, place):
            place = space.end()
            continue
        token, place = next_token(text, place)
        tokens.append(token)
    tokens.append(Token(Kind.END, "", len(text)))
    return tokens


def next_token(text: str, place: int) -> tuple[Token, int]:
    """The token that begins at ``place``, and where it ends."""
    char = text[place]
    if char in _SIGNS:
        return Token(_SIGNS[char], char, place, shown=char), place + 1
    if char == "@":
        return _alias(text, place)
    if char == "/":
        return _regex(text, place)
    if _QUOTE.match(char):
        return _phrase(text, place)
    if field := _FIELD.match(text, place):
        return Token(Kind.FIELD, field[1], place, shown=field[0]), field.end()
    return _word(text, place)


def _alias(text: str, place: int) -> tuple[Token, int]:
    alias = _ALIAS.match(text, place)
    if alias is None:
        raise QueryError("@ is followed by the name of an alias, as in @syria", place)
    return Token(Kind.ALIAS, alias[1], place, shown=alias[0]), alias.end()


def _phrase(text: str, place: int) -> tuple[Token, int]:
    start = place + 1
    closing = _CLOSING.search(text, start)
    while closing and _HEBREW_QUOTE.match(text, closing.start()):
        closing = _CLOSING.search(text, closing.end())
    if closing is None:
        raise QueryError("this quote is never closed: put another after the phrase", place)
    end, slop = closing.end(), None
    if tilde := _SLOP.match(text, end):
        end, slop = tilde.end(), read_slop(tilde[1], end)
    return Token(Kind.PHRASE, text[start : closing.start()], place, slop, text[place:end], start), end


def read_slop(number: str, place: int) -> int:
    """The number behind a ``~`` at ``place``."""
    if not _NUMBER.fullmatch(number):
        raise QueryError('~ is followed by a number up to 9999, as in "diplomatic ties"~2', place)
    return int(number)


def _regex(text: str, place: int) -> tuple[Token, int]:
    regex = _REGEX.match(text, place)
    if regex is None:
        raise QueryError("this / begins a regular expression that is never closed: end it with another /", place)
    pattern = re.sub(r"\\.", lambda pair: "/" if pair[0] == r"\/" else pair[0], regex[1], flags=re.DOTALL)
    return Token(Kind.REGEX, pattern, place, shown=regex[0]), regex.end()


def _word(text: str, place: int) -> tuple[Token, int]:
    found = _WORD.match(text, place)
    assert found is not None
    word, end = found[0], found.end()
    if word in _OPERATORS:
        return Token(_OPERATORS[word], word, place, shown=word), end
    proximity = _PROXIMITY.fullmatch(word)
    if proximity is None:
        return Token(Kind.WORD, word, place, shown=word, inner=place), end
    name, gap = proximity[1], proximity[2] or ""
    if not _NUMBER.fullmatch(gap):
        raise QueryError(f"{name} is followed by / and a number up to 9999, as in {name}/5", place)
    return Token(Kind[name], word, place, int(gap), word), end
