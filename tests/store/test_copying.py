"""A history moves from SQLite to PostgreSQL and back, whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, update

from digest.errors import EngineElsewhereError, StoreError
from digest.store import file_url, open_store
from digest.store.copying import Progress, copy_history
from digest.store.schema import entries, metadata
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes import postgres
from tests.fakes.seeding import commit
from tests.fakes.stores import new_store, of_kind, store_url
from tests.store.conftest import MINUTE, NOW, alerting, entry, message, polled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from digest.store import Store

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """Both kinds are used by each test, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


@pytest.fixture
def history(tmp_path: Path) -> str:
    """A history on SQLite: feeds, entries with alerts, what is owed and was done, a story, odd texts, a gap in ids."""
    url = file_url(tmp_path / "digest.db")
    with open_store(url, migrate=True) as store:
        fill(store)
    return url


def fill(store: Store) -> None:
    """Let a store hold something in most tables."""
    specs = [FeedSpec(f"https://{name}.example/rss", tags=("a", "뉴스")) for name in ("one", "two")]
    store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    store.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, NOW)
    commit(store, [polled(*(alerting(f"a{n}") for n in range(5)), *(entry(f"b{n}") for n in range(5)))], NOW)
    store.outbox.owe([message("more")], [], NOW)
    store.changes.mute("korea", NOW + MINUTE, "Ann", "muted korea", NOW)
    store.requests.ask("poll", {"deep": {"list": [1, None, "\0"]}}, NOW)
    store.engine.started(1, "host", "1", NOW)
    with store.database.write() as (connection, _):
        connection.execute(update(entries).where(entries.c.id == 3).values(title="nul \0 🦉"))
        connection.exec_driver_sql("DELETE FROM entries WHERE id > 8")  # these ids stay used


def rows_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All that a store holds; a NUL character, which PostgreSQL has no place for, as what stands in its place there."""
    with store.database.read() as connection:
        return {
            name: sorted((tuple(map(without_nul, row)) for row in connection.execute(select(table))), key=repr)
            for name, table in metadata.tables.items()
        }


def without_nul(value: object) -> object:
    """A value as PostgreSQL keeps it."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def copy(source: str, target: str, tell: Callable[[Progress], None] = lambda _: None) -> int:
    """Copy, as the command does; how many rows were there before."""
    with open_store(source, migrate=True) as store:
        return copy_history(store.database, target, tell).resumed


def test_there_and_back(history: str, tmp_path: Path) -> None:
    """Every row of every table is the same on PostgreSQL, and again in a new file; the mark and the number too."""
    server, back = store_url(tmp_path / "server", empty=True), file_url(tmp_path / "back.db")
    copy(history, server)
    copy(server, back)
    with open_store(history) as first, open_store(server) as second, open_store(back) as third:
        assert rows_of(first) == rows_of(second) == rows_of(third)
        assert first.reads.count_entries() == 8
        assert third.upkeep.info().damage == ()


def test_ids_go_on_where_they_were(history: str, tmp_path: Path) -> None:
    """An id of a row that is gone is not used again, neither there nor back."""
    server, back = store_url(tmp_path / "server", empty=True), file_url(tmp_path / "back.db")
    copy(history, server)
    with open_store(server, migrate=True) as store:
        commit(store, [polled(entry("new"))], NOW)
        assert [each.id for each in store.reads.entries()][-1] == 11
        with store.database.write() as (connection, _):
            connection.exec_driver_sql("DELETE FROM entries WHERE id = 11")
    copy(server, back)
    with open_store(back, migrate=True) as store:
        commit(store, [polled(entry("newer"))], NOW)
        assert [each.id for each in store.reads.entries()][-1] == 12


def test_a_second_call_has_nothing_to_copy_into(history: str, tmp_path: Path) -> None:
    """What holds a history is left alone, whether it came by a copy or not."""
    server = store_url(tmp_path / "server", empty=True)
    copy(history, server)
    with open_store(server) as store:
        before = rows_of(store)
    with pytest.raises(StoreError, match="holds a history already"):
        copy(history, server)
    with open_store(server) as store:
        assert rows_of(store) == before


KILLED = """
import os, signal, sys
from digest.store import copying, open_store
copying._AT_ONCE = 3

def tell(progress):
    if (progress.table, progress.comparing) == (sys.argv[3], sys.argv[4] == "comparing") and progress.done >= 3:
        os.kill(os.getpid(), signal.SIGKILL)

with open_store(sys.argv[1], migrate=True) as store:
    copying.copy_history(store.database, sys.argv[2], tell)
"""


@pytest.mark.parametrize("to_server", [True, False])
@pytest.mark.parametrize(
    ("table", "doing"), [("feeds", "copying"), ("entries", "copying"), ("identities", "comparing")]
)
def test_it_goes_on_after_a_kill(history: str, tmp_path: Path, table: str, doing: str, *, to_server: bool) -> None:
    """Killed with -9, the copy cannot be used; the next call goes on with it, and nothing is lost or there twice."""
    server = store_url(tmp_path / "server", empty=True)
    source, target = history, server
    if not to_server:
        copy(history, server)
        source, target = server, file_url(tmp_path / "back.db")
    if table == "feeds":
        with open_store(source, migrate=True) as store:
            specs = [FeedSpec(f"https://{n}.example/rss") for n in range(9)]
            store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    command = [sys.executable, "-c", KILLED, source, target, table, doing]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    for migrate in (False, True):
        with pytest.raises(
            StoreError, match="is a copy that was not finished: digest db copy, or restore, goes on with it"
        ):
            open_store(target, migrate=migrate)
    assert copy(source, target) > 0
    with open_store(source) as one, open_store(target) as other:
        assert rows_of(one) == rows_of(other)


def test_it_begins_anew_where_the_history_went_on(history: str, tmp_path: Path) -> None:
    """After a kill the old database was used again: what was copied before is not mixed with what it holds now."""
    server = store_url(tmp_path / "server", empty=True)
    command = [sys.executable, "-c", KILLED, history, server, "entries", "copying"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    with open_store(history, migrate=True) as store:
        store.polls.set_paused(1, paused=True, now=NOW)
    assert copy(history, server) == 0
    with open_store(history) as one, open_store(server) as other:
        assert rows_of(one) == rows_of(other)


def test_a_row_that_differs_is_found(history: str, tmp_path: Path) -> None:
    """The comparison reads every column; a copy that differs is none."""
    server = store_url(tmp_path / "server", empty=True)

    def spoil(progress: Progress) -> None:
        if progress.table == "meta" or progress.comparing or progress.table != "entry_texts":
            return
        postgres_ask(server, "UPDATE entries SET author = 'somebody' WHERE id = 5")

    with pytest.raises(StoreError, match="row 5 of entries is not the same in postgresql://"):
        copy(history, server, spoil)
    with pytest.raises(StoreError, match="not finished"):
        open_store(server)


def postgres_ask(url: str, statement: str) -> None:
    """Have the server do something in a database."""
    import psycopg

    with psycopg.connect(url) as connection:
        connection.execute(statement)


def test_what_is_written_meanwhile_is_told(history: str, tmp_path: Path) -> None:
    """A dashboard may write while it is copied: the copy is of one moment, and it is said that it lacks something."""
    server = store_url(tmp_path / "server", empty=True)
    with open_store(history) as face:

        def mark(progress: Progress) -> None:
            if progress.table == "entries" and not progress.comparing:
                face.polls.set_paused(1, paused=True, now=NOW)

        with pytest.raises(StoreError, match="was written to while it was copied, by a dashboard: copy it again"):
            copy(history, server, mark)
    with pytest.raises(StoreError, match="not finished"):
        open_store(server)
    assert copy(history, server) == 0


def test_a_damaged_history_is_not_copied(history: str, tmp_path: Path) -> None:
    """It is said which row cannot be read."""
    with open_store(history, migrate=True) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE feeds SET interval_ms = 'x' WHERE id = 2")
    with pytest.raises(StoreError, match="is damaged, and nothing is copied: row 2 of feeds cannot be read"):
        copy(history, store_url(tmp_path / "server", empty=True))


def test_what_the_other_kind_cannot_hold_is_told(history: str, tmp_path: Path) -> None:
    """It is said what, and of which table; the beginning of the copy is not taken for a damaged database."""
    with open_store(history, migrate=True) as store, store.database.write() as (connection, _):
        connection.exec_driver_sql("UPDATE feeds SET last_status = 1 << 40")
    with pytest.raises(StoreError, match=r"rows of feeds cannot be stored in postgresql://.*: integer out of range"):
        copy(history, store_url(tmp_path / "server", empty=True))


def test_a_database_that_an_engine_uses_is_not_copied_into(history: str, tmp_path: Path) -> None:
    """Nor out of: the engine's lock is held on both sides while it is copied."""
    server = store_url(tmp_path / "server")
    with new_store(server), pytest.raises(EngineElsewhereError):
        copy(history, server)
    with new_store(server), pytest.raises(EngineElsewhereError):
        copy(server, file_url(tmp_path / "back.db"))


def test_many_rows_go_in_batches(history: str, tmp_path: Path) -> None:
    """And it is told how far it is."""
    with open_store(history, migrate=True) as store, store.database.write() as (connection, _):
        row = {"feed_id": 1, "first_seen": NOW, "title": "many"}
        connection.execute(insert(entries), [row] * 2_500)
    told: list[Progress] = []
    server = store_url(tmp_path / "server", empty=True)
    copy(history, server, told.append)
    of_entries = [(each.done, each.total, each.comparing) for each in told if each.table == "entries"]
    assert of_entries[:3] == [(1000, 2508, False), (2000, 2508, False), (2508, 2508, False)]
    with open_store(server) as store:
        assert store.reads.count_entries() == 2508
