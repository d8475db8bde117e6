"""What is owed to the channels, in honest states.

::

    queued ──taken──▶ sending ──part_sent──▶ sent, or queued until its next part goes
      ▲                 │
      ├──── failed ─────┤   not accepted for now, or the answer was lost: then marked as a possible repeat ...
      │                 ├──▶ unknown   ... or kept until the user decides, where the config or five copies say so
      │                 └──▶ dead      refused for what it says; ``store.queue`` gives up what waited too long
      └──── retry ─── from any state; what is being sent stays so, and is tried again at once if that fails
            drop ─── from any state but sent ──▶ dropped

``held`` deliveries wait for an hour to pass (quiet hours, a mute): ``store.queue`` holds, releases, joins and takes
them. Taking one writes the message (``store.telling``) and is committed before anything is sent, so a crash leaves
``sending`` behind, and ``recover`` treats it as a lost answer: a repeat is possible, a loss is not.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select, update

from digest.delivery.retries import WELL, RetryPolicy, Tried, Trouble, after_failure, resend_wait
from digest.errors import UsageError
from digest.store.channels import NO_LONGER_CONFIGURED, chat_now, note_failure, note_ok
from digest.store.events import note_joined, note_states
from digest.store.owing import channel_of, owe
from digest.store.parts import held_by_none
from digest.store.rows import delivery
from digest.store.schema import channels, deliveries, delivery_alerts, sends
from digest.store.sends import end_in, pause_in
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from digest.delivery.retries import Failed
    from digest.store.database import Database
    from digest.values.messages import PlannedDelivery

LOST_IN_A_CRASH = "the engine ended while this was being sent: it may have arrived"
"""Why a delivery found in ``sending`` at the start is unknown, or may be a repeat."""

DROPPED_ON_ITS_WAY = "dropped while it was being sent: it may have arrived"
"""Why a delivery that was on its way was dropped all the same."""

ASKED_FOR = "asked for again"
"""What the log says of a delivery that somebody wants sent again."""

NO_NOTICES = "notices do not go to this channel: see [notices] in the config"
"""Why a notice that waited was dropped."""


class Outbox:
    """The deliveries of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the way of a message -----------------------------------------------------------------------------------

    def part_sent(self, delivery_id: int, message_id: int, now: datetime, *, number: int | None = None) -> bool:
        """One more of its parts was accepted, under this id; whether the next one is still owed.

        It goes on with the same attempt, once it is taken again: what is more urgent goes first. With the last of them
        it is sent, even if a user dropped it meanwhile, for it has arrived.

        With its ``number``, from 0, it may be said again: where a server went away at the commit nobody knows whether
        that was stored.
        """
        columns = (
            deliveries.c.channel, deliveries.c.kind, deliveries.c.state, deliveries.c.parts, deliveries.c.message_ids
        )  # fmt: skip
        again = and_(deliveries.c.maybe_repeat, deliveries.c.retried.is_not(None))  # then the next parts say so, too
        with self._database.write() as (connection, seq):
            row = connection.execute(select(*columns).where(deliveries.c.id == delivery_id)).one()
            if number is not None and number < len(row.message_ids):  # so it was
                return True
            ids = [*row.message_ids, message_id]
            change = _WELL | {"message_ids": ids, "maybe_repeat": again, "updated": now, "seq": seq}
            done = len(ids) >= len(row.parts)
            if done:
                change["maybe_repeat"] = False
            if done and row.state in _ON_ITS_WAY:
                change |= {"state": DeliveryState.SENT, "reason": ""}
            elif row.state == DeliveryState.SENDING:
                change |= {"state": DeliveryState.QUEUED, "attempts": deliveries.c.attempts - 1, "turn": 0}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
            if change.get("state") is DeliveryState.SENT:
                note_states(connection, [(delivery_id, row.channel)], DeliveryState.SENT)
            if done and row.kind == DeliveryKind.DIGEST:
                _cover(connection, delivery_id)
            note_ok(connection, row.channel, now, seq)
            end_in(connection, now, delivery=delivery_id)
            return done or row.state == DeliveryState.SENDING

    def sent(self, delivery_id: int, now: datetime) -> None:
        """All of it had been accepted before.

        Raises:
            UsageError: it is not being sent, or there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            state = _state_of(connection, delivery_id)
            if state is DeliveryState.SENDING:
                end_in(connection, now, delivery=delivery_id)
                change = {"state": DeliveryState.SENT, "updated": now, "seq": seq}
                connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
                _cover(connection, delivery_id)
                _note(connection, delivery_id, DeliveryState.SENT)
                return
        raise not_sending(delivery_id, state)

    def give_back(self, chat: str, now: datetime) -> None:
        """What was taken for a chat without whoever took it learning so is queued as before: nobody tried to send it.

        Only for the one that takes for this chat, while it has nothing in hand.
        """
        holder = self._database.holder
        with self._database.write() as (connection, seq):
            end_in(connection, now, sends.c.holder.is_not_distinct_from(holder), chat=chat)
            taken = update(deliveries).where(deliveries.c.state == DeliveryState.SENDING, deliveries.c.place == chat)
            taken = taken.where(deliveries.c.holder.is_not_distinct_from(holder))
            change = {"state": DeliveryState.QUEUED, "attempts": deliveries.c.attempts - 1, "seq": seq}
            connection.execute(taken.values(change))

    def recover(self, now: datetime, *, hold: bool, chat: str | None = None) -> int:
        """At the start of delivering, at all or to a chat: treat what was being sent as lost answers; how many.

        They may have arrived just now. Twice one is sent again at once, from then on at growing intervals. What a user
        asked for again meanwhile is not held. What another process has in hand that lives is left to it.
        """
        held = DeliveryState.UNKNOWN if hold else DeliveryState.QUEUED
        state = case((deliveries.c.retried == deliveries.c.updated, DeliveryState.QUEUED), else_=held)
        with self._database.write() as (connection, seq):
            columns = deliveries.c.id, deliveries.c.copies, deliveries.c.channel, state.label("becomes")
            left = held_by_none(deliveries.c.holder, self._database)
            lost = select(*columns).where(deliveries.c.state == DeliveryState.SENDING, left)
            if chat is not None:
                lost = lost.where(deliveries.c.place == chat)  # its channel may lead elsewhere by now
            end_in(connection, now, held_by_none(sends.c.holder, self._database), chat=chat)
            rows = connection.execute(lost).all()
            change = {"state": state, "maybe_repeat": True, "reason": LOST_IN_A_CRASH, "updated": now, "seq": seq}
            for row in rows:
                again = now + resend_wait(row.copies - 1) if row.copies > 1 else None
                change |= {"copies": row.copies + 1, "retry_at": again, "not_before": again}
                connection.execute(update(deliveries).where(deliveries.c.id == row.id).values(change))
                note_states(connection, [(row.id, row.channel)], DeliveryState(row.becomes), LOST_IN_A_CRASH)
                _cover(connection, row.id)
            return len(rows)

    # --- what the user wants ------------------------------------------------------------------------------------

    def retry(self, delivery_id: int, now: datetime) -> DeliveryState:
        """Queue it again, to go at once, whatever hours or mutes say; the state it was in.

        Giving up counts from now, and its channel is tried if it took no messages. What was sent goes again as a whole,
        labelled as a repeat; what is on its way stays there.

        Raises:
            UsageError: there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            state = _state_of(connection, delivery_id)
            change = {"retried": now, "updated": now, "seq": seq}
            if state is not DeliveryState.SENDING:
                change |= _AT_ONCE | {"state": DeliveryState.QUEUED, "held_by": None, "reason": _off_reason()}
                _note(connection, delivery_id, DeliveryState.QUEUED, ASKED_FOR)
            if state is DeliveryState.SENT:
                change |= {"message_ids": [], "maybe_repeat": True}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
            of = select(deliveries.c.channel).where(deliveries.c.id == delivery_id).scalar_subquery()
            tried = update(channels).where(channels.c.name == of, channels.c.try_at > now)
            connection.execute(tried.values(try_at=now, seq=seq))
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
            _note(connection, delivery_id, DeliveryState.DROPPED, change.get("reason", ""))
        return state

    def take_back_drop(self, before: Delivery, now: datetime) -> bool:
        """Owe a message again as it was before it was dropped; false: it is dropped no longer."""
        state = DeliveryState.QUEUED if before.state is DeliveryState.SENDING else before.state
        change = {"state": state, "held_by": before.held_by, "reason": before.reason, "updated": now}
        dropped = deliveries.c.id == before.id, deliveries.c.state == DeliveryState.DROPPED
        with self._database.write() as (connection, seq):
            return bool(connection.execute(update(deliveries).where(*dropped).values(change | {"seq": seq})).rowcount)

    def withdraw_notices(self, channels: Collection[str], now: datetime) -> int:
        """Owe notices to these channels only, and drop what of them waits for another; how many were dropped."""
        with self._database.write() as (connection, seq):
            waits = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
            stray = update(deliveries).where(deliveries.c.kind == DeliveryKind.NOTICE, waits)
            stray = stray.where(deliveries.c.channel.not_in(channels))
            change = {"state": DeliveryState.DROPPED, "held_by": None, "reason": NO_NOTICES, "updated": now, "seq": seq}
            rows = connection.execute(stray.values(change).returning(deliveries.c.id, deliveries.c.channel))
            dropped = [(row.id, row.channel) for row in rows]
            note_states(connection, dropped, DeliveryState.DROPPED, NO_NOTICES)
            return len(dropped)

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

    def last_owed(self) -> int:
        """The id of the last message that was owed, 0 where none ever was: it changes when another is."""
        with self._database.read() as connection:
            return connection.execute(_LAST_OWED).scalar_one() or 0

    def counts(self) -> dict[DeliveryState, int]:
        """How many messages stand in each state; every state is there."""
        with self._database.read() as connection:
            found = connection.execute(select(deliveries.c.state, func.count()).group_by(deliveries.c.state)).all()
            return dict.fromkeys(DeliveryState, 0) | {DeliveryState(state): count for state, count in found}


_LAST_OWED: Final = select(func.max(deliveries.c.id))
_ON_ITS_WAY = (DeliveryState.SENDING, DeliveryState.DROPPED)


def _state_of(connection: Connection, delivery_id: int) -> DeliveryState:
    """Raises ``UsageError`` if there is no such delivery."""
    query = select(deliveries.c.state).where(deliveries.c.id == _possible(delivery_id))
    found = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise _none(delivery_id)
    return DeliveryState(found)


def fail(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    connection: Connection,
    delivery_id: int,
    failed: Failed,
    policy: RetryPolicy,
    now: datetime,
    seq: int,
    chance: float,
) -> DeliveryState:
    """A part was not accepted, or nobody knows: what follows for the delivery and its channel; inside a transaction.

    What a user asked for again meanwhile is queued, whatever became of it; what is not being sent any more, for another
    process changed it, stays as it is. Returns the state it was in.

    Raises:
        UsageError: there is no such delivery.
    """
    state = _state_of(connection, delivery_id)
    end_in(connection, now, delivery=delivery_id)
    row = connection.execute(select(deliveries).where(deliveries.c.id == delivery_id)).one()
    channel = connection.execute(select(channels).where(channels.c.name == row.channel)).one_or_none()
    after = after_failure(_tried(row, channel), failed, policy, now, chance)
    if channel is not None and failed.silence:
        pause_in(connection, chat_now(channel), now + failed.silence, now)
    if state is not DeliveryState.SENDING:
        return state
    asked = row.retried == row.updated  # while it was on its way: then its channel is tried at once, too
    trouble = replace(after.trouble, try_at=now) if asked and after.trouble.try_at else after.trouble
    if channel is not None and channel.off != NO_LONGER_CONFIGURED and row.place in {"", chat_now(channel)}:
        note_failure(connection, row.channel, failed.reason, trouble, now, seq)
    change = {"failed": now, "copies": after.copies, "retry_at": after.retry_at, "not_before": after.retry_at}
    change |= {"state": after.state, "reason": after.reason, "updated": now, "seq": seq}
    # What a gateway answers for may have been taken all the same; whoever is tried next is another, if there is one.
    if failed.failure in {Failure.UNKNOWN, Failure.NOT_TAKEN}:
        change |= {"maybe_repeat": True, "turn": None}
    if asked:
        change |= _AT_ONCE | {"state": DeliveryState.QUEUED}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
    note_states(connection, [(delivery_id, row.channel)], DeliveryState.QUEUED if asked else after.state, after.reason)
    _cover(connection, delivery_id)
    return state


def _cover(connection: Connection, delivery_id: int) -> None:
    """If this is a digest that was sent, or may have been: owe no longer what was held for it, without a time."""
    done = deliveries.c.kind == DeliveryKind.DIGEST, deliveries.c.state.in_((DeliveryState.SENT, DeliveryState.UNKNOWN))
    digest = select(deliveries.c.channel).where(deliveries.c.id == delivery_id, *done)
    channel = connection.execute(digest).scalar_one_or_none()
    if channel is None:
        return
    told = select(delivery_alerts.c.match_id).where(delivery_alerts.c.delivery_id == delivery_id)
    more = exists().where(delivery_alerts.c.delivery_id == deliveries.c.id, delivery_alerts.c.match_id.not_in(told))
    held = deliveries.c.state == DeliveryState.HELD, deliveries.c.not_before.is_(None)
    covered = delete(deliveries).where(deliveries.c.channel == channel, *held, ~more).returning(deliveries.c.id)
    note_joined(connection, connection.execute(covered).scalars().all(), delivery_id, channel)


def _note(connection: Connection, delivery_id: int, state: DeliveryState, reason: str = "") -> None:
    note_states(connection, [(delivery_id, channel_of(connection, delivery_id))], state, reason)


def _tried(row: Row[Any], channel: Row[Any] | None) -> Tried:
    """A message and its channel, before a failure."""
    if channel is None:
        return Tried(WELL, row.attempts, row.copies)
    others = row.failed is not None and channel.last_ok is not None and channel.last_ok > row.failed
    return Tried(Trouble(channel.off, channel.try_at, channel.failures), row.attempts, row.copies, others)


_WELL: dict[str, Any] = {"failed": None, "copies": 0}
_AT_ONCE: dict[str, Any] = _WELL | {"not_before": None, "retry_at": None, "turn": 0}


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


def not_sending(delivery_id: int, state: str) -> UsageError:
    """What is said where a delivery ought to be on its way, and another process changed it."""
    return UsageError(f"delivery {delivery_id} is {state}: it is not being sent")


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
