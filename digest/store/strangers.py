"""Whom the bot hears from: people it does not obey, and the chats it is in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from digest.store.schema import bot_chats, strangers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.store.database import Database

_HEARD_LATELY = timedelta(minutes=1)
"""A chat that was heard from so lately is not written down anew: a lively group would cost a commit a line."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Someone who asked the bot for something and is none of its admins."""

    user_id: int
    name: str
    first_seen: datetime
    last_seen: datetime
    count: int
    """How often."""


class Strangers:
    """The strangers of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, user_id: int, name: str, now: datetime) -> bool:
        """One asked for something; says whether it was the first time."""
        with self._database.write() as (connection, _):
            known = update(strangers).where(strangers.c.user_id == user_id)
            again = {"count": strangers.c.count + 1, "last_seen": now, "name": name}
            if connection.execute(known.values(again)).rowcount:
                return False
            row = {"user_id": user_id, "name": name, "first_seen": now, "last_seen": now, "count": 1}
            connection.execute(insert(strangers).values(row))
            return True

    def all(self) -> Sequence[Stranger]:
        """Every one of them, the latest first."""
        query = select(strangers, strangers.c.count.label("times")).order_by(
            strangers.c.last_seen.desc(), strangers.c.user_id
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [Stranger(row.user_id, row.name, row.first_seen, row.last_seen, row.times) for row in rows]


@dataclass(frozen=True, slots=True)
class BotChat:
    """A chat that the bot has heard from."""

    id: int
    type: str
    title: str
    username: str
    last_seen: datetime


class BotChats:
    """The chats that the bot has heard from while an engine read its updates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, chat: BotChat) -> None:
        """One was heard from, or was told of."""
        with self._database.read() as connection:
            known = connection.execute(select(bot_chats).where(bot_chats.c.id == chat.id)).one_or_none()
        said = (chat.type, chat.title, chat.username)
        if (
            known is not None
            and (known.type, known.title, known.username) == said
            and abs(chat.last_seen - known.last_seen) < _HEARD_LATELY
        ):
            return
        row = {"type": chat.type, "title": chat.title, "username": chat.username, "last_seen": chat.last_seen}
        with self._database.write() as (connection, _):
            changed = connection.execute(update(bot_chats).where(bot_chats.c.id == chat.id).values(row))
            if not changed.rowcount:
                connection.execute(insert(bot_chats).values({"id": chat.id, **row}))

    def all(self) -> Sequence[BotChat]:
        """Every one of them, the latest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(bot_chats).order_by(bot_chats.c.last_seen.desc(), bot_chats.c.id)).all()
        return [BotChat(row.id, row.type, row.title, row.username, row.last_seen) for row in rows]
