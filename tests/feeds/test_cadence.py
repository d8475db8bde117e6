"""When feeds are due."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.cadence import (
    Intervals,
    after_rest,
    after_skipped,
    gone_due,
    heard_from,
    host_rests,
    next_due,
    next_interval,
    retry_due,
)
from digest.values.states import PollHints, Rhythm, rhythm_of, rhythm_row

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
PACE = Intervals(shortest=timedelta(minutes=2), longest=timedelta(hours=6))
FIXED = Intervals(shortest=timedelta(minutes=2), longest=timedelta(hours=6), fixed=timedelta(seconds=1))


def minutes(count: float) -> timedelta:
    """A duration."""
    return timedelta(minutes=count)


def every(span: timedelta, since: timedelta = timedelta(days=28), until: datetime = NOW) -> list[datetime]:
    """Publications that far apart, for some time until now."""
    return [until - span * number for number in range(int(since / span))]


def at_hours(*hours: int, days: int = 28, weekdays: tuple[int, ...] = tuple(range(7))) -> list[datetime]:
    """Publications at the half of these hours, on these days of four weeks."""
    first = NOW.replace(hour=0) - timedelta(days=days)
    dates = [first + timedelta(days=day, hours=hour, minutes=30) for day in range(days + 1) for hour in hours]
    return [date for date in dates if date <= NOW and date.weekday() in weekdays]


def wait(dates: list[datetime], now: datetime = NOW, **said: Any) -> float:
    """Minutes until a feed is asked again that published at these times."""
    rhythm = heard_from(Rhythm(), dates, now, matched=said.pop("matched", 0), hints=said.pop("hints", None))
    return round(next_interval(rhythm, PACE, now, **said) / timedelta(minutes=1), 1)


@pytest.mark.parametrize(
    ("dates", "least", "most"),
    [
        ([], 10, 10),  # nothing known: poll.every
        (every(timedelta(minutes=75)), 9, 11),  # 20 a day
        (every(timedelta(minutes=18)), 4.5, 5.5),  # 80 a day: twice as often
        (every(timedelta(hours=5)), 16, 22),  # five a day: half as often
        (every(timedelta(hours=25)), 20, 50),  # one, at another hour each day
        (every(timedelta(minutes=1), timedelta(days=2)), 2, 2),  # poll.min
        ([NOW - timedelta(days=700)], 80, 200),  # silent for years
        ([None] * 20, 7, 10),  # no dates: one publication, now
    ],
)
def test_a_feed_is_polled_as_the_root_of_how_often_it_publishes(
    dates: list[datetime], least: float, most: float
) -> None:
    """Four times as many entries, twice as many polls; between poll.min and poll.max."""
    assert least <= wait(dates) <= most


def test_a_feed_that_never_brought_anything_is_asked_less_and_less() -> None:
    """From its first poll on: nothing known is not the same as nothing published."""
    rhythm = heard_from(Rhythm(), [], NOW)
    waits = [next_interval(rhythm, PACE, NOW + timedelta(days=days)) for days in (0, 1, 7, 60)]
    assert waits[0] == minutes(10)
    assert waits == sorted(waits)
    assert waits[2] > minutes(40)


def test_a_feed_that_sleeps_at_night_is_polled_less_then_and_in_time_for_its_morning() -> None:
    """What is expected is added up hour by hour: a poll late at night comes soon after the first hour of work."""
    day = at_hours(*range(8, 20))
    noon, night = NOW.replace(hour=12), NOW.replace(hour=22)
    assert wait(day, noon) < 13
    assert wait(day, night) > 2 * wait(day, noon)
    before_work = NOW.replace(hour=7, minute=30)
    assert wait(day, before_work) < 50


def test_a_feed_that_rests_on_days_is_polled_less_on_these() -> None:
    """A ministry that publishes from Monday to Friday is asked less on Sunday."""
    weekdays = at_hours(*range(24), weekdays=(0, 1, 2, 3, 4))
    sunday, monday = NOW.replace(hour=12), NOW.replace(hour=12) + timedelta(days=1)
    assert sunday.weekday() == 6
    assert wait(weekdays, sunday) > 1.5 * wait(weekdays, monday)


def test_a_day_of_breaking_news_is_polled_more_at_once() -> None:
    """The last hours weigh as much as the weeks before them."""
    usual = every(timedelta(hours=5), until=NOW - timedelta(hours=6))
    assert wait([*usual, *every(timedelta(minutes=10), timedelta(hours=3))]) < wait(usual) / 2


def test_what_rules_find_is_looked_for_sooner() -> None:
    """A feed whose entries all matched is polled twice as often as one of which none did."""
    dates = every(timedelta(hours=5))
    assert wait(dates, matched=len(dates)) == pytest.approx(wait(dates) / 2, rel=0.05)
    assert wait(dates) / 2 < wait(dates, matched=len(dates) // 10) < wait(dates)


@pytest.mark.parametrize(
    ("dates", "apart", "expected"),
    [
        (every(timedelta(days=1)), minutes(60), 60),  # it publishes less than it says
        (every(timedelta(days=1)), minutes(24 * 60), 326),  # up to a quarter of its mean pause
        (every(timedelta(minutes=18)), minutes(60), wait(every(timedelta(minutes=18)))),  # its publishing belies it
        (every(timedelta(days=1)), minutes(5), wait(every(timedelta(days=1)))),  # never sooner for it
    ],
)
def test_a_hint_is_heeded_unless_the_feeds_publishing_belies_it(
    dates: list[datetime], apart: timedelta, expected: float
) -> None:
    """``ttl`` and ``sy:updatePeriod`` are written by habit: an hour, above ten entries of that hour."""
    assert wait(dates, hints=PollHints(apart)) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize(("fresh_for", "expected"), [(0, 10), (300, 10), (1800, 30), (86_400, 60)])
def test_what_stays_fresh_is_not_asked_for_sooner(fresh_for: float, expected: float) -> None:
    """``max-age`` is heeded, for an hour at most: a day of it is a mistake that would hide news."""
    assert wait([], fresh_for=timedelta(seconds=fresh_for)) == expected


def test_every_of_a_feed_fixes_its_interval() -> None:
    """Whatever it publishes, asks for or stays fresh for."""
    rhythm = heard_from(Rhythm(), every(timedelta(minutes=1)), NOW, hints=PollHints(minutes(60)))
    assert next_interval(rhythm, FIXED, NOW, fresh_for=minutes(60)) == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("due", "hints", "expected"),
    [
        ("2026-03-29 02:20", PollHints(skip_hours=(2, 3)), "2026-03-29 04:20"),
        ("2026-03-29 01:20", PollHints(skip_hours=(2, 3)), "2026-03-29 01:20"),
        ("2026-03-29 02:20", PollHints(skip_days=(6,)), "2026-03-29 06:30"),  # a Sunday; poll.max is over before Monday
        ("2026-03-29 23:20", PollHints(skip_days=(0,)), "2026-03-29 23:20"),
        ("2026-03-29 02:20", PollHints(skip_hours=tuple(range(24))), "2026-03-29 06:30"),
    ],
)
def test_a_feed_is_not_asked_in_the_hours_and_on_the_days_that_it_skips(
    due: str, hints: PollHints, expected: str
) -> None:
    """``skipHours`` and ``skipDays`` are heeded, but never beyond poll.max: a feed may not silence itself."""
    moments = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (due, expected)]
    latest = NOW + timedelta(hours=6)
    assert after_skipped(moments[0], Rhythm(hints=hints), latest) == moments[1]


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 40), st.lists(st.none() | st.integers(-100_000, 100_000), max_size=5)), max_size=8
    )
)
def test_whatever_a_feed_says_its_interval_stays_within_its_bounds(
    steps: list[tuple[int, list[int | None]]],
) -> None:
    """Dates of any order, of the future or of long ago; and what is stored of it comes back as it was."""
    rhythm, now = Rhythm(), NOW
    for days, offsets in steps:
        now += timedelta(days=days)
        dates = [None if each is None else now + timedelta(minutes=each) for each in offsets]
        rhythm = heard_from(rhythm, dates, now, matched=len(dates))
        assert PACE.shortest <= next_interval(rhythm, PACE, now) <= PACE.longest
        assert rhythm_of(json.loads(json.dumps(rhythm_row(rhythm)))).last == rhythm.last
        assert rhythm.last is None or rhythm.last <= now


@pytest.mark.parametrize(
    ("status", "retry_after", "expected"),
    [
        (429, None, minutes(10)),
        (429, 90.0, minutes(1.5)),
        (503, 600.0, minutes(10)),
        (503, 9e9, timedelta(days=1)),
        (503, None, None),
        (500, 60.0, None),
        (None, None, None),
    ],
)
def test_a_server_that_asks_for_peace_gets_it_from_all_its_feeds(
    status: int | None, retry_after: float | None, expected: timedelta | None
) -> None:
    """429 always, 503 where it says for how long; afterwards its feeds come one after the other."""
    rests = host_rests(NOW, status, retry_after)
    assert rests == (None if expected is None else NOW + expected)
    assert after_rest(NOW, 2) == [NOW + timedelta(seconds=10), NOW + timedelta(seconds=20)]


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
