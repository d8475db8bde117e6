"""Decides what is told of what is wrong, and when that it is over.

::

    signs ─▶ conditions_now ─▶ found ─▶ news(known, found) ─▶ began: told once   over: told once   lapsed: silently
                                │                              shown: of a group that was told, or not to be told yet
                                └ not ripe yet: still young, or nobody's fault (our own network is down)

A condition that is found but not ripe is no news, and yet keeps one that was told from being over: a feed that answers
410 today and 503 tomorrow was told once. What is told is known by its key, so a restart tells nothing twice.

What is wrong alike (see `alike`: the feeds of one provider, say) is one piece of news: once one of them is ripe, all
are told, in one message. What joins them later is only shown, until they are twice as many. The end of many is told
once all are well, or once no other has become so for a while.

What is no longer found is over only where something shows that it is well: a feed that answered since, a rule that
fired, a file that was loaded. Else, what made it known may merely be gone: paused, removed, or let go of as too old.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.watch.alike import MANY, alike

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from digest.clock import Awake

_ENDS_TOGETHER: Final = timedelta(minutes=10)
"""So long after the last of many has become well, the others are not waited for any longer ..."""
_ENDS_AT_MOST: Final = timedelta(hours=1)
"""... nor so long after the first."""

NETWORK: Final = "network::down"

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_THIS_LOOK: Final = datetime.max.replace(tzinfo=UTC)
"""Later than whatever is known: what a look itself sees, a file that is loaded, needs no time."""


def broken_file(path: str) -> str:
    """The key of a rule file, or the folder, that cannot be loaded."""
    return f"file:{path}:broken"


@dataclass(frozen=True, slots=True)
class FeedSigns:
    """What is looked at of a feed; those paused are left out."""

    id: int
    name: str
    well_at: datetime
    """When it last answered well; before that, when it was added."""
    attempted: datetime | None = None
    failures: int = 0
    reached: bool = True
    """Whether its server answered at the last attempt, be it with an error."""
    error: str = ""
    gone: bool = False
    site: str = ""
    """The domain it is read from."""
    new_at: datetime | None = None
    """When it last brought something new."""
    usual_gap: timedelta | None = None
    """Its longest usual pause; ``None`` where its past says too little, or it was not asked for."""
    rare_gap: timedelta | None = None
    """Its second-longest pause of all; ``None`` as before."""
    a_day: float = 0.0
    """How many times a day it used to bring something new; 0 as before."""
    push_problem: str = ""
    """Why its hub does not push it; empty: it does, or it has none."""
    push_troubled: datetime | None = None
    """Since when."""


@dataclass(frozen=True, slots=True)
class RuleSigns:
    """What is looked at of a rule that is in force."""

    id: str
    name: str
    fired_at: datetime | None = None
    usual_gap: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ChannelSigns:
    """What is looked at of a channel."""

    name: str
    off: str = ""
    error: str = ""
    """Why the last message did not go; empty once one went after it."""
    troubled_since: datetime | None = None
    """Since when it is known to be off or failing."""
    given_up_at: datetime | None = None
    """When the newest message that was given up was."""
    given_up: int = 0
    given_up_reason: str = ""


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file that failed to load."""

    path: str
    problem: str
    """Place and sentence."""
    live: bool
    """Whether an earlier version of it is in force."""
    since: datetime | None = None
    """Since when that is known; ``None``: from now on."""
    is_folder: bool = False
    """It is the whole folder that cannot be read."""
    what: str = "rule file"


@dataclass(frozen=True, slots=True)
class ModelSigns:
    """The language model of digests, while it is not used."""

    host: str
    since: datetime
    reason: str
    """Why the last question had no answer that could be used."""


@dataclass(frozen=True, slots=True)
class StuckSigns:
    """Urgent alerts that nobody took in a channel, and that can go on to no other."""

    channel: str
    """Its name; none of those that it leads to is in service."""
    events: int
    since: datetime
    """Since when somebody could have taken the first."""


@dataclass(frozen=True, slots=True)
class Signs:
    """All that is looked at, at one time."""

    feeds: Sequence[FeedSigns] = ()
    rules: Sequence[RuleSigns] = ()
    broken_files: Sequence[BrokenFile] = ()
    well_files: Collection[str] = ()
    """The paths of those that were loaded, and of the folder if it could be read."""
    channels: Sequence[ChannelSigns] = ()
    stuck: Sequence[StuckSigns] = ()
    model: ModelSigns | None = None
    """``None``: it answers, or there is none."""


@dataclass(frozen=True, slots=True)
class Measures:
    """By what is judged."""

    failing_after: timedelta
    awake: Awake
    """When an engine was there to see what is wrong: nothing is wrong for long while nobody looks."""
    network_since: datetime
    """Attempts before this say nothing of a feed that could not be reached: our own network was down."""
    timezone: str


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that is wrong."""

    key: str
    """``kind:subject:what``; the subject may hold anything."""
    sentence: str
    over: str
    """What is said once it is over; empty: it ends in silence."""
    since: datetime
    ripe: bool = True
    """Whether it is to be told now, if it was not yet."""
    avoid: str = ""
    """The channel it is about, which is not the one to tell it."""
    name: str = ""
    """Of the feed that it is about."""
    site: str = ""
    """Where it happens."""
    reason: str = ""
    """Why."""
    many: str = ""
    """What is said of many that are wrong alike; empty: each is for itself."""
    clock: str = ""
    """``since``, as it is told."""
    shown: bool = False
    """It is shown from the beginning, ripe or not."""


@dataclass(frozen=True, slots=True)
class KnownCondition:
    """A condition that the store knows."""

    key: str
    sentence: str
    since: datetime
    over: str = ""
    told: datetime | None = None
    """When; what one message told has the same time. ``None``: it is only shown."""
    ended: datetime | None = None
    """Since when it is over, while that is not told yet."""


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told, and what is no longer in force."""

    began: tuple[Condition, ...] = ()
    over: tuple[KnownCondition, ...] = ()
    lapsed: tuple[KnownCondition, ...] = ()
    """No longer found, and nothing shows that it is well: the feed was paused, the rule switched off, the file gone."""
    reworded: tuple[Condition, ...] = ()
    """Still so, and told, and what is to be said of it is another by now: nobody is told again."""
    shown: tuple[Condition, ...] = ()
    """Wrong, and not told: others of its kind were, or it has not been so for long enough."""
    ended: tuple[KnownCondition, ...] = ()
    """Over, and told later, with others."""
    resumed: tuple[KnownCondition, ...] = ()
    """Wrong again before it was told that it was over."""

    def __bool__(self) -> bool:
        kinds = self.began, self.over, self.lapsed, self.reworded, self.shown, self.ended, self.resumed
        return any(kinds)


def news(known: Sequence[KnownCondition], found: Sequence[Condition], signs: Signs, now: datetime) -> News:
    """What began, what is over and what reads otherwise since the last look."""
    rows, there = {one.key: one for one in known}, {one.key for one in found}
    began = list(itertools.chain.from_iterable(_to_tell(group, rows) for group in alike(found)))
    telling = {one.key for one in began}
    reworded: list[Condition] = []
    shown: list[Condition] = []
    for one in found:
        row = rows.get(one.key)
        if one.key in telling:
            continue
        if row is not None and _reads_otherwise(one, row):
            reworded.append(one)
        elif row is None and (one.ripe or one.shown):
            shown.append(one)
    over, lapsed, ended = _gone(known, there, _well(signs), now)
    resumed = (one for one in known if one.ended and one.key in there - telling)
    return News(tuple(began), tuple(over), tuple(lapsed), tuple(reworded), tuple(shown), tuple(ended), tuple(resumed))


def _gone(
    known: Sequence[KnownCondition], there: Collection[str], well: Mapping[str, datetime], now: datetime
) -> tuple[list[KnownCondition], list[KnownCondition], list[KnownCondition]]:
    """Of what is no longer found: what is told as over now, what has lapsed, and what ended and is told later."""
    over: list[KnownCondition] = []
    lapsed: list[KnownCondition] = []
    ended: list[KnownCondition] = []
    for one in known:
        if one.key in there:
            continue
        if not _is_over(one, well):
            lapsed.append(one)
        elif not _waits(one, known, there, now):
            over.append(one)
        elif one.ended is None:
            ended.append(one)
    return over, lapsed, ended


def _is_over(one: KnownCondition, well: Mapping[str, datetime]) -> bool:
    """Whether a thing that is no longer found was told, and is seen to be well."""
    return one.told is not None and (
        one.ended is not None or (bool(one.over) and one.since < well.get(one.key, one.since))
    )


def _reads_otherwise(one: Condition, row: KnownCondition) -> bool:
    """Whether what is to be said of a known thing is another by now."""
    return (one.sentence, one.over) != (row.sentence, row.over)


def _to_tell(group: Sequence[Condition], rows: Mapping[str, KnownCondition]) -> Sequence[Condition]:
    """Which of those that are wrong alike are told now: of many all, and again only when they are twice as many."""
    told = [one for one in group if one.key in rows and rows[one.key].told]
    due = [one for one in group if one.ripe and one not in told]
    if not due or len(group) < MANY:
        return due
    return group if len(group) >= 2 * len(told) else ()


def _waits(one: KnownCondition, known: Sequence[KnownCondition], there: Collection[str], now: datetime) -> bool:
    """Whether the end of a thing is told later: many were told together, and others of them may end soon."""
    together = [other for other in known if other.told == one.told and _what(other.key) == _what(one.key)]
    if len(together) < MANY or not any(other.key in there for other in together):
        return False
    ends = [other.ended or now for other in together if other.key not in there]
    return now - max(ends) < _ENDS_TOGETHER and now - min(ends) < _ENDS_AT_MOST


def _what(key: str) -> str:
    return key.rpartition(":")[2]


def _well(signs: Signs) -> dict[str, datetime]:
    """When each thing that may be wrong was last shown to be well."""
    reached = [feed.attempted for feed in signs.feeds if feed.reached and feed.attempted]
    return (
        {NETWORK: max(reached, default=_NEVER)}
        | {f"feed:{feed.id}:failing": feed.well_at for feed in signs.feeds}
        | {f"feed:{feed.id}:quiet": feed.new_at or _NEVER for feed in signs.feeds}
        | {f"rule:{rule.id}:silent": rule.fired_at or _NEVER for rule in signs.rules}
        | {broken_file(path): _THIS_LOOK for path in signs.well_files}
        | {f"channel:{channel.name}:down": _THIS_LOOK for channel in signs.channels}
    )
