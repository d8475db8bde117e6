"""What a feed writes is text and nothing else, wherever it is shown."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, replace
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
from tests.tui.stage import settle, staged, text_of, until

if TYPE_CHECKING:
    from pathlib import Path

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


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("size", [(120, 36), (60, 20)], ids=["wide", "narrow"])
async def test_hostile_text_is_shown_and_does_nothing(day: str, title: str, size: tuple[int, int]) -> None:
    """Even if it reached the store uncleaned, in title and text and opened in the reader, it is only letters."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        add_report(
            connection, Dispatch("14:06", "Meridian", "launch", title, "quit|stays|screen", title * 3, unread=True), seq
        )
    async with staged(day, size) as (app, pilot):
        for key in ("j", "k", "enter", "escape", "t"):
            await pilot.press(key)
            await settle(app, pilot)
            drawn = "".join(text_of(app))
            assert not {c for c in drawn if unicodedata.category(c) in {"Cc", "Cs"}}
            assert {c for c in drawn if unicodedata.category(c) == "Cf"} <= {ISOLATE, ISOLATE_END}
            assert {strip.cell_length for strip in app.screen._compositor.render_strips()} == {size[0]}
        assert app.is_running
        if title.startswith("["):
            assert any(title[:12] in line for line in text_of(app))


def assert_whole(app: DashboardApp, size: tuple[int, int]) -> None:
    """Each line fills the terminal, and holds nothing that is no letter."""
    strips = app.screen._compositor.render_strips()
    assert {sum(cell_len(segment.text) for segment in strip) for strip in strips} == {size[0]}
    drawn = "".join(text_of(app))
    assert not {c for c in drawn if unicodedata.category(c) in {"Cc", "Cs"}}
    assert {c for c in drawn if unicodedata.category(c) == "Cf"} <= {ISOLATE, ISOLATE_END}


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_on_the_other_screens(
    day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, title: str
) -> None:
    """In the lines that are typed into, the rule editor, its checks and its preview, among the troubles: letters.

    The window is resized all the while.
    """
    folder = tmp_path / "rules"
    folder.mkdir()
    file = "1-north-korea.toml"
    written = "".join(character for character in title if character not in "\r\n\0").replace('"', "")
    rule = f'# {written}\n[[rule]]\nid = "launch"\ntitle = "L"\nany = ["quit"]\n'
    (folder / file).write_bytes(f'{rule}"{written}" = 1\n'.encode("utf-8", "replace"))
    monkeypatch.setattr(stage, "PLACES", replace(stage.PLACES, rules=folder))
    problem = Problem(file, 1, 1, title)
    with open_store(day) as store, store.database.write() as (connection, seq):
        add_report(
            connection, Dispatch("14:06", "Meridian", "launch", title, "quit", f"{title} quit", unread=True), seq
        )
        connection.execute(update(tables.rule_files).values(problems=[asdict(problem)], seq=seq))
        connection.execute(update(tables.rule_versions).where(tables.rule_versions.c.path == file).values(text=rule))
    sizes = [(120, 36), (60, 20), (40, 12), (240, 70), (33, 9), (110, 30)]

    async with staged(day, sizes[0]) as (app, pilot):

        async def look() -> None:
            for size in sizes[1:] + sizes[:1]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert_whole(app, size)

        await pilot.press("colon")
        assert isinstance(app.screen, CommandScreen)
        app.screen.query_one(Input).insert_text_at_cursor(title)
        await pilot.pause()
        await look()
        await pilot.press("escape", "slash")
        assert app.filter_bar is not None
        app.filter_bar.query_one(Input).insert_text_at_cursor(title)
        await until(pilot, lambda: app.watcher.idle)
        await look()
        await pilot.press("escape", "T")
        await settle(app, pilot)
        await look()
        await pilot.press("escape", "e")
        await until(pilot, lambda: isinstance(app.page, EditorPage))
        page = cast("EditorPage", app.page)
        await until(pilot, lambda: bool(page.code.mistakes) and not page.preview._waits, 20)
        await look()
        sound = '[[rule]]\nid = "launch"\ntitle = "L"\nany = ["quit", "wxyz"]\n'
        page.code.replace(sound, (0, 0), page.code.document.end)
        await until(pilot, lambda: not page.code.mistakes and page.preview._answer["entries"] > 0, 20)
        await until(pilot, lambda: not page.preview._waits, 20)
        await look()
        assert app.is_running


async def test_nothing_on_the_screen_carries_an_action(day: str) -> None:
    """No segment has an action attached: a click is only ever a place. The one link is the entry's own."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        entry = add_report(
            connection, Dispatch("14:06", "Meridian", "launch", HOSTILE[1], "quit", HOSTILE[2], unread=True), seq
        )
    async with staged(day, (140, 50)) as (app, _):
        assert app.matches.selected == entry
        assert app.reader.detail is not None
        styles = [s.style for strip in app.screen._compositor.render_strips() for s in strip if s.style]
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
