"""Finds the feeds of an address, each looked at once: a feed itself, what a known site has, or what a page names.

::

    address ─▶ a known site? its feeds ─▶ read ─┐
       └▶ fetch ─▶ a feed? that ────────────────┤
             └ a page: what it names, else links that look like feeds, else where feeds often are ─▶ read each ─▶ found
                  └ none of these: how the page itself could be read, by selectors

Everything is asked with the guards of a poll, a few at once, and read in parser children.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.config.editing import with_scheme
from digest.engine.polling.parsers import ParserPool, Question
from digest.engine.polling.rounds import limits_of
from digest.errors import FetchError, ParseError
from digest.feeds.discover import FeedLink, feed_links, rate, usual_places
from digest.feeds.encoding import to_utf8
from digest.feeds.propose import propose_selectors
from digest.feeds.sites import feeds_of_site
from digest.net.fetch import Fetched, Fetcher
from digest.net.slots import Slots
from digest.stories.cluster.languages import language_of
from digest.text import without_login

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from digest.config import PollConfig
    from digest.feeds.propose import Proposal
    from digest.values.news import EntryText

_AT_ONCE: Final = 4
_OF_A_HOST: Final = 2
_CPU_SECONDS: Final = 5.0
"""That reading one document may take: each is read once, and none waits behind another."""
_CONSIDERED: Final = 8
"""Addresses of a kind that are looked at."""
_LOOKED_AROUND: Final = 30.0
"""Seconds in which the places are asked where feeds often are."""
_LEFT_ALONE: Final = {None, 401, 429}
"""Statuses after which a site is not looked through; ``None`` where there was no answer."""
_TITLES: Final = 20
"""Entries by which a language is told."""
_TELLING: Final = 12
"""Characters of an entry from which a language is told: with fewer it is a guess."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed, as it was read just now."""

    url: str
    """Where it is asked from now on."""
    title: str
    how: str
    """Why it was looked at: ``address``, ``site``, ``page``, ``link`` or ``usual place``."""
    entries: int
    newest: datetime | None = None
    a_day: float | None = None
    """Entries, as far as their dates say."""
    lang: str = ""
    is_of_comments: bool = False


@dataclass(frozen=True, slots=True)
class Discovery:
    """What there is at an address."""

    feeds: tuple[FoundFeed, ...] = ()
    """The likeliest first."""
    refused: tuple[tuple[str, str], ...] = ()
    """What was looked at in vain, and why."""
    failed: str = ""
    """Why there is not even a page at the address, though feeds were found around it."""
    proposals: tuple[Proposal, ...] = ()
    """How the page itself could be read where no feed was found, the best first."""


def discover(address: str, poll: PollConfig) -> Discovery:
    """The feeds of an address.

    Args:
        address: of a feed or a page; without a scheme it is https.
        poll: the guards of a fetch.

    Raises:
        FetchError: nothing there can be reached, and why.
    """
    return asyncio.run(_discover(with_scheme(address), poll))


async def _discover(url: str, poll: PollConfig) -> Discovery:
    async with Fetcher(limits_of(poll)) as fetcher, ParserPool(quick_seconds=_CPU_SECONDS) as parsers:
        return await _Look(fetcher, parsers).at(url)


def _proposals(page: Fetched) -> tuple[Proposal, ...]:
    try:
        return propose_selectors(page.body, page.url, page.content_type)
    except ParseError:
        return ()


def _tells_language(text: EntryText) -> bool:
    """Whether a language can be told: one that is named, or from words enough."""
    return bool(text.title) and bool(text.lang or len(text.title) + len(text.summary) >= _TELLING)


class _Look:
    """One look at an address and what it leads to."""

    def __init__(self, fetcher: Fetcher, parsers: ParserPool) -> None:
        self._fetcher = fetcher
        self._parsers = parsers
        self._slots = Slots(_AT_ONCE, _OF_A_HOST)
        self._refused: dict[str, str] = {}

    async def at(self, url: str) -> Discovery:
        if found := await self._read_all([FeedLink(each) for each in feeds_of_site(url)], "site"):
            return self._made(found)
        page = await self._fetch(url)
        if page is not None:
            feed = await self._feed(page, FeedLink(url), "address")
            if isinstance(feed, FoundFeed):
                return self._made([feed])
            self._refused[url] = feed
            links = feed_links(to_utf8(page.body, page.content_type).decode("utf-8", "replace"), page.url)
            for some, how in ((links.named, "page"), (links.likely, "link")):
                if found := await self._read_all(some[:_CONSIDERED], how):
                    return self._made(found)
        found = await self._look_around(url if page is None else page.url)
        failed = self._refused[url] if page is None else ""
        proposals = () if found or page is None else _proposals(page)
        return replace(self._made(found), failed=failed, proposals=proposals)

    async def _fetch(self, url: str) -> Fetched | None:
        """The document there; ``None`` where its server answered with another.

        One that wants a login, or to be asked less, is not asked for what may be elsewhere on it.
        """
        try:
            async with self._slots.hold(url):
                found = await self._fetcher.fetch(url)
        except FetchError as error:
            if error.status in _LEFT_ALONE:
                raise
            self._refused[url] = str(error)
            return None
        assert isinstance(found, Fetched)  # nothing was known that it could be compared with
        return found

    async def _look_around(self, url: str) -> list[FoundFeed]:
        """The first feed in a place where feeds often are; one after the other, and not for long."""
        try:
            async with asyncio.timeout(_LOOKED_AROUND):
                for place in usual_places(url):
                    if found := await self._read_all([FeedLink(place)], "usual place"):
                        return found
        except TimeoutError:
            self._refused[url] = "the site is too slow to be looked through"
        return []

    async def _read_all(self, links: Iterable[FeedLink], how: str) -> list[FoundFeed]:
        """Those of some addresses that have a feed, each feed once."""
        found = await asyncio.gather(*(self._read(link, how) for link in links if link.url not in self._refused))
        seen: dict[tuple[object, ...], FoundFeed] = {}
        for feed in found:
            if feed is not None:  # the same in RSS and Atom, or at another address
                key = (feed.title, feed.newest, feed.entries) if feed.newest else (feed.url,)
                seen.setdefault(key, feed)
        return list(seen.values())

    async def _read(self, link: FeedLink, how: str) -> FoundFeed | None:
        try:
            async with self._slots.hold(link.url):
                found = await self._fetcher.fetch(link.url)
        except FetchError as error:
            self._refused[link.url] = str(error)
            return None
        assert isinstance(found, Fetched)
        feed = await self._feed(found, link, how)
        if isinstance(feed, FoundFeed):
            return feed
        self._refused[link.url] = feed
        return None

    async def _feed(self, found: Fetched, link: FeedLink, how: str) -> FoundFeed | str:
        """What a feed says of itself; else why it is none."""
        try:
            async with self._parsers.turn(link.url):
                facts = await self._parsers.read(link.url, Question(found.body, found.content_type, found.url))
        except ParseError as error:
            return str(error)
        times = [entry.published for entry in facts.entries if entry.published]
        texts = [entry.text for entry in facts.entries[:_TITLES]]
        langs = Counter(language_of(text.lang, text.title, text.summary) for text in texts if _tells_language(text))
        return FoundFeed(
            # Where it moved to is told without the login, which it is still asked with.
            url=(found.permanent_url if link.url == without_login(link.url) else None) or link.url,
            title=facts.title or link.title,
            how=how,
            entries=len(facts.entries) + len(facts.rest),
            newest=max(times, default=None),
            a_day=rate(times),
            lang=langs.most_common(1)[0][0] if langs else "",
            is_of_comments=link.is_of_comments or replace(link, title=facts.title).is_of_comments,
        )

    def _made(self, found: Iterable[FoundFeed]) -> Discovery:
        feeds = tuple(sorted(found, key=lambda feed: feed.is_of_comments))
        urls = {feed.url for feed in feeds}
        return Discovery(feeds, tuple((url, why) for url, why in self._refused.items() if url not in urls))
