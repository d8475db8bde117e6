"""The reader: one entry in full, the words that matched, why it fired and what was delivered."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from textual.reactive import reactive

from digest.tui.cells import Line, Run, clipped, shown, width
from digest.tui.palette import Ink
from digest.tui.reading.article import beside, link_lines, links, meta_line, text_lines, title_lines
from digest.tui.reading.facts import (
    delivery_lines,
    delivery_words,
    fact_lines,
    first_words,
    other_outlets,
    outlet_lines,
    why_lines,
)
from digest.tui.reading.finding import WordFinder
from digest.tui.widgets.pane import Extent, SearchedPane

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from digest.store.dashboard import EntryDetail
    from digest.tui.reading.runs import Lines

_TWO_COLUMNS = 78
"""Cells from which facts stand beside the text instead of below it."""
_WIDEST = 100
"""Cells of a line of text."""
_SIDE, _WIDEST_SIDE = 33, 60
"""Cells of the facts beside it."""
_OUTLETS = 5
"""So many other outlets are named where room is short."""


def _letters(line: Sequence[Run]) -> int:
    """Of bars, bullets and blanks there are others when a text is as wide otherwise."""
    return sum(character.isalnum() for run in line for character in run.text)


class Reader(SearchedPane):
    """The pane below the list; a peek of a few lines on narrow screens, the whole screen when opened there."""

    heading = "READER"
    number = "4"
    found_in = "in this text"
    peeking: reactive[bool] = reactive(False)
    alone: reactive[bool] = reactive(True)
    """Whether what is known of the entry besides its text has no other place."""

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__(id="reader")
        self._now, self._zone = now, zone
        self.detail: EntryDetail | None = None
        self._laid_out: datetime | None = None
        self._position = (0, 0)
        self._head: Lines = []
        self._text: Lines = []
        self._foot: Lines = []
        self._beside: Lines = []
        self._columns = False
        self._left = self._right = 0
        self._top = 0
        self._first = 0  # line of the text that is the entry's own
        self._above = 0  # letters of it above the top line: that one stays at the top whatever the width

    def show(self, detail: EntryDetail | None, position: tuple[int, int]) -> None:
        """Show an entry, from its beginning if it is another one; ``position`` is its line and of how many."""
        same = detail is not None and self.detail is not None and detail.entry.id == self.detail.entry.id
        if same and detail == self.detail and position == self._position:
            return
        self.detail, self._position = detail, position
        if not same:
            self._top, self._above, self.search = 0, 0, WordFinder()
        self.lay_out()

    def tick(self) -> None:
        """A second passed: by the minute, what it says of how long ago things were is another."""
        if self.detail is not None and self._minute() != self._laid_out:
            self.lay_out()

    def _minute(self) -> datetime:
        return self._now().replace(second=0, microsecond=0)

    def lay_out(self) -> None:
        """Make the lines anew for the size there is."""
        self._laid_out = self._minute()
        self._head, self._text, self._foot, self._beside = [], [], [], []
        self._first = 0
        cells, rows = self.room
        cells -= 2
        if self.detail is not None and cells > 0 and rows > 0:
            (self._lay_out_peek if self.peeking else self._lay_out)(self.detail, cells, rows)
        self._top = self._within(self._line_again())
        self.search.look(self._text)
        self.refresh()

    def _within(self, top: int) -> int:
        return max(0, min(top, len(self._text) - self.seen))

    def _go(self, top: int) -> None:
        """Have a line of the text at the top, as far as there is text."""
        self._top = self._within(top)
        self._above = self._letters_above(self._top)

    def _line_again(self) -> int:
        """The line at the top, in the lines there are now."""
        if self.peeking or self._letters_above(self._top) == self._above:
            return self._top
        counts = accumulate(map(_letters, self._text[self._first :]))
        return next((line for line, count in enumerate(counts, self._first) if count > self._above), len(self._text))

    def _letters_above(self, line: int) -> int:
        """How many letters of the entry's own text stand above a line."""
        return sum(map(_letters, self._text[self._first : line]))

    def searched(self) -> Lines:
        """The text."""
        return self._text

    def reached(self) -> int:
        """Its line at the top."""
        return self._top

    def go_to_line(self, line: int) -> None:
        """Scroll to it."""
        if not self._top <= line < self._top + self.seen:
            self._go(line - self.seen // 2)

    def _lay_out_peek(self, detail: EntryDetail, cells: int, rows: int) -> None:
        self._text = text_lines(detail, cells, loose=False)
        if first := first_words(detail, self._now(), self._zone):
            self._text = [*self._text[: max(1, rows - 2)], clipped(first, cells)]

    def _lay_out(self, detail: EntryDetail, cells: int, rows: int) -> None:
        loose = rows > 20
        self._columns = self.framed and self.alone and cells >= _TWO_COLUMNS and rows >= 10
        self._left = min(_WIDEST, cells - _SIDE - 3 if self._columns else cells)
        self._right = min(_WIDEST_SIDE, cells - self._left - 3) if self._columns else min(_WIDEST_SIDE, cells)
        self._head = [
            *title_lines(detail, cells)[: 3 if loose else 2],
            meta_line(detail, self._now(), self._zone, cells),
            [],
        ]
        text = text_lines(detail, self._left, loose=loose)
        if not self.alone:
            links_below = link_lines(detail, self._left)
            self._first = len(self._head)
            self._text, self._head = [*self._head, *text, *([[], *links_below] if links_below else [])], []
            return
        why = self._why(detail, rows - len(self._head) - 1 - min(6, len(text)))
        room = rows - len(self._head) if self._columns else 0
        self._beside, below = self._facts(detail, room)
        after = [part for part in (below, link_lines(detail, self._left)) if part]
        if self._columns:
            self._foot = [[], *why]
        else:
            self._first = len(self._head)
            text, self._head = [*self._head, *text], []
            after.insert(0, why)
        self._text = [*text, *(line for part in after for line in ([], *part))]

    def _why(self, detail: EntryDetail, most: int) -> Lines:
        """Why it fired; beside facts it stays in view below the text, so it takes few lines."""
        why = why_lines(detail, self._left)
        most = max(3, most)
        if self._columns and len(why) > most:
            why = why_lines(detail, self._left, short=True)
        if self._columns and len(why) > most:
            why = [*why[: most - 1], [Run(f"and {len(why) - most + 1} more", Ink.MUTED)]]
        return why

    def _facts(self, detail: EntryDetail, room: int) -> tuple[Lines, Lines]:
        """What is known of the entry: as much of it as there are lines for beside the text, and the rest."""

        def parts(most: int | None) -> list[Lines]:
            now, zone, cells = self._now(), self._zone, self._right
            made = outlet_lines(detail, now, zone, cells, most), delivery_lines(detail, now, zone, cells)
            return [part for part in (*made, fact_lines(detail, now, zone, cells)) if part]

        all_of_it = parts(None)
        few = sum(len(part) + 1 for part in all_of_it) - 1 > room > 0 and len(other_outlets(detail)) > _OUTLETS
        first: Lines = []
        rest: Lines = []
        for part in parts(_OUTLETS) if few else all_of_it:
            into = rest if rest or len(first) + len(part) + bool(first) > room else first
            into += [*([[]] if into else []), *part]
        return first, rest

    # --- drawing -------------------------------------------------------------------------------------------------

    @property
    def seen(self) -> int:
        """How many lines of the text there is room for."""
        room = max(1, self.room[1] - len(self._head) - len(self._foot) - int(self.peeking))
        return min(room, max(1, len(self._text))) if self._foot else room

    def count(self) -> Sequence[Run]:
        """``1 of 69``."""
        line, total = self._position
        return (Run(f"{line:,} of {total:,}", Ink.MUTED),) if total else ()

    def extent(self) -> Extent:
        """The text scrolls between the title and the reasons."""
        return Extent(len(self._head), self.seen, self._top, len(self._text))

    def body(self, y: int, cells: int) -> Line:
        """A line of the entry."""
        if self.peeking:
            return self._peek(y, cells)
        if self.detail is None:
            return Line([Run("  Nothing is selected.", Ink.MUTED)] if y == 0 else ())
        if y < len(self._head):
            return Line([Run(" "), *self._head[y]])
        place = y - len(self._head)
        if place < self.seen:
            line = place + self._top
            left = [*self.search.seen(self._text[line], line)] if line < len(self._text) else []
        else:
            left = self._foot[place - self.seen] if place - self.seen < len(self._foot) else []
        if not self._columns:
            return Line([Run(" "), *left])
        right = self._beside[place] if place < len(self._beside) else []
        return Line([Run(" "), *beside([left], [right], self._left, self._right)[0]])

    def _peek(self, y: int, cells: int) -> Line:
        """A hairline with the rule and the last delivery, then the text's beginning."""
        if y > 0:
            return Line([Run(" "), *self._text[y - 1]] if y <= len(self._text) else ())
        left, right = [Run("─", Ink.LINE)], []
        if self.detail is not None:
            left.append(Run(f" {shown(self.detail.found_by) or 'no rule'} ", Ink.LABEL))
            for delivery in self.detail.deliveries[-1:]:
                words = f" {shown(delivery.channel)} {delivery_words(delivery, self._now(), self._zone)} "
                right.append(Run(words, Ink.MUTED))
        right.append(Run("─", Ink.LINE))
        rule = max(0, cells - width(left) - width(right))
        return Line([*left, Run("─" * rule, Ink.LINE), *right])

    # --- movement ------------------------------------------------------------------------------------------------

    def move(self, lines: int) -> None:
        """Scroll the text."""
        if self._within(self._top + lines) != self._top:
            self._go(self._top + lines)
            self.refresh()

    def link(self, number: int) -> str:
        """The address that a number in the text leads to; empty where there is none."""
        found = links(self.detail) if self.detail is not None else ()
        return found[number - 1] if 0 < number <= len(found) else ""

    def on_resize(self) -> None:
        """Lines depend on the width."""
        self.lay_out()

    def watch_alone(self) -> None:
        """Facts go, or come."""
        self.lay_out()

    def watch_peeking(self) -> None:
        """A peek is laid out otherwise."""
        self.lay_out()
