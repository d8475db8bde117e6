"""What a page is: a name for the crumbs, a question to the store that is asked anew with each change, and lines.

::

    action ─▶ app.open_page(page) ─▶ Look(page.read) ─▶ watcher's thread ─▶ page.show(value) ─▶ lines
                   Esc closes it; what lay below is there again, as it was
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from digest.tui.cells import Run, width
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item, ListPane

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from digest.store import Store
    from digest.tui.actions import Subject
    from digest.tui.widgets.pane import Pane


class Page(Container):
    """A page; what is in it takes the keys."""

    DEFAULT_CSS = "Page { height: 1fr; }"

    key = ""
    """Its name in the table of actions."""
    crumb = ""
    """Its name at the top of the screen."""
    hints: Sequence[str] = ("close", "help")
    """The actions that the footer offers."""

    @property
    def pane(self) -> Pane:
        """What gets the focus when it is opened."""
        raise NotImplementedError

    def read(self, store: Store) -> object:
        """What it shows, read in the watcher's thread; nothing of the page may be changed here."""
        raise NotImplementedError

    def show(self, value: object) -> None:
        """Show what was read."""
        raise NotImplementedError

    def at_hand(self) -> Mapping[Subject, object]:
        """What there is to act on: of a kind the id."""
        return {}

    def open_line(self) -> None:
        """Enter was pressed."""

    def stays(self) -> str:
        """Why it is not closed when asked to be, in words; empty: it is."""
        return ""

    def tick(self) -> None:
        """A second passed."""


class LinesPage(Page):
    """A page of lines with a cursor, without a frame: sections, each a label and a hairline."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = _Lines(self)

    @property
    def pane(self) -> Pane:
        """Its lines."""
        return self.lines

    def compose(self) -> ComposeResult:
        """Nothing but its lines."""
        yield self.lines

    def items(self, cells: int) -> list[Item]:
        """All lines, for so many cells; what can be chosen has a key."""
        raise NotImplementedError


class _Lines(ListPane):
    """The lines of a page."""

    DEFAULT_CSS = "_Lines { height: 1fr; }"

    def __init__(self, page: LinesPage) -> None:
        super().__init__(id="lines")
        self._page = page
        self.framed = False

    def items(self, cells: int) -> list[Item]:
        """Those of the page."""
        return self._page.items(cells)


def section(label: str, right: str, cells: int) -> Item:
    """The head of a section: a label, a hairline, and what the figures are at the right."""
    left, end = Run(f" {label} ", Ink.LABEL), [Run(f" {right} ", Ink.MUTED)] if right else []
    return Item([left, Run("─" * max(0, cells - width([left, *end])), Ink.LINE), *end])
