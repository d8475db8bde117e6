"""Says what is wrong by the signs: feeds that fail or fall quiet, rules that do, broken files, channels.

Long is what is long by its own past: a feed and a rule each have a rhythm, reckoned in the time somebody was there.
"""

from __future__ import annotations

import heapq
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.clock import ALWAYS, Awake
from digest.watch.conditions import NETWORK, Condition, broken_file
from digest.words import count, how_often, local_time, long_span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.watch.conditions import (
        BrokenFile,
        ChannelSigns,
        FeedSigns,
        Measures,
        ModelSigns,
        RuleSigns,
        Signs,
        StuckSigns,
    )

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
_CHANNEL_PATIENCE: Final = timedelta(hours=1)
_GIVEN_UP_TOLD: Final = timedelta(days=1)
"""For so long one message about messages given up stands for all of them."""
_DEAD_FEEDS: Final = 0.5
"""When this share of the feeds fails, a rule that is silent is not to blame."""
_LEAST_GAPS: Final = 10
"""Fewer pauses say nothing of a rhythm."""
_SHARE: Final = 0.95
"""The longest in twenty pauses is an exception: a holiday, a day the machine was off."""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


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
    found += [_stuck(each) for each in signs.stuck]
    if signs.model is not None:
        found.append(_model(signs.model, measures, now))
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
            moment = feed.attempted or _NEVER
            asked[feed.site] = min(moment, asked.get(feed.site, moment))
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
    if feed.push_troubled is not None:
        yield Condition(
            key=f"{key}:push",
            sentence=f"The feed {feed.name} is not pushed by its hub, and polled as usual: {feed.push_problem}",
            over="",
            since=feed.push_troubled,
            ripe=not cut_off and measures.awake.between(feed.push_troubled, now) >= measures.failing_after,
            name=feed.name,
            site=feed.site,
            reason=feed.push_problem,
            many="are not pushed by their hubs, and polled as usual",
            clock=_time(feed.push_troubled, now, measures),
        )


def _quiet(feed: FeedSigns, measures: Measures, now: datetime) -> Iterator[Condition]:
    if feed.usual_gap is None or feed.new_at is None:
        return
    # Up to when it last answered: what it did while nobody asked, nobody knows.
    if measures.awake.between(feed.new_at, feed.well_at) > quiet_after(feed.usual_gap, feed.rare_gap):
        yield Condition(
            key=f"feed:{feed.id}:quiet",
            sentence=(
                f"The feed {feed.name} answers, but its newest entry is {long_span(now - feed.new_at)} old"
                + (f"; it used to bring {how_often(feed.a_day)}" if feed.a_day else "")
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


def _broken_file(file: BrokenFile, measures: Measures, now: datetime) -> Condition:
    since = file.since or now
    what, meanwhile = file.what, "its last good version stays live" if file.live else "nothing of it is live"
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
        yield Condition(
            key=f"{key}:given-up",
            sentence=(
                f"{count(channel.given_up, 'message')} to the channel {channel.name} could not be delivered and "
                f"{'is' if channel.given_up == 1 else 'are'} given up"
                f"{_because(channel.given_up_reason.removeprefix('given up: '))}; "
                f"digest outbox list shows {'it' if channel.given_up == 1 else 'them'}"
            ),
            over="",
            since=channel.given_up_at,
            avoid=channel.name,
        )


def _stuck(stuck: StuckSigns) -> Condition:
    """Told at once, for it is urgent and nobody else is called; over in silence, as it goes on or was taken."""
    it = "it" if stuck.events == 1 else "they"
    return Condition(
        key=f"escalation:{stuck.channel}:stuck",
        sentence=(
            f"Nobody took {count(stuck.events, 'urgent alert')} in the channel {stuck.channel} in time, "
            f"and no channel that {it} would go on to is in service"
        ),
        over="",
        since=stuck.since,
    )


# --- rhythms ---------------------------------------------------------------------------------------------------


def longest_usual_gap(times: Sequence[datetime], awake: Awake = ALWAYS) -> timedelta | None:
    """The pause that nineteen in twenty do not exceed; ``None`` where too few are known.

    Args:
        times: when something came; what came at one time is one.
        awake: when somebody was there to see it come.
    """
    gaps = sorted(awake.gaps(times))
    if len(gaps) < _LEAST_GAPS:
        return None
    return gaps[min(len(gaps) - 1, int(len(gaps) * _SHARE))]


def second_longest_gap(times: Sequence[datetime], awake: Awake = ALWAYS) -> timedelta | None:
    """The pause that only one exceeds: what was twice is no accident, a weekend say; ``None`` where it is not known.

    Args:
        times: as above.
        awake: as above.
    """
    longest = heapq.nlargest(2, awake.gaps(times))
    return longest[1] if len(longest) == 2 else None


def times_a_day(times: Sequence[datetime]) -> float:
    """How many times a day something came, from the first time to the last; 0 where that says nothing."""
    span = (max(times) - min(times)) / timedelta(days=1) if times else 0.0
    return (len(times) - 1) / span if span > 0 else 0.0


# --- words -------------------------------------------------------------------------------------------------------


def _because(error: str) -> str:
    return f": {error}" if error else ""


def _model(model: ModelSigns, measures: Measures, now: datetime) -> Condition:
    """Only shown, and over in silence: digests come all the same, with the sentences that Digest picks."""
    return Condition(
        key="model::off",
        sentence=(
            f"The language model at {model.host} gave no answer that could be used since "
            f"{_time(model.since, now, measures)} ({model.reason}): digests show the sentences that Digest picks"
        ),
        over="",
        since=model.since,
        ripe=False,
        shown=True,
    )


def _time(moment: datetime, now: datetime, measures: Measures) -> str:
    return local_time(moment, ZoneInfo(measures.timezone), now=now)
