"""What follows when a message was not accepted: for itself, and for the channel that it was to take.

::

    refused text ─▶ dead             refused place ─▶ the channel is off, one message tries it again
                                     gone for good ─▶ the channel is off, and nothing tries it
    asked for silence ─▶ after it    lost answer, nothing left, not taken ─▶ was another taken since it failed before?
                                         yes: its own fault ─▶ it alone is tried again, later and later
                                         no: the channel's, perhaps ─▶ the next is tried; off if that fails, too

Others of the channel go on while one fails by its own fault. After a lost answer a message is sent again after 1, 5
and 30 minutes, then hourly. Once five copies may be there it stays ``unknown``, if the service takes others meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from digest.clock import ALWAYS, Awake
from digest.delivery.limits import retry_wait
from digest.values.messages import DeliveryState, Failure

MOST_COPIES: Final = 5
"""Of a message that its service never confirms while it takes others."""
SOON: Final = timedelta(minutes=1)
"""What failed while its channel was off is tried again within this once that is over."""
_TRIES: Final = 3
"""As often a message, or its channel, is tried at least before it is given up: one that waited long may meet a 429."""
_SETTLE_IN: Final = timedelta(minutes=10)
"""After a start or a sleep: the network may not be there yet."""
_IN_DOUBT: Final = f"its answer was lost {MOST_COPIES} times while others got through: "


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a channel that is in service from taking messages."""

    off: str = ""
    """Why it takes none, in plain words; empty while it does, as far as is known."""
    try_at: datetime | None = None
    """When the next message tries it; ``None`` while it is off: no message does, until a user says so."""
    failures: int = 0
    """Messages in a row that failed by no fault of their own, as far as is known."""


WELL: Final = Trouble()


RESEND: Final[tuple[timedelta, ...]] = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=1),
)
"""After so many lost answers; the last one goes on."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How what was not accepted is tried again."""

    hold_unknown: bool = False
    """``on_unknown = "hold"``: a lost answer stays unknown; else it is sent again, labelled."""
    resend: tuple[timedelta, ...] = field(default_factory=lambda: RESEND)  # as it is by then: tests shorten it
    """How long it waits after so many lost answers; the last one goes on."""
    service: timedelta = timedelta(minutes=1)
    """At most between two tries of a service that does not answer ..."""
    place: timedelta = timedelta(minutes=4)
    """... and of a place that refuses."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A try that failed."""

    failure: Failure
    reason: str
    """In plain words."""
    silence: timedelta = timedelta(0)
    """That was asked for."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A message that was tried, and its channel."""

    trouble: Trouble
    attempts: int = 1
    """This one included."""
    copies: int = 0
    """Answers that were lost of it."""
    others_taken: bool = False
    """Its channel took another message since it failed before."""
    state: DeliveryState = DeliveryState.SENDING
    reason: str = ""
    retry_at: datetime | None = None


def after_failure(tried: Tried, failed: Failed, policy: RetryPolicy, now: datetime, chance: float) -> Tried:
    """The same, with what follows from a failure.

    Args:
        tried: what was tried, as it was before.
        failed: what became of it.
        policy: what the user wants.
        now: the time.
        chance: from 0 to 1, spreads the policy.
    """
    state, trouble, copies, retry_at = DeliveryState.QUEUED, tried.trouble, tried.copies, None
    match failed.failure:
        case Failure.REFUSED:
            state = DeliveryState.DEAD
        case Failure.CLOSED | Failure.WRONG_TOKEN:
            trouble = _off(trouble, failed.reason, now, retry_wait(trouble.failures + 1, chance, policy.place))
        case Failure.GONE:
            trouble = Trouble(failed.reason, None, trouble.failures + 1)
        case Failure.RATE_LIMITED:
            retry_at = now + failed.silence
        case Failure.MIGRATED if not trouble.failures:  # a move is followed at once
            trouble = replace(trouble, failures=1)
        case Failure.MIGRATED:
            trouble = _off(trouble, failed.reason, now, retry_wait(trouble.failures + 1, chance, policy.service))
        case Failure.NOT_SENT | Failure.NOT_TAKEN | Failure.UPDATES_TAKEN:
            trouble = _suspect(tried, failed.reason, policy, now, chance)
            retry_at = now + retry_wait(tried.attempts if tried.others_taken else 1, chance, policy.service)
        case Failure.UNKNOWN:
            trouble = _suspect(tried, failed.reason, policy, now, chance)
            copies += 1
            in_doubt = tried.others_taken and copies >= MOST_COPIES
            retry_at = now + policy.resend[min(copies, len(policy.resend)) - 1]
            if policy.hold_unknown or in_doubt:
                reason = failed.reason if policy.hold_unknown else f"{_IN_DOUBT}{failed.reason}"
                return replace(tried, state=DeliveryState.UNKNOWN, trouble=trouble, reason=reason, copies=copies)
        case _:
            assert_never(failed.failure)
    return replace(tried, state=state, trouble=trouble, reason=failed.reason, retry_at=retry_at, copies=copies)


def resend_wait(failures: int) -> timedelta:
    """How long a message waits that failed so often, 1 or more: the engine ended meanwhile, or it cannot be written."""
    return RESEND[min(failures, len(RESEND)) - 1]


def _suspect(tried: Tried, reason: str, policy: RetryPolicy, now: datetime, chance: float) -> Trouble:
    """One more message failed; if none was taken in between it is the channel, from the second on."""
    trouble = tried.trouble
    if tried.others_taken:
        return trouble
    if not trouble.failures:
        return replace(trouble, failures=1)
    return _off(trouble, reason, now, retry_wait(trouble.failures, chance, policy.service))


def _off(trouble: Trouble, reason: str, now: datetime, wait: timedelta) -> Trouble:
    return Trouble(reason, now + wait, trouble.failures + 1)


# --- giving up ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Patience:
    """How long it is tried to deliver a message; time in which nobody could try does not count."""

    give_up: timedelta
    awake: Awake = ALWAYS
    """When an engine was at work; one that is never up for long goes by the calendar."""

    def is_over(self, since: datetime, attempts: int, trouble: Trouble, now: datetime) -> bool:
        """Whether a message that is wanted since then was tried for long enough, and often enough, or its channel."""
        if max(attempts, trouble.failures if trouble.off else 0) < _TRIES:
            return False
        settled = now - self.awake.since >= min(self.give_up, _SETTLE_IN)
        return settled and self.awake.between(since, now) >= self.give_up
