"""Who is on duty? What is urgent and nobody has, and who has what: told to whoever takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from digest.tui.actions import Subject
from digest.tui.cells import Run, fit, isolated, shown, wrapped
from digest.tui.pages.base import LinesPage, nothing, section
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item
from digest.words import count, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.values.messages import InHand

_NAME = 16
"""Cells for who has it."""


class DutyPage(LinesPage):
    """The events of the last day that somebody has or ought to have."""

    key = "duty"
    crumb = "On duty"
    hints = ("open", "have", "undo", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo) -> None:
        super().__init__()
        self._now, self._zone = now, zone
        self._found: Sequence[InHand] | None = None

    def read(self, store: Store) -> Sequence[InHand]:
        """What nobody has, then who has what."""
        return store.duty.in_hand(self._now())

    def show(self, value: object) -> None:
        """Show them."""
        self._found = cast("Sequence[InHand]", value)
        self.rebuild()

    def items(self, cells: int) -> list[Item]:
        """Two sections."""
        if self._found is None:
            return []
        free = [each for each in self._found if each.taken is None]
        taken = [each for each in self._found if each.taken is not None]
        items = [
            *self._told("NOBODY HAS", free, cells, Ink.HIGH_BOLD),
            *self._told("IN HAND", taken, cells, Ink.LABEL),
        ]
        advice = [Run(self.desk.key_of("have"), Ink.BRIGHT), Run(" on an alert says that you have it")]
        return items or nothing("Nothing waits for anybody, and nobody has anything in hand.", advice, cells)

    def _told(self, label: str, events: Sequence[InHand], cells: int, ink: Ink) -> Iterator[Item]:
        """A section, where there is anything in it."""
        if not events:
            return
        yield section(label, count(len(events), "event"), cells, ink)
        for each in events:
            yield from self._lines(each, cells)
        yield Item(())

    def _lines(self, each: InHand, cells: int) -> Iterator[Item]:
        """Since when, who, what; and where it went, as nobody took it."""
        since = each.since if each.taken is None else each.taken.since
        who = "nobody" if each.taken is None else shown(each.taken.who)
        head = [
            Run(f"{short_time(since, self._now(), self._zone):>6} ", Ink.MUTED),
            Run(fit(who, _NAME) + " ", Ink.HIGH if each.taken is None else Ink.ACCENT),
            Run(f"{each.severity.glyph} ", INKS[each.severity]),
        ]
        indent = 7 + _NAME + 3
        first, *rest = wrapped([Run(isolated(shown(each.title)), Ink.BRIGHT)], max(8, cells - indent - 1))
        yield Item([*head, *first], each.entry)
        yield from (Item([Run(" " * indent), *line]) for line in rest)
        if each.went_to:
            went = f"it went on to {shown(', '.join(each.went_to))}"
            told = wrapped([Run(went, Ink.MUTED)], max(8, cells - indent - 1))
            yield from (Item([Run(" " * indent), *line]) for line in told)

    # --- acting --------------------------------------------------------------------------------------------------

    def at_hand(self) -> Mapping[Subject, object]:
        """The first report of the event under the cursor."""
        cursor = self.lines.cursor
        return {Subject.ENTRY: cursor} if isinstance(cursor, int) and self._found else {}

    async def open_line(self) -> None:
        """Read the report."""
        if (entry := self.at_hand().get(Subject.ENTRY)) is not None:
            await self.desk.read_entry(cast("int", entry), None)
