"""A day of many feeds in minutes: the engine as it is, in virtual time, with servers inside its process.

::

    publication times by the dice ─▶ a server inside ─▶ aiohttp, parser children, store, stories, outbox, a file channel
                                                         └ all of it the engine's own; each document is really read

Time passes as the process computes and jumps where it waits (``fakes/virtual_world.py``): what is measured is CPU, and
a poll is late only by what one core could not do in time. Feeds publish as real ones do, most of them seldom; by night
a quarter of what comes by day. After these hours come days of which only a minute is lived, four times a day: every
feed is polled then, and what is older than a day is let go of. The file must stop growing.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import sqlite3
import sys
import time
from bisect import bisect_right
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from digest.config import load_config
from digest.engine.ground.logs import start_logging
from digest.engine.run import _run
from digest.presence import LOG_NAME, EngineLock
from digest.store.store import open_store
from tests.fakes.virtual_world import VirtualWorld, days_ago
from tests.soak.usage import cpu_of_children, quantile, usage
from tests.unlike import unlike

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from digest.engine.companions import Surroundings
    from digest.engine.work import Engine
    from digest.store.sqlite import SqliteFile

_PUBLISHED_A_DAY: Final = (
    *(0.02, 0.03, 0.06, 0.07, 0.1, 0.14, 0.16, 0.27, 0.44, 0.71),
    *(0.99, 2.17, 3.74, 12.18, 16.47, 21.37, 31.22, 44.85, 69.2, 106.5),
)
"""By how many entries a day recorded feeds brought, each for a twentieth of them (``bench_cadence.recorded``) ..."""
_A_THIRD: Final = 3.0
"""... of which there are so many times less here: recorded are rather the busy ones. That makes five a day."""
_HOURS: Final = tuple(2.0 if 6 <= hour < 22 else 0.5 for hour in range(24))
_WINDOW: Final = 10  # entries that a feed shows
_MATCHING: Final = 50
"""One entry in so many is found by a rule."""
_FEEDS_OF_A_HOST: Final = 5
_FAILING: Final = 200
"""One answer in so many is a failure."""
_LATE: Final = 60.0  # seconds: more is late
_KEEP: Final = 'entries = "1d"\nalerts = "1d"\nseen = "1d"\nevidence = "1d"\n'
_A_QUARTER: Final = 6.0  # hours, of which all is skipped ...
_LIVED: Final = 60.0  # ... but so many seconds
_GROWTH: Final = 1.1
"""So many times what it was after the first half of the days the file may be in the end."""
_HOUR: Final = 3600.0
_RULES: Final = "".join(f'[[rule]]\nid = "rule{number}"\nany = ["topic{number}"]\n' for number in range(20))


@dataclass
class _Feed:
    """What the server has of a feed."""

    number: int
    rate: float
    """Publications a second, on average."""
    dice: random.Random
    times: list[float] = field(default_factory=list)
    """Of its publications so far, in seconds since the beginning."""
    served: int = 0
    """How many of them have been served ..."""
    told: int = 0
    """... and how many of these it showed when it was asked first, or came then: those that have to be stored."""

    def published(self, now: float) -> int:
        """How many there are by now."""
        if not self.times:
            past = -self.dice.expovariate(self.rate)
            while len(self.times) < _WINDOW:
                self.times.insert(0, past)
                past -= self.dice.expovariate(self.rate)
        while self.times[-1] <= now:
            at = self.times[-1] + self.dice.expovariate(self.rate) / _HOURS[int(self.times[-1] // _HOUR) % 24]
            self.times.append(at)
        return bisect_right(self.times, now)


class _Server:
    """The feeds."""

    def __init__(self, feeds: int, begins: datetime, seed: int) -> None:
        self.begins = begins
        self.feeds = []
        for number in range(feeds):
            dice = random.Random(f"{seed} {number}")  # noqa: S311 - guards nothing
            a_day = _PUBLISHED_A_DAY[number % len(_PUBLISHED_A_DAY)] / _A_THIRD
            self.feeds.append(_Feed(number, a_day / 86_400, dice))
        self.polls = 0
        self.lags: list[float] = []
        self.now: Any = lambda: 0.0
        self.due: Any = lambda _: None
        """When a feed is due by the store."""

    def answer(self, request: bytes) -> bytes:
        """A 304, the same bytes, the same entries in other bytes, or a failure."""
        number = int(request.split(b" ", 2)[1].rpartition(b"/")[2])
        feed, now = self.feeds[number], self.now()
        self.polls += 1
        if (due := self.due(number)) is not None:
            self.lags.append(now - due)
        if feed.dice.randrange(_FAILING) == 0:
            return _answer("503 Busy", b"")
        count = feed.published(now)
        etag = f'"{count}"'
        if number % 10 < 6 and f"If-None-Match: {etag}".encode() in request:
            return _answer("304 Not Modified", b"", etag)
        feed.told += min(count - feed.served, _WINDOW)
        feed.served = count
        tail = f"<!-- {self.polls} -->" if number % 10 == 9 else ""
        return _answer("200 OK", (self._document(feed, count) + tail).encode(), etag if number % 10 < 6 else "")

    def _document(self, feed: _Feed, count: int) -> str:
        items = "".join(self._item(feed, each) for each in range(count - 1, count - 1 - _WINDOW, -1))
        head = f"<channel><title>Outlet {feed.number}</title>"
        return f'<?xml version="1.0"?><rss version="2.0">{head}{items}</channel></rss>'

    def _item(self, feed: _Feed, number: int) -> str:
        name = f"{feed.number}-{number}"
        drawn = random.Random(name)  # noqa: S311 - likewise
        word = f"topic{drawn.randrange(20)}" if drawn.randrange(_MATCHING) == 0 else "nothing"
        text = " ".join(f"{unlike(f'{part} {name}', 10)}." for part in range(5))
        date = (self.begins + timedelta(seconds=feed.times[number])).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return (
            f"<item><guid>{name}</guid><title>{unlike(f'{name} on {word}')}</title>"
            f"<link>https://outlet{feed.number}.example/{name}</link><pubDate>{date}</pubDate>"
            f"<description>{text}</description></item>"
        )


def _answer(status: str, body: bytes, etag: str = "") -> bytes:
    tag = f"ETag: {etag}\r\n" if etag else ""
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/rss+xml\r\n{tag}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


# --- what is seen --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hour:
    """What an hour of virtual time took; memory and files in MB, CPU and lags in seconds."""

    hour: float
    polls: int
    new: int
    """Entries stored."""
    cpu: float
    """Of the engine's process, in which the servers' is not counted."""
    children: float
    rss: float
    pss: float
    children_pss: float
    database: float
    free: float
    """Of the file: pages that hold nothing."""
    wal: float
    lag_p50: float
    lag_p99: float
    lag_max: float


@dataclass
class DayReport:
    """Hour by hour, and what is left at the end."""

    feeds: int
    hours: list[Hour] = field(default_factory=list)
    days: list[Hour] = field(default_factory=list)
    """Quarters of days that were mostly skipped."""
    wall: float = 0.0
    served: int = 0
    """Entries that were new to whoever asked."""
    lost: int = 0
    """Of these, those of which nothing is known."""
    overdue: int = 0
    """Feeds that were due a minute and more before the end."""
    never: int = 0
    """Feeds without a baseline."""
    stopped: bool = False
    """The engine ended before all was lived."""
    trouble: int = 0
    """Errors in engine.log."""
    rows: dict[str, int] = field(default_factory=dict)

    def broken(self) -> list[str]:
        """The promises that were broken, in words."""
        none = ("lost", "overdue", "stopped", "trouble")
        found = [f"{name} is {value}" for name in none if (value := getattr(self, name))]
        late = [hour for hour in self.hours[1:] if hour.lag_p99 > 1]
        found += [f"in hour {each.hour:g} one poll in a hundred was {each.lag_p99:.1f} s late" for each in late]
        if self.days:
            half, end = self.days[len(self.days) // 2].database, self.days[-1].database
            if end > half * _GROWTH:
                found.append(f"the file grows: {half:.1f} MB after half of the days, {end:.1f} MB in the end")
            if not any(day.free for day in self.days):
                found.append("nothing was let go of")
        return found


_Counts = tuple[int, int, float, float]
"""Polls, the last entry's id, CPU of the engine's process and of its children, so far."""


class Day:
    """One run.

    Args:
        folder: empty; config, rules and state go there.
        feeds: how many.
        hours: of virtual time, lived second by second.
        days: after that, most of which are skipped.
        seed: of the feeds.
    """

    def __init__(self, folder: Path, *, feeds: int, hours: float, days: int = 0, seed: int = 1) -> None:
        self._folder = folder
        self._hours = hours
        self._days = days
        self._server = _Server(feeds, days_ago(days + int(hours // 24) + 2), seed)
        self._loop = VirtualWorld(self._server.begins, self._server.answer)
        self._server.now = self._loop.time
        self.report = DayReport(feeds)
        self._write_config()

    def _write_config(self) -> None:
        (self._folder / "rules").mkdir()
        (self._folder / "rules" / "topics.toml").write_text(_RULES, encoding="utf-8")
        feeds = "".join(f'[[feed]]\nurl = "{_url(number)}"\n' for number in range(len(self._server.feeds)))
        kept = f"[keep]\n{_KEEP}" if self._days else ""
        channel = '[[channel]]\nname = "archive"\nfile = "alerts"\n'
        text = f'timezone = "UTC"\n{kept}[poll]\nprivate_hosts = true\n{channel}{feeds}'
        (self._folder / "config.toml").write_text(text, encoding="utf-8")

    def run(self) -> DayReport:
        """The whole of it."""
        config = load_config(self._folder / "config.toml")
        began = time.perf_counter()
        with self._loop.clocks(), EngineLock(config.state, config.path) as lock:
            start_logging(config.state, foreground=False, secrets=[])
            with (
                open_store(config.database, migrate=True) as store,
                asyncio.Runner(loop_factory=lambda: self._loop) as runner,
            ):
                runner.run(_run(config, store, lock, None, "", self._work))
        self.report.wall = round(time.perf_counter() - began, 1)
        return self.report

    async def _work(self, engine: Engine, around: Surroundings) -> int:
        """The engine at work, and the one that looks at it."""
        parsers = engine._tools.parsers
        lanes = (parsers._quick, parsers._slow, parsers._pages)
        self._loop.wait_while(lambda: any(lane.busy for lane in lanes))
        database = cast("SqliteFile", around.store.database.backend).path
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as looking:

            def due(number: int) -> float | None:
                row = looking.execute("SELECT next_due FROM feeds WHERE url = ?", (_url(number),)).fetchone()
                return None if row is None else row[0] / 1000 - self._server.begins.timestamp()

            self._server.due = due
            watching = asyncio.create_task(self._watch(engine, database, looking), name="look")
            code = await engine.work((), around)
            if watching.done():
                watching.result()
            self.report.stopped = not watching.done()
            self._judge(looking)
        return code

    async def _watch(self, engine: Engine, database: Path, looking: sqlite3.Connection) -> None:
        """A line an hour, and the verdict at the end; then the engine is stopped."""
        try:
            before = self._counts(looking)
            while self._loop.time() < self._hours * _HOUR:
                await asyncio.sleep(min(1.0, self._hours) * _HOUR)
                before = self._note(self.report.hours, database, looking, before)
            for _ in range(round(self._days * 24 / _A_QUARTER)):
                self._loop.skip(_A_QUARTER * _HOUR - _LIVED)
                await asyncio.sleep(_LIVED)
                self._server.lags.clear()  # late by what was skipped
                before = self._note(self.report.days, database, looking, before)
        finally:
            engine.stop.set()

    def _counts(self, looking: sqlite3.Connection) -> _Counts:
        (last,) = looking.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
        return self._server.polls, last, self._loop.computed, cpu_of_children(os.getpid())

    def _note(self, into: list[Hour], database: Path, looking: sqlite3.Connection, before: _Counts) -> _Counts:
        """A line of the report on what was since ``before``; returns the counts of now."""
        with self._loop.out_of_time():
            now = self._counts(looking)
            into.append(self._hour(database, looking, before, now))
        print(_line(into[-1]), file=sys.stderr, flush=True)
        return now

    def _hour(self, database: Path, looking: sqlite3.Connection, before: _Counts, now: _Counts) -> Hour:
        polls, new, cpu, children = (after - was for was, after in zip(before, now, strict=True))
        used = usage(os.getpid(), database)
        pages = [looking.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size")]
        lags, self._server.lags = self._server.lags, []
        return Hour(
            hour=round(self._loop.time() / _HOUR, 2),
            polls=int(polls),
            new=int(new),
            cpu=round(cpu, 1),
            children=round(children, 1),
            rss=round(used.rss),
            pss=round(used.pss),
            children_pss=round(used.children_pss),
            database=round(used.database, 1),
            free=round(pages[0] * pages[1] / 2**20, 1),
            wal=round(used.wal, 1),
            lag_p50=round(quantile(lags, 0.5), 2),
            lag_p99=round(quantile(lags, 0.99), 2),
            lag_max=round(max(lags, default=0), 2),
        )

    def _judge(self, looking: sqlite3.Connection) -> None:
        tables = [name for (name,) in looking.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        self.report.rows = {name: looking.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in tables}  # noqa: S608
        late = (self._server.begins.timestamp() + self._loop.time() - _LATE) * 1000
        asked = "SELECT sum(next_due < ?), sum(baseline_at IS NULL) FROM feeds"
        self.report.overdue, self.report.never = looking.execute(asked, (late,)).fetchone()
        (known,) = looking.execute("SELECT count(*) FROM identities").fetchone()
        self.report.served = sum(feed.told for feed in self._server.feeds)
        self.report.lost = self.report.served - known
        log = (self._folder / "state" / LOG_NAME).read_text(encoding="utf-8", errors="replace")
        self.report.trouble = len(re.findall("^[^ ]+ (?:ERROR|CRITICAL) ", log, re.MULTILINE))


def _url(number: int) -> str:
    host = number // _FEEDS_OF_A_HOST
    return f"http://10.{host >> 16}.{host >> 8 & 255}.{host & 255}/feed/{number}"


def _line(hour: Hour) -> str:
    return "  ".join(f"{name} {value:g}" for name, value in asdict(hour).items())


def show(report: DayReport) -> None:
    """Print a line of JSON, and a line for each hour, then for each quarter of a day."""
    print(json.dumps(asdict(report) | {"broken": report.broken()}))
    for hour in (*report.hours, *report.days):
        print(_line(hour))
    verdict = [f"BROKEN: {words}" for words in report.broken()] or ["every promise kept"]
    print("\n".join(verdict))
