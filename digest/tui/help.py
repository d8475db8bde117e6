"""What can be pressed here? Every key and what it does, made from the table of actions."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from digest.tui.actions import shown_keys
from digest.tui.cells import Run, fit
from digest.tui.palette import Ink
from digest.tui.widgets.pane import Item, ListPane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from digest.tui.actions import Action

_ALSO = (
    ("click", "choose an entry, a rule, a tab; show what waits"),
    ("wheel", "scroll"),
)


class _Keys(ListPane):
    """The list of keys."""

    heading = "KEYS"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="help-keys")
        self._actions = actions

    def overflow(self) -> Sequence[Run]:
        """How to leave, and whether there is more."""
        below = super().overflow()
        return (*below, Run("   " if below else ""), Run("Esc", Ink.BRIGHT), Run(" close", Ink.MUTED))

    def items(self, cells: int) -> list[Item]:
        """A line for each action, under the headings of their groups."""
        items: list[Item] = []
        for group, actions in groupby(self._actions, key=lambda action: action.group):
            items += [Item(()), Item([Run(f" {group.upper()}", Ink.MUTED)])]
            items += [_key_line(shown_keys(action), action.words, cells) for action in actions if action.keys]
        return [*items[1:], Item(()), *(_key_line(key, words, cells) for key, words in _ALSO)]


def _key_line(keys: str, words: str, cells: int) -> Item:
    return Item([Run(" " + fit(keys, 10), Ink.BRIGHT), Run(" " + fit(words, max(1, cells - 13)))], keys + words)


class HelpScreen(ModalScreen[None]):
    """Over the dashboard, closed by Esc, q or ?."""

    CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    #help { width: 64; max-width: 100%; height: 28; max-height: 100%; }
    #help-keys { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "dismiss", "close"),
        Binding("down,j", "move(1)", "down"),
        Binding("up,k", "move(-1)", "up"),
    ]

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__()
        self._pane = _Keys(actions)

    def compose(self) -> ComposeResult:
        """The pane of keys."""
        with Container(id="help"):
            yield self._pane

    def on_mount(self) -> None:
        """Keys scroll it."""
        self._pane.focus()
        self._pane.rebuild()

    def action_move(self, lines: int) -> None:
        """Down or up."""
        self._pane.move(lines)
