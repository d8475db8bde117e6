"""The clock of an engine in parts: the whole engine, but that feeds are polled and messages sent elsewhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.clock import Awake
from digest.config.policy import shared_marks
from digest.engine.ground.watchdog import sleep
from digest.engine.parts.life import hear
from digest.engine.polling.rounds import Polling
from digest.engine.sending.outbox import OutboxDrain
from digest.errors import StoreError
from digest.store.parts import RENEW

if TYPE_CHECKING:
    from collections.abc import Collection

    from digest.engine.companions import Surroundings
    from digest.engine.sending.chat import Coming

_AT_ONCE: Final = 2_500  # feeds that become jobs in one transaction
_LOOK: Final = 0.2  # seconds between two looks at whether what was asked for is polled

_log = logging.getLogger(__name__)


class PolledElsewhere(Polling):
    """Feeds are polled by others: what is due becomes jobs of theirs."""

    async def start_due(self) -> None:
        """Have the feeds polled that are due; raises ``StoreError``."""
        await self._thread.call(self._store.jobs.defer_due, datetime.now(UTC), _AT_ONCE)

    async def see_due_through(self, within: timedelta = timedelta(0)) -> None:
        """Wait until the feeds are polled that are due within this time; raises ``StoreError`` as above."""
        by = datetime.now(UTC) + within
        await asyncio.sleep(within.total_seconds())  # they are handed out beside this
        while True:
            if not await self._thread.call(self._store.jobs.any_due, by):
                return
            await asyncio.sleep(_LOOK)

    async def poll_now(self, urls: Collection[str] | None = None) -> int:
        """Have the feeds with these addresses (all but paused ones, without) polled, and wait until they were.

        A poll that is under way already counts. Returns how many feeds that were.
        """
        chosen = None if urls is None else list(urls)
        before = await self._thread.call(self._store.jobs.polled_last, chosen)
        await self._thread.call(self._store.polls.make_due, datetime.now(UTC), chosen)
        while True:
            now = await self._thread.call(self._store.jobs.polled_last, chosen)
            if not any(feed in now and now[feed] == last for feed, last in before.items()):
                return len(before)
            await asyncio.sleep(_LOOK)


class SentElsewhere(OutboxDrain):
    """Messages are sent by others: they hear of what is owed through the store."""

    async def prepare(self) -> None:
        """Which channels there are, and which are on, those know who send; raises ``StoreError``."""
        now = self._tools.now()
        self._awake = await self._tools.thread.call(self._tools.store.engine.awake) or Awake(((now, now),))

    async def fit(self) -> None:
        """As above."""

    async def _keep_pace(self, ahead: timedelta, now: datetime) -> None:
        """It goes by the clocks of those who send: of this one they have none."""

    def gather(self, coming: Coming) -> None:
        """Those who send are to know that much is coming in."""
        super().gather(coming)
        self._say()

    def let_go(self, coming: Coming) -> None:
        """And that all of it is there."""
        super().let_go(coming)
        self._say()

    def _say(self) -> None:
        coming = self._tools.coming
        until = [max(each.alerts for each in coming), max(each.flood for each in coming)] if coming else []
        self._saying = asyncio.create_task(self._store_expected(until), name="say what is coming")

    async def _store_expected(self, until: list[datetime]) -> None:
        try:
            await self._tools.thread.call(self._tools.store.parts.expect, until)
        except StoreError as error:  # alerts go one by one
            _log.warning("that much is coming in was not stored: %s", error)

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``."""
        await stop.wait()

    async def run_once(self) -> None:
        """Nothing goes from here."""


async def run_hearing(around: Surroundings) -> None:
    """A companion of the clock: what others have stored may be something to do for it."""
    await hear(around.store, around.thread, around.store.seq, lambda _: around.ring())


async def run_telling(around: Surroundings) -> None:
    """A companion of the clock: let others see whether their config is the same."""
    told: dict[str, str] = {}
    while True:
        if (marks := shared_marks(around.config)) != told:
            with contextlib.suppress(StoreError):
                await around.thread.call(around.store.parts.tell_config, marks)
                told = marks
        await sleep(RENEW.total_seconds())


async def run_rescue(around: Surroundings) -> None:
    """A companion of the clock: have done again what dead pollers had begun."""
    while True:
        try:
            jobs, feeds = await around.thread.call(around.store.jobs.rescue)
            if jobs or feeds:
                _log.warning("taken over from pollers that are no more; jobs: %d, feeds: %d", jobs, feeds)
        except StoreError as error:
            _log.debug("jobs are not looked after: %s", error)
        await asyncio.sleep(RENEW.total_seconds())
