"""Reads the pages of matched entries, beside all else: an alert is stored first, and its message waits a little.

::

    commit ─ ring ─▶ which are still to be read? ─▶ fetch ─▶ extract, match, summarise ─▶ store ─ ring ─▶ outbox drain
                       │ (rows: see store.articles)   │      └── in a parser child ──┘      │
                       └ those of alerts again at     └ no page, or no article ────────────┴▶ why, in plain words
                         1 h, 6 h and 24 h

A page is fetched with the guards of a feed. What keeps it from being read is stored in its place, so it is not asked
for again at once, and the feed's own text serves.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from digest.delivery.queue import PAGE_WAIT
from digest.engine.ground.watchdog import beat
from digest.engine.polling.parser_frames import PageQuestion
from digest.engine.polling.parsers import ParserPool
from digest.errors import FetchError, ParseError, StoreError
from digest.net.fetch import Fetched, Fetcher
from digest.net.slots import Slots
from digest.stories.evidence import fingerprint
from digest.values.news import EntryText, PageFacts, TextChange

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from digest.engine.ground.threads import StoreThread
    from digest.engine.polling.parser_frames import PackedRules
    from digest.engine.rules import LiveRules
    from digest.net.fetch import Limits
    from digest.store.articles import WantedPage
    from digest.store.store import Store

ACCEPT: Final = "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.5"
_AT_ONCE: Final = 8
"""Pages that are read at once ..."""
_OTHERS: Final = 4
"""... while there are no more than these, also of what did not alert ..."""
_OF_A_HOST: Final = 2
"""... and so many of one host: one that is slow holds up no other."""
_CONSIDERED: Final = 200
"""Pages among which the next are chosen."""
_AGAIN_EVERY: Final = 30.0  # seconds between two looks at what is to be looked at again
_LOOK: Final = 5.0  # seconds between two looks at what is to be read
_STORE_AGAIN: Final = 5.0  # seconds until a store that failed is asked again
_LONGEST: Final = timedelta(seconds=120)
"""For one page, waiting for its turn included."""
_GONE: Final = frozenset({404, 410})
_OUR_FAULT: Final = "Digest itself failed on this page: engine.log has the details"

_log = logging.getLogger(__name__)


class PageReader:
    """Fetches the pages of articles and has them read in parser children; an asynchronous context manager.

    Args:
        limits: of a fetch.
        slots: places for requests.
        parsers: read what was fetched.
    """

    def __init__(self, limits: Limits, slots: Slots, parsers: ParserPool) -> None:
        self._fetcher = Fetcher(limits, accept=ACCEPT)
        self._slots = slots
        self._parsers = parsers

    async def __aenter__(self) -> Self:
        await self._fetcher.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._fetcher.__aexit__(kind, error, trace)

    def use(self, limits: Limits) -> None:
        """Keep these limits from the next page on."""
        self._fetcher.use(limits)

    async def read(
        self, url: str, wanted: WantedPage | None = None, rules: PackedRules | None = None, *, title: str = ""
    ) -> PageFacts:
        """What a page says.

        Args:
            url: its address.
            wanted: the entry that it belongs to, if it belongs to any ...
            rules: ... and those that it is matched by.
            title: of an article without an entry, where it is known.

        Raises:
            FetchError: it cannot be fetched.
            ParseError: it cannot be read, or not at a bearable cost.
        """
        async with self._slots.hold(url):
            page = await self._fetcher.fetch(url)
        assert isinstance(page, Fetched)  # nothing was known that it could be compared with
        asked = PageQuestion(page.body, page.content_type, page.url, EntryText(title))
        if wanted is not None:
            text, found = wanted.entry.text, wanted.found
            asked = replace(asked, text=text, found=found, before=wanted.before, known=wanted.known)
        return await self._parsers.read_page(asked, rules)


def read_page(limits: Limits, url: str, *, title: str = "") -> PageFacts:
    """What a page says that a user names, with the guards of a feed; what is no article says why in ``problem``.

    Args:
        limits: of its fetch.
        url: its address.
        title: of the article, where it is known.

    Raises:
        FetchError: it cannot be fetched.
        ParseError: it cannot be read, or not at a bearable cost.
    """
    return asyncio.run(_read_page(limits, url, title))


async def _read_page(limits: Limits, url: str, title: str) -> PageFacts:
    async with ParserPool() as parsers, PageReader(limits, Slots(1, 1), parsers) as reader:
        return await reader.read(url, title=title)


class PageQueue:
    """Reads the pages of matched entries, one after another and a few at once.

    Args:
        reader: reads a page.
        rules: those of now.
        store: says which are to be read, and keeps what they say.
        thread: the store's thread.
        stored: called after each page that was stored.
        wanted: whether there is any feed that wants this now.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own
        self,
        reader: PageReader,
        rules: LiveRules,
        store: Store,
        thread: StoreThread,
        stored: Callable[[], None],
        *,
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        self._reader = reader
        self._rules = rules
        self._store = store
        self._thread = thread
        self._stored = stored
        self._wanted = wanted
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()
        self._given_up: set[int] = set()  # what they say could not be stored, by a fault of ours
        self._again_at = 0.0  # time.monotonic() before which no page is looked at again
        self._bell = asyncio.Event()

    def use(self, limits: Limits) -> None:
        """Keep these limits from the next page on."""
        self._reader.use(limits)

    def ring(self) -> None:
        """There may be something new to read."""
        self._bell.set()

    async def run(self) -> None:
        """Read until cancelled."""
        try:
            while True:
                beat()
                try:
                    await self._begin()
                except StoreError as error:
                    _log.warning("which pages are to be read is not known yet: %s", error)
                    await asyncio.sleep(_STORE_AGAIN)
                except Exception:  # noqa: BLE001 - whatever it is, messages go with what the feeds say
                    _log.exception("which pages are to be read is not known")
                    await asyncio.sleep(_STORE_AGAIN)
                await self._rest()
        finally:
            await self.end()

    async def see_through(self) -> None:
        """Read the pages that messages wait for, for as long as these do.

        Raises:
            StoreError: the store failed.
        """
        try:
            async with asyncio.timeout(PAGE_WAIT.total_seconds()):
                while await self._begin(alerts=True) or await self._waits():
                    if not self._reading:
                        return
                    await asyncio.wait(self._reading.values(), return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            _log.info("not every page was read within %d s: messages go without", PAGE_WAIT.total_seconds())

    async def end(self) -> None:
        """Leave what is under way: it is still to be read."""
        tasks = list(self._reading.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin(self, *, alerts: bool = False) -> int:
        """Begin to read what is to be read, as far as there are places; how many pages."""
        if not self._wanted():
            return 0
        begun = await self._begin_some(self._alerts, _AT_ONCE)
        return begun if alerts else begun + await self._begin_some(self._others, _OTHERS)

    async def _begin_some(self, to_read: Callable[[set[int]], list[tuple[int, str]]], most: int) -> int:
        """Begin to read some of these, until so many are read at once."""
        if len(self._reading) >= most:
            return 0
        before = len(self._reading)
        for entry, url in await self._thread.call(to_read, self._given_up | self._reading.keys()):
            if len(self._reading) < most and self._hosts[_host(url)] < _OF_A_HOST and entry not in self._reading:
                self._start(entry, url)
        return len(self._reading) - before

    async def _waits(self) -> bool:
        """Whether a message may still wait for a page."""
        left = await self._thread.call(self._alerts, self._given_up) if self._wanted() else []
        return bool(left)

    def _alerts(self, busy: set[int]) -> list[tuple[int, str]]:
        """What messages may wait for, without what is being read; runs in the store's thread, as the next."""
        return self._store.articles.to_read(datetime.now(UTC), most=_CONSIDERED, but=busy, alerts=True)

    def _others(self, busy: set[int]) -> list[tuple[int, str]]:
        """What else is to be read; when there is nothing, now and then what is to be looked at again."""
        now, articles = datetime.now(UTC), self._store.articles
        found = articles.to_read(now, most=_CONSIDERED, but=busy)
        if found or time.monotonic() < self._again_at:
            return found
        self._again_at = time.monotonic() + _AGAIN_EVERY
        return articles.to_read_again(now, most=_AT_ONCE, but=busy)

    def _start(self, entry: int, url: str) -> None:
        host = _host(url)
        task = asyncio.create_task(self._see_to(entry), name=f"page of entry {entry}")
        self._reading[entry] = task
        self._hosts[host] += 1

        def ended(_: asyncio.Task[None]) -> None:
            del self._reading[entry]
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]
            self.ring()

        task.add_done_callback(ended)

    async def _rest(self) -> None:
        """Until rung, or for a while."""
        try:
            async with asyncio.timeout(_LOOK):
                await self._bell.wait()
        except TimeoutError:
            return
        self._bell.clear()

    # --- one page ------------------------------------------------------------------------------------------------

    async def _see_to(self, entry: int) -> None:
        """Read a page and store what it says, or why it says nothing."""
        try:
            wanted = await self._thread.call(self._store.articles.wanted, entry)
            if wanted is None:
                return
            page = await self._facts(wanted)
            await self._thread.call(lambda: self._store.articles.save(entry, page, datetime.now(UTC)))
        except StoreError as error:
            _log.warning("the page of entry %d waits for the store: %s", entry, error)
            await asyncio.sleep(_STORE_AGAIN)
        except Exception:  # noqa: BLE001 - one page that trips us must not stop the others
            _log.exception("what the page of entry %d says could not be stored", entry)
            self._given_up.add(entry)
        else:
            self._stored()

    async def _facts(self, wanted: WantedPage) -> PageFacts:
        """What a page says, or why it says nothing."""
        entry = wanted.entry
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                return await self._reader.read(entry.url, wanted, self._rules.active.packed)
        except FetchError as error:
            _log.info("the page of entry %d: %s", entry.id, error)
            # Where there is no text nobody can say that its rules do not match it any more.
            return PageFacts(problem=str(error), rules=frozenset(wanted.found), change=_gone(error, wanted))
        except ParseError as error:
            _log.info("the page of entry %d: %s", entry.id, error)
            return PageFacts(problem=str(error))
        except TimeoutError:
            return PageFacts(problem=f"it was not read within {_LONGEST.total_seconds():.0f} s")
        except Exception:  # noqa: BLE001 - it is told in its place
            _log.exception("the page of entry %d could not be read", entry.id)
            return PageFacts(problem=_OUR_FAULT)


def _gone(error: FetchError, wanted: WantedPage) -> TextChange | None:
    """That a page is gone which was read before, if that is so."""
    nothing = fingerprint("")
    if not wanted.before or error.status not in _GONE or wanted.known == nothing:
        return None
    return TextChange("page", "", "", f"the page is gone: {error}", nothing)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
