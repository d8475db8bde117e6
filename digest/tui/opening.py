"""The pages over the desk: opened, closed, and told what they asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from digest.tui.questions import Found, Look

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, tzinfo

    from digest.tui.pages.base import Page
    from digest.tui.watcher import Watcher
    from digest.tui.widgets.bars import KeyBar
    from digest.tui.widgets.matches import MatchList
    from digest.tui.widgets.status import StatusBar
    from digest.tui.widgets.tour import Tour


class Pages(App[int]):
    """The side of the dashboard that has pages; the uppermost is seen."""

    now: Callable[[], datetime]
    zone: tzinfo
    watcher: Watcher
    status: StatusBar
    matches: MatchList
    keys: KeyBar
    tour: Tour

    def __init__(self) -> None:
        super().__init__()
        self._pages: list[Page] = []  # the one that is seen at the end

    def show_bars(self) -> None:
        """Keys and tabs as they are now."""
        raise NotImplementedError

    def show_on_page(self, found: Found) -> None:
        """What a page looked for, unless it is closed by now."""
        for page in self._pages:
            if page is found.look.about:
                page.show(found.value)

    async def close_page(self) -> None:
        """Let go of the uppermost."""
        await self._drop_page()
        self._arrange_pages()

    @property
    def page(self) -> Page | None:
        """The page that lies over the desk."""
        return self._pages[-1] if self._pages else None

    async def open_page(self, page: Page) -> None:
        """Lay a page over what is seen; one of its kind that is open already goes."""
        if self.page is not None and self.page.key == page.key:
            await self._drop_page()
        self._pages.append(page)
        await self.screen_stack[0].mount(page, before=self.tour)
        self._arrange_pages()
        self.watcher.ask(Look(f"page {len(self._pages)}", page.read, page))

    async def _drop_page(self) -> None:
        self.watcher.ask(Look(f"page {len(self._pages)}"))
        await self._pages.pop().remove()

    def _arrange_pages(self) -> None:
        """Show the uppermost, and the desk where there is none."""
        self.screen_stack[0].set_class(bool(self._pages), "paged")
        for page in self._pages:
            page.display = page is self.page
        (self.page.pane if self.page is not None else self.matches).focus()
        self.status.crumbs = [page.crumb for page in self._pages]
        self.show_bars()

    async def action_troubles(self) -> None:
        """All that is wrong."""
        from digest.tui.pages.troubles import TroublesPage

        await self.open_page(TroublesPage(self.now, self.zone, self.status.doubts))
