"""Awake time: in which an engine was at work, and by which every span is measured.

Whatever takes long (a message that is tried, a feed that fails, a rule that is silent) takes it only while somebody is
there to try, to poll and to match. The wall clock goes on meanwhile, and is set now and then; so the engine notes from
when to when it was at work, and a span is what of it lies between two times of the wall clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NONE: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Awake:
    """When an engine was at work.

    Args:
        stretches: from when to when it was, oldest first; the last goes on.
    """

    stretches: tuple[tuple[datetime, datetime], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known of it."""
        return bool(self.stretches)

    @property
    def since(self) -> datetime:
        """Since when it is at work without a break."""
        return self.stretches[-1][0] if self.stretches else _EVER

    def after_break(self, begin: datetime, end: datetime) -> Awake:
        """The same where it was not at work from then to then, and is since."""
        before = self.stretches or ((begin, begin),)
        first, last = before[-1]
        return Awake((*before[:-1], (first, max(last, begin)), (end, end)))

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """How much of the time between two moments it was at work; nothing where the second is the earlier.

        Before the first stretch that is known it always was.
        """
        known = list(self.stretches) or [(_EVER, end)]
        known[0] = _EVER, known[0][1]
        known[-1] = known[-1][0], max(known[-1][1], end)
        return sum((_overlap(begin, end, stretch) for stretch in known), _NONE)

    def gaps(self, times: Iterable[datetime]) -> list[timedelta]:
        """The pauses between what came at these times, oldest first; what came at one time is one."""
        moments = sorted(set(times))
        return [self.between(*pair) for pair in pairwise(moments)]


ALWAYS: Final = Awake()
"""Of an engine that is run once now and then: its runs, however short, are all the tries there are."""


def _overlap(begin: datetime, end: datetime, stretch: tuple[datetime, datetime]) -> timedelta:
    return max(min(end, stretch[1]) - max(begin, stretch[0]), _NONE)
