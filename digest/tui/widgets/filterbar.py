"""The lines where a filter is typed: the list follows while it is typed; what is wrong stands below, in one line.

A filter is a search (`digest.match.search`): words of the rule language side by side, and what is known of an entry. It
is read as far as it goes; where something is wrong, the list stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.message import Message

from digest.tui.cells import Line, Run, clipped, shown
from digest.tui.completion import KnownNames, completions
from digest.tui.history import with_newest
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.pane import Drawn
from digest.tui.widgets.typed import TypedLine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from textual import events
    from textual.app import ComposeResult

    from digest.match import Search
    from digest.match.language.query import Query

_SETTLE = 0.25
"""Seconds without a keypress after which the list is filtered."""
_HINTS = (
    "Enter keeps it, Esc goes back, ↑ what was typed before, Tab completes",
    "Enter keeps it, Esc goes back",
)


class _Said(Drawn):
    """The line below the input: what is wrong, what is not read yet, or how to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.ways: tuple[Run, ...] = ()

    def say(self, *ways: str, ink: Ink = Ink.MUTED) -> None:
        """Say it, in the first of these ways that there is room for."""
        self.ways = tuple(Run(shown(words), ink) for words in ways)
        self.refresh()

    def line(self, y: int, cells: int) -> Line:
        del y
        fitting = [way for way in self.ways if clipped([way], cells - 2) == [way]]
        return Line([Run(" "), *clipped((fitting or list(self.ways))[:1], cells - 2)], Ground.RAISED)


class FilterBar(Container):
    """Takes the place of the keys while it is open, at one height.

    Args:
        zone: of the dates that are typed.
        history: what was typed before, the newest last.
        keep: hears what is to be kept in it.
        names: tells what can be completed.
    """

    DEFAULT_CSS = """
    FilterBar { layout: vertical; height: 2; display: none; background: $surface; }
    FilterBar Input { width: 100%; height: 1; border: none; padding: 0 1; background: $surface; color: $foreground; }
    FilterBar Input:focus { border: none; background: $surface; }
    FilterBar _Said { width: 100%; height: 1; }
    """

    @dataclass
    class Typed(Message):
        """The filter is another now; ``None`` lets everything through."""

        filter: Search | None

    class Closed(Message):
        """The bar was closed."""

    class AliasesWanted(Message):
        """An alias was typed, and `FilterBar.know` was not told yet which there are."""

    def __init__(
        self,
        zone: tzinfo = UTC,
        history: Sequence[str] = (),
        keep: Callable[[str], object] = lambda _: None,
        names: Callable[[], KnownNames] = KnownNames,
    ) -> None:
        super().__init__(id="filter")
        self._zone, self._keep, self._names = zone, keep, names
        self._history = list(history)
        self._back = 0
        """How many lines back in the history; 0: what is being typed, which ``_draft`` keeps meanwhile."""
        self._draft = ""
        self._offered: list[str] = []
        """What Tab offers by turns, the next one first."""
        self.aliases: Mapping[str, tuple[Query, ...]] | None = None
        self._before: tuple[Search | None, Mapping[str, tuple[Query, ...]] | None] = (None, None)
        """The filter that was set when it was opened, with the aliases it was read with: Esc goes back to it."""
        self._input = TypedLine(placeholder='words, "a phrase", -without, is:unread, severity:high, since:2h, title:…')
        self._said = _Said()
        self._typed = 0

    def compose(self) -> ComposeResult:
        """The input, and below it what is said about it."""
        yield self._input
        yield self._said

    def open(self, before: Search | None) -> None:
        """Begin to type, in place of the filter that is set; a key that moves the cursor goes on with that one."""
        self.display = True
        self._before = (before, self.aliases)
        self.aliases, self._back = None, 0  # rules may have changed
        self._said.say(*_HINTS)
        self._show(before)
        self._input.select_all()
        self._input.focus()

    @property
    def was_open(self) -> bool:
        """Whether somebody typed when all was taken away, from when on nothing is displayed."""
        return self.styles.display != "none"

    def clear(self) -> None:
        """Forget what was typed."""
        self._show(None)

    def _show(self, filtered: Search | None) -> None:
        """Have the text of a filter there that is set already."""
        self._typed += 1
        with self._input.prevent(self._input.Changed):
            self._input.value = filtered.query if filtered else ""

    def put(self, query: str) -> None:
        """Filter by this, open or not: a saved filter."""
        self._input.value = query
        self._typed += 1
        self._apply()

    def know(self, aliases: Mapping[str, tuple[Query, ...]]) -> None:
        """Which aliases there are; what waited for them goes on."""
        self.aliases = aliases
        self._apply()

    # --- typing ------------------------------------------------------------------------------------------------------

    def on_input_changed(self) -> None:
        """Wait until typing settles."""
        self._typed += 1
        typed = self._typed
        self.set_timer(_SETTLE, lambda: self._apply() if typed == self._typed else None)

    def on_input_submitted(self) -> None:
        """Keep the filter, if all of it is one."""
        self._typed += 1
        if self._apply(whole=True):
            self._close()

    def key_escape(self) -> None:
        """Filter as before; what was typed is not lost, ↑ has it."""
        self.remember()
        before, self.aliases = self._before
        self._show(before)
        self.post_message(self.Typed(before))
        self._close()

    def key_up(self, event: events.Key) -> None:
        """What was typed before."""
        event.stop()
        self._turn(1)

    def key_down(self, event: events.Key) -> None:
        """What was typed after that, and at last what is being typed."""
        event.stop()
        self._turn(-1)

    def _turn(self, lines: int) -> None:
        if not self._back:
            self._draft = self._input.value
        others = [each for each in self._history if each != self._draft.strip()]
        self._back = max(0, min(self._back + lines, len(others)))
        self._write(others[-self._back] if self._back else self._draft)

    def complete(self) -> bool:
        """Complete the word before the cursor, with another name at each call; false: there is nothing to add."""
        before, after = self._parted()
        if not self._offered or before != self._offered[-1]:
            self._offered = completions(before, self._names(), self.aliases or ())
        if not self._offered:
            return False
        chosen = self._offered.pop(0)
        self._offered.append(chosen)
        self._write(chosen, after)
        return True

    def _parted(self) -> tuple[str, str]:
        text, place = self._input.value, self._input.cursor_position
        return text[:place], text[place:]

    def _write(self, before: str, after: str = "") -> None:
        self._input.value = before + after
        self._input.cursor_position = len(before)

    def on_input_blurred(self) -> None:
        """Whoever goes elsewhere has typed enough; a window that lost the focus gives it back."""
        if self.display and self.app.app_focus:
            self._typed += 1
            self._apply()
            self._close()

    # --- what was typed ----------------------------------------------------------------------------------------------

    def _apply(self, *, whole: bool = False) -> bool:
        """Filter by what stands there; false, and why, where that is no filter, or (``whole``) its end is none."""
        from digest.match import QueryError, read_search

        text = self._input.value
        if "@" in text and self.aliases is None:
            self.post_message(self.AliasesWanted())
            return True
        try:
            found = read_search(text, self.aliases, zone=self._zone, typing=True)
            if whole and found.unfinished:
                read_search(text, self.aliases, zone=self._zone)
        except QueryError as error:
            what, _, instead = str(error).partition(": ")
            self._said.say(f"column {error.offset + 1}: {error}", str(error), instead or what, ink=Ink.HIGH)
            return False
        self._said.say(*((f"not read yet: {found.unfinished}",) if found.unfinished else _HINTS))
        self.post_message(self.Typed(found if found.asked or found.words else None))
        return True

    def _close(self) -> None:
        self.display = False
        self.remember()
        self.post_message(self.Closed())

    def remember(self) -> None:
        """Keep what is typed in the history."""
        if text := self._input.value.strip():
            self._history = with_newest(self._history, text)
            self._keep(text)
