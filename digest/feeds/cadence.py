"""When a feed is next due. Pure: the time, and every random number, is an argument.

An interval adapts between ``poll.min`` and ``poll.max``: it halves when a poll brought something new and grows by a
quarter when it did not, so a busy feed is soon polled often, and a quiet one slowly less. A feed's own ``every``
fixes it. A feed's wishes (RSS ``ttl``, ``Cache-Control: max-age``) are not followed: news outlets set them to an hour
by habit, and validators make a poll too cheap to be rude. ``Retry-After`` is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_QUICKER: Final = 0.5
_SLOWER: Final = 1.25
_SPREAD: Final = 0.1
"""Due times are spread by this part of the interval either way, so that feeds do not come in one crowd."""
_FIRST_RETRY: Final = timedelta(minutes=10)
"""A failure is mostly over soon: a feed of long intervals is tried again after this."""
_LONGEST_WAIT: Final = timedelta(hours=6)
"""After failures in a row, unless the feed's own interval is longer."""
_LONGEST_RETRY_AFTER: Final = timedelta(days=1)
"""A server that asks for more is asked again after a day."""
_GONE: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often one feed may be polled."""

    shortest: timedelta
    longest: timedelta
    fixed: timedelta | None = None
    """The feed's own ``every``: then nothing adapts."""


def next_interval(current: timedelta, pace: Intervals, *, new: int) -> timedelta:
    """The interval after a poll that brought ``new`` entries; the baseline poll counts as none."""
    if pace.fixed is not None:
        return pace.fixed
    return max(pace.shortest, min(pace.longest, current * (_QUICKER if new else _SLOWER)))


def next_due(now: datetime, interval: timedelta, *, chance: float) -> datetime:
    """When a feed that was polled well at ``now`` is due again; within a tenth of its interval.

    Args:
        now: the end of the poll.
        interval: from `next_interval`.
        chance: evenly random from 0 to 1.
    """
    return now + interval * (1 + _SPREAD * (2 * chance - 1))


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


def gone_due(now: datetime, *, chance: float) -> datetime:
    """When a feed whose server said that it is gone for good (410) is looked at again: in about a week."""
    return now + _GONE * (1 - chance / 4)
