"""``digest init`` and ``digest paths``: where things are, and the files to begin with, in the system's time zone."""

from __future__ import annotations

import os
import re
import shlex
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.atomic import put_in_place
from digest.cli.group import config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import read_config
from digest.config.units import parse_zone
from digest.errors import UsageError
from digest.values.databases import masked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FALLBACK_ZONE = "UTC"


@click.command(epilog="\b\nExamples:\n  digest init\n  digest init ~/news")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@config_option
def init(folder: Path) -> None:
    """Write config.toml and starter rules into DIR (here without it); never overwrites a file."""
    from digest.cli.setup import system_zone
    from digest.config import starter_files

    starter = starter_files()
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name a folder")
    config, (zone, words) = folder / "config.toml", system_zone()
    # It may come to hold a password, or an address that is one.
    written = _write(config, _in_zone(starter.config.read_text(encoding="utf-8"), zone), private=True)
    say(f"wrote {config}: its time zone is {zone}, {words}" if written else f"kept  {config}")
    for source in _files(starter.rules):
        target = folder / "rules" / source.relative_to(starter.rules)
        copied = _write(target, source.read_text(encoding="utf-8"), private=False)
        say(f"{'wrote' if copied else 'kept '} {target}")
    say()
    say("Next:")
    if folder.resolve() != Path.cwd():
        say(f"  cd {shlex.quote(str(folder))}")
    say("  digest check    says whether all is right, and where it is not")
    say("  digest watch    starts polling and shows what matches; q leaves, digest stop ends the polling")
    say("For alerts in Telegram, fill in [[channel]] in config.toml; digest help rules explains the rules.")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in {".toml", ".md"})


def _in_zone(config: str, zone: str) -> str:
    """The example config with another time zone, its comment in its column."""
    line = re.compile(r'^(timezone = )"[^"]*" *', re.MULTILINE)
    return line.sub(lambda found: f'{found[1]}"{zone}" '.ljust(len(found[0])), config)


def _write(target: Path, text: str, *, private: bool) -> bool:
    """Write a file where there is none yet, whole or not at all; tells whether it did."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        return False
    aside = target.with_name(f".{target.name}.new-{os.getpid()}")
    try:
        mode = 0o600 if private else 0o666
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            if private:
                os.fchmod(file.fileno(), 0o600)  # whatever the umask says
            file.write(text.encode())
        put_in_place(aside, target)
    except FileExistsError:
        return False
    except OSError as error:  # it names the file that is to be, not the one aside
        raise OSError(error.errno, error.strerror, str(target)) from error
    finally:
        aside.unlink(missing_ok=True)
    return True


@click.command(epilog="\b\nExamples:\n  digest paths\n  digest paths --json")
@config_option
@json_option
def paths(*, as_json: bool) -> None:
    """Show where the config, the rules, the state and the logs are."""
    from digest.presence import LOG_NAME

    config = read_config()
    places = {
        "config": str(config.path.resolve()),
        "rules": str(config.rules),
        "state": str(config.state),
        "database": masked(config.database),
        "log": str(config.state / LOG_NAME),
    }
    if as_json:
        say_json(places)
        return
    say_table(list(places.items()), heads=("WHAT", "WHERE"))
    if not os.path.lexists(config.rules):
        complain(f"There is no folder {config.rules} yet: digest init writes starter rules.")


def system_zone(environment: Mapping[str, str] = os.environ, etc: Path = Path("/etc")) -> tuple[str, str]:
    """The zone's IANA name, and in words how it is known; UTC where it is not.

    ``TZ`` counts before the system's own setting, as everywhere. Of that, where ``localtime`` leads to counts before
    the name in ``timezone``, for the clock goes by it; one that is a copy is known by its content.

    Args:
        environment: with or without ``TZ``.
        etc: the folder of ``localtime`` and ``timezone``.
    """
    named = environment.get("TZ", "").removeprefix(":")
    if named:
        if zone := _known(named):
            return zone, "as TZ says"
        return _FALLBACK_ZONE, f"for TZ is “{named}”, which is no IANA name"
    for zone, words in _of_system(etc):
        return zone, words
    return _FALLBACK_ZONE, "for the system names no time zone"


def _of_system(etc: Path) -> Iterator[tuple[str, str]]:
    """What the system's files say, the best first."""
    localtime = etc / "localtime"
    if localtime.is_symlink() and (zone := _known(str(localtime.resolve()))):
        yield zone, f"as {localtime} says"
    try:
        lines = (etc / "timezone").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    if zone := _known(lines[0].strip() if lines else ""):
        yield zone, f"as {etc / 'timezone'} says"
    if localtime.is_file() and (zone := _same_content(localtime)):
        yield zone, f"as {localtime} says"


def _known(text: str) -> str:
    """The IANA name that a name or a path into a zone database stands for; empty for none."""
    name = text.rpartition("/zoneinfo/")[2].removeprefix("posix/").removeprefix("right/")
    try:
        return parse_zone(name) if name and not name.startswith("/") else ""
    except ValueError:
        return ""


def _same_content(localtime: Path) -> str:
    """The first zone by name, those of cities before those of rules, whose file has just this content."""
    try:
        content = localtime.read_bytes()
    except OSError:
        return ""
    for name in sorted(zoneinfo.available_timezones(), key=lambda name: ("/" not in name or name[:3] == "Etc", name)):
        for folder in zoneinfo.TZPATH:
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content:
                return name
    return ""
