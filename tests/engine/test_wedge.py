"""A hanging loop or store is found out from a thread of its own, and written down; a process that slept is not."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from digest.engine.ground.watchdog import STORE_BUSY, WedgeWatch
from digest.engine.lock import EngineLock, engine_running
from digest.errors import EngineError

if TYPE_CHECKING:
    from pathlib import Path


class Watched:
    """A watch over a loop that ticks only when told, and over a store that is as busy as told."""

    def __init__(self, log: Path) -> None:
        self.busy = 0.0
        self.words: list[str] = []
        self.called = threading.Event()
        self.watch = WedgeWatch(lambda: self.busy, log, self.begin_anew, silent=0.5, at_work=lambda: "poll 7")

    def begin_anew(self, words: str, at_work: str) -> None:
        """Remember why."""
        self.words += [words, at_work]
        self.called.set()


def test_a_loop_that_does_not_tick_is_found_out_and_written_down(tmp_path: Path) -> None:
    """The log says for how long, and where every thread stands; no values, so no secrets."""
    log = tmp_path / "engine.log"
    watched = Watched(log)
    token = "123456:" + "A" * 30
    watched.watch.start()
    assert watched.called.wait(20)
    assert watched.words[0].startswith("the engine's event loop has hung for")
    assert watched.words[1] == "poll 7"
    text = log.read_text(encoding="utf-8")
    assert "CRITICAL digest.engine.ground.watchdog: the engine's event loop has hung for" in text
    assert "most recent call first" in text
    assert "test_a_loop_that_does_not_tick" in text
    assert token not in text


def test_a_store_that_hangs_is_found_out(tmp_path: Path) -> None:
    """Longer than anything that SQLite itself waits for."""
    watched = Watched(tmp_path / "engine.log")
    watched.busy = STORE_BUSY + 1
    watched.watch.tick()
    assert watched.watch._wedged().startswith("a call to the database has hung for")


def test_a_process_that_stood_still_as_a_whole_is_excused(tmp_path: Path) -> None:
    """Suspended in its terminal and brought back, an engine goes on as if nothing had been."""
    watched = Watched(tmp_path / "engine.log")
    watched.watch._ticked = time.monotonic() - 3600
    watched.busy = 3600.0
    watched.watch._stood_still.append((time.monotonic(), 3599.9))
    assert watched.watch._wedged() == ""
    watched.watch.tick()  # the loop runs again, and the store is still at what it was suspended in
    assert watched.watch._wedged() == ""
    watched.watch._stood_still.clear()
    assert watched.watch._wedged() != ""


def test_a_watch_that_is_stopped_does_nothing(tmp_path: Path) -> None:
    """When the engine ends in good order its loop stops ticking, too."""
    watched = Watched(tmp_path / "engine.log")
    watched.watch.start()
    watched.watch.stop()
    watched.watch._thread.join(20)
    assert not watched.called.is_set()


# --- the lock is handed over -------------------------------------------------------------------------------------


def test_a_lock_that_is_handed_over_is_never_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The successor holds the same open file: nobody can come in between, and it is free when that one ends."""
    before = EngineLock(tmp_path)
    before.__enter__()
    for name, value in before.hand_over().items():
        monkeypatch.setenv(name, value)
    with EngineLock(tmp_path) as successor:
        assert successor._file == before._file
        pid = engine_running(tmp_path)
        assert pid is not None
        with pytest.raises(EngineError, match="running already"), EngineLock(tmp_path):
            pass
    assert engine_running(tmp_path) is None


@pytest.mark.parametrize("words", ["1 0", "nonsense", "{pid} 99999", "{pid} x"])
def test_what_was_handed_to_another_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """A variable that was left behind, or is another process's, leads to no lock but one's own."""
    monkeypatch.setenv("DIGEST_ENGINE_LOCK", words.format(pid=os.getpid()))
    with EngineLock(tmp_path):
        assert engine_running(tmp_path) == os.getpid()
        assert "DIGEST_ENGINE_LOCK" not in os.environ
    assert engine_running(tmp_path) is None
