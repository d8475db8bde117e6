"""Several processes on one database: readers, two writers, and one that is killed in the middle of a commit."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from digest.delivery.queue import Situation
from digest.delivery.retries import Patience
from digest.errors import BusyError
from digest.store import open_store
from digest.store.sqlite import file_of
from digest.values.databases import SQLITE
from digest.values.messages import DeliveryState
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.line_by_line import lines
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, entry, message, polled, taken
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from digest.store import Store

pytestmark = pytest.mark.both

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys, time
from datetime import UTC, datetime, timedelta
from dataclasses import replace
from sqlalchemy import Engine, event
from digest.delivery.decide import Decision
from digest.values.messages import *
from digest.values.news import *
from digest.values.settings import *
from digest.values.states import *
from digest.store import open_store

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
WORDS = 200
url, first, count, stop_at = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]


def entry(name):
    match = Match("korea", Severity.NORMAL, ()), ()
    identity = Identity(*(f"{kind}{name}".encode() for kind in "klt"))
    text = EntryText(name, content="words " * WORDS, lang="en")
    return NewEntry(identity, name, text, None, "folded " * WORDS, 1, False, (match,))


def decide(asked, committed, now):
    return [decision(each) for each in asked]


def decision(asked):
    name = asked.entry.text.title
    owed = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.NORMAL, name, {"lines": ["text"]}, rules=("korea",))
    return Decision(tuple(replace(match, outcome=Outcome.ALERT) for match in asked.matches), (owed,))


def polled(names):
    update = FeedUpdate(1, NOW, True, NOW + timedelta(minutes=1), timedelta(minutes=1), 0, title="changed")
    return PollResult(update, tuple(entry(name) for name in names))


store = open_store(url)
"""

COMMITTER = (
    WRITER
    + """
WORDS = 10_000  # more than SQLite holds in memory: the log has much of it long before the commit
store.polls.commit_polls([polled([first])], NOW, decide)


@event.listens_for(Engine, "before_cursor_execute")
def stop(connection, cursor, statement, parameters, context, many):
    if statement.startswith(stop_at):
        print("here", flush=True)
        time.sleep(60)


@event.listens_for(Engine, "commit")
def stop_before_commit(connection):
    if stop_at == "COMMIT":
        print("here", flush=True)
        time.sleep(60)


store.polls.commit_polls([polled([f"{first}{n}" for n in range(count)])], NOW, decide)
"""
)

ONE_BY_ONE = (
    WRITER
    + """
for n in range(count):
    store.polls.commit_polls([polled([f"{first}{n}"])], NOW, decide)
"""
)


@pytest.fixture
def start() -> object:
    """Starts a script as a process of its own, with arguments; ends it after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(script: str, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", script, *arguments]
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("place", "logged"),
    [
        ("INSERT INTO identities", False),
        ("INSERT INTO entry_texts", False),
        ("INSERT INTO matches", True),
        ("INSERT INTO deliveries", True),
        ("UPDATE feeds", True),
        ("COMMIT", True),
    ],
)
def test_a_kill_in_the_middle_leaves_nothing_partial(
    store: Store, url: str, start: Callable[..., subprocess.Popen[str]], place: str, *, logged: bool
) -> None:
    """Killed with -9 anywhere in a commit: the poll before stands whole, nothing of this one; it can be repeated."""
    writer = start(COMMITTER, url, "a", "100", place)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "here\n"
    if url.startswith(SQLITE):
        assert (file_of(f"{url}-wal").stat().st_size > 8_000_000) is logged
    writer.kill()
    writer.wait()
    store.close()
    with open_store(url) as again:
        info = again.upkeep.info()
        assert info.damage == ()
        tables = ("entries", "entry_texts", "identities", "matches", "deliveries", "delivery_alerts")
        assert {name: info.rows[name] for name in tables} == dict.fromkeys(tables, 1)
        assert again.polls.all_feeds()[0].entries == 1
        assert len(commit(again, [polled(*(alerting(f"a{n}") for n in range(100)))], NOW)) == 100


def test_two_writers_take_turns(store: Store, url: str, start: Callable[..., subprocess.Popen[str]]) -> None:
    """Two processes that write at once both finish, nothing of either is lost, and every commit has its own number."""
    before = store.seq()
    writers = [start(ONE_BY_ONE, url, name, "30", "") for name in "ab"]
    for n in range(30):
        commit(store, [polled(alerting(f"c{n}"))], NOW)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert store.reads.count_entries() == 90
    assert store.seq() == before + 90


@pytest.mark.sqlite
def test_two_may_make_it_at_once(url: str, start: Callable[..., subprocess.Popen[str]]) -> None:
    """However many ask for a database that is not there, it is made once and all of them get it."""
    script = "import sys; from digest.store import open_store; open_store(sys.argv[1], migrate=True).close()"
    assert [process.wait(60) for process in [start(script, url) for _ in range(4)]] == [0] * 4


def test_a_reader_hears_another_process_commit(
    store: Store, url: str, start: Callable[..., subprocess.Popen[str]]
) -> None:
    """The doorbell rings for a commit of another process, the sequence has moved, and the rows are there."""
    bell, seq = store.data_version(), store.seq()
    assert store.data_version() == bell
    writer = start(ONE_BY_ONE, url, "a", "1", "")
    wait_until(lambda: store.data_version() != bell)
    assert store.seq() == seq + 1
    assert store.reads.count_entries() == 1
    assert writer.wait(30) == 0


def test_the_doorbell_rings_for_our_own_writes_and_not_for_reads(store: Store) -> None:
    """A face that writes hears itself, so it needs no other way to learn of it."""
    bell = store.data_version()
    store.reads.count_entries()
    spec, situation = ChannelSpec("desk", Telegram("@desk")), Situation(NOW, Patience(timedelta(days=1)))
    found, planned = store.queue.take("@desk", situation, lambda _: (spec, lines), None, MINUTE)
    assert found is None
    assert store.queue.take("@desk", situation, lambda _: (spec, lines), planned, MINUTE) == (None, planned)
    assert store.requests.claim(NOW) is None
    assert store.data_version() == bell
    store.polls.set_paused(1, paused=True, now=NOW)
    assert store.data_version() != bell


def test_readers_go_on_while_one_writes(store: Store, url: str) -> None:
    """An open write stops no reader, which sees the state before it; and threads may share a store."""
    with store.database.write() as (connection, _), open_store(url) as reader:
        connection.exec_driver_sql("UPDATE feeds SET title = 'half done'")
        assert reader.polls.all_feeds()[0].title == ""
        with ThreadPoolExecutor(4) as pool:
            counts: Sequence[int] = list(pool.map(lambda _: store.reads.count_entries(), range(20)))
    assert set(counts) == {0}
    assert store.polls.all_feeds()[0].title == "half done"


def store_half(connection: Connection) -> None:
    """A write that fails in the middle."""
    connection.exec_driver_sql("UPDATE feeds SET title = 'half done'")
    raise ZeroDivisionError


def test_a_write_that_fails_leaves_nothing(store: Store) -> None:
    """An error in the middle rolls back all of it, its number included."""
    before = store.seq()
    with pytest.raises(ZeroDivisionError), store.database.write() as (connection, _):
        store_half(connection)
    assert (store.seq(), store.polls.all_feeds()[0].title) == (before, "")


def test_a_database_that_stays_busy_is_said(store: Store, url: str) -> None:
    """When another process never lets go, the one that waits says so in words."""
    with open_store(url, patience=0.05) as other, store.database.write():
        with pytest.raises(BusyError, match=r"another process has kept .*digest.* busy"):
            other.polls.set_paused(1, paused=True, now=NOW)
        assert other.reads.count_entries() == 0


def test_claims_of_two_processes_never_meet(store: Store, url: str) -> None:
    """Two that claim at once get different messages."""
    store.outbox.owe([message(f"{n}") for n in range(40)], [], NOW)
    with open_store(url) as other, ThreadPoolExecutor(2) as pool:
        other.sends.windows = store.sends.windows
        both = pool.map(lambda each: [taken(each, NOW) for _ in range(20)], [store, other])
        claimed = [delivery.id for half in both for delivery in half if delivery is not None]
    assert len(claimed) == len(set(claimed)) == 40
    assert store.outbox.counts()[DeliveryState.SENDING] == 40


def test_thousands_of_entries_are_read_in_pages(store: Store) -> None:
    """All of them come once and in order, without holding a read between the pages: a write may fall between."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
    for start in range(0, 2_500, 500):
        names = (f"{n}" for n in range(start, start + 500))
        commit(store, [polled(*(entry(name) for name in names))], NOW + start * MINUTE)
    assert store.reads.count_entries() == 2_500
    seen = 0
    for seen, each in enumerate(store.reads.entries(), start=1):
        assert each.id == seen
        if seen == 500:
            commit(store, [polled(entry("late"))], NOW)
    assert seen == 2_501
