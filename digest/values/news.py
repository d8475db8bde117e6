"""What flows from a feed to an alert: documents, entries, matches, polls."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from digest.text import headline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from digest.values.states import PollHints, Rhythm
    from digest.values.stories import Development


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

    @property
    def glyph(self) -> str:
        """Its shape, which stands before the word: severity is never a colour alone."""
        return "○◆▲■"[self]


class MarkKind(enum.StrEnum):
    """What a piece of text is, beside its words."""

    HEADING = "heading"
    ITEM = "item"
    """Of a list; lists in it are none of it."""
    QUOTE = "quote"
    LINK = "link"
    IMAGE = "image"
    """It has no words: it stands where its mark does, which is empty."""
    TABLE = "table"
    """Its cells are marked, or else there is one row a line, its cells parted by " | "."""
    CELL = "cell"
    """Of a table; one without words has no mark."""
    EMPHASIS = "emphasis"
    CODE = "code"


class TextMark(NamedTuple):
    """What a piece of plain text is; text stays plain, and structure is marks over it. Stored as a list of the four."""

    kind: MarkKind
    start: int
    """In code points."""
    end: int
    detail: str = ""
    """What more is known of it, in words parted by a space: of a heading its level; of an item how deep its list lies
    and, where that is numbered, its number; of a cell its row and column, from 0; of a link its http(s) address; of an
    image the same, or nothing, and its description; of a line of code how many blanks it is indented by."""

    @property
    def address(self) -> str:
        """Of a link or an image, the http(s) address; empty where there is none."""
        return self.detail.partition(" ")[0]

    @property
    def description(self) -> str:
        """Of an image, in words; empty where there is none."""
        return self.detail.partition(" ")[2]

    @property
    def numbers(self) -> tuple[int, ...]:
        """Of a heading, an item, a cell or a line of code, the numbers in its detail."""
        return tuple(int(word) for word in self.detail.split() if word.isdecimal())


class Outcome(enum.StrEnum):
    """What became of a match: an alert, or the named reason why not."""

    UNDECIDED = "undecided"
    """Only inside the transaction that stores it."""
    ALERT = "alert"
    BASELINE = "baseline"
    TOO_OLD = "too-old"
    SAME_REPORT = "same-report"
    """Its story was told, and another report said the same before."""
    SAME_STORY = "same-story"
    """Its story was told, and nothing in it calls for telling it again."""
    FEW_SOURCES = "few-sources"
    """Its rule waits for more publishers (``sources``)."""
    NO_SPIKE = "no-spike"
    """Its rule alerts only when reports come thick and fast (``spike``)."""

    @property
    def sentence(self) -> str:
        """The reason in words, for ``digest why`` and the dashboard."""
        return _OUTCOME_SENTENCES[self]


_OUTCOME_SENTENCES = {
    Outcome.UNDECIDED: "nothing was decided of it yet",
    Outcome.ALERT: "it alerted",
    Outcome.BASELINE: "it was already in the feed at the feed's first poll, which alerts nobody",
    Outcome.TOO_OLD: "its date is older than poll.max_age",
    Outcome.SAME_REPORT: "its story was told before, and it says what another report said",
    Outcome.SAME_STORY: "its story was told before, and nothing in it calls for telling it again",
    Outcome.FEW_SOURCES: "its rule waits for more publishers to report it",
    Outcome.NO_SPIKE: "its rule alerts only when reports come much faster than usual",
}

SUPPRESSED: Final = (Outcome.SAME_REPORT, Outcome.SAME_STORY)
"""What became of matches whose story was told already."""


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
    elsewhere: str = ""
    """The address where its entries stand, of a document that only says that."""


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
    tier: str = ""
    """Of the feed, A to F; empty: not said, which counts as F."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a term stands: code-point offsets into the named field's plain text, and what stands there.

    ``field`` is one of title, summary, content, source, lang, author, tag, tier; for ``tag`` the offsets are into the
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


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes an entry the same entry at the next poll: 16-byte keyed hashes (BLAKE2b); empty where not known."""

    key: bytes
    link: bytes
    """Hash of the normalised link; empty where there is none."""
    title: bytes
    """Hash of the normalised title; empty where there is none."""
    twin: bytes = b""
    """Hash of title, page and date: what it is whatever its guid says."""
    words: bytes = b""
    """Which words its title has: a bit for each, by which two titles are seen to have most words in common."""


FoundMatch = tuple[Match, tuple[str, ...]]
"""A match with a summary that shows why: at most three sentences, plain text."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry unseen until now, cleaned, folded and matched: what it says, which rules hit it; nothing is decided."""

    identity: Identity
    url: str
    text: EntryText
    published: datetime | None
    folded: str
    fold_version: int
    baseline: bool = False
    """It was in its feed's first document, and is none of those that may alert all the same."""
    matches: tuple[FoundMatch, ...] = ()
    summary_spans: tuple[TextMark, ...] = ()
    content_spans: tuple[TextMark, ...] = ()
    """What these fields are beside their words, in order of place."""


@dataclass(frozen=True, slots=True)
class TextChange:
    """What a field of an entry, or its page, says otherwise than before."""

    field: str
    """``title``, ``summary``, ``content`` or ``page``."""
    before: str
    """What is gone: of a title all that it was, else the sentences that stand there no more ..."""
    after: str
    """... and what is new; both are bounded in length."""
    difference: str
    """Both between what stayed the same, a line for each sentence: the lines of a unified diff, bounded in length."""
    sha256: str
    """Of the field's whole text as it is now; what has this already has not changed."""


@dataclass(frozen=True, slots=True)
class EntryEdit:
    """An entry that is known, and says something else than it did."""

    key: bytes
    """Of its identity."""
    changes: tuple[TextChange, ...]
    rules: frozenset[str] = frozenset()
    """The ids of all rules that match it as it is now."""


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry that matched, as it is compared with what its feed says later."""

    key: bytes
    """Of its identity."""
    texts: Mapping[str, str]
    """Its title as it was seen last, its summary and content as they were when it matched; by field."""
    known: Mapping[str, str] = dataclass_field(default_factory=dict)
    """By field, the SHA-256 of what it was seen to say since then."""


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What the page of an article says: facts only, nothing is judged."""

    title: str = ""
    text: str = ""
    """The article, plain text whose blocks are parted by line feeds; empty where there is none."""
    spans: tuple[TextMark, ...] = ()
    """What its text is beside its words, in order of place."""
    problem: str = ""
    """Why there is no article, in plain words."""
    method: Literal["page", "text", "whole"] = "page"
    """How it was found, as `stories.extract.Article` says it."""
    summaries: Mapping[str, tuple[str, ...]] = dataclass_field(default_factory=dict)
    """New ones, by the rules whose words stand in the article."""
    rules: frozenset[str] = frozenset()
    """The ids of all rules that match it."""
    change: TextChange | None = None
    """Of a page that was read before: what it says otherwise."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What a feed document brought: facts only, nothing is judged."""

    title: str
    """The feed's own, one clean line; empty where nothing was parsed."""
    entry_hashes: bytes
    """Eight bytes for each entry of the document, joined; empty for one that must always be parsed whole."""
    holds_entries: bool
    """Whether it has any entry at all, new or known."""
    entries: tuple[NewEntry, ...] = ()
    """The new ones, in document order."""
    rekeyed: tuple[tuple[Identity, Identity], ...] = ()
    """(known, new) identities of entries that are known under another key; they alert nobody."""
    rest: tuple[Identity, ...] = ()
    """Of new entries beyond those that may come at once: they count as seen."""
    edits: tuple[EntryEdit, ...] = ()
    """Of entries that matched when they came."""
    told: str = ""
    """What is doubtful of how it was read, a sentence; empty where nothing is."""
    elsewhere: str = ""
    """Where its entries stand, of a document that only says that."""
    hints: PollHints | None = None
    """How often it wants to be asked; ``None``: nothing was parsed."""


@dataclass(frozen=True, slots=True)
class JudgedMatch:
    """A match with what becomes of it."""

    match: Match
    outcome: Outcome
    summary: tuple[str, ...] = ()
    """At most three sentences, plain text."""
    news: Development | None = None
    """Of an alert of a story that was told before: why it is told again."""
    sources: int = 0
    """Of an alert: how many publishers had reported its story by then."""


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
    rhythm: Rhythm | None = None
    """What is known of its rhythm now; ``None``: nothing new."""
    host_rests: datetime | None = None
    """Until then its server wants to be asked for nothing."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """What one poll of one feed found, or a part of that: facts only, stored in one transaction or not at all."""

    update: FeedUpdate
    entries: tuple[NewEntry, ...] = ()
    """Oldest first."""
    rekeyed: tuple[tuple[Identity, Identity], ...] = ()
    """(known, new) pairs of a feed that renamed its entries."""
    seen: tuple[Identity, ...] = ()
    """Of entries that are not stored, and never come back as new."""
    edits: tuple[EntryEdit, ...] = ()
    """Of entries that matched when they came; they alert nobody."""
    more: bool = False
    """Another part follows, and the feed is not polled until the last one is stored."""


def entry_time(published: datetime | None, first_seen: datetime) -> datetime:
    """The time of an entry, as messages, lists and searches show it: its own date, which feeds may not know.

    When it was first seen stands for a date that is missing, or that was still to come then.
    """
    return first_seen if published is None or published > first_seen else published


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
    publisher: str = ""
    """Whose voice it is: reports are counted by it, not by feeds."""
    story: int | None = None
    """The event that it reports; ``None``: it was not compared with others yet."""
    repeat: bool = False
    """It says what another report of its story said before."""
    doubtful: bool = False
    """It may be of another event than the rest of its story: it is told like one of its own."""

    @property
    def event(self) -> int:
        """What is taken in hand with it: its story; by itself, where it is in none or that is not sure."""
        return self.id if self.story is None or self.doubtful else self.story

    @property
    def time(self) -> datetime:
        """Its time, as it is shown."""
        return entry_time(self.published, self.first_seen)

    @property
    def came(self) -> datetime:
        """When it came, by which it is counted and listed; of a feed's first poll, which brings the past, its time."""
        return self.time if self.baseline else self.first_seen

    @property
    def title(self) -> str:
        """What it goes by: its title, else the first words of its text, else its address."""
        return headline(self.text.title, self.text.summary, self.text.content) or self.url
