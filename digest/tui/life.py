"""Does the engine live? Judged by this dashboard's own steady clock, so that no jump of the wall clock misleads it.

::

    heartbeat in the store changed within six seconds ─▶ live
    else: the file of the engine's lock changed ─▶ it lives and cannot write to the store: what it says of that
    else ─▶ down

Only a heartbeat that was there before this dashboard looked is judged by the wall clock, for there is nothing else to
judge it by; the next one, two seconds later, puts that right.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from digest.presence import Presence
    from digest.values.states import EngineState

DEAD_AFTER: Final = timedelta(seconds=6)
"""Without a sign of life, of which an engine gives one every two seconds."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """How the engine does."""

    lives: bool
    silent: timedelta | None = None
    """For how long one that runs by its own account has given no sign of life."""
    waits: str = ""
    """Why one that lives cannot work, in its own words."""


class Life:
    """Follows the signs of life.

    Args:
        steady: seconds that only grow, ``time.monotonic``.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._steady = steady
        self._heartbeat: datetime | None = None
        self._beat_at: float | None = None
        self._said: Presence | None = None
        self._said_at: float | None = None

    def hear(self, engine: EngineState, now: datetime) -> None:
        """What the store says; ``now`` is the wall clock's time."""
        if engine.heartbeat is None or engine.heartbeat == self._heartbeat:
            return
        known = self._heartbeat is not None
        age = 0.0 if known else max((now - engine.heartbeat).total_seconds(), 0.0)
        self._heartbeat, self._beat_at = engine.heartbeat, self._steady() - age

    def see(self, presence: Presence | None) -> None:
        """What the engine says in the file of its lock; how old the first that is seen may be, nobody knows."""
        if presence is not None and presence != self._said:
            self._said_at = None if self._said is None else self._steady()
            self._said = presence

    def bearing(self, engine: EngineState) -> Bearing:
        """How the engine does, whose last words in the store are these."""
        if engine.pid is None or self._beat_at is None:
            return Bearing(lives=False)
        silent = timedelta(seconds=self._steady() - self._beat_at)
        if silent <= DEAD_AFTER:
            return Bearing(lives=True)
        if self._said is not None and self._said_at is not None and self._said.pid == engine.pid:
            still = timedelta(seconds=self._steady() - self._said_at)
            if still <= DEAD_AFTER:
                return Bearing(lives=True, waits=self._said.problem)
        return Bearing(lives=False, silent=silent)
