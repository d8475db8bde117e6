"""What a message tells of, as it is known now, and the writing of it: in the transaction in which it is claimed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from digest.delivery.messages.catchup import MOST_LINES
from digest.delivery.messages.write import written
from digest.store.rows import alert, alert_query
from digest.store.schema import delivery_alerts, entries, matches, rules
from digest.values.messages import DeliveryKind, DeliveryState, Facts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from digest.delivery.messages.write import Pieces
    from digest.values.messages import Delivery
    from digest.values.settings import ChannelSpec

NOTHING_LEFT = "given up: what it tells of is no longer kept"
"""Why a message that was asked for again after long is dead."""

_log = logging.getLogger(__name__)


def writing(
    connection: Connection, delivery: Delivery, channel: ChannelSpec, place: str, pieces: Pieces
) -> dict[str, Any]:
    """The change that makes a message ready to be sent to a place, of all its parts or of those that it still owes.

    What has begun to arrive there goes on as it is. Anywhere else it begins again, labelled: its readers may know the
    beginning. Of a message that nothing can be written of the change is that it is dead, and why.
    """
    begun = bool(delivery.message_ids)
    if begun and delivery.place == place:
        return {}
    parts, wrong = _parts(connection, delivery, channel, pieces)
    if not parts and delivery.place == place:  # as it went before
        parts = delivery.parts
    if not parts:
        return {"state": DeliveryState.DEAD, "reason": wrong}
    change = {"parts": parts, "place": place}
    return change | ({"message_ids": [], "maybe_repeat": True} if begun else {})


def _parts(
    connection: Connection, delivery: Delivery, channel: ChannelSpec, pieces: Pieces
) -> tuple[tuple[str, ...], str]:
    """The parts of a message; without any, why there are none."""
    facts = facts_of(connection, delivery, channel)
    try:
        return written(delivery, facts, channel, pieces), NOTHING_LEFT
    except Exception:  # noqa: BLE001 - whatever it is, the channel's other messages wait behind this one
        _log.exception("delivery %d to %s could not be written", delivery.id, channel.name)
        return (), "given up: an error of Digest's own, see its log"


def facts_of(connection: Connection, delivery: Delivery, channel: ChannelSpec) -> Facts:
    """What is known of what a message tells of; of a catch-up no more than its channel can name."""
    chosen = delivery_alerts.c.delivery_id == delivery.id
    of_it = select().join_from(matches, delivery_alerts, delivery_alerts.c.match_id == matches.c.id).where(chosen)
    weight = func.max(matches.c.severity).label("severity"), func.count().label("rules")
    order = weight[0].desc(), weight[1].desc(), matches.c.entry_id.desc()
    ranked = of_it.add_columns(matches.c.entry_id, *weight).group_by(matches.c.entry_id).order_by(*order)
    few = delivery.kind is DeliveryKind.CATCH_UP and not channel.file
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
    if few:
        of_all = func.count(matches.c.entry_id.distinct()), func.min(matches.c.created), func.max(matches.c.created)
        return Facts(alerts, titles, *connection.execute(of_it.add_columns(*of_all)).one())
    times = [each.created for each in alerts]
    return Facts(alerts, titles, len({row.id for row in rows}), min(times, default=None), max(times, default=None))
