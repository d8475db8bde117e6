"""What follows from a failure: for the message, and for its channel."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.retries import MOST_COPIES, WELL, Failed, RetryPolicy, Tried, Trouble, after_failure
from digest.values.messages import DeliveryState, Failure

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
QUEUED, UNKNOWN, DEAD = DeliveryState.QUEUED, DeliveryState.UNKNOWN, DeliveryState.DEAD
POLICY = RetryPolicy()


def after(failure: Failure, tried: Tried | None = None, policy: RetryPolicy = POLICY) -> Tried:
    """What follows, without chance."""
    return after_failure(tried or Tried(WELL), Failed(failure, "why", 9 * SECOND), policy, NOW, 0.0)


def test_what_a_message_says_is_refused_once() -> None:
    """It is dead, and its channel does well."""
    assert after(Failure.REFUSED) == Tried(WELL, state=DEAD, reason="why")


@pytest.mark.parametrize("failure", [Failure.CLOSED, Failure.WRONG_TOKEN])
def test_a_place_that_refuses_is_off_at_once(failure: Failure) -> None:
    """The message is not to blame; the place is tried again, later and later, up to minutes."""
    waits, trouble = [], WELL
    for number in range(1, 12):
        found = after(failure, Tried(trouble))
        trouble = found.trouble
        assert (found.state, found.retry_at, trouble.off, trouble.failures) == (QUEUED, None, "why", number)
        assert trouble.try_at is not None
        waits.append((trouble.try_at - NOW).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240]


@pytest.mark.parametrize("failure", [Failure.UNKNOWN, Failure.NOT_SENT])
def test_the_second_failure_in_a_row_is_the_channels(failure: Failure) -> None:
    """After the first the next message is tried; a success in between ends the row."""
    first = after(failure)
    assert (first.trouble.off, first.trouble.failures) == ("", 1)
    second = after(failure, Tried(first.trouble))
    assert second.trouble == Trouble("why", NOW + SECOND, 2)


@pytest.mark.parametrize("failure", [Failure.UNKNOWN, Failure.NOT_SENT])
def test_what_fails_while_others_are_taken_is_to_blame_itself(failure: Failure) -> None:
    """Its channel is not touched."""
    assert after(failure, Tried(WELL, attempts=2, copies=1, others_taken=True)).trouble == WELL


def test_a_lost_answer_is_sent_again_later_and_later() -> None:
    """After 1, 5 and 30 minutes, then hourly; five copies at most while others are taken, then it is unknown."""
    waits, tried = [], Tried(WELL)
    for copy in range(1, MOST_COPIES):
        found = after(Failure.UNKNOWN, tried)
        assert (found.state, found.copies) == (QUEUED, copy)
        assert found.retry_at is not None
        waits.append(found.retry_at - NOW)
        tried = Tried(WELL, copy + 1, found.copies, others_taken=True)
    assert waits == [MINUTE, 5 * MINUTE, 30 * MINUTE, 60 * MINUTE]
    last = after(Failure.UNKNOWN, tried)
    assert (last.state, last.copies, last.retry_at) == (UNKNOWN, MOST_COPIES, None)
    assert last.reason == "its answer was lost 5 times while others got through: why"


def test_while_every_answer_is_lost_no_copy_is_the_last() -> None:
    """It is tried hourly, until it is given up."""
    found = after(Failure.UNKNOWN, Tried(Trouble("why", NOW, 40), 41, 40))
    assert (found.state, found.retry_at) == (QUEUED, NOW + 60 * MINUTE)


def test_a_user_who_decides_is_asked_at_once() -> None:
    """With `on_unknown = "hold"`; that the channel fails is seen all the same."""
    found = after(Failure.UNKNOWN, Tried(Trouble(failures=1)), replace(POLICY, hold_unknown=True))
    assert (found.state, found.reason, found.trouble.off) == (UNKNOWN, "why", "why")


def test_asked_for_silence_is_kept() -> None:
    """That is no failure of anybody."""
    found = after(Failure.RATE_LIMITED)
    assert (found.retry_at, found.trouble) == (NOW + 9 * SECOND, WELL)


def test_a_move_is_followed_at_once_and_a_second_in_a_row_is_a_failure() -> None:
    """Groups may lead in circles."""
    first = after(Failure.MIGRATED)
    assert (first.retry_at, first.trouble.failures, first.trouble.off) == (None, 1, "")
    second = after(Failure.MIGRATED, Tried(first.trouble))
    assert second.trouble.off == "why"
    assert second.trouble.try_at == NOW + 2 * SECOND
