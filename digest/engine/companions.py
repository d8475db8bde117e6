"""What works beside the engine in its process, and knows what it works with: the bot.

A companion that fails takes nothing with it: that is logged, and it begins again after a pause. One that hangs is begun
anew: while it waits for longer than some seconds it has to beat (``ground.watchdog``).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digest.config import Config, Secret
    from digest.engine.ground.threads import StoreThread
    from digest.engine.rules import LiveRules
    from digest.store.store import Store

_AGAIN = 5.0  # seconds until one that failed begins again

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an engine works with, as far as a companion may."""

    config_now: Callable[[], Config]
    """The config that is in force."""
    store: Store
    thread: StoreThread
    """The only one that writes to the store."""
    rules: LiveRules
    ring: Callable[[], None]
    """Tells the drain that there may be something new to deliver."""
    token: Secret | None
    problems: dict[str, str] = field(default_factory=dict)
    """What users should know of, in plain words, by companion; shown until it is taken out."""

    @property
    def config(self) -> Config:
        """The config that is in force."""
        return self.config_now()


Companion = Callable[[Surroundings], Coroutine[Any, Any, None]]


def name_of(companion: Companion) -> str:
    """What a companion goes by, for the log and the user."""
    return getattr(companion, "__name__", "a companion").removeprefix("run_").replace("_", " ")


async def accompany(companion: Companion, around: Surroundings) -> None:
    """Let a companion work until cancelled, or until it has nothing (more) to do."""
    while True:
        try:
            await companion(around)
        except Exception:  # noqa: BLE001 - whatever it is, the engine works on
            _log.exception("%s failed, and begins again", getattr(companion, "__name__", companion))
            await asyncio.sleep(_AGAIN)
        else:
            return
