"""A pane: a rounded frame whose border carries title, count, overflow and scroll thumb, around lines drawn by hand.

Drawing by line (Textual's line API) is what keeps a hundred thousand rows and a keypress cheap, and it lets the frame
hold what Textual's own borders cannot: something at both ends of its top, and the scroll position on its side.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from digest.tui.cells import Line, Run, clipped, draw, width
from digest.tui.palette import DARK, PALETTES, PLAIN, Ground, Ink, Palette, fitting
from digest.tui.reading.finding import WordFinder

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from textual import events
    from textual.app import App

    from digest.tui.reading.runs import Lines


_FRAME: Final = 2
"""Cells that a frame takes of a line."""


class Extent(NamedTuple):
    """What part of a scrolled pane is seen, in lines: drawn as a thumb on the frame's right side."""

    first: int
    """The body line at which the scrolled part begins."""
    seen: int
    top: int
    total: int


def palette_of(app: App[Any], theme: str = "") -> Palette:
    """The colours of an app's theme, or of another one, as its terminal can show them."""
    return _palette(
        theme or app.theme, app.no_color, None if app.is_headless else app.console.color_system, _ascii_only()
    )


@lru_cache(16)
def _palette(theme: str, no_color: bool, colours: str | None, ascii_only: bool) -> Palette:  # noqa: FBT001 - of a cache
    return fitting(
        PLAIN if no_color else PALETTES.get(theme, DARK), None if no_color else colours, ascii_only=ascii_only
    )


def _ascii_only() -> bool:
    """Whether the user asks for it, or the terminal is a console of the kernel."""
    return bool(os.environ.get("DIGEST_ASCII")) or os.environ.get("TERM") in {"linux", "vt100", "vt220"}


class Drawn(Widget):
    """A widget drawn line by line in the palette of the day."""

    DEFAULT_CSS = "Drawn { background: $background; }"

    @property
    def palette(self) -> Palette:
        """The colours to draw with."""
        return palette_of(self.app)

    def line(self, y: int, cells: int) -> Line:
        """Line ``y`` of the widget, for so many cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        """What Textual asks for."""
        return draw(self.line(y, self.size.width), self.size.width, self.palette)


class Pane(Drawn, can_focus=True):
    """A framed, focusable pane; unframed it fills its place (narrow screens)."""

    framed: reactive[bool] = reactive(True)
    heading = ""
    number = ""
    """The key that goes to it."""

    def count(self) -> Sequence[Run]:
        """What stands at the right of the title."""
        return ()

    def overflow(self) -> Sequence[Run]:
        """What stands at the right of the lower border: how much lies below."""
        extent = self.extent()
        below = extent.total - extent.top - extent.seen
        return (Run(f"{below} more ↓", Ink.MUTED),) if below > 0 else ()

    def body(self, y: int, cells: int) -> Line:
        """Line ``y`` inside the frame."""
        raise NotImplementedError

    def extent(self) -> Extent:
        """What is seen of the scrolled part."""
        raise NotImplementedError

    def move(self, lines: int) -> None:
        """The cursor (or the text) up or down."""
        raise NotImplementedError

    def page(self, pages: int) -> bool:
        """A screenful up or down; whether there was anything to move."""
        before = self.extent().top
        self.move(pages * max(1, self.extent().seen - 1))
        return self.extent().top != before

    def to_end(self, *, last: bool) -> None:
        """The beginning or the end."""
        self.move(self.extent().total if last else -self.extent().total)

    def scroll_lines(self, lines: int) -> None:
        """What is seen up or down, as the wheel turns."""
        self.move(lines)

    def on_mouse_scroll_down(self) -> None:
        """The wheel, three lines a notch."""
        self.scroll_lines(3)

    def on_mouse_scroll_up(self) -> None:
        """The same, back."""
        self.scroll_lines(-3)

    @property
    def room(self) -> tuple[int, int]:
        """Cells and lines inside the frame."""
        edge = _FRAME if self.framed else 0
        cells, rows = self.outer_size  # there is no padding, and asking for the inner size at each line is slow
        return max(0, cells - edge), max(0, rows - edge)

    @property
    def is_laid_out(self) -> bool:
        """Whether it has got its place, and its lines are made for that; at first it has one cell."""
        return self.room[0] > 1 or self.app.size.width < _FRAME + 2

    def refresh_body(self, y: int) -> None:
        """Draw one line of the inside anew."""
        self.refresh(Region(0, y + (1 if self.framed else 0), self.size.width, 1))

    def watch_has_focus(self, _focused: bool) -> None:  # noqa: FBT001 - Textual calls it
        """The border and the selection show where the focus is."""
        super().watch_has_focus(_focused)
        self.refresh()

    def line(self, y: int, cells: int) -> Line:
        """A border."""
        edge = Ink.ACCENT if self.has_focus else Ink.LINE
        return Line(self._upper(cells, edge) if y == 0 else self._lower(cells, edge))

    def render_line(self, y: int) -> Strip:
        """A line of the inside stands between two bits of frame, which keep their own ground when it is selected."""
        palette = self.palette
        if not self.framed:
            return self.drawn(y, self.outer_size.width, palette)
        if y in {0, self.outer_size.height - 1}:
            return super().render_line(y)
        edge = Ink.ACCENT if self.has_focus else Ink.LINE
        inner = self.drawn(y - 1, self.outer_size.width - 2, palette)
        return Strip.join([_edge(Run("│", edge), palette), inner, _edge(self._side(y - 1, edge), palette)])

    def drawn(self, y: int, cells: int, palette: Palette) -> Strip:
        """Line ``y`` inside the frame in its colours."""
        return draw(self.body(y, cells), cells, palette)

    def _side(self, y: int, edge: Ink) -> Run:
        extent = self.extent()
        if extent.total <= extent.seen or extent.seen < 2:
            return Run("│", edge)
        length = max(1, round(extent.seen * extent.seen / extent.total))
        start = round((extent.seen - length) * extent.top / (extent.total - extent.seen))
        on_thumb = start <= y - extent.first < start + length
        return Run("┃", Ink.ACCENT if self.has_focus else Ink.MUTED) if on_thumb else Run("│", edge)

    def _upper(self, cells: int, edge: Ink) -> list[Run]:
        ink = Ink.ACCENT_BOLD if self.has_focus else Ink.LABEL
        mark = Run("▸" if self.has_focus else " ", ink)  # also where there are no colours
        number = [Run(f"{self.number} ", Ink.MUTED)] if self.number else []
        return _border(cells, edge, "╭╮", [mark, *number, Run(f"{self.heading} ", ink)], self.count())

    def _lower(self, cells: int, edge: Ink) -> list[Run]:
        return _border(cells, edge, "╰╯", [], self.overflow())


@lru_cache(64)
def _edge(span: Run, palette: Palette) -> Strip:
    """One cell of a frame's side."""
    return draw(Line((span,)), 1, palette)


def _border(cells: int, edge: Ink, corners: str, left: Sequence[Run], right: Sequence[Run]) -> list[Run]:
    """A horizontal border with words in it; where room is short the right goes first."""
    room = cells - 4 - width(left)
    right = [Run(" ", edge), *right, Run(" ", edge)] if right and width(right) + 3 <= room else []
    left = clipped(left, cells - 4)
    rule = Run("─" * (cells - 4 - width(left) - width(right)), edge)
    return [Run(corners[0] + "─", edge), *left, rule, *right, Run("─" + corners[1], edge)]


class SearchedPane(Pane):
    """A pane in whose lines words can be found; those that are found stand out until nothing is looked for."""

    found_in = "here"
    """Where words are looked for, in words."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - so Textual calls it
        super().__init__(id=id)
        self.search = WordFinder()

    def searched(self) -> Lines:
        """All lines that words are found in."""
        raise NotImplementedError

    def reached(self) -> int:
        """The line from which on they are looked for."""
        raise NotImplementedError

    def go_to_line(self, line: int) -> None:
        """Have one of the lines in view."""
        raise NotImplementedError

    def find(self, words: str) -> str:
        """Go to the first place of these words from here on; where that is, in words. Without words: look no more."""
        self.search.begin(words, self.searched(), self.reached())
        return self.find_on(0)

    def find_on(self, step: int) -> str:
        """Go to another place of them, round and round; where that is, in words."""
        self.refresh()
        if (line := self.search.go(step)) is not None:
            self.go_to_line(line)
        return self.search.told(self.found_in)


class Item(NamedTuple):
    """A line of a list; one without a key cannot be chosen."""

    spans: Sequence[Run]
    key: Hashable | None = None
    name: str = ""
    """What it is found by, in full: it stands behind the first span, perhaps cut."""


class ListPane(SearchedPane):
    """A pane of a few hundred lines with a cursor: all its lines are made at once, those that changed are drawn."""

    pinned = 0
    """Lines at the top that do not scroll."""
    cursor_stays = True
    """Whether the cursor is seen while the focus is elsewhere."""
    orders: Sequence[str] = ("config",)
    """In which its lines can stand; the first is that of the config."""

    @dataclass
    class Chosen(Message):
        """The cursor came to rest on a line."""

        pane: ListPane
        key: Hashable

    def __init__(self, *, id: str) -> None:  # noqa: A002 - so Textual calls it
        super().__init__(id=id)
        self._items: list[Item] = []
        self._cursor: Hashable | None = None
        self._top = 0
        self.chosen_order = self.orders[0]
        self._ranks: dict[Hashable, int] = {}
        self._made_for = (0, 0)

    def sort_otherwise(self) -> str:
        """Take the next order, and keep it: nothing moves by itself until this is asked for again; its name."""
        return self.sort_by(self.orders[(self.orders.index(self.chosen_order) + 1) % len(self.orders)])

    def sort_by(self, order: str) -> str:
        """The same with an order by its name; one that there is not is the config's."""
        self.chosen_order = order if order in self.orders else self.orders[0]
        self._ranks = {key: rank for rank, key in enumerate(self.in_order(self.chosen_order))}
        self._items = []
        self.rebuild()
        self._reveal()
        self.refresh()
        return self.chosen_order

    def in_order(self, order: str) -> Sequence[Hashable]:
        """The keys of all lines in one of the orders, as of now; none for the config's."""
        del order
        return ()

    def rank(self, key: Hashable) -> int:
        """Where a line stands in the order that was chosen; what came since stands behind."""
        return self._ranks.get(key, len(self._ranks))

    def items(self, cells: int) -> list[Item]:
        """All lines, for so many cells; the first cell of each is the cursor's."""
        raise NotImplementedError

    @property
    def is_laid_out(self) -> bool:
        """The lines are made once the pane is told of its room."""
        return super().is_laid_out and self._made_for == self.room

    @property
    def cursor(self) -> Hashable | None:
        """The key of the chosen line."""
        return self._cursor

    def rebuild(self) -> None:
        """Make the lines anew and draw those that differ."""
        cells, seen = self._made_for = self.room
        before, top = self._items, self._top
        was_seen = self._cursor in _keys(before[top : top + seen])
        self._items = self.items(cells - 1) if cells > 1 else []
        keys = _keys(self._items)
        if keys and self._cursor not in keys:  # the line that took its place, as in any list
            known = _keys(before)
            place = known.index(self._cursor) if self._cursor in known else 0
            self._cursor = keys[min(place, len(keys) - 1)]
            self._items = self.items(cells - 1)
        self.search.look(self.searched())
        self._top = max(0, min(self._top, len(self._items) - seen))
        if was_seen:  # it may stand elsewhere in another order
            self._reveal()
        if self._top != top or len(before) != len(self._items):
            self.refresh()
            return
        self._draw_those_that_differ(before)

    def _draw_those_that_differ(self, before: Sequence[Item]) -> None:
        """Of as many lines as before."""
        seen = self.room[1]
        for place, (old, new) in enumerate(zip(before, self._items, strict=True)):
            y = place if place < self.pinned else place - self._top
            if old != new and (place < self.pinned or self.pinned <= y < seen):
                self.refresh_body(y)

    def on_resize(self) -> None:
        """The lines depend on the width."""
        self._items = []
        self.rebuild()
        self._reveal()

    def body(self, y: int, cells: int) -> Line:
        """A line with the cursor before it."""
        del cells
        place = self.line_at(y)
        if place >= len(self._items):
            return Line()
        item = self._items[place]
        spans = self.search.seen(item.spans, place)
        if item.key is None or item.key != self._cursor or not (self.cursor_stays or self.has_focus):
            return Line([Run(" "), *spans])
        return Line([Run("▌", Ink.ACCENT if self.has_focus else Ink.MUTED), *spans], Ground.SELECTED)

    def searched(self) -> Lines:
        """What each is found by."""
        return [[item.spans[0], Run(item.name)] if item.name else [] for item in self._items]

    def reached(self) -> int:
        """The line under the cursor, or the first that is seen."""
        return max(self._line_of_cursor(), self._top)

    def go_to_line(self, line: int) -> None:
        """The cursor goes there, or to what it belongs to."""
        if (key := next((item.key for item in self._items[line::-1] if item.key is not None), None)) is not None:
            self.choose(key)
        if not self._top <= line < self._top + self.room[1]:
            self._top = max(0, min(line - self.room[1] // 2, len(self._items) - self.room[1]))

    def _line_of_cursor(self) -> int:
        places = (place for place, item in enumerate(self._items) if item.key is not None and item.key == self._cursor)
        return next(places, 0)

    def extent(self) -> Extent:
        """The inside scrolls, below what is pinned."""
        return Extent(self.pinned, self.room[1] - self.pinned, self._top, len(self._items) - self.pinned)

    def line_at(self, y: int) -> int:
        """Which line of the list stands at line ``y`` of the inside."""
        return y if y < self.pinned else y + self._top

    # --- movement ------------------------------------------------------------------------------------------------

    def move(self, lines: int) -> None:
        """The cursor up or down among the lines that can be chosen; it stops at the ends."""
        keys = [item.key for item in self._items if item.key is not None]
        if keys:
            place = keys.index(self._cursor) + lines if self._cursor in keys else 0
            self.choose(keys[max(0, min(place, len(keys) - 1))])

    def choose(self, key: Hashable) -> None:
        """Put the cursor on a line and tell."""
        if key == self._cursor:
            return
        self._cursor = key
        self._reveal()
        self.rebuild()
        self.refresh()
        self.post_message(self.Chosen(self, key))

    def _reveal(self) -> None:
        """Scroll so that the cursor is seen, with the headings above it where they fit."""
        place = self._line_of_cursor()
        seen = max(1 + self.pinned, self.room[1])
        first = next((i for i, item in enumerate(self._items) if item.key is not None), 0)
        wanted = 0 if place == first and place < seen else self._top
        self._top = max(0, min(max(wanted, place - seen + 1), place - self.pinned))

    def on_click(self, event: events.Click) -> None:
        """Choose the line clicked on."""
        place = self.line_at(event.y - (1 if self.framed else 0))
        if 0 <= place < len(self._items) and (key := self._items[place].key) is not None:
            self.choose(key)

    def scroll_lines(self, lines: int) -> None:
        """Scroll without moving the cursor."""
        self._top = max(0, min(self._top + lines, len(self._items) - self.room[1]))
        self.refresh()


def _keys(items: Sequence[Item]) -> list[Hashable]:
    """Of the lines that can be chosen."""
    return [item.key for item in items if item.key is not None]
