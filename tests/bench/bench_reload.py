"""How long a load of 10,000 rules (30,000 terms, 300 regular expressions) holds up an engine's event loop.

The loop ticks every 5 ms while the rules are loaded as the engine loads them; the longest time between two ticks is
what a poll may have to wait. The same ticks with nothing to do show what this machine does to them anyway.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from digest.engine.ground.threads import StoreThread
from digest.engine.rules import LiveRules
from digest.rulebook.folders import RuleFolders
from digest.store import file_url, open_store
from tests.bench.invented import TERMS_A_RULE, Newsroom, rule_file

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RULES = 10_000
FILES = 10
REGEXES = 300
EDITS = 5
TICK = 0.005  # seconds


class Load(NamedTuple):
    """One load: seconds until it was live, seconds of CPU, and the longest a tick was late, in milliseconds."""

    wall: float
    cpu: float
    late: float


def _write(folder: Path, news: Newsroom) -> None:
    """All files anew, with other words."""
    terms = news.terms(RULES * TERMS_A_RULE)
    each = RULES // FILES
    for number in range(FILES):
        some = terms[number * each * TERMS_A_RULE : (number + 1) * each * TERMS_A_RULE]
        (folder / f"{number}.toml").write_text(rule_file(some, number * each, REGEXES // FILES))


async def _watched(load: Callable[[], Awaitable[object]]) -> Load:
    """Do it with the loop ticking."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            due = time.perf_counter() + TICK
            await asyncio.sleep(TICK)
            late.append(time.perf_counter() - due)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0.1)
    late.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    await load()
    found = Load(time.perf_counter() - wall, time.process_time() - cpu, max(late) * 1000)
    ticking.cancel()
    return found


async def _loads() -> dict[str, list[Load]]:
    """Each kind of load, some times."""
    with tempfile.TemporaryDirectory() as temporary:
        home, news = Path(temporary), Newsroom()
        folder = home / "rules"
        folder.mkdir()
        _write(folder, news)
        with open_store(file_url(home / "digest.db"), migrate=True) as store:
            async with StoreThread() as thread:
                rules = LiveRules(RuleFolders.only(folder), store, thread, {})
                loads = {"the first load": [await _watched(rules.refresh)]}
                for number in range(EDITS):
                    with (folder / "3.toml").open("a") as file:
                        file.write(f'\n[[rule]]\nid = "more-{number}"\nany = ["something more {number}"]\n')
                    loads.setdefault("one rule added", []).append(await _watched(rules.refresh))
                for _ in range(EDITS // 2):
                    _write(folder, news)
                    loads.setdefault("every file written anew", []).append(await _watched(rules.refresh))
                assert len(rules.active.by_id) == RULES
                loads["nothing to do, as long"] = [await _watched(lambda: asyncio.sleep(2)) for _ in range(EDITS // 2)]
    return loads


def main() -> None:
    """Print the figures."""
    for what, loads in asyncio.run(_loads()).items():
        wall, cpu = (min(load[field] for load in loads) for field in (0, 1))
        late = sorted(round(load.late) for load in loads)
        print(f"{what:28} live after {wall:.1f} s, {cpu:.1f} s of CPU; a tick at most late by {late} ms")


if __name__ == "__main__":
    main()
