"""Figures drawn in cells: columns of blocks, a line of heat, dots of braille."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.tui.cells import Run
from digest.tui.palette import Ink

if TYPE_CHECKING:
    from collections.abc import Sequence

_EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_HEAT: Final = "▂▃▅▆"
"""Never a full block: those of two lines would fuse."""
_DOTS: Final = ((0x40, 0x04, 0x02, 0x01), (0x80, 0x20, 0x10, 0x08))
"""Of a braille cell, its left and its right column, from below."""


def columns(counts: Sequence[int], cells: int, rows: int) -> list[list[Run]]:
    """A column for each count, as wide as fits with a gap, the highest as tall as there are rows and in the accent."""
    top = max(counts, default=0)
    each = max(1, cells // max(1, len(counts)))
    wide, gap = (each - 1, " ") if each > 1 else (1, "")
    lines: list[list[Run]] = []
    for row in reversed(range(rows)):
        line = []
        for count in counts:
            eighths = max(round(count / top * rows * 8), 1) if count else 0
            filled = max(0, min(8, eighths - row * 8))
            blank = row == 0 and not filled
            ink = Ink.LINE if blank else Ink.ACCENT if count == top else Ink.FAINT
            line.append(Run(("▁" if blank else _EIGHTHS[filled]) * wide + gap, ink))
        lines.append(line)
    return lines


def heat(counts: Sequence[int], top: int, cells: int) -> list[Run]:
    """A line with a stretch for each count, the taller the nearer to the highest of all; nothing is a hairline."""
    each, over = divmod(cells, max(1, len(counts)))
    runs: list[Run] = []
    for place, count in enumerate(counts):
        wide = each + (place < over)
        level = min(len(_HEAT), -(-count * len(_HEAT) // top)) if count and top else 0
        ink = Ink.LINE if not level else Ink.ACCENT if level > 1 else Ink.FAINT
        runs.append(Run((_HEAT[level - 1] if level else "▁") * wide, ink))
    return runs


def dots(
    series: Sequence[Sequence[float | None]], inks: Sequence[Ink], top: float, cells: int, rows: int
) -> list[list[Run]]:
    """Lines of dots, two columns of four to a cell; where two lie in one cell, the first one's ink is taken.

    Args:
        series: of each line the values from left to right, ``None`` where there is none.
        inks: one for each line.
        top: the value at the upper edge.
        cells: how wide.
        rows: how tall.
    """
    marks: dict[tuple[int, int], int] = {}
    owners: dict[tuple[int, int], Ink] = {}
    for values, ink in reversed(list(zip(series, inks, strict=True))):
        for x in range(cells * 2):
            value = values[x * len(values) // (cells * 2)] if values else None
            if value is None or top <= 0:
                continue
            y = min(rows * 4 - 1, round(value / top * (rows * 4 - 1)))
            place = (rows - 1 - y // 4, x // 2)
            marks[place] = marks.get(place, 0) | _DOTS[x % 2][y % 4]
            owners[place] = ink
    return [
        [Run(chr(0x2800 + marks[row, x]), owners[row, x]) if (row, x) in marks else Run(" ") for x in range(cells)]
        for row in range(rows)
    ]
