"""The feeds pane: how many do well, and of each how it does: the reason of its trouble, or when it is polled next."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from digest.text import without_login
from digest.tui.cells import Run, clipped, fit, shown, sides, wrapped
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item, ListPane
from digest.values.states import FeedHealth
from digest.watch.health import feed_health, tally
from digest.words import brief, count, countdown

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from datetime import datetime

    from digest.values.states import FeedState

_ORDER: Final = [FeedHealth.FAILING, FeedHealth.GONE, FeedHealth.LATE, FeedHealth.OK, FeedHealth.NEW, FeedHealth.PAUSED]
_GLYPHS: Final = {
    FeedHealth.FAILING: Run("▲ ", Ink.HIGH),
    FeedHealth.GONE: Run("▲ ", Ink.HIGH),
    FeedHealth.LATE: Run("◆ ", Ink.NORMAL),
}
_SENTENCES: Final = 56
"""Cells from which a failing feed shows what happened in a sentence instead of a word."""

_SHORT: Final = (
    (re.compile(r"challenge page|consent to its cookies|does not let feed readers"), "wall"),
    (re.compile(r"prox"), "proxy"),
    (re.compile(r"is missing:"), "no key"),
    (re.compile(r"no such host"), "no host"),
    (re.compile(r"finds nothing|finds has neither"), "changed"),
    (re.compile(r"preview switched off|public channel|a group, not|a person or"), "no view"),
    (re.compile(r"answers with a page"), "no feed"),
    (re.compile(r"looked up|network is unreachable|no route"), "offline"),
    (re.compile(r"did not (?:answer|arrive)|no answer|timed out|waiting|cannot be reached$"), "timeout"),
    (re.compile(r"certificate"), "bad tls"),
    (re.compile(r"secure connection"), "no tls"),
    (re.compile(r"refused the connection"), "refused"),
    (re.compile(r"broke off|closed the connection|connection broke|cut off"), "cut off"),
    (re.compile(r"cannot be reached|connection failed"), "no link"),
    (re.compile(r"feeds may not use"), "private"),
    (re.compile(r"redirect"), "astray"),
    (re.compile(r"address|web, not"), "bad url"),
    (re.compile(r"web page"), "webpage"),
    (re.compile(r"not a (?:JSON )?[Ff]eed"), "no feed"),
    (re.compile(r"is empty"), "empty"),
    (re.compile(r"larger|more than \d+ MB|beyond all"), "too big"),
    (re.compile(r"longer than|of computing"), "slow"),
    (re.compile(r"crashed"), "crash"),
    (re.compile(r"too broken|can be read|broken JSON|damaged|not proper HTTP|nested|too long"), "broken"),
    (re.compile(r"packed"), "packing"),
)
_QUOTED: Final = re.compile("“[^”]*”")
"""A stranger's words in a sentence, which say nothing of what happened."""
_UNREACHED: Final = {"no host", "offline", "timeout", "no link"}
"""Words for what is the network's fault where it befalls every feed."""


def short_reason(feed: FeedState) -> str:
    """Why a feed fails, in seven cells: the HTTP status, or a word for the sentence that was stored."""
    if feed.last_status is not None and feed.last_status >= 400:
        return str(feed.last_status)
    ours = _QUOTED.sub("", feed.last_error)
    return next((word for pattern, word in _SHORT if pattern.search(ours)), "error")


def is_unreached(feed: FeedState) -> bool:
    """Whether its server was not even reached: if that befalls every feed, this machine is offline."""
    return feed.failures > 0 and short_reason(feed) in _UNREACHED


def until_next(feed: FeedState, now: datetime) -> timedelta:
    """How long until its next poll; nothing if it is due."""
    return timedelta(0) if feed.next_due is None else feed.next_due - now


class FeedsPane(ListPane):
    """Choosing a feed unfolds what is known about its last poll."""

    heading = "FEEDS"
    number = "3"
    cursor_stays = False
    orders = ("config", "name", "trouble", "newest")

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="feeds")
        self._now = now
        self._feeds: Sequence[FeedState] = ()
        self._unread: Mapping[int, int] = {}
        self.polled = True
        """Whether an engine is there that polls them."""

    def show(self, feeds: Sequence[FeedState], unread: Mapping[int, int] | None = None) -> None:
        """Show the feeds as they are now, those that bring nothing new with their silence.

        Args:
            feeds: in the config's order.
            unread: how many unread entries each has that a rule found.
        """
        self._feeds, self._unread = feeds, unread or {}
        self.rebuild()

    def count(self) -> Sequence[Run]:
        """How many feeds there are."""
        return (Run(str(len(self._feeds)), Ink.MUTED),)

    def items(self, cells: int) -> list[Item]:
        """The figures, then the feeds."""
        now = self._now()
        health = {feed.id: feed_health(feed, now) for feed in self._feeds}
        head = wrapped(_figures(tally(self._feeds, now)), cells)
        order = "" if self.chosen_order == self.orders[0] else f"by {self.chosen_order}"
        items = [*map(Item, head), Item(sides([Run(order, Ink.MUTED)], [Run("next poll ", Ink.MUTED)], cells))]
        self.pinned = len(items)
        for feed in self._sorted():
            unread = self._unread.get(feed.id, 0)
            until = brief(until_next(feed, now)) if self.polled else "–"
            items.append(Item(_feed_spans(feed, health[feed.id], until, cells, unread), feed.id, shown(feed.name)))
            if feed.id == self._cursor and self.has_focus:
                details = _details(feed, health[feed.id], now, cells - 4)
                items += [Item([Run("  "), *line]) for line in details]
        return items

    def _sorted(self) -> list[FeedState]:
        return sorted(self._feeds, key=lambda feed: self.rank(feed.id))

    def after(self, feed: int) -> list[int]:
        """The ids of all other feeds: those below this one, then from the top."""
        ids = [each.id for each in self._sorted()]
        place = ids.index(feed) if feed in ids else 0
        return [each for each in ids[place:] + ids[:place] if each != feed]

    def in_order(self, order: str) -> Sequence[Hashable]:
        """By name; those in trouble first; or those that brought something last first."""
        now = self._now()
        health = {feed.id: feed_health(feed, now) for feed in self._feeds}

        def trouble(feed: FeedState) -> int:
            return _ORDER.index(health[feed.id])

        def newest(feed: FeedState) -> float:
            return -feed.last_new.timestamp() if feed.last_new else 0.0

        by_name = sorted(self._feeds, key=lambda feed: feed.name.casefold())
        keys = {"name": lambda _: 0, "trouble": trouble, "newest": newest}
        return [feed.id for feed in sorted(by_name, key=keys[order])] if order in keys else []

    def watch_has_focus(self, _focused: bool) -> None:  # noqa: FBT001 - Textual calls it
        """Details unfold with the focus."""
        super().watch_has_focus(_focused)
        self.rebuild()


def _figures(counts: Mapping[FeedHealth, int]) -> list[Run]:
    """How many do well, and how many do not, each kind apart."""
    spans: list[Run] = []
    for health in FeedHealth:
        if counts.get(health) or health is FeedHealth.OK:
            wrong = health in {FeedHealth.FAILING, FeedHealth.GONE}
            figure, ink = (Ink.HIGH_BOLD, Ink.HIGH) if wrong else (Ink.BRIGHT, Ink.MUTED)
            word = "fail" if health is FeedHealth.FAILING else health.value
            spans += [Run("  " if spans else ""), Run(f"{counts.get(health, 0):,}", figure), Run(f" {word}", ink)]
    return spans


def _feed_spans(feed: FeedState, health: FeedHealth, until: str, cells: int, unread: int) -> list[Run]:
    """Its sign, its name, how many of its entries are unread, and how it does, or how long until its next poll."""
    words = {
        FeedHealth.FAILING: Run(short_reason(feed) if cells < _SENTENCES else shown(feed.last_error), Ink.HIGH),
        FeedHealth.GONE: Run("gone", Ink.HIGH),
        FeedHealth.LATE: Run("late", Ink.NORMAL),
        FeedHealth.PAUSED: Run("paused", Ink.MUTED),
    }.get(health, Run(until, Ink.MUTED))
    glyph = _GLYPHS.get(health, Run("· ", Ink.MUTED))
    words = clipped([words], max(7, cells - 30))[0]
    figure = f" {unread:,}" if unread else ""
    name = fit(shown(feed.name), max(1, cells - 4 - cell_len(figure + words.text)))
    return [glyph, Run(name), Run(figure, Ink.BRIGHT), Run(" "), words]


def _details(feed: FeedState, health: FeedHealth, now: datetime, cells: int) -> list[list[Run]]:
    """The last error in full, or what a poll left out, or for how long it is quiet; entries, next try and address."""
    told = health is FeedHealth.GONE or not feed.failures or cells < _SENTENCES
    sentences = [each for each in (feed.last_error if told else "", feed.silence) if each]
    if health not in {FeedHealth.GONE, FeedHealth.PAUSED}:
        sentences.append(f"next poll {countdown(until_next(feed, now))}")
    sentences += [count(feed.entries, "entry"), without_login(feed.spec.url).partition("://")[2]]
    return [line for sentence in sentences for line in wrapped([Run(shown(sentence), Ink.MUTED)], cells)]
