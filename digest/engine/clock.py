"""The one scheduler of the house: what happens every so often, and what happens at a time of the user's day.

Nothing is ever skipped for being late (APScheduler's own default drops a job that is a second late) and nothing piles
up: a job that was missed several times runs once. Due times of feeds live in the store, and digests know by their
local time whether they went out, so a restart forgets nothing; the jobs here only look.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from apscheduler.triggers.base import BaseTrigger

_JUMP_LOOK = 5.0  # seconds between two looks at whether the wall clock was set back
_JUMP = 2.0  # seconds; less is no jump

_log = logging.getLogger(__name__)


class Clock:
    """Runs jobs; one that fails says so in the log and runs again at its next time."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )
        self._watch: asyncio.Task[None] | None = None
        self._complaints: dict[str, str] = {}

    def every(self, interval: timedelta, job: Callable[[], Awaitable[None]], *, after: timedelta | None = None) -> None:
        """Run a job again and again; first after a while, or at once."""
        first = datetime.now(UTC) + (after or timedelta())
        self._add(IntervalTrigger(seconds=interval.total_seconds(), timezone=UTC), job, next_run_time=first)

    def at(self, trigger: BaseTrigger, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job at the times of a trigger."""
        self._add(trigger, job)

    def start(self) -> None:
        """Start running jobs, in the loop that runs now."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._follow_wall_clock(), name="follow the wall clock")

    def stop(self) -> None:
        """Start no more jobs; those that run are left to end."""
        if self._watch is not None:
            self._watch.cancel()
            self._scheduler.shutdown(wait=False)

    def _add(self, trigger: BaseTrigger, job: Callable[[], Awaitable[None]], **when: datetime) -> None:
        """Give a job to the scheduler; ``functools.wraps`` keeps its name for the log."""

        @functools.wraps(job)
        async def guarded() -> None:
            await self._run(job)

        self._scheduler.add_job(guarded, trigger, **when)

    async def _run(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job; the same complaint of the store is logged once until the job succeeds again."""
        name = job.__name__.strip("_").replace("_", " ")
        try:
            await job()
        except StoreError as error:
            if self._complaints.get(name) != str(error):
                _log.error("%s: %s", name, error)
                self._complaints[name] = str(error)
        except Exception:  # noqa: BLE001 - one job that fails must not end the others
            _log.exception("%s failed", name)
        else:
            self._complaints.pop(name, None)

    async def _follow_wall_clock(self) -> None:
        """When the clock was set back, run every job now: the scheduler would sleep until the old time comes again.

        Running one too often does no harm, since all of them only look whether there is something to do.
        """
        wall, steady = time.time(), time.monotonic()
        while True:
            await asyncio.sleep(_JUMP_LOOK)
            passed, wall = time.time() - wall, time.time()
            really, steady = time.monotonic() - steady, time.monotonic()
            if passed < really - _JUMP:
                _log.warning("the clock was set back by %.0f s", really - passed)
                for job in self._scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
