"""All that is SQLite's alone: how a connection is set up, how it says that something changed, what its errors mean.

And its files: whether they still stand where they were opened, and what was written last. A log that is deleted, or an
older copy that is put back while no engine runs, takes along what was stored of messages that were sent. The database
itself cannot know, so the number of its last write is kept beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

Error = sqlite3.Error
"""What the driver raises where SQLAlchemy does not stand between."""

_OLDEST = (3, 35)  # INSERT ... RETURNING
_LOG_HEAD, _FRAME_HEAD = 32, 24  # bytes of a log before its first frame, and of a frame before its page
PATIENCE = 10.0
"""Seconds a writer waits for another one."""

_SETTINGS = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = FULL",  # what was committed survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8000",  # kilobytes; a poll looks up identities all over a large index
)


_SCHEME = "sqlite:///"
_NUMBER_BYTES: Final = 64


def file_url(path: Path) -> str:
    """The URL of a database file: everything after ``sqlite:///`` is its path, as it is."""
    return f"{_SCHEME}{path}"


def file_of(url: str) -> Path:
    """The file that a database URL names.

    Raises:
        StoreError: it names none, or another kind of database.
    """
    if not url.startswith(_SCHEME):
        raise StoreError(
            f'Digest keeps its database in a file, and cannot use {url.partition(":")[0]} yet: set database = ""'
        )
    return Path(url.removeprefix(_SCHEME))


def make_private(path: Path) -> None:
    """Make an empty file for a new database that only its owner can read; SQLite's other files take after it.

    Where that cannot be, opening it will say why.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def connect(path: Path, patience: float = PATIENCE) -> Engine:
    """An engine for a database file; a transaction that is begun with ``immediate=True`` is the only writer.

    It waits so many seconds for another one.

    Raises:
        StoreError: this Python's SQLite is too old.
    """
    from sqlalchemy import create_engine, event
    from sqlalchemy.engine import URL

    if sqlite3.sqlite_version_info < _OLDEST:
        raise StoreError(f"this Python uses SQLite {sqlite3.sqlite_version}; Digest needs 3.35 or newer")
    url = URL.create("sqlite", database=str(path))
    engine = create_engine(
        url, connect_args={"timeout": patience}, json_serializer=_dump_json, hide_parameters=True
    )  # what is stored may be secret, and errors are logged
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


_dump_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""How lists are written into JSON columns: compactly, and in their own script."""


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set up a new connection; from here on nothing but ``_begin`` begins a transaction."""
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for setting in _SETTINGS:
        connection.execute(setting).close()


def _begin(connection: Connection) -> None:
    """Begin; a writer takes its place at once, so it never fails half-way because another one was quicker."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def data_version(connection: sqlite3.Connection) -> int:
    """A number that changes whenever another connection, of whatever process, has committed."""
    (version,) = connection.execute("PRAGMA data_version").fetchone()
    return int(version)


def integrity(connection: Connection) -> tuple[str, ...]:
    """What is damaged, in SQLite's words; empty when all is well. Reads the whole file."""
    found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
    return () if found == ["ok"] else tuple(found)


def log_of(path: Path) -> Path:
    """The write-ahead log of a database file: what was committed last stands there alone."""
    return path.with_name(path.name + "-wal")


def files_of(path: Path) -> tuple[Path, ...]:
    """All the files of a database that is in use: itself, its log, and the memory that its users share.

    SQLite deletes none of them while anybody has the database open.
    """
    return path, log_of(path), path.with_name(path.name + "-shm")


def settle(connection: sqlite3.Connection) -> None:
    """Write into the database what its log has, without waiting for anybody."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()


def save_log(connection: sqlite3.Connection, path: Path) -> bool:
    """Write all that stands in the log, which this connection has open though it was deleted, into the database.

    Returns whether that went well.
    """
    del path
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy


def lacks_frames(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the log is shorter than what it is known to hold: somebody else cut it, for SQLite cuts what is saved."""
    try:
        _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        (page,) = connection.execute("PRAGMA page_size").fetchone()
        return bool(frames > 0 and log_of(path).stat().st_size < _LOG_HEAD + frames * (_FRAME_HEAD + page))
    except (sqlite3.Error, OSError):
        return True


def log_length(path: Path) -> int:
    """Bytes of the log; 0 where there is none."""
    try:
        return os.stat(log_of(path)).st_size  # noqa: PTH116 - asked before and after each transaction
    except OSError:
        return 0


def size(path: Path) -> int:
    """Bytes on disk, the write-ahead log included."""
    return path.stat().st_size + log_length(path)


_WORDS = {
    sqlite3.SQLITE_BUSY: "another process has kept {file} busy for too long; try again",
    sqlite3.SQLITE_LOCKED: "another process has locked {file}; try again",
    sqlite3.SQLITE_FULL: "no room is left on the disk of {file}; free some, nothing that was stored is lost",
    sqlite3.SQLITE_READONLY: "{file} or its folder cannot be written to; check who owns them",
    sqlite3.SQLITE_PERM: "{file} or its folder cannot be written to; check who owns them",
    sqlite3.SQLITE_CANTOPEN: "{file} cannot be opened; check that its folder exists and may be written to",
    sqlite3.SQLITE_NOTADB: "{file} is not a database; move it away, and the engine makes a new one",
    sqlite3.SQLITE_CORRUPT: "{file} is damaged; move it away and put back a copy of it",
    sqlite3.SQLITE_IOERR: "the disk of {file} reports an error while reading or writing; check that it is not full",
}


def plain_words(error: BaseException | None, path: Path) -> str | None:
    """What an error of SQLite's means and what to do about it; ``None`` for one that is a mistake of ours."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    words = _WORDS.get(code & 0xFF)  # the low byte is the kind, the rest says where
    return None if words is None else words.format(file=path)


def is_busy(error: BaseException | None) -> bool:
    """Whether another process was writing for as long as was waited."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class OpenFiles:
    """Files as they stand now, to be compared with how they stand later.

    Args:
        paths: of files that are open from now on; one that is not there must stay away.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._found = {path: _which_file(path) for path in paths}

    def gone(self) -> Path | None:
        """The first that was deleted, moved, or replaced by another file; ``None`` while all stand where they stood."""
        return next((path for path, found in self._found.items() if _which_file(path) != found), None)


def _which_file(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - asked before and after each transaction: half the time of Path.stat
    except OSError:
        return None
    return found.st_dev, found.st_ino


class LastWrite:
    """The number of the last write, in a file beside the database; where it cannot be written that is all.

    Args:
        database: the file that it stands beside.
        mark: of the database, which tells it from others in its place.
    """

    def __init__(self, database: Path, mark: str) -> None:
        self._mark = mark
        self._file = -1
        with contextlib.suppress(OSError):
            self._file = os.open(database.with_name(database.name + "-last"), os.O_RDWR | os.O_CREAT, 0o600)

    def read(self) -> int:
        """The number that was noted for this database; 0 where none was."""
        with contextlib.suppress(OSError, ValueError):
            mark, _, number = os.pread(self._file, _NUMBER_BYTES, 0).decode("ascii").strip().partition(" ")
            return int(number) if mark == self._mark else 0
        return 0

    def note(self, number: int) -> None:
        """This is the last write now; it is committed, and nobody was told so yet."""
        with contextlib.suppress(OSError):  # written over in place, it needs no room on a disk that has none
            os.pwrite(self._file, f"{self._mark} {number}".ljust(_NUMBER_BYTES - 1).encode("ascii") + b"\n", 0)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
