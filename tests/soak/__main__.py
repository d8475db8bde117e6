"""The soaks: ``--kills``, ``--parts``, ``--limits``, ``--strangers``, ``--steady``, ``--desk``, ``--day``.

Every run prints a line of JSON and a table (``--help`` tells more); the exit code is 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import signal
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from tests.fakes import postgres, stores
from tests.soak import day, desk, kills, parts, steady, strangers
from tests.soak.limits import run_limits
from tests.soak.report import table

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def main() -> int:
    """Run what the command line asks for."""
    given = _arguments().parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whatever is started is ended
    logging.basicConfig(level=logging.CRITICAL)  # faults are what this is about
    on_disk = given.strangers or given.steady or given.desk  # where the disk's share of the time counts
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() and not on_disk else None) as name:
        folder = Path(name)
        if given.limits:
            broken = _limits(folder, given.limits, given.seed)
        elif given.parts:
            broken = _parts(folder, given.parts, given.seed)
        elif given.strangers:
            broken = _strangers(folder, given)
        elif given.steady:
            broken = _steady(folder, given)
        elif given.desk:
            broken = _desk(folder, given)
        elif given.day:
            broken = _day(folder, given)
        else:
            broken = _kills(folder, given)
    return 1 if broken else 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--kills", type=int, default=1000, help="how often the engine is killed")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="of all dice")  # noqa: S311
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--hold", action="store_true", help='with on_unknown = "hold"')
    mode.add_argument("--flood", action="store_true", help="with bursts that become summaries")
    mode.add_argument("--parts", type=int, metavar="FAULTS", help="of an engine in parts on PostgreSQL; not the kills")
    mode.add_argument("--limits", type=int, metavar="ALERTS", help="Telegram's limits, in virtual time, not the kills")
    mode.add_argument("--strangers", action="store_true", help="good feeds beside hostile ones, not the kills")
    mode.add_argument("--steady", action="store_true", help="many feeds, often: nothing may grow; not the kills")
    mode.add_argument("--desk", action="store_true", help="the dashboard, with news all the time; not the kills")
    mode.add_argument("--day", action="store_true", help="very many feeds, in virtual time; not the kills")
    parser.add_argument("--seconds", type=float, default=180, help="with --strangers: how long news come")
    parser.add_argument("--good", type=int, default=100, help="with --strangers: good feeds")
    parser.add_argument(
        "--only",
        type=_kinds,
        default=strangers.KINDS,
        metavar="KIND,…",
        help="with --strangers: these, or none",
    )
    parser.add_argument("--minutes", type=float, help="with --steady (10) and --desk (60): how long it goes")
    parser.add_argument("--feeds", type=int, help="with --steady (300) and --day (20,000): how many are polled")
    parser.add_argument("--hours", type=float, default=4, help="with --day: lived second by second (4)")
    parser.add_argument("--days", type=int, default=0, help="with --day: after that, mostly skipped; short keeps (0)")
    return parser


def _kinds(text: str) -> tuple[str, ...]:
    """Kinds of hostile feed by their names."""
    kinds = () if text == "none" else tuple(text.split(","))
    if unknown := [kind for kind in kinds if kind not in strangers.KINDS]:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}, but {', '.join(strangers.KINDS)}")
    return kinds


def _kills(folder: Path, given: argparse.Namespace) -> list[str]:
    """In the one of three modes."""
    mode = "hold" if given.hold else "flood" if given.flood else "resend"
    report = asyncio.run(kills.soak(folder, kills.Plan(given.kills, given.seed, mode)))
    print(report.json())
    print(report.table())
    return report.broken()


def _parts(folder: Path, faults: int, seed: int) -> list[str]:
    """Where there is a server to be had."""
    if not postgres.available():
        print(f"not tried: {postgres.MISSING}")
        return []
    try:
        report = asyncio.run(parts.soak(folder, parts.Plan(faults, seed)))
    finally:
        stores.stop_server()
    parts.show(report)
    return report.broken()


def _limits(folder: Path, alerts: int, seed: int) -> list[str]:
    """All of it through the unmodified client."""
    report = run_limits(folder, alerts=alerts, seed=seed, client=True)
    broken = report.broken()
    print(json.dumps(asdict(report) | {"broken": broken}))
    print(table(asdict(report), broken))
    return broken


def _strangers(folder: Path, given: argparse.Namespace) -> list[str]:
    report, sentences = asyncio.run(strangers.soak(folder, strangers.Plan(given.seconds, given.good, given.only)))
    strangers.show(report, sentences)
    return report.broken()


def _steady(folder: Path, given: argparse.Namespace) -> list[str]:
    report = asyncio.run(steady.soak(folder, given.minutes or 10, given.feeds or 300))
    steady.show(report)
    return report.broken()


def _day(folder: Path, given: argparse.Namespace) -> list[str]:
    run = day.Day(folder, feeds=given.feeds or 20_000, hours=given.hours, days=given.days, seed=given.seed)
    report = run.run()
    day.show(report)
    return report.broken()


def _desk(folder: Path, given: argparse.Namespace) -> list[str]:
    report = desk.soak(folder, given.minutes or 60)
    desk.show(report)
    return report.broken()


if __name__ == "__main__":
    sys.exit(main())
