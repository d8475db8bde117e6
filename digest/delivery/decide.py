"""Decides what becomes of a match, and which channels are owed a message; every no is a named reason.

::

    match ─▶ judge ─▶ alert? ─▶ route ─▶ owed? ─▶ planned delivery
               │                  │
               └ baseline,        └ not routed there, below the channel's severity,
                 too old            channel off

An entry that several rules hit is one message per channel: it names the rules routed there and is as severe as the
most severe of them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import JudgedMatch, Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta

    from digest.values.settings import ChannelSpec


class Verdict(enum.StrEnum):
    """Whether one channel is owed a message about an entry that alerted, or the named reason why not."""

    OWED = "owed"
    NOT_ROUTED = "not-routed"
    BELOW_SEVERITY = "below-severity"
    CHANNEL_OFF = "channel-off"

    @property
    def sentence(self) -> str:
        """The reason in words, for ``digest why`` and the dashboard."""
        return _VERDICT_SENTENCES[self]


_VERDICT_SENTENCES = {
    Verdict.OWED: "it is owed to this channel",
    Verdict.NOT_ROUTED: "the rule names other channels",
    Verdict.BELOW_SEVERITY: "the message is less severe than the channel wants",
    Verdict.CHANNEL_OFF: "the channel is off",
}


@dataclass(frozen=True, slots=True)
class RuleRoute:
    """What delivery needs to know of a rule: the name to show and where it goes (``None``: every channel)."""

    title: str
    channels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """What one channel gets of an entry: the matches routed there, most severe first, and the verdict."""

    channel: ChannelSpec
    verdict: Verdict
    matches: tuple[JudgedMatch, ...] = ()

    @property
    def severity(self) -> Severity:
        """The highest of its matches."""
        return max((judged.match.severity for judged in self.matches), default=Severity.LOW)


# --- is a match an alert? ----------------------------------------------------------------------------------------


def judge(published: datetime | None, *, baseline: bool, now: datetime, max_age: timedelta) -> Outcome:
    """What becomes of the matches of a new entry.

    Args:
        published: the entry's date; without one an entry is never too old.
        baseline: it belongs to its feed's baseline and is none of the ``newest`` that may alert all the same.
        now: the time.
        max_age: ``poll.max_age``.
    """
    if baseline:
        return Outcome.BASELINE
    if published is not None and now - published > max_age:
        return Outcome.TOO_OLD
    return Outcome.ALERT


def newest(published: Sequence[datetime | None], count: int, *, now: datetime) -> frozenset[int]:
    """Which entries of a first poll are the newest ``count``, as indexes into ``published``.

    Dates decide; a date in the future counts as now, entries without one come last, and among equals the order of
    the document decides, in which the newest stands first.
    """

    def freshness(index: int) -> tuple[bool, float, int]:
        date = published[index]
        return (date is None, 0.0 if date is None else -min(date, now).timestamp(), index)

    return frozenset(sorted(range(len(published)), key=freshness)[:count])


# --- who is owed a message? --------------------------------------------------------------------------------------


def route(
    judged: Sequence[JudgedMatch],
    routes: Mapping[str, RuleRoute],
    channels: Sequence[ChannelSpec],
    off: Mapping[str, str],
) -> tuple[Routed, ...]:
    """What each channel gets of an entry's matches, and why one gets nothing; one result per channel, in order.

    Args:
        judged: the entry's matches; those that are no alerts are left out.
        routes: by rule id.
        channels: every channel of the config.
        off: channels that owe nothing, with the reason in words.
    """
    alerts = sorted(
        (match for match in judged if match.outcome is Outcome.ALERT),
        key=lambda alert: -alert.match.severity,
    )
    return tuple(_route_to(channel, alerts, routes, off) for channel in channels)


def _route_to(
    channel: ChannelSpec, alerts: Sequence[JudgedMatch], routes: Mapping[str, RuleRoute], off: Mapping[str, str]
) -> Routed:
    matches = tuple(alert for alert in alerts if _goes_to(routes[alert.match.rule], channel.name))
    routed = Routed(channel, Verdict.OWED, matches)
    if not matches:
        return Routed(channel, Verdict.NOT_ROUTED)
    if routed.severity < channel.severity:
        return Routed(channel, Verdict.BELOW_SEVERITY, matches)
    if channel.name in off:
        return Routed(channel, Verdict.CHANNEL_OFF, matches)
    return routed


def _goes_to(rule: RuleRoute, channel: str) -> bool:
    return rule.channels is None or channel in rule.channels


def plan_deliveries(
    title: str,
    judged: Sequence[JudgedMatch],
    routes: Mapping[str, RuleRoute],
    channels: Sequence[ChannelSpec],
    off: Mapping[str, str],
) -> tuple[PlannedDelivery, ...]:
    """The messages owed for an entry that goes by ``title``: one per channel at most. Else as for `route`."""
    return tuple(
        _planned(title, routed) for routed in route(judged, routes, channels, off) if routed.verdict is Verdict.OWED
    )


def _planned(title: str, routed: Routed) -> PlannedDelivery:
    return PlannedDelivery(
        channel=routed.channel.name,
        kind=DeliveryKind.ALERT,
        severity=routed.severity,
        title=title,
        rules=tuple(judged.match.rule for judged in routed.matches),
    )
