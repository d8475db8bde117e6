"""How a feed does, in one word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from digest.feeds.cadence import heard_from
from digest.values.push import Subscription
from digest.values.settings import FeedSpec
from digest.values.states import FeedHealth, FeedState, Rhythm
from digest.watch.conditions import KnownCondition
from digest.watch.health import feed_health, push_trouble, push_words, rhythm_words, with_silence
from digest.words import how_often

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


def test_feeds_of_one_host_without_a_title_are_told_apart() -> None:
    """By their addresses, never by a login in one; a name needs none behind it."""
    nameless = replace(state(), spec=FeedSpec("https://me:secret@one.example/rss"))
    assert (nameless.name, nameless.name_with_address) == ("one.example", "one.example (https://one.example/rss)")
    assert replace(nameless, title="One").name_with_address == "One"


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
        (replace(state(), silence="answers, but"), FeedHealth.LATE),
        (replace(state(failures=1), silence="answers, but"), FeedHealth.FAILING),
    ],
)
def test_health(feed: FeedState, health: FeedHealth) -> None:
    """What a user did comes first, then what the feed did, then what the engine could not do in time."""
    assert feed_health(feed, NOW) is health


HELD = Subscription(1, "https://me:pw@hub.example/x", "https://one.example/", "https://desk.example/t", "secret", NOW)
ACTIVE = replace(HELD, since=NOW, until=NOW + MINUTE)


@pytest.mark.parametrize(
    ("held", "words", "trouble"),
    [
        (None, "", False),
        (HELD, "hub.example is asked, and has not confirmed it yet", False),
        (ACTIVE, "by hub.example, nothing yet", False),
        (replace(ACTIVE, pushed=NOW - 5 * MINUTE), "by hub.example, last 5 min ago", False),
        (
            replace(ACTIVE, problem="500: no", ignored=2),
            "by hub.example, nothing yet; not renewed: 500: no; 2 messages without a right signature ignored",
            True,
        ),
        (
            replace(ACTIVE, missed=NOW),
            "hub.example did not tell of entries that a poll found: polled as usual until it pushes again",
            True,
        ),
        (replace(HELD, problem="500: no"), "not by hub.example: 500: no", True),
        (replace(ACTIVE, leaving=True), "hub.example is asked to push it no more", False),
    ],
)
def test_whether_a_hub_pushes_is_said_and_why_not(held: Subscription | None, words: str, trouble: bool) -> None:  # noqa: FBT001
    """In one line; without a login, and without what only the hub may know."""
    feed = replace(state(), subscription=held)
    assert push_words(feed, NOW) == words
    assert push_trouble(feed, NOW) == (f"push: {words}" if trouble else "")


def test_a_feed_that_answers_but_brings_nothing_new_is_late_with_its_own_sentence() -> None:
    """As it is told, without the feed's name, beside which it stands; of one that is over nothing is said."""
    said = "The feed one.example answers, but its newest entry is 9 days old; it used to bring 5 a day"
    wrong = [KnownCondition("feed:1:quiet", said, NOW), KnownCondition("feed:1:failing", "It fails", NOW)]
    (late,) = with_silence([state()], wrong)
    assert late.silence == "answers, but its newest entry is 9 days old; it used to bring 5 a day"
    assert feed_health(late, NOW) is FeedHealth.LATE
    assert with_silence([state()], [replace(wrong[0], ended=NOW)]) == [state()]
    assert with_silence([state()], [replace(wrong[0], key="feed:2:quiet")]) == [state()]


SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ([], ""),
        ([NOW - timedelta(hours=1)], ""),
        ([NOW - timedelta(hours=number) for number in range(240)], "24 a day"),
        ([NOW - timedelta(days=7 * number) for number in range(8)], "one a week, mostly 16:00 to 17:00"),
        (
            [NOW - timedelta(days=day, hours=hour) for day in range(28) for hour in range(8)],
            "8 a day, mostly 09:00 to 16:00",
        ),
    ],
)
def test_a_rhythm_is_told_in_words(dates: list[datetime], words: str) -> None:
    """How often, and in which hours of the reader's zone; nothing before it is known."""
    rhythm = heard_from(Rhythm(), dates, NOW)
    assert rhythm_words(replace(state(), rhythm=rhythm), NOW, SEOUL) == words


@pytest.mark.parametrize(
    ("a_day", "words"),
    [(1440, "1,440 a day"), (5.2, "5 a day"), (0.96, "1 a day"), (0.5, "4 a week"), (1 / 7, "one a week"),
     (0.1, "one in 10 days"), (0.7, "5 a week")],
)  # fmt: skip
def test_how_often_in_words(a_day: float, words: str) -> None:
    """In the unit that says it with a whole number."""
    assert how_often(a_day) == words
