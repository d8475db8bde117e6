"""Stores for the dashboard's tests."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from digest.store import file_url
from tests.tui.newsdesk import build
from tests.tui.newsweek import build_week

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def day_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the day of the pictures in it, made once."""
    path = tmp_path_factory.mktemp("newsdesk") / "digest.db"
    build(path)
    return path


@pytest.fixture
def day(day_file: Path, tmp_path: Path) -> str:
    """The URL of a copy of that database, for one test to change."""
    copy = tmp_path / "digest.db"
    shutil.copy(day_file, copy)
    return file_url(copy)


@pytest.fixture(scope="session")
def week_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the day of the pictures and what lies behind it, made once."""
    folder = tmp_path_factory.mktemp("newsweek")
    build_week(folder / "digest.db")
    return folder


@pytest.fixture
def week(week_folder: Path, tmp_path: Path) -> Path:
    """A copy of that folder, for one test to change."""
    return shutil.copytree(week_folder, tmp_path / "week")
