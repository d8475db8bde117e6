"""What a feed writes is text and nothing else, wherever it is shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, cast

import pytest
from rich.cells import cell_len
from sqlalchemy import update
from textual.widgets import Input

from digest.errors import Problem
from digest.store import open_store
from digest.store import schema as tables
from digest.tui.cells import ISOLATE, ISOLATE_END, Line, Run, draw
from digest.tui.commands import CommandScreen
from digest.tui.pages.editor import EditorPage
from digest.tui.palette import DARK, Ink
from tests.tui import stage
from tests.tui.newsdesk import Dispatch, add_report
from tests.tui.stage import is_drawn, settle, staged, strips_of, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

HOSTILE = [
    "[/] [/bold] closes nothing",
    "[@click=app.quit]quit me[/]",
    "[link=https://evil.example]click[/link]",
    "[AFP] [Breaking] [video] [red]stays[/red]",
    "\x1b[2J\x1b]0;owned\x07clears the screen",
    "\x9b31mC1 \x85 \x90q\x9c",
    "bidi \u202eoverride\u202c \u2066isolate",
    "zero\u200bwidth \ufeffmarks\u2060",
    "$(reboot) `reboot` {0} %s \\x1b",
    "family 👨‍👩‍👧‍👦 flag 🇰🇵 keycap 1\ufe0f\u20e3 filler \u3164",
    "tab\tnew\nline\r\x00nul",
    "Zalgo z̸̡̛̖̍a̷l̵g̶o̴",
    "half \ud800 pair".encode("utf-8", "replace").decode(),
    "क्षत्रिय ज्ञान ศูนย์ข่าวน้ำ မြန်မာ བོད་ཡིག",
    "שלום 123 עולם (abc) دمشق 45% mixed",
    "tags \U000e0041\U000e0042\U000e007f private \ue000 none \ufdd0 \ufff9note\ufffb",
    "x" * 3000,
]


SIZES = [(60, 20), (40, 12), (240, 70), (33, 9), (110, 30), (120, 36)]
FILE = "1-north-korea.toml"


def add_hostile(day: str) -> dict[int, str]:
    """An entry for each hostile text, which is its title and, three times, its text; the texts by the entries' ids."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        return {
            add_report(
                connection,
                Dispatch("14:06", "Meridian", "launch", each, "quit|stays|screen", f"{each * 3} quit", unread=True),
                seq,
            ): each
            for each in HOSTILE
        }


def assert_whole(app: DashboardApp, about: object) -> None:
    """Each line fills the terminal, and holds nothing that is no letter; else it says what was looked at."""
    assert app.is_running, about
    strips = strips_of(app)
    assert {strip.cell_length for strip in strips} == {app.size.width}, about
    assert {sum(cell_len(segment.text) for segment in strip) for strip in strips} == {app.size.width}, about
    for line in text_of(app):
        odd = {c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs"}}
        assert odd <= {ISOLATE, ISOLATE_END}, (about, line)


def sign_of(title: str) -> str:
    """Letters of a hostile text that are seen wherever it is shown: the beginning of its longest word."""
    words: list[str] = re.findall(r"\w+", title)
    return max(words, key=len)[:6]


@pytest.mark.parametrize("size", [(120, 36), (60, 20)], ids=["wide", "narrow"])
async def test_hostile_text_is_shown_and_does_nothing(day: str, size: tuple[int, int]) -> None:
    """Even if it reached the store uncleaned, in title and text and opened in the reader, it is only letters."""
    titles = add_hostile(day)
    seen = []
    async with staged(day, size) as (app, pilot):

        async def look(key: str) -> str:
            await pilot.press(key)
            await settle(app, pilot)
            title = titles[app.matches.selected or 0]
            assert_whole(app, (key, title[:40]))
            return title

        def assert_in_list(title: str) -> None:
            wanted = title[:12] if title.startswith("[") else sign_of(title)
            assert any(wanted in line for line in text_of(app)), title[:40]

        for place in range(len(titles)):
            seen.append(await look("j" if place else "g"))
            assert_in_list(seen[-1])
            assert await look("enter") == await look("escape") == seen[-1]
        await look("t")
        for title in reversed(seen):
            assert titles[app.matches.selected or 0] == title
            assert_in_list(title)
            if title != seen[0]:
                await look("k")
    assert sorted(seen) == sorted(HOSTILE)


async def resized(app: DashboardApp, pilot: Pilot[int], size: tuple[int, int]) -> None:
    """Drag the window's corner, and wait for what is laid out anew."""
    await pilot.resize_terminal(*size)
    await pilot.pause()
    await until(pilot, lambda: app.screen._compositor.size == size and is_drawn(app))


async def read_down(app: DashboardApp, pilot: Pilot[int], about: object) -> str:
    """Look at the open pane from its top to its end, in each size of the terminal; all that was seen."""
    seen: list[str] = []
    for size in SIZES:
        await resized(app, pilot, size)
        lines: list[str] = []
        while lines != text_of(app):
            lines = text_of(app)
            assert_whole(app, (about, size))
            seen += lines
            await pilot.press("pagedown")
        await pilot.press("home")
    return "\n".join(seen)


async def test_hostile_text_that_is_typed(day: str) -> None:
    """In the line of commands and in that of filters: letters, in windows of all sizes."""
    add_hostile(day)
    async with staged(day) as (app, pilot):
        await pilot.press("colon")
        assert isinstance(app.screen, CommandScreen)
        line = app.screen.query_one(Input)
        for size in SIZES:
            await resized(app, pilot, size)
            for title in HOSTILE:
                line.value = ""
                line.insert_text_at_cursor(title)
                await pilot.pause()
                assert_whole(app, (size, title[:40]))
        await pilot.press("escape", "slash")
        assert app.filter_bar is not None
        for size in SIZES:
            await resized(app, pilot, size)
            for title in HOSTILE:
                app.filter_bar.put(title)
                await until(pilot, lambda: app.watcher.idle)
                await pilot.pause()
                assert_whole(app, (size, title[:40]))
        assert app.filter_bar.display


async def test_hostile_text_among_the_troubles(day: str) -> None:
    """What is wrong with a rule file may say what stands in it: letters, in windows of all sizes."""
    problems = [[FILE, 1, 1, title] for title in HOSTILE]
    with open_store(day) as store, store.database.write() as (connection, seq):
        file = update(tables.rule_files).where(tables.rule_files.c.path == FILE)
        connection.execute(file.values(problems=problems, seq=seq))
    async with staged(day) as (app, pilot):
        await pilot.press("T")
        await settle(app, pilot)
        seen = await read_down(app, pilot, "troubles")
    told = [Problem(FILE, 1, 1, title).message for title in HOSTILE]
    assert [message for message in told if sign_of(message) not in seen] == []


async def test_hostile_text_in_the_rule_editor(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the text, in what is wrong with it and in the preview of what it would find: letters, at all sizes."""
    add_hostile(day)
    folder = tmp_path / "rules"
    folder.mkdir()
    sound = '[[rule]]\nid = "launch"\ntitle = "L"\nany = ["quit"]\n'
    texts = {}
    for title in HOSTILE:
        written = "".join(character for character in title if character not in "\r\n\0").replace('"', "")
        texts[title] = f'# {written}\n{sound}"{written}" = 1\n'
    (folder / FILE).write_bytes(texts[HOSTILE[0]].encode("utf-8", "replace"))
    monkeypatch.setattr(stage, "PLACES", replace(stage.PLACES, rules=folder))
    with open_store(day) as store, store.database.write() as (connection, _):
        connection.execute(update(tables.rule_versions).where(tables.rule_versions.c.path == FILE).values(text=sound))

    async with staged(day) as (app, pilot):
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)

        async def look(title: str, *, mistakes: bool) -> None:
            def is_looked_at() -> bool:
                answer = page.preview._answer
                return page.asked == page.code.text and not page.preview._waits and answer["number"] == page._number

            await until(pilot, is_looked_at)
            assert bool(page.code.mistakes) is mistakes, title[:40]

        for size in SIZES:
            await resized(app, pilot, size)
            for title in HOSTILE:
                page.code.replace(texts[title], (0, 0), page.code.document.end)
                await look(title, mistakes=True)
                assert_whole(app, (size, title[:40]))
        page.code.replace(sound.replace("quit", "wxyz"), (0, 0), page.code.document.end)
        await look("the preview", mistakes=False)
        assert page.preview._answer["entries"] > 0
        page.preview.focus()
        seen = await read_down(app, pilot, "the preview")
    assert [title for title in HOSTILE if sign_of(title) not in seen] == []


async def test_nothing_on_the_screen_carries_an_action(day: str) -> None:
    """No segment has an action attached: a click is only ever a place. The one link is the entry's own."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        entry = add_report(
            connection, Dispatch("14:06", "Meridian", "launch", HOSTILE[1], "quit", HOSTILE[2], unread=True), seq
        )
    async with staged(day, (140, 50)) as (app, _):
        assert app.matches.selected == entry
        assert app.reader.detail is not None
        styles = [s.style for strip in strips_of(app) for s in strip if s.style]
        assert not [style for style in styles if any("click" in key for key in style.meta)]
        assert {style.link for style in styles if style.link} == {app.reader.detail.entry.url}


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://a.example/\x1b\\\x1b[2J",
        "https://a.example/\x07;\x9c",
        "ssh://a.example",
    ],
)
def test_a_link_is_a_web_page_and_ends_no_command(address: str) -> None:
    """Whatever address reaches the drawing, the terminal is given http or https without controls, or no link."""
    style = next(iter(draw(Line([Run("words", Ink.TEXT, address)]), 20, DARK))).style
    assert style is not None
    assert not style.link or (style.link.startswith("https://") and style.link.isprintable() and style.link.isascii())
    assert bool(style.link) == address.startswith("https:")
