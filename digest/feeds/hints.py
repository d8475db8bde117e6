"""How often a feed document wants to be asked for: ``ttl``, ``skipHours``, ``skipDays``, ``sy:updatePeriod``.

They stand in the channel, before its entries. What cannot be read is not heeded, and nothing here is ever an error.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.values.states import PollHints

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = 30_000
"""Bytes of a document in which its channel's own elements are looked for."""
_ENTRY: Final = re.compile(rb"<(?:\w+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_TTL: Final = re.compile(rb"<ttl>\s*(\d{1,6})\s*</", re.IGNORECASE)
_SKIPS: Final = re.compile(rb"<(skipHours|skipDays)>(.{0,1000}?)</\1>", re.IGNORECASE | re.DOTALL)
_HOUR: Final = re.compile(rb"<hour>\s*(\d{1,2})\s*</", re.IGNORECASE)
_DAY: Final = re.compile(rb"<day>\s*([a-z]+)\s*</", re.IGNORECASE)
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIOD: Final = re.compile(rb"<(?:\w+:)?updatePeriod>\s*(\w+)\s*</", re.IGNORECASE)
_FREQUENCY: Final = re.compile(rb"<(?:\w+:)?updateFrequency>\s*(\d{1,4})\s*</", re.IGNORECASE)
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def read_hints(document: bytes) -> PollHints:
    """What a feed document asks for; of its two ways to say how often, the shorter span.

    Args:
        document: UTF-8, whole or its beginning.
    """
    head = document[:_HEAD]
    if entry := _ENTRY.search(head):
        head = head[: entry.start()]
    spans = list(_spans(head))
    hours: set[int] = set()
    days: set[int] = set()
    for skips in _SKIPS.finditer(head):
        hours.update(int(each) % 24 for each in _HOUR.findall(skips[2]) if int(each) <= 24)
        days.update(_DAYS.index(name) for each in _DAY.findall(skips[2]) if (name := each.decode().lower()) in _DAYS)
    return PollHints(min(spans, default=timedelta(0)), tuple(sorted(hours)), tuple(sorted(days)))


def _spans(head: bytes) -> Iterator[timedelta]:
    if (ttl := _TTL.search(head)) and int(ttl[1]):
        yield timedelta(minutes=int(ttl[1]))
    if period := _PERIOD.search(head):
        frequency = _FREQUENCY.search(head)
        span = _PERIODS.get(period[1].decode("ascii", "ignore").lower())
        if span is not None:
            yield span / max(1, int(frequency[1]) if frequency else 1)
