"""Telegram's limits hold over many alerts with bursts, 429s and restarts, before a judge apart from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.limits import run_limits

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("alerts", "client"), [(500, False), (500, True)], ids=["direct", "through the client"])
def test_no_limit_is_broken_and_nothing_lost(tmp_path: Path, alerts: int, *, client: bool) -> None:
    """Of hundreds of alerts in bursts every one is told, in time, once unless an answer was lost, and never too fast.

    Half go by a channel that leads straight to the judge, half by the unmodified client; `make soak` sends 10,000 by
    that.
    """
    report = run_limits(tmp_path, alerts=alerts, seed=3, client=client)
    assert report.broken() == []
    assert report.broken_tries
    assert report.silences > alerts // 100
    assert report.starts > 1
    assert report.busiest_second == 30, "the limit of all chats together was never near"
