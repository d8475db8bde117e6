"""The engine as a process: one for each state folder, with a log, a database of its version, and open ends closed.

::

    lock ─▶ log ─▶ open and migrate the store ─▶ network, parsers, bot ─▶ prepare ─▶ ready ─▶ work ─▶ all closed
      └ another engine has it: refused, or with ``once`` asked to do the work
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.config import read_token
from digest.engine.companions import Surroundings
from digest.engine.config import LiveConfig
from digest.engine.ground.logs import start_logging
from digest.engine.ground.threads import DaemonThreads, StoreThread
from digest.engine.ground.watchdog import Watchdog, beat
from digest.engine.once import do_once, poll_once
from digest.engine.pages import PageQueue, PageReader
from digest.engine.parts.clock import PolledElsewhere, SentElsewhere, run_hearing, run_rescue, run_telling
from digest.engine.parts.life import Living, live_as
from digest.engine.polling.parsers import ParserPool
from digest.engine.polling.poll import PollTools
from digest.engine.polling.rounds import Polling, limits_of
from digest.engine.rules import LiveRules
from digest.engine.sending.digests import owe_due_digests
from digest.engine.sending.notices import Notices
from digest.engine.sending.open import channel_opener, delivery_policy, off_reasons, secrets_of
from digest.engine.sending.outbox import OutboxDrain
from digest.engine.sending.picks import Picks
from digest.engine.work import OFF, Engine
from digest.errors import ConfigError, DigestError, EngineError, EngineRunsError
from digest.net.fetch import Fetcher
from digest.net.slots import Slots
from digest.presence import EngineLock, engine_ready, engine_running, other_config, standstill
from digest.rulebook.folders import RuleFolders
from digest.store.engine import NOT_ANSWERED
from digest.store.store import open_store
from digest.values.events import EventKind, event
from digest.values.states import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from digest.channels.telegram import TelegramBot
    from digest.config import Config, Secret
    from digest.engine.companions import Companion
    from digest.net.model import Model
    from digest.store.store import Store
    from digest.values.settings import ModelSpec
    from digest.watch.conditions import ModelSigns

    Work = Callable[[Engine, Surroundings], Awaitable[int]]

_ASKED_AT_MOST = 600.0  # seconds that ``run --once`` waits for a running engine
_GLANCE = 0.05  # seconds between two looks at whether an engine that starts is ready
_TELL_EVERY = 10.0  # seconds
_STILL_THERE = 1.0  # seconds between two looks at whether that engine still runs
_TURN = 0.001  # seconds for which the store computes while the event loop wants its turn, at each of its steps

_log = logging.getLogger(__name__)


def run_engine(
    config: Config,
    *,
    once: bool = False,
    foreground: bool = True,
    companions: Sequence[Companion] = (),
    tell: Callable[[str], None] = lambda _: None,
) -> int:
    """Run the engine until it is stopped; with ``once``, poll every feed once, deliver what is due, and return.

    With ``once`` a running engine is asked to do it; one that ends before it came to it is followed by this one. Feeds
    that fail are no failure. Returns the exit code.

    Args:
        config: as loaded.
        once: do it once.
        foreground: tell on standard error what happens, not only in the log.
        companions: what works beside it; not with ``once``.
        tell: told what is waited for, when another engine is asked to do it.

    Raises:
        EngineError: another engine runs already; with ``once``, it was not done, and why.
        StoreError: the database cannot be opened, or is of a newer version.
    """
    work: Work = lambda engine, around: poll_once(engine) if once else engine.work(companions, around)  # noqa: E731
    while True:
        try:
            return _be_engine(config, work, foreground=foreground)
        except EngineRunsError:
            if not once:
                raise
        if _ask_running_engine(config, "poll", {}, tell):
            return 0


def do_request(
    config: Config, kind: str, args: Mapping[str, object], tell: Callable[[str], None] = lambda _: None
) -> None:
    """Have something done by the running engine, or, where none runs, by an engine that ends when it is done.

    Args:
        config: as loaded.
        kind: of the request; see ``digest.values.states.Request``.
        args: of the request.
        tell: told what is waited for.

    Raises:
        EngineError: it was not done, and why.
        StoreError: the database cannot be opened.
    """
    while engine_running(config.state) is None or not _ask_running_engine(config, kind, args, tell):
        try:
            if _be_engine(config, lambda engine, _: do_once(engine, Request(0, kind, args)), foreground=False):
                raise EngineError("it was stopped before all was done: try again")
        except EngineRunsError:  # another one was quicker: that is asked
            continue
        return


def run_clock(config: Config, *, foreground: bool) -> int:
    """Be the clock of an engine in parts until stopped, waiting for that place first; returns the exit code.

    Raises:
        EngineError: another engine runs on the same state folder, or a whole one on the same database.
        StoreError: the database cannot be opened, or is of a newer version.
    """
    beside = run_hearing, run_rescue, run_telling
    return _be_engine(config, lambda engine, around: engine.work(beside, around), foreground=foreground, clock=True)


def _be_engine(config: Config, work: Work, *, foreground: bool, clock: bool = False) -> int:
    """Take the lock, do the work of an engine, or of the clock of one, and let go; returns the exit code."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start a thread for each core, and use none
    sys.setswitchinterval(_TURN)
    token, no_token = bot_token(config)
    with EngineLock(config.state, config.path) as lock:
        secrets = [*secrets_of(config), *([token.reveal()] if token else [])]
        start_logging(config.state, foreground=foreground, secrets=secrets, form=config.log.format)

        def run(config: Config, store: Store) -> int:
            if store.database.lacks_writes:
                _log.warning("%s", store.database.lacks_writes)
            return asyncio.run(_run(config, store, lock, token, no_token, work))

        if clock:
            return live_as("clock", config, lock, run, only=True)
        with open_store(config.database, migrate=True) as store:
            return run(config, store)


def bot_token(config: Config) -> tuple[Secret | None, str]:
    """The bot's token, or why there is none."""
    try:
        token = read_token(config)
    except ConfigError as error:
        return None, error.problems[0].message
    where = config.telegram.token_file or config.telegram.token_env
    return token, "" if token else f"there is no bot token in {where}"


def _ask_running_engine(config: Config, kind: str, args: Mapping[str, object], tell: Callable[[str], None]) -> bool:
    """Have the running engine do something, and wait until it has; false where it ended before it came to it.

    Raises:
        EngineError: it was not done, and why.
    """
    waiting = _Waiting(config, tell)
    while not engine_ready(config.state):
        if not waiting.goes_on():
            return False
        time.sleep(_GLANCE)
    if not waiting.goes_on():
        return False
    with open_store(config.database) as store:
        asked = store.requests.ask(kind, args, datetime.now(UTC))
        while (answer := store.requests.wait(asked, seconds=_STILL_THERE)) is None:
            if not waiting.goes_on():
                return False
    if answer and answer != NOT_ANSWERED:
        raise EngineError(answer)
    return not answer


class _Waiting:
    """Waiting for the engine that runs.

    Args:
        config: of the one who waits.
        tell: told whom it waits for, and now and then for how long.
    """

    def __init__(self, config: Config, tell: Callable[[str], None]) -> None:
        self._config = config
        self._tell = tell
        self._began = self._told = time.monotonic()
        self._pid: int | None = None

    def goes_on(self) -> bool:
        """Whether an engine still runs that may do it.

        Raises:
            EngineError: it is another's, stands still, or was waited for long enough.
        """
        pid = engine_running(self._config.state)
        if pid is None:
            return False
        if (other := other_config(self._config.state, self._config.path)) or (
            other := standstill(self._config.state, pid)
        ):
            raise EngineError(f"the running engine (pid {pid}) cannot be asked to do it: {other}")
        now = time.monotonic()
        if now - self._began > _ASKED_AT_MOST:
            raise EngineError(f"the running engine did not answer within {_ASKED_AT_MOST / 60:.0f} minutes")
        if pid != self._pid:
            self._tell(f"the running engine (pid {pid}) is asked to do it")
        elif now - self._told > _TELL_EVERY:
            self._tell(f"still waiting for the engine (pid {pid}), for {now - self._began:.0f} s now")
            self._told = now
        self._pid = pid
        return True


async def _run(  # noqa: PLR0913, PLR0917 - all that the process has by now
    config: Config, store: Store, lock: EngineLock, token: Secret | None, no_token: str, work: Work
) -> int:
    """Open what the engine works with, let it work, and close it."""
    asyncio.get_running_loop().set_default_executor(DaemonThreads())

    def off_by(config: Config) -> Mapping[str, str]:
        return off_reasons(config.every_channel, no_token=no_token)

    off = off_by(config)
    for name, reason in off.items():
        _log.warning(OFF, name, reason, extra=event(EventKind.CHANNEL_OFF, channel=name, reason=reason))
    live, poll = LiveConfig(config), config.poll
    async with AsyncExitStack() as opened:
        thread = await opened.enter_async_context(StoreThread(beat))
        clock = store.database.backend.shared
        if clock:
            await opened.enter_async_context(Living(store, thread))
        limits = limits_of(poll)
        tools = PollTools(
            slots=Slots(poll.concurrency, poll.per_host),
            fetcher=await opened.enter_async_context(Fetcher(limits)),
            parsers=await opened.enter_async_context(ParserPool()),
            rules=LiveRules(RuleFolders(config.rule_folders), store, thread, config.desks_of_channels),
            store=store,
            thread=thread,
            access=live.access,
        )
        reader = await opened.enter_async_context(PageReader(limits, tools.slots, tools.parsers))
        watchdog = Watchdog(lock, thread.busy_for, store.database.lacks_writes)
        drain = (SentElsewhere if clock else OutboxDrain)(
            store,
            thread,
            channels=config.every_channel,
            off=off,
            open_channel=channel_opener(await open_bot(config, token, store, opened), store.mark()),
            policy=delivery_policy(config),
            owe_digests=lambda now: owe_due_digests(store, live.now().digests, live.now().channels, now),
            keeper=watchdog.keeper,
        )
        model = _ModelOfNow(live)
        notices = Notices(live.now, store, thread, drain.ring, model=model.signs, broken=live.broken)
        picks = Picks(model, store, thread, lambda: live.now().every_channel, drain.ring)
        pages = PageQueue(reader, tools.rules, store, thread, drain.ring, wanted=live.wants_pages)
        polling = PolledElsewhere if clock else Polling
        engine = Engine(live, tools, drain, pages, notices, lock, watchdog, picks, off_by, polling)
        ring = pages.ring if clock else drain.ring
        await engine.prepare()
        lock.ready()
        try:
            return await work(engine, Surroundings(live.now, store, thread, tools.rules, ring, token))
        finally:
            with contextlib.suppress(DigestError):  # the lock tells the truth; this row only tells it nicely
                await thread.call(store.engine.stopped, datetime.now(UTC))


class _ModelOfNow:
    """The language model of digests by the config of now, if there is one; it is kept while nothing is said of it."""

    def __init__(self, config: LiveConfig) -> None:
        self._config = config
        self._spec: ModelSpec | None = None
        self._model: Model | None = None

    def __call__(self) -> Model | None:
        if (spec := self._config.now().model) != self._spec:
            from digest.net.model import Model

            self._spec, self._model = spec, None if spec is None else Model(spec)
        return self._model

    def signs(self) -> ModelSigns | None:
        """Why it is not used."""
        model = self()
        return None if model is None else model.signs()


async def open_bot(config: Config, token: Secret | None, store: Store, opened: AsyncExitStack) -> TelegramBot | None:
    """The bot, if there is a token."""
    if token is None:
        return None
    from digest.channels.telegram import TelegramBot

    return await opened.enter_async_context(TelegramBot(token, config.telegram.api, mark=store.mark()))
