"""Polling beside others, start-up included: ``python -m tests.bench.poll [--feeds N]``.

The same feeds of 30 entries on one loopback server are polled by `digest run --once` (300 rules, matching, summaries,
stories, outbox, SQLite with full sync), by newsboat and sfeed where they are installed, and by a loop of aiohttp and
feedparser that keeps nothing. What counts are the ratios of one run. CPU is that of the whole process tree; memory the
most that one of its processes had.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.bench_poll import fetch, loopback_server

if TYPE_CHECKING:
    from collections.abc import Iterator

_PHASES = (("first poll", 100), ("unchanged", 100), ("one new each", 101))
_RULES = 300
_PLAIN_LOOP = """
import asyncio, sys, aiohttp, feedparser
async def main():
    async with aiohttp.ClientSession() as session:
        async def poll(feed):
            async with session.get(f"{sys.argv[1]}/feed/{feed}") as answer:
                assert feedparser.parse(await answer.read()).entries
        feeds = iter(range(int(sys.argv[2])))
        async def work():
            for feed in feeds:
                await poll(feed)
        await asyncio.gather(*(work() for _ in range(8)))
asyncio.run(main())
"""
_SFEED = "sfeedpath={folder}/sfeed\nmaxjobs=8\nfeeds() {{\n{feeds}}}\n"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one poll of all feeds took."""

    cpu: float
    wall: float
    """Both in seconds."""
    megabytes: float


def measured(words: list[str], folder: Path) -> Cost:
    """Run a command, and say what it and all it started took."""
    program = (
        "import resource, subprocess, sys, time; began = time.monotonic();"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime, time.monotonic() - began, used.ru_maxrss / 1024)"
    )
    environ = os.environ | {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program, *words], check=True, stdout=subprocess.PIPE, text=True, env=environ
    )
    return Cost(*map(float, done.stdout.split()))


def pollers(folder: Path, base: str, count: int) -> Iterator[tuple[str, list[str]]]:
    """Those that are there, each with the command that polls all feeds once."""
    urls = [f"{base}/feed/{number}" for number in range(count)]
    yield "digest", [sys.executable, "-m", "digest", "run", "--once", "--config", _digest(folder, urls)]
    if newsboat := shutil.which("newsboat"):
        (folder / "urls").write_text("\n".join(urls), encoding="utf-8")
        (folder / "newsboat").write_text("reload-threads 8\n", encoding="utf-8")
        files = ["-u", f"{folder}/urls", "-c", f"{folder}/cache.db", "-C", f"{folder}/newsboat"]
        yield "newsboat", [newsboat, *files, "-x", "reload"]
    if sfeed := shutil.which("sfeed_update"):
        feeds = "".join(f'feed "{number}" "{url}"\n' for number, url in enumerate(urls))
        (folder / "sfeedrc").write_text(_SFEED.format(folder=folder, feeds=feeds), encoding="utf-8")
        yield "sfeed", [sfeed, f"{folder}/sfeedrc"]
    yield "aiohttp + feedparser", [sys.executable, "-c", _PLAIN_LOOP, base, str(count)]


def _digest(folder: Path, urls: list[str]) -> str:
    (folder / "rules").mkdir()
    rules = (f'[[rule]]\nid = "rule-{number}"\nany = ["word{number}", "treaty {number}"]\n' for number in range(_RULES))
    (folder / "rules" / "bench.toml").write_text(
        '[[rule]]\nid = "damascus"\nany = ["Damascus"]\n' + "".join(rules), encoding="utf-8"
    )
    feeds = "".join(f'[[feed]]\nurl = "{url}"\n' for url in urls)
    (folder / "config.toml").write_text(f"[poll]\nprivate_hosts = true\n{feeds}", encoding="utf-8")
    return f"{folder}/config.toml"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Poll beside others.")
    parser.add_argument("--feeds", type=int, default=200)
    parser.add_argument("--only", metavar="NAME", help="measure this one alone: digest, newsboat, …")
    asked = parser.parse_args()
    feeds = asked.feeds
    began = time.monotonic()
    print(f"{feeds} feeds of 30 entries; feeds a CPU second, wall in seconds, most memory of a process in MB")
    with loopback_server() as base, tempfile.TemporaryDirectory() as place:
        rivals = [each for each in pollers(Path(place), base, feeds) if asked.only in (None, each[0])]
        for name, newest in _PHASES:
            fetch(f"{base}/publish/{newest}")
            for poller, words in rivals:
                cost = measured(words, Path(place))
                rate = feeds / cost.cpu
                print(f"{name:14} {poller:22} {rate:8.0f} {cost.wall:7.1f} s {cost.megabytes:7.0f} MB", flush=True)
    print(f"({time.monotonic() - began:.0f} s in all)")


if __name__ == "__main__":
    main()
