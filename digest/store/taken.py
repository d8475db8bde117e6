"""Who has which event in hand, as messages and lists tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, case, or_, select

from digest.store.schema import delivery_alerts, duties, entries, matches
from digest.values.messages import Taken
from digest.values.stories import story_name
from digest.words import titled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sqlalchemy import ColumnElement, Connection, Row

_AT_ONCE: Final = 5_000
"""Events in one statement: SQLite takes 32,766 values."""

EVENT: Final[ColumnElement[int]] = case(
    (and_(entries.c.story_id > 0, ~entries.c.doubtful), entries.c.story_id), else_=entries.c.id
)
"""`StoredEntry.event` of a row of ``entries``."""


def taken_of(connection: Connection, events: Collection[int]) -> Mapping[int, Taken]:
    """Who has some events in hand, by these; one that nobody has is not there."""
    wanted, found = sorted({*events}), {}
    for start in range(0, len(wanted), _AT_ONCE):
        for row in connection.execute(_OF_EVENTS, {"events": wanted[start : start + _AT_ONCE]}):
            found[row.event] = taken(row)
    return found


def taken_of_delivery(connection: Connection, delivery: int) -> Taken | None:
    """Who has in hand what a message tells; of several events that of its newest alert counts."""
    row = connection.execute(_OF_DELIVERY, {"its_id": delivery}).first()
    return None if row is None else taken(row)


def called(connection: Connection, event: int) -> str:
    """What an event is called in a sentence: by the title of its first report, and by its number where that is gone."""
    of_it = or_(entries.c.story_id == event, entries.c.id == event), EVENT.in_((event,))  # the first for the indexes
    title = select(entries.c.title).where(*of_it).order_by(entries.c.first_seen, entries.c.id).limit(1)
    return titled(connection.execute(title).scalar_one_or_none() or "", story_name(event))


def taken(row: Row[Any]) -> Taken:
    """A row of ``duties``."""
    return Taken(row.who, row.since, row.person)


# Made once: they are asked for every message.
_OF_EVENTS: Final = select(duties).where(duties.c.event.in_(bindparam("events", expanding=True)))
_OF_DELIVERY: Final = (
    select(duties)
    .join(entries, duties.c.event == EVENT)
    .join(matches, matches.c.entry_id == entries.c.id)
    .join(delivery_alerts, delivery_alerts.c.match_id == matches.c.id)
    .where(delivery_alerts.c.delivery_id == bindparam("its_id"))
    .order_by(matches.c.id.desc())
    .limit(1)
)
