"""How a channel's alerts read, in the user's own words: text with names in braces, filled in for each alert.

::

    {severity} {title}            high North Korea closes its embassy in Syria
    {source} · {time}             Example News · 14:05 KST, 12 Mar

    {summary}                     North Korea has closed its embassy in Damascus. Two more ...

Plain names only: what stands in an entry is put in as it is and never read as a template, nor as markup. ``{{`` and
``}}`` stand for braces. A line whose names all have nothing to say goes, unless words stand beside them.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FIELDS: Final = (
    "severity",
    "glyph",
    "title",
    "url",
    "source",
    "time",
    "summary",
    "rules",
    "author",
    "lang",
    "tags",
    "also",
    "update",
)
_PIECE: Final = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}\n]*)\}|(?P<stray>[{}])|[^{}]+")

Fill = tuple[Span, ...]
"""What stands for a name: empty where the entry has nothing of the kind."""
Line = tuple[str | Span, ...]
"""A line of a template: names, and the text between them."""


class TemplateError(ValueError):
    """A template that cannot stand; ``offset`` is the code point at which it goes wrong."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


@functools.lru_cache(maxsize=64)
def read_template(text: str) -> tuple[Line, ...]:
    """The lines of a template.

    Raises:
        TemplateError: it names an unknown field, or none, or a brace stands alone.
    """
    lines: list[list[str | Span]] = [[]]
    for found in _PIECE.finditer(text):
        if found["name"] is not None:
            lines[-1].append(_known(found["name"], found.start("name")))
        elif found["stray"]:
            stray = found["stray"]
            raise TemplateError(found.start(), f"this {stray} stands alone: write {stray * 2} for a brace")
        else:
            first, *more = (found["brace"] or found[0])[: 1 if found["brace"] else None].split("\n")
            lines[-1].append(Span(first))
            lines += [[Span(line)] for line in more]
    if not any(isinstance(piece, str) for line in lines for piece in line):
        raise TemplateError(0, "this template names no field, so every alert would read the same: write {title} in it")
    return tuple(tuple(piece for piece in line if piece != Span("")) for line in lines)


def fill(text: str, fills: Mapping[str, Fill]) -> tuple[Span, ...]:
    """The template, filled in; ``fills`` has every one of `FIELDS`.

    Raises:
        TemplateError: see `read_template`.
    """
    lines = list(_kept(read_template(text), fills))
    spans: list[Span] = []
    for number, line in enumerate(lines):
        spans += [Span("\n")] * bool(number)
        for piece in line:
            spans += fills[piece] if isinstance(piece, str) else (piece,)
    return tuple(spans)


def names_in(text: str) -> frozenset[str]:
    """The fields that a template names."""
    return frozenset(piece for line in read_template(text) for piece in line if isinstance(piece, str))


def _known(name: str, offset: int) -> str:
    from difflib import get_close_matches

    if name in FIELDS:
        return name
    plain = re.split(r"[.\[!:]", name.strip(), maxsplit=1)[0].strip()
    if plain in FIELDS:
        raise TemplateError(offset, f"a field is a plain name in braces: write {{{plain}}}")
    close = get_close_matches(plain.lower(), FIELDS, n=1)
    hint = f"did you mean {{{close[0]}}}?" if close else f"the fields are {', '.join(FIELDS)}"
    raise TemplateError(offset, f"there is no field “{name}”: {hint}")


def _kept(lines: Sequence[Line], fills: Mapping[str, Fill]) -> Iterator[Line]:
    """The lines that have something to say; of two empty ones around a line that goes, one goes with it."""
    blank_before, dropped = True, False
    for line in lines:
        if _says_nothing(line, fills):
            dropped = True
            continue
        if line or not (dropped and blank_before):
            yield line
        blank_before, dropped = not line, False


def _says_nothing(line: Line, fills: Mapping[str, Fill]) -> bool:
    """Whether all its names are empty, and what stands between them is no more than signs and space."""
    names = [piece for piece in line if isinstance(piece, str)]
    if not names or any(span.text.strip() for name in names for span in fills[name]):
        return False
    return not any(character.isalnum() for piece in line if isinstance(piece, Span) for character in piece.text)
