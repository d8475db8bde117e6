"""What an engine and its children take of the machine, read from ``/proc``; and how late its signs of life come."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from digest.presence import read_presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PROC: Final = Path("/proc")
_LOOK: Final = 0.1  # seconds between two looks for a sign of life
_EVERY: Final = 1.0  # seconds between two signs of life of an engine that is on time


@dataclass(frozen=True, slots=True)
class Usage:
    """At one moment."""

    at: float
    """By the monotonic clock."""
    pss: float
    """MB of the engine: shared pages count by their share."""
    rss: float
    children: int
    children_pss: float
    """MB of all of them together."""
    descriptors: int
    threads: int
    database: float
    """MB of the file."""
    wal: float


def usage(pid: int, database: Path) -> Usage:
    """What a process and its descendants use now; 0 of what is not there."""
    children = list(_descendants(pid))
    status = _fields(pid, "status")
    return Usage(
        at=time.monotonic(),
        pss=_fields(pid, "smaps_rollup").get("Pss", 0) / 1024,
        rss=status.get("VmRSS", 0) / 1024,
        children=len(children),
        children_pss=sum(_fields(child, "smaps_rollup").get("Pss", 0) for child in children) / 1024,
        descriptors=_count(_PROC / str(pid) / "fd"),
        threads=status.get("Threads", 0),
        database=_megabytes(database),
        wal=_megabytes(database.with_name(database.name + "-wal")),
    )


def cpu_of_children(pid: int) -> float:
    """Seconds of CPU that the descendants of a process have taken, those that ended and were waited for included."""
    ticks = sum(_ticks(child)[0] for child in _descendants(pid)) + _ticks(pid)[1]
    return ticks / os.sysconf("SC_CLK_TCK")


def _ticks(pid: int) -> tuple[int, int]:
    """Of CPU: of a process, and of its children that were waited for."""
    try:
        words = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0, 0
    own_user, own_system, user, system = map(int, words[11:15])
    return own_user + own_system, user + system


def quantile(values: Sequence[float], share: float) -> float:
    """The value that so great a share of them does not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


@dataclass
class LifeSigns:
    """Watches the file in which an engine's event loop gives a sign of life once a second."""

    state: Path
    late: list[float] = field(default_factory=list)
    """Seconds by which each sign came later than it should."""
    beginnings: int = 0
    """How often the signs began anew: by a start, or when the process replaced itself."""

    async def watch(self) -> None:
        """Look until cancelled."""
        beat, seen = 0, time.monotonic()
        while True:
            await asyncio.sleep(_LOOK)
            light = read_presence(self.state)
            if light is None or light.beat == beat:
                continue
            now = time.monotonic()
            if light.beat < beat:
                self.beginnings += 1
            if beat:
                self.late.append(max(now - seen - _EVERY, 0.0))
            beat, seen = light.beat, now


def _descendants(pid: int) -> Iterator[int]:
    """Of a process, by what each process says of its parent."""
    parents = {int(each.name): _fields(int(each.name), "status").get("PPid") for each in _PROC.glob("[0-9]*")}
    found = [pid]
    for parent in found:
        found += [child for child, its_parent in parents.items() if its_parent == parent]
    yield from found[1:]


def _fields(pid: int, name: str) -> dict[str, int]:
    """The numbers of a file of lines as ``Name:   123 kB``."""
    try:
        lines = (_PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":")[::2] for line in lines)
    return {key: int(value.split()[0]) for key, value in pairs if value.split()[:1] and value.split()[0].isdigit()}


def _count(folder: Path) -> int:
    try:
        return len(list(folder.iterdir()))
    except OSError:
        return 0


def _megabytes(path: Path) -> float:
    try:
        return path.stat().st_size / 2**20
    except OSError:
        return 0.0
