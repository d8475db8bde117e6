"""Where things stand in a TOML file.

tomllib gives values without their places, so a place is looked for only when there is something wrong to show.
``locate`` expects a document that tomllib could read; lines and columns count from 1, in code points.
"""

from __future__ import annotations

import functools
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Keys = tuple[str | int, ...]

_SPACES = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?""""{0,2}'  # up to two quotes may stand right before the closing three
    r"|'''.*?''''{0,2}"
    r'|"(?!"")(?:\\.|[^"\\\n])*"'
    r"|'(?!'')[^'\n]*'",
    re.DOTALL,
)
_STRING_OR_COMMENT = re.compile(_STRING.pattern + r"|(?P<comment>#[^\n]*)", re.DOTALL)
_SCALAR = re.compile(r"[^,\]}#\n]*[^,\]}#\s]")
# A backslash at the end of a line swallows all white space up to the next word.
_BASIC_CHARACTER = re.compile(
    r"(?:\\[ \t]*\n[ \t\n]*)*(\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}|\\.|.)",
    re.DOTALL,
)
_LITERAL_CHARACTER = re.compile(r"(.)", re.DOTALL)


class KeySpan(NamedTuple):
    """Where a key and its value stand, in offsets into the text.

    An element of an array begins where its value does; so does what a header in brackets names, and it ends with it.
    """

    key: int
    value: int
    end: int


def spans(text: str) -> Mapping[Keys, KeySpan]:
    """Where everything in a document stands, whichever way its lines end; keys as ``locate`` takes them."""
    return _places(text)


def locate(text: str, keys: Sequence[str | int], *, value: bool = False) -> tuple[int, int]:
    """Find the line and column of a key, or of its value.

    An int in ``keys`` counts the elements of an array: ``("rule", 2, "query")`` is ``query`` of the third
    ``[[rule]]``. A key that is not there is placed at the nearest table around it that is.
    """
    text = _one_newline(text)
    places = _places(text)
    path = tuple(keys)
    while path and path not in places:
        path, value = path[:-1], False
    if not path:
        return 1, 1
    place = places[path]
    return _line_column(text, place.value if value else place.key)


def locate_in_string(text: str, keys: Sequence[str | int], offset: int) -> tuple[int, int]:
    """Find the line and column of code point ``offset`` of a string value.

    An offset past the end gives the closing quote; a value that is no string gives its beginning.
    """
    text = _one_newline(text)
    start = _places(text).get(tuple(keys), KeySpan(0, -1, -1)).value
    raw = _STRING.match(text, start) if start >= 0 else None
    if raw is None:
        return locate(text, keys, value=True)
    quote = raw[0][:3] if raw[0][:3] in {'"""', "'''"} else raw[0][0]
    place = start + len(quote)
    if len(quote) == 3 and text.startswith("\n", place):
        place += 1
    end = raw.end() - len(quote)
    character = _BASIC_CHARACTER if quote[0] == '"' else _LITERAL_CHARACTER
    following = place
    for _ in range(offset + 1):
        found = character.match(text, following, end)
        if found is None:
            return _line_column(text, end)
        place, following = found.start(1), found.end()
    return _line_column(text, place)


def comments(text: str) -> list[str]:
    """The comments of a document, in order, each from its ``#`` to the end of its line."""
    found = _STRING_OR_COMMENT.finditer(_one_newline(text))
    return [each["comment"].rstrip() for each in found if each["comment"] is not None]


def last_statement(text: str) -> tuple[int, int]:
    """Where the last statement of a document begins, line and column: what its end cut off."""
    walk = _Walk(text)
    walk.walk()
    return _line_column(text, walk.statement)


def _one_newline(text: str) -> str:
    """As tomllib does; no line or column changes by it."""
    return text.replace("\r\n", "\n")


def _line_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


# --- the walk ----------------------------------------------------------------------------------------------------


class _LostError(Exception):
    """The document is not what TOML allows; what was found so far stands."""


@dataclass(slots=True)
class _Walk:
    """One pass over a document that notes the offsets of every key and value."""

    text: str
    places: dict[Keys, KeySpan] = field(default_factory=dict)
    statement: int = 0
    """Where the last statement began."""
    _pos: int = 0
    _table: Keys = ()
    _lengths: dict[Keys, int] = field(default_factory=dict)
    """How many ``[[name]]`` headers each array of tables has had."""

    def walk(self) -> None:
        try:
            while True:
                self._pos = self._after(_GAP)
                if self._pos >= len(self.text):
                    return
                self.statement = self._pos
                if self.text[self._pos] == "[":
                    self._header()
                else:
                    self._pair(self._table)
        except (_LostError, RecursionError):
            return

    def _after(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self._pos)
        if found is None:
            raise _LostError
        return found.end()

    def _take(self, character: str) -> bool:
        taken = self.text.startswith(character, self._pos)
        self._pos += len(character) * taken
        return taken

    def _demand(self, character: str) -> None:
        if not self._take(character):
            raise _LostError

    def _header(self) -> None:
        array = self._take("[[")
        if not array:
            self._demand("[")
        path: Keys = ()
        for name, at in self._key():
            if path in self._lengths:  # inside an array of tables the last one is meant
                path = (*path, self._lengths[path] - 1)
            path = (*path, name)
            self.places.setdefault(path, KeySpan(at, at, at))
        if array:
            index = self._lengths.get(path, 0)
            self._lengths[path] = index + 1
            path = (*path, index)
        self._demand("]]" if array else "]")
        self.places[path] = KeySpan(at, at, self._pos)
        self._table = path

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            self._pos = self._after(_SPACES)
            start = self._pos
            quoted = self.text[start : start + 1] in {'"', "'"}
            self._pos = self._after(_STRING if quoted else _BARE_KEY)
            raw = self.text[start : self._pos]
            parts.append((tomllib.loads(f"k = {raw}")["k"] if quoted else raw, start))
            self._pos = self._after(_SPACES)
            if not self._take("."):
                return parts

    def _pair(self, table: Keys) -> None:
        path = table
        for name, at in self._key():
            path = (*path, name)
            self.places.setdefault(path, KeySpan(at, at, at))
        self._demand("=")
        self._pos = self._after(_SPACES)
        self._value(path, self.places[path].key)

    def _value(self, path: Keys, key: int) -> None:
        """Note a value at once, so that it is found where it is broken off, and again when its end is known."""
        start = self._pos
        self.places[path] = KeySpan(key, start, start)
        first = self.text[self._pos : self._pos + 1]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self._pos = self._after(_STRING if first in {'"', "'"} else _SCALAR)
        self.places[path] = KeySpan(key, start, self._pos)

    def _array(self, path: Keys) -> None:
        self._demand("[")
        index = 0
        while True:
            self._pos = self._after(_GAP)
            if self._take("]"):
                return
            element = (*path, index)
            self._value(element, self._pos)
            index += 1
            self._pos = self._after(_GAP)
            if not self._take(","):
                self._demand("]")
                return

    def _inline_table(self, path: Keys) -> None:
        self._demand("{")
        while True:
            self._pos = self._after(_GAP)
            if self._take("}"):
                return
            self._pair(path)
            self._pos = self._after(_GAP)
            if not self._take(","):
                self._demand("}")
                return


@functools.lru_cache(maxsize=4)  # a file with one problem often has several
def _places(text: str) -> dict[Keys, KeySpan]:
    walk = _Walk(text)
    walk.walk()
    return walk.places
