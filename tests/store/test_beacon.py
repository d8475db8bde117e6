"""The engine's sign of life that needs no database, and no room on the disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from digest.store.beacon import Beacon, Light, read_beacon

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_shown_is_read(tmp_path: Path) -> None:
    """Each sign counts on; the last word stands."""
    assert read_beacon(tmp_path) is None
    with Beacon(tmp_path) as beacon:
        beacon.show("")
        assert read_beacon(tmp_path) == Light(1, os.getpid(), "")
        beacon.show("no room is left on the disk")
        assert read_beacon(tmp_path) == Light(2, os.getpid(), "no room is left on the disk")
        beacon.show("")
        assert read_beacon(tmp_path) == Light(3, os.getpid(), "")


@pytest.mark.parametrize(
    "words", ["x" * 5000, "디스크에 공간이 없습니다 " * 200, '"\\\n' * 400, "\ud800" * 300, "😀" * 400]
)
def test_the_file_never_grows(tmp_path: Path, words: str) -> None:
    """It is written over in place, so that a full disk has room for it; what is too long is cut."""
    with Beacon(tmp_path) as beacon:
        beacon.show("")
        size = (tmp_path / "engine.beat").stat().st_size
        beacon.show(words)
        assert (tmp_path / "engine.beat").stat().st_size == size
        light = read_beacon(tmp_path)
    assert light is not None
    assert light.problem
    assert light.problem == words[: len(light.problem)] or "\ud800" in words


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"beat": "x", "pid": 1, "problem": ""}', b"\xff\xfe"])
def test_what_is_no_sign_of_life_is_none(tmp_path: Path, content: bytes) -> None:
    """Whatever lies there, no reader stumbles over it."""
    (tmp_path / "engine.beat").write_bytes(content)
    assert read_beacon(tmp_path) is None


def test_where_there_can_be_no_file_there_is_none(tmp_path: Path) -> None:
    """The engine works without it."""
    with Beacon(tmp_path / "not" / "there") as beacon:
        beacon.show("anything")
    assert read_beacon(tmp_path / "not" / "there") is None
