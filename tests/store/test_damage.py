"""Rows that somebody wrote into by hand: readers name them, the engine goes on without them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from digest.engine.ground.threads import StoreThread
from digest.errors import DamagedRowError, StoreError
from digest.store import Store, open_store
from digest.store.damage import find_damage
from digest.store.dashboard import Dashboard
from digest.store.schema import metadata
from digest.store.sqlite import file_of
from digest.values.messages import DeliveryState
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit
from tests.fakes.sending import note_sent, sent_at
from tests.store.conftest import MINUTE, NOW, alerting, identity, polled, taken

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.sqlite


def by_hand(url: str, command: str) -> None:
    """What a user does in SQLite's shell."""
    with sqlite3.connect(file_of(url)) as connection:
        connection.execute(command)
    connection.close()


@pytest.fixture
def full(store: Store) -> Store:
    """Two feeds, two entries with alerts and what is owed for them, a mute, a change."""
    specs = [FeedSpec("https://one.example/rss"), FeedSpec("https://two.example/rss")]
    store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    commit(store, [polled(alerting("a"), alerting("b"))], NOW)
    store.changes.mute("korea", NOW + MINUTE, "Ann", "muted korea", NOW)
    store.requests.ask("poll", {}, NOW)
    note_sent(store, "@desk", [NOW])
    store.engine.started(1, "host", "1", NOW)
    return store


READS: dict[str, Callable[[Store], object]] = {
    "alerts": lambda store: list(store.reads.alerts()),
    "entries": lambda store: list(store.reads.entries()),
    "texts": lambda store: list(store.archive().texts()),
    "outbox": lambda store: store.outbox.list(),
    "counts": lambda store: store.outbox.counts(),
    "feeds": lambda store: store.polls.all_feeds(),
    "channels": lambda store: store.channels.all(),
    "changes": lambda store: store.changes.last(9),
    "sends": lambda store: sent_at(store, "@desk"),
    "engine": lambda store: store.engine.state(),
    "evidence": lambda store: store.evidence.kept(1, [identity("a").key]),
    "request": lambda store: store.requests.claim(NOW),
    "detail": lambda store: Dashboard(store.database).detail(1),
}


@pytest.mark.parametrize(
    ("command", "read", "words"),
    [
        ("UPDATE matches SET hits = 'x' WHERE id = 2", "alerts", "row 2 of matches cannot be read: its hits"),
        ("UPDATE matches SET hits = '[[1]]' WHERE id = 2", "alerts", "row 2 of matches cannot be read: its hits"),
        ('UPDATE matches SET hits = \'[["title","a",2,"x","y"]]\'', "alerts", "row 1 of matches .* its hits"),
        ("UPDATE entries SET title = x'00ff' WHERE id = 2", "alerts", "row 2 of entries .* its title is no text"),
        ("UPDATE deliveries SET parts = '[1]' WHERE id = 2", "outbox", "row 2 of deliveries .* its parts"),
        ("UPDATE matches SET summary = '3' WHERE id = 1", "detail", "row 1 of matches cannot be read: its summary"),
        ("UPDATE matches SET severity = 9 WHERE id = 1", "alerts", "row 1 of matches cannot be read: its severity"),
        ("UPDATE matches SET outcome = 'odd' WHERE id = 1", "detail", "row 1 of matches cannot be read: its outcome"),
        ("UPDATE matches SET created = 'now' WHERE id = 1", "alerts", "row 1 of matches cannot be read: its created"),
        (
            "UPDATE entries SET first_seen = 1 << 60 WHERE id = 1",
            "entries",
            "row 1 of entries .* its first_seen is no t",
        ),
        ("UPDATE entries SET title = CAST(x'ff41' AS TEXT) WHERE id = 1", "texts", "row 1 of entries .* is no UTF-8"),
        ("UPDATE entry_texts SET tags = '{' WHERE entry_id = 1", "texts", "row 1 of entry_texts cannot be read: its t"),
        ("UPDATE deliveries SET parts = 'x' WHERE id = 1", "outbox", "row 1 of deliveries cannot be read: its parts"),
        ("UPDATE deliveries SET state = 'odd' WHERE id = 1", "counts", "row 1 of deliveries cannot be read: its state"),
        ("UPDATE deliveries SET kind = 'odd' WHERE id = 1", "outbox", "row 1 of deliveries cannot be read: its kind"),
        ("UPDATE feeds SET interval_ms = 'x' WHERE id = 2", "feeds", "row 2 of feeds .* its interval_ms is no number"),
        ("UPDATE feeds SET next_due = 'x' WHERE id = 2", "feeds", "row 2 of feeds .* its next_due is no time"),
        ("UPDATE feeds SET tags = 5", "feeds", r"row 1 of feeds .* its tags .* \(and 1 more\)"),
        (
            "UPDATE channels SET last_ok = 'x'",
            "channels",
            "row desk of channels cannot be read: its last_ok",
        ),
        ("UPDATE sends SET at = 'soon'", "sends", "row 1 of sends cannot be read: its at"),
        ("UPDATE changes SET kind = 'odd'", "changes", "row 1 of changes cannot be read: its kind"),
        ("UPDATE evidence SET changes = '[[1]]' WHERE entry_id = 1", "evidence", "row 1 of evidence .* its changes"),
        (
            "UPDATE evidence SET changes = '[{\"at\": 1}]' WHERE entry_id = 1",
            "evidence",
            "row 1 of evidence .* its chan",
        ),
        ("UPDATE engine SET heartbeat = 'x'", "engine", "row 1 of engine cannot be read: its heartbeat is no time"),
        ("UPDATE requests SET args = '', claimed = NULL, done = NULL", "request", "row 1 of requests .* its args"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(full: Store, url: str, command: str, read: str, words: str) -> None:
    """A reader says which row of which table it is, and changes nothing; the engine mends it, and reads on."""
    by_hand(url, command)
    with open_store(url) as reader:
        for _ in range(2):
            with pytest.raises(DamagedRowError, match=words) as caught:
                READS[read](reader)
            assert "repair or delete it with sqlite3" in str(caught.value)
    with pytest.raises(DamagedRowError, match=words):
        READS[read](full)
    for ask in READS.values():
        ask(full)
    with full.database.read() as connection:
        assert find_damage(connection, letters=True) == []


def test_a_message_that_cannot_be_read_is_given_up_alone(full: Store, url: str) -> None:
    """It is dead, with the reason; the next one is sent."""
    by_hand(url, "UPDATE deliveries SET parts = 'x' WHERE id = 1")
    with pytest.raises(DamagedRowError):
        taken(full, NOW)
    found = taken(full, NOW)
    assert found is not None
    assert found.id == 2
    dead = full.outbox.get(1)
    assert (dead.state, dead.parts) == (DeliveryState.DEAD, ())
    assert dead.reason.startswith("given up: row 1 of deliveries cannot be read: its parts")


async def test_the_engine_asks_again_at_once(full: Store, url: str) -> None:
    """What is mended is worth asking again: neither a start nor a message fails of a row that it can do without."""
    by_hand(url, "UPDATE deliveries SET severity = 'x' WHERE id = 1")
    async with StoreThread() as thread:
        found = await thread.call(taken, full, NOW)
    assert found is not None
    assert found.id == 2


def test_what_was_sent_stays_sent(full: Store, url: str) -> None:
    """A finished message is mended, and keeps its state and its reason."""
    by_hand(url, "UPDATE deliveries SET state = 'sent', reason = '', message_ids = 'x' WHERE id = 1")
    with pytest.raises(DamagedRowError):
        full.outbox.list()
    assert (full.outbox.get(1).state, full.outbox.get(1).reason) == (DeliveryState.SENT, "")


def test_a_feed_whose_row_is_mended_is_not_silenced(full: Store, url: str) -> None:
    """Its next poll is no baseline, for it had one; the other feed was due all the time."""
    by_hand(url, "UPDATE feeds SET baseline_at = 'x', last_ok = 'x' WHERE id = 1")
    with pytest.raises(DamagedRowError):
        full.polls.due_feeds(NOW + MINUTE * 20, 10)
    assert len(full.polls.due_feeds(NOW + MINUTE * 20, 10)) == 2
    assert full.polls.all_feeds()[0].baseline_at is not None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("DROP TABLE matches", "there is no table matches of the database .*: put back a copy of it"),
        ("DELETE FROM meta", "there is no seq in the table meta of the database"),
        ("ALTER TABLE matches DROP COLUMN hits", "there is no column hits in the table matches of the database"),
    ],
)
def test_a_part_that_is_not_there_is_named(full: Store, url: str, command: str, words: str) -> None:
    """Whoever dropped it learns what is missing."""
    by_hand(url, command)

    def use() -> None:
        list(full.reads.alerts())
        full.engine.stopped(NOW)

    with pytest.raises(StoreError, match=words):
        use()


def test_a_mistake_of_ours_is_no_damage(full: Store) -> None:
    """It leaves as it is, for the log; and the search is not made again for a while."""
    for _ in range(2):
        with pytest.raises(ValueError, match="ours"), full.database.read():
            raise ValueError("ours")


def test_all_that_is_stored_is_as_declared(full: Store) -> None:
    """What the code writes is never taken for damage; every column of a list says what stands in it."""
    with full.database.read() as connection:
        assert find_damage(connection, letters=True) == []
    lists = [column for table in metadata.sorted_tables for column in table.columns if str(column.type) == "JSON"]
    assert [str(column) for column in lists if "of" not in column.info] == []
