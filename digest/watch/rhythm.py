"""The rhythm of what comes now and then: how long its longer pauses are, by its own past, in awake time."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

from digest.clock import ALWAYS, Awake

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

LEAST_GAPS: Final = 10
"""Fewer pauses say nothing of a rhythm."""
_SHARE: Final = 0.95
"""The longest in twenty pauses is an exception: a holiday, a day the machine was off."""


def longest_usual_gap(times: Sequence[datetime], awake: Awake = ALWAYS) -> timedelta | None:
    """The pause that nineteen in twenty do not exceed; ``None`` where too few are known.

    Args:
        times: when something came; what came at one time is one.
        awake: when somebody was there to see it come.
    """
    gaps = sorted(awake.gaps(times))
    if len(gaps) < LEAST_GAPS:
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
