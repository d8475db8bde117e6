"""Good feeds beside hostile ones: whether they keep their rhythm, and their alerts leave in time.

::

    100 good feeds, a new entry now and then ─┐
                                              ├─▶ engine ─▶ Bot API server: how long after it was first served?
    hostile feeds, in a process of their own ─┘     │
                                                    └─▶ its log, its signs of life, its memory, what it says of feeds

The good feeds' entries go to chats of their own, none of which is owed more than Telegram's pace allows, so that what
is measured is the engine. What the hostile feeds bring goes to the desk, as do notices.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import re
import subprocess
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from digest.demo.bot_values import Chat
from digest.errors import StoreError
from digest.presence import LOG_NAME, engine_running
from tests.e2e.world import DESK, Feed, World
from tests.soak.report import table
from tests.soak.strangers_documents import DOCUMENTS, RULES
from tests.soak.strangers_server import BEHAVIOURS, StrangersProcess
from tests.soak.telegram import WitnessApi
from tests.soak.usage import LifeSigns, Usage, quantile, usage
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiohttp import web

KINDS: Final = (*DOCUMENTS, *BEHAVIOURS)
_SEVERAL: Final = {
    "attributes": 3,
    "broken_tags": 3,
    "broken_end": 3,
    "categories": 3,
    "nested_markup": 2,
    "costly": 6,
    "bearable": 10,
    "two_faced": 4,
    "new_entries": 2,
    "silence": 5,
    "dripping_body": 5,
}
"""How many feeds of a kind there are, where it is not one."""
_STARTER: Final = Path(__file__).parents[2] / "rules"
_CHATS: Final = {f"chat{number:02}": 101 + number for number in range(12)}
"""Private ones: a message a second."""
_NEWS_EVERY: Final = 0.5
"""Seconds between two new entries of all good feeds together; a chat is owed one each 6 s."""
_WINDOW: Final = 30  # entries that a good feed shows
_PATIENCE: Final = 120.0  # seconds for the first poll of every good feed
_LAST_ALERTS: Final = 60.0  # seconds that the last alerts have before they count as lost
_GAP: Final = 8.0  # seconds, p95
_ALERT: Final = 3.0  # seconds, p99
_LONGEST_SENTENCE: Final = 500
_TROUBLE: Final = re.compile(
    r"(?:ERROR|CRITICAL) +(.*)|(.*the engine began anew.*)|^([a-zA-Z_.]*(?:Error|Exception)\b.*)"
)
"""Lines of engine.log: an error, a new beginning, and what a traceback ends with."""
_WORDS: Final = (
    "harbour minister bridge drought election glacier orchestra vaccine tunnel satellite harvest museum strike "  # noqa: SIM905
    "festival budget volcano railway parliament reef library earthquake market treaty stadium".split()
)


@dataclass(frozen=True)
class Plan:
    """What is asked for; without ``kinds`` there are no hostile feeds."""

    seconds: float
    good: int
    kinds: tuple[str, ...]
    every: str = "5s"


@dataclass
class GoodFeed(Feed):
    """A feed that notes when it was asked, and when it first served each entry."""

    polls: list[float] = field(default_factory=list)
    served: dict[str, float] = field(default_factory=dict)

    async def answer(self, request: web.Request) -> web.Response:
        """As every feed's."""
        self.polls.append(time.monotonic())
        answer = await super().answer(request)
        if answer.status == 200:
            for title, _ in self.entries:
                self.served.setdefault(title, time.monotonic())
        return answer


class StrangersWorld(World):
    """Good feeds and the addresses of hostile ones, and what of each is to be seen."""

    def __init__(self, folder: Path, plan: Plan, strangers: dict[str, str]) -> None:
        chats = (DESK, *(Chat(number, name, "private") for name, number in _CHATS.items()))
        self.witness = WitnessApi(chats, seed=1)
        self.witness.whimsical = False
        self.good = {
            f"good{number:03}": GoodFeed(f"Good {number}", [("The weather", "")]) for number in range(plan.good)
        }
        self.published = 0
        self._plan = plan
        self._strangers = strangers
        self._dice = random.Random(1)  # noqa: S311 - guards nothing
        super().__init__(folder, self.witness, **self.good)

    def write_config(self, extra: str = "", every: str = "", telegram: str = "") -> None:
        """The config, with all channels and feeds, and the rules: what strangers bring goes to the desk."""
        urls = [self.url(name) for name in self.feeds] + list(self._strangers)
        feeds = "".join(f'[[feed]]\nurl = "{url}"\nevery = "{every or self._plan.every}"\n' for url in urls)
        chats = {"desk": DESK.id} | _CHATS
        channels = "".join(f'[[channel]]\nname = "{name}"\ntelegram = "{chat}"\n' for name, chat in chats.items())
        self.config.write_text(
            f'timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n[telegram]\napi = "{self.bot.url}"\n'
            f'{telegram}[notices]\nchannels = ["desk"]\n{channels}{feeds}{extra}',
            encoding="utf-8",
        )
        rules = self.folder / "rules"
        own = (f'[[rule]]\nid = "{name}"\nchannels = ["{name}"]\nany = ["{name}"]\n' for name in _CHATS)
        (rules / "good.toml").write_text("".join(own), encoding="utf-8")
        texts = {path.name: path.read_text(encoding="utf-8") for path in _STARTER.glob("*.toml")}
        for name, text in (texts | {"strangers.toml": RULES}).items():
            to_desk = text.replace("[[rule]]\n", '[[rule]]\nchannels = ["desk"]\n')
            (rules / name).write_text(to_desk, encoding="utf-8")

    async def keep_publishing(self) -> None:
        """A new entry every so often, in each feed and for each chat by turns."""
        turns = zip(itertools.cycle(self.good.values()), itertools.cycle(_CHATS), strict=False)
        for number, (feed, chat) in enumerate(turns):
            words = self._dice.sample(_WORDS, 5)  # so that no two are the same report
            feed.add(unlike(f"Dispatch {number:06} {' '.join(words)} {chat}"))
            del feed.entries[:-_WINDOW]
            self.published += 1
            await asyncio.sleep(_NEWS_EVERY)

    def latencies(self) -> list[float]:
        """Seconds from an entry's first serving to its acceptance by the Bot API server, of all that arrived."""
        served = {title.split()[1]: at for feed in self.good.values() for title, at in feed.served.items()}
        told: dict[str, float] = {}
        for telling in self.witness.tellings:
            for number in re.findall(r"Dispatch (\d{6})", telling.message.text):
                told.setdefault(number, telling.arrived)
        return [told[number] - served[number] for number in told]

    def gaps(self, since: float) -> list[float]:
        """Seconds between two polls of the same good feed; one that still lasts counts once it is too long."""
        now = time.monotonic()
        found = []
        for feed in self.good.values():
            polls = feed.polls or [since]
            times = [*polls, now] if now - polls[-1] > _GAP else polls
            found += [later - earlier for earlier, later in itertools.pairwise(times) if later >= since]
        return found

    def known(self) -> int:
        """How many good feeds had their first poll."""
        urls = {self.url(name) for name in self.good}
        try:
            with self.store() as store:
                return sum(feed.spec.url in urls and feed.baseline_at is not None for feed in store.polls.all_feeds())
        except StoreError:  # it is not made yet, or busy
            return 0


@dataclass(frozen=True)
class StrangersReport:
    """Figures; times in seconds, memory in MB."""

    seconds: int
    good: int
    hostile: int
    baseline_seconds: float
    """From the start to the first poll of the last good feed."""
    polls: int
    """Of the good feeds."""
    gap_p50: float
    gap_p95: float
    gap_max: float
    published: int
    alerts: int
    """Of the published entries, those whose alert was accepted."""
    alert_p50: float
    alert_p99: float
    alert_max: float
    ended: bool
    """The engine ended by itself."""
    beginnings: int
    """How often the engine's signs of life began; more than once where it replaced itself."""
    trouble: dict[str, int]
    """The errors in engine.log, and how often each is there."""
    loop_late_p99: float
    loop_late_max: float
    harness_late_max: float
    """Of the measuring process itself: what it says is no better than this."""
    pss_max: float
    children_pss_max: float
    database: float
    wal_max: float
    strange: list[str]
    """Sentences on hostile feeds that are not plain."""

    def broken(self) -> list[str]:
        """The promises that were broken, in words."""
        found = []
        if self.gap_p95 > _GAP:
            found.append(f"good feeds' polls are up to {self.gap_p95:.1f} s apart (p95), not {_GAP:g}")
        if self.alert_p99 > _ALERT:
            found.append(f"alerts take up to {self.alert_p99:.1f} s (p99), not {_ALERT:g}")
        if self.alerts < self.published:
            found.append(f"{self.published - self.alerts} of {self.published} alerts did not arrive")
        if self.ended or self.beginnings > 1:
            found.append(f"the engine {'ended' if self.ended else f'began {self.beginnings} times'}")
        found += [f"engine.log has {count} times: {words}" for words, count in self.trouble.items()]
        return found + [f"not plain: {words}" for words in self.strange]


async def soak(folder: Path, plan: Plan) -> tuple[StrangersReport, dict[str, str]]:
    """Run it; the figures, and by each hostile feed what the engine says of it."""
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    async with StrangersProcess() as process:
        hostile = dict(_addresses(plan, process.url))
        async with StrangersWorld(folder, plan, hostile) as world:
            signs = LifeSigns(world.state)
            usages: list[Usage] = []
            own: list[float] = []
            tasks = [asyncio.create_task(each) for each in (signs.watch(), _sample(world, usages), _own_lateness(own))]
            began = time.monotonic()
            world.launch()
            await _until(lambda: world.known() == plan.good, _PATIENCE)
            ready = time.monotonic()
            await _publish(world, plan.seconds)
            gaps = world.gaps(ready)
            ended = world.process is None or world.process.poll() is not None
            said = await world.json("feeds", "list")
            for task in tasks:
                task.cancel()
            if not ended:
                with suppress(subprocess.TimeoutExpired):  # then it is killed
                    await world.terminate()
            sentences = {name: _said(said, url) for url, name in hostile.items()}
            latencies = world.latencies()
            report = StrangersReport(
                seconds=round(plan.seconds),
                good=plan.good,
                hostile=len(hostile),
                baseline_seconds=round(ready - began, 1),
                polls=sum(len(feed.polls) for feed in world.good.values()),
                gap_p50=round(quantile(gaps, 0.5), 2),
                gap_p95=round(quantile(gaps, 0.95), 2),
                gap_max=round(max(gaps, default=0), 2),
                published=world.published,
                alerts=len(latencies),
                alert_p50=round(quantile(latencies, 0.5), 2),
                alert_p99=round(quantile(latencies, 0.99), 2),
                alert_max=round(max(latencies, default=0), 2),
                ended=ended,
                beginnings=signs.beginnings + 1,
                trouble=_trouble(world.state),
                loop_late_p99=round(quantile(signs.late, 0.99), 2),
                loop_late_max=round(max(signs.late, default=0), 2),
                harness_late_max=round(max(own, default=0), 2),
                pss_max=round(max((each.pss for each in usages), default=0)),
                children_pss_max=round(max((each.children_pss for each in usages), default=0)),
                database=round(max((each.database for each in usages), default=0)),
                wal_max=round(max((each.wal for each in usages), default=0)),
                strange=[f"{name}: {words[:80]!r}" for name, words in sentences.items() if not _is_plain(words)],
            )
    return report, sentences


def show(report: StrangersReport, sentences: dict[str, str]) -> None:
    """Print a line of JSON, what was said of each hostile feed, and the table."""
    print(json.dumps(asdict(report) | {"sentences": sentences, "broken": report.broken()}))
    width = max(map(len, sentences), default=0)
    for name, words in sentences.items():
        print(f"  {name:<{width}}  {(words if words.isprintable() else ascii(words))[:150]}")
    print(table(asdict(report), report.broken()))


def _addresses(plan: Plan, url: Callable[[str, int], str]) -> Iterator[tuple[str, str]]:
    for kind in plan.kinds:
        for number in range(_SEVERAL.get(kind, 1)):
            yield url(kind, number), f"{kind} {number}"


async def _publish(world: StrangersWorld, seconds: float) -> None:
    """News for so long, then time for the last alerts."""
    publishing = asyncio.create_task(world.keep_publishing())
    await asyncio.wait({publishing}, timeout=seconds)
    publishing.cancel()
    with suppress(asyncio.CancelledError):
        await publishing
    await _until(lambda: len(world.latencies()) >= world.published, _LAST_ALERTS)


async def _until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds, but no longer than this: what is missing then is seen in the figures."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - another process does not tell
                await asyncio.sleep(0.5)


async def _sample(world: StrangersWorld, usages: list[Usage]) -> None:
    while True:
        await asyncio.sleep(3)
        if pid := engine_running(world.state):
            usages.append(await asyncio.to_thread(usage, pid, world.state / "digest.db"))


async def _own_lateness(late: list[float]) -> None:
    while True:
        asleep = time.monotonic()
        await asyncio.sleep(0.1)
        late.append(time.monotonic() - asleep - 0.1)


def _said(lines: list[dict[str, Any]], url: str) -> str:
    """What `digest feeds list` says of a feed: its health, what it stored, and its last error."""
    line = next(line for line in lines if line["url"] == url)
    return f"{line['health']}, {line['entries']} entries: {line['last_error'] or 'no error'}"


def _is_plain(words: str) -> bool:
    """One printable line of bearable length that blames no fault of our own."""
    return words.isprintable() and len(words) <= _LONGEST_SENTENCE and "Digest itself" not in words


def _trouble(state: Path) -> dict[str, int]:
    """The errors in the engine's log, old parts included, each with how often it is there."""
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in state.glob(f"{LOG_NAME}*"))
    lines = (words[words.lastindex or 0][:150] for words in map(_TROUBLE.search, text.splitlines()) if words)
    return dict(Counter(lines))
