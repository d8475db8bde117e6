"""When feeds are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.cadence import Intervals, gone_due, next_due, next_interval, retry_due

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
PACE = Intervals(shortest=timedelta(minutes=2), longest=timedelta(hours=6))
FIXED = Intervals(shortest=timedelta(minutes=2), longest=timedelta(hours=6), fixed=timedelta(seconds=1))


def minutes(count: float) -> timedelta:
    """A duration."""
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("pace", "current", "new", "expected"),
    [
        (PACE, minutes(10), 0, minutes(12.5)),
        (PACE, minutes(10), 1, minutes(5)),
        (PACE, minutes(10), 40, minutes(5)),
        (PACE, minutes(3), 1, minutes(2)),
        (PACE, minutes(2), 1, minutes(2)),
        (PACE, minutes(350), 0, minutes(360)),
        (PACE, minutes(360), 0, minutes(360)),
        (PACE, minutes(1000), 0, minutes(360)),
        (PACE, timedelta(0), 0, minutes(2)),
        (FIXED, minutes(10), 0, timedelta(seconds=1)),
        (FIXED, minutes(10), 5, timedelta(seconds=1)),
    ],
)
def test_intervals_adapt_within_their_bounds(
    pace: Intervals, current: timedelta, new: int, expected: timedelta
) -> None:
    """News shortens the interval, quiet lengthens it, bounds hold, and ``every`` fixes it."""
    assert next_interval(current, pace, new=new) == expected


@pytest.mark.parametrize(("chance", "expected"), [(0.0, minutes(9)), (0.5, minutes(10)), (1.0, minutes(11))])
def test_due_times_are_spread_by_a_tenth(chance: float, expected: timedelta) -> None:
    """Feeds of one interval part ways, and none strays far."""
    assert next_due(NOW, minutes(10), chance=chance) - NOW == expected


@pytest.mark.parametrize(
    ("interval", "failures", "chance", "retry_after", "expected"),
    [
        (minutes(2), 1, 0.0, None, minutes(2)),
        (minutes(2), 2, 0.0, None, minutes(4)),
        (minutes(2), 5, 0.0, None, minutes(32)),
        (minutes(2), 5, 1.0, None, minutes(24)),
        (minutes(2), 9, 0.0, None, minutes(360)),
        (minutes(2), 100_000, 0.0, None, minutes(360)),
        (minutes(300), 1, 0.0, None, minutes(10)),
        (minutes(600), 90, 0.0, None, minutes(600)),
        (minutes(2), 1, 0.0, 600.0, minutes(10)),
        (minutes(2), 1, 1.0, 600.0, minutes(10)),
        (minutes(2), 6, 0.0, 600.0, minutes(64)),
        (minutes(2), 1, 0.0, 1e9, timedelta(days=1)),
        (minutes(2), 1, 0.0, -5.0, minutes(2)),
    ],
)
def test_failures_back_off(
    interval: timedelta, failures: int, chance: float, retry_after: float | None, expected: timedelta
) -> None:
    """Each failure in a row doubles the wait up to a cap; the server's wish is the least wait, within reason."""
    due = retry_due(NOW, interval, failures=failures, chance=chance, retry_after=retry_after)
    assert due - NOW == expected


def test_a_feed_that_is_gone_is_looked_at_weekly() -> None:
    """A 410 is a server's last word, and servers are wrong at times."""
    assert gone_due(NOW, chance=0.0) - NOW == timedelta(days=7)
    assert gone_due(NOW, chance=1.0) - NOW == timedelta(days=5.25)
