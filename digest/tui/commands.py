"""What can be done here? Every action with its keys: found by typing, and done with Enter.

``?`` opens it to be read: by groups, with the legend of all signs. ``:`` opens it to be typed into. What is typed
finds actions by letters in their order; after the whole name of one that asks for something comes what it asks for::

    mute 2h  ─▶ the action "mute", with the words "2h"
"""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.binding import Binding
from textual.containers import Container
from textual.screen import ModalScreen

from digest.tui.actions import DESK, READING, Action, Subject, available, shown_keys
from digest.tui.cells import Run, clipped, fit, shown, width
from digest.tui.palette import INKS, Ink
from digest.tui.widgets.pane import Item, ListPane
from digest.tui.widgets.typed import TypedLine
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

Chosen = tuple[Action, str]

_MOUSE: Final = (
    ("click", "choose an entry, a rule, a tab, a key of the footer; show what waits"),
    ("wheel", "scroll"),
)
_SIGNS: Final = (
    *((severity.glyph, INKS[severity], severity.word) for severity in sorted(Severity, reverse=True)),
    ("●", Ink.ACCENT, "unread"),
    ("14:03", Ink.ACCENT_BOLD, "came in since you were here last"),
    ("·", Ink.MUTED, "was in the feed before Digest knew it"),
    ("★", Ink.ACCENT, "starred: digest brief shows it"),
    ("+3", Ink.MUTED, "so many other outlets report the same event"),
    ("▌", Ink.ACCENT, "the cursor"),
    ("✓", Ink.ACCENT, "sent; in the list: somebody has it in hand"),
    ("…", Ink.MUTED, "waits to be sent"),
)


def typed_action(typed: str, actions: Sequence[Action]) -> Chosen | None:
    """The action whose whole name begins what was typed, and the words after it."""
    name, _, words = typed.strip().partition(" ")
    action = next((each for each in actions if each.name == name), None)
    return None if action is None or (words and not action.asks) else (action, words.strip())


def found_actions(typed: str, actions: Sequence[Action]) -> list[Action]:
    """The actions that have what was typed in their name or words, letter by letter; the likeliest first."""
    if (exact := typed_action(typed, actions)) is not None and exact[1]:
        return [exact[0]]
    wanted = typed.strip().casefold()
    ranked = [(_distance(wanted, each), place, each) for place, each in enumerate(actions)]
    likeliest = sorted(ranked, key=lambda one: (one[0], one[2].name in _GRAVE, one[1]))
    return [each for distance, _, each in likeliest if distance < _TOO_FAR]


_GRAVE: Final = frozenset({"stop_engine", "quit"})
"""Never found before what does less."""
_TOO_FAR: Final = 1_000


def _distance(wanted: str, action: Action) -> int:
    """How far an action is from what was typed: its name's beginning, a word's, the middle of one, letters apart."""
    name, words = action.name.replace("_", " "), action.words.casefold()
    wanted = wanted.replace("_", " ")
    places = [
        0 if name.startswith(wanted) else _TOO_FAR,
        1 if f" {wanted}" in f" {name} {words}" else _TOO_FAR,
        2 if wanted in f"{name} {words}" else _TOO_FAR,
        3 + _spread(wanted, name),
    ]
    return min(places)


def _spread(wanted: str, name: str) -> int:
    """How many letters lie between those that are wanted."""
    place = begun = -1
    for letter in wanted:
        place = name.find(letter, place + 1)
        if place < 0:
            return _TOO_FAR
        begun = place if begun < 0 else begun
    return place - begun


class _Found(ListPane):
    """The actions that fit what is typed."""

    heading = "KEYS"

    def __init__(
        self, actions: Sequence[Action], here: Collection[str], choices: Mapping[str, Sequence[str]], *, reading: bool
    ) -> None:
        super().__init__(id="found")
        self._actions, self._here, self._choices, self._reading = actions, here, choices, reading
        self.typed = ""
        self.moved = False
        """Whether the cursor was moved since something was typed."""
        self.leaving = False
        """Whether somebody is about to leave what was typed."""

    def on_click(self, event: events.Click) -> None:
        """The line clicked on is meant."""
        self.moved = True
        super().on_click(event)

    def overflow(self) -> Sequence[Run]:
        """How to go on, and whether there is more."""
        if self.leaving:
            advice = Run(" does it; leave once more, and what you typed is dropped", Ink.MUTED)
            return (Run("not done: ", Ink.HIGH), Run("Enter", Ink.BRIGHT), advice)
        below = super().overflow()
        keys = (("Enter", "do it"), ("/" if self._reading else "Tab", "search" if self._reading else "complete"))
        told = [span for key, word in (*keys, ("Esc", "close")) for span in (Run(key, Ink.BRIGHT), Run(f" {word}   "))]
        return (*below, Run("   " if below else ""), *told[:-1], Run(told[-1].text.rstrip()))

    @property
    def action(self) -> Action | None:
        """The one under the cursor, if that is seen: what is typed may find nothing."""
        seen = not self.typed or any(each.name == self.cursor for each in found_actions(self.typed, self._actions))
        return next((each for each in self._actions if seen and each.name == self.cursor), None)

    def choices(self) -> list[str]:
        """What the action that is typed may be given, as far as that is typed; empty where nobody knows."""
        action, words = typed_action(self.typed, self._actions) or (None, "")
        begun = action is not None and (words or self.typed.endswith(" "))
        known = self._choices.get(action.name, ()) if action is not None and begun else ()
        return [each for each in known if words.casefold() in each.casefold()]

    def wanted(self) -> str:
        """What has to be typed behind an action's name before it can be done; empty: nothing."""
        action, words = typed_action(self.typed, self._actions) or (None, "")
        begun = action is not None and action.needs_words and self.typed.endswith(" ") and not words.strip()
        return action.asks if action is not None and begun else ""

    @property
    def choice(self) -> str:
        """The one of these that is meant: the cursor was moved there, or it has the words that are typed.

        A number is meant as it is typed: others have its digits, too.
        """
        _, words = typed_action(self.typed, self._actions) or (None, "")
        is_meant = self.moved or (words and not words[0].isdigit())
        return str(self.cursor) if is_meant and self.cursor in self.choices() else ""

    def items(self, cells: int) -> list[Item]:
        """A line for each; nothing typed: under the headings of their groups, and the signs."""
        if choices := self.choices():
            return [Item([Run(f" {shown(each)}")], each) for each in choices]
        if wanted := self.wanted():
            return [Item([Run(f" type {wanted} here; "), Run("Enter", Ink.BRIGHT), Run(" does it")])]
        if self.typed or not self._reading:
            found = found_actions(self.typed, self._actions)
            return [self._line(action, cells) for action in found] or [Item([Run(_nothing(self.typed), Ink.MUTED)])]
        items: list[Item] = []
        for group, actions in groupby(self._actions, key=lambda action: action.group):
            items += [Item(()), Item([Run(f" {group.upper()}", Ink.MUTED)])]
            items += [self._line(action, cells) for action in actions]
        items += [Item(()), Item([Run(" MOUSE", Ink.MUTED)]), *(_told(key, Ink.BRIGHT, words) for key, words in _MOUSE)]
        items += [Item(()), Item([Run(" SIGNS", Ink.MUTED)]), *(_told(*sign) for sign in _SIGNS)]
        return items[1:]

    def _line(self, action: Action, cells: int) -> Item:
        """Its keys, its name, what it does; muted where it has nothing to act on."""
        here = action.name in self._here
        asks = f" ({action.asks})" if action.asks else ""
        left = [
            Run(" " + fit(shown_keys(action), 11), Ink.BRIGHT if here else Ink.MUTED),
            Run(action.words, Ink.TEXT if here else Ink.MUTED),
            Run(asks, Ink.MUTED),
        ]
        name = Run(action.name, Ink.MUTED)
        left = clipped(left, max(1, cells - width([name]) - 2))
        gap = max(1, cells - width(left) - width([name]) - 1)
        return Item([*left, Run(" " * gap), name], action.name)


class Here(NamedTuple):
    """Where somebody asks what can be done."""

    at_hand: Collection[Subject]
    """What there is to act on."""
    page: str
    """The page that is open; what can be done on others alone is only there to be read."""
    offered: Collection[str]
    """The actions that the footer offers: to be read first."""


def _as_read_here(actions: Sequence[Action], here: Here) -> list[Action]:
    """First what the footer offers, and what can be done on this page alone; what belongs to other pages last."""
    at_hand, page, offered = here
    reading = Subject.TEXT in at_hand
    order = {name: number for number, name in enumerate(offered)}

    def place(action: Action) -> int:
        if action.name in order:
            return order[action.name] - len(order)
        if action.page == page != DESK or (reading and action.group == READING):
            return 1
        return 2 if action.page in {"", page} else 3

    def group(action: Action) -> str:
        if action.name in order:
            return "here"
        return f"on the page {action.page}" if action.page == page != DESK or place(action) == 3 else action.group

    return sorted((replace(each, group=group(each)) for each in actions), key=place)


def _nothing(typed: str) -> str:
    return f" nothing that can be done here goes by “{shown(typed.strip())}”: Esc closes this"


def _told(sign: str, ink: Ink, words: str) -> Item:
    return Item([Run(" " + fit(sign, 11), ink), Run(words)], words)


class CommandScreen(ModalScreen[Chosen | None]):
    """Over the dashboard; answers what is to be done, ``None`` for nothing.

    Args:
        actions: all of them.
        here: where it is opened.
        typed: what stands in its line at first; ``None``: it is opened to be read.
        choices: what actions that ask for something may be given, by their names, where that is known.
    """

    CSS = """
    CommandScreen { align: center middle; background: $background 60%; }
    #command { width: 86; max-width: 100%; height: 92%; min-height: 24; max-height: 100%; }
    #command Input { height: 1; border: none; padding: 0 2; background: $surface; color: $foreground; }
    #command Input:focus { border: none; background: $surface; }
    #found { height: 1fr; }
    CommandScreen.asking { align: center bottom; background: transparent; }
    CommandScreen.asking #command { height: 4; min-height: 4; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close"),
        Binding("down", "move(1)", "down", priority=True),
        Binding("up", "move(-1)", "up", priority=True),
        Binding("pagedown", "move(15)", "down", priority=True),
        Binding("pageup", "move(-15)", "up", priority=True),
        Binding("tab", "complete", "complete", priority=True),
        Binding("j", "move(1)", "down"),
        Binding("k", "move(-1)", "up"),
        Binding("g,home", "end(False)", "top"),
        Binding("G,end", "end(True)", "end"),
        Binding("q,question_mark", "close", "close"),
        Binding("slash,colon", "search", "search"),
        Binding("enter", "choose", "do it"),
        Binding("ctrl+z", "app.suspend_process", "to the shell"),
    ]

    def __init__(
        self,
        actions: Sequence[Action],
        here: Here,
        typed: str | None = None,
        choices: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        at_hand, page, _ = here
        self._actions = [action for action in actions if action.page in {"", page} or typed is None]
        if typed is None:
            self._actions = _as_read_here(self._actions, here)
        possible = {action.name for action in self._actions if available(action, at_hand, page)}
        self._reading = typed is None
        self._leaving = False
        self.found = _Found(self._actions, possible, choices, reading=self._reading)
        self._input = TypedLine(typed or "", placeholder="what to do")

    def compose(self) -> ComposeResult:
        """The line, and what it finds."""
        with Container(id="command"):
            yield self._input
            yield self.found

    def on_mount(self) -> None:
        """Read it, or type."""
        self.found.typed = self._input.value
        # Only words are wanted: what they are for stays in sight.
        self.set_class(bool(self.found.wanted()) and not self.found.choices(), "asking")
        self.found.rebuild()
        (self.found if self._reading else self._input).focus()

    def on_input_changed(self) -> None:
        """What is typed finds others."""
        self.found.typed, self.found.moved = self._input.value, False
        if " " not in self._input.value:
            self.remove_class("asking")
        self._warn(leaving=False)
        self.found.rebuild()
        first = self.found.choices() or [each.name for each in found_actions(self._input.value, self._actions)]
        if first and self._input.value:
            self.found.choose(first[0])

    def on_input_submitted(self) -> None:
        """Enter in the line."""
        self.action_choose()

    def action_choose(self) -> None:
        """Do what the cursor is on; one that needs words is completed first."""
        chosen = typed_action(self._input.value, self._actions)
        if chosen is not None and self.found.choice:
            chosen = (chosen[0], self.found.choice)
        action = self.found.action
        if chosen is None and action is not None:
            chosen = (action, "")
        if chosen is None:
            return
        if chosen[0].needs_words and not chosen[1]:
            self._complete(chosen[0])
        else:
            self.dismiss(chosen)

    def action_complete(self) -> None:
        """Write the name out, unless it is and more was typed behind it."""
        whole = typed_action(self._input.value, self._actions)
        if whole is not None and self.found.choice:
            self._input.value = f"{whole[0].name} {self.found.choice}"
            self._input.cursor_position = len(self._input.value)
        elif self.found.action is not None and not (whole and whole[1]):
            self._complete(self.found.action)

    def _complete(self, action: Action) -> None:
        self._input.value = f"{action.name} " if action.asks else action.name
        self._input.cursor_position = len(self._input.value)
        self._input.placeholder = action.asks
        self._input.focus()

    def action_search(self) -> None:
        """Type."""
        self._input.focus()

    def stays(self) -> bool:
        """Whether it is not closed yet, for words are typed that would be lost; the next time they are."""
        typed = typed_action(self._input.value, self._actions)
        if self._leaving or typed is None or not (typed[0].needs_words and typed[1]):
            return False
        self._warn(leaving=True)
        return True

    def _warn(self, *, leaving: bool) -> None:
        self._leaving = self.found.leaving = leaving
        self.found.refresh()

    def action_close(self) -> None:
        """Do nothing."""
        if not self.stays():
            self.dismiss(None)

    def action_move(self, lines: int) -> None:
        """Down or up."""
        self.found.moved = True
        self.found.move(lines)

    def action_end(self, last: bool) -> None:  # noqa: FBT001 - the binding gives it
        """To the top or the end."""
        self.found.moved = True
        self.found.to_end(last=last)
