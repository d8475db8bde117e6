"""Numbers, lengths of time and moments as people read them, and lengths of time as they write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.values.news import Hit
from digest.words import (
    age,
    brief,
    count,
    countdown,
    iso,
    midnight,
    minute,
    read_span,
    short_time,
    typed_span,
    words_of,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SEOUL = ZoneInfo("Asia/Seoul")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [
        (0, "alert", "0 alerts"),
        (1, "alert", "1 alert"),
        (2000, "feed", "2,000 feeds"),
        (2, "entry", "2 entries"),
        (2, "day", "2 days"),
        (2, "match", "2 matches"),
        (2, "stored entry", "2 stored entries"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, noun: str, words: str) -> None:
    """Never "1 feeds" or "2 entrys"; thousands are parted."""
    assert count(number, noun) == words


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", 90 * timedelta(seconds=1)),
        ("10m", 10 * MINUTE),
        ("2h30m", 2.5 * HOUR),
        (" 1d 2h ", 26 * HOUR),
        ("2w", 14 * DAY),
        ("2y", 730 * DAY),
        ("5 m", 5 * MINUTE),
    ],
)
def test_a_length_of_time_is_read(text: str, span: timedelta) -> None:
    """One grammar for the config, the command line and the bot."""
    assert read_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "h", "10", "-1h", "1.5h", "10M", "١h", "1h x", "0s", "101y", "9" * 12 + "y", "1h" * 30]
)
def test_what_is_no_length_of_time_is_told(text: str) -> None:
    """Nothing is guessed, and a long text is not repeated whole."""
    with pytest.raises(ValueError, match=r"no duration|at least|at most") as caught:
        read_span(text)
    assert len(str(caught.value)) < 160


@given(st.integers(min_value=1, max_value=100 * 24 * 60))
def test_what_is_typed_can_be_read_again(minutes: int) -> None:
    """It names the two largest units, and so is no longer than what it says of."""
    read = read_span(typed_span(minutes * MINUTE))
    assert read <= minutes * MINUTE < read + (HOUR if minutes >= 24 * 60 else MINUTE)


@pytest.mark.parametrize(
    ("span", "short", "ago", "left"),
    [
        (timedelta(seconds=-5), "now", "just now", "now"),
        (timedelta(seconds=18), "18 s", "just now", "0:18"),
        (4 * MINUTE, "4 m", "4 min ago", "4:00"),
        (190 * MINUTE, "3 h", "3 h ago", "3:10:00"),
        (25 * HOUR, "1 d", "1 day ago", "25:00:00"),
        (50 * HOUR, "2 d", "2 days ago", "50:00:00"),
        (729 * 24 * HOUR, "729 d", "729 days ago", "17496:00:00"),
        (730 * 24 * HOUR, "730 d", "2 years ago", "17520:00:00"),
        (3613 * 24 * HOUR, "3613 d", "9 years ago", "86712:00:00"),
    ],
)
def test_a_length_of_time_in_a_few_cells(span: timedelta, short: str, ago: str, left: str) -> None:
    """In its largest unit, as an age, and as a countdown."""
    assert (brief(span), age(span), countdown(span)) == (short, ago, left)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (NOW, "21:00"),
        (NOW - 20 * HOUR, "01:00"),
        (NOW - 22 * HOUR, "21 Nov"),
        (NOW - 400 * DAY, "2025"),
        (datetime.min.replace(tzinfo=UTC), "1"),
        (datetime.max.replace(tzinfo=UTC), "9999"),
    ],
)
def test_a_moment_in_six_cells(moment: datetime, shown: str) -> None:
    """The time of today's, the day or the year of others, where the reader is; the ends of time break nothing."""
    assert short_time(moment, NOW, SEOUL) == shown
    assert len(minute(moment, SEOUL)) >= 13


def test_a_moment_for_programs() -> None:
    """RFC 3339 in UTC, to the millisecond."""
    assert iso(NOW.astimezone(SEOUL)) == "2026-11-22T12:00:00.000Z"
    assert iso(None) is None
    assert minute(None, SEOUL) == ""


@pytest.mark.parametrize(
    ("now", "zone", "begun"),
    [
        (NOW, "Asia/Seoul", datetime(2026, 11, 21, 15, tzinfo=UTC)),
        # Clocks go back from 01:00 to 00:00 there: the first of two midnights.
        (datetime(2026, 11, 1, 12, tzinfo=UTC), "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_when_the_day_began(now: datetime, zone: str, begun: datetime) -> None:
    """In UTC, by the clock of the reader."""
    assert midnight(now, ZoneInfo(zone)) == begun


def test_the_words_that_hit_are_named_once() -> None:
    """With the fields where any is beside the title, and at most eight of them."""
    hits = [Hit("title", 0, 1, "embassy", "")] * 2 + [Hit("content", 0, 1, "envoy", "")]
    assert words_of(hits) == "“embassy” in title, “envoy” in content"
    assert (
        words_of([*hits, Hit("content", 9, 9, "embassy", "")]) == "“embassy” in title and content, “envoy” in content"
    )
    assert words_of(hits[:2]) == "“embassy”"
    assert words_of([Hit("title", 0, 1, str(number), "") for number in range(10)]).endswith("“7” and 2 more")
