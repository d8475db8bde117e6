"""Values that a server's types allow, and that mean nothing: somebody else wrote them. Which, and what is put there.

What ``damage`` is for SQLite, which takes any value into any column. Here a number is a number and a text a text; what
is left are words that are none of an enumeration's, times out of all reach, and lists that hold something else.
"""

from __future__ import annotations

import enum
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import JSON, BigInteger, Text, select, type_coerce, update
from sqlalchemy.exc import DBAPIError

from digest.store.damage import AT_MOST, EARLIEST, FINISHED, LATEST, LONGEST_MS, Damage, in_place_of
from digest.store.schema import UtcTime, deliveries, metadata
from digest.values.messages import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection

_ROWS: Final = 1_000
"""Rows that are fetched at once."""


def find_oddities(connection: Connection) -> list[Damage]:
    """What in the database means nothing; reads all of the columns that may hold such."""
    found: list[Damage] = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not column.primary_key and ("of" in column.info or column.name.endswith("_ms") or _is_time(column)):
                found += _odd(connection, column)
            if len(found) >= AT_MOST:
                return found
    return found


def mend_oddity(connection: Connection, damage: Damage) -> None:
    """Put a value that means something in its place; a message that was not sent yet is given up, and says why."""
    column = damage.column
    values: dict[Any, Any] = {column: _as_sent(column, in_place_of(damage))}
    key = [each == part for each, part in zip(damage.table.primary_key.columns, damage.key, strict=True)]
    if damage.table is deliveries:
        state = connection.execute(select(deliveries.c.state).where(*key)).scalar()
        if state not in FINISHED:
            given_up = {"state": DeliveryState.DEAD.value, "reason": f"given up: {damage}", "held_by": None}
            values |= {deliveries.c[name]: value for name, value in given_up.items()}
    with suppress(DBAPIError), connection.begin_nested():  # two that would be alike then
        connection.execute(update(damage.table).where(*key).values(values))


def _as_sent(column: Column[Any], value: Any) -> Any:
    """A value that is given as it is stored: times as numbers, lists as JSON."""
    if _is_time(column):
        return type_coerce(value, BigInteger)
    return json.loads(value) if isinstance(column.type, JSON) and isinstance(value, str) else value


def _odd(connection: Connection, column: Column[Any]) -> Iterator[Damage]:
    """The values of a column that are not what it is declared to hold."""
    stored = type_coerce(column, BigInteger) if _is_time(column) else column
    query = select(*column.table.primary_key.columns, stored).where(column.is_not(None))
    wrong = "is no time" if _is_time(column) else "is not what may stand there"
    for *key, value in connection.execute(query).yield_per(_ROWS):
        if not _fits(column, value):
            yield Damage(column, tuple(key), wrong)


def _fits(column: Column[Any], value: Any) -> bool:
    of = column.info.get("of")
    match column.type:
        case UtcTime():
            return EARLIEST <= int(value) <= LATEST
        case JSON():
            return _is_list_of(of, value) if of is not dict else isinstance(value, dict)
        case BigInteger() if column.name.endswith("_ms"):
            return 0 <= int(value) <= LONGEST_MS
        case _ if isinstance(of, enum.EnumMeta):
            return value in {member.value for member in cast("type[enum.Enum]", of)}
        case Text():
            return not isinstance(of, frozenset) or value in of
        case _:
            return True


def _is_list_of(of: Any, value: Any) -> bool:
    """Whether it is a list of such values each: of a type, of lists of types in this order, of objects of them."""
    if not isinstance(value, list):
        return False
    if isinstance(of, tuple):
        return all(isinstance(each, list) and _are(of, each) for each in value)
    if isinstance(of, dict):
        return all(isinstance(each, dict) and _are(tuple(of.values()), [each.get(key) for key in of]) for each in value)
    return all(type(each) is of for each in value)


def _are(types: tuple[type, ...], values: list[Any]) -> bool:
    return len(values) >= len(types) and all(type(value) is type_ for type_, value in zip(types, values, strict=False))


def _is_time(column: Column[Any]) -> bool:
    return isinstance(column.type, UtcTime)
