"""The colours of the dashboard: what each kind of text looks like on each ground, dark, light and without colour.

Hues are few on purpose: one accent (focus, new, matched words), coral and amber for severity and trouble only.
Without colours (``NO_COLOR``) bold, reverse and underline carry what the hues did.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Final

from rich.color import Color
from rich.style import Style
from textual.filter import LineFilter
from textual.theme import Theme

from digest.values.news import Severity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.segment import Segment
    from textual.color import Color as Behind


class Ink(enum.Enum):
    """What a piece of text is, which decides how it is drawn; most have a colour of their own in each palette."""

    __hash__ = object.__hash__  # each is one of a kind, and looked up for every piece of every line

    TEXT = "text"
    BRIGHT = "bright"
    """Unread titles, key figures, keys."""
    READ = "read"
    MUTED = "muted"
    """Labels."""
    LABEL = "label"
    """The name of a pane or a section."""
    FAINT = "faint"
    """Drawing only, never information."""
    LINE = "line"
    STRUCK = "struck"
    """What is no longer said."""
    ACCENT = "accent"
    ACCENT_BOLD = "accent-bold"
    MARK = "mark"
    """A matched word."""
    LINKED = "linked"
    """Words that lead somewhere."""
    CODE = "code"
    HIGH = "high"
    HIGH_BOLD = "high-bold"
    NORMAL = "normal"


INKS: Final = {
    Severity.URGENT: Ink.HIGH_BOLD,
    Severity.HIGH: Ink.HIGH,
    Severity.NORMAL: Ink.READ,
    Severity.LOW: Ink.MUTED,
}
"""Of a severity's shape and word; what is usual is quiet, so that high and urgent stand out."""


_COLOURS: Final = {
    Ink.LABEL: "muted",
    Ink.STRUCK: "muted",
    Ink.ACCENT_BOLD: "accent",
    Ink.MARK: "accent",
    Ink.LINKED: "text",
    Ink.CODE: "text",
    Ink.HIGH_BOLD: "high",
}
"""Of the other inks."""


class Ground(enum.Enum):
    """What a line is drawn upon: a colour of the palette."""

    __hash__ = object.__hash__

    PAGE = "background"
    RAISED = "raised"
    SELECTED = "selection"
    TINT = "accent_tint"
    """Accent tint: the bar of waiting entries."""


@dataclass(frozen=True)
class Palette:
    """One theme's colours, as ``#rrggbb``."""

    name: str
    dark: bool
    background: str
    raised: str
    line: str
    text: str
    bright: str
    read: str
    muted: str
    faint: str
    accent: str
    accent_tint: str
    high: str
    normal: str
    selection: str
    signs: tuple[tuple[int, int], ...] = ()
    """What each sign is shown as, by their numbers, where the terminal has no such sign."""

    def __hash__(self) -> int:
        return hash(self.name)

    def ground(self, ground: Ground) -> str:
        """The colour behind a line."""
        return str(getattr(self, ground.value))

    def ink(self, ink: Ink) -> str:
        """The colour of a piece of text."""
        return str(getattr(self, _COLOURS.get(ink, ink.value)))

    def style(self, ink: Ink, ground: Ground) -> Style:
        """How to draw a piece of text; a matched word and code bring their own ground."""
        return _style(self, ink, ground)

    def mapped(self, way: Callable[[str], str]) -> Palette:
        """The same with each colour written in another way."""
        colours = {each.name: way(getattr(self, each.name)) for each in fields(self) if each.name not in _NO_COLOUR}
        return replace(self, **colours)  # type: ignore[arg-type]  # fields by name

    def theme(self) -> Theme:
        """The same colours for the few widgets that Textual draws itself."""
        full = self.mapped(_in_full)
        return Theme(
            name=self.name,
            dark=self.dark,
            primary=full.accent,
            accent=full.accent,
            warning=full.normal,
            error=full.high,
            success=full.accent,
            foreground=full.text,
            background=full.background,
            surface=full.raised,
            panel=full.line,
            variables={
                "input-cursor-background": full.text,
                "input-cursor-foreground": full.background,
                "input-selection-background": full.accent_tint,
                "footer-background": full.raised,
                "text-disabled": full.muted,
            },
        )


_NO_COLOUR: Final = {"name", "dark", "signs"}


def _in_full(colour: str) -> str:
    """A colour as ``#rrggbb``: one of the sixteen is written so that it stays itself on its way to the terminal."""
    parsed = Color.parse(colour)
    if parsed.number is None or parsed.number > 15:
        return parsed.get_truecolor().hex
    return "#" + "".join(f"{(parsed.number >> bit & 1) * 170 + parsed.number // 8 * 85:02x}" for bit in range(3))


_LEVELS: Final = (0x00, 0x5F, 0x87, 0xAF, 0xD7, 0xFF)
"""Of red, green and blue among the 256."""


def _numbered(colour: str) -> str:
    """One of the 256 by its number: nobody on the way looks for the nearest one then."""
    red, green, blue = Color.parse(colour).get_truecolor()
    if {red, green, blue} <= {*_LEVELS}:
        return f"color({16 + 36 * _LEVELS.index(red) + 6 * _LEVELS.index(green) + _LEVELS.index(blue)})"
    return f"color({232 + (red - 8) // 10})"


_BOLD: Final = frozenset({Ink.BRIGHT, Ink.LABEL, Ink.ACCENT_BOLD, Ink.MARK, Ink.HIGH_BOLD})


_GROUNDS: Final = {Ink.MARK: Ground.TINT, Ink.CODE: Ground.RAISED}
"""What brings its own."""


@lru_cache(512)
def _style(palette: Palette, ink: Ink, ground: Ground) -> Style:
    if palette.name == PLAIN.name:
        # Selection is reversed; on a reversed line a matched word is underlined, elsewhere it is what is reversed.
        on_reverse = ground in {Ground.SELECTED, Ground.TINT}
        return Style(
            bold=ink in _BOLD or None,
            reverse=(on_reverse or ink is Ink.MARK) or None,
            underline=(on_reverse and ink is Ink.MARK) or ink is Ink.LINKED or None,
            strike=ink is Ink.STRUCK or None,
        )
    behind = palette.ground(_GROUNDS.get(ink, ground))
    underline, strike = ink is Ink.LINKED or None, ink is Ink.STRUCK or None
    return Style(color=palette.ink(ink), bgcolor=behind, bold=ink in _BOLD, underline=underline, strike=strike)


DARK: Final = Palette(
    name="digest-dark",
    dark=True,
    background="#101318",
    raised="#161a21",
    line="#2b323d",
    text="#d3d8e0",
    bright="#f3f5f8",
    read="#a3abb8",
    muted="#929baa",
    faint="#667082",
    accent="#6fc3bd",
    accent_tint="#16302f",
    high="#f0806f",
    normal="#e0b25c",
    selection="#1e2731",
)

LIGHT: Final = Palette(
    name="digest-light",
    dark=False,
    background="#faf8f3",
    raised="#f1ede4",
    line="#d3cdbf",
    text="#2b2f36",
    bright="#0f1216",
    read="#565c65",
    muted="#626870",
    faint="#8a8d92",
    accent="#0a6c6e",
    accent_tint="#d9ebe6",
    high="#b42a1c",
    normal="#8a5b00",
    selection="#e1e8e4",
)

CLEAR: Final = Palette(
    name="digest-clear",
    dark=True,
    background="#0b0e14",
    raised="#131722",
    line="#3a4356",
    text="#e2e6ee",
    bright="#ffffff",
    read="#b9c0cd",
    muted="#a7b0bf",
    faint="#77819a",
    accent="#7cc0ff",
    accent_tint="#12304d",
    high="#ffa84a",
    normal="#f2e28a",
    selection="#22304a",
)
"""Blue, orange and yellow, which those who see no red or green tell apart."""

DUSK: Final = Palette(
    name="digest-dusk",
    dark=True,
    background="#191512",
    raised="#211c17",
    line="#40372d",
    text="#e0d6c6",
    bright="#faf3e6",
    read="#b8ac9a",
    muted="#aa9d8a",
    faint="#7d7263",
    accent="#b3c46b",
    accent_tint="#2e3319",
    high="#f28b6a",
    normal="#e3b65f",
    selection="#322a20",
)
"""Warm, for the evening."""

THEMES: Final = (DARK, LIGHT, CLEAR, DUSK)
"""In the order in which a key goes through them."""

PALETTES: Final = {palette.name: palette for palette in THEMES}

_DARK_256: Final = replace(
    DARK, background="#121212", raised="#1c1c1c", line="#303030", text="#d0d0d0", bright="#eeeeee", read="#b2b2b2",
    muted="#a8a8a8", faint="#6c6c6c", accent="#5fd7d7", accent_tint="#005f5f", high="#ff875f", normal="#d7af5f",
    selection="#303030",
)  # fmt: skip
_LIGHT_256: Final = replace(
    LIGHT, background="#ffffff", raised="#eeeeee", line="#c6c6c6", text="#262626", bright="#080808", read="#4e4e4e",
    muted="#585858", faint="#8a8a8a", accent="#005f5f", accent_tint="#d7ffff", high="#af0000", normal="#5f5f00",
    selection="#dadada",
)  # fmt: skip
_DARK_16: Final = replace(
    DARK, background="black", raised="black", line="bright_black", text="white", bright="bright_white", read="white",
    muted="white", faint="bright_black", accent="bright_cyan", accent_tint="blue", high="bright_red",
    normal="bright_yellow", selection="blue",
)  # fmt: skip
_LIGHT_16: Final = replace(
    LIGHT, background="bright_white", raised="bright_white", line="white", text="black", bright="black", read="black",
    muted="black", faint="bright_black", accent="blue", accent_tint="bright_white", high="red", normal="magenta",
    selection="bright_cyan",
)  # fmt: skip

_ASCII: Final = str.maketrans(
    "●○◆■▲★·▌✓…─│╭╮╰╯━╸┃↑↓←→›≈Δ≠▁▂▃▄▅▆▇█▣▏◦•–“”’▾▸╵",
    '*o#!^+.|v~-|++++=-|^v<>>~d/__.--==##|o*-""\'v>|',
) | dict.fromkeys(range(0x2801, 0x2900), ord("."))  # the dots of a chart
"""Each sign of ours as one letter of ASCII, for consoles whose font has no others."""


def fitting(palette: Palette, colours: str | None, *, ascii_only: bool) -> Palette:
    """A theme as a terminal can show it.

    Args:
        palette: the theme.
        colours: what the terminal has, as rich names it: ``truecolor``, ``256``, ``standard`` (16); ``None``: unknown.
        ascii_only: whether its font has no other signs.
    """
    chosen = palette
    if colours == "256":
        chosen = _DARK_256 if palette.dark else _LIGHT_256
        chosen = chosen.mapped(_numbered)
    elif colours in {"standard", "windows"}:
        chosen = _DARK_16 if palette.dark else _LIGHT_16
    return replace(chosen, signs=_ASCII_SIGNS) if ascii_only else chosen


_ASCII_SIGNS: Final = tuple(sorted(_ASCII.items()))

PLAIN: Final = replace(DARK, name="digest-plain")
"""Stands for ``NO_COLOR``: its colours are never written, only its bold, reverse and underline."""


class WithoutColour(LineFilter):
    """Takes every colour out of what reaches the terminal; bold, reverse and underline stay."""

    def apply(self, segments: list[Segment], background: Behind) -> list[Segment]:
        """The segments with the terminal's own colours."""
        del background
        return [
            type(segment)(segment.text, segment.style and _colourless(segment.style), segment.control)
            for segment in segments
        ]


@lru_cache(1024)
def _colourless(style: Style) -> Style:
    return Style(
        bold=style.bold,
        reverse=style.reverse,
        underline=style.underline,
        strike=style.strike,
        link=style.link,
        meta=style.meta or None,
    )
