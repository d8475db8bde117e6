"""The engine at work: what starts what, and how all of it ends.

::

    prepare: sync feeds and channels, load the rules, recover the outbox
         │
         ▼
    clock ─ twice a second ─▶ requests of faces; due feeds ─▶ polling ─▶ commits ─ ring ─▶ pages, outbox drain
          ├ at their times ─▶ digests ─ ring ─▶ outbox drain
          ├ digests that wait for the language model ─ asked, ring ─▶ outbox drain
          ├ a look at whether all is well ─ notices ─ ring ─▶ outbox drain
          ├ urgent alerts that nobody took in time ─ owed to the next channel, ring ─▶ outbox drain
          ├ hubs are asked, renewed, and heard: their feeds are due (``websub``)
          └ upkeep, a heartbeat for the faces
    pages of matched entries ─ ring ─▶ outbox drain
    rules, config ─ follow their files; another config is taken as a new start would take it
    companions (the bot) ─ beside all this
    watchdog ─ a part, or the process, that hangs begins anew

On SIGTERM, Ctrl-C or a closed terminal nothing new is begun; polls and messages under way get a few seconds, and what
they brought is committed. What is left over is still due, or still owed, at the next start.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

import digest
from digest.clock import ALWAYS
from digest.config.policy import decides
from digest.delivery.queue import SETTLED
from digest.engine.companions import accompany, name_of
from digest.engine.ground.logs import hide, write_as
from digest.engine.heartbeat import Heartbeat
from digest.engine.polling.commits import CommitQueue
from digest.engine.polling.poll import Poller
from digest.engine.polling.rounds import Polling, limits_of
from digest.engine.requests import RequestRunner, WrongClock
from digest.engine.schedule import Clock
from digest.engine.sending.chat import Coming
from digest.engine.sending.digests import DigestTrigger, owe_due_digests
from digest.engine.sending.escalations import escalate
from digest.engine.sending.open import delivery_policy, secrets_of
from digest.engine.upkeep import UpkeepJobs
from digest.engine.websub import WebSub
from digest.errors import StoreError
from digest.rulebook.folders import RuleFolders
from digest.values.events import EventKind, event

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from digest.config import Config
    from digest.delivery.decide import Decide
    from digest.engine.companions import Companion, Surroundings
    from digest.engine.config import LiveConfig
    from digest.engine.ground.watchdog import Watchdog
    from digest.engine.pages import PageQueue
    from digest.engine.polling.poll import PollTools
    from digest.engine.sending.notices import Notices
    from digest.engine.sending.outbox import OutboxDrain
    from digest.engine.sending.picks import Picks
    from digest.presence import EngineLock

_TICK = timedelta(seconds=0.5)
_HEARTBEAT = timedelta(seconds=2)
_UPKEEP = timedelta(days=1)
_FIRST_UPKEEP = timedelta(minutes=5)  # after the start, which has enough to do
_SETTLE = timedelta(minutes=1)
_MAKE_UP = timedelta(seconds=10)
_STORIES = timedelta(seconds=1)  # between two looks for entries that are in no story yet
_ESCALATIONS = timedelta(seconds=1)  # between two looks at whether somebody took what is urgent
_NOTICES = timedelta(minutes=1)  # between two looks at whether all is well
_PICKS = timedelta(seconds=1)  # between two looks for digests that wait for the language model
_FIRST_NOTICES = timedelta(seconds=5)  # after the start: the first polls tell more than what was stored
_MISSED_DIGESTS = timedelta(minutes=10)  # between two looks for one that the store was not there for
_STOPS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)  # the last one: the terminal was closed
_POLL_GRACE = 2.0  # seconds for polls under way when the engine stops
_LONG_ABSENCE = timedelta(minutes=10)
_CATCH_UP = timedelta(seconds=120)  # that alerts wait at most for the first polls after a long absence
_SHORT_CATCH_UP = timedelta(seconds=5)  # ... and after a short one
JUST_DUE: Final = timedelta(seconds=2)  # within which a feed that is due counts as due when nobody was there
_DRAIN_PAUSE = 5.0  # seconds before delivering is taken up again after a fault of our own

OFF: Final = "the channel %s is off: %s"
"""What the log says of one."""
_log = logging.getLogger(__name__)


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Have what a service manager, a user or a terminal that closes sends call this."""
    for number in _STOPS:
        if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            asyncio.get_running_loop().add_signal_handler(number, stop)


class Engine:
    """The parts, put together.

    Args:
        config: followed while it works.
        tools: what polls are done with, open.
        drain: delivers what is owed.
        pages: reads the pages of matched entries.
        notices: tells users what is wrong.
        lock: held.
        watchdog: over all this.
        picks: asks the language model of digests, if there is one.
        off: which channels of a config are off, by name, and why.
        polling: what polls; or has others poll.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a thing of its own
        self,
        config: LiveConfig,
        tools: PollTools,
        drain: OutboxDrain,
        pages: PageQueue,
        notices: Notices,
        lock: EngineLock,
        watchdog: Watchdog,
        picks: Picks,
        off: Callable[[Config], Mapping[str, str]],
        polling: type[Polling] = Polling,
    ) -> None:
        store, thread = tools.store, tools.thread

        def deciding() -> Decide:
            """What decides, by the rules of now, what becomes of matches."""
            return decides(config.now(), tools.rules.routes, tools.rules.telling)

        self._config = config
        config.taking = self.take
        self._off = off
        self._store = store
        self._call = thread.call
        self._tools = tools
        self._rules = tools.rules
        self.drain = drain
        self.pages = pages
        self.notices = notices
        self.picks = picks
        self._watchdog = watchdog
        self.stop = asyncio.Event()
        self._told = False
        """Whether a signal says so; else the engine may have to end for what it has lost."""
        self.beside: set[asyncio.Task[None]] = set()
        self._around: Surroundings | None = None
        self._companions: dict[Companion, asyncio.Task[None]] = {}
        self._digests: list[Callable[[], None]] = []
        """Each takes the times of one out of the clock."""
        self._absence = timedelta(0)
        self._noting: asyncio.Task[None] | None = None
        """Notes the last break of work."""
        self._clock = Clock(watchdog.keeper)
        self.commits = CommitQueue(store, thread, deciding, self._ring)
        poller = Poller(lambda: config.now().poll, tools)
        self.polling = polling(poller, self.commits, store, thread)
        self.websub = WebSub(config.now, tools, self._begin_beside, self.polling.is_under_way)
        poller.is_pushed = self.websub.is_relied_on
        self.polling.on_stored = self.websub.learn
        self._wrong_clock = WrongClock(tools, deciding, drain)
        self.requests = RequestRunner(
            config,
            tools,
            self.polling,
            drain,
            deciding,
            owe_digests=self.owe_digests,
            read_pages=pages.see_through,
            ask_model=self._ask_model,
            beside=self._begin_beside,
            stop=self.stop,
        )
        self._upkeep = UpkeepJobs(
            lambda: config.now().keep, store, thread, is_trusted=self._clock.is_trusted, stops_within=self._stops_within
        )
        self._heartbeat = Heartbeat(lock, store, thread, config.problem, self._activity, self._worst)

    async def prepare(self) -> None:
        """Make the store fit the config, load the rules, and find what a crash left in the outbox.

        Raises:
            StoreError: the store failed.
        """
        stop_on_signals(self._be_told)
        call, store, config, now = self._call, self._store, self._config.now(), datetime.now(UTC)
        last = await call(store.engine.state)
        self._absence = timedelta(0) if last.heartbeat is None else now - last.heartbeat
        await call(store.engine.started, os.getpid(), socket.gethostname(), digest.__version__, now)
        await self.drain.prepare()
        await self._fit_store(config)
        if self._watchdog.hung_at:
            await self.polling.put_off(self._watchdog.hung_at)
        await self._rules.refresh()
        await self.commits.join_alerted()
        await self._upkeep.settle()

    def _be_told(self) -> None:
        """Somebody wants it to end."""
        self._told = True
        self.stop.set()

    # --- the config ----------------------------------------------------------------------------------------------

    async def _fit_store(self, config: Config) -> None:
        """Make feeds and notices those of a config."""
        now, poll = datetime.now(UTC), config.poll
        await self._call(self._store.outbox.withdraw_notices, config.notices.channels, now)
        await self._call(
            self._store.polls.sync_feeds,
            config.feeds,
            default_every=poll.every,
            now=now,
            bounds=(poll.min, poll.max),
        )

    async def take(self, config: Config) -> None:
        """Go on with another config, as a new start with it would; again the same does no harm.

        All that is not told here asks for the config of now, which is this one in a moment.

        Raises:
            StoreError: the store failed.
        """
        hide(secrets_of(config))
        await asyncio.to_thread(write_as, config.log.format)  # it may import much, as may the next
        was = self._config.now()
        off, was_off = await asyncio.to_thread(lambda: (self._off(config), self._off(was)))
        if (config.every_channel, config.telegram, off) != (was.every_channel, was.telegram, was_off):
            self.drain.use(config.every_channel, off, delivery_policy(config))
            await self.drain.fit()
        if config.poll != was.poll:  # before there are feeds that need it
            limits = limits_of(config.poll)
            self._tools.slots.use(config.poll.concurrency, config.poll.per_host)
            self._tools.fetcher.use(limits)
            self.pages.use(limits)
        if (config.feeds, config.poll, config.notices) != (was.feeds, was.poll, was.notices):
            await self._fit_store(config)
            await self.polling.leave_out()
        self._rules.use(RuleFolders(config.rule_folders), config.desks_of_channels)
        self._plan_digests(config)
        self._begin_companions()
        for name in off.keys() - was_off.keys():
            _log.warning(OFF, name, off[name], extra=event(EventKind.CHANNEL_OFF, channel=name, reason=off[name]))

    def _plan_digests(self, config: Config) -> None:
        """Set the clock to the times of these digests alone."""
        for take_out in self._digests:
            take_out()
        self._digests = [self._clock.at(DigestTrigger(spec), self.owe_digests) for spec in config.digests]

    def _begin_companions(self) -> None:
        """Begin again those that had nothing to do; they look at the config of now once this task rests."""
        for each, task in self._companions.items():
            if self._around is not None and task.done():
                self._accompany(each, self._around)

    def _accompany(self, companion: Companion, around: Surroundings) -> None:
        name = name_of(companion)
        keeping = self._watchdog.keeper.keep(name, partial(accompany, companion, around))
        self._companions[companion] = asyncio.create_task(keeping, name=name)

    # --- until it is stopped -------------------------------------------------------------------------------------

    async def work(self, companions: Sequence[Companion], around: Surroundings) -> int:
        """Work until a signal or a request says stop, with these beside it; returns the exit code."""
        config = self._config.now()
        begun, feeds, channels = event(EventKind.ENGINE_STARTED), len(config.feeds), len(config.channels)
        _log.info("the engine is at work; feeds: %d, channels: %d", feeds, channels, extra=begun)
        self._around = around
        keep = self._watchdog.keeper.keep
        committing = asyncio.create_task(keep("storing what feeds bring", self.commits.run), name="commit polls")
        following = asyncio.create_task(keep("following the rules", self._rules.watch), name="follow the rules")
        reloading = asyncio.create_task(keep("following the config", self._config.watch), name="follow the config")
        reading = asyncio.create_task(keep("reading pages", self.pages.run), name="read pages")
        delivering = asyncio.create_task(self._deliver(), name="deliver")
        watching = asyncio.create_task(self._watchdog.watch(self._heartbeat.problem), name="signs of life")
        self.polling.on_recovery = self._catch_up
        self._catch_up(self._absence)
        for each in companions:
            self._accompany(each, around)
        self._set_clock()
        stopping = asyncio.create_task(self.stop.wait(), name="wait for a stop")
        # None of these ends before the stop; one that does has failed, and the others must not go on without it.
        await asyncio.wait({committing, following, reloading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        failed = not self.stop.is_set()
        self.stop.set()
        self._clock.stop()
        await self.websub.close()
        reloading.cancel()  # first: it may begin others
        beside = self._companions.values()
        for task in (following, reading, *beside):
            task.cancel()
        await asyncio.gather(self.finish_polls(committing), delivering)
        await asyncio.gather(reading, *beside, return_exceptions=True)
        for task in (committing, following, reloading):
            if task.done() and not task.cancelled() and task.exception() is not None:
                _log.critical("%s failed", task.get_name(), exc_info=task.exception())
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        _log.info("the engine has stopped", extra=event(EventKind.ENGINE_STOPPED))
        return 1 if failed or (self._heartbeat.lost() and not self._told) else 0

    def _set_clock(self) -> None:
        """Everything that happens at its time."""
        clock = self._clock
        clock.on_jump(self._take_jump)
        clock.every(_TICK, self._tick)
        clock.every(_TICK, self._tend_subscriptions)
        clock.every(_HEARTBEAT, self._beat)
        clock.every(_STORIES, self.commits.join_rest)
        clock.every(_NOTICES, self._look_whether_all_is_well, after=_FIRST_NOTICES)
        clock.every(_UPKEEP, self._upkeep.prune, after=_FIRST_UPKEEP)
        clock.every(_UPKEEP, self._upkeep.refold)  # at once: a new version may fold otherwise
        clock.every(_SETTLE, self._upkeep.settle, after=_SETTLE)
        clock.every(_MAKE_UP, self._wrong_clock.make_up)  # at once, and whenever the wall clock jumped
        clock.every(_MISSED_DIGESTS, self.owe_digests)  # at once, and now and then; else at their times
        clock.every(_PICKS, self._look_for_picks)
        clock.every(_ESCALATIONS, self._look_for_untaken)  # at once: its time may have come while nobody was there
        self._plan_digests(self._config.now())
        clock.start()

    async def _tick(self) -> None:
        """Take up what faces ask for, and start polling what is due."""
        await self.requests.take_up()
        self._clock.look_for_jump()  # before what became due meanwhile is polled
        if not self._heartbeat.trouble:
            await self.polling.start_due()

    async def _tend_subscriptions(self) -> None:
        """See to what hubs are asked for and have said."""
        await self.websub.tend()

    async def _beat(self) -> None:
        """Give the faces a sign of life, unless the files that the engine stands on are gone: then it ends."""
        if lost := self._heartbeat.lost():
            _log.critical("%s: it ends, for whatever it stored from here on would be lost", lost)
            self.stop.set()
        else:
            await self._notice_break()  # else the beat would say that it was at work all the time
            await self._heartbeat.beat()

    async def _look_whether_all_is_well(self) -> None:
        """Tell what is wrong, and what is over."""
        await self.notices.look()

    async def owe_digests(self) -> None:
        """Compose the digests that are due and were not composed yet."""
        config = self._config.now()
        if await self._call(owe_due_digests, self._store, config.digests, config.channels, datetime.now(UTC)):
            self.drain.ring()

    async def _look_for_untaken(self) -> None:
        """Tell other channels of urgent alerts that nobody took in time; a sleep just now is no such time."""
        await self._notice_break()
        await self.escalate()

    async def escalate(self, *, once: bool = False) -> None:
        """The same, by an engine that goes on, or that only runs now and then, whose pauses count."""
        awake = ALWAYS if once else self.drain.awake
        if await self._call(escalate, self._store, self._config.now(), awake, datetime.now(UTC)):
            self.drain.ring()

    async def _look_for_picks(self) -> None:
        """Begin to ask the language model where a digest waits for it; that takes longer than a job may."""
        if await self.picks.is_wanted():
            self._begin_beside(self._ask_beside(), "ask the language model")

    async def _ask_beside(self) -> None:
        try:
            await self._ask_model()
        except StoreError as error:  # the next look begins anew
            _log.warning("what the language model is asked waits for the store: %s", error)

    async def _ask_model(self) -> None:
        """Ask the language model, if there is one, what digests wait for."""
        await self.picks.see_through()

    def _take_jump(self, ahead: float) -> None:
        """The machine slept, or the clock was set: no such time was spent at work."""
        self._wrong_clock.jumped(ahead)
        absence = timedelta(seconds=ahead)
        self.websub.were_away()
        self._noting = self._begin_beside(self._note_break(absence), "note a break")
        if absence >= _LONG_ABSENCE:
            self._catch_up(absence)

    async def _notice_break(self) -> None:
        """Have a break noted that was just now, where there was one, before what goes by awake time is done."""
        self._clock.look_for_jump()
        if self._noting is not None:
            await asyncio.wait({self._noting})

    async def _note_break(self, absence: timedelta) -> None:
        """Let what takes long be counted on from now, first in the store."""
        try:
            await self._call(lambda: self._store.engine.woke(datetime.now(UTC)))
        except StoreError as error:
            _log.warning("that the clock jumped was not stored: %s", error)
        await self.drain.woke(absence)

    def _catch_up(self, absence: timedelta) -> None:
        """After a start, a sleep or an outage of the network: too many alerts that come now are to be one message."""
        most = _CATCH_UP if absence >= _LONG_ABSENCE else _SHORT_CATCH_UP
        now = datetime.now(UTC)
        coming = Coming(now + most, now + most + SETTLED)
        self.drain.gather(coming)
        self._begin_beside(self._see_caught_up(coming, most + SETTLED), "catch up")

    async def _see_caught_up(self, coming: Coming, most: timedelta) -> None:
        """Poll what has become due while nobody was there before its alerts go.

        A feed that is slow is not to hold up the others for long; but where so much has come by then that it is one
        message, that waits for the rest of it.
        """
        try:
            async with asyncio.timeout(most.total_seconds()):
                await self.polling.see_due_through(JUST_DUE)
        except (StoreError, TimeoutError) as error:  # told by the polls themselves
            _log.debug("not every feed was seen through: %s", error)
        finally:
            self.drain.let_go(coming)

    def _ring(self) -> None:
        """Something new was stored."""
        self.pages.ring()
        self.drain.ring()

    async def _deliver(self) -> None:
        """Deliver until the stop; a fault of our own is logged, and delivering taken up again."""
        while not self.stop.is_set():
            try:
                await self.drain.run(self.stop)
            except StoreError as error:
                _log.warning("delivering waits for the store: %s", error)
                await self._stops_within(_DRAIN_PAUSE)
            except Exception:  # noqa: BLE001 - whatever it is, feeds are polled on, and messages stay owed
                _log.exception("delivering failed")
                await self._stops_within(_DRAIN_PAUSE)

    def _activity(self) -> str:
        """What it does, for the faces."""
        busy = self.polling.under_way
        return f"polling {busy} {'feed' if busy == 1 else 'feeds'}" if busy else ""

    def _worst(self) -> str:
        """What is wrong with the parts, in plain words."""
        bot = "; ".join(self._around.problems.values()) if self._around else ""
        return self.polling.problem or self._watchdog.problem() or self.websub.problem or bot

    # --- beginnings and ends -------------------------------------------------------------------------------------

    def _begin_beside(self, job: Coroutine[None, None, None], name: str) -> asyncio.Task[None]:
        """Let a job run beside the others, until it is done or the engine stops."""
        task = asyncio.create_task(job, name=name)
        self.beside.add(task)
        task.add_done_callback(self.beside.discard)
        return task

    async def _stops_within(self, seconds: float) -> bool:
        """Wait for the stop, at most so long; says whether it came."""
        try:
            async with asyncio.timeout(seconds):
                return await self.stop.wait()
        except TimeoutError:
            return False

    async def finish_polls(self, committing: asyncio.Task[None]) -> None:
        """Let polls under way end, and see all they brought into the store."""
        for task in self.beside:
            task.cancel()
        await self.polling.stop(_POLL_GRACE)
        self.commits.finish()
        await asyncio.wait({committing, *self.beside})
