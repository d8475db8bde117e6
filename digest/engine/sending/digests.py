"""Scheduled digests: when one is due, what it holds, and to whom it goes, once for each local time.

Times are cron in the user's zone, counted as the wall shows them and only then placed in UTC. So the 01:30 that comes
twice when clocks go back is one digest (the first of the two), and the 02:30 that does not exist when they go forward
comes at 03:30.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from digest.delivery.decide import alerts_for
from digest.delivery.messages.write import digest_tells, empty_digest_tells
from digest.engine.period import read_period
from digest.stories.compose import named
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from digest.store.store import Store
    from digest.values.messages import DigestDocument, Tells
    from digest.values.settings import ChannelSpec, DigestSpec
    from digest.values.states import LiveRule

_log = logging.getLogger(__name__)
LATE_AT_MOST = timedelta(hours=6)  # an engine that was down for longer leaves the digest out: the next one covers it
A_DAY = timedelta(hours=23)  # or as long as a day is on which the clocks go forward
_CLOCK_CHANGE = timedelta(hours=3)  # more than any zone ever moved its clocks by at once
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


def owe_due_digests(store: Store, specs: Sequence[DigestSpec], channels: Sequence[ChannelSpec], now: datetime) -> bool:
    """Owe every digest that is due and was not composed yet; true when there was one. Arguments as below."""
    composed = [spec.name for spec in specs if owe_due_digest(store, spec, channels, now)]
    for name in composed:
        _log.info("the digest %s was composed", name)
    return bool(composed)


def owe_due_digest(store: Store, spec: DigestSpec, channels: Sequence[ChannelSpec], now: datetime) -> bool:
    """Owe a digest if one is due and was not composed yet; true when it was.

    It tells of the alerts since the last one, up to its own time, also when it is late; each channel is told of those
    that are for it. Without any it is noted as done; a digest of a day or longer says so, a shorter one is no message.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        channels: those of the config; those that are off are owed nothing.
        now: the time.
    """
    due = due_digest(spec, now)
    if due is None or store.digests.is_done(spec.name, due.local):
        return False
    since = _since(store, spec, due.at, due.period)
    whole, told = composed_for(store, spec, channels, since, due.at, store.rules.live())
    return store.digests.commit(whole, due.local, _owed(whole, told, spec), now)


def owe_digest_now(  # noqa: PLR0913 - what a digest is of, and when
    store: Store,
    spec: DigestSpec,
    channels: Sequence[ChannelSpec],
    since: datetime,
    now: datetime,
    *,
    until: datetime | None = None,
) -> int:
    """Owe the digest of the time since then, as somebody asked for it; its own times stay as they are.

    Returns how many channels are owed it.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        channels: as above.
        since: of the first alerts that it tells of.
        now: the time.
        until: what came from then on is not told; ``None``: from now on.
    """
    owed = _owed(*composed_for(store, spec, channels, since, until or now, store.rules.live()), spec)
    for message, told in owed:
        store.outbox.owe([message], told, now)
    return len(owed)


def since_last(store: Store, spec: DigestSpec, now: datetime) -> datetime:
    """Where the time begins that a digest composed now tells of: where its last one ended, as at its own times."""
    return _since(store, spec, now, next(_times(spec, now)).period)


def _since(store: Store, spec: DigestSpec, until: datetime, period: timedelta) -> datetime:
    last = store.digests.last_until(spec.name)
    return last if last is not None and last < until else until - period  # later: the clock was set back


@dataclass(frozen=True, slots=True)
class ToldChannel:
    """What a digest tells one of its channels."""

    channel: ChannelSpec
    since: datetime
    """When the channel was first seen."""
    document: DigestDocument
    alerts: tuple[int, ...] = ()
    """The ids of those of the period that it names ..."""
    earlier: tuple[int, ...] = ()
    """... and of those before."""


def composed_for(  # noqa: PLR0913, PLR0917 - what a digest is of
    store: Store,
    spec: DigestSpec,
    channels: Sequence[ChannelSpec],
    since: datetime,
    until: datetime,
    rules: Iterable[LiveRule],
) -> tuple[DigestDocument, list[ToldChannel]]:
    """The digest of a time, whoever asks: all of it, and what it tells each of its channels that is in service.

    Args:
        store: where alerts are read; nothing is written.
        spec: the digest of the config.
        channels: those of the config.
        since: the beginning, inclusive.
        until: the end, exclusive.
        rules: those of now: what they are called, and where their alerts go.
    """
    found = read_period(store, since, until)
    routes, titles = {}, {}
    for rule in rules:
        routes[rule.id], titles[rule.id] = rule.channels, rule.title
    first_seen = {channel.name: channel.first_seen for channel in store.channels.all() if channel.in_service}
    all_told = []
    for channel in (each for each in channels if each.name in spec.channels and each.name in first_seen):
        there = first_seen[channel.name]
        told, earlier = (alerts_for(channel, some, routes, since=there) for some in (found.alerts, found.earlier))
        document = replace(found, alerts=told, earlier=earlier).digest(spec.name, spec.timezone, titles)
        ids = (tuple(alert.id for alert in named(document, some)) for some in (told, earlier))
        all_told.append(ToldChannel(channel, there, document, *ids))
    return found.digest(spec.name, spec.timezone, titles), all_told


def _owed(
    whole: DigestDocument, told: Iterable[ToldChannel], spec: DigestSpec
) -> list[tuple[PlannedDelivery, list[int]]]:
    """The messages of a digest, each with the ids of the alerts it tells of.

    What the digest only counts is owed as if there were none. A channel that was there all the time is told also that
    there was nothing for it, if that was a day or longer.
    """
    owed = []
    for each in told:
        document = each.document
        if document.entries:
            tells = digest_tells(document, each.earlier, asks_model=spec.asks_model)
            owed.append((_message(each.channel, tells), [*each.alerts, *each.earlier]))
        elif document.until - document.since >= A_DAY and each.since <= document.since:
            owed.append((_message(each.channel, empty_digest_tells(document, here=bool(whole.entries))), []))
    return owed


def _message(channel: ChannelSpec, tells: Tells) -> PlannedDelivery:
    return PlannedDelivery(channel.name, DeliveryKind.DIGEST, Severity.NORMAL, f"digest {tells['name']}", tells)


@dataclass(frozen=True, slots=True)
class _DueDigest:
    """One time at which a digest is due."""

    local: str
    """Its key: what the local clock shows, ``2026-11-22T07:00``."""
    at: datetime
    """In UTC."""
    period: timedelta
    """Until the next one: what the very first digest of its name looks back on."""


def due_digest(spec: DigestSpec, now: datetime) -> _DueDigest | None:
    """The newest time at which a digest was due, unless that is too long ago to make up for."""
    found = None
    for due in _times(spec, now - LATE_AT_MOST):
        if due.at > now:
            break
        found = due
    return found


class DigestTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """The scheduler's trigger for a digest."""

    def __init__(self, spec: DigestSpec) -> None:
        self._spec = spec

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time from now on, and after the previous one."""
        after = now if previous_fire_time is None else max(now, previous_fire_time + timedelta(seconds=1))
        return next((due.at for due in _times(self._spec, after)), None)


def _times(spec: DigestSpec, start: datetime) -> Iterator[_DueDigest]:
    """The times of a digest from ``start`` on, one for each time the local clock's reading fits."""
    zone = ZoneInfo(spec.timezone)
    wall_times = _wall_times(spec.cron, start.astimezone(zone).replace(tzinfo=UTC) - _CLOCK_CHANGE)
    wall = next(wall_times, None)
    while wall is not None:
        following = next(wall_times, None)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at >= start:
            period = timedelta(days=1) if following is None else following - wall
            yield _DueDigest(wall.strftime("%Y-%m-%dT%H:%M"), at, period)
        wall = following


def _wall_times(cron: str, start: datetime) -> Iterator[datetime]:
    """The readings of a clock (as if it were UTC's) that fit a cron line, from ``start`` on."""
    trigger = _cron_trigger(cron)
    wall: datetime | None = trigger.get_next_fire_time(None, start)
    while wall is not None:
        yield wall
        wall = trigger.get_next_fire_time(wall, wall)


def _cron_trigger(cron: str) -> BaseTrigger:
    """APScheduler's trigger for five cron fields, with cron's own meaning of days.

    Cron counts weekdays from Sunday, and a line that restricts both the day of the month and the weekday means
    either of them; APScheduler counts from Monday and means both.
    """
    minute, hour, day, month, weekday = cron.split()
    time = {"minute": minute, "hour": hour, "month": month, "timezone": UTC}
    days = _weekdays(weekday)
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=day, day_of_week=days, **time)
    return OrTrigger([CronTrigger(day=day, **time), CronTrigger(day_of_week=days, **time)])


def _weekdays(field: str) -> str:
    """Cron's weekday field as APScheduler's names: ``5-7`` is ``fri,sat,sun``."""
    numbers: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0-6" if span == "*" else span).partition("-")
        numbers.update(range(_day_number(first), _day_number(last or first) + 1, int(step or 1)))
    return ",".join(dict.fromkeys(_DAYS[number % 7] for number in sorted(numbers)))


def _day_number(word: str) -> int:
    """0 to 7, both ends Sunday."""
    return _DAYS.index(word) if word in _DAYS else int(word)
