"""Digests that were composed: each is owed once, however often its time is struck.

Which of them the language model is still to be asked for stands in the rows of the outbox alone: a digest that waits,
and whose ``tells`` say ``asked``. So an engine that dies while it asks only asks again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, select, update

from digest.delivery.messages.write import MODEL_ASKED, document_of
from digest.delivery.queue import MODEL_WAIT
from digest.store.alerts import is_doubtful
from digest.store.database import insert_new
from digest.store.outbox import read_deliveries
from digest.store.owing import owe
from digest.store.rows import texts_of
from digest.store.schema import articles, deliveries, digests
from digest.store.telling import facts_of
from digest.stories.picking import answered
from digest.values.messages import (
    DeliveryKind,
    DeliveryState,
    DigestChange,
    DigestDocument,
    DigestGroup,
    DigestHeadline,
    DigestLine,
    DigestSource,
)
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from digest.store.database import Database
    from digest.values.messages import Alert, Delivery, PlannedDelivery, Tells
    from digest.values.settings import ChannelSpec

_MOST_ASKED: Final = 100
"""Lines of a digest that the language model is asked for, the weightiest: a chat has room for fewer."""


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


@dataclass(frozen=True, slots=True)
class AskedDigest:
    """A digest that waits for the language model, as it is without."""

    lines: tuple[DigestLine, ...]
    alerts: Mapping[int, tuple[Alert, ...]]
    """By the ids of their entries."""
    articles: Mapping[int, str]
    """What the pages of entries say, by their ids."""


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

    # --- the language model -------------------------------------------------------------------------------------

    def asking(self, now: datetime) -> list[Delivery]:
        """The deliveries that the language model is to be asked for: first those that wait for it, then those held.

        One that has waited long enough goes as it is.
        """
        with self._database.read() as connection:
            rows = connection.execute(_WAITING).all()
            ids = [row.id for row in rows if row.tells.get("model") == MODEL_ASKED]
            found = read_deliveries(connection, deliveries.c.id.in_(ids)) if ids else []
        asking = [each for each in found if _still_asks(each)]
        held = [each for each in asking if each.state is DeliveryState.HELD]
        return [each for each in asking if each not in held and now < each.created + MODEL_WAIT] + held

    def asked(self, delivery: Delivery, channel: ChannelSpec) -> AskedDigest:
        """What there is to ask for a digest.

        Args:
            delivery: one of `asking`.
            channel: where it goes.
        """
        with self._database.read() as connection:
            facts = facts_of(connection, delivery, channel)
            document = document_of(delivery, facts, channel)
            lines = tuple(line for group in document.groups for line in group.lines)[:_MOST_ASKED]
            ids = [line.entry for line in lines]
            read = select(articles.c.entry_id, articles.c.text).where(articles.c.entry_id.in_(ids))
            texts = {row.entry_id: row.text for row in connection.execute(read)}
        alerts: dict[int, tuple[Alert, ...]] = {}
        for alert in facts.alerts:
            alerts[alert.entry.id] = (*alerts.get(alert.entry.id, ()), alert)
        return AskedDigest(lines, alerts, texts)

    def answer(self, delivery_id: int, answers: Tells, channel: ChannelSpec) -> bool:
        """Let a digest that still waits be told, and shown later, by what a language model answered; it is placed anew.

        Returns whether it still waited.

        Args:
            delivery_id: which.
            answers: as `answers_for` gives them.
            channel: where it goes.
        """
        with self._database.write() as (connection, seq):
            found = read_deliveries(connection, deliveries.c.id == delivery_id)
            if not found or not _still_asks(found[0]):
                return False
            (delivery,) = found
            change = {"tells": delivery.tells | {"model": answers}, "turn": None, "seq": seq}
            connection.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(change))
            _tell_by(connection, delivery, answers, facts_of(connection, delivery, channel).alerts)
            return True


_WAITS: Final = deliveries.c.state.in_((DeliveryState.QUEUED, DeliveryState.HELD))
_WAITING: Final = select(deliveries.c.id, deliveries.c.tells).where(_WAITS, deliveries.c.kind == DeliveryKind.DIGEST)


def _still_asks(delivery: Delivery) -> bool:
    """Whether nothing of it has gone without an answer."""
    waits = delivery.state in {DeliveryState.QUEUED, DeliveryState.HELD} and not delivery.message_ids
    return waits and delivery.tells.get("model") == MODEL_ASKED


def _tell_by(connection: Connection, delivery: Delivery, answers: Tells, alerts: Sequence[Alert]) -> None:
    """Let the digest that was composed at its time say what the message to a channel says of it."""
    tells = delivery.tells
    same = digests.c.name == tells["name"], digests.c.since == _time(tells["since"])
    row = connection.execute(select(digests).where(*same, digests.c.until == _time(tells["until"]))).one_or_none()
    document = None if row is None else _document(row)
    if row is None or document is None:  # somebody asked for it
        return
    one = digests.c.name == row.name, digests.c.local_date == row.local_date
    told = _as_json(answered(document, answers, alerts))
    connection.execute(update(digests).where(*one).values(document=told))


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
        "also": tuple(DigestHeadline(**each) for each in found.get("also", ())),
        "change": None if change is None else DigestChange(change),
    }
    return DigestLine(**found | read)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
