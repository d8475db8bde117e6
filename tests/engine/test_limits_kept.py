"""Telegram's limits hold over many alerts with bursts, 429s and restarts, before a judge apart from the code."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.soak.limits import run_limits

_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("alerts", "client"), [(1_500, False), (1_000, True)], ids=["direct", "through the client"])
def test_no_limit_is_broken_and_nothing_lost(tmp_path: Path, alerts: int, *, client: bool) -> None:
    """Of thousands of alerts in bursts every one is told, in time, once unless an answer was lost, and never too fast.

    Three in five go by a channel that leads straight to the judge, the rest by the unmodified client; `make soak` sends
    10,000 by that.
    """
    # Every message costs some commits, and this is no test of the disk.
    with tempfile.TemporaryDirectory(dir=_MEMORY if _MEMORY.is_dir() else tmp_path) as folder:
        report = run_limits(Path(folder), alerts=alerts, seed=1, client=client)
    assert report.broken() == []
    assert report.broken_tries
    assert report.silences > alerts // 100
    assert report.starts > alerts // 1_000
    assert report.busiest_second == 30, "the limit of all chats together was never near"
