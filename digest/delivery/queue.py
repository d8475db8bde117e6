"""What becomes of everything that waits for one chat: state, time, reason and turn of each, and what is joined.

::

    waiting ─▶ its rules muted? ─▶ quiet hours? ─▶ hold
                  │ no                │ no
                  └───────────────────┴─▶ was held, and a digest that waits tells it: hold until that is sent
                                            │
                                            ├▶ several that were held, a catch-up still open, or more alerts than the
                                            │  flood limit: join them to one catch-up
                                            └▶ not before: its own retry, its place taking messages, all having come in,
                                               the article's page; of a digest the language model

A chat is all that leads there, topics of a forum for instance; joined is only what goes to one channel. Urgent alerts
and what a user asked for again go by themselves, always. What was sent in part, or may have arrived, is never joined to
another. Only a catch-up that may have arrived still takes others in, while other messages of its channel fail as well;
else it may be its own fault that it fails, and others go without it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from digest.delivery.retries import WELL
from digest.values.desks import desk_of, of_desk
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Severity
from digest.values.stories import story_name
from digest.words import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.delivery.retries import Patience, Trouble

SETTLES: Final = timedelta(seconds=3)
"""How long a flood is let come: whatever comes before joins it, and this begins anew ..."""
SETTLED: Final = timedelta(seconds=30)
"""... but it goes after this at the latest."""
BETWEEN_UPDATES: Final = timedelta(minutes=30)
"""So long after the last message of its story an UPDATE waits, and after the next try of one that is in doubt."""
AN_UPDATE: Final = "an UPDATE waits for 30 minutes after the last message of its story"
PAGE_WAIT: Final = timedelta(seconds=10)
"""How long an alert waits at most for the page of its article."""
MODEL_WAIT: Final = timedelta(minutes=2)
"""How long a digest waits at most for the language model."""
COMING_IN: Final = "waits for what else is coming in"
"""Why an alert waits while much is polled at once, and a flood until nothing joins it any more."""
READS_PAGE: Final = "waits for the article's page"
"""Why an alert waits that is to be told by what the page of its article says."""
ASKS_MODEL: Final = "waits for the language model"
"""Why a digest waits whose sentences may be picked anew, and its headlines translated."""
IN_A_DIGEST: Final = "a digest tells it"
"""Why what was held is held on, without a time, until that digest is sent."""
UNWRITTEN: Final = "Digest could not write it, by a fault of its own: see its log"
"""Why a message is tried again though nothing was sent of it."""


class Told(NamedTuple):
    """An alert that a message tells of."""

    alert: int
    """Its id."""
    rule: str
    severity: Severity
    feed: int
    """The id of the feed that brought it."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that is queued or held, as far as that matters here."""

    id: int
    channel: str
    kind: DeliveryKind
    state: DeliveryState
    severity: Severity
    created: datetime
    """Since when it is there ..."""
    wanted_since: datetime
    """... and since when it is tried to be sent."""
    told: tuple[Told, ...] = ()
    """The alerts that it tells of."""
    turn: int | None = None
    """Its turn, once it has one."""
    held_by: Hold | None = None
    not_before: datetime | None = None
    retry_at: datetime | None = None
    """When it may be tried again after a failure; of a catch-up, when it has settled."""
    reason: str = ""
    failed: bool = False
    """It was tried, and may say why that failed."""
    attempts: int = 0
    retried: bool = False
    """A user asked for it again: it goes now."""
    begun: bool = False
    """A part of it has arrived."""
    copies: int = 0
    """How many of it may have arrived: answers that were lost."""
    story: int | None = None
    """The event that it tells of."""
    is_update: bool = False
    """Its channel knows of its story, or will by an earlier message ..."""
    story_told: datetime | None = None
    """... and was told of it last at this time."""
    every: timedelta | None = None
    """It is told with others, each time this is over; ``None``: by itself."""
    asks_model: bool = False
    """Of a digest: the language model has not answered yet."""
    bundle: bool = False
    """It is a catch-up of what was told with others: it is whole, and takes nothing in."""


@dataclass(frozen=True, slots=True)
class ChannelNow:
    """What a channel wants at the moment."""

    quiet_until: datetime | None = None
    """When its quiet hours end; ``None``: it has none now."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    floor: Severity = Severity.LOW
    """The least it gets: an alert that only a muted rule makes so severe is muted there."""
    joins: bool = True
    """Whether anything is joined at all: a file is read at leisure."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that decides, beside the messages themselves."""

    now: datetime
    patience: Patience
    channels: Mapping[str, ChannelNow] = field(default_factory=dict)
    """By name, those that lead to the chat."""
    flood: int = 20
    """More messages of alerts than that for one channel are joined to one."""
    gathering_until: datetime | None = None
    """Much is polled at once: until then alerts wait for each other ..."""
    flood_until: datetime | None = None
    """... and if they are a flood, until then, or 30 s."""
    settle: timedelta = SETTLES
    """How long a flood waits for what else comes."""
    muted_until: Mapping[str, datetime] = field(default_factory=dict)
    """By rule, or by a story's name."""
    unread: frozenset[int] = frozenset()
    """New alerts, by their ids, the page of whose article is still to be read."""
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    """By channel."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A message and what becomes of it; it differs from what it says now."""

    id: int
    state: DeliveryState
    """``queued``, ``held``, or ``dead``: it is given up."""
    not_before: datetime | None
    reason: str
    turn: int
    """Of two equally severe messages the one with the lower goes first."""
    held_by: Hold | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Messages that become one catch-up."""

    ids: tuple[int, ...]
    """Oldest first; of those that are catch-ups already, the first takes the others in."""
    because: Hold | None
    """What they were held by; ``None``: they are too many at once."""
    retry_at: datetime
    """When it has settled."""
    placed: Placed
    """What becomes of it, whatever its id is."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do; a message stands in one of these at most."""

    placed: tuple[Placed, ...] = ()
    joined: tuple[Joined, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.placed or self.joined)


def plan_queue(waiting: Sequence[Waiting], situation: Situation) -> Plan:
    """Decide what becomes of everything that waits for one chat, oldest first."""
    turns = _turns(waiting)
    by_channel: dict[str, list[Waiting]] = defaultdict(list)
    for each in waiting:
        by_channel[each.channel].append(each)
    plans = [
        _plan_channel(of_channel, situation.channels.get(name) or ChannelNow(), situation, turns)
        for name, of_channel in by_channel.items()
    ]
    return Plan(
        tuple(each for plan in plans for each in plan.placed),
        tuple(each for plan in plans for each in plan.joined),
    )


def _plan_channel(
    waiting: Sequence[Waiting], channel: ChannelNow, situation: Situation, turns: Mapping[int, int]
) -> Plan:
    """The same of what waits for one channel."""
    held = {each.id: hold for each in waiting if (hold := _held(each, channel, situation, turns[each.id]))}
    alive = [each for each in waiting if each.id not in held and not _is_over(each, situation)]
    held |= _told_by_digests(alive, situation, turns)
    joined = _to_join([each for each in alive if each.id not in held], channel, situation, turns)
    gone = set(joined.ids) if joined else set()
    doubted = _doubted(waiting)
    placed = [held.get(each.id) or _place(each, situation, turns[each.id], doubted.get(each.story)) for each in waiting]
    left = (one for one, each in zip(placed, waiting, strict=True) if _differs(one, each) and each.id not in gone)
    return Plan(tuple(left), (joined,) if joined else ())


# --- what is held ------------------------------------------------------------------------------------------------


def _held(each: Waiting, channel: ChannelNow, situation: Situation, turn: int) -> Placed | None:
    """A message that has to be held, by what and until when; ``None``: it need not be."""
    if each.retried:
        return None
    muted = [until for one in each.told if (until := _muted_until(one, each, situation)) is not None]
    severity = _severity(each, situation)
    holds = []
    if each.kind is DeliveryKind.ALERT and muted and (len(muted) == len(each.told) or severity < channel.floor):
        holds.append((min(muted), Hold.MUTE, "muted"))
    if channel.quiet_until is not None and severity is not Severity.URGENT:
        holds.append((channel.quiet_until, Hold.QUIET, "quiet hours"))
    if (bundle := _bundled_until(each, channel)) and bundle > situation.now and severity is not Severity.URGENT:
        holds.append((bundle, Hold.BUNDLE, "bundled"))
    if not holds:
        return None
    until, by, why = max(holds)  # it goes once both are over
    reason = f"{why} until {local_time(until, channel.zone, now=situation.now)}"
    return Placed(each.id, DeliveryState.HELD, until, reason, turn, by)


def _muted_until(one: Told, each: Waiting, situation: Situation) -> datetime | None:
    """Until when an alert is muted, by its rule or, at its desk, its story; ``None``: it is not."""
    rule = situation.muted_until.get(one.rule)
    name = "" if each.story is None else of_desk(desk_of(one.rule), story_name(each.story))
    story = situation.muted_until.get(name)
    return max(filter(None, (rule, story)), default=None)


def _bundled_until(each: Waiting, channel: ChannelNow) -> datetime | None:
    """When the next bundle goes, counted from midnight in the channel's zone; ``None``: it is not bundled."""
    if each.every is None or each.kind is not DeliveryKind.ALERT:
        return None
    local = each.created.astimezone(channel.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = local.replace(tzinfo=None) - midnight.replace(tzinfo=None)
    wall = midnight.replace(tzinfo=None) + (passed // each.every + 1) * each.every
    day_after = midnight.replace(tzinfo=None) + timedelta(days=1)
    return min(wall, day_after).replace(tzinfo=channel.zone).astimezone(each.created.tzinfo)


def _severity(each: Waiting, situation: Situation) -> Severity:
    """The highest of its alerts whose rules are not muted, if there are any."""
    heard = [one.severity for one in each.told if _muted_until(one, each, situation) is None]
    if each.kind is not DeliveryKind.ALERT or len(heard) == len(each.told):
        return each.severity
    return max(heard, default=each.severity)


# --- what is joined ----------------------------------------------------------------------------------------------


def _told_by_digests(ready: Sequence[Waiting], situation: Situation, turns: Mapping[int, int]) -> dict[int, Placed]:
    """Of what was held, the messages that tell of nothing but what a digest that waits with them tells: held on."""
    digests = [_alerts(each) for each in ready if each.kind is DeliveryKind.DIGEST]
    released = [each for each in ready if each.state is DeliveryState.HELD and _can_be_joined(each, situation)]
    return {
        each.id: Placed(each.id, DeliveryState.HELD, None, IN_A_DIGEST, turns[each.id], each.held_by)
        for each in released
        if each.told and any(_alerts(each) <= digest for digest in digests)
    }


def _to_join(
    ready: Sequence[Waiting], channel: ChannelNow, situation: Situation, turns: Mapping[int, int]
) -> Joined | None:
    """What becomes one catch-up, if anything does."""
    joinable = [each for each in ready if channel.joins and _can_be_joined(each, situation)]
    joinable = _bundle_alone(joinable, situation.flood)
    holds = [each.held_by for each in joinable if each.state is DeliveryState.HELD]
    opened = [each for each in joinable if each.kind is DeliveryKind.CATCH_UP]
    if not _are_one(len(joinable), len(holds), len(opened), situation):
        return None
    because = max(filter(None, holds), default=None)  # of both it is the quiet hours that are told
    now, ids = situation.now, tuple(each.id for each in joinable)
    settled = now if because else _settled(opened, situation)
    like = opened[0] if opened else replace(joinable[0], created=now, failed=False, told=())
    one = replace(like, kind=DeliveryKind.CATCH_UP, state=DeliveryState.QUEUED, wanted_since=now, retry_at=settled)
    return Joined(ids, because, settled, _place(one, situation, min(turns[each] for each in ids)))


def _bundle_alone(joinable: list[Waiting], flood: int) -> list[Waiting]:
    """Without what goes at once, where all that was held is a bundle: neither is in the other, if that is no flood."""
    held = [each for each in joinable if each.state is DeliveryState.HELD]
    bundled = len(held) > 1 and all(each.held_by is Hold.BUNDLE for each in held)
    return held if bundled and len(joinable) - len(held) <= flood else joinable


def _are_one(joinable: int, held: int, opened: int, situation: Situation) -> bool:
    """Whether so many messages are one, of which so many were held or are catch-ups that still stand open."""
    flooded = situation.gathering_until is None and joinable > situation.flood
    return joinable > 1 and (flooded or opened > 0 or held > 1)


def _settled(opened: Iterable[Waiting], situation: Situation) -> datetime:
    """When a flood has settled; of one that failed, when it may be tried again at the earliest."""
    least = [each.retry_at for each in opened if each.failed and each.retry_at is not None]
    soon = min([situation.now + situation.settle, *(each.created + SETTLED for each in opened)])
    return max([soon, *least])


def _can_be_joined(each: Waiting, situation: Situation) -> bool:
    if each.begun or each.reason == UNWRITTEN or not _could_be_joined(each):  # it would take the others with it
        return False
    if each.kind is DeliveryKind.CATCH_UP and each.copies:  # is it the channel that fails, or this?
        return situation.troubles.get(each.channel, WELL).failures > each.copies
    return not each.copies


def _could_be_joined(each: Waiting) -> bool:
    """Whether it is of those that are joined, as long as it was not tried."""
    kinds = (DeliveryKind.ALERT, DeliveryKind.CATCH_UP)
    return each.kind in kinds and each.severity is not Severity.URGENT and not (each.retried or each.bundle)


def _alerts(each: Waiting) -> frozenset[int]:
    return frozenset(one.alert for one in each.told)


# --- what goes, and when -----------------------------------------------------------------------------------------


def _place(each: Waiting, situation: Situation, turn: int, doubted: Waiting | None = None) -> Placed:
    """A message that may go, and what it waits for: all of these have to be over.

    ``doubted``: the first message of its story that was tried, and that nobody knows to have arrived.
    """
    now, trouble = situation.now, situation.troubles.get(each.channel, WELL)
    if _is_over(each, situation):
        return Placed(each.id, DeliveryState.DEAD, None, f"given up: {trouble.off or each.reason}", turn)
    because = {
        COMING_IN: _comes_until(each, situation),
        AN_UPDATE: _spaced_until(each, doubted, now),
        READS_PAGE: _page_until(each, situation),
        ASKS_MODEL: _model_until(each, situation.now),
    }
    waits = [time for time in (each.retry_at, trouble.try_at, *because.values()) if time is not None]
    settles = each.retry_at is not None and each.retry_at > now and not each.failed
    why = COMING_IN if settles else next((words for words, time in because.items() if time is not None), "")
    reason = trouble.off or (each.reason if each.failed else why)
    return Placed(each.id, DeliveryState.QUEUED, max(waits, default=None), reason, turn)


def _is_over(each: Waiting, situation: Situation) -> bool:
    """Whether it is given up: it failed, or its channel takes nothing, and that for long enough."""
    trouble = situation.troubles.get(each.channel, WELL)
    if each.state is DeliveryState.HELD or not (each.failed or trouble.off):  # what was held is wanted from now on
        return False
    return situation.patience.is_over(each.wanted_since, each.attempts, trouble, situation.now)


def _comes_until(each: Waiting, situation: Situation) -> datetime | None:
    """Until when it waits for what else is coming in: what would be joined if there were more of it."""
    if not _could_be_joined(each):
        return None
    if each.kind is DeliveryKind.CATCH_UP and situation.flood_until is not None and not each.begun:
        return max(situation.gathering_until or situation.now, min(situation.flood_until, each.created + SETTLED))
    return situation.gathering_until


def _spaced_until(each: Waiting, doubted: Waiting | None, now: datetime) -> datetime | None:
    """Until when an UPDATE waits, for its story was told just now or is being told; ``None``: it need not."""
    if each.retried or each.severity is Severity.URGENT:
        return None
    told = [] if each.story_told is None else [min(each.story_told, now)]
    if each.is_update and doubted is not None and doubted.id < each.id:
        told.append(max(doubted.retry_at or now, now))
    until = max(told, default=now - BETWEEN_UPDATES) + BETWEEN_UPDATES
    return until if until > now else None


def _doubted(waiting: Sequence[Waiting]) -> dict[int | None, Waiting]:
    """Of each story the first alert that was tried, and is tried again; one that cannot be written holds up nothing."""
    tried = [each for each in waiting if (each.begun or each.attempts) and each.reason != UNWRITTEN]
    return {each.story: each for each in reversed(tried) if each.kind is DeliveryKind.ALERT and each.story is not None}


def _page_until(each: Waiting, situation: Situation) -> datetime | None:
    """Until when it waits for the page of its article at most; what waited for something else has waited for it too."""
    until = each.created + PAGE_WAIT
    if each.kind is not DeliveryKind.ALERT or each.severity is Severity.URGENT or each.retried:
        return None
    return until if until > situation.now and not situation.unread.isdisjoint(_alerts(each)) else None


def _model_until(each: Waiting, now: datetime) -> datetime | None:
    """Until when a digest waits for the language model at most; by a clock that was set back it need not."""
    until = each.created + MODEL_WAIT
    if each.kind is not DeliveryKind.DIGEST or not each.asks_model or each.retried:
        return None
    return until if each.created <= now < until else None


def _differs(placed: Placed, now: Waiting) -> bool:
    """Whether it is not so already."""
    said = (now.state, now.held_by, now.not_before, now.reason, now.turn)
    return said != (placed.state, placed.held_by, placed.not_before, placed.reason, placed.turn)


def _turns(waiting: Sequence[Waiting]) -> dict[int, int]:
    """The turn of each message: of equally severe ones every feed has one before any has the next.

    A turn that was given stays, so a feed that comes later begins where the others are by now.
    """
    turns: dict[int, int] = {each.id: each.turn for each in waiting if each.turn is not None}
    now: dict[Severity, int] = {}
    last: dict[tuple[Severity, int], int] = {}
    for each in waiting:
        if each.turn:
            now[each.severity] = min(each.turn, now.get(each.severity, each.turn))
            key = each.severity, _feed(each)
            last[key] = max(each.turn, last.get(key, 0))
    for each in waiting:
        if each.turn is None:
            key = each.severity, _feed(each)
            turns[each.id] = last[key] = max(now.get(each.severity, 1), last.get(key, 0) + 1)
    return turns


def _feed(each: Waiting) -> int:
    """Whose turn it takes: that of the feed of its first alert; what tells of none has turns of its own."""
    return each.told[0].feed if each.told and each.kind is DeliveryKind.ALERT else 0
