"""Who has which event in hand: taking it, letting it go, who has what, and what goes on to another channel.

::

    take ───▶ its messages wait for nobody any more, and read "Ann has it"
    release ▶ nobody has it: what is urgent of it waits again, from now on

An event is a story; an entry by itself where it is in none, or that is not sure. `store.people` notes who did what.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, exists, insert, or_, select, update

from digest.delivery.escalation import Escalations, Untaken, escalation_key
from digest.store.channels import IN_SERVICE
from digest.store.desks import found_for
from digest.store.edits import OfMatches, make_stale
from digest.store.owing import owe
from digest.store.rows import alert, alert_query
from digest.store.schema import channels, deliveries, delivery_alerts, duties, entries, matches, stories
from digest.store.taken import EVENT, taken_of
from digest.values.messages import DeliveryKind, DeliveryState, InHand
from digest.values.news import Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from digest.delivery.escalation import PlanEscalations
    from digest.store.database import Database
    from digest.values.messages import Alert, Taken

ON_DUTY: Final = timedelta(hours=24)
"""What alerted, was taken or went on within this time is told to whoever takes over."""
_IN_USE: Final = timedelta(days=7)
"""Where nobody took anything for so long, and nothing waits for it, nobody wants to hear what nobody has."""
_AT_ONCE: Final = 5_000
"""Keys or ids in one statement: SQLite takes 32,766 values."""
_GOES_BEFORE: Final = timedelta(hours=1)
"""An edit that says who has it counts as having waited for so long: it goes before who else reports a story."""


# --- inside of a transaction -----------------------------------------------------------------------------------------


def alerts_of(connection: Connection, event: int) -> list[int]:
    """The ids of the alerts of an event; none where there is no such event."""
    found = select(matches.c.id).join(entries, entries.c.id == matches.c.entry_id).where(*_of_event(event))
    return list(connection.execute(found.order_by(matches.c.id)).scalars())


def put_taken(connection: Connection, event: int, taken: Taken | None, now: datetime, seq: int) -> None:
    """Let an event be in somebody's hands from now on, or in nobody's; its messages say so."""
    connection.execute(delete(duties).where(duties.c.event == event))
    waits: ColumnElement[bool] = deliveries.c.untaken.is_not(None)
    if taken is not None:
        row = {"event": event, "who": taken.who, "person": taken.person, "since": taken.since, "seq": seq}
        connection.execute(insert(duties).values(row))
    else:
        waits = and_(deliveries.c.kind == DeliveryKind.ALERT, deliveries.c.severity == Severity.URGENT)
    alerts = alerts_of(connection, event)
    told = select(delivery_alerts.c.delivery_id).where(delivery_alerts.c.match_id.in_(alerts))
    change = update(deliveries).where(deliveries.c.id.in_(told), waits)
    connection.execute(change.values(untaken=now if taken is None else None, seq=seq))
    make_stale(connection, OfMatches(alerts), now, seq, ahead=_GOES_BEFORE)
    connection.execute(update(entries).where(*_are_of(event)).values(seq=seq))  # lists show who has it


def move_taken(connection: Connection, story: int, moved: Sequence[int], seq: int) -> None:
    """Let who has one of some events, or the longest, have a story that they are in now, unless somebody has that."""
    found = connection.execute(select(duties).where(duties.c.event.in_(moved)).order_by(duties.c.since)).mappings()
    rows = [dict(row) for row in found]
    connection.execute(delete(duties).where(duties.c.event.in_([each for each in moved if each != story])))
    if rows and not connection.execute(select(exists().where(duties.c.event == story))).scalar_one():
        connection.execute(insert(duties).values(rows[0] | {"event": story, "seq": seq}))


def share_taken(connection: Connection, story: int, new: int, seq: int) -> None:
    """Let who has a story have the one that is parted from it, too."""
    row = connection.execute(select(duties).where(duties.c.event == story)).mappings().one_or_none()
    if row is not None and not connection.execute(select(exists().where(duties.c.event == new))).scalar_one():
        connection.execute(insert(duties).values(dict(row) | {"event": new, "seq": seq}))


def _are_of(event: int) -> tuple[ColumnElement[bool], ...]:
    """The entries of an event; said so that the indexes serve."""
    return _of_stories_or_entries([event]), EVENT.in_((event,))


def _of_stories_or_entries(ids: Sequence[int]) -> ColumnElement[bool]:
    """The entries of these events, and some that are none: only whether its event is meant is still to be asked."""
    return or_(entries.c.story_id.in_(ids), entries.c.id.in_(ids))


def _of_event(event: int) -> tuple[ColumnElement[bool], ...]:
    return *_are_of(event), matches.c.outcome == Outcome.ALERT


# --- what faces ask, and the engine ----------------------------------------------------------------------------------


class Duty:
    """What is in whose hands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def taken(self, events: Collection[int]) -> Mapping[int, Taken]:
        """Who has some events in hand, by these; one that nobody has is not there."""
        with self._database.read() as connection:
            return taken_of(connection, events)

    def in_hand(self, now: datetime, desks: Collection[str] | None = None) -> list[InHand]:
        """What somebody has or ought to have, of the last day: first what nobody has, then the rest, oldest first.

        Of what alerted for these desks or, ``None``, for any, that is what is urgent, and what was taken; of that also
        what is taken for longer and goes on. Where nobody ever takes anything, and no channel waits for it, there is
        nothing.
        """
        since = now - ON_DUTY
        urgent = select(EVENT.label("event")).join(matches, matches.c.entry_id == entries.c.id)
        urgent = urgent.where(matches.c.created > since, matches.c.severity == Severity.URGENT)
        with self._database.read() as connection:
            goes_on = or_(duties.c.since > since, stories.c.updated > since)
            events = {*connection.execute(_TAKEN.where(goes_on)).scalars()}
            others = {*connection.execute(urgent.where(matches.c.outcome == Outcome.ALERT)).scalars()}
            went = _went_to(connection, others)
            if went or connection.execute(_used(now - _IN_USE)).scalar_one():
                events |= others
            return _in_hand(connection, events, went, desks)

    def planned(self, plan: PlanEscalations) -> Escalations:
        """What follows now for what nobody took; nothing of it is done."""
        with self._database.read() as connection:
            waits = _untaken(connection)
            return plan(waits, _in_service(connection)) if waits else Escalations()

    def escalate(self, plan: PlanEscalations, now: datetime) -> list[str]:
        """Owe to other channels what nobody took in time; the titles of these messages, as the outbox has them.

        What is decided and what follows land together, so nothing is lost or owed twice whatever happens between.
        """
        if not self.planned(plan):  # most looks find nothing to do, and need not write for it
            return []
        with self._database.write() as (connection, seq):
            found = plan(_untaken(connection), _in_service(connection))
            owed = []
            for each in found.owed:
                if not connection.execute(select(exists().where(deliveries.c.key == each.key))).scalar_one():
                    owe(connection, [(each.planned, each.alerts)], now, seq, key=each.key)
                    owed.append(f"{each.planned.title}, to {each.planned.channel}")
            done = update(deliveries).where(deliveries.c.id.in_(found.settled))
            connection.execute(done.values(untaken=None, seq=seq))
            return owed


_TAKEN: Final = select(duties.c.event).outerjoin(stories, stories.c.id == duties.c.event)


def _used(since: datetime) -> Select[Any]:
    """Whether anybody took anything since then, or something waits for that."""
    return select(or_(exists().where(duties.c.since > since), exists().where(deliveries.c.untaken.is_not(None))))


def _in_hand(
    connection: Connection,
    events: Collection[int],
    went: Mapping[int, Sequence[str]],
    desks: Collection[str] | None,
) -> list[InHand]:
    ids, taken = sorted(events), taken_of(connection, events)
    told = alert_query().where(matches.c.outcome == Outcome.ALERT, found_for(desks))
    told = told.order_by(matches.c.created, matches.c.id)
    alerts: dict[int, list[Alert]] = defaultdict(list)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        wanted = set(some)
        for each in map(alert, connection.execute(told.where(_of_stories_or_entries(some)))):
            if each.entry.event in wanted:
                alerts[each.entry.event].append(each)
    found = [
        InHand(
            event,
            some[0].entry.id,
            some[0].entry.title,
            max(each.severity for each in some),
            some[0].created,
            taken.get(event),
            tuple(went.get(event, ())),
        )
        for event, some in alerts.items()
    ]
    return sorted(found, key=lambda each: (each.taken is not None, each.since, each.event))


def _went_to(connection: Connection, events: Collection[int]) -> Mapping[int, list[str]]:
    """Which channels were told of events because nobody took them, or will be, by these."""
    names = connection.execute(select(channels.c.name)).scalars().all()
    keys = {escalation_key(event, name): event for event in events for name in names}
    told = deliveries.c.state.not_in((DeliveryState.DROPPED, DeliveryState.DEAD))
    found: dict[int, list[str]] = defaultdict(list)
    wanted = sorted(keys)
    for start in range(0, len(wanted), _AT_ONCE):
        some = deliveries.c.key.in_(wanted[start : start + _AT_ONCE])
        rows = connection.execute(select(deliveries.c.key, deliveries.c.channel).where(some, told))
        for row in rows:
            found[keys[row.key]].append(row.channel)
    return found


def _in_service(connection: Connection) -> frozenset[str]:
    return frozenset(connection.execute(select(channels.c.name).where(IN_SERVICE)).scalars())


_UNTAKEN: Final = (
    select(
        deliveries.c.id,
        deliveries.c.channel,
        deliveries.c.state,
        deliveries.c.title,
        deliveries.c.story_id,
        deliveries.c.untaken,
        deliveries.c.retried,
        delivery_alerts.c.match_id,
        EVENT.label("event"),
        exists().where(duties.c.event == EVENT).label("taken"),
    )
    .join(delivery_alerts, delivery_alerts.c.delivery_id == deliveries.c.id)
    .join(matches, matches.c.id == delivery_alerts.c.match_id)
    .join(entries, entries.c.id == matches.c.entry_id)
    .where(delivery_alerts.c.delivery_id.in_(bindparam("ids", expanding=True)))
    .order_by(deliveries.c.id, delivery_alerts.c.match_id)
)
_WAIT: Final = select(deliveries.c.id).where(deliveries.c.untaken.is_not(None))


def _untaken(connection: Connection) -> list[Untaken]:
    """What somebody is to take, oldest first."""
    told: dict[int, list[Row[Any]]] = defaultdict(list)
    ids = sorted(connection.execute(_WAIT).scalars())  # by themselves: it is asked every second, and rarely finds any
    for start in range(0, len(ids), _AT_ONCE):
        for row in connection.execute(_UNTAKEN, {"ids": ids[start : start + _AT_ONCE]}):
            told[row.id].append(row)
    return [_waits(rows) for rows in told.values()]


def _waits(rows: Sequence[Row[Any]]) -> Untaken:
    first = rows[0]
    return Untaken(
        delivery=first.id,
        channel=first.channel,
        state=DeliveryState(first.state),
        event=rows[-1].event,
        since=max(filter(None, (first.untaken, first.retried))),
        alerts=tuple(row.match_id for row in rows),
        title=first.title,
        story=first.story_id,
        taken=bool(rows[-1].taken),
    )
