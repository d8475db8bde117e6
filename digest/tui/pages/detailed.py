"""A page of rows with what is known of the row under the cursor: beside them, or below it where there is no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.tui.cells import Run, fit, shown, wrapped
from digest.tui.pages.base import LinesPage
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

_LABEL = 10
"""Cells of what a line of a detail is called."""


class DetailPage(LinesPage):
    """Rows, and the detail of one of them."""

    def rows(self, cells: int) -> list[Item]:
        """All rows; those that can be chosen have a key."""
        raise NotImplementedError

    def detail(self, cells: int) -> list[Item]:
        """What is known of the row under the cursor."""
        raise NotImplementedError

    def aside_cells(self, cells: int) -> int:
        """A third of it."""
        return cells * 32 // 100

    def items(self, cells: int) -> list[Item]:
        """The rows; where nothing stands beside them, the detail below its row."""
        rows = self.rows(cells)
        if self.wide:
            return rows
        place = next((at for at, row in enumerate(rows) if row.key is not None and row.key == self.lines.cursor), None)
        if place is None:
            return rows
        below = [Item([Run("    "), *line.spans]) for line in self.detail(cells - 4)]
        return [*rows[: place + 1], *below, *rows[place + 1 :]]

    def beside(self, cells: int) -> list[Item]:
        """The detail, where there is room for it."""
        return self.detail(cells) if self.wide else []

    def chose(self, key: Hashable) -> None:
        """Another row, another detail."""
        del key
        self.rebuild()


def facts(told: Sequence[tuple[str, str, Ink]], cells: int) -> list[Item]:
    """Lines of a name and what there is to it; those without anything are left out."""
    items = []
    for name, words, ink in told:
        lines = wrapped([Run(shown(words), ink)], max(8, cells - _LABEL - 3)) if words else []
        for at, line in enumerate(lines):
            items.append(Item([Run(" " + fit("" if at else name, _LABEL) + " ", Ink.MUTED), *line]))
    return items
