"""What the user configured: feeds, channels, digests, and how rules tell of what they find."""

from __future__ import annotations

import enum
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from digest.values.desks import UNNAMED
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TIERS: Final = "ABCDEF"
"""How far a feed can be trusted, as on the Admiralty scale, the best first; a feed of which it is not said is an F."""


@dataclass(frozen=True, slots=True)
class FeedAccess:
    """What a feed is asked with besides its address. It holds secrets: the store never has it, and nothing shows it."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Names and values; a login is the value of ``Authorization``."""
    proxy: str = field(default="", repr=False)
    """An address with its login, or ``none``; empty: the environment's."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What of it no log may show."""
    problem: str = ""
    """Why the feed cannot be asked: a secret that is named is not there."""


@dataclass(frozen=True, slots=True)
class PageSelectors:
    """Where the entries stand on a page that is read as a feed: CSS selectors; an empty one leaves it to Digest."""

    entry: str
    """Finds each entry on the page; the others look inside of it, and may name the entry itself."""
    title: str = ""
    link: str = ""
    date: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class PublicChannel:
    """A public Telegram channel that is read by its web page."""

    name: str
    """Without the ``@``."""


Reading = PageSelectors | PublicChannel
"""How a document is read that is no feed."""


def reading_row(reading: Reading | None) -> dict[str, Any] | None:
    """How a document is read, as JSON."""
    if isinstance(reading, PageSelectors):
        return {"page": asdict(reading)}
    return None if reading is None else {"telegram": reading.name}


def reading_of(row: Mapping[str, Any] | None) -> Reading | None:
    """The reading of a row of `reading_row`."""
    if row is None:
        return None
    return PageSelectors(**row["page"]) if "page" in row else PublicChannel(row["telegram"])


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A ``[[feed]]`` of the config."""

    url: str
    """What is fetched: the feed, the page or the channel's page."""
    name: str = ""
    tags: tuple[str, ...] = ()
    every: timedelta | None = None
    lang: str = ""
    publisher: str = ""
    """Whose voice it is; empty: the registered domain's of each entry's address."""
    tier: str = ""
    """How far it can be trusted, A to F as on the Admiralty scale; empty: not said, which counts as F."""
    full_text: bool = False
    access: FeedAccess = FeedAccess()
    """Of the config alone."""
    reading: Reading | None = None
    """How what is fetched is read; ``None``: as a feed."""

    @property
    def key(self) -> str:
        """The key of the config that says what is fetched."""
        if isinstance(self.reading, PageSelectors):
            return "page"
        return "url" if self.reading is None else "telegram"


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes after local midnight; ``start`` may be later than ``end`` (over midnight)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Telegram:
    """A chat that the bot writes to: ``@name`` or a numeric id, as text; in a forum a topic of it."""

    chat: str
    thread: int | None = None


@dataclass(frozen=True, slots=True)
class Apprise:
    """A service that Apprise sends to; the address may hold a password."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Folder:
    """An absolute folder that gets one file a day; its style is ``markdown`` or ``jsonl``."""

    path: str
    style: str = "markdown"


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that gets each message as a signed POST of JSON; it may hold a password."""

    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    """What messages are signed with, each by itself: while one takes another's place there are two."""
    problem: str = ""
    """Why nothing can be signed: the secret that is named is not there, or is none."""
    private_hosts: bool = False
    """Whether it may be on this machine or a private network."""


Medium = Telegram | Apprise | Folder | Webhook


def is_for_programs(medium: Medium) -> bool:
    """Whether programs read what goes there: each alert goes by itself, however many they are."""
    return isinstance(medium, Folder | Webhook)


def has_own_keys(medium: Medium) -> bool:
    """Whether what goes there is JSON, whose keys are fixed: no template changes how it reads."""
    return isinstance(medium, Webhook) or (isinstance(medium, Folder) and medium.style == "jsonl")


@dataclass(frozen=True, slots=True)
class Escalate:
    """What becomes of a channel's urgent alerts that nobody takes in hand."""

    after: timedelta
    """So long somebody has time to take one ..."""
    to: str
    """... then the channel of this name is told of it, too."""


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """A ``[[channel]]`` of the config."""

    name: str
    medium: Medium
    """Where it leads."""
    template: str = ""
    """How an alert reads; empty: as Digest words it."""
    severity: Severity = Severity.LOW
    quiet: QuietHours | None = None
    timezone: str = "UTC"
    escalate: Escalate | None = None
    """``None``: its alerts wait for nobody."""
    desk: str = UNNAMED
    """Whose alerts it gets, and no others."""


@dataclass(frozen=True, slots=True)
class DeskSpec:
    """A ``[[desk]]`` of the config."""

    name: str
    rules: Path
    """Its rules folder, absolute."""
    admins: tuple[int, ...] = ()
    """Telegram ids of those who may act for it by the bot, besides the bot's own admins."""


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
    asks_model: bool = False
    """There is a ``[model]``: it waits a little for that."""
    desk: str = UNNAMED
    """Whose alerts it tells, and no others."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """``[dashboard]``: what an urgent entry does that comes while the dashboard is open."""

    bell: bool = False
    """The terminal's bell rings."""
    notify: bool = False
    """The terminal shows a notification of the desktop, where it can."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """``[model]``: what picks a digest's sentences and translates headlines; never in the path of an alert."""

    endpoint: str = ""
    """The base of an OpenAI-compatible API, such as ``http://127.0.0.1:8080/v1``; empty: nothing picks sentences."""
    name: str = ""
    """Which of its models; empty: whichever it serves."""
    key_env: str = ""
    """The environment variable that holds the endpoint's key ..."""
    key_file: str = ""
    """... or an absolute path to a file that does."""
    key: str = field(default="", repr=False)
    """The key that was found there; empty: none. It is for the endpoint alone."""
    translate: str = ""
    """The language (a code) that headlines are translated into; empty: none is translated."""
    libretranslate: str = ""
    """The base of a LibreTranslate server that translates in place of the endpoint."""
    daily: int = 50
    """So many questions may be asked in a day ..."""
    timeout: timedelta = timedelta(seconds=20)
    """... and each waits so long for its answer."""


class Deliver(enum.StrEnum):
    """When the alerts of a rule go out."""

    NOW = "now"
    EVERY = "every"
    """Together with others, as one ranked message each time a span is over."""
    DIGEST = "digest"
    """With the digests alone."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a rule tells of a story that it found: what it waits for, and when it speaks again."""

    sources: int = 1
    """So many publishers must have reported the story ..."""
    within: timedelta = timedelta(hours=72)
    """... inside this time, which is no longer than stories last ..."""
    sources_tier: str = ""
    """... each of this tier or a better one, A to F; empty: any publisher counts."""
    again: int | None = None
    """Speak again when so many more publishers have joined; ``None``: never for that."""
    spike: float | None = None
    """Alert when reports come at so many times their usual rate; ``None``: at each story."""
    deliver: Deliver = Deliver.NOW
    every: timedelta | None = None
    """The span of ``Deliver.EVERY``; ``None`` for the others."""


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """A saved filter of the dashboard."""

    name: str
    query: str
    """As it would be typed behind ``/``."""
    key: str = ""
    """Of the dashboard; empty: none."""
