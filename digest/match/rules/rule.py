"""A rule as the matcher, the planner and the faces know it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.values.news import EntryText, Severity

if TYPE_CHECKING:
    from datetime import timedelta

    from digest.match.language.query import Query


class ExampleKind(enum.StrEnum):
    """What a rule's author says of an example."""

    MATCH = "match"
    NO_MATCH = "no_match"
    KNOWN_GAP = "known_gap"
    UNWANTED = "unwanted"

    @property
    def should_match(self) -> bool:
        """Whether the rule ought to match it."""
        return self in {ExampleKind.MATCH, ExampleKind.KNOWN_GAP}


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule should match, or should not."""

    kind: ExampleKind
    text: EntryText
    number: int
    """Its place in the list of its kind, from 0."""

    @property
    def shown(self) -> str:
        """One line that tells it from others."""
        return " · ".join(part for part in (self.text.title, self.text.summary, self.text.content) if part)


@dataclass(frozen=True, slots=True)
class Rule:
    """What to look for, and what an alert of it is worth."""

    id: str
    title: str
    query: Query
    severity: Severity = Severity.NORMAL
    channels: tuple[str, ...] | None = None
    """None for every channel."""
    enabled: bool = True
    sources: int | None = None
    """Alert only when so many publishers have reported the story ..."""
    within: timedelta | None = None
    """... inside this time."""
    path: str = ""
    line: int = 1
    topic: str = ""
    """The name of its file in words."""
    examples: tuple[Example, ...] = ()
