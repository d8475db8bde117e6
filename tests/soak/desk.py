"""The dashboard for long: entries come by the second, somebody reads among them, and its memory stays as it was.

::

    a writer's process ─▶ a real store ─▶ the dashboard in a pseudo-terminal ─▶ read, and thrown away
      10 entries/s          20,000 entries      a key every few seconds

What is judged is the memory that is the dashboard's alone (its private pages), from the fifth minute to the end: of
each entry the list keeps a few bytes, and of those near what is seen the lines. At last it must still show what came
last.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from tests.bench.bench_dashboard import cpu_seconds, store_of
from tests.soak.report import table
from tests.tui.terminal import Terminal

_STORED: Final = 20_000
_PER_SECOND: Final = 10
_SIZE: Final = (120, 36)
_WARM: Final = 300.0
"""Seconds after which its memory is judged; a sixth of the time where that is less than half an hour."""
_SAMPLE: Final = 5.0  # seconds
_ALLOWED: Final = 6.0
"""MB that it may be more in the end: one of it is the list itself after an hour (24 bytes of each entry), the rest what
Python and SQLite took for a moment and have not given back."""
_KEYS: Final = ("j", "j", "j", "\r", " ", "\x1b", "g", "a", "g", "a", "g", "i", "\x1b", "n", "n", "g")
"""What somebody presses who reads: a few entries, a view, a page; each time back to the news."""

_WRITER: Final = """
import sys, time
from datetime import UTC, datetime
from sqlalchemy import insert
from digest.store import open_store, schema as tables
url, every = sys.argv[1], float(sys.argv[2])
due, number = time.monotonic(), 0
with open_store(url) as store:
    while True:
        number += 1
        with store.database.write() as (connection, seq):
            now = datetime.now(UTC)
            entry = {"feed_id": 1, "url": f"https://outlet.example/soak/{number}", "title": f"Soak entry {number}"}
            entry |= {"first_seen": now, "severity": number % 3, "seq": seq}
            (found,) = connection.execute(insert(tables.entries).returning(tables.entries.c.id), entry).one()
            text = {"entry_id": found, "summary": f"What happened at {number}. " * 30}
            connection.execute(insert(tables.entry_texts), text)
            match = {"entry_id": found, "rule": "launch", "severity": number % 3, "outcome": "alert", "hits": []}
            connection.execute(insert(tables.matches), {**match, "created": now, "seq": seq})
        print(number, flush=True)
        due = max(due + every, time.monotonic() - 1)
        time.sleep(max(0.0, due - time.monotonic()))
"""


@dataclass(frozen=True)
class DeskReport:
    """Figures; memory in MB."""

    minutes: float
    entries: int
    """That came meanwhile."""
    memory_at_start: float
    memory_warm: float
    """After five minutes, or a sixth of the time."""
    memory_at_end: float
    memory_highest: float
    core_percent: float
    """Of one core, in all."""
    kilobytes: int
    """Sent to the terminal."""
    shows_the_last: bool

    def broken(self) -> list[str]:
        """What was not flat, in words."""
        found = []
        if (grown := self.memory_at_end - self.memory_warm) > _ALLOWED:
            found.append(f"the dashboard's memory grew by {grown:.1f} MB, {_ALLOWED:g} are allowed")
        if not self.shows_the_last:
            found.append("the dashboard does not show what came last")
        if not self.entries:
            found.append("no entry came")
        return found


def soak(folder: Path, minutes: float) -> DeskReport:
    """Run it for so long."""
    url = store_of(folder / "digest.db", _STORED)
    seconds = minutes * 60
    warm = min(_WARM, seconds / 6)
    written = folder / "written.txt"
    with Terminal(Terminal.dashboard(url), _SIZE) as terminal, written.open("wb") as counted:
        terminal.see(f"Entry number {_STORED}")
        terminal.see(f"of {_STORED:,}")
        start, began, cpu = private_megabytes(terminal.process.pid), time.monotonic(), cpu_seconds(terminal.process)
        writer = subprocess.Popen([sys.executable, "-c", _WRITER, url, str(1 / _PER_SECOND)], stdout=counted)
        try:
            samples, sent = _live(terminal, began, seconds)
        finally:
            writer.terminate()
            writer.wait()
        used = (cpu_seconds(terminal.process) - cpu) / (time.monotonic() - began) * 100
        came = int(written.read_text().split()[-1])
        last = _shows(terminal, f"Soak entry {came}")
    settled = [each for at, each in samples if at >= warm]
    return DeskReport(
        minutes=minutes,
        entries=came,
        memory_at_start=round(start, 1),
        memory_warm=round(median(settled[:5]), 1),
        memory_at_end=round(median(settled[-5:]), 1),
        memory_highest=round(max(each for _, each in samples), 1),
        core_percent=round(used, 1),
        kilobytes=sent // 1024,
        shows_the_last=last,
    )


def show(report: DeskReport) -> None:
    """Print a line of JSON and the table."""
    print(json.dumps(asdict(report) | {"broken": report.broken()}))
    print(table(asdict(report), report.broken()))


def private_megabytes(pid: int) -> float:
    """The memory of a process that is nobody else's."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024


def _live(terminal: Terminal, began: float, seconds: float) -> tuple[list[tuple[float, float]], int]:
    """Read and press for so long: memory by the seconds since it began, and the bytes that were sent."""
    samples: list[tuple[float, float]] = []
    sent = pressed = 0
    while (now := time.monotonic() - began) < seconds:
        if now >= _SAMPLE * len(samples):
            samples.append((now, private_megabytes(terminal.process.pid)))
            terminal.press(_KEYS[pressed % len(_KEYS)])
            pressed += 1
        sent += terminal.skim(0.5)
    return samples, sent


def _shows(terminal: Terminal, words: str) -> bool:
    """Whether it follows the news again, on a screen that it paints from nothing."""
    for key in "\x1b\x1bg":
        terminal.press(key)
        terminal.skim(1)
    terminal.resize((_SIZE[0] + 1, _SIZE[1]))
    try:
        terminal.see(words)
    except AssertionError:
        return False
    return True
