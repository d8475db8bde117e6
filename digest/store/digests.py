"""Digests that were composed: each is owed once, however often its time is struck."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from digest.store.alerts import is_doubtful
from digest.store.database import insert_new
from digest.store.owing import owe
from digest.store.schema import digests

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.store.database import Database
    from digest.values.messages import DigestDocument, PlannedDelivery


class Digests:
    """The digests of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_done(self, name: str, local: str) -> bool:
        """Whether the digest of that local time (``2026-11-22T07:00``) was composed."""
        with self._database.read() as connection:
            query = select(exists().where(digests.c.name == name, digests.c.local_date == local))
            return bool(connection.execute(query).scalar_one())

    def last_until(self, name: str) -> datetime | None:
        """Where the period of its last one ended, and that of the next one begins; ``None`` before the first."""
        with self._database.read() as connection:
            query = select(func.max(digests.c.until)).where(digests.c.name == name)
            found: datetime | None = connection.execute(query).scalar_one()
            return found

    def commit(
        self,
        document: DigestDocument,
        local: str,
        owed: Sequence[tuple[PlannedDelivery, Sequence[int]]],
        now: datetime,
    ) -> bool:
        """Note a composed digest and owe its messages, in one transaction.

        Args:
            document: what was composed; its alerts may be none, and then nobody need be owed anything.
            local: the local time it is the digest of.
            owed: a message for each channel, with the ids of the alerts that it tells of.
            now: the time.

        Returns:
            False, and nothing is added, when the digest of that time was composed before.
        """
        row = {
            "name": document.name,
            "local_date": local,
            "since": document.since,
            "until": document.until,
            "alerts": document.alerts,
        }
        with self._database.write() as (connection, seq):
            if not connection.execute(insert_new(connection, digests).values(row)).rowcount:
                return False
            owe(connection, owed, now, seq, maybe_repeat=is_doubtful(connection, document.until))
            return True
