"""The lines above the keys: the tour, six steps through what is done every day, or what the demo says at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from digest.tui.actions import shown_key
from digest.tui.cells import Line, Run, clipped, shown, sides
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
    """A line above the keys, while somebody is shown around: each step is taken with its own key, and it can be left.

    Without it the lines are those that are told, if any.
    """

    DEFAULT_CSS = "Tour { height: 1; display: none; }"

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(id="tour")
        self.actions = actions
        self._step = 0
        self._told: Sequence[str] = ()
        self.begun = False

    def begin(self) -> None:
        """From the first step."""
        self._step, self.begun = 0, True
        self._arrange()

    def leave(self) -> None:
        """No more of it."""
        self.begun = False
        self._arrange()

    def tell(self, told: Sequence[str]) -> None:
        """Show these lines for as long as the tour is not there; what stands between backticks is to be typed."""
        if told != self._told:
            self._told = told
            self._arrange()

    def _arrange(self) -> None:
        self.display = self.begun or bool(self._told)
        self.styles.height = 1 if self.begun else max(1, len(self._told))
        self.refresh()

    def heard(self, name: str) -> bool:
        """An action was done; whether it was the last step."""
        if not self.begun or name != STEPS[self._step][0]:
            return False
        self._step += 1
        if self._step == len(STEPS):
            self.leave()
            return True
        self.refresh()
        return False

    def line(self, y: int, cells: int) -> Line:
        """The step, its key, what it does, and how to leave; or what is told."""
        if not self.begun:
            told = shown(self._told[y]).split("`") if y < len(self._told) else []
            spans = [Run(word, (Ink.TEXT, Ink.BRIGHT)[place % 2]) for place, word in enumerate(told)]
            return Line(clipped([Run(" "), *spans], cells), Ground.TINT)
        name, words = STEPS[self._step]
        keys = next(action.keys for action in self.actions if action.name == name)
        key = next(map(shown_key, keys), f":{name}")
        left = [Run(f" {self._step + 1} of {len(STEPS)}  ", Ink.ACCENT), Run(key, Ink.ACCENT_BOLD), Run(f"  {words}")]
        right = [Run(":tour", Ink.BRIGHT), Run(" leaves ", Ink.MUTED)]
        return Line(sides(left, right, cells), Ground.TINT)
