"""What is owed to the channels, put into the outbox inside a transaction that is already open."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Table, Text, and_, insert, select, update
from sqlalchemy import cast as sql_cast

from digest.delivery.queue import UNWRITTEN
from digest.store.database import insert_new
from digest.store.events import note_owed
from digest.store.schema import deliveries, delivery_alerts
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row
    from sqlalchemy.sql.dml import ReturningInsert

    from digest.values.messages import PlannedDelivery, Tells


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
    for delivery, (planned, alerts) in zip(ids, owed, strict=True):
        note_owed(connection, delivery, planned, alerts)
    return ids


def insert_for_ids(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Insert rows and learn the ids they were given, in the order of the rows: ids ascend, whoever else writes."""
    return sorted(connection.scalars(_insert(table), rows)) if rows else []


@cache
def _insert(table: Table) -> ReturningInsert[tuple[int]]:
    """Made once: making a statement costs more than the database takes for it."""
    return insert(table).returning(table.c.id)


def not_yet_gone(
    connection: Connection, owed: Sequence[tuple[PlannedDelivery, Sequence[int]]], now: datetime, seq: int
) -> list[tuple[PlannedDelivery, Sequence[int]]]:
    """What is owed beside the messages that wait already: one that waits for its story's channel tells of this, too.

    It is written when it goes, so nothing is lost by that, and nobody gets two messages where one can say all.
    """
    told = [(planned, alerts) for planned, alerts in owed if planned.story is not None]
    waits = {(row.channel, row.story_id): row for row in _waiting_of_stories(connection, told)}
    new: dict[object, tuple[PlannedDelivery, list[int]]] = {}
    for number, (planned, alerts) in enumerate(owed):
        key = (planned.channel, planned.story)
        if planned.story is None:
            new[number] = planned, list(alerts)
        elif key in waits:
            _add_to(connection, waits[key], planned, alerts, {"updated": now, "seq": seq})
        elif key in new:
            first, before = new[key]
            highest = max(first.severity, planned.severity)
            both = replace(first, severity=highest, tells=_both(first.tells, planned))
            new[key] = replace(both, untaken=first.untaken or planned.untaken), [*before, *alerts]
        else:
            new[key] = planned, list(alerts)
    return list(new.values())


def _waiting_of_stories(
    connection: Connection, owed: Sequence[tuple[PlannedDelivery, Sequence[int]]]
) -> Sequence[Row[Any]]:
    """The messages of some stories that wait, and of which nothing can have arrived: they are written when they go."""
    if not owed:
        return ()
    unseen = sql_cast(deliveries.c.message_ids, Text) == "[]", ~deliveries.c.maybe_repeat, deliveries.c.copies == 0
    # What joined another would wait and die with it, or not go because somebody has what the other tells.
    writable = and_(deliveries.c.reason != UNWRITTEN, deliveries.c.key.is_(None))
    waits = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD)), deliveries.c.kind == DeliveryKind.ALERT
    of_them = deliveries.c.story_id.in_({planned.story for planned, _ in owed})
    return connection.execute(
        select(deliveries).where(of_them, *waits, *unseen, writable).order_by(deliveries.c.id)
    ).all()


def _add_to(
    connection: Connection, row: Row[Any], planned: PlannedDelivery, alerts: Sequence[int], stamp: dict[str, Any]
) -> None:
    """Let a message that waits tell of more alerts; it is placed anew.

    Giving up counts from now: what came just now is not to die with what has waited long.
    """
    highest = max(Severity(row.severity), planned.severity)
    change = {"severity": highest, "tells": _both(row.tells, planned), "turn": None, "released": stamp["updated"]}
    if planned.untaken:  # from when the first of it was to be told: who waits long is not to wait anew for each report
        change["untaken"] = row.untaken or stamp["updated"]
    connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(change | stamp))
    rows = [{"delivery_id": row.id, "match_id": alert} for alert in alerts]
    connection.execute(insert_new(connection, delivery_alerts), rows)
    note_owed(connection, row.id, planned, alerts)


def _both(tells: Tells, planned: PlannedDelivery) -> Tells:
    """What a message tells beside its alerts once it tells another's, too: bundled is only what both want so."""
    proof = {key: value for key, value in planned.tells.items() if key == "spike"}
    return {key: value for key, value in tells.items() if key != "every" or "every" in planned.tells} | proof


def channel_of(connection: Connection, delivery: int) -> str:
    """The channel of a delivery."""
    return str(connection.execute(select(deliveries.c.channel).where(deliveries.c.id == delivery)).scalar_one())


def _delivery_row(planned: PlannedDelivery, now: datetime, seq: int, key: str | None) -> dict[str, Any]:
    return {
        "channel": planned.channel,
        "kind": planned.kind,
        "state": DeliveryState.QUEUED,
        "severity": planned.severity,
        "title": planned.title,
        "tells": planned.tells,
        "story_id": planned.story,
        "created": now,
        "updated": now,
        "untaken": now if planned.untaken else None,
        "key": key,
        "seq": seq,
    }
