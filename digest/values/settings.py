"""What the user configured: feeds, channels, digests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A ``[[feed]]`` of the config."""

    url: str
    name: str = ""
    tags: tuple[str, ...] = ()
    every: timedelta | None = None
    lang: str = ""
    publisher: str = ""
    full_text: bool = False


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes after local midnight; ``start`` may be later than ``end`` (over midnight)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A ``[[channel]]`` of the config; exactly one of ``telegram``, ``apprise`` and ``file`` is set."""

    name: str
    telegram: str = ""
    """``@name`` or a numeric chat id, as text."""
    thread: int | None = None
    apprise: str = field(default="", repr=False)
    """An address that may hold a password."""
    file: str = ""
    """An absolute folder that gets one file a day."""
    format: str = "markdown"
    """Of ``file``: ``markdown`` or ``jsonl``."""
    template: str = ""
    """How an alert reads; empty: as Digest words it."""
    severity: Severity = Severity.LOW
    quiet: QuietHours | None = None
    timezone: str = "UTC"


def admin_chat(user: int) -> str:
    """The name of the channel that is an admin's private chat with the bot; no ``[[channel]]`` may take it."""
    return f"admin {user}"


def is_admin_chat(name: str) -> bool:
    """Whether a channel is an admin's private chat: it takes notices, never alerts or digests."""
    kind, _, user = name.partition(" ")
    return kind == "admin" and user.isascii() and user.isdigit()


def unknown_channel(name: str, known: Sequence[str]) -> str:
    """The sentence for a channel that the config does not have."""
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1)
    if close:
        return f"there is no channel “{name}”: did you mean “{close[0]}”?"
    return f"there is no channel “{name}”: " + (
        f"the config has {', '.join(dict.fromkeys(known))}" if known else "add a [[channel]] of that name"
    )


@dataclass(frozen=True, slots=True)
class DigestSpec:
    """A ``[[digest]]`` of the config; ``cron`` (five fields) is always set, from ``at`` where that was given."""

    name: str
    cron: str
    channels: tuple[str, ...]
    timezone: str = "UTC"
