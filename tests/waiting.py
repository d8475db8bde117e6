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


def _nothing() -> str:
    return "it did not come about"


def wait_until(
    condition: Callable[[], object], seconds: float = PATIENCE, *, otherwise: Callable[[], object] = _nothing
) -> None:
    """Look until something holds; fails with the words of ``otherwise`` if it does not."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, otherwise()
        time.sleep(_LOOKS)


async def until(
    condition: Callable[[], object], seconds: float = PATIENCE, *, otherwise: Callable[[], object] = _nothing
) -> None:
    """The same, while the event loop goes on."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, otherwise()
        await asyncio.sleep(_LOOKS)
