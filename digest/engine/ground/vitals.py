"""The engine's signs of life, and what brings it back when they cease.

::

    beacon ── once a second, a file ──▶ dashboards, digest status: it lives, and what is wrong
    keeper ── a part's pulse stopped ──▶ the part begins anew
    wedge watch ── the loop or the store's thread hangs ──▶ the process begins anew
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from typing import TYPE_CHECKING, Final

from digest.engine.ground.logs import LOG_NAME
from digest.engine.ground.pulse import Keeper
from digest.engine.ground.watchdog import WedgeWatch, replace_process
from digest.store.beacon import Beacon

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.engine.ground.threads import StoreThread
    from digest.engine.lock import EngineLock

LOOP_SILENT = 60.0
"""Seconds after which an event loop that does not tick hangs."""
_EVERY: Final = 1.0  # seconds between two signs of life
_SLOW: Final = 5.0  # seconds after which a call to the database is worth a word
_TOLD: Final = 3600.0  # seconds for which it is told that the process began anew, or what was lost before it
_WHY_ANEW: Final = "DIGEST_BEGAN_ANEW"  # in the environment of a process that did
_HUNG_AT: Final = "DIGEST_HUNG_AT"  # likewise: the task that the loop was at

_log = logging.getLogger(__name__)


class Vitals:
    """What watches over the engine.

    Args:
        lock: held; handed over when the process begins anew.
        thread: the store's thread.
        lacking: what the store lacks since the engine before this one, in words; empty: nothing.
    """

    def __init__(self, lock: EngineLock, thread: StoreThread, lacking: str = "") -> None:
        self.keeper = Keeper()
        self._lock = lock
        self._thread = thread
        self._lacking = lacking
        self._began = time.monotonic()
        self._why_anew = os.environ.pop(_WHY_ANEW, "")
        self.hung_at = os.environ.pop(_HUNG_AT, "")
        """The name of the task at which the loop hung before the process began anew; empty when it did not."""
        if self._why_anew:
            _log.warning("the engine began anew, because %s", self._why_anew)
            _collect_orphans()

    def problem(self) -> str:
        """What is wrong with the engine itself, in plain words; empty while nothing is."""
        if (busy := self._thread.busy_for()) > _SLOW:
            return f"the database has not answered for {busy:.0f} s: another process keeps it, or its disk is slow"
        if self._why_anew and time.monotonic() - self._began < _TOLD:
            return f"{self._why_anew}: it began anew, and engine.log says where"
        if self.keeper.problem or time.monotonic() - self._began >= _TOLD:
            return self.keeper.problem
        return self._lacking

    async def show(self, problem: Callable[[], str]) -> None:
        """Give signs of life until cancelled.

        Args:
            problem: what a user should know of, in plain words.
        """
        state = self._lock.path.parent
        loop = asyncio.get_running_loop()
        watch = WedgeWatch(
            self._thread.busy_for,
            state / LOG_NAME,
            self._begin_anew,
            silent=LOOP_SILENT,
            at_work=lambda: _task_of(loop),
        )
        watch.start()
        try:
            with Beacon(state) as beacon:
                while True:
                    watch.tick()
                    beacon.show(problem())
                    await asyncio.sleep(_EVERY)
        finally:
            watch.stop()

    def _begin_anew(self, why: str, at_work: str) -> None:
        replace_process(**self._lock.hand_over(), **{_WHY_ANEW: why, _HUNG_AT: at_work})


def _task_of(loop: asyncio.AbstractEventLoop) -> str:
    """The name of the task that a loop is at, asked from whichever thread."""
    task = asyncio.current_task(loop)
    return task.get_name() if task is not None else ""


def _collect_orphans() -> None:
    """The children of before the new beginning ended with their pipes, and nobody waited for them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
