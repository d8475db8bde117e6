"""What is PostgreSQL's alone: the server may go and come back, one engine holds it, others hear of each commit."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from digest.errors import BusyError, DamagedRowError, EngineElsewhereError, NoStoreError, StoreError
from digest.store import open_store
from digest.store.migrations import HEAD, upgrade
from digest.store.postgres import PostgresServer, tables
from digest.store.schema import metadata
from digest.text import safe_link
from digest.values.messages import DeliveryState
from digest.values.settings import FeedSpec
from tests.fakes import postgres
from tests.fakes.postgres import Cluster
from tests.fakes.seeding import commit
from tests.fakes.stores import new_store, of_kind, server, store_url
from tests.store.conftest import MINUTE, NOW, alerting, entry, polled
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
ROOT = Path(__file__).resolve().parents[2]
OLD = Path(__file__).parent / "old_databases"


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """All of them are on PostgreSQL, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


def end_connections(url: str) -> None:
    """Have the server end every connection to a database."""
    of_it = f"FROM pg_stat_activity WHERE datname = '{name_of(url)}'"
    server().ask(f"SELECT pg_terminate_backend(pid) {of_it}")
    wait_until(lambda: server().ask(f"SELECT 1 {of_it}") == [])


def name_of(url: str) -> str:
    """The name of a database on the server."""
    return url.partition("@/")[2].partition("?")[0]


def declared(url: str) -> dict[str, object]:
    """Every column and index of a database, as the server says them."""
    columns = server().ask(
        "SELECT table_name || '.' || column_name, data_type, collation_name, is_nullable, column_default"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        name_of(url),
    )
    indexes = server().ask("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'", name_of(url))
    constraints = server().ask(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        name_of(url),
    )
    return {str(name): rest for name, *rest in (*columns, *indexes, *constraints)}


# --- the tables ------------------------------------------------------------------------------------------------------


def test_the_tables_are_as_the_code_expects(store: Store) -> None:
    """No difference that Alembic sees, the partial indexes are partial, and texts sort by code points everywhere."""
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": is_ours})
        assert compare_metadata(context, tables()) == []
    found = server().ask(
        "SELECT indexname FROM pg_indexes WHERE indexdef LIKE '% WHERE %' AND NOT tablename LIKE 'procrastinate_%'",
        name_of(url_of(store)),
    )
    partial = {index.name for table in metadata.tables.values() for index in table.indexes if is_partial(index)}
    assert {name for (name,) in found} == partial != set()
    texts = server().ask(
        "SELECT DISTINCT collation_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'text' AND NOT table_name LIKE 'procrastinate_%'",
        name_of(url_of(store)),
    )
    assert texts == [("C",)]


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether a table is none of Procrastinate's, which come as that has them."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def is_partial(index: object) -> bool:
    """Whether an index is of some rows alone."""
    return index.dialect_options["sqlite"]["where"] is not None  # type: ignore[attr-defined]


def url_of(store: Store) -> str:
    """The URL of a store on the tests' server, which has no password to hide."""
    return store.database.name


def test_migrations_lead_to_the_same_tables(tmp_path: Path) -> None:
    """A database of the first version that PostgreSQL knew is brought up to date, and is as one that is made today."""
    url = store_url(tmp_path / "old.db", empty=True)
    for statement in (OLD / "postgres-0011.sql").read_text().split(";\n"):
        server().ask(statement, name_of(url))
    with open_store(url, migrate=True) as store:
        assert store.upkeep.info().revision == HEAD
    new = store_url(tmp_path / "new.db", empty=True)
    open_store(new, migrate=True).close()
    assert declared(url) == declared(new)


def test_running_the_migrations_again_changes_nothing(store: Store, url: str) -> None:
    """Alembic finds the stamp, and nothing to do."""
    before = declared(url)
    with store.database.migrate() as connection:
        upgrade(connection)
    assert declared(url) == before


def test_a_reader_never_makes_the_tables(tmp_path: Path) -> None:
    """Where none are, a reader says who makes them."""
    url = store_url(tmp_path / "none.db", empty=True)
    with pytest.raises(NoStoreError, match=r"there is no database at postgresql://.* yet: the engine makes it"):
        open_store(url)
    assert declared(url) == {}


def test_anothers_tables_are_left_alone(tmp_path: Path) -> None:
    """A database that another program uses is not touched."""
    url = store_url(tmp_path / "theirs.db", empty=True)
    server().ask("CREATE TABLE theirs (id int)", name_of(url))
    with pytest.raises(StoreError, match="holds another program's tables"):
        open_store(url, migrate=True)
    assert set(declared(url)) == {"theirs.id"}


def test_an_encoding_that_cannot_hold_every_text_is_refused(tmp_path: Path) -> None:
    """It is said how to make one that can."""
    server().ask("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    try:
        with pytest.raises(StoreError, match=r"has the encoding LATIN1: make it with createdb -E UTF8"):
            open_store(server().url("latin"), migrate=True)
    finally:
        server().drop("latin")


def test_a_search_path_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    """It is not taken for damage, of which a copy is put back."""
    url = store_url(tmp_path / "none.db", empty=True)
    server().ask(f"ALTER DATABASE {name_of(url)} SET search_path = nowhere")
    with pytest.raises(StoreError, match="has no schema in which this user can work: see its search_path"):
        open_store(url, migrate=True)


# --- texts -----------------------------------------------------------------------------------------------------------


def test_texts_sort_by_code_points(store: Store) -> None:
    """Whatever the server's locale would make of them, an order is that of SQLite."""
    (sorted_by_server,) = server().ask(
        "SELECT array_agg(x ORDER BY x) FROM unnest(ARRAY['b', 'A', 'Z', 'a', '가']) AS x"
    )
    assert sorted_by_server[0] == ["a", "A", "b", "Z", "가"]  # what would be wrong
    urls = [f"https://example.org/{name}" for name in ("b", "A", "Z", "a", "가")]
    store.polls.sync_feeds([FeedSpec(url) for url in urls], default_every=MINUTE, now=NOW)
    with store.database.read() as connection:
        found = connection.exec_driver_sql("SELECT url FROM feeds ORDER BY url").scalars().all()
    assert [url for url in found if url in urls] == sorted(urls)


def test_a_nul_character_is_stored_as_a_mark(store: Store) -> None:
    """PostgreSQL has no place for one: it loses no entry, and what was stored is found by what it was asked with."""
    store.polls.sync_feeds([FeedSpec("https://one.example/\0rss", name="a\0b")], default_every=MINUTE, now=NOW)
    (feed,) = [each for each in store.polls.all_feeds() if each.spec.name]
    assert (feed.spec.name, feed.spec.url) == ("a\ufffdb", "https://one.example/\ufffdrss")


def test_the_longest_link_fits(store: Store) -> None:
    """An index takes 2,704 bytes, and a link may have letters of any script: none that is kept is longer than that."""
    letters = random.Random(1)  # noqa: S311 - such as no compression makes shorter
    link = "https://one.example/" + "".join(chr(letters.randint(0xAC00, 0xD7A3)) for _ in range(2_000))
    for length in (600, 700, 1_000, 2_000):
        kept = safe_link(link[:length])
        assert len(kept) == (length if length == 600 else 0)
        assert commit(store, [polled(replace(entry(f"a{length}"), url=kept))], NOW)
    store.polls.sync_feeds([FeedSpec(link[:600])], default_every=MINUTE, now=NOW)
    with pytest.raises(StoreError, match="cannot hold this: index row size"):
        store.polls.sync_feeds([FeedSpec(link)], default_every=MINUTE, now=NOW)


# --- one engine ------------------------------------------------------------------------------------------------------


def test_a_second_engine_is_refused(store: Store, url: str) -> None:
    """Wherever it runs: it is told the first's process and host. Readers, and who writes a little, are not refused."""
    with pytest.raises(EngineElsewhereError, match=r"an engine is running already .*\(pid \d+ on .+\)"):
        open_store(url, migrate=True)
    with open_store(url) as face:
        face.polls.set_paused(1, paused=True, now=NOW)
        assert face.database.held_by() == f"pid {os.getpid()} on {socket.gethostname()[:30]}"
        store.close()
        wait_until(lambda: face.database.held_by() == "")
    open_store(url, migrate=True).close()


def test_an_engine_that_lost_its_connection_takes_the_lock_anew(store: Store, url: str) -> None:
    """A break is no end: the next write holds the lock again, and a second engine is refused as before."""
    store.polls.set_paused(1, paused=True, now=NOW)
    end_connections(url)
    store.polls.set_paused(1, paused=False, now=NOW)
    assert not store.database.lost()
    with pytest.raises(EngineElsewhereError):
        open_store(url, migrate=True)


def test_an_engine_whose_place_was_taken_writes_nothing_more(store: Store, url: str) -> None:
    """After a break another engine was quicker: the first can write nothing, and says why it must end."""
    before = store.seq()
    end_connections(url)
    with open_store(url, migrate=True) as other:
        with pytest.raises(StoreError, match="an engine is running already"):
            store.polls.set_paused(1, paused=True, now=NOW)
        assert "an engine is running already" in store.database.lost()
        assert other.seq() == before


@pytest.mark.parametrize("named", ["", "&application_name=mine"])
def test_an_engine_knows_its_own_lost_connection(store: Store, url: str, named: str) -> None:
    """The network broke and the server has not noticed: the lock is its own still, whatever the address calls it."""
    store.close()
    with open_store(f"{url}{named}", migrate=True) as engine:
        lost = engine.database._writer.raw_connection()
        lost.detach()  # the pool knows nothing of it any more
        with closing(lost):
            engine.polls.set_paused(1, paused=True, now=NOW)
            assert not engine.database.lost()


# --- the server goes and comes back ----------------------------------------------------------------------------------


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A server that a test may stop."""
    cluster = Cluster()
    try:
        yield cluster
    finally:
        cluster.remove()


@pytest.mark.parametrize("at_once", [False, True])
def test_a_restart_of_the_server_is_lived_through(own: Cluster, *, at_once: bool) -> None:
    """While it is away each call says so in words; once it is back the next one works, the doorbell too."""
    url = own.url(own.create())
    with new_store(url) as store, open_store(url) as face:
        store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
        commit(store, [polled(entry("a"))], NOW)
        bell = face.data_version()
        own.stop(at_once=at_once)
        calls = (
            face.reads.count_entries,
            face.data_version,
            face.seq,
            lambda: commit(store, [polled(entry("b"))], NOW),
        )
        for call in calls:
            with suppress(StoreError):  # the first may only hear the server's good-bye
                call()
            with pytest.raises(StoreError, match=r"the database postgresql://\S+ .*(reached|connection|shutting)"):
                call()
        own.start()
        assert face.reads.count_entries() == 1
        assert face.data_version() == bell
        commit(store, [polled(entry("b"))], NOW)
        wait_until(lambda: face.data_version() != bell)
        assert face.reads.count_entries() == 2


def test_what_breaks_in_the_middle_is_nothing_stored(store: Store, url: str) -> None:
    """A connection that is cut in a write rolls back all of it, and is told as lost."""
    before = store.seq()

    def write() -> None:
        with store.database.write() as (connection, _):
            connection.exec_driver_sql("UPDATE feeds SET title = 'half'")
            end_connections(url)
            connection.exec_driver_sql("UPDATE feeds SET title = 'done'")

    with pytest.raises(StoreError, match=r"the connection to the database .* was lost|is shutting down"):
        write()
    assert (store.seq(), store.polls.all_feeds()[0].title) == (before, "")


def test_a_request_that_was_taken_without_learning_so_is_taken_again(store: Store) -> None:
    """The server went away at the commit: what is in no hand is given back, what is in hand or answered is not."""
    asked = [store.requests.ask("poll", {}, NOW) for _ in range(3)]
    for _ in asked:
        store.requests.claim(NOW)
    store.requests.finish(asked[0], "", NOW)
    store.requests.give_back({asked[1]})
    found = store.requests.claim(NOW)
    assert found is not None
    assert found.id == asked[2]
    assert store.requests.claim(NOW) is None


def test_no_password_is_told() -> None:
    """Neither by a database that cannot be reached nor by one that is misspelt."""
    for url in (
        "postgresql://me:hunter2@127.0.0.1:1/digest",
        "postgresql://me:hunter2@127.0.0.1:x/digest",
        "postgresql://me@127.0.0.1:1/digest?password=hunter2&connect_timeout=2",
        "postgresql://me:hunter2@127.0.0.1:1/",
        "postgresql://me:hunter2@127.0.0.1:1/digest?nonsense=1",
    ):
        with pytest.raises(StoreError) as caught, open_store(url, patience=0.1) as store:
            store.seq()
        assert "hunter2" not in str(caught.value), url


_AT = 'connection failed: connection to server at "10.0.0.5", port 5432 failed: '
_REFUSED = "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?"
_NO_SOCKET = (
    'connection is bad: connection to server on socket "/run/.s.PGSQL.5432" failed: No such file or directory\n'
    "\tIs the server running locally and accepting connections on that socket?"
)
_NO_PASSWORD = "fe_sendauth: no password supplied"
_TWO = "\nMultiple connection attempts failed. All failures were:\n- host: 'a': {}\n- host: 'b': {}"


@pytest.mark.parametrize(
    ("said", "away"),
    [
        (_AT + _REFUSED, True),
        (_AT + "Connection timed out", True),
        (_AT + "timeout expired", True),
        ("connection timeout expired", True),
        (_AT + "server closed the connection unexpectedly", True),
        (_AT + "SSL SYSCALL error: EOF detected", True),
        (_AT + "FATAL:  the database system is starting up", True),
        (_AT + "FATAL:  sorry, too many clients already", True),
        ("failed to resolve host 'db': [Errno -3] Temporary failure in name resolution", True),
        (_NO_SOCKET, True),
        ("consuming input failed: server closed the connection unexpectedly", True),
        ("the connection is lost", True),
        (_AT + _REFUSED + _TWO.format(_AT + _REFUSED, _AT + _REFUSED), True),
        (_AT + _NO_PASSWORD, False),
        (_AT + "server does not support SSL, but SSL was required", False),
        (_AT + 'root certificate file "/root/.postgresql/root.crt" does not exist', False),
        (_AT + 'could not open certificate file "/etc/our.crt": No such file or directory', False),
        (_AT + "SSL error: certificate verify failed", False),
        (_AT + 'FATAL:  password authentication failed for user "digest"', False),
        (_AT + "words that nobody knows", False),
        (_AT + _REFUSED + _TWO.format(_AT + _NO_PASSWORD, _AT + _REFUSED), False),
    ],
)
def test_away_is_what_is_known_to_come_back(said: str, *, away: bool) -> None:
    """Waiting brings no password and no certificate; where one of several servers says so, somebody has to look."""
    assert PostgresServer("postgresql://db/digest").is_away(psycopg.OperationalError(said)) is away


@pytest.mark.parametrize(
    ("state", "away"),
    [("08006", True), ("53300", True), ("57P01", True), ("57P03", True), ("53100", False), ("57P04", False)],
)
def test_away_is_what_a_server_calls_so(state: str, *, away: bool) -> None:
    """One that is crowded, ends or starts; not one whose disk is full, or whose database was dropped."""
    assert PostgresServer("postgresql://db/digest").is_away(psycopg.errors.lookup(state)()) is away


def test_a_database_that_is_not_there_is_said() -> None:
    """In the server's words."""
    with pytest.raises(StoreError, match=r'the database postgresql://.* cannot be reached: .*"nowhere" does not exist'):
        open_store(server().url("nowhere"), migrate=True)


# --- transactions ----------------------------------------------------------------------------------------------------


def test_one_view_is_of_one_moment(store: Store, url: str) -> None:
    """What others commit meanwhile is not seen in the middle of it."""
    commit(store, [polled(entry("a"))], NOW)
    with open_store(url) as face:
        with face.database.one_view():
            assert face.reads.count_entries() == 1
            commit(store, [polled(entry("b"))], NOW)
            assert face.reads.count_entries() == 1
        assert face.reads.count_entries() == 2


def test_a_read_writes_nothing(store: Store) -> None:
    """The server itself refuses it."""
    with pytest.raises(StoreError, match="can only be read"), store.database.read() as connection:
        connection.exec_driver_sql("UPDATE feeds SET title = 'x'")


def test_another_writer_is_waited_for_and_told(store: Store, url: str) -> None:
    """Never two writes at once; who waits in vain hears that the database is busy."""
    with open_store(url, patience=0.2) as face, store.database.write():
        begun = time.monotonic()
        with pytest.raises(BusyError, match=r"another process has kept .* busy for too long"):
            face.polls.set_paused(1, paused=True, now=NOW)
        assert time.monotonic() - begun >= 0.2


def test_another_thread_of_the_engine_is_waited_for_and_told(url: str, store: Store) -> None:
    """An engine writes by one connection: a second thread waits for it as another process would."""
    store.close()
    with open_store(url, migrate=True, patience=0.2) as engine, engine.database.write(), ThreadPoolExecutor(1) as pool:
        waits = pool.submit(engine.polls.set_paused, 1, paused=True, now=NOW)
        with pytest.raises(BusyError, match=r"another process has kept .* busy for too long"):
            waits.result()


def test_writers_see_what_was_written_before_them(url: str, store: Store) -> None:
    """Whatever isolation the server has by default: who waited for another one writes then, and is not refused."""
    server().ask(f"ALTER DATABASE {name_of(url)} SET default_transaction_isolation = 'serializable'")
    store.close()
    with open_store(url, migrate=True) as engine, open_store(url) as face, ThreadPoolExecutor(1) as pool:
        with engine.database.write() as (_, number):
            waits = pool.submit(face.polls.set_paused, 1, paused=True, now=NOW)
            wait_until(lambda: server().ask("SELECT 1 FROM pg_locks WHERE NOT granted") != [])
        waits.result()
        assert engine.seq() == number + 1


def test_an_id_is_never_used_again(store: Store) -> None:
    """Also when the newest row was deleted."""
    commit(store, [polled(alerting("a"), alerting("b"))], NOW)
    with store.database.write() as (connection, _):
        connection.exec_driver_sql("DELETE FROM entries")
    commit(store, [polled(alerting("c"))], NOW)
    assert [each.id for each in store.reads.entries()] == [3]


# --- what others write -----------------------------------------------------------------------------------------------

ODD = (
    ("UPDATE deliveries SET state = 'odd' WHERE id = 2", "row 2 of deliveries cannot be read: its state"),
    ("UPDATE deliveries SET kind = 'odd' WHERE id = 1", "row 1 of deliveries cannot be read: its kind"),
    ("UPDATE deliveries SET parts = '[1]' WHERE id = 1", "row 1 of deliveries cannot be read: its parts"),
    (
        "UPDATE deliveries SET created = 1::bigint << 60",
        r"row 1 of deliveries .* its created is no time \(and 1 more\)",
    ),
)


@pytest.mark.parametrize(("statement", "words"), ODD)
def test_a_row_that_means_nothing_is_named_and_mended(store: Store, url: str, statement: str, words: str) -> None:
    """Whoever wrote it with psql: a reader names the row, the engine mends it and goes on, and no other is touched."""
    commit(store, [polled(alerting("a"), alerting("b"))], NOW)
    assert store.upkeep.info().damage == ()
    server().ask(statement, name_of(url))
    with open_store(url) as face, pytest.raises(DamagedRowError, match=f"{words}.*; repair or delete it with psql"):
        face.outbox.list()
    with pytest.raises(DamagedRowError, match=f"{words}.*; what can be read was put in its place"):
        store.outbox.list()
    assert len(store.outbox.list()) == 2
    assert store.upkeep.info().damage == ()


def test_a_message_that_means_nothing_is_given_up_alone(store: Store, url: str) -> None:
    """It says why, and the other one goes on."""
    commit(store, [polled(alerting("a"), alerting("b"))], NOW)
    server().ask("UPDATE deliveries SET tells = '3' WHERE id = 1", name_of(url))
    with pytest.raises(DamagedRowError):
        store.outbox.list()
    one, other = sorted(store.outbox.list(), key=lambda each: each.id)
    assert (one.state, other.state) == (DeliveryState.DEAD, DeliveryState.QUEUED)
    assert one.reason.startswith("given up: row 1 of deliveries cannot be read: its tells")


def test_a_table_that_is_not_there_is_named(store: Store, url: str) -> None:
    """Whoever dropped it learns what is missing."""
    server().ask("DROP TABLE stars", name_of(url))
    with pytest.raises(StoreError, match=r"there is no table stars of the database postgresql://.*: put back a copy"):
        store.stars.all()


# --- the doorbell ----------------------------------------------------------------------------------------------------


def test_the_doorbell_rings_without_asking_the_server(store: Store, url: str) -> None:
    """Who listens is told at each commit, and asks nothing meanwhile."""
    with open_store(url) as face:
        bell = face.data_version()
        asked = queries_of(url)
        for _ in range(20):
            assert face.data_version() == bell
        assert queries_of(url) == asked
        store.polls.set_paused(1, paused=True, now=NOW)
        wait_until(lambda: face.data_version() == store.seq())


def queries_of(url: str) -> object:
    """When the connections to a database were asked last."""
    asked = f"SELECT pid, query_start FROM pg_stat_activity WHERE datname = '{name_of(url)}' ORDER BY pid"  # noqa: S608
    return server().ask(asked)


def test_the_doorbell_rings_where_nothing_can_be_heard(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a pooler that swallows notifications the number is read now and then."""
    monkeypatch.setattr("digest.store.postgres._SURE", 0.05)
    with open_store(url) as face:
        bell = face.data_version()
        assert face.database.backend._bell is not None  # type: ignore[attr-defined]
        face.database.backend._bell.execute("UNLISTEN *")  # type: ignore[attr-defined]
        store.polls.set_paused(1, paused=True, now=NOW)
        wait_until(lambda: face.data_version() != bell)


def test_the_doorbell_rings_where_an_older_copy_was_put_back(store: Store, url: str) -> None:
    """Its number is lower than what was heard before: who listens hears of it, and of what is written from then on."""
    for _ in range(5):
        store.polls.set_paused(1, paused=True, now=NOW)
    with open_store(url) as face:
        before = face.data_version()
        server().ask("UPDATE meta SET value = '1' WHERE key = 'seq'", name_of(url))
        end_connections(url)

        def rings() -> bool:
            with suppress(StoreError):  # once or twice: the good-bye, and the end
                return face.data_version() == 1
            return False

        wait_until(rings)
        assert before > 1
        store.polls.set_paused(1, paused=True, now=NOW)
        wait_until(lambda: face.data_version() == 2)


# --- what is imported ------------------------------------------------------------------------------------------------


def test_who_uses_sqlite_pays_nothing_for_it(tmp_path: Path) -> None:
    """The driver is not imported, even to migrate; and a URL without the driver says how to get it."""
    script = """
import sys
from pathlib import Path
from digest.errors import StoreError
from digest.store import file_url, open_store
with open_store(file_url(Path(sys.argv[1])), migrate=True) as store:
    store.seq()
print([name for name in sys.modules if name.startswith(("psycopg", "digest.store.postgres"))])
sys.modules["psycopg"] = None
try:
    open_store("postgresql://me@host/digest")
except StoreError as error:
    print(error)
"""
    command = [sys.executable, "-c", script, str(tmp_path / "digest.db")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\na database on PostgreSQL needs psycopg: pip install 'newsdigest[postgres]'\n"


def test_the_server_ends_with_the_tests() -> None:
    """Whatever becomes of them: killed with -9, they leave no server behind."""
    script = """
import time
from tests.fakes.postgres import Cluster
cluster = Cluster()
print(cluster.folder, cluster._server.pid, flush=True)
time.sleep(60)
"""
    runner = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert runner.stdout is not None
    folder, pid = runner.stdout.readline().split()
    runner.kill()
    runner.communicate()
    wait_until(lambda: not Path(f"/proc/{pid}").exists())
    shutil.rmtree(folder)
