"""How a feed does, in one word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.values.settings import FeedSpec
from digest.values.states import FeedHealth, FeedState
from digest.watch.health import feed_health

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def state(
    *,
    polled: bool = True,
    failures: int = 0,
    gone: bool = False,
    paused: bool = False,
    overdue: timedelta = timedelta(0),
) -> FeedState:
    """A feed polled every ten minutes."""
    return FeedState(
        1,
        FeedSpec("https://one.example/rss"),
        last_attempt=NOW - 10 * MINUTE if polled else None,
        failures=failures,
        gone_at=NOW if gone else None,
        paused=paused,
        interval=10 * MINUTE,
        next_due=NOW - overdue,
    )


@pytest.mark.parametrize(
    ("feed", "health"),
    [
        (state(), FeedHealth.OK),
        (state(overdue=11 * MINUTE), FeedHealth.OK),
        (state(overdue=11 * MINUTE + timedelta(milliseconds=1)), FeedHealth.LATE),
        (state(failures=1), FeedHealth.FAILING),
        (state(failures=1, overdue=60 * MINUTE), FeedHealth.FAILING),
        (state(failures=3, gone=True), FeedHealth.GONE),
        (state(polled=False), FeedHealth.NEW),
        (state(polled=False, overdue=60 * MINUTE), FeedHealth.NEW),
        (state(paused=True), FeedHealth.PAUSED),
        (state(paused=True, failures=3, gone=True), FeedHealth.PAUSED),
    ],
)
def test_health(feed: FeedState, health: FeedHealth) -> None:
    """What a user did comes first, then what the feed did, then what the engine could not do in time."""
    assert feed_health(feed, NOW) is health
