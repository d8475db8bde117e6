"""What decides of alerts, by a config and the rules of now."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.decide import Policy, decide

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config
    from digest.delivery.decide import Decide, Routes
    from digest.values.settings import Telling


def decides(config: Config, routes: Routes, telling: Mapping[str, Telling]) -> Decide:
    """What decides what becomes of matches.

    Args:
        config: as loaded.
        routes: of the rules, by their ids.
        telling: how they want to be told, by their ids.
    """
    reached = frozenset(channel for spec in config.digests for channel in spec.channels)
    return partial(decide, Policy(config.poll.max_age, config.channels, routes, telling, reached))
