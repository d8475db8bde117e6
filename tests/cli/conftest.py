"""What tests of the command line stand on: a folder with a config, and the command run as users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.command import Done, run_command
from tests.e2e.conftest import nursery
from tests.fakes.stores import database_key

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["desk", "empty_desk", "nursery"]

CONFIG = """\
timezone = "Asia/Seoul"

[poll]
private_hosts = true

[[feed]]
url = "https://example.org/rss.xml"
name = "Example News"
tags = ["world"]

[[feed]]
url = "https://example.net/feed"

[notices]
channels = []
"""

RULES = """\
[[rule]]
id = "embassies"
title = "Embassies"
severity = "high"
query = 'embassy OR 대사관'
match = ["North Korea closes its embassy in Syria"]
no_match = ["Football results"]

[[rule]]
id = "quakes"
any = ["earthquake"]
enabled = false
"""


@dataclass(frozen=True)
class Desk:
    """A folder in which the command is run."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables of a call: nothing of the tester's own config, home or terminal."""
        keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ}
        home = str(self.folder / "home")
        return keep | {"HOME": home, "XDG_CONFIG_HOME": f"{home}/.config", "LANG": "C.UTF-8", "PYTHONWARNINGS": "error"}

    def command(self, *arguments: str) -> list[str]:
        """The command line of a call."""
        return [sys.executable, "-m", "digest", *arguments]

    def run(self, *arguments: str, stdin: str | bytes = b"", **variables: str) -> Done:
        """Run the command to its end, inside the test's process; see `run_command`."""
        return run_command(*arguments, folder=self.folder, environment=self.environment | variables, stdin=stdin)

    def run_process(self, *arguments: str, stdin: str | bytes = b"", **variables: str) -> Done:
        """Run the command to its end as a process of its own."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment | variables,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )
        finished = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in finished.err, finished.err
        return finished

    def write(self, name: str, text: str) -> Path:
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def append(self, name: str, text: str) -> None:
        """More of a file in the folder."""
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(text)


def furnished(folder: Path) -> Desk:
    """A folder with a config of two feeds, and a rule file."""
    desk = Desk(folder)
    desk.write("config.toml", database_key(folder / "state") + CONFIG)
    desk.write("rules/test.toml", RULES)
    return desk


@pytest.fixture
def empty_desk(tmp_path: Path) -> Desk:
    """A folder with nothing in it."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return Desk(folder)


@pytest.fixture
def desk(empty_desk: Desk) -> Desk:
    """A folder with a config of two feeds, and a rule file."""
    return furnished(empty_desk.folder)
