"""Transactions: many readers, one writer at a time, and every write with its number in the change sequence."""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import BigInteger, Connection, Engine, Insert, Table, Text, event, insert, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from digest.errors import BusyError, DamagedRowError, StoreError
from digest.store import sqlite
from digest.store.schema import meta
from digest.store.sqlite import LastWrite, OpenFiles

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path


_MARK: Final = "mark"
_MAY_REPEAT: Final = "its log was deleted or an older copy put back; what may have been sent is marked as a repeat"
_SOUND_FOR: Final = 60.0  # seconds for which a database in which no damage was found is not searched for it again
_number = sql_cast(meta.c.value, BigInteger)
_SEQ = select(_number).where(meta.c.key == "seq")


def give_mark(connection: Connection) -> None:
    """Mark a database that has no mark yet; its tables are there."""
    if connection.execute(select(meta.c.value).where(meta.c.key == _MARK)).one_or_none() is None:
        connection.execute(insert(meta).values(key=_MARK, value=secrets.token_hex(3)))


def put_fact(connection: Connection, key: str, value: str) -> None:
    """Store a single fact, in a transaction that is already open."""
    if not connection.execute(update(meta).where(meta.c.key == key).values(value=value)).rowcount:
        connection.execute(insert(meta).values(key=key, value=value))


class Database:
    """A database file that is there and fits; made by ``open_store``.

    Any thread may read and write; writers wait for each other, in this process and in others. Every error that the
    disk, the file or another process can cause leaves as a ``StoreError`` in plain words.

    What was written when a write ends is where the next start finds it: a log that is deleted under its users takes
    nothing along.

    Args:
        engine: with a connection to the file, which is never the last one that is closed before this is.
        path: of the file.
        keeps: whether it is for the one process that answers for the file, the engine.
    """

    def __init__(self, engine: Engine, path: Path, *, keeps: bool = False) -> None:
        self.path = path
        self._keeps = keeps
        self.lacks_writes = ""
        """That it lacks what the engine before this one wrote last, in words: messages that were sent may be in it."""
        self._last: LastWrite | None = None
        self._files = OpenFiles(())
        self._log_length = 0
        self._cut = False
        self._sound_until = 0.0
        self._engine = engine
        self._writer = engine.execution_options(immediate=True)
        self._shared = threading.local()  # its connection: the one that all reads of a thread go by for now
        self._doorbell: Connection | None = None
        self._doorbell_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees the database as it is now; end it soon, for it holds back the tidying of the log."""
        if shared := getattr(self._shared, "connection", None):
            yield shared
            return
        self._see_files()
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
        self._see_files()
        with self._plain_errors(), self._writer.begin() as connection:
            # First of all, because on PostgreSQL this row's lock is what makes it the only writer.
            next_number = update(meta).where(meta.c.key == "seq").values(value=sql_cast(_number + 1, Text))
            number = connection.execute(next_number.returning(_number)).scalar_one()
            yield connection, number
        self._see_files()
        if self._last is not None:
            self._last.note(number)

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A connection that is the only writer, before there is a change sequence to count in."""
        with self._plain_errors(), self._writer.begin() as connection:
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
        """The doorbell: it changes whenever anyone has committed, this process included; asking costs next to nothing.

        It has a connection of its own, which never writes: SQLite counts only what others do.
        """
        self._see_files()
        with self._doorbell_lock, self._plain_errors():
            if self._doorbell is None:
                self._doorbell = self._engine.connect()
            return sqlite.data_version(cast("sqlite3.Connection", self._doorbell.connection.driver_connection))

    def settle(self) -> None:
        """Bring what stands in the log into the file itself, as far as nobody reads it just now: it loses less."""
        with self._plain_errors(), self._engine.connect() as connection:
            sqlite.settle(cast("sqlite3.Connection", connection.connection.driver_connection))

    def opened(self) -> None:
        """It is open and fits: from here on its files must stay where they are."""
        self._files = OpenFiles(sqlite.files_of(self.path))
        event.listen(self._engine, "do_connect", self._refuse_new)
        if self._keeps:
            self._last = LastWrite(self.path, self.mark())
            if self._last.read() > self.seq():
                self.lacks_writes = f"{self.path} lacks what was written last: {_MAY_REPEAT}"

    def gone(self) -> Path | None:
        """The one of its files that was deleted, moved, replaced or cut off while it was open, if there is one."""
        return sqlite.log_of(self.path) if self._cut else self._files.gone()

    def _see_files(self) -> None:
        """Make sure that what was written stands where the next to open the database looks for it.

        Raises:
            StoreError: it does not.
        """
        gone = self.gone()
        if self._keeps and gone is None:
            length = sqlite.log_length(self.path)
            self._cut = length < self._log_length and self._with_old_connection(sqlite.lacks_frames)
            self._log_length = length
            gone = self.gone()
        if gone is None or (self._keeps and self._can_be_saved(gone) and self._with_old_connection(sqlite.save_log)):
            return
        raise self._no_longer(gone)

    def _can_be_saved(self, gone: Path) -> bool:
        """Whether what stood in a lost file is still known to the connections that have it open.

        Not where another log has taken the place of theirs and has something in it: its writer counts in the memory
        that is shared, and nothing is as they know it.
        """
        if gone == sqlite.log_of(self.path):
            return not self._cut and not sqlite.log_length(self.path)
        return gone != self.path

    def _with_old_connection(self, ask: Callable[[sqlite3.Connection, Path], bool]) -> bool:
        with self._engine.connect() as connection:
            return ask(cast("sqlite3.Connection", connection.connection.driver_connection), self.path)

    def _refuse_new(self, *_: object) -> None:
        """A connection that is opened now would find other files than those that are open."""
        if gone := self.gone():
            raise self._no_longer(gone)

    @staticmethod
    def _no_longer(gone: Path) -> StoreError:
        return StoreError(f"{gone} was deleted or replaced while it was in use")

    def close(self) -> None:
        """Let go of the file."""
        with self._doorbell_lock:
            if self._doorbell is not None:
                self._doorbell.close()
                self._doorbell = None
        self._files = OpenFiles(())  # whose user leaves last takes the log away
        self._engine.dispose()
        if self._last is not None:
            self._last.close()

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
        try:
            yield
        except (DBAPIError, sqlite.Error) as error:
            cause = getattr(error, "orig", error)
            words = sqlite.plain_words(cause, self.path)
            if words is None:
                self._blame_damage(error)
                raise
            raise (BusyError if sqlite.is_busy(cause) else StoreError)(words) from error
        except (ValueError, TypeError, ArithmeticError, LookupError, SQLAlchemyError) as error:
            self._blame_damage(error)
            raise

    def _blame_damage(self, error: Exception) -> None:
        """If what the database holds cannot be read, say so; the engine mends it. Else the error is a mistake of ours.

        Raises:
            DamagedRowError: it cannot.
            StoreError: a part of it is not there at all.
        """
        if time.monotonic() < self._sound_until:
            return
        from digest.store.damage import find_damage, mend, missing

        with self._engine.connect() as connection:
            if lost := missing(connection):
                raise StoreError(f"{lost} of the database {self.path}: put back a copy of it") from error
            found = find_damage(connection, letters="UTF-8" in str(error))
        if not found:
            self._sound_until = time.monotonic() + _SOUND_FOR
            return
        if self._keeps:
            with self._writer.begin() as connection:
                for each in found:
                    mend(connection, each)
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        advice = "what can be read was put in its place" if self._keeps else "repair or delete it with sqlite3"
        raise DamagedRowError(f"{found[0]}{more}; {advice}", mended=self._keeps) from error


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves out a row whose unique key is taken."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table).on_conflict_do_nothing()
