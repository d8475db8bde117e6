"""What decides of alerts, by a config and the rules of now; and whether two machines' configs decide alike."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from digest.config.values import Config, PollConfig, TelegramConfig
from digest.delivery.decide import Policy, decide
from digest.values.settings import ChannelSpec, DeskSpec, FeedSpec, ModelSpec, Telegram

if TYPE_CHECKING:
    from collections.abc import Mapping

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


_OWN: Final[Mapping[type, frozenset[str]]] = {
    Config: frozenset(
        {"path", "base", "rules", "state", "database", "views", "keys", "dashboard", "log", "warnings"},
    ),
    PollConfig: frozenset({"timeout", "concurrency", "per_host", "private_hosts", "websub", "websub_listen"}),
    TelegramConfig: frozenset({"token_env", "token_file", "api"}),
    FeedSpec: frozenset({"access"}),
    DeskSpec: frozenset({"rules"}),
    ModelSpec: frozenset({"endpoint", "key_env", "key_file", "key", "libretranslate"}),
}
"""What is each machine's own: paths, secrets, addresses, what it can bear, and what its user sees."""


def shared_marks(config: Config) -> dict[str, str]:
    """A mark for each key or section that has to be the same on all machines of an engine in parts, by its name."""
    said: dict[str, object] = {}
    for key, value in _shared(config).items():
        if isinstance(value, tuple):
            said[f"[[{key.removesuffix('s')}]]"] = sorted(repr(_shared(each)) for each in value)
        elif key == "model":  # which may be none
            said["[model]"] = value and _shared(value)
        elif is_dataclass(value):
            said |= {f"{name} of [{key}]": each for name, each in _shared(value).items()}
        else:
            said[key] = value
    return {name: hashlib.sha256(repr(each).encode()).hexdigest()[:12] for name, each in said.items()}


def other_sections(marks: Mapping[str, str], config: Config) -> list[str]:
    """The names of sections that are other ones in a config than where these marks come from."""
    own = shared_marks(config)
    return [name for name, mark in marks.items() if own.get(name, mark) != mark]


def _shared(value: Any) -> dict[str, Any]:
    """The fields of a part of a config that are no machine's own."""
    own = _OWN.get(type(value), frozenset())
    said = {field.name: getattr(value, field.name) for field in fields(value) if field.name not in own}
    if isinstance(value, ChannelSpec) and not isinstance(value.medium, Telegram):
        said["medium"] = type(value.medium).__name__  # which folder, or which address
    return said
