"""Every text can be read in every theme, and without colours too."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from rich.color import Color, ColorSystem

from digest.tui.palette import _ASCII, _DARK_256, _LIGHT_256, PALETTES, THEMES, Ground, Ink, Palette, fitting
from tests.tui.stage import settle, staged, strips_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAWN_ONLY = {Ink.FAINT, Ink.LINE}
"""Inks of lines and charts, which carry no words."""
EVERYWHERE = [Ground.PAGE, Ground.RAISED, Ground.SELECTED]
WORDS = [ink for ink in Ink if ink not in DRAWN_ONLY]


def contrast(first: str, second: str) -> float:
    """The contrast of two colours after WCAG 2.1, from 1 (none) to 21 (black on white)."""
    brighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of ``#rrggbb``: https://www.w3.org/TR/WCAG21/#dfn-relative-luminance."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("palette", THEMES, ids=lambda palette: palette.name)
@pytest.mark.parametrize("ink", WORDS)
def test_words_stand_out_from_their_ground(palette: Palette, ink: Ink) -> None:
    """Words have a contrast of 4.5 to 1 on each ground they are drawn on."""
    for ground in EVERYWHERE:
        style = palette.style(ink, ground)
        assert style.color is not None
        assert style.bgcolor is not None
        assert contrast(style.color.name, style.bgcolor.name) >= 4.5, (ink, ground)


@pytest.mark.parametrize("palette", THEMES, ids=lambda palette: palette.name)
@pytest.mark.parametrize("ink", [Ink.TEXT, Ink.BRIGHT, Ink.MUTED, Ink.ACCENT, Ink.ACCENT_BOLD])
def test_the_bar_of_waiting_entries_can_be_read(palette: Palette, ink: Ink) -> None:
    """The inks of the bar have their contrast on its tint as well."""
    assert contrast(palette.ink(ink), palette.ground(Ground.TINT)) >= 4.5


def test_contrast_is_that_of_the_standard() -> None:
    """Black on white is 21, a colour on itself 1, and the order does not matter."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)


def test_themes_are_offered() -> None:
    """Dark and light ones, four at least."""
    assert len(PALETTES) >= 4
    assert {palette.dark for palette in PALETTES.values()} == {False, True}


@pytest.mark.parametrize("palette", [_DARK_256, _LIGHT_256], ids=["dark", "light"])
@pytest.mark.parametrize("ink", WORDS)
def test_words_stand_out_with_256_colours(palette: Palette, ink: Ink) -> None:
    """Each colour is one of the 256 exactly, and words have their contrast."""
    levels = {0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF}
    for ground in EVERYWHERE:
        for colour in (palette.ink(ink), palette.ground(ground)):
            parts = {int(colour[place : place + 2], 16) for place in (1, 3, 5)}
            assert parts <= levels or (len(parts) == 1 and (parts.pop() - 8) % 10 == 0)
        assert contrast(palette.ink(ink), palette.ground(ground)) >= 4.5, (ink, ground)


@pytest.mark.parametrize("theme", THEMES, ids=lambda palette: palette.name)
def test_256_colours_are_named_by_number(theme: Palette) -> None:
    """So that none is taken for a neighbour on its way to the terminal."""
    numbered = fitting(theme, "256", ascii_only=False)
    meant = _DARK_256 if theme.dark else _LIGHT_256
    for ink in Ink:
        style = numbered.style(ink, Ground.PAGE)
        assert style.color is not None
        assert style.color.number is not None
        assert style.color.get_truecolor().hex == meant.ink(ink)


@pytest.mark.parametrize("colours", ["256", "standard"])
def test_what_textual_draws_has_the_colours_of_the_rest(colours: str) -> None:
    """Its background is the one that is meant, once it has become one of the terminal's colours."""
    system = {"256": ColorSystem.EIGHT_BIT, "standard": ColorSystem.STANDARD}[colours]
    for theme in THEMES:
        palette = fitting(theme, colours, ascii_only=False)
        background = Color.parse(palette.theme().background or "").downgrade(system)
        assert background.number == Color.parse(palette.background).number


def test_a_terminal_of_16_colours_gets_colours_by_name() -> None:
    """So that the user's own sixteen are used; words never have the colour of their ground."""
    for theme in THEMES:
        palette = fitting(theme, "standard", ascii_only=False)
        for ink in WORDS:
            for ground in Ground:
                style = palette.style(ink, ground)
                assert style.color is not None
                assert style.color.number is not None
                assert style.color != style.bgcolor


def test_signs_are_letters_where_there_are_no_others() -> None:
    """Each of ours becomes one letter of ASCII, so that no column moves."""
    assert all(chr(letter).isascii() for letter in _ASCII.values())
    assert fitting(THEMES[0], None, ascii_only=True).signs
    assert fitting(THEMES[0], "truecolor", ascii_only=False) is THEMES[0]


@pytest.fixture
def no_color(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The user wants no colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    yield
    monkeypatch.delenv("NO_COLOR", raising=False)


@pytest.mark.usefixtures("no_color")
async def test_no_color_means_none(day: str) -> None:
    """With NO_COLOR no segment has a colour; the chosen line is reversed, unread titles are bold, hits are reversed."""
    async with staged(day) as (app, pilot):
        await pilot.press("j")
        await settle(app, pilot)
        strips = [
            strip.apply_filter(line_filter, app.screen.background_colors[0])
            for strip, line_filter in itertools.product(strips_of(app), app.get_line_filters())
        ]
        styles = [(segment.text, segment.style) for strip in strips for segment in strip if segment.style]
        assert not [text for text, style in styles if style.color or style.bgcolor]
        assert [text for text, style in styles if style.reverse and style.bold and "농축시설" in text]
        assert [text for text, style in styles if style.bold and "Drone hits" in text]
