"""A rule file as text: coloured, with its mistakes marked, and the names that can be completed."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

from rich.style import Style
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from digest.tui.cells import Line, Run, only_letters, shown, wrapped
from digest.tui.palette import PLAIN, Ground, Ink
from digest.tui.widgets.pane import Drawn, palette_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region

    from digest.tui.palette import Palette

_TOKENS: Final = re.compile(
    r"""(?P<string>"{3}.*?(?:"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:\\.|[^"\\\n])*"?|'[^'\n]*'?)|(?P<comment>\#[^\n]*)"""
    r"""|(?P<table>(?<![^\n])[ \t]*\[[^\n\]]*\]\]?)|(?P<key>(?<![^\n])[ \t]*[\w.-]+(?=[ \t]*=))"""
    r"""|(?P<value>\b(?:true|false|\d[\d:.-]*)\b)""",
    re.VERBOSE | re.DOTALL,
)
_INSIDE: Final = re.compile(r"(?P<alias>@[\w-]+)|(?P<operator>\b(?:AND|OR|NOT|NEAR(?:/\d+)?)\b)|(?P<field>\b[a-z_]+:)")
_INKS: Final = {
    "string": Ink.TEXT,
    "comment": Ink.MUTED,
    "table": Ink.LABEL,
    "key": Ink.BRIGHT,
    "value": Ink.NORMAL,
    "alias": Ink.ACCENT,
    "operator": Ink.ACCENT_BOLD,
    "field": Ink.NORMAL,
}
_LINE_ENDS: Final = re.compile("\n")
_WORD: Final = re.compile(r"[@\w-]*\Z")
FIELDS: Final = ("title:", "summary:", "content:", "source:", "tag:", "lang:", "author:", "tier:")
KEYS: Final = (
    "again", "all", "any", "channels", "deliver", "enabled", "id", "known_gap", "match", "max_age", "no_match", "none",
    "query", "severity", "sources", "sources_tier", "spike", "title", "topic", "within",
)  # fmt: skip

Mistake = tuple[int, int, str]
"""Line and column, from 1, and what is wrong."""


def completions(word: str, aliases: Sequence[str]) -> list[str]:
    """What a word that is being typed can become: an alias behind ``@``, a field, a key of a rule."""
    if not word or word == "@":
        return [f"@{alias}" for alias in aliases] if word else []
    names = [f"@{alias}" for alias in aliases] if word.startswith("@") else [*FIELDS, *KEYS]
    return [name for name in names if name.startswith(word) and name != word]


class RuleText(TextArea):
    """The text of a file; `mistakes` are underlined where they are."""

    DEFAULT_CSS = """
    RuleText { border: round $panel; padding: 0; background: $background; }
    RuleText:focus { border: round $accent; }
    RuleText.ascii { border: ascii $panel; }
    RuleText.ascii:focus { border: ascii $accent; }
    """

    def __init__(self, text: str) -> None:
        self._mistakes: list[Mistake] = []
        super().__init__(text, id="code", show_line_numbers=True, soft_wrap=False, tab_behavior="focus")

    @property
    def mistakes(self) -> Sequence[Mistake]:
        """What is wrong, and where."""
        return self._mistakes

    @mistakes.setter
    def mistakes(self, found: Sequence[Mistake]) -> None:
        self._mistakes = list(found)
        self._build_highlight_map()
        self.refresh()

    def on_mount(self) -> None:
        """In the dashboard's own colours, which may change; where there are no signs but ASCII the frame has none."""
        if palette_of(self.app).signs:
            self.add_class("ascii")
        self.watch(self.app, "theme", self._dress)

    def _dress(self) -> None:
        palette = palette_of(self.app)
        self.register_theme(_theme(palette))
        self.theme = f"rules-{palette.name}"

    def render_lines(self, crop: Region) -> list[Strip]:
        """Its lines; none once it is being taken away, when it has no styles to draw with."""
        if not self.is_attached:
            return [Strip.blank(crop.width)] * crop.height
        return [only_letters(strip) for strip in super().render_lines(crop)]

    @property
    def word(self) -> str:
        """What stands before the cursor, back to the last space or sign."""
        row, column = self.cursor_location
        found = _WORD.search(self.document.get_line(row)[:column])
        return found[0] if found else ""

    def complete(self, found: Sequence[str]) -> None:
        """Write as much as all of these have in common."""
        typed, common = self.word, found[0]
        for name in found:
            while not name.startswith(common):
                common = common[:-1]
        self.insert(common[len(typed) :])

    def _build_highlight_map(self) -> None:
        """The places of what is coloured, in bytes of their lines: as Textual keeps them."""
        self._line_cache.clear()
        self._highlights.clear()
        text = self.document.text
        starts = [0, *(found.end() for found in _LINE_ENDS.finditer(text))]
        for token in _TOKENS.finditer(text):
            self._paint(text, starts, token.span(), str(token.lastgroup))
            if token.lastgroup == "string":
                for inner in _INSIDE.finditer(text, token.start(), token.end()):
                    self._paint(text, starts, inner.span(), str(inner.lastgroup))
        for line, column, _ in self._mistakes:
            if line <= self.document.line_count:
                words = self.document.get_line(line - 1)
                end = re.compile(r"\w*|.").match(words, column - 1)
                first, last = column - 1, max(end.end() if end else column, column)
                self._highlights[line - 1].append((_bytes(words[:first]), _bytes(words[:last]), "mistake"))

    def _paint(self, text: str, starts: Sequence[int], span: tuple[int, int], name: str) -> None:
        """Colour what stands there; ``starts``: where each line begins."""
        start, end = span
        row = bisect_right(starts, start) - 1
        for offset, part in enumerate(text[start:end].split("\n")):
            begin = _bytes(text[starts[row] : start]) if offset == 0 else 0
            self._highlights[row + offset].append((begin, begin + _bytes(part), name))


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _theme(palette: Palette) -> TextAreaTheme:
    page, plain = Ground.PAGE, palette.name == PLAIN.name
    marked = Style(underline=True, bold=True) if plain else palette.style(Ink.HIGH_BOLD, page) + Style(underline=True)
    return TextAreaTheme(
        name=f"rules-{palette.name}",
        base_style=palette.style(Ink.TEXT, page),
        gutter_style=palette.style(Ink.MUTED, page),
        cursor_style=Style(reverse=True),
        cursor_line_style=palette.style(Ink.TEXT, Ground.PAGE if plain else Ground.SELECTED),
        cursor_line_gutter_style=palette.style(Ink.BRIGHT, Ground.PAGE if plain else Ground.SELECTED),
        bracket_matching_style=Style(bold=True),  # else the stylesheet is asked, which may be gone
        selection_style=Style(reverse=True) if plain else Style(bgcolor=palette.accent_tint),
        syntax_styles={name: palette.style(ink, page).without_color if plain else _coloured(palette, ink)
                       for name, ink in _INKS.items()} | {"mistake": marked},
    )  # fmt: skip


def _coloured(palette: Palette, ink: Ink) -> Style:
    style = palette.style(ink, Ground.PAGE)
    return Style(color=style.color, bold=style.bold)


class Checks(Drawn):
    """What is wrong with the file, below it; or what the word being typed can become."""

    def __init__(self) -> None:
        super().__init__(id="checks")
        self._problems: Sequence[Mistake] = ()
        self._warnings: Sequence[Mistake] = ()
        self._offered: Sequence[str] = ()
        self._known = False

    def wait(self) -> None:
        """The text is another: what is wrong with it is not known yet."""
        self._known, self._offered = False, ()
        self.refresh()

    def show(self, problems: Sequence[Mistake], warnings: Sequence[Mistake]) -> None:
        """Show the mistakes and doubts that there are now."""
        self._problems, self._warnings, self._offered = problems, warnings, ()
        self._known = True
        self.refresh()

    def offer(self, names: Sequence[str]) -> None:
        """Show what can be typed."""
        self._offered = names if len(names) > 1 else ()
        self.refresh()

    def line(self, y: int, cells: int) -> Line:
        """The offers; else the worst, then how many more."""
        if self._offered:
            lines = wrapped([Run("  ".join(self._offered), Ink.ACCENT)], max(1, cells - 2))
            return Line([Run(" "), *lines[y]] if y < len(lines) else ())
        told = [(Run("▲ ", Ink.HIGH), each) for each in self._problems]
        told += [(Run("◆ ", Ink.NORMAL), each) for each in self._warnings]
        if not told and not self._known:
            return Line([Run(" checking…", Ink.MUTED)] if y == 0 else ())
        if not told:
            return Line([Run(" ✓ ", Ink.ACCENT), Run("no mistake", Ink.MUTED)] if y == 0 else ())
        (sign, (line, column, message)), more = told[0], len(told) - 1
        lines = wrapped([Run(f"{line}:{column} ", Ink.BRIGHT), Run(shown(message))], max(1, cells - 4))
        if y == 3 and more:
            return Line([Run(f"   and {more} more", Ink.MUTED)])
        return Line([Run(" "), sign if y == 0 else Run("  "), *lines[y]] if y < len(lines) else ())
