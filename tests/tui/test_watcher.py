"""The thread that reads the store for the dashboard: when it begins and ends."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.store import file_url
from digest.tui.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

    from textual.message import Message


def test_it_may_end_before_it_begins(tmp_path: Path) -> None:
    """A terminal that goes away while the screen is made ends the dashboard without an error, and nothing is told."""
    told: list[Message] = []
    watcher = Watcher(file_url(tmp_path / "digest.db"), told.append, lambda: datetime.now(UTC), UTC)
    watcher.stop()
    assert told == []
    assert not watcher.idle
