"""An engine in parts to which one fault after the other happens, while feeds bring news all the time.

::

    feeds with news ─▶ two clocks, two pollers, two senders ─▶ Bot API server: what was accepted, and its judge
                         │ each behind a gate of its own
                         ▼
                       PostgreSQL

Each fault is chosen by the dice: a part is killed, at any moment or at a named place; it sleeps, or does not reach the
server, until others have taken over, and comes back; both clocks are started at once; the server is stopped as if its
machine had failed; all connections are cut, or slow. A part that ended is started again, as a service manager does.

How long recovery takes counts from the fault until what was published right then is in every chat. Half of the faults
wait until all is as before; the others meet what the last one left.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import signal
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Final

from digest.demo.bot_values import Chat
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from digest.values.messages import DeliveryState
from tests.e2e.nursery import Nursery
from tests.e2e.roles import CHATS, RECOVERED, Parts, matching
from tests.e2e.world import DESK
from tests.fakes.gate import Gate
from tests.fakes.stores import of_kind, server, store_url
from tests.soak.report import count_repeats, table
from tests.soak.telegram import WitnessApi
from tests.soak.usage import quantile
from tests.store.test_postgres import name_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from tests.e2e.nursery import Forked

_CHATS: Final = (CHATS[0], Chat(11, "Ann", "private"), Chat(12, "Bob", "private"))
"""With the desk two channels, which take 20 messages a minute, and two that take one a second."""
_CLOCKS: Final = ("clock", "clock two")
_POLLERS: Final = ("poller one", "poller two")
_SENDERS: Final = ("sender one", "sender two")
_NEWS_EVERY: Final = 5.0  # seconds, on average: channels take one in three
_BURST: Final = 4
_ONE_IN: Final = 8
"""News that are a burst; and those that two feeds bring are one in three."""
_ENOUGH: Final = 8
"""No more news while so many are not everywhere."""
_LOOK: Final = 0.2  # seconds
_AGAIN: Final = 1.0  # seconds until a part that ended is started again
_PATIENCE: Final = 120.0  # seconds until nothing more is waited for
_AROUND_THE_ANSWER: Final = 0.012  # seconds
_POINTS: Final = {
    "poller": (CrashPoint.AFTER_FETCH, CrashPoint.AFTER_PARSE, CrashPoint.BEFORE_COMMIT, CrashPoint.AFTER_COMMIT),
    "sender": (CrashPoint.AFTER_SENDING, CrashPoint.AFTER_ANSWER, CrashPoint.AFTER_PART, CrashPoint.AFTER_SENT),
}
_PLACE_TAKEN: Final = "this is a clock of the engine now"
_ANEW: Final = "begins anew, with nothing in hand"
_PLACES: Final = "SELECT holder FROM leases WHERE name LIKE 'part:%'"
_PARTS: Final = f"{_PLACES} AND until > extract(epoch FROM now()) * 1000"
_STALLED: Final = (
    "SELECT job.id FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id"
    " WHERE job.status = 'doing' AND coalesce(worker.last_heartbeat, '-infinity') < now() - interval '15 s'"
)
_TWICE: Final = (
    "SELECT entries.title FROM matches JOIN entries ON entries.id = matches.entry_id"
    " WHERE matches.outcome = 'alert' GROUP BY entries.title HAVING count(*) > 1"
)


@dataclass(frozen=True)
class Plan:
    """What is asked for."""

    faults: int
    seed: int


@dataclass
class Struck:
    """A fault that happened."""

    words: str
    began: float
    """By the monotonic clock, as all times here."""
    at: float
    """Since when the others can recover."""
    ended: float = 0.0
    title: str = ""
    """What was published right then."""
    recovery: float | None = None
    """Seconds until that was everywhere; ``None``: it never was."""
    broken: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """To be read while the soak goes on."""
        how = "NOT recovered" if self.recovery is None else f"recovered in {self.recovery:.1f} s"
        return "; ".join([f"{self.words}: {how}", *(f"BROKEN: {each}" for each in self.broken)])


class Installation(Parts):
    """Parts that are started again when they end, each with a gate to the server, and news all the time."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.witness = WitnessApi((DESK, *_CHATS), plan.seed)
        self.witness.whimsical = False  # a 429 that nobody lived to store asks nothing of the next sender
        super().__init__(folder, self.witness, _CHATS)
        self.gates: dict[str, Gate] = {}
        self.ends: list[tuple[str, int]] = []
        """Names and exit codes of parts that ended."""
        self.published: dict[str, float] = {}
        """Titles, and when they were."""
        self._dice = random.Random(plan.seed + 1)  # noqa: S311 - guards nothing

    def write_config(self, extra: str = "", every: str = "1s", telegram: str = "flood = 100000\n") -> None:
        """Each alert is a message of its own."""
        super().write_config(extra, every, telegram)

    def config_of(self, name: str) -> str:
        """The database is behind the part's gate."""
        return super().config_of(name).replace(str(server().folder), str(self.gates[name].folder))

    async def begin_all(self) -> None:
        """Both clocks, two pollers, two senders."""
        for number, name in enumerate((*_CLOCKS, *_POLLERS, *_SENDERS)):
            gate = Gate(server().folder / f"gate{number}", server().folder)
            self.gates[name] = await self._opened.enter_async_context(gate)
        await super().begin_all()
        self.begin(_CLOCKS[1])

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What the server says; nothing while it is away."""
        from psycopg import OperationalError

        with suppress(OperationalError):
            return super().ask(statement)
        return []

    def news(self) -> str:
        """Now and then two feeds bring the same: that is one story."""
        feed = self.all[(self.said + 1) % len(self.all)]
        title = super().news()
        if self._dice.randrange(3) == 0:
            feed.add(title)
        self.published[title] = time.monotonic()
        return title

    async def keep_publishing(self) -> None:
        """News by the dice, as long as no more is on its way than can go soon."""
        while True:
            await asyncio.sleep(self._dice.expovariate(1 / _NEWS_EVERY))
            for _ in range(_BURST if self._dice.randrange(_ONE_IN) == 0 else 1):
                if sum(self.everywhere(title) is None for title in list(self.published)[-_ENOUGH:]) < _ENOUGH:
                    self.news()

    async def keep_going(self) -> None:
        """What a service manager does."""
        while True:
            for name, part in list(self.parts.items()):
                if (code := part.poll()) is not None:
                    self.ends.append((name, code))
                    self.begin(name)
            await asyncio.sleep(_AGAIN)

    def everywhere(self, title: str) -> float | None:
        """When this was in every chat first; ``None``: it is not yet."""
        first: dict[int, float] = {}
        for telling in self.witness.tellings:
            if title in telling.message.text:
                first.setdefault(telling.message.chat.id, telling.arrived)
        return max(first.values()) if len(first) == len(self.chats) else None

    async def within(self, condition: Callable[[], object], seconds: float = _PATIENCE) -> bool:
        """Wait until something holds; whether it did in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not condition():  # noqa: ASYNC110 - a server is asked, it does not tell
                    await asyncio.sleep(_LOOK)
                return True
        return False

    def lease(self, name: str) -> str:
        """Who a part is by its lease; empty while it has none."""
        pid = self.parts[name].pid
        found = (str(holder) for (holder,) in self.ask(_PARTS))
        return next((holder for holder in found if f":{pid}:" in holder), "")

    def holds(self, holder: str) -> bool:
        """Whether nobody has taken the place of one that had it."""
        return (holder,) in self.ask(_PLACES)

    def at_work(self) -> bool:
        """Whether all is as in the beginning."""
        living = all(map(self.lease, (*_POLLERS, *_SENDERS))) and any(map(self.lease, _CLOCKS))
        return living and self.chats_of() == [2, 2] and len(self.ask(_PARTS)) == 5  # and none of one that is dead


class Faults:
    """Lets the faults happen."""

    def __init__(self, world: Installation, plan: Plan) -> None:
        self._world = world
        self._plan = plan
        self._dice = random.Random(plan.seed)  # noqa: S311 - guards nothing
        kinds: tuple[Callable[[], Awaitable[Struck]], ...] = (
            self._kill,
            self._crash,
            self._sleep,
            self._part_off,
            self._start_both_clocks,
            self._restart_server,
            self._cut_all,
            self._slow_all,
        )
        self._kinds = list(kinds)
        self.happened: list[Struck] = []

    async def run(self) -> None:
        """All of them, and a line for each."""
        for number in range(1, self._plan.faults + 1):
            healthy = self._dice.randrange(2) == 0
            as_before = not healthy or await self._world.within(self._world.at_work)
            await asyncio.sleep(self._dice.uniform(0, 2))
            if (turn := (number - 1) % len(self._kinds)) == 0:  # dealt as cards are: each comes as often as any other
                self._dice.shuffle(self._kinds)
            struck = await self._kinds[turn]()
            struck.ended = time.monotonic()
            if not as_before:
                struck.broken.append("before it, parts and chats were not all as in the beginning")
            if (stalled := self._world.ask(_STALLED)) and await self._remain(stalled):
                struck.broken.append(f"jobs are left: {stalled}")
            self.happened.append(struck)
            print(f"{number:4} {struck.line}", flush=True)

    async def _remain(self, jobs: list[tuple[object, ...]]) -> bool:
        return not await self._world.within(lambda: not {*jobs} & {*self._world.ask(_STALLED)}, RECOVERED)

    async def _recover(self, words: str, began: float) -> Struck:
        """From now on others can take over."""
        struck = Struck(words, began, time.monotonic(), title=self._world.news())
        await self._world.within(lambda: self._world.everywhere(struck.title) is not None)
        if (arrived := self._world.everywhere(struck.title)) is not None:
            struck.recovery = arrived - struck.at
        if struck.recovery is None or struck.recovery > RECOVERED:
            struck.broken.append(f"recovery took more than {RECOVERED:g} s")
        return struck

    def _anyone(self) -> str:
        """A part; of the clocks mostly the one that is at work."""
        name = self._dice.choice((_CLOCKS[0], *_POLLERS, *_SENDERS))
        return next(filter(self._world.lease, _CLOCKS), name) if name in _CLOCKS else name

    async def _moment(self, name: str) -> None:
        """Any; of a sender often one close to an answer."""
        if name in _SENDERS and self._dice.randrange(2):
            self._world.news()
            self._world.witness.arrival.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._world.witness.arrival.wait(), 5)
            await asyncio.sleep(self._dice.uniform(0, _AROUND_THE_ANSWER))
        else:
            await asyncio.sleep(self._dice.uniform(0, 1))

    # --- the kinds -------------------------------------------------------------------------------------------------

    async def _kill(self) -> Struck:
        name = self._anyone()
        await self._moment(name)
        self._world.parts[name].send_signal(signal.SIGKILL)
        return await self._recover(f"kill {name}", time.monotonic())

    async def _crash(self) -> Struck:
        """One is started that dies at a place in the middle of its work."""
        name = self._dice.choice((*_POLLERS, *_SENDERS))
        point = self._dice.choice(_POINTS[name.partition(" ")[0]])
        self._world.parts.pop(name).send_signal(signal.SIGKILL)
        began = time.monotonic()
        self._world.begin(name, **{VARIABLE: point})
        part = self._world.parts[name]
        self._world.news()
        died = await self._world.within(lambda: part.returncode is not None, RECOVERED)
        return await self._recover(f"crash {name} {point}{'' if died else ', where it never got'}", began)

    async def _sleep(self) -> Struck:
        name = self._anyone()
        await self._moment(name)
        part = self._world.parts[name]
        holder = self._world.lease(name)
        part.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        struck = await self._recover(f"sleep of {name}", began)
        await self._be_followed(struck, holder)
        part.send_signal(signal.SIGCONT)
        await self._end(struck, name, part, holder)
        return struck

    async def _part_off(self) -> Struck:
        """It does not reach the server, and what it said comes late."""
        name = self._anyone()
        await self._moment(name)
        part = self._world.parts[name]
        holder = self._world.lease(name)
        self._world.gates[name].open.clear()
        began = time.monotonic()
        struck = await self._recover(f"partition of {name}", began)
        await self._be_followed(struck, holder)
        self._world.gates[name].open.set()
        await self._end(struck, name, part, holder)
        return struck

    async def _be_followed(self, struck: Struck, holder: str) -> None:
        """Wait until others have taken over from one that does nothing; of one that had no place yet, nothing."""
        if holder and not await self._world.within(lambda: not self._world.holds(holder), RECOVERED):
            struck.broken.append("nobody took over")

    async def _end(self, struck: Struck, name: str, part: Forked, holder: str) -> None:
        """It wakes, finds that its place is taken, and begins anew: a clock waits, for the place is taken."""
        before = self._world.output().count(_ANEW)

        def ended() -> bool:
            again = self._world.lease(name) not in {"", holder} or self._world.output().count(_ANEW) > before
            return part.returncode is not None or again

        if holder and not await self._world.within(ended, RECOVERED):
            struck.broken.append(f"{name} goes on although others have its place")

    async def _start_both_clocks(self) -> Struck:
        before = self._world.output().count(_PLACE_TAKEN)
        killed = [self._world.parts[name] for name in _CLOCKS]
        for part in killed:
            part.send_signal(signal.SIGKILL)
        began = time.monotonic()
        await self._world.within(lambda: all(part.returncode is not None for part in killed))
        struck = await self._recover("clocks killed, and started together", began)
        await self._world.within(lambda: any(map(self._world.lease, _CLOCKS)), RECOVERED)
        if (found := self._world.output().count(_PLACE_TAKEN) - before) != 1:
            struck.broken.append(f"{found} clocks are at work")
        return struck

    async def _restart_server(self) -> Struck:
        away = self._dice.choice((0.0, self._dice.uniform(0, 20)))
        began = time.monotonic()
        await asyncio.to_thread(server().stop, at_once=True)
        await asyncio.sleep(away)
        server().start()  # here: it ends with the thread that started it
        return await self._recover(f"restart of the server that failed, after {away:.1f} s", began)

    async def _cut_all(self) -> Struck:
        began = time.monotonic()
        name = name_of(store_url(self._world.state / "digest.db"))
        others = f"FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        cut = len(self._world.ask(f"SELECT pg_terminate_backend(pid) {others}"))
        return await self._recover(f"cut of all {cut} connections", began)

    async def _slow_all(self) -> Struck:
        delay = self._dice.uniform(0.001, 0.045)
        began = time.monotonic()
        for gate in self._world.gates.values():
            gate.delay = delay
        try:
            return await self._recover(f"delay of {delay * 1000:.0f} ms, either way", began)
        finally:
            for gate in self._world.gates.values():
                gate.delay = 0.0


# --- the verdict ---------------------------------------------------------------------------------------------------


@dataclass
class PartsReport:
    """What the faults have shown; what must be 0 is said in `broken`."""

    seed: int
    faults: int
    seconds: int
    kinds: dict[str, int]
    recovery_p50: float
    recovery_max: float
    slowest: float
    """Seconds until news were everywhere, whenever they came."""
    published: int
    chats: int
    accepted: int
    lost: int
    """Titles that did not reach every chat."""
    repeated: int
    unlabelled: int
    """Repeats without a label."""
    unexplained: int
    """Repeats of what was not sent around a fault."""
    retold: int
    """Reports that were not told, for others told the same ..."""
    told_twice: int
    """... and those that were told again."""
    left: dict[str, int]
    """Messages that are not sent, by state."""
    stalled: int
    """Jobs that nobody does any more, before the parts were stopped ..."""
    doing: int
    """... and those under way after that."""
    leases: int
    """Of parts that were stopped."""
    tracebacks: int
    ends: dict[str, int]
    """How parts ended, and how often."""
    codes: dict[str, int]
    """Of the parts that were stopped in the end."""
    violations: list[str]
    """Of Telegram's limits."""
    said: list[str]
    """Promises that were broken at a fault."""

    def broken(self) -> list[str]:
        """The promises that were broken, in words."""
        zero = ("lost", "unlabelled", "unexplained", "told_twice", "stalled", "doing", "leases", "tracebacks")
        found = [f"{name} is {value}" for name in zero if (value := getattr(self, name))]
        found += [f"{name} stopped with {code}" for name, code in self.codes.items() if code]
        found += [f"{number} messages are {state}" for state, number in self.left.items()]
        found += [f"limit broken in chat {words}" for words in self.violations]
        return [*self.said, *found]


def show(report: PartsReport) -> None:
    """As JSON, and to be read."""
    print(json.dumps(asdict(report) | {"broken": report.broken()}))
    print(table(asdict(report), report.broken()))


async def soak(folder: Path, plan: Plan) -> PartsReport:
    """Let as many faults happen as planned, and look what became of everything."""
    began = time.monotonic()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)
    with of_kind("postgresql"), Nursery() as nursery:
        async with Installation(folder, plan) as world, AsyncExitStack() as ending:
            world.nursery = nursery
            ending.callback(_kill_all, world)
            await world.begin_all()
            faults = Faults(world, plan)
            beside = [asyncio.create_task(work) for work in (world.keep_going(), world.keep_publishing())]
            try:
                await faults.run()
                beside[1].cancel()
                await world.within(lambda: all(world.everywhere(title) is not None for title in world.published))
                await world.within(lambda: not world.ask(_STALLED), RECOVERED)
                await world.within(world.at_work)
                await world.until_settled()
                stalled = len(world.ask(_STALLED))
            finally:
                for task in beside:
                    task.cancel()
                done = await asyncio.gather(*beside, return_exceptions=True)
            said = [f"the soak itself failed: {each!r}" for each in done if isinstance(each, Exception)]
            waits = next((name for name in _CLOCKS if not world.lease(name)), "")  # a signal ends one that only waits
            codes = await world.end()
            if codes.get(waits) == -signal.SIGTERM:
                del codes[waits]
            return _judge(world, faults.happened, plan, round(time.monotonic() - began), stalled, codes, said)


def _kill_all(world: Installation) -> None:
    for part in world.parts.values():
        if part.poll() is None:
            part.send_signal(signal.SIGKILL)
            part.wait()


def _judge(  # noqa: PLR0917 - all that was seen
    world: Installation,
    happened: list[Struck],
    plan: Plan,
    seconds: int,
    stalled: int,
    codes: dict[str, int],
    said: list[str],
) -> PartsReport:
    arrived = {title: world.everywhere(title) for title in world.published}
    waited = [at - world.published[title] for title, at in arrived.items() if at is not None]
    recoveries = [each.recovery for each in happened if each.recovery is not None]
    tellings = world.witness.tellings
    repeats = count_repeats(tellings, _moments(happened))
    plain = Counter(
        (chat, number)
        for number in range(world.said)
        for chat, labelled in world.texts(matching(number))
        if not labelled
    )
    with world.store() as store:
        counts = store.outbox.counts()
    return PartsReport(
        seed=plan.seed,
        faults=len(happened),
        seconds=seconds,
        kinds=dict(Counter(each.words.partition(" ")[0] for each in happened)),
        recovery_p50=round(quantile(recoveries, 0.5), 1),
        recovery_max=round(max(recoveries, default=0.0), 1),
        slowest=round(max(waited, default=0.0), 1),
        published=len(world.published),
        chats=len(world.chats),
        accepted=len(tellings),
        lost=sum(at is None for at in arrived.values()),
        repeated=repeats.by_lost_answers + repeats.by_kills + repeats.unexplained,
        unlabelled=sum(number - 1 for number in plain.values()),
        unexplained=repeats.unexplained,
        retold=len(world.ask("SELECT 1 FROM matches WHERE outcome = 'same-report'")),
        told_twice=len(world.ask(_TWICE)),
        left={state: number for state, number in counts.items() if number and state != DeliveryState.SENT},
        stalled=stalled,
        doing=len(world.ask("SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'")),
        leases=len(world.ask(_PARTS)),
        tracebacks=world.output().count("Traceback"),
        ends=dict(Counter(f"{name}: {code}" for name, code in world.ends)),
        codes=codes,
        violations=[str(each) for each in world.witness.judge.violations],
        said=[*said, *(f"{each.words}: {words}" for each in happened for words in each.broken)],
    )


def _moments(happened: list[Struck]) -> list[float]:
    """All the times at which what was sent may have got lost to its sender."""
    return [each.began + step for each in happened for step in range(int(each.ended - each.began) + 2)]
