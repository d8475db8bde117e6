"""What a hub is asked, when, and what is believed of what it says."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds import websub
from digest.values.push import PushState, Subscription

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NEW = Subscription(1, "https://hub.example/", "https://a.example/feed", "https://desk.example/h/token", "secret", NOW)
ASKED = websub.asking(NEW, NOW)
IN_FORCE = websub.confirmed(ASKED, "864000", NOW)


@pytest.mark.parametrize(
    ("lease", "lasts", "renewed"),
    [
        ("864000", 10 * DAY, 8 * DAY),
        ("3600", timedelta(hours=1), 48 * MINUTE),
        ("5", timedelta(seconds=5), MINUTE),  # a hub that grants nothing is not asked all the time
        ("99999999999999", 90 * DAY, 72 * DAY),
        *((nonsense, 10 * DAY, 8 * DAY) for nonsense in ("", "0", "-1", "soon", "٣", "1e9")),
    ],
)
def test_a_lease_is_renewed_before_it_ends(lease: str, lasts: timedelta, renewed: timedelta) -> None:
    """What a hub grants counts, as far as it is a number; else what it was asked for."""
    held = websub.confirmed(ASKED, lease, NOW)
    assert (held.until, held.due, held.asked, held.state(NOW)) == (NOW + lasts, NOW + renewed, None, PushState.ACTIVE)
    assert websub.ended(held, NOW + lasts).state(NOW + lasts) is PushState.ASKED


def test_a_renewal_goes_on_with_what_is_in_force() -> None:
    """It is in force while the hub is asked anew, also while that fails, and since the same time."""
    asked = websub.refused(websub.asking(IN_FORCE, NOW + 8 * DAY), "500: no", NOW + 8 * DAY)
    assert asked.state(NOW + 9 * DAY) is PushState.ACTIVE
    again = websub.confirmed(asked, "864000", NOW + 9 * DAY)
    assert (again.since, again.until, again.problem) == (NOW, NOW + 19 * DAY, "")


def test_what_a_clock_that_was_ahead_has_put_off_is_asked_now() -> None:
    """A lease that would last for years is none, and nothing waits for longer than it ever does."""
    past = NOW - 365 * DAY
    assert (websub.ended(IN_FORCE, past).until, websub.ended(IN_FORCE, past).due) == (None, past)
    assert websub.ended(ASKED, past).due == past + DAY
    assert websub.ended(IN_FORCE, NOW + DAY) == IN_FORCE


def test_a_hub_that_does_not_confirm_is_asked_more_and_more_rarely() -> None:
    """Once it did not, that is a problem, since then; and so it stays while it only takes the request."""
    waits, held, now = [], NEW, NOW
    for _ in range(10):
        held = websub.accepted(websub.asking(held, now))
        waits.append((held.due - now) // MINUTE)
        now = held.due
    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]
    assert (held.state(now), held.troubled) == (PushState.REFUSED, NOW + 10 * MINUTE)
    assert "does not confirm" in held.problem
    assert ASKED.state(NOW) is PushState.ASKED


def test_a_hub_that_refuses_is_believed_and_asked_again_a_day_later() -> None:
    """Also one that pushed so far; its reason is quoted as a stranger's words."""
    over = websub.denied(IN_FORCE, "too \x1b[31mmany\n", NOW)
    assert (over.state(NOW), over.due, over.until) == (PushState.REFUSED, NOW + DAY, None)
    assert over.problem == "it refuses to push this feed: “too many”"
    assert not websub.is_asked_for(over, "subscribe", NEW.topic)
    assert websub.is_over(over)
    assert not any(map(websub.is_over, (NEW, ASKED, IN_FORCE, websub.asking(over, NOW + DAY))))


@pytest.mark.parametrize(
    ("held", "mode", "topic", "expected"),
    [
        (NEW, "subscribe", NEW.topic, False),  # it was not asked yet
        (ASKED, "subscribe", NEW.topic, True),
        (ASKED, "subscribe", NEW.topic + "/", False),
        (ASKED, "unsubscribe", NEW.topic, False),
        (ASKED, "", NEW.topic, False),
        (IN_FORCE, "subscribe", NEW.topic, True),  # some hubs ask by themselves
        (IN_FORCE, "unsubscribe", NEW.topic, False),
        (websub.ending(IN_FORCE, NOW), "unsubscribe", NEW.topic, True),
        (websub.ending(IN_FORCE, NOW), "subscribe", NEW.topic, False),
    ],
)
def test_only_what_was_asked_for_is_confirmed(held: Subscription, mode: str, topic: str, expected: bool) -> None:  # noqa: FBT001
    """Nobody else can begin or end a subscription."""
    assert websub.is_asked_for(held, mode, topic) is expected


@pytest.mark.parametrize(
    ("said", "known"),
    [
        *((f"{name}={hmac.new(b'secret', b'body', name).hexdigest()}", True) for name in ("sha1", "sha256", "sha512")),
        (f"SHA384={hmac.new(b'secret', b'body', 'sha384').hexdigest().upper()}", True),
        (f"sha256={hmac.new(b'other', b'body', 'sha256').hexdigest()}", False),
        (f"md5={hmac.new(b'secret', b'body', 'md5').hexdigest()}", False),
        (f"sha1={hashlib.sha1(b'body', usedforsecurity=False).hexdigest()}", False),
        *((nonsense, False) for nonsense in ("", "sha256", "sha256=", "sha256=é", "=")),
    ],
)
def test_a_message_counts_with_the_right_signature_alone(said: str, known: bool) -> None:  # noqa: FBT001
    """By one of the four ways that hubs sign."""
    found = websub.signature("secret", said)
    if found is not None:
        found[0].update(b"body")
    assert (found is not None and found[0].hexdigest() == found[1]) is known


@pytest.mark.parametrize(
    ("pushed", "since", "before", "expected"),
    [
        (None, -180, -60, True),
        (-120, -180, -60, True),
        (-30, -180, -60, False),  # it told of something meanwhile
        (-50, -180, -10, False),  # the poll before found nothing of what it told of: caches are slow
        (None, -30, -60, False),  # nobody had asked it to push then
    ],
)
def test_a_hub_should_have_told_of_what_a_poll_finds(
    pushed: int | None,
    since: int,
    before: int,
    expected: bool,  # noqa: FBT001
) -> None:
    """Unless it was not asked in time, or told of something lately; in minutes before the poll."""
    held = replace(
        IN_FORCE, since=NOW + since * MINUTE, pushed=None if pushed is None else NOW + pushed * MINUTE
    )  # fmt: skip
    assert websub.should_have_told(held, NOW + before * MINUTE, NOW) is expected


def test_a_feed_rests_only_by_a_hub_that_is_trusted() -> None:
    """And not yet after a poll that found nothing of what a push told of."""
    told = websub.pushed(IN_FORCE, NOW)
    assert websub.is_relied_on(IN_FORCE, NOW, brought=False)
    assert websub.is_relied_on(told, NOW + MINUTE, brought=True)
    assert not websub.is_relied_on(told, NOW + MINUTE, brought=False)
    assert websub.is_relied_on(told, NOW + 10 * MINUTE, brought=False)
    for other in (ASKED, replace(IN_FORCE, missed=NOW), websub.ending(IN_FORCE, NOW), websub.denied(IN_FORCE, "", NOW)):
        assert not websub.is_relied_on(other, NOW, brought=True)
    assert not websub.is_relied_on(IN_FORCE, NOW + 10 * DAY, brought=True)
    assert websub.pushed(replace(IN_FORCE, missed=NOW), NOW).state(NOW) is PushState.ACTIVE


def test_secrets_are_in_no_representation() -> None:
    """A log that shows a subscription shows neither its secret nor where its hub reaches us."""
    assert not {"secret", "token"} & set(repr(replace(IN_FORCE, secret="secret word")).replace("'", " ").split("/"))
    assert "desk.example" not in repr(IN_FORCE)
