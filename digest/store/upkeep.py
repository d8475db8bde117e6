"""Letting go of what is old, a little at a time, and saying how the database is."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from digest.store import schema
from digest.store.database import BACKUP
from digest.store.grouping import note_regrouped
from digest.store.migrations import revision
from digest.store.schema import (
    UtcTime,
    bot_chats,
    changes,
    deliveries,
    delivery_alerts,
    digests,
    duties,
    entries,
    entry_texts,
    feeds,
    identities,
    matches,
    meta,
    metadata,
    requests,
    stars,
    stories,
    story_window,
    strangers,
)
from digest.values.messages import DeliveryState
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.store.database import Database

_AT_ONCE = 500
"""Rows of a kind that one batch takes at most: a few milliseconds in which no poll can be stored."""

_NEWEST_KEPT = 1000
"""A feed's newest identities stay whatever their age: a quiet feed may show an entry for years, and it is not news."""

_REQUESTS_KEPT = timedelta(days=7)

_UNDECIDED = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.HELD, DeliveryState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """How the database is."""

    path: str
    """Its path, or its address without the password."""
    size: int
    """Bytes on disk, the log included."""
    revision: str
    rows: Mapping[str, int]
    """By table."""
    oldest: datetime | None
    """When its oldest entry was first seen."""
    backup: Mapping[str, str]
    """Of the last backup that was made of it: ``at`` and ``path``; empty where none is known."""
    damage: tuple[str, ...]
    """What is broken in the file, else which rows cannot be read; empty when all is well."""


@dataclass(frozen=True, slots=True)
class Gauges:
    """What can be said of the database at once, however large it is."""

    size: int
    """Bytes on disk."""
    last_ids: Mapping[str, int]
    """The last id that was given, by table: how many rows it ever had."""
    oldest_queued: datetime | None
    """When the oldest message that is queued was owed."""
    backup: datetime | None
    """When the last backup was made, if one is known."""


class Upkeep:
    """The care of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._crowded: list[int] | None = None  # feeds whose oldest identities may go; None: nobody has looked yet

    def prune(
        self, *, entries: timedelta, alerts: timedelta, seen: timedelta, evidence: timedelta, now: datetime
    ) -> int:
        """Delete one batch of what is too old; how many rows went, 0 when nothing is left to do.

        What is owed and undecided stays, with all that it tells of.

        Args:
            entries: how long the text of unmatched entries stays; they remain known as seen.
            alerts: how long matched entries, their matches and what became of the deliveries stay, if longer; as
                long it is known who changed what, and whom the bot heard from.
            seen: how long an entry remains known, so that it does not come back as new.
            evidence: how long it is kept what an entry said when it matched, if the entry stays as long.
            now: the time.
        """
        if self._crowded is None:  # once for all batches, and while others may write: it reads all identities
            with self._database.read() as connection:
                limits = {"kept": _NEWEST_KEPT, "before": now - seen}
                self._crowded = list(connection.scalars(_CROWDED, limits))
        with self._database.write() as (connection, seq):
            gone = (
                _prune_entries(connection, now - entries, now - max(alerts, entries), seq)
                + _prune_by_key(connection, deliveries, _decided_before(now - alerts))
                + _prune_by_key(connection, requests, requests.c.done < now - _REQUESTS_KEPT)
                + _prune_identities(connection, now - seen, self._crowded)
                + _prune_by_key(connection, schema.evidence, schema.evidence.c.at < now - evidence)
                + _prune_by_key(connection, stories, and_(stories.c.updated < now - entries, ~_REPORTED))
                + _prune_by_key(connection, changes, changes.c.at < now - alerts)
                + _prune_by_key(connection, duties, and_(duties.c.since < now - alerts, ~_ALERTED))
                + _prune_by_key(connection, bot_chats, bot_chats.c.last_seen < now - alerts)
                + _prune_by_key(connection, strangers, strangers.c.last_seen < now - alerts)
                + connection.execute(delete(digests).where(digests.c.until < now - alerts)).rowcount
            )
        if not gone:
            self._crowded = None
        return gone

    def refold(self, after: int | None) -> int | None:
        """Fold one batch of stored texts anew, if folding has changed since they were stored.

        Args:
            after: what the call before returned; ``None`` to begin.

        Returns:
            Where to go on; ``None`` when every text is folded as we fold today.
        """
        from digest.match import FOLD_VERSION, fold_entry  # whoever only reads the store does without the matcher

        def folded(row: Any) -> str:
            return fold_entry(EntryText(title=row.title, summary=row.summary, content=row.content))

        with self._database.read() as connection:
            by = connection.execute(select(meta.c.value).where(meta.c.key == "fold_version")).scalar_one_or_none()
        if by == str(FOLD_VERSION):
            return None
        texts = (entry_texts.c.entry_id, entries.c.title, entry_texts.c.summary, entry_texts.c.content)
        batch = select(*texts, entry_texts.c.fold_version).join(entries, entries.c.id == entry_texts.c.entry_id)
        batch = batch.where(entry_texts.c.entry_id > (after or 0)).order_by(entry_texts.c.entry_id).limit(_AT_ONCE)
        with self._database.write() as (connection, _):
            rows = connection.execute(batch).all()
            stale = [row for row in rows if row.fold_version != FOLD_VERSION]
            if stale:
                again = [{"entry": row.entry_id, "text": folded(row), "version": FOLD_VERSION} for row in stale]
                connection.execute(_REFOLD, again)
            if rows:
                return int(rows[-1].entry_id)
            version = {"key": "fold_version", "value": str(FOLD_VERSION)}
            connection.execute(delete(meta).where(meta.c.key == "fold_version"))
            connection.execute(insert(meta).values(version))
        return None

    def gauges(self) -> Gauges:
        """Gauges for a monitor, which asks often."""
        backend, queued = self._database.backend, deliveries.c.state == DeliveryState.QUEUED
        with self._database.read() as connection:
            backup = last_backup(connection)
            return Gauges(
                size=backend.size(connection),
                last_ids=backend.last_ids(connection),
                oldest_queued=connection.execute(select(func.min(deliveries.c.created)).where(queued)).scalar_one(),
                backup=datetime.fromisoformat(backup["at"]) if backup else None,
            )

    def info(self) -> StoreInfo:
        """How the database is; reads all of it."""
        backend = self._database.backend
        with self._database.read() as connection:
            rows = {
                name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
                for name, table in sorted(metadata.tables.items())
            }
            return StoreInfo(
                path=backend.name,
                size=backend.size(connection),
                revision=revision(connection) or "",
                rows=rows,
                oldest=connection.execute(select(func.min(entries.c.first_seen))).scalar_one(),
                backup=last_backup(connection),
                damage=tuple(backend.integrity(connection))
                or tuple(map(str, backend.find_damage(connection, letters=True))),
            )


def last_backup(connection: Connection) -> Mapping[str, str]:
    """When the last backup was made, and where; empty where none is known."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == BACKUP)).scalar_one_or_none()
    try:
        said = json.loads(found or "{}")
        datetime.fromisoformat(said["at"])
        return {"at": str(said["at"]), "path": str(said["path"])}
    except (ValueError, TypeError, KeyError):
        return {}


_REFOLD = (
    update(entry_texts)
    .where(entry_texts.c.entry_id == bindparam("entry"))
    .values(folded=bindparam("text"), fold_version=bindparam("version"))
)


_REPORTED = exists().where(entries.c.story_id == stories.c.id)
_ALERTED = exists().where(or_(entries.c.story_id == duties.c.event, entries.c.id == duties.c.event))


def _prune_entries(connection: Connection, unmatched: datetime, matched: datetime, seq: int) -> int:
    """Delete entries first seen before these times, but none that a user picked; count them off their feeds."""
    starred = exists().where(or_(stars.c.entry_id == entries.c.id, stars.c.story_id == entries.c.story_id))
    told = (
        exists()
        .where(matches.c.entry_id == entries.c.id)
        .where(delivery_alerts.c.match_id == matches.c.id, deliveries.c.id == delivery_alerts.c.delivery_id)
        .where(deliveries.c.state.in_(_UNDECIDED))
    )
    old_unmatched = and_(entries.c.severity.is_(None), entries.c.first_seen < unmatched)
    old_matched = and_(entries.c.severity.is_not(None), entries.c.first_seen < matched, ~told)
    gone = 0
    for old in (old_unmatched, old_matched):
        found = connection.execute(select(entries.c.id, entries.c.feed_id).where(old, ~starred).limit(_AT_ONCE)).all()
        ids = [row.id for row in found]
        connection.execute(delete(entries).where(entries.c.id.in_(ids)))
        if connection.execute(delete(story_window).where(story_window.c.entry_id.in_(ids))).rowcount:
            note_regrouped(connection)  # else new reports would join a story that is gone
        if found:
            counts = Counter(row.feed_id for row in found)
            rows = [{"feed": feed, "gone": count, "number": seq} for feed, count in counts.items()]
            connection.execute(_FEWER, rows)
        gone += len(found)
    return gone


_FEWER = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed"))
    .values(entries=feeds.c.entries - bindparam("gone"), seq=bindparam("number"))
)


def _decided_before(time: datetime) -> ColumnElement[bool]:
    return and_(deliveries.c.state.not_in(_UNDECIDED), deliveries.c.updated < time)


def _prune_by_key(connection: Connection, table: Table, old: ColumnElement[bool]) -> int:
    (key,) = table.primary_key.columns
    return connection.execute(delete(table).where(key.in_(select(key).where(old).limit(_AT_ONCE)))).rowcount


_CROWDED = (
    select(identities.c.feed_id)
    .group_by(identities.c.feed_id)
    .having(func.count() > bindparam("kept"), func.min(identities.c.first_seen) < bindparam("before", type_=UtcTime()))
)


def _prune_identities(connection: Connection, before: datetime, crowded: list[int]) -> int:
    """Forget entries seen before a time, feed by feed: not the newest ones, and none whose text is still there.

    Feeds that are done are taken out of ``crowded``.
    """
    gone = 0
    stored = exists().where(entries.c.id == identities.c.entry_id)
    while crowded and gone < _AT_ONCE:
        of_feed = identities.c.feed_id == crowded[-1]
        seen = select(identities.c.first_seen).where(of_feed).order_by(identities.c.first_seen.desc())
        last_kept = connection.execute(seen.offset(_NEWEST_KEPT - 1).limit(1)).scalar_one()
        old = select(identities.c.key).where(of_feed, identities.c.first_seen < min(before, last_kept), ~stored)
        keys = connection.scalars(old.limit(_AT_ONCE - gone)).all()
        gone += connection.execute(delete(identities).where(of_feed, identities.c.key.in_(keys))).rowcount
        if gone < _AT_ONCE:
            crowded.pop()
    return gone
