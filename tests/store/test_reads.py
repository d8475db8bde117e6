"""What the faces ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.store.dashboard import Dashboard
from digest.values.news import Outcome, Severity
from digest.values.settings import FeedSpec
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, entry, found, message, polled

if TYPE_CHECKING:
    from digest.store import Store


def test_alerts_come_oldest_first_and_whole(store: Store) -> None:
    """An alert has its entry, hits, summary and deliveries; what alerted nobody is not among them."""
    published = NOW - 5 * MINUTE
    first = entry("a", found("korea", Severity.HIGH), owed=[message("a")], published=published)
    quiet = entry("b", found("korea", outcome=Outcome.BASELINE), found("syria", outcome=Outcome.TOO_OLD))
    commit(store, [polled(first, quiet)], NOW)
    commit(store, [polled(alerting("c"))], NOW + MINUTE)
    one, two = store.reads.alerts()
    assert (one.rule, one.severity, one.created) == ("korea", Severity.HIGH, NOW)
    assert (one.hits, one.summary) == (first.matches[0][0].hits, ("One sentence.",))
    assert (one.entry.url, one.entry.published, one.entry.text.lang) == ("https://one.example/a", published, "ko")
    assert [each.title for each in one.deliveries] == ["a"]
    assert two.entry.text.title == "북한 c"
    assert store.reads.count_alerts() == 2


def test_a_source_never_shows_a_login(store: Store) -> None:
    """A feed without a name or a title goes by its host, wherever it is named: some of that is sent to channels."""
    store.polls.sync_feeds([FeedSpec("https://user:sesame@paid.example/rss")], default_every=MINUTE, now=NOW)
    (feed,) = store.polls.all_feeds()
    (number,) = commit(store, [polled(alerting("a"), feed=feed.id)], NOW)
    (alert,) = store.reads.alerts()
    (row,) = Dashboard(store.database).rows([number])
    (signs,) = store.signs.feeds()
    assert {alert.entry.text.source, row.outlet, feed.name, signs.name} == {"paid.example"}


def test_alerts_of_a_period_and_of_a_rule(store: Store) -> None:
    """``since`` is inside, ``until`` is not; a rule's alerts alone when asked for."""
    for minute in range(4):
        rules = [found("korea"), found("syria")] if minute % 2 else [found("korea")]
        commit(store, [polled(entry(f"{minute}", *rules))], NOW + minute * MINUTE)

    def told(**asked: object) -> list[tuple[str, int]]:
        return [
            (alert.rule, (alert.created - NOW) // MINUTE)
            for alert in store.reads.alerts(**asked)  # type: ignore[arg-type]  # a table of named arguments
        ]

    period = {"since": NOW + MINUTE, "until": NOW + 3 * MINUTE}
    assert told(**period) == [("korea", 1), ("syria", 1), ("korea", 2)]
    assert told(rule="syria") == [("syria", 1), ("syria", 3)]
    assert told(rule="syria", **period) == [("syria", 1)]
    assert told(rule="none") == []


@pytest.mark.parametrize("count", [199, 200, 201, 650])
def test_many_alerts_come_once_each(store: Store, count: int) -> None:
    """Pages leave nothing out and repeat nothing, also where all were created at once."""
    commit(store, [polled(*(alerting(f"{n}") for n in range(count)))], NOW)
    titles = [alert.entry.text.title for alert in store.reads.alerts()]
    assert titles == [f"북한 {n}" for n in range(count)]


@pytest.mark.parametrize("count", [999, 1000, 1001])
def test_many_entries_come_once_each(store: Store, count: int) -> None:
    """The same of entries."""
    commit(store, [polled(*(entry(f"{n}") for n in range(count)))], NOW)
    assert [each.folded for each in store.reads.entries()] == [f"folded {n}" for n in range(count)]


def test_an_entry_by_id_or_address(store: Store) -> None:
    """An address may belong to several entries: the newest is meant."""
    store.polls.sync_feeds([FeedSpec("https://one.example/rss"), FeedSpec("two")], default_every=MINUTE, now=NOW)
    first, second = commit(store, [polled(entry("a")), polled(entry("a"), feed=2)], NOW)
    by_id, by_address = store.reads.entry(str(first)), store.reads.entry("https://one.example/a")
    assert by_id is not None
    assert by_address is not None
    assert (by_id.id, by_address.id) == (first, second)
    assert store.reads.entry("99") is store.reads.entry("https://absent.example/") is None
    for number in ("0", "9" * 18, "9" * 19, "9" * 5000):
        assert store.reads.entry(number) is None


def test_the_source_is_the_name_a_user_knows(store: Store) -> None:
    """The user's name of the feed, else the feed's own title, else its host."""
    (stored,) = commit(store, [polled(entry("a"))], NOW)
    sources = []
    for name, title in [("", ""), ("", "Its own"), ("Mine", "Its own")]:
        store.polls.sync_feeds([FeedSpec("https://one.example/rss", name)], default_every=MINUTE, now=NOW)
        commit(store, [polled(title=title)], NOW)
        found_entry = store.reads.entry(str(stored))
        assert found_entry is not None
        sources.append(found_entry.text.source)
    assert sources == ["one.example", "Its own", "Mine"]


def test_hits_of_the_last_day(store: Store) -> None:
    """A rule's matches of the last 24 hours, a baseline's included, and when it last matched."""
    day = 24 * 60
    for minute, outcome in [(0, Outcome.ALERT), (1, Outcome.ALERT), (day, Outcome.BASELINE)]:
        result = polled(entry(f"{minute}", found("korea", outcome=outcome)))
        commit(store, [result], NOW + minute * MINUTE)
    hits = store.reads.rule_hits(NOW + day * MINUTE)
    assert (hits["korea"].day, hits["korea"].last) == (2, NOW + day * MINUTE)
    assert "syria" not in hits
