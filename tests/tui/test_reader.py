"""The reader pane: what stands beside the text and what below it, how far it scrolls, where numbers lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

from tests.tui.stage import settle, staged, text_of

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from digest.tui.app import DashboardApp

ARTICLE = "Panel: two tankers"
"""The title of the report of the day that has a structure; the seventh in the list."""


async def open_article(app: DashboardApp, pilot: Pilot[int]) -> None:
    """Open it as a user does."""
    for key in (*"jjjjjj", "enter"):
        await pilot.press(key)
        await settle(app, pilot)
    assert app.reader.detail is not None
    assert app.reader.detail.entry.title.startswith(ARTICLE)


async def test_a_page_down_says_whether_it_moved(day: str) -> None:
    """So that one key can scroll to the end and then go on to the next entry."""
    async with staged(day) as (app, pilot):
        await open_article(app, pilot)
        moves = 0
        while app.reader.page(1):
            moves += 1
        assert moves > 0
        assert app.reader.extent().top + app.reader.extent().seen == app.reader.extent().total
        assert app.reader.page(-1)
        app.reader.to_end(last=False)
        assert not app.reader.page(-1)


async def test_a_number_gives_the_address_of_its_link(day: str) -> None:
    """As the list at the end of the text has them; other numbers lead nowhere."""
    async with staged(day, (160, 60)) as (app, pilot):
        await open_article(app, pilot)
        assert [app.reader.link(number) for number in range(-1, 5)] == [
            *("", "", "https://panel.example/report/2026-11"),
            *("https://outlet.example/pictures/night.jpg", "https://ports.example/", ""),
        ]
        assert any("[1] panel.example/report/2026-11" in line for line in text_of(app))
        app.reader.show(None, (0, 0))
        assert not app.reader.link(1)


@pytest.mark.parametrize(
    ("size", "columns"),
    [((240, 50), False), ((160, 50), False), ((120, 36), True), ((100, 30), False), ((80, 24), False)],
)
async def test_facts_stand_beside_the_text_where_there_is_room(
    day: str, size: tuple[int, int], *, columns: bool
) -> None:
    """Or in a third column, else below it; the text is never wider than a hundred cells, and nothing is left out."""
    async with staged(day, size) as (app, pilot):
        await pilot.press("enter")
        await settle(app, pilot)
        text = next(line for line in text_of(app) if "SEOUL — " in line)
        assert ("OTHER OUTLETS" in text) is columns
        words = text[text.index("SEOUL") :].split("│")[0].rstrip()
        assert cell_len(words) <= 100
        seen: set[str] = set()
        while True:
            seen |= {line.rstrip(" │┃╯╮─") for line in text_of(app)}
            if not app.reader.page(1):
                break
            await pilot.pause()
        for part in (
            "OTHER OUTLETS" if size[0] < 160 else "STORY",
            "Strait Wire",
            "Volga Post",
            "DELIVERY",
            "phone",
            "ENTRY",
            "published",
            "WHY IT FIRED",
        ):
            assert any(part in line for line in seen), part


async def test_few_lines_name_few_outlets(day: str) -> None:
    """What does not fit beside the text goes on below it; how many outlets there are is said."""
    async with staged(day) as (app, _):
        lines = text_of(app)
        assert any("OTHER OUTLETS" in line and "5 of 9" in line for line in lines)
        assert any("한빛일보" in line and "first" in line and "13:58" in line for line in lines)
        assert not any("published" in line for line in lines)
        app.reader.to_end(last=True)
        assert app.reader.extent().total > app.reader.extent().seen


async def test_a_peek_ends_with_who_was_first(day: str) -> None:
    """Four lines: the text's beginning, and how many others report it."""
    async with staged(day, (80, 24)) as (app, _):
        assert any("First 한빛일보 13:58   and 9 more outlets" in line for line in text_of(app))


@pytest.mark.parametrize("widths", [(80, 110), (120, 84), (100, 60)])
async def test_who_reads_stays_where_he_reads_whatever_the_width(day: str, widths: tuple[int, int]) -> None:
    """The line at the top is again the one with the same letters; back at the first width it is the same line."""
    first, other = widths
    async with staged(day, (first, 24)) as (app, pilot):
        await open_article(app, pilot)
        app.reader.move(5)
        words = " ".join(run.text for run in app.reader._text[app.reader._top])
        word = max(words.split(), key=len)
        top = app.reader.extent().top
        assert top == 5
        await pilot.resize_terminal(other, 24)
        await settle(app, pilot)
        seen = app.reader._text[app.reader._top : app.reader._top + 2]
        assert word in " ".join(run.text for line in seen for run in line)
        await pilot.resize_terminal(first, 24)
        await settle(app, pilot)
        assert app.reader.extent().top == top
