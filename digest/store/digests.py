"""Digests that were composed: each is owed once, however often its time is struck."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from digest.store.alerts import is_doubtful
from digest.store.database import insert_new
from digest.store.owing import owe
from digest.store.rows import texts_of
from digest.store.schema import digests
from digest.values.messages import DigestChange, DigestDocument, DigestGroup, DigestHeadline, DigestLine, DigestSource
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from digest.store.database import Database
    from digest.values.messages import PlannedDelivery


@dataclass(frozen=True, slots=True)
class ComposedDigest:
    """A digest that was composed at its time."""

    local: str
    """What the local clock showed then: ``2026-11-22T07:00``."""
    name: str
    since: datetime
    until: datetime
    document: DigestDocument | None
    """As it was composed; ``None`` of an older version of Digest, which did not keep it."""


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

    def composed(self, name: str | None = None) -> list[ComposedDigest]:
        """Those that were composed at their times, of one name or of any, oldest first."""
        query = select(digests).order_by(digests.c.until, digests.c.name, digests.c.local_date)
        if name is not None:
            query = query.where(digests.c.name == name)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return [ComposedDigest(row.local_date, row.name, row.since, row.until, _document(row)) for row in rows]

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
            "document": _as_json(document),
        }
        with self._database.write() as (connection, seq):
            if not connection.execute(insert_new(connection, digests).values(row)).rowcount:
                return False
            owe(connection, owed, now, seq, maybe_repeat=is_doubtful(connection, document.until))
            return True


# --- a document as JSON ----------------------------------------------------------------------------------------------


def _as_json(document: DigestDocument) -> dict[str, Any]:
    """A document for its JSON column; `_document` reads it."""
    return asdict(document) | {
        "since": _ms(document.since),
        "until": _ms(document.until),
        "groups": [asdict(group) | {"lines": list(map(_line_as_json, group.lines))} for group in document.groups],
    }


def _line_as_json(line: DigestLine) -> dict[str, Any]:
    return asdict(line) | {"published": line.published and _ms(line.published), "time": _ms(line.time)}


def _document(row: Row[Any]) -> DigestDocument | None:
    """What a row keeps of its document."""
    found = dict(row.document)
    if not found:
        return None
    times = {"since": _time(found["since"]), "until": _time(found["until"])}
    return DigestDocument(**found | times | {"groups": tuple(map(_group, found["groups"]))})


def _group(found: dict[str, Any]) -> DigestGroup:
    lines = tuple(map(_line, found["lines"]))
    return DigestGroup(**found | {"severity": Severity(found["severity"]), "lines": lines})


def _line(found: dict[str, Any]) -> DigestLine:
    published, change = found["published"], found["change"]
    read = {
        "published": None if published is None else _time(published),
        "time": _time(found["time"]),
        "sentences": texts_of(found["sentences"]),
        "rules": texts_of(found["rules"]),
        "severity": Severity(found["severity"]),
        "sources": tuple(DigestSource(**each) for each in found["sources"]),
        "apart": tuple(DigestHeadline(**each) for each in found.get("apart", ())),  # an older version kept none
        "change": None if change is None else DigestChange(change),
    }
    return DigestLine(**found | read)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
