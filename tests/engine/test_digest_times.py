"""When digests are due, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.config.times import due_digest
from digest.engine.sending.digests import DigestTrigger
from digest.values.settings import DigestSpec


def at(text: str) -> datetime:
    """An aware UTC time."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def due(cron: str, now: str, timezone: str = "UTC") -> str | None:
    """The key of what is due, if anything."""
    found = due_digest(DigestSpec("morning", cron, ("desk",), timezone), at(now))
    return None if found is None else found.local


# 2026-11-22 is a Sunday.
CASES = [
    ("0 7 * * *", "2026-11-22T07:00", "2026-11-22T07:00"),
    ("0 7 * * *", "2026-11-22T06:59", None),
    ("0 7 * * *", "2026-11-22T13:00", "2026-11-22T07:00"),
    ("0 7 * * *", "2026-11-22T13:01", None),
    ("0 */2 * * *", "2026-11-22T13:01", "2026-11-22T12:00"),
    ("0 7 * * 1-5", "2026-11-22T08:00", None),
    ("0 7 * * 1-5", "2026-11-23T08:00", "2026-11-23T07:00"),
    ("0 7 * * 1-5", "2026-11-27T08:00", "2026-11-27T07:00"),
    ("0 7 * * 1-5", "2026-11-28T08:00", None),
    ("0 7 * * 0", "2026-11-22T08:00", "2026-11-22T07:00"),
    ("0 7 * * 7", "2026-11-22T08:00", "2026-11-22T07:00"),
    ("0 7 * * 5-7", "2026-11-22T08:00", "2026-11-22T07:00"),
    ("0 7 * * sun", "2026-11-22T08:00", "2026-11-22T07:00"),
    ("0 7 * * */2", "2026-11-23T08:00", None),
    ("0 7 * * */2", "2026-11-24T08:00", "2026-11-24T07:00"),
    ("0 7 1 * 0", "2026-11-22T08:00", "2026-11-22T07:00"),
    ("0 7 1 * 0", "2026-12-01T08:00", "2026-12-01T07:00"),
    ("0 7 1 * 0", "2026-12-02T08:00", None),
]


@pytest.mark.parametrize(("cron", "now", "expected"), CASES)
def test_the_newest_time_of_the_last_six_hours_is_due(cron: str, now: str, expected: str | None) -> None:
    """Cron's own meaning: weekdays from Sunday, a day of the month or a weekday; six hours late at most."""
    assert due(cron, now) == expected


def test_a_time_that_comes_twice_is_one_digest() -> None:
    """When clocks go back 01:30 comes twice, under one key."""
    zone = "America/New_York"  # back from 02:00 to 01:00 on 2026-11-01, at 06:00 in UTC
    keys = {due("30 1 * * *", now, zone) for now in ("2026-11-01T05:30", "2026-11-01T06:29", "2026-11-01T06:30")}
    assert keys == {"2026-11-01T01:30"}


def test_a_time_that_is_skipped_comes_when_clocks_have_gone_forward() -> None:
    """When clocks go forward over 02:30, that day's digest still comes, once."""
    zone = "America/New_York"  # forward from 02:00 to 03:00 on 2026-03-08, at 07:00 in UTC
    found = [due("30 2 * * *", f"2026-03-08T{hour:02}:30", zone) for hour in range(7, 12)]
    assert len(set(found) - {None}) == 1
    assert found[0] is not None


@pytest.mark.parametrize(("cron", "days"), [("0 7 * * *", 1), ("0 7 * * 1", 7)])
def test_the_first_digest_looks_back_one_period(cron: str, days: int) -> None:
    """A daily one a day, a weekly one a week."""
    found = due_digest(DigestSpec("morning", cron, ("desk",)), at("2026-11-23T07:30"))
    assert found is not None
    assert found.period == timedelta(days=days)
    assert found.at == at("2026-11-23T07:00")


def test_the_scheduler_is_told_the_same_times_and_none_twice() -> None:
    """Four nights around the clock change of New York are four digests."""
    trigger = DigestTrigger(DigestSpec("night", "30 1 * * *", ("desk",), "America/New_York"))
    times: list[datetime] = []
    while len(times) < 4:
        following = trigger.get_next_fire_time(
            times[-1] if times else None, times[-1] if times else at("2026-10-31T00:00")
        )
        assert following is not None
        times.append(following)
    assert [time.strftime("%d %H:%M") for time in times] == ["31 05:30", "01 05:30", "02 06:30", "03 06:30"]
