"""What a transaction decided is logged once it is committed, with the ids of what it is about."""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from digest.delivery.decide import Policy, decide
from digest.delivery.queue import ChannelNow, Situation
from digest.delivery.retries import Patience
from digest.store.events import LOGGER, note_states
from digest.store.outbox import ASKED_FOR, LOST_IN_A_CRASH
from digest.values.events import KIND, NAMES
from digest.values.messages import DeliveryState, Failure
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram, Telling
from tests.fakes.line_by_line import lines
from tests.store.conftest import MINUTE, NOW, entry, fails, found, message, polled, taken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.store import Store
    from digest.values.news import NewEntry

pytestmark = pytest.mark.both

DESK = ChannelSpec("desk", Telegram("@desk"))


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=LOGGER)


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of all events since the last look."""
    records = [record for record in caplog.records if hasattr(record, KIND)]
    caplog.clear()
    return [{name: getattr(record, name) for name in NAMES if hasattr(record, name)} for record in records]


def brings(store: Store, *entries: NewEntry, policy: Policy | None = None) -> None:
    """A poll brings entries, and it is decided of them."""
    wanted = policy or Policy(timedelta(days=30), [DESK])
    store.polls.commit_polls([polled(*entries)], NOW, partial(decide, wanted))


def new(name: str, **changes: Any) -> NewEntry:
    """An entry that a rule found."""
    return entry(name, found(), **changes)


def plan(store: Store, **situation: Any) -> None:
    """What waits is placed anew."""
    now = Situation(NOW, Patience(timedelta(days=1)), **situation)
    store.queue.take("@desk", now, lambda _: (DESK, lines), None, MINUTE)


def kinds(events: Sequence[dict[str, Any]]) -> list[str]:
    """What they are."""
    return [each[KIND] for each in events]


def test_an_alert_and_what_is_owed_for_it(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Each by its ids, in the order in which it was decided."""
    brings(store, new("a"))
    alert, owed = told(caplog)
    assert alert.items() >= {"kind": "alert", "feed": 1, "entry": 1, "rule": "korea", "severity": "normal"}.items()
    assert owed.items() >= {"kind": "delivery.owed", "feed": 1, "entry": 1, "delivery": 1, "channel": "desk"}.items()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"published": NOW - timedelta(days=40)}, "too-old"), ({}, "few-sources")],
)
def test_a_match_that_does_not_alert_says_the_named_reason(
    store: Store, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], reason: str
) -> None:
    """As ``digest why`` names it; nothing is owed."""
    telling = {"korea": Telling(sources=2)} if reason == "few-sources" else {}
    brings(store, new("a", **changes), policy=Policy(timedelta(days=30), [DESK], telling=telling))
    (only,) = told(caplog)
    assert only.items() >= {"kind": "suppressed", "entry": 1, "rule": "korea", "reason": reason}.items()


def test_an_alert_that_no_channel_gets_says_so(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The channel wants more severe ones."""
    brings(
        store,
        new("a"),
        policy=Policy(timedelta(days=30), [ChannelSpec("desk", Telegram("@desk"), severity=Severity.HIGH)]),
    )
    (only,) = told(caplog)
    assert (only["kind"], only["reason"]) == ("alert", "no channel is owed it")


def test_what_no_rule_matched_is_no_event(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Nor is a poll that brings nothing."""
    brings(store, entry("a"))
    brings(store)
    assert told(caplog) == []


def test_what_is_rolled_back_never_happened(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged when it is stored, not when it is decided."""

    def deciding(*, fail: bool) -> None:
        with store.database.write() as (connection, _):
            note_states(connection, [(1, "desk")], DeliveryState.SENT)
            assert told(caplog) == [], "it is not committed yet"
            if fail:
                raise RuntimeError("the power fails")

    deciding(fail=False)
    assert kinds(told(caplog)) == ["delivery.sent"]
    with pytest.raises(RuntimeError, match="power"):
        deciding(fail=True)
    brings(store, new("b"))
    assert kinds(told(caplog)) == ["alert", "delivery.owed"]


def test_the_way_of_a_message_is_told_state_by_state(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Owed, taken, accepted; its parts are no events."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    for number in (1, 2):
        assert taken(store)
        store.outbox.part_sent(delivery, number, NOW)
    events = told(caplog)
    assert kinds(events) == ["delivery.owed", "delivery.sending", "delivery.sending", "delivery.sent"]
    assert {(each["delivery"], each["channel"]) for each in events} == {(delivery, "desk")}


@pytest.mark.parametrize(
    ("failure", "policy", "kind"),
    [
        (Failure.REFUSED, {}, "delivery.dead"),
        (Failure.UNKNOWN, {"hold_unknown": True}, "delivery.unknown"),
        (Failure.RATE_LIMITED, {}, "delivery.queued"),
    ],
)
def test_a_failure_says_what_follows_and_why(
    store: Store, caplog: pytest.LogCaptureFixture, failure: Failure, policy: dict[str, Any], kind: str
) -> None:
    """In the words of the service."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    assert taken(store)
    told(caplog)
    fails(store, delivery, failure, reason="no room", **policy)
    only = told(caplog)[0]
    assert (only["kind"], only["delivery"]) == (kind, delivery)
    assert "no room" in only["reason"]


@pytest.mark.parametrize(("hold", "kind"), [(True, "delivery.unknown"), (False, "delivery.queued")])
def test_what_a_crash_left_is_told(store: Store, caplog: pytest.LogCaptureFixture, *, hold: bool, kind: str) -> None:
    """It may have arrived."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    assert taken(store)
    told(caplog)
    store.outbox.recover(NOW, hold=hold)
    assert told(caplog) == [{"kind": kind, "delivery": delivery, "channel": "desk", "reason": LOST_IN_A_CRASH}]


def test_what_is_held_says_by_what_and_once(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Looking again decides nothing new."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    told(caplog)
    for _ in range(3):
        plan(store, channels={"desk": ChannelNow(quiet_until=NOW + timedelta(hours=8))})
    (only,) = told(caplog)
    assert (only["kind"], only["delivery"]) == ("delivery.held", delivery)
    assert only["reason"].startswith("quiet hours until")


def test_what_is_joined_says_to_what(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Two messages that were held are one, which has an id of its own."""
    for name in ("a", "b"):
        brings(store, new(name, published=NOW))
    plan(store, channels={"desk": ChannelNow(quiet_until=NOW + timedelta(hours=8))})
    told(caplog)
    plan(store)
    events = told(caplog)
    joined = [each for each in events if each["kind"] == "delivery.joined"]
    assert len(joined) == 2
    sending = [each["delivery"] for each in events if each["kind"] == "delivery.sending"]
    assert [each["into"] for each in joined] == sending * 2


def test_what_a_user_wants_is_told_where_an_engine_does_it(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """As by a button of the bot."""
    (delivery,) = store.outbox.owe([message("m")], [], NOW)
    told(caplog)
    store.outbox.drop(delivery, NOW)
    store.outbox.retry(delivery, NOW)
    assert told(caplog) == [
        {"kind": "delivery.dropped", "delivery": delivery, "channel": "desk"},
        {"kind": "delivery.queued", "delivery": delivery, "channel": "desk", "reason": ASKED_FOR},
    ]
