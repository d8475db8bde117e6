"""Sets right what a clock that was ahead has left, by what each time column of the schema says that it holds.

A clock that is behind looks like one that was ahead. What is due may be done early without harm, so that is let go at
once; all else is moved only where it is sure that the clock of now is the right one, for it cannot be moved back.

Whoever shares a database with other machines goes by its server's clock in this, and ``now`` is a minute later there
(``Backend.latest``): their clocks differ a little, and what one of them has just stored is not of the future.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, delete, literal, or_, update

from digest.store.schema import Time, UtcTime, digests, metadata, pauses, sends

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, Table

MADE: Final = datetime(2025, 1, 1, tzinfo=UTC)
"""Digest was not there before: a clock that stands earlier is behind, however sure its user is of it."""


def let_go(connection: Connection, now: datetime, seq: int) -> dict[str, int]:
    """Let what was written in the future, and is to be done later, be done now; how many rows, by table.

    What a chat was sent in the future it was sent now: nothing waits until the old time comes again.
    """
    changed = {table.name: _set_back(connection, table, now, seq) for table in (sends, pauses)}
    for table in metadata.tables.values():
        for due in _of(table, Time.DUE):
            waits = update(table).where(_written_after(table, now), due > now)
            rows = connection.execute(waits.values({due.name: now} | _stamp(table, seq))).rowcount
            changed[table.name] = max(rows, changed.get(table.name, 0))
    return changed


def set_right(connection: Connection, now: datetime, seq: int) -> dict[str, int]:
    """Let nothing that was written lie in the future any more; how many rows were, by table.

    What has happened happened now, what lasts does so for as long as it would have, and what was due is. Where even
    the time of now cannot be right, only the latter.
    """
    changed = let_go(connection, now, seq)
    if now < MADE:
        return changed
    _free_digests(connection, now)
    for table in metadata.tables.values():
        for void in _of(table, Time.VOID):
            connection.execute(delete(table).where(void > now))
        if _of(table, Time.HAPPENED):
            changed[table.name] = max(_set_back(connection, table, now, seq), changed.get(table.name, 0))
    return changed


def _set_back(connection: Connection, table: Table, now: datetime, seq: int) -> int:
    """Let what was written to a table in the future have been written now, and last as long as it would have."""
    happened = _of(table, Time.HAPPENED)
    values = {each.name: _at_most(each, now) for each in happened} | _stamp(table, seq)
    values |= {each.name: _moved_back(each, happened, now) for each in _of(table, Time.UNTIL)}
    return connection.execute(update(table).where(_written_after(table, now)).values(values)).rowcount


def _of(table: Table, kind: Time) -> list[Column[datetime]]:
    return [column for column in table.c if column.info.get("time") is kind]


def _stamp(table: Table, seq: int) -> dict[str, int]:
    return {"seq": seq} if "seq" in table.c else {}


def _written_after(table: Table, now: datetime) -> ColumnElement[bool]:
    """Whether a row was written in the future: something has happened there."""
    return or_(*(each > now for each in _of(table, Time.HAPPENED)))


def _at_most(column: Column[datetime], now: datetime) -> ColumnElement[datetime]:
    return case((column > now, literal(now, UtcTime)), else_=column)


def _moved_back(until: Column[datetime], happened: list[Column[datetime]], now: datetime) -> ColumnElement[datetime]:
    """As long after now as it is after what happened in its row."""
    (since,) = happened
    return case((since > now, until - since + literal(now, UtcTime)), else_=until)


def _free_digests(connection: Connection, now: datetime) -> None:
    """Let a digest that went out before its time go out at its time; what it told of the next one need not tell."""
    early = update(digests).where(digests.c.until > now)
    connection.execute(early.values(local_date=digests.c.local_date + f" composed early, by {now.isoformat()}"))
