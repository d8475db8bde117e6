"""``digest init`` and ``digest paths``: where things are, and the files to begin with."""

from __future__ import annotations

import os
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import read_config
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


@click.command(epilog="\b\nExamples:\n  digest init\n  digest init ~/news")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@config_option
def init(folder: Path) -> None:
    """Write config.toml and starter rules into DIR (here without it); never overwrites a file."""
    from digest.config import starter_files

    starter = starter_files()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder")
    copies = [(starter.config, folder / "config.toml")]
    copies += [(path, folder / "rules" / path.relative_to(starter.rules)) for path in _files(starter.rules)]
    for source, target in copies:
        say(f"{'wrote' if _copy(source, target) else 'kept '} {target}")
    say()
    say("Next:")
    if folder.resolve() != Path.cwd():
        say(f"  cd {shlex.quote(str(folder))}")
    say("  digest check    says whether all is right, and where it is not")
    say("  digest watch    starts polling and shows what matches; q leaves, digest stop ends the polling")
    say("For alerts in Telegram, fill in [[channel]] in config.toml; rules/README.md explains the rules.")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in {".toml", ".md"})


def _copy(source: Path, target: Path) -> bool:
    """Copy a file to where there is none yet; tells whether it did."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with target.open("xb") as file, source.open("rb") as original:
            shutil.copyfileobj(original, file)
    except FileExistsError:
        return False
    return True


@click.command(epilog="\b\nExamples:\n  digest paths\n  digest paths --json")
@config_option
@json_option
def paths(*, as_json: bool) -> None:
    """Show where the config, the rules, the state and the logs are."""
    from digest.engine.logs import LOG_NAME

    config = read_config()
    places = {
        "config": str(config.path.resolve()),
        "rules": str(config.rules),
        "state": str(config.state),
        "database": _without_password(config.database),
        "log": str(config.state / LOG_NAME),
    }
    if as_json:
        say_json(places)
        return
    say_table(list(places.items()), heads=("WHAT", "WHERE"))
    if not os.path.lexists(config.rules):
        complain(f"There is no folder {config.rules} yet: digest init writes starter rules.")


def _without_password(url: str) -> str:
    from urllib.parse import urlsplit

    if url.startswith("sqlite:///"):
        return url.removeprefix("sqlite:///")
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace(f":{parts.password}@", ":***@")).geturl()
