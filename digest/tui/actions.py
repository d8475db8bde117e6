"""All that can be done in the dashboard: one table, from which keys, footer, help and palette are made.

An action acts on something that is at hand (the entry under the cursor, the rule of it), found by the pane that has
the focus; where nothing of its kind is at hand, the action is not there, and its key is free for another::

    key ─▶ actions of this key ─▶ the first whose subject is at hand ─▶ method of the page, else of the app
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from textual.keys import Keys, _character_to_key, key_to_character

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from digest.values.settings import ViewSpec


class Subject(enum.Enum):
    """What an action acts on."""

    NONE = ""
    ENTRY = "entry"
    STORY = "story"
    RULE = "rule"
    FEED = "feed"
    LINK = "link"
    """One in the text that is read."""
    MESSAGE = "message"
    """One of the outbox."""
    FILE = "broken rule file"
    TEXT = "text"
    """That words can be found in."""
    FOUND = "word that is looked for"
    """In that text."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something that can be done."""

    name: str
    """As the config names it; the method is ``action_`` and this."""
    keys: tuple[str, ...]
    """As Textual names them."""
    words: str
    """What it does, for help and palette."""
    subject: Subject = Subject.NONE
    group: str = "everywhere"
    """Its heading in help."""
    short: str = ""
    """In the footer, in a word or two."""
    value: object = None
    """What the method is given, if anything."""
    asks: str = ""
    """What the palette asks for, which the method is given as a text; empty: nothing."""
    needs_words: bool = False
    """Whether nothing can be done without what it asks for."""
    page: str = ""
    """Only on the page of this name; `DESK`: only where no page lies over the list."""
    method: str = ""
    """Where its name is not the name of it."""

    @property
    def of_the_list(self) -> bool:
        """Whether it shows the list: pages over that are closed first."""
        return self.name.startswith("view") or self.name == "filter"


DESK: Final = "desk"
_NONE = Subject.NONE
READING: Final = "reading"
"""The heading of what is done with the text that is read."""
ACTING: Final = "acting"
"""Of what changes something."""
_EDIT, _MOVE, _READ, _GO, _DO, _LOOK = "editing a rule", "moving", READING, "views and pages", ACTING, "the desk"

ACTIONS: Final = (
    Action(
        "save",
        ("ctrl+s",),
        "save the file: it is live once the engine has loaded it",
        _NONE,
        _EDIT,
        "save",
        page="editor",
    ),
    Action(
        "complete",
        ("tab",),
        "complete a name, or go to the preview",
        _NONE,
        _EDIT,
        "complete",
        1,
        page="editor",
        method="focus_pane",
    ),
    Action("next_mistake", ("f8",), "to the next mistake", _NONE, _EDIT, "mistake", page="editor"),
    Action("take_in", ("f5",), "show what somebody else saved", _NONE, _EDIT, "take in", page="editor"),
    Action("down", ("down", "j"), "next entry or line", group=_MOVE, value=1, method="move"),
    Action("up", ("up", "k"), "entry or line before", group=_MOVE, value=-1, method="move"),
    Action("page_down", ("pagedown", "ctrl+f"), "a page down", group=_MOVE, value=1, method="page"),
    Action("page_up", ("pageup",), "a page up", group=_MOVE, value=-1, method="page"),
    Action(
        "top",
        ("g", "home"),
        "to the top, and follow the news",
        group=_MOVE,
        value=False,
        method="end",
    ),
    Action("bottom", ("G", "end"), "to the end", group=_MOVE, value=True, method="end"),
    Action("next_pane", ("tab",), "next pane", group=_MOVE, short="pane", value=1, method="focus_pane"),
    Action("previous_pane", ("shift+tab",), "pane before", group=_MOVE, value=-1, method="focus_pane"),
    Action("open", ("enter",), "open what the cursor is on", group=_READ, short="open"),
    Action("close", ("escape",), "back: close, or take the filter off", group=_READ, short="back"),
    Action("read_on", ("space",), "scroll, then on to the next unread", Subject.ENTRY, _READ, "read on", page=DESK),
    Action(
        "next_found",
        ("n",),
        "where words are looked for: next place",
        Subject.FOUND,
        _READ,
        "next place",
        1,
        method="find_on",
    ),
    Action(
        "previous_found",
        ("N",),
        "where words are looked for: place before",
        Subject.FOUND,
        _READ,
        "",
        -1,
        method="find_on",
    ),
    Action("next_unread", ("n",), "next unread entry", group=_READ, short="next", page=DESK),
    Action("previous_unread", ("N",), "unread entry before", group=_READ, page=DESK),
    Action("next_entry", ("J",), "next entry, read or not", group=_READ, value=1, page=DESK, method="step"),
    Action("previous_entry", ("K",), "entry before, read or not", group=_READ, value=-1, page=DESK, method="step"),
    Action("browse", ("o",), "open the page in the browser", Subject.ENTRY, _READ, "browser"),
    Action("link", tuple("123456789"), "open the link of that number", Subject.LINK, _READ, asks="number"),
    Action("have", ("h",), "I have it: take it in hand, or let it go", Subject.ENTRY, _DO, "I have it"),
    Action("take_over", (), "take it over from whoever has it", Subject.ENTRY, _DO),
    Action("star", ("s",), "star, or take the star off", Subject.ENTRY, _DO, "star"),
    Action("toggle_read", ("m",), "mark as read or unread", Subject.ENTRY, _DO, "read", page=DESK),
    Action("read_feed", ("A",), "mark all of the feed as read", Subject.FEED, _DO, "all read"),
    Action("read_all", ("A",), "mark all of this view as read", group=_DO, page=DESK),
    Action("read_above", ("ctrl+a",), "mark this and all above it as read", Subject.ENTRY, _DO, page=DESK),
    Action("not_relevant", ("x",), "the rule should not have found this", Subject.ENTRY, _DO, "not relevant"),
    Action(
        "mute", ("M",), "mute the rule for an hour, or end its mute", Subject.RULE, _DO, "mute", asks="for how long"
    ),
    Action("mute_story", ("X",), "mute the story for a day, or end its mute", Subject.STORY, _DO),
    Action("follow", ("F",), "follow the story, or no longer", Subject.STORY, _DO, "follow"),
    Action("copy_link", ("y",), "copy the link", Subject.ENTRY, _DO, "copy link", page=DESK),
    Action("copy_title", ("Y",), "copy title and link", Subject.ENTRY, _DO, page=DESK),
    Action("open_all", ("ctrl+o",), "open the pages of what is starred here", group=_DO, page=DESK),
    Action(
        "pipe",
        ("vertical_line",),
        "give the entry to a command",
        Subject.ENTRY,
        _DO,
        asks="command",
        needs_words=True,
        page=DESK,
    ),
    Action("note", ("asterisk",), "star with a note", Subject.ENTRY, _DO, asks="note", needs_words=True),
    Action("edit", ("e",), "edit the rule, and see what that would change", Subject.RULE, _DO, "edit rule"),
    Action("edit_broken", ("e",), "edit the broken rule file at its mistake", Subject.FILE, _DO, "edit"),
    Action("new_rule", ("w",), "write a rule from this entry", Subject.ENTRY, _DO, page=DESK),
    Action("filter_rule", ("W",), "write a rule that finds what the filter finds", group=_DO),
    Action("exclude", (), "have the rule exclude words", Subject.RULE, _DO, asks="words", needs_words=True),
    Action("edit_file", ("E",), "open the rule at its line in $EDITOR", Subject.RULE, _DO, "edit"),
    Action("start_engine", (), "start an engine", group=_DO),
    Action("stop_engine", (), "stop the engine: nothing is polled or sent then", group=_DO),
    Action("send_digest", (), "send a digest now", group=_DO, asks="its name", needs_words=True),
    Action("part", ("p",), "let this report be a story of its own", Subject.ENTRY, _DO, "part", page="story"),
    Action(
        "join",
        ("J",),
        "let another story be one with this",
        Subject.STORY,
        _DO,
        "join",
        asks="number of the other",
        needs_words=True,
        page="story",
    ),
    Action("pause", ("p",), "pause the feed, or have it polled again", Subject.FEED, _DO, "pause"),
    Action("retry", ("r",), "send the message again, or now; for good", Subject.MESSAGE, _DO, "resend", page="outbox"),
    Action("drop", ("d",), "drop the message: it is not sent", Subject.MESSAGE, _DO, "drop", page="outbox"),
    Action("send_shown", ("S",), "send the digest under the cursor now", group=_DO, short="send now", page="digests"),
    Action("undo", ("u",), "take back what was done last", group=_DO, short="undo"),
    Action("redo", ("ctrl+r",), "do again what was taken back", group=_DO),
    Action("poll", ("r",), "poll every feed now", group=_DO, short="poll"),
    Action(
        "find",
        ("slash",),
        "find words in what is read here, or a rule or feed by its name",
        Subject.TEXT,
        _GO,
        "find",
        asks="words",
        needs_words=True,
    ),
    Action("filter", ("slash",), "filter the list", group=_GO, short="filter"),
    Action("view", ("V",), "show a saved view", group=_GO, asks="its name", needs_words=True),
    Action("save_view", (), "save the filter as a view", group=_GO, asks="its name", needs_words=True),
    Action("view_matches", ("1",), "what the rules found", group=_GO, value=1, method="tab"),
    Action("view_rules", ("2",), "rules", group=_GO, value=2, method="tab"),
    Action("view_feeds", ("3",), "feeds", group=_GO, value=3, method="tab"),
    Action("view_reader", ("4",), "reader; once more opens it over the list", group=_GO, value=4, method="pane"),
    Action("view_all", ("a",), "all entries, or only those that a rule found", group=_GO, short="all", page=DESK),
    Action("view_unread", ("U",), "only unread entries, or all", group=_GO, page=DESK),
    Action("view_starred", ("S",), "only starred entries, or all", group=_GO, page=DESK),
    Action("view_story", ("I",), "only the entries of this story, or all", Subject.STORY, _GO, page=DESK),
    Action("story", ("i",), "the story of this: timeline, what each outlet added", Subject.STORY, _GO, "story"),
    Action("rules", ("R",), "rules with their hits over time", group=_GO),
    Action("health", ("H",), "feeds: health, rhythm, last errors", group=_GO),
    Action("outbox", ("O",), "messages that wait, failed, or were sent", group=_GO, short="outbox"),
    Action("digests", ("D",), "digests, and the next as Telegram shows it", group=_GO),
    Action("statistics", ("C",), "statistics: hits, coverage, latency", group=_GO),
    Action("log", ("L",), "what the engine writes to its log", group=_GO),
    Action(
        "longer",
        ("right",),
        "a longer range of time",
        group=_GO,
        short="longer",
        value=1,
        page="statistics",
        method="range",
    ),
    Action(
        "shorter",
        ("left",),
        "a shorter range of time",
        group=_GO,
        short="shorter",
        value=-1,
        page="statistics",
        method="range",
    ),
    Action("duty", ("B",), "on duty: what nobody has, and who has what", group=_GO),
    Action("troubles", ("T",), "all that is wrong now", group=_GO, short="troubles"),
    Action("tour", (), "be shown around in six keys, or leave that", group=_LOOK),
    Action("larger_list", ("plus",), "more room for the list", group=_LOOK, value=1, method="share", page=DESK),
    Action("larger_reader", ("minus",), "more room for the reader", group=_LOOK, value=-1, method="share", page=DESK),
    Action("zoom", ("z",), "this pane over all, or back", group=_LOOK, short="zoom", page=DESK),
    Action("fold", ("ctrl+b",), "the side bar away, or back", group=_LOOK, short="fold", page=DESK),
    Action(
        "sort", ("less_than_sign",), "another order of the rules or the feeds", group=_LOOK, short="sort", page=DESK
    ),
    Action("theme", ("t",), "the next theme", group=_LOOK, method="light"),
    Action("command", ("colon", "ctrl+p"), "find an action by typing, and do it", group=_LOOK, short="commands"),
    Action("help", ("question_mark", "f1"), "all keys and signs", group=_LOOK, short="help"),
    Action("suspend", ("ctrl+z",), "back to the shell; fg shows it again", group=_LOOK, method="suspend_process"),
    Action("quit", ("q", "ctrl+c"), "quit", group=_LOOK, method="leave"),
)
"""Group by group, as help shows them; of those with the same key the first that has its subject at hand is done."""

_SHOWN: Final = {
    "down": "↓", "up": "↑", "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "enter": "Enter",
    "escape": "Esc", "space": "Space", "tab": "Tab", "shift+tab": "Shift-Tab", "slash": "/", "question_mark": "?",
    "colon": ":", "vertical_line": "|", "plus": "+", "minus": "-", "less_than_sign": "<", "greater_than_sign": ">",
    "asterisk": "*", "left": "←", "right": "→", "full_stop": ".", "comma": ",",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key as people write it: ``^f``, ``PgDn``, ``F8``, ``!``."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    if key[:1] == "f" and key[1:].isdigit():
        return key.upper()
    return _SHOWN.get(key) or key_to_character(key) or key


def shown_keys(action: Action) -> str:
    """All keys of an action; of many the first and the last."""
    shown = [*map(shown_key, action.keys)]
    return " ".join(shown) if len(shown) <= 3 else f"{shown[0]} … {shown[-1]}"


def key_named(word: str) -> str:
    """The key that a user names as `shown_key` shows it, or as Textual does: ``^s``, ``PgDn``, ``f5``."""
    word = word.strip()
    if len(word) > 1 and word[0] == "^":
        return f"ctrl+{word[1:].lower()}"
    by_look = {look.casefold(): key for key, look in _SHOWN.items()}
    return by_look.get(word.casefold(), _character_to_key(word) if len(word) == 1 else word.lower())


_KEYS: Final = frozenset(key.value for key in Keys)
_HELD: Final = {"ctrl", "alt", "shift", "super", "meta", "hyper"}


def no_key(word: str) -> str:
    """Why a word that a user gives as a key is none, in words; empty: it is one."""
    key = key_named(word)
    *held, last = key.split("+")
    known = key in _KEYS or ({*held} <= _HELD and (last in _KEYS or key_to_character(last) is not None))
    return "" if known else f"there is no key {word}: write one as ? shows it, such as s, ^s, F5, PgDn or Space"


def wrong_keys(keys: Mapping[str, Sequence[str]]) -> Mapping[str, str]:
    """What is wrong with a user's keys, by the action's name: no such action or key, or a key that two of them want."""
    known = {action.name for action in ACTIONS}
    wrong = {name: f"there is no action {name}{_meant(name, known)}: ? shows all names" for name in keys.keys() - known}
    first: dict[str, str] = {}
    for name, mine in keys.items():
        for key in map(key_named, mine):
            if (words := no_key(key)) and name in known:
                wrong[name] = words
            if key in first and name in known:
                wrong[name] = f"{shown_key(key)} is the key of {first[key]} already"
            first.setdefault(key, name)
    needed = (name for name in _NEEDED if not keys.get(name, "?"))
    return wrong | dict.fromkeys(needed, "without a key for it nobody finds back: name one")


_NEEDED: Final = ("help", "command", "quit")
"""Without a key for these nobody finds back."""


def _meant(name: str, known: Collection[str]) -> str:
    from difflib import get_close_matches

    return "".join(f", did you mean {close}?" for close in get_close_matches(name, known, 1))


def remapped(keys: Mapping[str, Sequence[str]], actions: Iterable[Action] = ACTIONS) -> tuple[Action, ...]:
    """The table with the user's own keys, which take a key away from the action that had it; wrong ones are left."""
    wrong = wrong_keys(keys)
    mine = {name: tuple(map(key_named, each)) for name, each in keys.items() if name not in wrong}
    taken = {key for each in mine.values() for key in each}
    return tuple(
        replace(each, keys=mine[each.name])
        if each.name in mine
        else replace(each, keys=tuple(key for key in each.keys if key not in taken))
        for each in actions
    )


def with_views(actions: Iterable[Action], views: Iterable[ViewSpec]) -> tuple[Action, ...]:
    """The table with an action for each saved filter that has a key; it takes that away, but not from the needed."""
    mine = [
        Action(
            f"view {view.name}",
            (key_named(view.key),),
            f"the view {view.name}: {view.query}",
            group="views",
            value=view.name,
            method="view",
        )
        for view in views
        if view.key
    ]
    taken = {key for each in mine for key in each.keys}
    others = (
        each if each.name in _NEEDED else replace(each, keys=tuple(key for key in each.keys if key not in taken))
        for each in actions
    )
    return (*others, *mine)


def chosen(
    key: str, at_hand: Collection[Subject], page: str = "", actions: Iterable[Action] = ACTIONS
) -> Action | None:
    """What a key does, with these subjects at hand; ``None``: nothing."""
    return next((each for each in actions if key in each.keys and available(each, at_hand, page)), None)


def available(action: Action, at_hand: Collection[Subject], page: str = "") -> bool:
    """Whether an action can be done here."""
    return action.page in {"", page} and (action.subject is Subject.NONE or action.subject in at_hand)
