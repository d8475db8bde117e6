"""Keys and mouse: each does what help says, in every layout, and no size of the terminal breaks anything."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from textual.events import MouseScrollDown

from digest.cli.help import rendered
from digest.store import open_store
from digest.tui.actions import ACTIONS, Subject, shown_keys
from digest.tui.app import DashboardApp
from digest.tui.commands import CommandScreen
from tests.keys import key_table
from tests.tui.newsdesk import NOW, ZONE, build_empty, copied
from tests.tui.stage import PLACES, settle, staged, strips_of, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

SIZES = [
    (200, 60),
    (120, 36),
    (100, 30),
    (99, 30),
    (80, 24),
    (60, 20),
    (40, 15),
    (30, 9),
    (20, 5),
    (10, 3),
    (2, 2),
    (1, 1),
]


async def test_help_lists_every_action(day: str) -> None:
    """The help screen is made from the table of actions: each with its keys, what it does and its name, on one line."""
    async with staged(day, (120, 100)) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        seen = []
        for _ in range(len(ACTIONS) + 20):
            seen += text_of(app)
            await pilot.press("j")
        for action in (each for each in ACTIONS if not each.page):
            words = [shown_keys(action), action.words[:40], action.name]
            assert any(all(word in line for word in words) for line in seen), action
        await pilot.press("q")
        assert not isinstance(app.screen, CommandScreen)


def test_help_has_each_group_once() -> None:
    """Under one heading, with all its keys; and the manual shows the key that is a bar, in a table made of bars."""
    headings = [group for group, _ in groupby(ACTIONS, key=lambda action: action.group)]
    assert len(headings) == len(set(headings))
    page = rendered(key_table(), 100, styled=False)
    assert any(
        line.split("  ")[0].strip() == "|" and "give the entry to a command" in line for line in page.splitlines()
    )


def test_no_key_stands_for_two_things_at_once() -> None:
    """Of actions with the same key at most one has its subject at hand where the others have theirs."""
    taken = Counter((key, action.subject, action.page) for action in ACTIONS for key in action.keys)
    assert [use for use, times in taken.items() if times > 1] == []
    assert all(hasattr(DashboardApp, f"action_{action.method or action.name}") or action.page for action in ACTIONS)
    assert len({action.name for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_no_size_breaks_it(day: str, size: tuple[int, int]) -> None:
    """Every key works at every size, one after the other, and each line is as wide as the terminal."""
    async with staged(day, size) as (app, pilot):
        keys = ("pagedown", "pageup", "enter", "escape", "tab", "tab", *"tmn", "question_mark", "escape")
        for key in (*"jkGg2j3jj4j1", *keys):
            await pilot.press(key)
            assert {strip.cell_length for strip in strips_of(app)} == {size[0]}, key
        await settle(app, pilot)
        assert app.is_running
        assert {strip.cell_length for strip in strips_of(app)} == {size[0]}


async def test_resizing_goes_from_panes_to_tabs_and_back(day: str) -> None:
    """The layout follows the terminal; the cursor keeps its entry and stays in view."""
    async with staged(day) as (app, pilot):
        await pilot.press(*"jjjjjjjjjjj")
        await settle(app, pilot)
        selected = app.matches.selected
        for size in SIZES[:9]:
            await pilot.resize_terminal(*size)
            await settle(app, pilot)
            assert app.matches.selected == selected
            assert app.plan.wide is (size[0] >= 118)
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot)
        assert any("Six killed as air strike" in line for line in text_of(app))


async def test_tabs_of_the_narrow_layout(day: str) -> None:
    """1 to 4 and Tab open the panes one at a time; a click on a tab does too."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("2")
        assert app.rules.display
        assert not app.matches.is_on_screen
        assert any("NORTH KOREA" in line for line in text_of(app))
        await pilot.press("tab")
        await settle(app, pilot)
        assert any("Tigris Daily" in line and "503: the server" in line for line in text_of(app))
        await pilot.click("#tabs", offset=(3, 0))
        await pilot.pause()
        assert app.matches.is_on_screen


async def test_a_rule_filters_the_list(day: str) -> None:
    """Choosing a rule, by key or click, lists its entries; Esc lists all again."""
    async with staged(day) as (app, pilot):
        await pilot.click("#rules", offset=(6, 5))
        await until(pilot, lambda: app.matches.position[1] == 5)
        assert any("filter Nuclear sites" in line for line in text_of(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.matches.position[1] == 69)


async def test_a_filter_is_a_query_of_the_rule_language(day: str) -> None:
    """Typing filters the list as soon as it is a query; an error is said in words, and the list stays as it was."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"missiles OR посол")
        await until(pilot, lambda: app.matches.position[1] == 2)
        await pilot.press("enter")
        assert any("filter missiles OR посол" in line for line in text_of(app))
        await pilot.press("slash", "end", *" oil")
        await until(pilot, lambda: any("OR and AND stand side by side" in line for line in text_of(app)))
        assert app.matches.position[1] == 2
        await pilot.press("escape", "escape")  # the one leaves the filter that was set, the next takes that off
        await until(pilot, lambda: app.matches.position[1] == 69)


async def test_click_and_wheel(day: str) -> None:
    """A click chooses a line; the wheel scrolls, and the cursor stays in view."""
    async with staged(day) as (app, pilot):
        await pilot.click("#matches", offset=(60, 5))
        await until(pilot, lambda: app.matches.position[0] == 3)
        await pilot._post_mouse_events([MouseScrollDown], "#matches", offset=(60, 5), button=0)
        await until(pilot, lambda: app.matches.position[0] == 4)
        assert app.matches.selected == app.matches.order[3]
        assert not app.matches.following


async def test_poll_now_is_a_request_in_the_store(day: str) -> None:
    """The key asks the engine through the store, and says so."""
    async with staged(day) as (app, pilot):
        await pilot.press("r")
        with open_store(day) as store:
            await until(pilot, lambda: (request := store.requests.claim(NOW)) is not None and request.kind == "poll")
        assert any("asked to poll" in line for line in text_of(app))


async def test_poll_now_without_an_engine_says_so(day: str) -> None:
    """Nobody would do it: the way to an engine is shown instead, and nothing is asked."""
    with open_store(day) as store:
        store.engine.stopped(NOW)
    async with staged(day) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: any("digest run starts one" in line for line in text_of(app)))
        with open_store(day) as store:
            assert store.requests.claim(NOW) is None


async def test_without_a_browser_the_link_is_shown(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key never starts a browser that would take the terminal; where none has a window the link is shown."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    async with staged(day) as (app, pilot):
        await pilot.press("o")
        assert any("https://outlet04.example/2026/11/24/1403" in line for line in text_of(app))


async def test_a_key_never_acts_on_the_entry_that_was_left(day: str) -> None:
    """Right after a step the reader has the last entry for a moment: what needs the new one's text says so."""
    async with staged(day) as (app, pilot):
        app.action_move(1)
        app.action_copy_link()
        assert app.clipboard == ""
        await until(pilot, lambda: any("the entry is still being read" in line for line in text_of(app)))
        chosen = app.at_hand()[Subject.ENTRY]
        await until(pilot, lambda: app.reader.detail is not None and app.reader.detail.entry.id == chosen)
        await pilot.press("y")
        assert app.clipboard.startswith("https://")


@pytest.mark.sqlite
async def test_before_there_is_a_database_it_waits(tmp_path: Path) -> None:
    """The dashboard may be faster than the engine: it says what it waits for, and goes on by itself."""
    path = tmp_path / "digest.db"
    app = DashboardApp(f"sqlite:///{path}", zone=ZONE, places=PLACES, now=lambda: NOW)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: any("there is no database at" in line for line in text_of(app)))
        copied(build_empty, tmp_path)
        await until(pilot, lambda: any("Polling 28 feeds for the first time" in line for line in text_of(app)))
        assert not any("there is no database" in line for line in text_of(app))


@pytest.mark.parametrize("key", ["tab", "click"])
async def test_who_leaves_the_filter_bar_gets_the_keys_back(day: str, key: str) -> None:
    """The bar closes with what was typed kept; the focus goes where it was put, and Esc takes the filter off."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"missiles")
        await until(pilot, lambda: app.matches.position[1] not in {0, 69})
        if key == "click":
            await pilot.click("#reader", offset=(30, 3))
        else:
            await pilot.press(key)
        await until(pilot, lambda: app.keys.display)
        assert app.filter_bar is not None
        assert not app.filter_bar.display
        assert app.focused is app.reader
        assert any("filter missiles" in line for line in text_of(app))
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.matches.position[1] == 69)


async def test_a_window_resized_under_help_is_laid_out_anew(day: str) -> None:
    """The panes below help follow the terminal as well."""
    async with staged(day) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.resize_terminal(80, 24)
        await pilot.press("escape")
        await settle(app, pilot)
        assert any("1 Matches" in line for line in text_of(app))
        assert not any("All rules" in line for line in text_of(app))


async def test_two_clicks_open_the_entry(day: str) -> None:
    """One chooses it, as everywhere."""
    async with staged(day) as (app, pilot):
        await pilot.click("#matches", offset=(60, 6))
        await settle(app, pilot)
        chosen = app.matches.selected
        assert (chosen, app.focused) == (app.matches.order[3], app.matches)
        await pilot.click("#matches", offset=(60, 6), times=2)
        await until(pilot, lambda: app.focused is app.reader)
        assert app.matches.selected == chosen


async def test_two_clicks_open_the_entry_whatever_key_does(day: str) -> None:
    """Who gave that another key has not given away the mouse."""
    app = DashboardApp(day, zone=ZONE, places=PLACES, keys={"open": ["o"]}, now=lambda: NOW, steady=lambda: 0.0)
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(app, pilot)
        await pilot.click("#matches", offset=(60, 6), times=2)
        await until(pilot, lambda: app.focused is app.reader)
