"""What users can type stands where users read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.main import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


def leaves(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    """Every command below one, as it is typed."""
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from leaves(found, (*path, name))


def test_every_command_stands_in_the_readme() -> None:
    """The README's table names each command there is."""
    readme = (ROOT / "README.md").read_text()
    typed = list(leaves(digest, ("digest",)))
    assert len(typed) > 10
    assert [line for line in typed if f"`{line}" not in readme] == []


def test_the_readme_names_no_command_that_is_not_there() -> None:
    """Whatever it shows in code that begins with the command's name can be typed."""
    readme = (ROOT / "README.md").read_text()
    typed = list(leaves(digest, ("digest",)))
    shown = set(re.findall(r"(?:^|`)(digest [a-z]+(?: [a-z]+)?)", readme, re.MULTILINE))
    assert shown
    unknown = [line for line in shown if not any(line.startswith(each) or each.startswith(line) for each in typed)]
    assert unknown == []


def test_every_room_says_what_it_is_for() -> None:
    """The four rooms at the top have a README, and the package's names every room in it."""
    for room in ("digest", "rules", "state", "tests"):
        assert (ROOT / room / "README.md").is_file(), room
    readme = (ROOT / "digest" / "README.md").read_text()
    rooms = {path.parent.name for path in (ROOT / "digest").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}/`" not in readme and f"`{room}`" not in readme] == []
