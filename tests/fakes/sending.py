"""What a store knows of chats and their channels, set and read by tests in place of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from digest.delivery.retries import WELL, Trouble
from digest.store.channels import note_failure
from digest.store.schema import deliveries, pauses, sends
from digest.store.sends import pause_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.store import Store
    from digest.values.messages import DeliveryState


def sent_at(store: Store, chat: str) -> list[datetime]:
    """When a chat was written to, as far as that counts."""
    with store.database.read() as connection:
        return list(connection.execute(select(sends.c.at).where(sends.c.chat == chat).order_by(sends.c.at)).scalars())


def note_sent(store: Store, chat: str, times: Iterable[datetime]) -> None:
    """Let a chat have been written to at these times."""
    with store.database.write() as (connection, _):
        connection.execute(insert(sends), [{"chat": chat, "at": at, "done": True} for at in times])


def pause(store: Store, chat: str, until: datetime, now: datetime) -> None:
    """Let a chat have asked for silence."""
    with store.database.write() as (connection, _):
        pause_in(connection, chat, until, now)


def paused_until(store: Store, chat: str) -> datetime | None:
    """The silence that a chat asked for."""
    with store.database.read() as connection:
        until: datetime | None = connection.execute(
            select(pauses.c.until).where(pauses.c.chat == chat)
        ).scalar_one_or_none()
        return until


def put_in(store: Store, delivery: int, state: DeliveryState, reason: str = "") -> None:
    """Let a delivery be in a state, however it came there."""
    with store.database.write() as (connection, seq):
        change = update(deliveries).where(deliveries.c.id == delivery)
        connection.execute(change.values(state=state, reason=reason, seq=seq))


def note_error(store: Store, channel: str, error: str, at: datetime, trouble: Trouble = WELL) -> None:
    """Let a channel not have taken a message."""
    with store.database.write() as (connection, seq):
        note_failure(connection, channel, error, trouble, at, seq)
