"""Many feeds over days, in virtual time: what `make soak-feeds` does with 20,000, in small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soak.day import Day

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.sqlite
@pytest.mark.timeout(400)
def test_every_due_feed_is_polled_nothing_is_lost_and_the_file_stays_bounded(tmp_path: Path) -> None:
    """Each feed has its baseline, each entry that was served is stored, and what is old goes, day after day."""
    report = Day(tmp_path, feeds=20, hours=0.02, days=2).run()
    assert report.broken() == []
    assert (report.never, report.rows["identities"]) == (0, report.served)
    assert report.rows["entries"] < report.rows["identities"]
    assert report.days[-1].rss < report.days[len(report.days) // 2].rss * 1.1
