"""Values that users write as text: sizes, times of day, zones, cron lines. Pure.

Each reader raises ``ValueError`` with the sentence to show.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from digest.text import quoted, without_login
from digest.values.settings import QuietHours

_BYTES = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}


def parse_size(text: str) -> int:
    """Read ``512KB`` or ``10MB`` into bytes (a KB is 1,024 bytes); at least 1KB, at most 1GB."""
    found = re.fullmatch(r"(\d{1,12})\s*([KMG]?B)", text.strip().upper(), re.ASCII)
    if found is None:
        raise ValueError(f"“{text}” is no size: write a number and KB or MB, such as 512KB or 10MB")
    size = int(found[1]) * _BYTES[found[2]]
    if not 1024 <= size <= 1024**3:
        raise ValueError("this must be between 1KB and 1GB")
    return size


def parse_time(text: str) -> int:
    """Read ``07:00`` into minutes after midnight."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip(), re.ASCII)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"“{text}” is no time of day: write hours and minutes from 00:00 to 23:59, such as 07:00")
    return int(found[1]) * 60 + int(found[2])


def parse_quiet(text: str) -> QuietHours:
    """Read ``23:00-07:00``."""
    start, dash, end = text.replace("–", "-").partition("-")
    if not dash:
        raise ValueError(f"“{text}” is no span of hours: write two times with a hyphen, such as 23:00-07:00")
    hours = QuietHours(parse_time(start), parse_time(end))
    if hours.start == hours.end:
        raise ValueError("quiet hours begin and end at the same time: leave the key out for none")
    return hours


def parse_zone(text: str) -> str:
    """Check an IANA time zone's name and hand it back."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone “{text}”: {_zone_hint(text)}") from None
    return text


def _zone_hint(text: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    zones = sorted(available_timezones())
    wanted = text.strip().lower().replace(" ", "_")
    cities = [zone for zone in zones if zone.lower().rpartition("/")[2] == wanted]
    close = cities or get_close_matches(text, zones, n=1)
    return f"did you mean “{close[0]}”?" if close else "write an IANA name such as Asia/Seoul, Europe/Berlin or UTC"


# --- cron --------------------------------------------------------------------------------------------------------

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_CRON_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 7, _DAYS),
)


def parse_cron(text: str) -> str:
    """Check a cron line of five fields (0 and 7 are Sunday) and hand it back with single spaces and small letters."""
    fields = text.lower().split()
    if len(fields) != len(_CRON_FIELDS):
        raise ValueError(
            f"a cron line has five fields (minute hour day month weekday), this has {len(fields)}: "
            "0 7 * * 1-5 is 07:00 from Monday to Friday",
        )
    asked = []
    for value, (name, low, high, words) in zip(fields, _CRON_FIELDS, strict=True):
        ranges = [_cron_range(part, low, high, words) for part in value.split(",")]
        asked.append({number for found in ranges for number in found})
        if not all(ranges):
            named = f", or {words[0]} to {words[-1]}" if words else ""
            raise ValueError(
                f"“{value}” is no {name} of a cron line: it takes {low} to {high}{named}, *, */2, 1-5 or 1,3"
            )
    _, _, days, months, _ = asked
    if fields[4] == "*" and min(days) > max(_LONGEST_MONTH[month - 1] for month in months):
        raise ValueError(f"no year has a day {fields[2]} in month {fields[3]}, so this never comes")
    return " ".join(fields)


def _cron_range(part: str, low: int, high: int, words: tuple[str, ...]) -> range:
    """The numbers that a part of a field stands for; none for what is no part of one."""
    found = re.fullmatch(r"(?:(\*)|(\w+)(?:-(\w+))?)(?:/(\d{1,2}))?", part, re.ASCII)
    if found is None:
        return range(0)
    star, first, last, step = found.groups()
    if step is not None and (int(step) == 0 or (not star and last is None)):
        return range(0)
    begin = low if star else _cron_number(first, low, words)
    end = high if star else _cron_number(last or first, low, words)
    return range(begin, end + 1, int(step or 1)) if low <= begin <= end <= high else range(0)


def _cron_number(word: str, low: int, words: tuple[str, ...]) -> int:
    if word in words:
        return words.index(word) + low
    return int(word) if word.isdigit() and len(word) <= 2 else -1


# --- addresses ---------------------------------------------------------------------------------------------------


def parse_http_url(text: str) -> str:
    """Check an http(s) address with a host and hand it back without the space around it."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        raise ValueError("this is no web address: its host or its port cannot be read") from None
    shown = quoted(without_login(text))
    if parts.scheme not in {"http", "https"}:
        dotted = not parts.scheme and "." in text and not text.startswith((".", "/"))
        hint = f"https://{without_login(text)}" if dotted else "an address beginning with https:// or http://"
        raise ValueError(f"{shown} is no web address: write {hint}")
    if not host or " " in text or not text.isprintable():
        raise ValueError(f"{shown} is no web address: it must be https://, a host and a path, without spaces")
    return text


def parse_callback(text: str) -> str:
    """Check an http(s) address that more is to be written behind, and hand it back; it may be empty."""
    if not text.strip():
        return ""
    parts = urlsplit(parse_http_url(text))
    if parts.query or parts.fragment or parts.username is not None:
        raise ValueError("this must be an address without a login, ? or #: https://desk.example/websub")
    return parts.geturl()


def parse_listen(text: str) -> str:
    """Check an address to listen at, ``127.0.0.1:8430`` or ``[::1]:8430``, and hand it back."""
    from ipaddress import ip_address

    host, _, port = text.strip().rpartition(":")
    try:
        ip_address(host[1:-1] if host.startswith("[") and host.endswith("]") else host)
    except ValueError:
        port = ""
    if not re.fullmatch(r"\d{1,5}", port, re.ASCII) or not 0 < int(port) < 65_536:
        raise ValueError(f"“{text}” is no address to listen at: write an IP address and a port, such as 127.0.0.1:8430")
    return text.strip()


def is_private_host(url: str) -> bool:
    """Tell whether an address names a private or loopback host by itself, without asking the network."""
    from ipaddress import ip_address

    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return not ip_address(host).is_global
    except ValueError:
        return False


def parse_telegram_target(text: str) -> str:
    """Check ``@name`` or a numeric chat id and hand it back; other ways to name a chat get the right one shown."""
    text = text.strip()
    if re.fullmatch(r"@[A-Za-z]\w{3,31}|-?[1-9]\d{0,18}", text, re.ASCII):
        return text
    link = re.fullmatch(r"(?:(?:https?://)?(?:t\.me|telegram\.me)/)?@?([A-Za-z]\w{3,31})/?", text, re.ASCII)
    if link is not None:
        raise ValueError(f"“{text}” is no chat: write “@{link[1]}”")
    raise ValueError(
        f"“{text}” is no chat: write @name for a public channel, or a numeric id "
        "(digest telegram chats shows those of chats that have written to the bot)",
    )
