"""Times, ages, counts, languages and severities in the few cells a dashboard has for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.tui.palette import Ink
from digest.values.news import Severity

if TYPE_CHECKING:
    from datetime import tzinfo

GLYPHS: Final = {Severity.URGENT: "■", Severity.HIGH: "▲", Severity.NORMAL: "◆", Severity.LOW: "○"}
INKS: Final = {
    Severity.URGENT: Ink.HIGH_BOLD,
    Severity.HIGH: Ink.HIGH,
    Severity.NORMAL: Ink.NORMAL,
    Severity.LOW: Ink.MUTED,
}

_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DAYS: Final = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_SPARKS: Final = "▁▂▃▄▅▆▇█"

_LANGUAGES: Final = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek",
    "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian",
    "ja": "Japanese", "kk": "Kazakh", "ko": "Korean", "ku": "Kurdish", "lt": "Lithuanian", "lv": "Latvian",
    "mn": "Mongolian", "ms": "Malay", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovene", "sr": "Serbian",
    "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese",
    "zh": "Chinese",
}  # fmt: skip


def language(code: str) -> str:
    """The English name of a language code such as ``ko`` or ``pt-BR``; the code itself where we know no name."""
    return _LANGUAGES.get(code.replace("_", "-").partition("-")[0].lower(), code)


def clock(moment: datetime, zone: tzinfo) -> str:
    """``14:03`` where the user is."""
    return moment.astimezone(zone).strftime("%H:%M")


def clock_seconds(moment: datetime, zone: tzinfo) -> str:
    """``14:03:31`` where the user is."""
    return moment.astimezone(zone).strftime("%H:%M:%S")


def day(moment: datetime, zone: tzinfo) -> str:
    """``21 Nov`` where the user is, in six cells at most."""
    local = moment.astimezone(zone)
    return f"{local.day} {_MONTHS[local.month - 1]}"


def day_name(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """``Sat 21 Nov`` where the user is; with the year if it was another one."""
    local = moment.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}{year}"


def short_time(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """The time of today's, the day of older ones (the year, if it was another year)."""
    local, today = moment.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return clock(moment, zone)
    return day(moment, zone) if local.year == today.year else str(local.year)


def age(span: timedelta) -> str:
    """``4 min ago``; ``just now`` below a minute and for what lies ahead."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    for unit, size in (("day", 24 * 60), ("h", 60)):
        if minutes >= size:
            count = minutes // size
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return f"{minutes} min ago"


def brief(span: timedelta) -> str:
    """A span in its largest unit, right-alignable: ``18 s``, ``4 m``, ``3 h``, ``2 d``; ``now`` when it is over."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return "now"
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def countdown(span: timedelta) -> str:
    """``0:42``, ``12:05``, ``3:10:00``; ``now`` when it is over."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return "now"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def counted(count: int, word: str) -> str:
    """``1 feed``, ``28 feeds``, ``1 entry``, ``2 entries``."""
    if count == 1:
        return f"1 {word}"
    return f"{count:,} {word[:-1]}ies" if word.endswith("ry") else f"{count:,} {word}s"


def spark(counts: list[int]) -> str:
    """A bar of eighths for each count, the highest full; zero is a blank of the same width."""
    top = max(counts, default=0)
    return "".join(_SPARKS[max(0, round(count / top * 8) - 1)] if count else " " for count in counts)


def bar(count: int, top: int, cells: int) -> str:
    """A thin bar without a track, to the half cell; at least half a cell for anything at all."""
    halves = max(1, round(count / top * cells * 2)) if count and top else 0
    return "━" * (halves // 2) + "╸" * (halves % 2)


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the user's day began, in UTC."""
    # The first of two midnights, where the clocks go back over it.
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)
