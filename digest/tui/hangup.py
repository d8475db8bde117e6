"""What is shown on a terminal ends with it: within two seconds, whatever hangs meanwhile.

::

    SIGHUP, SIGTERM, SIGINT ──────────────┐
    the terminal hangs up, nobody told us ├─▶ a thread ─▶ asks for an end in good order ─ too late ─▶ ends the process
    the parent process is gone ───────────┘

The kernel tells a closed window only to the terminal's own session; whoever else reads from it gets an end of file or
an error, for ever. And an event loop that waits for a terminal to take its output handles no signal. So a thread
watches that waits for nothing else.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType

_LOOK: Final = 0.25
"""Seconds between two looks at whether the parent is there; the kernel tells the rest at once."""
_GONE: Final = select.POLLHUP | select.POLLERR if sys.platform != "win32" else 0
_RESET: Final = (
    b"\x18\x1b[?2026l\x1b[0m"  # leave a command that was cut short, a frame, a colour
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?2048l\x1b[?1004l"  # mouse, paste marks
    b"\x1b[?7h\x1b[<u\x1b[?1049l\x1b[?25h"  # line wrap, plain keys, the first screen, the cursor
)


class Hangup:
    """Watches from entering to leaving it; to be entered in the main thread.

    Args:
        code: the exit code where an end in good order was asked for; else it is 128 and the signal's number.
        seconds: that an end in good order may take.
        terminal: whether the terminal of standard input and the parent process are watched, too, not only signals.
    """

    def __init__(self, code: int = 0, *, seconds: float = 0.8, terminal: bool = True) -> None:
        self.end: Callable[[], object] | None = None
        """Asks for an end in good order; called once, from another thread. While there is none, the end is at once."""
        self._code = code
        self._seconds = seconds
        self._terminal = terminal
        self._parent = os.getppid()
        self._modes: list[Any] | None = None
        self._former: dict[signal.Signals, Any] = {}
        self._ending = self._late = False
        self._thread = threading.Thread(target=self._watch, name="hangup", daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch; a signal that is ignored stays ignored, as ``nohup`` wants it."""
        if sys.platform == "win32":
            return self
        if self._terminal and os.isatty(0):
            self._modes = _modes()
        self._device = self._terminal and stat.S_ISCHR(os.fstat(0).st_mode)  # a terminal, though it be gone by now
        self._told, self._teller = os.pipe()
        os.set_blocking(self._teller, False)
        for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._former[number] = signal.signal(number, self._tell)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Watch no longer, unless the end has begun: then its time goes on, and more signals change nothing."""
        for number, handler in self._former.items():
            signal.signal(number, signal.SIG_IGN if self._ending else handler)
        if self._late:
            self._thread.join()  # it ends the process
        elif self._thread.is_alive() and not self._ending:
            self._tell(0)

    def _tell(self, number: int, _frame: FrameType | None = None) -> None:
        with contextlib.suppress(BlockingIOError):  # it has been told often enough
            os.write(self._teller, bytes([number]))

    # --- the thread ----------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        if not (number := self._wait()):
            return
        if self.end is None:
            os._exit(128 + number)
        self._ending = True
        with contextlib.suppress(RuntimeError):  # its event loop is closed: the end is near
            self.end()
        time.sleep(self._seconds)
        self._late = True
        if self._modes is not None and not hung_up():
            _reset(self._modes)
        os._exit(self._code)

    def _wait(self) -> int:
        """Wait for the number of the signal to end with, or for 0: left."""
        poll = select.poll()
        poll.register(self._told, select.POLLIN)
        if self._device:
            poll.register(0, 0)  # nothing but its end
        while True:
            events = dict(poll.poll(_LOOK * 1000 if self._terminal else None))
            if self._told in events:
                return os.read(self._told, 1)[0]
            if events.get(0, 0) & _GONE or (self._terminal and os.getppid() != self._parent):
                return signal.SIGHUP


def hung_up() -> bool:
    """Whether the terminal of standard input is gone."""
    if sys.platform == "win32":
        return False
    poll = select.poll()
    poll.register(0, 0)
    return any(event & _GONE for _, event in poll.poll(0))


def _modes() -> list[Any] | None:
    """How the terminal treats what is typed; ``None`` where it has just gone."""
    import termios

    try:
        return termios.tcgetattr(0)
    except termios.error:
        return None


def _reset(modes: list[Any]) -> None:
    """Put the terminal back into order past a writer that it keeps waiting: what is still to be shown is dropped."""
    import termios

    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])  # also where a shell has taken the terminal back
    with contextlib.suppress(OSError, termios.error):
        termios.tcsetattr(0, termios.TCSANOW, modes)
        terminal = os.open(os.ttyname(0), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        for end in (1, 2):  # what the writer has left goes nowhere
            os.dup2(os.open(os.devnull, os.O_WRONLY), end)
        for thread in threading.enumerate():
            if thread.ident and thread is not threading.current_thread():
                signal.pthread_kill(thread.ident, signal.SIGTERM)  # only this wakes it
        for _ in range(20):
            termios.tcflush(0, termios.TCOFLUSH)
            try:
                os.write(terminal, _RESET)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                return
