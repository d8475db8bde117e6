"""A whole history from one database into another, of whatever kinds: table by table, resumable, compared at the end.

While it lasts the copy says instead of its version that it is none yet, so nothing else opens it. What was copied is
known by the copy itself: rows come in the order of their keys, and each batch is a transaction.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import BigInteger, MetaData, Table, delete, func, insert, literal, select, tuple_
from sqlalchemy.exc import DBAPIError

from digest.errors import StoreError
from digest.store import schema
from digest.store.backend import dump_json
from digest.store.database import Database, give_mark
from digest.store.migrations import COPYING, HEAD, mark_version, revision
from digest.store.schema import UtcTime, meta
from digest.store.store import backend_of, fill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Row

_AT_ONCE: Final = 1_000
"""Rows of a batch."""
_NUMBER: Final = select(meta.c.value).where(meta.c.key == "seq").with_for_update()
_FACTS: Final = select(meta).order_by(meta.c.key)
_STATE: Final = "copy"  # a fact of the copy while it is none yet: of which database, and of which moment of it


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is with a table."""

    table: str
    done: int
    total: int
    comparing: bool = False
    """Whether its rows are being compared; else they are being copied."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied, and found to be the same."""

    rows: int
    tables: int
    resumed: int
    """Rows that were there before, for it went on with what an earlier one began."""
    sha256: str
    """Over all columns of all rows, the same on both sides."""


def copy_history(
    source: Database, url: str, tell: Callable[[Progress], None], *, only_now: bool = False, over: int | None = None
) -> Copied:
    """Copy all that a database holds into another one, compare every row, and let the copy be used.

    Args:
        source: which no engine uses meanwhile, for it is kept by who calls.
        url: of the other one: empty, without tables, not there yet, or what an earlier call left unfinished.
        tell: told now and then how far it is.
        only_now: the copy is of this moment, and others may go on writing to the source.
        over: the number of the last write of what the other one holds, if that may be overwritten.

    Raises:
        StoreError: the other one is in use or has a history of its own; something in the source cannot be read; it was
            written to meanwhile; a row differs.
    """
    with source.one_view(), opened_for_copy(url, over=over) as target:
        with source.read() as connection:
            _make_sure_it_can_be_read(source, connection)
        origin = {"mark": source.mark(), "seq": source.seq(), "schema": HEAD}
        resumed = _begin(target, origin)
        for table in _TABLES:
            _copy(source, target, table, tell)
        rows, sha256 = _compare(source, target, tell)
        if only_now:
            _finish(source, target)
        else:
            with source.migrate() as connection:  # nobody writes to it now
                if connection.execute(_NUMBER).scalar_one() != str(origin["seq"]):
                    raise StoreError(f"{source.name} was written to while it was copied, by a dashboard: copy it again")
                _finish(source, target)
    return Copied(rows, len(_TABLES) + 1, resumed, sha256)


@contextmanager
def opened_for_copy(url: str, *, over: int | None = None) -> Iterator[Database]:
    """A database that holds nothing yet, or the beginning of a copy, kept as an engine keeps it.

    One that holds something is opened only where its last write is ``over``.
    """
    backend = backend_of(url)
    if not backend.exists():
        backend.make(fill)
    target = Database(backend, keeps=True)
    try:
        with target.migrate() as connection:
            found = revision(connection)
            if found is None:
                backend.make_tables(connection)
            elif found not in (HEAD, COPYING) or (found == HEAD and not _is_free(connection, over)):
                raise StoreError(f"{target.name} holds a history already: name a database that is empty")
            give_mark(connection)  # else what fails would be taken for the damage of one that has none
            mark_version(connection, COPYING)
        yield target
    finally:
        target.close()


def _is_free(connection: Connection, over: int | None) -> bool:
    """Whether what a database holds is nothing, or of just the moment at which it may be overwritten."""
    if over is not None and connection.execute(_NUMBER).scalar_one() == str(over):
        return True
    return not any(connection.execute(select(literal(1)).select_from(table).limit(1)).first() for table in _TABLES)


def _make_sure_it_can_be_read(source: Database, connection: Connection) -> None:
    backend = source.backend
    damage = [*backend.integrity(connection), *map(str, backend.find_damage(connection, letters=True))]
    if damage:
        raise StoreError(f"{source.name} is damaged, and nothing is copied: {damage[0]} (digest db info shows all)")


def _begin(target: Database, origin: dict[str, Any]) -> int:
    """Go on with what was begun of just this; else begin anew. Returns how many rows are there."""
    wanted = dump_json(origin)
    with target.migrate() as connection:
        found = connection.execute(select(meta.c.value).where(meta.c.key == _STATE)).scalar_one_or_none()
        if found == wanted:
            return sum(_count(connection, table) for table in _TABLES)
        if found is not None and json.loads(found)["schema"] != HEAD:
            raise StoreError(f"{target.name} was begun by another version of Digest: name a database that is empty")
        for table in reversed(_TABLES):
            connection.execute(delete(table))
        connection.execute(delete(meta).where(meta.c.key == _STATE))
        connection.execute(insert(meta).values(key=_STATE, value=wanted))
    return 0


def _copy(source: Database, target: Database, table: Table, tell: Callable[[Progress], None]) -> None:
    key = list(table.primary_key.columns)
    with source.read() as connection:
        total = _count(connection, table)
    with target.read() as connection:
        done = _count(connection, table)
        newest = select(*key).order_by(*(column.desc() for column in key)).limit(1)
        last = connection.execute(newest).one_or_none()
    while True:
        with source.read() as connection:
            rows = _batch(connection, table, last)
        if not rows:
            return
        try:
            with target.migrate() as connection:
                connection.execute(insert(table), [dict(row._mapping) for row in rows])  # noqa: SLF001 - its public name
        except DBAPIError as error:  # a number beyond what a column of the other kind holds, say
            raise StoreError(f"rows of {table.name} cannot be stored in {target.name}: {error.orig}") from error
        last = rows[-1]
        done += len(rows)
        tell(Progress(table.name, done, total))


def _batch(connection: Connection, table: Table, last: Row[Any] | None) -> list[Row[Any]]:
    """The next rows behind one, in the order of their keys."""
    key = list(table.primary_key.columns)
    query = select(table).order_by(*key).limit(_AT_ONCE)
    if last is not None:
        behind = [literal(getattr(last, column.name), column.type) for column in key]
        query = query.where(tuple_(*key) > tuple_(*behind) if len(key) > 1 else key[0] > behind[0])
    return list(connection.execute(query).all())


def _compare(source: Database, target: Database, tell: Callable[[Progress], None]) -> tuple[int, str]:
    """Read both, row by row; how many there are, and a hash over all of them."""
    whole, rows = hashlib.sha256(), 0
    for table in _TABLES:
        with source.read() as connection:
            total = _count(connection, table)
        done = 0
        for one, other in _pairs(source, target, table):
            if one != other:
                key = " ".join(map(str, (one or other or [])[: len(table.primary_key.columns)]))
                raise StoreError(f"row {key} of {table.name} is not the same in {target.name}: delete it and copy anew")
            whole.update(repr(one).encode("utf-8", "surrogatepass"))
            done += 1
            if not done % _AT_ONCE:
                tell(Progress(table.name, done, total, comparing=True))
        rows += done
        whole.update(f"{table.name} {done}".encode())
    return rows, whole.hexdigest()


_Values = tuple[Any, ...]


def _pairs(source: Database, target: Database, table: Table) -> Iterator[tuple[_Values | None, _Values | None]]:
    """The rows of both in the order of their keys, side by side; ``None`` where one has no more."""
    ours, theirs = _all(source, table), _all(target, table)
    while True:
        one, other = next(ours, None), next(theirs, None)
        if one is None and other is None:
            return
        yield one, other


def _all(database: Database, table: Table) -> Iterator[_Values]:
    last = None
    while True:
        with database.read() as connection:
            rows = _batch(connection, table, last)
        if not rows:
            return
        yield from (tuple(map(_same, row)) for row in rows)
        last = rows[-1]


def _same(value: Any) -> Any:
    """A value as it can be compared: PostgreSQL has no place for a NUL character in a text."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _finish(source: Database, target: Database) -> None:
    """All at once: the single facts, the ids that are never used again, and that it is a database now."""
    with source.read() as connection:
        facts = [dict(row._mapping) for row in connection.execute(_FACTS)]  # noqa: SLF001 - as above
        given = source.backend.last_ids(connection)
    with target.migrate() as connection:
        connection.execute(delete(meta))
        connection.execute(insert(meta), facts)
        if [dict(row._mapping) for row in connection.execute(_FACTS)] != facts:  # noqa: SLF001 - as above
            raise StoreError(f"the facts in the table meta are not the same in {target.name}")
        target.backend.set_last_ids(connection, given)
        mark_version(connection, HEAD)
    target.settle()


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _as_stored() -> tuple[Table, ...]:
    """All tables but that of the single facts, those that others refer to first; times are numbers in them."""
    made = MetaData()
    for table in schema.metadata.sorted_tables:
        for column in table.to_metadata(made).columns:
            if isinstance(column.type, UtcTime):
                column.type = BigInteger()
            column.default = None
    return tuple(table for table in made.sorted_tables if table.name != meta.name)


_TABLES: Final = _as_stored()
