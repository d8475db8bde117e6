"""Messages that were sent and would read differently by now: each is edited in place, when nothing else is to go.

::

    make_stale ─▶ taken ─▶ edited ─▶ reads as it should
                    │ ▲
                    │ └─ not accepted for now, or the answer was lost: again later, and later
                    └──▶ given up: the message is gone, or too old

A message stays ``sent`` whatever becomes of its edits. What it reads is written when its edit is taken, so whatever
changed before is one edit; ``parts`` are what its far side is known to show, and change once it has said so. Until then
``failed`` says that an edit is under way, or was lost: after a crash it is made again, which changes nothing.

An edit takes its turn in its chat like a message, and one of the chat's edits, of which there is one a minute. It is
taken only while no message is due. Of those that may be made the one goes first that has waited longest; a corrected
headline counts as if it had waited for a day: who else reports an event can wait, what is wrong cannot.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, assert_never

from sqlalchemy import Text, and_, bindparam, case, func, literal, or_, select, update
from sqlalchemy import cast as sql_cast

from digest.delivery.limits import edits_key
from digest.delivery.retries import resend_wait
from digest.store.channels import IN_CHAT
from digest.store.outbox import read_deliveries
from digest.store.schema import UtcTime, channels, deliveries, delivery_alerts
from digest.store.sends import end_in, pause_in
from digest.store.taken import taken_of_delivery
from digest.store.telling import next_in, rewritten
from digest.values.messages import DeliveryKind, DeliveryState, Failure
from digest.values.settings import Telegram

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.delivery.retries import Failed
    from digest.store.database import Database
    from digest.store.sends import Sends
    from digest.store.telling import Writers
    from digest.values.messages import Delivery

NO_LONGER_EDITED: Final = "no longer edited: "
"""How it is said of a message that was sent that what it says stays as it is."""
_AT_ONCE: Final = 5_000
"""Ids in one statement: SQLite takes 32,766 values."""
_LOOKED_AT: Final = 20
"""Messages that are written anew in one transaction to find that they read the same."""
CORRECTED: Final = timedelta(days=1)
"""So long an edit counts as having waited that corrects a headline."""
LETS_PASS: Final = timedelta(seconds=2)
"""An edit lets a message go first that is due so soon."""
_MOST_TRIES: Final = 24
"""A message whose edits get lost so often is left as it is: a day has passed."""


@dataclass(frozen=True, slots=True)
class TakenEdit:
    """One part of a message that was sent, as it is to read."""

    delivery: Delivery
    number: int
    """Which of its parts, from 0."""
    part: str
    """In the channel's own format."""
    seq: int
    """Of the transaction that took it: what the row says then, it was written from."""

    @property
    def message_id(self) -> int:
        """The message that it changes."""
        return self.delivery.message_ids[self.number]


@dataclass(frozen=True, slots=True)
class OfStories:
    """Messages that tell of these stories, by their ids."""

    ids: Collection[int]


@dataclass(frozen=True, slots=True)
class OfMatches:
    """Messages that tell of these alerts, by the ids of their matches."""

    ids: Collection[int]


def make_stale(
    connection: Connection, chosen: OfStories | OfMatches, now: datetime, seq: int, *, ahead: timedelta = timedelta(0)
) -> int:
    """Alerts that were sent, or are on their way, read differently from now on; how many messages; in a transaction.

    Whether that is so is found out when their edits are taken: one that reads the same is not made. The edits go as if
    they had waited for the time ``ahead`` already.
    """
    ids, count = sorted(set(chosen.ids)), 0
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        told = select(delivery_alerts.c.delivery_id).where(delivery_alerts.c.match_id.in_(some))
        of_them = deliveries.c.story_id.in_(some) if isinstance(chosen, OfStories) else deliveries.c.id.in_(told)
        change = update(deliveries).where(deliveries.c.kind == DeliveryKind.ALERT, _WRITTEN, _EDITED_STILL, of_them)
        since = literal(now - ahead, UtcTime)
        stale = case((deliveries.c.stale < since, deliveries.c.stale), else_=since)
        edit_at = func.coalesce(deliveries.c.edit_at, literal(now, UtcTime))
        count += connection.execute(change.values(stale=stale, edit_at=edit_at, seq=seq)).rowcount
    return count


_BEGUN: Final = sql_cast(deliveries.c.message_ids, Text) != "[]"
_STATE: Final = func.coalesce(deliveries.c.state, "")
"""As no index knows it: those of stories, of ids and of what is stale are short, that of states is long."""
_WRITTEN: Final = or_(
    _STATE.in_((DeliveryState.SENT, DeliveryState.SENDING)),
    and_(_STATE == DeliveryState.QUEUED, _BEGUN),  # else it is written when it goes
)
_EDITED_STILL: Final = or_(
    deliveries.c.state != DeliveryState.SENT, deliveries.c.reason.not_like(f"{NO_LONGER_EDITED}%")
)


@dataclass(frozen=True, slots=True)
class _Stale:
    """A message that may read differently."""

    id: int
    in_doubt: bool
    """An edit of it was under way, and nobody knows whether its far side shows it."""


class Edits:
    """The edits of the store."""

    def __init__(self, database: Database, sends: Sends) -> None:
        self._database = database
        self._sends = sends

    def take(self, chat: str, writers: Writers, now: datetime) -> TakenEdit | datetime | None:
        """Take the next edit of a chat, written from what is known now; it has its turn in the chat.

        Args:
            chat: called as in ``ChannelState.chat``.
            writers: for a channel's name the channel, and what cuts a part as its far side takes it.
            now: the time.

        Returns:
            The edit, or when to look again, ``None``: there is none, or a message goes first.
        """
        with self._database.read() as connection:  # most looks find nothing to do, and need not write for it
            found = self._next(connection, chat, now)
        if not isinstance(found, _Stale):
            return found
        with self._database.write() as (connection, seq):
            for _ in range(_LOOKED_AT):
                found = self._next(connection, chat, now)
                if not isinstance(found, _Stale):
                    return found
                edit = _written(connection, found, chat, writers, seq)
                if edit is not None:
                    for account in (chat, edits_key(chat)):
                        self._sends.take_in(connection, account, now, found.id)
                    _change(connection, found.id, {"failed": now, "seq": seq})
                    return edit
                _change(connection, found.id, _AS_IT_SHOULD | {"seq": seq})
            return now

    def _next(self, connection: Connection, chat: str, now: datetime) -> _Stale | datetime | None:
        """What is edited next, or when something may be; ``None``: nothing is, or a message is due."""
        row = connection.execute(_FIRST, {"in_chat": chat, "now": now}).one_or_none()
        if row is None or isinstance(next_in(connection, chat, now + LETS_PASS), int):
            return None
        ready: datetime = max(row.edit_at or now, self._sends.edit_at(connection, chat, now))
        return ready if ready > now else _Stale(row.id, in_doubt=row.failed is not None)

    def count(self) -> int:
        """How many messages wait to be edited; some may turn out to read as they should."""
        with self._database.read() as connection:
            return int(connection.execute(_HOW_MANY).scalar_one())

    def edited(self, edit: TakenEdit, now: datetime) -> None:
        """Its far side shows it: the message reads so now."""
        with self._database.write() as (connection, seq):
            end_in(connection, now, delivery=edit.delivery.id)
            row = connection.execute(_SENT_NOW, {"its_id": edit.delivery.id}).one_or_none()
            if row is None or row.message_ids != list(edit.delivery.message_ids):  # a user asked for it again meanwhile
                return
            parts = list(row.parts)
            parts[edit.number] = edit.part
            done = _AS_IT_SHOULD if row.seq == edit.seq else {"failed": None, "copies": 0, "edit_at": now}
            _change(connection, edit.delivery.id, done | {"parts": parts, "seq": seq})

    def failed(self, edit: TakenEdit, failed: Failed, now: datetime) -> bool:
        """It was not accepted, or nobody knows; whether it is tried again, later and later. The message stays sent."""
        with self._database.write() as (connection, seq):
            end_in(connection, now, delivery=edit.delivery.id)
            if failed.silence:
                pause_in(connection, edit.delivery.place, now + failed.silence, now)
            row = connection.execute(_SENT_NOW, {"its_id": edit.delivery.id}).one_or_none()
            if row is None:
                return False
            change = _after(failed, row.copies, now)
            _change(connection, edit.delivery.id, change | {"seq": seq})
            return change.get("edit_at") is not None


_NOW: Final = bindparam("now", type_=UtcTime())
# Made once: every look asks it.
_FIRST: Final = (
    select(deliveries.c.id, deliveries.c.failed, deliveries.c.edit_at)
    .where(deliveries.c.stale.is_not(None), _STATE == DeliveryState.SENT)
    .where(deliveries.c.channel.in_(IN_CHAT.where(channels.c.off == "")))  # else nothing gets through
    .order_by(
        case((deliveries.c.edit_at > _NOW, deliveries.c.edit_at), else_=_NOW), deliveries.c.stale, deliveries.c.id
    )
    .limit(1)
)
_HOW_MANY: Final = (
    select(func.count()).select_from(deliveries).where(deliveries.c.stale.is_not(None), _STATE == DeliveryState.SENT)
)
_SENT_NOW: Final = select(deliveries.c.parts, deliveries.c.message_ids, deliveries.c.copies, deliveries.c.seq).where(
    deliveries.c.id == bindparam("its_id"), deliveries.c.state == DeliveryState.SENT
)
_AS_IT_SHOULD: Final[dict[str, Any]] = {"stale": None, "edit_at": None, "failed": None, "copies": 0}


def _change(connection: Connection, delivery_id: int, change: dict[str, Any]) -> None:
    connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))


def _written(connection: Connection, stale: _Stale, chat: str, writers: Writers, seq: int) -> TakenEdit | None:
    """The next edit of a message; ``None``: it reads as it should, or nothing can be changed there."""
    (delivery,) = read_deliveries(connection, deliveries.c.id == stale.id)
    spec, pieces = writers(delivery.channel)
    if not isinstance(spec.medium, Telegram) or delivery.place != chat:  # there it has other ids
        return None
    new = rewritten(connection, delivery, spec, pieces)
    if new is None:
        return None
    known = [number for number, message in enumerate(delivery.message_ids) if message]
    differ = [number for number in known if new[number] != delivery.parts[number]]
    if stale.in_doubt and not differ:
        differ = known[:1]  # where what grows stands
    if not differ:
        return None
    # What moves from one part to the next stands in both for a while, never in none.
    grows = sum(map(len, new)) >= sum(map(len, delivery.parts))
    number = differ[-1] if grows else differ[0]
    delivery = replace(delivery, taken=taken_of_delivery(connection, delivery.id))
    return TakenEdit(delivery, number, new[number], seq)


def _after(failed: Failed, tries: int, now: datetime) -> dict[str, Any]:
    """What follows for the message from an edit that failed, after so many that failed before."""
    match failed.failure:
        case Failure.RATE_LIMITED:
            return {"edit_at": now + failed.silence}
        case Failure.CLOSED | Failure.GONE:  # it may be open again when it changes next
            return _AS_IT_SHOULD
        case Failure.REFUSED | Failure.MIGRATED:
            return _AS_IT_SHOULD | {"reason": f"{NO_LONGER_EDITED}{failed.reason}"}
        case Failure.NOT_SENT | Failure.NOT_TAKEN | Failure.UNKNOWN | Failure.WRONG_TOKEN | Failure.UPDATES_TAKEN:
            if tries + 1 >= _MOST_TRIES:
                return _AS_IT_SHOULD | {"reason": f"{NO_LONGER_EDITED}{failed.reason}"}
            return {"copies": tries + 1, "failed": now, "edit_at": now + resend_wait(tries + 1)}
        case _:
            assert_never(failed.failure)
