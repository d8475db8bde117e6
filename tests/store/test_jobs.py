"""Due feeds as jobs: each in one at a time, no job without feeds, and what a dead worker leaves done by another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import LeaseLostError
from digest.store.jobs import IN_A_JOB
from digest.store.parts import LEASE
from digest.values.settings import FeedSpec
from tests.fakes import postgres
from tests.fakes.seeding import commit
from tests.fakes.stores import server
from tests.store.conftest import MINUTE, NOW, polled
from tests.store.test_parts import begin, kind_of_database, time_passes
from tests.store.test_postgres import name_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.store import Store

__all__ = ["begin", "kind_of_database"]  # fixtures

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)


def with_feeds(store: Store, number: int) -> None:
    """So many feeds, all of them due."""
    specs = [FeedSpec(f"https://{each}.example/rss") for each in range(number)]
    store.polls.sync_feeds(specs, default_every=10 * MINUTE, now=NOW)


def ask(store: Store, statement: str) -> list[tuple[object, ...]]:
    """What the server says."""
    return server().ask(statement, name_of(store.database.name))


def fetched(store: Store) -> int:
    """The job that a new worker has fetched."""
    ((worker,),) = ask(store, "SELECT worker_id FROM procrastinate_register_worker_v1()")
    ((job,),) = ask(store, f"SELECT id FROM procrastinate_fetch_job_v2(ARRAY['polls'], {worker})")  # noqa: S608 - a number
    return int(str(job))


def test_what_is_due_becomes_jobs_of_fifty_once(begin: Callable[..., Store]) -> None:
    """Every due feed is in just one job, and none of them is due to a second look."""
    clock = begin("clock", only=True)
    with_feeds(clock, 2 * IN_A_JOB + 1)
    assert clock.jobs.defer_due(NOW - MINUTE, 500) == 0
    assert clock.jobs.defer_due(NOW, 500) == 2 * IN_A_JOB + 1
    jobs = [int(str(job)) for (job,) in ask(clock, "SELECT id FROM procrastinate_jobs WHERE status = 'todo'")]
    found = [[feed.id for feed in clock.jobs.feeds_of(job)] for job in jobs]
    assert sorted(map(len, found)) == [1, IN_A_JOB, IN_A_JOB]
    assert len({feed for some in found for feed in some}) == 2 * IN_A_JOB + 1
    assert clock.jobs.defer_due(NOW, 500) == 0


def test_a_poll_that_is_stored_frees_its_feed(begin: Callable[..., Store]) -> None:
    """It is due again at its time, whatever the others of its job do."""
    clock = begin("clock", only=True)
    with_feeds(clock, 2)
    clock.jobs.defer_due(NOW, 500)
    job = fetched(clock)
    commit(clock, [polled(attempted=NOW)], NOW)
    assert [feed.id for feed in clock.jobs.feeds_of(job)] == [2]
    assert clock.jobs.defer_due(NOW + timedelta(days=1), 500) == 1


def test_a_clock_that_was_replaced_defers_nothing(begin: Callable[..., Store]) -> None:
    """Neither feeds nor jobs are changed by its late write."""
    asleep, other = begin("clock", only=True), begin()
    with_feeds(asleep, 3)
    time_passes(other)
    other.parts.take("clock", only=True)
    with pytest.raises(LeaseLostError):
        asleep.jobs.defer_due(NOW, 500)
    assert ask(other, "SELECT id FROM procrastinate_jobs") == []
    assert other.jobs.defer_due(NOW, 500) == 3


def test_a_job_whose_worker_died_is_done_again(begin: Callable[..., Store]) -> None:
    """Its feeds stay in it, so that the clock does not hand them out twice; one that is alive is left alone."""
    clock = begin("clock", only=True)
    with_feeds(clock, 3)
    clock.jobs.defer_due(NOW, 500)
    job = fetched(clock)
    assert clock.jobs.rescue() == (0, 0)
    ask(clock, f"UPDATE procrastinate_workers SET last_heartbeat = now() - interval '{LEASE.seconds + 1} seconds'")  # noqa: S608
    assert clock.jobs.rescue() == (1, 0)
    assert clock.jobs.defer_due(NOW, 500) == 0
    assert fetched(clock) == job
    assert len(clock.jobs.feeds_of(job)) == 3
    assert clock.jobs.rescue() == (0, 0)


def test_a_job_of_a_worker_that_was_forgotten_is_done_again(begin: Callable[..., Store]) -> None:
    """The next worker that starts throws out those that are dead, and then the job says of none that it has it."""
    clock = begin("clock", only=True)
    with_feeds(clock, 1)
    clock.jobs.defer_due(NOW, 500)
    fetched(clock)
    ask(clock, "DELETE FROM procrastinate_workers")
    assert clock.jobs.rescue() == (1, 0)


def test_what_a_job_did_not_get_done_is_free_again(begin: Callable[..., Store]) -> None:
    """A job that is over, or gone, holds no feed back: the store had failed as the polls were to be stored."""
    clock = begin("clock", only=True)
    with_feeds(clock, 2)
    clock.jobs.defer_due(NOW, 500)
    job = fetched(clock)
    ask(clock, f"SELECT procrastinate_finish_job_v1({job}, 'succeeded', true)")
    assert clock.jobs.rescue() == (0, 2)
    assert clock.jobs.defer_due(NOW, 500) == 2


def test_many_feeds_are_claimed_fast_enough(begin: Callable[..., Store]) -> None:
    """Several thousand become jobs in a few transactions, the longest overdue first."""
    clock = begin("clock", only=True)
    with_feeds(clock, 1_200)
    before = clock.seq()
    assert clock.jobs.defer_due(NOW, 1_000) == 1_000
    assert clock.jobs.defer_due(NOW, 1_000) == 200
    assert clock.seq() == before + 2
