"""What a clock that was a year ahead has left is over when it is put right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.values.settings import ChannelSpec
from digest.watch.conditions import Condition, News
from tests.fakes.seeding import commit
from tests.fakes.sending import note_error
from tests.store.conftest import MINUTE, NOW, alerting, polled, taken

if TYPE_CHECKING:
    from digest.store import Store

AHEAD = NOW + timedelta(days=365)


def test_a_channel_is_owed_what_comes_once_the_clock_is_right(store: Store) -> None:
    """First seen in the future, it was first seen now; one that was there before stays as old as it is."""
    desk, late = ChannelSpec("desk", telegram="@desk"), ChannelSpec("late", telegram="@late")
    store.channels.sync([desk, late], {}, AHEAD)
    store.marks.forget_future(NOW + MINUTE)
    assert {channel.name: channel.first_seen for channel in store.channels.all()} == {
        "desk": NOW,
        "late": NOW + MINUTE,
    }


def test_a_channel_that_takes_messages_is_well(store: Store) -> None:
    """An error of the future is over once a message goes, and one that fails later is not hidden by a success."""
    note_error(store, "desk", "no answer", AHEAD)
    store.marks.forget_future(NOW)
    commit(store, [polled(alerting("a"))], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    for number in range(2):
        store.outbox.part_sent(delivery.id, number, (NOW + MINUTE, AHEAD)[number])
        (signs,) = store.signs.channels()
        assert signs.error == ""
    store.marks.forget_future(NOW + 2 * MINUTE)
    note_error(store, "desk", "no answer", NOW + 3 * MINUTE)
    (signs,) = store.signs.channels()
    assert signs.error == "no answer"


def test_a_feed_fails_since_it_was_well(store: Store) -> None:
    """A success of the future hides no failure for a year."""
    commit(store, [polled(attempted=AHEAD)], AHEAD)
    store.marks.forget_future(NOW)
    (signs,) = store.signs.feeds()
    assert signs.well_at == NOW


def test_what_is_wrong_since_the_future_can_be_over_before_it(store: Store) -> None:
    """It is so since now, so that the next success comes after it; what is older stays as old as it is."""
    began = (Condition("feed:1:failing", "It fails", "It works", AHEAD), Condition("rule:a:silent", "It", "It", NOW))
    store.conditions.change(News(began=began), [], AHEAD)
    store.marks.forget_future(NOW + MINUTE)
    assert {one.key: one.since for one in store.conditions.known()} == {
        "feed:1:failing": NOW + MINUTE,
        "rule:a:silent": NOW,
    }
