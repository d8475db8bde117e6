"""The dashboard over 100,000 stored entries, all matched, 500 unread: first paint, keypress, idle and live cost.

Measured from outside, on the process in a pseudo-terminal, and of two minimal Textual apps in the same run: one that
shows two words, and one whose list of titles, with header and footer, gets one more twice a second. What they take says
how fast the machine is.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert

from digest.store import file_url, open_store
from digest.store import schema as tables
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

ENTRIES = 100_000
UNREAD = 500
PRESSES = 200
RUNS = 5
_SETTLED = 5.0  # seconds

_MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("hello there", markup=False)
Minimal().run()
"""

_MINIMAL_LIST = """
import sys
from textual.app import App
from textual.widgets import Footer, Header, OptionList
class MinimalList(App):
    def compose(self):
        yield Header()
        yield OptionList(*(f"Entry number {number}" for number in range(1_000)), markup=False)
        yield Footer()
    def on_mount(self):
        if sys.argv[1:] == ["live"]:
            self.set_interval(0.5, self.more)
    def more(self):
        self.query_one(OptionList).add_option(f"Live entry {self.query_one(OptionList).option_count}")
MinimalList().run()
"""


def store_of(path: Path, entries: int) -> str:
    """A database with so many matched entries, one a minute; its URL."""
    url = file_url(path)
    now = datetime.now(UTC).replace(microsecond=0)
    with open_store(url, migrate=True) as store, store.database.write() as (connection, seq):
        feed = {"url": "https://outlet.example/rss", "name": "Outlet", "added": now, "interval_ms": 600_000}
        connection.execute(insert(tables.feeds), {**feed, "next_due": now + timedelta(minutes=5), "seq": seq})
        rule = {"id": "launch", "topic": "Launches", "severity": 2, "path": "launch.toml", "line": 1, "seq": seq}
        connection.execute(insert(tables.rules), rule)
        numbers = range(1, entries + 1)
        seen = [now - timedelta(minutes=entries - number) for number in numbers]
        rows = [
            {"id": number, "feed_id": 1, "url": f"https://outlet.example/{number}", "title": f"Entry number {number}",
             "first_seen": moment, "severity": number % 4, "seq": seq,
             "read_at": None if number > entries - UNREAD else moment}
            for number, moment in zip(numbers, seen, strict=True)
        ]  # fmt: skip
        connection.execute(insert(tables.entries), rows)
        texts = [{"entry_id": number, "summary": f"What happened at {number}. " * 30} for number in numbers]
        connection.execute(insert(tables.entry_texts), texts)
        matches = [
            {"entry_id": number, "rule": "launch", "severity": number % 4, "outcome": "alert", "created": moment,
             "hits": [["title", 0, 5, "Entry", "entry"]], "seq": seq}
            for number, moment in zip(numbers, seen, strict=True)
        ]  # fmt: skip
        connection.execute(insert(tables.matches), matches)
    return url


def cpu_seconds(process: subprocess.Popen[bytes]) -> float:
    """CPU that the threads of a running process have used."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def proportional_megabytes(process: subprocess.Popen[bytes]) -> float:
    """The memory of a process, shared pages counted in part (PSS)."""
    lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def first_paint(command: Sequence[str], words: str) -> float:
    """CPU seconds until these words are sent to the screen; the median of some runs."""
    spent = []
    for _ in range(RUNS):
        with Terminal(command) as terminal:
            terminal.wait_for_bytes(words.encode())
            spent.append(cpu_seconds(terminal.process))
    return statistics.median(spent)


def key_to_frame(terminal: Terminal) -> list[float]:
    """Milliseconds from a press of ↓ to the first byte of the frame, for each press."""
    taken = []
    for _ in range(PRESSES):
        while terminal.read(0.05):
            pass
        start = time.perf_counter()
        terminal.press("\x1b[B")
        terminal.read(1)
        taken.append((time.perf_counter() - start) * 1000)
    return sorted(taken)


def settled(terminal: Terminal) -> None:
    """Wait until what the start and the keys left to do is done."""
    until = time.monotonic() + _SETTLED
    while (left := until - time.monotonic()) > 0:
        terminal.read(left)


def share_of_a_core(terminal: Terminal, seconds: float) -> float:
    """Per cent of a core used over some time, while its output is read."""
    before, until = cpu_seconds(terminal.process), time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        terminal.read(left)
    return (cpu_seconds(terminal.process) - before) / seconds * 100


_LIVE = """
import sys, time
from datetime import UTC, datetime
from sqlalchemy import insert
from digest.store import open_store, schema as tables
with open_store(sys.argv[1]) as store:
    for number in range(int(sys.argv[2])):
        with store.database.write() as (connection, seq):
            now = datetime.now(UTC)
            entry = {"feed_id": 1, "title": f"Live entry {number}", "first_seen": now, "severity": 2, "seq": seq}
            (found,) = connection.execute(insert(tables.entries).returning(tables.entries.c.id), entry).one()
            match = {"entry_id": found, "rule": "launch", "severity": 2, "outcome": "alert", "hits": []}
            connection.execute(insert(tables.matches), {**match, "created": now, "seq": seq})
        time.sleep(0.5)
"""


def at_work(name: str, command: Sequence[str], last: str) -> None:
    """Print what keys and standing idle take of an app that first shows some last words."""
    with Terminal(command) as terminal:
        terminal.see(last)
        taken = key_to_frame(terminal)
        print(f"{name}: ↓ key to frame: median {statistics.median(taken):.1f} ms, ", end="")
        print(f"p95 {taken[int(len(taken) * 0.95)]:.1f} ms, of {len(taken)} presses")
        settled(terminal)
        print(f"{name}: idle: {share_of_a_core(terminal, 15):.1f} % of a core")
        print(f"{name}: memory: {proportional_megabytes(terminal.process):.0f} MB (PSS)")


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        url = store_of(Path(folder) / "digest.db", ENTRIES)
        ours, newest = Terminal.dashboard(url), f"Entry number {ENTRIES}"
        a_list = [sys.executable, "-c", _MINIMAL_LIST]
        minimal = first_paint([sys.executable, "-c", _MINIMAL], "hello there")
        painted = first_paint(ours, newest)
        print(f"first paint, {ENTRIES:,} entries: {painted:.2f} s CPU, a minimal app {minimal:.2f} s, ", end="")
        print(f"ratio {painted / minimal:.2f}")
        at_work("a minimal list", a_list, "Entry number 9")
        at_work("dashboard", ours, f"of {ENTRIES:,}")
        with Terminal([*a_list, "live"]) as terminal:
            terminal.see("Entry number 9")
            print(f"a minimal list, two more a second: {share_of_a_core(terminal, 15):.1f} % of a core")
        with Terminal(ours) as terminal:
            terminal.see(newest)
            terminal.see(f"of {ENTRIES:,}")
            writer = subprocess.Popen([sys.executable, "-c", _LIVE, url, "40"])
            terminal.see("Live entry 0")
            print(f"dashboard, two updates a second: {share_of_a_core(terminal, 15):.1f} % of a core")
            writer.wait()


if __name__ == "__main__":
    main()
