"""Which alerts that nobody took in hand go on to another channel, and which need nobody any more.

::

    message that somebody is to take
      ├─ dropped by a user, its event taken, its channel escalates no more ─▶ settled
      ├─ held (a mute) ──────────────────────────────────────────────────────▶ nobody can know of it yet
      └─ told for ``after`` ─▶ the next channel in service of desk → phone → boss ─▶ owed there, and settled here
                               none is: it waits for one, until messages are given up, and that is told

Time is awake time: while no engine is at work nobody's button is heard. What is owed to the next channel is an alert
like any other, and has to be taken there as well; there is one for each event and channel, ever.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.clock import Awake
    from digest.values.messages import Tells
    from digest.values.settings import ChannelSpec


@dataclass(frozen=True, slots=True)
class Untaken:
    """A message that somebody is to take in hand."""

    delivery: int
    """Its id."""
    channel: str
    state: DeliveryState
    event: int
    """See `digest.values.news.StoredEntry.event`."""
    since: datetime
    """Since when somebody could."""
    alerts: tuple[int, ...]
    """The ids of the alerts that it tells."""
    title: str = ""
    story: int | None = None
    taken: bool = False
    """Somebody has its event."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """A message for the next channel, as nobody took what others told."""

    planned: PlannedDelivery
    alerts: tuple[int, ...]
    key: str
    """There is only one of it, ever."""


@dataclass(frozen=True, slots=True)
class Escalations:
    """What follows now."""

    owed: tuple[Escalation, ...] = ()
    settled: tuple[int, ...] = ()
    """The ids of messages that nobody need take any more."""
    stuck: tuple[Untaken, ...] = ()
    """Those that nobody took in time and that wait for a channel in service."""

    def __bool__(self) -> bool:
        return bool(self.owed or self.settled)


PlanEscalations = Callable[[Sequence[Untaken], Collection[str]], Escalations]
"""``plan_escalations`` of a config at a time: what follows for these messages, with these channels in service."""


def plan_escalations(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    channels: Sequence[ChannelSpec],
    give_up: timedelta,
    awake: Awake,
    now: datetime,
    untaken: Sequence[Untaken],
    in_service: Collection[str],
) -> Escalations:
    """What follows for messages that somebody is to take.

    Args:
        channels: every channel of the config; none leads back to itself.
        give_up: after so long in which no channel could be told, that is given up.
        awake: when an engine was at work.
        now: the time.
        untaken: the messages, oldest first.
        in_service: the names of the channels that take messages.
    """
    known = {each.name: each for each in channels}
    owed: dict[tuple[int, str], Escalation] = {}
    settled: list[int] = []
    stuck: list[Untaken] = []
    for each in untaken:
        wants = known[each.channel].escalate if each.channel in known else None
        if each.taken or wants is None or each.state is DeliveryState.DROPPED:
            settled.append(each.delivery)
            continue
        waited = awake.between(each.since, now)
        if each.state is DeliveryState.HELD or waited < wants.after or (each.event, each.channel) in owed:
            continue
        target, past = _next_in_service(each.channel, known, in_service)
        if target is not None:
            with_it = [other for other in untaken if _goes_with(other, each)]
            owed[each.event, each.channel] = _escalation(with_it, wants.after, target, past)
            settled += [other.delivery for other in with_it]
        elif waited >= give_up:
            settled.append(each.delivery)
        else:
            stuck.append(each)
    return Escalations(tuple(owed.values()), tuple(dict.fromkeys(settled)), tuple(stuck))


def _next_in_service(
    name: str, known: Mapping[str, ChannelSpec], in_service: Collection[str]
) -> tuple[ChannelSpec | None, list[str]]:
    """The first channel behind one that takes messages, and those that were passed over; ``None``: there is none."""
    past: list[str] = []
    while (wants := known[name].escalate) is not None and wants.to in known and wants.to not in past:
        name = wants.to
        if name in in_service:
            return known[name], past
        past.append(name)
    return None, past


def _goes_with(other: Untaken, each: Untaken) -> bool:
    """Whether two messages told one channel of one event, so that both are told on together."""
    return (other.event, other.channel) == (each.event, each.channel) and other.state not in {
        DeliveryState.HELD,
        DeliveryState.DROPPED,
    }


def _escalation(told: Sequence[Untaken], after: timedelta, target: ChannelSpec, past: Sequence[str]) -> Escalation:
    first = told[0]
    why = {"from": first.channel, "after": after // timedelta(milliseconds=1), "past": list(past)}
    tells: Tells = {"escalated": why}
    planned = PlannedDelivery(
        channel=target.name,
        kind=DeliveryKind.ALERT,
        severity=Severity.URGENT,
        title=f"escalated: {first.title.removeprefix('escalated: ')}",
        tells=tells,
        story=first.story,
        untaken=target.escalate is not None,
    )
    alerts = tuple(dict.fromkeys(alert for each in told for alert in each.alerts))
    return Escalation(planned, alerts, escalation_key(first.event, target.name))


def escalation_key(event: int, channel: str) -> str:
    """What the message goes by with which a channel is told of an event, for nobody took it elsewhere."""
    return f"escalation:{event}:{channel}"
