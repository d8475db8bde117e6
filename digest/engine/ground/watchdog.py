"""What brings the engine back when something in it hangs: a part begins anew, or the whole process does.

::

    part ── beats, also while it waits ──▶ Keeper ── silent for a minute ──▶ cancel ─▶ run again, from its beginning
                                                                            (twice as long after each time in vain)
    loop ── ticks ──▶ Watchdog (a thread of its own) ── silent for a minute ──▶ stacks to engine.log ──▶ exec: the same
    store thread ── busy since ──┘                                               command, the same process and lock

A part must be able to begin anew wherever it was cancelled: what it had in hand is in the store, or is asked for again.
Whoever is stopped and goes on later (a suspended process, a loop that was held up) was not silent by its own fault:
silence counts only while the one who listens is on time.

What nothing inside the event loop can mend, a loop or a call to the store that hangs, ends with the process replacing
itself by a fresh copy: its id stays (a service manager, ``digest stop`` and whoever started it see one process), the
lock is handed over as an open file and never let go of, and the kernel closes all else. For the store and the outbox
that is a kill like any other: what was being sent counts as a lost answer. A call into C that never lets go of the
interpreter cannot be mended so, because then no thread of ours runs either; the dashboards say ENGINE DOWN.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import sys
import threading
import time
from collections import deque
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from digest.engine.ground.threads import REST

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from digest.presence import EngineLock

SILENT: Final = 60.0
"""Seconds without a sign of life after which a part, or the event loop, hangs."""
STORE_BUSY: Final = 180.0
"""Seconds after which one call to the store hangs; SQLite itself waits for no more than ten."""
_LONGEST: Final = 3600.0  # of silence, for a part that was begun anew in vain again and again
_LOOK: Final = 1.0  # seconds between two looks, and between two signs of life of the engine
_END: Final = 5.0  # seconds that a cancelled part has to end
_SLOW: Final = 5.0  # seconds after which a call to the database is worth a word
_TOLD: Final = 3600.0  # seconds for which it is told that something began anew, or what was lost before
_REMEMBERED: Final = 50  # times at which the process stood still; what matters is the last few minutes
_WHY_ANEW: Final = "DIGEST_BEGAN_ANEW"  # in the environment of a process that did
_HUNG_AT: Final = "DIGEST_HUNG_AT"  # likewise: the task that the loop was at

_log = logging.getLogger(__name__)

_beat_of_part: ContextVar[Callable[[], None] | None] = ContextVar("beat_of_part", default=None)


def beat() -> None:
    """The part that runs here is alive; nothing happens where none is kept."""
    if (of_part := _beat_of_part.get()) is not None:
        of_part()


async def wait_and_beat(event: asyncio.Event, *, rest: float = REST) -> None:
    """Wait for an event for as long as it takes, alive."""
    while not event.is_set():
        beat()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(rest):
                await event.wait()
    beat()


async def sleep(seconds: float, *, rest: float = REST) -> None:
    """Sleep for as long as it takes, alive."""
    until = time.monotonic() + seconds
    while True:
        beat()
        await asyncio.sleep(max(min(until - time.monotonic(), rest), 0.0))
        if time.monotonic() >= until:
            return


class Keeper:
    """Runs parts of the engine, and begins one anew that gives no sign of life.

    Args:
        silent: seconds without a sign of life after which a part hangs.
        look: seconds between two looks.
    """

    def __init__(self, *, silent: float = SILENT, look: float = _LOOK) -> None:
        self._silent = silent
        self._look = look
        self._words = ""
        self._said_at = 0.0

    @property
    def problem(self) -> str:
        """Which part was begun anew of late, in plain words; empty when none was."""
        return self._words if time.monotonic() - self._said_at < _TOLD else ""

    async def keep(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        """Run a part until it ends; what it raises is raised.

        Args:
            name: what it does, for the log and the user: "delivering to desk".
            run: begins it; called again each time it hangs.
        """
        patience = self._silent
        while not await self._ends(name, run, patience):
            self._words = f"{name} had stopped and was begun anew: engine.log has more"
            self._said_at = time.monotonic()
            _log.error("%s gave no sign of life for %.0f s: it is begun anew", name, patience)
            patience = min(patience * 2, _LONGEST)

    async def _ends(self, name: str, run: Callable[[], Awaitable[None]], patience: float) -> bool:
        """Run a part; whether it came to its end, and was not cancelled because it hung."""
        beaten = time.monotonic()

        def beat_here() -> None:
            nonlocal beaten
            beaten = time.monotonic()

        async def run_with_beat() -> None:
            _beat_of_part.set(beat_here)
            await run()

        task = asyncio.create_task(run_with_beat(), name=name)
        try:
            while True:
                asleep = time.monotonic()
                await asyncio.wait({task}, timeout=self._look)
                if task.done():
                    task.result()
                    return True
                late = time.monotonic() - asleep - self._look
                if late > self._look:
                    beaten += late  # nobody could beat meanwhile
                if time.monotonic() - beaten > patience:
                    return False
        finally:
            await _cancelled(task)


async def _cancelled(task: asyncio.Task[None]) -> None:
    """End a task, if it still runs; one that will not end is left behind."""
    if task.done():
        return
    task.cancel()
    _, unfinished = await asyncio.wait({task}, timeout=_END)
    if unfinished:
        _log.error("%s did not end when it was cancelled", task.get_name())
    elif not task.cancelled() and task.exception() is not None:
        _log.error("%s failed as it was cancelled", task.get_name(), exc_info=task.exception())


class Watchdog:
    """Watches over the process from a thread of its own, and gives the engine's signs of life.

    The thread never logs: the loop may hang while it holds the log's lock.

    Args:
        lock: held; it takes the signs of life, and is handed over when the process begins anew.
        store_busy: how many seconds the store's thread has been at its present call.
        lacking: what the store lacks since the engine before this one, in words; empty: nothing.
    """

    silent: float = SILENT
    """Seconds without a tick after which the event loop hangs."""

    def __init__(self, lock: EngineLock, store_busy: Callable[[], float], lacking: str = "") -> None:
        self.keeper = Keeper()
        self._lock = lock
        self._store_busy = store_busy
        self._lacking = lacking
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ticked = self._began = time.monotonic()
        self._stood_still: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._stopped = threading.Event()
        self._why_anew = os.environ.pop(_WHY_ANEW, "")
        self.hung_at = os.environ.pop(_HUNG_AT, "")
        """The name of the task at which the loop hung before the process began anew; empty when it did not."""
        if self._why_anew:
            _log.warning("the engine began anew, because %s", self._why_anew)
            _collect_orphans()

    def problem(self) -> str:
        """What is wrong with the engine itself, in plain words; empty while nothing is."""
        if (busy := self._store_busy()) > _SLOW:
            return f"the database has not answered for {busy:.0f} s: another process keeps it, or its disk is slow"
        if time.monotonic() - self._began >= _TOLD:
            return self.keeper.problem
        if self._why_anew:
            return f"{self._why_anew}: it began anew, and engine.log says where"
        return self.keeper.problem or self._lacking

    async def watch(self, problem: Callable[[], str]) -> None:
        """Watch, and give signs of life, until cancelled.

        Args:
            problem: what a user should know of, in plain words.
        """
        self._loop = asyncio.get_running_loop()
        self._ticked = time.monotonic()
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()
        try:
            while True:
                self._ticked = time.monotonic()
                self._lock.beat(problem())
                await asyncio.sleep(_LOOK)
        finally:
            self._stopped.set()

    # --- the thread ----------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            before = time.monotonic()
            if self._stopped.wait(_LOOK):
                return
            late = time.monotonic() - before - _LOOK
            if late > _LOOK:  # suspended, or starved: the whole process stood still, and nothing in it hung
                self._stood_still.append((time.monotonic(), late))
            if words := self._what_hangs():
                at_work = _task_of(self._loop)
                self._write_down(f"{words}, at: {at_work}" if at_work else words)
                self.begin_anew(words, at_work)
                return

    def _what_hangs(self) -> str:
        """What hangs, in words; empty while nothing does."""
        if (silent := self._awake_since(self._ticked)) > self.silent:
            return f"the engine's event loop has hung for {silent:.0f} s"
        if (busy := self._awake_since(time.monotonic() - self._store_busy())) > max(STORE_BUSY, self.silent):
            return f"a call to the database has hung for {busy:.0f} s"
        return ""

    def _awake_since(self, moment: float) -> float:
        """How many seconds have passed since then, those left out for which the whole process stood still."""
        still = sum(seconds for ended, seconds in self._stood_still if ended >= moment)
        return time.monotonic() - moment - still

    def _write_down(self, words: str) -> None:
        """Say in the log where every thread stands: places in the code, no values."""
        with contextlib.suppress(OSError), self._lock.path.with_suffix(".log").open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} CRITICAL {__name__}: {words}: it begins anew\n")
            log.flush()
            faulthandler.dump_traceback(log, all_threads=True)

    def begin_anew(self, why: str, at_work: str) -> None:
        """Put a fresh copy of this command in the place of the process; returns only when the system refuses.

        Args:
            why: what hangs, in words.
            at_work: the name of the task that the loop is at, or "".
        """
        os.environ.update(self._lock.hand_over() | {_WHY_ANEW: why, _HUNG_AT: at_work})
        with contextlib.suppress(OSError):
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command, as it was


def _task_of(loop: asyncio.AbstractEventLoop | None) -> str:
    """The name of the task that a loop is at, asked from whichever thread."""
    task = None if loop is None else asyncio.current_task(loop)
    return "" if task is None else task.get_name()


def _collect_orphans() -> None:
    """The children of before the new beginning ended with their pipes, and nobody waited for them."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
