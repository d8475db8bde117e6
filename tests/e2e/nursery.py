"""Commands that start at once: a process that has imported all that they need, and forks one when it is wanted.

Only importing is saved; what runs, and is killed, is the command itself, from its ``main`` on, in a process of its own
with its own arguments, variables and output. What a start-up is like from the beginning is for those that start a
process the usual way: tests of the command line, of signals, of an engine that begins anew.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from tests.e2e.quick_digest import hurry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_PATIENCE: Final = 60.0  # seconds
_LOOK: Final = 0.05  # seconds for which one who waits keeps the others from reading


class Nursery:
    """The process that forks; a context manager. It starts with the first command that is wanted."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._statuses: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.wait(_PATIENCE)
            self._process.stdout.close()

    def start(self, words: Sequence[str], output: Path, environment: Mapping[str, str]) -> Forked:
        """A command of ours, as ``digest`` with these words; what it prints is added to a file."""
        wish = {"words": list(words), "output": str(output), "environment": dict(environment)}
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tests.e2e.nursery"],
                    bufsize=0,  # what is read ahead would not be waited for: two may end at once
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                )
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(wish).encode() + b"\n")
            self._process.stdin.flush()
            while True:
                number, status = self._line(_PATIENCE) or (0, None)
                assert number, "the nursery gives no sign of life"
                if status is None:
                    return Forked(self, number)
                self._statuses[number] = status

    def status(self, pid: int, seconds: float) -> int | None:
        """The wait status of a process, if it ends within so many seconds."""
        give_up = time.monotonic() + seconds
        while True:
            with self._lock:
                if pid not in self._statuses and (line := self._line(min(seconds, _LOOK))) is not None:
                    assert line[1] is not None
                    self._statuses[line[0]] = line[1]
                if pid in self._statuses:
                    return self._statuses.pop(pid)
            if time.monotonic() >= give_up:
                return None

    def _line(self, seconds: float) -> tuple[int, int | None] | None:
        """What the process says next: that one was born, or (with its status) that it has ended."""
        assert self._process is not None
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        if not ready:
            return None
        number, _, status = self._process.stdout.readline().decode().partition(" ")
        return int(number), int(status) if status else None


class Forked:
    """A process, with what is used of `subprocess.Popen`."""

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
        return self.returncode if self.returncode is not None else self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended.

        Raises:
            subprocess.TimeoutExpired: it runs on.
        """
        code = self.returncode if self.returncode is not None else self._ended(timeout or _PATIENCE)
        if code is None:
            raise subprocess.TimeoutExpired("the command", timeout or _PATIENCE)
        return code

    def _ended(self, seconds: float) -> int | None:
        status = self._nursery.status(self.pid, seconds)
        self.returncode = None if status is None else os.waitstatus_to_exitcode(status)
        return self.returncode


# --- the process that forks ----------------------------------------------------------------------------------------


def _serve() -> None:
    """Fork a command for every line that is read; say its process id, and its wait status once it has ended."""
    import ahocorasick_rs  # noqa: F401

    import digest.bot
    import digest.channels.telegram
    import digest.cli.engine
    import digest.engine.run
    import digest.stories.cluster.window  # noqa: F401 - what these import is all that a child needs
    from digest.channels.telegram_answers import trusted
    from digest.store.sqlite import file_url
    from digest.store.store import open_store
    from digest.stories.cluster import languages, publishers

    # What they load when it is first needed, a child would load anew each time.
    trusted()
    languages._model()
    publishers._suffixes()
    with tempfile.TemporaryDirectory() as folder:
        open_store(file_url(Path(folder) / "digest.db"), migrate=True).close()
    gc.freeze()  # no child looks for garbage in what all of them share, and so copies it
    ended, rings = os.pipe()
    os.set_blocking(rings, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(rings, warn_on_full_buffer=False)
    rest = b""
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            os.read(ended, 4096)
            _tell_of_the_dead()
        if 0 in ready:
            read = os.read(0, 65536)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                _fork(json.loads(line))


def _fork(wish: Mapping[str, object]) -> None:
    pid = os.fork()
    if pid == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _be_command(wish)
    sys.stdout.write(f"{pid}\n")
    sys.stdout.flush()


def _tell_of_the_dead() -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        sys.stdout.write(f"{pid} {status}\n")
        sys.stdout.flush()


def _be_command(wish: Mapping[str, object]) -> None:
    """What ``python -m digest`` does once everything is imported."""
    code = 1
    try:
        words = [str(word) for word in wish["words"]]  # type: ignore[attr-defined]
        os.environ.update({str(name): str(value) for name, value in wish["environment"].items()})  # type: ignore[attr-defined]
        output = os.open(str(wish["output"]), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for copy, number in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(copy, number)
        sys.orig_argv[:] = [sys.executable, "-m", "digest", *words]
        _ask_for_crashes()
        hurry()
        from digest.cli.main import main

        main(words)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - it must never go on as the nursery
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ask_for_crashes() -> None:
    """Read anew what is read at the import."""
    from digest.engine.ground import crash_points

    crash_points._times_left.update(crash_points._asked_for(os.environ.get(crash_points.VARIABLE, "")))


if __name__ == "__main__":
    _serve()
