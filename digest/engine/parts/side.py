"""A poller, a sender or the bot as a process: beside others of its kind, each with a lock and a log of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from contextlib import AsyncExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Final

from digest.engine.config import LiveConfig
from digest.engine.ground.logs import start_logging
from digest.engine.ground.threads import DaemonThreads, StoreThread
from digest.engine.ground.watchdog import Watchdog, beat
from digest.engine.parts.life import Living, compare_config, live_as, until_over
from digest.engine.run import bot_token, open_bot
from digest.engine.sending.open import secrets_of
from digest.engine.work import stop_on_signals
from digest.errors import EngineRunsError
from digest.presence import EngineLock
from digest.values.events import EventKind, event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.config import Config, Secret
    from digest.engine.companions import Companion
    from digest.engine.parts.bot import BotPart
    from digest.engine.parts.poller import PollerPart
    from digest.engine.parts.sender import SenderPart
    from digest.engine.rules import LiveRules
    from digest.store.store import Store

_TURN: Final = 0.001  # seconds for which the store computes while the event loop wants its turn

_log = logging.getLogger(__name__)


def run_side(config: Config, kind: str, *, foreground: bool, bot: Companion | None = None) -> int:
    """Be a "poller" or a "sender" until stopped, or the "bot"; returns the exit code.

    Args:
        config: as loaded.
        kind: of which there may be many, but for the bot: its place is waited for.
        foreground: tell on standard error what happens, not only in the log.
        bot: what listens and answers, for the bot.

    Raises:
        EngineError: a whole engine works on the same database, or the state folder cannot be used.
        StoreError: the database cannot be opened, or is of a newer version.
    """
    sys.setswitchinterval(_TURN)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start a thread for each core, and use none
    token, no_token = bot_token(config)
    with _first_free(config, kind) as lock:
        secrets = [*secrets_of(config), *([token.reveal()] if token else [])]
        log = lock.path.with_suffix(".log").name
        start_logging(config.state, foreground=foreground, secrets=secrets, form=config.log.format, name=log)

        def run(config: Config, store: Store) -> int:
            return asyncio.run(_run(config, store, lock, kind, token, no_token, bot))

        return live_as(kind, config, lock, run, only=bot is not None)


@contextmanager
def _first_free(config: Config, kind: str) -> Iterator[EngineLock]:
    """The lock of the first place of its kind in the state folder that no other process has."""
    for number in count(1):
        with contextlib.suppress(EngineRunsError):
            lock = EngineLock(config.state, config.path, f"{kind}-{number}").__enter__()
            break
    try:
        yield lock
    finally:
        lock.__exit__(None, None, None)


async def _run(  # noqa: PLR0913, PLR0917 - all that the process has by now
    config: Config,
    store: Store,
    lock: EngineLock,
    kind: str,
    token: Secret | None,
    no_token: str,
    bot: Companion | None,
) -> int:
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    told, stop = asyncio.Event(), asyncio.Event()
    stop_on_signals(told.set)
    live = LiveConfig(config)
    async with AsyncExitStack() as opened:
        thread = await opened.enter_async_context(StoreThread(beat))
        life = await opened.enter_async_context(Living(store, thread))
        watchdog = Watchdog(lock, thread.busy_for, store.database.lacks_writes)
        part: PollerPart | SenderPart | BotPart
        if bot is not None:
            part = _bot(live, store, thread, watchdog, token, bot)
        elif kind == "poller":
            part = await _poller(live, store, thread, watchdog, opened)
        else:
            part = await _sender(live, store, thread, watchdog, life, opened, token, no_token)
        lock.ready()
        watching = asyncio.create_task(watchdog.watch(part.problem), name="signs of life")
        ending = asyncio.create_task(until_over(store, lock, told, stop), name="look whether it is to end")
        comparing = asyncio.create_task(compare_config(live, store, thread), name="compare the config")
        _log.info("the %s is at work", kind, extra=event(EventKind.ENGINE_STARTED))
        try:
            await part.work(stop)
        finally:
            for task in (watching, ending, comparing):
                task.cancel()
            await asyncio.gather(watching, ending, comparing, return_exceptions=True)
        _log.info("the %s has stopped", kind, extra=event(EventKind.ENGINE_STOPPED))
        return 0 if told.is_set() else 1


def _rules(config: Config, store: Store, thread: StoreThread) -> LiveRules:
    """The rules that others publish."""
    from digest.engine.rules import LiveRules
    from digest.rulebook.folders import RuleFolders

    return LiveRules(RuleFolders(config.rule_folders), store, thread, config.desks_of_channels, publishes=False)


def _bot(  # noqa: PLR0913, PLR0917 - as above
    live: LiveConfig, store: Store, thread: StoreThread, watchdog: Watchdog, token: Secret | None, bot: Companion
) -> BotPart:
    """What the bot works with; what it stores rings the others."""
    from digest.engine.companions import Surroundings
    from digest.engine.parts.bot import BotPart

    around = Surroundings(live.now, store, thread, _rules(live.now(), store, thread), lambda: None, token)
    return BotPart(live, around, bot, watchdog)


async def _poller(
    live: LiveConfig, store: Store, thread: StoreThread, watchdog: Watchdog, opened: AsyncExitStack
) -> PollerPart:
    """What polls is opened."""
    from digest.engine.parts.poller import PollerPart
    from digest.engine.polling.parsers import ParserPool
    from digest.engine.polling.poll import PollTools
    from digest.engine.polling.rounds import limits_of
    from digest.net.fetch import Fetcher
    from digest.net.slots import Slots

    config = live.now()
    tools = PollTools(
        slots=Slots(config.poll.concurrency, config.poll.per_host),
        fetcher=await opened.enter_async_context(Fetcher(limits_of(config.poll))),
        parsers=await opened.enter_async_context(ParserPool()),
        rules=_rules(config, store, thread),
        store=store,
        thread=thread,
        access=live.access,
    )
    return PollerPart(live, tools, watchdog)


async def _sender(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    live: LiveConfig,
    store: Store,
    thread: StoreThread,
    watchdog: Watchdog,
    life: Living,
    opened: AsyncExitStack,
    token: Secret | None,
    no_token: str,
) -> SenderPart:
    """What sends is opened."""
    from digest.engine.parts.sender import SenderPart
    from digest.engine.sending.digests import owe_due_digests
    from digest.engine.sending.open import channel_opener, delivery_policy, off_reasons
    from digest.engine.sending.outbox import OutboxDrain

    config = live.now()
    drain = OutboxDrain(
        store,
        thread,
        channels=config.every_channel,
        off=off_reasons(config.every_channel, no_token=no_token),
        open_channel=channel_opener(await open_bot(config, token, store, opened), store.mark()),
        policy=delivery_policy(config),
        owe_digests=lambda now: owe_due_digests(store, live.now().digests, live.now().channels, now),
        keeper=watchdog.keeper,
    )
    drain.alive = life.sure
    off = lambda config: off_reasons(config.every_channel, no_token=no_token)  # noqa: E731
    return SenderPart(live, drain, store, thread, watchdog, off)
