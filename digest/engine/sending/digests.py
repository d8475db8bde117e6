"""Scheduled digests: composes what is due and owes it to its channels, once for each local time."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.decide import alerts_for
from digest.delivery.messages.write import digest_tells
from digest.engine.sending.digest_times import due_digest
from digest.stories.compose import compose_digest
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from digest.store.store import Store
    from digest.values.messages import DigestDocument
    from digest.values.settings import ChannelSpec, DigestSpec


_log = logging.getLogger(__name__)


def owe_due_digests(
    store: Store, specs: Sequence[DigestSpec], channels: Sequence[ChannelSpec], off: Collection[str], now: datetime
) -> bool:
    """Owe every digest that is due and was not composed yet; true when there was one. Arguments as below."""
    composed = [spec.name for spec in specs if owe_due_digest(store, spec, channels, off, now)]
    for name in composed:
        _log.info("the digest %s was composed", name)
    return bool(composed)


def owe_due_digest(
    store: Store, spec: DigestSpec, channels: Sequence[ChannelSpec], off: Collection[str], now: datetime
) -> bool:
    """Owe a digest if one is due and was not composed yet; true when it was.

    It tells of the alerts since the last one, up to its own time, also when it is late; each channel is told of those
    that are for it. Without any it is noted as done, and nobody gets a message.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        channels: those of the config.
        off: names of the channels that are owed nothing.
        now: the time.
    """
    due = due_digest(spec, now)
    if due is None or store.digests.is_done(spec.name, due.local):
        return False
    last = store.digests.last_until(spec.name)
    since = last if last is not None and last < due.at else due.at - due.period  # later: the clock was set back
    document, owed = _compose(store, spec, [each for each in channels if each.name not in off], since, due.at)
    return store.digests.commit(document, due.local, owed, now)


def owe_digest_now(
    store: Store, spec: DigestSpec, channels: Sequence[ChannelSpec], since: datetime, now: datetime
) -> int:
    """Owe the digest of the time since then, as somebody asked for it; its own times stay as they are.

    Returns how many channels are owed it.

    Args:
        store: where alerts are read and deliveries owed.
        spec: the digest of the config.
        channels: those in service; the digest's are among them.
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
    """The digest of a time, and the messages to its channels, each with the ids of the alerts it tells of."""
    alerts = list(store.reads.alerts(since=since, until=until))
    rules = store.rules.live()
    titles = {rule.id: rule.title for rule in rules}
    routes = {rule.id: rule.channels for rule in rules}
    compose = partial(compose_digest, name=spec.name, since=since, until=until, timezone=spec.timezone, rules=titles)
    first_seen = {channel.name: channel.first_seen for channel in store.channels.all()}
    owed = []
    for channel in (each for each in channels if each.name in spec.channels):
        told = alerts_for(channel, alerts, routes, since=first_seen[channel.name])
        if told:
            owed.append((_message(channel, compose(told)), [alert.id for alert in told]))
    return compose(alerts), owed


def _message(channel: ChannelSpec, document: DigestDocument) -> PlannedDelivery:
    title = f"digest {document.name}"
    return PlannedDelivery(channel.name, DeliveryKind.DIGEST, Severity.NORMAL, title, digest_tells(document))
