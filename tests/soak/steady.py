"""Many feeds, often, for long: what the engine takes of the machine must not grow.

A third of the feeds answer 304, a third send the same bytes again, a third the same entries in other bytes; one answer
in a hundred is a failure, and new entries come all the time, some of which alert. The database may grow by what is new.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import logging
import random
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

from aiohttp import web

from digest.demo.bot_values import Chat
from tests.e2e.world import Feed, World
from tests.soak.report import table
from tests.soak.telegram import WitnessApi
from tests.soak.usage import LifeSigns, Usage, quantile, usage
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

_EVERY: Final = "2s"
_SAMPLE: Final = 10.0  # seconds
_SHORT_SAMPLE: Final = 1.0
"""Where all of it takes two minutes or less."""
_WARM: Final = 0.2
"""The share of the time, two minutes at most, that is not judged: what it begins with."""
_LONGEST_WARM: Final = 120.0
_NEWS_EVERY: Final = 0.5  # seconds between two new entries of all feeds together
_MATCHING: Final = 4
"""Every so manieth new entry alerts, by turns in these chats."""
_CHATS: Final = {f"chat{number}": 101 + number for number in range(4)}
_FAILING: Final = 100
"""One answer in so many is a failure."""
_WINDOW: Final = 30  # entries that a feed shows
_GROWTH: Final = 1.02
"""So many times its median in the middle third a figure may be in the last, and a little more. PSS moves by some MB
with whatever else on the machine shares the same libraries; RSS does not."""
_A_LITTLE: Final = {"pss": 4.0, "rss": 0.5, "children_pss": 4.0, "descriptors": 2.0, "threads": 1.0, "wal": 0.5}
_PER_ENTRY: Final = 6.0  # KB of database for each new entry
_A_LITTLE_DATABASE: Final = 0.5  # MB


@dataclass
class SteadyFeed(Feed):
    """A feed of one of three kinds, which fails now and then."""

    kind: int = 0
    dice: random.Random = field(default_factory=random.Random)

    async def answer(self, request: web.Request) -> web.Response:
        """A 304, the same bytes, the same entries in other bytes, or a failure."""
        if self.dice.randrange(_FAILING) == 0:
            self.asked += 1
            return self._failure(request)
        if self.kind == 0:
            return await super().answer(request)
        self.asked += 1
        body = self.document()
        if self.kind == 2:
            body += b"<!-- %d -->" % self.asked
        answer = web.Response(body=body, content_type="application/rss+xml")
        answer.enable_compression()
        return answer

    def _failure(self, request: web.Request) -> web.Response:
        choice = self.dice.randrange(3)
        if choice == 0 and request.transport is not None:
            request.transport.abort()
        return web.Response(status=503) if choice == 1 else web.Response(body=b"<html><body>Sorry</body></html>")


class SteadyWorld(World):
    """The feeds, four chats, a rule for each."""

    def __init__(self, folder: Path, feeds: int) -> None:
        self.witness = WitnessApi(tuple(Chat(number, name, "private") for name, number in _CHATS.items()), seed=1)
        self.witness.whimsical = False
        self.published = 0
        numbered = {f"feed{number:03}": SteadyFeed(f"Feed {number}", kind=number % 3) for number in range(feeds)}
        for name, feed in numbered.items():
            feed.entries += [(f"An old story {number} of {name}", "It was told before.") for number in range(10)]
        super().__init__(folder, self.witness, **numbered)

    def write_config(self, extra: str = "", every: str = _EVERY, telegram: str = "") -> None:
        """The config, with all feeds and chats, and the rules."""
        feeds = "".join(f'[[feed]]\nurl = "{self.url(name)}"\nevery = "{every}"\n' for name in self.feeds)
        chats = "".join(f'[[channel]]\nname = "{name}"\ntelegram = "{chat}"\n' for name, chat in _CHATS.items())
        self.config.write_text(
            f'timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n[telegram]\napi = "{self.bot.url}"\n'
            f"{telegram}{chats}{feeds}{extra}",
            encoding="utf-8",
        )
        rules = (f'[[rule]]\nid = "{name}"\nchannels = ["{name}"]\nany = ["{name}"]\n' for name in _CHATS)
        (self.folder / "rules" / "chats.toml").write_text("".join(rules), encoding="utf-8")

    async def keep_publishing(self) -> None:
        """A new entry every so often, in each feed by turns."""
        chats = itertools.cycle(_CHATS)
        for number, feed in enumerate(itertools.cycle(self.feeds.values())):
            word = next(chats) if number % _MATCHING == 0 else "nobody"
            text = hashlib.sha256(b"%d" % number).hexdigest()
            feed.add(unlike(f"Dispatch {number:06} for {word}"), f"{text[:20]} said {text[20:40]} of {text[40:]}. " * 4)
            del feed.entries[:-_WINDOW]
            self.published += 1
            await asyncio.sleep(_NEWS_EVERY)


@dataclass(frozen=True)
class Trend:
    """Medians of one figure in the thirds of the judged time."""

    first: float
    middle: float
    last: float
    highest: float


@dataclass(frozen=True)
class SteadyReport:
    """Figures; memory and files in MB."""

    minutes: float
    feeds: int
    samples: int
    """That are judged."""
    polls_per_second: float
    published: int
    alerts: int
    trends: dict[str, Trend]
    entries: int
    """New ones while it was judged."""
    database_growth: float
    """Meanwhile."""
    database_per_entry: float
    """KB."""
    loop_late_p99: float
    loop_late_max: float
    beginnings: int
    ended: bool

    def broken(self) -> list[str]:
        """What was not flat, in words."""
        found = [
            f"{name} grows: {trend.middle:.1f} in the middle, {trend.last:.1f} in the end"
            for name, trend in self.trends.items()
            if name in _A_LITTLE and trend.last > trend.middle * _GROWTH + _A_LITTLE[name]
        ]
        if self.database_growth > self.entries * _PER_ENTRY / 1024 + _A_LITTLE_DATABASE:
            found.append(f"the database grew by {self.database_growth:.1f} MB for {self.entries} new entries")
        if self.ended or self.beginnings > 1:
            found.append(f"the engine {'ended' if self.ended else f'began {self.beginnings} times'}")
        if not self.alerts:
            found.append("no alert arrived")
        return found


async def soak(folder: Path, minutes: float, feeds: int) -> SteadyReport:
    """Run it for so long; every figure is of the engine's own process but for the children's memory."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    seconds = minutes * 60
    warm = min(seconds * _WARM, _LONGEST_WARM)
    async with SteadyWorld(folder, feeds) as world:
        signs = LifeSigns(world.state)
        await world.start()
        tasks = [asyncio.create_task(each) for each in (signs.watch(), world.keep_publishing())]
        began = time.monotonic()
        asked = sum(feed.asked for feed in world.feeds.values())
        await _samples(world, warm, began)
        published = world.published
        judged = await _samples(world, seconds, began)
        entries = world.published - published
        polls = sum(feed.asked for feed in world.feeds.values()) - asked
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
        ended = world.process is None or world.process.poll() is not None
        if not ended:
            await world.terminate()
    growth = judged[-1].database - judged[0].database if judged else 0.0
    return SteadyReport(
        minutes=minutes,
        feeds=feeds,
        samples=len(judged),
        polls_per_second=round(polls / seconds, 1),
        published=world.published,
        alerts=len(world.witness.tellings),
        trends={name: _trend(judged, name) for name in (*_A_LITTLE, "children", "database")},
        entries=entries,
        database_growth=round(growth, 2),
        database_per_entry=round(growth * 1024 / max(entries, 1), 2),
        loop_late_p99=round(quantile(signs.late, 0.99), 2),
        loop_late_max=round(max(signs.late, default=0), 2),
        beginnings=signs.beginnings + 1,
        ended=ended,
    )


def show(report: SteadyReport) -> None:
    """Print a line of JSON and the table."""
    print(json.dumps(asdict(report) | {"broken": report.broken()}))
    trends = {
        name: f"{each.first:.1f}, {each.middle:.1f}, {each.last:.1f}; highest {each.highest:.1f}"
        for name, each in report.trends.items()
    }
    values = asdict(report)
    del values["trends"]
    print(table(values | trends, report.broken()))


async def _samples(world: World, until: float, began: float) -> list[Usage]:
    """What is used, again and again until so many seconds after the beginning."""
    pause = _SAMPLE if until > _LONGEST_WARM else _SHORT_SAMPLE
    found = []
    while (left := began + until - time.monotonic()) > 0 and world.process is not None and world.process.poll() is None:
        await asyncio.sleep(min(pause, left))
        found.append(await asyncio.to_thread(usage, world.pid, world.state / "digest.db"))
    return found


def _trend(samples: list[Usage], name: str) -> Trend:
    values = [float(getattr(each, name)) for each in samples] or [0.0]
    third = max(len(values) // 3, 1)
    thirds = (values[:third], values[third : 2 * third] or values, values[-third:])
    first, middle, last = (round(median(each), 2) for each in thirds)
    return Trend(first, middle, last, round(max(values), 2))
