"""When is a ``[[digest]]`` due? Its times, once for each reading of the local clock.

Times are cron in the user's zone, counted as the wall shows them and only then placed in UTC. So the 01:30 that comes
twice when clocks go back is one digest (the first of the two), and the 02:30 that does not exist when they go forward
comes at 03:30.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apscheduler.triggers.base import BaseTrigger

    from digest.values.settings import DigestSpec

LATE_AT_MOST = timedelta(hours=6)  # an engine that was down for longer leaves the digest out: the next one covers it
_CLOCK_CHANGE = timedelta(hours=3)  # more than any zone ever moved its clocks by at once
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class DueDigest:
    """One time at which a digest is due."""

    local: str
    """Its key: what the local clock shows, ``2026-11-22T07:00``."""
    at: datetime
    """In UTC."""
    period: timedelta
    """Until the next one: what the very first digest of its name looks back on."""


def due_digest(spec: DigestSpec, now: datetime) -> DueDigest | None:
    """The newest time at which a digest was due, unless that is too long ago to make up for."""
    found = None
    for due in digest_times(spec, now - LATE_AT_MOST):
        if due.at > now:
            break
        found = due
    return found


def digest_times(spec: DigestSpec, start: datetime) -> Iterator[DueDigest]:
    """The times of a digest from ``start`` on, one for each time the local clock's reading fits."""
    zone = ZoneInfo(spec.timezone)
    wall_times = _wall_times(spec.cron, start.astimezone(zone).replace(tzinfo=UTC) - _CLOCK_CHANGE)
    wall = next(wall_times, None)
    while wall is not None:
        following = next(wall_times, None)
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        if at >= start:
            period = timedelta(days=1) if following is None else following - wall
            yield DueDigest(wall.strftime("%Y-%m-%dT%H:%M"), at, period)
        wall = following


def _wall_times(cron: str, start: datetime) -> Iterator[datetime]:
    """The readings of a clock (as if it were UTC's) that fit a cron line, from ``start`` on."""
    trigger = _cron_trigger(cron)
    wall: datetime | None = trigger.get_next_fire_time(None, start)
    while wall is not None:
        yield wall
        wall = trigger.get_next_fire_time(wall, wall)


def _cron_trigger(cron: str) -> BaseTrigger:
    """APScheduler's trigger for five cron fields, with cron's own meaning of days.

    Cron counts weekdays from Sunday, and a line that restricts both the day of the month and the weekday means
    either of them; APScheduler counts from Monday and means both.
    """
    minute, hour, day, month, weekday = cron.split()
    time = {"minute": minute, "hour": hour, "month": month, "timezone": UTC}
    days = _weekdays(weekday)
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=day, day_of_week=days, **time)
    return OrTrigger([CronTrigger(day=day, **time), CronTrigger(day_of_week=days, **time)])


def _weekdays(field: str) -> str:
    """Cron's weekday field as APScheduler's names: ``5-7`` is ``fri,sat,sun``."""
    numbers: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = ("0-6" if span == "*" else span).partition("-")
        numbers.update(range(_day_number(first), _day_number(last or first) + 1, int(step or 1)))
    return ",".join(dict.fromkeys(_DAYS[number % 7] for number in sorted(numbers)))


def _day_number(word: str) -> int:
    """0 to 7, both ends Sunday."""
    return _DAYS.index(word) if word in _DAYS else int(word)
