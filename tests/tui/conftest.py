"""Stores for the dashboard's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tui.newsdesk import build, copied
from tests.tui.newsweek import build_week

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def day(tmp_path: Path) -> str:
    """The URL of a database with the day of the pictures in it, for one test to change."""
    return copied(build, tmp_path)


@pytest.fixture
def week(tmp_path: Path) -> Path:
    """A folder with that day and what lies behind it, for one test to change."""
    folder = tmp_path / "week"
    folder.mkdir()
    copied(build_week, folder)
    return folder
