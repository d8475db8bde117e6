"""A backup is whole or not there, and a restore brings back just what it holds; what was there is kept."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from digest.errors import EngineElsewhereError, StoreError, UsageError
from digest.store import file_url, open_store, sqlite
from digest.store.backup import note_backup, restore_backup, write_backup
from digest.store.schema import entries
from digest.values.messages import DeliveryState
from digest.values.settings import FeedSpec
from tests.fakes.stores import store_url
from tests.store.conftest import MINUTE, NOW
from tests.store.test_copying import fill, rows_of

if TYPE_CHECKING:
    from sqlite3 import Connection

    from digest.store import Store
    from digest.store.copying import Progress

ROOT = Path(__file__).resolve().parents[2]


def quiet(_: Progress) -> None:
    """Tell nobody."""


def backed_up(url: str, place: Path) -> Path:
    """A backup of the database as it is now."""
    with open_store(url) as store:
        write_backup(store.database, place, quiet)
    return place


def restored(file: Path, url: str, state: Path) -> Path | None:
    """What the command does; where what was there is kept."""
    return restore_backup(file, url, state, quiet, NOW)


@pytest.fixture
def history(url: str) -> str:
    """A database with something in most tables, of either kind."""
    with open_store(url, migrate=True) as store:
        fill(store)
    return url


def add_feeds(url: str, count: int) -> None:
    """Let the database go on from its backup."""
    with open_store(url, migrate=True) as store:
        specs = [FeedSpec(f"https://later{n}.example/rss") for n in range(count)]
        store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)


def without_fact(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """All rows but the single facts, which tell of the restore itself."""
    return {name: rows for name, rows in rows_of(store).items() if name != "meta"}


@pytest.mark.both
def test_a_restore_brings_back_what_was_backed_up(history: str, tmp_path: Path) -> None:
    """Every row of it, and what came since is gone from the database, but kept in a file that is a backup, too."""
    file = backed_up(history, tmp_path / "monday.db")
    with open_store(history) as store:
        before = without_fact(store)
    add_feeds(history, 3)
    with open_store(history) as store:
        later = without_fact(store)
    kept = restored(file, history, tmp_path)
    with open_store(history) as store:
        assert without_fact(store) == before
        assert store.upkeep.info().damage == ()
    assert kept is not None
    assert restore_backup(kept, history, tmp_path, quiet, NOW + MINUTE) is not None
    with open_store(history) as store:
        assert without_fact(store) == later
    assert not [path.name for path in tmp_path.iterdir() if ".part-" in path.name]


@pytest.mark.both
def test_a_backup_of_one_kind_restores_into_the_other(history: str, tmp_path: Path) -> None:
    """It is one format; into a file that was not there, and nothing is kept then."""
    file, other = backed_up(history, tmp_path / "monday.db"), file_url(tmp_path / "new" / "digest.db")
    (tmp_path / "new").mkdir()
    assert restored(file, other, tmp_path) is None
    with open_store(history) as one, open_store(other) as two:
        assert without_fact(one) == without_fact(two)


@pytest.mark.both
def test_a_backup_is_one_private_file_of_one_moment(history: str, tmp_path: Path) -> None:
    """Who writes meanwhile changes nothing in it, and holds it up as little; only its owner can read it."""
    with open_store(history, migrate=True) as store:
        with store.database.write() as (connection, _):
            connection.execute(insert(entries), [{"feed_id": 1, "first_seen": NOW, "title": "many"}] * 3_000)
        before, ended = without_fact(store), threading.Event()

        def write() -> None:
            while not ended.is_set():
                store.polls.set_paused(1, paused=True, now=NOW)
                store.polls.set_paused(1, paused=False, now=NOW)

        writer = threading.Thread(target=write)
        with open_store(history) as reader:
            writer.start()
            try:
                write_backup(reader.database, tmp_path / "monday.db", quiet)
            finally:
                ended.set()
                writer.join()
    assert (tmp_path / "monday.db").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob("monday.db?*"))
    assert (tmp_path / "monday.db").read_bytes()[18:20] == b"\x01\x01"  # no log: read where nothing may be written
    with open_store(file_url(tmp_path / "monday.db")) as store:
        found = without_fact(store)
        assert {name: rows for name, rows in found.items() if name != "feeds"} == {
            name: rows for name, rows in before.items() if name != "feeds"
        }


@pytest.mark.sqlite
def test_a_backup_is_of_the_moment_at_which_it_began(
    history: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written while its pages are copied is not in it, and does not have it begin anew without end."""
    copy_pages = sqlite._copy_pages

    def write_then_copy(source: Connection, to: Path, name: str) -> None:
        with open_store(history) as other:
            other.polls.set_paused(1, paused=True, now=NOW)
        copy_pages(source, to, name)

    monkeypatch.setattr(sqlite, "_copy_pages", write_then_copy)
    file = backed_up(history, tmp_path / "monday.db")
    with open_store(history) as store, open_store(file_url(file)) as backup:
        assert [each.paused for each in store.polls.all_feeds()] == [True, False]
        assert [each.paused for each in backup.polls.all_feeds()] == [False, False]


@pytest.mark.both
def test_what_may_have_been_sent_since_is_marked(history: str, tmp_path: Path) -> None:
    """An engine that starts on a restored database, on whichever machine, takes what is owed for lost answers; once."""
    restored(backed_up(history, tmp_path / "monday.db"), history, tmp_path)
    with open_store(history, migrate=True) as store:
        assert "was restored from a backup" in store.database.lacks_writes
        store.engine.started(1, "host", "1", NOW)
        states = store.outbox.counts()
    assert states[DeliveryState.SENDING]
    assert not states.get(DeliveryState.QUEUED)
    with open_store(history, migrate=True) as store:
        assert "was restored from a backup" not in store.database.lacks_writes


@pytest.mark.both
def test_what_is_damaged_is_neither_backed_up_nor_restored(history: str, tmp_path: Path) -> None:
    """The row is named, no file is made, and the database is as it was."""
    file = backed_up(history, tmp_path / "monday.db")
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE feeds SET interval_ms = 'x' WHERE id = 2")
    connection.close()
    with open_store(history) as store:
        before = rows_of(store)
    with pytest.raises(StoreError, match=r"monday.db is damaged, and nothing was restored: row 2 of feeds"):
        restored(file, history, tmp_path)
    with open_store(history) as store:
        assert rows_of(store) == before
    with open_store(file_url(file)) as store, pytest.raises(StoreError, match="no backup was made: row 2 of feeds"):
        write_backup(store.database, tmp_path / "tuesday.db", quiet)
    assert not (tmp_path / "tuesday.db").exists()


@pytest.mark.sqlite
def test_what_is_no_backup_is_refused(url: str, history: str, tmp_path: Path) -> None:
    """Nothing there, another program's, no database at all, an empty one, a newer version's, the database itself."""
    other, text, newer = tmp_path / "other.db", tmp_path / "text", backed_up(history, tmp_path / "newer.db")
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE bookmarks (id INTEGER)")
    connection.close()
    text.write_text("no database\n" * 1000)
    (tmp_path / "empty").touch()
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for file, words in (
        (tmp_path / "gone.db", "there is no file"),
        (other, "is no backup: it holds none of Digest's tables"),
        (text, "text is not a database"),
        (tmp_path / "empty", "is no backup"),
        (newer, "newer.db was made by a newer version of Digest"),
    ):
        with pytest.raises((StoreError, UsageError), match=words):
            restored(file, history, tmp_path)
    with pytest.raises(UsageError, match="that is the database of the config itself"):
        restored(tmp_path / "digest.db", file_url(tmp_path / "digest.db"), tmp_path)


def test_an_older_backup_is_brought_up_to_date(tmp_path: Path) -> None:
    """A copy of it: the file stays as it is, to be restored by the version that made it."""
    file = tmp_path / "old.db"
    with sqlite3.connect(file) as connection:
        connection.executescript((ROOT / "tests/store/old_databases/eea1f6d.sql").read_text(encoding="utf-8"))
    connection.close()
    before = file.read_bytes()
    restored(file, file_url(tmp_path / "digest.db"), tmp_path)
    with open_store(file_url(tmp_path / "digest.db")) as store:
        assert store.upkeep.info().damage == ()
    assert file.read_bytes() == before


@pytest.mark.both
def test_a_backup_overwrites_nothing(history: str, tmp_path: Path) -> None:
    """Not even a link that leads nowhere."""
    file = backed_up(history, tmp_path / "monday.db")
    (tmp_path / "link.db").symlink_to(tmp_path / "nowhere")
    before = file.read_bytes()
    for place in (file, tmp_path / "link.db"):
        with pytest.raises(UsageError, match="is there already"):
            backed_up(history, place)
    assert file.read_bytes() == before
    with pytest.raises(StoreError, match="cannot be written: No such file"):
        backed_up(history, tmp_path / "nowhere" / "monday.db")


KILLED = """
import os, signal, sys
from pathlib import Path
from datetime import datetime, UTC
from digest.store import backup, copying, open_store
from digest.store.sqlite import SqliteFile
copying._AT_ONCE = 3

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

at, file, url, state = sys.argv[1:]
if at == "swap":
    Path.replace = die
elif at == "bring":
    backup._make_sure_it_can_be_read = die

def tell(progress):
    is_kept = any(Path(state).glob("digest.db.before-*Z"))
    if (at, progress.table, progress.comparing, is_kept) == ("copy", "entries", False, True):
        die()

backup.restore_backup(Path(file), url, Path(state), tell, datetime(2026, 11, 22, tzinfo=UTC))
"""


@pytest.mark.sqlite
@pytest.mark.parametrize("at", ["bring", "swap"])
def test_a_restore_that_is_killed_leaves_what_was_there(history: str, tmp_path: Path, at: str) -> None:
    """Until the moment in which the new file takes the name of the old one; the next call does it all."""
    file = backed_up(history, tmp_path / "monday.db")
    add_feeds(history, 2)
    with open_store(history) as store:
        before = rows_of(store)
    command = [sys.executable, "-c", KILLED, at, str(file), history, str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
    with open_store(history) as store:
        assert rows_of(store) == before
    restored(file, history, tmp_path)
    with open_store(history) as store:
        assert len(store.polls.all_feeds()) == 2


def test_no_room_is_said(history: str, tmp_path: Path) -> None:
    """And nothing is left of what did not fit, nor is anything lost."""
    file = tmp_path / "monday.db"
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
    code = (
        "import signal, sys; from pathlib import Path; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from digest.errors import StoreError; from digest.store import open_store;"
        "from digest.store.backup import write_backup;"
        f"store = open_store(sys.argv[1]); {limit}\n"
        "try:\n    write_backup(store.database, Path(sys.argv[2]), print)\n"
        "except StoreError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, history, str(file)], cwd=ROOT, capture_output=True, check=False)
    assert done.stderr == b""
    assert b"monday.db" in done.stdout or b"disk of" in done.stdout
    assert [path.name for path in tmp_path.iterdir() if "monday" in path.name] == []


@pytest.mark.both
def test_a_database_knows_its_last_backup(history: str, tmp_path: Path) -> None:
    """When, and where."""
    with open_store(history) as store:
        assert store.upkeep.info().backup == {}
        note_backup(store.database, tmp_path / "monday.db", NOW)
        assert store.upkeep.info().backup == {"at": "2026-11-22T07:00:00.000Z", "path": str(tmp_path / "monday.db")}


@pytest.mark.sqlite
def test_dashboards_of_a_file_see_that_it_was_replaced(history: str, tmp_path: Path) -> None:
    """Nothing that they write gets lost unseen: what is open is told, and opens anew."""
    file = backed_up(history, tmp_path / "monday.db")
    with open_store(history) as face:
        which = face.database.which()
        kept = restored(file, history, tmp_path)
        assert face.database.which() != which
        with pytest.raises(StoreError, match="was deleted or replaced while it was in use"):
            face.polls.set_paused(1, paused=True, now=NOW)
    assert kept is not None
    assert kept.stat().st_nlink == 1


class TestOnAServer:
    """What differs where the database is no file."""

    @pytest.fixture(autouse=True)
    def kind_of_database(self) -> object:
        """On PostgreSQL, where it is there."""
        from tests.fakes import postgres
        from tests.fakes.stores import of_kind

        if not postgres.available():
            pytest.skip(postgres.MISSING)
        with of_kind("postgresql"):
            yield "postgresql"

    def test_a_restore_that_is_killed_goes_on(self, tmp_path: Path) -> None:
        """What was there is in the file; no engine takes the half for the whole; the next call goes on."""
        url = store_url(tmp_path / "server")
        with open_store(url, migrate=True) as store:
            fill(store)
        file = backed_up(url, tmp_path / "monday.db")
        add_feeds(url, 2)
        command = [sys.executable, "-c", KILLED, "copy", str(file), url, str(tmp_path)]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == -9
        [kept] = tmp_path.glob("digest.db.before-*Z")
        with open_store(file_url(kept)) as store:
            assert len(store.polls.all_feeds()) == 2
        with pytest.raises(StoreError, match="not finished: digest db copy, or restore, goes on with it"):
            open_store(url, migrate=True)
        assert restored(file, url, tmp_path) is None
        with open_store(url) as store:
            assert store.reads.count_entries() == 8

    def test_what_a_newer_version_made_is_not_touched(self, tmp_path: Path) -> None:
        """On a server, too: it is not taken for something to be overwritten."""
        url = store_url(tmp_path / "server")
        with open_store(url, migrate=True) as store:
            fill(store)
        file = backed_up(url, tmp_path / "monday.db")
        with open_store(url) as store:
            with store.database.write() as (connection, _):
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
            with pytest.raises(StoreError, match="was made by a newer version of Digest"):
                restored(file, url, tmp_path)
            assert len(store.polls.all_feeds()) == 2

    def test_a_server_that_an_engine_uses_is_not_touched(self, tmp_path: Path) -> None:
        """Whichever machine it runs on; a backup may be made."""
        url = store_url(tmp_path / "server")
        with open_store(url, migrate=True) as engine:
            fill(engine)
            file = backed_up(url, tmp_path / "monday.db")
            with pytest.raises(EngineElsewhereError):
                restored(file, url, tmp_path)
