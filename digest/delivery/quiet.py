"""Quiet hours: until when a channel is to be left in peace, as the clock on its readers' wall shows it.

The wall decides, nothing else: a channel is quiet whenever its clock reads a time inside the hours, also on the two
days on which that clock is changed. So an hour that comes twice is quiet twice, and hours that end in the gap when
clocks go forward end with the gap.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from digest.values.settings import QuietHours

_MINUTE: Final = timedelta(minutes=1)
_DAY: Final = 24 * 60
_LONGEST: Final = 2 * _DAY
"""Minutes that no quiet hours last, clock changes included."""


def quiet_until(hours: QuietHours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When the quiet hours that hold ``now`` end, in UTC; ``None``: these are none."""
    if not _is_quiet(hours, zone, now):
        return None
    whole = now.astimezone(UTC).replace(second=0, microsecond=0)
    local = now.astimezone(zone)
    left = (hours.end - (local.hour * 60 + local.minute)) % _DAY
    guess = whole + left * _MINUTE
    if guess.astimezone(zone).utcoffset() == local.utcoffset():  # no clock change on the way: it is as the wall says
        return guess
    ends = (whole + minutes * _MINUTE for minutes in range(1, _LONGEST))
    return next(end for end in ends if not _is_quiet(hours, zone, end))


def _is_quiet(hours: QuietHours, zone: ZoneInfo, moment: datetime) -> bool:
    """Whether the wall reads a time from the start on and before the end."""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if hours.start < hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end
