"""Pieces of a text, each drawn as what it is: matched words before all else, then code, links, emphasis."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.tui.cells import ISOLATE, ISOLATE_END, Run, is_right_to_left, shown
from digest.tui.palette import Ink
from digest.values.news import MarkKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from digest.values.news import Hit, TextMark

Lines = list[list[Run]]

_INKS: Final = {MarkKind.CODE: Ink.CODE, MarkKind.LINK: Ink.LINKED, MarkKind.EMPHASIS: Ink.BRIGHT}
_FOREMOST: Final = (Ink.MARK, *_INKS.values())
"""Where several of them meet, the first of these shows."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text, mostly a line of it, with all that lies over it; offsets count in the whole text."""

    start: int
    end: int
    hits: Sequence[Hit] = ()
    spans: Sequence[TextMark] = ()

    def over(self, kind: MarkKind) -> TextMark | None:
        """The first span of a kind that has a part of it."""
        return next((each for each in self.spans if each.kind is kind and each.start < self.end > self.start), None)

    @property
    def is_code(self) -> bool:
        """Whether it is code and nothing else."""
        span = self.over(MarkKind.CODE)
        return span is not None and span.start <= self.start and self.end <= span.end

    @property
    def indentation(self) -> int:
        """Of code, how many blanks it is indented by."""
        marks = [each for each in self.spans if each.kind is MarkKind.CODE and each.start < self.end > self.start]
        return max((number for each in marks for number in each.numbers), default=0)


def marked(text: str, hits: Sequence[Hit], ink: Ink = Ink.TEXT) -> list[Run]:
    """The text of one field with what was hit in it marked, by the hits' own offsets."""
    return inked(text, Block(0, len(text), hits), ink, {})


def inked(text: str, block: Block, ink: Ink, numbers: Mapping[str, int]) -> list[Run]:
    """A block of a text as runs.

    Args:
        text: the whole.
        block: the part of it.
        ink: of what is nothing besides words.
        numbers: of links by their addresses; a number stands after the words of its link.
    """
    turns: defaultdict[int, list[tuple[int, Ink]]] = defaultdict(list)
    spans = ((span.start, span.end, _INKS.get(span.kind)) for span in block.spans)
    for begin, stop, of in (*_apart(block.hits), *spans):
        first, last = max(begin, block.start), min(stop, block.end)
        if of and first < last:
            turns[first].append((1, of))
            turns[last].append((-1, of))
    notes = {
        span.end: Run(f"\N{NO-BREAK SPACE}[{numbers[span.address]}]", Ink.MUTED)
        for span in block.spans
        if span.kind is MarkKind.LINK and block.start < span.end <= block.end and span.address in numbers
    }
    return [run for run in _runs(text, block, turns, notes, ink) if run.text]


def _runs(
    text: str, block: Block, turns: Mapping[int, Sequence[tuple[int, Ink]]], notes: Mapping[int, Run], ink: Ink
) -> Iterator[Run]:
    """The block, a run from each turn to the next."""
    done = block.start
    within: Counter[Ink] = Counter()
    for place in (*sorted({*turns, *notes}), block.end):
        yield Run(shown(text[done:place]), next((each for each in _FOREMOST if within[each]), ink))
        for step, of in turns.get(place, ()):
            within[of] += step
        if place in notes and done < place:
            yield notes[place]
        done = place


def _apart(hits: Iterable[Hit]) -> Iterator[tuple[int, int, Ink]]:
    """Where hits stand, none over another."""
    done = 0
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if hit.end > done:
            yield max(hit.start, done), hit.end, Ink.MARK
            done = hit.end


def isolated_lines(lines: Iterable[list[Run]]) -> Lines:
    """Lines that hold right-to-left letters kept within their column."""
    return [
        [Run(ISOLATE), *line, Run(ISOLATE_END)] if any(is_right_to_left(run.text) for run in line) else line
        for line in lines
    ]
