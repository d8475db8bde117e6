"""The engine's threads: the one that calls the store, and those of its libraries, which nobody waits for."""

from __future__ import annotations

import _thread
import asyncio
import functools
import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, ParamSpec, Self, TypeVar

from digest.errors import DamagedRowError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_P = ParamSpec("_P")
_T = TypeVar("_T")
REST: Final = 10.0
"""Seconds that whoever waits may go without a sign of life; far less than what counts as hanging."""

_log = logging.getLogger(__name__)


class StoreThread:
    """Runs synchronous store calls one after the other, in the order they were asked for.

    SQLite has one writer, and the event loop must never wait::

        async with StoreThread() as thread:
            due = await thread.call(store.polls.due_feeds, now, limit=50)

    A cancelled caller stops waiting; a call that has begun still runs to its end, so a commit is never torn.
    Leaving the block waits for the calls that were asked for.

    Args:
        alive: called again and again while somebody waits for an answer, in the waiting task: a slow disk is no fault
            of theirs.
        rest: seconds between two of these calls.
    """

    def __init__(self, alive: Callable[[], None] = lambda: None, *, rest: float = REST) -> None:
        self._alive = alive
        self._rest = rest
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._began = 0.0  # time.monotonic() at which the call in hand began; 0: none is

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What ``function`` returns or raises, run in the store's thread.

        What fails on a row that cannot be read is asked once more when that is mended.
        """
        job = functools.partial(function, *args, **kwargs)
        running = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, job)
        self._alive()
        try:
            while not running.done():
                self._alive()
                await asyncio.wait((running,), timeout=self._rest)
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


class DaemonThreads(ThreadPoolExecutor):
    """The event loop's default executor: each call has a daemon thread of its own, which nobody waits for.

    Telegram's client looks its host up there, and getaddrinfo cannot be interrupted: with a dead name server, asyncio's
    own executor holds up the end of the process for half a minute. Only for calls that may be abandoned.
    """

    def submit(self, fn: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> Future[_T]:
        """Start a call at once."""
        future: Future[_T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to the one who asked
                future.set_exception(error)

        _thread.start_new_thread(run, ())  # `threading.Thread` waits until it runs, and the event loop with it
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - inherited
        """Nothing is waited for."""
        del wait, cancel_futures
