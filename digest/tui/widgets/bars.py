"""The other bars of a line: which pane is open (narrow screens), which keys do what (bottom)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from textual.message import Message

from digest.tui.cells import Line, Run, clipped, sides, width
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.pane import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_GAP: Final = Run("   ")
_LEAST_FILTER: Final = 12
"""Cells from which a filter that is cut off still says something beside the tabs; the list names it as well."""


class Tabs(Drawn):
    """The panes by number, on screens too narrow to show them side by side; the open one is underlined."""

    @dataclass
    class Picked(Message):
        """A tab was clicked."""

        number: int

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._open = 1
        self._figures = ("", "", "", "")
        self._right: list[Run] = []

    def show(self, number: int, figures: tuple[str, str, str, str], right: list[Run]) -> None:
        """Which is open, a figure for each, and what stands at the right."""
        if (number, figures, right) != (self._open, self._figures, self._right):
            self._open, self._figures, self._right = number, figures, right
            self.refresh()

    def line(self, y: int, cells: int) -> Line:
        """The names, or the hairline below them."""
        spans: list[Run] = [Run(" ")]
        start = end = 0
        for number, (name, figure) in enumerate(zip(_TABS, self._figures, strict=True), start=1):
            chosen = number == self._open
            tab = [
                Run(f"{number} ", Ink.ACCENT_BOLD if chosen else Ink.MUTED),
                Run(name, Ink.BRIGHT if chosen else Ink.TEXT),
            ]
            tab += [Run(f" {figure}", Ink.MUTED)] if figure else []
            if chosen:
                start, end = width(spans), width(spans) + width(tab)
            spans += [*tab, Run("    " if cells >= 76 else "  ")]
        if y == 0:
            room = cells - width(spans) - 2
            right = clipped(self._right, room) if room >= _LEAST_FILTER else []
            return Line(sides(spans, [*right, Run(" ")], cells))
        end = min(end, cells)
        return Line(
            [Run("─" * start, Ink.LINE), Run("━" * (end - start), Ink.ACCENT), Run("─" * (cells - end), Ink.LINE)]
        )

    def on_click(self, event: events.Click) -> None:
        """Open the tab clicked on."""
        place, gap = 1, 4 if self.size.width >= 76 else 2
        for number, (name, figure) in enumerate(zip(_TABS, self._figures, strict=True), start=1):
            place += 2 + len(name) + (len(figure) + 1 if figure else 0) + gap
            if event.x < place:
                self.post_message(self.Picked(number))
                return


_TABS: Final = ("Matches", "Rules", "Feeds", "Reader")


@dataclass(frozen=True, slots=True)
class KeyHint:
    """A key of the footer and what it does, each in a word."""

    key: str
    word: str
    press: str = ""
    """The key as Textual names it; empty: there is nothing to click on."""


class KeyBar(Drawn):
    """The last line: at most eight keys, and what the list is filtered by (or what was just done)."""

    def __init__(self) -> None:
        super().__init__(id="keys")
        self._hints: Sequence[KeyHint] = ()
        self._right: Sequence[Run] = ()
        self._places: list[tuple[int, str]] = []  # behind the last cell of each, what it presses

    @dataclass
    class Pressed(Message):
        """A key of the bar was clicked."""

        key: str

    def on_click(self, event: events.Click) -> None:
        """Press the key clicked on."""
        key = next((key for end, key in self._places if event.x < end), "")
        if key:
            self.post_message(self.Pressed(key))

    def show(self, hints: Sequence[KeyHint], right: Sequence[Run]) -> None:
        """Which keys matter now, the most useful first."""
        if (hints, right) != (self._hints, self._right):
            self._hints, self._right = hints, right
            self.refresh()

    def line(self, y: int, cells: int) -> Line:
        """As many keys as fit; help stays."""
        del y
        right = [*self._right, Run(" ")] if self._right else []
        room = cells - 2 - (width(right) + 2 if right else 0)
        hints = list(self._hints[:8])
        pairs = [[Run(hint.key, Ink.BRIGHT), Run(f" {hint.word}", Ink.MUTED)] for hint in hints]
        while pairs and sum(width(pair) + 3 for pair in pairs) - 3 > room:
            last = -2 if len(pairs) > 1 else -1
            del pairs[last], hints[last]
        ends = accumulate((width(pair) + 3 for pair in pairs), initial=1)
        self._places = [(end, hint.press) for end, hint in zip(list(ends)[1:], hints, strict=True)]
        spans = [span for pair in pairs for span in (*pair, _GAP)][:-1]
        return Line(sides([Run(" "), *spans], right, cells), Ground.RAISED)
