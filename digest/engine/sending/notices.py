"""Looks every minute whether all is well, and owes the notices that say what is not, once, and what is again.

::

    store ─▶ signs + rhythms ─▶ conditions_now ─▶ news ─▶ notices ─▶ conditions and notices in one commit
                               (watch.diagnosis)  (watch.conditions)
"""

from __future__ import annotations

import dataclasses
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.clock import ALWAYS
from digest.config.times import due_digest
from digest.delivery.media.formats import rfc3339
from digest.delivery.messages.notice import began_lines, began_sentences, over_lines, still_here_lines
from digest.engine.sending.escalations import stuck_signs
from digest.values.events import EventKind, event
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import DigestSpec
from digest.watch.conditions import Measures, Signs, broken_file, news
from digest.watch.diagnosis import (
    conditions_now,
    cut_off_since,
    longest_usual_gap,
    quiet_after,
    second_longest_gap,
    silent_after,
    times_a_day,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from digest.clock import Awake
    from digest.config import Config
    from digest.engine.ground.threads import StoreThread
    from digest.store.store import Store
    from digest.values.messages import Tells
    from digest.values.settings import ChannelSpec
    from digest.watch.conditions import (
        BrokenFile,
        ChannelSigns,
        Condition,
        FeedSigns,
        KnownCondition,
        ModelSigns,
        News,
        RuleSigns,
    )

_PAST = timedelta(days=180)
"""How far back a rhythm is read: what comes once a week has pauses enough in it."""
_DAY = timedelta(hours=24)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """The rhythm that something had up to its last time."""

    last: datetime
    usual_gap: timedelta | None
    rare_gap: timedelta | None
    a_day: float


class Notices:
    """Tells the channels of ``[notices]``, or the admins, what is wrong, once, and when it is over, once.

    Args:
        config: that of now.
        store: what is known.
        thread: the store's thread.
        ring: called when notices were owed.
        model: says why the language model of digests is not used, if it is not; asked at every look.
        broken: the config file, while it has a mistake.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own
        self,
        config: Callable[[], Config],
        store: Store,
        thread: StoreThread,
        ring: Callable[[], None],
        *,
        model: Callable[[], ModelSigns | None] = lambda: None,
        broken: Callable[[], BrokenFile | None] = lambda: None,
    ) -> None:
        self._config = config
        self._store = store
        self._thread = thread
        self._ring = ring
        self._model = model
        self._broken = broken
        self._network_since = datetime.now(UTC)
        self._cut_off = False
        self._rhythms: dict[str, _Rhythm] = {}
        self._troubled: dict[str, datetime] = {}
        self._said_still_here = ""

    async def look(self, *, once: bool = False) -> None:
        """Look at everything, and owe what there is to tell; ``once``: by an engine that only runs now and then."""
        owed = await self._thread.call(self._look, datetime.now(UTC), once)
        if owed:
            self._ring()

    # --- in the store's thread -----------------------------------------------------------------------------------

    def _look(self, now: datetime, once: bool) -> bool:  # noqa: FBT001 - only `look` calls it
        known = self._store.conditions.all()
        awake = ALWAYS if once else self._store.engine.awake()
        since = {one.key: one.since for one in known}
        broken = self._store.signs.broken_files()
        signs = Signs(
            feeds=[self._with_rhythm(feed, awake) for feed in self._store.signs.feeds()],
            rules=[self._rule_with_rhythm(rule, now, awake) for rule in self._store.signs.rules()],
            broken_files=[
                *(replace(file, since=since.get(broken_file(file.path))) for file in broken),
                *filter(None, [self._broken()]),
            ],
            well_files=self._well_files(broken),
            channels=[self._with_trouble(channel, now) for channel in self._store.signs.channels()],
            stuck=stuck_signs(self._store, self._config(), awake, now),
            model=self._model(),
        )
        self._follow_network(signs.feeds, now)
        measures = Measures(
            self._config().notices.failing_after,
            awake,
            max(self._network_since, awake.since),  # asleep, or started anew: those before may be our own network's
            self._config().timezone,
        )
        told = news(known, conditions_now(signs, measures, now), signs, now)
        owed: list[int] = []
        if told:
            owed = self._store.conditions.change(told, self._notices(told, now), now)
            _log_news(told)
        return self._owe_still_here(now) or bool(owed)

    def _well_files(self, broken: Sequence[BrokenFile]) -> Collection[str]:
        """The rule files that are well and their folder; while that cannot be read, nobody knows of any."""
        if any(file.is_folder for file in broken):
            return ()
        config = self._config()
        well = [] if self._broken() else [str(config.path.absolute())]
        return (*map(str, config.rule_folders.values()), *well, *self._store.signs.well_files())

    def _follow_network(self, feeds: Sequence[FeedSigns], now: datetime) -> None:
        """Once feeds can be reached again, those that could not have to be asked again before they are judged."""
        cut_off = cut_off_since(feeds) is not None
        if self._cut_off and not cut_off:
            self._network_since = now
        self._cut_off = cut_off

    def _with_rhythm(self, feed: FeedSigns, awake: Awake) -> FeedSigns:
        """A feed with its rhythm, which only that of one that has been quiet for a while is looked up for."""
        if feed.new_at is None or feed.well_at - feed.new_at <= quiet_after(timedelta(), None):
            return feed
        key = f"feed:{feed.id}"
        if (known := self._rhythms.get(key)) is None or known.last != feed.new_at:
            times = self._store.signs.news_times(feed.id, feed.new_at - _PAST)
            known = self._rhythms[key] = _rhythm(feed.new_at, times, awake)
        return replace(feed, usual_gap=known.usual_gap, rare_gap=known.rare_gap, a_day=known.a_day)

    def _rule_with_rhythm(self, rule: RuleSigns, now: datetime, awake: Awake) -> RuleSigns:
        """The same of a rule."""
        if rule.fired_at is None or now - rule.fired_at <= silent_after(timedelta()):
            return rule
        key = f"rule:{rule.id}"
        if (known := self._rhythms.get(key)) is None or known.last != rule.fired_at:
            times = self._store.signs.firing_times(rule.id, rule.fired_at - _PAST)
            known = self._rhythms[key] = _rhythm(rule.fired_at, times, awake)
        return replace(rule, usual_gap=known.usual_gap)

    def _with_trouble(self, channel: ChannelSigns, now: datetime) -> ChannelSigns:
        """A channel with since when it is known to be in trouble."""
        if not channel.off and not channel.error:
            self._troubled.pop(channel.name, None)
            return channel
        since = self._troubled[channel.name] = min(self._troubled.get(channel.name, now), now)  # the clock may be set
        return replace(channel, troubled_since=since)

    # --- messages ------------------------------------------------------------------------------------------------

    def _notices(self, told: News, now: datetime) -> list[PlannedDelivery]:
        """What each channel in service gets: at most one message of what began, and one of what is over."""
        planned = []
        for channel in self._channels():
            began = [one for one in told.began if one.avoid != channel.name]
            if began:
                tells = {"lines": began_lines(began), "facts": {"began": _facts(began)}}
                planned.append(_notice(channel, Severity.NORMAL, _title(began), tells))
            if told.over:
                tells = {"lines": over_lines(told.over, now), "facts": {"over": _facts(told.over)}}
                planned.append(_notice(channel, Severity.LOW, "notice: over", tells))
        return planned

    def _owe_still_here(self, now: datetime) -> bool:
        """Owe the daily sign of life if its time has come; each local date has one."""
        minutes = self._config().notices.still_here
        if minutes is None:
            return False
        cron = f"{minutes % 60} {minutes // 60} * * *"
        due = due_digest(DigestSpec("still here", cron, (), self._config().timezone), now)
        if due is None:
            return False
        date = due.local[:10]
        if date == self._said_still_here:
            return False
        day = self._store.signs.last_day(now, _DAY)
        lines = still_here_lines(day, now, self._config().timezone)
        tells = {"lines": lines, "facts": {"day": dataclasses.asdict(day)}}
        owed: list[int] = []
        for channel in self._channels():
            key = f"still-here:{date}:{channel.name}"
            owed += self._store.outbox.owe([_notice(channel, Severity.LOW, "still here", tells)], (), now, key=key)
        self._said_still_here = date
        return bool(owed)

    def _channels(self) -> list[ChannelSpec]:
        """The channels that are told, those that are off left out: they are owed nothing."""
        in_service = {channel.name for channel in self._store.channels.all() if channel.in_service}
        wanted = in_service.intersection(self._config().notices.channels)
        return [channel for channel in self._config().every_channel if channel.name in wanted]


def _rhythm(last: datetime, times: Sequence[datetime], awake: Awake) -> _Rhythm:
    usual, rare = longest_usual_gap(times, awake), second_longest_gap(times, awake)
    return _Rhythm(last, usual, rare, times_a_day(times))


def _notice(channel: ChannelSpec, severity: Severity, title: str, tells: Tells) -> PlannedDelivery:
    return PlannedDelivery(channel.name, DeliveryKind.NOTICE, severity, title, tells)


def _facts(told: Sequence[Condition | KnownCondition]) -> list[dict[str, object]]:
    return [{"key": one.key, "sentence": one.sentence, "since": rfc3339(one.since)} for one in told]


def _title(began: Sequence[Condition]) -> str:
    sentences = began_sentences(began)
    return f"notice: {sentences[0]}" if len(sentences) == 1 else f"notice: {len(sentences)} things are wrong"


def _log_news(told: News) -> None:
    """The same for those who read logs."""
    for one in (*told.began, *told.shown):
        _log.warning("%s", one.sentence, extra=event(EventKind.NOTICE_BEGAN, key=one.key))
    for known in told.over:
        _log.info("%s", known.over, extra=event(EventKind.NOTICE_OVER, key=known.key))
