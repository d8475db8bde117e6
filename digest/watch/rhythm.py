"""The rhythm of what comes now and then: how long its longer pauses are, by its own past."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

LEAST_GAPS: Final = 10
"""Fewer pauses say nothing of a rhythm."""
_SHARE: Final = 0.95
"""The longest in twenty pauses is an exception: a holiday, a day the machine was off."""


def longest_usual_gap(times: Sequence[datetime]) -> timedelta | None:
    """The pause that nineteen in twenty do not exceed; ``None`` where too few are known.

    Args:
        times: when something came, oldest first; what came at one time is one.
    """
    gaps = sorted(_gaps(times))
    if len(gaps) < LEAST_GAPS:
        return None
    return gaps[min(len(gaps) - 1, int(len(gaps) * _SHARE))]


def second_longest_gap(times: Sequence[datetime]) -> timedelta | None:
    """The pause that only one exceeds: what was twice is no accident, a weekend say; ``None`` where it is not known.

    Args:
        times: as above.
    """
    longest = heapq.nlargest(2, _gaps(times))
    return longest[1] if len(longest) == 2 else None


def _gaps(times: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(times) if later > earlier]
