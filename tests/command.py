"""A command of ours, run inside of the test: everything but the start of Python, which takes longer than most."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from digest.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Its standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


def run_command(
    *arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None, stdin: str | bytes = b""
) -> Done:
    """Run a command to its end, from its own ``main`` on; one at a time, for a process has one folder and one output.

    An error that it does not foresee is the test's. What an engine, a signal or the start of a process has a part in
    wants a process of its own.

    Args:
        arguments: behind ``digest``.
        folder: the current one, for as long as it runs.
        environment: all the variables that there are; the test's own without it.
        stdin: what it can read.
    """
    wanted = os.environ.copy() if environment is None else environment
    runner = CliRunner(env={name: wanted.get(name) for name in os.environ.keys() | wanted.keys()})
    with contextlib.chdir(folder or "."), runner.isolation(stdin) as (out, err, _):
        with pytest.raises(SystemExit) as left:
            main(arguments)
        assert isinstance(left.value.code, int)
        return Done(left.value.code, out.getvalue().decode(), err.getvalue().decode())
