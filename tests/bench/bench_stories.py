"""What it costs to tell which story an entry belongs to, with 20,000 reports in the window.

Invented news, a day and a half of it between the oldest and the newest: titles alone, and with 208 and 400 characters
of summary. CPU time; memory is what the process has grown by. Each kind runs in a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from digest.stories.cluster import LONGEST, Clue, Window
from tests.bench.invented import Newsroom

MEASURED: Final = 3_000
MOST_MS, MOST_MB = 2.5, 250
KINDS: Final = {"a title": 0, "a title and 208 characters": 208, "a title and 400 characters": 400}
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_APART: Final = timedelta(hours=36) / LONGEST


def _resident() -> float:
    """Megabytes of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


def _run(summary: int) -> None:
    """Fill a window, measure beyond it, and print the figures."""
    entries = Newsroom().entries(LONGEST + MEASURED, 70 + summary)
    clues = [
        Clue(each.title, each.summary[:summary], "", "en", _START + _APART * at) for at, each in enumerate(entries)
    ]
    before, window, took = _resident(), Window(), []
    for key, clue in enumerate(clues):
        start = time.process_time()
        place = window.place(clue)
        window.add(key, key if place.story is None else place.story, clue.at, place.lang, place.vector)
        took.append((time.process_time() - start) * 1000)
    took = sorted(took[LONGEST:])
    print(statistics.mean(took), took[len(took) * 99 // 100], took[-1], _resident() - before, len(place.vector))


def main() -> None:
    """Print the figures."""
    if len(sys.argv) == 3 and sys.argv[1] == "--summary":
        _run(int(sys.argv[2]))
        return
    for kind, summary in KINDS.items():
        command = [sys.executable, "-m", "tests.bench.bench_stories", "--summary", str(summary)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        mean, late, worst, grown, size = map(float, done.stdout.split())
        bound = f" (≤ {MOST_MS} ms, ≤ {MOST_MB} MB)" if summary == 208 else ""
        print(
            f"{kind:30} {mean:.2f} ms, p99 {late:.2f}, worst {worst:.0f}; {grown:.0f} MB, {size:,.0f} bytes each{bound}"
        )


if __name__ == "__main__":
    main()
