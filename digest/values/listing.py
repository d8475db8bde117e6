"""Which entries a list holds, and its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from digest.values.news import Severity


@dataclass(frozen=True, slots=True)
class Listing:
    """All entries for which every one of these is so."""

    matched: bool = True
    """Only those that a rule found."""
    unread: bool = False
    starred: bool = False
    """Only those that a user picked, or whose story was."""
    feed: int | None = None
    rule: str = ""
    story: int | None = None
    delivery: int | None = None
    """A message of the outbox that tells of them, by its id."""


MATCHES: Final = Listing()
"""What the dashboard shows first."""


class ListPlace(NamedTuple):
    """Where an entry stands in the list: when it came, in milliseconds, then its id."""

    time: int
    entry: int


@dataclass(frozen=True, slots=True)
class MatchRow:
    """A line of the list."""

    id: int
    time: datetime
    """The entry's own, as `entry_time` says it."""
    title: str
    outlet: str
    severity: Severity | None
    """The highest of its matches; ``None``: no rule found it."""
    rules: tuple[str, ...]
    """Severest first."""
    unread: bool
    baseline: bool
    starred: bool = False
    story: int | None = None
    also: int = 0
    """How many other publishers report the same story."""
    taken: bool = False
    """Somebody has its event in hand."""
