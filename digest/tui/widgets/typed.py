"""A line to type into, which shows letters and nothing else, whatever was pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input

from digest.tui.cells import only_letters

if TYPE_CHECKING:
    from textual.strip import Strip


class TypedLine(Input):
    """One line, without a frame; what is selected is seen without colours, too."""

    DEFAULT_CSS = "TypedLine > .input--selection { text-style: reverse; }"

    def __init__(self, value: str = "", *, placeholder: str = "") -> None:
        super().__init__(value, placeholder=placeholder, compact=True, select_on_focus=False)

    def render_line(self, y: int) -> Strip:
        """What Textual draws, without controls."""
        return only_letters(super().render_line(y))
