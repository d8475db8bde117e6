"""A text with what it is beside its words, as lines: headings, lists, quotes, code, tables and images by their look.

::

    ▏ a quote                 • an item, its second line
    ▏ — who said it             below its first
    words that lead on [1]    1. a numbered one
    ▣ an image                   ◦ one in a list in it
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from digest.tui.cells import Run, shown, width, wrapped
from digest.tui.palette import Ink
from digest.tui.reading.runs import Block, inked, isolated_lines
from digest.tui.reading.tables import table_lines
from digest.values.news import MarkKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from digest.tui.reading.runs import Lines
    from digest.values.news import Hit, TextMark

MOST: Final = 50_000
"""Characters of a text that are laid out; a whole book would hold up every key and every change of size."""

_BULLETS: Final = "•◦·"
_DEEPEST: Final = 5
"""Of a list in lists, that stands further to the right than the one around it."""
_SAID_BY: Final = re.compile(r"(?:[—–―]|--?\s)\s*\S.{0,120}")
"""The line below a quote that says whose it is."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, and what is to be seen in it."""

    text: str
    hits: Sequence[Hit] = ()
    spans: Sequence[TextMark] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """How a text is drawn."""

    text: str
    ink: Ink
    numbers: Mapping[str, int]
    loose: bool

    def runs(self, block: Block) -> list[Run]:
        """The words of a part of it."""
        return inked(self.text, block, self.ink, self.numbers)


def passage_lines(passage: Passage, cells: int, ink: Ink, numbers: Mapping[str, int], *, loose: bool) -> Lines:
    """The lines of a text.

    Args:
        passage: the text.
        cells: how wide they are at most.
        ink: of plain words.
        numbers: of its links and images, by their addresses.
        loose: whether an empty line stands between paragraphs.
    """
    lines: Lines = []
    before: Block | None = None
    look = _Look(passage.text, ink, numbers, loose)
    for block in _blocks(passage):
        made = _block_lines(look, block, before, cells)
        if lines and before and _apart(look, before, block):
            lines.append([Run("▏", Ink.MUTED)] if _same(before, block, MarkKind.QUOTE) else [])
        lines += made
        before = block
    if len(passage.text) > MOST:
        lines += wrapped([Run(f"and {len(passage.text) - MOST:,} more characters: o opens the page", Ink.MUTED)], cells)
    return lines


def _blocks(passage: Passage) -> Iterator[Block]:
    """The lines of a text in order; those of a table together."""
    text = passage.text[:MOST]
    hits = _Ahead([hit for hit in passage.hits if hit.start < hit.end])
    spans = _Ahead(passage.spans)
    tables = iter([span for span in passage.spans if span.kind is MarkKind.TABLE])
    table = next(tables, None)
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        while table and table.end <= start:
            table = next(tables, None)
        if table and table.start <= start:
            end = max(end, min(table.end, len(text)))
        yield Block(start, end, hits.until(start, end), spans.until(start, end))
        start = end + 1


class _Ahead:
    """What lies over a text, asked for from its beginning to its end."""

    def __init__(self, placed: Sequence[Any]) -> None:
        self._ahead = sorted(placed, key=lambda each: (each.start, -each.end))
        self._next = 0
        self._open: list[Any] = []

    def until(self, start: int, end: int) -> list[Any]:
        """What begins before or at an end and does not end before a start, in order."""
        while self._next < len(self._ahead) and self._ahead[self._next].start <= end:
            self._open.append(self._ahead[self._next])
            self._next += 1
        found = [each for each in self._open if each.end >= start]
        self._open = [each for each in found if each.end > end]
        return found


def _apart(look: _Look, before: Block, block: Block) -> bool:
    """Whether an empty line stands between two blocks; never between a quote and who said it."""
    if block.over(MarkKind.HEADING) or (look.loose and before.over(MarkKind.HEADING)):
        return True
    quoted = before.over(MarkKind.QUOTE), block.over(MarkKind.QUOTE)
    leads_on = look.text[before.start : before.end].endswith((":", "：")) and any(
        (quoted[1], block.over(MarkKind.ITEM))
    )
    together = leads_on or _says_who(look.text, before, block)
    listed = before.over(MarkKind.ITEM) and block.over(MarkKind.ITEM)
    return look.loose and not (together or listed or (before.is_code and block.is_code))


def _same(before: Block, block: Block, kind: MarkKind) -> bool:
    span = before.over(kind)
    return span is not None and span == block.over(kind)


def _says_who(text: str, before: Block | None, block: Block) -> bool:
    """Whether it says whose the quote before it is."""
    if before is None or not before.over(MarkKind.QUOTE):
        return False
    return bool(_SAID_BY.fullmatch(text, block.start, block.end))


def _block_lines(look: _Look, block: Block, before: Block | None, cells: int) -> Lines:
    """One block: what stands before its lines, its words, and its images below them."""
    barred = block.over(MarkKind.QUOTE) or _says_who(look.text, before, block)
    bar = [Run("▏ ", Ink.MUTED)] if barred else []
    room = cells - width(bar)
    if block.over(MarkKind.TABLE):
        made = table_lines(_rows(look, block), room)
    else:
        made = _paragraph(look, block, before, room)
    images = [span for span in block.spans if span.kind is MarkKind.IMAGE]
    above = [line for span in images if span.start == 0 for line in _image(span, room, look.numbers)]
    below = [line for span in images if span.start > block.start for line in _image(span, room, look.numbers)]
    gap: Lines = [[]] if below and look.loose else []
    return [[*bar, *line] for line in (*above, *made, *gap, *below)]


def _paragraph(look: _Look, block: Block, before: Block | None, cells: int) -> Lines:
    if block.over(MarkKind.HEADING):
        look = replace(look, ink=Ink.BRIGHT)
    item = block.over(MarkKind.ITEM)
    goes_on = before is not None and _same(before, block, MarkKind.ITEM)
    first, rest = _label(item, goes_on=goes_on, cells=cells)
    room = cells - width(first)
    indent = [Run(" " * min(block.indentation, room // 2), Ink.CODE)] if block.is_code and block.indentation else []
    lines = [[*indent, *line] for line in isolated_lines(wrapped(look.runs(block), room - width(indent)))]
    if block.is_code:
        lines = [[*line, Run(" " * (room - width(line)), Ink.CODE)] for line in lines]
    return [[*(rest if number else first), *line] for number, line in enumerate(lines)]


def _label(item: TextMark | None, *, goes_on: bool, cells: int) -> tuple[list[Run], list[Run]]:
    """What stands before the first line of an item, and before the others."""
    if item is None:
        return [], []
    depth, *number = item.numbers or (1,)
    sign = f"{number[0]}." if number else _BULLETS[min(depth, len(_BULLETS)) - 1]
    indent = " " * min(3 * (min(depth, _DEEPEST) - 1), max(0, cells // 3))
    rest = [Run(indent + " " * (len(sign) + 1))]
    return (rest if goes_on else [Run(f"{indent}{sign} ", Ink.MUTED)]), rest


def _image(span: TextMark, cells: int, numbers: Mapping[str, int]) -> Lines:
    """An image by its description."""
    words = [Run(shown(span.description) or "an image", Ink.READ)]
    if span.address in numbers:
        words.append(Run(f"\N{NO-BREAK SPACE}[{numbers[span.address]}]", Ink.MUTED))
    lines = isolated_lines(wrapped(words, cells - 2))
    return [[Run("  " if number else "▣ ", Ink.MUTED), *line] for number, line in enumerate(lines)]


def _rows(look: _Look, block: Block) -> list[list[list[Run]]]:
    """The cells of a table, row by row: those that are marked, or else what stands between " | " in each line."""
    cells = [(*span.numbers[:2], span.start, span.end) for span in block.spans if span.kind is MarkKind.CELL]
    rows: dict[int, list[list[Run]]] = {}
    for row, column, start, end in cells or _parted(look.text, block.start, block.end):
        columns = rows.setdefault(row, [])
        columns += [[] for _ in range(column - len(columns))]
        columns.append(look.runs(replace(block, start=start, end=end)))
    return list(rows.values())


def _parted(text: str, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Row, column, beginning and end of each cell."""
    for row, line in enumerate(text[start:end].split("\n")):
        place = start
        for column, cell in enumerate(line.split(" | ")):
            yield row, column, place, place + len(cell)
            place += len(cell) + 3
        start += len(line) + 1
