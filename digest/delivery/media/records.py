"""What a JSON line says beside the text of its message: the same facts, each under a name of its own.

Names are part of what scripts rely on, and stand in the README. ``delivery``, ``part`` and ``possible_repeat`` are
added when the line is written: they belong to the sending.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from digest.values.messages import DeliveryKind
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.values.messages import DigestDocument, DigestLine
    from digest.values.news import Hit

Record = dict[str, Any]


def record_of(kind: DeliveryKind, severity: Severity, created: datetime, title: str, **more: Any) -> Record:
    """What every message has: its kind, severity, time and title; ``more`` comes after these."""
    return {"kind": kind.value, "severity": severity.word, "created": rfc3339(created), "title": title, **more}


def rfc3339(moment: datetime | None) -> str | None:
    """A time in UTC, to the millisecond, as every JSON line of ours has it."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def hits_record(hits: Iterable[Hit]) -> list[Record]:
    """Hits as ``digest alerts --json`` has them."""
    return [dataclasses.asdict(hit) for hit in hits]


def digest_record(document: DigestDocument, title: str) -> Record:
    """A digest: the period, and a record for each of its entries."""
    entries = [line_record(line) for group in document.groups for line in group.lines]
    return record_of(
        DeliveryKind.DIGEST,
        Severity.NORMAL,
        document.until,
        title,
        since=rfc3339(document.since),
        until=rfc3339(document.until),
        entries=entries,
    )


def line_record(line: DigestLine) -> Record:
    """One entry of a digest, or of another message that tells of several."""
    return {
        "severity": line.severity.word,
        "title": line.title,
        "url": line.url,
        "source": line.source,
        "published": rfc3339(line.published),
        "summary": list(line.sentences),
        "rules": list(line.rules),
    }
