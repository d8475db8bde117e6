"""Reads the bot's updates, one program at a time, and hands each on to be answered.

::

    who am I? ─▶ lease ─▶ wait for updates ─▶ each answered in a task of its own, in order within its chat ─┐
                  ▲  └ another has it: say so, wait                                                         │
                  └────────── 409: say so, wait a minute · no network: say so, wait longer each time ◀──────┘

Asking for the next updates tells Telegram that these were taken, so a restart repeats none.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

from digest.bot.answering import Answerer
from digest.bot.commands import COMMANDS
from digest.bot.speaking import Speaker
from digest.channels.base import Failure, SendError
from digest.channels.telegram_talk import Pressed, Wrote
from digest.delivery.limits import retry_wait
from digest.engine.ground.threads import REST
from digest.engine.ground.watchdog import beat, sleep
from digest.errors import StoreError
from digest.store.database import new_holder
from digest.store.engine import bot_lease

if TYPE_CHECKING:
    from digest.channels.telegram_talk import Heard, TalkingBot
    from digest.engine.companions import Surroundings

POLL_SECONDS: Final = 25
"""As long Telegram lets a question for updates wait."""
CONFLICT_PAUSE: Final = timedelta(minutes=1)
"""Between two looks whether another program still reads the updates: each look disturbs it."""
_NOTHING_PAUSE: Final = 1.0
"""Seconds until updates are asked for again where an answer came at once, instead of after the wait, with nothing."""
_LEASE_PAUSE: Final = timedelta(seconds=5)
_AT_ONCE: Final = 50
"""Answers under way; while there are more, no updates are asked for."""
_OFFER_AGAIN: Final = 600.0
"""Seconds until the commands are offered again where Telegram did not take them."""
_STOP_SECONDS: Final = 2.0
"""For answers under way when the engine stops."""
_PROBLEM: Final = "bot"

_log = logging.getLogger(__name__)


class Listener:
    """Listens until cancelled."""

    def __init__(self, bot: TalkingBot, around: Surroundings) -> None:
        assert around.token is not None
        self._bot = bot
        self._around = around
        self._store, self._thread = around.store, around.thread
        self._lease, self._holder = bot_lease(around.token.reveal()), new_holder()
        self._failures = 0
        self._told = ""
        self._offset: int | None = None
        self._offer_at = 0.0
        self._answering: set[asyncio.Task[None]] = set()
        self._in_order: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def run(self) -> None:
        """Listen and answer; ends with what was begun, and lets the lease go."""
        await self._thread.call(self._store.leases.note_problem, "")
        try:
            answerer = await self._begin()
            while True:
                await self._step(answerer)
        finally:
            await self._end()

    async def _begin(self) -> Answerer:
        """Learn the bot's own name, and offer its commands; as often as it takes."""
        while True:
            try:
                info = await self._bot.describe()
            except SendError as error:
                await self._trouble(error)
            else:
                await self._tell("")
                speaker = Speaker(self._bot, self._around)
                return Answerer.of(self._bot, speaker, self._around, info.username)

    async def _offer_commands(self) -> None:
        """Have Telegram offer the commands; to hear them matters more, so that it fails keeps nothing back."""
        if time.monotonic() < self._offer_at:
            return
        try:
            await self._bot.show_commands([(command.name, command.does) for command in COMMANDS])
        except SendError as error:
            _log.warning("the bot's commands are not offered yet: %s", error)
            self._offer_at = time.monotonic() + _OFFER_AGAIN
        else:
            self._offer_at = math.inf

    async def _step(self, answerer: Answerer) -> None:
        """Ask once for updates, if it is ours to ask."""
        try:
            other = await self._thread.call(self._store.leases.take, self._lease, self._holder, _now())
            if other:
                await self._tell(
                    f"another engine ({other}) reads what is written to the bot: this one waits for its end"
                )
                await sleep(_LEASE_PAUSE.total_seconds())
                return
            await self._offer_commands()
            # After trouble without waiting: that it is over is to be seen at once, not with the next message.
            asked, wait = time.monotonic(), 0 if self._told else POLL_SECONDS
            came, following = await self._bot.updates(self._offset, wait)
        except SendError as error:
            await self._trouble(error)
            return
        except StoreError as error:
            _log.warning("the bot waits for the store: %s", error)
            await sleep(_LEASE_PAUSE.total_seconds())
            return
        self._failures = 0
        await self._tell("")
        self._offset = self._offset if following is None else following
        for heard in came:
            self._begin_answer(answerer, heard)
        if wait and not came and time.monotonic() - asked < _NOTHING_PAUSE:
            await sleep(_NOTHING_PAUSE)
        while len(self._answering) >= _AT_ONCE:
            beat()
            await asyncio.wait(self._answering, timeout=REST, return_when=asyncio.FIRST_COMPLETED)

    # --- answers -----------------------------------------------------------------------------------------------------

    def _begin_answer(self, answerer: Answerer, heard: Heard) -> None:
        chat = heard.place.chat.id if isinstance(heard, Wrote | Pressed) else heard.chat.id
        lock = self._in_order.setdefault(chat, asyncio.Lock())
        task = asyncio.create_task(_answer(answerer, heard, lock), name=f"answer in chat {chat}")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _end(self) -> None:
        """Let answers under way end, and another program read."""
        if self._answering:
            _, late = await asyncio.wait(self._answering, timeout=_STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._thread.call(self._store.leases.release, self._lease, self._holder)
            await self._tell("")
        except StoreError as error:
            _log.warning("the lease on the bot was not let go: %s", error)

    # --- what is wrong -----------------------------------------------------------------------------------------------

    async def _trouble(self, error: SendError) -> None:
        """Say what keeps the bot from listening, and wait as long as that calls for."""
        self._failures += 1
        pause = retry_wait(self._failures, random.random())  # noqa: S311 - spreads retries, guards nothing
        if error.failure in {Failure.UPDATES_TAKEN, Failure.WRONG_TOKEN}:
            pause = CONFLICT_PAUSE
        elif error.retry_after is not None:
            pause = error.retry_after
        if error.failure is not Failure.NOT_SENT or self._failures > 1:  # once is nothing: it is tried again at once
            await self._tell(f"the bot does not hear: {error}")
        await sleep(pause.total_seconds())

    async def _tell(self, problem: str) -> None:
        """Let users see what is wrong; once for as long as it lasts, and not when it is over."""
        if problem == self._told:
            return
        if problem:
            _log.warning("%s", problem)
            self._around.problems[_PROBLEM] = problem
        else:
            _log.info("the bot hears again")
            self._around.problems.pop(_PROBLEM, None)
        self._told = problem
        try:
            await self._thread.call(self._store.leases.note_problem, problem)
        except StoreError as error:
            _log.warning("what keeps the bot from listening was not stored: %s", error)


async def _answer(answerer: Answerer, heard: Heard, lock: asyncio.Lock) -> None:
    """Answer, after what came before in the same chat; a fault of our own ends with it."""
    async with lock:
        try:
            await answerer.answer(heard)
        except (SendError, StoreError) as error:
            _log.warning("something that the bot heard was not answered: %s", error)
        except Exception:  # noqa: BLE001 - whatever it is, the next one is to be answered
            _log.exception("the bot failed on something that it heard")


def _now() -> datetime:
    return datetime.now(UTC)
