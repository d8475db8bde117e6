"""Commands that start at once: a process that has imported all that they need, and forks one when it is wanted.

Only what comes before is saved: importing, and making what a process makes once, as statements of SQL. What runs, and
is killed, is the command itself, from its ``main`` on, in a process of its own with its own arguments, variables and
output; so are its parser children, which are forked from it. What a start-up is like from the beginning is for those
that start a process the usual way: tests of the command line, of signals, of an engine that begins anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import functools
import gc
import json
import logging
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from digest.presence import engine_ready
from tests.e2e.quick_digest import hurry
from tests.e2e.shifted import VARIABLE, shift_clock

if TYPE_CHECKING:
    import io
    from collections.abc import Mapping, Sequence
    from types import TracebackType

_PATIENCE: Final = 60.0  # seconds
_REHEARSING: Final = 110.0  # seconds until it may give the first sign of life, on a machine that is very busy
_SOCKET: Final = "socket"
_PARSER_CHILD: Final = "digest.engine.polling.parser_child"
_LOOK: Final = 0.05  # seconds for which one who waits keeps the others from reading


class Nursery:
    """A line to the process that forks; a context manager.

    That process starts with the first command that is wanted, serves all workers of a test run, and ends when none of
    them is left.
    """

    def __init__(self) -> None:
        self._connection: socket.socket | None = None
        self._answers: io.RawIOBase | None = None
        self._lock = threading.Lock()
        self._statuses: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._answers is not None:
            self._answers.close()
        if self._connection is not None:
            self._connection.close()
        self._connection = self._answers = None

    def _connect(self) -> socket.socket:
        """The line, to a process that is started where there is none yet."""
        if self._connection is None:
            run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
            folder = Path(tempfile.gettempdir()) / f"digest-nursery-{run}"
            folder.mkdir(mode=0o700, exist_ok=True)
            with (folder / "lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                self._connection = _connected(folder / _SOCKET)
                if self._connection is None:
                    command = [sys.executable, "-m", "tests.e2e.nursery", str(folder)]
                    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
                    self._connection = _connected(folder / _SOCKET)
            assert self._connection is not None
            self._answers = socket.SocketIO(self._connection, "r")  # without a buffer: what it holds would wait
        return self._connection

    def start(
        self,
        words: Sequence[str],
        output: Path,
        environment: Mapping[str, str],
        *,
        errors: Path | None = None,
        folder: Path | None = None,
    ) -> Forked:
        """A command of ours, as ``digest`` with these words.

        Args:
            words: its arguments.
            output: the file to which is added what it prints.
            environment: all its variables.
            errors: another file, for standard error.
            folder: where it runs; where this process does, without.
        """
        wish = {
            "words": list(words),
            "output": str(output),
            "errors": str(errors or output),
            "environment": dict(environment),
            "folder": str(folder or Path.cwd()),
        }
        with self._lock:
            self._connect().sendall(json.dumps(wish).encode() + b"\n")
            while True:
                number, status = self._line(_REHEARSING) or (0, None)
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
        assert self._answers is not None
        ready, _, _ = select.select([self._answers], [], [], seconds)
        if not ready:
            return None
        number, _, status = self._answers.readline().decode().partition(" ")
        assert number, "the nursery has ended"
        return int(number), int(status) if status else None


def _connected(path: Path) -> socket.socket | None:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection


@functools.cache
def the_nursery() -> Nursery:
    """The one of this process."""
    return Nursery()


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

    def kill(self) -> None:
        """End it as a power cut would."""
        self.send_signal(signal.SIGKILL)

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


def _serve(folder: Path) -> None:
    """Fork a command for every line that is read; say its process id, and its wait status once it has ended."""
    (folder / _SOCKET).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / _SOCKET))
        listener.listen()
        if os.fork():
            return  # whoever started it need not wait for its end
        import digest.cli.engine
        import digest.engine.polling.parser_child
        import digest.feeds.fields
        import digest.stories.cluster.window  # noqa: F401 - what these import is most of what a child needs
        from digest.stories.cluster import languages, publishers

        # What they load when it is first needed, a child would load anew each time.
        languages._model()
        publishers._suffixes()
        _rehearse()
        gc.freeze()  # no child looks for garbage in what all of them share, and so copies it
        _Desk(listener).work()
        shutil.rmtree(folder, ignore_errors=True)


class _Desk:
    """Where wishes come in, and whose children are at work."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._unread: dict[socket.socket, bytes] = {}
        self._parents: dict[int, socket.socket] = {}
        self._ended, rings = socket.socketpair()
        rings.setblocking(False)
        self._rings = rings
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(rings.fileno(), warn_on_full_buffer=False)

    def work(self) -> None:
        """Serve until nobody is left who could want something."""
        while True:
            ready, _, _ = select.select([self._listener, self._ended, *self._unread], [], [])
            for one in ready:
                if one is self._listener:
                    self._unread[self._listener.accept()[0]] = b""
                elif one is self._ended:
                    one.recv(4096)
                    self._tell_of_the_dead()
                elif not self._read(one):
                    del self._unread[one]
                    one.close()
                    if not self._unread and not self._still_wanted():
                        return

    def _still_wanted(self) -> bool:
        """Whether somebody has come meanwhile; whoever comes from now on starts another."""
        Path(self._listener.getsockname()).unlink(missing_ok=True)
        return bool(select.select([self._listener], [], [], 0)[0])

    def _read(self, client: socket.socket) -> bool:
        """Fork what a client wants; false once it is gone."""
        try:
            read = client.recv(65536)
        except ConnectionError:
            read = b""
        *lines, self._unread[client] = (self._unread[client] + read).split(b"\n")
        for line in lines:
            pid = os.fork()
            if pid == 0:
                self._leave()
                _be_command(json.loads(line))
            self._parents[pid] = client
            self._say(client, str(pid))
        return bool(read)

    def _leave(self) -> None:
        """In a child: nothing of all this is its affair."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (self._listener, self._ended, self._rings, *self._unread):
            each.close()

    def _tell_of_the_dead(self) -> None:
        while self._parents:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._say(self._parents.pop(pid), f"{pid} {status}")

    def _say(self, client: socket.socket, words: str) -> None:
        with contextlib.suppress(OSError):  # it is gone
            client.sendall(f"{words}\n".encode())


def _rehearse() -> None:
    """Be an engine that alerts, once: what that loads and makes, no child has to."""
    import tests.conftest  # noqa: F401 - of which the statements are that all databases share
    from tests.e2e.world import Feed, World
    from tests.fakes.bot_api import TOKEN

    feed, opened, ended = Feed("Rehearsal"), threading.Event(), threading.Event()

    async def attend(world: World) -> None:
        try:
            async with world:
                world.write_rule("alarms", "alarm")
                opened.set()
                await world.until(lambda: engine_ready(world.state))
                await world.until_polled()
                feed.add("An alarm", "It was raised in rehearsal.")
                await world.until_sent("An alarm")
                await world.until_settled()
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.to_thread(ended.wait, _PATIENCE)
        except BaseException:  # noqa: BLE001 - an engine without an audience would run for ever
            os._exit(1)

    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "output.txt").open("w+", encoding="utf-8") as output:
        world = World(Path(folder), feed=feed)
        watching = threading.Thread(target=lambda: asyncio.run(attend(world)))
        watching.start()
        assert opened.wait(_PATIENCE)
        os.environ["TELEGRAM_BOT_TOKEN"] = TOKEN
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            _be_digest(["run", "--config", str(world.config)])
        ended.set()
        watching.join()
        del os.environ["TELEGRAM_BOT_TOKEN"]
        logging.basicConfig(handlers=[], level=logging.WARNING, force=True)
        logging.captureWarnings(capture=False)
        logging.raiseExceptions = True


def _be_command(wish: Mapping[str, object]) -> None:
    """What ``python -m digest`` does once everything is imported."""
    code = 1
    try:
        words = [str(word) for word in wish["words"]]  # type: ignore[attr-defined]
        os.environ.clear()
        os.environ.update({str(name): str(value) for name, value in wish["environment"].items()})  # type: ignore[attr-defined]
        os.chdir(str(wish["folder"]))
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for name, number in (("output", 1), ("errors", 2)):
            os.dup2(os.open(str(wish[name]), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
        for action in filter(None, os.environ.get("PYTHONWARNINGS", "").split(",")):
            warnings.simplefilter(action)  # type: ignore[arg-type]
        sys.orig_argv[:] = [sys.executable, "-m", "digest", *words]
        _ask_for_crashes()
        code = _be_digest(words)
    except BaseException:  # noqa: BLE001 - it must never go on as the nursery
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _be_digest(words: Sequence[str]) -> int:
    """Run a command with these words; its exit code."""
    from digest.cli.main import main

    hurry()
    if file := os.environ.get(VARIABLE):
        shift_clock(Path(file))
    asyncio.create_subprocess_exec = _start_process  # type: ignore[assignment]
    try:
        main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


_start_subprocess = asyncio.create_subprocess_exec


async def _start_process(program: str, *arguments: str, **options: Any) -> asyncio.subprocess.Process:
    """Start a process; a parser child is what this one becomes in a fork, which has imported it all."""
    if _PARSER_CHILD in arguments:
        options["preexec_fn"] = functools.partial(_be_parser_child, arguments, options["env"])
    return await _start_subprocess(program, *arguments, **options)


def _be_parser_child(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """What ``python -m`` does with a parser child once everything is imported; its streams are in their places."""
    code = 1
    try:
        gc.freeze()
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv[:] = [_PARSER_CHILD, *arguments[arguments.index(_PARSER_CHILD) + 1 :]]
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for as long as it lives
        from digest.engine.polling.parser_child import main

        main()
        code = 0
    finally:
        os._exit(code)


def _ask_for_crashes() -> None:
    """Read anew what is read at the import."""
    from digest.engine.ground import crash_points

    crash_points._times_left.update(crash_points._asked_for(os.environ.get(crash_points.VARIABLE, "")))


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
