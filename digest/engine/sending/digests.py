"""Scheduled digests: what one holds that is due, and to whom it goes, once for each local time."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

from digest.config.times import digest_times, due_digest
from digest.delivery.messages.write import digest_tells, empty_digest_tells
from digest.store.composing import begun, composed_for
from digest.values.events import EventKind, event
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.store.composing import ToldChannel
    from digest.store.store import Store
    from digest.values.messages import DigestDocument, Tells
    from digest.values.settings import ChannelSpec, DigestSpec

_log = logging.getLogger(__name__)
A_DAY = timedelta(hours=23)  # or as long as a day is on which the clocks go forward


def owe_due_digests(store: Store, specs: Sequence[DigestSpec], channels: Sequence[ChannelSpec], now: datetime) -> bool:
    """Owe every digest that is due and was not composed yet; true when there was one. Arguments as below."""
    composed = [spec.name for spec in specs if owe_due_digest(store, spec, channels, now)]
    for name in composed:
        _log.info("the digest %s was composed", name, extra=event(EventKind.DIGEST_COMPOSED, digest=name))
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
    since = begun(store, spec.name, due.at, due.period)
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
    return begun(store, spec.name, now, next(digest_times(spec, now)).period)


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


class DigestTrigger(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """The scheduler's trigger for a digest."""

    def __init__(self, spec: DigestSpec) -> None:
        self._spec = spec

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The first time from now on, and after the previous one."""
        after = now if previous_fire_time is None else max(now, previous_fire_time + timedelta(seconds=1))
        return next((due.at for due in digest_times(self._spec, after)), None)
