"""The messages that wait for one channel, and the one transaction in which they are held, released and joined."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, Integer, delete, exists, func, insert, literal, select, update

from digest.delivery.messages.catchup import catch_up_title
from digest.delivery.queue import Waiting
from digest.store.database import insert_new
from digest.store.schema import deliveries, delivery_alerts, matches, mutes
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select

    from digest.delivery.queue import Arrangement, Held
    from digest.store.database import Database

    Decide = Callable[[Sequence[Waiting], Mapping[int, datetime]], Arrangement]

_AT_ONCE = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""


class Plan(Protocol):
    """What an arrangement becomes in words and times."""

    def reason(self, held: Held) -> str:
        """Why a message is held."""

    def not_before(self, arrangement: Arrangement, created: datetime) -> datetime:
        """When it may go; ``created``: since when it stands open."""


class WaitingRoom:
    """What waits in the outbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self) -> int:
        """The id of the newest delivery of all, 0 before the first: none is added without it growing."""
        with self._database.read() as connection:
            return int(connection.execute(select(func.coalesce(func.max(deliveries.c.id), 0))).scalar_one())

    def arrange(self, channel: str, decide: Decide, plan: Plan, now: datetime) -> Arrangement:
        """Hold, release, join and let go what waits for a channel, as is decided; says what was done.

        Args:
            channel: by name.
            decide: given everything queued or held, oldest first, and for each alert among it whose rule is muted
                until when. Asked twice where there is something to do: the second time nobody else can move anything.
            plan: what is decided in words and times.
            now: the time.
        """
        with self._database.read() as connection:  # most looks find nothing to do, and need not write for it
            arrangement = decide(*_waiting_for(connection, channel, now))
            if not arrangement:
                return arrangement
        with self._database.write() as (connection, seq):
            arrangement = decide(*_waiting_for(connection, channel, now))
            _apply(connection, arrangement, plan, {"updated": now, "seq": seq})
        return arrangement


def _waiting_for(connection: Connection, channel: str, now: datetime) -> tuple[list[Waiting], Mapping[int, datetime]]:
    """Everything queued or held for a channel, and until when the rules of its alerts are muted."""
    chosen = deliveries.c.channel == channel, deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
    rows = connection.execute(select(*_COLUMNS).where(*chosen).order_by(deliveries.c.id)).all()
    if not rows:
        return [], {}
    told = select(delivery_alerts).join(deliveries, deliveries.c.id == delivery_alerts.c.delivery_id).where(*chosen)
    alerts: dict[int, set[int]] = {}
    for row in connection.execute(told):
        alerts.setdefault(row.delivery_id, set()).add(row.match_id)
    waiting = [_waiting(row, frozenset(alerts.get(row.id, ()))) for row in rows]
    until = {row.rule: row.until for row in connection.execute(select(mutes).where(mutes.c.until > now))}
    if not until:
        return waiting, {}
    known = (
        select(delivery_alerts.c.delivery_id, matches.c.id, matches.c.rule, matches.c.severity)
        .join(delivery_alerts, delivery_alerts.c.match_id == matches.c.id)
        .join(deliveries, deliveries.c.id == delivery_alerts.c.delivery_id)
        .where(*chosen, deliveries.c.kind == DeliveryKind.ALERT)
    )
    muted: dict[int, datetime] = {}
    severities: dict[int, Severity] = {}
    for row in connection.execute(known):
        if row.rule in until:
            muted[row.id] = until[row.rule]
        else:
            severities[row.delivery_id] = max(Severity(row.severity), severities.get(row.delivery_id, Severity.LOW))
    return [
        replace(each, severity=severities.get(each.id, each.severity)) if each.alerts & muted.keys() else each
        for each in waiting
    ], muted


def _apply(connection: Connection, arrangement: Arrangement, plan: Plan, stamp: dict[str, Any]) -> None:
    for held in arrangement.hold:
        values = {"state": DeliveryState.HELD, "held_by": held.by, "not_before": held.until}
        change = update(deliveries).where(deliveries.c.id == held.id)
        connection.execute(change.values(values | {"reason": plan.reason(held)} | stamp))
    for ids in _some(arrangement.release):
        change = update(deliveries).where(deliveries.c.id.in_(ids))
        connection.execute(change.values(_RELEASED | {"released": stamp["updated"], "not_before": None} | stamp))
    for ids in _some(arrangement.told):
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
    if arrangement.join:
        _join(connection, arrangement, plan, stamp)


_RELEASED: dict[str, Any] = {"state": DeliveryState.QUEUED, "held_by": None, "reason": ""}


def _join(connection: Connection, arrangement: Arrangement, plan: Plan, stamp: dict[str, Any]) -> None:
    """Let one catch-up tell of what the deliveries tell that are to be joined."""
    ids = arrangement.join
    open_one = select(deliveries.c.id, deliveries.c.created).where(deliveries.c.id.in_(ids[:_AT_ONCE]), _is_catch_up)
    found = connection.execute(open_one.order_by(deliveries.c.id).limit(1)).one_or_none()
    into, created = (found.id, found.created) if found else (_begin_catch_up(connection, ids[0], stamp), None)
    doubtful = any(connection.execute(_any_repeat(some)).scalar_one() for some in _some(ids))
    for some in _some([each for each in ids if each != into]):
        told = select(literal(into, Integer), delivery_alerts.c.match_id).where(delivery_alerts.c.delivery_id.in_(some))
        connection.execute(
            insert_new(connection, delivery_alerts).from_select(["delivery_id", "match_id"], told.distinct())
        )
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(some)))
    all_of_it = select(func.count(matches.c.entry_id.distinct()), func.max(matches.c.severity)).join(
        delivery_alerts, delivery_alerts.c.match_id == matches.c.id
    )
    count, severity = connection.execute(all_of_it.where(delivery_alerts.c.delivery_id == into)).one()
    joined = {
        "severity": Severity(severity),
        "title": catch_up_title(count, arrangement.because or ""),
        "tells": {"because": arrangement.because} if arrangement.because else {},
        "released": stamp["updated"],
        "not_before": plan.not_before(arrangement, created or stamp["updated"]),
        "maybe_repeat": doubtful,
    }
    connection.execute(update(deliveries).where(deliveries.c.id == into).values(_RELEASED | joined | stamp))


def _any_repeat(ids: Sequence[int]) -> Select[tuple[bool]]:
    """Whether one of some deliveries may have arrived."""
    return select(exists().where(deliveries.c.id.in_(ids), deliveries.c.maybe_repeat))


_is_catch_up = deliveries.c.kind == DeliveryKind.CATCH_UP


def _begin_catch_up(connection: Connection, like: int, stamp: dict[str, Any]) -> int:
    """A catch-up that tells of nothing yet, for the channel of another delivery."""
    channel = connection.execute(select(deliveries.c.channel).where(deliveries.c.id == like)).scalar_one()
    row = {
        "channel": channel,
        "kind": DeliveryKind.CATCH_UP,
        "state": DeliveryState.QUEUED,
        "severity": Severity.LOW,
        "created": stamp["updated"],
    }
    return int(connection.execute(insert(deliveries).values(row | stamp).returning(deliveries.c.id)).scalar_one())


_COLUMNS = (
    deliveries.c.id,
    deliveries.c.kind,
    deliveries.c.state,
    deliveries.c.severity,
    deliveries.c.held_by,
    deliveries.c.not_before,
    deliveries.c.retried,
    deliveries.c.maybe_repeat,
    deliveries.c.message_ids,
)


def _waiting(row: Any, alerts: frozenset[int]) -> Waiting:
    return Waiting(
        id=row.id,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        severity=Severity(row.severity),
        held_by=Hold(row.held_by) if row.held_by else None,
        until=row.not_before,
        retried=row.retried is not None,
        begun=bool(row.message_ids) or (row.maybe_repeat and row.kind != DeliveryKind.CATCH_UP),
        alerts=alerts,
    )


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids, some thousands at a time."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
