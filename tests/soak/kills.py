"""An engine at work that is killed over and over, at moments that the dice choose.

::

    feeds with news all the time ─▶ engine ─▶ Bot API server with whims
                                      ▲ │            │
             SIGKILL, by the dice ────┘ │            ▼
                                        ▼      what was accepted
                                  what is stored ─────┴─▶ nothing lost, no repeat without its reason and its label

An engine is killed between 0 and 2 s after it was started, so also while it starts, and, the first few times, while
it makes its database; every third one while it sends: some milliseconds after a message has arrived. Kills of the
process lose nothing of what the system has in hand for the disk, so the folder may as well be in memory: a disk would
add time, and prove nothing.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import signal
import sys
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.demo.bot_values import Chat
from digest.errors import StoreError
from digest.presence import engine_ready
from digest.values.messages import DeliveryState
from tests.e2e.nursery import Nursery
from tests.e2e.world import Feed, World
from tests.fakes.stores import database_key
from tests.soak.report import SoakReport, count_repeats
from tests.soak.telegram import WitnessApi
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

_FEEDS: Final = 5
_CHANNELS: Final = {"alpha": "low", "beta": "normal", "gamma": "normal", "delta": "high", "omega": "urgent"}
"""Every channel has a rule of its own, of this severity, that looks for its name. Private chats: a message a second."""
_CHATS: Final = {name: number for number, name in enumerate(_CHANNELS, start=11)}
_WORDS: Final = tuple(
    "harbour minister bridge drought election glacier orchestra vaccine tunnel satellite harvest museum strike "  # noqa: SIM905
    "festival budget volcano railway parliament reef library earthquake market treaty stadium".split()
)
_WINDOW: Final = 100
"""Entries that a feed shows; more are never new at once."""
_NEWS_EVERY: Final = 0.35  # seconds, on average
_BURST: Final = 45  # entries for one channel at once, in the mode that has the default flood rule
_BURST_CHANCE: Final = 0.04
_LIFE: Final = 2.0  # seconds
_MESSAGES: Final = 6
"""So many messages an engine sends, at most, that is killed while it sends."""
_AROUND_THE_ANSWER: Final = 0.012  # seconds
_UNREAD: Final = timedelta(seconds=0.1)
"""A 429 so shortly before a kill may not have been read and stored."""
_IMPORTS: Final = 1.5  # seconds that an engine takes longer when it is started by its command
_BY_COMMAND: Final = 10
"""Every so manieth engine is started by its command; the others by the nursery, which has imported all."""
_COMMAND: Final = (sys.executable, "-m", "tests.e2e.quick_digest")
_EARLY: Final = 5
"""After so many kills an engine lives until all feeds are known: before that, nothing alerts."""
_SETTLE_SECONDS: Final = 600.0
_MODES: Final = {
    "resend": 'on_unknown = "resend"\nflood = 100000\n',
    "hold": 'on_unknown = "hold"\nflood = 100000\n',
    "flood": 'on_unknown = "resend"\n',
}
"""What ``[telegram]`` says: each alert a message of its own, but for the last."""


@dataclass(frozen=True)
class Plan:
    """What is asked for; ``mode`` is a key of `_MODES`."""

    kills: int
    seed: int
    mode: str = "resend"
    enough: int = 80
    """No more news while so many messages are owed, so that what is left at the end goes in a minute."""


class SoakWorld(World):
    """Feeds, channels and rules, and the numbers of all that was published."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        chats = tuple(Chat(number, name, "private") for name, number in _CHATS.items())
        self.witness = WitnessApi(chats, plan.seed)
        self.plan = plan
        feeds = {f"feed{number}": Feed(f"News {number}") for number in range(_FEEDS)}
        super().__init__(folder, self.witness, **feeds)
        self.owed: set[tuple[str, str]] = set()
        """(title's number, channel) of every alert."""
        self.entries = 0
        self._dice = random.Random(plan.seed)  # noqa: S311 - guards nothing

    def write_config(self, extra: str = "", every: str = "1s", telegram: str = "") -> None:
        """The config, with all channels and feeds."""
        feeds = "".join(f'[[feed]]\nurl = "{self.url(name)}"\nevery = "{every}"\n' for name in self.feeds)
        channels = "".join(f'[[channel]]\nname = "{name}"\ntelegram = "{chat}"\n' for name, chat in _CHATS.items())
        self.config.write_text(
            f'{database_key(self.state)}timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n'
            f'[telegram]\napi = "{self.bot.url}"\n{telegram or _MODES[self.plan.mode]}{channels}{feeds}{extra}',
            encoding="utf-8",
        )

    def write_rules(self) -> None:
        """One rule for each channel."""
        rules = "".join(
            f'[[rule]]\nid = "for-{name}"\nseverity = "{severity}"\nchannels = ["{name}"]\nany = ["{name}"]\n'
            for name, severity in _CHANNELS.items()
        )
        (self.folder / "rules" / "soak.toml").write_text(rules, encoding="utf-8")

    def publish(self, *channels: str) -> None:
        """A new entry in some feed, to be told to these channels."""
        number = f"{self.entries:06}"
        words = self._dice.sample(_WORDS, 6)  # so that no two are the same report
        feed = self._dice.choice(list(self.feeds.values()))
        feed.add(unlike(f"Dispatch {number} {' '.join((*words, *channels))}"))
        del feed.entries[:-_WINDOW]
        self.owed |= {(number, channel) for channel in channels}
        self.entries += 1

    async def keep_publishing(self) -> None:
        """News by the dice, as long as no more is owed than can go soon."""
        while True:
            await asyncio.sleep(self._dice.expovariate(1 / _NEWS_EVERY))
            if self._dice.random() < _BURST_CHANCE and self.plan.mode == "flood":
                channel = self._dice.choice(list(_CHANNELS))
                for _ in range(_BURST):
                    self.publish(channel)
            elif await asyncio.to_thread(self.waiting) < self.plan.enough:
                self.publish(*self._dice.sample(list(_CHANNELS), self._dice.randint(1, 2)))

    def waiting(self) -> int:
        """Messages on their way, and entries that no poll has brought yet."""
        with self.store() as store:
            counts = store.outbox.counts()
            stored = store.reads.count_entries() - len(self.feeds)  # their welcomes
        return counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING] + self.entries - stored

    def baselined(self) -> bool:
        """Whether every feed was polled well once: what is published from now on alerts."""
        try:
            with self.store() as store:
                feeds = store.polls.all_feeds()
        except StoreError:  # it is not made yet
            return False
        return len(feeds) == len(self.feeds) and all(feed.baseline_at is not None for feed in feeds)


async def soak(folder: Path, plan: Plan) -> SoakReport:
    """Kill as often as planned, let it deliver the rest, and look what became of everything."""
    began = time.monotonic()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a request whose sender dies is no news here
    with Nursery() as nursery:
        async with SoakWorld(folder, plan) as world:
            world.nursery = nursery
            world.write_rules()
            killer = Killer(world, plan)
            await killer.run()
            return await _judge(world, killer, round(time.monotonic() - began))


class Killer:
    """Starts engines and kills them."""

    def __init__(self, world: SoakWorld, plan: Plan) -> None:
        self._world = world
        self._kills = plan.kills
        self._dice = random.Random(plan.seed + 1)  # noqa: S311 - guards nothing
        self.times: list[float] = []
        """Of the kills, by the monotonic clock."""
        self.before_ready = 0
        self.unheard = 0
        self.ended_alone = 0

    async def run(self) -> None:
        """All the kills, with news coming as soon as news alerts; then an engine that is left alone."""
        publishing: asyncio.Task[None] | None = None
        try:
            while len(self.times) < self._kills:
                await self._life(patient=publishing is None and len(self.times) >= _EARLY)
                if publishing is None and await asyncio.to_thread(self._world.baselined):
                    publishing = asyncio.create_task(self._world.keep_publishing())
                if publishing is not None and publishing.done():
                    publishing.result()
        finally:
            if publishing is not None:
                publishing.cancel()
        self._world.program = World.program
        await self._settle()

    async def _life(self, *, patient: bool) -> None:
        """One engine's life; with ``patient`` it has time for the first poll of every feed."""
        world = self._world
        by_command = len(self.times) % _BY_COMMAND == 0
        world.program = _COMMAND if by_command else World.program
        world.launch()
        if patient:
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not await asyncio.to_thread(world.baselined):  # noqa: ASYNC110 - a database does not tell
                    await asyncio.sleep(0.1)
        await self._moment(_LIFE + by_command * _IMPORTS)
        assert world.process is not None
        self.before_ready += not await asyncio.to_thread(engine_ready, world.state)
        if world.process.poll() is not None:
            self.ended_alone += 1
        world.process.send_signal(signal.SIGKILL)
        self.times.append(time.monotonic())
        killed = datetime.now(UTC)
        await asyncio.to_thread(world.process.wait, 30)
        await asyncio.sleep(_AROUND_THE_ANSWER)  # what it sent last is read by now
        self.unheard += world.witness.judge.unheard(killed - _UNREAD)

    async def _moment(self, longest: float) -> None:
        """Wait for the moment of the kill."""
        arrival = self._world.witness.arrival
        if self._dice.randrange(3):
            await asyncio.sleep(self._dice.uniform(0, longest))
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(longest):
                for _ in range(self._dice.randint(1, _MESSAGES)):
                    arrival.clear()
                    await arrival.wait()
        await asyncio.sleep(self._dice.uniform(0, _AROUND_THE_ANSWER))

    async def _settle(self) -> None:
        """Let an engine deliver what is owed, meeting no more faults, and stop it."""
        world = self._world
        world.witness.whimsical = False
        await world.start()
        async with asyncio.timeout(_SETTLE_SECONDS):
            while await asyncio.to_thread(world.waiting):  # noqa: ASYNC110 - a database is asked, it does not tell
                await asyncio.sleep(0.5)
        self.ended_alone += await world.terminate() != 0


# --- the verdict ---------------------------------------------------------------------------------------------------


async def _judge(world: SoakWorld, killer: Killer, seconds: int) -> SoakReport:
    alerts = await world.json("alerts")
    left = [line for line in await world.json("outbox", "list") if line["state"] == DeliveryState.UNKNOWN]
    tellings = world.witness.tellings
    told = _told(world, alerts)
    unknown = {(alert, line["channel"]) for line in left for alert in line["alerts"]}
    shown = {(_number(alert), channel) for alert in alerts for _, channel in _of(alert, unknown)}
    repeats = count_repeats(tellings, killer.times)
    with world.store() as store:
        counts = store.outbox.counts()
        stored = store.reads.count_entries() - len(world.feeds)
    return SoakReport(
        seed=world.plan.seed,
        mode=world.plan.mode,
        seconds=seconds,
        kills=len(killer.times),
        before_ready=killer.before_ready,
        ended_alone=killer.ended_alone,
        entries=world.entries,
        stored=stored,
        owed=len(world.owed),
        sent=len(world.owed & told),
        lost=len(world.owed - told - shown),
        unknown=len(left),
        dead=counts[DeliveryState.DEAD],
        accepted=len(tellings),
        faults=world.witness.faults,
        repeated=len(tellings) - len({telling.content for telling in tellings}),
        by_lost_answers=repeats.by_lost_answers,
        by_kills=repeats.by_kills,
        unlabelled=repeats.unlabelled,
        unexplained=repeats.unexplained,
        unheard=killer.unheard,
        violations=[str(each) for each in world.witness.judge.violations],
        integrity=_integrity(world),
    )


def _told(world: SoakWorld, alerts: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """Alerts whose title stands in an accepted message, or whose delivery was accepted as `digest alerts` says."""
    names = {chat: name for name, chat in _CHATS.items()}
    accepted: defaultdict[str, set[int]] = defaultdict(set)
    told = set()
    for telling in world.witness.tellings:
        channel = names[telling.message.chat.id]
        accepted[channel].add(telling.message.id)
        told |= {(number, channel) for number in re.findall(r"Dispatch (\d{6})", telling.message.text)}
    for alert in alerts:
        for delivery in alert["deliveries"]:
            ids = set(delivery["message_id"])
            if delivery["state"] == DeliveryState.SENT and ids and ids <= accepted[delivery["channel"]]:
                told.add((_number(alert), delivery["channel"]))
    return told


def _number(alert: dict[str, Any]) -> str:
    return str(alert["entry"]["title"]).split()[1]


def _of(alert: dict[str, Any], pairs: set[tuple[int, str]]) -> set[tuple[int, str]]:
    return {(alert["id"], delivery["channel"]) for delivery in alert["deliveries"]} & pairs


def _integrity(world: SoakWorld) -> str:
    with world.store() as store:
        return "; ".join(store.upkeep.info().damage) or "ok"
