"""A backup is one SQLite file with all that a database of either kind holds at one moment; and the way back.

It is made while the engine works, aside, and gets its name only when it is whole and every row of it can be read. A
restore makes a copy of its own, of this version, before anything is touched; what was there is kept.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from digest.atomic import put_in_place
from digest.errors import StoreError, UsageError
from digest.store.backend import dump_json
from digest.store.copying import copy_history
from digest.store.database import BACKUP, RESTORED, Database, put_fact
from digest.store.migrations import COPYING, revision
from digest.store.schema import meta
from digest.store.sqlite import SqliteFile, copy_file, file_url, seal
from digest.store.store import backend_of, fill, open_store
from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

    from digest.store.copying import Progress

_STAMP: Final = "%Y%m%dT%H%M%SZ"
_SEQ: Final = "seq"


def backup_name(named: Path, now: datetime) -> Path:
    """The file of a backup: the one that was named, or in a folder that was named one with the time in its name."""
    return named / f"digest-{now.astimezone(UTC):{_STAMP}}.db" if named.is_dir() else named


def write_backup(source: Database, place: Path, tell: Callable[[Progress], None]) -> int:
    """Write all that a database holds into a new file; others may write to the database meanwhile.

    Args:
        source: open.
        place: where nothing stands yet.
        tell: told now and then how far it is, where that takes long.

    Returns:
        Bytes of the file.

    Raises:
        UsageError: something stands there.
        StoreError: something in the database cannot be read, or the file cannot be written; no file was made.
    """
    if os.path.lexists(place):
        raise UsageError(f"{place} is there already: name another file, or a folder")
    with _aside(place.parent, place) as aside:
        with source.one_view(), source.read() as connection:
            is_cloned = source.backend.clone(connection, aside, place)
        if not is_cloned:
            copy_history(source, file_url(aside), tell, only_now=True)
        _make_sure_it_can_be_read(aside, f"{source.name} is damaged, and no backup was made")
        seal(aside)
        try:
            put_in_place(aside, place)
        except FileExistsError:
            raise UsageError(f"{place} is there already: name another file, or a folder") from None
        _sync(place.parent)
        return place.stat().st_size


def note_backup(database: Database, place: Path, now: datetime) -> None:
    """Keep in the database when its last backup was made, and where."""
    with database.write() as (connection, _):
        put_fact(connection, BACKUP, dump_json({"at": iso(now), "path": str(place.absolute())}))


def restore_backup(file: Path, url: str, state: Path, tell: Callable[[Progress], None], now: datetime) -> Path | None:
    """Let a database hold what a backup holds, and nothing else.

    Args:
        file: a backup of this version of Digest or an older one; it stays as it is.
        url: of the database, which no engine uses meanwhile.
        state: a folder with room for a copy, and for what a database on a server held.
        tell: told now and then how far it is, where that takes long.
        now: the time, which names what is kept.

    Returns:
        Where what the database held before is kept; ``None`` where it held nothing.

    Raises:
        UsageError: there is no such file, or it is the database itself.
        StoreError: it is no backup, of a newer version, or damaged; or the database cannot be written to. What was
            there is there.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    backend = backend_of(url)
    is_file = isinstance(backend, SqliteFile)
    home = backend.path.resolve() if isinstance(backend, SqliteFile) else state / "digest.db"
    if is_file and home.exists() and home.samefile(file):
        raise UsageError("that is the database of the config itself: name a backup")
    kept = home.with_name(f"{home.name}.before-{now.astimezone(UTC):{_STAMP}}")
    if os.path.lexists(kept):
        raise UsageError(f"{kept} is there already: wait a second, and try again")
    with _aside(home.parent, home) as aside:
        copy_file(file, aside)
        _bring_up_to_date(aside, file)
        if isinstance(backend, SqliteFile):
            seal(aside)
            was_there = backend.replace_by(aside, kept)
            _sync(home.parent)
        else:
            was_there = _copy_over(aside, url, kept, tell)
    return kept if was_there else None


def _bring_up_to_date(aside: Path, file: Path) -> None:
    """Make a copy of a backup one of this version that says where it comes from, if it can be read."""
    backend = SqliteFile(aside, str(file))
    fill(backend)
    _make_sure_it_can_be_read(aside, f"{file} is damaged, and nothing was restored")
    with _opened(aside) as database, database.migrate() as connection:
        put_fact(connection, RESTORED, "1")


def _copy_over(aside: Path, url: str, kept: Path, tell: Callable[[Progress], None]) -> bool:
    """Copy a database into one on a server, of which what it holds is written into a file before; whether it did."""
    database = Database(backend_of(url))
    try:
        with database.read() as connection:
            found = revision(connection)
            seq = _number(connection) if found else 0
    finally:
        database.close()
    if found not in {None, COPYING}:
        with open_store(url, migrate=True) as store:
            seq = store.seq()
            write_backup(store.database, kept, tell)
    with _opened(aside) as source:
        with source.migrate() as connection:  # else open dashboards would take what is new for old
            put_fact(connection, _SEQ, str(max(_number(connection), seq + 1)))
        copy_history(source, url, tell, over=seq)
    return found not in {None, COPYING}


def _number(connection: Connection) -> int:
    return int(connection.execute(select(meta.c.value).where(meta.c.key == _SEQ)).scalar_one())


def _make_sure_it_can_be_read(aside: Path, otherwise: str) -> None:
    with _opened(aside) as database, database.read() as connection:
        backend = database.backend
        damage = [*backend.integrity(connection), *map(str, backend.find_damage(connection, letters=True))]
    if damage:
        raise StoreError(f"{otherwise}: {damage[0]}")


@contextmanager
def _opened(path: Path) -> Iterator[Database]:
    database = Database(SqliteFile(path))
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _aside(folder: Path, place: Path) -> Iterator[Path]:
    """Where a database can be made beside a place, for the owner's eyes alone; what is left there goes at the end."""
    try:
        with tempfile.TemporaryDirectory(prefix=f"{place.name}.part-", dir=folder, ignore_cleanup_errors=True) as made:
            yield Path(made) / "digest.db"
    except OSError as error:
        raise StoreError(f"{place} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        words = SqliteFile(place).plain_words(error) or f"{place} cannot be written: {error}"
        raise StoreError(words) from error


def _sync(folder: Path) -> None:
    """Let the names in a folder survive a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
