"""What a user edits while the engine runs: looked at twice a second, and loaded anew, whole, when it changed.

::

    changed? ─▶ wait until it holds still ─▶ load ─▶ in force, or (broken) what was last good stays so
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from digest.engine.ground.watchdog import beat
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Hashable

_LOOK_EVERY = 0.4  # seconds; with the settling, an edit is live within a second
_SETTLE = 0.1  # seconds without a further change: a file is not read while it is being written
_SETTLE_TRIES = 3  # what never holds still is read all the same

_log = logging.getLogger(__name__)


class Followed(ABC):
    """Something on disk that is kept live; what is in force is always whole."""

    called: ClassVar[str]
    """What it is, for the log: "the rules"."""

    def __init__(self) -> None:
        self._seen: Hashable | None = None
        self._loading = asyncio.Lock()  # whoever asks while a load is under way waits for it, and finds nothing new

    async def watch(self) -> None:
        """Follow it until cancelled."""
        failed = ""  # what the log was told last
        while True:
            beat()
            await asyncio.sleep(_LOOK_EVERY)
            try:
                await self.refresh()
                failed = ""
            except StoreError as error:  # tried again; what was in force stays so
                if str(error) != failed:
                    _log.warning("%s: not reloaded: %s", self.called, error)
                failed = str(error)
            except Exception:  # noqa: BLE001 - a file that trips us must not stop the engine
                _log.exception("%s: cannot be reloaded", self.called)

    async def refresh(self) -> bool:
        """Load it if it changed since the last time; says whether it did.

        Raises:
            StoreError: the store failed; what is in force stays so, and the next call tries again.
        """
        async with self._loading:
            return await self._refresh()

    async def _refresh(self) -> bool:
        mark = await asyncio.to_thread(self._mark)
        if mark == self._seen:
            return False
        before = mark
        for _ in range(_SETTLE_TRIES if self._seen is not None else 0):
            await asyncio.sleep(_SETTLE)
            before, mark = mark, await asyncio.to_thread(self._mark)
            if before == mark:
                break
        try:
            await self._load()
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever we fail on, the engine goes on, and it is shown
            _log.exception("%s: cannot be reloaded", self.called)
            await self._stay(error)
            before = mark  # it would fail again: wait for the next change
        # Where it never held still the last write may bear the same time as this mark: it is read once more.
        self._seen = before
        return True

    @abstractmethod
    def _mark(self) -> Hashable:
        """What changes with every edit; runs in a thread."""

    @abstractmethod
    async def _load(self) -> None:
        """Read it and put it in force, or note what is wrong with it."""

    @abstractmethod
    async def _stay(self, fault: Exception) -> None:
        """Where a load failed as a whole, by a fault of our own: say so, and go on with what was last good."""
