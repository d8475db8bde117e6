"""Urgent alerts that nobody took in hand in time: other channels are told of them, each once."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.escalation import plan_escalations

if TYPE_CHECKING:
    from datetime import datetime

    from digest.clock import Awake
    from digest.config import Config
    from digest.store.store import Store

_log = logging.getLogger(__name__)


def escalate(store: Store, config: Config, awake: Awake, now: datetime) -> bool:
    """Owe other channels what nobody took in time; whether there was anything.

    Args:
        store: where messages wait for somebody.
        config: that of now: it says where they go on to, and after how long.
        awake: when an engine was at work.
        now: the time.
    """
    give_up = config.telegram.give_up
    owed = store.duty.escalate(partial(plan_escalations, config.channels, give_up, awake, now), now)
    for each in owed:
        _log.warning("nobody took it in time: %s", each)
    return bool(owed)
