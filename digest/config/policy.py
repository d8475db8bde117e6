"""What decides of alerts, by a config and the rules of now; and whether two machines' configs decide alike."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING

from digest.delivery.decide import Policy, decide
from digest.values.settings import Telegram

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.config import Config
    from digest.delivery.decide import Decide, Routes
    from digest.values.settings import ChannelSpec, Telling


def decides(config: Config, routes: Routes, telling: Mapping[str, Telling]) -> Decide:
    """What decides what becomes of matches.

    Args:
        config: as loaded.
        routes: of the rules, by their ids.
        telling: how they want to be told, by their ids.
    """
    reached = frozenset(channel for spec in config.digests for channel in spec.channels)
    return partial(decide, Policy(config.poll.max_age, config.channels, routes, telling, reached))


def shared_marks(config: Config) -> dict[str, str]:
    """A mark for each section that has to be the same on all machines of an engine in parts, by its name.

    Paths and secrets are each machine's own.
    """
    said = {
        "[[feed]]": sorted((feed.url, feed.full_text) for feed in config.feeds),
        "[[channel]]": sorted(map(_shared, config.channels)),
        "[[digest]]": sorted(map(repr, config.digests)),
        "max_age of [poll]": config.poll.max_age,
    }
    return {name: hashlib.sha256(repr(each).encode()).hexdigest()[:12] for name, each in said.items()}


def other_sections(marks: Mapping[str, str], config: Config) -> list[str]:
    """The names of sections that are other ones in a config than where these marks come from."""
    own = shared_marks(config)
    return [name for name, mark in marks.items() if own.get(name, mark) != mark]


def _shared(channel: ChannelSpec) -> str:
    where = channel.medium if isinstance(channel.medium, Telegram) else type(channel.medium)
    said = channel.name, where, channel.template, channel.severity, channel.quiet, channel.timezone, channel.escalate
    return repr((*said, channel.desk))
