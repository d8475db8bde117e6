"""A rule as the matcher, the planner and the faces know it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.values.news import EntryText, Severity
from digest.values.settings import Telling

if TYPE_CHECKING:
    from digest.match.language.query import Query


class ExampleKind(enum.StrEnum):
    """What a rule's author says of an example."""

    MATCH = "match"
    NO_MATCH = "no_match"
    KNOWN_GAP = "known_gap"
    UNWANTED = "unwanted"


@dataclass(frozen=True, slots=True)
class Example:
    """A text that a rule should match, or should not."""

    rule: str
    """The rule's id."""
    kind: ExampleKind
    text: EntryText
    path: str = ""
    """The file where it stands, which need not be the rule's ..."""
    keys: tuple[str | int, ...] = ()
    """... and the way to it there."""

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
    path: str = ""
    line: int = 1
    topic: str = ""
    """The name of its file in words."""
    telling: Telling = field(default_factory=Telling)
    """What it waits for, and when it speaks."""
    examples: tuple[Example, ...] = ()
    """Those that stand within it."""
