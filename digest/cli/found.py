"""How entries that a query or rule found are shown: a line that names them, the words that hit, a day by day count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from digest.cli.output import say
from digest.words import count, minute, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from digest.values.news import Hit, StoredEntry

_DAY = timedelta(days=1)
_MOST_DAYS = 31
_BAR = 40  # cells of the longest bar


def say_entry(entry: StoredEntry, hits: Iterable[Hit], zone: ZoneInfo, mark: str = "", **style: str) -> None:
    """Print an entry: time and title, then outlet, words and address."""
    time = minute(entry.time, zone)
    say(f"{mark}{time}  {entry.title}", bold=True, **style)
    indent = " " * (len(mark) + len(time) + 2)
    say(indent + " · ".join(part for part in (entry.text.source, words_of(hits), entry.url) if part))


@dataclass
class Days:
    """How many entries were found on each day of a period.

    Args:
        since: where the period begins.
        now: where it ends.
        zone: whose days.
    """

    since: datetime
    now: datetime
    zone: ZoneInfo
    found: int = 0
    _per_day: Counter[date] = field(default_factory=Counter)

    def add(self, entry: StoredEntry) -> None:
        """Count an entry."""
        self.found += 1
        if entry.came >= self.since:
            self._per_day[self._day(entry.came)] += 1

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    @property
    def rate(self) -> str:
        """How many a day, over the period; and how many in it, if there are others."""
        days = max((self.now - self.since) / _DAY, 1.0)
        inside, period = self._per_day.total(), f"the last {count(round(days), 'day')}"
        if inside == self.found:
            return f"{inside / days:.1f} a day over {period}"
        return f"{inside:,} of them in {period}: {inside / days:.1f} a day"

    def say(self) -> None:
        """Print a bar for each day (each week, of a long period)."""
        first, last = self._day(self.since), self._day(self.now)
        step = 1 if (last - first).days < _MOST_DAYS else 7
        starts = [first + timedelta(days=days) for days in range(0, (last - first).days + 1, step)]
        numbers = [sum(self._per_day[day + timedelta(days=more)] for more in range(step)) for day in starts]
        older = self.found - sum(numbers)
        top, width = max(numbers, default=0), len(str(max(numbers, default=0)))
        for day, number in zip(starts, numbers, strict=True):
            say(f"  {day:%a %d %b}  {number:>{width}}  {'━' * round(number / top * _BAR) if top else ''}".rstrip())
        if older:
            say(f"  {older:,} from before that")
