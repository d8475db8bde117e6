"""The day is told once, in order, a baseline first, and never from the future."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.demo.feed_server import schedule, visible
from digest.demo.newsday import NewsDay, load_newsday

DAY = load_newsday()
START = datetime(2026, 11, 24, 9, tzinfo=UTC)


@pytest.mark.parametrize("seconds", [20.0, 180.0])
def test_every_report_appears_once_and_in_order(seconds: float) -> None:
    """The baseline stands from the start; the rest spreads from the first moment to the last."""
    shown = schedule(DAY, seconds=seconds)
    assert [appearance.report for appearance in shown] == list(DAY.reports)
    live = [appearance.after for appearance in shown[60:] if appearance.after is not None]
    assert len(live) == len(DAY.reports) - 60
    assert live == sorted(live)
    assert (live[0], live[-1]) == (0.0, seconds)


def test_only_the_baseline_can_be_seen_before_the_live_part() -> None:
    """What is visible grows with the time that went by."""
    shown = schedule(DAY, seconds=100.0)
    seen = [len(visible(shown, elapsed)) for elapsed in (None, 0.0, 50.0, 100.0)]
    assert seen[0] == 60
    assert seen == sorted(seen)
    assert seen[-1] == len(DAY.reports)


def test_no_date_lies_in_the_future_and_the_baseline_is_of_today() -> None:
    """A report's date is when it appears; the baseline counts back as the day did."""
    for appearance in schedule(DAY, seconds=100.0):
        appears = START + timedelta(seconds=appearance.after or 0.0)
        assert appears - timedelta(hours=12) < appearance.published(START) <= appears


def test_a_day_that_is_all_baseline_has_no_live_part() -> None:
    """Nothing is left to appear."""
    shown = schedule(NewsDay(DAY.outlets, DAY.reports[:5], baseline=60), seconds=10.0)
    assert [appearance.after for appearance in shown] == [None] * 5
