"""The line where a filter is typed: the list follows once it is a query; until then it says what is wrong.

A filter is a query of the rule language, asked of the folded text stored beside each entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from digest.tui.cells import Line, Run, shown, wrapped
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.pane import Drawn

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from digest.match import RuleSet
    from digest.values.news import StoredEntry

_SETTLE = 0.25
"""Seconds without a keypress after which the list is filtered."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A query as typed, ready to be asked."""

    query: str
    rules: RuleSet

    def passes(self, entry: StoredEntry) -> bool:
        """Whether an entry matches."""
        from digest.match import current_fold

        return bool(self.rules.matching(entry.text, current_fold(entry)))


def parse_filter(query: str) -> Filter | None:
    """What was typed as a filter; ``None`` for nothing.

    Raises:
        QueryError: it is no query of the rule language (yet); the message says what to write instead.
    """
    from digest.match import RuleSet, query_rule

    query = query.strip()
    return Filter(query, RuleSet([query_rule(query)])) if query else None


class _Said(Drawn):
    """What stands beside the input; what is wrong stands below it, for it takes the room of whole lines."""

    def __init__(self) -> None:
        super().__init__()
        self._span = Run("", Ink.MUTED)

    def say(self, words: str, ink: Ink = Ink.MUTED) -> None:
        self._span = Run(shown(words), ink)
        self.refresh()

    def lines_in(self, cells: int) -> list[list[Run]]:
        return wrapped([self._span], max(1, cells - 2))

    def line(self, y: int, cells: int) -> Line:
        lines = self.lines_in(cells)
        return Line([Run(" "), *lines[y]] if y < len(lines) else (), Ground.RAISED)


class FilterBar(Container):
    """Takes the place of the keys while it is open."""

    DEFAULT_CSS = """
    FilterBar { layout: horizontal; height: 1; display: none; background: $surface; }
    FilterBar Input { width: 2fr; height: 1; border: none; padding: 0 1; background: $surface; color: $foreground; }
    FilterBar Input:focus { border: none; background: $surface; }
    FilterBar _Said { width: 3fr; height: 1; }
    FilterBar.wrong { layout: vertical; }
    FilterBar.wrong Input, FilterBar.wrong _Said { width: 100%; }
    """

    @dataclass
    class Typed(Message):
        """The filter is another now; ``None`` lets everything through."""

        filter: Filter | None

    class Closed(Message):
        """The bar was closed."""

    def __init__(self) -> None:
        super().__init__(id="filter")
        self._input = Input(placeholder='words, "a phrase", AND OR NOT, title:…', compact=True, select_on_focus=False)
        self._said = _Said()
        self._typed = 0

    def compose(self) -> ComposeResult:
        """The input and what is said about it."""
        yield self._input
        yield self._said

    def open(self) -> None:
        """Begin to type."""
        self.display = True
        self._say("")
        self._input.focus()

    def clear(self) -> None:
        """Forget what was typed."""
        self._input.value = ""

    def on_input_changed(self) -> None:
        """Wait until typing settles."""
        self._typed += 1
        typed = self._typed
        self.set_timer(_SETTLE, lambda: self._apply() if typed == self._typed else None)

    def on_input_submitted(self) -> None:
        """Keep the filter, if it is one."""
        self._typed += 1
        if self._apply():
            self._close()

    def key_escape(self) -> None:
        """Take the filter off."""
        self.clear()
        self._typed += 1
        self._apply()
        self._close()

    def on_input_blurred(self) -> None:
        """Whoever goes elsewhere has typed enough; a window that lost the focus gives it back."""
        if self.display and self.app.app_focus:
            self._close()

    def _apply(self) -> bool:
        """Filter by what stands there; false, and why, if it is no query (yet)."""
        from digest.match import QueryError

        try:
            chosen = parse_filter(self._input.value)
        except QueryError as error:
            self._say(str(error))
            return False
        self._say("")
        self.post_message(self.Typed(chosen))
        return True

    def _say(self, wrong: str) -> None:
        """What is wrong, on lines of its own; how to go on, where nothing is."""
        self._said.say(wrong or "Enter keeps it, Esc takes it off", Ink.HIGH if wrong else Ink.MUTED)
        self.set_class(bool(wrong), "wrong")
        self._fit()

    def on_resize(self) -> None:
        """Another width takes another number of lines."""
        self._fit()

    def _fit(self) -> None:
        lines = min(4, len(self._said.lines_in(self.screen.size.width))) if self.has_class("wrong") else 0
        self._said.styles.height = max(1, lines)
        self.styles.height = 1 + lines

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
