"""Scheduled digests: what one holds that is due, and to whom it goes, once for each local time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

from digest.config.times import digest_times, due_digest
from digest.delivery.messages.write import digest_tells, empty_digest_tells
from digest.store.period import read_period
from digest.stories.compose import named
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.store.store import Store
    from digest.values.messages import DigestDocument, Tells
    from digest.values.settings import ChannelSpec, DigestSpec

_log = logging.getLogger(__name__)
A_DAY = timedelta(hours=23)  # or as long as a day is on which the clocks go forward


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
    last = store.digests.last_until(spec.name)
    since = last if last is not None and last < due.at else due.at - due.period  # later: the clock was set back
    document, owed = _compose(store, spec, channels, since, due.at)
    return store.digests.commit(document, due.local, owed, now)


def owe_digest_now(
    store: Store, spec: DigestSpec, channels: Sequence[ChannelSpec], since: datetime, now: datetime
) -> int:
    """Owe the digest of the time since then, as somebody asked for it; its own times stay as they are.

    Returns how many channels are owed it.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        channels: as above.
        since: of the first alerts that it tells of.
        now: the time.
    """
    _, owed = _compose(store, spec, channels, since, now)
    for message, told in owed:
        store.outbox.owe([message], told, now)
    return len(owed)


def _compose(
    store: Store, spec: DigestSpec, channels: Sequence[ChannelSpec], since: datetime, until: datetime
) -> tuple[DigestDocument, list[tuple[PlannedDelivery, list[int]]]]:
    """The digest of a time, and the messages to its channels, each with the ids of the alerts it tells of.

    What the digest only counts is owed as if there were none. A channel that was there all the time is told also that
    there was nothing for it, if that was a day or longer.
    """
    found = read_period(store, since, until)
    rules = store.rules.live()
    titles = {rule.id: rule.title for rule in rules}
    routes = {rule.id: rule.channels for rule in rules}
    whole = found.digest(spec.name, spec.timezone, titles)
    first_seen = {channel.name: channel.first_seen for channel in store.channels.all() if channel.in_service}
    owed = []
    for channel in (each for each in channels if each.name in spec.channels and each.name in first_seen):
        there = first_seen[channel.name]
        told = found.told(channel, routes, there)
        document = told.digest(spec.name, spec.timezone, titles)
        if document.entries:
            alerts, before = named(document, told.alerts), [alert.id for alert in named(document, told.earlier)]
            message = _message(channel, digest_tells(document, before, asks_model=spec.asks_model))
            owed.append((message, [*(alert.id for alert in alerts), *before]))
        elif until - since >= A_DAY and there <= since:
            owed.append((_message(channel, empty_digest_tells(document, here=bool(whole.entries))), []))
    return whole, owed


def _message(channel: ChannelSpec, tells: Tells) -> PlannedDelivery:
    return PlannedDelivery(channel.name, DeliveryKind.DIGEST, Severity.NORMAL, f"digest {tells['name']}", tells)


class DigestTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """The scheduler's trigger for a digest."""

    def __init__(self, spec: DigestSpec) -> None:
        self._spec = spec

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time from now on, and after the previous one."""
        after = now if previous_fire_time is None else max(now, previous_fire_time + timedelta(seconds=1))
        return next((due.at for due in digest_times(self._spec, after)), None)
