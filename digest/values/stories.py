"""Stories: the reports of one event, and what makes a later one worth telling."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.values.desks import own_name

if TYPE_CHECKING:
    from datetime import datetime


_NAME: Final = re.compile("story ([0-9]{1,18})", re.ASCII)


def story_name(story: int) -> str:
    """What a story goes by where rules do, too, such as among what is muted: no id of a rule has a space."""
    return f"story {story}"


def story_number(name: str) -> int | None:
    """The id of the story that goes by this name, at whichever desk; ``None``: it is a rule's."""
    found = _NAME.fullmatch(own_name(name))
    return int(found[1]) if found else None


class Development(enum.StrEnum):
    """Why a story that was told already is told again; the weightiest first."""

    SEVERITY = "severity"
    """A rule of a higher severity found it."""
    RULE = "rule"
    """Another rule found it."""
    REVERSAL = "reversal"
    """What was said is denied, retracted or called off."""
    TOLL = "toll"
    """More dead, hurt, missing or arrested than was said before."""
    FOLLOWED = "followed"
    """A user follows the story, and this report does not only repeat another."""
    SOURCES = "sources"
    """So many more publishers report it as its rule wants (``again``)."""

    @property
    def words(self) -> str:
        """Why, in words."""
        return _WORDS[self]


_WORDS = {
    Development.SEVERITY: "a rule of a higher severity found it",
    Development.RULE: "another rule found it",
    Development.REVERSAL: "what was said is denied or called off",
    Development.TOLL: "the toll rose",
    Development.FOLLOWED: "you follow this story",
    Development.SOURCES: "more sources report it",
}


@dataclass(frozen=True, slots=True)
class Report:
    """An entry as one report of its event."""

    entry: int
    """Its id."""
    title: str
    url: str
    source: str
    """What its feed goes by."""
    publisher: str
    """Whose voice it is: two reports of one publisher are one source."""
    tier: str
    """Of its feed, A to F; empty: not said, which counts as F."""
    came: datetime
    repeat: bool = False
    """It says what another report said before."""
    doubtful: bool = False
    """It may be of another event: it is no source for this one."""
    text: str = ""
    """The beginning of its own text, where it was asked for."""


@dataclass(frozen=True, slots=True)
class Story:
    """An event, and who reports it."""

    id: int
    created: datetime
    updated: datetime
    """When its last report came."""
    reports: tuple[Report, ...] = ()
    """Oldest first."""
    followed: datetime | None = None
    """A user follows it since."""

    @property
    def sources(self) -> tuple[Report, ...]:
        """The first report of each publisher, oldest first: who reports it since when; doubtful ones do not count."""
        first: dict[str, Report] = {}
        for report in self.reports:
            if not report.doubtful:
                first.setdefault(report.publisher, report)
        return tuple(first.values())


@dataclass(frozen=True, slots=True)
class Kin:
    """Stories that a digest tells as one event, and that stay stories of their own."""

    stories: tuple[int, ...]
    """Very likely one event: each in another language."""
    doubtful: tuple[int, ...] = ()
    """Worded like one of these; they may be of another event."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An alert of a rule, and what its reader made of it."""

    entry: int
    came: datetime
    read: bool
    picked: bool
    """It is starred, or its story is followed."""
