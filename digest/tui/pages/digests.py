"""Which digests went out, and how will the next one read? Each with its message as Telegram shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from digest.tui.actions import Subject
from digest.tui.cells import Run, shown, sides
from digest.tui.pages.base import LinesPage, Paced, nothing, section
from digest.tui.pages.digest_lines import document_lines, message_lines
from digest.tui.pages.digest_reading import read_digests
from digest.tui.pages.story import StoryPage
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item
from digest.words import brief, clock, count, day_name, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime, tzinfo
    from pathlib import Path

    from digest.store import Store
    from digest.tui.pages.digest_reading import DigestBook, DigestKey


class DigestsPage(LinesPage):
    """The next digests, then those that were composed; the one that is open stands below its line."""

    key = "digests"
    crumb = "Digests"
    hints = ("open", "send_shown", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, config: Path) -> None:
        super().__init__()
        self._now, self._zone, self._config = now, zone, config
        self._chosen: DigestKey | None = None
        self._book: DigestBook | None = None
        self._paced = Paced(10)

    def read(self, store: Store) -> DigestBook:
        """The digests, and the one that is open."""
        chosen = self._chosen
        return cast("DigestBook", self._paced(chosen, lambda: read_digests(store, self._config, chosen, self._now())))

    def show(self, value: object) -> None:
        """Show them."""
        before, self._book = self._book, cast("DigestBook", value)
        self.rebuild()
        if (
            before is None
            or before.shown is None
            or self._book.shown is None
            or before.shown.key != self._book.shown.key
        ):
            self.lines.reveal()

    def aside_cells(self, cells: int) -> int:
        """A phone's width, and its edges."""
        return min(48, cells * 2 // 5)

    def items(self, cells: int) -> list[Item]:
        """The next ones, and those that were composed."""
        if (book := self._book) is None:
            return []
        if not book.planned and not book.composed:
            advice = [Run("[[digest]]", Ink.BRIGHT), Run(" in config.toml, with a name, at and channels, makes one")]
            return nothing("No digest is planned, and none was composed.", advice, cells)
        now, zone = self._now(), self._zone
        items = [section("NEXT", "", cells, Ink.ACCENT_BOLD)] if book.planned else []
        for planned in book.planned:
            left = [Run(shown(planned.name), Ink.BRIGHT), Run(f"   to {shown(', '.join(planned.channels))}", Ink.MUTED)]
            at = planned.at
            due = f"{clock(at, zone)} {day_name(at, now, zone)}, in {brief(at - now)}" if at else "never"
            items += self._digest((planned.name, ""), left, due, cells)
        if book.answer is not None:
            words = book.answer.words or ("sent" if book.answer.done else "the engine was asked")
            when = short_time(book.answer.done or book.answer.asked, now, zone)
            items.append(Item([Run(f"   sent by hand {when}: ", Ink.MUTED), Run(shown(words))]))
        items += [Item(()), section("COMPOSED", "newest first", cells)] if book.composed else []
        for each in book.composed:
            left = [Run(shown(each.name), Ink.TEXT), Run(f"   {each.local.replace('T', ' ')}", Ink.MUTED)]
            items += self._digest((each.name, each.local), left, count(each.alerts, "alert"), cells)
        return items

    def _digest(self, key: DigestKey, left: list[Run], right: str, cells: int) -> Iterator[Item]:
        """Its line; below it, if it is open, all of it."""
        assert self._book is not None
        opened = self._book.shown if self._book.shown and self._book.shown.key == key else None
        mark = Run(" ▾ " if opened else " ▸ ", Ink.ACCENT if opened else Ink.MUTED)
        yield Item(sides([mark, *left], [Run(right, Ink.MUTED), Run(" ")], cells), ("digest", *key))
        if opened is None:
            return
        if opened.document is None:
            yield Item([Run("   an older version of Digest composed it, and kept no copy", Ink.MUTED)])
        else:
            yield from document_lines(opened.document, cells)

    def beside(self, cells: int) -> list[Item]:
        """The message of the one that is open."""
        return message_lines(self._book.shown, cells) if self._book and self._book.shown else []

    # --- acting --------------------------------------------------------------------------------------------------

    def at_hand(self) -> Mapping[Subject, object]:
        """The story under the cursor."""
        match self.lines.cursor:
            case ("story", int(), int(story)):
                return {Subject.STORY: story}
            case _:
                return {}

    async def open_line(self) -> None:
        """Open the digest; of one that is open, the story."""
        match self.lines.cursor:
            case ("digest", str(name), str(local)):
                self._chosen = (name, local)
                self.look_again()
            case ("story", int(), int(story)):
                await self.desk.open_page(StoryPage(story, self._now, self._zone))
            case ("story", int(entry), None):
                await self.desk.read_entry(entry, None)

    def action_send_shown(self) -> None:
        """Have the engine send the one under the cursor, or whose story that is on, as it is now."""
        match self.lines.cursor:
            case ("digest", str(name), str()):
                pass
            case _ if self._book is not None and self._book.shown is not None:
                name = self._book.shown.key[0]
            case _:
                self.desk.say("no digest is planned: [[digest]] in config.toml makes one")
                return
        if self.desk.is_sure(f"this sends the digest {shown(name)} now"):
            self.desk.action_send_digest(name)
