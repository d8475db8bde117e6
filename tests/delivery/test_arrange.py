"""What is held, released and joined before the next message goes, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from digest.delivery.queue import Arrangement, Held, Waiting, arrange, hold_reason
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Severity

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MORNING = NOW + timedelta(hours=8)
QUEUED, HELD = DeliveryState.QUEUED, DeliveryState.HELD
ALERT, DIGEST, CATCH_UP, NOTICE = DeliveryKind
QUIET, MUTE = Hold


def waits(number: int, kind: DeliveryKind = ALERT, **more: object) -> Waiting:
    """A message that tells of one alert of the same number."""
    plain = Waiting(number, kind, QUEUED, Severity.NORMAL, alerts=frozenset({number}))
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def held(number: int, kind: DeliveryKind = ALERT, *, by: Hold | None = QUIET, **more: object) -> Waiting:
    """One that is held."""
    return waits(number, kind, state=HELD, held_by=by, **more)


def at_night(*waiting: Waiting) -> Arrangement:
    """Within quiet hours."""
    return arrange(waiting, {}, quiet_until=MORNING, flood=20)


def by_day(*waiting: Waiting, flood: int | None = 20, muted: dict[int, datetime] | None = None) -> Arrangement:
    """Out of quiet hours."""
    return arrange(waiting, muted or {}, quiet_until=None, flood=flood)


@pytest.mark.parametrize("kind", DeliveryKind)
def test_quiet_hours_hold_every_kind(kind: DeliveryKind) -> None:
    """Alerts, digests, catch-ups and notices all wait for the morning."""
    assert at_night(waits(1, kind)) == Arrangement(hold=(Held(1, QUIET, MORNING),))


@pytest.mark.parametrize(
    "each",
    [
        waits(1, severity=Severity.URGENT),
        waits(1, retried=True),
        waits(1, DIGEST, severity=Severity.URGENT),
        held(1, until=MORNING),
        held(1, by=None),
    ],
    ids=["urgent", "asked for again", "urgent digest", "held already", "held by a user"],
)
def test_what_quiet_hours_leave_alone(each: Waiting) -> None:
    """Urgent messages and what a user asked for go; what is held stays held, without being written again."""
    assert not at_night(each)


def test_other_quiet_hours_are_told() -> None:
    """What is held until another time than it says, for the config was changed, says so."""
    assert at_night(held(1, until=NOW)).hold == (Held(1, QUIET, MORNING),)


def test_what_was_begun_is_held_too() -> None:
    """A message whose repeat is due waits for the morning like any other."""
    assert at_night(waits(1, begun=True)).hold == (Held(1, QUIET, MORNING),)


def test_the_morning_releases_one_as_it_is_and_several_as_one() -> None:
    """A single message goes as it was written; more become one catch-up, with what came since."""
    assert by_day(held(1)) == Arrangement(release=(1,))
    assert by_day(held(1), held(2), waits(3)) == Arrangement(join=(1, 2, 3), because=QUIET)
    assert by_day(held(1), waits(2)) == Arrangement(release=(1,))


def test_an_alert_that_only_a_muted_rule_makes_severe_is_muted() -> None:
    """Where the rule that is not muted would not have been told; elsewhere it goes, as severe as that one makes it."""
    mixed = waits(1, alerts=frozenset({1, 2}), severity=Severity.NORMAL)
    muted = {2: MORNING}
    high = arrange([mixed], muted, quiet_until=None, flood=20, floor=Severity.HIGH)
    assert high == Arrangement(hold=(Held(1, MUTE, MORNING),))
    assert not arrange([mixed], muted, quiet_until=None, flood=20, floor=Severity.NORMAL)
    assert not arrange([mixed], {}, quiet_until=None, flood=20, floor=Severity.HIGH), "the floor was asked when planned"


def test_where_nothing_is_joined_each_is_released_by_itself() -> None:
    """In a file every alert stands by itself."""
    waiting = [held(1), held(2, by=MUTE), waits(3)]
    assert arrange(waiting, {}, quiet_until=None, flood=1, joins=False) == Arrangement(release=(1, 2))


def test_what_is_never_joined() -> None:
    """Urgent, asked for again, begun, digests and notices go by themselves, whatever else is released."""
    apart = [
        held(1, severity=Severity.URGENT),
        held(2, retried=True),
        held(3, begun=True),
        held(4, NOTICE, alerts=frozenset()),
    ]
    found = by_day(*apart, held(5), held(6))
    assert (found.release, found.join) == ((1, 2, 3, 4), (5, 6))


def test_a_digest_takes_the_place_of_the_catch_up_it_covers() -> None:
    """What a digest of the same morning tells is not told twice; the rest is."""
    digest = held(9, DIGEST, alerts=frozenset({1, 2, 3}))
    assert by_day(held(1), held(2), digest) == Arrangement(release=(9,), told=(1, 2))
    assert by_day(held(1), held(4), held(5), digest) == Arrangement(release=(9,), told=(1,), join=(4, 5), because=QUIET)
    half = held(6, alerts=frozenset({3, 8}))
    assert by_day(half, digest) == Arrangement(release=(6, 9))
    queued = replace(digest, state=QUEUED, held_by=None)
    assert by_day(held(1), held(2), queued) == Arrangement(told=(1, 2))


def test_a_digest_by_day_takes_nothing_away() -> None:
    """An alert that was never held is told at once, a digest beside it or not."""
    assert not by_day(waits(1), waits(9, DIGEST, alerts=frozenset({1})))


def test_more_than_the_flood_limit_become_one() -> None:
    """Counted are messages: an entry that two rules found is one; at the limit nothing is joined."""
    some = [waits(number) for number in range(1, 21)]
    assert not by_day(*some)
    assert by_day(*some, waits(21)) == Arrangement(join=tuple(range(1, 22)))
    two = waits(1, alerts=frozenset({1, 100}))
    assert not by_day(two, *some[1:])
    assert not by_day(*some, waits(21), flood=None)


def test_urgent_goes_by_itself_in_a_flood() -> None:
    """It is neither joined nor counted."""
    urgent = [waits(number, severity=Severity.URGENT) for number in range(100, 130)]
    assert not by_day(*urgent, waits(1))
    flood = [waits(number) for number in range(1, 22)]
    assert by_day(*urgent, *flood).join == tuple(range(1, 22))


def test_an_open_catch_up_takes_in_what_comes() -> None:
    """As long as it has not gone, the next alert joins it; one of which a part has arrived is closed."""
    catch_up = waits(5, CATCH_UP, alerts=frozenset(range(100, 130)))
    assert by_day(catch_up, waits(6), flood=100) == Arrangement(join=(5, 6))
    assert not by_day(catch_up, flood=100)
    assert not by_day(replace(catch_up, begun=True), waits(6))


def test_a_muted_rule_holds_its_alerts() -> None:
    """Only messages all of whose alerts are muted, until the first of them is not; urgent ones, too."""
    later = MORNING + timedelta(hours=1)
    both = waits(3, alerts=frozenset({1, 2}))
    muted = {1: MORNING, 2: later}
    found = by_day(waits(1, severity=Severity.URGENT), both, waits(4), muted=muted)
    assert found == Arrangement(hold=(Held(1, MUTE, MORNING), Held(3, MUTE, MORNING)))
    assert by_day(held(1, by=MUTE), held(2, by=MUTE), waits(4)) == Arrangement(join=(1, 2, 4), because=MUTE)
    assert not by_day(waits(5, DIGEST, alerts=frozenset({1})), muted=muted)


def test_a_mute_that_ends_at_night_waits_for_the_morning() -> None:
    """Then quiet hours hold it on."""
    assert at_night(held(1, by=MUTE)) == Arrangement(hold=(Held(1, QUIET, MORNING),))


def test_what_a_user_holds_waits_for_the_users_word() -> None:
    """Neither morning nor flood lets it go."""
    assert not by_day(held(1, by=None), held(2, by=None), flood=1)


def test_the_reason_says_until_when() -> None:
    """In the channel's zone."""
    zone = ZoneInfo("Asia/Seoul")
    assert hold_reason(Held(1, QUIET, MORNING), zone, NOW) == "quiet hours until 00:00 KST, 23 Nov"
    assert hold_reason(Held(1, MUTE, MORNING), zone, NOW) == "muted until 00:00 KST, 23 Nov"
