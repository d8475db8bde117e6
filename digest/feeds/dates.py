"""Dates as feeds write them, and which of them can be believed."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from time import struct_time

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was on the web before; older dates are a server's zero."""
LATEST_AHEAD: Final = timedelta(days=2)
"""A date farther in the future than this is not when the entry was published (an event's date, a wrong clock)."""

# Abbreviations outside North America that feedparser reads as UTC, hours east. Only what means one zone in news.
_ZONES: Final = {"KST": 9, "JST": 9, "HKT": 8, "SGT": 8, "MSK": 3, "EET": 2, "EEST": 3, "CET": 1, "CEST": 2, "WIB": 7}
_ZONE: Final = re.compile(rf"\s\(?({'|'.join(_ZONES)})\)?$")

# The first letters of the months in the languages of feeds that write RFC 822 dates in their own words.
_MONTHS: Final = (
    "jan|ene|gen|янв",
    "feb|fev|fév|фев",
    "mar|mär|mrt|мар",
    "apr|abr|avr|апр",
    "may|mai|mag|mei|мая",
    "jun|juin|giu|июн",
    "jul|juil|lug|июл",
    "aug|ago|aoû|авг",
    "sep|set|сен",
    "oct|out|okt|ott|окт",
    "nov|ноя",
    "dec|dez|dic|déc|дек",
)
_WORDED: Final = re.compile(
    r"(?P<day>\d{1,2})\.?[ -](?P<month>[^\W\d]{3,9})\.?[ -](?P<year>\d{4})"
    r"(?:,? +(?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?(?P<zone>.*)"
)
_NUMBERS: Final = re.compile(
    r"(?P<year>\d{4})[./년-] ?(?P<month>\d{1,2})[./월-] ?(?P<day>\d{1,2})[.일]?"
    r"(?:[ T]+(?P<clock>\d{1,2}:\d{2}(?::\d{2})?))?(?P<zone>.*)"
)
_OFFSET: Final = re.compile(r"\s*(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})$")


def read_date(text: str, parsed: struct_time | None) -> datetime | None:
    """When a feed's date was; None if it cannot be read or is before 1990. A date without a zone counts as UTC.

    Args:
        text: as the feed wrote it.
        parsed: what feedparser made of it, in UTC.
    """
    text = text.strip()
    zone = _ZONE.search(text)
    if parsed is not None:
        try:
            moment = datetime.fromtimestamp(calendar.timegm(parsed), UTC)
        except (ValueError, OverflowError):
            return None
        if zone:
            moment -= timedelta(hours=_ZONES[zone[1]])
    else:
        found = _from_words(text)
        if found is None:
            return None
        moment = found
    return moment if moment >= EARLIEST else None


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """``moment`` unless it lies before 1990 or more than two days after ``now``."""
    if moment is None or not EARLIEST <= moment <= now + LATEST_AHEAD:
        return None
    return moment


def _from_words(text: str) -> datetime | None:
    """A date that feedparser cannot read: other languages' months, or year, month and day with odd signs between."""
    try:
        return _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    match = _WORDED.search(text) or _NUMBERS.search(text)
    if match is None:
        return None
    month = match["month"].lower()
    number = int(month) if month.isdigit() else _month(month)
    hour, minute, second, *_ = *map(int, (match["clock"] or "0:0").split(":")), 0
    try:
        zone = _zone(match["zone"])
        return _in_utc(datetime(int(match["year"]), number, int(match["day"]), hour, minute, second, tzinfo=zone))
    except (ValueError, OverflowError):
        return None


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _month(word: str) -> int:
    """1 to 12; 0 for no month."""
    return next((i for i, starts in enumerate(_MONTHS, 1) if word.startswith(tuple(starts.split("|")))), 0)


def _zone(text: str) -> timezone:
    if offset := _OFFSET.match(text.rstrip()):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    named = _ZONE.search(text.rstrip())
    return timezone(timedelta(hours=_ZONES[named[1]] if named else 0))
