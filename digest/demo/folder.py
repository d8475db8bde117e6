"""The demo's folder: a config, the starter rules, a place for state; gone when the demo ends.

All goes to one chat, that of a world desk: what is severe at once, some of it only once two outlets report it, what is
of less weight in bundles or in the digest at the end of the day.
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from digest.config import starter_files
from digest.demo.bot_values import Chat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.demo.newsday import Outlet

TOKEN_ENV = "DIGEST_DEMO_TOKEN"  # noqa: S105 - the name of a variable
CHAT: Final = Chat(1001, "World desk", "private")
CHANNEL: Final = "desk"
DIGEST: Final = "evening"
"""The name of the digest; it is asked for when the day is over, so its time is that of no demo."""
OVER: Final = "over"
"""The file that says that the day is over."""
_TELLING: Final[Mapping[str, Mapping[str, object]]] = {
    "north-korea": {"deliver": "digest"},
    "syria": {"deliver": "digest"},
    "north-korea-weapons": {"sources": 2},
    "korea-syria": {"sources": 2},
    "syria-fighting": {"sources": 2},
}
"""When starter rules tell here, by their ids; the others do as they stand."""
_BUNDLED: Final = "diplomatic-ties"
_BUNDLE_HOURS: Final = 3


def furnish(folder: Path, feeds: Sequence[tuple[Outlet, str]], api: str, hour: float) -> Path:
    """Write the config and the rules into ``folder``.

    Args:
        folder: exists and is empty.
        feeds: the outlets with the addresses of their feeds.
        api: the Bot API server's address.
        hour: how many seconds an hour of the day lasts.

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
            table.update(_TELLING.get(table["id"], {}))
            if table["id"] == _BUNDLED:
                table["deliver"] = f"every {max(1, round(_BUNDLE_HOURS * hour))}s"
        (rules / path.name).write_text(tomlkit.dumps(document), encoding="utf-8")
    desk = resources.files(__package__).joinpath("desk.toml").read_text(encoding="utf-8")
    (rules / "world-desk.toml").write_text(desk, encoding="utf-8")
    config = folder / "config.toml"
    config.write_text(tomlkit.dumps(_config(feeds, api)), encoding="utf-8")
    return config


def _rule_files() -> list[Path]:
    return sorted(starter_files().rules.glob("*.toml"))


def _config(feeds: Sequence[tuple[Outlet, str]], api: str) -> Mapping[str, Any]:
    """Give what the config says; the feeds are on loopback and polled every second."""
    return {
        "rules": "rules",
        "state": "state",
        "timezone": _local_zone(),
        "poll": {"every": "1s", "min": "1s", "max": "2s", "timeout": "3s", "private_hosts": True},
        # A day's news in a minute is no flood: each alert is to be seen.
        "telegram": {"token_env": TOKEN_ENV, "api": api, "flood": 1000},
        "channel": [{"name": CHANNEL, "telegram": str(CHAT.id)}],
        "digest": [{"name": DIGEST, "at": "23:59", "channels": [CHANNEL]}],
        "feed": [
            {"url": address, "name": outlet.name, "lang": outlet.lang, "tags": ["demo"], "every": "1s"}
            | {"publisher": outlet.name, "tier": outlet.tier}
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
