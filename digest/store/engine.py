"""What the engine says of itself, for the faces to show; whether it still runs, its lock tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, insert, select, update

from digest.store.alerts import DOUBT
from digest.store.database import put_fact
from digest.store.rows import engine_state
from digest.store.schema import deliveries, engine, meta, requests
from digest.values.messages import DeliveryState
from digest.values.states import EngineState

if TYPE_CHECKING:
    from digest.store.database import Database

_ABSENCES: Final = "absences"
_ABSENCES_KEPT: Final = 100
NOT_ANSWERED = "the engine ended before it came to this"
"""The answer to a request that was left behind."""


class EngineRow:
    """The one row about the engine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def started(self, pid: int, host: str, version: str, now: datetime) -> None:
        """An engine runs now; what was asked of the one before it is answered: it will not be done.

        Where the database lacks what that one wrote last, what is queued may have been sent, and so may what each
        feed's next poll brings: it is treated as answers that got lost.
        """
        with self._database.write() as (connection, seq):
            connection.execute(delete(engine))
            row = {"id": 1, "pid": pid, "host": host, "version": version, "started": now, "heartbeat": now}
            connection.execute(insert(engine).values(row))
            left = update(requests).where(requests.c.done.is_(None), requests.c.created < now)
            connection.execute(left.values(done=now, result=NOT_ANSWERED))
            if self._database.lacks_writes:
                begun = update(deliveries).where(deliveries.c.state == DeliveryState.QUEUED)
                connection.execute(begun.values(state=DeliveryState.SENDING, seq=seq))
                put_fact(connection, DOUBT, str(round(now.timestamp() * 1000)))

    def beat(self, now: datetime, activity: str = "", *, problem: str = "") -> None:
        """It is alive, and does this; ``problem`` is what a user should know of, in plain words."""
        self._change({"heartbeat": now, "activity": activity, "problem": problem})

    def note_absence(self, begin: datetime, end: datetime) -> None:
        """No engine worked in that time: none ran, or the machine slept."""
        known = [*self.absences(), (begin, end)][-_ABSENCES_KEPT:]
        value = json.dumps([[round(moment.timestamp() * 1000) for moment in each] for each in known])
        with self._database.write() as (connection, _):
            put_fact(connection, _ABSENCES, value)

    def absences(self) -> list[tuple[datetime, datetime]]:
        """The last times in which no engine worked, each from when to when, oldest first."""
        with self._database.read() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == _ABSENCES)).scalar_one_or_none()
        times = [[datetime.fromtimestamp(moment / 1000, UTC) for moment in each] for each in json.loads(found or "[]")]
        return [(begin, end) for begin, end in times]

    def stopped(self, now: datetime) -> None:
        """It ended in good order."""
        self._change({"pid": None, "heartbeat": now, "activity": ""})

    def state(self) -> EngineState:
        """What the engine last said."""
        with self._database.read() as connection:
            row = connection.execute(select(engine)).one_or_none()
            return EngineState() if row is None else engine_state(row)

    def _change(self, values: dict[str, Any]) -> None:
        with self._database.write() as (connection, _):
            connection.execute(update(engine).values(values))
