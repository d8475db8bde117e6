"""Messages that were sent and would read differently now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from digest.store.schema import deliveries, delivery_alerts, matches
from digest.values.messages import DeliveryKind, DeliveryState

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection


def make_stale(connection: Connection, entry_ids: Collection[int], now: datetime, seq: int) -> None:
    """Have the messages edited that tell of alerts on these entries, and were sent or are on their way."""
    of_them = select(delivery_alerts.c.delivery_id).join(matches, matches.c.id == delivery_alerts.c.match_id)
    sent = deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.SENDING))
    change = update(deliveries).where(deliveries.c.kind == DeliveryKind.ALERT, sent)
    change = change.where(deliveries.c.id.in_(of_them.where(matches.c.entry_id.in_(entry_ids))))
    connection.execute(change.values(stale=now, edit_at=now, seq=seq))
