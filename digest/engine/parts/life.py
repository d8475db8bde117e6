"""How a part lives: it takes its lease, says every few seconds that it is there, and hears what others have stored.

::

    wait for the server ─▶ take a place (of a clock: wait for it) ─▶ live ─▶ give it back
      ▲                                                                │
      └── begin anew, as another ◀─ others have taken over from it ────┘
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, Final, Self, TypeVar

from digest.config.policy import other_sections
from digest.engine.config import read_again
from digest.engine.ground.threads import StoreThread
from digest.engine.ground.watchdog import beat
from digest.errors import AwayError, BusyError, LeaseLostError, StoreError
from digest.store.parts import LEASE, RENEW
from digest.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from digest.config import Config
    from digest.engine.config import LiveConfig
    from digest.presence import EngineLock
    from digest.store.store import Store

_T = TypeVar("_T")
_LOOK: Final = 1.0  # seconds between two looks at whether a part is to end
_LISTEN: Final = 0.2  # seconds between two looks at whether others have stored anything
_PATIENCE: Final = 3.0  # seconds for giving the lease back

_CLOCK: Final[int] = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""Goes on while the machine is suspended, as the server's does, by which the lease runs out."""

_log = logging.getLogger(__name__)


def live_as(kind: str, config: Config, lock: EngineLock, work: Callable[[Config, Store], int], *, only: bool) -> int:
    """Be a part of a kind until stopped; returns the exit code of its last work.

    A server that is away is waited for. A part from which others have taken over begins anew, as another one: what it
    had in hand is lost to it.

    Args:
        kind: "poller".
        config: as loaded.
        lock: held; it says what is waited for.
        work: does the work of a part that has its place.
        only: there is one of this kind at a time; where there is one, its place is waited for.

    Raises:
        EngineError: a whole engine works on the same database.
        StoreError: the database refuses, or is of a newer version.
    """
    said = ""
    while True:
        try:
            with open_store(config.database, migrate=True, part=True) as store:
                _take_place(store, kind, lock, only=only)
                said = ""
                code = work(config, store)
                if not code or not store.database.lost() or lock.lost():
                    return code
            _log.warning("this %s begins anew, with nothing in hand", kind)
        except (AwayError, BusyError, LeaseLostError) as error:
            if str(error) != said:
                said = str(error)
                _log.warning("this %s is not at work: %s", kind, error)
            lock.beat(said)
            time.sleep(RENEW.total_seconds())
        config = read_again(config)


def _take_place(store: Store, kind: str, lock: EngineLock, *, only: bool) -> None:
    """Become a part of a kind; where there is one at a time, wait as long as another one lives."""
    told = ""
    while other := store.parts.take(kind, only=only):
        words = f"another {kind} is at work ({other}): this one waits to take its place"
        if words != told:
            _log.info("%s", words)
            told = words
        lock.beat(words)
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
        self._living: asyncio.Future[tuple[None, None]] | None = None
        self._until = _now() + LEASE.total_seconds()
        self._renewed = asyncio.Event()

    @property
    def unsure(self) -> bool:
        """Whether the lease may be over, for it could not be renewed in time."""
        return _now() >= self._until

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
            began = _now()
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


def _now() -> float:
    """Seconds, of which only differences mean anything."""
    return time.clock_gettime(_CLOCK)


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


async def compare_config(config: LiveConfig, store: Store, thread: StoreThread) -> None:
    """Let the log know whenever a part goes by another config than the clock, or no longer."""
    said: list[str] = []
    while True:
        with contextlib.suppress(StoreError):
            found = other_sections(await thread.call(store.parts.told_config), config.now())
            if found != said:
                said = found
                if found:
                    _log.warning("%s: other than the clock's: %s", config.now().path, ", ".join(found))
                else:
                    _log.info("%s: as the clock's again", config.now().path)
        await asyncio.sleep(RENEW.total_seconds())


async def until_over(store: Store, lock: EngineLock, told: asyncio.Event, stop: asyncio.Event) -> None:
    """Stop a part that was told to end, whose place another has taken, or whose lock is gone."""
    lost = ""
    while not (lost or told.is_set()):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK):
                await told.wait()
        lost = f"{lock.path} was deleted or replaced" if lock.lost() else store.database.lost()
    if lost:
        _log.critical("%s: it ends", lost)
    stop.set()
