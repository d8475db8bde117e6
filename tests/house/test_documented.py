"""What users can type stands where users read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.answers.metrics import DESCRIBED
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


def test_every_command_stands_in_the_manual() -> None:
    """The manual's table names each command there is."""
    readme = (ROOT / "digest" / "manual" / "commands.md").read_text()
    typed = list(leaves(digest, ("digest",)))
    assert len(typed) > 10
    assert [line for line in typed if f"`{line}" not in readme] == []


def test_every_room_says_what_it_is_for() -> None:
    """The four rooms at the top have a README, and the package's names every room in it."""
    for room in ("digest", "rules", "state", "tests"):
        assert (ROOT / room / "README.md").is_file(), room
    readme = (ROOT / "digest" / "README.md").read_text()
    rooms = {path.parent.name for path in (ROOT / "digest").glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"`{room}/`" not in readme and f"`{room}`" not in readme] == []


def test_every_metric_stands_in_the_manual() -> None:
    """Whoever writes an alert rule finds the names there."""
    page = (ROOT / "digest" / "manual" / "api.md").read_text(encoding="utf-8")
    assert [name for name in DESCRIBED if name not in page] == []
