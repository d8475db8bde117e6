"""What a face asks of the engine: a row that the engine claims and answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from digest.store.schema import requests
from digest.values.states import Request

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from digest.store.database import Database

_GLANCE = 0.05  # seconds between two looks at the doorbell


class Requests:
    """The requests of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(self, kind: str, args: Mapping[str, object], now: datetime) -> int:
        """Ask for something; the request's id."""
        with self._database.write() as (connection, _):
            row = {"kind": kind, "args": dict(args), "created": now}
            return int(connection.execute(insert(requests).returning(requests.c.id), row).scalar_one())

    def claim(self, now: datetime) -> Request | None:
        """Take the oldest request that nobody has taken; ``None`` if there is none."""
        oldest = select(requests).where(requests.c.claimed.is_(None), requests.c.done.is_(None))
        with self._database.read() as connection:  # most looks find nothing, and need not write for it
            if connection.execute(oldest.limit(1)).first() is None:
                return None
        with self._database.write() as (connection, _):
            row = connection.execute(oldest.order_by(requests.c.id).limit(1)).one_or_none()
            if row is None:
                return None
            connection.execute(update(requests).where(requests.c.id == row.id).values(claimed=now))
            return Request(id=row.id, kind=row.kind, args=row.args, created=row.created)

    def finish(self, request_id: int, result: str, now: datetime) -> None:
        """Answer a request; the result is plain words for the one who asked, empty when there is nothing to say."""
        with self._database.write() as (connection, _):
            connection.execute(update(requests).where(requests.c.id == request_id).values(done=now, result=result))

    def result(self, request_id: int) -> str | None:
        """The answer; ``None`` while there is none."""
        query = select(requests.c.result).where(requests.c.id == request_id, requests.c.done.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def wait(self, request_id: int, *, seconds: float) -> str | None:
        """The answer, waited for at most so long; ``None`` if it did not come. Blocks its thread."""
        until = time.monotonic() + seconds
        rung = None
        while True:
            version = self._database.data_version()
            if version != rung and (answer := self.result(request_id)) is not None:
                return answer
            rung = version
            if time.monotonic() >= until:
                return None
            time.sleep(_GLANCE)
