"""Times by which is judged what is well and who is owed what, where a clock that was ahead has left them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import update

from digest.store.schema import channels, conditions, feeds

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

_MARKS: Final = (
    channels.c.first_seen,  # it is owed nothing older
    channels.c.last_error_at,  # it is in trouble until a message goes after this ...
    channels.c.last_ok,  # ... and well until one fails after this
    feeds.c.added,  # it has failed since then ...
    feeds.c.last_ok,  # ... or since then
    conditions.c.since,  # it is over once something shows after this that it is well
    conditions.c.ended,  # it is told some minutes later
)


class Marks:
    """These times of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def forget_future(self, now: datetime) -> None:
        """Let those that lie in the future be now: the clock was wrong then."""
        with self._database.write() as (connection, seq):
            for mark in _MARKS:
                connection.execute(update(mark.table).where(mark > now).values({mark.name: now, "seq": seq}))
