"""The engine is killed at random while it works: the soak in small, as `make soak` runs it for long."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.soak.kills import Plan, soak

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("mode", "kills"), [("resend", 9), ("hold", 7)])
def test_kills_lose_nothing(tmp_path: Path, mode: str, kills: int) -> None:
    """Nothing lost, the database sound, repeats only after a lost answer or a kill, and labelled; none if held."""
    report = asyncio.run(soak(tmp_path, Plan(kills, seed=1, mode=mode, enough=30)))
    assert report.broken() == [], report.table()
    assert report.sent > kills
