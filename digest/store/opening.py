"""Open the database: is it there, is it ours, is it of this version; only the engine makes or migrates it."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    if not migrate and not path.exists():
        raise _none_yet(path)
    if migrate:
        sqlite.make_private(path)
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


def _check(database: Database) -> None:
    with database.read() as connection:
        found = revision(connection)
    if found == HEAD:
        return
    if found is None:  # the first engine has made the file, and not yet what is in it
        raise _none_yet(database.path)
    if found in KNOWN:
        raise StoreError(
            f"the database {database.path} must be brought up to date first: start the engine (digest run)"
        )
    raise _newer(database)


def _bring_up_to_date(database: Database) -> None:
    with database.migrate() as connection:
        found = revision(connection)
        if found is not None and found not in KNOWN:
            raise _newer(database)
        if found != HEAD:
            upgrade(connection)
        give_mark(connection)


def _none_yet(path: Path) -> NoStoreError:
    return NoStoreError(f"there is no database at {path} yet: the engine makes it (digest run, or digest watch)")


def _newer(database: Database) -> StoreError:
    return StoreError(f"the database {database.path} was made by a newer version of Digest: update this one")
