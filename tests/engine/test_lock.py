"""One engine for one state folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from digest.engine.lock import EngineLock, engine_ready, engine_running, standstill
from digest.errors import EngineError
from digest.store.beacon import Beacon

if TYPE_CHECKING:
    from pathlib import Path

_HOLD = """
import sys, pathlib
from digest.engine.lock import EngineLock
with EngineLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(state: Path) -> subprocess.Popen[str]:
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(state)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_lock_names_its_holder_and_says_when_it_is_ready(tmp_path: Path) -> None:
    """The folder is made, its owner's; others learn the process, and later that it is at work; then nobody runs."""
    state = tmp_path / "state"
    assert engine_running(state) is None
    with EngineLock(state) as lock:
        assert state.stat().st_mode & 0o777 == 0o700
        assert engine_running(state) == os.getpid()
        assert not engine_ready(state)
        lock.ready()
        assert engine_running(state) == os.getpid()
        assert engine_ready(state)
    assert engine_running(state) is None
    assert not engine_ready(state)


def test_a_second_engine_is_refused_with_the_pid_of_the_first(tmp_path: Path) -> None:
    """Whoever comes second is told who was first."""
    with _holder(tmp_path) as holder:
        with pytest.raises(EngineError, match=rf"running already \(pid {holder.pid}\)"), EngineLock(tmp_path):
            pass
        assert engine_running(tmp_path) == holder.pid
        holder.communicate()


def test_a_killed_engine_leaves_no_lock(tmp_path: Path) -> None:
    """The system drops the lock with its holder, whatever the file says."""
    with _holder(tmp_path) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert (tmp_path / "engine.lock").read_text().strip() == str(holder.pid)
    assert engine_running(tmp_path) is None
    with EngineLock(tmp_path):
        assert engine_running(tmp_path) == os.getpid()


def test_a_file_with_nonsense_in_it_locks_nothing(tmp_path: Path) -> None:
    """Only the lock counts, not the file."""
    (tmp_path / "engine.lock").write_text("no number")
    assert engine_running(tmp_path) is None
    with EngineLock(tmp_path):
        pass


def test_children_do_not_inherit_the_lock(tmp_path: Path) -> None:
    """A child that outlives a killed engine must not keep the next one from starting."""
    waits = "print('there', flush=True); input()"
    with EngineLock(tmp_path):
        child = subprocess.Popen(
            [sys.executable, "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
        assert child.stdout is not None
        assert child.stdout.readline() == b"there\n"
    try:
        assert engine_running(tmp_path) is None
    finally:
        child.communicate(b"\n")


@pytest.mark.parametrize("place", ["file/state", "file"])
def test_a_state_folder_that_cannot_be_is_told_in_words(tmp_path: Path, place: str) -> None:
    """Here a file stands in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match=r"the state folder .* cannot be used"), EngineLock(tmp_path / place):
        pass
    assert engine_running(tmp_path / place) is None


def test_an_engine_that_stands_still_is_told_with_what_to_do(tmp_path: Path) -> None:
    """By its own sign of life, not another's; whoever comes second hears of it, too."""
    assert standstill(tmp_path, None) == ""
    with EngineLock(tmp_path), Beacon(tmp_path) as beacon:
        beacon.show("")
        assert standstill(tmp_path, os.getpid()) == ""
        long_ago = time.time() - 31
        os.utime(tmp_path / "engine.beat", (long_ago, long_ago))
        assert standstill(tmp_path, os.getpid() + 1) == ""
        with pytest.raises(EngineError) as caught, EngineLock(tmp_path):
            pass
    words = f"it has given no sign of life for 31 s: kill -CONT {os.getpid()} lets it go on if it was stopped"
    assert f"(pid {os.getpid()}); {words}" in str(caught.value)
