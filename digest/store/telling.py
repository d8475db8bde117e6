"""Takes the next message for a chat, and writes it, from what is known then, in the same transaction.

Everything that waits is planned by then (``store.queue``), so taking is only: queued, its time has come, this chat, the
severest first.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, func, or_, select, update

from digest.delivery.messages.catchup import MOST_LINES
from digest.delivery.messages.write import written
from digest.delivery.queue import UNWRITTEN
from digest.delivery.retries import resend_wait
from digest.store.channels import IN_CHAT
from digest.store.corrections import corrections_of
from digest.store.events import note_state
from digest.store.outbox import read_deliveries
from digest.store.rows import alert, alert_query
from digest.store.schema import deliveries, delivery_alerts, entries, matches, rules
from digest.store.stories import read_stories
from digest.store.taken import taken_of, taken_of_delivery
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, Facts
from digest.values.settings import is_for_programs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from digest.delivery.messages.write import Pieces
    from digest.store.sends import Sends
    from digest.values.settings import ChannelSpec

    Writers = Callable[[str], tuple[ChannelSpec, Pieces]]

NOTHING_LEFT = "given up: what it tells of is no longer kept"
"""Why a message that was asked for again after long is dead."""

_log = logging.getLogger(__name__)

_LAST: Final = 1 << 62
"""The turn of what has none yet."""


def claim_next(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    connection: Connection, chat: str, now: datetime, seq: int, sends: Sends, writers: Writers
) -> Delivery | datetime | None:
    """Take the next message for a chat as `Queue.take` does, of what is planned: it is written, and ``sending``."""
    while isinstance(found := next_in(connection, chat, now), int):
        (delivery,) = read_deliveries(connection, deliveries.c.id == found)
        spec, pieces = writers(delivery.channel)
        taken = taken_of_delivery(connection, delivery.id) if delivery.kind is DeliveryKind.ALERT else None
        if taken is not None and _need_not_go(delivery):
            change = _NOT_NEEDED | {"reason": f"{taken.who} has it", "updated": now, "seq": seq}
            connection.execute(update(deliveries).where(deliveries.c.id == found).values(change))
            note_state(connection, delivery, change["state"], change["reason"])
            continue
        change = (
            _SENDING
            | {"holder": sends.holder, "updated": now, "seq": seq}
            | _writing(connection, delivery, spec, chat, pieces, now)
        )
        if change["state"] is DeliveryState.SENDING:
            turn = sends.take_in(connection, chat, now, delivery.id)
            if not isinstance(turn, int):
                return turn
        connection.execute(update(deliveries).where(deliveries.c.id == found).values(change))
        note_state(connection, delivery, change["state"], change["reason"])
        if change["state"] is DeliveryState.SENDING:
            delivery = read_deliveries(connection, deliveries.c.id == found)[0]
            return replace(delivery, reply_to=_answered(connection, delivery), taken=taken)
    return found


def _need_not_go(delivery: Delivery) -> bool:
    """Whether a message goes only while nobody has what it tells, and nothing of it can have arrived."""
    maybe_there = delivery.message_ids or delivery.maybe_repeat
    return "escalated" in delivery.tells and not maybe_there and delivery.retried is None


_NOT_NEEDED: Final[dict[str, Any]] = {
    "state": DeliveryState.DROPPED,
    "not_before": None,
    "untaken": None,
    "key": None,  # it was never told: if nobody has it again, another may be
}


_SENDING: Final[dict[str, Any]] = {
    "state": DeliveryState.SENDING,
    "attempts": deliveries.c.attempts + 1,
    "not_before": None,
    "retry_at": None,
    "reason": "",
}


def next_in(connection: Connection, chat: str, now: datetime) -> int | datetime | None:
    """The id of the message that goes next, or when one may; ``None``: none is queued."""
    found: int | None = connection.execute(_FIRST, {"in_chat": chat, "now": now}).scalar_one_or_none()
    if found is not None:
        return found
    soonest: datetime | None = connection.execute(_SOONEST, {"in_chat": chat}).scalar_one()
    return soonest


# Made once: every look asks them.
_QUEUED: Final = and_(deliveries.c.state == DeliveryState.QUEUED, deliveries.c.channel.in_(IN_CHAT))
_SOONEST: Final = select(func.min(deliveries.c.not_before)).where(_QUEUED)
_FIRST: Final = (
    select(deliveries.c.id)
    .where(_QUEUED, or_(deliveries.c.not_before.is_(None), deliveries.c.not_before <= bindparam("now")))
    .order_by(deliveries.c.severity.desc(), func.coalesce(deliveries.c.turn, _LAST), deliveries.c.id)
    .limit(1)
)


def _writing(  # noqa: PLR0913, PLR0917 - each is a thing of its own
    connection: Connection, delivery: Delivery, channel: ChannelSpec, place: str, pieces: Pieces, now: datetime
) -> dict[str, Any]:
    """The change that makes a message ready to be sent to a place, of all its parts or of those that it still owes.

    What has begun to arrive there goes on as it is. Anywhere else it begins again, labelled: its readers may know the
    beginning. Of a message of which nothing is left the change is that it is dead; one that cannot be written is tried
    again, later and later.
    """
    begun = bool(delivery.message_ids)
    if begun and delivery.place == place:
        return {}
    parts = _parts(connection, delivery, channel, pieces)
    if not parts and delivery.place == place:  # as it went before
        parts = delivery.parts or parts
    if parts is None:
        again = now + resend_wait(delivery.attempts + 1)
        waits = {"state": DeliveryState.QUEUED, "reason": UNWRITTEN, "failed": now}
        return waits | {"retry_at": again, "not_before": again}
    if not parts:
        return {"state": DeliveryState.DEAD, "reason": NOTHING_LEFT}
    change = {"parts": parts, "place": place}
    return change | ({"message_ids": [], "maybe_repeat": True} if begun else {})


def _answered(connection: Connection, delivery: Delivery) -> int | None:
    """The first message of its story in its place, which an alert answers; one of several parts by its first.

    Messages of another place have other ids: a group that became a supergroup, a channel that led elsewhere.
    """
    if delivery.story is None or delivery.kind is not DeliveryKind.ALERT or delivery.message_ids:
        return None
    told: Sequence[int] | None = connection.execute(_FIRST_OF_STORY, _place_of(delivery)).scalar()
    return (told[0] or None) if told else None


def _place_of(delivery: Delivery) -> dict[str, Any]:
    return {"story": delivery.story, "name": delivery.channel, "its_place": delivery.place, "its_id": delivery.id}


_FIRST_OF_STORY: Final = (
    select(deliveries.c.message_ids)
    .where(deliveries.c.story_id == bindparam("story"), deliveries.c.channel == bindparam("name"))
    .where(deliveries.c.kind == DeliveryKind.ALERT)
    .where(func.coalesce(deliveries.c.state, "") == DeliveryState.SENT)  # the index of stories is the one to use
    .where(deliveries.c.place == bindparam("its_place"), deliveries.c.id < bindparam("its_id"))
    .order_by(deliveries.c.id)
    .limit(1)
)


def _parts(connection: Connection, delivery: Delivery, channel: ChannelSpec, pieces: Pieces) -> tuple[str, ...] | None:
    """The parts of a message, none where nothing is left of what it tells; ``None``: it cannot be written."""
    return _worded(delivery, facts_of(connection, delivery, channel), channel, pieces)


def rewritten(
    connection: Connection, delivery: Delivery, channel: ChannelSpec, pieces: Pieces
) -> tuple[str, ...] | None:
    """The parts of a message that was sent as they would read now, as many as it has; ``None``: they stay as they are.

    What needs more messages than were sent goes without what was added since.
    """
    facts, sent = facts_of(connection, delivery, channel), len(delivery.message_ids)
    if not sent or sent != len(delivery.parts):
        return None
    for known in (facts, replace(facts, stories={}), replace(facts, stories={}, corrections={})):
        parts = _worded(delivery, known, channel, pieces)
        if parts and len(parts) <= sent:
            return parts + delivery.parts[len(parts) :]
    return None


def _worded(delivery: Delivery, facts: Facts, channel: ChannelSpec, pieces: Pieces) -> tuple[str, ...] | None:
    for spec in (channel, replace(channel, template="")) if channel.template else (channel,):
        try:
            return written(delivery, facts, spec, pieces)
        except Exception:  # noqa: BLE001 - whatever it is, the channel's other messages wait behind this one
            instead = ": it goes in Digest's own words, not by the channel's template" if spec.template else ""
            _log.exception("delivery %d to %s could not be written%s", delivery.id, channel.name, instead)
    return None


def facts_of(connection: Connection, delivery: Delivery, channel: ChannelSpec) -> Facts:
    """What is known of what a message tells of; of a catch-up no more than its channel can name."""
    chosen = delivery_alerts.c.delivery_id == delivery.id
    of_it = select().join_from(matches, delivery_alerts, delivery_alerts.c.match_id == matches.c.id).where(chosen)
    weight = func.max(matches.c.severity).label("severity"), func.count().label("rules")
    order = weight[0].desc(), weight[1].desc(), matches.c.entry_id.desc()
    ranked = of_it.add_columns(matches.c.entry_id, *weight).group_by(matches.c.entry_id).order_by(*order)
    few = delivery.kind is DeliveryKind.CATCH_UP and not is_for_programs(channel.medium)
    top = ranked.limit(MOST_LINES if few else None).subquery()
    query = (
        alert_query(rules.c.title.label("rule_title"))
        .join(top, top.c.entry_id == entries.c.id)
        .join(delivery_alerts, delivery_alerts.c.match_id == matches.c.id)
        .outerjoin(rules, rules.c.id == matches.c.rule)
        .where(chosen)
        .order_by(top.c.severity.desc(), top.c.rules.desc(), top.c.entry_id.desc(), matches.c.id)
    )
    rows = connection.execute(query).all()
    alerts, titles = tuple(map(alert, rows)), {row.rule: row.rule_title for row in rows if row.rule_title}
    known = Facts(
        alerts,
        titles,
        stories=read_stories(connection, {row.story_id for row in rows if row.story_id}),
        corrections=corrections_of(connection, {row.id for row in rows}),
        taken=taken_of(connection, {each.entry.event for each in alerts}),
    )
    if few:
        of_all = func.count(matches.c.entry_id.distinct()), func.min(matches.c.created), func.max(matches.c.created)
        entries_in_all, first, last = connection.execute(of_it.add_columns(*of_all)).one()
        return replace(known, entries=entries_in_all, first=first, last=last)
    times = [each.created for each in alerts]
    first, last = min(times, default=None), max(times, default=None)
    return replace(known, entries=len({row.id for row in rows}), first=first, last=last)
