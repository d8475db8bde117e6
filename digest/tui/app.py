"""The dashboard: panes over the store, kept up to date by the watcher, driven by keys and mouse."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.binding import Binding
from textual.containers import Container
from textual.driver import Driver
from textual.keys import key_to_character

from digest.tui.actions import ACTIONS, Action, Subject, remapped, shown_key, with_views
from digest.tui.cells import Run, clipped, cut, shown
from digest.tui.crash import farewell, report
from digest.tui.desk import Desk
from digest.tui.doing import NO_HANDS, EngineHands
from digest.tui.hangup import hung_up
from digest.tui.layout import CSS
from digest.tui.outside import in_a_page
from digest.tui.palette import DARK, PALETTES, THEMES, Ink, WithoutColour
from digest.tui.preferences import preferences, remember
from digest.tui.questions import (
    Act,
    AskRows,
    Changed,
    Configured,
    Found,
    Look,
    Order,
    Painted,
    Replaced,
    Rows,
    Scope,
    Sign,
    Snapshot,
    Unreadable,
)
from digest.tui.reasons import RESTS, Reasons
from digest.tui.signals import Signals
from digest.tui.watcher import Watcher
from digest.tui.welcome import Places, filtered_lines, welcome_lines
from digest.tui.widgets.aside import Aside
from digest.tui.widgets.bars import KeyBar, KeyHint, Tabs
from digest.tui.widgets.feeds import FeedsPane
from digest.tui.widgets.lines import Needs
from digest.tui.widgets.matches import MatchList
from digest.tui.widgets.pane import ListPane, Pane, SearchedPane, palette_of
from digest.tui.widgets.reader import Reader
from digest.tui.widgets.rules import FileMistake, RulesPane
from digest.tui.widgets.status import StatusBar
from digest.tui.widgets.tour import Tour
from digest.values.desks import UNNAMED, called, desk_of
from digest.values.listing import MATCHES, EntryIds, Listing
from digest.values.settings import Alarms
from digest.watch.health import with_silence
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from digest.errors import Problem
    from digest.match import Search
    from digest.match.language.query import Query
    from digest.store import Store
    from digest.store.dashboard import EntryDetail, RuleRow
    from digest.store.why import Finding
    from digest.tui.hangup import Hangup
    from digest.tui.pages.base import Page
    from digest.tui.widgets.filterbar import FilterBar
    from digest.values.settings import ViewSpec

_BEFORE_ALL = {"tab", "shift+tab"}
"""Keys that Textual would use itself."""
_OF_LINE = {Subject.ENTRY, Subject.STORY, Subject.RULE}
"""What is known of the entry under the cursor once its line has been read."""
_OF_TEXT = {"copy_link", "copy_title", "browse", "pipe", "new_rule"}
"""What needs the entry under the cursor in full, as the reader has it."""
_AT_ONCE = {"quit", "suspend", "close"}
"""Whatever is still being read."""
_NOTICE_SECONDS, _READ_SECONDS = 8.0, 1.5
"""A notice goes after so many seconds; and with the next key, once it was there for long enough to be read."""
_LONGEST_FILTER = 32
"""Cells of it in the list's frame."""
_STEPS = 30
"""By so many the share of the list is another at most, whatever was remembered."""
_SETTLED = 3.0
"""Seconds after which the start is over."""
_READER, _UNREAD, _ONWARD, _ALIASES, _REASONS = "reader", "unread", "onward", "aliases", "reasons"
_PAGES = {"feeds": "health"}
"""What opens the pages that lists and entries are opened from, by their names, where it is called otherwise."""
_LISTING = ("open", "read_on", "star", "filter", "command", "next_pane", "help")
_READING = ("read_on", "next_unread", "star", "browse", "close", "help")
_PANES = {
    "rules": ("open", "find", "edit", "mute", "command", "next_pane", "help"),
    "feeds": ("open", "find", "pause", "read_feed", "poll", "next_pane", "help"),
    "aside": ("story", "view_story", "follow", "next_pane", "help"),
    "reader": ("read_on", "next_unread", "star", "browse", "find", "next_pane", "help"),
}
"""What the footer offers in the list, in the reader while it is open, and in the other panes."""


def _collect_garbage() -> None:
    """From now on look for garbage, but never again at what the start has made: it stays."""
    gc.freeze()
    gc.enable()


class DashboardApp(Desk):
    """The screen of ``digest watch``.

    Args:
        url: the database to read.
        zone: the user's time zone.
        places: where the rules and the config are, for the first-run screen; and the state, for the engine's signs.
        notice: a line to show for the first seconds.
        doubts: warnings about the config, for as long as nothing is worse.
        views: the saved filters of the config.
        keys: the user's own, by the action's name.
        hands: what only the command line can do.
        alarms: what an urgent entry does.
        read_only: whether it is a view, that writes nothing.
        told: asked once a second for the lines to show above the keys, as long as there are any.
        now: the time in UTC; tests freeze it.
        steady: seconds that only grow; tests freeze them.
    """

    TITLE = "Digest"
    ENABLE_COMMAND_PALETTE = False
    CSS_PATH = None
    CSS = CSS

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"press({key!r})", show=False, priority=key in _BEFORE_ALL)
        for key in dict.fromkeys(key for action in ACTIONS for key in action.keys)
    ]

    def __init__(  # noqa: PLR0913 - each is a thing of its own, and named where it is given
        self,
        url: str,
        *,
        zone: tzinfo,
        places: Places,
        notice: str = "",
        delivery: int | None = None,
        doubts: Sequence[Problem] = (),
        views: Sequence[ViewSpec] = (),
        keys: Mapping[str, Sequence[str]] | None = None,
        hands: EngineHands = NO_HANDS,
        alarms: Alarms | None = None,
        read_only: bool = False,
        told: Callable[[], Sequence[str]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(Scope(Listing(delivery=delivery)))
        # Every colour here is one of the palette's: there is nothing to translate in each line.
        self._filters = [WithoutColour()] if self.no_color else []
        for palette in THEMES:
            self.register_theme(palette.theme())
        self.kept, self._doubted = preferences(places.state)
        if delivery is None:
            self._scope = Scope(self.kept.view)
        self._share, self._folded = max(-_STEPS, min(_STEPS, self.kept.share)), self.kept.folded
        self._returning = delivery is None  # to where the cursor was
        self._filtering_again = False  # as it was, the last of that
        self._came_from: tuple[Listing, Scope, Callable[[], object]] | None = None  # a view, and how to get back
        self._reads_from: tuple[int, Scope, int | None, Callable[[], Awaitable[None]]] | None = None
        """An entry that was opened on a page, what was listed before, at which entry, and what opens the page again."""
        self._unmarked: int | None = None  # that entry, until it is marked as read
        self._listed: Scope | None = None  # what the list holds; another scope is still being read
        self._seeks_unread = False
        self._place: int | None = None  # an entry to go to once it is filtered
        self._left: tuple[Search | None, int | None] = (None, None)  # filter and place as the filter line was opened
        self.theme = self.kept.theme if self.kept.theme in PALETTES else DARK.name
        self.now, self.zone, self.places = now, zone, places
        self.hands, self.url = hands, url
        self._read_only, self._told = read_only, told
        self._take_keys(keys or {}, views)
        self.reasons, self.rests = Reasons(places), RESTS
        self._resting: Timer | None = None
        self.signals = Signals(self._command_terminal, alarms or Alarms())
        self._notice, self._advice, self._said = notice, "", 0.0
        self.snapshot: Snapshot | None = None
        self._trouble = ""
        self._lost = 0  # changes that could not be stored before the end
        self.watcher = Watcher(
            url,
            self.post_message,
            now,
            zone,
            self._scope,
            places.state,
            places.config,
            read_only=read_only,
            desk=places.desk,
        )
        self.status = StatusBar(now, zone, steady, doubts)
        if hands is not NO_HANDS and not read_only:
            self.status.starts = ":start"
        self.tabs = Tabs()
        self.rules = RulesPane(now, zone)
        self.feeds = FeedsPane(now)
        self.rules.chosen_order = self.kept.rules or self.rules.chosen_order
        self.feeds.chosen_order = self.kept.feeds or self.feeds.chosen_order
        self.matches = MatchList(now, zone)
        self.reader = Reader(now, zone)
        self.aside = Aside(now, zone)
        self.keys = KeyBar()
        self.tour = Tour(self.actions)
        self.filter_bar: FilterBar | None = None  # made when it is first asked for: it doubles what is to be imported

    def _take_keys(self, keys: Mapping[str, Sequence[str]], views: Sequence[ViewSpec]) -> None:
        """Have the user's own keys and saved filters."""
        self.actions = with_views(remapped(keys), views)
        self.views = {view.name: view.query for view in views}
        for key in {key for action in self.actions for key in action.keys}:
            self.bind(key, f"press({key!r})", show=False)

    # --- life ----------------------------------------------------------------------------------------------------

    def run_in_terminal(self, hangup: Hangup) -> int:
        """Show it until the user quits, or what is watched by ``hangup`` ends; returns the exit code.

        What cannot be shown because the terminal has gone, be it an error, is no failure.
        """
        for palette in THEMES:
            self.register_theme(palette_of(self, palette.name).theme())  # what Textual draws is like the rest
        self.stylesheet.set_variables(self.get_css_variables())

        async def run() -> int:
            hangup.end = partial(self._end_soon, asyncio.get_running_loop())
            return await self.run_async() or self.return_code or 0

        try:
            code = asyncio.run(run())
            if self._lost:
                changes = count(self._lost, "change")
                sys.stderr.write(f"not done: the database was busy or gone until the end, {changes} not stored\n")
        except OSError:
            if not hung_up():
                raise
            return 0
        return 0 if hung_up() else code

    def _end_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have it quit, from another thread; the loop may wait for a program that was given the terminal."""
        if sys.platform != "win32":
            from digest.tui.driver import TerminalDriver

            if isinstance(self._driver, TerminalDriver):
                self._driver.end_guest()
        loop.call_soon_threadsafe(self._hang_up)

    def _hang_up(self) -> None:
        """Quit, and leave the terminal as it was, even where a shell has taken it back."""
        if sys.platform != "win32":
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        self.exit(0)

    def _fatal_error(self) -> None:
        """Leave the terminal in order, with a report instead of pages of the insides."""
        error = sys.exception() or self._exception
        assert error is not None
        self.panic(Text(farewell(error, report(self.places.state, error, self.now()))))

    def get_driver_class(self) -> type[Driver]:
        """The one that bears being stopped and left without a terminal; for a page in a browser Textual's own."""
        if sys.platform == "win32" or in_a_page():
            return super().get_driver_class()
        from digest.tui.driver import TerminalDriver

        return TerminalDriver

    @on(Driver.SignalResume)
    def _take_terminal_again(self) -> None:
        """Paint everything: others have used the screen."""
        self.signals.again()
        self.refresh(layout=True)

    def _command_terminal(self, command: str) -> None:
        """To the terminal, if there is one."""
        if self._driver is not None and not self.is_headless and not self.is_web:
            self._driver.write(command)

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
            yield self.aside
        yield self.tour
        yield self.keys

    def on_mount(self) -> None:
        """Begin to watch and to tick."""
        self.matches.welcome = self._empty_list
        self.matches.focus()
        self.watcher.start()
        self.set_interval(1.0, self._tick)
        if self.kept.entry and self._returning:
            self.matches.go_to(self.kept.entry)
        if self._notice or self._doubted:
            self.say(self._notice or self._doubted)
        elif not self.kept.toured and self.places.state is not None:
            self.say("new here? type :tour to be shown around in six keys")
        self.set_timer(_SETTLED, _collect_garbage)

    def on_unmount(self) -> None:
        """Let go of the store, and keep how everything stands for the next time."""
        if self.snapshot is not None and not self._returning:  # else it went away before there was anything to keep
            self._keep_place()
        if self.filter_bar is not None and self.filter_bar.was_open:
            self.filter_bar.remember()
        self._lost = self.watcher.stop()

    def _keep_place(self) -> None:
        listing = replace(self._scope.listing, delivery=None)
        self.keep(
            share=self._share,
            folded=self._folded,
            rules=self.rules.chosen_order,
            feeds=self.feeds.chosen_order,
            listing={name: value for name, value in asdict(listing).items() if value != getattr(MATCHES, name)},
            filter=self.typed_filter,
            entry=0 if self.matches.following else self.matches.selected or 0,
        )

    def on_resize(self, event: events.Resize) -> None:
        """Every pane to its place."""
        self.room = event.size
        self.arrange()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Who goes to the reader, by key or by click, reads: the open article never changes underfoot."""
        if event.widget in {self.reader, self.aside}:
            self.matches.hold()
        self.show_bars()

    def _tick(self) -> None:
        """A second passed: countdowns, ages."""
        self.status.tick()
        self.matches.tick()
        self.reader.tick()
        if self.page is not None:
            self.page.tick()
        self._show_feeds()
        if self._told is not None:
            self.tour.tell(self._told())

    def _show_feeds(self) -> None:
        """The feeds, and when each is polled next, as long as somebody polls them."""
        self.feeds.polled = self.status.engine_lives or self.snapshot is None
        if self.snapshot is not None:
            self.feeds.show(with_silence(self.snapshot.feeds, self.snapshot.wrong), self.snapshot.unread)

    # --- what the watcher tells ----------------------------------------------------------------------------------

    def on_changed(self, news: Changed) -> None:
        """How everything stands, and what changed in the list."""
        first = self.snapshot is None
        self.snapshot, self._trouble = news.snapshot, ""
        counts = news.snapshot.figures
        self.status.show(news.snapshot)
        self.signals.count(counts.unread)
        self.signals.urgent(news.urgent)
        self.rules.show(news.snapshot.book, counts.today, news.snapshot.wrong_of("rule", "silent"))
        self._show_feeds()
        if first:
            self.rules.choose(self._scope.listing.rule)
            self.rules.sort_by(self.rules.chosen_order)
            self.feeds.sort_by(self.feeds.chosen_order)
        self.matches.set_figures(counts.today, counts.unread, news.snapshot.listed)
        self.matches.fit(*_columns(news.snapshot, worded=self.no_color))
        if news.changed and news.scope == self._scope:
            was_empty = not len(self.matches.order)
            self.matches.arrive(news.changed, news.rows)
            if was_empty:
                self.arrange()
        self.matches.read_again(news.touched)
        if not len(self.matches.order):
            self.matches.refresh()
        self.show_bars()

    def on_order(self, order: Order) -> None:
        """The list of a scope; one that was left meanwhile is forgotten, and so is a glance once there is a list."""
        if order.scope == self._scope and (order.whole or not len(self.matches.order)):
            self.matches.replace(order.places)
            self.arrange()
            if self.focused in {self.reader, self.aside}:
                self.matches.hold()
        if order.whole:
            self._listed = order.scope
        if order.whole and self._returning and not self._filtering_again:
            self._return(order)

    def _return(self, order: Order) -> None:
        """Where the cursor was the last time; where that is no more, and where the view is empty now, as at first."""
        self._returning = bool(self.kept.filter)
        if order.scope.listing != MATCHES and not order.places:
            self.set_scope(Scope())
            self.matches.show_new()
            self.say("what the list held last time is no more: these are the matches")
        elif self.kept.entry and self.matches.selected != self.kept.entry:
            self.matches.show_new()
        if self.kept.filter:
            self._filtering_again = True
            self.run_worker(self._filter_again(), name="filter")

    async def _filter_again(self) -> None:
        """What passed the filter the last time, with the cursor where it was."""
        self._place = None if self.matches.following else self.matches.selected
        await self.filter_by(self.kept.filter)
        self._returning = False

    def on_rows(self, rows: Rows) -> None:
        """Lines of the list."""
        self.matches.put_rows(rows.asked, rows.rows)
        self._mark_what_was_opened()
        if self.snapshot is None:
            self.call_after_refresh(self.watcher.ask, Painted())

    def on_found(self, found: Found) -> None:
        """What a pane looked for."""
        if found.look.pane == _READER:
            self._read(found)
        elif found.look.pane == _ALIASES:
            self.watcher.ask(Look(_ALIASES))  # once is enough: to load all rules takes its time
            assert self.filter_bar is not None
            self.filter_bar.know(cast("Mapping[str, tuple[Query, ...]]", found.value))
        elif found.look.pane == _REASONS:
            self._explain(found)
        elif found.look.pane == _UNREAD:
            self.watcher.ask(Look(_UNREAD))
            self._seeks_unread = False
            step, unread = cast("tuple[int, EntryIds]", (found.look.about, found.value))
            before = self.matches.position
            if self.matches.go_unread(step, unread):
                self._say_if_round(step, before)
            else:
                self._no_unread(step)
        elif found.look.pane == _ONWARD:
            self.watcher.ask(Look(_ONWARD))
            self._seeks_unread = False
            self._go_onward(cast("tuple[int, int] | None", found.value))
        else:
            self.show_on_page(found)

    def _read(self, found: Found) -> None:
        """The entry under the cursor, unless the cursor went on."""
        if found.problem:
            self.on_unreadable(Unreadable(found.problem))
            return
        entry, detail = cast("tuple[int, EntryDetail | None]", (found.look.about, found.value))
        if detail is None:
            self.matches.put_rows([entry], [])
        elif entry == self.matches.selected:
            self._show_detail(detail)

    def _show_detail(self, detail: EntryDetail) -> None:
        """Show the entry under the cursor; where nobody is told of it, ask the rules why once the cursor rests."""
        shown_one = self.reasons.with_findings(detail)
        self.reader.show(shown_one, self.matches.position)
        self.aside.show(shown_one)
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        if self.reasons.wants(detail):
            look = Look(_REASONS, partial(self.reasons.read, detail), detail)
            self._resting = self.set_timer(self.rests, lambda: self.watcher.ask(look))

    def _explain(self, found: Found) -> None:
        """What the rules say of an entry; once is enough, for they are asked again when it is another."""
        self.watcher.ask(Look(_REASONS))
        detail = cast("EntryDetail", found.look.about)
        self.reasons.keep(detail, () if found.problem else cast("Sequence[Finding]", found.value))
        if detail.entry.id == self.matches.selected:
            self._show_detail(detail)

    def on_unreadable(self, waiting: Unreadable) -> None:
        """The store cannot be read."""
        self._trouble = waiting.words
        self.status.show(self.snapshot, waiting.words)
        self.matches.refresh()

    def on_configured(self, news: Configured) -> None:
        """The config as it is now: what the dashboard has of it is taken anew, what it cannot take is told."""
        self.status.doubts = news.problems
        if (config := news.config) is not None:
            self._take_keys(config.keys, config.views)
            self.tour.actions = self.actions
            self.signals.alarms = config.dashboard
            begun = {
                "timezone": str(self.zone),
                "rules": self.places.rules,
                "state": self.places.state,
                "desk": self.places.desks,
            }
            desks = {desk.name: desk.rules for desk in config.desks}
            now = {"timezone": config.timezone, "rules": config.rules, "state": config.state, "desk": desks}
            if changed := [name for name, was in begun.items() if was is not None and was != now[name]]:
                self.say(f"{', '.join(changed)} changed in {config.path.name}: q, then digest watch shows it so")
        self.status.tick()
        self.show_bars()

    def on_sign(self, sign: Sign) -> None:
        """The engine lives, whatever the store says."""
        self.status.see(sign.presence)

    def on_replaced(self, _replaced: Replaced) -> None:
        """Another database is about to come: begin anew; nothing of what was done is in it."""
        self._done.clear()
        self._taken_back.clear()
        self._places_left.clear()
        self.snapshot = None
        self.matches.forget()

    # --- what the panes tell -------------------------------------------------------------------------------------

    def on_match_list_selected(self, message: MatchList.Selected) -> None:
        """Another entry to read."""
        if message.entry is None:
            self.watcher.ask(Look(_READER))
            self.reader.show(None, (0, 0))
            self.aside.show(None)
        else:
            self.watcher.ask(Look(_READER, partial(_detail, message.entry), message.entry))

    def on_match_list_opened(self) -> None:
        """As its key does, whichever that is."""
        self.call_later(self.perform, next(each for each in self.actions if each.name == "open"))

    def on_match_list_rows_wanted(self, message: MatchList.RowsWanted) -> None:
        """Lines came into view."""
        self.watcher.ask(AskRows(tuple(message.entries)))

    def on_list_pane_chosen(self, message: ListPane.Chosen) -> None:
        """A rule chosen is a filter."""
        if isinstance(message.key, FileMistake):
            return  # it has no entries
        if message.pane is self.rules and (rule := str(message.key)):
            self.show_listing(rule=rule, matched=True, feed=None, story=None)
        elif message.pane is self.rules:
            self.show_listing(rule="")

    async def on_tabs_picked(self, message: Tabs.Picked) -> None:
        """A tab was clicked."""
        if await self.close_pages():
            self.action_tab(message.number)

    def on_key_bar_pressed(self, message: KeyBar.Pressed) -> None:
        """A key of the footer was clicked."""
        self.action_press(message.key)

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """A filter was typed (or emptied)."""
        self.set_scope(replace(self._scope, filter=message.filter))
        before, place = self._left
        if message.filter == before:  # Esc leaves the list as it was
            self._place = place
        if self._place is not None:
            self.matches.go_to(self._place)
            self._place = None

    def on_filter_bar_aliases_wanted(self, _message: FilterBar.AliasesWanted) -> None:
        """An alias was typed."""
        self.watcher.ask(Look(_ALIASES, partial(_live_aliases, self.places.desk or UNNAMED)))

    def on_filter_bar_closed(self, _message: FilterBar.Closed) -> None:
        """The keys are back, and the focus is in the list, unless it was put elsewhere."""
        self._left = (None, None)
        self.arrange()
        if not isinstance(self.focused, Pane):
            self.matches.focus()

    # --- bars ----------------------------------------------------------------------------------------------------

    def say(self, words: str, advice: str = "") -> None:
        """Show a line at the lower right for some seconds; where there is no room for it, advice is what stays."""
        self._notice, self._advice, self._said = words, advice, time.monotonic()
        self.show_bars()
        self.set_timer(_NOTICE_SECONDS, lambda: self._unsay(words))

    def _unsay(self, words: str) -> None:
        if self._notice == words:
            self._asked = ""  # nobody can know any more what the same once more would do
            self.unsay()

    def unsay(self) -> None:
        """Take that line away."""
        if self._notice:
            self._notice = ""
            self.show_bars()

    def action_press(self, key: str) -> None:
        """Do what a key stands for here; what was said before it was pressed is old then, if it could be read."""
        if time.monotonic() - self._said > _READ_SECONDS:
            self.unsay()
        super().action_press(key)

    def show_bars(self) -> None:
        """Keys and tabs as they are now."""
        if not self.screen_stack:  # it is over
            return
        filtered = self.filter_words()
        desk = f"{called(self.places.desk).upper()}: " if self.places.desk is not None else ""
        typed = f" / {cut(self.typed_filter, _LONGEST_FILTER)}" if self.typed_filter else ""
        self.matches.set_view(shown(f"{desk}{self.view()}{typed}"), shown(filtered))
        what = [Run("filter ", Ink.MUTED), Run(shown(filtered) or "none", Ink.ACCENT if filtered else Ink.TEXT)]
        advice = f"   {self._advice}" if self._advice else ""
        told = clipped([Run(shown(self._notice), Ink.ACCENT)], self.size.width - 3 - cell_len(advice))
        notice = [*told, Run(advice, Ink.ACCENT)] if self._notice else []
        narrow = self.plan.tabs > 0
        self.keys.show(self._hints(), notice or ([] if narrow or self.page else clipped(what, self.size.width // 2)))
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
        """The eight keys that matter most where the focus is; where letters are typed into a text, others."""
        actions = {action.name: action for action in self.actions}
        keys = ((name, [key for key in actions[name].keys if not self._types_in(key)]) for name in self.offered)
        scrolls = self.page is None and self.pane in {self.reader, self.aside}
        return [KeyHint("↑↓", "scroll" if scrolls else "move")] + [
            KeyHint(shown_key(key), actions[name].short, key) for name, mine in keys for key in mine[:1]
        ]

    def _types_in(self, key: str) -> bool:
        return self.page is not None and self.page.is_typed_in and (key_to_character(key) or "\0").isprintable()

    @property
    def offered(self) -> Sequence[str]:
        """The actions that the footer offers here."""
        if self.page is not None:
            return self.page.hints
        if self._tab == 4 and self.pane is self.reader and not self._zoomed:
            return _READING
        names = _PANES.get(self.pane.id or "", _LISTING)
        return ("zoom", *(name for name in names if name != "next_pane")) if self._zoomed else names

    def _empty_list(self, cells: int) -> list[list[Run]]:
        if self.filter_words():
            listing, feeds = self._scope.listing, self.snapshot.feeds if self.snapshot else ()
            feed = next((each for each in feeds if each.id == listing.feed), None)
            return filtered_lines(listing, self.typed_filter, shown(self.filter_words()), feed, cells)
        return welcome_lines(self.snapshot, self._trouble, self.places, self.now(), cells)

    # --- keys ----------------------------------------------------------------------------------------------------

    @property
    def live_rules(self) -> Sequence[RuleRow]:
        """The live rules."""
        return self.snapshot.book.rules if self.snapshot else ()

    @property
    def is_view(self) -> bool:
        """Whether nothing may be written."""
        return self._read_only

    def at_hand(self) -> dict[Subject, Any]:
        """What there is to act on, of each kind its id: on a page what that says, else what the focused pane is on."""
        if self.page is not None:
            return {**self.page.searched(), **self.page.at_hand()}
        row = self.matches.selected_row
        found: dict[Subject, Any] = {}
        if self.focused is self.feeds:
            found[Subject.FEED] = self.feeds.cursor
        if row is not None:
            found |= {Subject.ENTRY: row.id, Subject.STORY: row.story, Subject.RULE: next(iter(row.rules), None)}
        if self.focused is self.rules:
            chosen = self.rules.cursor
            broken = chosen.path if isinstance(chosen, FileMistake) else None
            found |= {Subject.RULE: None if broken or chosen == "" else chosen, Subject.FILE: broken}
        if self.focused is self.reader and row is not None:
            found |= {Subject.LINK: self.reader.link(1) or None}
        if isinstance(self.focused, SearchedPane):
            found |= {Subject.TEXT: self.focused.id, Subject.FOUND: self.focused.search.words or None}
        return {subject: what for subject, what in found.items() if what is not None}

    @property
    def feed_here(self) -> int | None:
        """The feed under the cursor, else the one whose entries are listed."""
        feed = self.at_hand().get(Subject.FEED, self._scope.listing.feed)
        return feed if isinstance(feed, int) else None

    def is_there(self, action: Action) -> bool:
        """Whether page or list is what was asked for, the cursor where it was sent, and its line has been read."""
        if self._trouble or action.name in _AT_ONCE:
            return True
        if self.page is not None:
            return self.page.was_read and self.pane.is_laid_out and self.page in self.pane.ancestors
        if self._listed != self._scope or self._seeks_unread:
            return False
        if action.name in _OF_TEXT and self.matches.selected is not None:
            return self.reader.detail is not None and self.reader.detail.entry.id == self.matches.selected
        return action.subject not in _OF_LINE or self.matches.selected is None or self.matches.selected_row is not None

    def action_move(self, lines: int) -> None:
        """Down or up in the focused pane."""
        self.pane.move(lines)

    def action_page(self, pages: int) -> None:
        """A page down or up in the focused pane."""
        self.pane.page(pages)

    def action_end(self, last: bool) -> None:  # noqa: FBT001 - the table gives it
        """The end or the beginning of the focused pane; at the beginning of the list the news is followed again."""
        if last or self.pane is not self.matches:
            self.pane.to_end(last=last)
        else:
            self.matches.show_new()

    async def action_open(self) -> None:
        """Open the entry; in the rules pane, go to the list of the rule."""
        if self.page is not None:
            await self.page.open_line()
        elif Subject.FILE in self.at_hand():
            await self.action_edit_broken()
        elif self.focused is self.rules:
            self.action_tab(1)
        elif self.focused is not self.feeds and self.matches.selected is not None:
            self._mark_selected(read=True)
            self.action_tab(4)
        elif (feed := self.at_hand().get(Subject.FEED)) is not None:
            before, there = self._scope, self.feeds
            self.rules.choose("")
            self.show_listing(matched=False, feed=feed, rule="", story=None)
            self._way_back_from(before, there.focus)
            self.action_tab(1)

    def _way_back_from(self, before: Scope, there: Callable[[], object]) -> None:
        """Note how to get back from the view that was just chosen."""
        if before.listing != self._scope.listing:
            self._came_from = (self._scope.listing, before, there)

    async def list_entries(self, listing: Listing) -> None:
        """Go from a page to a list of entries."""
        page, before = self.page, self._scope
        if await self.close_pages():
            self.set_scope(Scope(listing))
            if page is not None:
                self._way_back_from(before, self._opening(page))
            self.action_tab(1)

    async def read_entry(self, entry: int, story: int | None) -> None:
        """Go from a page to an entry, in the list as it is; where it is not in that, in the list of its story."""
        page, before = self.page, self._scope
        place = None if self.matches.following else self.matches.selected
        if not await self.close_pages():
            return
        if self.matches.order.line_of(entry) is None:
            self.set_scope(Scope(Listing(matched=False, story=story)))
        self.matches.go_to(entry)
        self.action_tab(4)
        self._unmarked = entry
        self._mark_what_was_opened()
        if page is not None:
            opening = self._opening(page) if story is None else partial(self.open_story, story)
            self._reads_from = entry, before, place, opening

    def _opening(self, page: Page) -> Callable[[], Awaitable[None]]:
        """What opens a page of this kind."""
        opening: Callable[[], Awaitable[None]] = getattr(self, f"action_{_PAGES.get(page.key, page.key)}")
        return opening

    def _mark_what_was_opened(self) -> None:
        """What was opened from a page is read, once its line is here."""
        row = self.matches.selected_row
        if row is not None and row.id == self._unmarked:
            self._unmarked = None
            self._mark_selected(read=True)

    async def _back_to_page(self) -> None:
        """From an entry that was opened on a page back to that, with the list below as it was."""
        assert self._reads_from is not None
        (entry, before, place, opening), self._reads_from = self._reads_from, None
        self.action_tab(1)
        await opening()
        if self.page is not None:
            self.page.go_to(entry)
        if before != self._scope:
            self.set_scope(before, keep=True)
        if place is None:
            self.matches.show_new()
        else:
            self.matches.go_to(place)

    async def action_close(self) -> None:
        """Close the page or the reader, or take the filter off."""
        if self.page is None:
            await self._close_here()
        elif self.page.forgets():
            self.unsay()
        elif words := self.page.stays():
            self.say(words)
        else:
            await self.close_page()

    async def _close_here(self) -> None:
        """On the desk, where no page lies over it."""
        if isinstance(self.focused, SearchedPane) and self.focused.search.words:
            self.focused.find("")
        elif self._tab == 4 and self._reads_from is not None and self._reads_from[0] == self.matches.selected:
            await self._back_to_page()
        elif self._tab != 1 or self.focused is not self.matches:
            self.action_tab(1)
        elif self._zoomed:
            self.action_zoom()
        elif self._scope.filter is not None:
            if self.filter_bar is not None:
                self.filter_bar.clear()
            self.set_scope(replace(self._scope, filter=None), keep=True)
        elif self.filter_words():
            await self._leave_view()

    async def _leave_view(self) -> None:
        """Back to where the view was chosen, or to what the rules found."""
        listing, before, there = self._came_from or (None, Scope(), self.matches.focus)
        self._came_from = None
        if listing != self._scope.listing:
            before, there = Scope(), self.matches.focus
        else:
            done = there()  # a page of feeds begins on the one whose entries are listed still
            if isawaitable(done):
                await done
        self.rules.choose(before.listing.rule)
        self.set_scope(before, keep=True)

    def action_find(self, words: str) -> None:
        """Find words in the focused pane; n and N go on, Esc ends that."""
        self.say(cast("SearchedPane", self.pane).find(words))

    def action_find_on(self, step: int) -> None:
        """Another place of them."""
        self.say(cast("SearchedPane", self.pane).find_on(step))

    def action_read_on(self) -> None:
        """Scroll the article; at its end mark it as read and go on to the next unread."""
        if self.pane is self.reader and self.reader.page(1):
            return
        self._mark_selected(read=True)
        self.action_next_unread()

    def action_next_unread(self) -> None:
        """The next unread entry below, and at the end from the top."""
        self._go_unread(1)

    def action_previous_unread(self) -> None:
        """The unread entry above."""
        self._go_unread(-1)

    def action_step(self, lines: int) -> None:
        """The next entry of the list or the one before it, also while the reader has the keys."""
        self._mark_open()
        place = self.matches.position[0]
        self.matches.move(lines)
        if self.matches.position[0] == place:
            self.say("this is the last entry here" if lines > 0 else "this is the first entry here")
        self._mark_open()

    def _go_unread(self, step: int) -> None:
        self._mark_open()
        before = self.matches.position
        found = self.matches.go_unread(step)
        if found:
            self._say_if_round(step, before)
        elif found is None:  # far from what is in memory
            self._seeks_unread = True
            self.watcher.ask(Look(_UNREAD, partial(_unread, self._scope.listing, self.places.desk), step))
        else:
            self._no_unread(step)
        self._mark_open()

    def _say_if_round(self, step: int, before: tuple[int, int]) -> None:
        """That the next one was not below but at the top."""
        if step > 0 and self.matches.position < before:
            self.say("from the top again: below nothing is unread")

    def _mark_open(self) -> None:
        """Who has the reader open reads what is in it; a line that is not here yet is marked when it is left."""
        if self._tab == 4:
            self._mark_selected(read=True)

    def _no_unread(self, step: int) -> None:
        """Nothing more here: of a feed on to the next feed that has some, else say so."""
        listing = self._scope.listing
        if step > 0 and listing.feed is not None and not self._scope.filter:
            self._seeks_unread = True
            self.watcher.ask(
                Look(_ONWARD, partial(_unread_of, listing, self.places.desk, self.feeds.after(listing.feed)))
            )
        else:
            self._say_no_unread(step)

    def _go_onward(self, found: tuple[int, int] | None) -> None:
        """To a feed and an unread entry of it, if there is one."""
        if found is None:
            self._say_no_unread(1)
            return
        feed, entry = found
        self.show_listing(feed=feed)
        self.matches.go_to(entry)
        self.say(f"on to {self.view()}")

    def _say_no_unread(self, step: int) -> None:
        waiting = self.matches.order.waiting
        new = f", {count(waiting, 'new one')} came: {self.matches.to_new}" if waiting else ""
        self.say(f"no other entry here is unread{new}" if step > 0 else "no entry above is unread")

    async def action_filter(self) -> None:
        """Type a filter."""
        bar = await self._filter_line()
        self._left = self._scope.filter, None if self.matches.following else self.matches.selected
        self.keys.display = False
        bar.open(self._scope.filter)

    @property
    def typed_filter(self) -> str:
        """What the list is filtered by, as it was typed."""
        return self._scope.filter.query if self._scope.filter else ""

    @property
    def known_aliases(self) -> Mapping[str, tuple[Query, ...]] | None:
        """The aliases that the filter may name, where it was asked which there are."""
        return self.filter_bar.aliases if self.filter_bar is not None else None

    async def filter_by(self, query: str) -> None:
        """Filter the list by a saved filter, of all entries."""
        (await self._filter_line()).put(query)

    async def _filter_line(self) -> FilterBar:
        """The line where filters are typed, with the list in sight."""
        if self.apart or self._tab == 4:
            self.action_tab(1)
        if self.filter_bar is None:
            from digest.tui.completion import names_in
            from digest.tui.history import add_to_history, read_history
            from digest.tui.widgets.filterbar import FilterBar

            def keep(query: str) -> None:
                if not self._read_only:  # nobody has asked for anything that were to be refused
                    self.watcher.ask(Act(lambda _: add_to_history(self.places.state, query)))

            before = read_history(self.places.state)
            self.filter_bar = FilterBar(self.zone, before, keep, lambda: names_in(self.snapshot))
            await self.screen.mount(self.filter_bar, before=self.keys)
        return self.filter_bar

    async def perform(self, action: Action, words: str = "") -> None:
        """Do something of the table; on a tour it may be the next step."""
        await super().perform(action, words)
        if self.tour.heard(action.name):
            self.keep(toured=True)
            self.say("that was the tour: digest help dashboard has the rest")

    def action_tour(self) -> None:
        """Begin the tour, or leave it."""
        if self.tour.begun:
            self.tour.leave()
        else:
            self.tour.begin()
        self.keep(toured=True)

    def action_light(self) -> None:
        """The next theme."""
        names = [palette.name for palette in THEMES]
        self.theme = names[(names.index(self.theme) + 1) % len(names)]
        self.say(f"theme: {self.theme.removeprefix('digest-')}")
        self.keep(theme=self.theme)

    def keep(self, **changes: object) -> None:
        """Keep something for the next time."""
        self.kept = replace(self.kept, **changes)  # type: ignore[arg-type]  # fields by name
        if not self._read_only:
            remember(self.places.state, self.kept)

    def action_suspend_process(self) -> None:
        """Leave the terminal to the shell, which alone can let this go on."""
        if sys.platform == "win32" or self.is_headless or os.getpgrp() == os.getsid(0):
            self.say("no shell is behind this that could bring it back")
            return
        from digest.tui.driver import TerminalDriver

        assert isinstance(self._driver, TerminalDriver)
        self._driver.stop_job()

    def action_leave(self) -> None:
        """Quit, unless a page has something to lose and says so first; the engine goes on."""
        if any(words := [page.stays() for page in self._pages]):
            self.say(max(words))
        else:
            self.exit(0)

    async def action_quit(self) -> None:
        """The same by the key that Textual has for it, wherever somebody types."""
        if (screen := self.asking) is None or not screen.stays():
            self.action_leave()


def _columns(snapshot: Snapshot, *, worded: bool) -> tuple[Needs, Mapping[str, str]]:
    """What the columns of the list hold at most, by what the feeds and rules are called; and the rules' titles."""
    titles = {rule.id: rule.title or rule.id for rule in snapshot.book.rules}
    outlets = (cell_len(shown(feed.name)) for feed in snapshot.feeds)
    longest = max((cell_len(shown(title)) for title in titles.values()), default=0)
    return Needs(max(outlets, default=12), longest, worded), titles


def _unread(listing: Listing, desk: str | None, store: Store) -> EntryIds:
    """In the watcher's thread: all entries of a list that are unread."""
    from digest.store.dashboard import Dashboard

    return EntryIds(reversed(Dashboard(store.database, desk).order(replace(listing, unread=True)).entries))


def _unread_of(listing: Listing, desk: str | None, feeds: Sequence[int], store: Store) -> tuple[int, int] | None:
    """In the watcher's thread: of these feeds the first with such entries that are unread, and the newest of them."""
    from digest.store.dashboard import Dashboard

    dashboard = Dashboard(store.database, desk)
    orders = ((feed, dashboard.order(replace(listing, feed=feed, unread=True)).entries) for feed in feeds)
    return next(((feed, int(unread[0])) for feed, unread in orders if len(unread)), None)


def _detail(entry: int, store: Store) -> EntryDetail | None:
    """In the watcher's thread: one entry in full."""
    from digest.store.dashboard import Dashboard

    return Dashboard(store.database).detail(entry)


def _live_aliases(desk: str, store: Store) -> Mapping[str, tuple[Query, ...]]:
    """In the watcher's thread: the aliases of the live rules, each with its terms."""
    from digest.match import load_rules

    return load_rules(store.rules.live_texts(), try_examples=False, desk_at=desk_of).aliases_for(desk)
