"""What waits for a chat: read, planned and written, and the next of it taken, in one transaction.

``delivery.queue`` decides; the rows say what it decided, and ``store.telling`` takes the next by them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, Text, and_, bindparam, case, delete, exists, func, insert, literal, select, update
from sqlalchemy import cast as sql_cast

from digest.delivery.messages.catchup import catch_up_title
from digest.delivery.messages.write import MODEL_ASKED
from digest.delivery.queue import PAGE_WAIT, Told, Waiting, plan_queue
from digest.delivery.retries import Trouble
from digest.store.articles import OLDEST, UNREAD
from digest.store.channels import IN_CHAT
from digest.store.database import insert_new
from digest.store.events import note_joined, note_plan
from digest.store.outbox import fail, not_sending
from digest.store.owing import channel_of
from digest.store.schema import (
    UtcTime,
    bot_chats,
    channels,
    deliveries,
    delivery_alerts,
    entries,
    feeds,
    matches,
    mutes,
)
from digest.store.telling import claim_next, next_in
from digest.values.messages import DeliveryKind, DeliveryState, Hold
from digest.values.news import Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.delivery.queue import Joined, Placed, Plan, Situation
    from digest.delivery.retries import Failed, RetryPolicy
    from digest.store.database import Database
    from digest.store.sends import Sends
    from digest.store.telling import Writers
    from digest.values.messages import Delivery

_AT_ONCE: Final = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""
_WAITS: Final = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))


class Queue:
    """What waits in the outbox, chat by chat."""

    def __init__(self, database: Database, sends: Sends) -> None:
        self._database = database
        self._sends = sends

    def take(
        self, chat: str, situation: Situation, writers: Writers, planned: Situation | None, again: timedelta
    ) -> tuple[Delivery | datetime | None, Situation | None]:
        """Take the next message for a chat to be sent, once all that waits for it is planned as things are now.

        It is written and ``sending`` when this returns, for whatever happens next, and has its turn in the chat.

        Args:
            chat: called as in ``ChannelState.chat``.
            situation: as far as it is known outside of the store.
            writers: for a channel's name the channel, and what cuts a part as its far side takes it.
            planned: the situation for which it was planned last, as this returned it.
            again: so old a plan is made anew, whatever has changed: a message may have waited long enough.

        Returns:
            The message, or when to look again, ``None``: nothing waits; and the situation for which it is planned.
        """
        with self._database.read() as connection:  # most looks find nothing to do, and need not write for it
            waits, unplanned = connection.execute(_WAITS_HERE, {"in_chat": chat}).one()
            if not waits:
                return None, situation
            situation = _complete(connection, chat, situation)
            changes = bool(unplanned)  # something has no turn yet
            if not changes and _is_old(planned, situation, again):
                changes, planned = bool(plan_queue(waiting_in(connection, chat), situation)), situation
            if not changes:
                found = next_in(connection, chat, situation.now)
                if not isinstance(found, int):
                    return found, planned
                ready = self._sends.free_at(connection, chat, situation.now)
                if ready > situation.now:
                    return ready, planned
        with self._database.write() as (connection, seq):
            situation = _complete(connection, chat, situation)
            if changes:  # planned only now, when nobody else can move anything
                _plan(connection, chat, situation, seq)
                planned = situation
            return claim_next(connection, chat, situation.now, seq, self._sends, writers), planned

    def failed(  # noqa: PLR0913, PLR0917 - each is a thing of its own
        self, chat: str, delivery_id: int, failed: Failed, situation: Situation, policy: RetryPolicy, chance: float
    ) -> None:
        """A part of what was taken was not accepted, or nobody knows; all that waits is planned anew with that.

        Args:
            chat: called as in ``ChannelState.chat``.
            delivery_id: which.
            failed: what happened.
            situation: as for `take`.
            policy: how it is tried again.
            chance: from 0 to 1, spreads the waits.

        Raises:
            UsageError: it is not being sent, for another process changed it; or there is no such delivery.
        """
        with self._database.write() as (connection, seq):
            state = fail(connection, delivery_id, failed, policy, situation.now, seq, chance)
            if state is DeliveryState.SENDING:
                _plan(connection, chat, _complete(connection, chat, situation), seq)
        if state is not DeliveryState.SENDING:
            raise not_sending(delivery_id, state)


# --- what decides ------------------------------------------------------------------------------------------------


def _plan(connection: Connection, chat: str, situation: Situation, seq: int) -> None:
    """Decide what becomes of everything that waits for a chat, and write it."""
    waiting = waiting_in(connection, chat)
    plan = plan_queue(waiting, situation)
    write_plan(connection, plan, situation.now, seq)
    note_plan(connection, plan, waiting)


def _complete(connection: Connection, chat: str, situation: Situation) -> Situation:
    """The situation with what the store knows of it."""
    muted = {row.rule: row.until for row in connection.execute(_MUTED, {"now": situation.now})}
    times = {"now": situation.now, "lately": situation.now - PAGE_WAIT, "oldest": situation.now - OLDEST}
    unread = frozenset(connection.execute(_UNREAD, times).scalars())
    return replace(situation, muted_until=muted, troubles=_troubles(connection, chat), unread=unread)


# Made once: making a statement costs more than SQLite takes for it, and most looks find nothing.
_MUTED: Final = select(mutes).where(mutes.c.until > bindparam("now"))
_UNREAD: Final = (
    select(matches.c.id)
    .join(entries, entries.c.id == matches.c.entry_id)
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .where(matches.c.created > bindparam("lately"), matches.c.created <= bindparam("now"), UNREAD)
    .where(matches.c.outcome == Outcome.ALERT)
)
_FAILING: Final = select(channels).where(channels.c.name.in_(IN_CHAT), channels.c.failures > 0)
_HERE: Final = and_(_WAITS, deliveries.c.channel.in_(IN_CHAT))
_WAITS_HERE: Final = select(exists().where(_HERE), exists().where(_HERE, deliveries.c.turn.is_(None)))
"""Whether anything waits, and whether any of that has no turn yet."""


def _troubles(connection: Connection, chat: str) -> Mapping[str, Trouble]:
    """Of the channels that lead to a chat, those that do not take messages; who has heard from it need not wait."""
    rows = connection.execute(_FAILING, {"in_chat": chat}).all()
    if not any(row.try_at for row in rows):
        return {row.name: Trouble(failures=row.failures) for row in rows}
    number = int(chat) if chat.removeprefix("-").isdecimal() else 0
    heard = select(bot_chats.c.last_seen).where(bot_chats.c.id == number)
    seen: datetime | None = connection.execute(heard).scalar_one_or_none()
    troubles = {}
    for row in rows:
        opened = seen is not None and row.last_error_at is not None and seen > row.last_error_at
        troubles[row.name] = Trouble(row.off, None if opened else row.try_at, row.failures)
    return troubles


def _is_old(planned: Situation | None, situation: Situation, again: timedelta) -> bool:
    """Whether there may be something to plan; a clock that was set back is a reason, too."""
    if planned is None or not planned.now <= situation.now < planned.now + again:
        return True
    return replace(planned, now=situation.now) != situation


def waiting_in(connection: Connection, chat: str) -> list[Waiting]:
    """Everything queued or held for a chat, oldest first."""
    rows = connection.execute(_WAITING, {"in_chat": chat}).all()
    if not rows:
        return []
    updates = {row.story_id for row in rows if row.tells.get("update")}
    last = _last_told(connection, chat, updates) if updates else {}
    told: dict[int, list[Told]] = defaultdict(list)
    for row in connection.execute(_TOLD, {"in_chat": chat}):
        told[row.delivery_id].append(Told(row.id, row.rule, Severity(row.severity), row.feed_id))
    return [_waiting(row, tuple(told.get(row.id, ())), last.get((row.channel, row.story_id))) for row in rows]


def _last_told(connection: Connection, chat: str, of: Collection[int]) -> Mapping[tuple[str, int], datetime]:
    """When each channel of a chat was told of these stories last, alone or among others, or is being told."""
    rows = connection.execute(_LAST_TOLD, {"in_chat": chat, "stories": list(of)})
    return {(row.channel, row.story_id): row.at for row in rows}


_COLUMNS: Final = (
    deliveries.c.id,
    deliveries.c.channel,
    deliveries.c.kind,
    deliveries.c.state,
    deliveries.c.severity,
    deliveries.c.created,
    deliveries.c.retried,
    deliveries.c.released,
    deliveries.c.turn,
    deliveries.c.held_by,
    deliveries.c.not_before,
    deliveries.c.retry_at,
    deliveries.c.reason,
    deliveries.c.failed,
    deliveries.c.attempts,
    deliveries.c.copies,
    deliveries.c.maybe_repeat,
    deliveries.c.story_id,
    deliveries.c.tells,
    (sql_cast(deliveries.c.message_ids, Text) != "[]").label("begun"),
)
_WAITING: Final = select(*_COLUMNS).where(_HERE).order_by(deliveries.c.id)
_TOLD: Final = (
    select(delivery_alerts.c.delivery_id, matches.c.id, matches.c.rule, matches.c.severity, entries.c.feed_id)
    .join(deliveries, deliveries.c.id == delivery_alerts.c.delivery_id)
    .join(matches, matches.c.id == delivery_alerts.c.match_id)
    .join(entries, entries.c.id == matches.c.entry_id)
    .where(_HERE)
    .order_by(matches.c.id)
)
_LAST_TOLD: Final = (
    select(deliveries.c.channel, entries.c.story_id, func.max(deliveries.c.updated).label("at"))
    .join(delivery_alerts, delivery_alerts.c.delivery_id == deliveries.c.id)
    .join(matches, matches.c.id == delivery_alerts.c.match_id)
    .join(entries, entries.c.id == matches.c.entry_id)
    .where(
        deliveries.c.channel.in_(IN_CHAT),
        # As no index knows it: the reports of a story are few, what a channel ever sent is much.
        func.coalesce(deliveries.c.state, "").in_((DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.SENDING)),
        deliveries.c.kind != DeliveryKind.DIGEST,
        entries.c.story_id.in_(bindparam("stories", expanding=True)),
    )
    .group_by(deliveries.c.channel, entries.c.story_id)
)


def _waiting(row: Any, told: tuple[Told, ...], story_told: datetime | None) -> Waiting:
    return Waiting(
        id=row.id,
        channel=row.channel,
        kind=DeliveryKind(row.kind),
        state=DeliveryState(row.state),
        severity=Severity(row.severity),
        created=row.created,
        wanted_since=max(filter(None, (row.created, row.retried, row.released))),
        told=told,
        turn=row.turn,
        held_by=Hold(row.held_by) if row.held_by else None,
        not_before=row.not_before,
        retry_at=row.retry_at,
        reason=row.reason,
        failed=row.attempts > 0 and (row.failed is not None or row.maybe_repeat),
        attempts=row.attempts,
        retried=row.retried is not None,
        begun=row.begun,
        copies=max(row.copies, row.maybe_repeat) if row.attempts else 0,  # by others than this store, it may be told
        story=row.story_id,
        is_update=bool(row.tells.get("update")),
        story_told=story_told if row.tells.get("update") else None,
        every=timedelta(milliseconds=row.tells["every"]) if "every" in row.tells else None,
        asks_model=row.tells.get("model") == MODEL_ASKED,
        bundle=row.tells.get("because") == Hold.BUNDLE,
    )


# --- what was decided --------------------------------------------------------------------------------------------


def write_plan(connection: Connection, plan: Plan, now: datetime, seq: int) -> None:
    """Write what was decided to the rows."""
    stamp = {"updated": now, "seq": seq}
    held, this = deliveries.c.state == DeliveryState.HELD, literal(now, UtcTime)
    released = case((held, this), else_=deliveries.c.released)
    untaken = case((and_(held, deliveries.c.untaken.is_not(None)), this), else_=deliveries.c.untaken)
    for state in dict.fromkeys(each.state for each in plan.placed):
        moved = case((deliveries.c.state != state, literal(now, UtcTime)), else_=deliveries.c.updated)
        change: dict[str, Any] = {"state": state, "updated": moved, "seq": seq}
        if state is DeliveryState.QUEUED:
            change |= {"released": released, "untaken": untaken}
        rows = [_row(each) for each in plan.placed if each.state is state]
        connection.execute(_PLACE.values(change), rows)
    for joined in plan.joined:
        _join(connection, joined, stamp)


_PLACE: Final = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("its_id"))
    .values(
        not_before=bindparam("its_time"), reason=bindparam("why"), turn=bindparam("its_turn"), held_by=bindparam("hold")
    )
)


def _row(placed: Placed) -> dict[str, Any]:
    return {
        "its_id": placed.id,
        "its_time": placed.not_before,
        "why": placed.reason,
        "its_turn": placed.turn,
        "hold": placed.held_by,
    }


def _join(connection: Connection, joined: Joined, stamp: dict[str, Any]) -> None:
    """Let one catch-up tell of what the deliveries tell that are to be joined."""
    ids = joined.ids
    opened = select(deliveries.c.id).where(
        deliveries.c.id.in_(ids[:_AT_ONCE]), deliveries.c.kind == DeliveryKind.CATCH_UP
    )
    found = connection.execute(opened.order_by(deliveries.c.id).limit(1)).scalar_one_or_none()
    into = _begin_catch_up(connection, ids[0], stamp) if found is None else int(found)
    doubtful, channel = False, channel_of(connection, into)
    for some in _some(ids):
        lost = exists().where(deliveries.c.id.in_(some), deliveries.c.maybe_repeat)
        doubtful = doubtful or bool(connection.execute(select(lost)).scalar_one())
        others = [each for each in some if each != into]
        told = select(literal(into, Integer), delivery_alerts.c.match_id)
        told = told.where(delivery_alerts.c.delivery_id.in_(others))
        adding = insert_new(connection, delivery_alerts).from_select(["delivery_id", "match_id"], told.distinct())
        connection.execute(adding)
        connection.execute(delete(deliveries).where(deliveries.c.id.in_(others)))
        note_joined(connection, others, into, channel)
    all_of_it = select(func.count(matches.c.entry_id.distinct()), func.max(matches.c.severity)).join(
        delivery_alerts, delivery_alerts.c.match_id == matches.c.id
    )
    count, severity = connection.execute(all_of_it.where(delivery_alerts.c.delivery_id == into)).one()
    values = {
        "state": joined.placed.state,
        "severity": Severity(severity),
        "title": catch_up_title(count, joined.because or ""),
        "tells": {"because": joined.because} if joined.because else {},
        "released": stamp["updated"],
        "held_by": None,
        "retry_at": joined.retry_at,
        "not_before": joined.placed.not_before,
        "reason": joined.placed.reason,
        "turn": joined.placed.turn,
        "maybe_repeat": doubtful,
    }
    connection.execute(update(deliveries).where(deliveries.c.id == into).values(values | stamp))


def _begin_catch_up(connection: Connection, like: int, stamp: dict[str, Any]) -> int:
    """A catch-up that tells of nothing yet, for the channel of another delivery."""
    row = {
        "channel": channel_of(connection, like),
        "kind": DeliveryKind.CATCH_UP,
        "state": DeliveryState.QUEUED,
        "severity": Severity.LOW,
        "created": stamp["updated"],
    }
    return int(connection.execute(insert(deliveries).values(row | stamp).returning(deliveries.c.id)).scalar_one())


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """The ids, some thousands at a time."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
