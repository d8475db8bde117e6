"""The rows that a poll's new entries become, in a transaction that is already open; each table in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, bindparam, case, exists, insert, update

from digest.store.database import insert_new
from digest.store.rows import hits_as_json
from digest.store.schema import deliveries, delivery_alerts, entries, entry_texts, identities, matches
from digest.values.news import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.values.messages import PlannedDelivery
    from digest.values.news import Identity, JudgedMatch, LateMatches, NewEntry, PollResult


def commit_entries(
    connection: Connection,
    results: Sequence[PollResult],
    now: datetime,
    seq: int,
    doubtful: Collection[int] = (),
) -> tuple[list[int], list[int]]:
    """Store the entries that their feeds never had, with their matches and the deliveries owed for them.

    What is owed for entries of ``doubtful`` feeds, by their ids, may have been sent before.

    Returns the ids of these entries, in order, and how many of them each result brought.
    """
    fresh = _claim_identities(connection, results, now)
    added = [0] * len(results)
    for index, _ in fresh:
        added[index] += 1
    if not fresh:
        return [], added
    feed_of = [results[index].update.feed_id for index, _ in fresh]
    new = [entry for _, entry in fresh]
    rows = [_entry_row(entry, feed, now, seq) for entry, feed in zip(new, feed_of, strict=True)]
    ids = insert_for_ids(connection, entries, rows)
    texts = [_text_row(entry, entry_id) for entry, entry_id in zip(new, ids, strict=True)]
    connection.execute(insert(entry_texts), texts)
    connection.execute(
        _POINT_AT_ENTRY,
        [
            {"feed": feed, "known": entry.identity.key, "entry": entry_id}
            for entry, feed, entry_id in zip(new, feed_of, ids, strict=True)
        ],
    )
    alerts = _commit_matches(connection, list(zip(ids, new, strict=True)), now, seq)
    owed: dict[bool, list[tuple[PlannedDelivery, Sequence[int]]]] = {False: [], True: []}
    for entry_id, entry, feed in zip(ids, new, feed_of, strict=True):
        owed[feed in doubtful] += [
            (planned, [alerts[entry_id, rule] for rule in planned.rules if (entry_id, rule) in alerts])
            for planned in entry.deliveries
        ]
    for maybe_repeat, some in owed.items():
        owe(connection, some, now, seq, maybe_repeat=maybe_repeat)
    return ids, added


def commit_late(connection: Connection, late: Sequence[LateMatches], now: datetime, seq: int) -> int:
    """Store what rules found in stored entries after these had come, with the deliveries owed; how many alerts.

    A match that is there already is left out, and so is a delivery that would tell of nothing else.
    """
    rows = [_match_row(one.entry, judged, now, seq) for one in late for judged in one.matches]
    fresh = insert_new(connection, matches).returning(matches.c.id, matches.c.entry_id, matches.c.rule)
    stored = {(row.entry_id, row.rule): row.id for row in connection.execute(fresh, rows)} if rows else {}
    for one in late:
        new = [each.match.severity for each in one.matches if (one.entry, each.match.rule) in stored]
        if new:
            higher = case((entries.c.severity > max(new), entries.c.severity), else_=max(new))
            connection.execute(update(entries).where(entries.c.id == one.entry).values(severity=higher, seq=seq))
    _owe_late(connection, late, stored, now, seq)
    alerting = {(one.entry, each.match.rule) for one in late for each in one.matches if each.outcome is Outcome.ALERT}
    return len(alerting & stored.keys())


def commit_rejudged(connection: Connection, late: Sequence[LateMatches], now: datetime, seq: int) -> int:
    """Make matches that were stored as too old alerts of now, with the deliveries owed; how many.

    One that is no longer too old is left out, and so is a delivery that would tell of nothing else.
    """
    stored: dict[tuple[int, str], int] = {}
    for one in late:
        rules = [each.match.rule for each in one.matches if each.outcome is Outcome.ALERT]
        old = matches.c.entry_id == one.entry, matches.c.rule.in_(rules), matches.c.outcome == Outcome.TOO_OLD
        change = update(matches).where(*old).values(outcome=Outcome.ALERT, created=now, seq=seq)
        for row in connection.execute(change.returning(matches.c.id, matches.c.rule)):
            stored[one.entry, row.rule] = row.id
        # It came in the past, whatever the clock said then.
        connection.execute(
            update(entries).where(entries.c.id == one.entry, entries.c.first_seen > now).values(first_seen=now, seq=seq)
        )
    _owe_late(connection, late, stored, now, seq)
    return len(stored)


def _owe_late(
    connection: Connection,
    late: Sequence[LateMatches],
    stored: Mapping[tuple[int, str], int],
    now: datetime,
    seq: int,
) -> None:
    """Add the deliveries that tell of these matches, known by entry and rule; none that would tell of nothing."""
    told = [
        (planned, [stored[one.entry, rule] for rule in planned.rules if (one.entry, rule) in stored])
        for one in late
        for planned in one.deliveries
    ]
    owe(connection, [(planned, ids) for planned, ids in told if ids], now, seq)


def owe(  # noqa: PLR0913 - two of them are rarely given
    connection: Connection,
    owed: Sequence[tuple[PlannedDelivery, Sequence[int]]],
    now: datetime,
    seq: int,
    *,
    key: str | None = None,
    maybe_repeat: bool = False,
) -> list[int]:
    """Add deliveries, each with the ids of the matches it tells of, to the outbox; their ids, in order."""
    doubt = {"maybe_repeat": maybe_repeat}
    ids = insert_for_ids(connection, deliveries, [_delivery_row(planned, now, seq, key) | doubt for planned, _ in owed])
    told = [
        {"delivery_id": delivery, "match_id": alert}
        for delivery, (_, alerts) in zip(ids, owed, strict=True)
        for alert in alerts
    ]
    if told:
        connection.execute(insert(delivery_alerts), told)
    return ids


def insert_for_ids(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows and learn the ids they were given, in the order of the rows."""
    if not rows:
        return []
    return list(connection.scalars(insert(table).returning(table.c.id, sort_by_parameter_order=True), rows))


def rekey(connection: Connection, feed_id: int, pairs: Sequence[tuple[Identity, Identity]]) -> None:
    """Let entries of a feed be known by their new identities instead of the old; a new one that is taken stays."""
    other = identities.alias()
    for known, new in pairs:
        taken = exists().where(other.c.feed_id == feed_id, other.c.key == new.key)
        change = update(identities).where(identities.c.feed_id == feed_id, identities.c.key == known.key, ~taken)
        connection.execute(change.values(key=new.key, link=new.link, title=new.title))


def take_for_seen(connection: Connection, feed_id: int, some: Sequence[Identity], now: datetime) -> None:
    """Let a feed's entries of these identities never count as new; what is known already stays as it is."""
    if some:
        connection.execute(insert_new(connection, identities), [_identity_row(each, feed_id, now) for each in some])


_POINT_AT_ENTRY = (
    update(identities)
    .where(identities.c.feed_id == bindparam("feed"), identities.c.key == bindparam("known"))
    .values(entry_id=bindparam("entry"))
)


def _claim_identities(
    connection: Connection, results: Sequence[PollResult], now: datetime
) -> list[tuple[int, NewEntry]]:
    """The entries whose keys were free, each with the number of its result; the unique key decides."""
    asked = [(index, entry) for index, result in enumerate(results) for entry in result.entries]
    if not asked:
        return []
    rows = [_identity_row(entry.identity, results[index].update.feed_id, now) for index, entry in asked]
    claim = insert_new(connection, identities).returning(identities.c.feed_id, identities.c.key)
    free = {(row.feed_id, row.key) for row in connection.execute(claim, rows)}
    fresh = []
    for index, entry in asked:
        key = (results[index].update.feed_id, entry.identity.key)
        if key in free:
            free.remove(key)  # the same key again in these results is the same entry
            fresh.append((index, entry))
    return fresh


def _identity_row(identity: Identity, feed_id: int, now: datetime) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "key": identity.key,
        "link": identity.link,
        "title": identity.title,
        "first_seen": now,
    }


def _commit_matches(
    connection: Connection, new: Sequence[tuple[int, NewEntry]], now: datetime, seq: int
) -> dict[tuple[int, str], int]:
    """Store the matches; their ids by entry and rule."""
    found = [(entry_id, judged) for entry_id, entry in new for judged in entry.matches]
    rows = [_match_row(entry_id, judged, now, seq) for entry_id, judged in found]
    ids = insert_for_ids(connection, matches, rows)
    return {(entry_id, judged.match.rule): match_id for (entry_id, judged), match_id in zip(found, ids, strict=True)}


def _match_row(entry_id: int, judged: JudgedMatch, now: datetime, seq: int) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "rule": judged.match.rule,
        "severity": judged.match.severity,
        "outcome": judged.outcome,
        "hits": hits_as_json(judged.match.hits),
        "summary": judged.summary,
        "created": now,
        "seq": seq,
    }


def _entry_row(entry: NewEntry, feed_id: int, now: datetime, seq: int) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "url": entry.url,
        "title": entry.text.title,
        "author": entry.text.author,
        "lang": entry.text.lang,
        "published": entry.published,
        "first_seen": now,
        "baseline": entry.baseline,
        "severity": max((judged.match.severity for judged in entry.matches), default=None),
        "seq": seq,
    }


def _text_row(entry: NewEntry, entry_id: int) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "summary": entry.text.summary,
        "content": entry.text.content,
        "tags": entry.text.tags,
        "folded": entry.folded,
        "fold_version": entry.fold_version,
    }


def _delivery_row(planned: PlannedDelivery, now: datetime, seq: int, key: str | None) -> dict[str, Any]:
    return {
        "channel": planned.channel,
        "kind": planned.kind,
        "state": planned.state,
        "severity": planned.severity,
        "title": planned.title,
        "tells": planned.tells,
        "not_before": planned.not_before,
        "created": now,
        "updated": now,
        "reason": planned.reason,
        "key": key,
        "seq": seq,
    }
