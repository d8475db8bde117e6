"""Text is measured in cells: nothing grows out of its column, and nothing that is shown can move the terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from digest.text import clean_line
from digest.tui.cells import (
    ISOLATE,
    ISOLATE_END,
    Line,
    Run,
    clipped,
    cut,
    draw,
    fit,
    isolated,
    shown,
    sides,
    width,
    wrapped,
)
from digest.tui.palette import DARK, Ink

SCRIPTS = st.text(st.sampled_from("abc 북한 朝鲜,。 КНДР سوريا שלום e\u0301 ไทย हिन्दी 👩‍👩‍👧 🇰🇵 \u3000"), max_size=60)


@pytest.mark.parametrize(
    ("text", "cells", "wanted"),
    [
        ("short", 10, "short"),
        ("exactly", 7, "exactly"),
        ("too long", 5, "too…"),
        ("한빛일보", 8, "한빛일보"),
        ("한빛일보", 7, "한빛일…"),
        ("한빛일보", 6, "한빛…"),
        ("海", 1, "…"),
        ("anything", 0, ""),
        ("one two", 5, "one…"),
    ],
)
def test_cut(text: str, cells: int, wanted: str) -> None:
    """Cutting ends in an ellipsis, on a cell boundary, without a space before it."""
    assert cut(text, cells) == wanted


@given(SCRIPTS, st.integers(1, 30))
def test_fit_takes_exactly_its_cells(text: str, cells: int) -> None:
    """A column is as wide as it is, whatever stands in it."""
    assert cell_len(fit(shown(text), cells)) == cells
    assert cell_len(fit(shown(text), cells, right=True)) == cells


@given(SCRIPTS, st.integers(2, 30))
def test_wrapping_loses_nothing_and_fits(text: str, cells: int) -> None:
    """Wrapped lines fit, and hold every letter in order; only spaces at breaks go."""
    text = clean_line(text)
    lines = wrapped([Run(text[:7], Ink.MARK), Run(text[7:])], cells)
    assert all(width(line) <= cells for line in lines)
    assert "".join(span.text for line in lines for span in line).replace(" ", "") == text.replace(" ", "")


def test_wrapping_breaks_where_a_script_does() -> None:
    """At spaces in Latin and Hangul, between letters in Han, never before a closing mark; a long word is parted."""
    assert [width(line) for line in wrapped([Run("two short words")], 9)] == [9, 5]
    assert _lines("북한이 탄도미사일을 발사했다", 14) == ["북한이", "탄도미사일을", "발사했다"]
    assert _lines("三国外长会议定于下月在釜山举行。", 10) == ["三国外长会", "议定于下月", "在釜山举", "行。"]
    assert _lines("https://a-very-long.example", 10) == ["https://a-", "very-long.", "example"]


def _lines(text: str, cells: int) -> list[str]:
    return ["".join(span.text for span in line) for line in wrapped([Run(text)], cells)]


@given(st.text(max_size=80), st.integers(1, 40))
def test_nothing_drawn_holds_a_control(text: str, cells: int) -> None:
    """Whatever text comes: a strip is as wide as asked, and no control, override or half character is in it."""
    strip = draw(Line([Run("│"), Run(text, Ink.MARK), Run("end")]), cells, DARK)
    drawn = "".join(segment.text for segment in strip)
    assert not [c for c in drawn if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    assert {c for c in drawn if unicodedata.category(c) == "Cf"} <= {ISOLATE, ISOLATE_END}
    assert not set(shown(text)) & {ISOLATE, ISOLATE_END}
    assert strip.cell_length == cells == cell_len(drawn)


def test_right_to_left_is_isolated() -> None:
    """A field that runs right to left cannot turn its neighbours around; its isolate takes no cell and is closed."""
    assert isolated("بريد المشرق") == f"{ISOLATE}بريد المشرق{ISOLATE_END}"
    assert isolated("Pacific Wire") == "Pacific Wire"
    kept = clipped([Run(isolated("دمشق تستدعي السفير"))], 8)
    assert width(kept) == 8
    assert kept[0].text.endswith(ISOLATE_END)


def test_what_is_cut_off_at_the_end_of_a_piece_is_seen_to_be() -> None:
    """The piece before gives way to the sign; what fits is left alone."""
    assert clipped([Run("ships"), Run(" sail")], 5) == [Run("ship…")]
    assert clipped([Run("ships"), Run(" sail")], 10) == [Run("ships"), Run(" sail")]


def test_sides_keep_the_right() -> None:
    """Of two ends the left gives way."""
    assert "".join(span.text for span in sides([Run("a long left end")], [Run("14:07")], 12)) == "a lon… 14:07"
