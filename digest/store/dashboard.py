"""What the dashboard asks of the store: narrow rows, one entry in full, figures; and its own small write.

Every question is one short read, so nothing is held between two frames. A list is an order of places, newest first,
and its rows come a page at a time: a hundred thousand stored entries cost a first paint nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    and_,
    bindparam,
    case,
    distinct,
    exists,
    func,
    literal_column,
    select,
    true,
    type_coerce,
    update,
)

from digest.store.channels import CHANNELS, NO_LONGER_CONFIGURED
from digest.store.desks import found_for
from digest.store.entries import Chosen
from digest.store.facets import STARRED, UNREAD, having
from digest.store.rows import (
    channel_state,
    delivery,
    entry_query,
    feed_state,
    judged_match,
    source_name,
    spans_of,
    stored_entry,
)
from digest.store.rules import rule_file_query, rule_file_state
from digest.store.schema import (
    UtcTime,
    articles,
    channels,
    deliveries,
    delivery_alerts,
    duties,
    entries,
    entry_texts,
    feeds,
    matches,
    mutes,
    rules,
)
from digest.store.taken import EVENT, taken_of
from digest.text import headline
from digest.values.desks import desk_of
from digest.values.facets import EVERY_ENTRY
from digest.values.listing import MATCHES, Listing, ListPlaces, MatchRow
from digest.values.messages import Delivery, DeliveryState, Taken
from digest.values.news import JudgedMatch, Outcome, Severity, StoredEntry, TextMark, entry_time
from digest.values.states import ChannelState, FeedState, RuleFileState, outlet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Select

    from digest.store.database import Database
    from digest.store.why import Finding
    from digest.values.facets import Facet
    from digest.values.stories import Story

_HOUR = timedelta(hours=1)
_AT_ONCE = 500
"""Entries named in one statement."""
_HOURS = 12
"""So many are shown in figures."""


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """All that the reader pane shows of an entry."""

    entry: StoredEntry
    unread: bool
    matches: tuple[JudgedMatch, ...]
    deliveries: tuple[Delivery, ...]
    article: str = ""
    """What its page says, where that was read; then the feed's own text is not shown."""
    spans: Mapping[str, tuple[TextMark, ...]] = field(default_factory=dict)
    """What its ``summary``, ``content`` and ``article`` are beside their words, in order of place."""
    story: Story | None = None
    """The event that it reports, with all its reports."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of the rules that found it and are live, by their ids."""
    taken: Taken | None = None
    """Who has its event in hand."""
    findings: Sequence[Finding] = ()
    """What the rules of now say of it, where they were asked."""

    @property
    def found_by(self) -> str:
        """The titles of its rules; of one that is gone, its id."""
        return ", ".join(self.titles.get(one.match.rule) or one.match.rule for one in self.matches)


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A live rule with its hits since midnight."""

    id: str
    title: str
    topic: str
    severity: Severity
    enabled: bool
    hits: int
    path: str
    muted: bool = False


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The live rules in their files' order, and how the files stand: what is live, what is wrong on disk."""

    rules: tuple[RuleRow, ...] = ()
    files: tuple[RuleFileState, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel, and how many of its messages are owed, held, of an unknown fate, and given up."""

    state: ChannelState
    queued: int = 0
    held: int = 0
    unknown: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of the status line and of the list's frame."""

    today: int = 0
    unread: int = 0
    hours: tuple[int, ...] = ()
    """Matched entries first seen in each of the last hours, oldest first; the last is the hour up to now."""


# Where a row stands, as `StoredEntry.came` says it: what is new is at the top, whatever its date.
_ORDER = case(
    (and_(entries.c.baseline, entries.c.published < entries.c.first_seen), entries.c.published),
    else_=entries.c.first_seen,
)
_TAKEN = exists().where(duties.c.event == EVENT).label("taken")
_MATCHED = entries.c.severity.is_not(None)
_SPANS = {
    "summary": entry_texts.c.summary_spans,
    "content": entry_texts.c.content_spans,
    "article": articles.c.spans.label("article_spans"),
}
_SHOWN_STATES = {
    DeliveryState.QUEUED: "queued",
    DeliveryState.SENDING: "queued",
    DeliveryState.HELD: "held",
    DeliveryState.UNKNOWN: "unknown",
    DeliveryState.DEAD: "dead",
}
"""What a channel's line counts a message of a state as."""

# Asked at each change: to make them again each time would take longer than to answer them.

_RULE_NAME = matches.c.rule.concat("")
"""As no column: else SQLite would walk the index of all matches by rule instead of today's."""
_HITS = (
    select(_RULE_NAME, func.count())
    .where(matches.c.created >= bindparam("since", type_=UtcTime), matches.c.outcome != Outcome.BASELINE)
    .group_by(_RULE_NAME)
)
_RULES = select(rules).order_by(rules.c.path, rules.c.position, rules.c.id)
_RULE_FILES = rule_file_query()
_MUTED = select(mutes.c.rule).where(mutes.c.until > bindparam("now", type_=UtcTime))
_FEEDS = select(feeds).where(feeds.c.seq > bindparam("since", type_=BigInteger)).order_by(feeds.c.id)
_CHANNELS = CHANNELS.order_by(channels.c.name)
_WAITING = (
    select(deliveries.c.state, deliveries.c.channel, func.count())
    .where(deliveries.c.state.in_(list(_SHOWN_STATES)))
    .group_by(deliveries.c.state, deliveries.c.channel)
)
_ENTRY = bindparam("entry", type_=BigInteger)
_MATCHES_OF = select(matches).where(matches.c.entry_id == _ENTRY).order_by(matches.c.severity.desc(), matches.c.id)
_TOLD_OF = select(deliveries).order_by(deliveries.c.id)
_TOLD_OF = _TOLD_OF.where(
    deliveries.c.id.in_(
        select(delivery_alerts.c.delivery_id)
        .join(matches, matches.c.id == delivery_alerts.c.match_id)
        .where(matches.c.entry_id == _ENTRY)
    )
)
_TITLES = select(rules.c.id, rules.c.title).where(rules.c.id.in_(bindparam("ids", expanding=True)))
_NEWS = (_MATCHED, entries.c.baseline.is_(False))
_COUNT = select(func.count()).select_from(entries).where(*_NEWS)
_FEED = entries.c.feed_id + literal_column("0", BigInteger)
"""As no column: else SQLite would walk all entries by feed instead of those that are unread."""
_UNREAD_NEWS = select(_FEED, func.count()).where(*_NEWS, UNREAD).group_by(_FEED)


def _counts(*own: ColumnElement[bool]) -> Select[Any]:
    """How many of these matched entries came since ``midnight``, and how many are unread."""
    today = entries.c.first_seen >= bindparam("midnight", type_=UtcTime)
    return select(_COUNT.where(today, *own).scalar_subquery(), _COUNT.where(UNREAD, *own).scalar_subquery())


_COUNTS = _counts()
_HOUR_OF = (type_coerce(entries.c.first_seen, BigInteger) - bindparam("start_ms", type_=BigInteger)) // literal_column(
    "3600000", BigInteger
)
_BY_HOUR = (
    select(_HOUR_OF, func.count())
    .where(
        *_NEWS,
        entries.c.first_seen >= bindparam("start", type_=UtcTime),
        entries.c.first_seen < bindparam("now", type_=UtcTime),
    )
    .group_by(_HOUR_OF)
)


class Dashboard:
    """The dashboard's questions to the store.

    Args:
        database: the store's.
        desk: whose rules count; ``None``: all.
    """

    def __init__(self, database: Database, desk: str | None = None) -> None:
        self._database, self._desk = database, desk
        found = select(matches.c.entry_id).where(found_for(None if desk is None else {desk}))
        self._own: list[ColumnElement[bool]] = [] if desk is None else [entries.c.id.in_(found)]
        """What makes an entry that a rule found one that a rule of the desk found."""

    # --- the list ------------------------------------------------------------------------------------------------

    def order(self, listing: Listing = MATCHES, facet: Facet = EVERY_ENTRY) -> ListPlaces:
        """The entries of a list that a facet is true of, newest first."""
        return self._places(self._in(listing), facet)

    def changed(self, since: int, listing: Listing = MATCHES, facet: Facet = EVERY_ENTRY) -> ListPlaces:
        """Those of them that were touched after change number ``since``, newest first."""
        return self._places(and_(entries.c.seq > since, self._in(listing)), facet)

    def chosen(self, ids: Sequence[int]) -> Chosen:
        """The texts of these entries: what the words of a filter are looked for in."""
        return Chosen(self._database, ids)

    def urgent(self, since: int, after: datetime) -> list[int]:
        """The ids of unread urgent entries that came after a time and were touched after change number ``since``."""
        query = select(entries.c.id).where(
            entries.c.seq > since, entries.c.severity == Severity.URGENT, entries.c.first_seen > after, UNREAD
        )
        if self._desk is not None:
            own = found_for({self._desk}), matches.c.severity == Severity.URGENT
            query = query.where(entries.c.id.in_(select(matches.c.entry_id).where(*own)))
        with self._database.read() as connection:
            return list(connection.execute(query.order_by(entries.c.id.desc())).scalars())

    def _places(self, condition: ColumnElement[bool], facet: Facet = EVERY_ENTRY) -> ListPlaces:
        query = select(type_coerce(_ORDER, BigInteger), entries.c.id).where(condition)
        with self._database.read() as connection:
            query = query.where(having(facet, connection))
            found = connection.execute(query.order_by(_ORDER.desc(), entries.c.id.desc()))
            return ListPlaces((time, entry) for time, entry in found)

    def count(self, *, matched: bool) -> int:
        """How many entries there are in all, or of those a rule found; it walks an index, so only some lists ask."""
        query = select(func.count()).select_from(entries)
        with self._database.read() as connection:
            return connection.execute(query.where(_MATCHED, *self._own) if matched else query).scalar_one()

    def rows(self, ids: Sequence[int]) -> list[MatchRow]:
        """The lines of the list for these entries, in no order; those no longer stored are missing."""
        starts = range(0, len(ids), _AT_ONCE)
        return [row for start in starts for row in self._rows(ids[start : start + _AT_ONCE])]

    def _rows(self, ids: Sequence[int]) -> list[MatchRow]:
        query = (
            select(entries, UNREAD.label("unread"), STARRED.label("starred"), source_name.label("outlet"), _TAKEN)
            .join(feeds, feeds.c.id == entries.c.feed_id)
            .where(entries.c.id.in_(ids))
        )
        found = select(matches.c.entry_id, matches.c.rule, matches.c.severity).where(matches.c.entry_id.in_(ids))
        if self._desk is not None:
            found = found.where(found_for({self._desk}))
        hit_by: defaultdict[int, list[str]] = defaultdict(list)
        severest: dict[int, int] = {}
        with self._database.read() as connection:
            for entry, rule, severity in connection.execute(found.order_by(matches.c.severity.desc(), matches.c.id)):
                hit_by[entry].append(rule)
                severest.setdefault(entry, severity)
            shown = connection.execute(query).all()
            if self._desk is None:  # what it was once outlives its matches
                severest = {row.id: row.severity for row in shown if row.severity is not None}
            headlines = _headlines(connection, [row.id for row in shown if not row.title])
            voices = _voices(connection, {row.story_id for row in shown if row.story_id})
            return [
                MatchRow(
                    id=row.id,
                    time=entry_time(row.published, row.first_seen),
                    title=row.title or headlines.get(row.id) or row.url,
                    outlet=outlet(row.outlet),
                    severity=Severity(severest[row.id]) if row.id in severest else None,
                    rules=tuple(hit_by[row.id]),
                    unread=bool(row.unread),
                    baseline=row.baseline,
                    starred=bool(row.starred),
                    story=row.story_id or None,
                    also=max(0, voices.get(row.story_id, 1) - 1),
                    taken=bool(row.taken),
                )
                for row in shown
            ]

    def detail(self, entry: int) -> EntryDetail | None:
        """One entry in full; ``None`` if it is no longer stored."""
        from digest.store.stories import read_stories

        with self._database.read() as connection:
            row = connection.execute(_whole_entry(), {"entry": entry}).one_or_none()
            if row is None:
                return None
            found, shown = _matched_and_told(connection, entry), stored_entry(row)
            return EntryDetail(
                shown,
                bool(row.unread),
                *found,
                article=row.article or "",
                spans={name: spans_of(getattr(row, column.name) or ()) for name, column in _SPANS.items()},
                story=read_stories(connection, [shown.story or 0]).get(shown.story or 0),
                titles=_titles(connection, [judged.match.rule for judged in found[0]]),
                taken=taken_of(connection, [shown.event]).get(shown.event),
            )

    def _in(self, listing: Listing) -> ColumnElement[bool]:
        """The entries that a list holds."""
        conditions: list[ColumnElement[bool]] = [_MATCHED, *self._own] if listing.matched else []
        conditions += [UNREAD] if listing.unread else []
        conditions += [STARRED] if listing.starred else []
        conditions += [entries.c.feed_id == listing.feed] if listing.feed is not None else []
        conditions += [_hit_by(listing.rule)] if listing.rule else []
        conditions += [entries.c.story_id == listing.story] if listing.story is not None else []
        conditions += [_told_by(listing.delivery)] if listing.delivery is not None else []
        return and_(true(), *conditions)

    # --- the other panes -----------------------------------------------------------------------------------------

    def rule_book(self, midnight: datetime, now: datetime) -> RuleBook:
        """The live rules, their hits since ``midnight``, which are muted, and the problems of their files."""
        with self._database.read() as connection:
            hits = Counter({name: number for name, number in connection.execute(_HITS, {"since": midnight})})  # noqa: C416 - rows are no pairs to mypy
            files = tuple(rule_file_state(row) for row in connection.execute(_RULE_FILES))
            found = connection.execute(_RULES).all()
            muted = set(connection.execute(_MUTED, {"now": now}).scalars())
            return RuleBook(
                tuple(
                    RuleRow(r.id, r.title, r.topic, Severity(r.severity), r.enabled, hits[r.id], r.path, r.id in muted)
                    for r in found
                    if self._desk in {None, desk_of(r.id)}
                ),
                files,
            )

    def changed_feeds(self, since: int = -1) -> dict[int, FeedState | None]:
        """The feeds that changed after change number ``since``, by their ids; ``None``: it is not in the config now."""
        with self._database.read() as connection:
            found = connection.execute(_FEEDS, {"since": since})
            return {row.id: feed_state(row) if row.configured else None for row in found}

    def unread_by_feed(self) -> dict[int, int]:
        """How many entries of each feed are unread, found by a rule or not; it walks them all, so only a page asks."""
        query = select(entries.c.feed_id, func.count()).where(UNREAD).group_by(entries.c.feed_id)
        with self._database.read() as connection:
            return {feed: number for feed, number in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy

    def unread_news_by_feed(self) -> dict[int, int]:
        """How many unread entries of each feed are matches; it takes longer the more there are."""
        with self._database.read() as connection:
            return {feed: number for feed, number in connection.execute(_UNREAD_NEWS.where(*self._own))}  # noqa: C416 - rows are no pairs to mypy

    def channels(self) -> list[ChannelLine]:
        """Every channel, and what waits for it or was given up; one that left the config only while something waits."""
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        with self._database.read() as connection:
            for state, channel, number in connection.execute(_WAITING):
                counts[channel][_SHOWN_STATES[DeliveryState(state)]] += number
            found = connection.execute(_CHANNELS).all()
            waits = {name for name, count in counts.items() if count["queued"] or count["held"]}
            shown = [row for row in found if row.off != NO_LONGER_CONFIGURED or row.name in waits]
            return [ChannelLine(channel_state(row), **counts[row.name]) for row in shown]

    def figures(self, now: datetime, midnight: datetime) -> Figures:
        """The figures of the status line; what feeds held before they were known is in none of them."""
        start, counts = now - _HOUR * _HOURS, _counts(*self._own) if self._own else _COUNTS
        with self._database.read() as connection:
            hours = {"start": start, "now": now, "start_ms": round(start.timestamp() * 1000)}
            hits = {place: number for place, number in connection.execute(_BY_HOUR.where(*self._own), hours)}  # noqa: C416 - rows are no pairs to mypy
            today, unread = connection.execute(counts, {"midnight": midnight}).one()
        return Figures(today, unread, tuple(hits.get(place, 0) for place in range(_HOURS)))

    # --- the write -----------------------------------------------------------------------------------------------

    def mark(self, ids: Sequence[int], read_at: datetime | None) -> list[int]:
        """Note that unread entries were read, or (``None``) that they are to be read again; those that changed."""
        was = UNREAD if read_at else entries.c.read_at.is_not(None)
        changed: list[int] = []
        with self._database.write() as (connection, seq):
            for start in range(0, len(ids), _AT_ONCE):
                some = entries.c.id.in_(ids[start : start + _AT_ONCE])
                marked = update(entries).where(some, was).values(read_at=read_at, seq=seq)
                changed += connection.execute(marked.returning(entries.c.id)).scalars()
        return changed


@cache
def _whole_entry() -> Select[Any]:
    """All that is stored of the entry ``entry``; made once, for it is asked for again and again."""
    query = entry_query(UNREAD.label("unread"), articles.c.text.label("article"), *_SPANS.values())
    query = query.outerjoin(articles, articles.c.entry_id == entries.c.id)
    return query.where(entries.c.id == _ENTRY)


def _hit_by(rule: str) -> ColumnElement[bool]:
    """Entries that this rule hit."""
    return entries.c.id.in_(select(matches.c.entry_id).where(matches.c.rule == rule))


def _told_by(delivery: int) -> ColumnElement[bool]:
    """Entries that this message tells of."""
    told = select(matches.c.entry_id).join(delivery_alerts, delivery_alerts.c.match_id == matches.c.id)
    return entries.c.id.in_(told.where(delivery_alerts.c.delivery_id == delivery))


def _titles(connection: Connection, ids: Sequence[str]) -> dict[str, str]:
    """What these rules are called, if they are live."""
    return {rule: title for rule, title in connection.execute(_TITLES, {"ids": ids})}  # noqa: C416 - rows are no pairs to mypy


def _voices(connection: Connection, stories: set[int]) -> dict[int, int]:
    """How many publishers report each story."""
    if not stories:
        return {}
    voices = func.count(distinct(entries.c.publisher))
    found = select(entries.c.story_id, voices).where(entries.c.story_id.in_(stories)).group_by(entries.c.story_id)
    return {story: number for story, number in connection.execute(found)}  # noqa: C416 - rows are no pairs to mypy


def _headlines(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """What entries without a title go by, where they have a text."""
    if not ids:
        return {}
    texts = select(entry_texts.c.entry_id, entry_texts.c.summary, entry_texts.c.content)
    found = connection.execute(texts.where(entry_texts.c.entry_id.in_(ids)))
    return {entry: headline("", summary, content) for entry, summary, content in found}


def _matched_and_told(connection: Connection, entry: int) -> tuple[tuple[JudgedMatch, ...], tuple[Delivery, ...]]:
    """What rules found in an entry, severest first, and the messages that tell of it, oldest first."""
    judged = tuple(judged_match(row) for row in connection.execute(_MATCHES_OF, {"entry": entry}))
    return judged, tuple(delivery(row, ()) for row in connection.execute(_TOLD_OF, {"entry": entry}))
