"""The engine is killed at random while it works: the soak in small, as `make soak` runs it for long."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from tests.soak.kills import Plan, soak

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("mode", "kills"), [("resend", 20), ("hold", 10)])
def test_kills_lose_nothing(tmp_path: Path, mode: str, kills: int) -> None:
    """Nothing lost, the database sound, repeats only after a lost answer or a kill, and labelled; none if held."""
    # A kill of the process loses nothing that the system has in hand for the disk, so this is no test of the disk.
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else tmp_path) as folder:
        report = asyncio.run(soak(Path(folder), Plan(kills, seed=1, mode=mode, enough=30)))
    assert report.broken() == [], report.table()
    assert report.sent > kills
