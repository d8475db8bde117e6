"""Who reports a story since when, which stories have grown, and what a user picked."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from digest.store import schema as tables
from digest.values.facets import Is
from digest.values.messages import DeliveryState
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW, alerting, polled

if TYPE_CHECKING:
    from digest.store import Store

DAY = timedelta(days=1)


def report(store: Store, story: int, *titles: str, publisher: str = "one.example") -> list[int]:
    """Entries that come a minute after each other and report one story; their ids."""
    ids = []
    for number, title in enumerate(titles):
        (entry,) = commit(store, [polled(alerting(title))], NOW + number * MINUTE)
        ids.append(entry)
    with store.database.write() as (connection, seq):
        connection.execute(insert(tables.stories).values(id=story, created=NOW, updated=NOW, seq=seq))
        change = update(tables.entries).where(tables.entries.c.id.in_(ids))
        connection.execute(change.values(story_id=story, publisher=publisher))
    return ids


def test_a_story_has_its_reports_in_the_order_in_which_they_came(store: Store) -> None:
    """Each with its outlet and its publisher. A story that is gone is missing."""
    first, second = report(store, 7, "a", "b")
    report(store, 8, "c", publisher="Group")
    found = store.reads.stories([7, 8, 9, 7])
    assert found.keys() == {7, 8}
    assert [(each.entry, each.came) for each in found[7].reports] == [(first, NOW), (second, NOW + MINUTE)]
    assert {(each.source, each.publisher) for each in found[7].reports} == {("one.example", "one.example")}
    assert [each.publisher for each in found[8].reports] == ["Group"]
    assert len(found[7].sources) == 1


def test_what_a_feeds_first_poll_brought_came_at_its_own_time(store: Store) -> None:
    """It was reported before Digest was there, not when it was first asked for."""
    (entry,) = report(store, 7, "a")
    with store.database.write() as (connection, _):
        change = update(tables.entries).where(tables.entries.c.id == entry)
        connection.execute(change.values(baseline=True, published=NOW - DAY))
    assert [each.came for each in store.reads.stories([7])[7].reports] == [NOW - DAY]


def test_many_stories_are_read_at_once(store: Store) -> None:
    """More than one question may hold."""
    (entry,) = report(store, 1999, "a")
    assert store.reads.stories(range(1, 2000))[1999].reports[0].entry == entry


def test_stories_that_have_grown_are_told_by_what_alerted_before(store: Store) -> None:
    """Only what got another report in the time, and only alerts of before it."""
    report(store, 7, "a", "b")
    report(store, 8, "c")
    grown = store.reads.grown(NOW + MINUTE, NOW + DAY)
    assert [alert.entry.text.title for alert in grown] == ["북한 a"]
    assert list(store.reads.grown(NOW + 2 * MINUTE, NOW + DAY)) == []


def test_stars_are_in_the_order_of_picking(store: Store) -> None:
    """Picked again, one keeps its place and gets the new note; without one the old stays."""
    assert store.stars.add(entry=5, note=None, now=NOW)
    assert store.stars.add(story=5, note="the event", now=NOW)
    assert store.stars.add(entry=3, note="", now=NOW)
    assert not store.stars.add(entry=5, note="first", now=NOW + MINUTE)
    assert not store.stars.add(story=5, note=None, now=NOW + MINUTE)
    found = [(star.entry, star.story, star.note) for star in store.stars.all()]
    assert found == [(5, None, "first"), (None, 5, "the event"), (3, None, "")]
    assert store.stars.remove(entry=5)
    assert not store.stars.remove(entry=5)
    assert [star.entry or star.story for star in store.stars.all()] == [5, 3]


def test_what_was_picked_is_kept(store: Store) -> None:
    """However old: an entry, and all reports of a story. The rest goes when its time is over."""
    first, second = report(store, 7, "a", "b")
    (third, fourth) = report(store, 8, "c", "d")
    store.stars.add(entry=third, note=None, now=NOW)
    store.stars.add(story=7, note=None, now=NOW)
    assert {*store.reads.having(Is.STARRED)} == {first, second, third}
    with store.database.write() as (connection, _):
        connection.execute(update(tables.deliveries).values(state=DeliveryState.SENT))
    store.upkeep.prune(entries=DAY, alerts=DAY, seen=DAY, evidence=DAY, now=NOW + 10 * DAY)
    assert [entry.id for entry in store.reads.entries()] == [first, second, third]
    assert fourth not in {*store.reads.having(Is.STARRED)}
