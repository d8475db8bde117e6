"""When each chat may be written to, by whoever writes there."""

from __future__ import annotations

import multiprocessing
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from digest.delivery.limits import windows_for
from digest.store import open_store
from tests.fakes.sending import note_sent, pause, paused_until, sent_at
from tests.store.conftest import MINUTE, NOW, message, taken

if TYPE_CHECKING:
    from digest.store import Store

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def _limits(store: Store) -> None:
    """Telegram's own."""
    store.sends.windows = windows_for


def free(store: Store, chat: str, now: datetime) -> datetime:
    """When the next message to a chat may go."""
    with store.database.read() as connection:
        return store.sends.free_at(connection, chat, now)


def send(store: Store, chat: str, now: datetime) -> None:
    """A message goes, and its answer comes at once."""
    turn = store.sends.take(chat, now)
    assert isinstance(turn, int)
    store.sends.end(turn, now)


def test_a_message_counts_until_its_answer_and_from_then_on(store: Store) -> None:
    """Nobody knows when in between it arrived; until then the chat is taken, for whoever asks."""
    turn = store.sends.take("42", NOW)
    assert isinstance(turn, int)
    assert store.sends.take("42", NOW + 9 * SECOND) == NOW + 10 * SECOND
    store.sends.end(turn, NOW + 10 * SECOND)
    assert store.sends.take("42", NOW + 10 * SECOND) == NOW + 11 * SECOND
    assert isinstance(store.sends.take("42", NOW + 11 * SECOND), int)


def test_who_dies_while_writing_blocks_no_chat_for_long(store: Store) -> None:
    """An answer that never came is waited for no longer than any takes."""
    assert isinstance(store.sends.take("42", NOW), int)
    assert isinstance(store.sends.take("42", NOW + MINUTE), datetime)
    assert isinstance(store.sends.take("42", NOW + 3 * MINUTE), int)


def test_a_delivery_takes_its_turn_as_it_is_claimed(store: Store) -> None:
    """With the claim; its answer ends the turn. Without a turn there is no claim."""
    first, second = store.outbox.owe([message("a"), message("b")], [], NOW)
    delivery = taken(store, NOW)
    assert delivery is not None
    assert delivery.id == first
    assert taken(store, NOW) is None
    store.outbox.part_sent(first, 1, NOW + SECOND)
    assert sent_at(store, "@desk") == [NOW + SECOND]
    assert taken(store, NOW + SECOND) is None
    found = taken(store, NOW + 2 * SECOND)
    assert found is not None
    assert (found.id, found.attempts) == (first, 1), f"what was begun goes first, not {second}"
    assert store.channels.state("desk").last_ok == NOW + SECOND


def test_asked_for_silence_holds_for_all(store: Store) -> None:
    """Who asks again sets it anew."""
    pause(store, "@desk", NOW + HOUR, NOW)
    assert store.sends.take("@desk", NOW) == NOW + HOUR
    pause(store, "@desk", NOW + MINUTE, NOW)
    assert paused_until(store, "@desk") == store.channels.state("desk").paused_until == NOW + MINUTE


def test_a_file_neither_waits_nor_makes_wait(store: Store) -> None:
    """Its records count for no limit, not even for the one of all messages together."""
    for _ in range(40):
        send(store, "file:/srv/news", NOW)
    assert free(store, "file:/srv/news", NOW) == free(store, "42", NOW) == NOW
    store.sends.take("42", NOW)
    assert free(store, "file:/srv/news", NOW) == NOW < free(store, "42", NOW)


def test_chats_that_hang_stop_no_others(store: Store) -> None:
    """At first nobody knows when they will have been written to; some seconds later it is known well enough."""
    for number in range(30):
        store.sends.take(f"-{number + 1}", NOW)
    soon, later = NOW + timedelta(seconds=2), NOW + timedelta(seconds=4)
    assert free(store, "42", soon) > soon
    assert free(store, "42", later) == later
    assert free(store, "-1", later) > later


def test_services_count_for_themselves_alone(store: Store) -> None:
    """Telegram's limit of all chats together is Telegram's."""
    for number in range(40):
        send(store, f"ntfy:{number}", NOW)
    assert free(store, "42", NOW) == NOW < free(store, "ntfy:1", NOW)


def test_a_clock_set_back_lifts_no_limit(store: Store) -> None:
    """Neither the minute's count of a group nor the silence it asked for; and nothing waits for the old time."""
    for second in range(20):
        send(store, "-7", NOW + timedelta(seconds=second))
    send(store, "42", NOW + 20 * SECOND)
    pause(store, "42", NOW + timedelta(seconds=50), NOW + 20 * SECOND)
    before = NOW - timedelta(hours=1)
    store.let_go(before)
    assert free(store, "-7", before) == before + MINUTE
    assert free(store, "42", before) == before + timedelta(seconds=30)


def test_a_clock_set_back_forgets_no_pace(store: Store) -> None:
    """What was sent in the future was sent just now, and a silence lasts as long as it would have; others stay."""
    later = NOW + MINUTE
    note_sent(store, "-7", [later - MINUTE, later])
    pause(store, "-7", later + 3 * MINUTE, later)
    note_sent(store, "8", [NOW - MINUTE])
    pause(store, "8", NOW + MINUTE, NOW - MINUTE)
    for _ in range(2):
        store.let_go(NOW)
        assert (sent_at(store, "-7"), paused_until(store, "-7")) == ([NOW, NOW], NOW + 3 * MINUTE)
        assert (sent_at(store, "8"), paused_until(store, "8")) == ([NOW - MINUTE], NOW + MINUTE)


def test_a_clock_set_forward_lifts_no_limit(store: Store) -> None:
    """Nobody can tell it from a short sleep; after a long one nothing is waited for."""
    note_sent(store, "-7", [NOW] * 20)
    later = NOW + timedelta(minutes=2)
    store.sends.set_forward(timedelta(minutes=2), later)
    assert free(store, "-7", later) == later + timedelta(minutes=1)
    much_later = later + timedelta(hours=8)
    store.sends.set_forward(timedelta(hours=8), much_later)
    assert free(store, "-7", much_later) == much_later


def test_what_went_since_the_clock_was_set_is_waited_for_no_longer_than_else(store: Store) -> None:
    """It is noticed a moment later; until then times are the new ones."""
    send(store, "42", NOW)
    store.sends.set_forward(timedelta(days=1), NOW + timedelta(seconds=1))
    assert free(store, "42", NOW + timedelta(seconds=2)) == NOW + timedelta(seconds=2)


# --- two processes -----------------------------------------------------------------------------------------------


def write(url: str, took: multiprocessing.Queue[float]) -> None:
    """Write to one chat as fast as it may be, and tell when each turn was taken; runs in a process of its own."""
    with open_store(url) as store:
        left = 3
        while left:
            now = datetime.now(UTC)
            turn = store.sends.take("42", now)
            if isinstance(turn, int):
                left -= 1
                took.put(now.timestamp())
                store.sends.end(turn, datetime.now(UTC))
            else:
                time.sleep(0.005)  # as if both were woken by the same tick


def test_two_processes_keep_the_limits_of_one_chat_together(store: Store, url: str) -> None:
    """An engine, and a test message from a shell: between any two turns there is a second, whoever takes them."""
    del store
    spawn = multiprocessing.get_context("spawn")
    took: multiprocessing.Queue[float] = spawn.Queue()
    writers = [spawn.Process(target=write, args=(url, took)) for _ in range(2)]
    for writer in writers:
        writer.start()
    times = sorted(took.get(timeout=60) for _ in range(6))
    for writer in writers:
        writer.join()
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.0
