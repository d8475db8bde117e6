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
_ZONES: Final = {
    "KST": 9,
    "JST": 9,
    "HKT": 8,
    "SGT": 8,
    "MSK": 3,
    "EET": 2,
    "EEST": 3,
    "CET": 1,
    "CEST": 2,
    "WIB": 7,
    "BST": 1,
    "AEST": 10,
    "AEDT": 11,
}
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
_CLOCK: Final = (
    r"(?P<half>오전|오후|午前|午後|上午|下午)? ?(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?(?P<tail> ?[ap]m\b)?"
)
_WORDED: Final = re.compile(
    rf"(?P<day>\d{{1,2}})\.?[ -](?P<month>[^\W\d]{{3,9}})\.?[ -](?P<year>\d{{4}})(?:,? +{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
_NUMBERS: Final = re.compile(
    r"(?P<year>\d{4})[./年년-] ?(?P<month>\d{1,2})[./月월-] ?(?P<day>\d{1,2})[.日일]?"
    rf"(?:[ T]*{_CLOCK})?(?P<zone>.*)",
    re.IGNORECASE,
)
_AFTERNOON: Final = {"오후", "午後", "下午", "pm"}
_OFFSET: Final = re.compile(r"\s*(?:GMT|UTC)?([+-])(\d{2}):?(\d{2})$")


def read_date(text: str, parsed: struct_time | None) -> datetime | None:
    """When a feed's date was; None if it cannot be read or is before 1990. A date without a zone counts as UTC.

    Args:
        text: as the feed wrote it.
        parsed: what feedparser made of it, in UTC. It is believed only where the year does not come first: of such
            dates it often takes the year and, for month and day, today's.
    """
    text = text.strip()
    moment = _from_iso(text)
    if moment is None and (match := _NUMBERS.match(text)):
        moment = _from_parts(match)
    elif moment is None and parsed is not None:
        moment = _from_struct(parsed, text)
    elif moment is None and (match := _WORDED.search(text)):
        moment = _from_parts(match)
    return moment if moment is not None and moment >= EARLIEST else None


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """``moment`` unless it lies before 1990 or more than two days after ``now``."""
    if moment is None or not EARLIEST <= moment <= now + LATEST_AHEAD:
        return None
    return moment


def _from_iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _from_struct(parsed: struct_time, text: str) -> datetime | None:
    named = _ZONE.search(text)
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) - timedelta(hours=_ZONES[named[1]] if named else 0)
    except (ValueError, OverflowError):
        return None


def _from_parts(match: re.Match[str]) -> datetime | None:
    """From a match of one of the two forms above; None where its numbers make no date."""
    month = match["month"].lower()
    hour, minute, second, *_ = *map(int, (match["clock"] or "0:0").split(":")), 0
    half = (match["half"] or match["tail"] or "").strip().lower()
    if half:
        hour = hour % 12 + (12 if half in _AFTERNOON else 0)
    try:
        zone = _zone(match["zone"])
        number = int(month) if month.isdigit() else _month(month)
        return datetime(int(match["year"]), number, int(match["day"]), hour, minute, second, tzinfo=zone).astimezone(
            UTC
        )
    except (ValueError, OverflowError):
        return None


def _month(word: str) -> int:
    """1 to 12; 0 for no month."""
    return next((i for i, starts in enumerate(_MONTHS, 1) if word.startswith(tuple(starts.split("|")))), 0)


def _zone(text: str) -> timezone:
    if offset := _OFFSET.match(text.rstrip()):
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=minutes if offset[1] == "+" else -minutes))
    named = _ZONE.search(text.rstrip())
    return timezone(timedelta(hours=_ZONES[named[1]] if named else 0))
