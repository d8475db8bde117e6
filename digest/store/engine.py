"""What the engine says of itself, for the faces to show; whether it still runs, its lock tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, delete, func, insert, select, update

from digest.clock import Awake
from digest.store.alerts import DOUBT
from digest.store.database import put_fact
from digest.store.rows import engine_state
from digest.store.schema import awake, deliveries, engine, requests
from digest.values.messages import DeliveryState
from digest.values.states import EngineState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.store.database import Database

_STRETCHES_KEPT: Final = 1_000
NOT_ANSWERED = "the engine ended before it came to this"
"""The answer to a request that was left behind."""


class EngineRow:
    """The one row about the engine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def started(self, pid: int, host: str, version: str, now: datetime) -> None:
        """An engine runs now; what was asked of the one before it is answered: it will not be done.

        Where the database lacks what that one wrote last, what waits may have been sent, and so may what each feed's
        next poll brings: that is marked as a repeat, and what is queued treated as answers that got lost.
        """
        with self._database.write() as (connection, seq):
            connection.execute(delete(engine))
            row = {"id": 1, "pid": pid, "host": host, "version": version, "started": now, "heartbeat": now}
            connection.execute(insert(engine).values(row))
            _begin(connection, now)
            left = update(requests).where(requests.c.done.is_(None), requests.c.created < now)
            connection.execute(left.values(done=now, result=NOT_ANSWERED))
            if self._database.lacks_writes:
                waiting = update(deliveries).where(deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD)))
                sending = case(
                    (deliveries.c.state == DeliveryState.QUEUED, DeliveryState.SENDING), else_=deliveries.c.state
                )
                connection.execute(waiting.values(state=sending, maybe_repeat=True, seq=seq))
                put_fact(connection, DOUBT, str(round(now.timestamp() * 1000)))

    def beat(self, now: datetime, activity: str = "", *, problem: str = "") -> None:
        """It is alive, and does this; ``problem`` is what a user should know of, in plain words."""
        self._change({"heartbeat": now, "activity": activity, "problem": problem}, now)

    def woke(self, now: datetime) -> None:
        """It is at work from now on: the machine slept until now, or the clock was set."""
        with self._database.write() as (connection, _):
            _begin(connection, now)

    def awake(self) -> Awake:
        """When an engine was at work, as far back as it is known."""
        with self._database.read() as connection:
            rows = connection.execute(select(awake).order_by(awake.c.begun)).all()
        return Awake(tuple((row.begun, row.ended) for row in rows))

    def stopped(self, now: datetime) -> None:
        """It ended in good order."""
        self._change({"pid": None, "heartbeat": now, "activity": ""}, now)

    def state(self) -> EngineState:
        """What the engine last said."""
        with self._database.read() as connection:
            row = connection.execute(select(engine)).one_or_none()
            return EngineState() if row is None else engine_state(row)

    def _change(self, values: dict[str, Any], now: datetime) -> None:
        with self._database.write() as (connection, _):
            connection.execute(update(engine).values(values))
            _go_on(connection, now)


def _begin(connection: Connection, now: datetime) -> None:
    """Begin another stretch in which an engine is at work; what lies after it came of a clock that was ahead."""
    connection.execute(delete(awake).where(awake.c.begun >= now))
    connection.execute(update(awake).where(awake.c.ended > now).values(ended=now))
    connection.execute(insert(awake).values(begun=now, ended=now))
    kept = select(awake.c.begun).order_by(awake.c.begun.desc()).limit(_STRETCHES_KEPT)
    connection.execute(delete(awake).where(awake.c.begun.not_in(kept)))


def _go_on(connection: Connection, now: datetime) -> None:
    """The stretch in which an engine is at work lasts until now."""
    last = select(func.max(awake.c.begun)).scalar_subquery()
    connection.execute(update(awake).where(awake.c.begun == last, awake.c.ended < now).values(ended=now))
