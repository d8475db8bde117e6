"""Awake time: what of the wall clock's time somebody was at work."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.clock import ALWAYS, Awake

NOW = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
# At work until 10, asleep for two hours, at work from 12 to 13, switched off for an hour, and at work again.
DAY = Awake(((NOW - 9 * HOUR, NOW - 4 * HOUR), (NOW - 2 * HOUR, NOW - HOUR), (NOW, NOW)))


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        (-6, -5, 1),
        (-5, -3, 1),
        (-4, -2, 0),
        (-3, 1, 2),
        (-6, 3, 6),
        (-90, -89, 1),  # before anything is known
        (-90, -3, 86),
        (3, -6, 0),  # the clock was set back
        (2, 9, 7),  # what goes on now goes on
    ],
)
def test_a_span_is_what_somebody_was_at_work_of_it(begin: int, end: int, hours: int) -> None:
    """Sleep and absence do not count; before the first that is known somebody always was at work."""
    assert DAY.between(NOW + begin * HOUR, NOW + end * HOUR) == hours * HOUR


def test_who_runs_now_and_then_goes_by_the_wall_clock() -> None:
    """A run of a minute each hour is all the time there is: between two of them an hour has passed."""
    assert ALWAYS.between(NOW - 24 * HOUR, NOW) == 24 * HOUR
    assert Awake(((NOW, NOW),)).between(NOW - HOUR, NOW + HOUR) == 2 * HOUR


def test_pauses_are_spans_too() -> None:
    """What came before and after a sleep came one after the other; what came together is one."""
    times = [NOW - 5 * HOUR, NOW - 4 * HOUR, NOW - 4 * HOUR, NOW - 2 * HOUR, NOW]
    assert DAY.gaps(times) == [HOUR, timedelta(0), HOUR]
    assert DAY.since == NOW


@pytest.mark.parametrize("known", [ALWAYS, DAY])
def test_a_break_ends_what_went_on(known: Awake) -> None:
    """Up to it somebody was at work, and is again after it."""
    again = known.after_break(NOW + HOUR, NOW + 9 * HOUR)
    assert again.between(NOW, NOW + 10 * HOUR) == 2 * HOUR
    assert again.since == NOW + 9 * HOUR
