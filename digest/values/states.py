"""What the store says of feeds, channels, rule files and the engine."""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from digest.text import LONGEST_NAME, bounded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.errors import Problem
    from digest.values.news import Severity
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

    @property
    def name(self) -> str:
        """The name to show: the user's, else the feed's own title, else where it is read from."""
        return outlet(self.spec.name or self.title or self.spec.url)


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
    """``@name`` or chat id; for Apprise the scheme and a fingerprint, because its address may hold a password."""
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
