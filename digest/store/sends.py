"""When each chat was written to: one account for all that write there, engine, bot and test messages alike.

A message counts from the moment it is about to leave until its answer came, for nobody knows when in between it
arrived; until then its chat is taken. After that it counts from the answer on, so the far side never sees two messages
closer together than the limits say. Taking a turn is one write, so of two processes one is first and the other waits.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, delete, insert, not_, or_, select, update

from digest.delivery.limits import LONGEST, OVERALL, edits_key, next_slot, shares_overall, spared, windows_for
from digest.store.schema import pauses, sends

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Connection

    from digest.delivery.limits import RateLimit
    from digest.store.database import Database

    Windows = Callable[[str], tuple[RateLimit, ...]]

_ON_ITS_WAY: Final = timedelta(minutes=2)
"""No answer takes longer; whoever sent it is gone without having heard it."""
_SLOW: Final = timedelta(seconds=3)
"""A message whose answer takes longer than that hardly waits to arrive: chats that hang must not stop all others."""
_ASLEEP: Final = timedelta(minutes=10)
"""After a longer jump forward the machine slept, most likely."""


class Sends:
    """The account of the store.

    Args:
        database: where it is.
        windows: the limits of a chat.
    """

    def __init__(self, database: Database, windows: Windows = windows_for) -> None:
        self._database = database
        self.windows = windows
        self.holder = database.holder

    def take(self, chat: str, now: datetime) -> int | datetime:
        """Take the next turn in a chat: its id, to be ended, or when it may be asked for again."""
        with self._database.read() as connection:
            ready = self.free_at(connection, chat, now)
        if ready > now:
            return ready
        with self._database.write() as (connection, _):
            return self.take_in(connection, chat, now)

    def end(self, turn: int, now: datetime, silence: timedelta | None = None) -> None:
        """The answer of what was sent in this turn came, or will not come; it may ask for silence in this chat."""
        with self._database.write() as (connection, _):
            ended = update(sends).where(sends.c.id == turn).values(at=now, done=True).returning(sends.c.chat)
            chat = connection.execute(ended).scalar_one_or_none()
            if silence and chat is not None:
                pause_in(connection, chat, now + silence, now)

    def take_in(self, connection: Connection, chat: str, now: datetime, delivery: int | None = None) -> int | datetime:
        """As `take`, inside a transaction that writes; for a delivery, whose answer ends it."""
        ready = self.free_at(connection, chat, now)
        if ready > now:
            return ready
        connection.execute(delete(sends).where(sends.c.at < now - _ON_ITS_WAY))
        row = {"chat": chat, "at": now, "done": False, "delivery_id": delivery, "holder": self.holder}
        return int(connection.execute(insert(sends).values(row).returning(sends.c.id)).scalar_one())

    def edit_at(self, connection: Connection, chat: str, now: datetime) -> datetime:
        """When a message of a chat may be edited next: as far as that keeps no message waiting that comes meanwhile."""
        edits = self.free_at(connection, edits_key(chat), now)
        return max(edits, self.free_at(connection, chat, now, spare=True))

    def free_at(self, connection: Connection, chat: str, now: datetime, *, spare: bool = False) -> datetime:
        """When the next message to a chat may go; while one is on its way, a moment after ``now``.

        What is none of Telegram's, as a file, neither waits for other chats nor makes them wait. With ``spare`` as much
        of what the limits grant has to be left for others.
        """
        windows, overall = self.windows(chat), OVERALL
        if spare:
            windows, overall = spared(windows), spared(OVERALL)
        paused = connection.execute(_PAUSED, {"chat": chat}).scalar_one_or_none()
        ready = max(now, paused or now)
        if not windows:
            return ready
        times = {"chat": chat, "minute": now - LONGEST, "on_its_way": now - _ON_ITS_WAY, "moment": now - _SLOW}
        of_chat, of_all = [], []
        for row in connection.execute(_SENT_LATELY, times):
            if row.chat == chat:
                of_chat.append(row.at if row.done else now)
            if shares_overall(row.chat) and self.windows(row.chat):
                of_all.append(row.at if row.done or row.at <= now - _SLOW else now)
        ready = max(ready, next_slot(of_chat, now, windows))
        return max(ready, next_slot(of_all, now, overall)) if shares_overall(chat) else ready

    def set_forward(self, by: timedelta, now: datetime) -> None:
        """The clock was set forward to ``now``, or the machine slept: what was sent may have been sent just now.

        After a long sleep nothing counts any more, either way.
        """
        by = min(by, _ASLEEP)
        with self._database.write() as (connection, _):
            for row in connection.execute(select(sends.c.id, sends.c.at)).all():
                at = min(row.at + by, now)  # some may have gone since it was set
                connection.execute(update(sends).where(sends.c.id == row.id).values(at=at))


# Made once: making a statement costs more than SQLite takes for it.
_PAUSED: Final = select(pauses.c.until).where(pauses.c.chat == bindparam("chat"))
_SENT_LATELY: Final = select(sends.c.chat, sends.c.at, sends.c.done).where(
    or_(
        and_(sends.c.chat == bindparam("chat"), sends.c.at > bindparam("minute")),
        and_(sends.c.chat == bindparam("chat"), not_(sends.c.done), sends.c.at > bindparam("on_its_way")),
        sends.c.at > bindparam("moment"),
    )
)


def end_in(
    connection: Connection,
    now: datetime,
    *chosen: ColumnElement[bool],
    delivery: int | None = None,
    chat: str | None = None,
) -> None:
    """Nothing of this is on its way any more, or of a delivery, or in a chat; inside a transaction."""
    ended = update(sends).where(not_(sends.c.done), *chosen)
    if delivery is not None:
        ended = ended.where(sends.c.delivery_id == delivery)
    if chat is not None:
        ended = ended.where(sends.c.chat.in_((chat, edits_key(chat))))
    connection.execute(ended.values(at=now, done=True))


def pause_in(connection: Connection, chat: str, until: datetime, now: datetime) -> None:
    """A chat asked for silence; inside a transaction, beside the delivery that was told so."""
    times = {"since": now, "until": until}
    if not connection.execute(update(pauses).where(pauses.c.chat == chat).values(times)).rowcount:
        connection.execute(insert(pauses).values(times | {"chat": chat}))
