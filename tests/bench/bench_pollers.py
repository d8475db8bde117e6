"""Pollers of an engine in parts, beside one process: ``python -m tests.bench.bench_pollers [--feeds N]``.

All feeds are due at once. What is timed is how long it takes until each was asked and what it brought is stored: by one
process on SQLite and on PostgreSQL, and by a clock with one, two and four pollers. On a machine of two cores more
pollers show that they share the feeds and get in nobody's way, not how fast many machines are: of that the CPU speaks
that each part takes.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, select

from digest.store import file_url, open_store
from digest.store import schema as tables
from tests.bench.bench_poll import ENTRIES, fetch, loopback_server
from tests.fakes.postgres import MISSING, Cluster, available

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.store import Store

_PATIENCE: Final = 600.0
"""Seconds for one round."""
_FIRST: Final = 100
"""Number of the newest entry of each feed at first."""
_TOLD: Final = 0.05
"""CPU seconds that are worth a word."""
_TICK: Final = os.sysconf("SC_CLK_TCK")
_RULES: Final = '[[rule]]\nid = "damascus"\nany = ["Damascus"]\n'


class Engine(NamedTuple):
    """An engine to be measured."""

    name: str
    parts: Sequence[str]
    """The roles of its processes; an empty one is the whole engine."""
    on_server: bool = True


ENGINES: Final = (
    Engine("one process, SQLite", ("",), on_server=False),
    Engine("one process, PostgreSQL", ("",)),
    *(Engine(f"a clock and {count} poller{'s' * (count > 1)}", ("clock", *["poller"] * count)) for count in (1, 2, 4)),
)


def cpu_of(roots: Mapping[int, str]) -> dict[str, float]:
    """CPU seconds so far of some processes with all that they started, by their names."""
    used = dict.fromkeys(roots.values(), 0.0)
    stats: dict[int, tuple[int, float]] = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        stats[int(place.parent.name)] = int(fields[1]), sum(map(int, fields[11:15])) / _TICK
    for process, (_, seconds) in stats.items():
        at = process
        while at not in roots and at in stats:
            at = stats[at][0]
        if at in roots:
            used[roots[at]] += seconds
    return used


def _until_polled(store: Store, feeds: int, since: datetime, stored: int) -> None:
    """Wait until each feed was asked since then, and so many entries are stored."""
    asked = select(func.count()).select_from(tables.feeds).where(tables.feeds.c.last_ok >= since)
    kept = select(func.count()).select_from(tables.entries)
    until = time.monotonic() + _PATIENCE
    while True:
        with store.database.read() as connection:
            done = connection.execute(asked).scalar_one(), connection.execute(kept).scalar_one()
        if done == (feeds, stored):
            return
        if time.monotonic() > until:
            raise TimeoutError(f"of {feeds} feeds and {stored} entries only {done} came")
        time.sleep(0.05)


def measure(engine: Engine, server: Cluster, base: str, feeds: int, folder: Path) -> None:
    """Print what three rounds took: a first poll, one that finds nothing new, and one new entry of each feed."""
    url = server.url(server.create()) if engine.on_server else file_url(folder / "state" / "digest.db")
    (folder / "rules").mkdir(parents=True)
    (folder / "rules" / "bench.toml").write_text(_RULES, encoding="utf-8")
    known = "".join(f'[[feed]]\nurl = "{base}/feed/{number}"\n' for number in range(feeds))
    database = f'database = "{url}"\n' if engine.on_server else ""
    config = folder / "config.toml"
    config.write_text(f"{database}[poll]\nprivate_hosts = true\n{known}", encoding="utf-8")
    fetch(f"{base}/publish/{_FIRST}")
    with ExitStack() as opened:
        started = datetime.now(UTC)
        assert server.pid is not None
        roots = {server.pid: "server"}
        for role in engine.parts:
            words = ["run", *(("--role", role) if role else ()), "--config", str(config)]
            part = subprocess.Popen([sys.executable, "-m", "digest", *words], stderr=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL)  # fmt: skip
            opened.callback(part.wait, 60)
            opened.callback(part.terminate)
            roots[part.pid] = role or "engine"
        while True:  # until the database is made
            time.sleep(0.2)
            try:
                store = opened.enter_context(open_store(url))
                break
            except Exception:  # it is not there yet, or being made
                if (datetime.now(UTC) - started).total_seconds() > _PATIENCE:
                    raise
        before, began = cpu_of(roots), time.monotonic()
        _until_polled(store, feeds, started, feeds * ENTRIES)
        _say(engine.name, "first poll, start included", feeds / (time.monotonic() - began), before, cpu_of(roots))
        for newest, name in ((_FIRST, "nothing new"), (_FIRST + 1, "one new entry each")):
            fetch(f"{base}/publish/{newest}")
            before, began, since = cpu_of(roots), time.monotonic(), datetime.now(UTC)
            store.requests.ask("poll", {}, since)
            _until_polled(store, feeds, since, feeds * (ENTRIES + newest - _FIRST))
            _say(engine.name, name, feeds / (time.monotonic() - began), before, cpu_of(roots))


def _say(engine: str, what: str, rate: float, before: Mapping[str, float], after: Mapping[str, float]) -> None:
    spent = {name: after[name] - before[name] for name in after}
    told = ", ".join(f"{name} {seconds:.1f}" for name, seconds in spent.items() if seconds >= _TOLD)
    print(f"{engine:26}{what:28}{rate:7.0f} feeds/s   CPU s: {told}", flush=True)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Poll with one process, and in parts.")
    parser.add_argument("--feeds", type=int, default=1_000)
    feeds = parser.parse_args().feeds
    if not available():
        print(MISSING)
        return
    print(f"{feeds:,} feeds of {ENTRIES} entries, on {os.cpu_count()} cores")
    with loopback_server() as base, tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        server = Cluster(safe=True)
        opened.callback(server.remove)
        for number, engine in enumerate(ENGINES):
            measure(engine, server, base, feeds, Path(folder) / str(number))


if __name__ == "__main__":
    main()
