"""All that is SQLite's alone: how a connection is set up, how it says that something changed, what its errors mean.

And its files: they may be deleted, replaced or cut off while they are open, and are looked at with each transaction.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from digest.atomic import put_in_place
from digest.errors import StoreError
from digest.store.backend import Backend, dump_json
from digest.store.files import LastWrite, OpenFiles, which_file
from digest.values.databases import SQLITE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.engine.interfaces import DBAPIConnection
    from sqlalchemy.pool import ConnectionPoolEntry

    from digest.store.damage import Damage

_OLDEST = (3, 35)  # INSERT ... RETURNING
_LOG_HEAD, _FRAME_HEAD = 32, 24  # bytes of a log before its first frame, and of a frame before its page
_PAGES = 1000  # copied at once: a moment, after which Ctrl-C is heard
_SETTINGS = (
    "PRAGMA journal_mode = WAL",  # readers and the writer do not wait for each other
    "PRAGMA synchronous = FULL",  # what was committed survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -1000",  # kilobytes; of readers SQLite forgets every page as soon as others have written
)
_ROOM = "PRAGMA cache_size = -8000"  # for the engine: a poll looks up identities all over a large index
_MAY_REPEAT: Final = "its log was deleted or an older copy put back; what may have been sent is marked as a repeat"


def file_url(path: Path) -> str:
    """The URL of a database file: everything after ``sqlite:///`` is its path, as it is."""
    return f"{SQLITE}{path}"


def file_of(url: str) -> Path:
    """The file that a database URL names.

    Raises:
        StoreError: it names none, but another kind of database.
    """
    if not url.startswith(SQLITE):
        raise StoreError(f"a database of the kind {url.partition(':')[0]} is no file")
    return Path(url.removeprefix(SQLITE))


def make_private(path: Path) -> None:
    """Make an empty file for a new database that only its owner can read; SQLite's other files take after it.

    Where that cannot be, opening it will say why.
    """
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


class SqliteFile(Backend):
    """A database file, its log, and the memory that its users share.

    What was written when a write ends is where the next start finds it: a log that is deleted under its users takes
    nothing along.

    Args:
        path: of the file.
        name: what messages call it; else its path.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self.path = path
        self.shell = "sqlite3"
        self.name = name or str(path)
        self._new = bool(name)  # one that is made aside, and has no tables yet
        self._engine: Engine | None = None
        self._keeps = False
        self._last: LastWrite | None = None
        self._files = OpenFiles(())
        self._log_length = 0
        self._cut = False
        self._doorbell: Connection | None = None

    def exists(self) -> bool:
        """Whether there is a file.

        Raises:
            StoreError: an empty one; SQLite would begin anew, and throw away what its log still has.
        """
        if self.path.is_file() and not self.path.stat().st_size:
            raise self.without_tables()
        return self.path.exists()

    def make(self, fill: Callable[[Backend], None]) -> None:
        """Make a database aside and put it in its place when it is whole: a file that holds none is never ours."""
        place = self.path.resolve()
        aside = place.with_name(f"{place.name}.new-{os.getpid()}")
        try:
            make_private(aside)
            fill(SqliteFile(aside, self.name))
            _must_be_whole(aside)
            with contextlib.suppress(FileExistsError):  # another process was quicker
                for left in () if place.exists() else files_of(place)[1:]:
                    left.unlink(missing_ok=True)  # of one that was deleted: it would be taken for the new one's
                put_in_place(aside, place)
        except OSError as error:
            raise StoreError(f"{self.name} cannot be made: {error.strerror}") from error
        finally:
            for file in files_of(aside):
                with contextlib.suppress(OSError):
                    file.unlink()

    def make_tables(self, connection: Connection) -> None:
        """Make them in a file that is made aside; one that stood there without them has lost what it held."""
        from digest.store.migrations import make
        from digest.store.schema import metadata

        if not self._new:
            raise self.without_tables()
        make(connection, metadata)

    def without_tables(self) -> StoreError:
        """It is empty, which no database of ours ever was."""
        size = self.path.stat().st_size
        return StoreError(
            f"the database {self.name} is empty ({size:,} bytes, and nothing in them): put back a copy of it, or move"
            " it away to start from nothing"
        )

    def engines(self, patience: float, *, keeps: bool) -> tuple[Engine, Engine]:
        """For reading, and for writing: whoever begins to write is the only one at once."""
        from sqlalchemy import create_engine, event
        from sqlalchemy.dialects.sqlite import insert
        from sqlalchemy.engine import URL

        if sqlite3.sqlite_version_info < _OLDEST:
            raise StoreError(f"this Python uses SQLite {sqlite3.sqlite_version}; Digest needs 3.35 or newer")
        self._keeps = keeps
        self._engine = create_engine(
            URL.create("sqlite", database=str(self.path)),
            connect_args={"timeout": patience},
            json_serializer=dump_json,
            hide_parameters=True,  # what is stored may be secret, and errors are logged
            execution_options={"insert": insert},
        )
        event.listen(self._engine, "connect", _set_up)
        if keeps:
            event.listen(self._engine, "connect", _give_room)
        event.listen(self._engine, "begin", _begin)
        return self._engine, self._engine.execution_options(immediate=True)

    def opened(self, last: tuple[str, int] | None) -> None:
        """From here on its files must stay where they are."""
        from sqlalchemy import event

        self._files = OpenFiles(files_of(self.path))
        event.listen(self._made(), "do_connect", self._refuse_new)
        if last is not None:
            mark, number = last
            self._last = LastWrite(self.path, mark)
            if self._last.read() > number:
                self.lacks_writes = f"{self.name} lacks what was written last: {_MAY_REPEAT}"

    def look(self) -> None:
        """See whether its files are where they were, and save what can be saved of one that is not."""
        gone = self._gone()
        if self._keeps and gone is None:
            length = log_length(self.path)
            self._cut = length < self._log_length and self._with_old_connection(_lacks_frames)
            self._log_length = length
            gone = self._gone()
        if gone is None or (self._keeps and self._can_be_saved(gone) and self._with_old_connection(_save_log)):
            return
        raise self._no_longer(gone)

    def lost(self) -> str:
        """The one of its files that was deleted, moved, replaced or cut off while it was open, if there is one."""
        gone = self._gone()
        return "" if gone is None else f"{gone} was deleted or replaced while the engine ran"

    def which(self) -> object:
        """Which file stands there."""
        return which_file(self.path)

    def wrote(self, number: int) -> None:
        """Keep the number beside the file."""
        if self._last is not None:
            self._last.note(number)

    def data_version(self) -> int:
        """A number that changes whenever another connection, of whatever process, has committed.

        It has a connection of its own, which never writes: SQLite counts only what others do.
        """
        if self._doorbell is None:
            self._doorbell = self._made().connect()
        (version,) = _driver(self._doorbell).execute("PRAGMA data_version").fetchone()
        return int(version)

    def settle(self) -> None:
        """Write into the database what its log has, without waiting for anybody."""
        with self._made().connect() as connection:
            _driver(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

    def plain_words(self, error: BaseException) -> str | None:
        """What an error of SQLite's means and what to do about it; ``None`` for one that is a mistake of ours."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            return None
        words = _WORDS.get(code & 0xFF)  # the low byte is the kind, the rest says where
        return None if words is None else words.format(file=self.name)

    def is_busy(self, error: BaseException) -> bool:
        """Whether another process was writing for as long as was waited."""
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        return (sqlite3.Error,)

    def integrity(self, connection: Connection) -> Sequence[str]:
        """What is damaged, in SQLite's words; empty when all is well. Reads the whole file."""
        found = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check")]
        return () if found == ["ok"] else tuple(found)

    def find_damage(self, connection: Connection, *, letters: bool) -> Sequence[Damage]:
        """SQLite takes any value into any column, so each is looked at."""
        from digest.store.damage import find_damage

        return find_damage(connection, letters=letters)

    def mend(self, connection: Connection, damage: Damage) -> None:
        """Put a value that can be read in its place."""
        from digest.store.damage import mend

        mend(connection, damage)

    def last_ids(self, connection: Connection) -> Mapping[str, int]:
        """As SQLite keeps them, for the tables with AUTOINCREMENT."""
        found = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")
        return {str(name): int(last) for name, last in found}

    def set_last_ids(self, connection: Connection, given: Mapping[str, int]) -> None:
        """Where SQLite keeps them; the rows that were inserted have seen to their own."""
        from digest.store.schema import metadata

        there = self.last_ids(connection)
        for name, table in metadata.tables.items():
            if table.dialect_options["sqlite"]["autoincrement"] and given.get(name, 0) > there.get(name, 0):
                connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, given[name]))

    def clone(self, connection: Connection, to: Path, name: Path) -> bool:
        """By SQLite's own backup, in the transaction of the connection: who writes meanwhile changes nothing."""
        connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()  # what it sees, is fixed now
        _copy_pages(_driver(connection), to, str(name))
        return True

    def replace_by(self, aside: Path, kept: Path) -> bool:
        """Put another database in the place of this one, which stays beside it with its log; whether there was one.

        Whenever that is interrupted, a whole database stands in its place.

        Args:
            aside: one that is whole and has no log, on the same disk.
            kept: the name that this one gets, in the same folder.
        """
        place = self.path.resolve()
        was_there = place.exists()
        if was_there:
            with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(place)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            _name_too(place, kept)
            if log_length(place):  # somebody reads, or it is damaged
                log_of(place).rename(log_of(kept))
        for left in files_of(place)[1:]:
            left.unlink(missing_ok=True)  # it would be taken for the new one's
        aside.replace(place)
        return was_there

    def size(self, connection: Connection) -> int:
        """Bytes on disk, the write-ahead log included."""
        del connection
        return self.path.stat().st_size + log_length(self.path)

    def close(self) -> None:
        """Let go of the file."""
        if self._doorbell is not None:
            self._doorbell.close()
            self._doorbell = None
        self._files = OpenFiles(())  # whose user leaves last takes the log away
        if self._engine is not None:
            self._engine.dispose()
        if self._last is not None:
            self._last.close()

    def _made(self) -> Engine:
        assert self._engine is not None, "it was not opened"
        return self._engine

    def _gone(self) -> Path | None:
        return log_of(self.path) if self._cut else self._files.gone()

    def _can_be_saved(self, gone: Path) -> bool:
        """Whether what stood in a lost file is still known to the connections that have it open.

        Not where another log has taken the place of theirs and has something in it: its writer counts in the memory
        that is shared, and nothing is as they know it.
        """
        if gone == log_of(self.path):
            return not self._cut and not log_length(self.path)
        return gone != self.path

    def _with_old_connection(self, ask: Callable[[sqlite3.Connection, Path], bool]) -> bool:
        with self._made().connect() as connection:
            return ask(_driver(connection), self.path)

    def _refuse_new(self, *_: object) -> None:
        """A connection that is opened now would find other files than those that are open."""
        if gone := self._gone():
            raise self._no_longer(gone)

    @staticmethod
    def _no_longer(gone: Path) -> StoreError:
        return StoreError(f"{gone} was deleted or replaced while it was in use")


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _set_up(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set up a new connection; from here on nothing but ``_begin`` begins a transaction."""
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None
    for setting in _SETTINGS:
        connection.execute(setting).close()


def _give_room(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Let a new connection keep more pages in memory than a reader has use for."""
    assert isinstance(connection, sqlite3.Connection)
    connection.execute(_ROOM).close()


def _begin(connection: Connection) -> None:
    """Begin; a writer takes its place at once, so it never fails half-way because another one was quicker."""
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def copy_file(file: Path, to: Path) -> None:
    """Copy a database that is no one's to change, with what its log has, into a new file.

    Raises:
        StoreError: it cannot be read, or is none of Digest's; or there is no room.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as source:
            tables = {name for (name,) in source.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not {"alembic_version", "meta", "feeds", "entries"} <= tables:
                raise StoreError(f"{file} is no backup: it holds none of Digest's tables")
            _copy_pages(source, to, str(to.parent.parent))
    except sqlite3.Error as error:
        words = SqliteFile(file).plain_words(error) or f"{file} cannot be read: {error}"
        raise StoreError(words) from error


def seal(path: Path) -> None:
    """Let a database that nobody has open be one file, which can be read where nothing may be written.

    Raises:
        OSError: there is no room to bring into the file what its log has.
    """
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    _must_be_whole(path)


def _must_be_whole(path: Path) -> None:
    """Of a database that nobody has open any more: see that its log was brought into the file.

    Raises:
        OSError: there was no room for that; SQLite does not say so when it closes.
    """
    if log_length(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _copy_pages(source: sqlite3.Connection, to: Path, name: str) -> None:
    os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with contextlib.closing(sqlite3.connect(to)) as target:
            source.backup(target, pages=_PAGES)
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
            raise
        raise StoreError(f"no room is left on the disk of {name}; nothing was changed") from error


def _name_too(place: Path, kept: Path) -> None:
    """Let a file be known by another name, too; on a disk without links a copy of it."""
    try:
        os.link(place, kept)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}:
            raise
        shutil.copy2(place, kept)


def log_of(path: Path) -> Path:
    """The write-ahead log of a database file: what was committed last stands there alone."""
    return path.with_name(path.name + "-wal")


def files_of(path: Path) -> tuple[Path, ...]:
    """All the files of a database that is in use: itself, its log, and the memory that its users share.

    SQLite deletes none of them while anybody has the database open.
    """
    return path, log_of(path), path.with_name(path.name + "-shm")


def _save_log(connection: sqlite3.Connection, path: Path) -> bool:
    """Write all that stands in the log, which this connection has open though it was deleted, into the database.

    Returns whether that went well.
    """
    del path
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        return False
    return not busy


def _lacks_frames(connection: sqlite3.Connection, path: Path) -> bool:
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
