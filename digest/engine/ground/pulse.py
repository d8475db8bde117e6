"""Keeps the engine's parts at work: one whose pulse stops is cancelled and begun anew.

::

    keep(part) ─▶ run ─▶ beat … beat … beat …          silent for a minute ─▶ cancel ─▶ run again, from its beginning
                         (also while it waits)          (twice as long after each time in vain)

A part must be able to begin anew wherever it was cancelled: what it had in hand is in the store, or is asked for again.
Whoever is stopped and goes on later (a suspended process, a loop that was held up) was not silent by its own fault:
silence counts only while the one who listens is on time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SILENT: Final = 60.0
"""Seconds without a beat after which a part is begun anew."""
_LONGEST: Final = 3600.0
"""The same after it was begun anew in vain again and again."""
_LOOK: Final = 1.0
"""Seconds between two looks; a part that waits for longer than `REST` beats in between."""
REST: Final = 10.0
"""Seconds that a part may wait without a beat, so that it is never near to being silent."""
_END: Final = 5.0
"""Seconds that a cancelled part has to end."""
_TOLD: Final = 3600.0
"""Seconds for which a part's new beginning is shown."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pulse:
    """When a part last gave a sign of life."""

    at: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        """It is alive."""
        self.at = time.monotonic()


_current: ContextVar[Pulse | None] = ContextVar("pulse", default=None)


def beat() -> None:
    """The part that runs here is alive; nothing happens where none is kept."""
    if (pulse := _current.get()) is not None:
        pulse.beat()


async def wait_and_beat(event: asyncio.Event) -> None:
    """Wait for an event for as long as it takes, alive."""
    while not event.is_set():
        beat()
        try:
            async with asyncio.timeout(REST):
                await event.wait()
        except TimeoutError:
            continue
    beat()


async def sleep(seconds: float) -> None:
    """Sleep for as long as it takes, alive."""
    until = time.monotonic() + seconds
    while True:
        beat()
        await asyncio.sleep(max(min(until - time.monotonic(), REST), 0.0))
        if time.monotonic() >= until:
            return


class Keeper:
    """Runs parts, and begins one anew whose pulse has stopped.

    Args:
        silent: seconds after which a pulse has stopped.
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
            run: begins it; called again each time its pulse has stopped.
        """
        patience = self._silent
        while True:
            pulse = Pulse()
            task = asyncio.create_task(_with_pulse(pulse, run), name=name)
            try:
                if await self._ends(task, pulse, patience):
                    return
            finally:
                await _cancelled(task)
            self._say(name, patience)
            patience = min(patience * 2, _LONGEST)

    async def _ends(self, task: asyncio.Task[None], pulse: Pulse, patience: float) -> bool:
        """Whether a part came to its end, or else its pulse to a stop."""
        while True:
            asleep = time.monotonic()
            await asyncio.wait({task}, timeout=self._look)
            if task.done():
                task.result()
                return True
            late = time.monotonic() - asleep - self._look
            if late > self._look:
                pulse.at += late  # nobody could beat meanwhile
            if time.monotonic() - pulse.at > patience:
                return False

    def _say(self, name: str, patience: float) -> None:
        self._words = f"{name} had stopped and was begun anew: engine.log has more"
        self._said_at = time.monotonic()
        _log.error("%s gave no sign of life for %.0f s: it is begun anew", name, patience)


async def _with_pulse(pulse: Pulse, run: Callable[[], Awaitable[None]]) -> None:
    _current.set(pulse)
    await run()


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
