"""The one thread that calls the store for the engine: SQLite has one writer, and the event loop must never wait."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

from digest.engine.ground.pulse import REST, beat
from digest.errors import DamagedRowError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class StoreThread:
    """Runs synchronous store calls one after the other, in the order they were asked for.

    ::

        async with StoreThread() as thread:
            due = await thread.call(store.polls.due_feeds, now, limit=50)

    A cancelled caller stops waiting; a call that has begun still runs to its end, so a commit is never torn.
    Leaving the block waits for the calls that were asked for.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._began = 0.0  # time.monotonic() at which the call in hand began; 0: none is

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What ``function`` returns or raises, run in the store's thread; whoever waits for it is alive.

        What fails on a row that cannot be read is asked once more when that is mended.
        """
        job = functools.partial(function, *args, **kwargs)
        running = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, job)
        try:
            while not running.done():
                beat()
                await asyncio.wait((running,), timeout=REST)
        except asyncio.CancelledError:
            running.cancel()  # no more than a call that has not begun is cancelled by this
            raise
        return running.result()

    def busy_for(self) -> float:
        """How many seconds the call in hand has taken so far; may be asked from any thread."""
        began = self._began
        return time.monotonic() - began if began else 0.0

    def _timed(self, job: Callable[[], _T]) -> _T:
        self._began = time.monotonic()
        try:
            return job()
        except DamagedRowError as error:
            if not error.mended:
                raise
            _log.error("%s", error)
            return job()
        finally:
            self._began = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True)
