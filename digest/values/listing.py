"""Which entries a list holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


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
