"""The values that flow from a feed to an alert: frozen, plain, without behaviour beyond their own words.

Times are aware datetimes in UTC; durations are ``timedelta``; text is plain (no markup) unless a name says HTML.
In plain text a line feed stands for a block boundary, and nothing else makes one.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING

from digest.text import LONGEST_NAME, bounded, without_login

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.errors import Problem


class Severity(enum.IntEnum):
    """How much an alert matters; ordered."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3

    @property
    def word(self) -> str:
        """The word users write and read: ``low``, ``normal``, ``high`` or ``urgent``."""
        return self.name.lower()


class FeedHealth(enum.StrEnum):
    """What the feeds pane and ``feeds list`` say of a feed."""

    OK = "ok"
    LATE = "late"
    FAILING = "failing"
    GONE = "gone"
    PAUSED = "paused"
    NEW = "new"


class DeliveryState(enum.StrEnum):
    """Where a delivery stands; queued → sending → sent, or one of the honest exceptions."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    UNKNOWN = "unknown"
    DEAD = "dead"
    DROPPED = "dropped"


class Hold(enum.StrEnum):
    """Why a delivery is held."""

    QUIET = "quiet"
    """The channel's quiet hours."""
    MUTE = "mute"
    """Every rule that it tells of is muted."""


class DeliveryKind(enum.StrEnum):
    """What a delivery carries."""

    ALERT = "alert"
    DIGEST = "digest"
    CATCH_UP = "catch-up"
    NOTICE = "notice"


class Outcome(enum.StrEnum):
    """What became of a match: an alert, or the named reason why not."""

    ALERT = "alert"
    BASELINE = "baseline"
    TOO_OLD = "too-old"

    @property
    def sentence(self) -> str:
        """The reason in words, for ``digest why`` and the dashboard."""
        return _OUTCOME_SENTENCES[self]


_OUTCOME_SENTENCES = {
    Outcome.ALERT: "it alerted",
    Outcome.BASELINE: "it was already in the feed at the feed's first poll, which alerts nobody",
    Outcome.TOO_OLD: "its date is older than poll.max_age",
}


# --- from a document ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """One entry as its feed wrote it: fields may hold markup, links are absolute, nothing is cleaned yet."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    author: str = ""
    lang: str = ""
    tags: tuple[str, ...] = ()
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a document says of itself, and its entries in document order."""

    title: str = ""
    link: str = ""
    lang: str = ""
    entries: tuple[ParsedEntry, ...] = ()
    complaint: str = ""
    """Plain words on what was wrong with a document that could be read all the same."""


@dataclass(frozen=True, slots=True)
class EntryText:
    """The fields of an entry that rules look at, as plain text."""

    title: str = ""
    summary: str = ""
    content: str = ""
    source: str = ""
    lang: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()


# --- from a rule -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a term stands: code-point offsets into the named field's plain text, and what stands there.

    ``field`` is one of title, summary, content, source, lang, author, tag; for ``tag`` the offsets are into the
    tags joined by a line feed.
    """

    field: str
    start: int
    end: int
    text: str
    term: str


@dataclass(frozen=True, slots=True)
class Match:
    """One rule hitting one entry, and why: the words that decided, in order of field and place."""

    rule: str
    severity: Severity
    hits: tuple[Hit, ...]


# --- what a poll found, before anything is decided ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an entry the same entry at the next poll: 16-byte keyed hashes (BLAKE2b)."""

    key: bytes
    link: bytes
    """Hash of the normalised link; empty where there is none."""
    title: bytes
    """Hash of the normalised title; empty where there is none."""


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """An unseen entry, cleaned, folded and matched: what it says, which rules hit it, what could be said of it."""

    identity: Identity
    url: str
    text: EntryText
    published: datetime | None
    folded: str
    """By ``match.FOLD_VERSION``."""
    matches: tuple[tuple[Match, tuple[str, ...]], ...] = ()
    """Each with a summary that shows why: at most three sentences, plain text."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a feed document brought: facts only, nothing is judged."""

    title: str
    """The feed's own, one clean line; empty where nothing was parsed."""
    entry_hashes: bytes
    """Eight bytes for each entry of the document, joined; empty for one that must always be parsed whole."""
    holds_entries: bool
    """Whether it has any entry at all, new or known."""
    entries: tuple[EntryFacts, ...] = ()
    """The new ones, in document order."""
    rekeyed: tuple[tuple[Identity, Identity], ...] = ()
    """(known, new) identities of entries that are known under another key; they alert nobody."""
    rest: tuple[Identity, ...] = ()
    """Of new entries beyond those that may come at once: they count as seen."""


# --- one poll, decided but not yet stored ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class JudgedMatch:
    """A match with what becomes of it."""

    match: Match
    outcome: Outcome
    summary: tuple[str, ...] = ()
    """At most three sentences, plain text."""


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One message owed to one channel, rendered: either all its parts arrive or it is not done."""

    channel: str
    kind: DeliveryKind
    severity: Severity
    title: str
    """A line for lists of the outbox; never sent."""
    parts: tuple[str, ...]
    """What is sent, in order, in the channel's own format; each within the channel's limit."""
    state: DeliveryState = DeliveryState.QUEUED
    not_before: datetime | None = None
    rules: tuple[str, ...] = ()
    """The alerts (by rule) of the entry that this message carries."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry unseen until now, cleaned, folded, matched, judged, with the deliveries it makes us owe."""

    identity: Identity
    url: str
    text: EntryText
    published: datetime | None
    folded: str
    fold_version: int
    baseline: bool
    matches: tuple[JudgedMatch, ...] = ()
    deliveries: tuple[PlannedDelivery, ...] = ()


@dataclass(frozen=True, slots=True)
class LateMatches:
    """What rules find in a stored entry that they did not find when it came, judged, with the deliveries owed."""

    entry: int
    matches: tuple[JudgedMatch, ...]
    deliveries: tuple[PlannedDelivery, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedUpdate:
    """The new state of a feed after one attempt; ``None`` leaves a column as it is unless said otherwise."""

    feed_id: int
    attempted: datetime
    ok: bool
    next_due: datetime
    interval: timedelta
    failures: int
    """Failed attempts in a row, this one included; 0 when ok."""
    error: str = ""
    """Plain words; of a poll that went well, what it left out."""
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    entry_hashes: bytes | None = None
    """Eight bytes for each entry of the document, joined."""
    fetch_url: str | None = None
    """Where a permanent redirect leads."""
    title: str | None = None
    gone: bool = False
    baseline: bool = False
    """True for the first successful poll."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """All that one poll of one feed changes, or a part of that; stored in one transaction or not at all."""

    update: FeedUpdate
    entries: tuple[NewEntry, ...] = ()
    """Oldest first."""
    rekeyed: tuple[tuple[Identity, Identity], ...] = ()
    """(known, new) pairs of a feed that renamed its entries."""
    seen: tuple[Identity, ...] = ()
    """Of entries that are not stored, and never come back as new."""
    more: bool = False
    """Another part follows, and the feed is not polled until the last one is stored."""


# --- what the user configured ------------------------------------------------------------------------------------


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


@dataclass(frozen=True, slots=True)
class DigestSpec:
    """A ``[[digest]]`` of the config; ``cron`` (five fields) is always set, from ``at`` where that was given."""

    name: str
    cron: str
    channels: tuple[str, ...]
    timezone: str = "UTC"


# --- what the store holds, as its readers see it -----------------------------------------------------------------


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
        """The name to show: the user's, else the feed's own title, else its address without a login."""
        return self.spec.name or bounded(self.title, LONGEST_NAME) or without_login(self.spec.url)


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry with its text, as searches, summaries and messages need it."""

    id: int
    feed_id: int
    url: str
    text: EntryText
    published: datetime | None
    first_seen: datetime
    baseline: bool = False
    folded: str = ""
    fold_version: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """A match that was worth telling, with the entry it is about."""

    id: int
    rule: str
    severity: Severity
    created: datetime
    entry: StoredEntry
    hits: tuple[Hit, ...] = ()
    summary: tuple[str, ...] = ()
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox."""

    id: int
    channel: str
    kind: DeliveryKind
    state: DeliveryState
    severity: Severity
    attempts: int
    created: datetime
    updated: datetime
    title: str = ""
    not_before: datetime | None = None
    reason: str = ""
    held_by: Hold | None = None
    parts: tuple[str, ...] = ()
    message_ids: tuple[int, ...] = ()
    """One for each part that was accepted: ``parts[len(message_ids):]`` is still owed."""
    alerts: tuple[int, ...] = ()
    maybe_repeat: bool = False
    """An answer was lost: the next part sent says that it may be a repeat."""
    retried: datetime | None = None
    """When a user asked for it again ..."""
    released: datetime | None = None
    """... and when it was held last."""

    @property
    def wanted_since(self) -> datetime:
        """Since when it is tried to be sent: giving up counts from here."""
        return max(filter(None, (self.created, self.retried, self.released)))


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
    last_ok: datetime | None = None
    last_error: str = ""
    last_error_at: datetime | None = None

    @property
    def chat(self) -> str:
        """Where its messages go now."""
        return self.migrated_to or self.target


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


# --- a digest, composed but not yet rendered ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One entry in a digest: it stands once, under the severest of its rules."""

    title: str
    url: str
    source: str
    published: datetime | None
    entry: int = 0
    """The stored entry's id."""
    sentences: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Every rule by which the entry alerted, severest first."""
    severity: Severity = Severity.NORMAL
    """The highest of these rules."""


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """What one rule brought."""

    rule: str
    title: str
    severity: Severity
    lines: tuple[DigestLine, ...]


@dataclass(frozen=True, slots=True)
class DigestDocument:
    """The alerts of a period, grouped by rule, severest first; ``since`` is inside the period, ``until`` is not."""

    name: str
    since: datetime
    until: datetime
    timezone: str
    """IANA name of the zone in which its times are shown."""
    groups: tuple[DigestGroup, ...]
    alerts: int
    """How many alerts the period had: an entry that matched three rules counts three times."""

    @property
    def entries(self) -> int:
        """How many lines it has in all."""
        return sum(len(group.lines) for group in self.groups)
