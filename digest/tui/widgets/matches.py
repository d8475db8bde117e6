"""The list of matched entries: what came in, newest first, and what of it is unread.

It follows the news only while nobody reads: as soon as the cursor moves, the wheel turns or an entry is opened, new
entries wait in the bar above the list and no line moves until they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.message import Message

from digest.tui.cells import Line, Run, sides
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.lines import Columns, EntryOrder
from digest.tui.widgets.pane import Extent, Pane
from digest.words import clock, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime, tzinfo

    from textual import events

    from digest.store.dashboard import MatchRow

_PAGE = 64
"""Rows are asked for in pages of so many."""
_KEPT = 2000
"""Rows in memory, at most: a day may bring a hundred thousand, and those out of sight can be asked for again."""


class MatchList(Pane):
    """The list; it owns the order, the cursor and whether it follows, and asks for rows as they come into view."""

    heading = "MATCHES"

    @dataclass
    class Selected(Message):
        """The cursor stands on another entry (``None``: on none)."""

        entry: int | None

    @dataclass
    class RowsWanted(Message):
        """These rows came into view and are not here yet."""

        entries: list[int]

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__(id="matches")
        self._now, self._zone = now, zone
        self.order = EntryOrder()
        self._rows: dict[int, MatchRow] = {}
        self._asked: set[int] = set()
        self._cursor = self._top = 0
        self.following = True
        self._paused_at: datetime | None = None
        self._today = self._unread = self._matched = 0
        self._filter = ""
        self._rule_cells = 9
        self.welcome: Callable[[int], list[list[Run]]] | None = None
        """What to show while there is nothing to list, for so many cells."""

    # --- what it is told -----------------------------------------------------------------------------------------

    def replace(self, places: Iterable[tuple[int, int]]) -> None:
        """Another list altogether (first load, another filter); the cursor keeps its entry where it can."""
        kept = self.selected if not self.following else None
        self.order = EntryOrder(places)
        line = None if kept is None else self.order.line_of(kept)
        self._cursor = line or 0
        self._top = min(self._top, self._cursor) if line else 0
        self._reveal()
        self._want_rows()
        self.refresh()
        self._tell()

    def arrive(self, changed: Iterable[tuple[int, int]], rows: Sequence[MatchRow] = ()) -> None:
        """Entries came in or changed, some with their lines: shown at once while following, else they wait."""
        places = list(changed)
        here = {row.id: row for row in rows}
        self._rows.update(here)
        self._asked.update(here)
        if self.order.arrive(places) and self.following:
            self.order.admit()
            self._cursor = self._top = 0
            self._tell()
        self._want_rows(again={entry for _, entry in places} - here.keys())
        self.refresh()

    def put_rows(self, asked: Sequence[int], rows: Sequence[MatchRow]) -> None:
        """Rows that were asked for; those missing are no longer stored."""
        self._rows.update((row.id, row) for row in rows)
        missing = set(asked).difference(row.id for row in rows)
        if missing:
            kept, top = self.selected, self._top
            self.order.drop(sorted(missing))
            line = None if kept is None else self.order.line_of(kept)
            moved = 0 if line is None else self._cursor - line  # lines that went from above the cursor
            self._cursor = max(0, min(self._cursor - moved, len(self.order) - 1))
            self._top = max(0, top - moved)
            self._reveal()
            self._want_rows()
            self._tell()
        self.refresh()

    def forget(self) -> None:
        """Nothing that is listed is true any more."""
        self._rows.clear()
        self._asked.clear()
        self.follow_from_top()
        self.replace(())

    def set_unread(self, entry: int, *, unread: bool) -> None:
        """Show at once what is being written."""
        row = self._rows.get(entry)
        if row is not None:
            self._rows[entry] = replace(row, unread=unread)
            self.refresh()

    def follow_from_top(self) -> None:
        """Another list is about to come: begin at its top."""
        self.following = True
        self._cursor = self._top = 0

    def set_figures(self, today: int, unread: int, matched: int, rule_cells: int) -> None:
        """The figures of the frame, and the cells of the longest rule's name."""
        figures = (today, unread, matched, rule_cells)
        if figures != (self._today, self._unread, self._matched, self._rule_cells):
            self._today, self._unread, self._matched, self._rule_cells = figures
            self.refresh()

    def set_filter(self, words: str) -> None:
        """What the list is filtered by, in words; empty where it shows everything."""
        if words != self._filter:
            self._filter = words
            self.refresh()

    # --- what it tells -------------------------------------------------------------------------------------------

    @property
    def selected(self) -> int | None:
        """The id of the entry under the cursor."""
        return self.order[self._cursor] if self._cursor < len(self.order) else None

    @property
    def selected_row(self) -> MatchRow | None:
        """The row under the cursor, if it is here."""
        return self._rows.get(self.selected or 0)

    @property
    def position(self) -> tuple[int, int]:
        """The cursor's line, from 1, and how many there are."""
        return (self._cursor + 1 if len(self.order) else 0, len(self.order))

    def _tell(self) -> None:
        self.post_message(self.Selected(self.selected))

    def _want_rows(self, again: Iterable[int] = ()) -> None:
        """Ask for the rows in view and a page around them, once."""
        self._asked.difference_update(again)
        if len(self._rows) > _KEPT:
            near = set(self.order.ids(self._top - _KEPT // 4, self._top + self.seen + _KEPT // 4))
            self._rows = {entry: self._rows[entry] for entry in near & self._rows.keys()}
            self._asked &= near
        first = self._top // _PAGE * _PAGE
        wanted = [
            entry for entry in self.order.ids(first - _PAGE, self._top + self.seen + _PAGE) if entry not in self._asked
        ]
        if wanted:
            self._asked.update(wanted)
            self.post_message(self.RowsWanted(wanted))

    # --- movement ------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Somebody reads: nothing moves from now on."""
        if self.following:
            self.following = False
            self._paused_at = self._now()
            self.refresh()

    def show_new(self) -> None:
        """Let in what waits, go to the top and follow again."""
        self.order.admit()
        self.following = True
        self._cursor = self._top = 0
        self._want_rows()
        self.refresh()
        self._tell()

    def move(self, lines: int) -> None:
        """The cursor up or down."""
        self._go(self._cursor + lines)

    def to_end(self, *, last: bool) -> None:
        """The last line; or the first, where the list follows again if nothing waits."""
        self._go(len(self.order) - 1 if last else 0)
        if not last and not self.order.waiting:
            self.following = True
            self.refresh()

    def go_unread(self, step: int) -> bool:
        """The next unread row below, or above; false: there is none among the rows that are here."""
        self.hold()
        line = self._cursor + step
        while 0 <= line < len(self.order):
            row = self._rows.get(self.order[line])
            if row is None or row.unread:
                self._go(line)
                return True
            line += step
        return False

    def _go(self, line: int) -> None:
        self.hold()
        line = max(0, min(line, len(self.order) - 1))
        if line == self._cursor:
            return
        before, top = self._cursor, self._top
        self._cursor = line
        self._reveal()
        self._want_rows()
        if self._top == top:
            self.refresh_body(before - top + self.head)
            self.refresh_body(line - top + self.head)
        else:
            self.refresh()
        self._tell()

    def _reveal(self) -> None:
        self._top = max(0, min(max(self._top, self._cursor - self.seen + 1), self._cursor))

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._reveal()
        self._want_rows()

    def on_click(self, event: events.Click) -> None:
        """Choose a line, or let in what the bar offers."""
        y = event.y - (1 if self.framed else 0)
        if self.has_bar and y == 0 and self.order.waiting:
            self.show_new()
        elif 0 <= (line := y - self.head + self._top) < len(self.order) and y >= self.head:
            self._go(line)

    def scroll_lines(self, lines: int) -> None:
        """Scroll; the cursor stays in view."""
        self.hold()
        self._top = max(0, min(self._top + lines, len(self.order) - self.seen))
        line = max(self._top, min(self._cursor, self._top + self.seen - 1))
        self._want_rows()
        self.refresh()
        if line != self._cursor and line < len(self.order):
            self._cursor = line
            self._tell()

    # --- drawing -------------------------------------------------------------------------------------------------

    @property
    def has_bar(self) -> bool:
        """Whether there is room for the bar, which keeps its line even when nothing waits."""
        return self.room[1] >= 6

    @property
    def head(self) -> int:
        """Lines above the rows: the bar and, in a frame, the names of the columns."""
        return int(self.has_bar) + int(self.framed and self.room[1] >= 8)

    @property
    def seen(self) -> int:
        """How many rows there is room for."""
        return max(1, self.room[1] - self.head)

    def count(self) -> Sequence[Run]:
        """``69 today, 41 unread``; of a filtered list, ``12 of 4,442``."""
        if self._filter:
            passed, matched = len(self.order) + self.order.waiting, self._matched
            return (Run(f"{passed:,}", Ink.BRIGHT), Run(f" of {max(passed, matched):,}", Ink.MUTED))
        return (
            Run(f"{self._today:,} today, ", Ink.MUTED),
            Run(f"{self._unread:,}", Ink.BRIGHT),
            Run(" unread", Ink.MUTED),
        )

    def overflow(self) -> Sequence[Run]:
        """Nothing: there is always more of the past."""
        return ()

    def extent(self) -> Extent:
        """The rows scroll, below the bar and the names."""
        return Extent(self.head, self.seen, self._top, len(self.order))

    def body(self, y: int, cells: int) -> Line:
        """The bar, the names of the columns, a row, or the welcome."""
        if not len(self.order) and self.welcome is not None:
            lines = self.welcome(cells - 4)
            return Line([Run("  "), *lines[y]] if y < len(lines) else ())
        if self.has_bar and y == 0:
            return self._bar(cells)
        columns = Columns.fitting(cells, self._rule_cells)
        if y < self.head:
            return Line([columns.names()])
        line = y - self.head + self._top
        return self._row(line, columns) if line < len(self.order) else Line()

    def _bar(self, cells: int) -> Line:
        paused = "" if self._paused_at is None else f" at {clock(self._paused_at, self._zone)}"
        waiting = self.order.waiting
        if self._filter and not self.framed and not waiting:
            # No frame tells the count, and no footer the filter.
            named = [Run("   filter ", Ink.MUTED), Run(self._filter, Ink.ACCENT)]
            return Line(sides(named, [*self.count(), Run(" ")], cells))
        if self.following:
            return Line([Run("   following the news", Ink.MUTED)])
        if not waiting:
            words = f"   paused{paused}, nothing new since"
            return Line(sides([Run(words, Ink.MUTED)], [Run("g", Ink.BRIGHT), Run(" follow ", Ink.MUTED)], cells))
        kept = f"list paused{paused}, your place is kept" if cells >= 76 else "paused, your place is kept"
        left = [Run(" ↑ ", Ink.ACCENT), Run(f"{waiting:,} new", Ink.ACCENT_BOLD), Run(f"   {kept}")]
        return Line(sides(left, [Run("g", Ink.BRIGHT), Run(" show them ", Ink.MUTED)], cells), Ground.TINT)

    def _row(self, line: int, columns: Columns) -> Line:
        chosen = line == self._cursor
        mark = Run("▌", Ink.ACCENT if self.has_focus else Ink.MUTED) if chosen else Run(" ")
        ground = Ground.SELECTED if chosen else Ground.PAGE
        row = self._rows.get(self.order[line])
        if row is None:
            return Line([mark, Run("  …", Ink.MUTED)], ground)
        return Line([mark, *columns.spans(row, short_time(row.time, self._now(), self._zone))], ground)
