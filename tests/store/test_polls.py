"""Feeds, and what their polls bring."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from digest.store import file_url
from digest.store.schema import matches, metadata
from digest.values.news import Identity, Outcome, PollResult, Severity
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit
from tests.fakes.stores import new_store
from tests.store.conftest import MINUTE, NOW, alerting, entry, found, identity, message, polled

if TYPE_CHECKING:
    from pathlib import Path

    from digest.store import Store

pytestmark = pytest.mark.both


def rows(store: Store) -> dict[str, int]:
    """How many rows each table has."""
    with store.database.read() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in metadata.tables.items()
        }


def test_a_poll_lands_whole(store: Store) -> None:
    """Entries, matches, deliveries owed and the feed's state of one poll land together."""
    both = entry("a", found("korea", Severity.HIGH), found("syria", outcome=Outcome.TOO_OLD), owed=[message("a")])
    ids = commit(store, [polled(both, entry("b"), etag='"1"', title="One", baseline=True)], NOW)
    assert len(ids) == 2
    counted = rows(store)
    expected = {"entries": 2, "entry_texts": 2, "identities": 2, "matches": 2, "deliveries": 1, "delivery_alerts": 1}
    assert {name: counted[name] for name in expected} == expected
    (feed,) = store.polls.all_feeds()
    assert (feed.etag, feed.title, feed.entries) == ('"1"', "One", 2)
    assert feed.baseline_at == feed.last_ok == feed.last_new == feed.last_attempt == NOW
    stored = store.reads.entry(str(ids[0]))
    assert stored is not None
    assert (stored.text.title, stored.text.content, stored.text.tags) == ("북한 a", "content\nof blocks", ("a", "b"))
    assert (stored.folded, stored.fold_version, stored.text.source) == ("folded a", 3, "One")
    with store.database.read() as connection:
        stored_matches = connection.execute(select(matches.c.rule, matches.c.outcome, matches.c.hits)).all()
    hits = [["title", 0, 2, "북한", "북한"]]
    assert stored_matches == [("korea", "alert", hits), ("syria", "too-old", hits)]


def test_newness_is_the_key_of_a_feed(store: Store) -> None:
    """An entry whose key its feed already had is left out with its deliveries; another feed's key is its own."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss"), FeedSpec("two")], default_every=MINUTE, now=NOW)
    first = commit(store, [polled(alerting("a"))], NOW)
    again = commit(store, [polled(alerting("a"), alerting("b"))], NOW)
    other = commit(store, [polled(alerting("a"), feed=2)], NOW)
    assert [len(ids) for ids in (first, again, other)] == [1, 1, 1]
    assert [delivery.title for delivery in store.outbox.list()] == ["a", "b", "a"]


names = st.sampled_from("abcdefgh")


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(polls=st.lists(st.tuples(st.integers(1, 2), st.lists(names, max_size=6)), max_size=5), cut=st.integers(0, 5))
def test_committing_again_adds_nothing(
    tmp_path_factory: pytest.TempPathFactory, polls: list[tuple[int, list[str]]], cut: int
) -> None:
    """Whatever polls hold, however they are cut into commits: each key of a feed once, a second time nothing."""
    path = tmp_path_factory.mktemp("store") / "digest.db"
    with new_store(file_url(path)) as store:
        store.polls.sync_feeds([FeedSpec("one"), FeedSpec("two")], default_every=MINUTE, now=NOW)
        results = [polled(*(alerting(name) for name in names), feed=feed) for feed, names in polls]
        commit(store, results[:cut], NOW)
        commit(store, results[cut:], NOW)
        keys = {(feed, name) for feed, names in polls for name in names}
        once = rows(store)
        assert {once[table] for table in ("entries", "identities", "matches", "deliveries")} == {len(keys)}
        assert sum(feed.entries for feed in store.polls.all_feeds()) == len(keys)
        assert commit(store, results, NOW) == []
        assert rows(store) == once


def test_ids_come_in_the_order_of_the_entries(store: Store) -> None:
    """The first id is the first entry's, also for many, and rows point at the right ones."""
    ids = commit(store, [polled(*(alerting(f"{n}") for n in range(1500)))], NOW)
    assert ids == sorted(ids)
    for n in (0, 700, 1499):
        stored = store.reads.entry(str(ids[n]))
        assert stored is not None
        assert (stored.text.title, stored.folded) == (f"북한 {n}", f"folded {n}")
    told = {alert.entry.text.title: [each.title for each in alert.deliveries] for alert in store.reads.alerts()}
    assert all(title == f"북한 {deliveries[0]}" and len(deliveries) == 1 for title, deliveries in told.items())


def test_a_failed_poll_keeps_what_is_known(store: Store) -> None:
    """A failure notes its words and its count; validators, hashes and the last success stay."""
    commit(store, [polled(etag="e", body_hash=b"h", baseline=True)], NOW)
    later = NOW + MINUTE
    failure = polled(now=later, ok=False, failures=2, error="it does not answer", status=503)
    commit(store, [failure], later)
    (feed,) = store.polls.all_feeds()
    assert (feed.etag, feed.body_hash, feed.last_ok, feed.baseline_at) == ("e", b"h", NOW, NOW)
    assert (feed.failures, feed.last_error, feed.last_status) == (2, "it does not answer", 503)
    assert feed.last_attempt == later


def test_gone_lasts_until_a_success(store: Store) -> None:
    """A 410 is dated once, other failures leave it, a success ends it."""
    told = []
    for minutes, change in enumerate(
        [{"ok": False, "gone": True}, {"ok": False, "gone": True}, {"ok": False}, {"ok": True}]
    ):
        now = NOW + minutes * MINUTE
        commit(store, [polled(now=now, **change)], now)
        told.append(store.polls.all_feeds()[0].gone_at)
    assert told == [NOW, NOW, NOW, None]


def test_the_baseline_is_dated_once(store: Store) -> None:
    """Only the first success is the baseline."""
    commit(store, [polled(baseline=True)], NOW)
    commit(store, [polled(now=NOW + MINUTE, baseline=True)], NOW + MINUTE)
    assert store.polls.all_feeds()[0].baseline_at == NOW


def test_a_document_of_a_hundred_thousand_entries_can_be_asked_about(store: Store) -> None:
    """No question or change is too large for the database, however many entries a document has."""
    many = [Identity(*(f"{number:015}{name}".encode() for name in "klt")) for number in range(100_000)]
    commit(store, [polled(entry("a"))], NOW)
    known = store.polls.known_identities(1, [*many, identity("a")])
    assert list(known.by_key) == [identity("a").key]


def test_known_identities_share_key_link_or_title(store: Store) -> None:
    """The store answers with the rows that share anything with those asked about, of that feed alone."""
    commit(store, [polled(*(entry(name) for name in "abc"))], NOW)
    a, b, c, d = (identity(name) for name in "abcd")
    asked = [a, type(b)(d.key, b.link, d.title), type(c)(b"x" * 16, b"", c.title)]
    known = store.polls.known_identities(1, asked)
    assert known.by_key == {a.key: a, b.key: b, c.key: c}
    assert store.polls.known_identities(2, asked).by_key == {}
    assert store.polls.known_identities(1, [type(a)(b"y" * 16, b"", b"")]).by_key == {}


def test_a_renamed_entry_is_known_by_its_new_key(store: Store) -> None:
    """Re-keying moves an identity; the old key is free, the new one known, and nothing alerts."""
    commit(store, [polled(alerting("a"))], NOW)
    renamed = PollResult(polled().update, rekeyed=((identity("a"), identity("b")),))
    commit(store, [renamed, renamed], NOW)
    assert commit(store, [polled(alerting("b"))], NOW) == []
    assert set(store.polls.known_identities(1, [identity("a"), identity("b")]).by_key) == {identity("b").key}


def test_a_new_key_that_is_taken_stays(store: Store) -> None:
    """Re-keying onto a key that another entry has changes nothing, and no error stops the poll."""
    commit(store, [polled(entry("a"), entry("b"))], NOW)
    renamed = PollResult(polled().update, rekeyed=((identity("a"), identity("b")),))
    commit(store, [renamed], NOW)
    assert len(store.polls.known_identities(1, [identity("a"), identity("b")]).by_key) == 2


def test_due_feeds_come_longest_overdue_first(store: Store) -> None:
    """Due is what is configured, not paused, and whose time has come; never more than asked for."""
    specs = [FeedSpec(name) for name in ("now", "overdue", "later", "paused")]
    store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    ids = {feed.spec.url: feed.id for feed in store.polls.all_feeds()}
    due = {"now": NOW, "overdue": NOW - MINUTE, "later": NOW + MINUTE, "paused": NOW - MINUTE}
    commit(store, [polled(feed=ids[name], next_due=time) for name, time in due.items()], NOW)
    store.polls.set_paused(ids["paused"], paused=True, now=NOW)
    assert [feed.spec.url for feed in store.polls.due_feeds(NOW, 9)] == ["overdue", "now"]
    assert [feed.spec.url for feed in store.polls.due_feeds(NOW, 1)] == ["overdue"]
    store.polls.set_paused(ids["paused"], paused=False, now=NOW)
    assert store.polls.make_due(NOW - 2 * MINUTE, ["later"]) == 1
    assert [feed.spec.url for feed in store.polls.due_feeds(NOW, 9)] == ["later", "overdue", "now", "paused"]


def test_no_feed_waits_for_a_time_of_a_wrong_clock(store: Store) -> None:
    """A clock that was a year ahead and was set right puts no feed to sleep for a year; the others keep their time."""
    store.polls.sync_feeds([FeedSpec("wrong"), FeedSpec("right")], default_every=MINUTE, now=NOW)
    wrong, right = (feed.id for feed in store.polls.all_feeds() if feed.spec.url in {"wrong", "right"})
    ahead = NOW + timedelta(days=365)
    commit(store, [polled(feed=wrong, attempted=ahead, next_due=ahead + MINUTE)], ahead)
    commit(store, [polled(feed=right, next_due=NOW + MINUTE)], NOW)
    assert store.set_right(NOW)["feeds"] == 1
    assert [feed.spec.url for feed in store.polls.due_feeds(NOW, 9)] == ["wrong"]
    assert store.set_right(NOW)["feeds"] == 0


def test_a_feed_added_by_a_wrong_clock_is_polled_by_the_right_one(store: Store) -> None:
    """It was due at once, a year ahead; set right before its first poll, it still is, and none has been tried."""
    store.polls.sync_feeds([FeedSpec("new")], default_every=MINUTE, now=NOW + timedelta(days=365))
    assert store.set_right(NOW)["feeds"] == 1
    (feed,) = store.polls.due_feeds(NOW, 9)
    assert (feed.spec.url, feed.last_attempt) == ("new", None)


def test_feeds_follow_the_config(store: Store) -> None:
    """A change of the config reaches the stored feed; one that left is not polled but keeps its entries."""
    url = "https://one.example/rss"
    commit(store, [polled(entry("a"), baseline=True)], NOW)
    changed = FeedSpec(url, "One", ("korea",), timedelta(seconds=5), "ko", "Group", full_text=True)
    store.polls.sync_feeds([changed], default_every=MINUTE, now=NOW)
    (feed,) = store.polls.all_feeds()
    assert feed.spec == changed
    assert (feed.interval, feed.next_due) == (timedelta(seconds=5), NOW + timedelta(seconds=5))
    store.polls.sync_feeds([], default_every=MINUTE, now=NOW)
    assert store.polls.all_feeds() == store.polls.due_feeds(NOW + 10 * MINUTE, 9) == []
    assert store.reads.count_entries() == 1


def test_a_feed_that_comes_back_begins_with_a_baseline(store: Store) -> None:
    """A feed that was out of the config floods nobody on its return, and what it had is still known."""
    specs = store.polls.all_feeds()[0].spec
    commit(store, [polled(alerting("a"), baseline=True)], NOW)
    store.polls.sync_feeds([], default_every=MINUTE, now=NOW)
    later = NOW + timedelta(days=30)
    store.polls.sync_feeds([specs], default_every=MINUTE, now=later)
    (feed,) = store.polls.due_feeds(later, 9)
    assert (feed.id, feed.baseline_at) == (1, None)
    assert commit(store, [polled(alerting("a"))], later) == []


def test_the_same_config_again_changes_nothing(store: Store) -> None:
    """A restart leaves due times, baselines and pauses as they are."""
    commit(store, [polled(baseline=True)], NOW)
    store.polls.set_paused(1, paused=True, now=NOW)
    before = store.polls.all_feeds()
    store.polls.sync_feeds([feed.spec for feed in before], default_every=MINUTE, now=NOW + MINUTE)
    assert store.polls.all_feeds() == before


def test_entries_are_stamped_with_the_change_sequence(store: Store, tmp_path: Path) -> None:
    """Each write takes the next number and stamps it on the rows it touches."""
    before = store.seq()
    commit(store, [polled(alerting("a"))], NOW)
    assert store.seq() == before + 1
    with store.database.read() as connection:
        for name in ("entries", "matches", "deliveries", "feeds"):
            assert connection.execute(select(metadata.tables[name].c.seq)).scalars().all() == [before + 1], name


def test_an_interval_that_was_fixed_during_a_poll_holds(store: Store) -> None:
    """The poll began with a longer one, and ends after the config was edited: the next comes by the config."""
    store.polls.sync_feeds([FeedSpec("one", every=timedelta(minutes=2))], default_every=MINUTE, now=NOW)
    (feed,) = store.polls.all_feeds()
    commit(store, [polled(feed=feed.id, interval=timedelta(hours=6), next_due=NOW + timedelta(hours=6))], NOW)
    (feed,) = store.polls.all_feeds()
    assert (feed.interval, feed.next_due) == (timedelta(minutes=2), NOW + timedelta(minutes=2))


def test_intervals_keep_to_the_bounds_of_now(store: Store) -> None:
    """One that has grown is as short as the config wants from its next poll on; a feed that fails waits as it did."""
    specs, hours = [FeedSpec("one"), FeedSpec("fixed", every=timedelta(hours=9))], timedelta(hours=6)
    store.polls.sync_feeds(specs, default_every=hours, now=NOW)
    one = store.polls.all_feeds()[0]
    commit(store, [polled(feed=one.id, interval=hours, next_due=NOW + hours)], NOW)
    bounds = (MINUTE, timedelta(minutes=10))
    store.polls.sync_feeds(specs, default_every=hours, now=NOW, bounds=bounds)
    one, fixed = store.polls.all_feeds()
    assert (one.interval, one.next_due) == (timedelta(minutes=10), NOW + timedelta(minutes=10))
    assert fixed.interval == timedelta(hours=9)


def test_a_feed_that_comes_back_is_no_longer_paused(store: Store) -> None:
    """Who writes it into the config again wants it polled."""
    store.polls.sync_feeds([FeedSpec("one")], default_every=MINUTE, now=NOW)
    (feed,) = store.polls.all_feeds()
    store.polls.set_paused(feed.id, paused=True, now=NOW)
    store.polls.sync_feeds([], default_every=MINUTE, now=NOW)
    store.polls.sync_feeds([FeedSpec("one")], default_every=MINUTE, now=NOW)
    (back,) = store.polls.all_feeds()
    assert not back.paused
