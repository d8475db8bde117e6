"""One engine for one state folder: a lock that the system drops by itself when its holder dies.

The lock is ``flock`` on ``engine.lock``, never the mere presence of the file, so a file left behind by a crash locks
nothing. Its content is the holder's process id, for those who want to know or to stop it, the config that it was
started with, and a last line once the holder is ready. Only the holder migrates the database and writes as the engine.

A process that begins anew (``engine.wedge``) hands the lock over to its own successor: the open file stays open, and
no other engine can come in between.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import time
from typing import TYPE_CHECKING, Self

from digest.errors import EngineError, EngineRunsError
from digest.store.beacon import silent_for

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_NAME = "engine.lock"
_READY = b"ready\n"
_HANDED_OVER = "DIGEST_ENGINE_LOCK"  # in the environment: process id and open file
_STANDS_STILL = 10.0  # seconds without a sign of life, which an engine gives every second
_PATIENCE = 0.3  # seconds; engine_running() holds the lock for an instant, which is no engine


class EngineLock:
    """Holds the lock of a state folder for as long as the block lasts; the folder is made where it is missing.

    Args:
        state: the folder.
        config: what the engine is started with.

    Raises:
        EngineRunsError: another engine holds it, and the message names its process.
        EngineError: the folder cannot be used.
    """

    def __init__(self, state: Path, config: Path | None = None) -> None:
        self.path = state / _NAME
        self._config = config
        self._file = -1

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

    def hand_over(self) -> dict[str, str]:
        """What the successor of this process has to find in its environment to hold the lock without a break."""
        os.set_inheritable(self._file, True)
        return {_HANDED_OVER: f"{os.getpid()} {self._file}"}

    def _handed_over(self) -> int:
        """The file that this process had open before it began anew; -1 where there is none, or it is another's."""
        pid, _, file = os.environ.pop(_HANDED_OVER, "").partition(" ")
        if pid != str(os.getpid()):
            return -1
        with contextlib.suppress(OSError, ValueError):
            if os.path.samestat(os.fstat(int(file)), self.path.stat()):
                os.set_inheritable(int(file), False)
                return int(file)
        return -1

    def _take(self) -> None:
        """Take the lock and write our name into it; raises ``EngineError`` when another engine has it."""
        give_up = time.monotonic() + _PATIENCE
        while not _try_lock(self._file, fcntl.LOCK_EX):
            if time.monotonic() > give_up:
                pid = _read_pid(self._file)
                os.close(self._file)
                other, still = other_config(self.path.parent, self._config), standstill(self.path.parent, pid)
                words = "; ".join(
                    filter(None, (f"an engine is running already (pid {pid or 'unknown'})", other, still))
                )
                raise EngineRunsError(words)
            time.sleep(0.02)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, self._content(), 0)

    def _content(self) -> bytes:
        config = "" if self._config is None else f"{json.dumps(str(self._config.resolve()))}\n"
        return f"{os.getpid()}\n{config}".encode()

    def ready(self) -> None:
        """Tell those who wait that the database is open and the engine at work."""
        os.pwrite(self._file, self._content() + _READY, 0)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)


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


def engine_running(state: Path) -> int | None:
    """The process id of the engine that holds a state folder's lock, or ``None`` where none runs."""
    try:
        file = os.open(state / _NAME, os.O_RDONLY)
    except OSError:  # no engine ever ran here
        return None
    try:
        give_up = time.monotonic() + _PATIENCE
        while not _try_lock(file, fcntl.LOCK_SH):
            pid = _read_pid(file)
            if pid or time.monotonic() > give_up:
                return pid or None
            time.sleep(0.02)  # it has the lock, and is about to write its name
        return None
    finally:
        os.close(file)


def other_config(state: Path, config: Path | None) -> str:
    """That the engine of a state folder was started with another config than this one; empty where it was not."""
    try:
        line = (state / _NAME).read_text(encoding="utf-8").splitlines()[1]
        found = str(json.loads(line))
    except (OSError, ValueError, IndexError):  # an engine that does not say
        return ""
    if config is None or found == str(config.resolve()):
        return ""
    return f"it was started with another config, {found}"


def standstill(state: Path, pid: int | None) -> str:
    """That an engine has its lock and yet stands still, and what to do about it; empty where it does not."""
    silent = None if pid is None else silent_for(state, pid)
    if silent is None or silent < _STANDS_STILL:
        return ""
    return (
        f"it has given no sign of life for {silent:.0f} s: kill -CONT {pid} lets it go on if it was stopped,"
        f" kill -9 {pid} ends it, and nothing is lost"
    )


def engine_ready(state: Path) -> bool:
    """Whether an engine runs on a state folder and is at work: the database is there and of its version."""
    return engine_running(state) is not None and (state / _NAME).read_bytes().endswith(_READY)


def _try_lock(file: int, kind: int) -> bool:
    """Take a lock if nobody is in the way."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(file: int) -> int:
    """The process id that the file names, or 0."""
    first = os.pread(file, 40, 0).partition(b"\n")[0]
    return int(first) if first.isdigit() else 0
