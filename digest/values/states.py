"""What the store says of feeds, channels, rule files and the engine."""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from digest.text import LONGEST_NAME, bounded, without_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.errors import Problem
    from digest.values.news import Severity
    from digest.values.push import Subscription
    from digest.values.settings import FeedSpec


class FeedHealth(enum.StrEnum):
    """What the feeds pane and ``feeds list`` say of a feed."""

    OK = "ok"
    LATE = "late"
    FAILING = "failing"
    GONE = "gone"
    PAUSED = "paused"
    NEW = "new"


class ChannelHealth(enum.StrEnum):
    """How a channel does; the worst last."""

    OK = "ok"
    WAITS = "waits"
    """Its far side asked for silence."""
    OFF = "off"
    """Nothing is sent to it until its own fault is put right."""
    FAILING = "failing"
    """The last message did not go."""


@lru_cache(4_096)
def outlet(name: str) -> str:
    """What a feed goes by, wherever it is named: of an address only the host, for the rest may hold a login."""
    if name.startswith(("http://", "https://")):
        with suppress(ValueError):  # a title that only begins like an address: those of feeds can be read
            name = urlsplit(name).hostname or name
    return bounded(name, LONGEST_NAME)


_NO_HOURS: Final = (0.0,) * 24
_NO_DAYS: Final = (0.0,) * 7


@dataclass(frozen=True, slots=True)
class PollHints:
    """How often a feed document wants to be asked for, and who tells when it changes."""

    apart: timedelta = timedelta(0)
    """So much is to lie between two polls (``ttl``, ``sy:updatePeriod``); 0: it does not say."""
    skip_hours: tuple[int, ...] = ()
    """In these hours, in UTC, it is not to be asked ..."""
    skip_days: tuple[int, ...] = ()
    """... nor on these days, 0 for Monday."""
    hub: str = ""
    """The hub that tells of what is new (WebSub): an absolute address of the web; empty: it names none ..."""
    topic: str = ""
    """... and the address by which that knows the feed."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a feed publishes, by what it brought so far, and what it asks for; see `feeds.cadence`.

    The counts are of publications, not of entries: what came at one minute is one. They fade, the older ones most,
    and are those of the moment of the last publication.
    """

    since: datetime | None = None
    """Since when its publications are known ..."""
    last: datetime | None = None
    """... and when the last one was; ``None``: none is known."""
    hours: tuple[float, ...] = _NO_HOURS
    """How many there were in each hour of the day, in UTC ..."""
    days: tuple[float, ...] = _NO_DAYS
    """... and on each day of the week, Monday first."""
    recent: float = 0.0
    """How many there were lately: these fade within hours."""
    matched: float = 0.0
    """How many entries rules found."""
    pause: timedelta = timedelta(0)
    """The longest pause of late."""
    hints: PollHints = PollHints()

    @property
    def events(self) -> float:
        """How many publications are known, the older ones counting less."""
        return sum(self.hours)


def hints_row(hints: PollHints) -> dict[str, Any]:
    """Hints as JSON."""
    skips = {"skip_hours": hints.skip_hours, "skip_days": hints.skip_days}
    links = {"hub": hints.hub, "topic": hints.topic}
    return {"apart": hints.apart.total_seconds(), **skips, **{name: link for name, link in links.items() if link}}


def hints_of(row: Mapping[str, Any]) -> PollHints:
    """The hints of a row of `hints_row`."""
    skips = tuple(row["skip_hours"]), tuple(row["skip_days"])
    return PollHints(timedelta(seconds=row["apart"]), *skips, str(row.get("hub", "")), str(row.get("topic", "")))


def rhythm_row(rhythm: Rhythm) -> dict[str, Any]:
    """A rhythm as JSON."""
    return {
        "since": None if rhythm.since is None else rhythm.since.timestamp(),
        "last": None if rhythm.last is None else rhythm.last.timestamp(),
        "hours": [round(each, 3) for each in rhythm.hours],
        "days": [round(each, 3) for each in rhythm.days],
        "recent": round(rhythm.recent, 3),
        "matched": round(rhythm.matched, 3),
        "pause": rhythm.pause.total_seconds(),
        "hints": hints_row(rhythm.hints),
    }


def rhythm_of(row: Mapping[str, Any] | None) -> Rhythm:
    """The rhythm of a row of `rhythm_row`; of one that cannot be read none, for it is soon learned anew."""
    if row is None:
        return Rhythm()
    with suppress(KeyError, TypeError, ValueError, OverflowError):
        return Rhythm(
            since=None if row["since"] is None else datetime.fromtimestamp(row["since"], UTC),
            last=None if row["last"] is None else datetime.fromtimestamp(row["last"], UTC),
            hours=tuple(map(float, row["hours"])),
            days=tuple(map(float, row["days"])),
            recent=float(row["recent"]),
            matched=float(row["matched"]),
            pause=timedelta(seconds=row["pause"]),
            hints=hints_of(row["hints"]),
        )
    return Rhythm()


@dataclass(frozen=True, slots=True)
class FeedState:
    """A feed as stored: what the config says of it and how its polls went."""

    id: int
    spec: FeedSpec
    title: str = ""
    fetch_url: str = ""
    paused: bool = False
    etag: str = ""
    last_modified: str = ""
    body_hash: bytes = b""
    entry_hashes: bytes = b""
    baseline_at: datetime | None = None
    last_attempt: datetime | None = None
    last_ok: datetime | None = None
    last_error: str = ""
    last_status: int | None = None
    failures: int = 0
    gone_at: datetime | None = None
    interval: timedelta = timedelta(minutes=10)
    next_due: datetime | None = None
    last_new: datetime | None = None
    entries: int = 0
    rhythm: Rhythm = Rhythm()
    silence: str = ""
    """That it answers but brings nothing new, in plain words, where that is long for it; see `watch.health`."""
    subscription: Subscription | None = None
    """What its hub was asked for; only where faces show it."""

    @property
    def name(self) -> str:
        """The name to show: the user's, else the feed's own title, else where it is read from."""
        return outlet(self.spec.name or self.title or self.spec.url)

    @property
    def name_with_address(self) -> str:
        """The same, with the address behind what is only a host, which several feeds may share; for the owner."""
        nameless = not (self.spec.name or self.title)
        return f"{self.name} ({without_login(self.spec.url)})" if nameless else self.name


@dataclass(frozen=True, slots=True)
class Request:
    """What a face asked of the engine; a row that it claims."""

    id: int
    kind: str
    """``poll`` (every feed once, now), ``alert-past`` (on what came since a time), ``stop``."""
    args: Mapping[str, object] = field(default_factory=dict)
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel as stored: who it is and what its far side lets us do."""

    name: str
    target: str
    """``@name`` or chat id; of an address the kind and a fingerprint, because it may hold a password."""
    first_seen: datetime
    """It is owed nothing older."""
    migrated_to: str = ""
    """The supergroup that a group became."""
    off: str = ""
    """Why nothing is sent to it; empty when it is in service."""
    paused_until: datetime | None = None
    """The far side asked for silence until then."""
    try_at: datetime | None = None
    """``off``, but only until its place takes messages again: one tries it then. It is owed messages all the same."""
    last_ok: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def chat(self) -> str:
        """Where its messages go now."""
        return self.migrated_to or self.target

    @property
    def in_service(self) -> bool:
        """Whether messages are owed to it, also while its place takes none."""
        return not self.off or self.try_at is not None


@dataclass(frozen=True, slots=True)
class EngineState:
    """What the engine last said of itself; whether it still runs is known by the lock on its state folder."""

    pid: int | None = None
    """``None``: it ended in good order, or never ran."""
    host: str = ""
    version: str = ""
    started: datetime | None = None
    heartbeat: datetime | None = None
    activity: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule that is in force, without its query."""

    id: str
    title: str
    topic: str
    severity: Severity
    channels: tuple[str, ...] | None
    """``None``: every channel."""
    path: str
    line: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class Pushed:
    """That the rules were pushed into the store, and are none of the engine's own folder."""

    by: str
    """Who did, in words: ``ann on ci-7``."""
    at: datetime


@dataclass(frozen=True, slots=True)
class RuleFileState:
    """A rule file as the engine last loaded it."""

    path: str
    """Relative to the rules folder."""
    version: int | None = None
    """Which of its versions is live, counted from 1: the one on disk, or the last good one; ``None``: nothing of it."""
    since: datetime | None = None
    """When that version came into force."""
    problems: tuple[Problem, ...] = ()
    """What is wrong with the file on disk."""

    @property
    def is_folder(self) -> bool:
        """Whether it stands for the whole rules folder, which cannot be read: its path is no name of a file there."""
        return PurePath(self.path).is_absolute()
