"""What is known of a stored entry besides its text, as a search asks for it: read or not, starred, when it came.

One tree says it: the store makes SQL of it, so that nothing is read to answer. `dated` first gives it a time.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from digest.values.desks import desk_of

if TYPE_CHECKING:
    from digest.values.news import Severity


class Is(enum.StrEnum):
    """What an entry is, or is not."""

    UNREAD = "unread"
    """To be read; what a feed's first poll brought never is."""
    READ = "read"
    STARRED = "starred"
    """It was picked, or its story was."""
    ALERT = "alert"
    """A match of it was told."""
    BASELINE = "baseline"
    """A feed's first poll brought it."""


@dataclass(frozen=True, slots=True)
class Severities:
    """The severest of its matches lies between these two, both included; an entry without a match has none."""

    least: Severity
    most: Severity


@dataclass(frozen=True, slots=True)
class OfRule:
    """A rule of this id hit it."""

    id: str
    """In lower case."""
    prefix: bool = False
    """Whether the id may go on."""

    def names(self, rule: str) -> bool:
        """Whether this id is meant."""
        rule = rule.casefold()
        return rule.startswith(self.id) if self.prefix else rule == self.id


@dataclass(frozen=True, slots=True)
class OfDesk:
    """A rule of this desk hit it."""

    desk: str
    """In lower case."""

    def names(self, rule: str) -> bool:
        """Whether a rule of this id is one of its."""
        return desk_of(rule).casefold() == self.desk


@dataclass(frozen=True, slots=True)
class OfFeed:
    """It is of a feed whose name, title or address holds this."""

    part: str
    """Folded, as texts are."""


@dataclass(frozen=True, slots=True)
class AtUrl:
    """Its address holds this, whatever the case of plain letters."""

    part: str


@dataclass(frozen=True, slots=True)
class Since:
    """It was first seen then, or so long ago, or later."""

    moment: datetime | timedelta


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these; without any, every entry."""

    facets: tuple[Facet, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these at least."""

    facets: tuple[Facet, ...]


@dataclass(frozen=True, slots=True)
class Without:
    """Not that."""

    facet: Facet


Facet = Is | Severities | OfRule | OfDesk | OfFeed | AtUrl | Since | AllOf | AnyOf | Without

EVERY_ENTRY = AllOf()


def dated(facet: Facet, now: datetime) -> Facet:
    """The same with moments in the place of lengths of time."""
    match facet:
        case Since(timedelta() as span):
            return Since(now - span)
        case AllOf(facets):
            return AllOf(tuple(dated(each, now) for each in facets))
        case AnyOf(facets):
            return AnyOf(tuple(dated(each, now) for each in facets))
        case Without(inner):
            return Without(dated(inner, now))
        case _:
            return facet
