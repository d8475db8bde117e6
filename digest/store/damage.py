"""Rows that cannot be read, for somebody else wrote into them: which they are, what is wrong, and what is put there.

No reader looks for damage. Whoever fails on what the database holds asks here whether a row is to blame; if none is,
the mistake is ours. What a column may hold is declared in ``schema``. SQLite alone, for it alone takes any value into
any column.
"""

from __future__ import annotations

import enum
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import JSON, BigInteger, Boolean, Integer, LargeBinary, Text, inspect, select, text
from sqlalchemy.exc import DBAPIError

from digest.store.schema import UtcTime, deliveries, meta, metadata
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Outcome, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Column, Connection, Table

AT_MOST: Final = 1000
"""So many are named and mended at once."""
EARLIEST: Final = round(datetime(1, 1, 2, tzinfo=UTC).timestamp() * 1000)
LATEST: Final = round(datetime(9999, 12, 30, tzinfo=UTC).timestamp() * 1000)
_TYPES: Final = {str: "'text'", int: "'integer'", bool: "'true', 'false'", dict: "'object'"}
"""As SQLite names them."""
_WORDS: Final[dict[type[Any], str]] = {
    UtcTime: "no time",
    Boolean: "neither 0 nor 1",
    Integer: "no number",
    LargeBinary: "no bytes",
}
FINISHED: Final = (DeliveryState.SENT, DeliveryState.DEAD, DeliveryState.DROPPED)


@dataclass(frozen=True, slots=True)
class Damage:
    """A value that cannot be read."""

    column: Column[Any]
    key: tuple[Any, ...]
    """Of its row: what stands in the primary key's columns."""
    wrong: str
    """What is wrong with it, in words."""

    @property
    def table(self) -> Table:
        """The table it stands in."""
        return self.column.table

    def __str__(self) -> str:
        row = " ".join(str(part) for part in self.key)
        return f"row {row} of {self.table.name} cannot be read: its {self.column.name} {self.wrong}"


def find_damage(connection: Connection, *, letters: bool) -> list[Damage]:
    """What in the database cannot be read; reads all of it.

    Args:
        connection: to SQLite.
        letters: whether to look at the bytes of texts, too, which takes longer.
    """
    found: list[Damage] = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            if not column.primary_key:
                found += _unfit(connection, column)
                found += _undecodable(connection, column) if letters else ()
            if len(found) >= AT_MOST:
                return found
    return found


def missing(connection: Connection) -> str:
    """The first table, column or fact that must be there and is not, in words; empty where all are."""
    look = inspect(connection)
    tables = set(look.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in tables:
            return f"there is no table {table.name}"
        there = {column["name"] for column in look.get_columns(table.name)}
        if lost := [column.name for column in table.columns if column.name not in there]:
            return f"there is no column {lost[0]} in the table {table.name}"
    facts = set(connection.execute(select(meta.c.key)).scalars())
    return next((f"there is no {key} in the table meta" for key in ("seq", "mark") if key not in facts), "")


def mend(connection: Connection, damage: Damage) -> None:
    """Put a value that can be read in its place; a message that was not sent yet is given up, and says why."""
    values: dict[str, Any] = {damage.column.name: _harmless(connection, damage)}
    if damage.table is deliveries:
        state = connection.execute(_raw(damage, "state")).scalar()
        if state not in FINISHED:
            values |= {"state": DeliveryState.DEAD.value, "reason": f"given up: {damage}", "held_by": None}
    assignments = ", ".join(f'"{name}" = :new_{name}' for name in values)
    statement = text(f'UPDATE "{damage.table.name}" SET {assignments} WHERE {_same_row(damage)}')  # noqa: S608 - our own names
    with suppress(DBAPIError):  # two that would be alike then
        connection.execute(statement, {f"new_{name}": value for name, value in values.items()} | _key(damage))


# --- what is wrong ---------------------------------------------------------------------------------------------------


def _unfit(connection: Connection, column: Column[Any]) -> Iterator[Damage]:
    """The values of a column that its type, or what it is declared to hold, does not allow."""
    name = f'"{column.name}"'
    unfit = f"{name} IS NULL" if not column.nullable else "0"
    condition = f"CASE WHEN {name} IS NULL THEN {unfit} ELSE {_unfit_value(column, name)} END"
    wrong = "is not what may stand there" if "of" in column.info else f"is {_kind(column)}"
    for row in _rows(connection, column, condition):
        yield Damage(column, tuple(row), wrong)


LONGEST_MS = 100 * 366 * 86_400_000
"""A hundred years, in milliseconds: no interval is longer."""


def _unfit_value(column: Column[Any], name: str) -> str:
    """SQL that is true for a value of no use, of a column called so."""
    of = column.info.get("of")
    kind, more = "integer", ""
    match column.type:
        case JSON():
            return _unfit_json(of, name)
        case UtcTime():
            more = f" OR {name} NOT BETWEEN {EARLIEST} AND {LATEST}"
        case Boolean():
            more = f" OR {name} NOT IN (0, 1)"
        case LargeBinary():
            kind = "blob"
        case Text():
            kind, more = "text", _unknown(name, of)
        case BigInteger() if column.name.endswith("_ms"):
            more = f" OR {name} NOT BETWEEN 0 AND {LONGEST_MS}"
        case _:  # a whole number
            more = _unknown(name, of)
    return f"typeof({name}) <> '{kind}'{more}"


def _unknown(name: str, of: Any) -> str:
    """SQL, to be added, that is true for a value which is none of an enumeration's; nothing where there is none."""
    words: list[Any] = list(of or ())
    if isinstance(of, enum.EnumMeta):
        words = [member.value for member in cast("type[enum.Enum]", of)]
    known = ", ".join(str(word) if isinstance(word, int) else f"'{word}'" for word in words)
    return f" OR {name} NOT IN ({known})" if known else ""


def _unfit_json(of: Any, name: str) -> str:
    """The same of JSON: a list of such values, or of lists or objects of them, or an object."""
    outer = "object" if of is dict else "array"
    inner = "0"
    if isinstance(of, (tuple, dict)):
        parts = enumerate(of) if isinstance(of, tuple) else of.items()
        each, at = ("array", "[{}]") if isinstance(of, tuple) else ("object", ".{}")
        types = ((f"COALESCE(json_type(value, '${at.format(part)}'), '')", _TYPES[one]) for part, one in parts)
        inner = (
            f"CASE WHEN type <> '{each}' THEN 1 ELSE {' OR '.join(f'{is_} NOT IN ({may})' for is_, may in types)} END"
        )
    elif of is not dict:
        inner = f"type NOT IN ({_TYPES[of]})"
    unreadable = f"typeof({name}) <> 'text' OR NOT json_valid({name})"
    within = f"EXISTS (SELECT 1 FROM json_each({name}) WHERE {inner})"  # noqa: S608 - our own names
    return f"CASE WHEN {unreadable} THEN 1 WHEN json_type({name}) <> '{outer}' THEN 1 ELSE {within} END"


def _kind(column: Column[Any]) -> str:
    return next((words for kind, words in _WORDS.items() if isinstance(column.type, kind)), "no text")


def _undecodable(connection: Connection, column: Column[Any]) -> Iterator[Damage]:
    """The texts of a column whose bytes are none."""
    if not isinstance(column.type, (Text, JSON)):
        return
    name = f'"{column.name}"'
    keys = len(column.table.primary_key.columns)
    for row in _rows(connection, column, f"typeof({name}) = 'text'", f", CAST({name} AS BLOB)"):
        try:
            bytes(row[keys]).decode("utf-8")
        except UnicodeDecodeError:
            yield Damage(column, tuple(row[:keys]), "is no UTF-8")


def _rows(connection: Connection, column: Column[Any], condition: str, more: str = "") -> Any:
    """The keys of the rows for which a condition holds."""
    table = column.table
    key = ", ".join(f'"{each.name}"' for each in table.primary_key.columns)
    limit = "" if more else f" LIMIT {AT_MOST}"
    return connection.execute(text(f'SELECT {key}{more} FROM "{table.name}" WHERE {condition}{limit}'))  # noqa: S608


# --- what is put there -----------------------------------------------------------------------------------------------

_IN_PLACE: Final[dict[tuple[str, str], Any]] = {
    ("deliveries", "kind"): DeliveryKind.NOTICE.value,
    ("deliveries", "state"): DeliveryState.DEAD.value,
    ("feeds", "interval_ms"): 600_000,
    ("matches", "outcome"): Outcome.BASELINE.value,
    ("changes", "kind"): "unwanted",
}


def in_place_of(damage: Damage) -> Any:
    """A value that does no harm, as it is stored: a default, or nothing."""
    column = damage.column
    place = (damage.table.name, column.name)
    value: Any = b"" if isinstance(column.type, LargeBinary) else 0
    if place in _IN_PLACE:
        value = _IN_PLACE[place]
    elif column.info.get("of") is Severity:
        value = Severity.NORMAL.value
    elif place == ("feeds", "baseline_at") or (isinstance(column.type, UtcTime) and not column.nullable):
        value = round(datetime.now(UTC).timestamp() * 1000)  # a feed without its baseline would be silent once more
    elif column.nullable:
        value = None
    elif isinstance(column.type, JSON):
        value = "{}" if column.info["of"] is dict else "[]"
    elif isinstance(column.type, Text):
        value = ""
    return value


def _harmless(connection: Connection, damage: Damage) -> Any:
    """The same; of a text what is left of it."""
    value, column = in_place_of(damage), damage.column
    if value == "" and isinstance(column.type, Text):
        left = connection.execute(_raw(damage, f'CAST("{column.name}" AS BLOB)')).scalar()
        return bytes(left or b"").decode("utf-8", "replace")
    return value


def _raw(damage: Damage, what: str) -> Any:
    """A value of the row, as it is."""
    query = text(f'SELECT {what} FROM "{damage.table.name}" WHERE {_same_row(damage)}')  # noqa: S608
    return query.bindparams(**_key(damage))


def _same_row(damage: Damage) -> str:
    keys = enumerate(damage.table.primary_key.columns)
    return " AND ".join(f'"{column.name}" = :key_{number}' for number, column in keys)


def _key(damage: Damage) -> dict[str, Any]:
    return {f"key_{number}": part for number, part in enumerate(damage.key)}
