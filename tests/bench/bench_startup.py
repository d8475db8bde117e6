"""What commands cost before they do anything: CPU seconds of whole processes, beside `python -c pass` in the same run.

Compare the ratios; seconds are of this machine as it is just now. Python's caches of compiled files are filled before
anything is measured, as they are for who has run the command once. The desk is what `digest init` makes, its store is
empty, and no engine runs, so that the commands that tell of rules load the starter rules' files.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from digest.store import file_url, open_store

ROUNDS = 5
NOTHING = "python -c pass"
SQLALCHEMY = "python -c 'import sqlalchemy'"
LIGHT = ("--help", "paths", "stop", "match --query korea", "match", "check")
"""To hold: 0.35 s. `check` before there is a store."""
STORED = (
    *("status", "status --json", "search korea", "alerts", "feeds list", "outbox list", "rules list", "db info"),
    *("compose", "why 1", "check"),
)
"""To hold: 0.6 s."""
LINE = b'{"id": 1, "title": "North Korea closes its embassy in Syria"}\n'


def _cpu(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Seconds of CPU of a process and its children, from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    quiet = subprocess.DEVNULL
    subprocess.run(command, cwd=folder, env=environment, input=LINE, stdout=quiet, stderr=quiet, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _figures(commands: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
    """Every command by turns, so that what else the machine does meets all of them alike."""
    calls = {NOTHING: [sys.executable, "-c", "pass"], SQLALCHEMY: [sys.executable, "-c", "import sqlalchemy"]}
    calls |= {f"digest {words}": [sys.executable, "-m", "digest", *words.split()] for words in commands}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS + 1):
        for name, command in calls.items():
            seconds[name].append(_cpu(command, folder, environment))
    floor = statistics.median(seconds[NOTHING][1:])
    for name, measured in seconds.items():
        middle = statistics.median(measured[1:])  # the first round fills the caches
        print(f"{name:32} {middle:6.3f} s  × {middle / floor:5.1f}")


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as made:
        desk = Path(made) / "desk"
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {"PYTHONPYCACHEPREFIX": str(Path(made) / "compiled"), "PYTHONPATH": str(Path.cwd())}
        subprocess.run(
            [sys.executable, "-m", "digest", "init", desk], env=environment, stdout=subprocess.DEVNULL, check=True
        )
        print("without a store, to hold: 0.35 s")
        _figures(LIGHT, desk, environment)
        (desk / "state").mkdir()
        open_store(file_url(desk / "state" / "digest.db"), migrate=True).close()
        print("\nwith a store, to hold: 0.6 s")
        _figures(STORED, desk, environment)


if __name__ == "__main__":
    main()
