"""Engines that start at once: a process that has imported all that an engine needs, and forks one when it is wanted.

Only importing is saved; what runs, and is killed, is the engine itself in a process of its own. Tests that kill it
very often use this; what a start-up is like from the beginning is for those that use `digest run`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_PATIENCE = 30.0  # seconds


class Nursery:
    """The process that forks; a context manager. One engine at a time is looked after."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.nursery"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(_PATIENCE)
        self._process.stdout.close()

    def engine(self, config: Path, output: Path, environment: Mapping[str, str]) -> ForkedEngine:
        """A new engine, as `digest run` starts it; what it prints is added to a file."""
        assert self._process.stdin is not None
        wish = {"config": str(config), "output": str(output), "environment": dict(environment)}
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()
        return ForkedEngine(self, int(self.line(_PATIENCE)))

    def line(self, seconds: float) -> bytes:
        """The next line that the process writes, or nothing."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        return self._process.stdout.readline() if ready else b""


class ForkedEngine:
    """An engine, with what is used of `subprocess.Popen`."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery = nursery
        self.pid = pid
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to stop."""
        self.send_signal(signal.SIGTERM)

    def poll(self) -> int | None:
        """Its exit code, as ``Popen`` has it; ``None`` while it runs."""
        return self.returncode if self.returncode is not None else self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        code = self.returncode if self.returncode is not None else self._wait(timeout or _PATIENCE)
        if code is None:
            raise subprocess.TimeoutExpired("the engine", timeout or _PATIENCE)
        return code

    def _wait(self, seconds: float) -> int | None:
        line = self._nursery.line(seconds)
        self.returncode = os.waitstatus_to_exitcode(int(line)) if line else None
        return self.returncode


# --- the process that forks ----------------------------------------------------------------------------------------


def _serve() -> None:
    """Fork an engine for every line that is read, say its process id, and its wait status once it has ended."""
    import digest.channels.telegram
    import digest.engine.run  # noqa: F401 - what it imports is all that a child needs
    from digest.store.migrations import versions  # noqa: F401

    for line in sys.stdin.buffer:
        pid = os.fork()
        if pid == 0:
            _be_engine(json.loads(line))
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _be_engine(wish: dict[str, object]) -> None:
    """What `digest run` does once everything is imported."""
    from digest.config import load_config
    from digest.engine.ground import crash_points
    from digest.engine.run import run_engine

    code = 1
    try:
        os.environ.update({str(name): str(value) for name, value in dict(wish["environment"]).items()})  # type: ignore[call-overload]
        output = os.open(str(wish["output"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for copy, number in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(copy, number)
        crash_points._times_left.update(crash_points._asked_for(os.environ.get(crash_points.VARIABLE, "")))
        code = run_engine(load_config(Path(str(wish["config"]))))
    except BaseException:  # noqa: BLE001 - it must never go on as the nursery
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
