"""Everything that can be done is found by typing, done from help, taken back, and done by the user's own keys."""

from __future__ import annotations

import os
import stat
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from textual.events import Key

from digest.config import load_config
from digest.errors import UsageError
from digest.store import open_store
from digest.store import schema as tables
from digest.tui.actions import ACTIONS, key_named, remapped, shown_key, wrong_keys
from digest.tui.app import DashboardApp
from digest.tui.commands import CommandScreen, found_actions, typed_action
from digest.tui.history import read_history
from digest.tui.outside import editor_command, line_of_rule, pipe
from digest.tui.pages.editor import EditorPage
from digest.tui.welcome import Places
from digest.tui.widgets.tour import STEPS, Tour
from digest.values.facets import Is
from digest.values.settings import ViewSpec
from tests.tui import stage
from tests.tui.newsdesk import NOW, ZONE
from tests.tui.stage import settle, staged, text_of, until

if TYPE_CHECKING:
    from textual.pilot import Pilot


async def said(app: DashboardApp, pilot: Pilot[int], words: str) -> None:
    """Wait for words on the last line."""
    await until(pilot, lambda: words in text_of(app)[-1])


async def test_how_to_take_it_back_is_said_in_a_narrow_window(day: str) -> None:
    """What was done is cut, its title too; the key is not."""
    async with staged(day, (60, 20)) as (app, pilot):
        await pilot.press("X")
        await said(app, pilot, "…   u takes it back")
        assert "muted “" in text_of(app)[-1]


# --- leaving ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_a_note_that_is_typed_is_not_lost_unasked(day: str, key: str) -> None:
    """Leaving says so, and only the next time does it; what else is typed there is gone at once."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("colon", *"note see the map")
        for again in ("", "!"):
            await pilot.press(*again, key)
            await until(pilot, lambda: any("not done: Enter does it; leave once more" in line for line in text_of(app)))
            assert app.return_code is None
        app.post_message(Key(key, None))  # the app may end before it says that the key is done
        await until(pilot, lambda: len(app.screen_stack) == 1 or app.return_code == 0)
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("colon", *"note")
        app.post_message(Key(key, None))
        await until(pilot, lambda: len(app.screen_stack) == 1 or app.return_code == 0)


async def test_a_filter_that_is_typed_is_kept_whoever_quits(day: str, tmp_path: Path) -> None:
    """At once: the history has it, be it a filter or not."""
    async with staged(day, state=tmp_path) as (app, pilot):
        await pilot.press("slash", *"titel:missiles")
        app.post_message(Key("ctrl+q", None))
        await until(pilot, lambda: app.return_code == 0)
    assert read_history(tmp_path) == ["titel:missiles"]


# --- finding ---------------------------------------------------------------------------------------------------------


def test_a_name_with_what_it_asks_for() -> None:
    """The whole name, then the words; words for an action that asks for none are no action."""
    chosen = typed_action("mute 2h 30m", ACTIONS)
    assert chosen is not None
    assert (chosen[0].name, chosen[1]) == ("mute", "2h 30m")
    assert typed_action("star now", ACTIONS) is None
    assert typed_action("mut", ACTIONS) is None


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("sta", "star"),
        ("mute", "mute"),
        ("mutst", "mute_story"),
        ("browser", "browse"),
        ("undo", "undo"),
        ("fol", "follow"),
    ],
)
def test_letters_find_an_action(typed: str, first: str) -> None:
    """The beginning of its name, a word of what it does, or letters of its name in their order."""
    assert found_actions(typed, ACTIONS)[0].name == first


@given(st.text(max_size=20))
def test_whatever_is_typed_finds_or_does_not(typed: str) -> None:
    """Nothing that can be typed is an error, and nothing is found twice."""
    found = found_actions(typed, ACTIONS)
    assert len({action.name for action in found}) == len(found)


async def test_what_is_typed_is_done(day: str) -> None:
    """``:`` finds by typing; Enter does it, with what it asks for."""
    async with staged(day) as (app, pilot):
        await pilot.press("colon", *"mute", "space", *"2h", "enter")
        await said(app, pilot, "muted launch until")
        with open_store(day) as store:
            (mute,) = store.mutes.in_force(NOW)
        assert (mute.rule, mute.until) == ("launch", NOW + timedelta(hours=2))


async def test_a_wrong_span_is_told(day: str) -> None:
    """What cannot be done says so, and nothing is there to take back."""
    async with staged(day) as (app, pilot):
        await pilot.press("colon", *"mute", "space", *"soon", "enter")
        await said(app, pilot, "not done:")
        await pilot.press("u")
        await said(app, pilot, "nothing was done that could be taken back")


async def test_enter_does_what_is_seen_or_nothing(day: str) -> None:
    """What is typed may find nothing: that is said, and no action that was found before is done unseen."""
    async with staged(day) as (app, pilot):
        await pilot.press("colon", *"star", "space", *"now")
        told = "nothing that can be done here goes by “star now”"
        await until(pilot, lambda: any(told in line for line in text_of(app)))
        await pilot.press("enter")
        assert isinstance(app.screen, CommandScreen)
        await settle(app, pilot)
        with open_store(day) as store:
            assert app.matches.selected not in store.reads.having(Is.STARRED)


async def test_keys_are_for_what_is_typed_while_it_is_typed(day: str) -> None:
    """Tab writes the name out and moves nothing below; in help the end is as far as a key."""
    async with staged(day) as (app, pilot):
        focused = app.focused
        await pilot.press("colon", *"mut", "tab", *"3h", "tab", "enter")
        await said(app, pilot, "muted launch until 17:07")
        assert app.focused is focused
        top = app.matches.selected
        await pilot.press("question_mark", "G")
        screen = cast("CommandScreen", app.screen)
        assert screen.found.cursor == "waits to be sent"
        await pilot.press("home", "escape")
        assert (screen.found.cursor, app.matches.selected) == ("open", top)


async def test_what_belongs_to_another_page_says_so(day: str) -> None:
    """Help lists what each page can do; chosen elsewhere, it names where."""
    async with staged(day) as (app, pilot):
        await pilot.press("question_mark", "slash", *"next", "underscore", *"mistake", "enter")
        await said(app, pilot, "only on the page editor")
        await pilot.press("D")
        await until(pilot, lambda: app.page is not None)
        await pilot.press("question_mark", "slash", *"toggle", "underscore", *"read", "enter")
        await said(app, pilot, "only in the list; Esc goes back to it")


async def test_help_does_what_it_lists(day: str) -> None:
    """Help can be searched, and what the cursor is on is done."""
    async with staged(day) as (app, pilot):
        await pilot.press("question_mark", "slash", *"starred", "enter")
        assert not isinstance(app.screen, CommandScreen)
        await until(pilot, lambda: "starred" in text_of(app)[-1])


# --- doing and taking back -------------------------------------------------------------------------------------------


async def test_a_star_is_taken_back_and_given_again(day: str) -> None:
    """Undo and redo go as far as one likes; the row shows it at once."""
    async with staged(day) as (app, pilot):
        entry = app.matches.selected

        def starred() -> bool:
            with open_store(day) as store:
                return entry in store.reads.having(Is.STARRED)

        keys = (("s", True, "u takes it back"), ("u", False, "^r does it again"), ("ctrl+r", True, "u takes it back"))
        for key, wanted, way_back in keys:
            await pilot.press(key)
            await said(app, pilot, way_back)
            await until(pilot, lambda wanted=wanted: starred() is wanted)  # type: ignore[misc]  # bound now
            await until(pilot, lambda wanted=wanted: app.matches.selected_row.starred is wanted)  # type: ignore[misc,union-attr]


async def test_a_star_taken_back_has_its_note_again(day: str) -> None:
    """Whoever takes a star off by mistake has lost nothing that was written to it."""
    async with staged(day) as (app, pilot):
        entry = app.matches.selected
        assert entry is not None

        def notes() -> list[str]:
            with open_store(day) as store:
                return [star.note for star in store.stars.all() if star.entry == entry]

        with open_store(day) as store:
            store.stars.add(entry=entry, note="the first denial", now=NOW)
        await pilot.press("s")
        await until(pilot, lambda: notes() == [])
        await pilot.press("u")
        await until(pilot, lambda: notes() == ["the first denial"])
        assert app.is_running


async def test_all_of_the_view_is_read_and_unread_again(day: str) -> None:
    """Only those that were unread are unread again."""
    async with staged(day) as (app, pilot):

        def unread() -> int:
            with open_store(day) as store:
                from digest.store.dashboard import Dashboard

                return Dashboard(store.database).figures(NOW, NOW - timedelta(hours=14)).unread

        before = unread()
        assert before > 5
        await pilot.press("A")
        await until(pilot, lambda: unread() == 0)
        await said(app, pilot, f"marked as read: {before} entries")
        await pilot.press("A")
        await said(app, pilot, "not done: nothing of it is unread")
        await pilot.press("u")
        await until(pilot, lambda: unread() == before)


async def test_what_a_first_poll_brought_is_never_unread_and_says_so(day: str) -> None:
    """It is not counted among what was marked, and marking it alone says why nothing comes of it."""
    with open_store(day) as store, store.database.write() as (connection, _):
        connection.execute(update(tables.entries).values(baseline=True))
    async with staged(day) as (app, pilot):
        await pilot.press("m")
        await said(app, pilot, "such an entry is never unread")
        await pilot.press("A")
        await said(app, pilot, "not done: nothing of it is unread")
        await pilot.press("u")
        await said(app, pilot, "nothing was done that could be taken back")


async def test_without_a_browser_the_link_is_shown_and_why(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare link would not say whether anything was opened."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)
    async with staged(day) as (app, pilot):
        await pilot.press("o")
        await said(app, pilot, "no browser can be opened from here: http")


async def test_an_undo_that_is_too_late_says_why(day: str) -> None:
    """What somebody else changed since is left to them."""
    async with staged(day) as (app, pilot):
        await pilot.press("M")
        await said(app, pilot, "muted launch")
        with open_store(day) as store:
            store.changes.mute("launch", NOW + timedelta(days=2), "Ann", "muted", NOW + timedelta(minutes=1))
        await pilot.press("u")
        await said(app, pilot, "it was changed again since")


async def test_a_view_is_shown_and_left(day: str) -> None:
    """All entries, and back; what is read is not in the unread."""
    async with staged(day) as (app, pilot):
        matched = app.matches.position[1]
        await pilot.press("a")
        await settle(app, pilot)
        await until(pilot, lambda: app.matches.position[1] >= matched)
        await pilot.press("a", "S")
        await until(pilot, lambda: app.matches.position[1] == 0)
        await pilot.press("escape")
        await until(pilot, lambda: app.matches.position[1] == matched)


async def test_the_footer_is_clickable(day: str) -> None:
    """A click on a key of the footer is that key."""
    async with staged(day) as (app, pilot):
        place = text_of(app)[-1].index("help")
        await pilot.click(app.keys, offset=(place, 0))
        assert isinstance(app.screen, CommandScreen)


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_each_step_of_the_tour_is_whole_in_a_small_terminal(step: int) -> None:
    """Who is new reads it to its end, also in 80 cells."""
    tour = Tour(ACTIONS)
    tour._step, tour.begun = step, True
    line = "".join(run.text for run in tour.line(0, 80).spans)
    assert STEPS[step][1] in line


async def test_the_tour_goes_on_with_each_key_and_can_be_left(day: str) -> None:
    """Six steps; a wrong key does what it does and no more."""
    async with staged(day) as (app, pilot):
        await pilot.press("colon", *"tour", "enter")
        await until(pilot, lambda: app.tour.display)
        await until(pilot, lambda: "1 of 6" in text_of(app)[-2])
        await pilot.press("t", "j")
        await until(pilot, lambda: "2 of 6" in text_of(app)[-2])
        for key in ("enter", "escape", "s"):
            await pilot.press(key)
            await pilot.pause()
        await until(pilot, lambda: "5 of 6" in text_of(app)[-2])
        await pilot.press("colon", *"tour", "enter")
        await until(pilot, lambda: not app.tour.display)


async def test_a_filter_is_saved_shown_again_and_made_a_rule(
    day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The config keeps its comments and gets a view; what the rule finds is what the filter found."""
    (tmp_path / "rules").mkdir()
    config = tmp_path / "config.toml"
    config.write_text("# Mine.\n[poll]\n")
    monkeypatch.setattr(stage, "PLACES", Places(rules=tmp_path / "rules", config=config))
    async with staged(day, (140, 40)) as (app, pilot):
        await app.filter_by("embassy")
        await until(pilot, lambda: 0 < app.matches.position[1] < 40)
        found = app.matches.position[1]
        await pilot.press("colon", *"save_view", "space", *"ties", "enter")
        await said(app, pilot, "saved as the view ties")
        assert load_config(config).views[0].query == "embassy"
        assert config.read_text().startswith("# Mine.\n[poll]\n")
        await pilot.press("escape")
        await until(pilot, lambda: app.matches.position[1] == 69)
        await pilot.press("colon", *"view", "space", *"ties", "enter")
        await until(pilot, lambda: app.matches.position[1] == found)
        await pilot.press("W")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        assert "query = 'embassy*'" in page.code.text
        await until(pilot, lambda: bool(page.preview._answer))
        assert page.preview._answer["matching"] == found


# --- the user's own keys ---------------------------------------------------------------------------------------------


def test_a_key_is_named_as_it_is_shown() -> None:
    """What help shows is what the config takes."""
    for action in ACTIONS:
        for key in action.keys:
            assert key_named(shown_key(key)) == key


def test_own_keys_take_others_away() -> None:
    """A key has one meaning; an action without a key is still found by typing."""
    mine = {action.name: action.keys for action in remapped({"star": ["f5"], "poll": ["s"], "theme": []})}
    assert (mine["star"], mine["poll"], mine["theme"]) == (("f5",), ("s",), ())


def test_wrong_keys_are_told_and_left() -> None:
    """No such action, a key given twice, no way to find back: each in words, and the rest holds."""
    keys = {"strar": ["f5"], "star": ["f6"], "poll": ["F6"], "help": [], "theme": ["strg+t"], "fold": ["!", "^f9", ","]}
    wrong = wrong_keys(keys)
    assert "did you mean star?" in wrong["strar"]
    assert wrong["poll"] == "F6 is the key of star already"
    assert wrong["theme"].startswith("there is no key strg+t: write one as ? shows it")
    assert "fold" not in wrong
    assert "nobody finds back" in wrong["help"]
    assert {action.name: action.keys for action in remapped(keys)}["star"] == ("f6",)


async def test_any_key_can_be_the_users_own(day: str) -> None:
    """A sign, a key that nothing has, the key of a view, which takes it away; but the needed ones keep theirs."""
    views = [ViewSpec("ties", "embassy", "v"), ViewSpec("starred", "is:starred", "!"), ViewSpec("lost", "x", "q")]
    app = DashboardApp(
        day, zone=ZONE, places=stage.PLACES, views=views, keys={"star": [";"]}, now=lambda: NOW, steady=lambda: 0.0
    )
    async with app.run_test(size=(120, 36)) as pilot:
        await settle(app, pilot)
        await pilot.press("semicolon")
        await said(app, pilot, "★ starred")
        await pilot.press("exclamation_mark")
        await until(pilot, lambda: app.typed_filter == "is:starred")
        await pilot.press("D")
        await until(pilot, lambda: app.page is not None)
        await pilot.press("v")
        await until(pilot, lambda: app.page is None and app.typed_filter == "embassy")
        await pilot.press("q")
        assert app.return_code == 0


# --- programs outside ------------------------------------------------------------------------------------------------


def program(folder: Path, name: str, text: str) -> Path:
    """A script that can be run."""
    path = folder / name
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize(
    ("name", "behind"), [("vim", ["+7", "rules.toml"]), ("code", ["--goto", "rules.toml:7"]), ("hx", ["rules.toml:7"])]
)
def test_an_editor_is_given_the_line_in_its_own_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, behind: list[str]
) -> None:
    """Editors differ in how a line is named."""
    editor = program(tmp_path, name, "")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{editor} -n")
    assert editor_command(Path("rules.toml"), 7) == [str(editor), "-n", *behind]


def test_no_editor_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    monkeypatch.setenv("VISUAL", "no-such-editor --wait")
    with pytest.raises(UsageError, match="no-such-editor"):
        editor_command(Path("rules.toml"), 1)
    monkeypatch.setenv("VISUAL", "'")
    with pytest.raises(UsageError, match="EDITOR cannot be read"):
        editor_command(Path("rules.toml"), 1)


def test_the_line_of_a_rule() -> None:
    """Where its id stands; the beginning where it does not."""
    text = "# top\n\n[[rule]]\nid    = \"launch\"\n\n[[rule]]\nid = 'launch-2'\n"
    assert (line_of_rule(text, "launch"), line_of_rule(text, "launch-2"), line_of_rule(text, "other")) == (4, 7, 1)


def test_a_command_is_given_the_text_and_answers() -> None:
    """Its last line is said; its failure with what it said, its silence with its name."""
    assert pipe("tr a-z A-Z | tail -1", "one\ntwo\n") == "TWO"
    assert pipe("cat > /dev/null", "x") == "given to cat > /dev/null"
    with pytest.raises(UsageError, match="ended with 3: no"):
        pipe("echo no >&2; exit 3", "x")


async def test_an_entry_is_given_to_a_command(day: str, tmp_path: Path) -> None:
    """Title, link and text; the command is asked for, and that it runs is said until it has ended."""
    async with staged(day) as (app, pilot):
        given = tmp_path / "given"
        await pilot.press("vertical_line")
        assert isinstance(app.screen, CommandScreen)
        app.screen._input.value = f"pipe tee {given} | wc -l; while [ ! -e {given}.end ]; do sleep 0.1; done"
        await pilot.press("enter")
        await said(app, pilot, "running: tee")
        await until(pilot, lambda: given.exists() and given.read_text() != "")
        assert app.reader.detail is not None
        assert given.read_text().startswith(f"{app.reader.detail.entry.title}\n{app.reader.detail.entry.url}\n\n")
        assert os.linesep in given.read_text()
        (tmp_path / "given.end").touch()
        await until(pilot, lambda: "running: tee" not in text_of(app)[-1])
