"""A line that somebody types to search: the rule language, made forgiving.

Words side by side mean AND, ``-word`` is NOT, and facets (``is:unread``) stand where terms do: as a `Field` of their
name with what stands behind it. While it is typed, a line is read as far as it goes::

    title:emb              the word being typed is a prefix
    (flood OR "heavy ra    what is open is closed
    flood AND              what waits for more is left out
    flood is:unr           … and so is what may become something
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from digest.match.language.errors import check_field
from digest.match.language.facets import EXAMPLES, may_become, read_facet
from digest.match.language.grammar import Parser
from digest.match.language.query import Field, Phrase, Query, QueryError
from digest.match.language.tiers import TIER
from digest.match.language.tokens import OPENING_QUOTES, SPACE, Kind, Token, check_characters, next_token

if TYPE_CHECKING:
    from collections.abc import Mapping

_FACET: Final = re.compile(f"({'|'.join(EXAMPLES)}):", re.IGNORECASE)
_VALUE: Final = re.compile(rf"[{OPENING_QUOTES}]([^{OPENING_QUOTES}]*)[{OPENING_QUOTES}]?|\S*")
_EXCLUDED: Final = re.compile(r"(?<![^\s(,])-(?=[^\s),-])")
_UNENDED: Final = re.compile(r"@|O?NEAR(?:/\S*)?")
_TERM_STARTS: Final = frozenset(
    (Kind.WORD, Kind.PHRASE, Kind.CASE, Kind.ALIAS, Kind.REGEX, Kind.FIELD, Kind.OPEN, Kind.FACET)
)
_WAITING: Final = frozenset(
    (Kind.AND, Kind.OR, Kind.NOT, Kind.NEAR, Kind.ONEAR, Kind.OF, Kind.CASE, Kind.OPEN, Kind.COMMA, Kind.FIELD)
)
"""What no query ends with: more is to come."""


def parse_typed(
    text: str, aliases: Mapping[str, tuple[Query, ...]] | None = None, *, typing: bool = False
) -> tuple[Query | None, str]:
    """Read a line that is typed to search.

    Args:
        text: the line.
        aliases: the terms of each alias that ``@name`` may name.
        typing: whether more may come: then nothing that more could put right is wrong.

    Returns:
        The query, ``None`` where nothing can be read (yet); and the end of the line that was left out.

    Raises:
        QueryError: the first thing wrong, at its place.
    """
    check_characters(text)
    known = {} if aliases is None else aliases
    tokens, typed = _tokens(text, typing=typing)
    end, begun = len(text), None
    if typing:
        tokens, begun = _as_far_as_it_goes(tokens, typed, known)
        end = tokens[-1].offset + len(tokens[-1].shown) if tokens else 0
        tokens += _closing(tokens, len(text))
    if typing and not tokens:
        return None, text.strip()
    query = _TypedParser([*tokens, Token(Kind.END, "", len(text))], known, begun).whole()
    return query, text[end:].strip()


# --- tokens --------------------------------------------------------------------------------------------------------


def _tokens(text: str, *, typing: bool) -> tuple[list[Token], Token | None]:
    """The tokens, and the one that is being typed: what stands at the very end, and may go on."""
    tokens: list[Token] = []
    place = 0
    while place < len(text):
        if space := SPACE.match(text, place):
            place = space.end()
            continue
        try:
            token, place = _next(text, place)
        except QueryError:
            rest = _unended(text, place) if typing else None
            if rest is None:
                raise
            goes_on = rest and text[-1] not in f"~{OPENING_QUOTES}" and not text[-1].isspace()
            return tokens + rest, rest[-1] if goes_on else None
        tokens.append(token)
    goes_on = tokens and place == len(text) and not text[-1].isspace() and tokens[-1].kind is not Kind.PHRASE
    return tokens, tokens[-1] if goes_on else None


def _next(text: str, place: int) -> tuple[Token, int]:
    """As `next_token`, but for what only searches know."""
    if _EXCLUDED.match(text, place):
        return Token(Kind.NOT, "NOT", place, shown="-"), place + 1
    if found := _FACET.match(text, place):
        value = _VALUE.match(text, found.end())
        assert value is not None
        end = value.end() if value[1] is not None else _end_of_bare(text, *value.span())
        said = text[found.end() : end] if value[1] is None else value[1]
        return Token(Kind.FACET, f"{found[1].lower()}:{said}", place, None, text[place:end], found.end()), end
    return next_token(text, place)


def _end_of_bare(text: str, start: int, end: int) -> int:
    """Where a value ends that stands without quotes: before what closes a group that it did not open."""
    while end > start and (text[end - 1] == "," or (text[end - 1] == ")" and _is_loose(text[start:end]))):
        end -= 1
    return end


def _is_loose(value: str) -> bool:
    return value.count(")") > value.count("(")


def _unended(text: str, place: int) -> list[Token] | None:
    """What stands at the end of a line and is no token yet, as far as it is one; ``None``: it never will be."""
    if text[place] not in OPENING_QUOTES:
        return [] if text[place] == "/" or _UNENDED.fullmatch(text, place) else None
    for whole in (text.removesuffix("~"), f'{text}"'):
        with suppress(QueryError):
            phrase, end = next_token(whole, place)
            if end == len(whole):
                return [replace(phrase, shown=text[place:])]
    return None


# --- as far as it goes ---------------------------------------------------------------------------------------------


def _as_far_as_it_goes(
    tokens: list[Token], typed: Token | None, aliases: Mapping[str, tuple[Query, ...]]
) -> tuple[list[Token], Token | None]:
    """The tokens without what waits for more at their end, and the word that is being typed, if one is."""
    tokens = list(tokens)
    if typed is not None and _may_become_more(typed, tokens[-2:-1], aliases):
        tokens.pop()
        typed = None
    while tokens and (tokens[-1].kind in _WAITING or _is_blank(tokens[-1])):
        last = tokens.pop()
        if last.kind is Kind.FIELD:
            check_field(last.text, last.offset)
        if last.kind is Kind.OF and tokens and tokens[-1].kind is Kind.WORD:
            tokens.pop()  # the number before it
    return tokens, typed if typed is not None and typed in tokens[-1:] else None


def _may_become_more(token: Token, before: list[Token], aliases: Mapping[str, tuple[Query, ...]]) -> bool:
    """Whether it means nothing yet behind what stands before it, and may once more of it is typed."""
    match token.kind:
        case Kind.WORD:
            of_tier = bool(before) and before[0].kind is Kind.FIELD and before[0].text == TIER
            return token.text == "-" or (of_tier and token.text.endswith("."))
        case Kind.ALIAS:
            begun = token.text.casefold()
            return token.text not in aliases and any(name.casefold().startswith(begun) for name in aliases)
        case Kind.FACET:
            name, _, value = token.text.partition(":")
            try:
                read_facet(name, value, token.offset, UTC)
            except QueryError:
                return may_become(name, value)
            return False
        case _:
            return False


def _is_blank(token: Token) -> bool:
    """Whether nothing stands between its quotes, or behind its colon, yet."""
    return (token.kind is Kind.PHRASE and not token.text.strip()) or (
        token.kind is Kind.FACET and token.text.endswith(":")
    )


def _closing(tokens: list[Token], end: int) -> list[Token]:
    """What closes the groups that are open; a list behind OF that is shorter than its number asks for all of it."""
    opened: list[int] = []
    commas: list[int] = []
    for number, token in enumerate(tokens):
        if token.kind is Kind.OPEN:
            opened.append(number)
            commas.append(0)
        elif token.kind is Kind.CLOSE and opened:
            opened.pop()
            commas.pop()
        elif token.kind is Kind.COMMA and commas:
            commas[-1] += 1
    for place, count in zip(opened, commas, strict=True):
        asked = tokens[place - 2] if place > 1 and tokens[place - 1].kind is Kind.OF else None
        if asked is not None and asked.text.isdecimal() and len(asked.text) < 5:
            tokens[place - 2] = replace(asked, text=str(min(int(asked.text), count + 1)))
    return [Token(Kind.CLOSE, ")", end) for _ in opened]


# --- the parser ----------------------------------------------------------------------------------------------------


class _TypedParser(Parser):
    """Terms side by side are joined by AND, facets are terms, and the word being typed is a prefix."""

    _is_finished = False

    def __init__(
        self, tokens: list[Token], aliases: Mapping[str, tuple[Query, ...]], begun: Token | None = None
    ) -> None:
        super().__init__(tokens, aliases)
        self._begun = begun

    def _join(self, token: Token) -> Token:
        following = self._tokens[self._place + 1] if token.kind is not Kind.END else token
        if token.kind not in _TERM_STARTS or (following.kind is Kind.OF and not token.text.isdecimal()):
            raise self._adjacent(token)
        if sloppy := self._sloppy(*(each for each in (self._before, token) if each is not self._begun)):
            raise sloppy
        return Token(Kind.AND, "AND", token.offset, shown="AND")

    def _operand(self) -> Query:
        token = self._token
        if token.kind is not Kind.FACET:
            return super()._operand()
        name, _, value = token.text.partition(":")
        if self._field:
            raise QueryError(
                f"{name}: asks about the entry, and {self._field}: about its text: put it outside", token.offset
            )
        self._take()
        if token is self._begun and name == "rule" and not value.endswith("*"):
            value += "*"
        return Field(name, Phrase(value, offset=token.inner), token.offset)

    def _term(self, token: Token, *, case: bool) -> Query:
        phrase = super()._term(token, case=case)
        assert isinstance(phrase, Phrase)
        if token is not self._begun or phrase.text.endswith("*") or phrase.slop is not None or self._field == TIER:
            return phrase
        return replace(phrase, text=f"{phrase.text}*")
