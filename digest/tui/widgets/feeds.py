"""The feeds pane: how many do well, those in trouble first with the reason, then who is polled next."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from digest.feeds.health import feed_health
from digest.model import FeedHealth
from digest.tui.cells import Span, clipped, fit, shown, sides, wrapped
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item, ListPane
from digest.tui.words import brief, countdown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from digest.model import FeedState

_ORDER: Final = [FeedHealth.FAILING, FeedHealth.GONE, FeedHealth.LATE, FeedHealth.OK, FeedHealth.NEW, FeedHealth.PAUSED]
_GLYPHS: Final = {
    FeedHealth.FAILING: Span("▲ ", Ink.HIGH),
    FeedHealth.GONE: Span("▲ ", Ink.HIGH),
    FeedHealth.LATE: Span("◆ ", Ink.NORMAL),
}
_SENTENCES: Final = 56
"""Cells from which a failing feed shows what happened in a sentence instead of a word."""

_SHORT: Final = (
    (re.compile(r"time|deadline|did not answer|gave up waiting"), "timeout"),
    (re.compile(r"no such host|looked up"), "no host"),
    (re.compile(r"certificate|secure"), "tls"),
    (re.compile(r"refused|unreachable|connect"), "no link"),
    (re.compile(r"private|loopback"), "private"),
    (re.compile(r"HTML|web page|no feed|not a feed"), "no feed"),
    (re.compile(r"empty"), "empty"),
    (re.compile(r"too (?:big|large|long)|bigger"), "too big"),
)


def short_reason(feed: FeedState) -> str:
    """Why a feed fails, in seven cells: the HTTP status, or a word for the sentence that was stored."""
    if feed.last_status is not None and feed.last_status >= 400:
        return str(feed.last_status)
    return next((word for pattern, word in _SHORT if pattern.search(feed.last_error)), "error")


def until_next(feed: FeedState, now: datetime) -> timedelta:
    """How long until its next poll; nothing if it is due."""
    return timedelta(0) if feed.next_due is None else feed.next_due - now


class FeedsPane(ListPane):
    """Choosing a feed unfolds what is known about its last poll."""

    heading = "FEEDS"
    cursor_stays = False

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(id="feeds")
        self._now = now
        self._feeds: Sequence[FeedState] = ()

    def show(self, feeds: Sequence[FeedState]) -> None:
        """Show the feeds as they are now."""
        self._feeds = feeds
        self.rebuild()

    def count(self) -> Sequence[Span]:
        """How many feeds there are."""
        return (Span(str(len(self._feeds)), Ink.MUTED),)

    def overflow(self) -> Sequence[Span]:
        """How many lines lie below."""
        hidden = self.hidden_below()
        return (Span(f"{hidden} more ↓", Ink.MUTED),) if hidden else ()

    def items(self, cells: int) -> list[Item]:
        """The figures, then the feeds."""
        now = self._now()
        health = {feed.id: feed_health(feed, now) for feed in self._feeds}
        items = [Item(_figures(list(health.values()))), Item(sides([], [Span("next poll ", Ink.MUTED)], cells))]
        ordered = sorted(self._feeds, key=lambda feed: (_ORDER.index(health[feed.id]), until_next(feed, now), feed.id))
        for feed in ordered:
            items.append(Item(_feed_spans(feed, health[feed.id], now, cells), feed.id))
            if feed.id == self._cursor and self.has_focus:
                items += [Item([Span("  "), *line]) for line in _details(feed, health[feed.id], now, cells - 4)]
        return items

    def watch_has_focus(self, _focused: bool) -> None:  # noqa: FBT001 - Textual calls it
        """Details unfold with the focus."""
        super().watch_has_focus(_focused)
        self.rebuild()


def _figures(health: list[FeedHealth]) -> list[Span]:
    well = sum(each in {FeedHealth.OK, FeedHealth.NEW} for each in health)
    late = health.count(FeedHealth.LATE)
    failing = health.count(FeedHealth.FAILING) + health.count(FeedHealth.GONE)
    spans = [Span(str(well), Ink.BRIGHT), Span(" ok", Ink.MUTED)]
    if late:
        spans += [Span("  "), Span(str(late), Ink.BRIGHT), Span(" late", Ink.MUTED)]
    if failing:
        spans += [Span("  "), Span(str(failing), Ink.HIGH_BOLD), Span(" fail", Ink.HIGH)]
    if paused := health.count(FeedHealth.PAUSED):
        spans += [Span("  "), Span(str(paused), Ink.BRIGHT), Span(" paused", Ink.MUTED)]
    return spans


def _feed_spans(feed: FeedState, health: FeedHealth, now: datetime, cells: int) -> list[Span]:
    until = brief(until_next(feed, now))
    words = {
        FeedHealth.FAILING: Span(short_reason(feed) if cells < _SENTENCES else shown(feed.last_error), Ink.HIGH),
        FeedHealth.GONE: Span("gone", Ink.HIGH),
        FeedHealth.LATE: Span("late", Ink.NORMAL),
        FeedHealth.PAUSED: Span("paused", Ink.MUTED),
    }.get(health, Span(until, Ink.MUTED))
    glyph = _GLYPHS.get(health, Span("· ", Ink.MUTED))
    words = clipped([words], max(7, cells - 30))[0]
    name = fit(shown(feed.name), max(1, cells - 4 - cell_len(words.text)))
    return [glyph, Span(name), Span(" "), words]


def _details(feed: FeedState, health: FeedHealth, now: datetime, cells: int) -> list[list[Span]]:
    """The last error in full, the entries stored, the next try and the address."""
    failed = health is FeedHealth.GONE or (health is FeedHealth.FAILING and cells < _SENTENCES)
    sentences = [feed.last_error] if failed and feed.last_error else []
    if health not in {FeedHealth.GONE, FeedHealth.PAUSED}:
        sentences.append(f"next poll {countdown(until_next(feed, now))}")
    sentences += [f"{feed.entries:,} entries", feed.spec.url.partition("://")[2]]
    return [line for sentence in sentences for line in wrapped([Span(shown(sentence), Ink.MUTED)], cells)]
