"""The filter: what is typed is read as far as it goes, kept for another day, and never moves the list about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from digest.store import open_store
from digest.store.schema import entries
from digest.tui.completion import KnownNames, completions
from digest.tui.history import add_to_history, read_history, with_newest
from digest.tui.widgets.typed import TypedLine
from tests.tui.newsdesk import NOW
from tests.tui.stage import settle, staged, strips_of, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

SIZES = pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20), (40, 15)], ids=lambda size: f"{size[0]}")


def said(app: DashboardApp) -> str:
    """The line below what is typed."""
    return text_of(app)[-1].strip()


def panes(app: DashboardApp) -> list[object]:
    """Where everything stands."""
    return [widget.region for widget in (app.status, app.matches, app.reader, app.rules, app.filter_bar) if widget]


async def typed(app: DashboardApp, pilot: Pilot[int], words: str) -> int:
    """Type so much more, wait until it is filtered by; how many pass."""
    await pilot.press(*words)
    bar = app.filter_bar
    assert bar is not None
    await until(pilot, lambda: app._scope.filter is not None and app._scope.filter.query == bar._input.value)
    await settle(app, pilot)
    return app.matches.position[1]


async def test_words_side_by_side_and_what_is_known(day: str) -> None:
    """Each word narrows the list; the one being typed is a prefix, and so is what an entry is."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash")
        begun = await typed(app, pilot, "missi")
        assert 0 < begun < 69
        assert await typed(app, pilot, " ") == 0  # no such word
        await pilot.press("backspace")
        narrowed = await typed(app, pilot, "les -launch is:unread")
        assert narrowed < begun
        with open_store(day) as store:
            unread = {
                row
                for row, *_ in store.reads._database._engine.connect().exec_driver_sql(
                    "select id from entries where read_at is null and not baseline and severity is not null"
                )
            }
        assert {app.matches.order[line] for line in range(narrowed)} <= unread


@SIZES
async def test_an_error_never_moves_the_layout(day: str, size: tuple[int, int]) -> None:
    """It takes the one line that is there for it, cut where it is long; the last good list stays."""
    async with staged(day, size) as (app, pilot):
        await pilot.press("slash")
        passed = await typed(app, pilot, "missiles ")
        before = panes(app)
        assert app.filter_bar is not None
        app.filter_bar._input.value = "missiles titel:x"  # at once: a slow machine filters by what stands between
        await until(pilot, lambda: "write title:" in said(app))
        await settle(app, pilot)
        assert panes(app) == before
        assert app.matches.position[1] == passed
        app.filter_bar._input.value = "missiles title:"
        await until(pilot, lambda: said(app) == "not read yet: title:")
        assert panes(app) == before


async def test_what_is_not_finished_is_no_error(day: str) -> None:
    """It is named as not read yet, and the rest filters; kept it is not, for the list would not be what is said."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash")
        passed = await typed(app, pilot, "missiles ")
        assert await typed(app, pilot, "is:un") == passed
        assert said(app) == "not read yet: is:un"
        await pilot.press("enter")
        assert isinstance(app.focused, TypedLine)
        assert said(app).startswith("column 13: there is no is:un")
        await typed(app, pilot, "read")
        await pilot.press("enter")
        assert app.typed_filter == "missiles is:unread"
        assert app.matches.has_focus


async def test_an_entry_that_was_read_meanwhile_stays_in_a_list_of_unread_ones(day: str) -> None:
    """Nothing goes from under the eyes of who reads; the row shows that it was read, whoever did it."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash")
        passed = await typed(app, pilot, "is:unread")
        await pilot.press("enter", "j")
        entry = app.matches.order[0]
        with open_store(day) as store, store.database.write() as (connection, seq):
            read = update(entries).where(entries.c.id == entry).values(read_at=datetime.now(UTC), seq=seq)
            connection.execute(read)
        await until(pilot, lambda: (row := app.matches._rows.get(entry)) is not None and not row.unread)
        assert app.matches.position[1] == passed
        await pilot.press("escape", "slash")
        assert await typed(app, pilot, "is:unread ") == passed - 1


async def test_an_alias_of_the_live_rules_is_known(day: str) -> None:
    """Its terms are looked for; one that there is not is told."""
    with open_store(day) as store:
        from digest.match import load_rules

        store.rules.save_loaded(load_rules({"a.toml": '[alias]\nweapon = ["missile*", "launcher*"]\n'}), NOW)
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"@wea")
        await until(pilot, lambda: app.filter_bar is not None and app.filter_bar.aliases is not None)
        await pilot.press("tab")
        assert app.filter_bar is not None
        assert app.filter_bar._input.value == "@weapon"
        assert 0 < await typed(app, pilot, " ") < 69
        await pilot.press(*"@nowhere")
        await until(pilot, lambda: "there is no alias @nowhere" in said(app))


async def test_a_saved_filter_is_put_in_place_of_what_was_typed(day: str) -> None:
    """As if it had been typed."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"oil", "enter")
        assert app.filter_bar is not None
        app.filter_bar.put("is:unread missiles ")
        await until(pilot, lambda: app._scope.filter is not None and "missiles" in app._scope.filter.query)
        assert not app.filter_bar.display


# --- a filter that is set --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "after"),
    [
        ((), "missiles"),
        (("x",), "x"),
        (("backspace",), ""),
        (("right", "x"), "missilesx"),
        (("end", "x"), "missilesx"),
        (("left", "x"), "xmissiles"),
        (("home", "x"), "xmissiles"),
        (("up",), "oil"),
        (("up", "down", "x"), "missilesx"),
    ],
    ids=lambda keys: "-".join(keys) if isinstance(keys, tuple) else "",
)
async def test_typing_replaces_the_filter_that_is_set(day: str, keys: tuple[str, ...], after: str) -> None:
    """As in a browser's address bar it is there, selected; what moves the cursor, or brings back others, keeps it."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"oil", "enter", "slash", *"missiles", "enter", "slash", *keys)
        assert app.filter_bar is not None
        assert app.filter_bar._input.value == after


async def test_what_is_selected_is_seen_without_colours(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody knows that typing replaces it."""
    monkeypatch.setenv("NO_COLOR", "1")
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"missiles", "enter", "slash")
        shown = [each for each in strips_of(app)[-2] if "missiles" in each.text]
        assert [each.style is not None and each.style.reverse for each in shown] == [True]


async def test_escape_leaves_the_filter_as_it_was(day: str) -> None:
    """Whatever was typed meanwhile, which the history has; only the next one, in the list, takes the filter off."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"the", "enter")
        await settle(app, pilot)
        before, passed = app._scope, app.matches.position[1]
        await pilot.press("slash")
        assert await typed(app, pilot, "oil") != passed
        await pilot.press("escape")
        await settle(app, pilot)
        assert (app._scope, app.matches.position[1]) == (before, passed)
        assert app.focused is app.matches
        await pilot.press("slash", "up")
        assert app.filter_bar is not None
        assert app.filter_bar._input.value == "oil"
        await pilot.press("escape", "j", "slash", "escape")
        assert (app._scope, app.matches.position[0]) == (before, 2)  # nothing typed: nothing moves
        await pilot.press("escape")
        assert not app.typed_filter
        await pilot.press("slash")
        assert not app.filter_bar._input.value


async def test_what_was_typed_last_is_filtered_by_though_the_focus_goes_at_once(day: str) -> None:
    """A click elsewhere waits for nothing, and ``/`` goes on with what was typed."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"missiles")
        app.matches.focus()
        await until(pilot, lambda: app.typed_filter == "missiles" and app.focused is app.matches)
        await pilot.press("slash", "end", "x")
        assert app.filter_bar is not None
        assert app.filter_bar._input.value == "missilesx"


# --- history ---------------------------------------------------------------------------------------------------------


async def test_what_was_typed_before_comes_back(day: str, tmp_path: Path) -> None:
    """By ↑ and ↓, what is being typed last of all; over a restart too, and from other dashboards."""
    async with staged(day, state=tmp_path) as (app, pilot):
        for words in ("oil", "missiles"):
            await pilot.press("slash", *words, "enter")
            await pilot.press("escape")
            assert app.filter_bar is not None
        await until(pilot, lambda: len(read_history(tmp_path)) == 2)
    add_to_history(tmp_path, "from another")
    async with staged(day, state=tmp_path) as (app, pilot):
        await pilot.press("slash", *"dra")
        assert app.filter_bar is not None
        shown = []
        for key in ("up", "up", "up", "up", "down", "down", "down", "down"):
            await pilot.press(key)
            shown.append(app.filter_bar._input.value)
        assert shown == ["from another", "missiles", "oil", "oil", "missiles", "from another", "dra", "dra"]
        assert app.matches.following  # no key reached the list


@given(st.lists(st.text(max_size=8), max_size=130))
def test_a_history_holds_each_line_once_and_a_hundred_at_most(lines: list[str]) -> None:
    """The newest last; blank and unprintable ones never."""
    kept: list[str] = []
    for line in lines:
        kept = with_newest(kept, line)
    good = [line.strip() for line in lines if line.strip() and line.strip().isprintable()]
    assert kept == list(dict.fromkeys(good[::-1]))[:100][::-1]


def test_a_history_that_cannot_be_read_is_an_empty_one(tmp_path: Path) -> None:
    """A file of somebody else's is no reason to show nothing; nowhere to keep it is fine."""
    assert read_history(None) == read_history(tmp_path / "missing") == []
    (tmp_path / "filters.txt").write_bytes(b"oil\n\xff\xfe\x00\n" + b"x\n" * 300)
    assert read_history(tmp_path)[-1] == "x"
    add_to_history(None, "oil")
    add_to_history(tmp_path, "oil")
    assert read_history(tmp_path)[-1] == "oil"
    (tmp_path / "filters.txt").unlink()
    (tmp_path / "filters.txt").mkdir()
    assert read_history(tmp_path) == []


async def test_a_history_that_cannot_be_kept_is_told(day: str, tmp_path: Path) -> None:
    """And the filter filters."""
    (tmp_path / "filters.txt").mkdir()
    async with staged(day, state=tmp_path) as (app, pilot):
        await pilot.press("slash", *"missiles", "enter")
        await until(pilot, lambda: any("not done: filters.txt is a folder" in line for line in text_of(app)))
        await until(pilot, lambda: app.matches.position[1] not in {0, 69})


# --- completion ------------------------------------------------------------------------------------------------------

NAMES = KnownNames(("dprk", "dprk-syria"), ("Süd Zeitung", "Strait Wire", "Sana"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("flood se", ["flood severity:"]),
        ("s", ["severity:", "since:", "summary:", "source:"]),
        ("is:un", ["is:unread"]),
        ("-is:r", ["-is:read"]),
        ("(rule:dprk", ["(rule:dprk-syria"]),
        ("feed:s", ['feed:"Süd Zeitung"', 'feed:"Strait Wire"', "feed:Sana"]),
        ('feed:"st', ['feed:"Strait Wire"']),
        ("@sy", ["@syria"]),
        ("severity:", ["severity:low", "severity:normal", "severity:high", "severity:urgent"]),
        ("flood", []),
        ("flood ", []),
        ("", []),
        ("title:x", []),
    ],
)
def test_tab_completes_what_has_a_name(before: str, after: list[str]) -> None:
    """Fields, states, rules, feeds and aliases; a word of a text it leaves alone."""
    assert completions(before, NAMES, ["syria", "dprk"]) == after


async def test_tab_offers_one_name_after_the_other(day: str) -> None:
    """And begins again; where there is nothing to complete it goes to the next pane."""
    async with staged(day) as (app, pilot):
        await pilot.press("slash", *"missiles se")
        assert app.filter_bar is not None
        await pilot.press("tab", *"hig", "tab")
        assert app.filter_bar._input.value == "missiles severity:high"
        await pilot.press(*" rule:s")
        values = []
        for _ in range(4):
            await pilot.press("tab")
            values.append(app.filter_bar._input.value.rpartition(":")[2])
        assert values == ["sanctions", "strikes", "summit", "sanctions"]
