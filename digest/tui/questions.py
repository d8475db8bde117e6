"""What the dashboard asks of its watcher, and what that answers and tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message

from digest.values.listing import MATCHES, Listing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.config import Config
    from digest.errors import Problem
    from digest.match import Search
    from digest.presence import Presence
    from digest.store import Store
    from digest.store.dashboard import ChannelLine, Figures, RuleBook
    from digest.values.listing import ListPlace, ListPlaces, MatchRow
    from digest.values.states import EngineState, FeedState
    from digest.watch.conditions import KnownCondition


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries the list holds: those of a listing, and of those what the filter passes."""

    listing: Listing = MATCHES
    filter: Search | None = None


# --- questions ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AskOrder:
    """The list of a scope."""

    scope: Scope


@dataclass(frozen=True, slots=True)
class AskRows:
    """The lines of these entries."""

    entries: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What a pane or page shows: read now, and anew whenever something changed, until the pane looks elsewhere."""

    pane: str
    """Whose answer it is; of one pane only the newest question is answered."""
    read: Callable[[Store], object] | None = None
    """Runs in the watcher's thread; ``None``: the pane is closed."""
    about: object = None
    """What the pane looks at: the answer names it, so that one that comes late is known."""


@dataclass(frozen=True, slots=True)
class Act:
    """A small write."""

    do: Callable[[Store], str]
    """Runs in the watcher's thread; what is to be said of it, if anything.

    Raises:
        DigestError: it could not be done, and nothing was written.
    """
    undo: Callable[[Store], str] | None = None
    """Takes it back; ``None``: nothing can."""
    entries: tuple[int, ...] = ()
    """Whose lines are to be read again if it fails: they are shown already as they are to be."""

    def back(self) -> Act | None:
        """What takes it back, which can be taken back itself."""
        return None if self.undo is None else Act(self.undo, self.do, self.entries)


@dataclass(frozen=True, slots=True)
class Painted:
    """The first entries are on the screen: now there is time for the rest."""


Question = AskOrder | AskRows | Look | Act | Painted


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How everything stands."""

    engine: EngineState
    channels: Sequence[ChannelLine]
    figures: Figures
    book: RuleBook
    feeds: Sequence[FeedState]
    listed: int = 0
    """Entries of which the list shows some: those that a rule found, or all; counted only while it shows not all."""
    unread: Mapping[int, int] = field(default_factory=dict)
    """Of each feed's entries, how many that a rule found are unread; 0 where a feed is missing."""
    wrong: Sequence[KnownCondition] = ()
    """What is wrong now, the oldest first."""

    def wrong_of(self, kind: str, what: str) -> dict[str, str]:
        """What is said of each ``feed`` or ``rule`` that is ``quiet`` or ``silent``, by its id."""
        keys = {one.key: one.sentence for one in self.wrong}
        start, end = f"{kind}:", f":{what}"
        return {
            key.removeprefix(start).removesuffix(end): sentence
            for key, sentence in keys.items()
            if key.startswith(start) and key.endswith(end)
        }


@dataclass
class Changed(Message):
    """Something changed: how everything stands now, which entries of the scope are new or different, their lines."""

    snapshot: Snapshot
    scope: Scope
    changed: Sequence[ListPlace] = ()
    rows: Sequence[MatchRow] = ()
    urgent: Sequence[MatchRow] = ()
    """Unread ones that came or changed within the last hour, of the scope or not."""
    touched: Sequence[int] = ()
    """All others that changed: of the scope no more, or of a list that was shown before."""


@dataclass
class Order(Message):
    """The list of a scope; ``whole`` is false for a first glance at the newest."""

    scope: Scope
    places: ListPlaces
    whole: bool


@dataclass
class Rows(Message):
    """Lines of the list."""

    asked: Sequence[int]
    rows: Sequence[MatchRow]


@dataclass
class Found(Message):
    """What a pane looked for."""

    look: Look
    value: object = None
    problem: str = ""
    """Why it could not be read, in plain words."""


@dataclass
class Acted(Message):
    """A small write was made: what is to be said of it."""

    act: Act
    words: str


@dataclass
class Unreadable(Message):
    """The store cannot be read (yet): why, in plain words."""

    words: str


@dataclass
class Waits(Message):
    """Small writes wait for another process's: how many, and why, in plain words."""

    number: int
    words: str


@dataclass
class Refused(Message):
    """A small write could not be made: why, in plain words."""

    act: Act
    words: str
    for_good: bool = False
    """Whether it would be refused again: what it was to change is not as it was."""


@dataclass
class Sign(Message):
    """A sign of life of the engine that needs no store."""

    presence: Presence


@dataclass
class Configured(Message):
    """The config file was read (again): what it says, and what is wrong or doubtful about it.

    ``None``: it has mistakes, and what it said before still holds.
    """

    config: Config | None
    problems: Sequence[Problem]


class Replaced(Message):
    """The database was moved away, or another one took its place: nothing that is shown is of it."""
