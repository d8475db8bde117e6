"""What is owed to the channels, in honest states.

::

    queued ──claim──▶ sending ──sent──▶ sent
      ▲                 │
      ├──── requeue ────┤   refused for now, surely not delivered
      ├──── unknown ────┤   the answer was lost: tried again, marked as a possible repeat ...
      │                 ├──▶ unknown   ... or kept until the user decides, where the config says so
      │                 └──▶ dead      refused for good, or given up
      └──── retry ─── from any state; what is being sent stays so, and is tried again at once if that fails
            drop ─── from any state but sent ──▶ dropped

``held`` deliveries wait for an hour to pass (quiet hours, a mute): ``store.waiting`` holds, releases and joins them.
A claim writes the message (``store.telling``) and is committed before anything is sent, so a crash leaves ``sending``
behind, and ``recover`` treats it as a lost answer: a repeat is possible, a loss is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update

from digest.delivery.messages.write import whole
from digest.errors import UsageError
from digest.store.alerts import owe
from digest.store.channels import chat_of, in_same_chat, note_ok
from digest.store.pace import note_sends
from digest.store.rows import delivery
from digest.store.schema import channels, deliveries, delivery_alerts
from digest.store.telling import writing
from digest.values.messages import Delivery, DeliveryKind, DeliveryState
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.delivery.messages.write import Pieces
    from digest.store.database import Database
    from digest.values.messages import PlannedDelivery
    from digest.values.settings import ChannelSpec

LOST_IN_A_CRASH = "the engine ended while this was being sent: it may have arrived"
"""Why a delivery found in ``sending`` at the start is unknown, or may be a repeat."""

DROPPED_ON_ITS_WAY = "dropped while it was being sent: it may have arrived"
"""Why a delivery that was on its way was dropped all the same."""

NO_NOTICES = "notices do not go to this channel: see [notices] in the config"
"""Why a notice that waited was dropped."""


Sends = tuple[str, "Sequence[datetime]"]
"""A chat, and when it was written to, as far as that still counts."""


class Outbox:
    """The deliveries of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the way of a message -----------------------------------------------------------------------------------

    def claim(  # noqa: PLR0913 - each is a thing of its own
        self,
        channel: ChannelSpec,
        now: datetime,
        sends: Sends | None = None,
        *,
        pieces: Pieces = whole,
        gathering: bool = False,
        yields: bool = True,
    ) -> Delivery | None:
        """Take the next delivery of a channel to be sent: the severest, then the oldest; ``None`` if none may go now.

        It is written, for the channel as it is now and cut by ``pieces``, and ``sending`` when this returns, for
        whatever happens next; ``sends`` counts against the chat's limits. While ``gathering``, alerts that are not
        urgent wait for others to join them. With ``yields`` what is severer and waits for another channel of the same
        chat comes first.
        """
        own = deliveries.c.channel == channel.name
        chosen = deliveries.c.channel.in_(in_same_chat(channel.name)) if yields else own
        first = (
            select(deliveries.c.id, own.label("own"))
            .where(chosen, _may_go(gathering=gathering), _time_has_come(now))
            .order_by(deliveries.c.severity.desc(), own.desc(), deliveries.c.id)
            .limit(1)
        )
        with self._database.read() as connection:  # most looks find nothing, and need not write for it
            top = connection.execute(first).one_or_none()
            if top is None or not top.own:
                return None
        with self._database.write() as (connection, seq):
            top = connection.execute(first).one_or_none()
            if top is None or not top.own:
                return None
            (found,) = read_deliveries(connection, deliveries.c.id == top.id)
            place = str(connection.execute(chat_of(channel.name)).scalar_one_or_none() or "")
            change = {
                "state": DeliveryState.SENDING,
                "attempts": deliveries.c.attempts + 1,
                "not_before": None,
                "reason": "",
                "updated": now,
                "seq": seq,
            } | writing(connection, found, channel, place, pieces)
            connection.execute(update(deliveries).where(deliveries.c.id == found.id).values(change))
            if change["state"] is DeliveryState.DEAD:
                return None
            if sends is not None:
                note_sends(connection, *sends)
            return read_deliveries(connection, deliveries.c.id == found.id)[0]

    def part_sent(self, delivery_id: int, message_id: int, now: datetime, sends: Sends | None = None) -> bool:
        """One more of its parts was accepted, under this id; whether the next one is still owed.

        With the last of them it is sent, even if a user dropped it meanwhile, for it has arrived. ``sends`` counts
        against the chat's limits.
        """
        columns = deliveries.c.channel, deliveries.c.state, deliveries.c.parts, deliveries.c.message_ids
        again = and_(deliveries.c.maybe_repeat, deliveries.c.retried.is_not(None))  # then the next parts say so, too
        with self._database.write() as (connection, seq):
            row = connection.execute(select(*columns).where(deliveries.c.id == delivery_id)).one()
            ids = [*row.message_ids, message_id]
            change = {"message_ids": ids, "maybe_repeat": again, "updated": now, "seq": seq}
            if len(ids) >= len(row.parts):
                change["maybe_repeat"] = False
            if len(ids) >= len(row.parts) and row.state in _ON_ITS_WAY:
                change |= {"state": DeliveryState.SENT, "reason": ""}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
            note_ok(connection, row.channel, now, seq)
            if sends is not None:
                note_sends(connection, *sends)
            return len(ids) >= len(row.parts) or row.state == DeliveryState.SENDING

    def sent(self, delivery_id: int, now: datetime) -> None:
        """All of it was accepted."""
        self._move(delivery_id, (DeliveryState.SENDING,), DeliveryState.SENT, now)

    def requeue(self, delivery_id: int, not_before: datetime, reason: str, now: datetime) -> None:
        """It was surely not accepted: to be tried again, not before a time."""
        self._move(
            delivery_id, (DeliveryState.SENDING,), DeliveryState.QUEUED, now, not_before=not_before, reason=reason
        )

    def unknown(
        self, delivery_id: int, reason: str, now: datetime, *, hold: bool, not_before: datetime | None = None
    ) -> None:
        """The answer was lost. With ``hold`` the user decides; else it is tried again and says it may be a repeat."""
        state = DeliveryState.UNKNOWN if hold else DeliveryState.QUEUED
        self._move(
            delivery_id,
            (DeliveryState.SENDING,),
            state,
            now,
            not_before=None if hold else not_before,
            reason=reason,
            maybe_repeat=True,
        )

    def dead(self, delivery_id: int, reason: str, now: datetime, *, lost: bool = False) -> None:
        """It is given up: refused for good, or owed for too long; with ``lost`` its last answer never came."""
        states = (DeliveryState.SENDING, DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.UNKNOWN)
        doubt = {"maybe_repeat": True} if lost else {}
        self._move(delivery_id, states, DeliveryState.DEAD, now, reason=reason, **doubt)

    def recover(self, now: datetime, *, hold: bool, channel: str | None = None) -> int:
        """At the start of delivering, at all or to a channel: treat what was being sent as lost answers; how many.

        What a user asked for again meanwhile is not held.
        """
        held = DeliveryState.UNKNOWN if hold else DeliveryState.QUEUED
        state = case((deliveries.c.retried == deliveries.c.updated, DeliveryState.QUEUED), else_=held)
        with self._database.write() as (connection, seq):
            change = {"state": state, "maybe_repeat": True, "reason": LOST_IN_A_CRASH, "updated": now, "seq": seq}
            lost = update(deliveries).where(deliveries.c.state == DeliveryState.SENDING)
            if channel is not None:
                lost = lost.where(deliveries.c.channel == channel)
            return connection.execute(lost.values(change)).rowcount

    # --- what the user wants ------------------------------------------------------------------------------------

    def retry(self, delivery_id: int, now: datetime) -> DeliveryState:
        """Queue it again, to go at once, whatever hours or mutes say; the state it was in.

        Giving up counts from now. What was sent goes again as a whole, labelled as a repeat; what is on its way stays
        there.

        Raises:
            UsageError: there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            state = _state_of(connection, delivery_id)
            change = {"retried": now, "updated": now, "seq": seq}
            if state is not DeliveryState.SENDING:
                change |= {"state": DeliveryState.QUEUED, "not_before": None, "held_by": None, "reason": _off_reason()}
            if state is DeliveryState.SENT:
                change |= {"message_ids": [], "maybe_repeat": True}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
        return state

    def drop(self, delivery_id: int, now: datetime) -> DeliveryState:
        """Owe it no longer; the state it was in. What was sent stays so: nothing is owed of it.

        Raises:
            UsageError: there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            state = _state_of(connection, delivery_id)
            if state in {DeliveryState.SENT, DeliveryState.DROPPED}:
                return state
            change: dict[str, Any] = {"state": DeliveryState.DROPPED, "held_by": None, "updated": now, "seq": seq}
            if state is DeliveryState.SENDING:  # whoever queues it again should know that it may be there
                change |= {"reason": DROPPED_ON_ITS_WAY, "maybe_repeat": True}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
        return state

    def withdraw_notices(self, channels: Collection[str], now: datetime) -> int:
        """Owe notices to these channels only, and drop what of them waits for another; how many were dropped."""
        with self._database.write() as (connection, seq):
            waits = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
            stray = update(deliveries).where(deliveries.c.kind == DeliveryKind.NOTICE, waits)
            stray = stray.where(deliveries.c.channel.not_in(channels))
            change = {"state": DeliveryState.DROPPED, "held_by": None, "reason": NO_NOTICES, "updated": now, "seq": seq}
            return connection.execute(stray.values(change)).rowcount

    # --- adding -------------------------------------------------------------------------------------------------

    def owe(
        self, planned: Sequence[PlannedDelivery], alerts: Sequence[int], now: datetime, *, key: str | None = None
    ) -> list[int]:
        """Owe messages that belong to no poll; their ids.

        Args:
            planned: what is owed; with ``key``, at most one.
            alerts: ids of the alerts that each of them tells of.
            now: the time.
            key: what may be owed only once; when it ever was, nothing is added and the list is empty.
        """
        assert key is None or len(planned) <= 1
        with self._database.write() as (connection, seq):
            if key is not None and connection.execute(select(exists().where(deliveries.c.key == key))).scalar_one():
                return []
            return owe(connection, [(each, alerts) for each in planned], now, seq, key=key)

    # --- looking ------------------------------------------------------------------------------------------------

    def list(
        self, states: Collection[DeliveryState] | None = None, *, channel: str | None = None
    ) -> Sequence[Delivery]:
        """Deliveries, oldest first: of these states, to this channel; all of them without."""
        chosen: list[ColumnElement[bool]] = []
        if states is not None:
            chosen.append(deliveries.c.state.in_(states))
        if channel is not None:
            chosen.append(deliveries.c.channel == channel)
        with self._database.read() as connection:
            return read_deliveries(connection, *chosen)

    def get(self, delivery_id: int) -> Delivery:
        """One delivery.

        Raises:
            UsageError: there is none with that id.
        """
        with self._database.read() as connection:
            found = read_deliveries(connection, deliveries.c.id == _possible(delivery_id))
        if not found:
            raise _none(delivery_id)
        return found[0]

    def waiting(self, channel: str) -> int:
        """How many messages wait for a channel."""
        states = DeliveryState.QUEUED, DeliveryState.HELD
        mine = select(func.count()).where(deliveries.c.channel == channel, deliveries.c.state.in_(states))
        with self._database.read() as connection:
            return int(connection.execute(mine).scalar_one())

    def counts(self) -> dict[DeliveryState, int]:
        """How many messages stand in each state; every state is there."""
        with self._database.read() as connection:
            found = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state)).all()
            return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): count for state, count in found}

    def next_due(self, channel: str | None = None, *, gathering: bool = False) -> datetime | None:
        """When the next queued message may go, of this channel or of any in service; ``None``: none waits."""
        earliest = select(func.min(func.coalesce(deliveries.c.not_before, deliveries.c.created)))
        earliest = earliest.where(_may_go(gathering=gathering))
        off = exists().where(channels.c.name == deliveries.c.channel, channels.c.off != "")
        earliest = earliest.where(~off if channel is None else deliveries.c.channel == channel)
        with self._database.read() as connection:
            found: datetime | None = connection.execute(earliest).scalar_one()
            return found

    def is_overtaken(self, delivery: Delivery, now: datetime, *, gathering: bool = False) -> bool:
        """Whether something severer waits for the same chat, and may go now."""
        severer = exists().where(
            deliveries.c.channel.in_(in_same_chat(delivery.channel)),
            deliveries.c.severity > delivery.severity,
            _may_go(gathering=gathering),
            _time_has_come(now),
        )
        with self._database.read() as connection:
            return bool(connection.execute(select(severer)).scalar_one())

    def _move(
        self,
        delivery_id: int,
        allowed: Collection[DeliveryState],
        state: DeliveryState,
        now: datetime,
        **values: object,
    ) -> None:
        """Change the state, if it is one of those allowed.

        Raises:
            UsageError: it is not, or there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            chosen = update(deliveries).where(
                deliveries.c.id == _possible(delivery_id), deliveries.c.state.in_(allowed)
            )
            change = values | {"state": state, "updated": now, "seq": seq}
            if connection.execute(chosen.values(change)).rowcount:
                return
            found = connection.execute(
                select(deliveries.c.state).where(deliveries.c.id == delivery_id)
            ).scalar_one_or_none()
        if found is None:
            raise _none(delivery_id)
        raise UsageError(f"delivery {delivery_id} is {found}: it cannot become {state}")


_ON_ITS_WAY = (DeliveryState.SENDING, DeliveryState.DROPPED)


def _state_of(connection: Connection, delivery_id: int) -> DeliveryState:
    """Raises ``UsageError`` if there is no such delivery."""
    query = select(deliveries.c.state).where(deliveries.c.id == _possible(delivery_id))
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise _none(delivery_id)
    return DeliveryState(found)


def _may_go(*, gathering: bool) -> ColumnElement[bool]:
    """Queued; while others are gathered, no alert but an urgent one, or one asked for."""
    queued = deliveries.c.state == DeliveryState.QUEUED
    if not gathering:
        return queued
    goes_by_itself = deliveries.c.kind.not_in((DeliveryKind.ALERT, DeliveryKind.CATCH_UP))
    urgent = deliveries.c.severity == Severity.URGENT
    return and_(queued, or_(goes_by_itself, urgent, deliveries.c.retried.is_not(None)))


def _time_has_come(now: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= now)


def _off_reason() -> ColumnElement[str]:
    """Why nothing is sent to a delivery's channel, empty where it is in service."""
    return func.coalesce(select(channels.c.off).where(channels.c.name == deliveries.c.channel).scalar_subquery(), "")


def _possible(delivery_id: int) -> int:
    """The id, if the database's integers could hold it."""
    if abs(delivery_id) >= 1 << 63:
        raise _none(delivery_id)
    return delivery_id


def _none(delivery_id: int) -> UsageError:
    return UsageError(f"there is no delivery {delivery_id}")


def read_deliveries(connection: Connection, *chosen: ColumnElement[bool]) -> list[Delivery]:
    """Deliveries with the alerts they tell of, oldest first."""
    rows = connection.execute(select(deliveries).where(*chosen).order_by(deliveries.c.id)).all()
    told = (
        select(delivery_alerts)
        .join(deliveries, deliveries.c.id == delivery_alerts.c.delivery_id)
        .where(*chosen)
        .order_by(delivery_alerts.c.match_id)
    )
    alerts: dict[int, list[int]] = {}
    for row in connection.execute(told):
        alerts.setdefault(row.delivery_id, []).append(row.match_id)
    return [delivery(row, tuple(alerts.get(row.id, ()))) for row in rows]
