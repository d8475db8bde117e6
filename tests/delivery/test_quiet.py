"""Quiet hours, as tables: what the wall shows decides, also on the days on which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.limits import quiet_until
from digest.values.settings import QuietHours

BERLIN, NEW_YORK, SEOUL = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Seoul")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # changes its clocks by half an hour
NIGHT = QuietHours(23 * 60, 7 * 60)


def hours(text: str) -> QuietHours:
    """``23:00-07:00``."""
    start, end = ([int(number) for number in time.split(":")] for time in text.split("-"))
    return QuietHours(start[0] * 60 + start[1], end[0] * 60 + end[1])


def utc(text: str) -> datetime:
    """``2026-03-29 01:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# Berlin: forward on 29 March 2026 at 01:00 UTC (02:00 → 03:00), back on 25 October 2026 at 01:00 UTC (03:00 → 02:00).
# New York: forward on 8 March 2026 at 07:00 UTC (02:00 → 03:00), back on 1 November at 06:00 UTC (02:00 → 01:00).
# Seoul never changes. Lord Howe: back on 5 April 2026 at 02:00 → 01:30 (15:00 UTC the day before).
TABLE = [
    # a plain night in Seoul (UTC+9)
    (SEOUL, "23:00-07:00", "2026-11-22 13:59:59", None),
    (SEOUL, "23:00-07:00", "2026-11-22 14:00", "2026-11-22 22:00"),
    (SEOUL, "23:00-07:00", "2026-11-22 21:59:59", "2026-11-22 22:00"),
    (SEOUL, "23:00-07:00", "2026-11-22 22:00", None),
    (SEOUL, "12:00-13:30", "2026-11-22 03:00", "2026-11-22 04:30"),
    (SEOUL, "12:00-13:30", "2026-11-22 04:30", None),
    # Berlin goes forward: the night is an hour shorter
    (BERLIN, "23:00-07:00", "2026-03-28 22:00", "2026-03-29 05:00"),
    (BERLIN, "23:00-07:00", "2026-03-29 04:59", "2026-03-29 05:00"),
    (BERLIN, "23:00-07:00", "2026-03-29 05:00", None),
    # hours that end in the gap end with it, and such that begin in it begin after it
    (BERLIN, "23:00-02:30", "2026-03-29 00:30", "2026-03-29 01:00"),
    (BERLIN, "23:00-02:30", "2026-03-29 01:00", None),
    (BERLIN, "02:30-04:00", "2026-03-29 00:59", None),
    (BERLIN, "02:30-04:00", "2026-03-29 01:00", "2026-03-29 02:00"),
    # Berlin goes back: the night is an hour longer
    (BERLIN, "23:00-07:00", "2026-10-24 21:00", "2026-10-25 06:00"),
    (BERLIN, "23:00-07:00", "2026-10-25 05:59", "2026-10-25 06:00"),
    # an hour that comes twice is quiet twice, and loud between
    (BERLIN, "23:00-02:30", "2026-10-25 00:29", "2026-10-25 00:30"),
    (BERLIN, "23:00-02:30", "2026-10-25 00:45", None),
    (BERLIN, "23:00-02:30", "2026-10-25 01:15", "2026-10-25 01:30"),
    (BERLIN, "23:00-03:00", "2026-10-25 00:59", "2026-10-25 02:00"),
    # New York
    (NEW_YORK, "22:00-06:00", "2026-03-08 03:00", "2026-03-08 10:00"),
    (NEW_YORK, "22:00-06:00", "2026-03-08 09:59", "2026-03-08 10:00"),
    (NEW_YORK, "22:00-06:00", "2026-11-01 02:00", "2026-11-01 11:00"),
    (NEW_YORK, "22:00-01:30", "2026-11-01 05:00", "2026-11-01 05:30"),
    (NEW_YORK, "22:00-01:30", "2026-11-01 05:40", None),
    (NEW_YORK, "22:00-01:30", "2026-11-01 06:10", "2026-11-01 06:30"),
    # half an hour
    (LORD_HOWE, "23:00-07:00", "2026-04-04 13:00", "2026-04-04 20:30"),
]


@pytest.mark.parametrize(("zone", "text", "now", "end"), TABLE, ids=[f"{z.key} {h} {n}" for z, h, n, _ in TABLE])
def test_quiet_hours_are_the_walls(zone: ZoneInfo, text: str, now: str, end: str | None) -> None:
    """Quiet from the start on and before the end, by the wall clock, and until the first moment that is not."""
    assert quiet_until(hours(text), zone, utc(now)) == (None if end is None else utc(end))


@given(
    st.sampled_from([BERLIN, NEW_YORK, SEOUL, LORD_HOWE]),
    st.builds(QuietHours, st.integers(0, 1439), st.integers(0, 1439)).filter(lambda hours: hours.start != hours.end),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds take none
)
def test_the_end_is_the_first_minute_that_is_not_quiet(zone: ZoneInfo, span: QuietHours, now: datetime) -> None:
    """Whatever the hours and the day: every minute up to the end is quiet by the wall, and the end is not."""

    def wall_is_quiet(moment: datetime) -> bool:
        minute = moment.astimezone(zone).hour * 60 + moment.astimezone(zone).minute
        return (minute - span.start) % 1440 < (span.end - span.start) % 1440

    end = quiet_until(span, zone, now)
    assert (end is not None) is wall_is_quiet(now)
    if end is not None:
        assert not wall_is_quiet(end)
        assert end > now
        first = now.replace(second=0, microsecond=0)
        minutes = (end - first) // timedelta(minutes=1)
        assert all(wall_is_quiet(first + timedelta(minutes=minute)) for minute in range(minutes))
