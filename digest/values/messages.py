"""What is owed to the channels, and what a digest holds."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.values.news import Hit, StoredEntry
    from digest.values.stories import Development, Story

Tells = dict[str, Any]
"""What a message tells of beside its alerts, as JSON; which of these it has depends on its kind.

- digest: ``name``, ``since`` and ``until`` (milliseconds since 1970), ``timezone`` (an IANA name); ``earlier``: the ids
  of those of its alerts that were told before its time, of stories that have grown since; ``more``: how many stories of
  each rule it only counts; ``kin``: the ids of stories that are told as one event, of each a list of the sure ones and
  one of the doubtful; ``model``: ``"asked"`` while it waits for the language model, then what that answered:
  ``picked``, sentences by the ids of entries (as text), and ``translated``, headlines likewise
- catch-up: ``because``, a `Hold`; without it its alerts were too many at once
- alert: ``update``, true where its channel was told of its story before; ``every``, in milliseconds, if bundled;
  ``escalated``, where nobody took it in another channel: ``from``, the name of that, ``after``, in milliseconds, and
  ``past``, the names of channels that were to be told and are off
- notice: ``lines``, what it says, and ``facts``, the same for programs

A message of any kind that has ``lines`` says these.
"""


class DeliveryState(enum.StrEnum):
    """Where a delivery stands; queued → sending → sent, or one of the honest exceptions."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    HELD = "held"
    UNKNOWN = "unknown"
    DEAD = "dead"
    DROPPED = "dropped"


class Failure(enum.StrEnum):
    """Every way in which sending can end but well; each asks for one thing to be done."""

    NOT_SENT = "not-sent"
    """Nothing left this machine: try again."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have been delivered."""
    NOT_TAKEN = "not-taken"
    """Not accepted, and the answer does not tell whether for what it says or whatever it says: another one shows."""
    RATE_LIMITED = "rate-limited"
    """Not accepted; the far side asks for silence."""
    MIGRATED = "migrated"
    """Not accepted; the chat has another id now."""
    REFUSED = "refused"
    """Not accepted for what it says: trying again would change nothing."""
    CLOSED = "closed"
    """Not accepted, whatever it says: the chat or topic takes nothing of this bot now."""
    GONE = "gone"
    """Not accepted, and the far side wants nothing any more: nothing is sent there until a user says so."""
    WRONG_TOKEN = "wrong-token"  # noqa: S105 - the name of a failure
    """Not accepted; no message of this bot is."""
    UPDATES_TAKEN = "updates-taken"
    """Of reading only: another program reads what is written to the bot."""


class Hold(enum.StrEnum):
    """Why a delivery is held."""

    QUIET = "quiet"
    """The channel's quiet hours."""
    MUTE = "mute"
    """Every rule that it tells of is muted, or its story."""
    BUNDLE = "bundle"
    """Its rules are told together with others, each time a span is over."""


class DeliveryKind(enum.StrEnum):
    """What a delivery carries."""

    ALERT = "alert"
    DIGEST = "digest"
    CATCH_UP = "catch-up"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """One message owed to one channel: what it tells of; how that reads is decided when it goes."""

    channel: str
    kind: DeliveryKind
    severity: Severity
    title: str
    """A line for lists of the outbox; never sent."""
    tells: Tells = field(default_factory=dict)
    """... beside its alerts."""
    rules: tuple[str, ...] = ()
    """The alerts (by rule) of the entry that this message carries."""
    story: int | None = None
    """The event that it tells of."""
    untaken: bool = False
    """Somebody is to take it in hand, or another channel is told of it, too."""


@dataclass(frozen=True, slots=True)
class Taken:
    """That somebody has an event in hand."""

    who: str
    """As others are told: ``Ann``."""
    since: datetime
    person: str = ""
    """Tells them from all others of that name: ``telegram 42``."""


@dataclass(frozen=True, slots=True)
class InHand:
    """An event that alerted, and who has it."""

    event: int
    """See `digest.values.news.StoredEntry.event`."""
    entry: int
    """The id of its first report that alerted ..."""
    title: str
    """... and the title of that."""
    severity: Severity
    """The highest of its alerts."""
    since: datetime
    """When the first of them was made."""
    taken: Taken | None = None
    """``None``: nobody has it."""
    went_to: tuple[str, ...] = ()
    """The channels that were told because nobody took it, in order."""


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
    news: Development | None = None
    """Of an UPDATE: why its story is told again."""
    taken: Taken | None = None
    """Who has its event in hand, where that was asked."""


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
    tells: Tells = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    """What is sent, in order, in the channel's own format: as it was written when it was last taken to be sent ..."""
    place: str = ""
    """... and for which chat."""
    message_ids: tuple[int, ...] = ()
    """One for each part that was accepted, 0 where its place knows none: ``parts[len(message_ids):]`` is still owed."""
    alerts: tuple[int, ...] = ()
    maybe_repeat: bool = False
    """An answer was lost: the next part sent says that it may be a repeat."""
    retried: datetime | None = None
    """When a user asked for it again ..."""
    released: datetime | None = None
    """... and when it was held last."""
    story: int | None = None
    """The event that an alert tells of."""
    reply_to: int | None = None
    """The message of its chat that it answers; known only while it is on its way ..."""
    taken: Taken | None = None
    """... and so is who has the event in hand that it tells of."""

    @property
    def wanted_since(self) -> datetime:
        """Since when it is tried to be sent: giving up counts from here."""
        return max(filter(None, (self.created, self.retried, self.released)))


@dataclass(frozen=True, slots=True)
class Correction:
    """A headline that was changed after its entry had matched."""

    before: str
    """As it was at the match ..."""
    after: str
    """... and as it is now."""
    matches: bool = True
    """A rule still finds the entry."""
    at: datetime | None = None
    """When that was seen last."""

    @property
    def words(self) -> str:
        """What it was and what it is."""
        return f"“{self.before}” is now “{self.after}”"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store knows of what a message tells of, at the moment when it is written."""

    alerts: tuple[Alert, ...] = ()
    """Entry by entry, the weightiest first: the severest, then what most rules found, then the newest. Of a catch-up
    those of as many entries as one message can name; else all."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of the rules, by their ids; a rule without one goes by its id."""
    entries: int = 0
    """How many entries there are in all."""
    first: datetime | None = None
    """When the oldest of all its alerts was made ..."""
    last: datetime | None = None
    """... and the newest."""
    stories: Mapping[int, Story] = field(default_factory=dict)
    """Of these alerts, by their ids."""
    corrections: Mapping[int, Correction] = field(default_factory=dict)
    """Of their entries, by their ids."""
    taken: Mapping[int, Taken] = field(default_factory=dict)
    """Who has their events in hand, by these."""


class DigestChange(enum.StrEnum):
    """What a digest says of a story that was not said before."""

    NEW = "new"
    """All of it: nothing was told of it before this time."""
    UPDATED = "updated"
    """It was told before, and alerted again."""
    MORE = "more"
    """It was told before, and more publishers report it; nothing else is new."""


@dataclass(frozen=True, slots=True)
class DigestSource:
    """A publisher that reports a story."""

    name: str
    url: str = ""
    """Of its report."""


@dataclass(frozen=True, slots=True)
class DigestHeadline:
    """What stands with a story: a report of it that may be of another event, or another story."""

    title: str
    url: str = ""
    source: str = ""
    story: int | None = None
    """The id of the other story; ``None``: it is a report of the same."""
    lang: str = ""
    """Of the other story."""


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One story in a digest, told by one of its reports; it stands once, under the severest of its rules."""

    title: str
    url: str
    source: str
    published: datetime | None
    """By its feed, as scripts read it ..."""
    time: datetime
    """... and its time, as people do."""
    entry: int = 0
    """The stored entry's id."""
    sentences: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Every rule by which the story alerted, severest first."""
    severity: Severity = Severity.NORMAL
    """The highest of these rules."""
    key: int = 0
    """Which of its sentences stands where there is room for one."""
    lang: str = ""
    story: int | None = None
    """Its id; ``None``: the entry is a story of its own."""
    sources: tuple[DigestSource, ...] = ()
    """Every publisher that reports it, in the order of their first reports."""
    change: DigestChange | None = DigestChange.NEW
    """``None`` where nothing is compared with what was told before."""
    joined: int = 0
    """Of a story that was told before: how many publishers report it since."""
    note: str = ""
    """What the user wrote to it."""
    translation: str = ""
    """Of its headline, shown behind it."""
    apart: tuple[DigestHeadline, ...] = ()
    """What alerted in the period and may be another event."""
    also: tuple[DigestHeadline, ...] = ()
    """Stories that are very likely the same event in other languages."""


@dataclass(frozen=True, slots=True)
class DigestGroup:
    """What one rule brought; a group without a title is all that its digest has."""

    rule: str
    title: str
    severity: Severity
    lines: tuple[DigestLine, ...]
    more: int = 0
    """Stories that are left out, so that neither a rule nor a publisher takes all the room."""


@dataclass(frozen=True, slots=True)
class DigestDocument:
    """The stories of a period, grouped by rule, severest first; ``since`` is inside the period, ``until`` is not."""

    name: str
    since: datetime
    until: datetime
    timezone: str
    """IANA name of the zone in which its times are shown."""
    groups: tuple[DigestGroup, ...]
    alerts: int
    """How many alerts the period had: an entry that matched three rules counts three times."""
    title: str = ""
    """What it goes by, where that is not made of its name."""

    @property
    def entries(self) -> int:
        """How many lines it has in all."""
        return sum(len(group.lines) for group in self.groups)

    @property
    def more(self) -> int:
        """How many stories it only counts."""
        return sum(group.more for group in self.groups)


@dataclass(frozen=True, slots=True)
class Star:
    """What a user picked for a brief: an entry or a story."""

    id: int
    """In the order of picking."""
    entry: int | None
    story: int | None
    note: str
    at: datetime
