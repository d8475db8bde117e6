"""What a config says, as values; the field names are the keys of the file, the defaults are the file's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from digest.values.desks import UNNAMED
from digest.values.settings import Alarms, ChannelSpec, Telegram, admin_chat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from digest.errors import Problem
    from digest.values.settings import DeskSpec, DigestSpec, FeedSpec, ModelSpec, ViewSpec


@dataclass(frozen=True, slots=True)
class PollConfig:
    """``[poll]``: how often and how carefully feeds are fetched."""

    every: timedelta = timedelta(minutes=10)
    min: timedelta = timedelta(minutes=2)
    max: timedelta = timedelta(hours=6)
    timeout: timedelta = timedelta(seconds=20)
    """A whole request, redirects and body included."""
    concurrency: int = 64
    per_host: int = 4
    max_bytes: int = 10 * 1024 * 1024
    """Of one feed document, decompressed."""
    max_entries: int = 2_000
    """New ones of one poll that are stored, the newest; the others count as seen."""
    private_hosts: bool = False
    baseline: int = 0
    """How many of the newest entries of a feed's first poll may alert."""
    max_age: timedelta = timedelta(days=30)
    websub: str = ""
    """Where hubs reach the engine, a web address; empty: none is asked to push."""
    websub_listen: str = "127.0.0.1:8430"
    """Where the engine listens for them: ``host:port``."""


@dataclass(frozen=True, slots=True)
class KeepConfig:
    """``[keep]``: how long things stay in the database."""

    entries: timedelta = timedelta(days=90)
    alerts: timedelta = timedelta(days=730)
    seen: timedelta = timedelta(days=730)
    evidence: timedelta = timedelta(days=730)
    """The text kept at a match; no longer than what matched."""


@dataclass(frozen=True, slots=True)
class TelegramConfig:
    """``[telegram]``: the bot, and what becomes of messages that do not get through."""

    token_env: str = "TELEGRAM_BOT_TOKEN"  # noqa: S105 - the name of a variable
    token_file: Path | None = None
    """Absolute; when set, ``token_env`` is not asked."""
    api: str = "https://api.telegram.org"
    admins: tuple[int, ...] = ()
    on_unknown: str = "resend"
    """``resend`` or ``hold``: what to do when an answer was lost."""
    give_up: timedelta = timedelta(hours=24)
    flood: int = 20


@dataclass(frozen=True, slots=True)
class NoticesConfig:
    """``[notices]``: who is told of what is wrong with feeds, rules and Digest itself."""

    channels: tuple[str, ...] = ()
    """Names of channels; without the key those of the admins' private chats. Empty: nobody is told."""
    still_here: int | None = None
    """Minutes after local midnight of a daily sign of life; ``None``: none."""
    failing_after: timedelta = timedelta(hours=6)
    """How long a feed has to fail before that is told."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    """``[log]``: how the engine's log is written."""

    format: str = "text"
    """``text`` or ``json``."""


@dataclass(frozen=True, slots=True)
class Config:
    """A whole config file; every path in it is absolute."""

    path: Path
    """The file, as it was named."""
    base: Path
    """Its folder: what relative paths in it are relative to."""
    rules: Path
    """The folder of the desk without a name."""
    state: Path
    database: str
    """An SQLAlchemy URL: SQLite in ``state``, or PostgreSQL."""
    timezone: str
    poll: PollConfig
    keep: KeepConfig
    feeds: tuple[FeedSpec, ...]
    telegram: TelegramConfig
    channels: tuple[ChannelSpec, ...]
    digests: tuple[DigestSpec, ...]
    notices: NoticesConfig
    desks: tuple[DeskSpec, ...] = ()
    """Those with a name."""
    views: tuple[ViewSpec, ...] = ()
    model: ModelSpec | None = None
    """``None``: none is asked."""
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of the dashboard, by the action's name, as a user writes them."""
    dashboard: Alarms = field(default_factory=Alarms)
    log: LogConfig = field(default_factory=LogConfig)
    warnings: tuple[Problem, ...] = ()
    """Doubtful, but no reason to refuse the file."""

    @property
    def rule_folders(self) -> Mapping[str, Path]:
        """The rules folder of every desk, by its name."""
        return {UNNAMED: self.rules, **{desk.name: desk.rules for desk in self.desks}}

    @property
    def desks_of_channels(self) -> Mapping[str, str]:
        """The desk of each channel of the file, by its name."""
        return {channel.name: channel.desk for channel in self.channels}

    @property
    def every_channel(self) -> tuple[ChannelSpec, ...]:
        """All that messages go to: the channels of the file, and the admins' private chats that notices go to."""
        users = (user for user in dict.fromkeys(self.telegram.admins) if admin_chat(user) in self.notices.channels)
        private = (ChannelSpec(admin_chat(user), Telegram(str(user)), timezone=self.timezone) for user in users)
        return (*self.channels, *private)
