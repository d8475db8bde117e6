"""How Digest writes and reads numbers, lengths of time, moments and words that hit: once for messages, bot and screen.

::

    count(3, "alert")      3 alerts            local_time(…)   14:05 KST, 12 Mar      read_span("2h30m")
    long_span(…)           7 hours             minute(…)       2026-03-12 14:05
    typed_span(…)          2d 3h               clock(…)        14:05
    brief(…)               4 m                 age(…)          4 min ago

Moments are aware; those shown to people are in a zone that the caller names. Nothing here asks what time it is.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.text import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from digest.values.messages import Delivery, DeliveryState
    from digest.values.news import Hit

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LONG_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONG_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


# --- numbers -----------------------------------------------------------------------------------------------------


def count(number: int, noun: str) -> str:
    """A number and its noun: ``1 feed``, ``2,000 feeds``, ``0 entries``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


def plural(noun: str) -> str:
    """``feeds``, ``entries``, ``days``, ``matches``."""
    if re.search("[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith(("s", "x", "ch", "sh")) else f"{noun}s"


# --- lengths of time ---------------------------------------------------------------------------------------------

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
_SPAN: Final = re.compile(r"(?:\d{1,12}\s*[smhdwy]\s*)+", re.ASCII)
_LONGEST: Final = timedelta(days=365 * 100)
_LONGEST_TEXT: Final = 40
"""Characters; no length of time needs more, and a stranger's text is repeated no further than this."""


def read_span(text: str) -> timedelta:
    """Read ``90s``, ``10m``, ``2h30m``, ``7d``, ``2w`` or ``2y`` (of 365 days): from a second to 100 years.

    Raises:
        ValueError: it is none, or too short or too long; with the sentence to show.
    """
    written = text.strip()
    if len(written) > _LONGEST_TEXT or _SPAN.fullmatch(written) is None:
        shown = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
        raise ValueError(f"“{shown}” is no duration: write a number and s, m, h, d or y, such as 90s, 10m, 2h or 7d")
    seconds = sum(int(number) * _SECONDS[unit] for number, unit in re.findall(r"(\d+)\s*([smhdwy])", written))
    if seconds < 1:
        raise ValueError("this must be at least 1s")
    if seconds > _LONGEST.total_seconds():
        raise ValueError("this must be at most 100y")
    return timedelta(seconds=seconds)


def read_since(text: str, now: datetime) -> datetime:
    """Read a time in the past, in UTC: a span before now (``24h``), a date, or a time (of UTC without its zone).

    Raises:
        ValueError: it is none; with the sentence to show.
    """
    try:
        return now - read_span(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        shown = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
        raise ValueError(f"“{shown}” is no time: write 24h, 7d, 2026-11-22 or 2026-11-22T07:00Z") from None


LONGEST_MUTE: Final = timedelta(days=30)
_SHORTEST_MUTE: Final = timedelta(minutes=1)


def mute_span(text: str) -> timedelta:
    """How long a mute is to be: ``1h``, ``1d``, ``2h30m``.

    Raises:
        ValueError: it is none, or too short or too long; with the sentence to show.
    """
    try:
        span = read_span(text.lower())
    except ValueError:
        shown = text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"
        raise ValueError(f"“{shown}” is no time to mute for: write 30m, 1h, 2h30m or 3d") from None
    if span < _SHORTEST_MUTE:
        raise ValueError("a mute lasts a minute at least: write 30m, 1h or 3d")
    if span > LONGEST_MUTE:
        days = LONGEST_MUTE.days
        raise ValueError(f"a mute lasts {days} days at most: to silence a rule for good, set enabled = false")
    return span


def typed_span(span: timedelta) -> str:
    """A length of time as users type it, in two units at most: ``1h``, ``2d 3h``, ``45m``; ``a moment`` below 1m."""
    minutes = max(0, int(span.total_seconds()) // 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{number}{unit}" for number, unit in ((days, "d"), (hours, "h"), (minutes, "m")) if number]
    return " ".join(parts[:2]) or "a moment"


def long_span(span: timedelta) -> str:
    """``40 minutes``, ``7 hours``, ``3 days``: in the largest unit of which there are two at least."""
    seconds = span.total_seconds()
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length)} {unit}s"
    return "a minute"


def how_often(a_day: float) -> str:
    """``5 a day``, ``3 a week`` or ``one in 12 days``; a number above 0."""
    if a_day >= 0.95:
        return f"{a_day:,.0f} a day"
    if a_day * 7 >= 1.5:
        return f"{a_day * 7:.0f} a week"
    days = max(2, round(1 / a_day))
    return "one a week" if 6 <= days <= 8 else f"one in {days:,} days"


def brief(span: timedelta) -> str:
    """A length of time in a few cells, in its largest unit: ``18 s``, ``4 m``, ``3 h``, ``2 d``; ``now`` below 1 s."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return "now"
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


_YEARS: Final = 2 * 365
"""Days from which on years are counted."""


def age(span: timedelta) -> str:
    """``4 min ago``, ``3 h ago``, ``2 days ago``, ``9 years ago``; ``just now`` below a minute and for the future."""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    hours, days = minutes // 60, span.days
    if hours < 24:
        return f"{hours} h ago"
    return f"{count(days, 'day')} ago" if days < _YEARS else f"{count(days // 365, 'year')} ago"


def countdown(span: timedelta) -> str:
    """``0:42``, ``12:05``, ``3:10:00``; ``now`` when it is over."""
    seconds = int(span.total_seconds())
    if seconds <= 0:
        return "now"
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


# --- moments -----------------------------------------------------------------------------------------------------


def iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond, for programs; ``None`` for none."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_time(moment: datetime, zone: tzinfo, *, now: datetime) -> str:
    """``14:05 KST, 12 Mar``, with the year where it is not the current one; a message may be read anywhere."""
    local = _local(moment, zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local:%H:%M} {local.tzname()}, {local.day} {_MONTHS[local.month - 1]}{year}"


def minute(moment: datetime | None, zone: tzinfo) -> str:
    """``2026-03-12 14:05``, for tables of the command line; empty for none."""
    return "" if moment is None else f"{_local(moment, zone):%Y-%m-%d %H:%M}"


def clock(moment: datetime, zone: tzinfo) -> str:
    """``14:03``."""
    return f"{_local(moment, zone):%H:%M}"


def clock_seconds(moment: datetime, zone: tzinfo) -> str:
    """``14:03:31``."""
    return f"{_local(moment, zone):%H:%M:%S}"


def day_name(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """``Sat 21 Nov``; with the year if it was another one."""
    local = _local(moment, zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]}{year}"


def long_day(moment: datetime, zone: tzinfo) -> str:
    """``Saturday, 21 November 2026``."""
    local = _local(moment, zone)
    return f"{_LONG_DAYS[local.weekday()]}, {local.day} {_LONG_MONTHS[local.month - 1]} {local.year}"


def short_time(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """In six cells at most: the time of today's, the day of older ones (``21 Nov``; ``2024``, if of another year)."""
    local, today = _local(moment, zone), now.astimezone(zone)
    if local.date() == today.date():
        return clock(moment, zone)
    return f"{local.day} {_MONTHS[local.month - 1]}" if local.year == today.year else str(local.year)


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """When the day began in that zone, in UTC."""
    # The first of two midnights, where the clocks go back over it.
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def same_day(moment: datetime, other: datetime, zone: tzinfo) -> bool:
    """Whether two moments are of one day in that zone."""
    return _local(moment, zone).date() == _local(other, zone).date()


def _local(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return moment.astimezone(zone)
    except OverflowError:  # the first or last day that there is
        return moment


# --- what was found ----------------------------------------------------------------------------------------------

_SHOWN_WORDS: Final = 8


def words_of(hits: Iterable[Hit]) -> str:
    """The words that hit, each once, with the fields where any is beside the title."""
    fields: dict[str, dict[str, None]] = {}
    for hit in hits:
        fields.setdefault(hit.text, {})[hit.field] = None
    elsewhere = any(field != "title" for places in fields.values() for field in places)
    words = [f"“{text}”" + f" in {' and '.join(places)}" * elsewhere for text, places in fields.items()]
    shown = words[:_SHOWN_WORDS]
    more = len(words) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def in_what(delivery: Delivery) -> str:
    """Behind a message's state: what it is, where it is more than the alert."""
    return "" if delivery.kind == "alert" else f" in a {delivery.kind.value}"


def retried(state: DeliveryState) -> str:
    """What becomes of a message that a user wants sent again, by the state it was in; behind what it is called."""
    return {
        "sending": "is being sent: if that fails, it is tried again",
        "sent": "was sent, and goes again as a possible repeat",
    }.get(state, "is queued again")


def dropped(state: DeliveryState) -> str:
    """The same of one that is not to be sent."""
    return {
        "sending": "is dropped, but was being sent: it may arrive",
        "sent": "was sent already: there is nothing to drop",
        "dropped": "was dropped already",
    }.get(state, "is dropped")


_TITLE: Final = 40
"""Letters of a title in a sentence."""


def titled(title: str, otherwise: str) -> str:
    """What a story or entry is called in a sentence: by its title, cut where it is long; without one, otherwise."""
    return quoted(title, _TITLE) if title.strip() else otherwise


def message_called(message: Delivery) -> str:
    """What a message is called in a sentence: by the title that the outbox shows, and its channel."""
    return f"{titled(message.title, 'the message')} to {message.channel}"


# --- languages ----------------------------------------------------------------------------------------------------

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
