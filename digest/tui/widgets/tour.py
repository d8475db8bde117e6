"""The tour: six steps through what is done every day, each taken with its own key, and left at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.tui.actions import shown_key
from digest.tui.cells import Line, Run, sides
from digest.tui.palette import Ground, Ink
from digest.tui.widgets.pane import Drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.tui.actions import Action

STEPS: Final = (
    ("down", "goes down the list; the reader shows each entry"),
    ("open", "opens the entry over the whole height"),
    ("close", "goes back, from wherever you are"),
    ("star", "stars it for digest brief; u takes that back"),
    ("edit", "edits its rule, and shows what changes; Esc leaves"),
    ("help", "shows every key; : finds an action by typing"),
)
"""The name of the action that takes each step, and what it does: so short that 80 cells hold it."""


class Tour(Drawn):
    """A line above the keys, while somebody is shown around."""

    DEFAULT_CSS = "Tour { height: 1; display: none; }"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="tour")
        self.actions = actions
        self._step = 0

    def begin(self) -> None:
        """From the first step."""
        self._step = 0
        self.display = True
        self.refresh()

    def leave(self) -> None:
        """No more of it."""
        self.display = False

    def heard(self, name: str) -> bool:
        """An action was done; whether it was the last step."""
        if not self.display or name != STEPS[self._step][0]:
            return False
        self._step += 1
        if self._step == len(STEPS):
            self.leave()
            return True
        self.refresh()
        return False

    def line(self, y: int, cells: int) -> Line:
        """The step, its key, what it does, and how to leave."""
        del y
        name, words = STEPS[self._step]
        keys = next(action.keys for action in self.actions if action.name == name)
        key = next(map(shown_key, keys), f":{name}")
        left = [Run(f" {self._step + 1} of {len(STEPS)}  ", Ink.ACCENT), Run(key, Ink.ACCENT_BOLD), Run(f"  {words}")]
        right = [Run(":tour", Ink.BRIGHT), Run(" leaves ", Ink.MUTED)]
        return Line(sides(left, right, cells), Ground.TINT)
