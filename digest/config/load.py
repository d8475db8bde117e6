"""Where the config is looked for, and reading it whole, section by section, with every problem noted on the way."""

from __future__ import annotations

import dataclasses
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from digest.config.desks import read_desks
from digest.config.model import read_model
from digest.config.sections import (
    ADVICE,
    ELSEWHERE,
    read_channels,
    read_dashboard,
    read_database,
    read_digests,
    read_feeds,
    read_folder,
    read_keep,
    read_keys,
    read_log,
    read_notices,
    read_poll,
    read_telegram,
    read_views,
)
from digest.config.units import parse_zone
from digest.config.values import Config
from digest.errors import ConfigError, Problem
from digest.toml.places import locate
from digest.toml.problems import encoding_problem
from digest.toml.table import Notes

if TYPE_CHECKING:
    from digest.toml.places import Keys
    from digest.toml.table import Table

CONFIG_NAME = "config.toml"
EXAMPLE_NAME = "config.example.toml"
_CUTS = 8  # before which a document without a mistake is found, mostly at the first


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
    candidates = [Path(CONFIG_NAME), _user_config()]
    if Path(EXAMPLE_NAME).is_file() and Path("pyproject.toml").is_file():
        candidates.insert(1, Path(EXAMPLE_NAME))
    for path in candidates:
        if path.is_file():
            return path
    looked = f"there is no config, neither here nor at {_user_config()}: digest init writes one here"
    raise ConfigError([Problem(CONFIG_NAME, 1, 1, looked)])


def _user_config() -> Path:
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


def load_config(path: Path) -> Config:
    """Read and check a config file.

    Raises:
        ConfigError: the file cannot be read, or something in it is wrong; it carries every problem, in file order.
    """
    config, problems = read_config_file(path)
    if problems:
        raise ConfigError(sorted([*problems, *config.warnings]))
    return config


def read_config_file(path: Path) -> tuple[Config, list[Problem]]:
    """A config with what is wrong in it, each such value left as it is by default: no more than `check` may use it.

    Raises:
        ConfigError: the file cannot be read, or is no TOML.
    """
    notes = Notes(str(path), _read(path))
    top = notes.document()
    if notes.problems:
        raise ConfigError(notes.problems)
    config = _config(path, top)
    return dataclasses.replace(config, warnings=tuple(sorted(notes.warnings))), notes.problems


def config_problems(path: Path, text: str) -> list[Problem]:
    """What would be wrong with a config file that held this text."""
    notes = Notes(str(path), text)
    top = notes.document()
    if not notes.problems:
        _config(path, top)
    return sorted(notes.problems)


def read_despite(path: Path) -> tuple[Config, list[Problem]]:
    """A config as far as it can be read, with what is wrong: an engine that still goes by what it said before is found.

    Raises:
        ConfigError: there is no such file, or it is no text.
    """
    notes = Notes(str(path), _read(path))
    top = notes.document()
    broken = bool(notes.problems)
    config = _config(path, _readable(notes).document() if broken else top)
    return config, notes.problems


def _readable(notes: Notes) -> Notes:
    """What stands before the first statement of a document that cannot be read."""
    part = notes
    for _ in range(_CUTS):
        lines = part.text.split("\n")[: part.problems[0].line - 1] if part.problems else []
        part = Notes(notes.path, "\n".join(lines))
        part.document()
        if not part.problems:
            return part
    return Notes(notes.path, "")


def problem_at(config: Config, keys: Keys, message: str, level: str = "error", *, value: bool = True) -> Problem:
    """Something that is wrong, or doubtful, at a value of a config (or at its key) though it could be loaded."""
    try:
        text = config.path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):  # changed since it was loaded
        text = ""
    return Problem(str(config.path), *locate(text, keys, value=value), message, level)


def state_folder(path: Path) -> Path:
    """Where a config keeps its state, mistakes or not: an engine must be found, to be stopped, all the same.

    Raises:
        ConfigError: there is no such file, or it is no text.
    """
    return read_despite(path)[0].state


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = "there is no such file: digest init writes one"
    except IsADirectoryError:
        message = "this is a folder: name the config.toml in it"
    except UnicodeDecodeError as error:
        raise ConfigError([encoding_problem(str(path), error)]) from None
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
    raise ConfigError([Problem(str(path), 1, 1, message)])


def _config(path: Path, top: Table) -> Config:
    base = path.resolve().parent
    timezone = top.parsed("timezone", "UTC", parse_zone)
    state = read_folder(top, "state", base)
    poll = read_poll(top.table("poll"))
    telegram = read_telegram(top.table("telegram"), base)
    rules = read_folder(top, "rules", base)
    desks = read_desks(top, rules, base)
    names = tuple(desk.name for desk in desks)
    channels = read_channels(top, timezone, base, names, private_hosts=poll.private_hosts)
    model = read_model(top.table("model"), base)
    digests = read_digests(top, channels, timezone, names)
    config = Config(
        path=path,
        base=base,
        rules=rules,
        state=state,
        database=read_database(top, state),
        timezone=timezone,
        poll=poll,
        keep=read_keep(top.table("keep")),
        feeds=read_feeds(top, base, private_hosts=poll.private_hosts),
        telegram=telegram,
        channels=channels,
        digests=tuple(dataclasses.replace(spec, asks_model=model is not None) for spec in digests),
        notices=read_notices(top.table("notices"), channels, telegram.admins),
        desks=desks,
        views=read_views(top, timezone),
        model=model,
        keys=read_keys(top.table("keys")),
        dashboard=read_dashboard(top.table("dashboard")),
        log=read_log(top.table("log")),
    )
    top.finish(ADVICE, ELSEWHERE)
    return config
