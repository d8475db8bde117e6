"""A poller of an engine in parts: a worker of Procrastinate's, which polls fifty feeds a job.

What its jobs bring is committed as a whole engine does it. A feed is free again when that is stored; of a job that ends
without that (the store failed, this process does) the clock frees the rest.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

from digest.config.policy import decides
from digest.engine.polling.commits import CommitQueue
from digest.engine.polling.poll import Poller
from digest.engine.polling.rounds import Polling, limits_of
from digest.errors import StoreError
from digest.rulebook.folders import RuleFolders
from digest.store.jobs import QUEUE, TASK
from digest.store.parts import LEASE, RENEW

if TYPE_CHECKING:
    from procrastinate import App, JobContext
    from procrastinate.worker import Worker

    from digest.config import Config
    from digest.delivery.decide import Decide
    from digest.engine.config import LiveConfig
    from digest.engine.ground.watchdog import Watchdog
    from digest.engine.polling.poll import PollTools

_JOBS: Final = 20
"""At once; most of them wait for their last, slowest feeds."""
_LOOK: Final = 1.0  # seconds until a job is found of which no notification came: one that is done again
_AGAIN: Final = 2.0  # seconds until a worker that failed, as one does whose server went away, begins anew
_GRACE: Final = 2.0  # seconds for polls under way at the end

_log = logging.getLogger(__name__)


class PollerPart:
    """Does the jobs.

    Args:
        config: followed while it works.
        tools: what polls are done with, open.
        watchdog: over all this.
    """

    def __init__(self, config: LiveConfig, tools: PollTools, watchdog: Watchdog) -> None:
        def deciding() -> Decide:
            return decides(config.now(), tools.rules.routes, tools.rules.telling)

        self._config = config
        config.taking = self._take
        self._tools = tools
        self._keep = watchdog.keeper.keep
        self._hung_at = watchdog.hung_at
        self._commits = CommitQueue(tools.store, tools.thread, deciding, lambda: None)
        self._polling = Polling(Poller(lambda: config.now().poll, tools), self._commits, tools.store, tools.thread)

    def problem(self) -> str:
        """What a user should know of, in plain words."""
        return self._polling.problem or self._config.problem()

    async def work(self, stop: asyncio.Event) -> None:
        """Poll until ``stop``.

        Raises:
            StoreError: the store failed before the first poll.
        """
        if self._hung_at:
            await self._polling.put_off(self._hung_at)
        await self._tools.rules.refresh()
        committing = asyncio.create_task(self._keep("storing what feeds bring", self._commits.run), name="commit polls")
        following = [
            asyncio.create_task(self._keep("following the rules", self._tools.rules.watch), name="follow the rules"),
            asyncio.create_task(self._keep("following the config", self._config.watch), name="follow the config"),
        ]
        working = asyncio.create_task(self._work(), name="do jobs")
        stopping = asyncio.create_task(stop.wait(), name="wait for a stop")
        await asyncio.wait({working, committing, *following, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for task in (*following, stopping):
            task.cancel()
        await self._polling.stop(_GRACE)
        working.cancel()
        self._commits.finish()
        await asyncio.gather(committing, working, *following, return_exceptions=True)

    async def _work(self) -> None:
        """Do jobs, however often the worker fails."""
        while True:
            try:
                async with app_of(self._config.now().database).open_async() as app:
                    app.task(name=TASK, queue=QUEUE, pass_context=True)(self._do)
                    await worker_of(app).run()  # type: ignore[no-untyped-call]
            except Exception as error:  # noqa: BLE001 - whatever the server or the worker has, jobs wait
                _log.warning("jobs wait: %s", error)
            await asyncio.sleep(_AGAIN)

    async def _do(self, context: JobContext) -> None:
        """One job: its feeds, as far as they were not polled in it before."""
        assert context.job.id is not None
        try:
            feeds = await self._tools.thread.call(self._tools.store.jobs.feeds_of, context.job.id)
        except StoreError as error:
            _log.warning("job %d waits for the store: %s", context.job.id, error)
            return
        await self._polling.see_through(feeds)

    async def _take(self, config: Config) -> None:
        """Go on with another config; raises ``StoreError``."""
        limits, tools = limits_of(config.poll), self._tools
        tools.slots.use(config.poll.concurrency, config.poll.per_host)
        tools.fetcher.use(limits)
        tools.rules.use(RuleFolders(config.rule_folders), config.desks_of_channels)


def app_of(url: str) -> App:
    """Procrastinate on a database."""
    from procrastinate import App, PsycopgConnector

    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # else it tells of every job
    return App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4))


def worker_of(app: App) -> Worker:
    """A worker that lives as parts do, and leaves no job behind that is done."""
    from procrastinate.worker import Worker

    return Worker(
        app,
        queues=[QUEUE],
        concurrency=_JOBS,
        fetch_job_polling_interval=_LOOK,
        shutdown_graceful_timeout=_GRACE,
        delete_jobs="always",
        install_signal_handlers=False,
        update_heartbeat_interval=RENEW.total_seconds(),
        stalled_worker_timeout=LEASE.total_seconds(),
    )
