"""A real terminal for the dashboard's tests: a pseudo-terminal with a process behind it, read by an emulator."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_PROGRAM = """
import sys
from pathlib import Path
from digest.tui import run_dashboard
sys.exit(run_dashboard(sys.argv[1], timezone="Asia/Seoul", rules_folder=Path("rules"), config_path=Path("config.toml")))
"""


def _take_terminal() -> None:
    """In the child: make the terminal its session's own."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A program in a terminal of so many columns and lines; ends it on leaving.

    Args:
        command: the program.
        size: columns and lines.
        environment: variables on top of those of the tests.
        folder: where it starts.
        told: whether it is the terminal's session, which the kernel tells (SIGHUP) that the window is closed.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 36),
        *,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        told: bool = False,
    ) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._lines: dict[int, str] = {}
        self.wire = bytearray()
        """Every byte that came."""
        self._end, inner = pty.openpty()
        self._set_size(inner, size)
        inherited = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES", "NO_COLOR"}}
        variables = {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environment or {})}
        self.process = subprocess.Popen(
            command,
            stdin=inner,
            stdout=inner,
            stderr=inner,
            env=variables,
            cwd=folder,
            start_new_session=True,
            preexec_fn=_take_terminal if told else None,  # noqa: PLW1509 - there are none
        )
        os.close(inner)
        self.modes_before = self.modes

    @staticmethod
    def dashboard(url: str) -> list[str]:
        """The command that shows a store."""
        return [sys.executable, "-c", _PROGRAM, url]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.close()

    def close(self) -> None:
        """Close the window."""
        if self._end >= 0:
            os.close(self._end)
        self._end = -1

    @property
    def modes(self) -> list[object]:
        """How the terminal treats what is typed: as ``stty -a`` shows it."""
        return termios.tcgetattr(self._end)

    @property
    def left_in_order(self) -> bool:
        """Whether all that came ends on the first screen, with a cursor and without the mouse, as ``stty`` had it."""
        wire = bytes(self.wire)
        undone = ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?1003h", b"\x1b[?1003l"))
        return self.modes == self.modes_before and all(wire.rfind(done) < wire.rfind(undo) for done, undo in undone)

    @staticmethod
    def _set_size(end: int, size: tuple[int, int]) -> None:
        fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    @property
    def lines(self) -> list[str]:
        """The screen; the emulator's own way of telling it fails where half of a wide letter was overwritten.

        Only lines that were written to since the last look are put together anew.
        """
        for y in self.screen.dirty:
            self._lines[y] = "".join(self.screen.buffer[y][x].data for x in range(self.screen.columns))
        self.screen.dirty.clear()
        return [self._lines[y] for y in range(self.screen.lines)]

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._end, keys.encode())

    def resize(self, size: tuple[int, int]) -> None:
        """Drag the window's corner."""
        self.screen.resize(lines=size[1], columns=size[0])
        self._set_size(self._end, size)
        os.kill(self.process.pid, signal.SIGWINCH)

    def until(self, condition: Callable[[list[str]], bool], seconds: float = 20) -> list[str]:
        """Read until the lines of the screen are so; fail if they never are."""
        deadline = time.monotonic() + seconds
        while not condition(self.lines):
            shown = "\n".join(self.lines)
            assert time.monotonic() < deadline, f"it never came about; the screen:\n{shown}"
            self.read(0.05)
        return self.lines

    def see(self, words: str) -> list[str]:
        """Read until these words are on the screen; its lines."""
        return self.until(lambda lines: any(words in line for line in lines))

    def wait_for_bytes(self, words: bytes, seconds: float = 20) -> None:
        """Wait until these bytes have come, without emulating anything: for those who measure the other side."""
        deadline = time.monotonic() + seconds
        while words not in self.wire:
            assert time.monotonic() < deadline, "they never came"
            if select.select([self._end], [], [], 0.05)[0]:
                self.wire += os.read(self._end, 65536)

    def skim(self, seconds: float) -> int:
        """Throw away what comes within so many seconds, unread; how many bytes that were."""
        deadline, sent = time.monotonic() + seconds, 0
        while (left := deadline - time.monotonic()) > 0:
            if select.select([self._end], [], [], left)[0]:
                sent += len(os.read(self._end, 65536))
        return sent

    def read(self, seconds: float) -> bool:
        """Take in what comes within so many seconds; whether anything did."""
        ready, _, _ = select.select([self._end], [], [], seconds)
        if not ready:
            return False
        try:
            data = os.read(self._end, 65536)
        except OSError:  # the process is gone, and its end of the terminal with it
            return False
        self.wire += data
        self._stream.feed(data)
        return bool(data)

    def ended(self, seconds: float = 10) -> int:
        """Wait for the end; the exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it did not end"
            self.read(0.05)
        while self.read(0.05):
            pass
        return int(self.process.returncode)
