"""Plain text in columns of a terminal or a mail: how wide it is, and its lines."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDE: Final = frozenset({"W", "F"})
_NO_WIDTH: Final = frozenset({"Mn", "Me", "Cf", "Cc"})
_BROKEN: Final = "\u1100-\u11ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff"
"""Letters behind any of which a line may end."""
_UNITS: Final = re.compile(rf"[{_BROKEN}][、。，．：；！？）」』】〉》…]*|[^\s{_BROKEN}]+|\s+")


def width(text: str) -> int:
    """Columns that a text takes: Han, kana, Hangul and most emoji take two, marks on a letter none."""
    return len(text) if text.isascii() else sum(map(_width_of, text))


def _width_of(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def wrapped(text: str, columns: int) -> Iterator[str]:
    """The lines of a text, none wider than that: broken between words, and within one that is wider than a line."""
    for line in text.split("\n"):
        current, used = "", 0
        for unit in _units(line, columns):
            wide = width(unit)
            if used + wide > columns and not unit.isspace():
                yield current.rstrip()
                current, used = "", 0
            if current or not unit.isspace():
                current, used = current + unit, used + wide
        yield current.rstrip()


def _units(line: str, columns: int) -> Iterator[str]:
    """What stays together on a line: words, white space, letters of scripts without words."""
    for unit in _UNITS.findall(line):
        piece, used = "", 0
        for character in unit if width(unit) > columns else (unit,):
            wide = width(character)
            if piece and used + wide > columns:
                yield piece
                piece, used = "", 0
            piece, used = piece + character, used + wide
        yield piece
