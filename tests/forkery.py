"""Modules of ours that run at once: a process that has imported all that they need, and forks one when it is wanted.

The program `python` that it makes stands for the interpreter, where a test says so: what is started as
``python -m MODULE …`` runs in a fork, with the arguments, folder, variables, input and output that it was given; it
gets the signals that the program gets, and is gone when that is. Only importing is saved, and that takes longer than
most tests. One process serves all workers of a run, and imports nothing before the first of them asks.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import marshal
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

VARIABLE: Final = "DIGEST_TESTS_PYTHON"
"""Names the program for all workers of a run."""
_NEEDED: Final = (
    "digest.cli.main", "digest.cli.serve", "digest.cli.check", "digest.tui", "digest.tui.app", "digest.store",
    "digest.rulebook.preview", "digest.rulebook.folder", "textual.drivers.web_driver", "ahocorasick_rs",
)  # fmt: skip
"""What the children would import."""

_PROGRAM: Final = """\
#!{python} -IS
import _signal, _socket, marshal, os, sys
words = sys.argv[1:]
if "-m" not in words[:2]:
    os.execv({python!r}, [{python!r}, *words])
forks = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
forks.connect({address!r})
for number in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGHUP):
    _signal.signal(number, lambda number, _: forks.sendall(bytes([number])))
wish = marshal.dumps((words[words.index("-m") + 1:], dict(os.environ), os.getcwd()))
wish = len(wish).to_bytes(4, "big") + wish
streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
sent = forks.sendmsg([wish], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
forks.sendall(wish[sent:])
status = b""
while len(status) < 4 and (more := forks.recv(4 - len(status))):
    status += more
code = os.waitstatus_to_exitcode(int.from_bytes(status, "big")) if len(status) == 4 else 1
if code < 0:
    _signal.signal(-code, _signal.SIG_DFL) if -code != _signal.SIGKILL else None
    os.kill(os.getpid(), -code)
os._exit(code)
"""


def begin() -> subprocess.Popen[bytes]:
    """Start the process; it ends with its standard input."""
    folder = Path(tempfile.mkdtemp(prefix="forkery-"))
    program, address = folder / "python", folder / "socket"
    program.write_text(_PROGRAM.format(python=sys.executable, address=str(address)), encoding="utf-8")
    program.chmod(0o700)
    os.environ[VARIABLE] = str(program)
    command = [sys.executable, "-m", "tests.forkery", str(folder)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE)


def python() -> str:
    """The program that stands for the interpreter; it is there once somebody can be asked to fork."""
    program = Path(os.environ[VARIABLE])
    give_up = time.monotonic() + 60
    while not program.with_name("socket").exists():
        assert time.monotonic() < give_up, "there is nobody to fork"
        time.sleep(0.01)
    return str(program)


# --- the process that forks ----------------------------------------------------------------------------------------


class _Forkery:
    """Forks for whoever connects to a socket."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._children: dict[socket.socket, int] = {}
        self._ended, rings = os.pipe()
        os.set_blocking(rings, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(rings, warn_on_full_buffer=False)

    def run(self) -> None:
        """Serve until standard input ends."""
        while True:
            watched: list[int | socket.socket] = [0, self._ended, self._listener, *self._children]
            ready = select.select(watched, [], [])[0]
            if 0 in ready:
                break
            if self._ended in ready:
                os.read(self._ended, 4096)
                self._tell_of_the_dead()
            for wants in [each for each in self._children if each in ready]:
                self._pass_on(wants)
            if self._listener in ready:
                self._fork(self._listener.accept()[0])
        for child in self._children.values():
            os.kill(child, signal.SIGKILL)

    def _pass_on(self, wants: socket.socket) -> None:
        """Pass signals on; whoever is gone is followed."""
        try:
            numbers = wants.recv(64)
        except OSError:
            numbers = b""
        for number in numbers or [signal.SIGKILL]:
            os.kill(self._children[wants], number)
        if not numbers:
            del self._children[wants]
            wants.close()

    def _tell_of_the_dead(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                for wants, child in [*self._children.items()]:
                    if child == ended[0]:
                        with contextlib.suppress(OSError):
                            wants.sendall(ended[1].to_bytes(4, "big"))
                        wants.close()
                        del self._children[wants]

    def _fork(self, wants: socket.socket) -> None:
        wish, streams, _, _ = socket.recv_fds(wants, 65536, 3)
        try:
            while wish and len(wish) < 4 + int.from_bytes(wish[:4], "big"):
                wish += wants.recv(65536)
            if wish:
                _import_all()
                child = os.fork()
                if not child:
                    for number, stream in enumerate(streams):
                        os.dup2(stream, number)
                    self._become(*marshal.loads(wish[4:]))  # noqa: S302 - from a test of ours
                self._children[wants] = child
        finally:
            for stream in streams:
                os.close(stream)

    def _become(self, words: list[str], variables: dict[str, str], folder: str) -> None:
        """Be the module that is wanted; nothing comes back from here."""
        code: object = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.closerange(3, 4096)
            os.setsid()
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(variables)
            time.tzset()
            importlib.reload(importlib.import_module("textual.constants"))  # it has read the variables
            sys.argv[:] = words
            sys.orig_argv[:] = [sys.executable, "-m", *words]
            runpy.run_module(words[0], run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as end:
            code = end.code
        except BaseException:  # noqa: BLE001 - it must never go on as the process that forks
            sys.excepthook(*sys.exc_info())
        finally:
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def _import_all() -> None:
    if _NEEDED[0] not in sys.modules:
        for name in _NEEDED:
            importlib.import_module(name)
        gc.freeze()  # no child looks for garbage in what all of them share, and so copies it


def _serve(folder: Path) -> None:
    with contextlib.suppress(KeyboardInterrupt), socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.new"))
        listener.listen(64)
        (folder / "socket.new").rename(folder / "socket")
        _Forkery(listener).run()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
