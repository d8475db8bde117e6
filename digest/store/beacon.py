"""A sign of life that needs no database: a small file that the engine writes over every two seconds.

A full disk, a database that another process keeps: then the engine cannot write its heartbeat, and yet it lives and
has something to say. The file is made once, with room for all it will ever hold, and only written over in place, so
that it needs no room on a disk that has none.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_NAME: Final = "engine.beat"
_BYTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Light:
    """What the file says."""

    beat: int
    """Counts on, and begins anew with each engine."""
    pid: int = 0
    problem: str = ""
    """What a user should know of, in plain words."""


class Beacon:
    """Writes the file for as long as the block lasts; where it cannot be written there is none, and that is all.

    Args:
        state: the state folder.
    """

    def __init__(self, state: Path) -> None:
        self._path = state / _NAME
        self._file = -1
        self._beat = 0

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):
            self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file >= 0:
            os.close(self._file)

    def show(self, problem: str) -> None:
        """Give a sign of life, and say what is wrong."""
        if self._file < 0:
            return
        self._beat += 1
        text = _line(self._beat, problem)
        with contextlib.suppress(OSError):
            os.pwrite(self._file, text, 0)


def read_beacon(state: Path) -> Light | None:
    """What an engine last said there; ``None`` where none ever did."""
    try:
        found = json.loads((state / _NAME).read_bytes())
        return Light(int(found["beat"]), int(found["pid"]), str(found["problem"]))
    except (OSError, ValueError, KeyError, TypeError):  # not there, or caught in the middle of being written
        return None


def silent_for(state: Path, pid: int) -> float | None:
    """Seconds since the engine of this process id gave a sign of life there; ``None`` if it never did."""
    light = read_beacon(state)
    if light is None or light.pid != pid:
        return None
    try:
        return max(time.time() - (state / _NAME).stat().st_mtime, 0.0)
    except OSError:
        return None


def _line(beat: int, problem: str) -> bytes:
    """A line of JSON that fills the file exactly, the problem cut to what there is room for."""
    room = _BYTES // 4
    while True:
        light = {"beat": beat, "pid": os.getpid(), "problem": problem[:room]}
        text = json.dumps(light, ensure_ascii=False).encode("utf-8", "replace")
        if len(text) < _BYTES:
            return text.ljust(_BYTES - 1) + b"\n"
        room //= 2
