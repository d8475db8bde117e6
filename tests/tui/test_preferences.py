"""What the dashboard keeps from one time to the next, and that nothing depends on it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from digest.tui.preferences import Preferences, preferences, remember
from tests.tui import stage
from tests.tui.stage import staged

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("text", ["", "{", "[]", '{"theme": 7, "more": 1}', '{"theme": null}', "\x00" * 200_000])
def test_a_file_that_is_not_ours_is_none(tmp_path: Path, text: str) -> None:
    """Whatever stands there, the dashboard starts as at the first time."""
    (tmp_path / "dashboard.json").write_text(text)
    assert preferences(tmp_path) == Preferences()


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    """And leaves no other file; where nothing can be written nothing happens."""
    remember(tmp_path, Preferences(theme="digest-light", toured=True))
    assert preferences(tmp_path) == Preferences("digest-light", toured=True)
    assert [path.name for path in tmp_path.iterdir()] == ["dashboard.json"]
    remember(tmp_path / "nowhere", Preferences())
    assert preferences(tmp_path / "nowhere") == Preferences()


async def test_the_theme_is_kept(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next dashboard begins with it."""
    monkeypatch.setattr(stage, "PLACES", replace(stage.PLACES, state=tmp_path))
    async with staged(day) as (app, pilot):
        first = app.theme
        await pilot.press("t")
        second = app.theme
    assert first != second
    async with staged(day) as (app, _):
        assert app.theme == second
