"""Transactions: many readers, one writer at a time, and every write with its number in the change sequence."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import time
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, Connection, Insert, Table, Text, insert, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from digest.errors import AwayError, BusyError, DamagedRowError, LeaseLostError, StoreError
from digest.store import events
from digest.store.backend import PATIENCE
from digest.store.schema import meta

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.store.backend import Backend


_log = logging.getLogger(__name__)

_MARK: Final = "mark"
BACKUP: Final = "backup"  # the fact: when the last backup was made, and where
RESTORED: Final = "restored"  # the fact: it comes from a backup, and no engine has worked on it since
_SOUND_FOR: Final = 60.0  # seconds for which a database in which no damage was found is not searched for it again
_number = sql_cast(meta.c.value, BigInteger)
_SEQ = select(_number).where(meta.c.key == "seq")
# First of all in a write, because on PostgreSQL this row's lock is what makes it the only writer.
_NEXT = update(meta).where(meta.c.key == "seq").values(value=sql_cast(_number + 1, Text)).returning(_number)


def give_mark(connection: Connection) -> None:
    """Mark a database that has no mark yet; its tables are there."""
    if connection.execute(select(meta.c.value).where(meta.c.key == _MARK)).one_or_none() is None:
        connection.execute(insert(meta).values(key=_MARK, value=secrets.token_hex(3)))


def put_fact(connection: Connection, key: str, value: str) -> None:
    """Store a single fact, in a transaction that is already open."""
    if not connection.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount:
        connection.execute(insert(meta).values(key=key, value=value))


def new_holder() -> str:
    """A name for a holder, unlike any other: host, process, and a random part."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:12]}"


class Database:
    """A database that is there and fits; made by ``open_store``.

    Any thread may read and write; writers wait for each other, in this process and in others. Every error that the
    disk, the network or another process can cause leaves as a ``StoreError`` in plain words.

    What was written when a write ends is where the next start finds it.

    Args:
        backend: which database, and of what kind.
        patience: seconds that a write waits for another one.
        keeps: whether it is for a process that answers for the database: the engine, or a part of it.
    """

    def __init__(self, backend: Backend, *, patience: float = PATIENCE, keeps: bool = False) -> None:
        self.backend = backend
        self.lacks_writes = ""
        """That it lacks what the engine before this one wrote last, in words: messages that were sent may be in it."""
        self.on_loss: Callable[[Connection, datetime, int], None] = lambda *_: None
        """What is done in the first write after another server took the place of the one that was written to."""
        self.holder = new_holder() if keeps else None
        """By what name this process holds what it has in hand; none where it has nothing for long."""
        self.fence: Callable[[Connection], None] = lambda _: None
        """First in each write, of a part: raises ``LeaseLostError`` where another has taken its place."""
        self._lost = ""
        self._keeps = keeps
        self._wrote = 0  # the number of the last write of this process
        self._sound_until = 0.0
        self._engine, self._writer = backend.engines(patience, keeps=keeps)
        self._next = backend.counting(_NEXT)
        self._shared = threading.local()  # its connection: the one that all reads of a thread go by for now
        self._doorbell = threading.Lock()

    @property
    def name(self) -> str:
        """What messages call it: a path, or an address without its password."""
        return self.backend.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees the database as it is now; end it soon, for it holds back the tidying of the log."""
        if shared := getattr(self._shared, "connection", None):
            yield shared
            return
        self.backend.look()
        with self._plain_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """All reads of this thread in the block see the database as it is at the first of them; nothing is written."""
        with self.read() as connection:
            self._shared.connection = connection
            try:
                yield
            finally:
                self._shared.connection = None

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, int]]:
        """A connection that is the only writer, and the transaction's number to stamp on the rows it touches.

        All of the block lands together when it ends, or nothing of it when it raises.
        """
        self.backend.look()
        with self._plain_errors(), self._writer.begin() as connection:
            events.begin(connection)
            number = connection.execute(self._next).scalar_one()
            self.fence(connection)
            if self._keeps and number <= self._wrote:
                _log.error("%s lacks what was written last: what may have been sent is marked as a repeat", self.name)
                self.on_loss(connection, datetime.now(UTC), number)
            yield connection, number
            decided = events.committed(connection)
        self.backend.look()
        self.backend.wrote(number)
        self._wrote = number
        events.log(decided)

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """A connection for a write that nobody waits for and nobody needs to hear of: it is not counted."""
        with self._plain_errors(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A connection that is the only writer, before there is a change sequence to count in."""
        with self.apart() as connection:
            self.backend.alone(connection)
            yield connection

    def seq(self) -> int:
        """The number of the last transaction that wrote."""
        with self.read() as connection:
            return connection.execute(_SEQ).scalar_one()

    def mark(self) -> str:
        """What tells this database from one that stood in its place before or after it: a few letters and digits."""
        with self.read() as connection:
            return str(connection.execute(select(meta.c.value).where(meta.c.key == _MARK)).scalar_one())

    def data_version(self) -> int:
        """The doorbell: it changes when anyone has committed, this process included; asking costs next to nothing."""
        self.backend.look()
        with self._doorbell, self._plain_errors():
            return self.backend.data_version()

    def settle(self) -> None:
        """Bring what was written last to where it stays, as far as nobody reads it just now: it loses less."""
        with self._plain_errors():
            self.backend.settle()

    def opened(self) -> None:
        """It is open and fits."""
        self.backend.opened((self.mark(), self.seq()) if self._keeps else None)
        self.lacks_writes = self.backend.lacks_writes
        if not self._keeps:
            return
        with self.read() as connection:
            if connection.execute(select(meta.c.value).where(meta.c.key == RESTORED)).first():
                words = "was restored from a backup; what may have been sent since is marked as a repeat"
                self.lacks_writes = f"{self.name} {words}"

    def held_by(self) -> str:
        """Which engine works on it, maybe on another machine: its process and host in words; empty on SQLite."""
        with self.read() as connection:
            return self.backend.held_by(connection)

    def lost(self) -> str:
        """Why this process must no longer use it, in words: its file was deleted, another engine runs; else empty."""
        return self._lost or self.backend.lost()

    def lose(self, why: str) -> LeaseLostError:
        """Another part has taken the place of this one, for which it is to end; what it is to be told."""
        self._lost = why
        return LeaseLostError(why)

    def which(self) -> object:
        """Tells it from another one that was put in its place: this changes when that happens."""
        return self.backend.which()

    def close(self) -> None:
        """Let go of it."""
        with self._doorbell:
            self.backend.close()

    @contextmanager
    def blaming_damage(self) -> Iterator[None]:
        """Where what was read is used: what fails there because a row is damaged is said of that row.

        Raises:
            DamagedRowError: a row cannot be read.
        """
        try:
            yield
        except (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, SQLAlchemyError) as error:
            self._blame_damage(error)
            raise

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turn what the disk, the file, another process or another hand did into plain words."""
        of_driver: tuple[type[Exception], ...] = (DBAPIError, *self.backend.errors)
        try:
            yield
        except of_driver as error:
            cause = getattr(error, "orig", None) or error
            words = self.backend.plain_words(cause)
            if words is None:
                self._blame_damage(error)
                raise
            raise self._kind_of(cause)(words) from error
        except (ValueError, TypeError, ArithmeticError, LookupError, SQLAlchemyError) as error:
            self._blame_damage(error)
            raise

    def _kind_of(self, cause: BaseException) -> type[StoreError]:
        """What a caller may do about an error of the driver's."""
        if self.backend.is_busy(cause):
            return BusyError
        return AwayError if self.backend.is_away(cause) else StoreError

    def _blame_damage(self, error: Exception) -> None:
        """If what the database holds cannot be read, say so; the engine mends it. Else the error is a mistake of ours.

        Raises:
            DamagedRowError: it cannot.
            StoreError: a part of it is not there at all.
        """
        if time.monotonic() < self._sound_until:
            return
        from digest.store.damage import missing

        with self._engine.connect() as connection:
            if lost := missing(connection):
                raise StoreError(f"{lost} of the database {self.name}: put back a copy of it") from error
            found = self.backend.find_damage(connection, letters="UTF-8" in str(error))
        if not found:
            self._sound_until = time.monotonic() + _SOUND_FOR
            return
        if self._keeps:
            with self._writer.begin() as connection:
                for each in found:
                    self.backend.mend(connection, each)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        advice = (
            "what can be read was put in its place" if self._keeps else f"repair or delete it with {self.backend.shell}"
        )
        raise DamagedRowError(f"{found[0]}{more}; {advice}", mended=self._keeps) from error


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves out a row whose unique key is taken."""
    made: Insert = connection.get_execution_options()["insert"](table).on_conflict_do_nothing()
    return made.execution_options(preserve_rowcount=True)  # how many it added: not every driver's insert tells else
