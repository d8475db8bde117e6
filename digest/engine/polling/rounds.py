"""Which polls are under way: claims due feeds from the store and sees each poll through to its commit.

A feed is polled once at a time, and stays claimed until its result is stored, so it is never due again too early. It
is claimed some time before it is due, and asked when it is: however long the store takes to say which feeds are due,
and however many are, each is asked on time, and no crowd of them at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.engine.ground.logs import redact
from digest.errors import StoreError
from digest.feeds.cadence import after_rest
from digest.net.fetch import Limits
from digest.values.events import EventKind, event
from digest.watch.alike import server_of
from digest.watch.health import fail_alike

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from digest.config import PollConfig
    from digest.engine.ground.threads import StoreThread
    from digest.engine.polling.commits import CommitQueue
    from digest.engine.polling.poll import Poller
    from digest.store.store import Store
    from digest.values.news import FeedUpdate, PollResult
    from digest.values.states import FeedState

_CLAIM_BELOW = 500  # polls under way; more are not claimed until some are done
_CLAIM = 500  # at most so many at once; a poll that waits for its place costs a few kilobytes
_AHEAD = timedelta(seconds=1.5)  # a feed is claimed so long before it is due; several looks of the clock
_BACK = 60.0  # seconds in which those that an outage made fail come back
_STORE_PAUSE = 5.0  # seconds without new polls after one whose result could not be stored
_PROBE = 1  # feeds that are tried then, until one can be stored: the others would only be asked in vain

_log = logging.getLogger(__name__)


def limits_of(poll: PollConfig) -> Limits:
    """The bounds of every fetch."""
    return Limits(poll.timeout, poll.max_bytes, private_hosts=poll.private_hosts)


class Polling:
    """The polls under way.

    Args:
        poller: polls one feed.
        commits: stores what a poll brought.
        store: holds the due times.
        thread: the store's thread.
    """

    def __init__(self, poller: Poller, commits: CommitQueue, store: Store, thread: StoreThread) -> None:
        self._poller = poller
        self._commits = commits
        self._store = store
        self._thread = thread
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._early: set[int] = set()  # claimed feeds whose time has not come
        self._back_until = 0.0  # time.monotonic() until which the end of an outage is known
        self._resume = 0.0  # time.monotonic() before which nothing is claimed
        self.on_recovery: Callable[[timedelta], None] = lambda _: None
        """Told that several feeds failed for so long and come back, before what the first of them brought is stored."""
        self.on_stored: Callable[[FeedState, PollResult], None] = lambda *_: None
        """Told of every poll whose result was stored."""
        self.problem = ""
        """Why results cannot be stored, in plain words; empty while they can."""

    @property
    def under_way(self) -> int:
        """How many feeds are being polled or wait for their turn."""
        return len(self._tasks) - len(self._early)

    def is_under_way(self, feed_id: int) -> bool:
        """Whether a feed is being polled, or waits for its turn."""
        return feed_id in self._tasks

    async def start_due(self) -> None:
        """Claim the feeds that are due or soon will be, each to be polled when it is; raises ``StoreError``."""
        if time.monotonic() < self._resume or self.under_way >= _CLAIM_BELOW:
            return
        limit, by = _PROBE if self.problem else _CLAIM, datetime.now(UTC) + _AHEAD
        for feed in await self._thread.call(self._store.polls.due_feeds, by, limit, besides=tuple(self._tasks)):
            self._start(feed, at=feed.next_due)

    async def _start_due_by(self, by: datetime) -> Collection[asyncio.Task[None]]:
        """Start polling the feeds whose time had come by then, unless it has to wait.

        Returns the polls of these feeds, or those that have to end before any can be started; raises ``StoreError``
        when the store cannot say.
        """
        if time.monotonic() < self._resume:
            return ()
        if self.under_way >= _CLAIM_BELOW:
            return tuple(self._tasks.values())
        limit = len(self._tasks) + (_PROBE if self.problem else _CLAIM)  # those under way are due until they are stored
        due = await self._thread.call(self._store.polls.due_feeds, min(by, datetime.now(UTC)), limit)
        return [self._start(feed) for feed in due]

    async def see_due_through(self, within: timedelta = timedelta(0)) -> None:
        """Poll the feeds that are due within this time, and wait until that is stored; raises ``StoreError`` as above.

        Whatever becomes due later is not waited for: there may always be some.
        """
        by = datetime.now(UTC) + within
        await asyncio.sleep(within.total_seconds())  # those that are due already are started beside this
        while polls := await self._start_due_by(by):
            await asyncio.wait(polls)

    async def poll_now(self, urls: Collection[str] | None = None) -> int:
        """Poll the feeds with these addresses (all but paused ones, without) once, and wait until that is stored.

        A poll that is under way already counts. Returns how many feeds that were.
        """
        feeds = await self._thread.call(self._store.polls.all_feeds)
        chosen = [feed for feed in feeds if not feed.paused and (urls is None or feed.spec.url in urls)]
        await self.see_through(chosen)
        return len(chosen)

    async def see_through(self, feeds: Sequence[FeedState]) -> None:
        """Poll these feeds, and wait until that is stored."""
        tasks = [self._start(feed) for feed in feeds]
        if tasks:
            await asyncio.wait(tasks)

    async def put_off(self, task_name: str) -> None:
        """Have the feed wait at whose poll, of this name, the engine hung: asked at once, it would only hang again."""
        feeds = await self._thread.call(self._store.polls.all_feeds)
        results = [self._poller.hung(feed) for feed in feeds if _task_name(feed) == task_name]
        await self._thread.call(self._store.polls.commit_polls, results, datetime.now(UTC), self._commits.deciding())

    async def leave_out(self) -> None:
        """Abandon the polls under way of feeds that are no longer in the config; raises ``StoreError``."""
        if self._tasks:
            feeds = {feed.id for feed in await self._thread.call(self._store.polls.all_feeds)}
            for feed in self._tasks.keys() - feeds:
                self._tasks[feed].cancel()

    async def stop(self, grace: float) -> None:
        """Give the polls under way some seconds to finish, and abandon the rest: their feeds are still due."""
        for feed in self._early:
            self._tasks[feed].cancel()
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, unfinished = await asyncio.wait(tasks, timeout=grace)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    def _start(self, feed: FeedState, at: datetime | None = None) -> asyncio.Task[None]:
        """The task that polls a feed, at a time if it is given; started unless there is one."""
        task = self._tasks.get(feed.id)
        if task is None:
            rest = 0.0 if at is None else min(at - datetime.now(UTC), _AHEAD).total_seconds()  # a clock may be set back
            task = asyncio.create_task(self._see_through(feed, rest), name=_task_name(feed))
            self._tasks[feed.id] = task
            if rest > 0:
                self._early.add(feed.id)
            task.add_done_callback(lambda _: self._end(feed.id))
        return task

    def _end(self, feed: int) -> None:
        """A feed's poll is over."""
        self._early.discard(feed)
        del self._tasks[feed]

    async def _see_through(self, feed: FeedState, rest: float) -> None:
        """One poll in some seconds, to its commit; when the store fails, a pause keeps feeds from being asked again."""
        if rest > 0:
            await asyncio.sleep(rest)
            self._early.discard(feed.id)
        try:
            result = await self._poller.poll(feed)
            lost = await self._lost_with(feed, result.update)
            try:
                await self._commits.commit(result)
            except StoreError:
                raise
            except Exception:  # noqa: BLE001 - what one feed brought must not stop the others
                _log.exception("what feed %d brought could not be stored", feed.id)
                await self._commits.commit(self._poller.our_fault(feed))
        except StoreError as error:
            if str(error) != self.problem:
                _log.error("polling pauses, for nothing can be stored: %s", error)
                self.problem = str(error)
            self._resume = time.monotonic() + _STORE_PAUSE
        else:
            if self.problem:
                _log.info("polling goes on: what feeds bring can be stored again")
                self.problem = ""
            _log_news(feed, result.update)
            self.on_stored(feed, result)
            if lost:
                await self._ask_again(lost, result.update.attempted)
            if result.update.host_rests is not None:
                await self._let_rest(feed, result.update.host_rests)

    async def _lost_with(self, feed: FeedState, update: FeedUpdate) -> list[FeedState]:
        """The feeds that an outage made fail together with this one, if it ends with this poll.

        What the store knows decides, for the engine may have begun anew meanwhile: those fail since about the time at
        which this one was last well. While they come back, one by one, they are not looked for again.
        """
        if not (feed.failures and feed.last_ok and update.ok) or time.monotonic() < self._back_until:
            return []
        lost = [each for each in await self._thread.call(self._store.polls.all_feeds) if fail_alike(feed, each)]
        if lost:
            self._back_until = time.monotonic() + _BACK
            self.on_recovery(update.attempted - min(each.last_ok for each in (feed, *lost) if each.last_ok))
        return lost

    async def _ask_again(self, feeds: Sequence[FeedState], since: datetime) -> None:
        """Let the feeds that an outage made fail be due since its end: they would back off for hours."""
        await self._thread.call(self._store.polls.make_due, since, [feed.spec.url for feed in feeds])
        _log.info("an outage is over; feeds to be asked again: %d", len(feeds))

    async def _let_rest(self, feed: FeedState, until: datetime) -> None:
        """Put the other feeds of a server off that wants to be asked for nothing until then."""
        feeds = await self._thread.call(self._store.polls.all_feeds)
        server = server_of(feed.spec.url)
        others = [each.id for each in feeds if each.id != feed.id and server_of(each.spec.url) == server]
        if others:
            dues = dict(zip(others, after_rest(until, len(others)), strict=True))
            await self._thread.call(self._store.polls.put_off, dues)


def _log_news(feed: FeedState, update: FeedUpdate) -> None:
    """What a poll that went well changes for its feed."""
    if feed.failures and update.ok:
        extra = event(EventKind.FEED_RECOVERED, feed=feed.id, failures=feed.failures)
        _log.info("%s: it answers again", redact(feed.name), extra=extra)
    if update.fetch_url and update.fetch_url not in {feed.fetch_url, feed.spec.url}:
        to = server_of(update.fetch_url)  # no more of it: an address may hold a key
        _log.info(
            "%s: it moved for good, to %s", redact(feed.name), to, extra=event(EventKind.FEED_MOVED, feed=feed.id)
        )


def _task_name(feed: FeedState) -> str:
    """Of its poll."""
    return f"poll {feed.id}"
