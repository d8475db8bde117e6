"""What becomes of the messages that wait for one channel before the next of them goes: hold, release, join.

::

    waiting ─▶ quiet hours? ─▶ its rules muted? ─▶ hold
                   │ no             │ no
                   └────────────────┴─▶ was held: release ─▶ told by a digest that goes with it: leave it to that
                                          │
                                          └▶ more than one released, a catch-up still open, or more alerts than the
                                             flood limit: join them to one catch-up

Urgent alerts and what a user asked for again go by themselves, always. What has begun to be sent, or may have
arrived, is never joined to another; but a catch-up that may have arrived still takes others in, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Severity
from digest.words import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is queued or held, as far as that matters here."""

    id: int
    kind: DeliveryKind
    state: DeliveryState
    severity: Severity
    """The highest of its alerts whose rules are not muted, if there are any."""
    held_by: Hold | None = None
    until: datetime | None = None
    """... and until when, as it was told."""
    retried: bool = False
    """A user asked for it again: it goes now."""
    begun: bool = False
    """A part of it has arrived, or all of it may have; of a catch-up only the former counts."""
    alerts: frozenset[int] = frozenset()
    """Ids of the alerts that it tells of."""


@dataclass(frozen=True, slots=True)
class Held:
    """A message to be held."""

    id: int
    by: Hold
    until: datetime


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to do; a message stands in one of these at most."""

    hold: tuple[Held, ...] = ()
    release: tuple[int, ...] = ()
    """To be queued again."""
    join: tuple[int, ...] = ()
    """To become one catch-up, oldest first; of those that are catch-ups already, the first takes the others in."""
    told: tuple[int, ...] = ()
    """What a digest tells: it is owed no longer."""
    because: Hold | None = None
    """What those to be joined were held by; ``None``: they are too many at once."""

    def __bool__(self) -> bool:
        return bool(self.hold or self.release or self.join or self.told)


def arrange(  # noqa: PLR0913 - each is a thing of its own, and has a name where it is given
    waiting: Sequence[Waiting],
    muted_until: Mapping[int, datetime],
    *,
    quiet_until: datetime | None,
    flood: int | None,
    floor: Severity = Severity.LOW,
    joins: bool = True,
) -> Arrangement:
    """Decide what becomes of what waits for one channel.

    Args:
        waiting: everything queued or held, oldest first.
        muted_until: for each alert whose rule is muted, until when.
        quiet_until: when the channel's quiet hours end; ``None``: it has none now.
        flood: more messages of alerts than that are joined to one; ``None``: never.
        floor: what the channel wants at least: an alert that only a muted rule makes so severe is muted there.
        joins: whether anything is joined at all.
    """
    hold = tuple(held for each in waiting if (held := _held(each, quiet_until, muted_until, floor)) is not None)
    kept = {held.id for held in hold}
    ready = [each for each in waiting if each.id not in kept and _is_ready(each)]
    released = [each for each in ready if each.state is DeliveryState.HELD]
    told = _told_by_digests(ready, released)
    joinable = [each for each in ready if joins and each.id not in told and _can_be_joined(each)]
    flooded = flood is not None and len(joinable) > flood
    open_catch_up = any(each.kind is DeliveryKind.CATCH_UP for each in joinable)
    holds = [each.held_by for each in joinable if each.state is DeliveryState.HELD]
    join = len(joinable) > 1 and (flooded or open_catch_up or len(holds) > 1)
    joined = {each.id for each in joinable} if join else set[int]()
    return Arrangement(
        hold=tuple(held for held in hold if not _is_held_so(waiting, held)),
        release=tuple(each.id for each in released if each.id not in told | joined),
        join=tuple(each.id for each in joinable) if join else (),
        told=tuple(sorted(told)),
        because=(Hold.QUIET if Hold.QUIET in holds else Hold.MUTE) if join and holds else None,
    )


def _held(
    each: Waiting, quiet_until: datetime | None, muted_until: Mapping[int, datetime], floor: Severity
) -> Held | None:
    """Why a message has to be held, if it has to."""
    if each.retried or (each.state is DeliveryState.HELD and each.held_by is None):
        return None
    muted = each.alerts & muted_until.keys() if each.kind is DeliveryKind.ALERT else frozenset[int]()
    if muted and (muted == each.alerts or each.severity < floor):
        return Held(each.id, Hold.MUTE, min(muted_until[alert] for alert in muted))
    if quiet_until is not None and each.severity is not Severity.URGENT:
        return Held(each.id, Hold.QUIET, quiet_until)
    return None


def _is_ready(each: Waiting) -> bool:
    """Whether it may go, or may go again; what was asked to be held waits for a user's word."""
    return each.state is DeliveryState.QUEUED or each.held_by is not None


def _can_be_joined(each: Waiting) -> bool:
    kinds = (DeliveryKind.ALERT, DeliveryKind.CATCH_UP)
    return each.kind in kinds and each.severity is not Severity.URGENT and not (each.retried or each.begun)


def _told_by_digests(ready: Iterable[Waiting], released: Iterable[Waiting]) -> set[int]:
    """Of what is released, the messages that tell of nothing but what a digest that waits with them tells."""
    digests = [each.alerts for each in ready if each.kind is DeliveryKind.DIGEST]
    covered = frozenset[int]().union(*digests)
    return {each.id for each in released if _can_be_joined(each) and each.alerts and each.alerts <= covered}


def _is_held_so(waiting: Iterable[Waiting], held: Held) -> bool:
    """Whether it is held so already, for this and until then."""
    return any(
        (each.id, each.state, each.held_by, each.until) == (held.id, DeliveryState.HELD, held.by, held.until)
        for each in waiting
    )


def hold_reason(held: Held, zone: ZoneInfo, now: datetime) -> str:
    """Why a message is held, in words."""
    until = local_time(held.until, zone, now=now)
    return f"quiet hours until {until}" if held.by is Hold.QUIET else f"muted until {until}"
