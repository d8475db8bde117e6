"""Waiting for what comes about by itself: a condition is looked at again and again, no time is hoped for.

How long is waited is no promise of the code, only where a test gives up; a busy machine may need much of it.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE: Final = 60.0
"""Seconds after which a test fails that waits for something."""
_LOOKS: Final = 0.01  # seconds between two looks
_SHARE: Final = 4  # a look that costs is made more rarely: what is waited for needs the machine, too


def _nothing() -> str:
    return "it did not come about"


def wait_until(
    condition: Callable[[], object], seconds: float = PATIENCE, *, otherwise: Callable[[], object] = _nothing
) -> None:
    """Look until something holds; fails with the words of ``otherwise`` if it does not."""
    give_up = time.monotonic() + seconds
    while (pause := _look(condition)) is not None:
        assert time.monotonic() < give_up, otherwise()
        time.sleep(pause)


async def until(
    condition: Callable[[], object], seconds: float = PATIENCE, *, otherwise: Callable[[], object] = _nothing
) -> None:
    """The same, while the event loop goes on."""
    give_up = time.monotonic() + seconds
    while (pause := _look(condition)) is not None:
        assert time.monotonic() < give_up, otherwise()
        await asyncio.sleep(pause)


def _look(condition: Callable[[], object]) -> float | None:
    """How many seconds to wait before the next look; ``None`` once it holds."""
    began = time.monotonic()
    return None if condition() else max(_LOOKS, _SHARE * (time.monotonic() - began))
