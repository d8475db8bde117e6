"""The demo's hours: what Digest counts in hours and minutes of the day passes as fast as the simulated day does.

A day's news in a minute would else be one spike, and the first UPDATE would come when the demo is long over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.delivery import limits, queue
from digest.match.rules import telling
from digest.stories import spikes

if TYPE_CHECKING:
    from types import ModuleType

BRIEFEST: timedelta = timedelta(seconds=3)
"""What counts as an hour for spikes at least: feeds are polled every second, so what belongs together may come so far
apart."""


def shorten_hours(hour: timedelta) -> None:
    """Let this process take ``hour`` for an hour; before anything of the engine or the dashboard begins.

    That is so for the time between two UPDATE messages of a story and between two edits in a chat, and for what counts
    as a spike. Bundles may be as brief as they like.
    """
    from digest.store import stories  # heavy: the dashboard's process has no need of it before

    spike = max(hour, BRIEFEST)
    constants: tuple[tuple[ModuleType, str, object], ...] = (
        (queue, "BETWEEN_UPDATES", hour / 2),
        (limits, "EDITS", (limits.RateLimit(1, hour / 60),)),
        (spikes, "HOUR", spike),
        (stories, "HOUR", spike),
        (telling, "BRIEFEST_EVERY", timedelta(0)),
    )
    for module, name, value in constants:
        assert hasattr(module, name), f"{module.__name__} has no {name}"
        setattr(module, name, value)
