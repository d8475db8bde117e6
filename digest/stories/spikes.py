"""Whether reports of a rule come much faster than usual, and the proof of it.

A spike is an hour with at least five reports by at least two publishers, and so many times as many as usual at that
hour of that weekday. It is over once the hour before a report had fewer; then the next one is another.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.stories import Report

HOUR: Final = timedelta(hours=1)
WEEKS: Final = 4
"""The same hour of so many weeks before says what is usual."""
FEWEST_REPORTS: Final = 5
FEWEST_PUBLISHERS: Final = 2
_HEADLINES: Final = 3
_WORDS: Final = 5
_WORD: Final = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast reports of a rule come."""

    reports: tuple[Report, ...]
    """Those of the last hour, oldest first."""
    usual: float
    """How many an hour at this time of the week; 0 where nothing is known of it yet."""
    since_told: tuple[datetime, ...] | None = None
    """When reports came since an hour before the last spike was told, in order; ``None``: none ever was."""
    told: datetime | None = None
    """When that was."""
    before: tuple[str, ...] = ()
    """Headlines of earlier reports, to tell what is new now."""


@dataclass(frozen=True, slots=True)
class Spike:
    """A spike, with what proves it."""

    count: int
    """Reports in the last hour."""
    usual: float
    publishers: tuple[str, ...]
    """In order of their first report."""
    headlines: tuple[tuple[str, str], ...]
    """The newest three, with their addresses."""
    words: tuple[str, ...]
    """What these reports say and earlier ones do not."""


def spike_of(pace: Pace, factor: float) -> Spike | None:
    """The spike that begins with the last report; ``None``: there is none, or it was told already.

    Args:
        pace: of the rule.
        factor: so many times the usual rate are a spike.
    """
    least = max(float(FEWEST_REPORTS), factor * pace.usual)
    publishers = tuple(dict.fromkeys(report.source or report.publisher for report in pace.reports))
    voices = {report.publisher for report in pace.reports}
    if len(pace.reports) < least or len(voices) < FEWEST_PUBLISHERS or _goes_on(pace, least):
        return None
    newest = pace.reports[::-1]
    headlines = tuple(dict.fromkeys((report.title, report.url) for report in newest))[:_HEADLINES]
    words = _driving([report.title for report in newest], pace.before)
    return Spike(len(pace.reports), pace.usual, publishers, headlines, words)


def _goes_on(pace: Pace, least: float) -> bool:
    """Whether it is the spike that was told: never since had the hour up to a report too few of them."""
    if pace.told is None or pace.since_told is None:
        return False
    times = pace.since_told
    after = bisect_left(times, pace.told)
    last = times[-1] if times else pace.told
    if last - pace.told > HOUR and after == len(times):
        return False
    if any(later - earlier > HOUR for earlier, later in pairwise(times[after:])):
        return False
    # Reports that were stored together came at one time: each of them sees all of these.
    return all(bisect_right(times, at) - bisect_left(times, at - HOUR) >= least for at in times[after:])


def _driving(now: Sequence[str], before: Sequence[str]) -> tuple[str, ...]:
    """The words of headlines that are in more of them than in earlier ones; the most telling first."""
    share, usual = _shares(now), _shares(before)
    several = [word for word, part in share.items() if part * len(now) > 1 and part > 2 * usual.get(word, 0.0)]
    return tuple(sorted(several, key=lambda word: (usual.get(word, 0.0) - share[word], word)))[:_WORDS]


def _shares(headlines: Sequence[str]) -> dict[str, float]:
    """In which share of some headlines each word stands."""
    counts = Counter(word for headline in headlines for word in {each.casefold() for each in _WORD.findall(headline)})
    return {word: count / len(headlines) for word, count in counts.items()}
