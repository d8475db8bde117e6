"""The rule editor: what is typed is judged as it is typed, saved whole, and never over what somebody else saved."""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from textual.geometry import Region

from digest.errors import UsageError
from digest.match import load_rules
from digest.match.rules import telling
from digest.rulebook.preview import KeptEntries, Preview, StoppedError
from digest.store import open_store
from digest.store import schema as tables
from digest.tui.drafting import excluding, new_rule, telling_words
from digest.tui.pages.editor import EditorPage
from digest.tui.widgets.code import RuleText, completions
from tests.tui import stage
from tests.tui.stage import settle, staged, strips_of, text_of, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

FILE = "1-north-korea.toml"
DRAFT = f"{FILE}.draft"
TEXT = """# Launches, in all languages.
# As an example.

[alias]
missile = ["missile*", "미사일*"]

[[rule]]
id = "launch"
title = "Missile and rocket launches"
severity = "high"
query = "@missile"
"""


@pytest.fixture
def rules(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rules folder whose one file is live."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / FILE).write_text(TEXT, encoding="utf-8")
    with open_store(day) as store, store.database.write() as (connection, _):
        connection.execute(update(tables.rule_versions).where(tables.rule_versions.c.path == FILE).values(text=TEXT))
        connection.execute(
            update(tables.rule_versions).where(tables.rule_versions.c.path != FILE).values(text="# nothing\n")
        )
    monkeypatch.setattr(stage, "PLACES", replace(stage.PLACES, rules=folder))
    return folder


@asynccontextmanager
async def editing(
    day: str, size: tuple[int, int] = (140, 40)
) -> AsyncIterator[tuple[DashboardApp, Pilot[int], EditorPage]]:
    """The editor of the rule under the cursor, with its first look done."""
    async with staged(day, size) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        await until(pilot, lambda: bool(page.preview._answer))
        yield app, pilot, page


async def type_over(pilot: Pilot[int], page: EditorPage, line: int, text: str) -> None:
    """Replace a line, and wait until what it would do was looked at."""
    page.code.replace(text, (line, 0), (line, 200))
    await looked(pilot, page)


async def looked(pilot: Pilot[int], page: EditorPage) -> None:
    """Wait until the text as it stands was looked at."""

    def done() -> bool:
        return page.asked == page.code.text and page.preview._answer["number"] == page._number

    await until(pilot, done)


# --- looking ---------------------------------------------------------------------------------------------------------


async def test_an_edit_shows_what_it_adds_and_drops(day: str, rules: Path) -> None:
    """With the words that hit and the clause that decided, before anything is saved."""
    async with editing(day) as (app, pilot, page):
        running = page.preview._answer["running"]
        assert running == page.preview._answer["matching"] > 0
        assert page.preview._answer["counts"] == [0, 0]
        await type_over(pilot, page, 10, 'query = "(@missile OR envoys) NOT ballistic"')
        answer = page.preview._answer
        assert answer["matching"] == running + answer["counts"][0] - answer["counts"][1]
        reasons = {each["added"]: each["reason"] for each in answer["differences"]}
        assert reasons == {True: "“envoys” is new", False: "ballistic is now excluded"}
        lines = "\n".join(text_of(app))
        assert f"+{answer['counts'][0]} added" in lines
        assert (rules / FILE).read_text(encoding="utf-8") == TEXT


async def test_a_mistake_is_told_where_it_is(day: str, rules: Path) -> None:
    """As it is typed, with its line and column; what could be seen last stays, and nothing is saved."""
    async with editing(day) as (app, pilot, page):
        await type_over(pilot, page, 9, 'severty = "high"')
        assert page.code.mistakes[0][:2] == (10, 1)
        assert any("10:1" in line and "severty" in line for line in text_of(app))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "not saved: line 10, column 1" in text_of(app)[-1])
        page.code.move_cursor((0, 0))
        await pilot.press("f8")
        assert page.code.cursor_location == (9, 0)
        assert (rules / FILE).read_text(encoding="utf-8") == TEXT


async def test_names_are_completed(day: str, rules: Path) -> None:
    """Tab completes an alias as far as it is certain."""
    async with editing(day) as (_, pilot, page):
        page.code.move_cursor((10, len('query = "@missile')))
        await until(pilot, lambda: page._aliases == ("missile",))
        page.code.insert(" OR @mi")
        await pilot.press("tab")
        assert page.code.document.get_line(10) == 'query = "@missile OR @missile"'


async def test_tab_behind_a_word_that_is_no_name_stays_in_the_text(day: str, rules: Path) -> None:
    """It says so: what is typed next would else be taken for keys of the preview. Between words Tab goes there."""
    async with editing(day) as (app, pilot, page):
        page.code.move_cursor((10, len('query = "@missile')))
        page.code.insert(" OR @nobody")
        await pilot.press("tab")
        await until(pilot, lambda: "nothing begins with @nobody" in text_of(app)[-1])
        assert page.code.has_focus
        page.code.move_cursor((10, 0))
        await pilot.press("tab")
        assert page.preview.has_focus


def test_what_can_be_completed() -> None:
    """An alias behind @, a field, a key; nothing for what is whole."""
    assert completions("@d", ["dprk", "diplomacy", "syria"]) == ["@dprk", "@diplomacy"]
    assert completions("sever", []) == ["severity"]
    assert completions("severity", []) == []
    assert completions("tit", []) == ["title:", "title"]


# --- saving ----------------------------------------------------------------------------------------------------------


async def test_a_save_writes_the_file_and_can_be_taken_back(day: str, rules: Path) -> None:
    """Comments and all as they were typed; leaving asks first while something is not saved."""
    async with editing(day) as (app, pilot, page):
        page.code.insert("# A note.\n", (0, 0))
        await pilot.press("escape")
        assert app.page is page
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (rules / FILE).read_text(encoding="utf-8") == "# A note.\n" + TEXT)
        await until(pilot, lambda: not page.is_changed)
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None)
        await pilot.press("u")
        await until(pilot, lambda: (rules / FILE).read_text(encoding="utf-8") == TEXT)


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+c", "ctrl+q", "1"])
async def test_nothing_typed_is_lost_unasked(day: str, rules: Path, key: str) -> None:
    """Whatever leaves the page, also from the preview, says first that nothing is saved; then the text is kept."""
    async with editing(day) as (app, pilot, page):
        page.code.insert("# A note.\n", (0, 0))
        await looked(pilot, page)
        page.preview.focus()
        await pilot.press(key)
        await until(pilot, lambda: "not saved: ^s saves it" in text_of(app)[-1])
        assert (app.page, app.return_code) == (page, None)
        await pilot.press(key)
        await until(pilot, lambda: app.page is None or app.return_code == 0)
    assert (rules / DRAFT).read_text(encoding="utf-8") == "# A note.\n" + TEXT
    assert (rules / FILE).read_text(encoding="utf-8") == TEXT


async def test_a_file_with_a_mistake_is_kept_as_a_draft_and_shown_again(day: str, rules: Path) -> None:
    """It is never live; the next editor begins with it, F5 shows the file instead, and what is saved needs no draft."""
    async with editing(day) as (app, pilot, page):
        await type_over(pilot, page, 9, "query = [")
        broken = page.code.text
        await until(pilot, lambda: bool(page.code.mistakes))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: f"kept as {DRAFT}" in text_of(app)[-1])
        assert ((rules / DRAFT).read_text(encoding="utf-8"), (rules / FILE).read_text(encoding="utf-8")) == (
            broken,
            TEXT,
        )
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.page is None)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.page, EditorPage) and app.page is not page)
        again = cast("EditorPage", app.page)
        assert again.code.text == broken
        assert "a draft: ^s makes it the file" in str(again.code.border_subtitle)
        await pilot.press("f5")
        assert again.code.text == TEXT
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None)
    assert [path.name for path in rules.iterdir()] == [FILE]  # noqa: ASYNC240 - nothing else runs


async def test_another_rule_does_not_take_the_place_of_one_that_is_typed(day: str, rules: Path) -> None:
    """A filter is made a rule from anywhere; an editor with unsaved text stays."""
    async with staged(day, (140, 40)) as (app, pilot):
        await app.filter_by("embassy")
        await until(pilot, lambda: bool(app.typed_filter))
        await pilot.press("W")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        page.code.insert("# Mine.\n", (0, 0))
        await pilot.press("ctrl+p", *"filter_rule", "enter")
        await until(pilot, lambda: "not saved: ^s saves it" in text_of(app)[-1])
        assert app.page is page


async def test_what_somebody_else_saved_is_seen_and_not_written_over(day: str, rules: Path) -> None:
    """It is told at once; F5 takes it in, and what was typed comes back with undo."""
    async with editing(day) as (app, pilot, page):
        page.code.insert("# Mine.\n", (0, 0))
        (rules / FILE).write_text("# Theirs.\n" + TEXT, encoding="utf-8")
        page.tick()
        await pilot.press("ctrl+s")
        await until(pilot, lambda: "somebody else saved" in text_of(app)[-1])
        assert (rules / FILE).read_text(encoding="utf-8") == "# Theirs.\n" + TEXT
        await pilot.press("f5")
        assert page.code.text == "# Theirs.\n" + TEXT
        await pilot.press("ctrl+z")
        assert page.code.text == "# Mine.\n" + TEXT


async def test_a_save_between_two_looks_is_not_written_over_either(day: str, rules: Path) -> None:
    """The file is compared once more at the moment of writing."""
    async with editing(day) as (app, pilot, page):
        page.code.insert("# Mine.\n", (0, 0))
        await until(pilot, lambda: page._checked == page.code.text)  # else a look may come before the save
        (rules / FILE).write_text("# Theirs.\n" + TEXT, encoding="utf-8")
        page.action_save()
        await until(pilot, lambda: "not done:" in text_of(app)[-1])
        assert (rules / FILE).read_text(encoding="utf-8") == "# Theirs.\n" + TEXT


async def test_the_process_that_looks_ends_with_the_page(day: str, rules: Path) -> None:
    """Nobody is left behind."""
    async with editing(day) as (app, pilot, page):
        process = page._process
        assert process is not None
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None and process.returncode is not None)


async def test_a_frame_that_is_still_to_be_drawn_when_the_page_goes(day: str, rules: Path) -> None:
    """Asked for its lines once more while it is taken away, the text has none, and nothing fails."""
    async with editing(day) as (app, pilot, page):
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None)
        assert [strip.cell_length for strip in page.code.render_lines(Region(0, 0, 20, 3))] == [20, 20, 20]


async def test_the_text_follows_the_theme(day: str, rules: Path) -> None:
    """As all around it does."""
    async with editing(day) as (app, pilot, page):
        app.action_light()
        await until(pilot, lambda: page.code.theme == "rules-digest-light")


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (40, 12), (200, 60)])
async def test_it_fits_every_terminal(day: str, rules: Path, size: tuple[int, int]) -> None:
    """Side by side or one above the other, each line is as wide as the terminal."""
    async with editing(day, size) as (app, _, page):
        assert page.code.size.height >= 2
        assert {strip.cell_length for strip in strips_of(app)} == {size[0]}


async def test_ten_lines_of_the_file_are_seen_at_the_least_usual_size(day: str, rules: Path) -> None:
    """The preview below is short, its days one line, until the focus goes there; side by side both are whole."""
    async with editing(day, (80, 24)) as (app, pilot, page):
        lines = [*(f"# line {number}" for number in range(40)), f'wide = "{"x" * 100}"']
        page.code.replace("\n".join(lines), (0, 0), (0, 0))
        await looked(pilot, page)
        page.code.move_cursor((20, 0), center=True)
        assert sum("# line " in line for line in text_of(app)) >= 10
        assert any(re.search(r"match +running +[\d,]+ .* 14 days .* added", line) for line in text_of(app))
        await pilot.press("shift+tab")
        await until(pilot, lambda: page.preview.size.height > page.code.size.height)
        assert not any(" 14 days " in line for line in text_of(app)), "there is room for a column for each"
        await pilot.press("shift+tab")
        await until(pilot, lambda: page.preview.size.height < page.code.size.height)
        await pilot.resize_terminal(120, 36)
        await until(pilot, lambda: page.preview.outer_size.height == page.size.height)
        assert page.code.size.height >= 26


# --- what it begins with ---------------------------------------------------------------------------------------------


async def test_a_rule_from_an_entry(day: str, rules: Path) -> None:
    """The words of the title are a rule of a file of its own, to be seen before it is saved."""
    async with staged(day, (140, 40)) as (app, pilot):
        await pilot.press("w")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        await until(pilot, lambda: bool(page.preview._answer))
        assert 'all = ["Korea", "fires", "ballistic", "missiles"]' in page.code.text
        assert page.preview._answer["matching"] >= 1
        assert not (rules / "my-rules.toml").exists()


@given(st.text(max_size=80))
def test_a_rule_from_any_title_can_be_read(title: str) -> None:
    """Whatever a title holds, the file that comes of it is TOML with a rule in it."""
    import tempfile
    from pathlib import Path

    _, text = new_rule(Path(tempfile.gettempdir()) / "no-such-rules.toml", title)
    loaded = load_rules({"my-rules.toml": text}, try_examples=False)
    if telling_words(title):
        assert loaded.problems == ()


async def test_a_file_that_is_not_utf_8_is_told_and_left(day: str, rules: Path) -> None:
    """What would be guessed at is neither shown nor saved: not the rule's file, nor that of one's own rules."""
    for name in (FILE, "my-rules.toml"):
        (rules / name).write_bytes("# Pyöngyang\n".encode("latin-1"))
    async with staged(day, (140, 40)) as (app, pilot):
        for key, name in (("e", FILE), ("w", "my-rules.toml")):
            await pilot.press(key)
            await until(pilot, lambda name=name: f"{name} is not UTF-8" in text_of(app)[-1])  # type: ignore[misc]
            assert app.page is None
        await app.filter_by("envoys")
        await until(pilot, lambda: bool(app.typed_filter))
        await pilot.press("W")
        await until(pilot, lambda: "no rule was made: my-rules.toml is not UTF-8" in text_of(app)[-1])


async def test_a_filter_by_an_alias_is_made_a_rule(day: str, rules: Path) -> None:
    """What the filter may name, the rule may name."""
    async with staged(day, (140, 40)) as (app, pilot):
        await app.filter_by("@missile")
        await until(pilot, lambda: bool(app.typed_filter))
        await pilot.press("W")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        assert "query = '@missile'" in cast("EditorPage", app.page).code.text


def test_words_are_excluded(rules: Path) -> None:
    """A word or a phrase, in the rule's own text; more than that is the user's to write."""
    assert 'query = "(@missile) NOT drill"' in excluding(rules / FILE, "launch", "drill")
    with pytest.raises(UsageError):
        excluding(rules / FILE, "launch", 'drill OR "parade day"')


async def test_the_cursor_begins_where_words_were_excluded(day: str, rules: Path) -> None:
    """In a long rule or a small terminal the change would else be out of sight."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("colon", *"exclude", "space", *"drill", "enter")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        assert "NOT drill" in page.code.document.get_line(page.code.cursor_location[0])


async def test_not_relevant_takes_back_only_what_it_noted(day: str, rules: Path) -> None:
    """A mark that was there before is told and stays; a rule that finds the entry no more does not stop the others."""
    second = '\n[[rule]]\nid = "nuclear"\nquery = "@missile NOT ballistic"\n'
    with open_store(day) as store, store.database.write() as (connection, _):
        live = tables.rule_versions
        connection.execute(update(live).where(live.c.path == FILE).values(text=TEXT + second))
    marks = rules / "marks.toml"
    async with staged(day, (140, 40)) as (app, pilot):
        await pilot.press("x")
        await until(pilot, lambda: "noted as unwanted for launch   u takes it back" in text_of(app)[-1])
        noted = marks.read_text(encoding="utf-8")
        await pilot.press("x")
        await until(pilot, lambda: "not done: noted as unwanted for launch already" in text_of(app)[-1])
        await pilot.press("u")
        await until(pilot, lambda: "no longer noted as unwanted for launch" in text_of(app)[-1])
        assert marks.read_text(encoding="utf-8") != noted
        marks.write_text(noted, encoding="utf-8")
        await pilot.press("x")
        await until(pilot, lambda: "already" in text_of(app)[-1])
        await pilot.press("u")
        await until(pilot, lambda: "nothing was done that could be taken back" in text_of(app)[-1])
        assert marks.read_text(encoding="utf-8") == noted


# --- the preview itself ----------------------------------------------------------------------------------------------


async def test_the_preview_takes_the_spans_that_the_engine_takes(
    day: str, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hours of a simulated day are short: a rule that is live there is no mistake in the editor."""
    monkeypatch.setattr(telling, "BRIEFEST_EVERY", timedelta(0))
    async with editing(day) as (_, pilot, page):
        page.code.insert('deliver = "every 1s"\n', (10, 0))
        await looked(pilot, page)
        assert list(page.code.mistakes) == []


def test_a_look_stops_for_a_newer_one(day: str) -> None:
    """Between two pages of entries."""
    with open_store(day) as store:
        entries = store.archive().newest(1000)
    stop = False
    preview = Preview({FILE: TEXT}, FILE, KeptEntries(entries, lambda: stop), ZoneInfo("Asia/Seoul"))
    assert preview.of(TEXT, "launch").matching > 0
    stop = True
    with pytest.raises(StoppedError):
        preview.of(TEXT.replace("미사일*", "로켓"), "launch")


@given(st.text(alphabet="abc\"'#=[]\n@ 북한\t", max_size=120))
def test_whatever_is_typed_is_coloured(text: str) -> None:
    """Every place lies within its line, in bytes."""
    code = RuleText(text)
    code._build_highlight_map()
    for row, places in code._highlights.items():
        size = len(code.document.get_line(row).encode())
        assert all(0 <= first <= (last or size) <= size for first, last, _ in places)


async def test_the_footer_offers_keys_that_are_no_letters(day: str, rules: Path) -> None:
    """A letter is typed into the text: help has a key besides."""
    async with editing(day) as (app, pilot, page):
        footer = text_of(app)[-1]
        assert all(words in footer for words in ("^s save", "Tab complete", "^p commands", "Esc back", "F1 help"))
        before = page.code.text
        await pilot.press("f1")
        await until(pilot, lambda: app.asking is not None)
        assert page.code.text == before


async def test_a_file_is_saved_though_nobody_tells_of_its_mistakes(day: str, rules: Path) -> None:
    """The process that checks has ended: what is typed can be stored all the same."""
    async with editing(day) as (app, pilot, page):
        assert page._process is not None
        page._process.kill()
        await until(pilot, lambda: page._is_blind)
        page.code.insert("# Mine.\n", (0, 0))
        await pilot.press("ctrl+s")
        await until(pilot, lambda: (rules / FILE).read_text(encoding="utf-8").startswith("# Mine."))
        assert "is saved" in text_of(app)[-1]


async def test_who_leaves_the_editor_is_where_it_was_opened(day: str, rules: Path) -> None:
    """In the reader, for one, with the keys of the reader, on a screen that shows one pane at a time."""
    del rules
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("enter")
        await settle(app, pilot)
        entry = app.matches.selected
        await pilot.press("e")
        await until(pilot, lambda: app.page is not None)
        await settle(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: app.page is None)
        await pilot.press("down")
        assert (app.focused, app.matches.selected) == (app.reader, entry)
