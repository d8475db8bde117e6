"""The tables, in SQLAlchemy Core, for SQLite and PostgreSQL alike.

Times are integers: milliseconds since 1970 in UTC (``UtcTime`` converts), and ``info["time"]`` says of what kind each
is (``Time``; ``store.times`` sets them right by it). ``seq`` is the change sequence: every
write transaction takes the next number and stamps it on the rows it touches, so a reader asks for what is newer
than the last number it saw. ``info["of"]`` says what a column holds beyond its type: the words of an enumeration, or
what stands in a list (``HIT``, ``PROBLEM``: a list of such values each; ``CHANGE``: an object of them). A narrow
``entries`` row is all that lists need; text lives in ``entry_texts``.
"""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
    text,
    types,
)

from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Outcome, Severity
from digest.values.stories import Development

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(types.TypeDecorator[datetime]):
    """An aware datetime, stored as milliseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Milliseconds of a datetime; a naive one is a bug and fails."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = "naive datetime"
            raise ValueError(message)
        return round(value.timestamp() * 1000)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The datetime of stored milliseconds."""
        del dialect
        return None if value is None else datetime.fromtimestamp(value / 1000, UTC)


class Time(enum.Enum):
    """What kind of time a column holds, and so what becomes of it once a clock that was ahead is right again."""

    HAPPENED = enum.auto()
    """When something was: it cannot lie in the future, and counts as now."""
    DUE = enum.auto()
    """When something is done next: at once, where its row was written in the future."""
    UNTIL = enum.auto()
    """How long something lasts: as long as it would have, where its row was written in the future."""
    VOID = enum.auto()
    """When something begins: a row for which this lies in the future says nothing, and goes."""
    SAID = enum.auto()
    """What others say, whatever it is."""


HAPPENED, DUE, UNTIL, VOID, SAID = ({"time": kind} for kind in Time)

HIT = (str, int, int, str, str)
SPAN = (str, int, int, str)
PROBLEM = (str, int, int, str)
CHANGES = frozenset({"mute", "unmute", "unwanted", "follow", "unfollow", "take", "release"})
CHANGE = {"at": int, "field": str, "before": str, "after": str, "difference": str, "sha256": str, "matches": bool}
"""See ``evidence.StoredEvidence``."""

_id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Single facts: ``seq`` (the change sequence), ``fold_version``, ``mark`` (tells this database from others),
``doubt`` (when it was found that the database lacks what was written last), ``coming`` and ``config`` (see
``store.parts``), ``pushed`` (see ``store.rules``).
"""

engine = Table(
    "engine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("pid", Integer),  # null: none runs
    Column("host", Text, nullable=False, default=""),
    Column("version", Text, nullable=False, default=""),
    Column("started", UtcTime, info=HAPPENED),
    Column("heartbeat", UtcTime, info=HAPPENED),
    Column("activity", Text, nullable=False, default=""),  # plain words: "polling 12 of 40 feeds"
    Column("problem", Text, nullable=False, default=""),
)

awake = Table(
    "awake",
    metadata,
    Column("begun", UtcTime, primary_key=True, autoincrement=False, info=VOID),
    Column("ended", UtcTime, nullable=False, info=HAPPENED),  # moved on while it lasts
)
"""When an engine was at work: one row from a start, or from when the machine woke or its clock was set, to the next."""

feeds = Table(
    "feeds",
    metadata,
    Column("id", _id, primary_key=True),
    Column("url", Text, nullable=False, unique=True),  # as the config names it
    Column("fetch_url", Text, nullable=False, default=""),  # where a permanent redirect led
    Column("name", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),  # the feed's own
    Column("tags", JSON, nullable=False, default=list, info={"of": str}),
    Column("lang", Text, nullable=False, default=""),
    Column("publisher", Text, nullable=False, default=""),
    Column("tier", Text, nullable=False, default="", server_default=text("''")),  # A to F; empty: not said, like F
    Column("every_ms", BigInteger),
    Column("full_text", Boolean, nullable=False, default=False),
    Column(
        "reading", JSON(none_as_null=True), info={"of": dict}
    ),  # how a page is read that is no feed; null: it is a feed
    Column("configured", Boolean, nullable=False, default=True),  # false: no longer in the config
    Column("paused", Boolean, nullable=False, default=False),
    Column("added", UtcTime, nullable=False, info=HAPPENED),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("body_hash", LargeBinary, nullable=False, default=b""),
    Column("entry_hashes", LargeBinary, nullable=False, default=b""),
    Column("baseline_at", UtcTime, info=HAPPENED),
    Column("last_attempt", UtcTime, info=HAPPENED),
    Column("last_ok", UtcTime, info=HAPPENED),
    Column("last_error", Text, nullable=False, default=""),
    Column("last_status", Integer),
    Column("failures", Integer, nullable=False, default=0),
    Column("gone_at", UtcTime, info=HAPPENED),
    Column("interval_ms", BigInteger, nullable=False),
    Column("next_due", UtcTime, nullable=False, info=DUE),
    Column("last_new", UtcTime, info=HAPPENED),
    Column("rhythm", JSON(none_as_null=True), info={"of": dict}),  # null: nothing is known of it
    Column("entries", Integer, nullable=False, default=0),
    Column("job", BigInteger),  # that of Procrastinate in which it is polled; null: none
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "next_due"),
    Index(None, "seq"),
)

Index("ix_feeds_job", feeds.c.job, sqlite_where=feeds.c.job.is_not(None))

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("feed_id", _id, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("hub", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("callback", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("due", UtcTime, nullable=False, info=DUE),
    Column("asked", UtcTime, info=HAPPENED),
    Column("since", UtcTime, info=HAPPENED),
    Column("until", UtcTime, info=DUE),  # by a clock that was ahead it is over, and asked for anew
    Column("pushed", UtcTime, info=HAPPENED),
    Column("missed", UtcTime, info=HAPPENED),
    Column("leaving", Boolean, nullable=False, default=False),
    Column("failures", Integer, nullable=False, default=0),
    Column("problem", Text, nullable=False, default=""),
    Column("troubled", UtcTime, info=HAPPENED),
    Column("ignored", Integer, nullable=False, default=0),
    Column("seq", BigInteger, nullable=False, default=0),
)
"""What the hubs of feeds were asked for; see ``digest.values.push.Subscription``."""

identities = Table(
    "identities",
    metadata,
    Column("feed_id", _id, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("link", LargeBinary, nullable=False, default=b""),
    Column("title", LargeBinary, nullable=False, default=b""),
    Column(
        "twin", LargeBinary, nullable=False, default=b"", server_default=text("''")
    ),  # of those from before: unknown
    Column("words", LargeBinary, nullable=False, default=b"", server_default=text("''")),
    Column("first_seen", UtcTime, nullable=False, info=HAPPENED),
    Column("entry_id", _id),  # its entry, which may be pruned by now
    Index(None, "feed_id", "link"),  # a feed that renames its entries is recognised by links and titles
    Index(None, "feed_id", "title"),
    Index(None, "feed_id", "first_seen"),
    sqlite_with_rowid=False,
)
"""What was ever seen (``keep.seen``); outlives the entry's text."""

entries = Table(
    "entries",
    metadata,
    Column("id", _id, primary_key=True),
    Column("feed_id", _id, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("url", Text, nullable=False, default=""),
    Column("title", Text, nullable=False, default=""),
    Column("author", Text, nullable=False, default=""),
    Column("lang", Text, nullable=False, default=""),
    Column("published", UtcTime, info=SAID),
    Column("first_seen", UtcTime, nullable=False, info=HAPPENED),
    Column("baseline", Boolean, nullable=False, default=False),
    Column("severity", Integer, info={"of": Severity}),  # highest of its matches; null: unmatched
    Column("read_at", UtcTime, info=HAPPENED),
    Column("publisher", Text, nullable=False, default="", server_default=text("''")),  # whose voice it is
    Column("story_id", _id),  # null: it was not compared with others yet; 0: too old for that when it came
    Column("repeat", Boolean, nullable=False, default=False, server_default=text("0")),  # of a report before it
    Column("doubtful", Boolean, nullable=False, default=False, server_default=text("0")),  # if it is of its story
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "feed_id"),
    Index(None, "first_seen"),
    Index(None, "seq"),
    Index(None, "url"),
    Index(None, "story_id"),
    sqlite_autoincrement=True,  # an id is never used again
)
Index(
    "ix_entries_unstoried",  # what still has to be compared
    entries.c.id,
    sqlite_where=entries.c.story_id.is_(None),
)
Index(
    "ix_entries_matched",
    entries.c.first_seen,
    entries.c.id,
    sqlite_where=entries.c.severity.is_not(None),  # postgresql_where would import that dialect: 70 ms for nothing
)
Index(
    "ix_entries_unread",  # counted for the dashboard at each change
    entries.c.id,
    sqlite_where=and_(entries.c.severity.is_not(None), entries.c.read_at.is_(None), entries.c.baseline.is_(False)),
)

entry_texts = Table(
    "entry_texts",
    metadata,
    Column("entry_id", _id, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("summary", Text, nullable=False, default=""),
    Column("content", Text, nullable=False, default=""),
    Column("tags", JSON, nullable=False, default=list, info={"of": str}),
    Column("folded", Text, nullable=False, default=""),
    Column("fold_version", Integer, nullable=False, default=0),
    Column("summary_spans", JSON, nullable=False, default=list, server_default=text("'[]'"), info={"of": SPAN}),
    Column("content_spans", JSON, nullable=False, default=list, server_default=text("'[]'"), info={"of": SPAN}),
)

stories = Table(
    "stories",
    metadata,
    Column("id", _id, primary_key=True, autoincrement=False),  # of its first report, an entry: never used again
    Column("created", UtcTime, nullable=False, info=HAPPENED),
    Column("updated", UtcTime, nullable=False, info=HAPPENED),  # when the last report joined it
    Column("followed", UtcTime, info=HAPPENED),  # a user follows it since
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "updated"),
    Index(None, "seq"),
)
"""Events; the entries that report one say so themselves."""

story_window = Table(
    "story_window",
    metadata,
    Column("id", _id, primary_key=True),  # the order in which they were compared
    Column("entry_id", _id, nullable=False, unique=True),
    Column("at", UtcTime, nullable=False, info=HAPPENED),
    Column("lang", Text, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # ``stories.cluster`` reads it
    sqlite_autoincrement=True,
)
"""The newest reports, as new ones are compared with them. Nothing else is remembered for that."""

articles = Table(
    "articles",
    metadata,
    Column("entry_id", _id, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False, info=HAPPENED),
    Column("title", Text, nullable=False, default=""),
    Column("text", Text, nullable=False, default=""),  # empty: there is none, and ``problem`` says why
    Column("spans", JSON, nullable=False, default=list, info={"of": SPAN}),
    Column("problem", Text, nullable=False, default=""),
)
"""The pages of entries whose feed has ``full_text``, once they were fetched."""

evidence = Table(
    "evidence",
    metadata,
    Column("entry_id", _id, ForeignKey("entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False, info=HAPPENED),
    Column("sha256", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("changes", JSON, nullable=False, default=list, info={"of": CHANGE}),  # what was seen to differ, oldest first
)
"""What an entry said when a rule matched it."""

stars = Table(
    "stars",
    metadata,
    Column("id", _id, primary_key=True),
    Column("entry_id", _id, unique=True),  # this ...
    Column("story_id", _id, unique=True),  # ... or this
    Column("note", Text, nullable=False, default=""),
    Column("at", UtcTime, nullable=False, info=HAPPENED),
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "seq"),
)
"""What a user picked for a brief, in the order of picking."""

matches = Table(
    "matches",
    metadata,
    Column("id", _id, primary_key=True),
    Column("entry_id", _id, ForeignKey("entries.id", ondelete="CASCADE"), nullable=False),
    Column("rule", Text, nullable=False),
    Column("severity", Integer, nullable=False, info={"of": Severity}),
    Column("outcome", Text, nullable=False, info={"of": Outcome}),  # "alert" makes it an alert
    Column("hits", JSON, nullable=False, info={"of": HIT}),  # [[field, start, end, text, term], ...]
    Column("summary", JSON, nullable=False, default=list, info={"of": str}),  # sentences
    Column("created", UtcTime, nullable=False, info=HAPPENED),
    Column("news", Text, info={"of": Development}),  # of an UPDATE: why its story is told again
    Column("sources", Integer, nullable=False, default=0, server_default=text("0")),  # of its story when it was told
    Column("seq", BigInteger, nullable=False, default=0),
    UniqueConstraint("entry_id", "rule"),
    Index(None, "created"),
    Index(None, "rule", "created"),
    Index(None, "seq"),
    sqlite_autoincrement=True,  # an id is never used again
)

channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("target", Text, nullable=False, default=""),
    Column("first_seen", UtcTime, nullable=False, info=HAPPENED),  # it is owed nothing older
    Column("migrated_to", Text, nullable=False, default=""),  # the supergroup a group became
    Column("off", Text, nullable=False, default=""),  # why it owes nothing: "no token in TELEGRAM_BOT_TOKEN"
    Column("last_ok", UtcTime, info=HAPPENED),
    Column("last_error", Text, nullable=False, default=""),
    Column("last_error_at", UtcTime, info=HAPPENED),
    Column("try_at", UtcTime, info=DUE),  # with ``off``: the next message tries whether it is over; null: the config's
    Column("failures", Integer, nullable=False, default=0, server_default="0"),  # in a row, by no message's own fault
    Column("seq", BigInteger, nullable=False, default=0),
)

sends = Table(
    "sends",
    metadata,
    Column("id", _id, primary_key=True),
    Column("chat", Text, nullable=False),  # or another far side, as ``ChannelState.chat`` names it
    Column("at", UtcTime, nullable=False, info=HAPPENED),  # when its answer came; until then when it was begun
    Column("done", Boolean, nullable=False, default=False),  # its answer came, or will not come
    Column("delivery_id", _id),  # null: no delivery, but an answer of the bot or a test
    Column("holder", Text),  # who writes; see ``store.parts``
    Index(None, "chat"),
    Index(None, "at"),
)
"""When each far side was written to, by whichever process, as far as that still counts."""

pauses = Table(
    "pauses",
    metadata,
    Column("chat", Text, primary_key=True),
    Column("since", UtcTime, nullable=False, info=HAPPENED),
    Column("until", UtcTime, nullable=False, info=UNTIL),
)
"""The silence that a far side asked for (429)."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("kind", Text, nullable=False, info={"of": DeliveryKind}),
    Column("state", Text, nullable=False, info={"of": DeliveryState}),
    Column("severity", Integer, nullable=False, info={"of": Severity}),
    Column("title", Text, nullable=False, default=""),
    Column("tells", JSON, nullable=False, default=dict, server_default="{}", info={"of": dict}),  # messages.Tells
    Column("parts", JSON, nullable=False, default=list, info={"of": str}),  # as written when it was last claimed ...
    Column("place", Text, nullable=False, default="", server_default=text("''")),  # ... and for which chat
    Column("message_ids", JSON, nullable=False, default=list, info={"of": int}),
    Column("attempts", Integer, nullable=False, default=0),
    Column("not_before", UtcTime, info=DUE),  # all that it waits for is over then: see ``delivery.queue``
    Column("retry_at", UtcTime, info=DUE),  # it is tried again then, after a failure; of a catch-up: it has settled
    Column("failed", UtcTime, info=HAPPENED),  # when it was tried last, in vain
    Column("copies", Integer, nullable=False, default=0, server_default="0"),  # answers that were lost of it
    Column("turn", BigInteger),  # of two equally severe ones the lower goes first; null: not placed yet
    Column("created", UtcTime, nullable=False, info=HAPPENED),
    Column("updated", UtcTime, nullable=False, info=HAPPENED),
    Column("retried", UtcTime, info=HAPPENED),  # a user asked for it again: giving up counts from here
    Column("reason", Text, nullable=False, default=""),
    Column("held_by", Text, info={"of": Hold}),  # while it is held
    Column("released", UtcTime, info=HAPPENED),  # it was held until then: giving up counts from here
    Column("maybe_repeat", Boolean, nullable=False, default=False),  # an answer was lost: label the next attempt
    Column("story_id", _id),  # the event that an alert tells of
    Column("stale", UtcTime, info=HAPPENED),  # sent, and would read differently since then
    Column("edit_at", UtcTime, info=DUE),  # it may be edited then
    Column("untaken", UtcTime, info=HAPPENED),  # somebody is to take what it tells since then; null: nobody need
    Column("holder", Text),  # who sends it, or sent it last; see ``store.parts``
    Column("key", Text, unique=True),  # what may be owed only once: "digest:morning:2026-11-22:desk"
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "state", "channel"),
    Index(None, "story_id"),
    Index(None, "seq"),
    sqlite_autoincrement=True,  # an id is never used again
)
Index("ix_deliveries_stale", deliveries.c.edit_at, sqlite_where=deliveries.c.stale.is_not(None))
Index("ix_deliveries_untaken", deliveries.c.untaken, sqlite_where=deliveries.c.untaken.is_not(None))

delivery_alerts = Table(
    "delivery_alerts",
    metadata,
    Column("delivery_id", _id, ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
    Column("match_id", _id, ForeignKey("matches.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "match_id"),
)

digests = Table(
    "digests",
    metadata,
    Column("name", Text, primary_key=True),
    Column("local_date", Text, primary_key=True),  # and time, for one that goes out more than once a day
    Column("since", UtcTime, nullable=False, info=VOID),
    Column("until", UtcTime, nullable=False, info=HAPPENED),
    Column("alerts", Integer, nullable=False, default=0),
    Column("document", JSON, nullable=False, default=dict, server_default=text("'{}'"), info={"of": dict}),
)
"""Digests that were composed: cron fires twice when clocks go back, this does not."""

rule_versions = Table(
    "rule_versions",
    metadata,
    Column("id", _id, primary_key=True),
    Column("path", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("loaded", UtcTime, nullable=False, info=HAPPENED),
    Index(None, "path", "id"),
)
"""Every good version of a rule file that was ever live."""

rule_files = Table(
    "rule_files",
    metadata,
    Column("path", Text, primary_key=True),  # relative to the rules folder
    Column("version_id", _id),  # what is live; null: nothing of it is
    Column("since", UtcTime, info=HAPPENED),
    # [[path, line, column, message], ...] of the file on disk.
    Column("problems", JSON, nullable=False, default=list, info={"of": PROBLEM}),
    Column("seq", BigInteger, nullable=False, default=0),
)

rules = Table(
    "rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False, default=""),
    Column("topic", Text, nullable=False, default=""),  # the heading it stands under: its file's name in words
    Column("severity", Integer, nullable=False, info={"of": Severity}),
    Column("channels", JSON(none_as_null=True), info={"of": str}),  # null: every channel
    Column("path", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("position", Integer, nullable=False, default=0),
    Column("enabled", Boolean, nullable=False, default=True),
    Column("seq", BigInteger, nullable=False, default=0),
)
"""The live rules, as the engine loaded them."""

requests = Table(
    "requests",
    metadata,
    Column("id", _id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("args", JSON, nullable=False, default=dict, info={"of": dict}),
    Column("created", UtcTime, nullable=False, info=HAPPENED),
    Column("claimed", UtcTime, info=HAPPENED),
    Column("holder", Text),  # who took it; see ``store.parts``
    Column("done", UtcTime, info=HAPPENED),
    Column("result", Text, nullable=False, default=""),
)

mutes = Table(
    "mutes",
    metadata,
    Column("rule", Text, primary_key=True),  # its id; or "story 12"
    Column("until", UtcTime, nullable=False, info=UNTIL),
    Column("by", Text, nullable=False),  # who asked for it, in words
    Column("since", UtcTime, nullable=False, info=HAPPENED),
)
"""Rules and stories whose alerts are held for a while."""

duties = Table(
    "duties",
    metadata,
    Column("event", _id, primary_key=True, autoincrement=False),  # see ``StoredEntry.event``
    Column("who", Text, nullable=False),  # as others are told: "Ann"
    Column("person", Text, nullable=False),  # tells from all others of that name: "telegram 42"
    Column("since", UtcTime, nullable=False, info=HAPPENED),
    Column("seq", BigInteger, nullable=False, default=0),
    Index(None, "since"),
)
"""Who has which event in hand; of the others nobody has said so."""

changes = Table(
    "changes",
    metadata,
    Column("id", _id, primary_key=True),
    Column("at", UtcTime, nullable=False, info=HAPPENED),
    Column("by", Text, nullable=False),  # who, in words: "Ann (123456789) by Telegram"
    Column("what", Text, nullable=False),  # in words: "muted north-korea until 15:00 KST, 12 Mar"
    Column("kind", Text, nullable=False, info={"of": CHANGES}),
    Column("args", JSON, nullable=False, default=dict, info={"of": dict}),  # what undoing it needs
    Column("undone", UtcTime, info=HAPPENED),
    Column("undone_by", Text, nullable=False, default=""),
    sqlite_autoincrement=True,  # an id stands on a button, and is never used again
)
"""What users changed by a face that is not theirs alone: who, when, and whether it was undone."""

strangers = Table(
    "strangers",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", Text, nullable=False, default=""),
    Column("first_seen", UtcTime, nullable=False, info=HAPPENED),
    Column("last_seen", UtcTime, nullable=False, info=HAPPENED),
    Column("count", Integer, nullable=False, default=0),
)
"""Who asked the bot for something and is none of its admins; each is refused in words once, and counted."""

bot_chats = Table(
    "bot_chats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("username", Text, nullable=False, default=""),
    Column("last_seen", UtcTime, nullable=False, info=HAPPENED),
)
"""The chats that have written to the bot while an engine read its updates."""

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcTime, nullable=False, info=UNTIL),
    Column("token", BigInteger, nullable=False, default=0, server_default="0"),  # rises with each holder of a part
)
"""What only one process may do at a time, such as reading the bot's updates, or being a part (``store.parts``)."""

conditions = Table(
    "conditions",
    metadata,
    Column("key", Text, primary_key=True),  # "feed:12:failing"
    Column("sentence", Text, nullable=False),
    Column("over", Text, nullable=False, default=""),  # what is said when it is over; empty: nothing
    Column("since", UtcTime, nullable=False, info=HAPPENED),
    Column("told", UtcTime, info=HAPPENED),  # what was told in one message has one time; null: only shown
    Column("ended", UtcTime, info=HAPPENED),  # it is over since then, which is told together with others
    Column("seq", BigInteger, nullable=False, default=0),
)
"""What is wrong now, told or only shown; a row goes when it is over and that was told."""
