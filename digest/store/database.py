"""Transactions: many readers, one writer at a time, and every write with its number in the change sequence."""

from __future__ import annotations

import secrets
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import BigInteger, Connection, Engine, Insert, Table, Text, insert, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.exc import DBAPIError

from digest.errors import StoreError
from digest.store import sqlite
from digest.store.schema import meta

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


_MARK: Final = "mark"
_number = sql_cast(meta.c.value, BigInteger)


def give_mark(connection: Connection) -> None:
    """Mark a database that has no mark yet; its tables are there."""
    if connection.execute(select(meta.c.value).where(meta.c.key == _MARK)).one_or_none() is None:
        connection.execute(insert(meta).values(key=_MARK, value=secrets.token_hex(3)))


class Database:
    """A database file that is there and fits; made by ``open_store``.

    Any thread may read and write; writers wait for each other, in this process and in others. Every error that the
    disk, the file or another process can cause leaves as a ``StoreError`` in plain words.
    """

    def __init__(self, engine: Engine, path: Path) -> None:
        self.path = path
        self._engine = engine
        self._writer = engine.execution_options(immediate=True)
        self._doorbell: Connection | None = None
        self._doorbell_lock = threading.Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees the database as it is now; end it soon, for it holds back the tidying of the log."""
        with self._plain_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, int]]:
        """A connection that is the only writer, and the transaction's number to stamp on the rows it touches.

        All of the block lands together when it ends, or nothing of it when it raises.
        """
        with self._plain_errors(), self._writer.begin() as connection:
            # First of all, because on PostgreSQL this row's lock is what makes it the only writer.
            next_number = update(meta).where(meta.c.key == "seq").values(value=sql_cast(_number + 1, Text))
            yield connection, connection.execute(next_number.returning(_number)).scalar_one()

    @contextmanager
    def migrate(self) -> Iterator[Connection]:
        """A connection that is the only writer, before there is a change sequence to count in."""
        with self._plain_errors(), self._writer.begin() as connection:
            yield connection

    def seq(self) -> int:
        """The number of the last transaction that wrote."""
        with self.read() as connection:
            return connection.execute(select(_number).where(meta.c.key == "seq")).scalar_one()

    def mark(self) -> str:
        """What tells this database from one that stood in its place before or after it: a few letters and digits."""
        with self.read() as connection:
            return str(connection.execute(select(meta.c.value).where(meta.c.key == _MARK)).scalar_one())

    def data_version(self) -> int:
        """The doorbell: it changes whenever anyone has committed, this process included; asking costs next to nothing.

        It has a connection of its own, which never writes: SQLite counts only what others do.
        """
        with self._doorbell_lock, self._plain_errors():
            if self._doorbell is None:
                self._doorbell = self._engine.connect()
            return sqlite.data_version(cast("sqlite3.Connection", self._doorbell.connection.driver_connection))

    def close(self) -> None:
        """Let go of the file."""
        with self._doorbell_lock:
            if self._doorbell is not None:
                self._doorbell.close()
                self._doorbell = None
        self._engine.dispose()

    @contextmanager
    def _plain_errors(self) -> Iterator[None]:
        """Turn what the disk, the file or another process did into plain words."""
        try:
            yield
        except (DBAPIError, sqlite.Error) as error:
            words = sqlite.plain_words(getattr(error, "orig", error), self.path)
            if words is None:
                raise
            raise StoreError(words) from error


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves out a row whose unique key is taken."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as insert_postgresql

        return insert_postgresql(table).on_conflict_do_nothing()
    from sqlalchemy.dialects.sqlite import insert as insert_sqlite

    return insert_sqlite(table).on_conflict_do_nothing()
