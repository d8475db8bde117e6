"""Which time zone the system is in, as far as it says so by a name that programs know."""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.units import parse_zone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FALLBACK = "UTC"


def system_zone(environment: Mapping[str, str] = os.environ, etc: Path = Path("/etc")) -> tuple[str, str]:
    """The zone's IANA name, and in words how it is known; UTC where it is not.

    ``TZ`` counts before the system's own setting, as everywhere. Of that, where ``localtime`` leads to counts before
    the name in ``timezone``, for the clock goes by it; one that is a copy is known by its content.

    Args:
        environment: with or without ``TZ``.
        etc: the folder of ``localtime`` and ``timezone``.
    """
    named = environment.get("TZ", "").removeprefix(":")
    if named:
        if zone := _known(named):
            return zone, "as TZ says"
        return _FALLBACK, f"for TZ is “{named}”, which is no IANA name"
    for zone, words in _of_system(etc):
        return zone, words
    return _FALLBACK, "for the system names no time zone"


def _of_system(etc: Path) -> Iterator[tuple[str, str]]:
    """What the system's files say, the best first."""
    localtime = etc / "localtime"
    if localtime.is_symlink() and (zone := _known(str(localtime.resolve()))):
        yield zone, f"as {localtime} says"
    try:
        lines = (etc / "timezone").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    if zone := _known(lines[0].strip() if lines else ""):
        yield zone, f"as {etc / 'timezone'} says"
    if localtime.is_file() and (zone := _same_content(localtime)):
        yield zone, f"as {localtime} says"


def _known(text: str) -> str:
    """The IANA name that a name or a path into a zone database stands for; empty for none."""
    name = text.rpartition("/zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
    try:
        return parse_zone(name) if name and not name.startswith("/") else ""
    except ValueError:
        return ""


def _same_content(localtime: Path) -> str:
    """The first zone by name, those of cities before those of rules, whose file has just this content."""
    try:
        content = localtime.read_bytes()
    except OSError:
        return ""
    for name in sorted(zoneinfo.available_timezones(), key=lambda name: ("/" not in name or name[:3] == "Etc", name)):
        for folder in zoneinfo.TZPATH:
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return name
    return ""
