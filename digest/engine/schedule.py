"""The one scheduler of the house: what happens every so often, and what happens at a time of the user's day.

Nothing is ever skipped for being late (APScheduler's own default drops a job that is a second late) and nothing piles
up: a job that was missed several times runs once. Due times of feeds live in the store, and digests know by their
local time whether they went out, so a restart forgets nothing; the jobs here only look.

The wall clock may jump: it is set, or the machine slept, and then the steady clock stood still meanwhile. Either way
every job that minds is run at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from apscheduler.triggers.base import BaseTrigger

from digest.engine.ground.watchdog import Keeper
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from apscheduler.schedulers.asyncio import AsyncIOScheduler

_JUMP_LOOK = 2.0  # seconds between two looks at whether the wall clock jumped
_JUMP = 2.0  # seconds; less is no jump
_LEAP = 86400.0  # seconds; a clock that went forward by more may have been set wrong ...
_DOUBT = 6 * 3600.0  # ... and is not trusted for so long with what cannot be undone

_log = logging.getLogger(__name__)


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """Again and again.

    APScheduler's own trigger counts up every time that was missed: two a second make 172,800 for a day asleep, over
    which the engine stood still for seconds; for a clock that is a year wrong, for ever.
    """

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """An interval after the previous time, or after now if that has passed as well."""
        following = now if previous is None else previous + self._interval
        return following if following > now else now + self._interval


class Clock:
    """Runs jobs; one that fails says so in the log and runs again at its next time.

    Args:
        keeper: begins a job anew that hangs.
    """

    def __init__(self, keeper: Keeper | None = None) -> None:
        self._keeper = keeper or Keeper()
        self._watch: asyncio.Task[None] | None = None
        self._jumped: list[Callable[[float], None]] = []
        self._wall, self._steady = time.time(), time.monotonic()
        self._leapt = float("-inf")
        self._stopped = False
        self._complaints: dict[str, str] = {}

    @functools.cached_property
    def _scheduler(self) -> AsyncIOScheduler:
        """Made when the first job is given, for an engine that does one thing and ends needs none."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        return AsyncIOScheduler(
            timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    def every(self, interval: timedelta, job: Callable[[], Awaitable[None]], *, after: timedelta | None = None) -> None:
        """Run a job again and again; first after a while, or at once."""
        self._add(_Every(interval), job, next_run_time=datetime.now(UTC) + (after or timedelta()))

    def at(self, trigger: BaseTrigger, job: Callable[[], Awaitable[None]]) -> Callable[[], None]:
        """Run a job at the times of a trigger; what is returned takes it out again."""
        return self._add(trigger, job)

    def on_jump(self, told: Callable[[float], None]) -> None:
        """Call this when the wall clock has jumped, before the jobs are run: by how many seconds, ahead or (-) back."""
        self._jumped.append(told)

    def is_trusted(self) -> bool:
        """Whether the wall clock may be believed with what cannot be undone: it made no great leap of late."""
        self.look_for_jump()
        return time.monotonic() - self._leapt >= _DOUBT

    def start(self) -> None:
        """Start running jobs, in the loop that runs now."""
        self._scheduler.start()
        self._watch = asyncio.create_task(self._follow_wall_clock(), name="follow the wall clock")

    def stop(self) -> None:
        """Start no more jobs; those that run are cancelled."""
        self._stopped = True
        if self._watch is not None:
            self._watch.cancel()
            self._scheduler.pause()  # it shuts down a moment later, and would log what is due by then as a failure
            self._scheduler.shutdown(wait=False)

    def _add(self, trigger: BaseTrigger, job: Callable[[], Awaitable[None]], **when: datetime) -> Callable[[], None]:
        """Give a job to the scheduler; ``functools.wraps`` keeps its name for the log."""

        @functools.wraps(job)
        async def guarded() -> None:
            await self._run(job)

        from apscheduler.jobstores.base import JobLookupError

        added = self._scheduler.add_job(guarded, trigger, **when)

        def take_out() -> None:
            with contextlib.suppress(JobLookupError):  # a trigger without a further time ends its job
                added.remove()

        return take_out

    async def _run(self, job: Callable[[], Awaitable[None]]) -> None:
        """Run a job; the same complaint of the store is logged once until the job succeeds again."""
        name = job.__name__.strip("_").replace("_", " ")
        try:
            await self._keeper.keep(name, job)
        except asyncio.CancelledError:
            if not self._stopped:  # else it is no failure, and the scheduler would log it as one
                raise
        except StoreError as error:
            if self._complaints.get(name) != str(error):
                _log.error("%s: %s", name, error)
                self._complaints[name] = str(error)
        except Exception:  # noqa: BLE001 - one job that fails must not end the others
            _log.exception("%s failed", name)
        else:
            self._complaints.pop(name, None)

    async def _follow_wall_clock(self) -> None:
        """Look again and again whether the wall clock jumped."""
        while True:
            await asyncio.sleep(_JUMP_LOOK)
            self.look_for_jump()

    def look_for_jump(self) -> None:
        """When the clock jumped, run every job now.

        Set back, the scheduler would sleep until the old time comes again; after a sleep it would begin with what
        happens to be due first. Running a job once too often does no harm, since all of them only look whether there is
        something to do.
        """
        ahead = (time.time() - self._wall) - (time.monotonic() - self._steady)
        self._wall, self._steady = time.time(), time.monotonic()
        if abs(ahead) <= _JUMP:
            return
        if ahead > 0:
            _log.warning("the clock went forward by %.0f s: the machine slept, or the clock was set", ahead)
        else:
            _log.warning("the clock was set back by %.0f s", -ahead)
        if ahead > _LEAP:
            self._leapt = self._steady
        for told in self._jumped:
            told(ahead)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=datetime.now(UTC))
