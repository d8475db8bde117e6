"""Every two seconds the faces hear through the store that the engine lives, what it does, and what is wrong.

The same moment is used to see whether the engine still stands where it began. A state folder that is deleted or moved
leaves it writing where nobody looks, and its lock free for a second engine that would send everything again: it must
end. So it must when the database loses its log of writes, in which the latest of what was sent is noted.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.engine.ground.threads import StoreThread
    from digest.presence import EngineLock
    from digest.store.store import Store

_log = logging.getLogger(__name__)


class Heartbeat:
    """Tells how the engine does.

    Args:
        lock: held.
        store: open.
        thread: the store's.
        config: what is wrong with the config file, or waits for the next start, in plain words; empty: nothing.
        activity: what the engine does, in a few words; empty: nothing.
        worst: what is wrong with its parts, in plain words; empty: nothing.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it looks at, and whom it asks
        self,
        lock: EngineLock,
        store: Store,
        thread: StoreThread,
        config: Callable[[], str],
        activity: Callable[[], str],
        worst: Callable[[], str],
    ) -> None:
        self._lock = lock
        self._store = store
        self._thread = thread
        self._config = config
        self._activity = activity
        self._worst = worst
        self.trouble = ""
        """Why the store cannot be written to, in plain words; empty while it can."""

    def problem(self) -> str:
        """What a user should know of, in plain words, the worst first."""
        return self.trouble or self._worst() or self._config()

    def lost(self) -> str:
        """Why this engine must end: what it holds is no longer its own; empty while all is well."""
        if self._lock.lost():
            return f"{self._lock.path} was deleted or replaced while the engine ran"
        return self._store.database.lost()

    async def beat(self) -> None:
        """Tell the store that the engine lives, what it does, and what is wrong; the log hears when that fails."""
        problem = self._worst() or self._config()
        try:
            await self._thread.call(self._store.engine.beat, datetime.now(UTC), self._activity(), problem=problem)
        except StoreError as error:
            if self.trouble != str(error):
                _log.error("nothing is polled while nothing can be stored: %s", error)
                self.trouble = str(error)
            return
        if self.trouble:
            _log.info("polling goes on: the database can be written to again")
            self.trouble = ""
