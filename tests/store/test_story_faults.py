"""What stories must not do: count what is none, hold up the store, or outlive what they tell of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.event import listen

from digest.delivery.decide import Policy, decide
from digest.engine.requests import late_matches, waited_in
from digest.match import RuleSet, query_rule
from digest.store import grouping, open_store
from digest.store.queue import waiting_in as waiting_in_chat
from digest.store.schema import deliveries, entries, rules, stories, story_window
from digest.store.stories import read_pace, read_stories
from digest.store.telling import facts_of
from digest.values.news import Outcome, Severity
from digest.values.settings import Telling
from tests.store import test_one_alert
from tests.store.conftest import MINUTE, NOW, entry, found, polled
from tests.store.test_one_alert import DAY, DESK, EVENTS, LAUNCH, OTHER, SAME, brings, deciding, outcome, sent
from tests.store.test_one_alert import store as store  # noqa: PLC0414 - pytest finds the fixture by its name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Delete, Update

    from digest.delivery.decide import Asked, Decision
    from digest.store import Store
    from digest.stories.spikes import Pace

HOUR = timedelta(hours=1)


def test_story_0_is_none(store: Store) -> None:
    """Entries that were too old to be compared share no story: none is read, and none has grown."""
    old = brings(store, 1, LAUNCH, "dprk")
    new = brings(store, 2, OTHER, "dprk", now=NOW + HOUR)
    with store.database.write() as (connection, _):
        connection.execute(update(entries).where(entries.c.id.in_((old, new))).values(story_id=0))
        first, _ = store.outbox.list()
        assert facts_of(connection, first, DESK).stories == {}
    assert list(store.reads.grown(NOW + HOUR, NOW + 2 * HOUR)) == []


def test_any_number_of_stories_is_read(store: Store) -> None:
    """A catch-up or a digest may tell of more of them than the database takes values."""
    entry = brings(store, 1, LAUNCH, "dprk", now=NOW + MINUTE)
    with store.database.read() as connection:
        assert list(read_stories(connection, range(-1, 70_000))) == [entry]


# --- what waits for sources --------------------------------------------------------------------------------------

THREE = Telling(sources=3)


def test_what_waits_behind_another_match_is_not_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live blog grows by the minute: one of its matches is asked again each time, and all follow what it became."""
    asked: list[int] = []

    def counting(policy: Policy, some: Sequence[Asked], since: Mapping[str, datetime], now: datetime) -> list[Decision]:
        asked.append(len(some))
        return decide(policy, some, since, now)

    monkeypatch.setattr(test_one_alert, "decide", counting)  # what `brings` decides by
    blog = [brings(store, 1, f"{LAUNCH} {n}", "dprk", dprk=THREE, now=NOW + n * MINUTE) for n in range(8)]
    assert [outcome(store, each) for each in blog] == [[Outcome.FEW_SOURCES]] * len(blog)
    assert max(asked) <= 2
    brings(store, 2, SAME, "dprk", dprk=THREE, now=NOW + 9 * MINUTE)
    brings(store, 3, SAME + " again", "dprk", dprk=THREE, now=NOW + 9 * MINUTE)
    first, *others = (outcome(store, each) for each in blog)
    assert first == [Outcome.ALERT]
    assert {each for some in others for each in some} <= {Outcome.SAME_REPORT, Outcome.SAME_STORY}


@pytest.mark.parametrize("change", [delete(rules), update(rules).values(enabled=False)], ids=["gone", "disabled"])
def test_a_rule_that_is_not_live_tells_nothing_of_what_waited(store: Store, change: Delete | Update) -> None:
    """Its story grows without it, and its match stays as it was."""
    first = brings(store, 1, LAUNCH, "dprk", dprk=THREE)
    with store.database.write() as (connection, _):
        connection.execute(change)
    brings(store, 2, SAME)
    store.polls.commit_stories(10, NOW, partial(decide, Policy(30 * DAY, [DESK])))
    story = store.reads.story(first)
    assert story is not None
    assert len(story.reports) > 1
    assert (outcome(store, first), store.outbox.list()) == ([Outcome.FEW_SOURCES], [])


# --- what is gone ------------------------------------------------------------------------------------------------


def test_what_was_pruned_is_compared_with_no_more(store: Store, url: str) -> None:
    """A report of the same begins a story anew, which is told once: by the process that pruned, and by another."""
    brings(store, 1, LAUNCH, "dprk")
    with open_store(url) as other:
        brings(other, 2, OTHER, "dprk")  # both know what there was
        later = NOW + 2 * DAY
        store.outbox.drop(1, later)
        store.outbox.drop(2, later)
        kept = {"entries": DAY, "alerts": DAY, "evidence": DAY, "seen": DAY}
        assert store.upkeep.prune(**kept, now=later + DAY)
        again = brings(other, 2, SAME, "dprk", now=later)
        assert list(other.reads.stories([again])) == [again]
        repeat = brings(store, 3, SAME + " today", "dprk", now=later)
    assert [outcome(store, each)[0] for each in (again, repeat)] == [Outcome.ALERT, Outcome.SAME_REPORT]


# --- spikes ------------------------------------------------------------------------------------------------------


@pytest.mark.sqlite
@pytest.mark.parametrize(("weeks", "wanted"), [((1, 2, 3, 4, 5, 60), 1.0), ((2, 2, 4, 60), 0.75), ((), 0.0)])
def test_what_is_usual_is_read_of_the_last_weeks_alone(store: Store, weeks: tuple[int, ...], wanted: float) -> None:
    """The same hour of four weeks counts, and nothing else of what the rule ever found is read for it."""
    for number, week in enumerate(weeks):
        brings(store, 1, f"Old news number {number}", "dprk", now=NOW - week * 7 * DAY - MINUTE)
    brings(store, 1, LAUNCH, "missiles", now=NOW - 7 * DAY - MINUTE)
    with store.database.read() as connection:
        assert read_pace(connection, "dprk", now=NOW).usual == wanted
        plans = plans_of(connection)
        read_pace(connection, "dprk", now=NOW)
    by_rule = [each for each in plans if "ix_matches_rule_created (rule=?)" in each]
    assert all("LIMIT" in each for each in by_rule), by_rule


def test_the_pace_of_a_rule_is_read_once_in_a_transaction(store: Store) -> None:
    """However many of its reports a poll brings."""
    asked: list[Pace] = []

    def deciding(some: Sequence[Asked], since: Mapping[str, datetime], now: datetime) -> list[Decision]:
        asked.extend(each.pace("dprk") for each in some if each.pace is not None)
        return decide(Policy(30 * DAY, [DESK]), some, since, now)

    news = [entry(name, found("dprk")) for name in ("one", "two")]
    store.polls.commit_polls([polled(*news, feed=1)], NOW, deciding)
    assert len(asked) == len(news)
    assert asked[0] is asked[1]


# --- a user's word -----------------------------------------------------------------------------------------------


def test_stories_that_are_joined_share_what_was_wished_of_either(store: Store) -> None:
    """The mute that ends last, the follow that began first; and what was sent of either is edited."""
    one, other = brings(store, 1, LAUNCH, "dprk"), brings(store, 2, OTHER, "dprk")
    sent(store)
    for each, hours in ((one, 1), (other, 2)):
        store.changes.mute(f"story {each}", NOW + hours * HOUR, "Ann", "muted it", NOW)
        store.changes.follow(each, "Ann", "follows it", NOW - hours * HOUR)
    store.grouping.merge(one, other, NOW, deciding())
    (mute,) = store.mutes.in_force(NOW)
    assert (mute.rule, mute.until) == (f"story {one}", NOW + 2 * HOUR)
    story = store.reads.story(one)
    assert story is not None
    assert story.followed == NOW - 2 * HOUR
    assert stale(store) == {1: one, 2: one}


def test_stories_that_are_joined_share_mutes_desk_by_desk(store: Store) -> None:
    """What one desk muted does not mute the story at another, and a story of a longer number is another."""
    one, other = brings(store, 1, LAUNCH, "dprk"), brings(store, 2, OTHER, "dprk")
    for name, hours in ((f"korea/story {other}", 2), (f"story {one}", 1), (f"story {other}{other}", 3)):
        store.changes.mute(name, NOW + hours * HOUR, "Ann", "muted it", NOW)
    store.grouping.merge(one, other, NOW, deciding())
    assert {mute.rule: mute.until for mute in store.mutes.in_force(NOW)} == {
        f"korea/story {one}": NOW + 2 * HOUR,
        f"story {one}": NOW + HOUR,
        f"story {other}{other}": NOW + 3 * HOUR,
    }


def test_messages_go_with_the_reports_that_they_tell_of(store: Store) -> None:
    """Parted, a report takes its message along; both stories' messages are edited."""
    one, other = brings(store, 1, LAUNCH, "dprk"), brings(store, 2, OTHER, "dprk")
    store.grouping.merge(one, other, NOW, deciding())
    sent(store)
    assert store.grouping.part(one, [other], NOW, deciding()) == other
    assert stale(store) == {1: one, 2: other}


def plans_of(connection: Connection) -> list[str]:
    """How the database finds what is asked from now on, by this connection, with a word where it needs few rows."""
    plans: list[str] = []

    def explain(_: object, cursor: Any, statement: str, values: Any, *__: object) -> None:
        if not statement.startswith("EXPLAIN"):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
            plans.append(" ".join(row[3] for row in rows) + (" LIMIT" if "LIMIT" in statement else ""))

    listen(connection, "before_cursor_execute", explain)
    return plans


def stale(store: Store) -> dict[int, int]:
    """The story of each message that is to be edited, by its id."""
    query = select(deliveries.c.id, deliveries.c.story_id).where(deliveries.c.stale.is_not(None))
    with store.database.read() as connection:
        return {row.id: row.story_id for row in connection.execute(query)}


# --- the past ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (THREE, Telling(), 1),
        (THREE, THREE, 0),
        (Telling(spike=3.0), Telling(), 1),
        (Telling(spike=3.0), Telling(spike=2.0), 0),
    ],
    ids=["fewer sources", "as many", "no spike", "a lower spike"],
)
def test_what_waited_is_told_of_the_past(store: Store, before: Telling, after: Telling, told: int) -> None:
    """Where its rule no longer wants what it waited for, one alert tells the event, as if it had come so."""
    first, second = brings(store, 1, LAUNCH, "query", query=before), brings(store, 2, SAME, "query", query=before)
    assert store.outbox.list() == []
    telling = {"query": after}
    late = list(late_matches(store, RuleSet([query_rule("missile")]), NOW - HOUR))
    assert [each.entry for each in late] == [first, second]
    deciding = partial(decide, Policy(30 * DAY, [DESK], telling=telling))
    assert store.polls.decide_again(waited_in(late, telling), NOW, deciding) == told
    assert outcome(store, first) == [Outcome.ALERT] * told or not told


def test_of_a_rule_that_tells_spikes_the_newest_match_is_asked(store: Store) -> None:
    """A spike that is under way by what the rule wants now is one alert, not one for each report of it."""
    for number, title in enumerate(EVENTS):
        brings(store, number % 3 + 1, title, "query", query=Telling(spike=100.0), now=NOW - DAY)
    found = [
        brings(store, n % 3 + 1, f"{title} again", "query", query=Telling(spike=100.0))
        for n, title in enumerate(EVENTS)
    ]
    telling = {"query": Telling(spike=2.0)}
    late = list(late_matches(store, RuleSet([query_rule("again")]), NOW - HOUR))
    (asked,) = waited_in(late, telling)
    deciding = partial(decide, Policy(30 * DAY, [DESK], telling=telling))
    assert store.polls.decide_again([asked], NOW, deciding) == 1
    assert outcome(store, found[-1]) == [Outcome.ALERT]


@pytest.mark.sqlite
def test_when_a_story_was_told_last_is_found_by_its_reports(store: Store) -> None:
    """All that a channel ever sent is not looked through for it."""
    brings(store, 1, LAUNCH, "dprk")
    sent(store)
    with store.database.read() as connection:
        found = plans_of(connection)
        brings(store, 2, SAME, "missiles", severity=Severity.HIGH)
        assert waiting_in_chat(connection, "@desk")[0].story_told == NOW
    (plan,) = (each for each in found if "ix_entries_story_id" in each)
    assert "ix_deliveries_state_channel" not in plan


# --- after an update from a version without stories --------------------------------------------------------------


def without_stories(store: Store) -> None:
    """Make the store one that was never asked what belongs together."""
    with store.database.write() as (connection, _):
        connection.execute(update(entries).values(story_id=None))
        connection.execute(delete(story_window))
        connection.execute(delete(stories))
    store.grouping.forget()


def test_what_alerted_joins_first(store: Store) -> None:
    """The next report of it must find its story, however much else there is that was compared with none."""
    for number in range(5):
        brings(store, 1, f"{OTHER} {number}")
    alerted = brings(store, 2, LAUNCH, "dprk")
    without_stories(store)
    deciding = partial(decide, Policy(30 * DAY, [DESK]))
    assert [store.polls.commit_stories(3, NOW, deciding, alerted=True) for _ in range(2)] == [1, 0]
    assert list(store.reads.stories([alerted])) == [alerted]
    assert outcome(store, brings(store, 3, SAME, "dprk")) == [Outcome.SAME_REPORT]
    assert [store.polls.commit_stories(3, NOW, deciding) for _ in range(3)] == [3, 2, 0]


def test_what_is_too_old_for_a_story_waits_for_none(store: Store) -> None:
    """What a first poll brings is in none at once where it is older than three days: thousands would wait in vain."""
    entries_of_it = [replace(entry(f"{age}"), published=NOW - age * DAY, baseline=True) for age in (2, 4)]
    deciding = partial(decide, Policy(30 * DAY, [DESK]))
    young, _ = store.polls.commit_polls([polled(*entries_of_it, feed=1)], NOW, deciding)
    assert [store.polls.commit_stories(9, NOW, deciding) for _ in range(2)] == [1, 0]
    assert [each.id for each in store.reads.entries() if each.story] == [young]


# --- many feeds at once ------------------------------------------------------------------------------------------


def test_an_import_pushes_out_nothing_that_alerted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What many feeds show at their first poll joins while there is room; the rest is in no story."""
    monkeypatch.setattr(grouping, "_BASELINES_UP_TO", 4)
    monkeypatch.setattr(grouping, "_LARGEST", 6)
    brings(store, 1, OTHER, "dprk", now=NOW - 4 * DAY)  # is remembered, and takes no room
    alerted = brings(store, 1, LAUNCH, "dprk")
    shown = [replace(entry(f"{n}", found("cup")), baseline=True) for n in range(8)]
    deciding = partial(decide, Policy(30 * DAY, [DESK]))
    new = store.polls.commit_polls([polled(*shown, feed=2)], NOW, deciding)
    stories = {each.id: each.story for each in store.reads.entries()}
    assert [bool(stories[each]) for each in new] == [True] * 3 + [False] * 5
    repeat = brings(store, 3, SAME, "dprk")
    assert (outcome(store, repeat), stories[alerted]) == ([Outcome.SAME_REPORT], alerted)
    later = [replace(entry(f"later {n}", found("cup")), baseline=True) for n in range(3)]
    more = store.polls.commit_polls([polled(*later, feed=2)], NOW + 4 * DAY, deciding)
    stories = {each.id: each.story for each in store.reads.entries()}
    assert all(stories[each] for each in more), "days later there is room again"
