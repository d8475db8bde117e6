"""Polls on their way into the store: their entries in order, many polls to a transaction, none with news waiting long.

A commit costs the disk a flush. A poll that brought entries waits for no more than a moment, so that those that come
in one crowd are committed together; one that only moved its feed's clock waits up to a second for company. A poll that
brought very much is committed in parts, oldest entries first, and others come in between, those that brought little
first: entries that are left over when the engine is killed before the last are found again by the next poll.

What becomes of the entries' matches is decided when they are stored.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from digest.delivery.decide import newest
from digest.engine.ground.crash_points import CrashPoint, reach
from digest.engine.ground.watchdog import wait_and_beat
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from digest.delivery.decide import Decide
    from digest.engine.ground.threads import StoreThread
    from digest.store.store import Store
    from digest.values.news import EntryText, NewEntry, PollResult

_LONGEST_WAIT = 1.0  # seconds; a crash forgets such a poll, and the feed is only asked again
_NEWS_WAITS = 0.05  # seconds
_LARGEST_BATCH = 100  # polls in one transaction, so that readers and the deliverer get their turn
_LARGEST_PART = 100  # entries of one poll in one transaction ...
_MOST_CHARACTERS = 500_000  # ... and characters of them, with those of one entry more; of all polls in it, too
_MOST_NAMES = 2_000  # identities without entries likewise

_FEW = 20  # entries that join stories in one transaction, which holds up whoever else wants the store ...
_JOINS_FIRST = 5.0  # seconds for this before the first poll
_BREATH = 0.02  # ... and seconds until the next, for these

_Waiting = tuple["PollResult", int, "asyncio.Future[None]"]
"""A result, how much it brought, and who waits for it to be stored."""
_ROWS = 2_000  # characters that cost as much as the rows of one entry ...
_MATCHED = 20_000  # ... and as deciding of one that a rule found; as many as make a flood still fit
_HIT = 100  # ... and as one hit
_MUCH = 100_000  # characters from which a poll waits for those that brought less


class CommitQueue:
    """Collects poll results and commits them in batches; ``run`` does the work until it is told to ``finish``.

    Args:
        store: where they go.
        thread: the store's thread.
        deciding: what decides, from now on, what becomes of the matches that are stored.
        committed: called after commits by which something may be owed.
    """

    def __init__(
        self, store: Store, thread: StoreThread, deciding: Callable[[], Decide], committed: Callable[[], None]
    ) -> None:
        self._store = store
        self._thread = thread
        self.deciding = deciding
        self._committed = committed
        self._waiting: list[_Waiting] = []
        self._some = asyncio.Event()
        self._urgent = asyncio.Event()
        self._finished = False
        self._preparing: asyncio.Task[None] | None = None
        self._prepared = False  # whether all is loaded that stories take

    async def commit(self, result: PollResult) -> None:
        """Have a result stored; returns when it is.

        Raises:
            StoreError: the store failed, and nothing of the batch was stored.
            Exception: this result cannot be stored, by a fault of our own.
        """
        if result.entries and not self._prepared and (self._preparing is None or self._preparing.done()):
            preparing = self._prepare([entry.text for entry in result.entries])
            self._preparing = asyncio.create_task(preparing, name="prepare stories")
        for part in _parts(result):
            await self._commit(part)

    async def _commit(self, result: PollResult) -> None:
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((result, sum(map(_size_of, result.entries)), stored))
        self._some.set()
        if result.entries or result.more or len(self._waiting) >= _LARGEST_BATCH:
            self._urgent.set()
        await stored

    async def run(self) -> None:
        """Commit what comes, until ``finish``; what waits then is still committed."""
        while self._waiting or not self._finished:
            await wait_and_beat(self._some)
            await self._wait_for_company()
            self._waiting.sort(key=_brought_much)
            size = _batch_size(self._waiting)
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            if not self._waiting:
                self._urgent.clear()
                if not self._finished:
                    self._some.clear()
            try:
                await self._store_batch(batch)
            except asyncio.CancelledError:  # begun anew, it goes on with these: the same result twice adds nothing
                self._waiting[:0] = [each for each in batch if not each[-1].done()]
                self._some.set()
                self._urgent.set()
                raise

    async def join_rest(self, at_once: int = _FEW) -> None:
        """Let entries that no rule found join their stories, a few at a time, while no news waits to be stored.

        What that leads to is decided then: a rule may wait for more sources.

        Args:
            at_once: how many in one transaction; many cost less, and hold up others for longer.
        """
        joined = 0
        await self._until_prepared()
        try:
            while not self._urgent.is_set() and not self._finished:
                now = datetime.now(UTC)
                some = await self._thread.call(self._store.polls.commit_stories, at_once, now, self.deciding())
                joined += some
                if not some:
                    return
                await asyncio.sleep(_BREATH)
        finally:
            if joined:
                self._committed()

    async def join_alerted(self) -> None:
        """Let entries that alerted join their stories, for a few seconds at most: before polls bring more of these.

        Only after an update from a version without stories there are any.
        """
        until = time.monotonic() + _JOINS_FIRST
        while time.monotonic() < until:
            join, now = self._store.polls.commit_stories, datetime.now(UTC)
            if not await self._thread.call(join, _FEW, now, self.deciding(), alerted=True):
                return

    def finish(self) -> None:
        """Let ``run`` end once everything that was handed in is stored."""
        self._finished = True
        self._some.set()
        self._urgent.set()

    async def _wait_for_company(self) -> None:
        """Until there is news and a moment has passed, or the first in the queue has waited long enough."""
        try:
            async with asyncio.timeout(_LONGEST_WAIT):
                await self._urgent.wait()
        except TimeoutError:
            return
        if _batch_size(self._waiting) == len(self._waiting) < _LARGEST_BATCH and not self._finished:
            await asyncio.sleep(_NEWS_WAITS)

    async def _prepare(self, texts: Sequence[EntryText]) -> None:
        """Have what stories of these texts take loaded; where that fails, storing them says why."""
        with suppress(Exception):
            self._prepared = await asyncio.to_thread(_prepare_stories, texts)

    async def _until_prepared(self) -> None:
        """Once what stories take is loaded, if that has begun; without it the first transaction would load it."""
        if self._preparing is not None:
            await asyncio.wait({self._preparing})

    async def _store_batch(self, batch: Sequence[_Waiting]) -> None:
        """One transaction; its outcome is everybody's in the batch, unless the fault is in one of the results."""
        results = [result for result, *_ in batch]
        if any(entry.matches for result in results for entry in result.entries):
            await self._until_prepared()
        reach(CrashPoint.BEFORE_COMMIT)
        try:
            new = await self._thread.call(self._store.polls.commit_polls, results, datetime.now(UTC), self.deciding())
        except StoreError as error:
            _settle(batch, error)
        except Exception as error:  # noqa: BLE001 - handed to the poll that caused it, and told there
            if len(batch) == 1:
                _settle(batch, error)
                return
            for one in batch:
                await self._store_batch([one])
        else:
            reach(CrashPoint.AFTER_COMMIT)
            _settle(batch, None)
            if new and any(entry.matches for result in results for entry in result.entries):
                self._committed()


def _prepare_stories(texts: Sequence[EntryText]) -> bool:
    """Load what the stories of these texts take, outside of any transaction, beside all else; whether that is all.

    To that belongs the model that tells languages apart, which takes a second: it is loaded once there is a text of
    which nothing else tells the language.
    """
    from digest.stories.cluster.languages import is_model_loaded, language_of

    for text in texts:
        language_of(text.lang, text.title, text.summary or text.content)
    return is_model_loaded()


def _brought_much(waiting: _Waiting) -> bool:
    """Whether a poll waits for those that brought less."""
    return waiting[1] >= _MUCH


def _batch_size(waiting: Sequence[_Waiting]) -> int:
    """How many of the polls that wait share the next transaction; one at least."""
    characters = 0
    for number, (_, brought, _) in enumerate(waiting[:_LARGEST_BATCH]):
        characters += brought
        if characters > _MOST_CHARACTERS and number:
            return number
    return min(len(waiting), _LARGEST_BATCH)


def _parts(result: PollResult) -> Iterator[PollResult]:
    """What a poll changes, in parts that each make a short transaction; of an ordinary poll there is one.

    What counts as seen comes first: left over by a crash, it would be new to the next poll.
    """
    rekeyed, seen, entries = result.rekeyed, result.seen, result.entries
    while len(rekeyed) > _MOST_NAMES or len(seen) > _MOST_NAMES:
        yield replace(result, entries=(), rekeyed=rekeyed[:_MOST_NAMES], seen=seen[:_MOST_NAMES], edits=(), more=True)
        rekeyed, seen = rekeyed[_MOST_NAMES:], seen[_MOST_NAMES:]
    while len(entries) > (size := _part_size(entries)):
        yield replace(result, entries=entries[:size], rekeyed=rekeyed, seen=seen, edits=(), more=True)
        rekeyed, seen, entries = (), (), entries[size:]
    yield replace(result, entries=entries, rekeyed=rekeyed, seen=seen)


def _part_size(entries: Sequence[NewEntry]) -> int:
    """How many of a poll's entries make a part."""
    characters = 0
    for number, entry in enumerate(entries[:_LARGEST_PART], 1):
        characters += _size_of(entry)
        if characters >= _MOST_CHARACTERS:
            return number
    return min(len(entries), _LARGEST_PART)


def _settle(batch: Sequence[_Waiting], error: Exception | None) -> None:
    """Tell every poll of a batch that it is stored, or why not."""
    for *_, stored in batch:
        if stored.done():  # its poll was cancelled while it waited
            continue
        if error is None:
            stored.set_result(None)
        else:
            stored.set_exception(error)


def as_baseline(found: Sequence[NewEntry], alerting: int, now: datetime) -> tuple[NewEntry, ...]:
    """The entries of a feed's first poll, in the document's order; ``alerting``: how many, the newest, may alert."""
    chosen = newest([entry.published for entry in found], alerting, now=now)
    return tuple(entry if index in chosen else replace(entry, baseline=True) for index, entry in enumerate(found))


def oldest_first(found: Sequence[NewEntry], now: datetime) -> tuple[NewEntry, ...]:
    """The new entries of a document in the order in which they are told; ``found`` is in the document's.

    Dates order what they can, the future counting as now; the sort is stable, so what has none keeps the document's
    order, turned round.
    """
    turned_round = found[::-1]
    return tuple(sorted(turned_round, key=lambda entry: min(entry.published or now, now)))


def _size_of(entry: NewEntry) -> int:
    """How much of an entry is stored, in characters, roughly: its rows, its texts and what rules found in it."""
    texts = len(entry.text.summary) + len(entry.text.content) + len(entry.folded)
    decided = _MATCHED + _HIT * sum(len(match.hits) for match, _ in entry.matches) if entry.matches else 0
    return _ROWS + texts + decided
