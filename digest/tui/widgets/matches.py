"""The list of entries: what came in, newest first, day by day, and what of it is unread.

It follows the news only while nobody reads: as soon as the cursor moves, the wheel turns or an entry is opened, new
entries wait in the bar above the list and no line moves until they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING

from textual.message import Message

from digest.tui.cells import Line, Run, shown, sides
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.lines import Columns, Days, EntryOrder, Needs, drawn_row
from digest.tui.widgets.pane import Extent, Pane
from digest.values.listing import ListPlaces
from digest.words import clock, midnight, same_day, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from textual import events
    from textual.strip import Strip

    from digest.tui.palette import Palette
    from digest.values.listing import MatchRow

_PAGE = 64
"""Rows are asked for in pages of so many."""
_TWICE = 2
_KEPT = 2000
_NEAR = 100
"""Lines above and below the cursor whose stories are offered where one is asked for."""
"""Rows in memory, at most: a day may bring a hundred thousand, and those out of sight can be asked for again."""


class MatchList(Pane):
    """The list; it owns the order, the cursor and whether it follows, and asks for rows as they come into view."""

    heading = "MATCHES"
    number = "1"
    has_bar = True
    """Whether there is a line for what waits; it keeps its place even when nothing does."""
    has_names = True
    """Whether the columns have names above them."""
    base = 0
    """Cells of a row of which all is the title's but what has to be."""
    needs = Needs()
    """Cells that the columns would take."""

    @dataclass
    class Selected(Message):
        """The cursor stands on another entry (``None``: on none)."""

        entry: int | None

    @dataclass
    class Opened(Message):
        """The entry under the cursor was clicked twice."""

    @dataclass
    class RowsWanted(Message):
        """These rows came into view and are not here yet."""

        entries: list[int]

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__(id="matches")
        self._now, self._zone = now, zone
        self.order = EntryOrder()
        self._day = midnight(now(), zone)
        self._days = Days(self.order, now(), zone)
        self._new: set[int] = set()
        """What came in since the list was looked at."""
        self._titles: Mapping[str, str] = {}
        self._rows: dict[int, MatchRow] = {}
        self._asked: set[int] = set()
        self._cursor = self._top = 0
        self.following = True
        self._paused_at: datetime | None = None
        self._wanted: int | None = None  # an entry that the cursor goes to once it is in the list
        self._today = self._unread = self._all = 0
        self._filter = ""
        self.welcome: Callable[[int], list[list[Run]]] | None = None
        """What to show while there is nothing to list, for so many cells."""

    # --- what it is told -----------------------------------------------------------------------------------------

    def replace(self, places: ListPlaces) -> None:
        """Another list altogether (first load, another filter); the cursor keeps its entry where it can."""
        kept = self._wanted or (self.selected if not self.following else None)
        came = self.order.time(self._cursor) if kept and kept == self.selected else None
        self.order = EntryOrder(places)
        self._new.clear()
        self._asked.clear()
        self._find_days()
        line = None if kept is None else self.order.line_of(kept)
        self._wanted = kept if line is None else None
        if line is None and came is not None:  # the next older one, until the list holds it again
            line = max(0, min(self.order.before(came), len(self.order) - 1))
        self._cursor = line or 0
        self._top = min(self._top, self._days.line(self._cursor)) if line else 0
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
            self._admit()
            self._cursor = self._top = 0
            self._tell()
        self._want_rows(again={entry for _, entry in places} - here.keys())
        self.refresh()

    def read_again(self, touched: Iterable[int]) -> None:
        """Entries were changed: those of the lines in view are read anew."""
        self._want_rows(again=touched)

    def _admit(self) -> None:
        """Let in what waits, marked as new."""
        self._new.update(self.order.admit()[:_KEPT])
        if len(self._new) > _KEPT:
            self._new.intersection_update(self.order.ids(0, _KEPT // 2))
        self._find_days()

    def _find_days(self) -> None:
        self._days = Days(self.order, self._now(), self._zone)

    def tick(self) -> None:
        """A second passed: at midnight today becomes yesterday."""
        if (day := midnight(self._now(), self._zone)) != self._day:
            self._day = day
            above = self._days.line(self._cursor) - self._top
            self._find_days()
            self._top = max(0, self._days.line(self._cursor) - above) if self._top else 0
            self._reveal()
            self.refresh()

    def put_rows(self, asked: Sequence[int], rows: Sequence[MatchRow]) -> None:
        """Rows that were asked for; those missing are no longer stored."""
        self._rows.update((row.id, row) for row in rows)
        missing = set(asked).difference(row.id for row in rows)
        if missing:
            kept, above = self.selected, self._days.line(self._cursor) - self._top
            self.order.drop(sorted(missing))
            line = None if kept is None else self.order.line_of(kept)
            self._cursor = max(0, min(self._cursor if line is None else line, len(self.order) - 1))
            self._find_days()
            self._top = max(0, self._days.line(self._cursor) - above)
            self._reveal()
            self._want_rows()
            self._tell()
        self.refresh()

    def forget(self) -> None:
        """Nothing that is listed is true any more."""
        self._rows.clear()
        self._asked.clear()
        self.follow_from_top()
        self.replace(ListPlaces())

    def set_unread(self, entry: int, *, unread: bool) -> None:
        """Show at once what is being written."""
        row = self._rows.get(entry)
        if row is not None:
            self._rows[entry] = replace(row, unread=unread)
            self.refresh()

    def follow_from_top(self) -> None:
        """Another list is about to come: begin at its top."""
        self.following = True
        self._wanted = None
        self._cursor = self._top = 0

    def set_figures(self, today: int, unread: int, every: int) -> None:
        """The figures of the frame; ``every``: how many there would be without the filter."""
        if (today, unread, every) != (self._today, self._unread, self._all):
            self._today, self._unread, self._all = today, unread, every
            self.refresh()

    def fit(self, needs: Needs, titles: Mapping[str, str]) -> None:
        """What the columns hold at most, and what the rules are called, by their ids."""
        if (needs, titles) != (self.needs, self._titles):
            self.needs, self._titles = needs, titles
            self.refresh()

    def set_view(self, heading: str, words: str) -> None:
        """What the list is called, and what it is filtered by, in words; none where it shows everything."""
        if (heading, words) != (self.heading, self._filter):
            self.heading, self._filter = heading, words
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
        top = self._days.entry(self._top)
        if len(self._rows) > _KEPT:
            near = set(self.order.ids(top - _KEPT // 4, top + self.seen + _KEPT // 4))
            self._rows = {entry: self._rows[entry] for entry in near & self._rows.keys()}
            self._asked &= near
        first = top // _PAGE * _PAGE
        wanted = [entry for entry in self.order.ids(first - _PAGE, top + self.seen + _PAGE) if entry not in self._asked]
        if wanted:
            self._asked.update(wanted)
            self.post_message(self.RowsWanted(wanted))

    # --- movement ------------------------------------------------------------------------------------------------

    def hold(self) -> None:
        """Somebody reads: nothing moves from now on."""
        self._look()
        if self.following:
            self.following = False
            self._paused_at = self._now()
            self.refresh()

    def _look(self) -> None:
        """Somebody is there: what is in view is new no longer."""
        if self._new:
            top = self._days.entry(self._top)
            self._new.difference_update(self.order.ids(top, top + self.seen))
            self.refresh()

    def show_new(self) -> None:
        """Let in what waits, go to the top and follow again."""
        self._look()
        self._admit()
        self.following = True
        self._wanted = None
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

    def go_to(self, entry: int) -> None:
        """Put the cursor on an entry, now or once it is in the list."""
        self.hold()
        line = self.order.line_of(entry)
        self._wanted = entry if line is None else None
        if line is not None:
            self._go(line)

    def stories_near(self, but: int | None) -> list[str]:
        """The stories of the lines around the cursor but one, each its number and a title; nearest first."""
        first, last = max(0, self._cursor - _NEAR), min(len(self.order), self._cursor + _NEAR)
        near = sorted(range(first, last), key=lambda place: abs(place - self._cursor))
        titles: dict[int, str] = {}
        for row in (self._rows.get(self.order[place]) for place in near):
            if row is not None and row.story and row.story != but:
                titles.setdefault(row.story, shown(row.title))
        return [f"{story} {title}" for story, title in titles.items()]

    def go_unread(self, step: int, unread: Collection[int] | None = None) -> bool | None:
        """The next unread entry below, after the last one from the top; or the one above: false where there is none.

        ``unread`` are the ids of all that are; without it the rows that are here are asked, and ``None`` is the answer
        where they do not say.
        """
        self.hold()
        below = chain(range(self._cursor + 1, len(self.order)), range(self._cursor))
        for place in below if step > 0 else reversed(range(self._cursor)):
            entry = self.order[place]
            row = self._rows.get(entry)
            if row is None and unread is None:
                return None
            if row.unread if row is not None else entry in (unread or ()):
                self._go(place)
                return True
        return False

    def _go(self, place: int) -> None:
        self.hold()
        self._wanted = None
        place = max(0, min(place, len(self.order) - 1))
        if place == self._cursor:
            return
        before, top = self._cursor, self._top
        self._cursor = place
        self._reveal()
        self._want_rows()
        if self._top == top:
            self.refresh_body(self._days.line(before) - top + self.head)
            self.refresh_body(self._days.line(place) - top + self.head)
        else:
            self.refresh()
        self._tell()

    def _reveal(self) -> None:
        """Scroll so that the cursor is seen, and the day above it where it is the first of it."""
        line = self._days.line(self._cursor)
        first = line - 1 if line and self.seen > 1 and self._days.name(line - 1) else line
        self._top = max(0, min(max(self._top, line - self.seen + 1), first))

    def on_resize(self) -> None:
        """Keep the cursor in view."""
        self._reveal()
        self._want_rows()

    def on_click(self, event: events.Click) -> None:
        """Choose a line, twice at once to open it; or let in what the bar offers."""
        y = event.y - (1 if self.framed else 0)
        bar = 0 if self.has_bar else -1
        if y == bar and self.order.waiting:
            self.show_new()
        elif y >= self.head and (line := y - self.head + self._top) < len(self._days) and not self._days.name(line):
            self._go(self._days.entry(line))
            if event.chain == _TWICE:
                self.post_message(self.Opened())

    def scroll_lines(self, lines: int) -> None:
        """Scroll; the cursor stays in view."""
        self.hold()
        self._wanted = None
        self._top = max(0, min(self._top + lines, len(self._days) - self.seen))
        first, last = self._days.entry(self._top), self._days.entry(self._top + self.seen)
        place = max(first, min(self._cursor, last - 1, len(self.order) - 1))
        self._want_rows()
        self.refresh()
        if place != self._cursor and place < len(self.order):
            self._cursor = place
            self._tell()

    # --- drawing -------------------------------------------------------------------------------------------------

    @property
    def head(self) -> int:
        """Lines above the rows: the bar and the names of the columns."""
        return int(self.has_bar) + int(self.has_names)

    @property
    def seen(self) -> int:
        """How many rows there is room for."""
        return max(1, self.room[1] - self.head)

    def count(self) -> Sequence[Run]:
        """``69 today, 41 unread``; of a filtered list, ``12 of 4,442``; and what waits, where no bar says so."""
        waiting = self.order.waiting if not self.has_bar else 0
        new = (Run(f"↑ {waiting:,} new", Ink.ACCENT_BOLD), Run("   ")) if waiting else ()
        if self._filter:
            passed = len(self.order) + self.order.waiting
            return (*new, Run(f"{passed:,}", Ink.BRIGHT), Run(f" of {max(passed, self._all):,}", Ink.MUTED))
        return (
            *new,
            Run(f"{self._today:,} today, ", Ink.MUTED),
            Run(f"{self._unread:,}", Ink.BRIGHT),
            Run(" unread", Ink.MUTED),
        )

    def overflow(self) -> Sequence[Run]:
        """Nothing: there is always more of the past."""
        return ()

    def extent(self) -> Extent:
        """The rows scroll, below the bar and the names."""
        return Extent(self.head, self.seen, self._top, len(self._days))

    def body(self, y: int, cells: int) -> Line:
        """The bar, the names of the columns, a day, a row, or the welcome."""
        if not len(self.order) and self.welcome is not None:
            lines = self.welcome(cells - 4)
            return Line([Run("  "), *lines[y]] if y < len(lines) else ())
        if self.has_bar and y == 0:
            return self._bar(cells)
        columns = self._columns(cells)
        if y < self.head:
            return Line([columns.names()])
        line = y - self.head + self._top
        if name := self._days.name(line):
            left = Run(f"  {name} ", Ink.LABEL)
            return Line([left, Run("─" * max(0, cells - len(left.text) - 1), Ink.LINE)])
        if line >= len(self._days):
            return Line()
        mark = self._mark(self._days.entry(line))
        return Line([mark, Run("  …", Ink.MUTED)], Ground.PAGE if mark.text == " " else Ground.SELECTED)

    def drawn(self, y: int, cells: int, palette: Palette) -> Strip:
        """The same in its colours; a row is drawn once, wherever it moves."""
        line = y - self.head + self._top
        if y >= self.head and line < len(self._days) and not self._days.name(line):
            place = self._days.entry(line)
            if row := self._rows.get(self.order[place]):
                titles = tuple(map(self.titled, row.rules))
                time = self._time(place, row)
                return drawn_row(self._columns(cells), row, time, titles, self._mark(place), palette)
        return super().drawn(y, cells, palette)

    def _columns(self, cells: int) -> Columns:
        return Columns.fitting(cells, self.base or cells, self.needs)

    def _mark(self, place: int) -> Run:
        """The cell before a row."""
        chosen = place == self._cursor
        return Run("▌", Ink.ACCENT if self.has_focus else Ink.MUTED) if chosen else Run(" ")

    def _bar(self, cells: int) -> Line:
        paused = "" if self._paused_at is None else f" at {clock(self._paused_at, self._zone)}"
        waiting = self.order.waiting
        if self._filter and not self.framed and not waiting:
            # No frame tells the count, and no footer the filter.
            named = [Run("   filter ", Ink.MUTED), Run(self._filter, Ink.ACCENT)]
            return Line(sides(named, [*self.count(), Run(" ")], cells))
        if self.following:
            figures = [] if self.framed or cells < 50 else [*self.count(), Run(" ")]
            return Line(sides([Run("   following the news", Ink.MUTED)], figures, cells))
        if not waiting:
            words = f"   paused{paused}, nothing new since"
            follow = [Run(self.to_new, Ink.BRIGHT), Run(" follow ", Ink.MUTED)]
            return Line(sides([Run(words, Ink.MUTED)], follow, cells))
        kept = f"list paused{paused}, your place is kept" if cells >= 76 else "paused, your place is kept"
        left = [Run(" ↑ ", Ink.ACCENT), Run(f"{waiting:,} new", Ink.ACCENT_BOLD), Run(f"   {kept}")]
        return Line(sides(left, [Run(self.to_new, Ink.BRIGHT), Run(" show them ", Ink.MUTED)], cells), Ground.TINT)

    @property
    def to_new(self) -> str:
        """The keys that let in what waits: in another pane ``g`` goes to the top of that."""
        return "g" if self.has_focus else f"{self.number} g"

    def _time(self, place: int, row: MatchRow) -> Run:
        """The hour of an entry; its date where that is another day than the one it stands under, as it came late."""
        same = same_day(row.time, self.order.time(place), self._zone)
        words = clock(row.time, self._zone) if same else short_time(row.time, self._now(), self._zone)
        return Run(words, Ink.ACCENT_BOLD if row.id in self._new else Ink.TEXT)

    def titled(self, rule: str) -> str:
        """A rule's title, or its id."""
        return self._titles.get(rule) or rule
