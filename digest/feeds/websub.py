"""WebSub, the subscriber's part (W3C Recommendation of 23 January 2018): what is asked, when, and what is believed.

::

    named by the feed ─▶ asked ─▶ confirmed (the hub asks back) ─▶ in force ─▶ renewed before the lease ends
                           │  └ not confirmed, refused: again after 10 min, 20 min … a day       │
                           └ denied: again after a day                    no longer wanted ─▶ ending ─▶ forgotten

A push is a hint that the feed is due now, no document: it may hold only a part of the feed, and a poll has every guard
already (the parser's child, identity, edits). So a hub that lies costs a request, at most one in ``poll.min``.

While a subscription is in force the feed is polled at the longest interval. A hub may fail silently: a poll that finds
entries of which it did not tell, before the poll or soon after, ends the trust until it tells of something again.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.text import quoted
from digest.values.push import PushState

if TYPE_CHECKING:
    from datetime import datetime
    from hashlib import _Hash

    from digest.values.push import Subscription

LATE: Final = timedelta(minutes=10)
"""So long after a poll a hub may still tell of what that found ..."""
_LATELY: Final = timedelta(hours=1)
"""... and so long a push excuses what is found after it: one may stand for many entries."""
_LEASE: Final = timedelta(days=10)
_SHORTEST_LEASE, _LONGEST_LEASE = timedelta(minutes=1), timedelta(days=90)
_RENEWED: Final = 0.8
"""Of a lease, after which it is renewed."""
_RETRY: Final = timedelta(minutes=10)
_LONGEST_RETRY: Final = timedelta(days=1)
_ENDS: Final = timedelta(minutes=1)
"""So long a hub has to ask back whether it is to push no more."""
_UNCONFIRMED: Final = "it takes the request but does not confirm it: can it reach the address of poll.websub?"
_ALGORITHMS: Final = frozenset({"sha1", "sha256", "sha384", "sha512"})


# --- what is asked -----------------------------------------------------------------------------------------------


def request_form(subscription: Subscription) -> dict[str, str]:
    """What is posted to the hub."""
    form = {
        "hub.callback": subscription.callback,
        "hub.mode": "unsubscribe" if subscription.leaving else "subscribe",
        "hub.topic": subscription.topic,
        "hub.verify": "async",  # hubs from before the Recommendation insist on it, others ignore it
    }
    if subscription.leaving:
        return form
    return form | {"hub.secret": subscription.secret, "hub.lease_seconds": f"{_LEASE.total_seconds():.0f}"}


def asking(subscription: Subscription, now: datetime) -> Subscription:
    """It is asked now; asked before without being confirmed, that was in vain."""
    in_vain = subscription.asked is not None
    failures = subscription.failures + in_vain
    retry = min(_RETRY * float(2 ** min(failures, 20)), _LONGEST_RETRY)
    asked = replace(subscription, asked=now, failures=failures, due=now + retry)
    return _troubled(asked, subscription.problem or _UNCONFIRMED, now) if in_vain else asked


def accepted(subscription: Subscription) -> Subscription:
    """The hub took the request; it may have confirmed it by now."""
    if subscription.asked is None or not subscription.problem:
        return subscription
    return replace(subscription, problem=_UNCONFIRMED)


def refused(subscription: Subscription, problem: str, now: datetime) -> Subscription:
    """The hub did not take it, in plain words; nothing changes where it has confirmed it all the same."""
    return subscription if subscription.asked is None else _troubled(subscription, problem, now)


def ending(subscription: Subscription, now: datetime) -> Subscription:
    """It is no longer wanted."""
    return replace(subscription, leaving=True, due=now + _ENDS)


# --- what the hub says -------------------------------------------------------------------------------------------


def is_asked_for(subscription: Subscription, mode: str, topic: str) -> bool:
    """Whether to confirm what a hub asks back: only what it was asked for, and what is still wanted.

    What is in force is confirmed again: some hubs ask now and then by themselves, and would end it otherwise.
    """
    if topic != subscription.topic:
        return False
    if subscription.leaving:
        return mode == "unsubscribe"
    return mode == "subscribe" and (subscription.asked is not None or subscription.until is not None)


def confirmed(subscription: Subscription, lease: str, now: datetime) -> Subscription:
    """In force from now on; ``lease``: seconds, as the hub writes them, and else what was asked for."""
    is_number = lease.isascii() and lease.isdigit() and int(lease[:10]) > 0
    span = min(timedelta(seconds=int(lease[:10])), _LONGEST_LEASE) if is_number else _LEASE
    return replace(
        subscription,
        asked=None,
        since=subscription.since if subscription.until is not None and subscription.until > now else now,
        until=now + span,
        due=now + max(span * _RENEWED, _SHORTEST_LEASE),
        failures=0,
        problem="",
        troubled=None,
    )


def denied(subscription: Subscription, reason: str, now: datetime) -> Subscription:
    """The hub will not push, be it that it did so far."""
    said = f": {quoted(reason, 120)}" if reason.strip() else ""
    over = replace(subscription, asked=None, since=None, until=None, due=now + _LONGEST_RETRY)
    return _troubled(over, f"it refuses to push this feed{said}", now)


def is_over(subscription: Subscription) -> bool:
    """Whether its hub has refused it and was not asked again: that it refuses is known."""
    return bool(subscription.problem) and subscription.asked is None and subscription.until is None


def pushed(subscription: Subscription, now: datetime) -> Subscription:
    """It told of something, rightly signed."""
    return replace(subscription, pushed=now, missed=None)


def signature(secret: str, said: str) -> tuple[_Hash | hmac.HMAC, str] | None:
    """What a message is to be signed with, to be fed with its body, and the signature that it bears, in hex.

    Args:
        secret: of the subscription.
        said: the header ``X-Hub-Signature``.

    ``None``: it bears none that can be checked.
    """
    algorithm, _, digest = said.strip().partition("=")
    if algorithm.lower() not in _ALGORITHMS or not digest.isascii():
        return None
    return hmac.new(secret.encode(), digestmod=algorithm.lower()), digest.strip().lower()


# --- what is believed --------------------------------------------------------------------------------------------


def is_relied_on(subscription: Subscription, now: datetime, *, brought: bool) -> bool:
    """Whether the feed may rest for long after a poll, since its hub tells when it changes.

    Args:
        subscription: the feed's.
        now: the end of the poll.
        brought: whether it brought anything new. What a push told of may not be there yet, as caches serve feeds.
    """
    told_in_vain = subscription.pushed is not None and now - subscription.pushed < LATE and not brought
    return subscription.state(now) is PushState.ACTIVE and not told_in_vain


def should_have_told(subscription: Subscription, before: datetime, now: datetime) -> bool:
    """Whether the hub should have told of what a poll found.

    Args:
        subscription: in force.
        before: the poll before it, or since when we listen, if that was later.
        now: the poll.
    """
    if subscription.state(now) is not PushState.ACTIVE or subscription.since is None or subscription.since >= before:
        return False
    return subscription.pushed is None or subscription.pushed < min(before, now - _LATELY)


def ended(subscription: Subscription, now: datetime) -> Subscription:
    """The same, its lease being over if it is; one that lasts for too long was granted by a clock that was ahead."""
    if subscription.until is None:
        return replace(subscription, due=min(subscription.due, now + _LONGEST_RETRY))
    if now < subscription.until <= now + _LONGEST_LEASE:
        return subscription
    return replace(subscription, since=None, until=None, due=min(subscription.due, now))


def _troubled(subscription: Subscription, problem: str, now: datetime) -> Subscription:
    return replace(subscription, problem=problem, troubled=subscription.troubled or now)
