"""Decides what becomes of matches, and which channels are owed a message; every no is a named reason.

::

    stored match ─▶ judge ─▶ story ─▶ alert? ─▶ route ─▶ owed? ─▶ planned delivery
                      │        │                   │
                      │        │                   └ channel off or newer than the entry, not routed there,
                      │        │                     below the channel's severity, told in digests only
                      │        └ told before and nothing new, too few sources, no spike
                      └ baseline, too old

It is asked inside the transaction that stores the matches (``store.alerts``), so it sees everything that was committed
before; and it answers afterwards, too, why something was not told. An entry that several rules hit is one message per
channel: it names the rules routed there and is as severe as the most severe of them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.delivery.retelling import SoFar, has_sources, independent_sources, retold
from digest.stories.spikes import HOUR, Pace, Spike, spike_of
from digest.values.desks import desk_of
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Outcome, Severity
from digest.values.settings import Deliver, Telling

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from digest.values.messages import Alert, Tells
    from digest.values.news import JudgedMatch, StoredEntry
    from digest.values.settings import ChannelSpec


_AT_ONCE: Final = Telling()

Routes = Mapping[str, tuple[str, ...] | None]
"""The channels that the alerts of a rule go to, by its id; ``None``: every one of its desk, as those of a rule that is
no more."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user wants of alerts."""

    max_age: timedelta
    """An entry dated older than this when it came does not alert (``poll.max_age``)."""
    channels: Sequence[ChannelSpec]
    """Every channel of the config."""
    routes: Routes = field(default_factory=dict)
    telling: Mapping[str, Telling] = field(default_factory=dict)
    """How rules want to be told, by their ids; one that is not there: at once."""
    digests: frozenset[str] = frozenset()
    """The channels that any digest goes to."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A stored entry with those of its matches of which it is to be decided."""

    entry: StoredEntry
    matches: tuple[JudgedMatch, ...]
    """With what was decided of them until now."""
    so_far: SoFar | None = None
    """Its story; ``None``: it is not known."""
    pace: Callable[[str], Pace] | None = None
    """How fast the reports of a rule come; asked only of rules that want to know."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of the matches of one entry, and the messages that are owed for it."""

    matches: tuple[JudgedMatch, ...]
    owed: tuple[PlannedDelivery, ...] = ()


Decide = Callable[[Sequence[Asked], Mapping[str, datetime], datetime], Sequence[Decision]]
"""``decide`` with its policy: what becomes of these, in their order, for channels that are there since then, at this
time; one decision for each."""


@dataclass(frozen=True, slots=True)
class Routed:
    """What one channel gets of an entry: the matches routed there, most severe first."""

    channel: ChannelSpec
    matches: tuple[JudgedMatch, ...]

    @property
    def severity(self) -> Severity:
        """The highest of its matches."""
        return max((judged.match.severity for judged in self.matches), default=Severity.LOW)

    @property
    def is_owed(self) -> bool:
        """Whether the channel wants a message that is as severe."""
        return bool(self.matches) and self.severity >= self.channel.severity


def decide(policy: Policy, asked: Sequence[Asked], since: Mapping[str, datetime], now: datetime) -> list[Decision]:
    """What becomes of the matches of some entries, in their order.

    An entry is judged by the time at which it came, and a channel is owed nothing that came before it was there.

    Args:
        policy: what the user wants of alerts.
        asked: the entries with their matches, in the order in which they came.
        since: when each channel was first seen, by its name.
        now: the time; what came later than that came by a clock that was wrong, and counts as come now.
    """
    decisions, stories, spiking = [], dict[int, SoFar](), set[str]()
    for each in asked:
        if each.so_far is not None:  # what was decided just now counts
            each = replace(each, so_far=stories.get(each.so_far.story.id, each.so_far))  # noqa: PLW2901 - the same
        decision = _decision(policy, each, since, now, spiking)
        if each.so_far is not None:
            stories[each.so_far.story.id] = each.so_far.and_told(each.entry, decision.matches, decision.owed)
        decisions.append(decision)
    return decisions


def _decision(
    policy: Policy, asked: Asked, since: Mapping[str, datetime], now: datetime, spiking: set[str]
) -> Decision:
    """What becomes of one entry; ``spiking``: the rules whose spike another entry began just now."""
    entry, so_far = asked.entry, asked.so_far
    came = min(entry.first_seen, now)
    # A channel of the future was added under a wrong clock: that says nothing, and nothing must be lost to it.
    there = [each for each in policy.channels if each.name in since and not came < since[each.name] <= now]
    policy = replace(policy, channels=there)
    outcome = judge(entry.published, baseline=entry.baseline, now=came, max_age=policy.max_age)
    is_news = outcome is Outcome.ALERT and came > now - HOUR
    spikes = _spikes(asked, policy.telling, spiking) if is_news else {}
    spiking.update(spikes)
    judged, only = _in_story(
        [
            replace(each, outcome=_waited(outcome, each.match.rule, asked, policy.telling, spikes))
            for each in asked.matches
        ],
        asked,
        policy,
    )
    unsure = entry.doubtful and not any(match.news for match in judged)
    told: Collection[str] = () if so_far is None or unsure else so_far.channels
    owed = [_with_proof(planned, spikes) for planned in plan_deliveries(entry, judged, policy, told, only)]
    if unsure:  # a message by itself, neither joined to those of that story nor edited with them
        owed = [replace(planned, story=None) for planned in owed]
    return Decision(judged, tuple(owed))


def _in_story(
    judged: Sequence[JudgedMatch], asked: Asked, policy: Policy
) -> tuple[tuple[JudgedMatch, ...], dict[str, frozenset[str] | None]]:
    """What becomes of matches that would alert, by what was told of their story; and who is to be told, by rule."""
    so_far = asked.so_far
    if so_far is None:
        return tuple(judged), {}
    only: dict[str, frozenset[str] | None] = {}
    if so_far.rules:
        found = retold(judged, asked.matches, asked.entry, so_far, policy.telling, _going(judged, policy))
        judged = [each.judged for each in found]
        only = {each.judged.match.rule: each.channels for each in found}
    if any(match.outcome is Outcome.ALERT for match in judged):
        sources = independent_sources(so_far.story.reports)
        judged = [replace(match, sources=sources) for match in judged]
    return tuple(judged), only


def _going(judged: Sequence[JudgedMatch], policy: Policy) -> dict[str, set[str]]:
    """The channels that would be owed a message of each match, by its rule; what waits for a digest goes to none."""
    going: dict[str, set[str]] = {}
    for routed in route(judged, policy):
        for match in routed.matches if routed.is_owed else ():
            if not _waits_for_digest(match, routed, policy):
                going.setdefault(match.match.rule, set()).add(routed.channel.name)
    return going


def _waits_for_digest(match: JudgedMatch, routed: Routed, policy: Policy) -> bool:
    """Whether a channel is told of a match in its digests only; where it gets none, or it is urgent, it is told now."""
    wants = policy.telling.get(match.match.rule, _AT_ONCE)
    reached = routed.channel.name in policy.digests and routed.severity is not Severity.URGENT
    return wants.deliver is Deliver.DIGEST and reached


def _spikes(asked: Asked, telling: Mapping[str, Telling], spiking: Collection[str]) -> dict[str, Spike]:
    """The spikes that begin with an entry, by rule."""
    rules = [each.match.rule for each in asked.matches if each.match.rule in telling and each.match.rule not in spiking]
    wanted = {rule: telling[rule].spike for rule in rules}
    found = {rule: spike_of(asked.pace(rule), factor) for rule, factor in wanted.items() if factor and asked.pace}
    return {rule: spike for rule, spike in found.items() if spike is not None}


def _with_proof(planned: PlannedDelivery, spikes: Mapping[str, Spike]) -> PlannedDelivery:
    """A message that tells of a spike says what proves it."""
    proof = next((spikes[rule] for rule in planned.rules if rule in spikes), None)
    return planned if proof is None else replace(planned, tells={**planned.tells, "spike": asdict(proof)})


def _waited(
    outcome: Outcome, rule: str, asked: Asked, telling: Mapping[str, Telling], spikes: Collection[str]
) -> Outcome:
    """What becomes of a match that would alert, if its rule waits for something."""
    wants = telling.get(rule)
    if outcome is not Outcome.ALERT or wants is None:
        return outcome
    if wants.spike and rule not in spikes:
        return Outcome.NO_SPIKE
    if wants.sources > 1:
        story, told = (asked.so_far.story.reports, asked.so_far.rules) if asked.so_far is not None else ((), {})
        if rule not in told and not has_sources(story, wants):
            return Outcome.FEW_SOURCES
    return outcome


# --- is a match an alert? ----------------------------------------------------------------------------------------


def judge(published: datetime | None, *, baseline: bool, now: datetime, max_age: timedelta) -> Outcome:
    """What becomes of the matches of an entry.

    Args:
        published: the entry's date; without one an entry is never too old.
        baseline: it belongs to its feed's baseline and is none of the ``newest`` that may alert all the same.
        now: the time at which it came.
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


def route(judged: Sequence[JudgedMatch], policy: Policy) -> tuple[Routed, ...]:
    """What each channel gets of an entry's matches; one result per channel, in order.

    Matches that are no alerts are left out.
    """
    alerts = sorted(
        (match for match in judged if match.outcome is Outcome.ALERT),
        key=lambda alert: -alert.match.severity,
    )
    return tuple(
        Routed(channel, tuple(alert for alert in alerts if _goes_to(channel, alert.match.rule, policy.routes)))
        for channel in policy.channels
    )


def _goes_to(channel: ChannelSpec, rule: str, routes: Routes) -> bool:
    """Whether alerts of a rule go to a channel: one of its desk, and of those that it names."""
    named = routes.get(rule)
    return channel.desk == desk_of(rule) and (named is None or channel.name in named)


def plan_deliveries(
    entry: StoredEntry,
    judged: Sequence[JudgedMatch],
    policy: Policy,
    told: Collection[str] = (),
    only: Mapping[str, frozenset[str] | None] | None = None,
) -> tuple[PlannedDelivery, ...]:
    """The messages owed for one entry: at most one per channel.

    Args:
        entry: it.
        judged: its matches.
        policy: with the channels that are there.
        told: the channels that know of its story already.
        only: for a rule the channels that are to be told of its match, if not all that it goes to.
    """
    planned = []
    for routed in route(judged, policy):
        chosen = tuple(match for match in routed.matches if _is_for(routed.channel, match, only or {}))
        chosen = tuple(match for match in chosen if not _waits_for_digest(match, routed, policy))
        wanted = Routed(routed.channel, chosen)
        if wanted.is_owed:
            planned.append(_planned(entry, wanted, policy.telling, is_update=routed.channel.name in told))
    return tuple(planned)


def _is_for(channel: ChannelSpec, match: JudgedMatch, only: Mapping[str, frozenset[str] | None]) -> bool:
    chosen = only.get(match.match.rule)
    return chosen is None or channel.name in chosen


def _planned(entry: StoredEntry, routed: Routed, telling: Mapping[str, Telling], *, is_update: bool) -> PlannedDelivery:
    spans = [telling.get(judged.match.rule, _AT_ONCE).every for judged in routed.matches]
    tells: Tells = {"update": True} if is_update else {}
    bundled = [each for each in spans if each is not None]
    if len(bundled) == len(spans) and routed.severity is not Severity.URGENT:
        tells["every"] = min(bundled) // timedelta(milliseconds=1)
    return PlannedDelivery(
        channel=routed.channel.name,
        kind=DeliveryKind.ALERT,
        severity=routed.severity,
        title=entry.title,
        tells=tells,
        rules=tuple(judged.match.rule for judged in routed.matches),
        story=entry.story,
        untaken=routed.channel.escalate is not None and routed.severity is Severity.URGENT,
    )


def alerts_for(channel: ChannelSpec, alerts: Iterable[Alert], routes: Routes, *, since: datetime) -> list[Alert]:
    """Which of a period's alerts a digest tells a channel: those that would have gone there by themselves.

    Those of a rule that is no more go where messages were owed for them.

    Args:
        channel: an entry counts as severe as the most severe of its alerts that go there.
        alerts: of the period, with their deliveries; they are returned in their order.
        routes: of the rules of now.
        since: when the channel was first seen: it is owed nothing older.
    """
    routed = [alert for alert in alerts if alert.created >= since and _went_to(channel, alert, routes)]
    severity: dict[int, Severity] = {}
    for alert in routed:
        severity[alert.entry.id] = max(alert.severity, severity.get(alert.entry.id, alert.severity))
    return [alert for alert in routed if severity[alert.entry.id] >= channel.severity]


def _went_to(channel: ChannelSpec, alert: Alert, routes: Routes) -> bool:
    if alert.rule in routes:
        return _goes_to(channel, alert.rule, routes)
    return any(delivery.channel == channel.name for delivery in alert.deliveries)


# --- why was something told, or not? -----------------------------------------------------------------------------


class Standing(enum.StrEnum):
    """What became of one entry under one rule."""

    ALERT = "alert"
    BASELINE = "baseline"
    TOO_OLD = "too-old"
    SAME_REPORT = "same-report"
    SAME_STORY = "same-story"
    FEW_SOURCES = "few-sources"
    NO_SPIKE = "no-spike"
    IN_A_DIGEST = "in-a-digest"
    BELOW_SEVERITY = "below-severity"
    NOT_ROUTED = "not-routed"
    DISABLED = "disabled"
    RULE_IS_NEWER = "rule-is-newer"
    NO_MATCH = "no-match"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_TOLD = (Outcome.ALERT, Outcome.UNDECIDED)
_SENTENCES = {
    Standing.ALERT: Outcome.ALERT.sentence,
    **{Standing(outcome.value): outcome.sentence for outcome in Outcome if outcome not in _TOLD},
    Standing.IN_A_DIGEST: "it alerted, and its rule is told in digests only",
    Standing.BELOW_SEVERITY: "it matched, and every channel that the rule goes to wants more severe alerts",
    Standing.NOT_ROUTED: "it matched, and the config has none of the channels that the rule goes to",
    Standing.DISABLED: "it would match, and the rule is switched off",
    Standing.RULE_IS_NEWER: "it matches by the rules of now, and these did not look at it when it came",
    Standing.NO_MATCH: "it does not match",
}


def standing(  # noqa: PLR0913 - what decided, one after another
    judged: JudgedMatch | None,
    *,
    matches: bool,
    enabled: bool,
    delivered: bool,
    routed: Sequence[Routed],
    telling: Telling = _AT_ONCE,
) -> Standing:
    """What became of an entry under a rule.

    Args:
        judged: the match that is stored; ``None`` if there is none.
        matches: whether the rule matches now.
        enabled: whether it is switched on.
        delivered: whether a message was owed for the match.
        routed: what each channel gets of the entry, as ``route`` says today.
        telling: how the rule wants to be told.
    """
    if judged is None:
        if not matches:
            return Standing.NO_MATCH
        return Standing.RULE_IS_NEWER if enabled else Standing.DISABLED
    if judged.outcome is not Outcome.ALERT or delivered or not routed:
        return Standing(judged.outcome.value)
    there = [one for one in routed if any(match.match.rule == judged.match.rule for match in one.matches)]
    if not there:
        return Standing.NOT_ROUTED
    if not any(one.is_owed for one in there):
        return Standing.BELOW_SEVERITY
    return Standing.IN_A_DIGEST if telling.deliver is Deliver.DIGEST else Standing.ALERT
