"""What the faces ask: alerts, entries, figures. Long answers come in pages, and no read is held between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from digest.store.corrections import corrections_of
from digest.store.desks import found_for
from digest.store.facets import having
from digest.store.outbox import read_deliveries
from digest.store.rows import alert, alert_query, entry_query, judged_match, stored_entry
from digest.store.schema import deliveries, delivery_alerts, entries, matches
from digest.store.stories import read_near, read_remembered, read_stories
from digest.store.taken import called, taken_of
from digest.values.news import Outcome
from digest.values.stories import story_number

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.store.database import Database
    from digest.store.stories import NearStory, Remembered
    from digest.values.facets import Facet
    from digest.values.messages import Alert, Correction, Delivery
    from digest.values.news import JudgedMatch, StoredEntry
    from digest.values.stories import Story

_ALERTS_AT_ONCE = 200
_ENTRIES_AT_ONCE = 1000
_DAY = timedelta(hours=24)
_DIGITS = 18  # a longer number fits no id, nor the database's integers


@dataclass(frozen=True, slots=True)
class RuleHits:
    """How often a rule matched of late, entries of a baseline included."""

    day: int = 0
    """In the last 24 hours."""
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredMatch:
    """What a rule found in an entry when it came, what became of it, and the messages that tell of it."""

    id: int
    judged: JudgedMatch
    created: datetime
    deliveries: tuple[Delivery, ...]


class Reads:
    """The questions to the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def alerts(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        rule: str | None = None,
        delivery: int | None = None,
        desks: Collection[str] | None = None,
    ) -> Iterator[Alert]:
        """Alerts with their deliveries, oldest first: created from ``since`` up to, not including, ``until``."""
        wanted = [matches.c.outcome == Outcome.ALERT, found_for(desks)]
        if since is not None:
            wanted.append(matches.c.created >= since)
        if until is not None:
            wanted.append(matches.c.created < until)
        if rule is not None:
            wanted.append(matches.c.rule == rule)
        if delivery is not None:
            of_it = select(delivery_alerts.c.match_id).where(delivery_alerts.c.delivery_id == delivery)
            wanted.append(matches.c.id.in_(of_it))
        yield from self._alerts(*wanted)

    def grown(self, since: datetime, until: datetime, desks: Collection[str] | None = None) -> Iterator[Alert]:
        """Alerts of before ``since`` whose stories got another report from then up to, not including, ``until``."""
        came = entries.c.first_seen >= since, entries.c.first_seen < until, entries.c.baseline.is_(False)
        of_it = select(entries.c.story_id).where(entries.c.story_id > 0, *came)
        told = matches.c.outcome == Outcome.ALERT, matches.c.created < since, found_for(desks)
        yield from self._alerts(
            *told, matches.c.entry_id.in_(select(entries.c.id).where(entries.c.story_id.in_(of_it)))
        )

    def alerts_about(
        self, *, entry: int | None = None, story: int | None = None, desks: Collection[str] | None = None
    ) -> list[Alert]:
        """The alerts of an entry or of a story, with their deliveries, oldest first."""
        of_it = entries.c.id == entry if story is None else entries.c.story_id == story
        return list(self._alerts(matches.c.outcome == Outcome.ALERT, of_it, found_for(desks)))

    def _alerts(self, *wanted: ColumnElement[bool]) -> Iterator[Alert]:
        query = alert_query().where(*wanted).order_by(matches.c.created, matches.c.id).limit(_ALERTS_AT_ONCE)
        page = query
        while True:
            with self._database.read() as connection:
                rows = connection.execute(page).all()
                told = _deliveries_of(connection, [row.match_id for row in rows])
                found = [alert(row, tuple(told[row.match_id])) for row in rows]
                taken = taken_of(connection, {each.entry.event for each in found})
                found = [replace(each, taken=taken.get(each.entry.event)) for each in found] if taken else found
            yield from found
            if len(rows) < _ALERTS_AT_ONCE:
                return
            page = query.where(_after(rows[-1]))

    def latest_alerts(
        self, limit: int, *, rule: str | None = None, desks: Collection[str] | None = None
    ) -> list[Alert]:
        """The last alerts, of one rule or of any, latest first, without their deliveries."""
        query = alert_query().where(matches.c.outcome == Outcome.ALERT, found_for(desks))
        if rule is not None:
            query = query.where(matches.c.rule == rule)
        query = query.order_by(matches.c.created.desc(), matches.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [alert(row) for row in connection.execute(query)]

    def alerts_told(self, delivery_id: int) -> list[Alert]:
        """The alerts that a message tells of, severest first."""
        return sorted(self.alerts(delivery=delivery_id), key=lambda alert: (-alert.severity, alert.rule))

    def alert(self, alert_id: int) -> Alert | None:
        """One alert by its id, without its deliveries."""
        with self._database.read() as connection:
            row = connection.execute(alert_query().where(matches.c.id == alert_id)).one_or_none()
            return None if row is None else alert(row)

    def story(self, story: int) -> Story | None:
        """A story with its reports; ``None``: there is none of this id."""
        with self._database.read() as connection:
            return read_stories(connection, [story] if 0 < story < 1 << 63 else []).get(story)

    def entry(self, reference: str) -> StoredEntry | None:
        """The entry with this id or this address (the newest, when several have it); ``None`` if none has."""
        named = entries.c.url == reference
        if reference.isascii() and reference.isdigit() and len(reference) <= _DIGITS:
            named = entries.c.id == int(reference)
        with self._database.read() as connection:
            row = connection.execute(entry_query().where(named).order_by(entries.c.id.desc()).limit(1)).one_or_none()
            return None if row is None else stored_entry(row)

    def called(self, name: str) -> str:
        """What a rule or a story is called in a sentence, by what it goes by: a rule's id, the title of a story."""
        event = story_number(name)
        if event is None:
            return name
        with self._database.read() as connection:
            return called(connection, event)

    def corrections(self, ids: Iterable[int]) -> Mapping[int, Correction]:
        """The headlines of entries, by their ids, that were changed after a rule had found them."""
        with self._database.read() as connection:
            return corrections_of(connection, list(ids))

    def stories(self, ids: Iterable[int]) -> dict[int, Story]:
        """These stories with their reports, by their ids; those that are no longer stored are missing."""
        with self._database.read() as connection:
            return read_stories(connection, set(ids))

    def stories_near(self, at: datetime) -> list[NearStory]:
        """The stories that began within a day and a half of a time."""
        with self._database.read() as connection:
            return read_near(connection, at)

    def remembered(self, ids: Iterable[int]) -> dict[int, Remembered]:
        """What is kept of the reports of these stories to compare them, by the ids of their entries."""
        with self._database.read() as connection:
            return read_remembered(connection, set(ids))

    def last_read(self) -> datetime | None:
        """When an entry was read last; ``None``: none ever was."""
        with self._database.read() as connection:
            found: datetime | None = connection.execute(select(func.max(entries.c.read_at))).scalar_one()
            return found

    def matches_of(self, entry: int) -> list[StoredMatch]:
        """What rules found in an entry, severest first."""
        query = select(matches).where(matches.c.entry_id == entry)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(matches.c.severity.desc(), matches.c.id)).all()
            told = _deliveries_of(connection, [row.id for row in rows])
            return [StoredMatch(row.id, judged_match(row), row.created, tuple(told[row.id])) for row in rows]

    def judged_too_old(self, now: datetime) -> list[tuple[int, str, datetime | None]]:
        """Matches that were judged too old to alert in the future, in order: id, rule, and the date of the entry."""
        query = select(matches.c.id, matches.c.rule, entries.c.published).join(entries)
        with self._database.read() as connection:
            future = matches.c.created > self._database.backend.latest(connection, now)
            query = query.where(matches.c.outcome == Outcome.TOO_OLD, future)
            return [tuple(row) for row in connection.execute(query.order_by(matches.c.id))]

    def having(self, facet: Facet) -> list[int]:
        """The ids of the entries that a facet (with moments alone) is true of, in the order they came."""
        with self._database.read() as connection:
            found = select(entries.c.id).where(having(facet, connection)).order_by(entries.c.id)
            return list(connection.execute(found).scalars())

    def entries(self) -> Iterator[StoredEntry]:
        """Every stored entry, with its text and folded text, in the order they came."""
        last = 0
        while True:
            query = entry_query().where(entries.c.id > last).order_by(entries.c.id).limit(_ENTRIES_AT_ONCE)
            with self._database.read() as connection:
                page = [stored_entry(row) for row in connection.execute(query)]
            yield from page
            if len(page) < _ENTRIES_AT_ONCE:
                return
            last = page[-1].id

    def count_entries(self) -> int:
        """How many entries are stored."""
        return self._count(select(func.count()).select_from(entries))

    def count_alerts(self) -> int:
        """How many alerts are stored."""
        return self._count(select(func.count()).where(matches.c.outcome == Outcome.ALERT))

    def rule_hits(self, now: datetime) -> Mapping[str, RuleHits]:
        """How often each rule matched, by its id; a rule that never did is not there."""
        recent = func.count().filter(matches.c.created > now - _DAY)
        query = select(matches.c.rule, recent, func.max(matches.c.created)).group_by(matches.c.rule)
        with self._database.read() as connection:
            return {rule: RuleHits(day, last) for rule, day, last in connection.execute(query)}

    def rule_matches_since(self, since: datetime) -> Mapping[str, int]:
        """How often each rule matched from then on, by its id."""
        query = select(matches.c.rule, func.count()).where(matches.c.created >= since).group_by(matches.c.rule)
        with self._database.read() as connection:
            return {rule: count for rule, count in connection.execute(query)}  # noqa: C416 - rows are no pairs to mypy

    def _count(self, query: Any) -> int:
        with self._database.read() as connection:
            return int(connection.execute(query).scalar_one())


def _after(row: Row[Any]) -> ColumnElement[bool]:
    """What comes after a row in order of time and id; said so that the index on the time serves."""
    return and_(matches.c.created >= row.created, or_(matches.c.created > row.created, matches.c.id > row.match_id))


def _deliveries_of(connection: Connection, alerts: Sequence[int]) -> dict[int, list[Delivery]]:
    """The deliveries that tell of these alerts, by alert, oldest first."""
    telling = select(delivery_alerts.c.delivery_id).where(delivery_alerts.c.match_id.in_(alerts))
    found: dict[int, list[Delivery]] = {match: [] for match in alerts}
    for each in read_deliveries(connection, deliveries.c.id.in_(telling)):
        for match in found.keys() & set(each.alerts):
            found[match].append(each)
    return found
