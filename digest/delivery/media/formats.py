"""What the messages of a channel are written in: Telegram's HTML, plain text, Markdown, or a line of JSON.

::

    spans, record ─┬─ telegram ─▶ HTML, cut into messages
                   ├─ apprise ──▶ plain text, addresses written out, cut where it is very long
                   ├─ file ─────▶ one block of Markdown, or one JSON object on one line
                   └─ webhook ──▶ one JSON object: type, timestamp and data, as Standard Webhooks has them

A record is what a JSON line says beside the text of its message: the same facts, each under a name of its own. Names
are part of what scripts rely on, and stand in the README. ``delivery``, ``part`` and ``possible_repeat`` are added
when the line is written: they belong to the sending.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, assert_never

from digest.delivery.media.markdown import markdown_block
from digest.delivery.media.markup import is_visible, plain_parts, plain_text, telegram_parts
from digest.shapes import json_line
from digest.values.messages import DeliveryKind
from digest.values.news import Severity
from digest.values.settings import Apprise, Folder, Telegram, Webhook

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.delivery.media.markup import Span
    from digest.values.messages import DigestDocument, DigestLine
    from digest.values.news import Hit
    from digest.values.settings import ChannelSpec

APPRISE_UNITS: Final = 3000
"""Most services take more; for one that takes less, its channel cuts further before a part goes: `Channel.pieces`."""
Record = dict[str, Any]


def parts_for(channel: ChannelSpec, spans: Iterable[Span], record: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of one message, in order, as this channel sends them; none for a message with nothing to see.

    Args:
        channel: decides the format.
        spans: what the message says.
        record: the same for programs, as `record_of` makes it; a JSON line has the text beside it.
    """
    match channel.medium:
        case Telegram():
            return telegram_parts(spans)
        case Apprise():
            return plain_parts(plain_text(spans), APPRISE_UNITS)
        case Folder(style=style):
            spans = list(spans)
            text = plain_text(spans).strip()
            if not is_visible(text):
                return ()
            return (json_line({**record, "text": text}) if style == "jsonl" else markdown_block(spans),)
        case Webhook():
            text = plain_text(spans).strip()
            about = {name: value for name, value in record.items() if name not in {"kind", "created"}}
            said = {"type": record["kind"], "timestamp": record["created"], "data": about | {"text": text}}
            return (json_line(said),) if is_visible(text) else ()
        case _:
            assert_never(channel.medium)


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
    entries = [_line_record(line) for group in document.groups for line in group.lines]
    return record_of(
        DeliveryKind.DIGEST,
        Severity.NORMAL,
        document.until,
        title,
        since=rfc3339(document.since),
        until=rfc3339(document.until),
        entries=entries,
    )


def _line_record(line: DigestLine) -> Record:
    """One entry of a digest, or of another message that tells of several."""
    return {
        "severity": line.severity.word,
        "title": line.title,
        "url": line.url,
        "source": line.source,
        "published": rfc3339(line.published),
        "summary": list(line.sentences),
        "rules": list(line.rules),
        "story": line.story or line.entry,
        "change": line.change and line.change.value,
        "sources": [source.name for source in line.sources],
        "links": [source.url for source in line.sources if source.url],
    } | _besides_record(line)


def _besides_record(line: DigestLine) -> Record:
    """What stands with an entry, where there is any."""
    translation = {"translation": line.translation} if line.translation else {}
    found = {"also": line.also, "apart": line.apart}
    return translation | {
        name: [{"title": each.title, "url": each.url, "source": each.source, "story": each.story} for each in others]
        for name, others in found.items()
        if others
    }
