"""A sender of an engine in parts: it has some of the chats, and sends there what is owed.

The senders that live divide the chats. One that is to let go of a chat takes nothing more for it, and lets go once its
last message is answered; one that gets a chat begins by treating what was being sent there as lost answers, unless its
sender still lives.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from digest.engine.ground.logs import hide
from digest.engine.parts.life import hear
from digest.engine.sending.chat import Coming
from digest.engine.sending.open import delivery_policy, secrets_of
from digest.errors import StoreError
from digest.store.parts import RENEW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from digest.config import Config
    from digest.engine.config import LiveConfig
    from digest.engine.ground.threads import StoreThread
    from digest.engine.ground.watchdog import Watchdog
    from digest.engine.sending.outbox import OutboxDrain
    from digest.store.store import Store

_PAUSE: Final = 5.0  # seconds before delivering is taken up again after a fault of our own

_log = logging.getLogger(__name__)


class SenderPart:
    """Sends to its chats.

    Args:
        config: followed while it works.
        drain: what sends; it asks this one which chats are its own.
        store: open.
        thread: the store's.
        watchdog: over all this.
        off: which channels of a config are off, by name, and why.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each is a thing of its own
        self,
        config: LiveConfig,
        drain: OutboxDrain,
        store: Store,
        thread: StoreThread,
        watchdog: Watchdog,
        off: Callable[[Config], Mapping[str, str]],
    ) -> None:
        self._config = config
        config.taking = self._take
        self._drain = drain
        self._store = store
        self._thread = thread
        self._watchdog = watchdog
        self._off = off
        self._mine: set[str] = set()
        self._coming: Coming | None = None
        drain.serves = self._mine.__contains__

    def problem(self) -> str:
        """What a user should know of, in plain words."""
        return self._config.problem()

    async def work(self, stop: asyncio.Event) -> None:
        """Send until ``stop``.

        Raises:
            StoreError: the store failed before the first message.
        """
        await self._drain.prepare()
        keep = self._watchdog.keeper.keep
        beside = [
            asyncio.create_task(keep("following the config", self._config.watch), name="follow the config"),
            asyncio.create_task(keep("sharing the chats", self._share), name="share the chats"),
            asyncio.create_task(hear(self._store, self._thread, self._ask, self._hear), name="hear of news"),
        ]
        delivering = asyncio.create_task(self._deliver(stop), name="deliver")
        await asyncio.wait({delivering, *beside}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for task in beside:
            task.cancel()
        await asyncio.gather(delivering, *beside, return_exceptions=True)

    def _ask(self) -> tuple[int, tuple[datetime, ...]]:
        """What is owed last, and until when much is coming in; in the store's thread."""
        return self._store.outbox.last_owed(), self._store.parts.expected()

    def _hear(self, said: tuple[int, tuple[datetime, ...]]) -> None:
        """More is owed, or alerts are to wait for each other, or no longer."""
        if self._coming is not None:
            self._drain.let_go(self._coming)
        self._coming = Coming(*said[1]) if said[1] else None
        if self._coming is not None:
            self._drain.gather(self._coming)
        self._drain.ring()

    async def _deliver(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._drain.run(stop)
            except StoreError as error:
                _log.warning("delivering waits for the store: %s", error)
                await asyncio.sleep(_PAUSE)
            except Exception:  # noqa: BLE001 - whatever it is, messages stay owed
                _log.exception("delivering failed")
                await asyncio.sleep(_PAUSE)

    async def _share(self) -> None:
        """Have a fair share of the chats."""
        while True:
            try:
                if await self._thread.call(self._look):
                    self._drain.ring()
            except StoreError as error:
                _log.debug("the chats are not shared: %s", error)
            await asyncio.sleep(RENEW.total_seconds())

    def _look(self) -> bool:
        """In the store's thread, where messages are taken: nothing is, of a chat that is let go of just now."""
        held, surplus = self._store.parts.share_chats("sender", self._drain.chats)
        self._mine &= held - surplus
        for chat in surplus:
            self._store.parts.let_go(chat)
        new = held - surplus - self._mine
        for chat in sorted(new):
            self._drain.recover(chat)
            self._mine.add(chat)
        return bool(new)

    async def _take(self, config: Config) -> None:
        """Go on with another config; raises ``StoreError``."""
        hide(secrets_of(config))
        off = await asyncio.to_thread(self._off, config)
        self._drain.use(config.every_channel, off, delivery_policy(config))
        await self._drain.fit()
