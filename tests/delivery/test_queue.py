"""What is held, released, joined and put off before the next message goes, and in which order, as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from digest.clock import Awake
from digest.delivery.queue import (
    AN_UPDATE,
    ASKS_MODEL,
    COMING_IN,
    IN_A_DIGEST,
    MODEL_WAIT,
    PAGE_WAIT,
    READS_PAGE,
    SETTLED,
    SETTLES,
    UNWRITTEN,
    ChannelNow,
    Placed,
    Plan,
    Situation,
    Told,
    Waiting,
    plan_queue,
)
from digest.delivery.retries import Patience, Trouble
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Severity
from digest.values.stories import story_name

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MORNING = NOW + timedelta(hours=8)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
QUEUED, HELD, DEAD = DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.DEAD
ALERT, DIGEST, CATCH_UP, NOTICE = DeliveryKind
QUIET, MUTE, BUNDLE = Hold
PATIENCE = Patience(DAY, Awake(((NOW - HOUR, NOW),)))


def told(*alerts: int, rule: str = "", feed: int = 1, severity: Severity = Severity.NORMAL) -> tuple[Told, ...]:
    """Alerts by a rule of their own each, called as they are, or by this one."""
    return tuple(Told(alert, rule or str(alert), severity, feed) for alert in alerts)


def waits(number: int, kind: DeliveryKind = ALERT, **more: Any) -> Waiting:
    """A message that tells of one alert of the same number."""
    plain = Waiting(number, "desk", kind, QUEUED, Severity.NORMAL, NOW, NOW, told(number), turn=number)
    return replace(plain, **more)


def held(number: int, kind: DeliveryKind = ALERT, *, by: Hold = QUIET, **more: Any) -> Waiting:
    """One that is held."""
    return waits(number, kind, state=HELD, held_by=by, **more)


@dataclass
class Done:
    """A plan, by id."""

    hold: dict[int, tuple[Hold, datetime]]
    release: list[int]
    join: list[tuple[int, ...]]
    told: list[int]
    because: list[Hold | None]
    plan: Plan

    def of(self, number: int) -> Placed:
        """What becomes of one that is not joined."""
        return next(each for each in self.plan.placed if each.id == number)

    def __bool__(self) -> bool:
        return bool(self.plan)


def plan(*waiting: Waiting, **more: Any) -> Done:
    """What is planned for one channel, or the situation given."""
    given: dict[str, Any] = {"now": NOW, "patience": PATIENCE, "channels": {"desk": ChannelNow()}}
    found = plan_queue(waiting, Situation(**(given | more)))
    held_on = (each for each in found.placed if each.state is HELD and each.reason != IN_A_DIGEST)
    holds = {each.id: (each.held_by, each.not_before) for each in held_on}
    was_held = {each.id for each in waiting if each.state is HELD}
    return Done(
        hold=holds,  # type: ignore[arg-type]  # what is held says by what and until when
        release=[each.id for each in found.placed if each.state is QUEUED and each.id in was_held],
        join=[each.ids for each in found.joined],
        told=[each.id for each in found.placed if each.reason == IN_A_DIGEST],
        because=[each.because for each in found.joined],
        plan=found,
    )


def at_night(*waiting: Waiting, **more: Any) -> Done:
    """Within quiet hours."""
    return plan(*waiting, **({"channels": {"desk": ChannelNow(MORNING)}} | more))


def words_of(until: datetime) -> str:
    """As the reason of what is held so already."""
    return plan(waits(1), channels={"desk": ChannelNow(until)}).of(1).reason


# --- hold and release --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", DeliveryKind)
def test_quiet_hours_hold_every_kind(kind: DeliveryKind) -> None:
    """Alerts, digests, catch-ups and notices all wait for the morning."""
    assert at_night(waits(1, kind)).hold == {1: (QUIET, MORNING)}


@pytest.mark.parametrize(
    "each",
    [
        waits(1, severity=Severity.URGENT),
        waits(1, retried=True),
        waits(1, DIGEST, severity=Severity.URGENT),
        held(1, not_before=MORNING, reason=words_of(MORNING)),
    ],
    ids=["urgent", "asked for again", "urgent digest", "held already"],
)
def test_what_quiet_hours_leave_alone(each: Waiting) -> None:
    """Urgent messages and what a user asked for go; what is held stays held, without being written again."""
    assert not at_night(each)


def test_other_quiet_hours_are_told() -> None:
    """What is held until another time than it says, for the config was changed, says so."""
    assert at_night(held(1, not_before=NOW)).hold == {1: (QUIET, MORNING)}


def test_what_was_begun_is_held_too() -> None:
    """A message whose repeat is due waits for the morning like any other."""
    assert at_night(waits(1, begun=True)).hold == {1: (QUIET, MORNING)}


def test_the_morning_releases_one_as_it_is_and_several_as_one() -> None:
    """A single message goes as it was written; more become one catch-up, with what came since."""
    assert plan(held(1)).release == [1]
    found = plan(held(1), held(2), waits(3))
    assert (found.join, found.because, found.release) == ([(1, 2, 3)], [QUIET], [])
    found = plan(held(1), waits(2))
    assert (found.release, found.join) == ([1], [])


def test_an_alert_that_only_a_muted_rule_makes_severe_is_muted() -> None:
    """Where the rule that is not muted would not have been told; elsewhere it goes, as severe as that one makes it."""
    both = (*told(1), *told(2, severity=Severity.HIGH))
    mixed = waits(1, told=both, severity=Severity.HIGH)
    muted = {"2": MORNING}
    high = {"desk": ChannelNow(floor=Severity.HIGH)}
    assert plan(mixed, muted_until=muted, channels=high).hold == {1: (MUTE, MORNING)}
    assert not plan(mixed, muted_until=muted, channels={"desk": ChannelNow(floor=Severity.NORMAL)})
    assert not plan(mixed, channels=high), "the floor was asked when planned"


def test_a_muted_rule_makes_nothing_urgent() -> None:
    """What only that would let pass waits for the morning."""
    mixed = waits(1, told=(*told(1, severity=Severity.URGENT), *told(2)), severity=Severity.URGENT)
    assert at_night(mixed, muted_until={"1": NOW + 48 * HOUR}).hold == {1: (QUIET, MORNING)}
    assert not at_night(mixed)


def test_a_muted_rule_holds_its_alerts() -> None:
    """Only messages all of whose alerts are muted, until the first of them is not; urgent ones, too."""
    muted = {"1": MORNING, "2": MORNING + HOUR}
    found = plan(waits(1, severity=Severity.URGENT), waits(3, told=told(1, 2)), waits(4), muted_until=muted)
    assert (found.hold, found.join) == ({1: (MUTE, MORNING), 3: (MUTE, MORNING)}, [])
    found = plan(held(1, by=MUTE), held(2, by=MUTE), waits(4))
    assert (found.join, found.because) == ([(1, 2, 4)], [MUTE])
    assert not plan(waits(5, DIGEST, told=told(1)), muted_until=muted)


def test_a_mute_that_ends_at_night_waits_for_the_morning() -> None:
    """Then quiet hours hold it on."""
    assert at_night(held(1, by=MUTE)).hold == {1: (QUIET, MORNING)}


def test_what_is_muted_at_night_says_when_both_are_over() -> None:
    """Whichever ends later holds it, and is told."""
    for until, hold in ((MORNING - HOUR, (QUIET, MORNING)), (MORNING + HOUR, (MUTE, MORNING + HOUR))):
        assert at_night(waits(1), muted_until={"1": until}).hold == {1: hold}


def test_the_reason_says_until_when() -> None:
    """In the channel's zone."""
    seoul = ZoneInfo("Asia/Seoul")
    assert plan(waits(1), channels={"desk": ChannelNow(MORNING, seoul)}).of(1).reason == (
        "quiet hours until 00:00 KST, 23 Nov"
    )
    muted = plan(waits(1), channels={"desk": ChannelNow(None, seoul)}, muted_until={"1": MORNING})
    assert muted.of(1).reason == "muted until 00:00 KST, 23 Nov"


# --- join --------------------------------------------------------------------------------------------------------


def test_where_nothing_is_joined_each_is_released_by_itself() -> None:
    """In a file every alert stands by itself."""
    found = plan(held(1), held(2, by=MUTE), waits(3), flood=1, channels={"desk": ChannelNow(joins=False)})
    assert (found.release, found.join) == ([1, 2], [])


def test_what_is_never_joined() -> None:
    """Urgent, asked for again, begun, perhaps there, digests and notices go by themselves whatever is released."""
    apart = [
        held(1, severity=Severity.URGENT),
        held(2, retried=True),
        held(3, begun=True),
        held(4, NOTICE, told=()),
        held(5, copies=1),
    ]
    found = plan(*apart, held(6), held(7))
    assert (found.release, found.join) == ([1, 2, 3, 4, 5], [(6, 7)])


def test_a_digest_takes_the_place_of_the_catch_up_it_covers() -> None:
    """What a digest of the same morning tells is not told twice; the rest is."""
    digest = held(9, DIGEST, told=told(1, 2, 3))
    found = plan(held(1), held(2), digest)
    assert (found.release, found.told, found.join) == ([9], [1, 2], [])
    found = plan(held(1), held(4), held(5), digest)
    assert (found.release, found.told, found.join, found.because) == ([9], [1], [(4, 5)], [QUIET])
    half = held(6, told=told(3, 8))
    assert plan(half, digest).release == [6, 9]
    assert plan(held(1), held(2), replace(digest, state=QUEUED, held_by=None)).told == [1, 2]


def test_what_is_released_outlives_a_digest_that_is_given_up() -> None:
    """A digest that goes nowhere covers nothing, and what was held is wanted only from its release on."""
    off = Trouble("refused", NOW, 9)
    old: dict[str, Any] = {"created": NOW - 2 * DAY, "wanted_since": NOW - 2 * DAY}
    digest = waits(9, DIGEST, told=told(1), failed=True, attempts=9, **old)
    patience = Patience(DAY, Awake(((NOW - 3 * DAY, NOW),)))
    done = plan(held(1, by=MUTE, **old), digest, troubles={"desk": off}, patience=patience)
    assert (done.of(9).state, done.of(1).state, done.told) == (DEAD, QUEUED, [])


def test_a_digest_by_day_takes_nothing_away() -> None:
    """An alert that was never held is told at once, a digest beside it or not."""
    assert not plan(waits(1), waits(9, DIGEST, told=told(1)))


def test_more_than_the_flood_limit_become_one() -> None:
    """Counted are messages: an entry that two rules found is one; at the limit nothing is joined."""
    some = [waits(number) for number in range(1, 21)]
    assert not plan(*some)
    assert plan(*some, waits(21)).join == [tuple(range(1, 22))]
    assert not plan(waits(1, told=told(1, 100)), *some[1:])
    assert not plan(*some, waits(21, channel="phone"))


def test_urgent_goes_by_itself_in_a_flood() -> None:
    """It is neither joined nor counted."""
    urgent = [waits(number, severity=Severity.URGENT) for number in range(100, 130)]
    assert not plan(*urgent, waits(1))
    assert plan(*urgent, *(waits(number) for number in range(1, 22))).join == [tuple(range(1, 22))]


def test_an_open_catch_up_takes_in_what_comes() -> None:
    """As long as it has not gone, the next alert joins it; one of which a part has arrived is closed."""
    catch_up = waits(5, CATCH_UP, told=told(*range(100, 130)))
    assert plan(catch_up, waits(6), flood=100).join == [(5, 6)]
    assert not plan(catch_up, flood=100)
    assert not plan(replace(catch_up, begun=True), waits(6))


def test_a_catch_up_that_may_have_arrived_takes_others_in_only_while_others_fail_too() -> None:
    """Where all failures in a row are its own, another message is tried, and goes where the service takes it."""
    lost = waits(5, CATCH_UP, failed=True, attempts=2, copies=2, retry_at=NOW + HOUR, not_before=NOW + HOUR, reason="?")
    alone, all_of_it = (Trouble("no answer", NOW + SECOND, failures) for failures in (2, 3))
    found = plan(lost, waits(6), troubles={"desk": alone})
    assert (found.join, found.of(5).not_before, found.of(6).not_before) == ([], NOW + HOUR, NOW + SECOND)
    assert plan(lost, waits(6), troubles={"desk": all_of_it}).join == [(5, 6)]
    assert not plan(lost, waits(6))


@pytest.mark.parametrize("kind", [ALERT, CATCH_UP])
def test_what_cannot_be_written_takes_no_other_with_it(kind: DeliveryKind) -> None:
    """Joined with it the others could not be written either, and each that joins would put off its giving up."""
    broken = waits(5, kind, failed=True, attempts=1, retry_at=NOW + HOUR, not_before=NOW + HOUR, reason=UNWRITTEN)
    assert not plan(broken, waits(6), flood=1).join
    assert plan(replace(broken, reason="?"), waits(6), flood=1).join == [(5, 6)]
    assert plan(replace(broken, attempts=3, wanted_since=NOW - DAY), waits(6), flood=1).of(5).state is DEAD


def test_a_flood_is_let_come_for_a_while() -> None:
    """Three seconds anew with each that joins, half a minute in all; what was held goes at once."""
    some = [waits(number) for number in range(1, 22)]
    (joined,) = plan(*some).plan.joined
    assert (joined.retry_at, joined.placed.not_before, joined.placed.reason) == (
        NOW + SETTLES,
        NOW + SETTLES,
        COMING_IN,
    )
    old = waits(5, CATCH_UP, created=NOW - SETTLED + SECOND)
    (joined,) = plan(old, waits(6)).plan.joined
    assert joined.placed.not_before == NOW + SECOND
    (joined,) = plan(held(1), held(2)).plan.joined
    assert joined.placed.not_before == NOW
    (joined,) = plan(*some, settle=timedelta(0)).plan.joined
    assert joined.placed.not_before == NOW


def test_a_catch_up_that_failed_is_not_sent_sooner_for_what_joins_it() -> None:
    """After a lost answer it waits its minute all the same."""
    failed = waits(5, CATCH_UP, failed=True, retry_at=NOW + 60 * SECOND, reason="lost")
    (joined,) = plan(failed, waits(6)).plan.joined
    assert (joined.placed.not_before, joined.placed.reason) == (NOW + 60 * SECOND, "lost")


# --- not before --------------------------------------------------------------------------------------------------


def test_while_much_is_coming_in_alerts_wait_for_each_other() -> None:
    """But not urgent ones, what was asked for, digests and notices; then they go, or are one message."""
    until = NOW + 30 * SECOND
    apart = [waits(1, severity=Severity.URGENT), waits(2, retried=True), waits(3, DIGEST), waits(4, NOTICE, told=())]
    assert not plan(*apart, gathering_until=until)
    assert plan(waits(5), gathering_until=until).of(5) == Placed(5, QUEUED, until, COMING_IN, 5)
    some = [waits(number, not_before=until, reason=COMING_IN) for number in range(1, 22)]
    assert not plan(*some, gathering_until=until), "that it is a flood is known at the end"
    assert plan(*some).join == [tuple(range(1, 22))]
    assert plan(some[0]).of(1) == Placed(1, QUEUED, None, "", 1)


def test_a_flood_waits_until_all_of_it_has_come_in() -> None:
    """What is no flood goes meanwhile; it waits for half a minute at most, whatever is still coming."""
    until = NOW + 20 * SECOND
    some = [waits(number) for number in range(1, 22)]
    (joined,) = plan(*some, flood_until=until).plan.joined
    assert joined.placed.not_before == until
    assert not plan(waits(1), flood_until=until)
    old = waits(5, CATCH_UP, created=NOW - SETTLED + SECOND, retry_at=NOW)
    assert plan(old, flood_until=until).of(5).not_before == NOW + SECOND
    waited = replace(old, not_before=until, reason=COMING_IN)
    assert plan(waited).of(5) == Placed(5, QUEUED, NOW, "", 5)


def test_a_channel_whose_place_takes_nothing_puts_all_off() -> None:
    """Until it is tried again; other channels of the same chat go on. Its words stand on each."""
    trouble = Trouble("the topic is closed", NOW + HOUR, 3)
    channels = {"desk": ChannelNow(), "phone": ChannelNow()}
    found = plan(waits(1), waits(2, channel="phone"), troubles={"desk": trouble}, channels=channels)
    assert [each.id for each in found.plan.placed] == [1]
    assert found.of(1) == Placed(1, QUEUED, NOW + HOUR, "the topic is closed", 1)
    waited = waits(1, not_before=NOW + HOUR, reason="the topic is closed")
    assert plan(waited).of(1) == Placed(1, QUEUED, None, "", 1)


def test_what_failed_keeps_its_time_and_its_words() -> None:
    """Whatever else begins and ends; the latest of all that it waits for counts."""
    failed = waits(1, failed=True, retry_at=NOW + HOUR, not_before=NOW + HOUR, reason="no answer")
    assert not plan(failed, gathering_until=NOW + SECOND)
    assert plan(failed, gathering_until=NOW + 2 * HOUR).of(1).not_before == NOW + 2 * HOUR


@pytest.mark.parametrize(
    ("attempts", "trouble", "age", "ends"),
    [
        (3, Trouble(), DAY, DEAD),
        (2, Trouble(), DAY, QUEUED),
        (3, Trouble(), DAY - SECOND, QUEUED),
        (0, Trouble("closed", NOW + HOUR, 3), DAY, DEAD),
        (0, Trouble("closed", NOW + HOUR, 2), DAY, QUEUED),
    ],
    ids=["tried for a day", "tried twice", "tried for less", "its place for a day", "its place tried twice"],
)
def test_giving_up(attempts: int, trouble: Trouble, age: timedelta, ends: DeliveryState) -> None:
    """After so long, and three tries of it or of its place, it is dead with what happened last."""
    old = waits(1, attempts=attempts, failed=attempts > 0, reason="lost" if attempts else "", wanted_since=NOW - age)
    found = plan(replace(old, not_before=NOW), troubles={"desk": trouble}).of(1)
    assert found.state is ends
    if ends is DEAD:
        assert found.reason == f"given up: {trouble.off or 'lost'}"


def test_time_in_which_nobody_could_try_is_not_counted() -> None:
    """Neither a night asleep, nor the first minutes after it; who runs now and then counts by the calendar."""
    old = waits(1, attempts=9, failed=True, reason="lost", wanted_since=NOW - DAY, not_before=NOW)
    slept = Patience(DAY, Awake(((NOW - DAY, NOW - 9 * HOUR), (NOW - HOUR, NOW))))
    assert plan(old, patience=slept).of(1).state is QUEUED
    assert (
        plan(old, patience=Patience(DAY, Awake(((NOW - DAY, NOW - SECOND), (NOW - SECOND, NOW))))).of(1).state is QUEUED
    )
    assert plan(old, patience=Patience(DAY)).of(1).state is DEAD


def test_what_waits_for_no_failure_is_never_given_up() -> None:
    """It may be old because the chat is busy, or held."""
    assert not plan(waits(1, wanted_since=NOW - 9 * DAY))
    assert plan(held(1, by=MUTE, failed=True, attempts=9, wanted_since=NOW - 9 * DAY), muted_until={"1": MORNING}).hold


# --- turns -------------------------------------------------------------------------------------------------------


def turns(*waiting: Waiting) -> list[int]:
    """Ids in the order in which they go."""
    found = {each.id: each.turn for each in plan(*waiting, flood=10_000).plan.placed}
    order = {each.id: (-each.severity, found.get(each.id, each.turn), each.id) for each in waiting}
    return sorted(order, key=order.__getitem__)


def new(number: int, feed: int, severity: Severity = Severity.NORMAL, turn: int | None = None) -> Waiting:
    """An alert of a feed that has no turn yet."""
    return waits(number, told=told(number, feed=feed), severity=severity, turn=turn)


def test_feeds_take_turns() -> None:
    """What one brings in masses makes the few of another wait for no more than one each; severer goes first anyway."""
    many = [new(number, 1) for number in range(1, 6)]
    assert turns(*many, new(6, 2), new(7, 2), new(8, 3, Severity.HIGH)) == [8, 1, 6, 2, 7, 3, 4, 5]


def test_who_comes_later_begins_where_the_others_are() -> None:
    """A feed that comes again and again does not keep one waiting that has brought much at once."""
    many = [new(number, 1, turn=number) for number in range(501, 505)]
    assert turns(*many, new(900, 2), new(901, 2)) == [501, 900, 502, 901, 503, 504]


def test_the_rest_of_what_was_begun_goes_first() -> None:
    """Of equally severe ones."""
    assert turns(new(1, 1, turn=4), new(2, 1, turn=0), new(3, 2)) == [2, 1, 3]


# --- stories -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "until"),
    [
        (waits(1, story=7, story_told=NOW - 10 * SECOND), NOW - 10 * SECOND + HOUR / 2),
        (waits(1, story=7, story_told=NOW - HOUR), None),
        (waits(1, story=7, story_told=NOW + HOUR), NOW + HOUR / 2),
        (waits(1, story=7, story_told=NOW, severity=Severity.URGENT), None),
        (waits(1, story=7, story_told=NOW, retried=True), None),
        (waits(1, story=7), None),
    ],
    ids=["just told", "told long ago", "told in the future", "urgent", "asked for again", "never told"],
)
def test_an_update_waits_after_the_last_message_of_its_story(each: Waiting, until: datetime | None) -> None:
    """Half an hour, and no longer whatever a clock said; it says so, and is not held or joined with others for it."""
    found = plan(each)
    assert not found.hold
    assert (found.of(1).not_before, found.of(1).reason) == (until, AN_UPDATE) if until else not found


TRIED = waits(1, story=7, attempts=1, copies=1, retry_at=NOW + HOUR)


@pytest.mark.parametrize(
    ("first", "update", "until"),
    [
        (TRIED, {}, NOW + 3 * HOUR / 2),
        (replace(TRIED, retry_at=NOW - HOUR), {}, NOW + HOUR / 2),
        (replace(TRIED, attempts=0, copies=0), {}, None),
        (replace(TRIED, story=8), {}, None),
        (replace(TRIED, id=3), {}, None),
        (replace(TRIED, reason=UNWRITTEN), {}, None),
        (TRIED, {"is_update": False}, None),
        (TRIED, {"severity": Severity.URGENT}, None),
    ],
    ids=["in doubt", "due", "new", "of another story", "later", "not to be written", "no update", "urgent"],
)
def test_an_update_waits_while_nobody_knows_of_the_message_before(
    first: Waiting, update: dict[str, Any], until: datetime | None
) -> None:
    """Until half an hour after that is tried next: once that is sent, or given up, it is asked no more."""
    found = plan(first, replace(waits(2, story=7, is_update=True), **update))
    placed = [each for each in found.plan.placed if each.id == 2]
    assert [(each.not_before, each.reason) for each in placed] == ([(until, AN_UPDATE)] if until else [])
    assert not found.join


SEOUL, PARIS = ZoneInfo("Asia/Seoul"), ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("every", "zone", "until"),
    [
        (2 * HOUR, UTC, NOW + HOUR),
        (2 * HOUR, SEOUL, NOW + 2 * HOUR),
        (5 * HOUR, UTC, NOW + 3 * HOUR),
        (DAY, SEOUL, NOW + 8 * HOUR),
        (HOUR / 2, PARIS, NOW + HOUR / 2),
    ],
)
def test_bundles_go_when_the_clock_shows_their_time(every: timedelta, zone: ZoneInfo, until: datetime) -> None:
    """Counted from midnight in the channel's zone; the hours begin anew each day."""
    found = plan(waits(1, every=every), channels={"desk": ChannelNow(zone=zone)})
    assert found.hold == {1: (BUNDLE, until)}
    assert not plan(waits(1, every=every, severity=Severity.URGENT), channels={"desk": ChannelNow(zone=zone)})


def test_a_bundle_is_one_message() -> None:
    """What was held for it is joined once its time has come; alone it goes as it is."""
    two = [held(number, by=BUNDLE, every=2 * HOUR, created=NOW - 2 * HOUR) for number in (1, 2)]
    found = plan(*two)
    assert (found.join, found.because) == ([(1, 2)], [BUNDLE])
    assert plan(two[0]).release == [1]


def test_what_goes_at_once_is_in_no_bundle() -> None:
    """Nor in one that was joined before and has not gone yet: neither waits for the other, or hides it in a line."""
    two = [held(number, by=BUNDLE, every=2 * HOUR, created=NOW - 2 * HOUR) for number in (1, 2)]
    assert plan(*two, waits(3)).join == [(1, 2)]
    assert plan(waits(1, kind=DeliveryKind.CATCH_UP, bundle=True), waits(2)).join == []


def test_a_muted_story_is_held() -> None:
    """As what a muted rule finds: by its own name among what is muted."""
    muted = {story_name(7): MORNING}
    assert plan(waits(1, story=7), muted_until=muted).hold == {1: (MUTE, MORNING)}
    assert not plan(waits(1, story=8), muted_until=muted)


# --- the article's page ------------------------------------------------------------------------------------------


def test_an_alert_waits_for_its_page() -> None:
    """For ten seconds from when it came, and says so."""
    found = plan(waits(1), unread=frozenset({1})).of(1)
    assert (found.state, found.not_before, found.reason) == (QUEUED, NOW + PAGE_WAIT, READS_PAGE)
    assert timedelta(seconds=10) == PAGE_WAIT


@pytest.mark.parametrize(
    ("message", "unread"),
    [
        (waits(1), 2),
        (waits(1, severity=Severity.URGENT), 1),
        (waits(1, retried=True), 1),
        (waits(1, created=NOW - PAGE_WAIT), 1),
        (waits(1, DIGEST), 1),
        (waits(1, CATCH_UP), 1),
    ],
    ids=["it is read", "urgent", "asked for again", "waited long enough", "a digest", "a catch-up"],
)
def test_nothing_else_waits_for_a_page(message: Waiting, unread: int) -> None:
    """An urgent one goes at once, and what was not owed just now has waited."""
    assert not plan(message, unread=frozenset({unread}))


def test_a_page_that_was_read_lets_its_message_go() -> None:
    """As soon as it is stored, whatever was planned before."""
    found = plan(waits(1, not_before=NOW + PAGE_WAIT, reason=READS_PAGE)).of(1)
    assert (found.not_before, found.reason) == (None, "")


def test_what_comes_in_is_waited_for_longer_than_a_page() -> None:
    """All that it waits for has to be over; the failure of a channel says more than the page."""
    gathering = NOW + timedelta(seconds=30)
    found = plan(waits(1), unread=frozenset({1}), gathering_until=gathering).of(1)
    assert (found.not_before, found.reason) == (gathering, COMING_IN)
    failing = {"desk": Trouble("no token", NOW + HOUR, 1)}
    assert plan(waits(1), unread=frozenset({1}), troubles=failing).of(1).reason == "no token"


# --- the language model ------------------------------------------------------------------------------------------


def test_a_digest_waits_for_the_language_model() -> None:
    """For two minutes from when it was owed, and says so."""
    found = plan(waits(1, DIGEST, asks_model=True)).of(1)
    assert (found.state, found.not_before, found.reason) == (QUEUED, NOW + MODEL_WAIT, ASKS_MODEL)
    assert timedelta(minutes=2) == MODEL_WAIT


@pytest.mark.parametrize("kind", [ALERT, CATCH_UP, NOTICE])
def test_nothing_but_a_digest_waits_for_the_language_model(kind: DeliveryKind) -> None:
    """Whatever its row says."""
    assert not plan(waits(1, kind, asks_model=True))


@pytest.mark.parametrize(
    "message",
    [
        waits(1, DIGEST),
        waits(1, DIGEST, asks_model=True, created=NOW - MODEL_WAIT),
        waits(1, DIGEST, asks_model=True, created=NOW + SECOND),
        waits(1, DIGEST, asks_model=True, retried=True),
    ],
    ids=["it has answered", "waited long enough", "the clock was set back", "asked for again"],
)
def test_a_digest_that_need_not_wait_goes(message: Waiting) -> None:
    """At once, with or without an answer."""
    assert not plan(message)


def test_an_answer_of_the_language_model_lets_its_digest_go() -> None:
    """As soon as it is stored, whatever was planned before."""
    found = plan(waits(1, DIGEST, not_before=NOW + MODEL_WAIT, reason=ASKS_MODEL, turn=None)).of(1)
    assert (found.not_before, found.reason) == (None, "")


def test_no_alert_waits_for_a_digest_that_waits_for_the_language_model() -> None:
    """It goes by itself, as ever."""
    found = plan(waits(1, DIGEST, asks_model=True), waits(2, not_before=NOW + HOUR))
    assert found.of(2).not_before is None


def test_a_story_is_muted_at_a_desk() -> None:
    """Alerts of rules of that desk are held, and no others."""
    found = plan(
        waits(1, story=7, told=told(1, rule="korea/launch")),
        waits(2, story=7, told=told(2, rule="launch")),
        muted_until={f"korea/{story_name(7)}": MORNING},
    )
    assert found.hold == {1: (MUTE, MORNING)}
    found = plan(waits(1, story=7, told=told(1, rule="korea/launch")), muted_until={story_name(7): MORNING})
    assert not found
