"""An event loop whose time does not pass while it waits: it jumps to whatever is waited for.

Hours of a bot's life take as long as its work does. What really takes time still gets it: while a thread works for
the loop, no jump is made, and bytes on their way over loopback get a moment to arrive.
"""

from __future__ import annotations

import asyncio
import os
import selectors
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Executor

BEGINNING: Final = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_MOMENT: Final = 0.002  # seconds of real time for what is on its way between two sockets of this process, ...
_CORES: Final = os.cpu_count() or 1  # ... and longer where more work than there are cores for it
_LONGEST: Final = 1.0  # seconds of real time until a thread that works is looked for again


class _Jumping(selectors.SelectSelector):
    """Waits for nothing but sockets that are ready and threads that work; skips the rest of the time."""

    def __init__(self) -> None:
        super().__init__()
        self.time = 0.0
        self.working = 0
        """Threads that the loop waits for."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the time moves on by ``timeout``."""
        if timeout is None:
            return super().select(None)
        ready = super().select(0)
        if ready or timeout <= 0:
            return ready
        if self.working:
            return super().select(_LONGEST)  # the thread that ends wakes the loop
        moment = _MOMENT * max(os.getloadavg()[0] / _CORES, 1.0)
        if len(self.get_map()) > 1 and (ready := super().select(moment)):
            return ready
        self.time += timeout
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """What is registered; never closed while the loop runs."""
        return super().get_map() or {}


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """The loop: ``time()`` is virtual, and so are all that sleep and every timeout."""

    def __init__(self, jumping: _Jumping | None = None) -> None:
        self._jumping = jumping or _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the beginning."""
        return self._jumping.time

    def now(self) -> datetime:
        """The time of the world inside."""
        return BEGINNING + timedelta(seconds=self._jumping.time)

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do it at once, in the loop's own thread: it takes no time of the world inside, and the same run is the same.

        A thread would be waited for anyway, ten times longer than its work takes where the machine is busy.
        """
        future: asyncio.Future[Any] = self.create_future()
        try:
            future.set_result(func(*args))
        except BaseException as error:  # noqa: BLE001 - whoever waits for it gets it, as from a thread
            future.set_exception(error)
        return future
