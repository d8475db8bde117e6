"""From an entry in its feed to Telegram's acceptance, how punctual polls are, and how long the event loop stands still.

A thousand feeds are asked every ten seconds: a hundred polls a second. News come all the time; no chat gets more than
one alert in three seconds. The feeds and the Bot API are servers in this process, the engine is the one of ``digest
run`` in its own, with its database on disk, and a third process does nothing but sleep: how late that one wakes is what
the machine does to everybody.

The engine's loop sleeps beside its work, too. For each sleep it is noted how late it woke, and of that time how much
CPU its own thread took (work in the loop), how much the other threads did (the store's, which holds the interpreter
meanwhile), and what is left: then the machine had given the CPU to others, or the disk was waited for.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from digest.demo.bot_values import Chat
from tests.e2e.world import Feed, World
from tests.soak.telegram import WitnessApi
from tests.soak.usage import quantile
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

    from aiohttp import web

    from digest.engine.companions import Surroundings

FEEDS: Final = int(os.environ.get("LATENCY_FEEDS", "1000"))
EVERY: Final = int(os.environ.get("LATENCY_EVERY", "10"))
"""Seconds between two polls of a feed."""
SECONDS: Final = float(os.environ.get("LATENCY_SECONDS", "90"))
"""For which it is measured."""
_WARM: Final = 20.0  # seconds before that, after every feed's first poll
_CHATS: Final = {f"chat{number}": 101 + number if number % 2 else -1101 - number for number in range(8)}
"""Private chats and groups by turns."""
_APART: Final = 3.1  # seconds between two alerts of one chat
_OTHER_NEWS: Final = 0.05  # new entries without an alert for each poll
_WINDOW: Final = 10  # entries that a feed shows
_LAST_ALERTS: Final = 30.0  # seconds that the last alerts have
_LONG: Final = 0.05  # seconds: a stall
_NAP: Final = 0.01
_OUT: Final = "LATENCY_OUT"
_PATIENCE: Final = 240.0  # seconds for the first polls
_WORST: Final = 8  # stalls that are told of
_SAME: Final = 0.001  # seconds: the same nap


# --- the engine's process ------------------------------------------------------------------------------------------


@dataclass
class Naps:
    """How late a loop woke from each nap, in seconds; with ``why`` a thread looks where the loop is meanwhile."""

    late: list[tuple[float, float, float, float]] = field(default_factory=list)
    """When it was to wake; how late it was; CPU of its own thread meanwhile, and of the process."""
    places: dict[float, Counter[str]] = field(default_factory=dict)
    """By the beginning of a nap: where in the code the loop's thread and the store's were seen."""
    began: float = 0.0

    async def run(self, beat: bool = False) -> None:  # noqa: FBT001, FBT002
        """Until cancelled."""
        from digest.engine.ground.watchdog import beat as sign

        while True:
            own, whole = time.thread_time(), time.process_time()
            self.began = time.monotonic()
            await asyncio.sleep(_NAP)
            late = time.monotonic() - self.began - _NAP
            self.late.append((self.began + _NAP, late, time.thread_time() - own, time.process_time() - whole))
            if beat:
                sign()

    def write(self, path: Path) -> None:
        """All of it, as JSON."""
        places = {str(began): dict(seen) for began, seen in self.places.items()}
        path.write_text(json.dumps({"late": self.late, "places": places}), encoding="utf-8")

    def look(self, loop: int) -> None:
        """Look again and again where the threads are while the loop is late; never returns."""
        while True:
            time.sleep(_NAP)
            began = self.began
            if time.monotonic() - began - _NAP < _LONG / 2:
                continue
            frames = sys._current_frames()
            names = {thread.ident: thread.name for thread in threading.enumerate()}
            seen = self.places.setdefault(began, Counter())
            for ident, frame in frames.items():
                name = "loop" if ident == loop else names.get(ident, "")
                if name == "loop" or name.startswith("store"):
                    seen[f"{name.partition('_')[0]}: {_place(frame)}"] += 1


def _place(frame: FrameType | None) -> str:
    """The innermost place in the product, and the innermost of all."""
    inner = f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}" if frame else ""
    while frame is not None and "/digest/" not in frame.f_code.co_filename:
        frame = frame.f_back
    ours = (
        f"{Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}:{frame.f_lineno}" if frame else "no code of ours"
    )
    return f"{ours} ({inner})"


async def note_naps(around: Surroundings) -> None:
    """A companion of the engine that sleeps beside it; what it found goes into a file when it ends."""
    del around
    naps = Naps()
    threading.Thread(target=naps.look, args=(threading.get_ident(),), daemon=True).start()
    try:
        await naps.run(beat=True)
    finally:
        naps.write(Path(os.environ[_OUT]))


def _engine() -> None:
    """``digest run``, with a companion more."""
    from digest.engine import run

    sys.argv[1:2] = []
    usual = run.run_engine

    def run_engine(config: Any, *, companions: Sequence[Any] = (), **rest: Any) -> int:
        return usual(config, companions=[*companions, note_naps], **rest)

    run.run_engine = run_engine
    from digest.cli.main import main as digest

    digest()


def _control() -> None:
    """A process that only sleeps, until its standard input ends; then it says how late it woke."""
    naps = Naps()

    async def sleep() -> None:
        napping = asyncio.create_task(naps.run())
        await asyncio.to_thread(sys.stdin.buffer.read)
        napping.cancel()

    asyncio.run(sleep())
    print(json.dumps(naps.late))


# --- the servers -----------------------------------------------------------------------------------------------------


class TimedFeed(Feed):
    """A feed that notes when it was asked; what it has to tell is found out when it is."""

    world: TimedWorld
    arrivals: list[float]

    async def answer(self, request: web.Request) -> web.Response:
        """As every feed's."""
        self.arrivals.append(time.time())
        self.world.bring_news(self)
        return await super().answer(request)


class TimedWorld(World):
    """A thousand feeds, eight chats with a rule each."""

    program = (sys.executable, "-m", "tests.bench.bench_latency", "engine")

    def __init__(self, folder: Path) -> None:
        chats = (Chat(number, name, "private" if number > 0 else "supergroup") for name, number in _CHATS.items())
        self.witness = WitnessApi(tuple(chats), seed=1)
        self.witness.whimsical = False
        self.served: dict[str, float] = {}
        """When each alert's entry was first served, by its number; by the monotonic clock."""
        self.published = 0
        self.news = False
        self._told = dict.fromkeys(_CHATS, 0.0)
        self._dice = random.Random(1)  # noqa: S311 - guards nothing
        feeds = {f"feed{number:04}": TimedFeed(f"Outlet {number}") for number in range(FEEDS)}
        for name, feed in feeds.items():
            feed.world, feed.arrivals = self, []
            for number in range(_WINDOW):
                feed.add(unlike(f"{name} {number}"), _text(f"{number} {name}"))
        super().__init__(folder, self.witness, **feeds)

    def write_config(self, extra: str = "", every: str = "", telegram: str = "") -> None:
        """The config, and a rule for each chat."""
        del every
        feeds = "".join(f'[[feed]]\nurl = "{self.url(name)}"\nevery = "{EVERY}s"\n' for name in self.feeds)
        chats = "".join(f'[[channel]]\nname = "{name}"\ntelegram = "{chat}"\n' for name, chat in _CHATS.items())
        self.config.write_text(
            f'timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n[telegram]\napi = "{self.bot.url}"\n'
            f"{telegram}{chats}{feeds}{extra}",
            encoding="utf-8",
        )
        rules = (f'[[rule]]\nid = "{name}"\nchannels = ["{name}"]\nany = ["{name}"]\n' for name in _CHATS)
        (self.folder / "rules" / "chats.toml").write_text("".join(rules), encoding="utf-8")

    def bring_news(self, feed: Feed) -> None:
        """Let a feed that is asked just now have a new entry, for a chat that may have an alert, or for nobody."""
        if not self.news:
            return
        now = time.monotonic()
        chat = min(self._told, key=self._told.__getitem__)
        if now - self._told[chat] >= _APART:
            self._told[chat] = now
            self.served[f"{self.published:06}"] = now
        elif self._dice.random() < _OTHER_NEWS:
            chat = "nobody"
        else:
            return
        feed.add(unlike(f"Dispatch {self.published:06} for {chat}"), _text(f"{self.published}"))
        del feed.entries[:-_WINDOW]
        self.published += 1

    def latencies(self) -> list[float]:
        """Seconds from the serving of each alert's entry to its acceptance."""
        told: dict[str, float] = {}
        for telling in self.witness.tellings:
            for number in self.served:
                if f"Dispatch {number}" in telling.message.text:
                    told.setdefault(number, telling.arrived)
        return [told[number] - served for number, served in self.served.items() if number in told]


def _text(title: str) -> str:
    """Some 400 characters that no other entry has, so that no two are one story."""
    return " ".join(f"{unlike(f'{part} {title}', 10)}." for part in range(5))


# --- due times -------------------------------------------------------------------------------------------------------


class DueTimes:
    """When each feed was due, read from the store while an engine writes it."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._seq = 0
        self.dues: dict[str, list[float]] = {}

    def read(self) -> None:
        """What changed since the last time."""
        with closing(sqlite3.connect(f"file:{self._database}?mode=ro", uri=True, timeout=10)) as connection:
            asked = "SELECT url, next_due, seq FROM feeds WHERE seq > ? AND baseline_at IS NOT NULL"
            for url, due, seq in connection.execute(asked, (self._seq,)).fetchall():
                self._seq = max(self._seq, seq)
                known = self.dues.setdefault(url.rpartition("/")[2], [])
                if not known or known[-1] != due / 1000:
                    known.append(due / 1000)

    async def follow(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.to_thread(self.read)
            await asyncio.sleep(1)


def _lags(arrivals: Sequence[float], dues: Sequence[float], since: float, until: float) -> list[float]:
    """Seconds from each due time of a span to the feed's next arrival."""
    inside = [due for due in dues if since <= due < until]
    return [next((at - due for at in arrivals if at >= due - _NAP), time.time() - due) for due in inside]


# --- the run ---------------------------------------------------------------------------------------------------------


def _row(name: str, seconds: Sequence[float], beyond: float, count: str) -> str:
    shown = "  ".join(f"{quantile(seconds, share) * 1000:8.0f}" for share in (0.5, 0.95, 0.99, 1))
    over = sum(each > beyond for each in seconds)
    return f"{name:44} {shown}   {over} of {len(seconds):,} {count}"


@dataclass(frozen=True)
class _Run:
    """What a run has shown."""

    world: TimedWorld
    span: tuple[float, float]
    """That is measured, by the monotonic clock."""
    lags: Sequence[float]
    naps: dict[str, Any]
    """Of the engine, as it wrote them."""
    sleeper: Sequence[Sequence[float]]
    servers: Naps
    cpu: float


async def _run(folder: Path) -> None:
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    pipe = subprocess.PIPE
    async with TimedWorld(folder) as world:
        out = folder / "naps.json"
        own = Naps()
        world.launch(**{_OUT: str(out)})
        await _first_polls(world)
        control = subprocess.Popen(  # noqa: ASYNC220 - it begins at once
            [sys.executable, "-m", "tests.bench.bench_latency", "control"], stdin=pipe, stdout=pipe
        )
        dues = DueTimes(world.state / "digest.db")
        tasks = [asyncio.create_task(dues.follow()), asyncio.create_task(own.run())]
        world.news = True
        await asyncio.sleep(_WARM)
        world.served.clear()
        begin, since, cpu = time.monotonic(), time.time(), _cpu(world.pid)
        await asyncio.sleep(SECONDS)
        end, until, cpu = time.monotonic(), time.time(), _cpu(world.pid) - cpu
        world.news = False
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_ALERTS):
                while len(world.latencies()) < len(world.served):  # noqa: ASYNC110 - the server does not tell
                    await asyncio.sleep(0.5)
        await asyncio.sleep(EVERY / 2)
        for task in tasks:
            task.cancel()
        await world.terminate()
        sleeper = json.loads(control.communicate(b"")[0])
        naps = json.loads(out.read_text(encoding="utf-8"))
    lags = [
        lag
        for name, feed in world.feeds.items()
        if isinstance(feed, TimedFeed)
        for lag in _lags(feed.arrivals, dues.dues.get(name, ()), since, until)
    ]
    _show(_Run(world, (begin, end), lags, naps, sleeper, own, cpu))


def _show(run: _Run) -> None:
    begin, end = run.span
    served, latencies = run.world.served, run.world.latencies()
    print(
        f"{len(run.world.feeds)} feeds, {len(run.lags) / (end - begin):.0f} polls a second, "
        f"{run.cpu / (end - begin):.2f} of a core for the engine's process; {len(served)} alerts, "
        f"{len(latencies)} of them accepted; load {os.getloadavg()[0]:.1f}"
    )
    print(f"{'milliseconds':44} {'p50':>8}  {'p95':>8}  {'p99':>8}  {'max':>8}")
    print(_row("entry served to alert accepted", latencies, 2, "over 2 s"))
    print(_row("feed due to its request", run.lags, 1, "over 1 s"))
    naps: list[list[float]] = [nap for nap in run.naps["late"] if begin <= nap[0] < end]
    others = (
        ("engine's loop, late", [nap[1] for nap in naps]),
        ("  of that work in the loop's thread", [min(nap[2], nap[1]) for nap in naps]),
        ("  of that work in the process", [min(nap[3], nap[1]) for nap in naps]),
        ("a process that only sleeps, late", [nap[1] for nap in run.sleeper if begin <= nap[0] < end]),
        ("the servers' loop, late", [nap[1] for nap in run.servers.late if begin <= nap[0] < end]),
    )
    for name, seconds in others:
        print(_row(name, seconds, _LONG, "over 50 ms"))
    for at, late, thread, process in sorted(naps, key=lambda nap: -nap[1])[:_WORST]:
        seen: dict[str, int] = next(
            (seen for began, seen in run.naps["places"].items() if abs(float(began) + _NAP - at) < _SAME), {}
        )
        most = sorted(seen.items(), key=lambda place: -place[1])[: _WORST // 2]
        where = "; ".join(f"{place} × {count}" for place, count in most)
        print(f"  {late * 1000:.0f} ms late, {thread * 1000:.0f} in the loop, {process * 1000:.0f} in all: {where}")


async def _first_polls(world: TimedWorld) -> None:
    """Until every feed had its first poll."""
    async with asyncio.timeout(_PATIENCE):
        while not await asyncio.to_thread(_all_known, world.state / "digest.db"):  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.5)


def _all_known(database: Path) -> bool:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        asked = "SELECT count(*), sum(baseline_at IS NULL) FROM feeds"
        count, new = connection.execute(asked).fetchone()
        return bool(count == FEEDS and new == 0)
    return False


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process had so far, its children left out."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(_run(Path(made)))


if __name__ == "__main__":
    {"engine": _engine, "control": _control}.get(sys.argv[1] if sys.argv[1:] else "", main)()
