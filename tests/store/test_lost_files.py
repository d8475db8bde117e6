"""A database whose files are taken away under its users: what was written is never lost unseen."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from digest.errors import StoreError
from digest.store import Store, open_store
from digest.store.sqlite import file_of, log_of
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, polled

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

pytestmark = pytest.mark.sqlite


SAVED = (
    "rm digest.db-wal",
    "mv digest.db-wal away",
    "rm digest.db-wal; touch digest.db-wal",
    "rm digest.db-shm",
    "rm digest.db-wal digest.db-shm",
)
LOST = (
    ": > digest.db-wal",
    "cp digest.db-wal other; mv other digest.db-wal",
    "rm digest.db",
    "mv digest.db away",
    "cp digest.db other; mv other digest.db",
    "rm -r ../state",
    "mv ../state ../away",
)
PRAGMAS = ("wal_checkpoint(TRUNCATE)", "wal_checkpoint(RESTART)", "journal_size_limit = 0", "user_version = 7")


def do(path: Path, command: str) -> None:
    """What a user, or another program, does to the files of a database."""
    subprocess.run(command, shell=True, cwd=path.parent, check=True)  # noqa: S602 - a line of our own


def counted(path: Path) -> int:
    """Entries, as another process finds them once the last one was killed."""
    with sqlite3.connect(path) as connection:
        (count,) = connection.execute("SELECT count(*) FROM entries").fetchone()
    connection.close()
    return int(count)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a database may be, in a folder of its own."""
    (tmp_path / "state").mkdir()
    return tmp_path / "state" / "digest.db"


def baselines(path: Path) -> int:
    """Feeds of which the file itself, without its log, knows that they had their first poll."""
    alone = path.with_name("alone.db")
    shutil.copy(path, alone)
    with sqlite3.connect(alone) as connection:
        (count,) = connection.execute("SELECT count(*) FROM feeds WHERE baseline_at IS NOT NULL").fetchone()
    connection.close()
    return int(count)


def test_first_polls_stand_in_the_file_itself_a_second_later(path: Path) -> None:
    """One that a lost log takes with it would be taken again, and silence news; to settle each at once is dear."""
    with open_store(f"sqlite:///{path}", migrate=True) as store:
        specs = [FeedSpec(f"https://{name}.example/feed") for name in "abc"]
        store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
        for feed in (1, 2):
            commit(store, [polled(feed=feed, baseline=True)], NOW)
        assert baselines(path) >= 1  # two, where a second went by between them
        time.sleep(1.05)
        commit(store, [polled(feed=3)], NOW)
        assert baselines(path) == 2


@pytest.mark.parametrize("command", SAVED)
def test_what_was_written_outlives_the_log(path: Path, command: str) -> None:
    """The engine saves what stood in a lost log with all it writes from there on, and says that the log is lost."""
    with open_store(f"sqlite:///{path}", migrate=True) as store:
        feed_and_commit(store, "a")
        do(path, command)
        feed_and_commit(store, "b")
        assert store.database.lost().startswith((str(log_of(path)), str(path.with_name("digest.db-shm"))))
        as_found = path.with_name("found.db")
        shutil.copy(path, as_found)  # what a kill -9 would leave, without any log
        assert counted(as_found) == 2


@pytest.mark.parametrize("command", LOST)
def test_nothing_is_written_where_nobody_will_look(path: Path, command: str) -> None:
    """What cannot be saved is said at the next question, and nothing is claimed to be stored."""
    with open_store(f"sqlite:///{path}", migrate=True) as store:
        feed_and_commit(store, "a")
        do(path, command)
        for ask in (store.reads.count_entries, lambda: feed_and_commit(store, "b"), store.data_version):
            with pytest.raises(StoreError, match=r"digest\.db(-wal)? was deleted or replaced while it was in use"):
                ask()
        assert store.database.lost()


def test_what_sqlite_does_to_its_log_is_no_loss(store: Store, url: str) -> None:
    """A log that is saved, started anew, cut by SQLite or left by another process is not told as lost."""
    path = file_of(url)
    commit(store, [polled(alerting("a"))], NOW)
    for number, pragma in enumerate(PRAGMAS):
        script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA ' + sys.argv[2]).fetchall()"
        subprocess.run([sys.executable, "-c", script, str(path), pragma], check=True)
        commit(store, [polled(alerting(f"{number}"))], NOW)
        assert not store.database.lost()
    for _ in range(3):  # others that open it and leave it
        with open_store(url) as reader:
            assert reader.reads.count_entries() == 5
    store.close()
    assert not log_of(path).exists()
    with open_store(url) as reader:
        assert reader.reads.count_entries() == 5
        assert not reader.database.lost()


def test_a_reader_saves_nothing(store: Store, url: str) -> None:
    """It cannot know who writes by now: it says what is gone, and leaves the file as it is."""
    commit(store, [polled(alerting("a"))], NOW)
    with open_store(url) as reader:
        log_of(file_of(url)).unlink()
        before = file_of(url).stat().st_mtime_ns
        with pytest.raises(StoreError, match="was deleted or replaced while it was in use"):
            reader.reads.count_entries()
        assert file_of(url).stat().st_mtime_ns == before


def test_what_an_older_copy_does_not_know_of_may_have_been_sent(path: Path) -> None:
    """What it owes, and what each feed's next poll brings, is marked as a possible repeat; what comes later is not."""
    url = f"sqlite:///{path}"
    with open_store(url, migrate=True) as store:
        feed_and_commit(store, "a")
        assert not store.database.lacks_writes
        do(path, "cp digest.db old; cp digest.db-wal old-wal")
        feed_and_commit(store, "b")
    do(path, "mv old digest.db; mv old-wal digest.db-wal")
    for _ in range(2):  # the second time it is not lacking any more, and the doubt stays
        with open_store(url, migrate=True) as store:
            store.engine.started(1, "host", "1", NOW + MINUTE)
            store.outbox.recover(NOW + MINUTE, hold=False)
    with open_store(url, migrate=True) as store:
        assert not store.database.lacks_writes
        feed_and_commit(store, "b", NOW + 2 * MINUTE)
        feed_and_commit(store, "c", NOW + 3 * MINUTE)
        assert {each.title: each.maybe_repeat for each in store.outbox.list()} == {"a": True, "b": True, "c": False}


def feed_and_commit(store: Store, name: str, now: datetime = NOW) -> None:
    """An entry is stored."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=now)
    commit(store, [polled(alerting(name), now=now)], now)
