"""Dates as feeds write them, and which of them can be believed.

The two forms that the formats ask for (RFC 822 and ISO 8601) are read at once. All others are read by their parts: a
clock, a zone, a month's name, numbers. What they leave in doubt is not guessed:

- A stated offset is the zone; an abbreviation or a comment beside it only says it again. Where an abbreviation stands
  for several zones, it is the one of the table below, unless the feed's language says otherwise (``IST`` is India's,
  in Hebrew Israel's; ``CST`` is North America's, in Chinese China's). One that stands for none counts as UTC, as does
  a date without any.
- ``03/04/2024`` is read by the feed's language; where that leaves both open (``en``, or none), it is no date.
- Nothing was on the web before 1990.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from digest.feeds.months import MONTHS

if TYPE_CHECKING:
    from collections.abc import Iterable

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""Nothing was on the web before; older dates are a server's zero."""
LATEST_AHEAD: Final = timedelta(days=2)
"""A date farther in the future than this is not when the entry was published (an event's date, a wrong clock)."""
_LONGEST: Final = 100
"""Characters: what goes on beyond them is no date."""

_ZONES: Final = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0.0),
    # North America, as RFC 822 has them.
    "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0,
    "akst": -9.0, "akdt": -8.0, "hst": -10.0, "ast": -4.0, "adt": -3.0, "nst": -3.5, "ndt": -2.5,
    "et": -5.0, "pt": -8.0,
    # The rest of the world, where one zone is meant in news.
    "brt": -3.0, "art": -3.0, "clt": -4.0, "clst": -3.0, "cot": -5.0, "pet": -5.0, "vet": -4.0,
    "bst": 1.0, "west": 1.0, "cet": 1.0, "met": 1.0, "mez": 1.0, "wat": 1.0, "cest": 2.0, "mest": 2.0, "mesz": 2.0,
    "eet": 2.0, "sast": 2.0, "cat": 2.0, "eest": 3.0, "eat": 3.0, "msk": 3.0, "msd": 4.0, "trt": 3.0, "мск": 3.0,
    "idt": 3.0, "irst": 3.5, "irdt": 4.5, "gst": 4.0, "samt": 4.0, "aft": 4.5, "pkt": 5.0, "uzt": 5.0, "yekt": 5.0,
    "ist": 5.5, "npt": 5.75, "almt": 6.0, "omst": 6.0, "mmt": 6.5, "wib": 7.0, "ict": 7.0, "krat": 7.0, "novt": 7.0,
    "wita": 8.0, "hkt": 8.0, "sgt": 8.0, "myt": 8.0, "pht": 8.0, "awst": 8.0, "irkt": 8.0, "ulat": 8.0,
    "wit": 9.0, "kst": 9.0, "jst": 9.0, "yakt": 9.0, "acst": 9.5, "aest": 10.0, "chst": 10.0, "vlat": 10.0,
    "acdt": 10.5, "aedt": 11.0, "magt": 11.0, "nzst": 12.0, "nzt": 12.0, "pett": 12.0, "nzdt": 13.0,
}  # fmt: skip
"""Hours east."""
_ZONES_BY_LANGUAGE: Final = {
    ("ist", "he"): 2.0,
    ("ist", "iw"): 2.0,
    ("ist", "ga"): 1.0,
    ("cst", "zh"): 8.0,
    ("bst", "bn"): 6.0,
    ("ast", "ar"): 3.0,
}
_DAY_FIRST: Final = frozenset(
    """\
ar az be bg bn ca cs cy da de el es et fi fr ga gl he hi hr hy id is it iw ka kk lv mk ms nb nl nn no pl pt ro ru sk
sl sq sr sv sw th tr uk ur uz vi en-gb en-ie en-au en-nz en-in en-za en-sg en-hk en-pk en-my
""".strip().split()
)
_MONTH_FIRST: Final = frozenset({"en-us", "en-ph", "fil", "tl"})

_RFC_822: Final = re.compile(
    r"(?:[a-zA-Z]{3,9},? +)?(\d{1,2}) +([a-zA-Z]{3})[a-zA-Z]* +(\d{4})"
    r"(?: +(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?: +(?:([+-])(\d{2}):?(\d{2})|(GMT|UTC|UT|Z)))?\Z"
)
_ENGLISH: Final = {name: number for number, name in enumerate(
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
)}  # fmt: skip

_OFFSET: Final = re.compile(
    r"(?:\b(?:GMT|UTC|UT)\s?|(?<=[\w\s(.]))([+-])(?:\s(?=\d{4}))?(\d{1,2})(?::?(\d{2}))?(?![\d:.-]*\d)", re.IGNORECASE
)
_CLOCK: Final = re.compile(
    r"(?P<before>오전|오후|午前|午後|上午|下午|早上|晚上|凌晨|中午|[ap]\.?m\.?(?=\s*\d))?\s*"
    r"(?<![\d.:])(?P<hour>\d{1,2})(?:\s?[:時时시hч]\s?|(?=\s?[ap]\.?m\b)|\.(?=[0-5]\d\s*(?:uhr\b|[ap]\.?m\b|[A-Z]{2,4}\b|\Z)))"
    r"(?:(?P<minute>\d{2})(?!\d)(?:\s?[:分분]\s?(?:(?P<second>\d{1,2})(?:[.,]\d+|\s?[秒초])?)?)?)?"
    r"(?:\s?uhr\b)?\s*(?P<after>(?:[ap]\.?\s?m\b|ص|م(?![^\W\d]))\.?)?",
    re.IGNORECASE,
)
_AFTERNOON: Final = frozenset({"오후", "午後", "下午", "晚上", "م"})
_MORNING: Final = frozenset({"오전", "午前", "上午", "早上", "凌晨", "ص"})
_YEAR_FIRST: Final = re.compile(
    r"(?<!\d)(\d{4})\s?(?:[./-]|[年년]\s?)\s?(\d{1,2})\s?(?:[./-]|[月월]\s?)\s?(\d{1,2})(?!\d)[日일.]?"
)
_YEAR_LAST: Final = re.compile(r"(?<!\d)(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?!\d)")
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?(?:[.,]\d+)?)?(?![\d:])")
_ORDINAL: Final = re.compile(r"(\d{4})-(\d{3})(?![\d-])")
_UNIX: Final = re.compile(r"(\d{9,10})(\d{3})?(?:\.\d+)?")
_PATH_DAY: Final = re.compile(
    r"^https?://[^/?#]+[^?#]*?/(?:[\w-]*-)?((?:19|20)\d\d)([/-]?)(0?[1-9]|1[0-2])\2(0?[1-9]|[12]\d|3[01])(?=[/._-]|$)"
)
_PATH_MONTH: Final = re.compile(r"^https?://[^/?#]+[^?#]*?/((?:19|20)\d\d)/(0?[1-9]|1[0-2])(?=/|$)")
_LABEL: Final = re.compile(
    r"(?:^|[|·–—]) ?(?:(?:published|posted|updated|date|veröffentlicht|stand|publiée?|publicado|pubblicato"
    r"|опубликовано)(?: (?:on|at|am|le|el|il))?\b[:\s]{1,3}"
    r"|(?:입력|게시|등록|发布|發布|公開|更新)(?:일|時間|时间|日)?\s?[:：]?\s?)",
    re.IGNORECASE,
)
_DATE_WORDS: Final = frozenset(
    """\
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun montag dienstag
mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes
miércoles jueves viernes sábado domingo понедельник вторник среда четверг пятница суббота воскресенье uhr gmt utc
del the
""".strip().split()
)
_LOGGED: Final = re.compile(r"(?<=[/-])(\d{4}):(?=\d\d:)")
_TWO_WORDS: Final = {
    "كانون الثاني": "يناير",
    "تشرين الأول": "أكتوبر",
    "تشرين الثاني": "نوفمبر",
    "كانون الأول": "ديسمبر",
}
_WORD: Final = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0900-\u0963\u0980-\u09e3\u064b-\u0652])*\.?")
_IANA: Final = re.compile(r"\b[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_+-]+){1,2}\b")
_NUMBER: Final = re.compile(r"(?<!\d)(?:(?P<year>\d{4})|['’]?(?P<small>\d{1,2}))(?:st|nd|rd|th|er|re|º|ª|\.)?(?![\d:])")
_DIGITS: Final = {
    **{0x660 + digit: str(digit) for digit in range(10)},
    **{0x6F0 + digit: str(digit) for digit in range(10)},
    **{0x966 + digit: str(digit) for digit in range(10)},
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    **dict.fromkeys(map(ord, "\u200e\u200f\u061c"), ""),
    **dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u3000"), " "),
    ord("\u2212"): "-",
    ord("\uff1a"): ":",
    ord("\uff0c"): ",",
    ord("\u060c"): ",",
}


def read_date(text: str, lang: str = "") -> datetime | None:
    """When a feed's date was; None if it cannot be read or is before 1990. A date without a zone counts as UTC.

    Args:
        text: as the feed wrote it.
        lang: the feed's language (BCP 47) or "": it decides what is in doubt otherwise.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _at_once(text) or _by_parts(_tidy(text), lang.lower().replace("_", "-"))
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment >= EARLIEST else None


def plausible(moment: datetime | None, now: datetime) -> datetime | None:
    """``moment`` unless it lies before 1990 or more than two days after ``now``."""
    if moment is None or not EARLIEST <= moment <= now + LATEST_AHEAD:
        return None
    return moment


def shown_date(link: str, texts: Iterable[tuple[str, bool]], lang: str, now: datetime) -> datetime | None:
    """The date that an entry without one shows all the same, if that is days old; else none is certain enough.

    Args:
        link: one with a date in its path, as ``/2019/03/04/``, was made on that day.
        texts: the beginning of each, plain, and whether there is more. One says when it was published, or begins with a
            line of its date alone; not if it is long, for a whole page begins with the day that somebody looked at it.
        lang: as for `read_date`.
        now: what is later than some days before this tells nothing that is not known.
    """
    found = _dated_path(link)
    for text, is_long in texts:
        if found is None:
            line = text.partition("\n")[0]
            label = _LABEL.search(line[:_LONGEST])
            alone = line if len(line) < _LONGEST // 2 and not is_long else ""
            said = line[label.end() :][:_LONGEST] if label else alone
            found = read_date(said, lang) if said and _is_only_date(said) else None
    return found if found is not None and EARLIEST <= found < now - LATEST_AHEAD else None


def _dated_path(link: str) -> datetime | None:
    found = _PATH_DAY.search(link) or _PATH_MONTH.search(link)
    if found is None:
        return None
    numbers = [int(each) for each in found.groups() if each.isdecimal()]
    try:
        if len(numbers) > 2:
            return datetime(numbers[0], numbers[1], numbers[2], tzinfo=UTC)
        year, month = numbers
        return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - timedelta(seconds=1)
    except ValueError:
        return None


def _is_only_date(text: str) -> bool:
    """Whether a text is a date and nothing besides: no word in it is none of a date's."""
    words = [word.lower().rstrip(".") for word in _WORD.findall(text)]
    return all(len(word) < 3 or _month(word) or word in _ZONES or word in _DATE_WORDS for word in words)


def _at_once(text: str) -> datetime | None:
    """A date in one of the two forms that are asked for; None where it is in neither."""
    if found := _RFC_822.match(text):
        day, name, year, hour, minute, second, sign, east, beyond, _ = found.groups()
        month = _ENGLISH.get(name.lower())
        if month is not None:
            moment = _moment((int(year), month, int(day)), (int(hour or 0), int(minute or 0), int(second or 0)))
            if sign is None:
                return moment
            offset = timedelta(hours=int(east), minutes=int(beyond))
            _see_offset(offset)
            return moment - offset if sign == "+" else moment + offset
    if text[:4].isdecimal() and text[4:5] == "-":
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def _tidy(text: str) -> str:
    """A date with digits, marks and spaces as they are written in English; one of a server's log has a space more."""
    return _LOGGED.sub(r"\1 ", text.translate(_DIGITS))


def _by_parts(text: str, lang: str) -> datetime | None:
    """A date in any other form."""
    if found := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    day, rest = _numbered_day(text, lang)
    zone, rest = _zone(rest, lang)
    clock, rest = _clock(rest)
    if day is None:
        for words, month in _TWO_WORDS.items():
            rest = rest.replace(words, month)
        day = _worded_day(rest)
    if day is None:
        return None
    moment = _moment(day, clock)
    return (moment.replace(tzinfo=zone) if zone else moment).astimezone(UTC)


def _moment(day: _Day, clock: _Clock) -> datetime:
    """A moment in UTC; 24 o'clock is the next day's midnight, and a leap second the next second."""
    (year, month, number), (hour, minute, second) = day, clock
    found = datetime(year, month, number, hour % 24 if hour == 24 else hour, minute, min(second, 59), tzinfo=UTC)
    if hour == 24:
        if minute or second:
            raise ValueError(hour)
        found += timedelta(days=1)
    if second > 59:
        if second > 60:
            raise ValueError(second)
        found += timedelta(seconds=1)
    return found


_Day = tuple[int, int, int]
_Clock = tuple[int, int, int]


def _numbered_day(text: str, lang: str) -> tuple[_Day | None, str]:
    """Year, month and day, where all three are numbers, and the rest of the text."""
    if found := _YEAR_FIRST.search(text):
        return (int(found[1]), int(found[2]), int(found[3])), _without(text, found)
    if found := _COMPACT.match(text):
        clock = f" {found[4]}:{found[5]}:{found[6] or '00'} " if found[4] else " "
        return (int(found[1]), int(found[2]), int(found[3])), clock + text[found.end() :]
    if found := _ORDINAL.match(text):
        day = datetime(int(found[1]), 1, 1, tzinfo=UTC) + timedelta(days=int(found[2]) - 1)
        return (day.year, day.month, day.day), _without(text, found)
    if found := _YEAR_LAST.search(text):
        first, second = int(found[1]), int(found[3])
        order = _order(first, second, found[2], lang)
        if order:
            month, number = (second, first) if order == "day first" else (first, second)
            return (_year(found[4]), month, number), _without(text, found)
        return None, ""  # what is left would only seem to be a date
    return None, text


def _order(first: int, second: int, mark: str, lang: str) -> str:
    """Which of two numbers is the day; empty where that is in doubt."""
    if first > 12 or first == second or mark == ".":
        return "day first"
    if second > 12 or lang in _MONTH_FIRST:
        return "month first"
    return "day first" if lang in _DAY_FIRST or lang.partition("-")[0] in _DAY_FIRST - {"en"} else ""


def _year(written: str) -> int:
    """A year of two digits is one since 1970."""
    year = int(written)
    return year if len(written) > 2 else year + (1900 if year >= 70 else 2000)


def _worded_day(text: str) -> _Day | None:
    """Year, month and day, where the month is a word: the last one that names one, for days are called so, too."""
    month = next((number for word in reversed(_WORD.findall(text)) if (number := _month(word))), 0)
    if not month:
        return None
    years = [found["year"] for found in _NUMBER.finditer(text) if found["year"]]
    small = [found["small"] for found in _NUMBER.finditer(text) if found["small"]]
    if years and small:
        return int(years[0]), month, int(small[0])
    if len(small) == 2:
        day, year = (small[1], small[0]) if int(small[0]) > 31 else (small[0], small[1])
        return _year(year), month, int(day)
    return None


@lru_cache(maxsize=1_024)
def _month(word: str) -> int:
    """1 to 12; 0 for no month."""
    word = word.lower().rstrip(".")
    found = MONTHS.get(word)
    if found is None and len(word) > 3:
        # Inflected, or cut otherwise than usual: five letters tell the months of all these languages apart.
        found = next((number for name, number in MONTHS.items() if len(name) > 4 and name.startswith(word[:5])), None)
    return found or 0


def _clock(text: str) -> tuple[_Clock, str]:
    """Hour, minute and second, midnight where none are told, and the rest of the text."""
    for found in _CLOCK.finditer(text):
        half = (found["before"] or found["after"] or "").lower().replace(".", "").replace(" ", "")
        if found["minute"] is None and not half and text[found.end("hour") :][:1] not in {"時", "时", "시", "h"}:
            continue
        clock = (_hour(int(found["hour"]), half), int(found["minute"] or 0), int(found["second"] or 0))
        return clock, _without(text, found)
    return (0, 0, 0), text


def _hour(hour: int, half: str) -> int:
    """0 to 24, of an hour in one half of the day; those of 24 hours stay what they are."""
    if half in _AFTERNOON or half == "pm" or (half == "中午" and hour < 11):
        return hour + 12 if hour < 12 else hour
    return 0 if hour == 12 and (half in _MORNING or half == "am") else hour


def _zone(text: str, lang: str) -> tuple[tzinfo | None, str]:
    """The zone a date is told in, and the rest of the text; None where none is told."""
    offset = next((each for each in _OFFSET.finditer(text) if _states_zone(text, each)), None)
    if offset is not None:
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if len(offset[2]) == 1 and offset[3] and ":" not in offset[0]:  # "+530"
            shift = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        _see_offset(shift)
        return timezone(shift if offset[1] == "+" else -shift), text[: offset.start()]
    if named := _IANA.search(text):
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            return ZoneInfo(named[0]), _without(text, named)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: a folder of zones, America/Argentina
            return None, text
    for word in reversed(list(_WORD.finditer(text))):
        name = word[0].lower().rstrip(".")
        hours = _ZONES_BY_LANGUAGE.get((name, lang.partition("-")[0]), _ZONES.get(name))
        if hours is not None and (word[0].isupper() or name in {"utc", "gmt"}):
            return timezone(timedelta(hours=hours)), _without(text, word)
    return None, text


def _states_zone(text: str, offset: re.Match[str]) -> bool:
    """Whether signed digits are an offset: they stand behind a clock or the name of a zone."""
    before = text[: offset.start()].rstrip(" (").lower()
    words = before.split()
    return (
        offset[0][0].isalpha()
        or ":" in before
        or (bool(words) and (words[-1] in _ZONES or words[-1][-2:] in {"am", "pm", "m."}))
    )


def _see_offset(offset: timedelta) -> None:
    if offset > timedelta(hours=15):
        raise ValueError(offset)


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"
