"""What is known of each channel: whether it is in service, and what its far side lets us do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, insert, or_, select, update

from digest.delivery.limits import chat_key
from digest.delivery.retries import SOON
from digest.errors import UsageError
from digest.store.rows import channel_state
from digest.store.schema import channels, deliveries, pauses
from digest.values.messages import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select

    from digest.delivery.retries import Trouble
    from digest.store.database import Database
    from digest.values.settings import ChannelSpec
    from digest.values.states import ChannelState

NO_LONGER_CONFIGURED = "the channel is no longer in config.toml"
"""Why nothing is sent to a channel that left the config; what it is owed waits for its return."""


class Channels:
    """The channels of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync(self, specs: Sequence[ChannelSpec], off: Mapping[str, str], now: datetime) -> None:
        """Make the stored channels those of the config.

        A new channel is first seen now, and is owed nothing older. A channel that is off, or gone from the config,
        keeps what it was owed; the reason stands on every such delivery until the channel is in service again.

        Args:
            specs: the channels of the config.
            off: why a channel is out of service, by name: "no token in TELEGRAM_BOT_TOKEN".
            now: the time.
        """
        with self._database.write() as (connection, seq):
            stored = {row.name: row for row in connection.execute(select(channels))}
            for spec in specs:
                target, reason = chat_key(spec.medium), off.get(spec.name, "")
                if spec.name not in stored:
                    row = {"name": spec.name, "target": target, "first_seen": now, "off": reason, "seq": seq}
                    connection.execute(insert(channels).values(row))
                    continue
                if stored[spec.name].target != target:  # another chat: nothing learned of the old one holds
                    _change(connection, spec.name, _UNKNOWN_CHAT | {"target": target, "seq": seq})
                _switch(connection, stored[spec.name], reason, seq)
            for name in stored.keys() - {spec.name for spec in specs}:
                _switch(connection, stored[name], NO_LONGER_CONFIGURED, seq)

    def all(self) -> list[ChannelState]:
        """Every channel ever configured, by name; ``off`` tells those out of service."""
        with self._database.read() as connection:
            return [channel_state(row) for row in connection.execute(CHANNELS.order_by(channels.c.name))]

    def state(self, name: str) -> ChannelState:
        """One channel.

        Raises:
            UsageError: there is none of that name.
        """
        with self._database.read() as connection:
            row = connection.execute(CHANNELS.where(channels.c.name == name)).one_or_none()
            if row is None:
                raise UsageError(f"there is no channel named {name}")
            return channel_state(row)

    def try_again(self, now: datetime) -> None:
        """Try the channels whose places took no messages at once: the clock was set, or the machine slept."""
        with self._database.write() as (connection, seq):
            connection.execute(update(channels).where(channels.c.try_at > now).values(try_at=now, seq=seq))

    def works(self, name: str, now: datetime) -> None:
        """A message of somebody's own arrived there: the channel is well, also one that had wanted nothing any more.

        What the engine lacks for it, such as a token, it still lacks.
        """
        with self._database.write() as (connection, seq):
            stored = connection.execute(select(channels).where(channels.c.name == name)).one_or_none()
            if stored is not None and stored.off == stored.last_error:  # the far side said so
                _switch(connection, stored, "", seq)
            note_ok(connection, name, now, seq)

    def migrate_chat(self, name: str, chat: str) -> None:
        """Its group became a supergroup with another id: messages go there from now on, half-sent ones, too.

        Messages of the group are unknown there: its ids mean others. What was sent stays where it is.
        """
        with self._database.write() as (connection, seq):
            here = deliveries.c.channel == name, deliveries.c.place == chat_of(name).scalar_subquery()
            owed = select(deliveries.c.id, deliveries.c.message_ids).where(
                *here, deliveries.c.state != DeliveryState.SENT
            )
            for row in connection.execute(owed).all():
                moved = {"place": chat, "message_ids": [0] * len(row.message_ids), "seq": seq}
                connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(moved))
            _change(connection, name, {"migrated_to": chat, "seq": seq})


def note_ok(connection: Connection, name: str, now: datetime, seq: int) -> None:
    """A message was accepted: the channel is well. Inside a transaction, next to the delivery it belongs to.

    What failed while it was not need not wait for long any more.
    """
    tried = select(channels.c.try_at).where(channels.c.name == name)
    was_off = connection.execute(tried).scalar_one_or_none() is not None
    change: dict[str, Any] = {"last_ok": now, "failures": 0, "seq": seq}
    if was_off:
        change |= {"off": "", "try_at": None}
        late = update(deliveries).where(deliveries.c.channel == name, deliveries.c.retry_at > now + SOON)
        connection.execute(late.where(deliveries.c.state == DeliveryState.QUEUED).values(retry_at=now + SOON))
    _change(connection, name, change)


def note_failure(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    connection: Connection, name: str, error: str, trouble: Trouble, now: datetime, seq: int
) -> None:
    """A message was not accepted, and what that means for the channel; inside a transaction."""
    change = {"off": trouble.off, "try_at": trouble.try_at, "failures": trouble.failures}
    if trouble.off and trouble.try_at is None:  # nobody tries it: what waits says why
        _say_why(connection, name, trouble.off, seq)
    _change(connection, name, change | {"last_error": error, "last_error_at": now, "seq": seq})


def _chat_of(table: FromClause) -> ColumnElement[str]:
    return case((table.c.migrated_to != "", table.c.migrated_to), else_=table.c.target)


def chat_of(channel: str) -> Select[Any]:
    """Where a channel's messages go: its target, or what its group became."""
    return select(_chat_of(channels)).where(channels.c.name == channel)


def chat_now(row: Row[Any]) -> str:
    """The same of a row."""
    return str(row.migrated_to or row.target)


CHANNELS = select(channels, pauses.c.until.label("paused_until")).outerjoin(pauses, pauses.c.chat == _chat_of(channels))
"""What `channel_state` reads."""


IN_SERVICE = or_(channels.c.off == "", channels.c.try_at.is_not(None))
"""`ChannelState.in_service` of a row."""


IN_CHAT = select(channels.c.name).where(_chat_of(channels) == bindparam("in_chat"), IN_SERVICE)
"""The names of the channels in service that lead to the chat ``in_chat``, as topics of a forum do."""


_UNKNOWN_CHAT: dict[str, Any] = {
    "migrated_to": "",
    "last_ok": None,
    "last_error": "",
    "last_error_at": None,
    "failures": 0,
}


def _change(connection: Connection, name: str, values: dict[str, Any]) -> None:
    connection.execute(update(channels).where(channels.c.name == name).values(values))


def _switch(connection: Connection, stored: Row[Any], off: str, seq: int) -> None:
    """Put a channel out of service or back, and the reason on what waits for it; one in trouble is tried anew."""
    if stored.off != off or stored.try_at is not None:
        _change(connection, stored.name, {"off": off, "try_at": None, "seq": seq})
    if off or stored.off:
        _say_why(connection, stored.name, off, seq, instead_of="" if off else stored.off)


def _say_why(connection: Connection, name: str, off: str, seq: int, instead_of: str = "") -> None:
    """Put on what waits for a channel why it does; ``instead_of``: only on what has waited for this."""
    waiting = update(deliveries).where(
        deliveries.c.channel == name,
        deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD)),
        deliveries.c.reason == instead_of if instead_of else deliveries.c.reason != off,
    )
    connection.execute(waiting.values(reason=off, seq=seq))
