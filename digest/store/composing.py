"""The digest of a time, whoever asks for it, and what it tells each of its channels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from digest.delivery.decide import alerts_for
from digest.store.period import read_period
from digest.stories.compose import named

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from digest.store.store import Store
    from digest.values.messages import DigestDocument
    from digest.values.settings import ChannelSpec, DigestSpec
    from digest.values.states import LiveRule


def begun(store: Store, name: str, until: datetime, period: timedelta) -> datetime:
    """Where the time of a digest begins that ends then: where its last one ended, else a period before."""
    last = store.digests.last_until(name)
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
    found = read_period(store, since, until, {spec.desk})
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
