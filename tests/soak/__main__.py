"""The soaks: ``python -m tests.soak [--kills N] [--seed N] [--hold | --flood]``, ``--limits N``, ``--strangers``.

Every run prints a line of JSON and a table; the exit code is 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.soak.kills import Plan, soak
from tests.soak.limits import run_limits
from tests.soak.report import table
from tests.soak.strangers import KINDS, strangers
from tests.soak.strangers import Plan as StrangersPlan
from tests.soak.strangers import show as show_strangers

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--kills", type=int, default=1000, help="how often the engine is killed")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of all dice")  # noqa: S311
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--hold", action="store_true", help='with on_unknown = "hold"')
    mode.add_argument("--flood", action="store_true", help="with bursts that become summaries")
    mode.add_argument("--limits", type=int, metavar="ALERTS", help="Telegram's limits, in virtual time, not the kills")
    mode.add_argument("--strangers", action="store_true", help="good feeds beside hostile ones, not the kills")
    parser.add_argument("--seconds", type=float, default=180, help="how long news come, beside hostile feeds")
    parser.add_argument("--good", type=int, default=100, help="good feeds")
    parser.add_argument("--only", metavar="KIND,…", help="of hostile feeds; none: only the good ones, to compare with")
    given = parser.parse_args()
    logging.basicConfig(level=logging.CRITICAL)  # faults are what this is about
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else None) as folder:
        if given.strangers:
            broken = _strangers(Path(folder), given)
        elif given.limits:
            broken = _limits(Path(folder), given.limits, given.seed)
        else:
            mode_name = "hold" if given.hold else "flood" if given.flood else "resend"
            report = asyncio.run(soak(Path(folder), Plan(given.kills, given.seed, mode_name)))
            print(report.json())
            print(report.table())
            broken = report.broken()
    return 1 if broken else 0


def _strangers(folder: Path, given: argparse.Namespace) -> list[str]:
    """All kinds of hostile feed, or those that are asked for."""
    kinds = KINDS if given.only is None else () if given.only == "none" else tuple(given.only.split(","))
    report, sentences = asyncio.run(strangers(folder, StrangersPlan(given.seconds, given.good, kinds)))
    show_strangers(report, sentences)
    return report.broken()


def _limits(folder: Path, alerts: int, seed: int) -> list[str]:
    """All of it through the unmodified client."""
    report = run_limits(folder, alerts=alerts, seed=seed, client=True)
    broken = report.broken()
    print(json.dumps(asdict(report) | {"broken": broken}))
    print(table(asdict(report), broken))
    return broken


if __name__ == "__main__":
    sys.exit(main())
