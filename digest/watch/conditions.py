"""Decides what is wrong enough to be told: feeds that fail or fall quiet, rules that do, broken files, channels.

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

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.watch.alike import MANY, alike
from digest.words import local_time, long_span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from digest.clock import Awake

_FAILURES: Final = 3
"""Attempts in a row that failed: one, after a day asleep, is no day of failing."""
_CUT_OFF: Final = 3
"""Feeds that cannot be reached, with none reached after them: it is our own network."""
_QUIET_AT_LEAST: Final = timedelta(days=1)
_QUIET_GAPS: Final = 3
"""So many times its longest usual pause ..."""
_QUIET_RARE_GAPS: Final = 1.5
"""(and its second-longest, for a weekend is not usual where most pauses are an hour), and a feed has gone quiet ..."""
_SILENT_AT_LEAST: Final = timedelta(days=7)
_SILENT_GAPS: Final = 5
"""... and so many, and a rule has."""
_FILE_PATIENCE: Final = timedelta(minutes=5)
"""Whoever edits a file breaks it now and then; the dashboard shows it at once."""
_GONE_PATIENCE: Final = timedelta(hours=1)
"""As long a feed that is gone waits for the others of its site to be asked: they may be gone, too."""
_ENDS_TOGETHER: Final = timedelta(minutes=10)
"""So long after the last of many has become well, the others are not waited for any longer ..."""
_ENDS_AT_MOST: Final = timedelta(hours=1)
"""... nor so long after the first."""
_CHANNEL_PATIENCE: Final = timedelta(hours=1)
_GIVEN_UP_TOLD: Final = timedelta(days=1)
"""For so long one message about messages given up stands for all of them."""
_DEAD_FEEDS: Final = 0.5
"""When this share of the feeds fails, a rule that is silent is not to blame."""

NETWORK: Final = "network::down"

_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_THIS_LOOK: Final = datetime.max.replace(tzinfo=UTC)
"""Later than whatever is known: what a look itself sees, a file that is loaded, needs no time."""


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
    """A rule file that failed to load."""

    path: str
    problem: str
    """Place and sentence."""
    live: bool
    """Whether an earlier version of it is in force."""
    since: datetime | None = None
    """Since when that is known; ``None``: from now on."""
    is_folder: bool = False
    """It is the whole folder that cannot be read."""


@dataclass(frozen=True, slots=True)
class Signs:
    """All that is looked at, at one time."""

    feeds: Sequence[FeedSigns] = ()
    rules: Sequence[RuleSigns] = ()
    broken_files: Sequence[BrokenFile] = ()
    well_files: Collection[str] = ()
    """The paths of those that were loaded, and of the folder if it could be read."""
    channels: Sequence[ChannelSigns] = ()


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
    began = tuple(one for group in alike(found) for one in _to_tell(group, rows))
    telling, well = {one.key for one in began}, _well(signs)
    gone = [one for one in known if one.key not in there]
    ended = [one for one in gone if one.told and (one.ended or (one.over and one.since < well.get(one.key, one.since)))]
    waits = [one for one in ended if _waits(one, known, there, now)]
    return News(
        began=began,
        over=tuple(one for one in ended if one not in waits),
        lapsed=tuple(one for one in gone if one not in ended),
        reworded=tuple(
            one
            for one in found
            if one.key in rows
            and one.key not in telling
            and (one.sentence, one.over) != (rows[one.key].sentence, rows[one.key].over)
        ),
        shown=tuple(one for one in found if (one.ripe or one.shown) and one.key not in rows and one.key not in telling),
        ended=tuple(one for one in waits if one.ended is None),
        resumed=tuple(one for one in known if one.ended and one.key in there and one.key not in telling),
    )


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


def conditions_now(signs: Signs, measures: Measures, now: datetime) -> list[Condition]:
    """All that is wrong now, ripe or not, in the order in which it is to be told."""
    cut_off = cut_off_since(signs.feeds)
    found: list[Condition] = []
    if cut_off is not None:
        found.append(_network(cut_off, signs.feeds, measures, now))
    asked = _asked(signs.feeds)
    for feed in signs.feeds:
        found += _feed(feed, measures, now, cut_off=cut_off is not None, asked=asked.get(feed.site))
    found += [_broken_file(file, measures, now) for file in signs.broken_files]
    failing = sum(feed.failures > 0 for feed in signs.feeds)
    fed = cut_off is None and failing < _DEAD_FEEDS * len(signs.feeds)
    for rule in signs.rules:
        found += _rule(rule, measures, now, fed=fed)
    for channel in signs.channels:
        found += _channel(channel, measures, now)
    return found


# --- feeds -------------------------------------------------------------------------------------------------------


def cut_off_since(feeds: Sequence[FeedSigns]) -> datetime | None:
    """Since when no feed at all could be reached; ``None`` while some can."""
    reached = [feed.attempted if feed.reached and feed.attempted else feed.well_at for feed in feeds]
    last = max(reached, default=None)
    if last is None:
        return None
    lost = [feed for feed in feeds if not feed.reached and feed.attempted is not None and feed.attempted > last]
    return last if len(lost) >= max(_CUT_OFF, (len(feeds) + 1) // 2) else None


def _network(since: datetime, feeds: Sequence[FeedSigns], measures: Measures, now: datetime) -> Condition:
    errors = [feed.error for feed in feeds if not feed.reached and feed.error]
    why = max(set(errors), key=lambda error: (errors.count(error), error), default="")
    return Condition(
        key=NETWORK,
        sentence=(
            f"No feed could be reached since {_time(since, now, measures)}{f' ({why})' if why else ''}: "
            "is the network down?"
        ),
        over="Feeds can be reached again",
        since=since,
        ripe=measures.awake.between(since, now) >= measures.failing_after,
    )


def _asked(feeds: Sequence[FeedSigns]) -> dict[str, datetime]:
    """Since when all feeds of a site have been asked, those left out that are gone and never asked again."""
    asked: dict[str, datetime] = {}
    for feed in feeds:
        if feed.site and not feed.gone:
            asked[feed.site] = min(feed.attempted or _NEVER, asked.get(feed.site, _THIS_LOOK))
    return asked


def _feed(
    feed: FeedSigns, measures: Measures, now: datetime, *, cut_off: bool, asked: datetime | None
) -> Iterator[Condition]:
    """``asked``: since when all others of its site have been asked; ``None``: there are none."""
    key, clock = f"feed:{feed.id}", _time(feed.well_at, now, measures)
    if feed.gone:
        heard = feed.attempted or _NEVER
        yield Condition(
            key=f"{key}:failing",
            sentence=f"The feed {feed.name} is gone for good, its server says (410): remove it or change its address",
            over=f"The feed {feed.name} works again",
            since=feed.well_at,
            ripe=asked is None or asked >= heard or now - heard >= _GONE_PATIENCE,
            name=feed.name,
            site=feed.site,
            many="are gone for good, their server says (410)",
            clock=clock,
        )
    elif feed.failures:
        own_fault = feed.reached or (
            not cut_off and feed.attempted is not None and feed.attempted >= measures.network_since
        )
        long_enough = measures.awake.between(feed.well_at, now) >= measures.failing_after and feed.failures >= _FAILURES
        yield Condition(
            key=f"{key}:failing",
            sentence=f"The feed {feed.name} has failed since {clock}{_because(feed.error)}",
            over=f"The feed {feed.name} works again",
            since=feed.well_at,
            ripe=long_enough and own_fault,
            name=feed.name,
            site=feed.site,
            reason=feed.error,
            many="fail" if own_fault else "",
            clock=clock,
        )
    yield from _quiet(feed, measures, now)


def _quiet(feed: FeedSigns, measures: Measures, now: datetime) -> Iterator[Condition]:
    if feed.usual_gap is None or feed.new_at is None:
        return
    # Up to when it last answered: what it did while nobody asked, nobody knows.
    if measures.awake.between(feed.new_at, feed.well_at) > quiet_after(feed.usual_gap, feed.rare_gap):
        yield Condition(
            key=f"feed:{feed.id}:quiet",
            sentence=(
                f"The feed {feed.name} has brought nothing new since {_time(feed.new_at, now, measures)}, "
                f"which is long for it: its pauses are mostly under {long_span(feed.usual_gap)}"
            ),
            over=f"The feed {feed.name} brings news again",
            since=feed.new_at,
            ripe=not feed.failures and not feed.gone,
            name=feed.name,
            site=feed.site,
            many="bring nothing new, which is long for each of them",
            clock=_time(feed.new_at, now, measures),
        )


def quiet_after(usual_gap: timedelta, rare_gap: timedelta | None) -> timedelta:
    """How long a feed of this rhythm may pause before that is told."""
    return max(_QUIET_AT_LEAST, _QUIET_GAPS * usual_gap, _QUIET_RARE_GAPS * (rare_gap or timedelta()))


# --- rules -------------------------------------------------------------------------------------------------------


def broken_file(path: str) -> str:
    """The key of a rule file, or the folder, that cannot be loaded."""
    return f"file:{path}:broken"


def _broken_file(file: BrokenFile, measures: Measures, now: datetime) -> Condition:
    since = file.since or now
    what, meanwhile = "rule file", "its last good version stays live" if file.live else "nothing of it is live"
    if file.is_folder:
        what, meanwhile = "rules folder", "what was live of its files stays live"
    return Condition(
        key=broken_file(file.path),
        sentence=f"The {what} {file.path} could not be loaded, {meanwhile}: {file.problem}",
        over=f"The {what} {file.path} is well again",
        since=since,
        ripe=measures.awake.between(since, now) >= _FILE_PATIENCE,
        shown=True,
    )


def _rule(rule: RuleSigns, measures: Measures, now: datetime, *, fed: bool) -> Iterator[Condition]:
    """``fed``: enough feeds are well for a rule to have something to fire on."""
    if rule.fired_at is None or rule.usual_gap is None or now - rule.fired_at <= silent_after(rule.usual_gap):
        return
    yield Condition(
        key=f"rule:{rule.id}:silent",
        sentence=(
            f"The rule {rule.name} has not fired since {_time(rule.fired_at, now, measures)}; "
            f"before that its pauses were mostly under {long_span(rule.usual_gap)}"
        ),
        over=f"The rule {rule.name} fires again",
        since=rule.fired_at,
        ripe=fed and measures.awake.between(rule.fired_at, now) > silent_after(rule.usual_gap),
    )


def silent_after(usual_gap: timedelta) -> timedelta:
    """How long a rule of this rhythm may pause before that is told."""
    return max(_SILENT_AT_LEAST, _SILENT_GAPS * usual_gap)


# --- channels ----------------------------------------------------------------------------------------------------


def _channel(channel: ChannelSigns, measures: Measures, now: datetime) -> Iterator[Condition]:
    key = f"channel:{channel.name}"
    if channel.troubled_since is not None:
        trouble = f"is off: {channel.off}" if channel.off else f"does not take messages{_because(channel.error)}"
        yield Condition(
            key=f"{key}:down",
            sentence=f"The channel {channel.name} {trouble}",
            over=f"The channel {channel.name} takes messages again",
            since=channel.troubled_since,
            ripe=measures.awake.between(channel.troubled_since, now) >= _CHANNEL_PATIENCE,
            avoid=channel.name,
        )
    if channel.given_up_at is not None and now - channel.given_up_at < _GIVEN_UP_TOLD:
        messages = "1 message" if channel.given_up == 1 else f"{channel.given_up} messages"
        yield Condition(
            key=f"{key}:given-up",
            sentence=(
                f"{messages} to the channel {channel.name} could not be delivered and "
                f"{'is' if channel.given_up == 1 else 'are'} given up{_because(channel.given_up_reason)}; "
                "digest outbox list shows them"
            ),
            over="",
            since=channel.given_up_at,
            avoid=channel.name,
        )


# --- words -------------------------------------------------------------------------------------------------------


def _because(error: str) -> str:
    return f": {error}" if error else ""


def _time(moment: datetime, now: datetime, measures: Measures) -> str:
    return local_time(moment, ZoneInfo(measures.timezone), now=now)
