"""The simulated news day as data: invented outlets, and what each of them reports when.

The reports stand in TOML files next to this module, one file for each field of news. ``background.toml`` and
``traps.toml`` hold what no starter rule should fire on: noise, and words that only look like the rules' own.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import time
from importlib import resources
from typing import Any

_NEWS = ("north_korea", "syria", "ties")
_QUIET = ("background", "traps")


@dataclass(frozen=True, slots=True)
class Outlet:
    """An invented outlet and the feed it offers."""

    id: str
    name: str
    lang: str
    format: str
    """``rss``, ``atom`` or ``json``."""
    tier: str
    """How far it is trusted, ``A`` to ``F``."""
    trouble: str = ""
    """``flaky`` (its server fails for a while), ``slow`` (it answers late), or empty."""


@dataclass(frozen=True, slots=True)
class LaterHeadline:
    """What an outlet makes of a headline later, in its feed: the entry stays the same."""

    at: time
    title: str


@dataclass(frozen=True, slots=True)
class Dispatch:
    """One entry of an outlet's feed, with the local time of day at which it appears."""

    id: str
    """Unique in the day, fit for an address."""
    outlet: str
    at: time
    title: str
    summary: str
    story: str = ""
    """The event it is about; reports of one event share it. Empty for background noise."""
    newsworthy: bool = False
    """True where a starter rule should fire."""
    edit: LaterHeadline | None = None


@dataclass(frozen=True, slots=True)
class NewsDay:
    """The whole day: outlets as the data lists them, reports in the order they appear."""

    outlets: tuple[Outlet, ...]
    reports: tuple[Dispatch, ...]
    baseline: int = 60
    """How many of the reports stand in the feeds before the day is followed."""

    @property
    def live_hours(self) -> float:
        """How many hours of the day pass between its first report after the baseline and its last."""
        live = self.reports[self.baseline :]
        return (minute_of(live[-1].at) - minute_of(live[0].at)) / 60 if live else 0.0

    def of(self, outlet: str) -> tuple[Dispatch, ...]:
        """Give one outlet's reports, in the order they appear."""
        return tuple(report for report in self.reports if report.outlet == outlet)


def load_newsday() -> NewsDay:
    """Read the day from the files that ship with the package."""
    outlets = tuple(Outlet(**table) for table in _tables("outlets", "outlet"))
    reports = [
        _report(table, number, file)
        for file in (*_NEWS, *_QUIET)
        for number, table in enumerate(_tables(file, "entry"), start=1)
    ]
    return NewsDay(outlets, tuple(sorted(reports, key=lambda report: (report.at, report.id))))


def minute_of(at: time) -> int:
    """Give a time as minutes since midnight."""
    return at.hour * 60 + at.minute


def _tables(file: str, key: str) -> list[dict[str, Any]]:
    """Give the tables ``[[key]]`` of one of the day's files."""
    text = resources.files(__name__).joinpath(f"{file}.toml").read_text(encoding="utf-8")
    tables: list[dict[str, Any]] = tomllib.loads(text)[key]
    return tables


def _report(table: dict[str, Any], number: int, file: str) -> Dispatch:
    """Make a report of the ``number``-th table of ``file``."""
    return Dispatch(
        id=f"{file.replace('_', '-')}-{number}",
        outlet=table["outlet"],
        at=time.fromisoformat(table["at"]),
        title=table["title"],
        summary=table["summary"],
        story=table.get("story", ""),
        newsworthy=file in _NEWS,
        edit=_edit(table),
    )


def _edit(table: dict[str, Any]) -> LaterHeadline | None:
    """Read what is edited of a report: ``edit = { at = "14:16", title = "..." }``."""
    edit = table.get("edit")
    return None if edit is None else LaterHeadline(time.fromisoformat(edit["at"]), edit["title"])
