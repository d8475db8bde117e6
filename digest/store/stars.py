"""What a user picked for a brief: entries and stories with a note, in the order of picking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from digest.store.schema import entries, stars
from digest.values.messages import Star

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Column, Connection

    from digest.store.database import Database


class Stars:
    """The stars of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, *, entry: int | None = None, story: int | None = None, note: str | None, now: datetime) -> bool:
        """Pick an entry or a story; false: it was picked before, and keeps its place.

        Args:
            entry: its id; either this ...
            story: ... or this.
            note: what the user writes to it; ``None``: nothing, and what stood there stays.
            now: the time.
        """
        column, picked = _named(entry, story)
        with self._database.write() as (connection, seq):
            change = {"seq": seq} | ({} if note is None else {"note": note})
            if connection.execute(update(stars).where(column == picked).values(change)).rowcount:
                return False
            row = {"entry_id": entry, "story_id": story, "note": note or "", "at": now, "seq": seq}
            connection.execute(insert(stars).values(row))
            _touch(connection, entry, seq)
            return True

    def remove(self, *, entry: int | None = None, story: int | None = None) -> bool:
        """Let go of a pick; false: it was none."""
        column, picked = _named(entry, story)
        with self._database.write() as (connection, seq):
            _touch(connection, entry, seq)
            return bool(connection.execute(delete(stars).where(column == picked)).rowcount)

    def all(self) -> Sequence[Star]:
        """What was picked, in the order of picking."""
        with self._database.read() as connection:
            rows = connection.execute(select(stars).order_by(stars.c.id)).all()
            return [Star(row.id, row.entry_id, row.story_id, row.note, row.at) for row in rows]


def _touch(connection: Connection, entry: int | None, seq: int) -> None:
    """The line of an entry shows its star: who shows it is to read it again."""
    if entry is not None:
        connection.execute(update(entries).where(entries.c.id == entry).values(seq=seq))


def _named(entry: int | None, story: int | None) -> tuple[Column[Any], int]:
    if entry is not None:
        return stars.c.entry_id, entry
    assert story is not None
    return stars.c.story_id, story
