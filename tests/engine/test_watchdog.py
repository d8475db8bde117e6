"""A hanging loop or store is found out from a thread of its own, and written down; a process that slept is not."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING

import pytest

from digest.engine.ground.watchdog import STORE_BUSY, Watchdog
from digest.presence import EngineLock, read_presence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Watched(Watchdog):
    """A watch over a loop, and over a store that is as busy as told; what it would begin anew for is remembered."""

    silent = 0.5

    def __init__(self, lock: EngineLock) -> None:
        self.busy = 0.0
        self.words: list[str] = []
        self.called = threading.Event()
        super().__init__(lock, lambda: self.busy)

    def begin_anew(self, why: str, at_work: str) -> None:
        """Remember why."""
        self.words += [why, at_work]
        self.called.set()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """One without patience."""
    with EngineLock(tmp_path) as lock:
        yield Watched(lock)


async def test_a_loop_that_does_not_tick_is_found_out_and_written_down(watched: Watched, tmp_path: Path) -> None:
    """The log says for how long, at which task, and where every thread stands; no values, so no secrets."""
    token = "123456:" + "A" * 30
    watching = asyncio.create_task(watched.watch(lambda: ""))

    async def hang() -> bool:
        return watched.called.wait(20)  # it is the loop that is to be held up

    await asyncio.sleep(0)
    assert await asyncio.create_task(hang(), name="poll 7")
    watching.cancel()
    assert watched.words[0].startswith("the engine's event loop has hung for")
    assert watched.words[1] == "poll 7"
    text = (tmp_path / "engine.log").read_text(encoding="utf-8")
    assert "CRITICAL digest.engine.ground.watchdog: the engine's event loop has hung for" in text
    assert "at: poll 7" in text
    assert "most recent call first" in text
    assert "in hang" in text
    assert token not in text


def test_a_store_that_hangs_is_found_out(watched: Watched) -> None:
    """Longer than anything that SQLite itself waits for; before that it is told."""
    assert watched.problem() == ""
    watched.busy = STORE_BUSY + 1
    assert watched._what_hangs().startswith("a call to the database has hung for")
    assert watched.problem().startswith("the database has not answered for 181 s")


def test_a_process_that_stood_still_as_a_whole_is_excused(watched: Watched) -> None:
    """Suspended in its terminal and brought back, an engine goes on as if nothing had been."""
    watched._ticked = time.monotonic() - 3600
    watched.busy = 3600.0
    watched._stood_still.append((time.monotonic(), 3599.9))
    assert watched._what_hangs() == ""
    watched._ticked = time.monotonic()  # the loop runs again, and the store is still at what it was suspended in
    assert watched._what_hangs() == ""
    watched._stood_still.clear()
    assert watched._what_hangs() != ""


async def test_a_watch_that_is_stopped_does_nothing(watched: Watched) -> None:
    """When the engine ends in good order its loop stops ticking, too."""
    watching = asyncio.create_task(watched.watch(lambda: ""))
    await asyncio.sleep(0)
    [thread] = [each for each in threading.enumerate() if each.name == "watchdog"]
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    thread.join(20)
    assert not watched.called.is_set()


async def test_it_gives_signs_of_life_and_says_what_is_wrong(watched: Watched, tmp_path: Path) -> None:
    """In the file of the lock, where every face reads it."""
    watching = asyncio.create_task(watched.watch(lambda: "no room is left"))
    await asyncio.sleep(0)
    said = read_presence(tmp_path)
    watching.cancel()
    assert said is not None
    assert (said.beat, said.problem) == (1, "no room is left")


@pytest.mark.parametrize("hung_at", ["", "poll 7"])
def test_who_began_anew_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hung_at: str) -> None:
    """And knows which task was at work when the process before it hung."""
    monkeypatch.setenv("DIGEST_BEGAN_ANEW", "the engine's event loop has hung for 61 s")
    monkeypatch.setenv("DIGEST_HUNG_AT", hung_at)
    with EngineLock(tmp_path) as lock:
        watched = Watched(lock)
    assert watched.problem() == "the engine's event loop has hung for 61 s: it began anew, and engine.log says where"
    assert watched.hung_at == hung_at
