"""What a feed document says of being polled: ``ttl``, ``skipHours``, ``skipDays``, ``sy:updatePeriod``, its WebSub hub.

They stand in the channel, before its entries; the hub also in the answer's ``Link`` headers, which win. What cannot be
read is not heeded, and nothing here is ever an error.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from digest.values.states import PollHints

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
_LINK: Final = re.compile(rb"<(?:\w+:)?link\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(r"""(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_LINK_VALUE: Final = re.compile(r"<([^<>\s]{1,2048})>((?:[^,<\"]|\"[^\"]*\")*)")
_PARAMETER: Final = re.compile(r""";\s*([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]*))""")
_LONGEST_ADDRESS: Final = 2048


def read_hints(document: bytes, url: str = "") -> PollHints:
    """What a feed document asks for; of its two ways to say how often, the shorter span.

    Args:
        document: UTF-8, whole or its beginning.
        url: where it was found; relative links start there.
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
    hints = PollHints(min(spans, default=timedelta(0)), tuple(sorted(hours)), tuple(sorted(days)))
    return _with_links(hints, _links_in(head), url)


def with_link_headers(hints: PollHints, value: str, url: str) -> PollHints:
    """Hints with what the ``Link`` headers of an answer name, each in place of what the document does.

    Args:
        hints: of the document.
        value: of these headers, joined by commas.
        url: where it was found.
    """
    return _with_links(hints, _links_of(value), url)


def _with_links(hints: PollHints, links: Iterable[tuple[str, str]], url: str) -> PollHints:
    """The first hub and the first address of its own among (target, relations) pairs."""
    found: dict[str, str] = {}
    for target, relations in links:
        for relation in {"hub", "self"}.intersection(relations.lower().split()):
            if address := _absolute(url, target):
                found.setdefault(relation, address)
    return replace(hints, hub=found.get("hub", hints.hub), topic=found.get("self", hints.topic))


def _links_in(head: bytes) -> Iterator[tuple[str, str]]:
    for link in _LINK.findall(head):
        said = {
            name.lower(): unescape(one or other)
            for name, one, other in _ATTRIBUTE.findall(link.decode("utf-8", "replace"))
        }
        yield said.get("href", ""), said.get("rel", "")


def _links_of(value: str) -> Iterator[tuple[str, str]]:
    for target, said in _LINK_VALUE.findall(value):
        parameters = ((name.lower(), quoted or word) for name, quoted, word in _PARAMETER.findall(said))
        yield target, next((relations for name, relations in parameters if name == "rel"), "")


def _absolute(base: str, target: str) -> str:
    """An address of the web as it is written, or where it leads from the base; empty for what is none."""
    if not target.strip("/ "):
        return ""
    try:
        address = urljoin(base, target.strip())
    except ValueError:
        return ""
    is_one = address.lower().startswith(("http://", "https://")) and address.isprintable() and " " not in address
    return address if is_one and len(address) <= _LONGEST_ADDRESS else ""


def _spans(head: bytes) -> Iterator[timedelta]:
    if (ttl := _TTL.search(head)) and int(ttl[1]):
        yield timedelta(minutes=int(ttl[1]))
    if period := _PERIOD.search(head):
        frequency = _FREQUENCY.search(head)
        span = _PERIODS.get(period[1].decode("ascii", "ignore").lower())
        if span is not None:
            yield span / max(1, int(frequency[1]) if frequency else 1)
