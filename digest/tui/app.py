"""The dashboard: panes over the store, kept up to date by the watcher, driven by keys and mouse."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import constants, on
from textual.app import App
from textual.containers import Container
from textual.driver import Driver

from digest.text import safe_link
from digest.tui.browser import open_page
from digest.tui.cells import Run, clipped, shown
from digest.tui.hangup import hung_up
from digest.tui.layout import BINDINGS, CSS, NARROW
from digest.tui.palette import DARK, LIGHT, Ink, WithoutColour
from digest.tui.questions import (
    AskDetail,
    AskOrder,
    AskRows,
    Changed,
    Detail,
    MarkRead,
    Order,
    Painted,
    PollNow,
    Refused,
    Replaced,
    Rows,
    Scope,
    Sign,
    Snapshot,
    Unreadable,
)
from digest.tui.watcher import Watcher
from digest.tui.welcome import Places, filtered_lines, welcome_lines
from digest.tui.widgets.bars import KeyBar, KeyHint, Tabs
from digest.tui.widgets.feeds import FeedsPane
from digest.tui.widgets.matches import MatchList
from digest.tui.widgets.pane import ListPane, Pane
from digest.tui.widgets.reader import Reader
from digest.tui.widgets.rules import RulesPane
from digest.tui.widgets.status import StatusBar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from digest.errors import Problem
    from digest.tui.hangup import Hangup
    from digest.tui.widgets.filterbar import FilterBar

_NOTICE_SECONDS = 8.0
_SETTLED = 3.0
"""Seconds after which the start is over."""


def _collect_garbage() -> None:
    """From now on look for garbage, but never again at what the start has made: it stays."""
    gc.freeze()
    gc.enable()


class DashboardApp(App[int]):
    """The screen of ``digest watch``.

    Args:
        url: the database to read.
        zone: the user's time zone.
        places: where the rules and the config are, for the first-run screen; and the state, for the engine's signs.
        notice: a line to show for the first seconds.
        doubts: warnings about the config, for as long as nothing is worse.
        read_only: whether it is a view, that writes nothing.
        now: the time in UTC; tests freeze it.
        steady: seconds that only grow; tests freeze them.
    """

    TITLE = "Digest"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = None
    CSS = CSS

    BINDINGS: ClassVar[list[BindingType]] = [*BINDINGS]

    def __init__(  # noqa: PLR0913 - each is a thing of its own, and named where it is given
        self,
        url: str,
        *,
        zone: tzinfo,
        places: Places,
        notice: str = "",
        delivery: int | None = None,
        doubts: Sequence[Problem] = (),
        read_only: bool = False,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        # Every colour here is one of the palette's: there is nothing to translate in each line.
        self._filters = [WithoutColour()] if self.no_color else []
        for palette in (DARK, LIGHT):
            self.register_theme(palette.theme())
        self.theme = DARK.name
        self._now, self._zone, self._places = now, zone, places
        self._notice = notice
        self._scope = Scope(delivery=delivery)
        self.snapshot: Snapshot | None = None
        self._trouble = ""
        self._tab = 1
        self._left_cells = 26
        self._left_width: int | str = 26
        self.watcher = Watcher(url, self.post_message, now, zone, self._scope, places.state, read_only=read_only)
        self.status = StatusBar(now, zone, steady, doubts)
        self.tabs = Tabs()
        self.rules = RulesPane(now, zone)
        self.feeds = FeedsPane(now)
        self.matches = MatchList(now, zone)
        self.reader = Reader(now, zone)
        self.keys = KeyBar()
        self.filter_bar: FilterBar | None = None  # made when it is first asked for: it doubles what is to be imported

    # --- life ----------------------------------------------------------------------------------------------------

    def run_in_terminal(self, hangup: Hangup) -> int:
        """Show it until the user quits, or what is watched by ``hangup`` ends; returns the exit code.

        What cannot be shown because the terminal has gone, be it an error, is no failure.
        """

        async def run() -> int:
            hangup.end = partial(asyncio.get_running_loop().call_soon_threadsafe, self._hang_up)
            return await self.run_async() or self.return_code or 0

        try:
            code = asyncio.run(run())
        except OSError:
            if not hung_up():
                raise
            return 0
        return 0 if hung_up() else code

    def _hang_up(self) -> None:
        """Quit, and leave the terminal as it was, even where a shell has taken it back."""
        if sys.platform != "win32":
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self.exit(0)

    def get_driver_class(self) -> type[Driver]:
        """The one that bears being stopped and left without a terminal; for a page in a browser Textual's own."""
        if sys.platform == "win32" or constants.DRIVER:
            return super().get_driver_class()
        from digest.tui.driver import TerminalDriver

        return TerminalDriver

    @on(Driver.SignalResume)
    def _take_terminal_again(self) -> None:
        """Paint everything: others have used the screen."""
        self.refresh(layout=True)

    def compose(self) -> ComposeResult:
        """Status, tabs, panes, keys."""
        yield self.status
        yield self.tabs
        with Container(id="main"):
            with Container(id="left"):
                yield self.rules
                yield self.feeds
            with Container(id="right"):
                yield self.matches
                yield self.reader
        yield self.keys

    def on_mount(self) -> None:
        """Begin to watch and to tick."""
        self.matches.welcome = self._empty_list
        self.matches.focus()
        self.watcher.start()
        self.set_interval(1.0, self._tick)
        if self._notice:
            self.say(self._notice)
        self.set_timer(_SETTLED, _collect_garbage)

    def on_unmount(self) -> None:
        """Let go of the store."""
        self.watcher.stop()

    def on_resize(self, event: events.Resize) -> None:
        """Wide: side by side. Narrow: tabs. Low or tiny: what matters least goes."""
        self._arrange(event.size.width, event.size.height)

    def _arrange(self, cells: int, rows: int) -> None:
        narrow = cells < NARROW
        classes = {"narrow": narrow, "low": rows < 16, "tiny": rows < 8}
        classes["peek"] = narrow and rows >= 18 and len(self.matches.order) > 0
        classes["opened"] = not narrow and self._tab == 4
        classes.update({f"tab-{number}": narrow and number == self._tab for number in (1, 2, 3, 4)})
        for name, wanted in classes.items():
            self.screen_stack[0].set_class(wanted, name)  # help may lie over it
        for pane in (self.rules, self.feeds, self.matches, self.reader):
            pane.framed = not narrow
        self._fit_left()
        self.reader.peeking = narrow and self._tab == 1
        self._show_bars()

    def _fit_left(self) -> None:
        """Make the left column as wide as the rules' names ask for, where the list can spare it."""
        width: int | str = "1fr"
        if not self._narrow:
            width = self._left_cells if self.size.width >= 116 else 26
        if width != self._left_width:
            self._left_width = width
            self.query_one("#left").styles.width = width

    @property
    def _narrow(self) -> bool:
        return self.size.width < NARROW

    def _tick(self) -> None:
        """A second passed: countdowns, ages."""
        self.status.tick()
        self.reader.tick()
        self.feeds.rebuild()

    # --- what the watcher tells ----------------------------------------------------------------------------------

    def on_changed(self, news: Changed) -> None:
        """How everything stands, and what changed in the list."""
        self.snapshot, self._trouble = news.snapshot, ""
        counts = news.snapshot.figures
        self.status.show(news.snapshot)
        self.rules.show(news.snapshot.book, counts.today, news.snapshot.wrong_of("rule", "silent"))
        self.feeds.show(news.snapshot.feeds, news.snapshot.wrong_of("feed", "quiet"))
        longest = max((len(rule.id) for rule in news.snapshot.book.rules), default=9)
        self.matches.set_figures(counts.today, counts.unread, news.snapshot.matched, max(9, longest))
        self._left_cells = 26 + max(0, min(longest - 10, 6))
        self._fit_left()
        if news.changed and news.scope == self._scope:
            was_empty = not len(self.matches.order)
            self.matches.arrive(news.changed, news.rows)
            if was_empty:
                self._arrange(self.size.width, self.size.height)
        if not len(self.matches.order):
            self.matches.refresh()
        self._show_bars()

    def on_order(self, order: Order) -> None:
        """The list of a scope; one that was left meanwhile is forgotten, and so is a glance once there is a list."""
        if order.scope == self._scope and (order.whole or not len(self.matches.order)):
            self.matches.replace(order.places)
            self._arrange(self.size.width, self.size.height)

    def on_rows(self, rows: Rows) -> None:
        """Lines of the list."""
        self.matches.put_rows(rows.asked, rows.rows)
        if self.snapshot is None:
            self.call_after_refresh(self.watcher.ask, Painted())

    def on_detail(self, answer: Detail) -> None:
        """The entry under the cursor, unless the cursor went on."""
        if answer.detail is None:
            self.matches.put_rows([answer.entry], [])
        elif answer.entry == self.matches.selected:
            self.reader.show(answer.detail, self.matches.position)

    def on_unreadable(self, waiting: Unreadable) -> None:
        """The store cannot be read."""
        self._trouble = waiting.words
        self.status.show(self.snapshot, waiting.words)
        self.matches.refresh()

    def on_sign(self, sign: Sign) -> None:
        """The engine lives, whatever the store says."""
        self.status.see(sign.presence)

    def on_refused(self, refused: Refused) -> None:
        """What a key asked for could not be written."""
        self.say(f"not done: {refused.words}")

    def on_replaced(self, _replaced: Replaced) -> None:
        """Another database is about to come: begin anew."""
        self.snapshot = None
        self.matches.forget()

    # --- what the panes tell -------------------------------------------------------------------------------------

    def on_match_list_selected(self, message: MatchList.Selected) -> None:
        """Another entry to read."""
        if message.entry is None:
            self.reader.show(None, (0, 0))
        else:
            self.watcher.ask(AskDetail(message.entry))

    def on_match_list_rows_wanted(self, message: MatchList.RowsWanted) -> None:
        """Lines came into view."""
        self.watcher.ask(AskRows(tuple(message.entries)))

    def on_list_pane_chosen(self, message: ListPane.Chosen) -> None:
        """A rule chosen is a filter."""
        if message.pane is self.rules:
            self._set_scope(replace(self._scope, rule=str(message.key)))

    def on_tabs_picked(self, message: Tabs.Picked) -> None:
        """A tab was clicked."""
        self.action_tab(message.number)

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """A filter was typed (or emptied)."""
        self._set_scope(replace(self._scope, filter=message.filter))

    def on_filter_bar_closed(self, _message: FilterBar.Closed) -> None:
        """The keys are back, and the focus is in the list, unless it was put elsewhere."""
        self.keys.display = True
        if not isinstance(self.focused, Pane):
            self.matches.focus()

    def _set_scope(self, scope: Scope) -> None:
        if scope != self._scope:
            self._scope = scope
            self.matches.follow_from_top()
            self.watcher.ask(AskOrder(scope))
            self._show_bars()

    # --- bars ----------------------------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Show a line at the lower right for some seconds."""
        self._notice = words
        self._show_bars()
        self.set_timer(_NOTICE_SECONDS, lambda: self._unsay(words))

    def _unsay(self, words: str) -> None:
        if self._notice == words:
            self._notice = ""
            self._show_bars()

    def _filter_words(self) -> str:
        words = [self._scope.rule] if self._scope.rule else []
        words += [self._scope.filter.query] if self._scope.filter else []
        words += [f"message {self._scope.delivery}"] if self._scope.delivery is not None else []
        return " / ".join(words)

    def _show_bars(self) -> None:
        """Keys and tabs as they are now."""
        filtered = self._filter_words()
        self.matches.set_filter(shown(filtered))
        what = [Run("filter ", Ink.MUTED), Run(shown(filtered) or "none", Ink.ACCENT if filtered else Ink.TEXT)]
        notice = [Run(shown(self._notice), Ink.ACCENT)] if self._notice else []
        narrow = self._narrow
        self.keys.show(self._hints(), notice or ([] if narrow else clipped(what, self.size.width // 2)))
        if narrow and self.snapshot is not None:
            snapshot = self.snapshot
            figures = (
                f"{snapshot.figures.unread:,}",
                str(sum(rule.enabled for rule in snapshot.book.rules)),
                str(len(snapshot.feeds)),
                "",
            )
            self.tabs.show(self._tab, figures, what)

    def _hints(self) -> list[KeyHint]:
        """The eight keys that matter most where the focus is."""
        if self._tab == 4:
            first = [KeyHint("↑↓", "scroll"), KeyHint("Space", "read, next"), KeyHint("o", "browser")]
            return [*first, KeyHint("m", "unread"), KeyHint("Esc", "back"), KeyHint("?", "help")]
        pane = KeyHint("1-4", "pane") if self._narrow else KeyHint("Tab", "pane")
        hints = [KeyHint("↑↓", "move"), KeyHint("Enter", "open"), KeyHint("n", "show new"), KeyHint("Space", "read")]
        return [*hints, KeyHint("/", "filter"), pane, KeyHint("o", "browser"), KeyHint("?", "help")]

    def _empty_list(self, cells: int) -> list[list[Run]]:
        if self._filter_words():
            return filtered_lines(shown(self._filter_words()), cells)
        return welcome_lines(self.snapshot, self._trouble, self._places, self._now(), cells)

    # --- keys ----------------------------------------------------------------------------------------------------

    @property
    def _pane(self) -> Pane:
        """The pane that keys go to."""
        return self.focused if isinstance(self.focused, Pane) else self.matches

    def action_move(self, lines: int) -> None:
        """Down or up in the focused pane."""
        self._pane.move(lines)

    def action_page(self, pages: int) -> None:
        """A page down or up in the focused pane."""
        self._pane.page(pages)

    def action_end(self, last: bool) -> None:  # noqa: FBT001 - Textual passes what the binding says
        """The end or the beginning of the focused pane."""
        self._pane.to_end(last=last)

    def action_open(self) -> None:
        """Open the entry; in the rules pane, go to the list of the rule."""
        if self.focused is self.rules:
            self.action_tab(1)
        elif self.focused is not self.feeds and self.matches.selected is not None:
            self._mark_selected(read=True)
            self.action_tab(4)

    def action_close(self) -> None:
        """Close the reader, or take the filter off."""
        if self._tab != 1 or self.focused is not self.matches:
            self.action_tab(1)
        elif self._filter_words():
            if self.filter_bar is not None:
                self.filter_bar.clear()
            self.rules.choose("")
            self._set_scope(Scope())

    def action_tab(self, number: int) -> None:
        """Show a pane: as a tab, or by moving the focus where panes stand side by side."""
        self._tab = number if self._narrow or number in {1, 4} else 1
        if number == 4:
            self.matches.hold()
        self._arrange(self.size.width, self.size.height)
        (self.matches, self.rules, self.feeds, self.reader)[number - 1].focus()

    def action_focus_pane(self, step: int) -> None:
        """The next pane, or the one before."""
        panes = [self.matches, self.reader, self.rules, self.feeds]
        if self._narrow:
            self.action_tab((self._tab - 1 + step) % 4 + 1)
            return
        if self._tab == 4:
            panes.remove(self.matches)
        pane = panes[(panes.index(self._pane) + step) % len(panes)] if self._pane in panes else panes[0]
        if pane is self.reader:
            self.matches.hold()
        pane.focus()

    def action_show_new(self) -> None:
        """Let in what waits."""
        self.matches.show_new()
        if self._tab == 4:
            self.action_tab(1)

    def action_toggle_read(self) -> None:
        """Read, or not yet."""
        self._mark_selected(read=None)

    def action_read_next(self) -> None:
        """Read, and on to the next."""
        self._mark_selected(read=True)
        self.matches.move(1)

    def _mark_selected(self, *, read: bool | None) -> None:
        """Mark the selected entry; ``None`` turns it around."""
        row = self.matches.selected_row
        if row is None:
            return
        self.matches.hold()
        wanted = row.unread if read is None else read
        if wanted == row.unread and not row.baseline:  # what a first poll brought is never unread
            self.matches.set_unread(row.id, unread=not wanted)
            self.watcher.ask(MarkRead(row.id, self._now() if wanted else None))

    def action_browse(self) -> None:
        """Open the page; where there is no browser, show the link."""
        detail = self.reader.detail
        if detail is None:
            return
        if self.is_web and (link := safe_link(detail.entry.url)):
            self.open_url(link)
            self.say("opened in a new tab; if not, let this address open pop-ups")
        elif open_page(detail.entry.url):
            self.say("opened in the browser")
        else:
            self.say(detail.entry.url or "the feed gives no link for it")

    async def action_filter(self) -> None:
        """Type a filter."""
        if self._narrow or self._tab == 4:
            self.action_tab(1)
        if self.filter_bar is None:
            from digest.tui.widgets.filterbar import FilterBar

            self.filter_bar = FilterBar()
            await self.screen.mount(self.filter_bar, before=self.keys)
        self.keys.display = False
        self.filter_bar.open()

    def action_poll(self) -> None:
        """Ask the engine to poll."""
        if not self.status.engine_lives:
            self.say("no engine runs that could poll: digest run starts one")
            return
        self.watcher.ask(PollNow())
        self.say("the engine was asked to poll every feed")

    def action_light(self) -> None:
        """The other theme."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_help(self) -> None:
        """All keys."""
        from digest.tui.help import HelpScreen

        self.push_screen(HelpScreen(self.BINDINGS))

    def action_suspend_process(self) -> None:
        """Leave the terminal to the shell, which alone can let this go on."""
        if sys.platform == "win32" or self.is_headless or os.getpgrp() == os.getsid(0):
            self.say("no shell is behind this that could bring it back")
            return
        from digest.tui.driver import TerminalDriver

        assert isinstance(self._driver, TerminalDriver)
        self._driver.stop_job()

    def action_leave(self) -> None:
        """Quit; the engine goes on."""
        self.exit(0)
