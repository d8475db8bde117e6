"""One message for many alerts: how many there are, the weightiest first, and where to see them all.

::

    37 alerts held in quiet hours
    23:04 KST, 11 Mar to 06:51 KST, 12 Mar

    ▲ North Korea closes its embassy in Syria · Example News · 05:12 KST, 12 Mar · north-korea
    ...

    25 more are not shown. All of them: digest alerts --delivery 57, or digest watch --delivery 57

It is one message whatever it tells of; what does not fit is counted and can be looked up. A file has no such message:
it gets each alert by itself.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.media.formats import parts_for
from digest.delivery.media.markup import MAX_MARKS, Span, linked
from digest.delivery.messages.alert import UNTITLED
from digest.delivery.messages.story import with_tier
from digest.values.messages import Hold
from digest.words import count, local_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from digest.values.messages import Alert, Facts
    from digest.values.settings import ChannelSpec

MOST_LINES: Final = MAX_MARKS - 2
"""Entries that one message can name: each is a link, and Telegram shows so many marks."""
_LONGEST_TITLE: Final = 200  # characters; one entry must not take the others' room
_WHY: Final = {"": "at once", Hold.QUIET: "held in quiet hours", Hold.MUTE: "held while muted", Hold.BUNDLE: "bundled"}

_Line = tuple["Alert", ...]
"""The alerts of one entry, severest first."""


def catch_up_title(entries: int, because: str) -> str:
    """What it is of: ``37 alerts held in quiet hours``; ``because``: a `Hold`, empty: they are too many at once."""
    return f"{count(entries, 'alert')} {_WHY.get(because, _WHY[''])}"


def catch_up_parts(facts: Facts, channel: ChannelSpec, *, delivery: int, because: str) -> tuple[str, ...]:
    """The message that tells of many alerts at once; none where they are in the store no longer.

    Args:
        facts: what it tells of.
        channel: where it goes; no file.
        delivery: its id in the outbox, by which all of them can be looked up.
        because: as for `catch_up_title`.
    """
    if not facts.alerts or facts.first is None or facts.last is None:
        return ()
    title = catch_up_title(facts.entries, because)
    lines = [_line_of(alerts) for _, alerts in itertools.groupby(facts.alerts, key=lambda alert: alert.entry.id)]
    zone, now = ZoneInfo(channel.timezone), facts.last
    times = dict.fromkeys(local_time(edge, zone, now=now) for edge in (facts.first, facts.last))
    head = [Span(title, bold=True), Span(f"\n{' to '.join(times)}\n")]

    def parts(shown: int) -> tuple[str, ...]:
        named = [span for line in lines[:shown] for span in _line_spans(line, zone, now)]
        return parts_for(channel, [*head, *named, Span(tail(facts.entries - shown, delivery))], {})

    return fitting(len(lines), 1, parts)


def fitting(entries: int, messages: int, parts: Callable[[int], tuple[str, ...]]) -> tuple[str, ...]:
    """The parts that name as many entries as fit so many messages; ``parts`` makes them for a number of entries."""
    whole = parts(entries)
    if len(whole) <= messages or not entries:
        return whole
    return parts(bisect_right(range(1, entries), messages, key=lambda shown: len(parts(shown))))


def _line_of(alerts: Iterable[Alert]) -> _Line:
    return tuple(sorted(alerts, key=lambda alert: (-alert.severity, alert.rule)))


def _line_spans(line: _Line, zone: ZoneInfo, now: datetime) -> Sequence[Span]:
    entry = line[0].entry
    title = entry.title or UNTITLED
    if len(title) > _LONGEST_TITLE:
        title = f"{title[: _LONGEST_TITLE - 1].rstrip()}…"
    time = local_time(entry.time, zone, now=now)
    rules = ", ".join(alert.rule for alert in line)
    behind = " · ".join(part for part in (with_tier(entry.text.source, entry.text.tier), time, rules) if part)
    return [Span(f"\n{line[0].severity.glyph} "), linked(title, entry.url), Span(f" · {behind}")]


def tail(left: int, delivery: int) -> str:
    """How many entries a message does not name, and how to see all of them; nothing if it names them all."""
    if not left:
        return ""
    more = f"{left:,} more {'is' if left == 1 else 'are'} not shown."
    return f"\n\n{more} All of them: digest alerts --delivery {delivery}, or digest watch --delivery {delivery}"
