"""Messages as they are written when they go, from values or from a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from digest.delivery.messages.write import whole, written
from digest.store.schema import deliveries
from digest.store.telling import facts_of
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState, Facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.store import Store
    from digest.values.news import JudgedMatch, StoredEntry
    from digest.values.settings import ChannelSpec


def alert_parts(
    entry: StoredEntry, judged: Sequence[JudgedMatch], channel: ChannelSpec, titles: Mapping[str, str]
) -> tuple[str, ...]:
    """The message to a channel that tells of this."""
    now = entry.first_seen
    alerts = tuple(
        Alert(number, one.match.rule, one.match.severity, now, entry, one.match.hits, one.summary)
        for number, one in enumerate(judged)
    )
    severity = max(alert.severity for alert in alerts)
    delivery = Delivery(1, channel.name, DeliveryKind.ALERT, DeliveryState.SENDING, severity, 1, now, now)
    return written(delivery, Facts(alerts, titles, 1, now, now), channel, whole)


def as_it_went_before(store: Store, number: int, place: str, *parts: str) -> None:
    """Let a message of the store be one that was written for a place, and of which all that it told of was pruned."""
    change = update(deliveries).where(deliveries.c.id == number).values(tells={}, parts=list(parts), place=place)
    with store.database.write() as (connection, _):
        connection.execute(change)


def stored_parts(store: Store, delivery: Delivery, channel: ChannelSpec) -> tuple[str, ...]:
    """A message of the store, as it would be written for a channel now."""
    with store.database.read() as connection:
        return written(delivery, facts_of(connection, delivery, channel), channel, whole)
