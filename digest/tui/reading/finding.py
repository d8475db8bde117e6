"""Words that are looked for in a text as it stands in the reader: where they are, and how that is shown."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from digest.tui.cells import ISOLATE, ISOLATE_END
from digest.tui.palette import Ink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.tui.cells import Run
    from digest.tui.reading.runs import Lines


_NO_LETTERS = frozenset((ISOLATE, ISOLATE_END))


class Spot(NamedTuple):
    """Letters of a line."""

    line: int
    start: int
    end: int


def places_of(words: str, lines: Lines) -> list[list[Spot]]:
    """Each place of the words, in order: the letters of one line, or of several where it goes on in the next.

    Upper and lower case are one, and so is all white space, the end of a line included.
    """
    wanted = " ".join(words.split()).casefold()
    text, at = _flat(lines)
    found: list[list[Spot]] = []
    start = text.find(wanted) if wanted else -1
    while start >= 0:
        spans: dict[int, Spot] = {}
        for line, letter in filter(None, at[start : start + len(wanted)]):
            began = spans[line].start if line in spans else letter
            spans[line] = Spot(line, began, letter + 1)
        found.append(list(spans.values()))
        start = text.find(wanted, start + len(wanted))
    return found


def _flat(lines: Lines) -> tuple[str, list[tuple[int, int] | None]]:
    """All of it as one line, and of each letter where it stands; a blank between words stands nowhere."""
    text: list[str] = []
    at: list[tuple[int, int] | None] = []
    for number, line in enumerate(lines):
        for place, letter in enumerate("".join(run.text for run in line)):
            if letter in _NO_LETTERS:
                continue
            if letter.isspace():
                if text and text[-1] != " ":
                    text.append(" ")
                    at.append(None)
                continue
            folded = letter.casefold()
            text += folded
            at += [(number, place)] * len(folded)
        if text and text[-1] != " ":
            text.append(" ")
            at.append(None)
    return "".join(text), at


def marked(line: Sequence[Run], places: Sequence[Spot]) -> list[Run]:
    """A line with these letters of it marked."""
    cuts = sorted({edge for place in places for edge in (place.start, place.end)})
    pieces: list[Run] = []
    at = 0
    for run in line:
        edges = [0, *(cut - at for cut in cuts if at < cut < at + len(run.text)), len(run.text)]
        for start, end in pairwise(edges):
            piece = run.part(run.text[start:end])
            inside = any(place.start <= at + start < place.end for place in places)
            pieces.append(piece._replace(ink=Ink.MARK) if inside else piece)
        at += len(run.text)
    return pieces
