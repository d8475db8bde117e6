"""The third column of wide screens: the story of the entry that is read, why it fired, and who was told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.tui.cells import Line, Run, isolated, shown, sides, wrapped
from digest.tui.palette import Ink
from digest.tui.reading.facts import delivery_lines, fact_lines, why_lines
from digest.tui.widgets.pane import Extent, Pane
from digest.words import count, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, tzinfo

    from digest.store.dashboard import EntryDetail
    from digest.tui.reading.runs import Lines
    from digest.values.stories import Story

_TITLE_LINES = 2
"""Of each report."""


class Aside(Pane):
    """What is known of an entry besides its text, where a title has no use for the room."""

    heading = "FACTS"

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__(id="aside")
        self._now, self._zone = now, zone
        self._detail: EntryDetail | None = None
        self._lines: Lines = []
        self._top = 0

    def show(self, detail: EntryDetail | None) -> None:
        """Show what belongs to an entry, from its beginning if it is another one."""
        if detail is None or self._detail is None or detail.entry.id != self._detail.entry.id:
            self._top = 0
        self._detail = detail
        self.heading = "FACTS" if detail is None or detail.story is None else "STORY"
        self.lay_out()

    def lay_out(self) -> None:
        """Make the lines anew for the size there is."""
        cells, seen = self.room
        parts = self._parts(self._detail, cells - 2) if self._detail is not None and cells > 2 else []
        self._lines = [line for part in parts if part for line in (*part, [])][:-1]
        self._top = max(0, min(self._top, len(self._lines) - seen))
        self.refresh()

    def _parts(self, detail: EntryDetail, cells: int) -> list[Lines]:
        now, zone = self._now(), self._zone
        story = story_lines(detail.story, detail.entry.id, now, zone, cells) if detail.story is not None else []
        known = delivery_lines(detail, now, zone, cells), fact_lines(detail, now, zone, cells)
        return [story, why_lines(detail, cells), *known]

    def count(self) -> Sequence[Run]:
        """``10 outlets``."""
        story = self._detail.story if self._detail is not None else None
        return (Run(count(len(story.sources), "outlet"), Ink.MUTED),) if story is not None else ()

    def extent(self) -> Extent:
        """All of it scrolls."""
        return Extent(0, self.room[1], self._top, len(self._lines))

    def body(self, y: int, cells: int) -> Line:
        """A line of it."""
        del cells
        line = y + self._top
        return Line([Run(" "), *self._lines[line]] if line < len(self._lines) else ())

    def move(self, lines: int) -> None:
        """Scroll."""
        self._top = max(0, min(self._top + lines, len(self._lines) - self.room[1]))
        self.refresh()

    def on_resize(self) -> None:
        """Lines depend on the width."""
        self.lay_out()


def story_lines(story: Story, entry: int, now: datetime, zone: tzinfo, cells: int) -> Lines:
    """Who reports an event, oldest first, each with its title; the entry that is read is marked."""
    lines: Lines = []
    for report in story.sources:
        here = report.entry == entry
        time = Run(f" {short_time(report.came, now, zone)}", Ink.MUTED)
        first = [Run(" first", Ink.ACCENT)] if report == story.sources[0] and len(story.sources) > 1 else []
        name = Run(isolated(shown(report.source)), Ink.BRIGHT if here else Ink.TEXT)
        lines.append(
            sides([Run("● " if here else "· ", Ink.ACCENT if here else Ink.MUTED), name], [*first, time], cells)
        )
        if not here:
            title = wrapped([Run(shown(report.title), Ink.READ)], max(1, cells - 2))[:_TITLE_LINES]
            lines += [[Run("  "), *line] for line in title]
    return lines
