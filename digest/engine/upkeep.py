"""What keeps the store small, safe and searchable: jobs done a little at a time, so that polls get their turn."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from digest.config.values import KeepConfig
    from digest.engine.ground.threads import StoreThread
    from digest.store.store import Store

_PAUSE = 0.1  # seconds between two batches

_log = logging.getLogger(__name__)


class UpkeepJobs:
    """Jobs for the clock.

    Args:
        keep: for how long what is kept, as of now.
        store: open.
        thread: the store's.
        is_trusted: whether the wall clock may be believed with what cannot be undone.
        stops_within: waits for the engine's stop, at most so many seconds; says whether it came.
    """

    def __init__(
        self,
        keep: Callable[[], KeepConfig],
        store: Store,
        thread: StoreThread,
        *,
        is_trusted: Callable[[], bool],
        stops_within: Callable[[float], Awaitable[bool]],
    ) -> None:
        self._keep = keep
        self._store = store
        self._thread = thread
        self._is_trusted = is_trusted
        self._stops_within = stops_within

    async def prune(self) -> None:
        """Let go of what is too old, batch by batch."""
        if not self._is_trusted():
            _log.warning("nothing is let go of today: the clock went forward by more than a day just now")
            return
        keep = self._keep()
        prune = partial(
            self._store.upkeep.prune,
            entries=keep.entries,
            alerts=keep.alerts,
            seen=keep.seen,
            evidence=keep.evidence,
        )
        while await self._thread.call(lambda: prune(now=datetime.now(UTC))):
            if await self._stops_within(_PAUSE):
                return

    async def settle(self) -> None:
        """Let no more than the last minute stand in the database's log alone."""
        await self._thread.call(self._store.database.settle)

    async def refold(self) -> None:
        """Fold stored texts as they are folded today, batch by batch; until that is done searches do it as they go."""
        place = await self._thread.call(self._store.upkeep.refold, None)
        while place is not None:
            if await self._stops_within(_PAUSE):
                return
            place = await self._thread.call(self._store.upkeep.refold, place)
