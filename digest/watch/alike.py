"""Finds what is wrong alike, such as the feeds of one provider: it is one piece of news, however many there are."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.watch.conditions import Condition

MANY: Final = 3
"""From so many on, what is wrong alike is told in one sentence."""
_TOGETHER: Final = timedelta(hours=2)
"""What began within so long of each other began together: how often feeds are polled says how far apart that shows."""
_SHORT_LABEL: Final = 3
"""Letters of the longest label that registries sell names under, as ``co`` in ``co.uk``."""


def site_of(url: str) -> str:
    """The domain that a provider has registered, as far as a name tells; for an address by number that address.

    ``feeds.example.co.uk`` belongs to ``example.co.uk``. Two providers are never taken for one of these; that one is
    taken for two costs a second message.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    labels = host.split(".")
    if ":" in host or labels[-1].isdigit() or len(labels) < 3:
        return host
    is_suffix = len(labels[-1]) == 2 and len(labels[-2]) <= _SHORT_LABEL
    return ".".join(labels[-3:] if is_suffix else labels[-2:])


def server_of(url: str) -> str:
    """The server of an address: host and port, without a login."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def alike(found: Sequence[Condition]) -> list[list[Condition]]:
    """What is wrong, put together where it is so alike and began together; in the order of the first of each group.

    Alike is the same thing that happens at one site, or for one reason.
    """
    group = list(range(len(found)))

    def first(index: int) -> int:
        while group[index] != index:
            group[index] = index = group[group[index]]
        return index

    for members in _by_label(found):
        members.sort(key=lambda index: found[index].since)
        for earlier, later in pairwise(members):
            if found[later].since - found[earlier].since <= _TOGETHER:
                low, high = sorted((first(earlier), first(later)))
                group[high] = low
    groups: defaultdict[int, list[Condition]] = defaultdict(list)
    for index, one in enumerate(found):
        groups[first(index)].append(one)
    return list(groups.values())


def _by_label(found: Sequence[Condition]) -> Iterator[list[int]]:
    """The places of those that have something in common."""
    labels: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    for index, one in enumerate(found):
        for kind, label in (("site", one.site), ("reason", one.reason)):
            if one.many and label:
                labels[one.many, kind, label].append(index)
    return iter(labels.values())
