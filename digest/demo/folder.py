"""The demo's folder: a config, the starter rules, a place for state; gone when the demo ends.

Every rule file gets a desk of its own, a chat that its rules go to: it shows how rules are routed, and keeps one
chat's pace from holding up the day.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from digest.config import starter_files
from digest.demo.bot_values import Chat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.demo.newsday import Outlet

TOKEN_ENV = "DIGEST_DEMO_TOKEN"  # noqa: S105 - the name of a variable
_FIRST_CHAT = 1001


@dataclass(frozen=True, slots=True)
class Desk:
    """A channel of the demo's config and the chat behind it."""

    name: str
    chat: Chat


def desks() -> tuple[Desk, ...]:
    """Give a desk for every starter rule file that holds rules, in order of their names."""
    names = [path.stem for path in _rule_files() if "[[rule]]" in path.read_text(encoding="utf-8")]
    return tuple(
        Desk(name, Chat(number, name.replace("-", " ").title(), "private"))
        for number, name in enumerate(names, start=_FIRST_CHAT)
    )


def furnish(folder: Path, feeds: Sequence[tuple[Outlet, str]], api: str, chosen: Sequence[Desk]) -> Path:
    """Write the config and the rules into ``folder``.

    Args:
        folder: exists and is empty.
        feeds: the outlets with the addresses of their feeds.
        api: the Bot API server's address.
        chosen: the desks, one for each rule file with rules.

    Returns:
        The path of the config.
    """
    import tomlkit

    rules = folder / "rules"
    rules.mkdir()
    for path in _rule_files():
        document = tomlkit.parse(path.read_text(encoding="utf-8"))
        tables: Any = document.get("rule", [])
        for table in tables:
            table["channels"] = [path.stem]
        (rules / path.name).write_text(tomlkit.dumps(document), encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(tomlkit.dumps(_config(feeds, api, chosen)), encoding="utf-8")
    return config


def _rule_files() -> list[Path]:
    return sorted(starter_files().rules.glob("*.toml"))


def _config(feeds: Sequence[tuple[Outlet, str]], api: str, chosen: Sequence[Desk]) -> Mapping[str, Any]:
    """Give what the config says; the feeds are on loopback and polled every two seconds."""
    return {
        "rules": "rules",
        "state": "state",
        "timezone": _local_zone(),
        "poll": {"every": "2s", "min": "1s", "max": "4s", "timeout": "3s", "private_hosts": True},
        # A day's news in a minute is no flood: each alert is to be seen.
        "telegram": {"token_env": TOKEN_ENV, "api": api, "flood": 1000},
        "channel": [{"name": desk.name, "telegram": str(desk.chat.id)} for desk in chosen],
        "feed": [
            {"url": address, "name": outlet.name, "lang": outlet.lang, "tags": ["demo"], "every": "2s"}
            for outlet, address in feeds
        ],
    }


def _local_zone() -> str:
    """Give the IANA name of this machine's zone, UTC where it cannot be told."""
    linked = Path("/etc/localtime").resolve().as_posix().partition("zoneinfo/")[2]
    for name in (os.environ.get("TZ", "").removeprefix(":"), linked):
        try:
            return ZoneInfo(name).key
        except (ValueError, OSError, KeyError):  # no name, no zone, or a folder of zones
            continue
    return "UTC"
