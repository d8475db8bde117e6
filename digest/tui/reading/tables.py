"""A table in columns that stand below each other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from digest.tui.cells import Run, width, wrapped
from digest.tui.palette import Ink
from digest.tui.reading.runs import isolated_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.tui.reading.runs import Lines

_GAP: Final = 2
"""Cells between two columns."""
_NARROWEST: Final = 6
"""Cells of a column, below which a table is no help."""
_FIGURE: Final = re.compile(r"[\s\d.,:%+\-−–±~()$€£¥₩]*\d[\s\d.,:%+\-−–±~()$€£¥₩]*")


def table_lines(rows: Sequence[Sequence[list[Run]]], cells: int) -> Lines:
    """The rows of a table, its columns aligned, figures at their right; a long cell goes on in the next line.

    Where there is no room for so many columns, each row is read as one text, its cells parted by a dot.
    """
    count = max(map(len, rows))
    widths = _widths([max(width(row[n]) for row in rows if n < len(row)) for n in range(count)], cells)
    if not widths:
        return [line for row in rows for line in isolated_lines(wrapped(_one_text(row), cells))]
    figures = [_is_figures([row[n] for row in rows if n < len(row)]) for n in range(count)]
    return [line for row in rows for line in _row_lines(row, widths, figures)]


def _row_lines(row: Sequence[list[Run]], widths: Sequence[int], figures: Sequence[bool]) -> Iterator[list[Run]]:
    """The lines of a row: as many as its longest cell takes."""
    columns = [isolated_lines(wrapped(cell, widths[n])) for n, cell in enumerate(row)]
    for y in range(max(map(len, columns))):
        line: list[Run] = []
        for n, column in enumerate(columns):
            piece = column[y] if y < len(column) else []
            blank = Run(" " * (widths[n] - width(piece)))
            gap = [Run(" " * _GAP)] if n else []
            line += [*gap, blank, *piece] if figures[n] else [*gap, *piece, blank]
        yield line


def _widths(wanted: list[int], cells: int) -> list[int]:
    """How wide each column is: as wide as it wants, or the widest cut to the same; nothing where that is too narrow."""
    room = cells - _GAP * (len(wanted) - 1)
    cap, over = max(wanted), sum(wanted) > room
    while over and cap > _NARROWEST:
        cap -= 1
        over = sum(min(each, cap) for each in wanted) > room
    return [] if over else [min(each, cap) for each in wanted]


def _is_figures(column: Sequence[list[Run]]) -> bool:
    """Whether a column holds figures, whatever its head says."""
    texts = ["".join(run.text for run in cell) for cell in column]
    below = [text for text in texts[1:] if text]
    return bool(below) and all(_FIGURE.fullmatch(text) for text in below)


def _one_text(row: Sequence[list[Run]]) -> list[Run]:
    runs = [run for cell in row if cell for run in (Run(" · ", Ink.MUTED), *cell)]
    return runs[1:]
