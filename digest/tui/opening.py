"""The pages over the desk: opened, closed, and told what they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from textual.app import App

from digest.tui.actions import DESK, Subject
from digest.tui.questions import Found, Look
from digest.tui.widgets.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from digest.tui.pages.base import Page
    from digest.tui.watcher import Watcher
    from digest.tui.welcome import Places
    from digest.tui.widgets.bars import KeyBar
    from digest.tui.widgets.matches import MatchList
    from digest.tui.widgets.status import StatusBar
    from digest.tui.widgets.tour import Tour


_LATER: Final = ", later"
"""Behind the name of a page where the answer is to what takes long."""


def _name(number: int) -> str:
    """What the watcher knows a page by: the lowest is 1."""
    return f"page {number}"


class Pages(App[int]):
    """The side of the dashboard that has pages; the uppermost is seen."""

    now: Callable[[], datetime]
    zone: tzinfo
    watcher: Watcher
    status: StatusBar
    matches: MatchList
    keys: KeyBar
    places: Places
    tour: Tour

    def __init__(self) -> None:
        super().__init__()
        self._pages: list[Page] = []  # the one that is seen at the end
        self._came_by: Pane | None = None  # the pane that had the focus as the lowest was opened

    @property
    def is_view(self) -> bool:
        """Whether nothing may be written."""
        raise NotImplementedError

    def at_hand(self) -> dict[Subject, Any]:
        """What there is to act on, of each kind its id."""
        raise NotImplementedError

    @property
    def feed_here(self) -> int | None:
        """The feed under the cursor, else the one whose entries are listed."""
        raise NotImplementedError

    def unsay(self) -> None:
        """Take away what was said."""
        raise NotImplementedError

    def say(self, words: str, advice: str = "") -> None:
        """Show a line for some seconds; advice behind it."""
        raise NotImplementedError

    def show_bars(self) -> None:
        """Keys and tabs as they are now."""
        raise NotImplementedError

    def show_on_page(self, found: Found) -> None:
        """What a page looked for, unless it is closed by now."""
        for page in self._pages:
            if page is not found.look.about:
                continue
            if not found.look.pane.endswith(_LATER):
                page.fail(found.problem)
                show = page.show
            else:
                show = page.show_later
            if not found.problem:
                show(found.value)
            page.was_read = True

    async def close_page(self) -> None:
        """Let go of the uppermost."""
        await self._drop_page()
        self._arrange_pages()

    @property
    def page(self) -> Page | None:
        """The page that lies over the desk."""
        return self._pages[-1] if self._pages else None

    @property
    def place(self) -> str:
        """The name of the page that is seen; `DESK` where none is."""
        return self.page.key if self.page else DESK

    async def open_page(self, page: Page) -> None:
        """Lay a page over what is seen; one of its kind that is open already goes, unless it says why it stays."""
        if self.page is not None and self.page.key == page.key:
            if words := self.page.stays():
                self.say(words)
                return
            await self._drop_page()
        elif self.page is None:
            self._came_by = self.focused if isinstance(self.focused, Pane) else None
        self._pages.append(page)
        await self.screen_stack[0].mount(page, before=self.tour)
        self._arrange_pages()
        self.look_at(page)
        if page.later:
            self.watcher.ask(Look(_name(len(self._pages)) + _LATER, page.read_later, page))

    def look_at(self, page: Page) -> None:
        """Have a page that is open read anew."""
        if page in self._pages:
            self.watcher.ask(Look(_name(self._pages.index(page) + 1), page.read, page))

    async def _drop_page(self) -> None:
        for part in ("", _LATER):
            self.watcher.ask(Look(_name(len(self._pages)) + part))
        await self._pages.pop().remove()

    async def close_pages(self) -> bool:
        """Let go of all of them, for what is done next is done on the desk; false: one stays, and has said why."""
        if self.page is None:
            return True
        before, words = len(self._pages), ""
        while self._pages and not (words := self._pages[-1].stays()):
            await self._drop_page()
        if len(self._pages) < before:
            self._arrange_pages()
        if words:
            self.say(words)
        return self.page is None

    def _arrange_pages(self) -> None:
        """Show the uppermost, and the desk where there is none; what was said was said of what was seen before."""
        self.say("")
        self.screen_stack[0].set_class(bool(self._pages), "paged")
        for page in self._pages:
            page.display = page is self.page
        below = self._came_by if self._came_by is not None and self._came_by.display else self.matches
        (self.page.pane if self.page is not None else below).focus()
        self.status.crumbs = [page.crumb for page in self._pages]
        self.status.tick()
        self.show_bars()

    async def action_story(self) -> None:
        """The story of what is at hand."""
        await self.open_story(self.at_hand()[Subject.STORY])

    async def open_story(self, story: int) -> None:
        """The page of a story."""
        from digest.tui.pages.story import StoryPage

        await self.open_page(StoryPage(story, self.now, self.zone))

    async def action_outbox(self) -> None:
        """What is owed to the channels."""
        from digest.tui.pages.outbox import OutboxPage

        await self.open_page(OutboxPage(self.now, self.zone))

    async def action_statistics(self) -> None:
        """Figures of the last day, week, month."""
        from digest.tui.pages.statistics import StatisticsPage

        await self.open_page(StatisticsPage(self.now, self.zone))

    async def action_rules(self) -> None:
        """Every rule with its hits over time."""
        from digest.tui.pages.rules import RulesPage

        await self.open_page(RulesPage(self.now, self.zone))

    async def action_health(self) -> None:
        """Every feed with its health and rhythm."""
        from digest.tui.pages.feeds import FeedsPage

        await self.open_page(FeedsPage(self.now, self.zone, self.feed_here))

    async def action_digests(self) -> None:
        """Digests, and how the next one reads."""
        from digest.tui.pages.digests import DigestsPage

        await self.open_page(DigestsPage(self.now, self.zone, self.places.config))

    async def action_log(self) -> None:
        """The engine's log."""
        from digest.tui.pages.log import LogPage

        await self.open_page(LogPage(self.now, self.zone, self.places.state))

    async def action_duty(self) -> None:
        """Who has what in hand."""
        from digest.tui.pages.duty import DutyPage

        await self.open_page(DutyPage(self.now, self.zone))

    async def action_troubles(self) -> None:
        """All that is wrong."""
        from digest.tui.pages.troubles import TroublesPage

        await self.open_page(TroublesPage(self.now, self.zone, lambda: self.status.doubts))
