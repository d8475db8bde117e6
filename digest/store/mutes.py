"""Rules that are muted: for a while their alerts are held, and told when it is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from digest.store.schema import mutes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection, Row

    from digest.store.database import Database


@dataclass(frozen=True, slots=True)
class Mute:
    """A rule that is muted, until when, and by whose wish."""

    rule: str
    until: datetime
    by: str
    """Who, in words: "Ann (123456789) by Telegram"."""
    since: datetime


class Mutes:
    """The mutes of the store; they are made and lifted by `Changes`, which notes who did it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_force(self, now: datetime) -> Sequence[Mute]:
        """Those that are not over, the first to end first."""
        query = select(mutes).where(mutes.c.until > now).order_by(mutes.c.until, mutes.c.rule)
        with self._database.read() as connection:
            return [_mute(row) for row in connection.execute(query)]

    def of(self, rule: str, now: datetime) -> Mute | None:
        """The mute of a rule that is in force, if there is one."""
        with self._database.read() as connection:
            return read_mute(connection, rule, now)


def read_mute(connection: Connection, rule: str, now: datetime) -> Mute | None:
    """As `Mutes.of`, inside a transaction."""
    row = connection.execute(select(mutes).where(mutes.c.rule == rule, mutes.c.until > now)).one_or_none()
    return None if row is None else _mute(row)


def put_mute(connection: Connection, rule: str, mute: Mute | None) -> None:
    """Let this be the mute of a rule from now on, or none; inside a transaction."""
    connection.execute(delete(mutes).where(mutes.c.rule == rule))
    if mute is not None:
        row = {"rule": rule, "until": mute.until, "by": mute.by, "since": mute.since}
        connection.execute(insert(mutes).values(row))


def _mute(row: Row[Any]) -> Mute:
    return Mute(row.rule, row.until, row.by, row.since)
