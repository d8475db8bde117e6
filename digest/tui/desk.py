"""The desk: how its panes stand, which of them is open, and which entries the list holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.geometry import Size

from digest.tui.actions import Subject
from digest.tui.cells import shown
from digest.tui.doing import Doing
from digest.tui.layout import PANES, DeskPlan, arrange
from digest.tui.questions import AskOrder, Scope
from digest.tui.widgets.pane import ListPane, Pane
from digest.values.states import outlet

if TYPE_CHECKING:
    from digest.tui.questions import Snapshot
    from digest.tui.widgets.aside import Aside
    from digest.tui.widgets.bars import Tabs
    from digest.tui.widgets.feeds import FeedsPane
    from digest.tui.widgets.filterbar import FilterBar
    from digest.tui.widgets.rules import RulesPane
    from digest.values.listing import Listing


_PLACES = 50
"""Lists are found again where they were left, so many of them."""


class Desk(Doing):
    """The side of the dashboard that has panes."""

    tabs: Tabs
    rules: RulesPane
    feeds: FeedsPane
    aside: Aside
    filter_bar: FilterBar | None
    snapshot: Snapshot | None

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope
        self._places_left: dict[Scope, int] = {}
        """The entries at which lists were left that were paused."""
        self._tab = 1
        self._share = 0
        self._folded = self._zoomed = False
        self.plan = DeskPlan(wide=True)
        self.room = Size(120, 36)
        """What there is for all of it."""

    # --- where the panes stand ---------------------------------------------------------------------------------------

    def arrange(self) -> None:
        """Put every pane where the plan for this size has it."""
        if self._exit or not self.is_running:  # some of them may be gone
            return
        plan = self.plan = self._planned()
        self.tabs.display, self.tabs.styles.height = plan.tabs > 0, max(1, plan.tabs)
        self.keys.display = plan.keys > 0 and not (self.filter_bar is not None and self.filter_bar.display)
        panes = (
            (self.rules, plan.rules, plan.feeds),
            (self.feeds, plan.feeds, 0),
            (self.matches, plan.matches, plan.reader),
            (self.reader, plan.reader, 0),
        )
        for pane, lines, below in panes:
            pane.display, pane.framed = lines > 0, plan.wide
            pane.styles.height = lines if below else "1fr"
        self._widen(plan)
        self.matches.has_bar, self.matches.has_names, self.matches.base = plan.bar, plan.names, plan.base
        self.matches.refresh()
        self.reader.peeking = not plan.wide and self._tab == 1
        self.show_bars()

    def _widen(self, plan: DeskPlan) -> None:
        """Columns of the desk."""
        main = self.screen_stack[0].query_one("#main")  # help may lie over it
        left, right = main.query_one("#left"), main.query_one("#right")
        left.display, right.display = plan.rules + plan.feeds > 0, plan.matches + plan.reader > 0
        left.styles.width = plan.side or "1fr"
        left.styles.margin = (0, 1, 0, 0) if plan.side else 0
        self.aside.display = plan.aside > 0
        if plan.aside:
            self.aside.styles.width = plan.aside
        self.reader.alone = plan.aside == 0

    def _planned(self, share: int | None = None) -> DeskPlan:
        cells, rows = self.room
        empty = self._tab == 1 and not len(self.matches.order)  # what there is to say then takes some room
        plan = arrange(
            cells,
            rows,
            share=self._share if share is None else share,
            folded=self._folded,
            zoomed=self._zoomed,
            pane=PANES[self._tab - 1],
        )
        return arrange(cells, rows, zoomed=True) if empty and not plan.wide else plan

    @property
    def apart(self) -> bool:
        """Whether one pane is seen at a time."""
        return self._zoomed or not arrange(*self.room).wide

    def action_tab(self, number: int) -> None:
        """Show a pane: as a tab, or by moving the focus where panes stand side by side."""
        self._tab = number if self.apart or number in {1, 4} else 1
        self._folded = self._folded and number not in {2, 3}
        self.arrange()
        (self.matches, self.rules, self.feeds, self.reader)[number - 1].focus()

    def action_pane(self, number: int) -> None:
        """Show a pane; where the reader is seen already, first go there."""
        if number == PANES.index("reader") + 1 and not self.apart and self.plan.reader and not self.reader.has_focus:
            self.reader.focus()
        else:
            self.action_tab(number)

    def action_focus_pane(self, step: int) -> None:
        """The next pane, or the one before; while a filter is typed, what can be completed comes first."""
        if self.filter_bar is not None and self.filter_bar.display and step > 0 and self.filter_bar.complete():
            return
        if self.apart:
            self.action_tab((self._tab - 1 + step) % 4 + 1)
            return
        panes = [pane for pane in (self.matches, self.reader, self.aside, self.rules, self.feeds) if pane.display]
        pane = panes[(panes.index(self.pane) + step) % len(panes)] if self.pane in panes else panes[0]
        pane.focus()

    @property
    def pane(self) -> Pane:
        """The pane that keys go to, once nothing lies over the desk."""
        focused = self.screen_stack[0].focused
        return focused if isinstance(focused, Pane) else self.matches

    def action_share(self, step: int) -> None:
        """Give the list more of the room, or the reader."""
        if self._planned(self._share + step) == self._planned():
            self.say("list and reader share nothing here" if self.apart else "there is no more room to give")
            return
        self._share += step
        self.arrange()

    def action_fold(self) -> None:
        """The side bar away, or back."""
        self._folded = not self._folded
        if self._folded and self.focused in {self.rules, self.feeds}:
            self.matches.focus()
        self.arrange()
        if self.apart:
            self.say("the side bar is folded" if self._folded else "the side bar is unfolded")

    def action_zoom(self) -> None:
        """The focused pane over all, or back."""
        self._zoomed = not self._zoomed
        panes = (self.matches, self.rules, self.feeds, self.reader)
        self._tab = panes.index(self.pane) + 1 if self.apart and self.pane in panes else 1
        self.arrange()
        self.pane.focus()

    def action_sort(self) -> None:
        """Another order of the rules or the feeds."""
        pane = self.focused if self.focused in {self.rules, self.feeds} else self.feeds
        assert isinstance(pane, ListPane)
        self.say(f"{pane.heading.lower()} in order of {pane.sort_otherwise()}")

    # --- what the list holds -----------------------------------------------------------------------------------------

    def set_scope(self, scope: Scope, *, keep: bool = False) -> None:
        """List what is in this scope.

        Where it was left while somebody read in it, the cursor goes back there; else to the top; or (``keep``), if
        somebody reads now, it stays on its entry.
        """
        if scope != self._scope:
            self._places_left.pop(self._scope, None)
            if not self.matches.following and self.matches.selected is not None:
                self._places_left[self._scope] = self.matches.selected
                self._places_left = dict([*self._places_left.items()][-_PLACES:])
            place = self._places_left.pop(scope, None)
            self._scope = scope
            if not keep or self.matches.following:
                self.matches.follow_from_top()
                if place is not None:  # somebody read there when it was left
                    self.matches.go_to(place)
            self.watcher.ask(AskOrder(scope))
            self.show_bars()

    def show_listing(self, *, keep: bool = False, **changes: object) -> None:
        """List other entries."""
        self.set_scope(keep=keep, scope=replace(self._scope, listing=replace(self._scope.listing, **changes)))  # type: ignore[arg-type]  # fields by name

    def view(self) -> str:
        """What the list holds, for its heading."""
        listing = self._scope.listing
        heads = self._subjects(listing)
        flags = [word for word, wanted in (("UNREAD", listing.unread), ("STARRED", listing.starred)) if wanted]
        if not listing.matched and not heads and not listing.starred:
            heads = ["ALL ENTRIES"]
        return ", ".join([*heads, *flags]) or "MATCHES"

    def filter_words(self) -> str:
        """The same where it is not what the dashboard begins with, and what was typed."""
        view = self.view()
        words = [] if view == "MATCHES" else [view if self._subjects(self._scope.listing) else view.lower()]
        words += [self._scope.filter.query] if self._scope.filter else []
        return " / ".join(words)

    def _subjects(self, listing: Listing) -> list[str]:
        """The names of what the entries are of: message, story, feed, rule."""
        feeds = self.snapshot.feeds if self.snapshot else ()
        words = [f"message {listing.delivery}"] if listing.delivery is not None else []
        words += [f"STORY {listing.story}"] if listing.story is not None else []
        words += [shown(outlet(feed.name)) for feed in feeds if feed.id == listing.feed]
        words += [shown(self.matches.titled(listing.rule))] if listing.rule else []
        return words

    def action_view_all(self) -> None:
        """All entries, or only what the rules found."""
        self.show_listing(keep=True, matched=not self._scope.listing.matched, feed=None, story=None, starred=False)

    def action_view_unread(self) -> None:
        """Only unread entries, or all."""
        self.show_listing(keep=True, unread=not self._scope.listing.unread)

    def action_view_starred(self) -> None:
        """Only what was starred, found by a rule or not, or what the rules found."""
        starred = self._scope.listing.starred
        self.show_listing(keep=True, starred=not starred, matched=starred)

    def action_view_story(self) -> None:
        """Only the entries of this story, or what was listed before."""
        listing, story = self._scope.listing, self.at_hand()[Subject.STORY]
        self.matches.hold()
        if listing.story == story:
            self.show_listing(keep=True, story=None, matched=True)
        else:
            self.show_listing(keep=True, story=story, matched=False, feed=None, rule="", unread=False, starred=False)
