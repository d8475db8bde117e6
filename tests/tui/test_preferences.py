"""What the dashboard keeps from one time to the next, and that nothing depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.tui.preferences import Preferences, preferences, remember
from digest.tui.questions import Scope
from digest.values.listing import Listing
from tests.tui.stage import settle, staged, until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 50_000, "cannot be read"),
        ("[]", "cannot be read"),
        ("\x00" * 200_000, "cannot be read"),
        ('{"theme": 7, "more": 1}', "theme not understood"),
        ('{"theme": null, "share": "2", "rules": []}', "rules, share, theme not understood"),
        ('{"listing": {"feed": "one", "delivery": 4, "page": 2}}', "listing not understood"),
        ('{"entry": true, "share": 100000000000000000000000000}', "entry, share not understood"),
    ],
)
def test_a_file_that_is_not_ours_is_none(tmp_path: Path, text: str, told: str) -> None:
    """Whatever stands there, the dashboard starts as at the first time, and says so."""
    (tmp_path / "dashboard.json").write_text(text)
    kept, words = preferences(tmp_path)
    assert kept == Preferences()
    assert told in words


def test_what_is_kept_is_there_again(tmp_path: Path) -> None:
    """And leaves no other file; where nothing can be written nothing happens."""
    kept = Preferences("digest-light", True, -2, True, "name", "trouble first", {"feed": 3, "matched": False}, "x", 7)
    remember(tmp_path, kept)
    assert preferences(tmp_path) == (kept, "")
    assert kept.view == Listing(matched=False, feed=3)
    assert [path.name for path in tmp_path.iterdir()] == ["dashboard.json"]
    remember(tmp_path / "nowhere", Preferences())
    assert preferences(tmp_path / "nowhere") == (Preferences(), "")


async def test_the_next_dashboard_begins_where_this_one_ended(day: str, tmp_path: Path) -> None:
    """Its theme, sizes, orders, view, filter and the entry under the cursor; a view that holds nothing is left."""
    async with staged(day, state=tmp_path) as (app, pilot):
        first = app.theme
        await pilot.press("t", "+", "+", "ctrl+b", "tab", "a")
        app.rules.sort_by("hits")
        await app.filter_by("is:unread")
        await settle(app, pilot)
        await pilot.press("1", "down", "down", "down")
        await settle(app, pilot)
        kept = (app.theme, app._share, app._folded, app.rules.chosen_order, app._scope.listing, app.typed_filter)
        entry, position = app.matches.selected, app.matches.position
        assert (first != app.theme, position[0]) == (True, 4)
    assert kept[1:] == (2, True, "hits", Listing(matched=False), "is:unread")
    async with staged(day, state=tmp_path) as (app, pilot):
        await until(pilot, lambda: app.typed_filter == "is:unread")
        await settle(app, pilot)
        again = (app.theme, app._share, app._folded, app.rules.chosen_order, app._scope.listing, app.typed_filter)
        assert again == kept
        assert (app.matches.selected, app.matches.position) == (entry, position)
        assert not app.matches.following
    gone = Preferences(listing={"matched": False, "feed": 4711}, rules="by moon", entry=99, share=400)
    remember(tmp_path, gone)
    async with staged(day, state=tmp_path) as (app, pilot):
        await until(pilot, lambda: app._scope == Scope() and app.matches.selected is not None)
        await settle(app, pilot)
        assert (app.matches.following, app.rules.chosen_order) == (True, "config")
        assert "is no more" in app._notice
        await pilot.press("j", "g")
    assert (preferences(tmp_path)[0].listing, preferences(tmp_path)[0].entry) == ({}, 0)
