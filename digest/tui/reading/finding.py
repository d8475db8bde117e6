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


class WordFinder:
    """Words that are looked for in lines, and at which of their places somebody is."""

    def __init__(self) -> None:
        self.words = ""
        """What is looked for; empty: nothing is."""
        self._places: list[list[Spot]] = []
        self._place = 0

    def look(self, lines: Lines) -> None:
        """Find the places in the lines there are now."""
        self._places = places_of(self.words, lines) if self.words else []

    def begin(self, words: str, lines: Lines, first: int) -> None:
        """Look for other words, the first place of which on line ``first`` or below it is gone to."""
        self.words = words
        self.look(lines)
        ahead = (number for number, place in enumerate(self._places) if place[0].line >= first)
        self._place = next(ahead, 0)

    def go(self, step: int) -> int | None:
        """Go to another place, round and round; its line, or ``None`` where there is no place."""
        if not self._places:
            return None
        self._place = (self._place + step) % len(self._places)
        return self._places[self._place][0].line

    def told(self, where: str) -> str:
        """At which place one is, in words; or that the words are nowhere in ``where``."""
        if not self._places:
            return f"“{self.words}” is not {where}" if self.words else ""
        return f"“{self.words}”: {self._place + 1} of {len(self._places)}"

    def seen(self, line: Sequence[Run], number: int) -> Sequence[Run]:
        """A line as it is shown, what is looked for marked; ``number`` is that of the line."""
        here = [each for place in self._places for each in place if each.line == number]
        return marked(line, here) if here else line


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
