"""Whether an engine is there, and what it says of itself: one file of the state folder, read without the database.

The file is ``engine.lock``. While an engine runs it holds it with ``flock``, which the system lets go of by itself when
the process ends: that alone says that an engine is there, so a file left behind by a crash locks nothing. What stands
in it is for those who want to know more. The first line is the process id, the second a JSON object that is written
anew once a second, in place and never longer than before, so that it needs no room on a disk that is full::

    4711
    {"config": "/home/ann/news/config.toml", "ready": true, "beat": 93, "problem": ""}

Only the holder migrates the database and writes as the engine. A process that begins anew (``ground.watchdog``) hands
the lock over to its own successor: the open file stays open, and no other engine can come in between.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from digest.errors import EngineError, EngineRunsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

LOG_NAME: Final = "engine.log"
"""What an engine writes to the same folder, for people."""
_NAME: Final = "engine.lock"
_HANDED_OVER: Final = "DIGEST_ENGINE_LOCK"  # in the environment: process id and open file
_PROBLEM: Final = 1000  # bytes of a problem that there is room for
_LONGEST: Final = 16_384  # bytes of the file that are read
_SILENT: Final = 10.0  # seconds without a sign of life, which an engine gives every second
_PATIENCE: Final = 0.3  # seconds; who looks holds the lock for an instant, and who takes it writes a moment later
_GLANCE: Final = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Presence:
    """What an engine last said of itself; whether it still runs, only the lock knows."""

    pid: int
    beat: int = 0
    """Counts its signs of life, one a second; 0: none yet, for the database is just being opened or migrated."""
    problem: str = ""
    """What a user should know of, in plain words."""
    ready: bool = False
    """Whether the database is open, of its version, and the engine at work."""
    config: str = ""
    """The config file that it was started with, as an absolute path."""


class EngineLock:
    """Holds the lock of a state folder for as long as the block lasts; the folder is made where it is missing.

    Args:
        state: the folder.
        config: what the engine is started with.
        name: of the file, without its ending: another one than an engine's for a part of one, of which there are many.

    Raises:
        EngineRunsError: another engine holds it, and the message names its process.
        EngineError: the folder cannot be used.
    """

    def __init__(self, state: Path, config: Path | None = None, name: str = "engine") -> None:
        self.path = state / f"{name}.lock"
        self._config = config
        self._file = -1
        self._size = 0
        self._beat = 0
        self._ready = False

    def __enter__(self) -> Self:
        try:
            make_state_folder(self.path.parent)
            # Not inherited by children that run a program of their own, so none of them outlives us holding it.
            self._file = self._handed_over()
            if self._file < 0:
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            self._take()
        except OSError as error:
            raise EngineError(cannot_be_used(self.path.parent, error)) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def ready(self) -> None:
        """Tell those who wait that the database is open and the engine at work."""
        self._ready = True
        self._write()

    def beat(self, problem: str) -> None:
        """Give a sign of life, and say what is wrong; a disk that refuses is no reason to end."""
        self._beat += 1
        with contextlib.suppress(OSError):
            self._write(problem)

    def lost(self) -> bool:
        """Whether the file was deleted or replaced: then nothing keeps a second engine away, and this one must end."""
        try:
            return not os.path.samestat(os.fstat(self._file), self.path.stat())
        except OSError:
            return True

    def hand_over(self) -> dict[str, str]:
        """What the successor of this process has to find in its environment to hold the lock without a break."""
        os.set_inheritable(self._file, True)
        return {_HANDED_OVER: f"{os.getpid()} {self._file}"}

    def _handed_over(self) -> int:
        """The file that this process had open before it began anew; -1 where there is none, or it is another's."""
        said = os.environ.pop(_HANDED_OVER, "")
        pid, _, file = said.partition(" ")
        if pid != str(os.getpid()):
            return -1
        with contextlib.suppress(OSError, ValueError):
            if not os.path.samestat(os.fstat(int(file)), self.path.stat()):
                os.environ[_HANDED_OVER] = said  # of another name, which is tried next
                return -1
            os.set_inheritable(int(file), False)
            return int(file)
        return -1

    def _take(self) -> None:
        """Take the lock and write our name into it; raises ``EngineRunsError`` when another engine has it."""
        for _ in _glances():
            if _try_lock(self._file, fcntl.LOCK_EX):
                break
        else:
            pid, state = _first_line(self._file), self.path.parent
            os.close(self._file)
            words = f"an engine is running already (pid {pid or 'unknown'})"
            raise EngineRunsError(
                "; ".join(filter(None, (words, other_config(state, self._config), standstill(state, pid))))
            )
        self._size = len(self._text("")) + _PROBLEM
        self._write()
        os.ftruncate(self._file, self._size)

    def _write(self, problem: str = "") -> None:
        """Say how this engine does, in as many bytes as ever; a problem is cut to what there is room for."""
        room = _PROBLEM
        while len(text := self._text(problem[:room])) > self._size:
            room //= 2
        os.pwrite(self._file, text[:-1].ljust(self._size - 1) + b"\n", 0)

    def _text(self, problem: str) -> bytes:
        config = "" if self._config is None else str(self._config.resolve())
        said = {"config": config, "ready": self._ready, "beat": self._beat, "problem": problem}
        return f"{os.getpid()}\n{json.dumps(said, ensure_ascii=False)}\n".encode("utf-8", "replace")


def engine_running(state: Path) -> int | None:
    """The process id of the engine that holds a state folder's lock, or ``None`` where none runs."""
    try:
        file = os.open(state / _NAME, os.O_RDONLY)
    except OSError:  # no engine ever ran here
        return None
    try:
        for _ in _glances():
            if _try_lock(file, fcntl.LOCK_SH):
                return None
            if pid := _first_line(file):  # else it has the lock, and is about to write its name
                return pid
        return None
    finally:
        os.close(file)


def engine_ready(state: Path) -> bool:
    """Whether an engine runs on a state folder and is at work: the database is there and of its version."""
    said = read_presence(state)
    return said is not None and said.ready and engine_running(state) == said.pid


def read_presence(state: Path) -> Presence | None:
    """What an engine last said in a state folder; ``None`` where none ever did, or it was just being written."""
    try:
        with (state / _NAME).open("rb") as file:
            pid, _, said = file.read(_LONGEST).partition(b"\n")
        found = json.loads(said)
        return Presence(int(pid), int(found["beat"]), str(found["problem"]), bool(found["ready"]), str(found["config"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def other_config(state: Path, config: Path | None) -> str:
    """That the engine of a state folder was started with another config than this one; empty where it was not."""
    said = read_presence(state)
    if config is None or said is None or said.config in {"", str(config.resolve())}:
        return ""
    return f"it was started with another config, {said.config}"


def standstill(state: Path, pid: int | None) -> str:
    """That an engine has its lock and yet stands still, and what to do about it; empty where it does not."""
    said = read_presence(state)
    if said is None or said.pid != pid or not said.beat:
        return ""
    try:
        silent = time.time() - (state / _NAME).stat().st_mtime
    except OSError:
        return ""
    if silent < _SILENT:
        return ""
    return (
        f"it has given no sign of life for {silent:.0f} s: kill -CONT {pid} lets it go on if it was stopped,"
        f" kill -9 {pid} ends it, and nothing is lost"
    )


def make_state_folder(state: Path) -> None:
    """Make a state folder where it is missing, for its owner alone: addresses of feeds and messages may be private."""
    state.mkdir(mode=0o700, parents=True, exist_ok=True)


def cannot_be_used(state: Path, error: OSError) -> str:
    """What it means that a state folder cannot be used, and what to do about it."""
    words = f"the state folder {state} cannot be used: {error.strerror}"
    match error.errno:
        case errno.EACCES | errno.EPERM:
            return f"{words}; check who owns it, and that you may write to it"
        case errno.EROFS:
            return f"{words}; mount it for writing, or name another one under state in config.toml"
        case errno.ENOSPC | errno.EDQUOT:
            return f"{words}; free some room on its disk"
    return words


def _glances() -> Iterator[None]:
    """Looks until our patience ends, a moment between each two; one at least."""
    until = time.monotonic() + _PATIENCE
    while True:
        yield
        if time.monotonic() > until:
            return
        time.sleep(_GLANCE)


def _try_lock(file: int, kind: int) -> bool:
    """Take a lock if nobody is in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _first_line(file: int) -> int:
    """The process id that the file names, or 0."""
    first = os.pread(file, 40, 0).partition(b"\n")[0]
    return int(first) if first.isdigit() else 0
