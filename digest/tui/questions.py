"""What the dashboard asks of its watcher, and what that answers and tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.presence import Presence
    from digest.store.dashboard import ChannelLine, EntryDetail, Figures, ListPlace, MatchRow, RuleBook
    from digest.tui.widgets.filterbar import Filter
    from digest.values.states import EngineState, FeedState
    from digest.watch.conditions import KnownCondition


@dataclass(frozen=True, slots=True)
class Scope:
    """Which entries the list holds: those of a rule and of a message (or all), and of those what the filter passes."""

    rule: str = ""
    filter: Filter | None = None
    delivery: int | None = None
    """A message of the outbox, by its id."""


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
class AskDetail:
    """One entry in full."""

    entry: int


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Note that an entry was read, or is to be read again."""

    entry: int
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class PollNow:
    """Have the engine poll every feed."""


@dataclass(frozen=True, slots=True)
class Painted:
    """The first entries are on the screen: now there is time for the rest."""


Change = MarkRead | PollNow
"""What would be written: a view refuses it."""
Question = AskOrder | AskRows | AskDetail | Painted | Change


# --- answers -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How everything stands."""

    engine: EngineState
    channels: Sequence[ChannelLine]
    figures: Figures
    book: RuleBook
    feeds: Sequence[FeedState]
    matched: int = 0
    """Matched entries in all; counted only while the list shows not all of them."""
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


@dataclass
class Order(Message):
    """The list of a scope; ``whole`` is false for a first glance at the newest."""

    scope: Scope
    places: Sequence[ListPlace]
    whole: bool


@dataclass
class Rows(Message):
    """Lines of the list."""

    asked: Sequence[int]
    rows: Sequence[MatchRow]


@dataclass
class Detail(Message):
    """One entry in full; ``None`` if it is no longer stored."""

    entry: int
    detail: EntryDetail | None


@dataclass
class Unreadable(Message):
    """The store cannot be read (yet): why, in plain words."""

    words: str


@dataclass
class Refused(Message):
    """A small write could not be made: why, in plain words."""

    words: str


@dataclass
class Sign(Message):
    """A sign of life of the engine that needs no store."""

    presence: Presence


class Replaced(Message):
    """The database was moved away, or another one took its place: nothing that is shown is of it."""
