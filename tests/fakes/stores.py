"""A new store for a test: a copy of one that was made before, for making the tables takes longer than most tests.

Of which kind, the test's marks and the option ``--postgres`` say: a test asks for a store at a path, and on PostgreSQL
that path stands for a database of its own.
"""

from __future__ import annotations

import functools
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from digest.store.sqlite import file_of, file_url, make_private
from digest.store.store import open_store
from digest.values.databases import SQLITE
from tests.fakes.postgres import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store

_kind = "sqlite"
_made: dict[Path, str] = {}
"""The databases on PostgreSQL of the test that runs, and of its module, by the paths that they stand for."""


def by_default(kind: str) -> None:
    """Of which kind stores are that no test asks for, but a fixture of many."""
    global _kind  # noqa: PLW0603 - said once, at the start
    _kind = kind


@contextmanager
def of_kind(kind: str) -> Iterator[None]:
    """Stores are of this kind in the block: ``sqlite`` or ``postgresql``; what was made on a server goes with it."""
    global _kind  # noqa: PLW0603 - one test runs at a time
    before, _kind = _kind, kind
    lasting = set(_made)
    try:
        yield
    finally:
        _kind = before
        for path in set(_made) - lasting:
            server().drop(_made.pop(path))


def store_url(path: Path, *, empty: bool = False) -> str:
    """The URL of the database that a path stands for.

    Args:
        path: a file that need not be there; the same one is the same database.
        empty: on PostgreSQL, a new one has no tables yet, as a file that is not there.
    """
    if _kind == "sqlite":
        return file_url(path)
    if path not in _made:
        _made[path] = server().create("template0" if empty else _template())
    return server().url(_made[path])


def kind() -> str:
    """Of which kind stores are now."""
    return _kind


def keep(path: Path) -> str:
    """The database on a server that a path stands for is kept when the test ends, to be cloned; empty for a file."""
    return _made.pop(path, "")


def clone(kept: str, path: Path) -> str:
    """The URL of a path that stands for a copy of what was kept; for a file, which was copied by hand, just that."""
    if kept:
        _made[path] = server().create(kept)
    return store_url(path)


def database_key(state: Path) -> str:
    """The line of a config that names the database of a state folder, and nothing where that lies in it."""
    url = store_url(state / "digest.db", empty=True)
    return f'database = "{"" if url.startswith(SQLITE) else url}"\n'


def new_store(url: str) -> Store:
    """The store of a database, opened as the engine opens it; made where there is none yet."""
    if url.startswith(SQLITE) and not (path := file_of(url)).exists():
        make_private(path)
        path.write_bytes(_empty_store())
    return open_store(url, migrate=True)


_servers: list[Cluster] = []


def server() -> Cluster:
    """The server of the tests, started when it is first asked for."""
    if not _servers:
        _servers.append(Cluster())
    return _servers[0]


def stop_server() -> None:
    """Stop it, if it was started."""
    _template.cache_clear()
    while _servers:
        _servers.pop().remove()


@functools.cache
def _template() -> str:
    """The name of a database that was just made; whoever opens it marks it as its own."""
    name = server().create()
    _make(server().url(name))
    return name


@functools.cache
def _empty_store() -> bytes:
    """The file of a database that was just made; whoever opens it marks it as its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.db"
        _make(file_url(path))
        return path.read_bytes()


def _make(url: str) -> None:
    with open_store(url, migrate=True) as store, store.database.migrate() as connection:
        connection.exec_driver_sql("DELETE FROM meta WHERE key = 'mark'")
