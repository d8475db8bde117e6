"""Where the config is looked for, and where the files lie that ``digest init`` copies."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from digest.errors import ConfigError, Problem

CONFIG_NAME = "config.toml"
EXAMPLE_NAME = "config.example.toml"


@dataclass(frozen=True, slots=True)
class StarterFiles:
    """What a new user begins with."""

    config: Path
    rules: Path
    """A folder."""


def find_config(explicit: str | None = None) -> Path:
    """Find the config file: the one named, else ``$DIGEST_CONFIG``, ``./config.toml``, the user's config folder.

    The first found is used alone. In a checkout without ``config.toml``, ``config.example.toml`` stands in for it.

    Raises:
        ConfigError: none is there, or the one named is not.
    """
    named = explicit or os.environ.get("DIGEST_CONFIG")
    if named:
        path = Path(named)
        if path.is_dir():
            path /= CONFIG_NAME
        if not path.exists():
            by = "" if explicit else " (the environment variable DIGEST_CONFIG names it)"
            raise ConfigError([Problem(str(path), 1, 1, f"there is no such file{by}: digest init writes one")])
        return path
    candidates = [Path(CONFIG_NAME), user_config()]
    if Path(EXAMPLE_NAME).is_file() and Path("pyproject.toml").is_file():
        candidates.insert(1, Path(EXAMPLE_NAME))
    for path in candidates:
        if path.is_file():
            return path
    looked = f"there is no config, neither here nor at {user_config()}: digest init writes one here"
    raise ConfigError([Problem(CONFIG_NAME, 1, 1, looked)])


def user_config() -> Path:
    """The config file of the user who has no config in the folder at hand."""
    if sys.platform == "win32":
        folder = os.environ.get("APPDATA") or str(Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = str(Path.home() / "Library" / "Application Support")
    else:
        folder = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(folder) / "digest" / CONFIG_NAME


def starter_files() -> StarterFiles:
    """The example config and the starter rules: inside an installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "starter", package.parent):
        if (folder / EXAMPLE_NAME).is_file():
            return StarterFiles(folder / EXAMPLE_NAME, folder / "rules")
    raise ConfigError(
        [Problem(str(package), 1, 1, f"{EXAMPLE_NAME} is missing from this installation: install it again")]
    )
