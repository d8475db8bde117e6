"""Urgent alerts that nobody took in hand in time: other channels are told of them, each once."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.escalation import plan_escalations
from digest.watch.conditions import StuckSigns

if TYPE_CHECKING:
    from datetime import datetime

    from digest.clock import Awake
    from digest.config import Config
    from digest.delivery.escalation import PlanEscalations
    from digest.store.store import Store

_log = logging.getLogger(__name__)


def stuck_signs(store: Store, config: Config, awake: Awake, now: datetime) -> list[StuckSigns]:
    """The channels whose urgent alerts nobody took in time, with none in service to go on to; as `escalate`."""
    events: dict[str, dict[int, datetime]] = {}
    for each in store.duty.planned(_plan(config, awake, now)).stuck:
        of_channel = events.setdefault(each.channel, {})
        of_channel[each.event] = min(each.since, of_channel.get(each.event, each.since))
    return [StuckSigns(channel, len(found), min(found.values())) for channel, found in sorted(events.items())]


def escalate(store: Store, config: Config, awake: Awake, now: datetime) -> bool:
    """Owe other channels what nobody took in time; whether there was anything.

    Args:
        store: where messages wait for somebody.
        config: that of now: it says where they go on to, and after how long.
        awake: when an engine was at work.
        now: the time.
    """
    owed = store.duty.escalate(_plan(config, awake, now), now)
    for each in owed:
        _log.warning("nobody took it in time: %s", each)
    return bool(owed)


def _plan(config: Config, awake: Awake, now: datetime) -> PlanEscalations:
    return partial(plan_escalations, config.channels, config.telegram.give_up, awake, now)
