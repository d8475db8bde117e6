"""Edits as the store hands them out: whose turn it is, and what becomes of a message whose edit failed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.delivery.limits import windows_for
from digest.delivery.messages.write import whole
from digest.delivery.queue import Situation
from digest.delivery.retries import Failed, Patience
from digest.store.edits import OfMatches, TakenEdit, make_stale
from digest.store.schema import channels, deliveries, sends
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, Failure, PlannedDelivery
from digest.values.news import EntryEdit, FeedUpdate, PollResult, Severity, TextChange
from digest.values.settings import ChannelSpec, Telegram
from digest.values.stories import Development
from tests.fakes.newsroom import FIRST_STORY as STORY
from tests.fakes.newsroom import Newsroom
from tests.fakes.seeding import commit
from tests.store.conftest import MINUTE, NOW

if TYPE_CHECKING:
    from datetime import datetime

    from digest.delivery.messages.write import Pieces
    from digest.store import Store

SPEC = ChannelSpec("desk", Telegram("-1001"))
SECOND = timedelta(seconds=1)


@pytest.fixture
def news(store: Store) -> Newsroom:
    """A story that was told in one message, and that another outlet has joined."""
    store.channels.sync([SPEC], {}, NOW)
    store.sends.windows = windows_for
    room = Newsroom(store, lambda: NOW)
    story = room.story()
    room.report(story, "Example")
    sent = {"state": DeliveryState.SENT, "parts": ["as it was"], "place": "-1001", "message_ids": [5], "turn": 0}
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(sent))
    room.report(story, "Reuters", told=False)
    return room


def take(store: Store, now: datetime = NOW) -> TakenEdit | datetime | None:
    """The next edit of the chat."""
    return store.edits.take("-1001", lambda _: (SPEC, whole), now)


def taken(store: Store, now: datetime = NOW) -> TakenEdit:
    """The same, which is there."""
    edit = take(store, now)
    assert isinstance(edit, TakenEdit)
    return edit


def owe(store: Store) -> int:
    """A message is due."""
    planned = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, "N", {"lines": ["N"]})
    return store.outbox.owe([planned], [], NOW)[0]


@pytest.mark.usefixtures("news")
def test_no_edit_is_handed_out_while_a_message_is_due(store: Store) -> None:
    """Nor one that would be on its way when the message comes due."""
    number = owe(store)
    assert take(store) is None
    for wait, free in ((SECOND, False), (10 * SECOND, True)):
        with store.database.write() as (connection, _):
            later = update(deliveries).where(deliveries.c.id == number).values(not_before=NOW + wait)
            connection.execute(later)
        assert isinstance(take(store), TakenEdit) is free


@pytest.mark.usefixtures("news")
def test_an_edit_in_hand_is_nobody_elses(store: Store) -> None:
    """Of two processes one has it, and the other waits, as do messages; from its answer on a minute counts."""
    edit = taken(store)
    assert (edit.number, edit.message_id) == (0, 5)
    assert "also Reuters · 2 sources" in edit.part
    again = take(store)
    assert not isinstance(again, TakenEdit)
    with store.database.read() as connection:
        assert store.sends.free_at(connection, "-1001", NOW) > NOW
    store.edits.edited(edit, NOW + SECOND)
    with store.database.write() as (connection, seq):
        assert make_stale(connection, OfMatches([1]), NOW, seq) == 1
        connection.execute(update(deliveries).values(parts=["as it was"]))
    assert take(store, NOW + 2 * SECOND) == NOW + SECOND + MINUTE
    assert isinstance(take(store, NOW + SECOND + MINUTE), TakenEdit)


@pytest.mark.usefixtures("news")
def test_an_edit_waits_while_its_channel_takes_nothing(store: Store) -> None:
    """A message tries whether that is over."""
    with store.database.write() as (connection, _):
        connection.execute(update(channels).values(off="the chat is closed", try_at=NOW + MINUTE))
    assert take(store) is None
    with store.database.write() as (connection, _):
        connection.execute(update(channels).values(off="", try_at=None))
    assert isinstance(take(store), TakenEdit)


@pytest.mark.usefixtures("news")
def test_after_a_crash_the_turn_is_free(store: Store) -> None:
    """Whoever begins anew ends what was on its way there, and the edit is due again."""
    taken(store)
    store.outbox.recover(NOW + SECOND, hold=False, chat="-1001")
    with store.database.read() as connection:
        assert {row.done for row in connection.execute(sends.select())} == {True}
    assert take(store, NOW + 2 * SECOND) == NOW + SECOND + MINUTE
    assert isinstance(take(store, NOW + SECOND + MINUTE), TakenEdit)
    assert store.outbox.get(1).state is DeliveryState.SENT


def test_parts_that_stayed_in_another_chat_are_neither_edited_nor_answered(store: Store, news: Newsroom) -> None:
    """A message that was half sent when its group moved: its first id means another message there."""
    half = {"state": DeliveryState.QUEUED, "parts": ["as it was", "the rest"], "message_ids": [5]}
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(half))
    store.channels.migrate_chat("desk", "-100777")
    assert store.outbox.get(1).message_ids == (0,)
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(state=DeliveryState.SENT, message_ids=[0, 6]))
    assert store.outbox.get(1).place == "-100777"

    def writers(name: str) -> tuple[ChannelSpec, Pieces]:
        del name
        return SPEC, lambda part, _title, _number: tuple(part.split("\n\n", 1))

    edit = store.edits.take("-100777", writers, NOW)
    assert isinstance(edit, TakenEdit)
    assert (edit.number, edit.message_id) == (1, 6)
    store.edits.edited(edit, NOW)
    news.report(STORY, "AFP", news=Development.TOLL)
    later = NOW + 31 * MINUTE
    delivery, _ = store.queue.take("-100777", Situation(later, Patience(later - NOW)), writers, None, MINUTE)
    assert isinstance(delivery, Delivery)
    assert (delivery.story, delivery.reply_to) == (STORY, None)


def test_a_corrected_headline_goes_before_who_else_reports(store: Store, news: Newsroom) -> None:
    """However long that has waited, within a day; and so it stays while nothing gets through."""
    news.report(news.story(), "Other", "Fire in a chemical plant kills nine")
    sent = {"state": DeliveryState.SENT, "parts": ["as it was"], "place": "-1001", "message_ids": [6], "turn": 0}
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).where(deliveries.c.id == 2).values(sent))
    change = TextChange("title", "Fire in a chemical plant kills nine", "Fire in a chemical plant", "", "2" * 64)
    edit = EntryEdit(b"report 3........", (change,), frozenset({"dprk-syria"}))
    poll = FeedUpdate(store.polls.all_feeds()[-1].id, NOW + MINUTE, ok=True, next_due=NOW, interval=MINUTE, failures=0)
    commit(store, [PollResult(poll, edits=(edit,))], NOW + MINUTE)
    corrected = taken(store, NOW + MINUTE)
    assert corrected.message_id == 6
    store.edits.failed(corrected, Failed(Failure.NOT_SENT, "No way through."), NOW + MINUTE)
    assert taken(store, NOW + 2 * MINUTE).message_id == 6


@pytest.mark.parametrize("failure", Failure)
def test_whatever_becomes_of_an_edit_its_message_was_sent(store: Store, news: Newsroom, failure: Failure) -> None:
    """With the same parts, the same ids, and without a word on its channel."""
    before = store.outbox.get(1)
    again = store.edits.failed(taken(store), Failed(failure, "Because.", 7 * SECOND), NOW)
    after = store.outbox.get(1)
    assert (after.state, after.parts, after.message_ids) == (before.state, before.parts, before.message_ids)
    assert store.channels.state("desk").last_error == ""
    final = failure in {Failure.REFUSED, Failure.CLOSED, Failure.GONE, Failure.MIGRATED}
    assert again is not final
    assert news.stale(STORY) == (0 if failure in {Failure.REFUSED, Failure.MIGRATED} else 1)


@pytest.mark.usefixtures("news")
def test_an_answer_that_comes_too_late_changes_nothing(store: Store) -> None:
    """A user asked for the message again meanwhile: what is stored of it is of the new one."""
    edit = taken(store)
    store.outbox.retry(1, NOW)
    store.edits.edited(edit, NOW)
    assert store.edits.failed(edit, Failed(Failure.REFUSED, "Gone."), NOW) is False
    row = store.outbox.get(1)
    assert (row.state, row.message_ids, row.reason) == (DeliveryState.QUEUED, (), "")
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(state=DeliveryState.SENT, message_ids=[9]))
    store.edits.edited(edit, NOW)
    assert store.outbox.get(1).parts == ("as it was",)


@pytest.mark.usefixtures("news")
def test_after_a_crash_an_edit_is_made_though_all_reads_the_same(store: Store) -> None:
    """What was under way may have arrived, and been taken back since."""
    edit = taken(store)
    store.outbox.recover(NOW, hold=False)
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(parts=[edit.part]))
    assert taken(store, NOW + MINUTE).part == edit.part
