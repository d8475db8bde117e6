"""Messages that were sent and would read differently now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from digest.store.schema import deliveries, delivery_alerts
from digest.values.messages import DeliveryKind, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class OfMatches:
    """Messages that tell of these alerts, by the ids of their matches."""

    ids: Collection[int]


def make_stale(connection: Connection, chosen: OfMatches, now: datetime, seq: int) -> int:
    """Alerts that were sent, or are on their way, read differently from now on; how many messages; in a transaction."""
    told = select(delivery_alerts.c.delivery_id).where(delivery_alerts.c.match_id.in_(chosen.ids))
    sent = deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.SENDING))
    change = update(deliveries).where(deliveries.c.kind == DeliveryKind.ALERT, sent, deliveries.c.id.in_(told))
    return connection.execute(change.values(stale=now, edit_at=now, seq=seq)).rowcount
