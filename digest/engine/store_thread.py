"""The one thread that calls the store for the engine: SQLite has one writer, and the event loop must never wait."""

from __future__ import annotations

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_P = ParamSpec("_P")
_T = TypeVar("_T")


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

    async def call(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What ``function`` returns or raises, run in the store's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, functools.partial(function, *args, **kwargs))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.shutdown, wait=True)
