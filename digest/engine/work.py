"""The engine at work: what starts what, and how all of it ends.

::

    prepare: sync feeds and channels, load the rules, recover the outbox
         │
         ▼
    clock ─ twice a second ─▶ requests of faces; due feeds ─▶ polling ─▶ commits ─ ring ─▶ outbox drain
          ├ at their times ─▶ digests ─ ring ─▶ outbox drain
          ├ a look at whether all is well ─ notices ─ ring ─▶ outbox drain
          └ upkeep once a day, a heartbeat for the faces
    rules ─ follow their folder
    companions (the bot) ─ beside all this
    vitals ─ signs of life; a part, or the process, that hangs begins anew

On SIGTERM, Ctrl-C or a closed terminal nothing new is begun; polls and messages under way get a few seconds, and what
they brought is committed. What is left over is still due, or still owed, at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import digest
from digest.delivery.decide import Policy, decide
from digest.engine.companions import accompany, name_of
from digest.engine.polling.commits import CommitQueue
from digest.engine.polling.poll import Poller
from digest.engine.polling.rounds import Polling
from digest.engine.requests import Wishes, WrongClock
from digest.engine.schedule import Clock
from digest.engine.sending.digest_times import DigestTrigger
from digest.engine.sending.digests import owe_digest_now, owe_due_digests
from digest.errors import EngineError, StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

    from digest.config import Config
    from digest.delivery.decide import Decide
    from digest.engine.companions import Companion, Surroundings
    from digest.engine.footing import Footing
    from digest.engine.ground.vitals import Vitals
    from digest.engine.polling.poll import Tools
    from digest.engine.sending.notices import Notices
    from digest.engine.sending.outbox import OutboxDrain
    from digest.values.states import Request

_TICK = timedelta(seconds=0.5)
_HEARTBEAT = timedelta(seconds=2)
_UPKEEP = timedelta(days=1)
_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # the last one: the terminal was closed
_MAKE_UP = timedelta(seconds=10)
_NOTICES = timedelta(minutes=1)  # between two looks at whether all is well
_FIRST_NOTICES = timedelta(seconds=5)  # after the start: the first polls tell more than what was stored
_SETTLE = timedelta(minutes=1)
_MISSED_DIGESTS = timedelta(minutes=10)  # between two looks for one that the store was not there for
_FIRST_UPKEEP = timedelta(minutes=5)  # after the start, which has enough to do
_POLL_GRACE = 2.0  # seconds for polls under way when the engine stops
_LONG_ABSENCE = timedelta(minutes=10)
_CATCH_UP, _SHORT_CATCH_UP = 120.0, 5.0  # seconds that alerts wait for the first polls after a long or a short absence
_PRUNE_PAUSE = 0.1  # seconds between two batches
_DRAIN_PAUSE = 5.0  # seconds before delivering is taken up again after a fault of our own

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watching:
    """What watches over the engine, and what it watches over."""

    footing: Footing
    """The files it stands on."""
    vitals: Vitals
    notices: Notices


class Engine:
    """The parts, put together.

    Args:
        config: as loaded.
        tools: what polls are done with, open.
        drain: delivers what is owed.
        off: why a channel is out of service, by its name.
        watching: over itself and over all that users should hear of.
    """

    def __init__(
        self, config: Config, tools: Tools, drain: OutboxDrain, off: Mapping[str, str], watching: Watching
    ) -> None:
        self._config = config
        self._footing = watching.footing
        self._vitals = watching.vitals
        self._notices = watching.notices
        self._lost = ""
        self._absence = timedelta(0)
        self._trouble = ""  # why the store cannot be written to
        self._config_news = ""
        self._tools = tools
        self._store = tools.store
        self._drain = drain
        self._off = off
        self._stop = asyncio.Event()
        self._clock = Clock()
        self._commits = CommitQueue(tools.store, tools.thread, self._deciding, drain.ring)
        self._policy = Policy(config.poll.max_age, config.channels, off)
        self._wrong_clock = WrongClock(tools, self._deciding, drain)
        self._polling = Polling(Poller(config.poll, tools), self._commits, tools.store, tools.thread)
        self._wishes = Wishes(
            tools,
            self._polling,
            drain,
            self._deciding,
            owe_digests=self._owe_digests,
            send_digest=self._send_digest,
            stop=self._stop,
        )
        self._background: set[asyncio.Task[None]] = set()
        self._problems: Mapping[str, str] = {}

    def _deciding(self) -> Decide:
        """What decides, by the rules of now, what becomes of matches."""
        return partial(decide, replace(self._policy, routes=self._tools.rules.routes))

    async def prepare(self) -> None:
        """Make the store fit the config, load the rules, and find what a crash left in the outbox.

        Raises:
            StoreError: the store failed.
        """
        for number in _STOPS:
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
                asyncio.get_running_loop().add_signal_handler(number, self._stop.set)
        call, now = self._tools.thread.call, datetime.now(UTC)
        last = await call(self._store.engine.state)
        self._absence = timedelta(0) if last.heartbeat is None else now - last.heartbeat
        await call(self._store.engine.started, os.getpid(), socket.gethostname(), digest.__version__, now)
        await self._drain.prepare(max(self._absence, timedelta(0)))
        await call(self._store.outbox.withdraw_notices, self._config.notices.channels, now)
        await call(self._store.polls.sync_feeds, self._config.feeds, default_every=self._config.poll.every, now=now)
        if self._vitals.hung_at:
            await self._polling.put_off(self._vitals.hung_at)
        await self._tools.rules.refresh()
        await self._settle()

    async def work(self, companions: Sequence[Companion], around: Surroundings) -> int:
        """Work until a signal or a request says stop, with these beside it; returns the exit code."""
        _log.info("the engine is at work; feeds: %d, channels: %d", len(self._config.feeds), len(self._config.channels))
        keep = self._vitals.keeper.keep
        committing = asyncio.create_task(keep("storing what feeds bring", self._commits.run), name="commit polls")
        delivering = asyncio.create_task(self._deliver(), name="deliver")
        following = asyncio.create_task(keep("following the rules", self._tools.rules.watch), name="follow the rules")
        showing = asyncio.create_task(self._vitals.show(self._problem), name="signs of life")
        self._polling.on_recovery = self._catch_up
        self._catch_up(self._absence)
        beside = [
            asyncio.create_task(keep(name_of(companion), partial(accompany, companion, around)))
            for companion in companions
        ]
        self._problems = around.problems
        self._set_clock()
        stopping = asyncio.create_task(self._stop.wait(), name="wait for a stop")
        # None of these ends before the stop; one that does has failed, and the others must not go on without it.
        await asyncio.wait({committing, following, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = bool(self._lost) or not self._stop.is_set()
        self._stop.set()
        self._clock.stop()
        for task in (following, *beside):
            task.cancel()
        await asyncio.gather(self._finish_polls(committing), delivering)
        await asyncio.gather(*beside, return_exceptions=True)
        for task in (committing, following):
            if task.done() and not task.cancelled() and task.exception() is not None:
                _log.critical("%s failed", task.get_name(), exc_info=task.exception())
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
        _log.info("the engine has stopped")
        return 1 if failed else 0

    async def work_once(self) -> int:
        """Poll every feed once, owe the digests that are due, deliver what can go now; returns the exit code."""
        return await self._work_at(self._round())

    async def work_on(self, request: Request) -> int:
        """Do what a face asks for while no engine runs, deliver what can go now; returns the exit code.

        Raises:
            DigestError: it could not be done.
        """
        return await self._work_at(self._do_alone(request))

    async def _work_at(self, job: Coroutine[None, None, None]) -> int:
        """Do one thing, unless a signal says stop before it is done; returns the exit code."""
        committing = asyncio.create_task(self._commits.run(), name="commit polls")
        doing = asyncio.create_task(self._answering_beside(job), name="one job")
        stopping = asyncio.create_task(self._stop.wait(), name="wait for a stop")
        await asyncio.wait({committing, doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        doing.cancel()
        stopping.cancel()
        await self._finish_polls(committing)
        await asyncio.gather(doing, return_exceptions=True)
        if doing.cancelled():
            return 1
        doing.result()
        return 0

    async def _answering_beside(self, job: Coroutine[None, None, None]) -> None:
        """Do one thing, and what faces ask for while it goes on; who asks after that does it without this engine."""
        taking = asyncio.create_task(self._take_requests(), name="take requests")
        try:
            await job
        finally:
            taking.cancel()
        while self._background:
            await asyncio.wait(set(self._background), timeout=_TICK.total_seconds())
            await self._drain.run_once()

    async def _take_requests(self) -> None:
        """Take up what faces ask for until cancelled."""
        while True:
            try:
                await self._take_up_requests()
            except StoreError as error:
                _log.warning("what was asked for waits for the store: %s", error)
            await asyncio.sleep(_TICK.total_seconds())

    async def _do_alone(self, request: Request) -> None:
        """Do what was asked, and deliver what can go now."""
        if words := await self._wishes.do(request):
            raise EngineError(words)
        await self._drain.run_once()

    async def _round(self) -> None:
        """Poll every feed, owe the digests that are due and what else there is to tell, and deliver what can go now."""
        await self._polling.poll_now()
        await self._owe_digests()
        await self._notices.look(once=True)
        await self._drain.run_once()

    # --- jobs ----------------------------------------------------------------------------------------------------

    def _set_clock(self) -> None:
        """Everything that happens at its time."""
        self._clock.on_jump(self._take_jump)
        self._clock.every(_TICK, self._tick, brief=True)
        self._clock.every(_HEARTBEAT, self._heartbeat, brief=True)
        self._clock.every(_NOTICES, self._look_whether_all_is_well, after=_FIRST_NOTICES, brief=True)
        self._clock.every(_UPKEEP, self._upkeep, after=_FIRST_UPKEEP)
        self._clock.every(_SETTLE, self._settle, after=_SETTLE, brief=True)
        self._clock.every(_UPKEEP, self._refold)  # at once: a new version may fold otherwise
        self._clock.every(_MAKE_UP, self._wrong_clock.make_up)  # at once, and whenever the wall clock jumped
        self._clock.every(_MISSED_DIGESTS, self._owe_digests)  # at once, and now and then; else at their times
        for spec in self._config.digests:
            self._clock.at(DigestTrigger(spec), self._owe_digests)
        self._clock.start()

    async def _tick(self) -> None:
        """Take up what faces ask for, and start polling what is due."""
        await self._take_up_requests()
        self._clock.look_for_jump()  # before what became due meanwhile is polled
        if not self._trouble:
            await self._polling.start_due()

    async def _take_up_requests(self) -> None:
        """Begin with everything that faces ask for."""
        while (request := await self._tools.thread.call(self._store.requests.claim, datetime.now(UTC))) is not None:
            self._in_background(self._wishes.answer(request), f"request {request.id}")

    def _in_background(self, job: Coroutine[None, None, None], name: str) -> None:
        """Let a job run beside the others, until it is done or the engine stops."""
        task = asyncio.create_task(job, name=name)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _catch_up(self, absence: timedelta) -> None:
        """After a start, a sleep or an outage of the network: too many alerts that come now are to be one message."""
        self._drain.gather(gathering=True)
        self._in_background(self._see_caught_up(absence), "catch up")

    async def _see_caught_up(self, absence: timedelta) -> None:
        """Poll what has become due while nobody was there before its alerts go.

        After a short absence there is little to wait for, and a feed that hangs is not to hold up the others for long.
        """
        try:
            async with asyncio.timeout(_CATCH_UP if absence >= _LONG_ABSENCE else _SHORT_CATCH_UP):
                await self._polling.see_due_through()
        except (StoreError, TimeoutError) as error:  # told by the polls themselves
            _log.debug("not every feed was seen through: %s", error)
        finally:
            self._drain.gather(gathering=False)

    async def _heartbeat(self) -> None:
        """Tell the faces that the engine lives, and what it does; end it when what it stands on is gone."""
        self._lost = self._footing.lost()
        if self._lost:
            _log.critical("%s: it ends, for whatever it stored from here on would be lost", self._lost)
            self._stop.set()
            return
        busy = self._polling.under_way
        activity = f"polling {busy} {'feed' if busy == 1 else 'feeds'}" if busy else ""
        self._config_news = self._footing.config_news()
        try:
            beat = partial(self._store.engine.beat, problem=self._problem(in_store=True))
            await self._tools.thread.call(beat, datetime.now(UTC), activity)
        except StoreError as error:
            if self._trouble != str(error):
                _log.error("nothing is polled while nothing can be stored: %s", error)
                self._trouble = str(error)
            return
        if self._trouble:
            _log.info("polling goes on: the database can be written to again")
            self._trouble = ""

    def _problem(self, *, in_store: bool = False) -> str:
        """What a user should know of, in plain words, the worst first; ``in_store``: where the store can say it."""
        trouble = "" if in_store else self._trouble
        beside = "; ".join(self._problems.values())
        return trouble or self._polling.problem or self._vitals.problem() or beside or self._config_news

    async def _look_whether_all_is_well(self) -> None:
        """Tell what is wrong, and what is over."""
        await self._notices.look()

    async def _owe_digests(self) -> None:
        """Compose the digests that are due and were not composed yet."""
        owe = partial(owe_due_digests, self._store, self._config.digests, self._config.channels, self._off)
        if await self._tools.thread.call(owe, datetime.now(UTC)):
            self._drain.ring()

    async def _send_digest(self, name: str, since: datetime) -> None:
        """Owe a digest of the time since then, as somebody asked for it.

        Raises:
            EngineError: there is none of that name, or nothing that its channels could be told.
        """
        spec = next((spec for spec in self._config.digests if spec.name == name), None)
        if spec is None:
            raise EngineError(f"the engine knows no digest “{name}” yet: digest stop and a new start apply the config")
        in_service = [channel for channel in self._config.channels if channel.name not in self._off]
        owe = partial(owe_digest_now, self._store, spec, in_service, since)
        if not await self._tools.thread.call(owe, datetime.now(UTC)):
            raise EngineError(f"nothing that alerted since then is for the channels of the digest “{name}”")
        self._drain.ring()

    def _take_jump(self, ahead: float) -> None:
        """The machine slept, or the clock was set: no such time was spent at work."""
        self._wrong_clock.jumped(ahead)
        absence = timedelta(seconds=ahead)
        self._in_background(self._note_break(), "note a break")
        self._in_background(self._drain.woke(absence), "note an absence")
        if absence >= _LONG_ABSENCE:
            self._catch_up(absence)

    async def _note_break(self) -> None:
        """Let what takes long be counted on from now."""
        try:
            await self._tools.thread.call(lambda: self._store.engine.woke(datetime.now(UTC)))
        except StoreError as error:
            _log.warning("that the clock jumped was not stored: %s", error)

    async def _upkeep(self) -> None:
        """Let go of what is too old, batch by batch, so that polls get their turn."""
        if not self._clock.is_trusted():
            _log.warning("nothing is let go of today: the clock went forward by more than a day just now")
            return
        keep = self._config.keep
        prune = partial(self._store.upkeep.prune, entries=keep.entries, alerts=keep.alerts, seen=keep.seen)
        while await self._tools.thread.call(lambda: prune(now=datetime.now(UTC))):
            if await self._stops_within(_PRUNE_PAUSE):
                return

    async def _settle(self) -> None:
        """Let no more than the last minute stand in the database's log alone."""
        await self._tools.thread.call(self._store.database.settle)

    async def _refold(self) -> None:
        """Fold stored texts as they are folded today, batch by batch; until that is done searches do it as they go."""
        call, place = self._tools.thread.call, await self._tools.thread.call(self._store.upkeep.refold, None)
        while place is not None:
            if await self._stops_within(_PRUNE_PAUSE):
                return
            place = await call(self._store.upkeep.refold, place)

    # --- the end -------------------------------------------------------------------------------------------------

    async def _deliver(self) -> None:
        """Deliver until the stop; a fault of our own is logged, and delivering taken up again."""
        while not self._stop.is_set():
            try:
                await self._drain.run(self._stop)
            except Exception:  # noqa: BLE001 - whatever it is, feeds are polled on, and messages stay owed
                _log.exception("delivering failed")
                await self._stops_within(_DRAIN_PAUSE)

    async def _stops_within(self, seconds: float) -> bool:
        """Wait for the stop, at most so long; says whether it came."""
        try:
            async with asyncio.timeout(seconds):
                return await self._stop.wait()
        except TimeoutError:
            return False

    async def _finish_polls(self, committing: asyncio.Task[None]) -> None:
        """Let polls under way end, and see all they brought into the store."""
        for task in self._background:
            task.cancel()
        await self._polling.stop(_POLL_GRACE)
        self._commits.finish()
        await asyncio.wait({committing, *self._background})
