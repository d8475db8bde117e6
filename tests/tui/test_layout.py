"""Where the panes stand: a larger terminal never shows less, and the app does as the plan says."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from digest.tui.layout import MATCHES, WIDE, WIDEST, DeskPlan, arrange
from digest.tui.widgets.lines import Columns, Needs
from tests.tui.stage import settle, staged, text_of

if TYPE_CHECKING:
    from textual.widget import Widget

WIDTHS, HEIGHTS = range(40, 241), range(10, 71)
NEEDS = [Needs(outlet, rule, worded) for outlet, rule, worded in product((3, 8, 12, 14, 40), (0, 9, 27), (False, True))]


def inner(plan: DeskPlan) -> int:
    """The cells of a row of the list."""
    return plan.middle - (2 if plan.wide else 0)


def title(plan: DeskPlan, needs: Needs) -> int:
    """The cells of a title."""
    return Columns.fitting(inner(plan), plan.base, needs).title


@pytest.mark.parametrize("share", [-5, -1, 0, 1, 4])
@pytest.mark.parametrize(("folded", "zoomed"), [(False, False), (True, False), (False, True)])
def test_a_larger_terminal_never_shows_fewer_rows(share: int, *, folded: bool, zoomed: bool) -> None:
    """At every width and height, whatever the list's share: neither one cell more nor one line more takes a row."""
    rows = {
        (cells, lines): arrange(cells, lines, share=share, folded=folded, zoomed=zoomed).rows
        for cells, lines in product(WIDTHS, HEIGHTS)
    }
    assert [at for at in rows if rows[at] < max(rows.get((at[0] - 1, at[1]), 0), rows.get((at[0], at[1] - 1), 0))] == []


@pytest.mark.parametrize("needs", NEEDS, ids=str)
@pytest.mark.parametrize(("folded", "zoomed"), [(False, False), (True, False), (False, True)])
def test_a_larger_terminal_never_shows_less_of_a_title(needs: Needs, *, folded: bool, zoomed: bool) -> None:
    """Not where panes are added either, and whatever the other columns hold."""
    titles = {
        (cells, lines): title(arrange(cells, lines, folded=folded, zoomed=zoomed), needs)
        for cells, lines in product(WIDTHS, (10, 24, 36, 70))
    }
    assert [at for at in titles if titles[at] < titles.get((at[0] - 1, at[1]), 0)] == []


@pytest.mark.parametrize("needs", NEEDS, ids=str)
def test_columns_fill_their_row_exactly(needs: Needs) -> None:
    """No column is wider than what it holds needs, and every cell is of some column."""
    for cells, lines in product(WIDTHS, (24, 60)):
        plan = arrange(cells, lines)
        columns = Columns.fitting(inner(plan), plan.base, needs)
        spaced = sum(each + 1 for each in (columns.word, columns.outlet, columns.rule) if each)
        assert 12 + spaced + columns.title + columns.blank + columns.also == inner(plan), (cells, columns)
        assert columns.outlet <= needs.outlet
        assert columns.rule <= needs.rule
        assert needs.worded is False or columns.word or inner(plan) < 75


@pytest.mark.parametrize("share", [-9, 0, 3, 99])
def test_every_line_is_used_once(share: int) -> None:
    """Nothing reaches beyond the screen, and no line is left over."""
    for cells, lines, folded, zoomed in product(WIDTHS, HEIGHTS, (False, True), (False, True)):
        plan = arrange(cells, lines, share=share, folded=folded, zoomed=zoomed)
        assert 1 + plan.tabs + plan.keys + plan.matches + plan.reader == lines, (cells, lines, plan)
        assert plan.matches == plan.rows + plan.bar + plan.names + 2 * plan.wide, (cells, lines, plan)
        gaps = bool(plan.side) + bool(plan.aside)
        assert plan.side + plan.middle + plan.aside + gaps == cells, (cells, lines, plan)


def test_what_is_promised_of_two_sizes() -> None:
    """Sixty cells of title and sixteen rows beside the reader at 120 by 36, fifty cells at 80 by 24."""
    needs = Needs(14, 27)
    large = arrange(120, 36)
    assert title(large, needs) >= 60
    assert large.rows >= 16
    assert large.reader > 10
    assert arrange(120, 36, zoomed=True).rows >= 28
    small = arrange(80, 24)
    assert title(small, needs) >= 50
    assert (small.rows, small.reader) == (14, 5)


def test_steps_to_more_panes() -> None:
    """Tabs, then panes side by side, then a third column."""
    assert not arrange(WIDE - 1, 36).wide
    assert arrange(WIDE, 36).side
    assert not arrange(WIDEST - 1, 36).aside
    assert arrange(WIDEST, 36).aside
    assert not arrange(WIDEST, 36, folded=True).side


@pytest.mark.parametrize("size", [(240, 70), (160, 45), (120, 36), (118, 24), (117, 30), (80, 24), (60, 20), (40, 10)])
async def test_the_app_does_as_the_plan_says(day: str, size: tuple[int, int]) -> None:
    """Every pane has the cells and lines that the plan gives it, and one that it gives none is not there."""
    async with staged(day, size) as (app, pilot):
        for keys in ((), ("plus", "plus"), ("minus",), ("ctrl+b",), ("ctrl+b", "z"), ("z", "4"), ("1", "2")):
            await pilot.press(*keys)
            await settle(app, pilot)
            plan = app.plan
            wanted: list[tuple[Widget, int, int]] = [
                (app.matches, plan.middle, plan.matches),
                (app.reader, plan.middle, plan.reader),
                (app.rules, plan.side or plan.middle, plan.rules),
                (app.feeds, plan.side or plan.middle, plan.feeds),
                (app.aside, plan.aside, size[1] - 2 if plan.aside else 0),
            ]
            for widget, cells, lines in wanted:
                assert widget.display is (lines > 0), (keys, widget)
                if lines:
                    assert widget.outer_size == (cells, lines), (keys, widget)
            assert app.matches.seen == max(1, plan.rows) or not plan.matches


async def test_keys_share_zoom_and_fold(day: str) -> None:
    """More rows for the list or the reader, one pane over all, the side bar away; each way back is the same key."""
    async with staged(day) as (app, pilot):
        await pilot.press("plus")
        assert app.matches.seen == 18
        await pilot.press("minus", "minus")
        assert app.matches.seen == 14
        await pilot.press("plus")
        assert app.matches.seen == 16
        pressed = 0
        while "no more room to give" not in "\n".join(text_of(app)):
            await pilot.press("minus")
            pressed += 1
            assert pressed < 40
        assert app.matches.seen >= 3
        await pilot.press("2", "z")
        await settle(app, pilot)
        assert app.rules.outer_size == (120, 34)
        assert not app.matches.is_on_screen
        await pilot.press("tab", "tab")
        assert app.reader.outer_size == (120, 34)
        await pilot.press("escape", "z", "ctrl+b")
        await settle(app, pilot)
        assert not app.rules.display
        assert app.matches.outer_size.width == 120
        await pilot.press("3")
        assert app.feeds.display
        assert app.focused is app.feeds


async def test_an_empty_list_takes_the_room(day: str) -> None:
    """Where nothing passes, what there is to say has the lines of list and reader."""
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("S")
        await settle(app, pilot)
        assert app.plan.reader == 0
        assert any("Nothing here is starred" in line for line in text_of(app))


def test_the_open_pane_has_all_lines() -> None:
    """A tab, or a pane that is zoomed, leaves no line unused."""
    for pane in ("rules", "feeds", "reader"):
        for cells in (80, 120):
            plan = arrange(cells, 24, zoomed=True, pane=pane)
            assert getattr(plan, pane) + plan.tabs + plan.keys + 1 == 24
    assert arrange(120, 36, pane="reader").reader == 34
    assert arrange(120, 36, pane=MATCHES).side == 26
