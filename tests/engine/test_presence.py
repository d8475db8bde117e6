"""One engine for one state folder, and what it says of itself without a database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from digest.errors import EngineError
from digest.presence import (
    EngineLock,
    Presence,
    engine_ready,
    engine_running,
    other_config,
    read_presence,
    standstill,
)

if TYPE_CHECKING:
    from pathlib import Path

_HOLD = """
import sys, pathlib
from digest.presence import EngineLock
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
    assert (tmp_path / "engine.lock").read_text().splitlines()[0] == str(holder.pid)
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
    """By its own sign of life, not another's, and not before it gave one; whoever comes second hears of it, too."""
    assert standstill(tmp_path, None) == ""
    long_ago = time.time() - 31
    with EngineLock(tmp_path) as lock:
        os.utime(lock.path, (long_ago, long_ago))
        assert standstill(tmp_path, os.getpid()) == "", "it may be migrating the database"
        lock.beat("")
        assert standstill(tmp_path, os.getpid()) == ""
        os.utime(lock.path, (long_ago, long_ago))
        assert standstill(tmp_path, os.getpid() + 1) == ""
        with pytest.raises(EngineError) as caught, EngineLock(tmp_path):
            pass
    words = f"it has given no sign of life for 31 s: kill -CONT {os.getpid()} lets it go on if it was stopped"
    assert f"(pid {os.getpid()}); {words}" in str(caught.value)


@pytest.mark.parametrize("name", ["config.toml", '뉴스 "desk".toml'])
def test_an_engine_of_another_config_is_told_by_it(tmp_path: Path, name: str) -> None:
    """Whoever names that very file, from wherever, hears nothing."""
    with EngineLock(tmp_path / "state", tmp_path / name):
        assert other_config(tmp_path / "state", tmp_path / "state" / ".." / name) == ""
        words = f"it was started with another config, {tmp_path / name}"
        assert other_config(tmp_path / "state", tmp_path / "another.toml") == words


# --- signs of life -----------------------------------------------------------------------------------------------


def test_what_is_said_is_read(tmp_path: Path) -> None:
    """Each sign counts on; the last word stands, also when its engine is gone."""
    assert read_presence(tmp_path) is None
    with EngineLock(tmp_path) as lock:
        assert read_presence(tmp_path) == Presence(os.getpid())
        lock.ready()
        lock.beat("")
        assert read_presence(tmp_path) == Presence(os.getpid(), 1, ready=True)
        lock.beat("no room is left on the disk")
        assert read_presence(tmp_path) == Presence(os.getpid(), 2, "no room is left on the disk", ready=True)
        lock.beat("")
    assert read_presence(tmp_path) == Presence(os.getpid(), 3, ready=True)
    with EngineLock(tmp_path):
        assert read_presence(tmp_path) == Presence(os.getpid()), "what the one before said is not its own"


@pytest.mark.parametrize(
    "words", ["x" * 5000, "디스크에 공간이 없습니다 " * 200, '"\\\n' * 400, "\ud800" * 300, "😀" * 400]
)
def test_the_file_never_grows(tmp_path: Path, words: str) -> None:
    """It is written over in place, so that a full disk has room for it; what is too long is cut."""
    with EngineLock(tmp_path) as lock:
        size = lock.path.stat().st_size
        lock._beat = 10**9
        lock.ready()
        lock.beat(words)
        assert lock.path.stat().st_size == size
        said = read_presence(tmp_path)
    assert said is not None
    assert said.problem
    assert said.problem == words[: len(said.problem)] or "\ud800" in words


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"1\n{}", b'1\n{"beat": "x", "problem": ""}', b"\xff\xfe", b'4711\n"/a"\nready\n']
)
def test_what_is_no_sign_of_life_is_none(tmp_path: Path, content: bytes) -> None:
    """Whatever lies there, no reader stumbles over it."""
    (tmp_path / "engine.lock").write_bytes(content)
    assert read_presence(tmp_path) is None
    assert standstill(tmp_path, 1) == other_config(tmp_path, tmp_path) == ""
    assert not engine_ready(tmp_path)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_lock_that_is_taken_away_is_noticed(tmp_path: Path, *, replaced: bool) -> None:
    """Nothing keeps a second engine away any more; and a sign of life to nowhere does no harm."""
    with EngineLock(tmp_path) as lock:
        assert not lock.lost()
        lock.path.unlink()
        if replaced:
            lock.path.write_text("")
        assert lock.lost()
        lock.beat("anything")


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
