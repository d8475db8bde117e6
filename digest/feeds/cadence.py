"""When a feed is next due. Pure: the time, and every random number, is an argument.

::

    dates of what a poll brought ─▶ heard_from ─▶ Rhythm ─▶ next_interval ─▶ next_due
                                                    │            ├ what it asks for, what its server says stays fresh
                                                    │            └ between ``poll.min`` and ``poll.max``
                                                    └ how often it publishes, by the hour and the day of the week

An interval follows how often a feed is expected to publish from now on, hour by hour: as the root of that, which is
what makes the sum of all delays the least for a given number of polls. A feed that brings 20 entries a day is polled
at ``poll.every``, one that brings 80 twice as often, one that brings five half as often; at night, if it sleeps
then, less, and again in time for its morning. What rules find in it counts up to four times. The first document tells
the rhythm by the dates of its entries. A feed's own ``every`` fixes the interval.

What a server says stays fresh for so long (``max-age``) is not asked for sooner, for an hour at most. What a feed
asks for in its document (``ttl``, ``sy:updatePeriod``) is heeded while its publishing does not belie it: news outlets
write an hour by habit, and bring ten entries in it. ``skipHours`` and ``skipDays`` are heeded up to ``poll.max``.
``Retry-After`` is heeded, by all feeds of its host.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.values.states import PollHints, Rhythm

_SPREAD: Final = 0.1
"""Due times are spread by this part of the interval either way, so that feeds do not come in one crowd."""
_FIRST_RETRY: Final = timedelta(minutes=10)
"""A failure is mostly over soon: a feed of long intervals is tried again after this."""
_LONGEST_WAIT: Final = timedelta(hours=6)
"""After failures in a row, unless the feed's own interval is longer."""
_LONGEST_RETRY_AFTER: Final = timedelta(days=1)
"""A server that asks for more is asked again after a day."""
_GONE: Final = timedelta(days=7)
_TOO_MANY: Final = 429
_OVERLOADED: Final = 503
_AFTER_REST: Final = timedelta(seconds=10)
"""Between two feeds of a host that wanted to rest."""

_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_USUAL: Final = 0.8
"""Publications an hour at which a feed is polled at ``poll.every`` ..."""
_SUPPOSED: Final = 2.0
"""... which a new feed is supposed to have had for so many hours."""
_FADES: Final = timedelta(days=14)
"""After so long a publication counts half ..."""
_FADES_SOON: Final = timedelta(hours=6)
"""... and after so long among the recent ones, which a day of breaking news has many of."""
_OLDEST: Final = timedelta(days=56)
"""What was before hardly counts any more."""
_MOST_AT_ONCE: Final = 500
"""Publications of one document that tell its rhythm, the latest: more tell no more."""
_HOURS_KNOWN: Final = timedelta(days=3)
"""It takes so long until the hours of the day tell anything ..."""
_DAYS_KNOWN: Final = timedelta(days=14)
"""... and so long for the days of the week."""
_DOUBT: Final = 12.0
"""So many publications, spread evenly over the hours, are added to what is known of these ..."""
_DOUBT_OF_DAYS: Final = 7.0
"""... and so many over the days."""
_MATCHES_COUNT: Final = 3.0
"""What rules found counts so many times more."""
_PAUSE_FADES: Final = 0.98
"""What is left of the longest pause after each shorter one."""
_BELIED: Final = 0.25
"""What a feed asks for is heeded up to this part of its mean pause."""
_LONGEST_FRESH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often one feed may be polled."""

    shortest: timedelta
    longest: timedelta
    usual: timedelta = timedelta(minutes=10)
    fixed: timedelta | None = None
    """The feed's own ``every``: then nothing adapts."""


# --- what is known of a feed -----------------------------------------------------------------------------------------


def heard_from(
    rhythm: Rhythm, dates: Sequence[datetime | None], now: datetime, *, matched: int = 0, hints: PollHints | None = None
) -> Rhythm:
    """The rhythm of a feed after a poll.

    Args:
        rhythm: what was known before.
        dates: when each entry that it brought was published; what has no date, or one to come, was published now.
        now: the time of the poll.
        matched: how many of these entries rules found.
        hints: what its document says; ``None``: nothing was read of it.
    """
    if hints is not None and hints != rhythm.hints:
        rhythm = replace(rhythm, hints=hints)
    moments = {min(date or now, now) for date in dates}
    times = sorted({_minute(moment) for moment in moments if now - moment <= _OLDEST})[-_MOST_AT_ONCE:]
    for time in times:
        rhythm = _with_publication(rhythm, time)
    if rhythm.since is None and not moments:  # from now on it is known to be silent
        rhythm = replace(rhythm, since=now)
    if not times and moments and rhythm.last is None:  # nothing but the past: it is known to be silent since then
        return replace(rhythm, since=now - _OLDEST)
    return replace(rhythm, matched=rhythm.matched + matched) if matched else rhythm


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _with_publication(rhythm: Rhythm, time: datetime) -> Rhythm:
    """With one more, wherever it falls: a feed may bring entries of before its last one."""
    last = max(time, rhythm.last or time)
    faded = 1.0 if rhythm.last is None else _left(last - rhythm.last, _FADES)
    counts, gap = _left(last - time, _FADES), timedelta(0) if rhythm.last is None else last - rhythm.last
    hour, day = time.hour, time.weekday()
    soon = 1.0 if rhythm.last is None else _left(last - rhythm.last, _FADES_SOON)
    return replace(
        rhythm,
        since=min(time, rhythm.since or time),
        last=last,
        hours=tuple(each * faded + (counts if number == hour else 0.0) for number, each in enumerate(rhythm.hours)),
        days=tuple(each * faded + (counts if number == day else 0.0) for number, each in enumerate(rhythm.days)),
        recent=rhythm.recent * soon + _left(last - time, _FADES_SOON),
        matched=rhythm.matched * faded,
        pause=max(gap, rhythm.pause * _PAUSE_FADES),
    )


def _left(span: timedelta, half: timedelta) -> float:
    """What is left of 1 after a span."""
    return float(2.0 ** -(span / half))


# --- how often it publishes ------------------------------------------------------------------------------------------


def mean_rate(rhythm: Rhythm, now: datetime) -> float:
    """Publications an hour, by all that is known, the latest most of all; of a feed never heard of the usual."""
    if rhythm.since is None:
        return _USUAL
    known = 0.0 if rhythm.last is None else rhythm.events * _left(max(now - rhythm.last, timedelta(0)), _FADES)
    return (known + _USUAL * _SUPPOSED) / (_fading_hours(now - rhythm.since, _FADES) + _SUPPOSED)


def publications_a_day(rhythm: Rhythm) -> float:
    """How many there were a day, up to the last one; 0 where too few are known to say that."""
    if rhythm.since is None or rhythm.last is None or rhythm.last == rhythm.since:
        return 0.0
    # That it begins and ends with one would make a few of them too many.
    return max(0.0, rhythm.events - 0.5) / _fading_hours(rhythm.last - rhythm.since, _FADES) * 24


def _recent_rate(rhythm: Rhythm, now: datetime, mean: float) -> float:
    """The same by its last hours, as far as they say another thing than the mean."""
    if rhythm.since is None or rhythm.last is None:
        return mean
    known = rhythm.recent * _left(max(now - rhythm.last, timedelta(0)), _FADES_SOON)
    return (known + mean * _SUPPOSED) / (_fading_hours(now - rhythm.since, _FADES_SOON) + _SUPPOSED)


def _fading_hours(span: timedelta, half: timedelta) -> float:
    """Hours of a span, each counted like what was published in it."""
    whole = half / _HOUR * 1.4427  # the integral of 2^-t is 1 / ln 2
    return whole * (1 - _left(max(span, timedelta(0)), half))


def _shares(counts: Sequence[float], doubt: float) -> list[float]:
    """How many times the mean each of some counts is."""
    even, all_of_them = doubt / len(counts), sum(counts) + doubt
    return [len(counts) * (each + even) / all_of_them for each in counts]


def _hour_shares(rhythm: Rhythm, now: datetime) -> list[float]:
    if rhythm.since is None or now - rhythm.since < _HOURS_KNOWN:
        return [1.0] * 24
    hours = rhythm.hours
    smooth = [hours[n - 1] / 4 + hours[n] / 2 + hours[(n + 1) % 24] / 4 for n in range(24)]
    return _shares(smooth, _DOUBT)


def _day_shares(rhythm: Rhythm, now: datetime) -> list[float]:
    if rhythm.since is None or now - rhythm.since < _DAYS_KNOWN:
        return [1.0] * 7
    return _shares(rhythm.days, _DOUBT_OF_DAYS)


# --- when it is asked ------------------------------------------------------------------------------------------------


def next_interval(
    rhythm: Rhythm, pace: Intervals, now: datetime, *, fresh_for: timedelta = timedelta(0), pushed: bool = False
) -> timedelta:
    """How long to wait after a poll that ended ``now``.

    Args:
        rhythm: of the feed, this poll included.
        pace: the bounds.
        now: the end of the poll.
        fresh_for: how long the server says the document stays fresh.
        pushed: whether its hub tells when it changes.
    """
    if pace.fixed is not None:
        return pace.fixed
    if pushed:
        return pace.longest
    mean = mean_rate(rhythm, now)
    wait = max(_expected_wait(rhythm, pace, now, mean), min(rhythm.hints.apart, _HOUR / mean * _BELIED))
    return max(pace.shortest, min(pace.longest, max(wait, min(fresh_for, _LONGEST_FRESH))))


def _expected_wait(rhythm: Rhythm, pace: Intervals, now: datetime, mean: float) -> timedelta:
    """Walks through the coming hours until they have used up what the root of one usual interval is."""
    share = min(1.0, rhythm.matched / rhythm.events) if rhythm.events > 0 else 0.0
    rate = (mean + _recent_rate(rhythm, now, mean)) / 2 * (1 + _MATCHES_COUNT * share)
    hours, days = _hour_shares(rhythm, now), _day_shares(rhythm, now)
    left = pace.usual / _HOUR * sqrt(_USUAL)
    at, latest = now.astimezone(UTC), now + pace.longest
    while at < latest:
        speed = sqrt(rate * hours[at.hour] * days[at.weekday()])
        part = at.replace(minute=0, second=0, microsecond=0) + _HOUR - at
        if speed * (part / _HOUR) >= left:
            return at + _HOUR * (left / speed) - now
        left -= speed * (part / _HOUR)
        at += part
    return pace.longest


def next_due(now: datetime, interval: timedelta, *, chance: float) -> datetime:
    """When a feed that was polled well at ``now`` is due again; within a tenth of its interval.

    Args:
        now: the end of the poll.
        interval: from `next_interval`.
        chance: evenly random from 0 to 1.
    """
    return now + interval * (1 + _SPREAD * (2 * chance - 1))


def after_skipped(due: datetime, rhythm: Rhythm, latest: datetime) -> datetime:
    """When a feed is due that does not want to be asked in some hours or on some days; ``latest`` at the latest.

    It is as far into the next hour as it would have been into the skipped one.
    """
    skip_hours, skip_days = rhythm.hints.skip_hours, rhythm.hints.skip_days
    moment = due
    while (moment.astimezone(UTC).hour in skip_hours or moment.astimezone(UTC).weekday() in skip_days) and (
        moment < latest
    ):
        moment += _HOUR
    return max(due, min(moment, latest))


def retry_due(
    now: datetime,
    interval: timedelta,
    *,
    failures: int,
    chance: float,
    retry_after: float | None = None,
) -> datetime:
    """When a feed that failed is tried again: after its interval or ten minutes, whichever is shorter.

    With each further failure in a row the wait doubles, up to six hours or the interval, whichever is longer.

    Args:
        now: the end of the attempt.
        interval: the feed's.
        failures: in a row, this one included.
        chance: evenly random from 0 to 1; takes up to a quarter off, so that feeds of one dead host part ways.
        retry_after: seconds the server asked for; never tried sooner, up to a day.
    """
    longest = max(interval, _LONGEST_WAIT)
    doubled = min(interval, _FIRST_RETRY) * float(2 ** min(failures - 1, 20))
    wait = min(doubled, longest) * (1 - chance / 4)
    if retry_after is not None:
        wait = max(wait, min(timedelta(seconds=max(retry_after, 0)), _LONGEST_RETRY_AFTER))
    return now + wait


def host_rests(now: datetime, status: int | None, retry_after: float | None) -> datetime | None:
    """Until when no feed of a host is asked, after one of them was answered so; ``None``: it does not say."""
    if status not in {_TOO_MANY, _OVERLOADED} or (retry_after is None and status != _TOO_MANY):
        return None
    if retry_after is None:
        return now + _FIRST_RETRY
    return now + min(timedelta(seconds=max(retry_after, 0)), _LONGEST_RETRY_AFTER)


def after_rest(rests: datetime, count: int) -> list[datetime]:
    """When so many feeds of a host are due that wanted to rest: one after the other."""
    return [rests + _AFTER_REST * (number + 1) for number in range(count)]


def gone_due(now: datetime, *, chance: float) -> datetime:
    """When a feed whose server said that it is gone for good (410) is looked at again: in about a week."""
    return now + _GONE * (1 - chance / 4)
