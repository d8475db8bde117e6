"""Times as users write and read them on the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from digest.config.units import parse_duration


class SinceType(click.ParamType[datetime]):
    """A time in the past: a span before now (``24h``), a date, or a time with or without its zone (UTC without)."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.now(UTC) - parse_duration(value)
        except ValueError:
            pass
        try:
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"“{value}” is no time: write 24h, 7d, 2026-11-22 or 2026-11-22T07:00Z", param, ctx)


def local(moment: datetime | None, zone: str) -> str:
    """A time as the clock in a zone shows it: ``2026-11-22 07:00``; empty for none."""
    return "" if moment is None else f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
