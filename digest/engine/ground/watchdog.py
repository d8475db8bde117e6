"""What nothing inside the event loop can mend: a loop, or the store's thread, that hangs. The process begins anew.

::

    loop ── ticks ──▶ watch (a thread of its own) ── silent for a minute ──▶ stacks to engine.log ──▶ exec: the same
    store thread ── busy since ──┘                                            command, the same process, the same lock

The process replaces itself with a fresh copy: its id stays (a service manager, ``digest stop`` and whoever started it
see one process), the lock is handed over as an open file and never let go of, and the kernel closes all else. For the
store and the outbox that is a kill like any other: what was being sent counts as a lost answer. A call into C that
never lets go of the interpreter cannot be mended so, because then no thread of ours runs either; the dashboards
say ENGINE DOWN.

The thread never logs: the loop may hang while it holds the log's lock.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STORE_BUSY: Final = 180.0
"""Seconds after which one call to the store hangs; SQLite itself waits for no more than ten."""
_LOOK: Final = 1.0
_REMEMBERED: Final = 50
"""Times at which the process stood still; what matters is the last few minutes."""


class WedgeWatch:
    """Watches loop and store from a thread of its own, from `start` to `stop`.

    Args:
        store_busy: how many seconds the store's thread has been at its present call.
        log: the engine's log.
        begin_anew: replaces the process, told what hangs and what the loop was at; returns only if that cannot be done.
        silent: seconds after which a loop hangs.
        at_work: the name of the task that the loop is at, or "".
    """

    def __init__(
        self,
        store_busy: Callable[[], float],
        log: Path,
        begin_anew: Callable[[str, str], None],
        *,
        silent: float,
        at_work: Callable[[], str] = str,
    ) -> None:
        self._store_busy = store_busy
        self._log = log
        self._begin_anew = begin_anew
        self._silent = silent
        self._at_work = at_work
        self._ticked = time.monotonic()
        self._stood_still: deque[tuple[float, float]] = deque(maxlen=_REMEMBERED)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch for a wedge", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._ticked = time.monotonic()
        self._thread.start()

    def tick(self) -> None:
        """The loop runs."""
        self._ticked = time.monotonic()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _run(self) -> None:
        while True:
            before = time.monotonic()
            if self._stopped.wait(_LOOK):
                return
            late = time.monotonic() - before - _LOOK
            if late > _LOOK:  # suspended, or starved: the whole process stood still, and nothing in it hung
                self._stood_still.append((time.monotonic(), late))
            if words := self._wedged():
                at_work = self._at_work()
                self._write_down(f"{words}, at: {at_work}" if at_work else words)
                self._begin_anew(words, at_work)
                return

    def _wedged(self) -> str:
        """What hangs, in words; empty while nothing does."""
        if (silent := self._awake_since(self._ticked)) > self._silent:
            return f"the engine's event loop has hung for {silent:.0f} s"
        if (busy := self._awake_since(time.monotonic() - self._store_busy())) > max(STORE_BUSY, self._silent):
            return f"a call to the database has hung for {busy:.0f} s"
        return ""

    def _awake_since(self, moment: float) -> float:
        """How many seconds have passed since then, those left out for which the whole process stood still."""
        still = sum(seconds for ended, seconds in self._stood_still if ended >= moment)
        return time.monotonic() - moment - still

    def _write_down(self, words: str) -> None:
        """Say in the log where every thread stands: places in the code, no values."""
        with contextlib.suppress(OSError), self._log.open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} CRITICAL {__name__}: {words}: it begins anew\n")
            log.flush()
            faulthandler.dump_traceback(log, all_threads=True)


def replace_process(**handed_over: str) -> None:
    """Put a fresh copy of this command in the place of the process; returns only when the system refuses.

    Args:
        handed_over: what the copy finds in its environment.
    """
    os.environ.update(handed_over)
    with contextlib.suppress(OSError):
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command, as it was
