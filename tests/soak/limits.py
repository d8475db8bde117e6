"""Many alerts in bursts to many chats, in virtual time, before a judge of Telegram's limits.

::

    bursts by the dice ─▶ outbox on disk ─▶ OutboxDrain, stopped and begun anew now and then
                                                  │ the real client, or a channel without one
                                                  ▼
                                 429s, lost answers, 5xx, slow ones ─▶ judge ─▶ what was seen

Everything between the outbox and the wire is the engine's own. Hours pass in a minute: the loop jumps from one event
to the next.
"""

from __future__ import annotations

import asyncio
import random
from bisect import bisect_left
from collections import defaultdict
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from typing import TYPE_CHECKING, Final

from digest.channels.base import Channel, Failure, SendError
from digest.channels.telegram import TelegramBot
from digest.delivery.media.markup import REPEAT_LABEL
from digest.delivery.retries import RetryPolicy
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending import chat as deliver_channel
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.store import file_url, open_store
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import FaultKind, server_error
from tests.fakes.limit_judge import LimitJudge
from tests.fakes.line_by_line import LineByLine, lines
from tests.fakes.virtual_time import VirtualTimeLoop
from tests.soak.whims import Whims

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from aiohttp import web

    from digest.channels.base import Outgoing
    from digest.demo.bot_values import AcceptedMessage
    from digest.store import Store
    from tests.fakes.bot_faults import Fault

_BROKEN: Final = "broken"
_BROKEN_CHAT: Final = 13
_CHATS: Final = {
    "anna": 11,
    "ben": 12,
    "newsroom": -101,
    "sports": -102,
    "wire": -103,
    "topic-one": -200,
    "topic-two": -200,
    _BROKEN: _BROKEN_CHAT,
}
_SHARES: Final = (27, 27, 11, 11, 11, 5, 5, 3)
"""How a hundred alerts fall to them."""
BUSY: Final = ("anna", "ben", "newsroom", "sports", "wire")
"""Always owed more than the limits let pass."""
_CROWD: Final = {f"reader-{number}": 1000 + number for number in range(33)}
"""More private chats than messages may go out in one second."""
SPECS: Final = tuple(
    ChannelSpec(name, Telegram(str(chat), {"topic-one": 1, "topic-two": 2}.get(name)))
    for name, chat in (_CHATS | _CROWD).items()
)

_BURST: Final = 60
"""Alerts owed at one moment, at most, ..."""
_CROWD_BURST: Final = 2
"""... and to each of the crowd, now and then."""
_CROWD_CHANCE: Final = 0.05
_BETWEEN_BURSTS: Final = 5.0  # seconds, on average
_SEVERITIES: Final = (Severity.LOW, Severity.NORMAL, Severity.HIGH, Severity.URGENT)
_LATENCY: Final = (0.02, 0.3)  # seconds on the way, each way
_LIFE: Final = (20.0, 400.0)  # seconds between two starts
_DOWN: Final = 0.5  # seconds that a start takes at least, after a crash; bytes under way have arrived by then
_RESEND: Final = (timedelta(seconds=5), timedelta(seconds=30))
"""After lost answers: sooner than in life, or hours would pass before the last of them is known."""
_MOST_LAG: Final = 0.7  # seconds
_TOO_MANY: Final = 429


@dataclass
class Seen:
    """One part of one alert, as the far side has seen it."""

    owed: datetime
    severity: Severity
    channel: str
    tried: list[datetime] = field(default_factory=list)
    """When it arrived, accepted or not."""
    accepted: list[bool] = field(default_factory=list)
    """For every time it was accepted: whether it was labelled."""
    doubts: int = 0
    """How often an answer was lost after it was accepted, or may have been."""
    ways: int = 0
    """How often it, or an answer to it, was on its way."""


@dataclass(frozen=True)
class LimitsReport:
    """What the run has shown."""

    alerts: int
    parts: int
    minutes: float
    """Of virtual time."""
    starts: int
    crashes: int
    arrivals: int
    silences: int
    repeats: int
    violations: list[str]
    lost: list[str]
    unexplained: list[str]
    """Repeats without a label, or without a lost answer or a crash before."""
    overtaken: list[str]
    """Urgent alerts that a low one went before."""
    busiest_second: int
    lags: dict[str, float]
    """Of each busy channel: by how much a message goes later than the limits allow, median, seconds."""
    broken_tries: int
    """Messages to the channel that always fails."""

    def broken(self) -> list[str]:
        """The promises that were broken, in words."""
        found = [f"limit broken in chat {words}" for words in self.violations]
        found += [f"lost: {part}" for part in self.lost]
        found += [f"repeated without a reason or a label: {part}" for part in self.unexplained]
        found += [f"urgent, but overtaken: {words}" for words in self.overtaken]
        # The answer's way is up to 0.6 s; a channel that always fails adds nothing to it.
        found += [f"{name} is late by {lag:.1f} s, mostly" for name, lag in self.lags.items() if lag > _MOST_LAG]
        return found


class FarSide:
    """Telegram, as far as this run knows it: the judge, the faults, and what was seen of every part."""

    def __init__(self, clock: VirtualTimeLoop, seed: int) -> None:
        self.judge = LimitJudge()
        self.seen: dict[str, Seen] = {}
        self.silences = 0
        self.broken_tries = 0
        self.faults: set[tuple[int, datetime]] = set()
        """The chat and the time of every message that met one."""
        self._clock = clock
        self._seed = seed

    def arrive(self, chat: int, text: str) -> Fault | None:
        """A message arrives; what becomes of it."""
        part = _plain(text)
        tried = self.seen[part].tried
        tried.append(self._clock.now())
        if chat == _BROKEN_CHAT:
            self.broken_tries += 1
            return server_error()
        # Each try has dice of its own: which of two chats is heard first, by chance, changes nothing for all the rest.
        fault = Whims(f"{self._seed} {part} {len(tried)}", slow_seconds=5.0, silence=20).next()
        self.silences += fault is not None and fault.code == _TOO_MANY
        if fault is not None:
            self.faults.add((chat, self._clock.now()))
        return fault

    def accept(self, text: str, fault: Fault | None) -> None:
        """It is accepted; with this fault after that."""
        seen = self.seen[_plain(text)]
        seen.accepted.append(text.startswith(REPEAT_LABEL))
        seen.doubts += fault is not None and fault.kind is not FaultKind.SLOW

    async def way(self, text: str) -> None:
        """The time that a message, or its answer, takes."""
        part = _plain(text)
        seen = self.seen[part]
        seen.ways += 1
        dice = random.Random(f"{self._seed} {part} way {seen.ways}")  # noqa: S311 - guards nothing
        await asyncio.sleep(dice.uniform(*_LATENCY))


def _plain(text: str) -> str:
    return text.removeprefix(REPEAT_LABEL)


class DirectChannel(Channel):
    """A channel that leads to the far side without a client between; what has left arrives, whoever dies."""

    def __init__(self, far: FarSide, clock: VirtualTimeLoop, chat: str) -> None:
        self._far = far
        self._clock = clock
        self._chat = int(chat)

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """As `Channel.pieces`."""
        return lines(part, title, number)

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`."""
        text = REPEAT_LABEL + outgoing.part if outgoing.maybe_repeat else outgoing.part
        wire = asyncio.create_task(self._transmit(text))
        wire.add_done_callback(lambda done: done.exception())  # nobody may be left to ask
        return await asyncio.shield(wire)

    async def _transmit(self, text: str) -> int:
        far = self._far
        await far.way(text)
        far.judge.hear(self._chat, self._clock.now(), text, private=self._chat > 0)
        fault = far.arrive(self._chat, text)
        error = self._refusal(fault)
        if error is None:
            far.accept(text, fault)
        await asyncio.sleep(fault.seconds if fault else 0)
        await far.way(text)
        if error is not None:
            raise error
        if fault is not None and fault.kind is not FaultKind.SLOW:
            raise SendError(Failure.UNKNOWN, "the answer was lost")
        return 1

    def _refusal(self, fault: Fault | None) -> SendError | None:
        """What a message that is not accepted ends with."""
        if fault is None or fault.kind not in (FaultKind.REFUSE, FaultKind.CLOSE_BEFORE):
            return None
        if fault.code != _TOO_MANY:
            return SendError(Failure.UNKNOWN, "nobody knows")
        silence = timedelta(seconds=fault.parameters["retry_after"])
        self._far.judge.silence(self._chat, self._clock.now(), silence)
        return SendError(Failure.RATE_LIMITED, "silence, please", retry_after=silence)


class WhimsicalApi(BotApi):
    """The Bot API server, with faults by the dice and a way to it that takes its time."""

    def __init__(self, chats: tuple[Chat, ...], far: FarSide, clock: VirtualTimeLoop) -> None:
        super().__init__(chats, judge=far.judge, now=clock.now)
        self._far = far
        self._fault: Fault | None = None

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        await self._far.way(parameters["text"])
        self._fault = self._far.arrive(int(parameters["chat_id"]), parameters["text"])
        return await super()._send_message(parameters, request)

    def _next_fault(self, chat: Chat) -> Fault | None:
        del chat  # it is asked as soon as the message has arrived
        return self._fault

    async def _answer_accepted(
        self, message: AcceptedMessage, fault: Fault | None, request: web.Request
    ) -> web.StreamResponse:
        self._far.accept(message.html, fault)
        return await super()._answer_accepted(message, fault, request)


class LimitsRun:
    """One run.

    Args:
        folder: for the store; best in memory, for it is virtual time that is measured, not this disk.
        alerts: how many.
        seed: of all dice.
        client: through the unmodified python-telegram-bot to a Bot API server on loopback.
    """

    def __init__(self, folder: Path, *, alerts: int, seed: int, client: bool, clock: VirtualTimeLoop) -> None:
        self._alerts = alerts
        self._client = client
        self._clock = clock
        self._dice = random.Random(seed)  # noqa: S311 - guards nothing
        self._fate = random.Random(f"{seed} lives")  # noqa: S311 - likewise
        self._far = FarSide(clock, seed)
        self._folder = folder
        self._drain: OutboxDrain | None = None
        self._starts: list[datetime] = []
        self._crashes = 0

    async def run(self) -> LimitsReport:
        """Owe all the alerts, and deliver until no channel but the broken one is owed any."""
        async with AsyncExitStack() as opened:
            store = opened.enter_context(open_store(file_url(self._folder / "digest.db"), migrate=True))
            thread = await opened.enter_async_context(StoreThread())
            open_channel = await self._opener(opened)
            owing = asyncio.create_task(self._owe_all(store, thread))
            while not (owing.done() and await thread.call(self._settled, store)):
                await self._live(store, thread, open_channel)
            await owing
        return self._report()

    async def _opener(self, opened: AsyncExitStack) -> Callable[[ChannelSpec, str], Channel]:
        if not self._client:
            return lambda _, chat: DirectChannel(self._far, self._clock, chat)
        numbers = set((_CHATS | _CROWD).values())
        chats = tuple(Chat(number, "A chat", "private" if number > 0 else "supergroup") for number in numbers)
        api = await opened.enter_async_context(WhimsicalApi(chats, self._far, self._clock))
        bot = await opened.enter_async_context(TelegramBot(_Token(), api.url))
        open_channel = channel_opener(bot)
        return lambda spec, chat: LineByLine(open_channel(spec, chat))

    # --- what is owed --------------------------------------------------------------------------------------------

    async def _owe_all(self, store: Store, thread: StoreThread) -> None:
        """Burst after burst."""
        owed = 0
        while owed < self._alerts:
            names = self._burst(self._alerts - owed, crowd=not owed)
            planned = [self._plan(owed + number, name) for number, name in enumerate(names)]
            await thread.call(store.outbox.owe, planned, [], self._clock.now())
            if self._drain is not None:
                self._drain.ring()
            owed += len(planned)
            await asyncio.sleep(self._dice.expovariate(1 / _BETWEEN_BURSTS))

    def _burst(self, most: int, *, crowd: bool) -> list[str]:
        """The channels that are owed an alert each, at one moment; without chance, those of the crowd."""
        if crowd or self._dice.random() < _CROWD_CHANCE:
            return (list(_CROWD) * _CROWD_BURST)[:most]
        return self._dice.choices(list(_CHATS), _SHARES, k=min(self._dice.randint(1, _BURST), most))

    def _plan(self, number: int, channel: str) -> PlannedDelivery:
        """One alert; some are long, and come in three parts."""
        severity = self._dice.choices(_SEVERITIES, (8, 8, 3, 1))[0]
        title = f"alert {number:06}"
        long = self._dice.randrange(50) == 0
        parts = tuple(f"{title} part {part}" for part in range(3)) if long else (title,)
        for part in parts:
            self._far.seen[part] = Seen(self._clock.now(), severity, channel)
        return PlannedDelivery(channel, DeliveryKind.ALERT, severity, title, {"lines": list(parts)})

    def _settled(self, store: Store) -> bool:
        open_states = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD)
        return not any(each.channel != _BROKEN for each in store.outbox.list(open_states))

    # --- one life of the engine's delivering half ----------------------------------------------------------------

    async def _live(
        self, store: Store, thread: StoreThread, open_channel: Callable[[ChannelSpec, str], Channel]
    ) -> None:
        """Deliver for a while with a drain of its own, then stop in good order, or at once, as if killed."""
        self._starts.append(self._clock.now())
        self._drain = drain = OutboxDrain(
            store,
            thread,
            channels=SPECS,
            off={},
            open_channel=open_channel,
            policy=DeliveryPolicy(timedelta(hours=24), RetryPolicy(resend=_RESEND), flood=self._alerts),
            now=self._clock.now,
        )
        await drain.prepare()
        stop = asyncio.Event()
        running = asyncio.create_task(drain.run(stop))
        done, _ = await asyncio.wait({running}, timeout=self._fate.uniform(*_LIFE))
        self._drain = None
        if self._fate.random() < 0.5 or done:
            stop.set()
            await running
        else:
            self._crashes += 1
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            await asyncio.sleep(_DOWN)
            self._far.judge.unheard(self._clock.now() - timedelta(seconds=_DOWN + 2 * _LATENCY[1]))
        for delivery in await thread.call(store.outbox.list, [DeliveryState.SENDING]):
            for part in delivery.parts[len(delivery.message_ids) :][:1]:
                self._far.seen[part].doubts += 1

    # --- what was seen -------------------------------------------------------------------------------------------

    def write_log(self, path: Path) -> None:
        """All that arrived, a line each: when, where, what; and what broke a limit."""
        judge = self._far.judge
        lines = [f"{each.at.isoformat()} {each.chat} {each.note!r}" for each in judge.arrivals]
        lines += [f"VIOLATION {each}" for each in judge.violations]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _report(self) -> LimitsReport:
        far = self._far
        mine = {part: seen for part, seen in far.seen.items() if seen.channel != _BROKEN}
        return LimitsReport(
            alerts=self._alerts,
            parts=len(far.seen),
            minutes=self._clock.time() / 60,
            starts=len(self._starts),
            crashes=self._crashes,
            arrivals=len(far.judge.arrivals),
            silences=far.silences,
            repeats=sum(max(0, len(seen.accepted) - 1) for seen in mine.values()),
            violations=[str(each) for each in far.judge.violations],
            lost=[part for part, seen in mine.items() if not seen.accepted],
            unexplained=[part for part, seen in mine.items() if not _explained(seen)],
            overtaken=_overtaken(mine),
            busiest_second=_busiest_second([each.at for each in far.judge.arrivals]),
            lags={name: _lag(_CHATS[name], far, self._starts) for name in BUSY},
            broken_tries=far.broken_tries,
        )


class _Token:
    """The server's own, which opens nothing else."""

    def reveal(self) -> str:
        """The token itself."""
        return TOKEN


def _explained(seen: Seen) -> bool:
    """Whether every repeat is labelled, and had a lost answer or a crash before it."""
    repeats = seen.accepted[1:]
    return all(repeats) and len(repeats) <= seen.doubts


def _overtaken(mine: Mapping[str, Seen]) -> list[str]:
    """Urgent alerts that were owed, and not yet tried, when a low one to the same channel left."""
    urgent: defaultdict[str, list[tuple[str, Seen]]] = defaultdict(list)
    for part, seen in mine.items():
        if seen.severity is Severity.URGENT and _begins(part):
            urgent[seen.channel].append((part, seen))
    under_way = timedelta(seconds=_LATENCY[1])
    return [
        f"{part} by {other}"
        for other, low in mine.items()
        if low.severity is Severity.LOW and _begins(other) and low.tried
        for part, seen in urgent[low.channel]
        if seen.owed < low.tried[0] - under_way and (not seen.tried or seen.tried[0] > low.tried[0])
    ]


def _begins(part: str) -> bool:
    """Whether a message begins with this part; the rest of one in hand goes before anything else."""
    return not part.endswith((" part 1", " part 2"))


def _busiest_second(times: Sequence[datetime]) -> int:
    """The most messages that arrived within one second."""
    second = timedelta(seconds=1)
    return max(bisect_left(times, at + second, first) - first for first, at in enumerate(times))


def _lag(chat: int, far: FarSide, starts: Sequence[datetime]) -> float:
    """How much longer than a second (in a group: a minute) it takes to the next (the twentieth) message, mostly.

    Where something else than the limits holds it up it says nothing of them: the message before came too late itself,
    or met a fault, or the engine began anew in between.
    """
    step, least = (1, timedelta(seconds=1)) if chat > 0 else (20, timedelta(minutes=1))
    times = [each.at for each in far.judge.arrivals if each.chat == chat]
    return median(
        (at - first - least).total_seconds()
        for first, before, at in zip(times, times[step - 1 :], times[step:], strict=False)
        if before <= first + least
        if (chat, before) not in far.faults
        if not any(before < start <= at for start in starts)
    )


@contextmanager
def _seldom_looking() -> Iterator[None]:
    """Nobody else owes messages here, or mutes a rule, so the channels need not look for that every other second."""
    usual = deliver_channel.LOOK_AGAIN
    deliver_channel.LOOK_AGAIN = timedelta(seconds=30)  # type: ignore[misc]
    try:
        yield
    finally:
        deliver_channel.LOOK_AGAIN = usual  # type: ignore[misc]


def run_limits(folder: Path, *, alerts: int, seed: int, client: bool) -> LimitsReport:
    """A run in a loop of its own; see `LimitsRun`. The log of all arrivals is ``arrivals.log`` in the folder."""
    random.seed(seed)  # the waits between retries have a share of chance
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        run = LimitsRun(folder, alerts=alerts, seed=seed, client=client, clock=loop)
        with _seldom_looking():
            report = runner.run(run.run())
    run.write_log(folder / "arrivals.log")
    return report
