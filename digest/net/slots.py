"""How many requests run at once: so many in all, so many to one host, and loopback as it likes.

A few of the places are kept for those of whom it is known that they are well: however many others are slow, or bring
what takes long to read, these hardly wait.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from digest.net.resolve import Reach, reach

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


_KEPT: Final = 8
"""Of so many places one is kept."""


class Slots:
    """Places for requests; whoever has none waits, first come first served.

    A host's place is taken before one of all, so that a queue before one slow host blocks no other host. The host is
    the one that is asked first; where its redirects lead is not counted.

    Args:
        concurrency: requests at once, to all hosts together.
        per_host: requests at once to one host; loopback is exempt.
    """

    def __init__(self, concurrency: int, per_host: int) -> None:
        self._places(concurrency)
        self._per_host = per_host
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()  # holding or waiting; a host nobody uses is forgotten

    def use(self, concurrency: int, per_host: int) -> None:
        """Have so many places from now on; who holds or waits for one of before keeps to that."""
        self._places(concurrency)
        self._per_host = per_host
        self._hosts.clear()

    def _places(self, concurrency: int) -> None:
        self._all = asyncio.Semaphore(concurrency)
        self._open = asyncio.Semaphore(concurrency - concurrency // _KEPT)

    @asynccontextmanager
    async def hold(self, url: str, *, well: bool = False) -> AsyncIterator[None]:
        """Hold a place for one request to the host of an address, for as long as the block lasts.

        Args:
            url: what is asked for.
            well: it may have one of the places that are kept.
        """
        host = _host(url)
        if _is_loopback(host):
            async with self._one(well=well):
                yield
            return
        places = self._hosts.setdefault(host, asyncio.Semaphore(self._per_host))
        self._users[host] += 1
        try:
            async with places, self._one(well=well):
                yield
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host]
                self._hosts.pop(host, None)

    @asynccontextmanager
    async def _one(self, *, well: bool) -> AsyncIterator[None]:
        """A place of all."""
        if well:
            async with self._all:
                yield
        else:
            async with self._open, self._all:
                yield


def _host(url: str) -> str:
    """The host of an address; empty where it has none, which the fetch then says."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


@lru_cache(maxsize=4_096)
def _is_loopback(host: str) -> bool:
    """Whether a host, as written in an address, is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return reach(host) is Reach.LOOPBACK
    except ValueError:
        return False
