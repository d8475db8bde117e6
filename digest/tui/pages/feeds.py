"""Which feed does well, how often does it bring something, and what went wrong last? Every configured feed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from digest.store.dashboard import Dashboard
from digest.store.statistics import Stretch, feed_figures
from digest.text import without_login
from digest.tui.actions import Subject
from digest.tui.cells import Run, fit, shown
from digest.tui.pages.base import Paced, nothing, section
from digest.tui.pages.charts import heat
from digest.tui.pages.detailed import DetailPage, facts
from digest.tui.palette import Ink
from digest.tui.widgets.feeds import short_reason, until_next
from digest.tui.widgets.pane import Item
from digest.values.listing import Listing
from digest.values.states import FeedHealth
from digest.watch.health import feed_health, moved_to, push_words, rhythm_words, with_silence, with_subscriptions
from digest.words import age, brief, count, countdown, language, local_time, midnight, short_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, tzinfo

    from digest.store import Store
    from digest.store.statistics import FeedFigures
    from digest.values.states import FeedState
    from digest.watch.conditions import KnownCondition

_DAYS: Final = 14
_ORDER: Final = (FeedHealth.FAILING, FeedHealth.GONE, FeedHealth.LATE, FeedHealth.OK, FeedHealth.NEW, FeedHealth.PAUSED)
_SIGNS: Final = {
    FeedHealth.FAILING: ("▲ ", Ink.HIGH),
    FeedHealth.GONE: ("▲ ", Ink.HIGH),
    FeedHealth.LATE: ("◆ ", Ink.NORMAL),
    FeedHealth.OK: ("✓ ", Ink.ACCENT),
}


class _Feeds(NamedTuple):
    """What is known of the feeds."""

    feeds: Sequence[FeedState]
    figures: Mapping[int, FeedFigures]
    unread: Mapping[int, int]
    """How many of its entries are."""
    wrong: Sequence[KnownCondition]


class FeedsPage(DetailPage):
    """The feeds, those in trouble first; the cursor begins on the one whose entries are listed, to go on from there."""

    key = "feeds"
    crumb = "Feeds"
    hints = ("open", "pause", "read_feed", "poll", "find", "close", "help")

    def __init__(self, now: Callable[[], datetime], zone: tzinfo, feed: int | None = None) -> None:
        super().__init__()
        self._now, self._zone, self._begin = now, zone, feed
        self._seen: _Feeds | None = None
        self._paced = Paced()

    def read(self, store: Store) -> _Feeds:
        """The feeds, what they brought, and what is wrong with them."""
        day = timedelta(days=1)
        stretch = Stretch(midnight(self._now(), self._zone) - day * (_DAYS - 1), day, _DAYS)
        dashboard = Dashboard(store.database)
        figures, unread = self._paced(
            stretch, lambda: (feed_figures(store.database, stretch), dashboard.unread_by_feed())
        )
        wrong = [each for each in store.conditions.known() if each.key.startswith("feed:")]
        feeds = with_subscriptions(with_silence(store.polls.all_feeds(), wrong), store.subscriptions.all())
        return _Feeds(feeds, figures, unread, wrong)

    def show(self, value: object) -> None:
        """Show them."""
        self._seen = cast("_Feeds", value)
        self.rebuild()
        if self._begin is not None:
            self.lines.choose(self._begin)
            self._begin = None

    def rows(self, cells: int) -> list[Item]:
        """A line for each feed."""
        if self._seen is None:
            return []
        if not self._seen.feeds:
            advice = [Run("digest feeds add URL", Ink.BRIGHT), Run(" adds one to the config")]
            return nothing("The config names no feed.", advice, cells)
        now = self._now()
        chart = _DAYS if cells >= 72 else 0
        heads = f"{'14 days':<{chart}}  a day{'hits':>6}" if chart else "a day"
        heads += f"{'unread':>8}{'last':>8}{'next':>8}"
        items = [section("FEEDS", heads, cells)]
        feeds = sorted(
            self._seen.feeds,
            key=lambda feed: (_ORDER.index(feed_health(feed, now)), feed.name.casefold(), feed.id),
        )
        return [*items, *(Item(self._row(feed, chart, cells), feed.id) for feed in feeds)]

    def _row(self, feed: FeedState, chart: int, cells: int) -> list[Run]:
        assert self._seen is not None
        now = self._now()
        health = feed_health(feed, now)
        sign, ink = _SIGNS.get(health, ("· ", Ink.MUTED))
        figures = self._seen.figures.get(feed.id)
        counts = figures.entries if figures else (0,) * _DAYS
        last = short_time(feed.last_new, now, self._zone) if feed.last_new else "–"
        wrong = health in {FeedHealth.FAILING, FeedHealth.GONE}
        due = short_reason(feed) if wrong and feed.failures else brief(until_next(feed, now))
        due = str(health) if health in {FeedHealth.PAUSED, FeedHealth.GONE} else due
        spans = [*heat(counts, max(counts), chart), Run("  ")] if chart else []
        spans += [Run(f"{sum(counts) / _DAYS:>5.1f}")]
        spans += [Run(f"{figures.matched if figures else 0:>6,}")] if chart else []
        unread = self._seen.unread.get(feed.id, 0)
        spans += [Run(f"{unread:>8,}", Ink.BRIGHT if unread else Ink.MUTED)]
        spans += [Run(f"{last:>8}", Ink.MUTED), Run(f"{due:>8} ", ink if wrong else Ink.MUTED)]
        taken = sum(len(span.text) for span in spans)
        name = fit(shown(feed.name), max(1, cells - taken - 4))
        return [Run(f" {sign}", ink), Run(name + " ", Ink.TEXT), *spans]

    def detail(self, cells: int) -> list[Item]:
        """All that is known of the feed under the cursor."""
        seen = self._seen
        feed = next((each for each in seen.feeds if each.id == self.lines.cursor), None) if seen else None
        if seen is None or feed is None:
            return []
        told = [
            *self._polls(feed),
            ("14 days", _brought(seen.figures.get(feed.id)), Ink.TEXT),
            ("stored", f"{count(feed.entries, 'entry')}, {seen.unread.get(feed.id, 0):,} unread", Ink.TEXT),
            ("language", language(feed.spec.lang) if feed.spec.lang else "", Ink.TEXT),
            ("publisher", feed.spec.publisher, Ink.TEXT),
            ("tier", feed.spec.tier, Ink.TEXT),
            ("tags", ", ".join(feed.spec.tags), Ink.TEXT),
            ("address", without_login(feed.spec.url), Ink.MUTED),
            ("moved to", moved_to(feed), Ink.TEXT),
            *(("over" if each.ended else "since", self._history(each), Ink.TEXT) for each in self._wrong(feed)),
        ]
        return [*([section(shown(feed.name), "", cells)] if self.wide else []), *facts(told, cells), Item(())]

    def _polls(self, feed: FeedState) -> list[tuple[str, str, Ink]]:
        """How its polls went, and when the next is."""
        now = self._now()
        health = feed_health(feed, now)
        _, ink = _SIGNS.get(health, ("", Ink.MUTED))
        failing = f"{health}, {count(feed.failures, 'time')} in a row" if feed.failures > 1 else str(health)
        next_poll = "" if health in {FeedHealth.GONE, FeedHealth.PAUSED} else countdown(until_next(feed, now))
        return [
            ("health", failing, ink),
            ("last error", feed.last_error, Ink.HIGH if feed.failures else Ink.MUTED),
            ("silence", feed.silence, Ink.NORMAL),
            ("status", str(feed.last_status or ""), Ink.TEXT),
            ("asked", self._when(feed.last_attempt), Ink.TEXT),
            ("went well", self._when(feed.last_ok) or "never yet", Ink.TEXT),
            ("last entry", self._when(feed.last_new) or "none since it was added", Ink.TEXT),
            ("next poll", next_poll, Ink.TEXT),
            ("rhythm", rhythm_words(feed, now, self._zone), Ink.TEXT),
            ("pushed", push_words(feed, now), Ink.TEXT),
            ("interval", brief(feed.interval), Ink.TEXT),
        ]

    def _wrong(self, feed: FeedState) -> list[KnownCondition]:
        return [each for each in self._seen.wrong if each.key.startswith(f"feed:{feed.id}:")] if self._seen else []

    def _history(self, wrong: KnownCondition) -> str:
        ended = f", over since {self._when(wrong.ended)}" if wrong.ended else ""
        return f"{self._when(wrong.since)}: {wrong.sentence}{ended}"

    def _when(self, moment: datetime | None) -> str:
        now = self._now()
        return f"{local_time(moment, self._zone, now=now)}, {age(now - moment)}" if moment else ""

    def at_hand(self) -> Mapping[Subject, object]:
        """The feed under the cursor."""
        return {Subject.FEED: self.lines.cursor} if isinstance(self.lines.cursor, int) and self._seen else {}

    async def open_line(self) -> None:
        """List what it brought."""
        if (feed := self.at_hand().get(Subject.FEED)) is not None:
            await self.desk.list_entries(Listing(matched=False, feed=cast("int", feed)))


def _brought(figures: FeedFigures | None) -> str:
    """What it brought, and how much of that rules found."""
    entries, found = (sum(figures.entries), figures.matched) if figures else (0, 0)
    return f"{count(entries, 'entry')}, {count(found, 'match')}"
