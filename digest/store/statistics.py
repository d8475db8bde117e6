"""Figures of a stretch of time: hits by rule, coverage by outlet, languages, and how long messages took.

They walk all that came in that time, so whoever shows them reads them every few seconds at most.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import BigInteger, and_, case, distinct, func, select, type_coerce

from digest.store.rows import source_name
from digest.store.schema import deliveries, delivery_alerts, entries, feeds, matches, rules
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Outcome, Severity
from digest.values.states import outlet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection

    from digest.store.database import Database

_NEWS: Final = matches.c.outcome != Outcome.BASELINE
"""What feeds held before they were known is no hit, as in the list and the rules pane."""
_MESSAGES: Final = 20_000
"""Of which it is said how long they took, the newest."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in equal parts."""

    start: datetime
    part: timedelta
    parts: int

    @property
    def end(self) -> datetime:
        """Not inside it."""
        return self.start + self.part * self.parts


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """How often a rule hit in each part."""

    rule: str
    severity: Severity
    hits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OutletFigures:
    """What an outlet reported of what the rules found."""

    name: str
    reports: int
    first: int
    """Of how many stories that others reported, too, it had the first report."""


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """How long alerts took to a channel."""

    channel: str
    waits: tuple[tuple[datetime, float], ...]
    """When each arrived, and how many seconds after its entry was first seen."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of a stretch."""

    stretch: Stretch
    rules: Sequence[RuleFigures]
    """That hit most first."""
    before: int
    """Hits in the same time before it."""
    entries: int
    """That came, matched or not."""
    matched: int
    stories: int
    """Of what matched."""
    outlets: Sequence[OutletFigures]
    """That reported most first."""
    langs: Sequence[tuple[str, int]]
    channels: Sequence[ChannelFigures]

    @property
    def hits(self) -> int:
        """Of all rules."""
        return sum(sum(rule.hits) for rule in self.rules)


_MOST_FIRST = func.count().desc(), entries.c.lang.desc()


def read_statistics(database: Database, stretch: Stretch) -> Statistics:
    """The figures of a stretch of time."""
    came = entries.c.first_seen >= stretch.start, entries.c.first_seen < stretch.end, entries.c.baseline.is_(False)
    matched = entries.c.severity.is_not(None)
    length = stretch.end - stretch.start
    earlier = matches.c.created >= stretch.start - length, matches.c.created < stretch.start, _NEWS
    with database.read() as connection:
        figures = select(func.count(), func.count(distinct(func.nullif(entries.c.story_id, 0)))).where(*came, matched)
        number, stories = connection.execute(figures).one()
        langs = select(entries.c.lang, func.count().label("number")).where(*came, matched).group_by(entries.c.lang)
        return Statistics(
            stretch=stretch,
            rules=_rules(connection, stretch),
            before=connection.execute(select(func.count()).select_from(matches).where(*earlier)).scalar_one(),
            entries=connection.execute(select(func.count()).select_from(entries).where(*came)).scalar_one(),
            matched=number,
            stories=stories,
            outlets=_outlets(connection, and_(*came, matched)),
            langs=[(row.lang, row.number) for row in connection.execute(langs.order_by(*_MOST_FIRST))],
            channels=_channels(connection, stretch),
        )


def rule_figures(database: Database, stretch: Stretch) -> list[RuleFigures]:
    """How often each rule hit that did, the most frequent first."""
    with database.read() as connection:
        return _rules(connection, stretch)


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """What a feed brought in each part, and how much of it rules found."""

    entries: tuple[int, ...]
    matched: int


def feed_figures(database: Database, stretch: Stretch) -> dict[int, FeedFigures]:
    """What each feed brought, by its id; those that brought nothing are missing."""
    start, part = round(stretch.start.timestamp() * 1000), round(stretch.part.total_seconds() * 1000)
    place = (type_coerce(entries.c.first_seen, BigInteger) - start) // part
    came = entries.c.first_seen >= stretch.start, entries.c.first_seen < stretch.end, entries.c.baseline.is_(False)
    counted = select(entries.c.feed_id, place, func.count(), func.count(entries.c.severity)).where(*came)
    brought: defaultdict[int, list[int]] = defaultdict(lambda: [0] * stretch.parts)
    found: defaultdict[int, int] = defaultdict(int)
    with database.read() as connection:
        for feed, at, number, matched in connection.execute(counted.group_by(entries.c.feed_id, place)):
            brought[feed][at] = number
            found[feed] += matched
    return {feed: FeedFigures(tuple(counts), found[feed]) for feed, counts in brought.items()}


def _rules(connection: Connection, stretch: Stretch) -> list[RuleFigures]:
    start, part = round(stretch.start.timestamp() * 1000), round(stretch.part.total_seconds() * 1000)
    place = (type_coerce(matches.c.created, BigInteger) - start) // part
    inside = matches.c.created >= stretch.start, matches.c.created < stretch.end, _NEWS
    counted = select(matches.c.rule, place, func.count()).where(*inside).group_by(matches.c.rule, place)
    hits: defaultdict[str, list[int]] = defaultdict(lambda: [0] * stretch.parts)
    for rule, at, number in connection.execute(counted):
        hits[rule][at] = number
    severities = {row.id: row.severity for row in connection.execute(select(rules.c.id, rules.c.severity))}
    found = [RuleFigures(rule, Severity(severities.get(rule, 0)), tuple(counts)) for rule, counts in hits.items()]
    return sorted(found, key=lambda each: (-sum(each.hits), each.rule))


def _outlets(connection: Connection, chosen: object) -> list[OutletFigures]:
    several = (
        select(entries.c.story_id)
        .where(chosen, entries.c.story_id > 0)  # type: ignore[arg-type]  # a condition
        .group_by(entries.c.story_id)
        .having(func.count(distinct(entries.c.feed_id)) > 1)
    )
    first = func.sum(case((and_(entries.c.id == entries.c.story_id, entries.c.story_id.in_(several)), 1), else_=0))
    counted = (
        select(entries.c.feed_id, func.count().label("reports"), first.label("first"))
        .where(chosen)  # type: ignore[arg-type]  # the same
        .group_by(entries.c.feed_id)
        .subquery()
    )
    named = select(source_name.label("name"), counted.c.reports, counted.c.first).join(
        counted, counted.c.feed_id == feeds.c.id
    )
    rows = connection.execute(named.order_by(counted.c.reports.desc(), feeds.c.id))
    return [OutletFigures(outlet(row.name), row.reports, row.first) for row in rows]


def _channels(connection: Connection, stretch: Stretch) -> list[ChannelFigures]:
    sent = (
        select(deliveries.c.id, deliveries.c.channel, deliveries.c.updated)
        .where(
            deliveries.c.state == DeliveryState.SENT,
            deliveries.c.kind == DeliveryKind.ALERT,
            deliveries.c.updated >= stretch.start,
            deliveries.c.updated < stretch.end,
        )
        .order_by(deliveries.c.id.desc())
        .limit(_MESSAGES)
        .subquery()
    )
    seen = func.min(entries.c.first_seen).label("seen")
    query = (
        select(sent.c.channel, sent.c.updated, seen)
        .join(delivery_alerts, delivery_alerts.c.delivery_id == sent.c.id)
        .join(matches, matches.c.id == delivery_alerts.c.match_id)
        .join(entries, entries.c.id == matches.c.entry_id)
        .group_by(sent.c.id, sent.c.channel, sent.c.updated)
    )
    waits: defaultdict[str, list[tuple[datetime, float]]] = defaultdict(list)
    for row in connection.execute(query):
        waits[row.channel].append((row.updated, max(0.0, (row.updated - row.seen).total_seconds())))
    return [ChannelFigures(channel, tuple(found)) for channel, found in sorted(waits.items())]
