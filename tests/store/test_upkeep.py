"""Letting go of what is old, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.match import FOLD_VERSION, fold_entry
from digest.store import upkeep
from digest.store.migrations import HEAD
from digest.store.strangers import BotChat
from digest.values.messages import DigestDocument, Failure
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, entry, fails, identity, message, polled, taken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.store import Store

DAY = timedelta(days=1)


def prune(
    store: Store, now: datetime, *, entries: int = 90, alerts: int = 700, seen: int = 700, evidence: int = 900
) -> int:
    """Prune until nothing is left to do; how many rows went. Retention in days."""
    gone = 0
    spans = {"entries": entries * DAY, "alerts": alerts * DAY, "seen": seen * DAY, "evidence": evidence * DAY}
    while batch := store.upkeep.prune(**spans, now=now):
        gone += batch
    return gone


def rows(store: Store, *tables: str) -> Mapping[str, int]:
    """How many rows these tables have."""
    found = store.upkeep.info().rows
    return {table: found[table] for table in tables}


def test_old_unmatched_text_goes_and_stays_known(store: Store) -> None:
    """The entry and its text go, its identity stays, so that it does not come back; its feed counts one less."""
    commit(store, [polled(entry("old"), alerting("told"))], NOW)
    commit(store, [polled(entry("young"))], NOW + 50 * DAY)
    assert prune(store, NOW + 90 * DAY) == 0
    assert prune(store, NOW + 91 * DAY) == 1
    assert [each.text.title for each in store.reads.entries()] == ["북한 told", "북한 young"]
    assert rows(store, "entry_texts", "identities", "matches") == {"entry_texts": 2, "identities": 3, "matches": 1}
    assert store.polls.all_feeds()[0].entries == 2
    assert commit(store, [polled(entry("old"))], NOW + 91 * DAY) == []


def test_old_alerts_go_with_what_became_of_them(store: Store) -> None:
    """Past their own time, alerts go with their entries, stories that nobody reports, and deliveries that are done."""
    commit(store, [polled(alerting("a"))], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    store.outbox.sent(delivery.id, NOW)
    assert prune(store, NOW + 700 * DAY) == 0
    assert prune(store, NOW + 701 * DAY) == 3
    tables = ("entries", "entry_texts", "matches", "deliveries", "delivery_alerts", "stories")
    assert rows(store, *tables) == dict.fromkeys(tables, 0)


def test_evidence_goes_at_its_time(store: Store) -> None:
    """Its entry and alert stay for theirs."""
    commit(store, [polled(alerting("a"))], NOW)
    assert prune(store, NOW + 30 * DAY, evidence=30) == 0
    assert prune(store, NOW + 31 * DAY, evidence=30) == 1
    assert rows(store, "entries", "matches", "evidence") == {"entries": 1, "matches": 1, "evidence": 0}


def test_what_is_undecided_stays(store: Store) -> None:
    """A message that is still owed, or unknown, is never swept away, nor what it tells of; dropped, it goes."""
    commit(store, [polled(alerting("a"))], NOW)
    assert prune(store, NOW + 800 * DAY) == 0
    (alert,) = store.reads.alerts()
    (delivery,) = alert.deliveries
    store.outbox.drop(delivery.id, NOW)
    assert prune(store, NOW + 800 * DAY) == 3


def test_who_was_heard_and_what_was_changed_is_known_as_long_as_alerts(store: Store) -> None:
    """Whoever comes back is known again from then on."""
    store.strangers.note(1, "Once", NOW)
    store.strangers.note(2, "Again", NOW)
    store.strangers.note(2, "Again", NOW + DAY)
    store.bot_chats.note(BotChat(-1, "group", "Elsewhere", "", NOW))
    store.changes.mute("a", NOW + MINUTE, "Ann", "muted a", NOW)
    assert prune(store, NOW + 700 * DAY) == 0
    assert prune(store, NOW + 701 * DAY) == 3
    assert [stranger.name for stranger in store.strangers.all()] == ["Again"]
    assert rows(store, "bot_chats", "changes") == {"bot_chats": 0, "changes": 0}


def test_alerts_never_go_before_other_entries(store: Store) -> None:
    """A shorter time for alerts than for entries does not make matches the first to go."""
    commit(store, [polled(entry("a"), alerting("b"))], NOW)
    assert taken(store, NOW) is not None
    fails(store, 1, Failure.REFUSED)
    prune(store, NOW + 50 * DAY, entries=90, alerts=1)
    assert store.reads.count_entries() == 2


def test_the_oldest_identities_are_forgotten(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past ``keep.seen``; but a feed's newest stay, for a quiet feed shows its old entries for years."""
    monkeypatch.setattr(upkeep, "_NEWEST_KEPT", 3)
    for day in range(6):
        commit(store, [polled(entry(f"{day}"))], NOW + day * DAY)
    commit(store, [polled(entry("a"), entry("b"), entry("c"))], NOW + 6 * DAY)
    prune(store, NOW + 500 * DAY, entries=499, seen=497)
    known = store.polls.known_identities(1, [identity(name) for name in "012345abc"]).by_key
    # 0 is past its time and its text is gone; of 1 and 2 the text is still there; 3 is too young.
    assert set(known) == {identity(name).key for name in "12345abc"}
    prune(store, NOW + 5000 * DAY, entries=1, seen=1)
    known = store.polls.known_identities(1, [identity(name) for name in "012345abc"]).by_key
    assert set(known) == {identity(name).key for name in "abc"}


def test_a_batch_is_small(store: Store) -> None:
    """A batch takes a bounded number of rows, so that polls are not held up, and the next goes on."""
    commit(store, [polled(*(entry(f"{n}") for n in range(1200)))], NOW)
    old = {"entries": DAY, "alerts": DAY, "seen": 700 * DAY, "evidence": DAY, "now": NOW + 9 * DAY}
    assert [store.upkeep.prune(**old) for _ in range(4)] == [500, 500, 200, 0]  # type: ignore[arg-type]  # by name
    assert store.polls.all_feeds()[0].entries == 0


def test_answered_requests_and_old_digests_go(store: Store) -> None:
    """A request goes a week after its answer, an unanswered one stays; a digest's note goes with its alerts."""
    asked = [store.requests.ask("poll", {}, NOW) for _ in range(2)]
    store.requests.finish(asked[0], "", NOW)
    store.digests.commit(DigestDocument("morning", NOW - DAY, NOW, "UTC", (), 0), "2026-11-22T07:00", [], NOW)
    assert prune(store, NOW + 8 * DAY) == 1
    assert prune(store, NOW + 800 * DAY) == 1
    assert rows(store, "requests", "digests") == {"requests": 1, "digests": 0}


def test_ids_are_never_used_again(store: Store) -> None:
    """What a user noted down of an entry or a message never comes to mean another one."""
    (first,) = commit(store, [polled(alerting("a"))], NOW)
    store.outbox.drop(1, NOW)
    prune(store, NOW + 800 * DAY)
    (second,) = commit(store, [polled(alerting("b"))], NOW)
    assert second > first
    assert [each.id for each in store.outbox.list()] == [2]


def test_how_the_database_is(store: Store) -> None:
    """Where it is, how big, of which version, what is in it, and that nothing is broken."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss")], default_every=MINUTE, now=NOW)
    store.outbox.owe([message("a")], [], NOW)
    info = store.upkeep.info()
    assert info.path == store.database.name
    assert info.size > 4096
    assert (info.revision, info.damage) == (HEAD, ())
    assert (info.rows["feeds"], info.rows["deliveries"], info.rows["entries"]) == (1, 1, 0)


@pytest.mark.sqlite
def test_damage_is_named(store: Store) -> None:
    """An index that does not fit its table is found."""
    commit(store, [polled(*(entry(f"{n}") for n in range(10)))], NOW)
    with store.database.write() as (connection, _):
        connection.exec_driver_sql("PRAGMA writable_schema = ON")
        sql = "CREATE INDEX ix_entries_url ON entries (title)"
        connection.exec_driver_sql("UPDATE sqlite_master SET sql = ? WHERE name = 'ix_entries_url'", (sql,))
    store.database.close()
    assert any("ix_entries_url" in words for words in store.upkeep.info().damage)


def test_texts_folded_by_an_older_version_are_folded_anew(store: Store) -> None:
    """Batch by batch, whatever their number; once done, nothing is looked at again until folding changes."""
    count = 2 * upkeep._AT_ONCE + 1
    old = [replace(entry(f"{n}"), fold_version=FOLD_VERSION - 1) for n in range(count)]
    commit(store, [polled(*old)], NOW)
    place, calls = store.upkeep.refold(None), 1
    while place is not None:
        place, calls = store.upkeep.refold(place), calls + 1
    assert calls == 4
    folded = {(each.folded, each.fold_version) for each in store.reads.entries()}
    assert folded == {(fold_entry(each.text), FOLD_VERSION) for each in store.reads.entries()}
    assert store.upkeep.refold(None) is None
