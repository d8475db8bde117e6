"""What only one process may do at a time, such as reading a bot's updates: it holds a lease, and renews it."""

from __future__ import annotations

import os
import socket
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, update

from digest.store.database import put_fact
from digest.store.schema import leases, meta

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.database import Database

LEASE: Final = timedelta(seconds=60)
"""How long one lasts if it is not renewed."""
_CLOCK_SLACK: Final = timedelta(seconds=1)
_PROBLEM: Final = "bot_problem"


def new_holder() -> str:
    """A name for a holder, unlike any other: host, process, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


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
