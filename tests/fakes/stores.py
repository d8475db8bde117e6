"""A new store for a test: a copy of one that was made before, for making the tables takes longer than most tests."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from digest.store.sqlite import file_of, file_url, make_private
from digest.store.store import open_store

if TYPE_CHECKING:
    from digest.store import Store


def new_store(url: str) -> Store:
    """The store of a database, opened as the engine opens it; made where there is none yet."""
    path = file_of(url)
    if not path.exists():
        make_private(path)
        path.write_bytes(_empty_store())
    return open_store(url, migrate=True)


@functools.cache
def _empty_store() -> bytes:
    """The file of a database that was just made; whoever opens it marks it as its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        with open_store(file_url(path), migrate=True) as store, store.database.write() as (connection, _):
            connection.exec_driver_sql("DELETE FROM meta WHERE key = 'mark'")
        return path.read_bytes()
