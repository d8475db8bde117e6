"""One message for many alerts: how many there are, the weightiest first, and where to see them all.

::

    37 alerts held in quiet hours
    23:04 KST, 11 Mar to 06:51 KST, 12 Mar

    ▲ North Korea closes its embassy in Syria · Example News · 05:12 KST, 12 Mar · north-korea
    ...

    25 more are not shown. All of them: digest alerts --delivery 57, or digest watch --delivery 57

It is one message whatever it tells of; what does not fit is counted and can be looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.formats import APPRISE_UNITS, parts_for
from digest.delivery.media.markup import MARKS_BYTES, MAX_MARKS, PART_UNITS, Span, linked, marks_size, plain_text, units
from digest.delivery.media.records import record_of, rfc3339
from digest.delivery.messages.alert import UNTITLED
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.words import count, local_time

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.delivery.media.records import Record
    from digest.values.news import Severity, StoredEntry
    from digest.values.settings import ChannelSpec

MOST_LINES: Final = MAX_MARKS - 2
"""Entries that one message can name: each is a link, and Telegram shows so many marks."""
_LONGEST_TITLE: Final = 200  # characters; one entry must not take the others' room


@dataclass(frozen=True, slots=True)
class CatchUpLine:
    """One entry with the rules by which it alerted, severest first."""

    entry: StoredEntry
    severity: Severity
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a catch-up tells of."""

    entries: int
    first: datetime
    """When the oldest of its alerts was made ..."""
    last: datetime
    """... and the newest."""
    lines: tuple[CatchUpLine, ...]
    """The weightiest entries, at most `MOST_LINES`: the severest first, then what most rules found, then the newest."""


def plan_catch_up(
    channel: ChannelSpec, gathered: Gathered, *, delivery: int, reason: str, now: datetime
) -> PlannedDelivery:
    """The message that tells of many alerts at once.

    Args:
        channel: where it goes.
        gathered: what it tells of; at least one entry.
        delivery: its id in the outbox, by which all of them can be looked up.
        reason: why they come together: "held in quiet hours".
        now: the time.
    """
    severity, title = max(line.severity for line in gathered.lines), _heading(gathered, reason)
    spans = _spans(gathered, channel, delivery, reason, now)
    record = record_of(
        DeliveryKind.CATCH_UP, severity, now, title, alerts=gathered.entries, entries=list(map(_record, gathered.lines))
    )
    return PlannedDelivery(
        channel=channel.name,
        kind=DeliveryKind.CATCH_UP,
        severity=severity,
        title=title,
        parts=parts_for(channel, spans, record),
    )


def _spans(gathered: Gathered, channel: ChannelSpec, delivery: int, reason: str, now: datetime) -> list[Span]:
    """What it says, within the limits of one message of the channel."""
    zone, tail = ZoneInfo(channel.timezone), _tail(gathered.entries, delivery)
    first, last = (local_time(edge, zone, now=now) for edge in (gathered.first, gathered.last))
    when = first if first == last else f"{first} to {last}"
    head = [Span(_heading(gathered, reason), bold=True), Span(f"\n{when}\n")]
    room = (APPRISE_UNITS if channel.apprise else PART_UNITS) - _length(channel, [*head, Span(tail)])
    marks = MARKS_BYTES - marks_size(head)
    shown: list[Span] = []
    told = 0
    for line in gathered.lines:
        spans = _line(line, zone, now)
        room -= _length(channel, spans)
        marks -= marks_size(spans)
        if room < 0 or (marks < 0 and not channel.apprise):
            break
        shown += spans
        told += 1
    return [*head, *shown, Span(_tail(gathered.entries - told, delivery))]


def _length(channel: ChannelSpec, spans: Sequence[Span]) -> int:
    """How much of a message they take; where there are no links their addresses are written out."""
    return units(plain_text(spans) if channel.apprise else "".join(span.text for span in spans))


def _record(line: CatchUpLine) -> Record:
    entry = line.entry
    return {
        "severity": line.severity.word,
        "title": entry.text.title,
        "url": entry.url,
        "source": entry.text.source,
        "published": rfc3339(entry.published),
        "rules": list(line.rules),
    }


def _heading(gathered: Gathered, reason: str) -> str:
    return f"{count(gathered.entries, 'alert')} {reason}"


def _line(line: CatchUpLine, zone: ZoneInfo, now: datetime) -> Sequence[Span]:
    entry, text = line.entry, line.entry.text
    title = entry.title or UNTITLED
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 1].rstrip()}…"
    time = local_time(entry.time, zone, now=now)
    behind = " · ".join(part for part in (text.source, time, ", ".join(line.rules)) if part)
    return [Span(f"\n{line.severity.glyph} "), linked(title, entry.url), Span(f" · {behind}")]


def _tail(left: int, delivery: int) -> str:
    more = f"{left} more {'is' if left == 1 else 'are'} not shown. " if left else ""
    return f"\n\n{more}All of them: digest alerts --delivery {delivery}, or digest watch --delivery {delivery}"
