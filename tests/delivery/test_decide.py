"""Who is owed what, and the named reason for every no."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.decide import (
    Asked,
    Policy,
    Routes,
    alerts_for,
    decide,
    judge,
    newest,
    plan_deliveries,
    route,
)
from digest.demo.telegram_html import read_html
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState
from digest.values.news import EntryText, Hit, JudgedMatch, Match, Outcome, Severity, StoredEntry
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.writing import alert_parts

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MAX_AGE = timedelta(days=30)
HOUR = timedelta(hours=1)
DESK = ChannelSpec("desk", Telegram("@desk"), timezone="Asia/Seoul")
PHONE = ChannelSpec("phone", Telegram("42"), severity=Severity.HIGH)
ROUTES: Routes = {"every": None, "desk-only": ("desk",), "phone-only": ("phone",), "nowhere": ()}
POLICY = Policy(MAX_AGE, [DESK, PHONE], ROUTES)
# Whether a rule is routed there, and whether a message is owed.
OWED, BELOW_SEVERITY, NOT_ROUTED = (True, True), (True, False), (False, False)
BOTH = {"desk": NOW - MAX_AGE, "phone": NOW - MAX_AGE}


def judged(rule: str, severity: Severity, outcome: Outcome = Outcome.ALERT, *summary: str) -> JudgedMatch:
    """A match with what becomes of it."""
    hit = Hit("title", 0, 5, "Syria", "Syria")
    return JudgedMatch(Match(rule, severity, (hit,)), outcome, summary)


@pytest.mark.parametrize(
    ("age", "baseline", "outcome"),
    [
        (timedelta(0), False, Outcome.ALERT),
        (MAX_AGE, False, Outcome.ALERT),
        (MAX_AGE + timedelta(seconds=1), False, Outcome.TOO_OLD),
        (-timedelta(days=9000), False, Outcome.ALERT),
        (None, False, Outcome.ALERT),
        (timedelta(0), True, Outcome.BASELINE),
        (MAX_AGE * 2, True, Outcome.BASELINE),
    ],
)
def test_what_becomes_of_a_match(age: timedelta | None, baseline: bool, outcome: Outcome) -> None:  # noqa: FBT001 - a column
    """A baseline alerts nobody, an old entry neither; newness is no date, so a strange date alerts."""
    published = None if age is None else NOW - age
    assert judge(published, baseline=baseline, now=NOW, max_age=MAX_AGE) is outcome
    assert outcome.sentence


def test_no_age_is_out_of_reach() -> None:
    """However long the user makes `max_age`, and however odd a date is, judging is no arithmetic accident."""
    ancient = datetime.min.replace(tzinfo=UTC)
    assert judge(ancient, baseline=False, now=NOW, max_age=timedelta.max) is Outcome.ALERT
    assert judge(datetime.max.replace(tzinfo=UTC), baseline=False, now=NOW, max_age=MAX_AGE) is Outcome.ALERT


@pytest.mark.parametrize(
    ("days_ago", "count", "chosen"),
    [
        ([1, 2, 3], 0, set()),
        ([3, 1, 2], 2, {1, 2}),
        ([None, 1, 2], 2, {1, 2}),
        ([None, None, None], 2, {0, 1}),
        ([1, -9000, -3], 2, {1, 2}),
        ([-3, 0, -9000], 1, {0}),  # what lies in the future is not newer than now
        ([1], 5, {0}),
    ],
)
def test_the_newest_of_a_first_poll(days_ago: list[int | None], count: int, chosen: set[int]) -> None:
    """`poll.baseline = N` picks by date, then by place in the document."""
    dates = [None if days is None else NOW - timedelta(days=days) for days in days_ago]
    assert newest(dates, count, now=NOW) == chosen


@pytest.mark.parametrize(
    ("matches", "desk", "phone"),
    [
        ([], NOT_ROUTED, NOT_ROUTED),
        ([judged("every", Severity.NORMAL)], OWED, BELOW_SEVERITY),
        ([judged("every", Severity.HIGH)], OWED, OWED),
        ([judged("desk-only", Severity.URGENT)], OWED, NOT_ROUTED),
        ([judged("phone-only", Severity.URGENT)], NOT_ROUTED, OWED),
        ([judged("nowhere", Severity.URGENT)], NOT_ROUTED, NOT_ROUTED),
        # the severe rule is not routed to the phone, so it does not lift what is
        ([judged("desk-only", Severity.URGENT), judged("every", Severity.LOW)], OWED, BELOW_SEVERITY),
        ([judged("every", Severity.LOW), judged("phone-only", Severity.HIGH)], OWED, OWED),
        ([judged("every", Severity.URGENT, Outcome.BASELINE)], NOT_ROUTED, NOT_ROUTED),
        ([judged("every", Severity.URGENT, Outcome.TOO_OLD)], NOT_ROUTED, NOT_ROUTED),
    ],
)
def test_each_channel_gets_a_verdict(
    matches: list[JudgedMatch], desk: tuple[bool, bool], phone: tuple[bool, bool]
) -> None:
    """A channel is owed a message when a rule routed there alerts and their highest severity reaches its floor."""
    results = route(matches, POLICY)
    verdicts = [(result.channel.name, (bool(result.matches), result.is_owed)) for result in results]
    assert verdicts == [("desk", desk), ("phone", phone)]


def test_a_rule_goes_to_channels_of_its_desk() -> None:
    """Without channels to all of these; one of another desk gets nothing, be it named or the rule gone."""
    seoul = ChannelSpec("seoul", Telegram("@seoul"), desk="korea")
    policy = Policy(MAX_AGE, [*POLICY.channels, seoul], {"korea/named": ("seoul", "desk"), "named": ("seoul",)})
    for rule, there in (
        ("korea/any", ["seoul"]),
        ("korea/named", ["seoul"]),
        ("any", ["desk", "phone"]),
        ("named", []),
    ):
        found = route([judged(rule, Severity.URGENT)], policy)
        assert [each.channel.name for each in found if each.matches] == there, rule


def test_a_channel_that_is_off_owes_nothing() -> None:
    """A channel without a token is owed nothing, and its neighbour is not touched."""
    asked = Asked(StoredEntry(1, 1, "", SYRIA, NOW, NOW), (judged("every", Severity.URGENT),))
    (decision,) = decide(POLICY, [asked], {"phone": NOW - HOUR}, NOW)
    assert [planned.channel for planned in decision.owed] == ["phone"]


def test_several_rules_are_one_message_per_channel() -> None:
    """One message names the rules routed to its channel, the severest first, and is as severe as that one."""
    entry = StoredEntry(1, 1, "https://e.example/1", EntryText(title="Syria opens", source="Wire"), NOW, NOW)
    matches = [
        judged("every", Severity.LOW, Outcome.ALERT, "Low words."),
        judged("desk-only", Severity.HIGH, Outcome.ALERT, "High words."),
        judged("phone-only", Severity.URGENT, Outcome.ALERT, "Urgent words."),
    ]
    desk, phone = plan_deliveries(entry, matches, POLICY)
    assert (desk.channel, desk.severity, desk.rules) == ("desk", Severity.HIGH, ("desk-only", "every"))
    assert (phone.channel, phone.severity, phone.rules) == ("phone", Severity.URGENT, ("phone-only", "every"))
    assert (desk.kind, desk.title) == (DeliveryKind.ALERT, "Syria opens")
    titles = {"every": "Everywhere", "desk-only": "Desk only", "phone-only": "Phone only"}
    to_desk, to_phone = (
        alert_parts(entry, [one for one in matches if one.match.rule in planned.rules], spec, titles)
        for spec, planned in ((DESK, desk), (PHONE, phone))
    )
    shown = read_html(to_desk[0]).text
    assert "Rules: Desk only, Everywhere" in shown
    assert "High words." in shown
    assert "Low words." not in shown
    assert "21:00 KST, 22 Nov" in shown
    assert "12:00 UTC, 22 Nov" in read_html(to_phone[0]).text


def alert(
    number: int, rule: str, severity: Severity, *, entry: int = 1, ago: timedelta = HOUR, owed: str = "desk"
) -> Alert:
    """An alert of an entry, with the message that was owed for it."""
    stored = StoredEntry(entry, 1, "", EntryText("x"), None, NOW - ago)
    message = Delivery(number, owed, DeliveryKind.ALERT, DeliveryState.SENT, severity, 1, NOW, NOW)
    return Alert(number, rule, severity, NOW - ago, stored, deliveries=(message,))


LOW = alert(1, "a", Severity.LOW, owed="phone")
HIGH_OF_THE_SAME = alert(2, "b", Severity.HIGH)
LOW_OF_ANOTHER = alert(3, "a", Severity.LOW, entry=2, owed="desk")
EARLIER = alert(4, "a", Severity.URGENT, entry=3, ago=9 * HOUR)


@pytest.mark.parametrize(
    ("severity", "named", "told"),
    [
        (Severity.LOW, {"a": None, "b": None}, [1, 2, 3]),
        (Severity.HIGH, {"a": None, "b": None}, [1, 2]),  # the entry is as severe as its most severe alert
        (Severity.HIGH, {"a": None, "b": ("phone",)}, []),  # of those that go there
        (Severity.LOW, {"a": ("desk", "phone"), "b": ("phone",)}, [1, 3]),
        (Severity.LOW, {"b": None}, [2, 3]),  # of a rule that is no more what was owed to it
    ],
)
def test_a_channel_is_told_what_would_have_gone_there(
    severity: Severity, named: dict[str, tuple[str, ...] | None], told: list[int]
) -> None:
    """Rules' channels, the channel's severity and its beginning decide, as they do for alerts."""
    channel = ChannelSpec("desk", Telegram("@desk"), severity=severity)
    alerts = [EARLIER, LOW, HIGH_OF_THE_SAME, LOW_OF_ANOTHER]
    assert [found.id for found in alerts_for(channel, alerts, named, since=NOW - 8 * HOUR)] == told


SYRIA = EntryText("Syria")


@pytest.mark.parametrize(
    ("desk_since", "owed"),
    [
        (-HOUR, ["desk", "phone"]),
        (timedelta(0), ["desk", "phone"]),
        (timedelta(milliseconds=1), ["phone"]),  # the channel is newer than the entry: it is owed nothing older
        (9 * HOUR, ["desk", "phone"]),  # the channel came under a clock that was ahead, which says nothing
    ],
)
def test_a_channel_is_owed_nothing_older_than_itself(desk_since: timedelta, owed: list[str]) -> None:
    """A rule that looks at the past tells only channels that were there; a wrong clock loses nothing."""
    asked = Asked(StoredEntry(1, 1, "", SYRIA, NOW - HOUR, NOW), (judged("every", Severity.HIGH),))
    since = {"desk": NOW + desk_since, "phone": NOW - HOUR}
    (decision,) = decide(POLICY, [asked], since, NOW + HOUR)
    assert [planned.channel for planned in decision.owed] == owed


def test_an_entry_is_judged_by_the_time_at_which_it_came() -> None:
    """What was young when it came is told however late a rule finds it; what came in the future came now."""
    young = StoredEntry(1, 1, "", SYRIA, NOW - MAX_AGE - HOUR, NOW - 2 * HOUR)
    ahead = replace(young, first_seen=NOW + 10 * MAX_AGE)
    asked = [Asked(entry, (judged("every", Severity.HIGH),)) for entry in (young, ahead)]
    decisions = decide(POLICY, asked, BOTH, NOW)
    assert [[match.outcome for match in each.matches] for each in decisions] == [[Outcome.ALERT], [Outcome.TOO_OLD]]
    assert [len(each.owed) for each in decisions] == [2, 0]


def test_a_rule_that_is_no_more_goes_everywhere() -> None:
    """A poll may bring a match of a rule that was deleted meanwhile: it is not lost."""
    asked = Asked(StoredEntry(1, 1, "", SYRIA, NOW, NOW), (judged("gone", Severity.HIGH),))
    (decision,) = decide(POLICY, [asked], BOTH, NOW)
    assert [planned.channel for planned in decision.owed] == ["desk", "phone"]
