"""What a clock that was ahead has left is over when it is put right, in every column that holds a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from digest.store.schema import Time, UtcTime, metadata
from digest.store.times import MADE
from digest.values.news import Outcome
from digest.values.settings import ChannelSpec, Telegram
from digest.watch.conditions import Condition, News
from tests.fakes.seeding import commit
from tests.fakes.sending import note_error
from tests.store.conftest import MINUTE, NOW, alerting, entry, found, polled, taken

if TYPE_CHECKING:
    from digest.store import Store

AHEAD = NOW + timedelta(days=365)


def test_a_channel_is_owed_what_comes_once_the_clock_is_right(store: Store) -> None:
    """First seen in the future, it was first seen now; one that was there before stays as old as it is."""
    desk, late = ChannelSpec("desk", Telegram("@desk")), ChannelSpec("late", Telegram("@late"))
    store.channels.sync([desk, late], {}, AHEAD)
    store.set_right(NOW + MINUTE)
    assert {channel.name: channel.first_seen for channel in store.channels.all()} == {
        "desk": NOW,
        "late": NOW + MINUTE,
    }


def test_a_channel_that_takes_messages_is_well(store: Store) -> None:
    """An error of the future is over once a message goes, and one that fails later is not hidden by a success."""
    note_error(store, "desk", "no answer", AHEAD)
    store.set_right(NOW)
    commit(store, [polled(alerting("a"))], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    for number in range(2):
        store.outbox.part_sent(delivery.id, number, (NOW + MINUTE, AHEAD)[number])
        (signs,) = store.signs.channels()
        assert signs.error == ""
    store.set_right(NOW + 2 * MINUTE)
    note_error(store, "desk", "no answer", NOW + 3 * MINUTE)
    (signs,) = store.signs.channels()
    assert signs.error == "no answer"


def test_a_feed_fails_since_it_was_well(store: Store) -> None:
    """A success of the future hides no failure for a year."""
    commit(store, [polled(attempted=AHEAD)], AHEAD)
    store.set_right(NOW)
    (signs,) = store.signs.feeds()
    assert signs.well_at == NOW


def test_what_is_wrong_since_the_future_can_be_over_before_it(store: Store) -> None:
    """It is so since now, so that the next success comes after it; what is older stays as old as it is."""
    began = (Condition("feed:1:failing", "It fails", "It works", AHEAD), Condition("rule:a:silent", "It", "It", NOW))
    store.conditions.change(News(began=began), [], AHEAD)
    store.set_right(NOW + MINUTE)
    assert {one.key: one.since for one in store.conditions.known()} == {
        "feed:1:failing": NOW + MINUTE,
        "rule:a:silent": NOW,
    }


def test_every_time_column_says_of_what_kind_it_is() -> None:
    """Whoever adds one decides what becomes of it when a clock that was ahead is put right."""
    silent = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, UtcTime) and not isinstance(column.info.get("time"), Time)
    ]
    assert silent == []


def test_what_lasts_counts_from_one_time_of_its_row() -> None:
    """Else nobody could say how long it would have lasted."""
    for table in metadata.tables.values():
        kinds = [column.info.get("time") for column in table.c]
        if Time.UNTIL in kinds:
            assert kinds.count(Time.HAPPENED) <= 1, table.name
        if Time.DUE in kinds:
            assert Time.HAPPENED in kinds, table.name


def times_ahead(store: Store, now: datetime) -> list[str]:
    """The columns in which something that has happened, or begun, lies in the future."""
    with store.database.read() as connection:
        return [
            f"{table.name}.{column.name}"
            for table in metadata.tables.values()
            for column in table.c
            if column.info.get("time") in {Time.HAPPENED, Time.VOID}
            and connection.execute(select(column).where(column > now).limit(1)).first()
        ]


def test_nothing_that_has_happened_lies_in_the_future(store: Store) -> None:
    """An alert of ten days ahead is one of now, whatever it was stored in; so is all else that was written then."""
    ahead = NOW + timedelta(days=10)
    store.engine.started(1, "here", "1", NOW - MINUTE)
    store.engine.woke(ahead)
    commit(store, [polled(alerting("a"), entry("b", found(outcome=Outcome.TOO_OLD)), now=ahead)], ahead)
    note_error(store, "desk", "no answer", ahead)
    store.changes.mute("korea", ahead + MINUTE, "Ann", "muted korea", ahead)
    assert {name.split(".")[0] for name in times_ahead(store, NOW)} >= {"matches", "entries", "deliveries", "awake"}
    store.set_right(NOW)
    assert times_ahead(store, NOW) == []
    (alert,) = store.reads.alerts(since=NOW - MINUTE, until=NOW + MINUTE)
    assert (alert.created, alert.entry.first_seen) == (NOW, NOW)
    assert store.engine.awake().stretches == ((NOW - MINUTE, NOW - MINUTE),)


def test_a_clock_that_cannot_be_right_moves_nothing_that_cannot_be_moved_back(store: Store) -> None:
    """A machine that begins in 1970 lets what is due be done, and dates nothing back by decades."""
    commit(store, [polled(alerting("a"))], NOW)
    for right in (store.let_go, store.set_right):
        right(MADE - MINUTE)
        (alert,) = store.reads.alerts()
        assert (alert.created, alert.entry.first_seen) == (NOW, NOW)
    assert [feed.id for feed in store.polls.due_feeds(MADE, 9)] == [1]
