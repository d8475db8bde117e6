"""What the engine and the faces say to each other: how it does, what it is asked, who holds a lease.

Whether it still runs, its lock tells. A lease is for what only one process may do at a time, such as reading a bot's
updates: who holds it renews it.
"""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from digest.clock import Awake
from digest.store.alerts import DOUBT
from digest.store.database import RESTORED, put_fact
from digest.store.parts import clear_parts, held_by_none
from digest.store.rows import engine_state
from digest.store.schema import awake, deliveries, engine, leases, meta, requests
from digest.values.messages import DeliveryState
from digest.values.states import EngineState, Request

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.store.database import Database

_STRETCHES_KEPT: Final = 1_000
NOT_ANSWERED: Final = "the engine ended before it came to this"
"""The answer to a request that was left behind."""
_GLANCE: Final = 0.05  # seconds between two looks at the doorbell
LEASE: Final = timedelta(seconds=60)
"""How long a lease lasts if it is not renewed."""
_CLOCK_SLACK: Final = timedelta(seconds=1)
_PROBLEM: Final = "bot_problem"


def doubt(connection: Connection, now: datetime, seq: int) -> None:
    """What waits may have been sent, and so may what each feed's next poll brings: let it say so when it goes."""
    waits = DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENDING
    connection.execute(update(deliveries).where(deliveries.c.state.in_(waits)).values(maybe_repeat=True, seq=seq))
    put_fact(connection, DOUBT, str(round(now.timestamp() * 1000)))


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
            clear_parts(connection, self._database)
            left = update(requests).where(requests.c.done.is_(None), requests.c.created < now)
            left = left.where(held_by_none(requests.c.holder, self._database))
            connection.execute(left.values(done=now, result=NOT_ANSWERED))
            if self._database.lacks_writes:
                doubt(connection, now, seq)
                queued = update(deliveries).where(deliveries.c.state == DeliveryState.QUEUED)
                connection.execute(queued.values(state=DeliveryState.SENDING, seq=seq))
                connection.execute(delete(meta).where(meta.c.key == RESTORED))

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


# Made once: making a statement costs more than SQLite takes for it, and this is asked twice a second.
_OLDEST: Final = (
    select(requests).where(requests.c.claimed.is_(None), requests.c.done.is_(None)).order_by(requests.c.id).limit(1)
)


class Requests:
    """The requests of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, kind: str, args: Mapping[str, object], now: datetime) -> int:
        """Ask for something; the request's id."""
        with self._database.write() as (connection, _):
            row = {"kind": kind, "args": dict(args), "created": now}
            return int(connection.execute(insert(requests).returning(requests.c.id), row).scalar_one())

    def claim(self, now: datetime) -> Request | None:
        """Take the oldest request that nobody has taken; ``None`` if there is none."""
        with self._database.read() as connection:  # most looks find nothing, and need not write for it
            if connection.execute(_OLDEST).first() is None:
                return None
        with self._database.write() as (connection, _):
            row = connection.execute(_OLDEST).one_or_none()
            if row is None:
                return None
            connection.execute(
                update(requests).where(requests.c.id == row.id).values(claimed=now, holder=self._database.holder)
            )
            return Request(id=row.id, kind=row.kind, args=row.args, created=row.created)

    def give_back(self, in_hand: Collection[int]) -> None:
        """Let what was taken without whoever took it learning so be taken again: all but what is in hand."""
        mine = requests.c.claimed.is_not(None), requests.c.holder.is_not_distinct_from(self._database.holder)
        lost = *mine, requests.c.done.is_(None), requests.c.id.not_in(in_hand)
        with self._database.write() as (connection, _):
            connection.execute(update(requests).where(*lost).values(claimed=None))

    def finish(self, request_id: int, result: str, now: datetime) -> None:
        """Answer a request; the result is plain words for the one who asked, empty when there is nothing to say."""
        with self._database.write() as (connection, _):
            connection.execute(update(requests).where(requests.c.id == request_id).values(done=now, result=result))

    def result(self, request_id: int) -> str | None:
        """The answer; ``None`` while there is none."""
        query = select(requests.c.result).where(requests.c.id == request_id, requests.c.done.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def wait(self, request_id: int, *, seconds: float) -> str | None:
        """The answer, waited for at most so long; ``None`` if it did not come. Blocks its thread."""
        until = time.monotonic() + seconds
        rung = None
        while True:
            version = self._database.data_version()
            if version != rung and (answer := self.result(request_id)) is not None:
                return answer
            rung = version
            if time.monotonic() >= until:
                return None
            time.sleep(_GLANCE)


def bot_lease(token: str) -> str:
    """The name of the lease on reading the updates of the bot with this token; tells nothing of its secret half."""
    return f"bot:{token.partition(':')[0]}"


class Leases:
    """The leases of the store, and what their holder has to say."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, name: str, holder: str, now: datetime) -> str:
        """Take a lease or renew it, for `LEASE` from now; empty if that went well, else who holds it.

        It is free where nobody renewed it, where its holder was a process of this machine that is no more, and where
        it ends later than any can: the clock was wrong then.
        """
        with self._database.write() as (connection, _):
            row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
            if row is None:
                connection.execute(insert(leases).values(name=name, holder=holder, until=now + LEASE))
                return ""
            if row.holder != holder and _lasts(row.until, now) and not _is_gone(row.holder, holder):
                return str(row.holder)
            taken = update(leases).where(leases.c.name == name)
            connection.execute(taken.values(holder=holder, until=now + LEASE))
            return ""

    def release(self, name: str, holder: str) -> None:
        """Let go of a lease, if it is held by this one."""
        with self._database.write() as (connection, _):
            connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    def is_held(self, name: str, now: datetime) -> bool:
        """Whether anyone holds it who may still be at work."""
        with self._database.read() as connection:
            row = connection.execute(select(leases).where(leases.c.name == name)).one_or_none()
        return row is not None and _lasts(row.until, now) and not _is_gone(row.holder)

    def any_held(self, prefix: str, now: datetime) -> bool:
        """Whether anyone holds a lease whose name begins so."""
        with self._database.read() as connection:
            rows = connection.execute(select(leases.c.name).where(leases.c.until > now)).all()
        return any(row.name.startswith(prefix) and self.is_held(row.name, now) for row in rows)

    def note_problem(self, words: str) -> None:
        """What keeps the bot from reading its updates, in plain words; empty: nothing does."""
        with self._database.write() as (connection, _):
            put_fact(connection, _PROBLEM, words)

    def problem(self) -> str:
        """What was last noted so."""
        with self._database.read() as connection:
            found = connection.execute(select(meta.c.value).where(meta.c.key == _PROBLEM)).scalar_one_or_none()
        return found or ""


def _lasts(until: datetime, now: datetime) -> bool:
    """Whether a lease is not over yet, nor was taken by a clock that was wrong."""
    return now < until <= now + LEASE + _CLOCK_SLACK


def _is_gone(holder: str, asker: str = "") -> bool:
    """Whether a holder was a process of this machine that has ended.

    One with the asker's own process id and another name has: a container gives each of its engines the same one.
    """
    host, _, rest = holder.partition(":")
    pid = rest.partition(":")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return bool(asker)
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's, so it is there
        return False
    return False
