"""Feeds that are polled elsewhere: which are due, in which job, and what becomes of a job whose worker is no more.

::

    due ──defer_due──▶ a job of Procrastinate's for each fifty ──▶ its worker polls them ──▶ each is free when stored
                          ▲                                           │
                          └──────────── rescue: the worker says nothing any more

A feed says in which job it is polled, and until that is over no other job gets it. Jobs are deferred in the transaction
that says so: there is no job without its feeds, and no feed waits for a job that nobody was told of.

Only on PostgreSQL; the tables are Procrastinate's own, and its functions are called by their versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select, text, update

from digest.store.feeds import DUE_WHERE
from digest.store.parts import LEASE
from digest.store.rows import feed_state
from digest.store.schema import feeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from digest.store.database import Database
    from digest.values.states import FeedState

QUEUE: Final = "polls"
"""Where the jobs wait."""
TASK: Final = "poll"
"""What they are."""
IN_A_JOB: Final = 50
"""Feeds: a job costs the server some milliseconds, a feed in it next to nothing."""


class Jobs:
    """The jobs of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def defer_due(self, by: datetime, most: int) -> int:
        """Have the feeds polled whose time has come by then, the longest overdue first, at most so many; how many."""
        with self._database.read() as connection:  # most looks find nothing, and need not write for it
            if connection.execute(_DUE, {"by": by, "most": 1}).first() is None:
                return 0
        with self._database.write() as (connection, _):
            found = connection.execute(_CLAIMED, {"by": by, "most": most}).scalars().all()
            batches = [found[start : start + IN_A_JOB] for start in range(0, len(found), IN_A_JOB)]
            jobs = connection.execute(_DEFER, {"queue": QUEUE, "task": TASK, "number": len(batches)}).scalars().all()
            for job, batch in zip(jobs, batches, strict=True):
                connection.execute(update(feeds).where(feeds.c.id.in_(batch)).values(job=job))
            return len(found)

    def feeds_of(self, job: int) -> list[FeedState]:
        """The feeds of a job that are still to be polled in it."""
        query = select(feeds).where(feeds.c.job == job, feeds.c.configured, ~feeds.c.paused).order_by(feeds.c.id)
        with self._database.read() as connection:
            return [feed_state(row) for row in connection.execute(query)]

    def any_due(self, by: datetime) -> bool:
        """Whether a feed whose time had come by then was not polled yet, in whichever job."""
        with self._database.read() as connection:
            return connection.execute(_ANY_DUE, {"by": by}).first() is not None

    def rescue(self) -> tuple[int, int]:
        """Have jobs done again whose workers are no more, and free the feeds of jobs that are over; how many of each.

        A worker says every few seconds that it lives, by the server's clock, as parts do.
        """
        silent = {"queue": QUEUE, "seconds": LEASE.total_seconds()}
        with self._database.read() as connection:
            stalled = connection.execute(_STALLED, silent).first()
            over = connection.execute(_OVER).first()
        if stalled is None and over is None:
            return 0, 0
        with self._database.write() as (connection, seq):
            again = len(connection.execute(_AGAIN, silent).all())
            free = update(feeds).where(_IS_OVER).values(job=None, seq=seq)
            return again, connection.execute(free).rowcount

    def polled_last(self, urls: Sequence[str] | None) -> Mapping[int, datetime | None]:
        """When the feeds with these addresses (all, without) were polled last, without those that are not polled."""
        query = select(feeds.c.id, feeds.c.last_attempt).where(feeds.c.configured, ~feeds.c.paused)
        if urls is not None:
            query = query.where(feeds.c.url.in_(urls))
        with self._database.read() as connection:
            return {row.id: row.last_attempt for row in connection.execute(query)}


# Made once: the first is asked twice a second.
_DUE: Final = (
    select(feeds.c.id)
    .where(DUE_WHERE, feeds.c.job.is_(None))
    .order_by(feeds.c.next_due, feeds.c.id)
    .limit(bindparam("most"))
)
_ANY_DUE: Final = select(feeds.c.id).where(DUE_WHERE).limit(1)
_CLAIMED: Final = _DUE.with_for_update(skip_locked=True)
_JOB: Final = "(:queue, :task, 0, NULL, NULL, '{}', NULL)::procrastinate_job_to_defer_v1"
_DEFER: Final = text(
    f"SELECT unnest(procrastinate_defer_jobs_v1(ARRAY(SELECT {_JOB} FROM generate_series(1, :number))))"  # noqa: S608 - our own
)
_IS_STALLED: Final = """
    FROM procrastinate_jobs job WHERE job.status = 'doing' AND job.queue_name = :queue AND NOT EXISTS (
        SELECT FROM procrastinate_workers worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat >= clock_timestamp() - make_interval(secs => :seconds)
    )
"""
_STALLED: Final = text(f"SELECT job.id {_IS_STALLED} LIMIT 1")
# Without a lock: one that the dead worker's job still holds would keep this one from ever being done.
_AGAIN: Final = text(f"SELECT procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL) {_IS_STALLED}")
# Hashed, whatever the server believes of a table that is empty now and full a moment later.
_ALIVE: Final[Any] = text("(SELECT id FROM procrastinate_jobs WHERE status IN ('todo', 'doing'))")
_IS_OVER: Final = feeds.c.job.is_not(None) & feeds.c.job.not_in(_ALIVE)
_OVER: Final = select(feeds.c.id).where(_IS_OVER).limit(1)
