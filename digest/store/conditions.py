"""What is wrong, told or only shown: a row for as long as it is so, stored with the messages that tell of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from digest.store.alerts import owe
from digest.store.schema import conditions
from digest.watch.conditions import KnownCondition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.store.database import Database
    from digest.values.messages import PlannedDelivery
    from digest.watch.conditions import Condition, News


class Conditions:
    """The conditions of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self) -> list[KnownCondition]:
        """What is wrong now, the oldest first."""
        return [one for one in self.all() if one.ended is None]

    def all(self) -> list[KnownCondition]:
        """The same, and what is over and was not told yet."""
        query = select(conditions).order_by(conditions.c.since, conditions.c.key)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [KnownCondition(row.key, row.sentence, row.since, row.over, row.told, row.ended) for row in rows]

    def change(self, news: News, owed: Sequence[PlannedDelivery], now: datetime) -> list[int]:
        """Note what began, ended or reads otherwise, and owe the messages that tell of it, at once; their ids."""
        with self._database.write() as (connection, seq):
            left = [*_keys(news.over), *_keys(news.lapsed), *(one.key for one in news.began)]
            connection.execute(delete(conditions).where(conditions.c.key.in_(left)))
            rows = [_row(one, now, seq) for one in news.began] + [_row(one, None, seq) for one in news.shown]
            if rows:
                connection.execute(insert(conditions), rows)
            for keys, moment in ((_keys(news.ended), now), (_keys(news.resumed), None)):
                these = update(conditions).where(conditions.c.key.in_(keys))
                connection.execute(these.values(ended=moment, seq=seq))
            if news.reworded:
                words = [{"of": one.key, "new": one.sentence, "new_over": one.over} for one in news.reworded]
                change = update(conditions).where(conditions.c.key == bindparam("of"))
                change = change.values(sentence=bindparam("new"), over=bindparam("new_over"), seq=seq)
                connection.execute(change, words)
            return owe(connection, [(planned, ()) for planned in owed], now, seq)


def _keys(known: Sequence[KnownCondition]) -> list[str]:
    return [one.key for one in known]


def _row(one: Condition, told: datetime | None, seq: int) -> dict[str, object]:
    known = {"key": one.key, "sentence": one.sentence, "over": one.over, "since": one.since}
    return known | {"told": told, "ended": None, "seq": seq}
