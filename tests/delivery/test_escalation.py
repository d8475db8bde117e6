"""Which alerts that nobody took go on to another channel, as a table; and what the messages say of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from digest.clock import ALWAYS, Awake
from digest.delivery.decide import Policy
from digest.delivery.escalation import Escalations, Untaken, plan_escalations
from digest.delivery.media.buttons import Press, alert_buttons, press_data
from digest.delivery.messages.write import whole, written
from digest.values.messages import Alert, Delivery, DeliveryKind, DeliveryState, Facts, Taken
from digest.values.news import EntryText, Identity, Match, NewEntry, Severity, StoredEntry
from digest.values.settings import Apprise, ChannelSpec, Escalate, Folder, Medium, Telegram
from tests.fakes.seeding import decided

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
CHANNELS = (
    ChannelSpec("desk", Telegram("-1"), escalate=Escalate(10 * MINUTE, "phone")),
    ChannelSpec("phone", Apprise("json://x"), escalate=Escalate(15 * MINUTE, "boss")),
    ChannelSpec("boss", Telegram("7")),
)
ALL = frozenset({"desk", "phone", "boss"})


def untaken(number: int = 1, **more: Any) -> Untaken:
    """A message to the desk that was told eleven minutes ago."""
    plain = Untaken(number, "desk", DeliveryState.SENT, 5, NOW - 11 * MINUTE, (number,), f"title {number}", 5)
    return replace(plain, **more)


def planned(*told: Untaken, service: frozenset[str] = ALL, awake: Awake = ALWAYS, **more: Any) -> Escalations:
    """What follows."""
    return plan_escalations(more.get("channels", CHANNELS), DAY, awake, NOW, told, service)


@pytest.mark.parametrize(
    ("more", "goes_to", "settled"),
    [
        ({}, ["phone"], True),
        ({"since": NOW - 10 * MINUTE}, ["phone"], True),
        ({"since": NOW - 9 * MINUTE}, [], False),
        ({"since": NOW + MINUTE}, [], False),
        ({"taken": True}, [], True),
        ({"state": DeliveryState.QUEUED}, ["phone"], True),
        ({"state": DeliveryState.DEAD}, ["phone"], True),
        ({"state": DeliveryState.UNKNOWN}, ["phone"], True),
        ({"state": DeliveryState.HELD}, [], False),
        ({"state": DeliveryState.DROPPED}, [], True),
        ({"channel": "phone"}, [], False),
        ({"channel": "phone", "since": NOW - 15 * MINUTE}, ["boss"], True),
        ({"channel": "boss"}, [], True),
        ({"channel": "gone"}, [], True),
    ],
)
def test_what_goes_on(more: dict[str, Any], goes_to: list[str], settled: bool) -> None:  # noqa: FBT001 - of a table
    """What nobody took in time goes to the next channel, arrived or not; what a mute holds has told nobody yet."""
    found = planned(untaken(**more))
    assert [each.planned.channel for each in found.owed] == goes_to
    assert not found.stuck
    assert found.settled == ((1,) if settled else ())


def test_what_is_owed_then() -> None:
    """An urgent alert that has to be taken there, too, where that leads on; its key keeps it from coming twice."""
    (owed,) = planned(untaken()).owed
    assert owed.key == "escalation:5:phone"
    assert owed.alerts == (1,)
    assert (owed.planned.kind, owed.planned.severity, owed.planned.story) == (DeliveryKind.ALERT, Severity.URGENT, 5)
    assert owed.planned.tells == {"escalated": {"from": "desk", "after": 600_000, "past": []}}
    assert owed.planned.untaken
    (last,) = planned(untaken(channel="phone", since=NOW - DAY)).owed
    assert not last.planned.untaken


def test_one_event_goes_on_once_with_all_that_its_channel_was_told() -> None:
    """An UPDATE of a minute ago goes along; another event goes by itself."""
    told = untaken(), untaken(2, since=NOW - MINUTE), untaken(3, event=9), untaken(4, state=DeliveryState.HELD)
    found = planned(*told)
    assert [(each.key, each.alerts) for each in found.owed] == [
        ("escalation:5:phone", (1, 2)),
        ("escalation:9:phone", (3,)),
    ]
    assert found.settled == (1, 2, 3)


@pytest.mark.parametrize(
    ("service", "since", "goes_to", "past", "settled"),
    [
        ({"desk", "boss"}, 11 * MINUTE, ["boss"], ["phone"], True),
        ({"desk"}, 11 * MINUTE, [], [], False),
        ({"desk"}, DAY, [], [], True),
    ],
)
def test_channels_that_are_off_are_passed_over(
    service: set[str],
    since: timedelta,
    goes_to: list[str],
    past: list[str],
    settled: bool,  # noqa: FBT001 - of a table
) -> None:
    """The one behind them is told at once; where none is there it waits for one, until it would be given up."""
    found = planned(untaken(since=NOW - since), service=frozenset(service))
    assert [each.planned.channel for each in found.owed] == goes_to
    assert [each.planned.tells["escalated"]["past"] for each in found.owed] == ([past] if past else [])
    assert bool(found.settled) is settled
    waits = since >= 10 * MINUTE and not goes_to and not settled
    assert [each.delivery for each in found.stuck] == ([1] if waits else []), "it can go on to nobody, which is told"


def test_time_without_an_engine_does_not_count() -> None:
    """Told a minute before the machine slept for a day: whoever is there when it wakes has nine minutes more."""
    slept = Awake(((NOW - 2 * DAY, NOW - DAY), (NOW - 8 * MINUTE, NOW)))
    told = untaken(since=NOW - DAY - MINUTE)
    assert not planned(told, awake=slept)
    longer = Awake(((NOW - 2 * DAY, NOW - DAY), (NOW - 9 * MINUTE, NOW)))
    assert planned(told, awake=longer).owed


def test_channels_that_lead_round_in_a_circle_end() -> None:
    """No config that was read has such, but a look may never hang."""
    round_ = (CHANNELS[0], ChannelSpec("phone", Telegram("2"), escalate=Escalate(MINUTE, "phone")))
    assert not planned(untaken(), service=frozenset({"desk"}), channels=round_).owed


@pytest.mark.parametrize(
    ("severity", "channel", "waits"),
    [(Severity.URGENT, CHANNELS[0], True), (Severity.HIGH, CHANNELS[0], False), (Severity.URGENT, CHANNELS[2], False)],
)
def test_what_somebody_is_to_take(severity: Severity, channel: ChannelSpec, waits: bool) -> None:  # noqa: FBT001 - of a table
    """It is decided with the alert: urgent, to a channel that leads on."""
    key = b"entry 1".ljust(16, b".")
    new = NewEntry(
        Identity(key, key, key), "https://x.example/", EntryText("A wall falls"), NOW, "", 0,
        matches=((Match("walls", severity, ()), ()),),
    )  # fmt: skip
    (owed,) = decided(Policy(DAY, [channel]), new, NOW).owed
    assert owed.untaken is waits


# --- what messages say -----------------------------------------------------------------------------------------------

TAKEN = Taken("Ann <b>", NOW + 11 * MINUTE, "telegram 42")
_ENTRY = StoredEntry(3, 1, "https://x.example/", EntryText("A wall falls", source="Wire"), NOW, NOW, story=5)
_ALERT = Alert(1, "walls", Severity.URGENT, NOW, _ENTRY)


def message(medium: Medium, *, template: str = "", taken: Taken | None = TAKEN, **tells: Any) -> str:
    """The one part of an alert."""
    kind, state = DeliveryKind.ALERT, DeliveryState.SENDING
    delivery = Delivery(1, "phone", kind, state, Severity.URGENT, 1, NOW, NOW, "t", tells=tells, story=5)
    facts = Facts((_ALERT,), taken={} if taken is None else {5: taken})
    (part,) = written(delivery, facts, ChannelSpec("phone", medium, template), whole)
    return part


WHY = {"from": "desk", "after": 600_000, "past": ["pager"]}


@pytest.mark.parametrize("template", ["", "{title}"])
@pytest.mark.parametrize("medium", [Telegram("1"), Apprise("json://x"), Folder("/f")])
def test_every_medium_says_who_has_it_and_why_it_went_on(medium: Medium, template: str) -> None:
    """First why it went on, last who has it, also in the user's own words; a name is text, whatever stands in it."""
    part = message(medium, template=template, escalated=WHY)
    assert "ESCALATED · nobody took it in desk within 10m; pager is off" in part
    assert "has it since 07:11 UTC, 22 Nov" in part
    if not isinstance(medium, Apprise):  # which shows the title by itself
        assert part.index("ESCALATED") < part.index("A wall falls") < part.index("has it since")
    assert part.index("ESCALATED") < part.index("has it since")
    assert ("Ann &lt;b&gt;" in part) is isinstance(medium, Telegram)
    assert "ESCALATED" not in message(medium, template=template)
    assert "has it" not in message(medium, template=template, taken=None)


def test_a_line_of_json_has_both() -> None:
    """Under names of their own."""
    part = message(Folder("/f", "jsonl"), escalated=WHY)
    assert '"escalated": {"from": "desk", "after": 600000, "past": ["pager"]}' in part
    assert '"acknowledged": {"by": "Ann <b>", "since": "2026-11-22T07:11:00.000Z"}' in part


@pytest.mark.parametrize(
    ("severity", "taken", "label"),
    [
        (Severity.URGENT, None, "I have it"),
        (Severity.HIGH, None, "I have it"),
        (Severity.NORMAL, None, ""),
        (Severity.NORMAL, Taken("Ann", NOW), "Ann has it"),
        (Severity.URGENT, Taken("A" * 100, NOW), f"{'A' * 29}… has it"),
    ],
)
def test_the_button_stands_where_somebody_is_wanted(severity: Severity, taken: Taken | None, label: str) -> None:
    """Under what is high or urgent, in a row of its own; elsewhere once somebody has it all the same."""
    delivery = Delivery(7, "desk", DeliveryKind.ALERT, DeliveryState.SENDING, severity, 1, NOW, NOW, taken=taken)
    first = alert_buttons(delivery)[0]
    assert [(each.label, each.data) for each in first if each.data == press_data(Press.TAKE, 7)] == (
        [(label, press_data(Press.TAKE, 7))] if label else []
    )
    assert len(first) == (1 if label else 3)
