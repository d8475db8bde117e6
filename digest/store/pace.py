"""How fast each far side may be written to: kept by chat, for a restart must not forget it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from digest.delivery.limits import after_set_back
from digest.store.rows import times_as_json, times_of
from digest.store.schema import pace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from digest.store.database import Database


@dataclass(frozen=True, slots=True)
class ChatPace:
    """What is known of one chat (or another far side, as ``ChannelState.chat`` names it)."""

    sends: tuple[datetime, ...] = ()
    """When it was written to, as far as that still counts, oldest first."""
    paused_until: datetime | None = None
    """It asked for silence until then."""


class Paces:
    """The paces of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, ChatPace]:
        """By chat; one that was never written to is not there."""
        with self._database.read() as connection:
            rows = connection.execute(select(pace)).all()
            return {row.chat: ChatPace(times_of(row.recent_sends), row.paused_until) for row in rows}

    def note(self, chat: str, sends: Sequence[datetime]) -> None:
        """A chat was, or is about to be, written to: these are the times that count now."""
        with self._database.write() as (connection, _):
            note_sends(connection, chat, sends)

    def pause(self, chat: str, until: datetime | None) -> None:
        """A chat asked for silence; ``None``: no more."""
        with self._database.write() as (connection, _):
            _put(connection, chat, {"paused_until": until})

    def forget_future(self, now: datetime) -> None:
        """Of the chats that were written to in the future (the clock was wrong then) say that they were just now."""
        wrong = {chat: known for chat, known in self.all().items() if any(sent > now for sent in known.sends)}
        if not wrong:
            return
        with self._database.write() as (connection, _):
            for chat, known in wrong.items():
                sends, paused = after_set_back(known.sends, known.paused_until, now)
                _put(connection, chat, {"recent_sends": times_as_json(sends), "paused_until": paused})


def note_sends(connection: Connection, chat: str, sends: Sequence[datetime]) -> None:
    """As `Paces.note`, inside a transaction, next to the delivery that they belong to."""
    _put(connection, chat, {"recent_sends": times_as_json(sends)})


def _put(connection: Connection, chat: str, values: dict[str, Any]) -> None:
    changed = connection.execute(update(pace).where(pace.c.chat == chat).values(values))
    if not changed.rowcount:
        connection.execute(insert(pace).values({"chat": chat} | values))
