"""What is wrong and was told: a row for as long as it is so, stored together with the messages that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from digest.delivery.conditions import KnownCondition
from digest.store.commit import owe
from digest.store.schema import conditions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.delivery.conditions import News
    from digest.model import PlannedDelivery
    from digest.store.database import Database


class Conditions:
    """The conditions in force."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> list[KnownCondition]:
        """Those in force, the oldest first."""
        query = select(conditions).order_by(conditions.c.since, conditions.c.key)
        with self._database.read() as connection:
            return [KnownCondition(row.key, row.sentence, row.since, row.over) for row in connection.execute(query)]

    def change(self, news: News, owed: Sequence[PlannedDelivery], now: datetime) -> list[int]:
        """Note what began, ended or reads otherwise, and owe the messages that tell of it, at once; their ids."""
        with self._database.write() as (connection, seq):
            ended = [one.key for one in (*news.over, *news.lapsed)]
            began = [one.key for one in news.began]
            connection.execute(delete(conditions).where(conditions.c.key.in_([*ended, *began])))
            rows = [
                {"key": one.key, "sentence": one.sentence, "over": one.over, "since": one.since, "seq": seq}
                for one in news.began
            ]
            if rows:
                connection.execute(insert(conditions), rows)
            if news.reworded:
                words = [{"of": one.key, "new": one.sentence, "new_over": one.over} for one in news.reworded]
                change = update(conditions).where(conditions.c.key == bindparam("of"))
                change = change.values(sentence=bindparam("new"), over=bindparam("new_over"), seq=seq)
                connection.execute(change, words)
            return owe(connection, [(planned, ()) for planned in owed], now, seq)
