"""How a part lives: it takes its lease, says every few seconds that it is there, and hears what others have stored."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final, Self, TypeVar

from digest.engine.ground.threads import StoreThread
from digest.engine.ground.watchdog import beat
from digest.errors import BusyError, LeaseLostError, StoreError
from digest.store.parts import LEASE, RENEW

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from digest.presence import EngineLock
    from digest.store.store import Store

_T = TypeVar("_T")
_LISTEN: Final = 0.2  # seconds between two looks at whether others have stored anything
_PATIENCE: Final = 3.0  # seconds for giving the lease back

_log = logging.getLogger(__name__)


def take_place(store: Store, kind: str, *, only: bool) -> None:
    """Become a part of a kind; where there is one at a time, wait as long as another one lives."""
    told = ""
    while True:
        try:
            other = store.parts.take(kind, only=only)
        except StoreError as error:  # of one that waits for long the server may well be away meanwhile
            if not told and not isinstance(error, BusyError):
                raise
            other = told or "not known yet"
        if not other:
            break
        if other != told:
            _log.info("another %s is at work (%s): this one waits to take its place", kind, other)
            told = other
        time.sleep(RENEW.total_seconds())
    _log.info("this is a %s of the engine now", kind)


class Living:
    """Renews the lease of a part for as long as the block lasts, and gives it back when that ends.

    It does so in a thread of its own: a database that is slow, or much to be stored, makes a part slow, and not dead.

    Args:
        store: of a part that has its place.
        thread: the store's.
    """

    def __init__(self, store: Store, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread
        self._renewals = StoreThread()
        self._living: asyncio.Future[object] | None = None
        self._until = time.monotonic() + LEASE.total_seconds()
        self._renewed = asyncio.Event()

    @property
    def unsure(self) -> bool:
        """Whether the lease may be over, for it could not be renewed in time."""
        return time.monotonic() >= self._until

    async def sure(self) -> None:
        """Wait until it is sure that the part lives: one that wakes from a sleep does not know yet."""
        while self.unsure:
            self._renewed.clear()
            await self._renewed.wait()

    async def __aenter__(self) -> Self:
        self._living = asyncio.gather(self._live(), self._look_for_dead())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._living is not None
        self._living.cancel()
        await asyncio.gather(self._living, return_exceptions=True)
        await self._renewals.__aexit__(kind, error, trace)  # none comes after it was given back
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._thread.call(self._store.parts.give_back)
        except (StoreError, TimeoutError) as problem:  # others wait until it is over
            _log.warning("the lease was not given back: %s", problem)

    async def _live(self) -> None:
        said = ""
        while True:
            await asyncio.sleep(RENEW.total_seconds())
            began = time.monotonic()
            try:
                await self._renewals.call(self._store.parts.renew)
                said = ""
                self._until = began + LEASE.total_seconds()
                self._renewed.set()
            except LeaseLostError:  # whoever looks after the part ends it: the database says why
                return
            except StoreError as error:
                if str(error) != said:
                    said = str(error)
                    _log.warning("the lease waits for the store: %s", error)

    async def _look_for_dead(self) -> None:
        """Take over from others that give no sign of life."""
        while True:
            await asyncio.sleep(RENEW.total_seconds())
            with contextlib.suppress(StoreError):  # told by whoever wants something of it
                await self._thread.call(self._store.parts.take_over)


async def hear(store: Store, thread: StoreThread, ask: Callable[[], _T], told: Callable[[_T], None]) -> None:
    """Whenever anybody has stored something, ask the store in its thread, and tell what it says if that is new."""
    version, said = -1, None
    while True:
        beat()
        await asyncio.sleep(_LISTEN)
        with contextlib.suppress(StoreError):  # told by whoever wants something of it
            if (now := await thread.call(store.data_version)) == version:
                continue
            says = await thread.call(ask)
            version = now
            if says != said:
                said = says
                told(says)


async def until_lost(store: Store, lock: EngineLock, stop: asyncio.Event) -> None:
    """Stop a part whose place another has taken, or whose lock is gone."""
    while not stop.is_set():
        await asyncio.sleep(1.0)
        lost = f"{lock.path} was deleted or replaced" if lock.lost() else store.database.lost()
        if lost:
            _log.critical("%s: it ends", lost)
            stop.set()
