"""Open the database: is it there, is it ours, is it of this version; only the engine makes or migrates it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from digest.atomic import put_in_place
from digest.errors import NoStoreError, StoreError
from digest.store import sqlite
from digest.store.database import Database, give_mark
from digest.store.migrations import HEAD, KNOWN, revision, upgrade
from digest.store.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def open_store(url: str, *, migrate: bool = False) -> Store:
    """The store behind a database URL.

    Args:
        url: ``sqlite:///…``; ``sqlite.file_url`` makes one of a path.
        migrate: make the database when it is absent, and bring an older one up to date. Only for the process that
            holds the engine's lock.

    Raises:
        NoStoreError: there is none yet.
        StoreError: it is of another version, not Digest's, or cannot be opened; with what to do about it.
    """
    path = sqlite.file_of(url)
    if not path.exists():
        if not migrate:
            raise _none_yet(path)
        _make(path)
    if path.is_file() and not path.stat().st_size:  # SQLite would begin anew, and throw away what its log still has
        raise _empty(path)
    database = Database(sqlite.connect(path), path, keeps=migrate)
    try:
        if migrate:
            _bring_up_to_date(database)
        else:
            _check(database)
        database.opened()
    except BaseException:
        database.close()
        raise
    return Store(database)


def _make(path: Path) -> None:
    """Make a database aside and put it in its place when it is whole: a file that holds none is never ours."""
    place = path.resolve()
    aside = place.with_name(f"{place.name}.new-{os.getpid()}")
    try:
        sqlite.make_private(aside)
        database = Database(sqlite.connect(aside), path)
        try:
            with database.migrate() as connection:
                upgrade(connection)
                give_mark(connection)
        finally:
            database.close()
        with suppress(FileExistsError):  # another process was quicker
            for left in () if place.exists() else sqlite.files_of(place)[1:]:
                left.unlink(missing_ok=True)  # of one that was deleted: it would be taken for the new one's
            put_in_place(aside, place)
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror}") from error
    finally:
        for file in sqlite.files_of(aside):
            with suppress(OSError):
                file.unlink()


def _check(database: Database) -> None:
    with database.read() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is None:
        raise _empty(database.path)
    if found in KNOWN:
        raise StoreError(f"the database {database.path} is of an older version of Digest: digest db migrate updates it")
    raise _newer(database)


def _bring_up_to_date(database: Database) -> None:
    with database.migrate() as connection:
        found = revision(connection)
        if found is None:
            raise _empty(database.path)
        if found not in KNOWN:
            raise _newer(database)
        if found != HEAD:
            upgrade(connection)
        give_mark(connection)


def _none_yet(path: Path) -> NoStoreError:
    return NoStoreError(f"there is no database at {path} yet: the engine makes it (digest run, or digest watch)")


def _empty(path: Path) -> StoreError:
    size = path.stat().st_size
    return StoreError(
        f"the database {path} is empty ({size:,} bytes, and nothing in them): put back a copy of it, or move it away"
        " to start from nothing"
    )


def _newer(database: Database) -> StoreError:
    return StoreError(f"the database {database.path} was made by a newer version of Digest: update this one")
