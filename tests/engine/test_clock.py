"""Jobs run at their times, whatever becomes of one run or of the wall clock."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from apscheduler.triggers.base import BaseTrigger

from digest.engine import schedule as clock_module
from digest.engine.ground.watchdog import Keeper
from digest.engine.schedule import Clock
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

SOON = timedelta(milliseconds=10)


async def _run(clock: Clock, until: asyncio.Event) -> None:
    """Let a clock run until something happened."""
    clock.start()
    try:
        async with asyncio.timeout(10):
            await until.wait()
    finally:
        clock.stop()


def _failing(error: Exception, enough: asyncio.Event, times: int) -> Callable[[], Awaitable[None]]:
    """A job that fails, and says when it has done so often enough."""
    runs = 0

    async def watch_the_sky() -> None:
        nonlocal runs
        runs += 1
        if runs == times:
            enough.set()
        raise error

    return watch_the_sky


async def test_a_job_that_fails_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours is logged with its traceback, and the next time comes."""
    clock, enough = Clock(), asyncio.Event()
    clock.every(SOON, _failing(RuntimeError("clouds"), enough, times=3))
    await _run(clock, enough)
    told = [record for record in caplog.records if record.name == clock_module.__name__]
    assert len(told) >= 2
    assert told[0].getMessage() == "watch the sky failed"
    assert told[0].exc_info is not None


async def test_the_same_complaint_of_the_store_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk is one line of the log, not two a second."""
    clock, enough = Clock(), asyncio.Event()
    clock.every(SOON, _failing(StoreError("the disk is full"), enough, times=4))
    await _run(clock, enough)
    told = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert told == ["watch the sky: the disk is full"]


async def test_a_slow_job_neither_piles_up_nor_holds_up_others() -> None:
    """What it misses meanwhile is run once."""
    clock, enough, let_go = Clock(), asyncio.Event(), asyncio.Event()
    slow_runs, quick_runs = 0, 0

    async def slow() -> None:
        nonlocal slow_runs
        slow_runs += 1
        await let_go.wait()

    async def quick() -> None:
        nonlocal quick_runs
        quick_runs += 1
        if quick_runs == 10:
            enough.set()

    clock.every(SOON, slow)
    clock.every(SOON, quick)
    await _run(clock, enough)
    let_go.set()
    assert slow_runs == 1


class _Overdue(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 is untyped
    """A trigger whose one time is long past, as for a machine that slept."""

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        return None if previous else now - timedelta(hours=3)


async def test_a_late_job_is_run_all_the_same() -> None:
    """The scheduler's own default would drop whatever is a second late."""
    clock, ran, times = Clock(), asyncio.Event(), []

    async def job() -> None:
        times.append(datetime.now(UTC))
        ran.set()

    clock.at(_Overdue(), job)
    await _run(clock, ran)
    assert len(times) == 1


@pytest.mark.parametrize("jump", [-60.0, 60.0], ids=["set-back", "asleep"])
async def test_every_job_is_run_when_the_wall_clock_jumps(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """The scheduler reckons in wall time: set back, it would sleep until the old time comes again.

    After a sleep all that may have become due is looked for at once. Whoever asked is told first, and by how much.
    """
    monkeypatch.setattr(clock_module, "_JUMP_LOOK", 0.01)
    clock, ran = Clock(), asyncio.Event()
    told: list[float] = []

    async def job() -> None:
        assert told
        ran.set()

    clock.on_jump(told.append)
    clock.every(timedelta(hours=1), job, after=timedelta(hours=1))
    wall = [datetime.now(UTC).timestamp()]

    def time() -> float:
        wall[0] += jump
        return wall[0]

    monkeypatch.setattr("time.time", time)
    await _run(clock, ran)
    assert (told[0] > 0) == (jump > 0)


async def test_a_job_that_hangs_is_begun_anew(caplog: pytest.LogCaptureFixture) -> None:
    """Polling must not end for ever because one look at what is due never came back."""
    clock, enough = Clock(Keeper(silent=0.05, look=0.01)), asyncio.Event()
    runs = 0

    async def tick() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            enough.set()
        await asyncio.Event().wait()

    clock.every(SOON, tick)
    await _run(clock, enough)
    assert "tick gave no sign of life" in caplog.text


async def test_a_job_under_way_at_the_stop_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """The scheduler cancels it, and would write a traceback about that."""
    clock, runs = Clock(), asyncio.Event()

    async def tick() -> None:
        runs.set()
        await asyncio.Event().wait()

    clock.every(SOON, tick)
    await _run(clock, runs)
    await asyncio.sleep(0.05)
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("missed", [timedelta(seconds=1), timedelta(days=1), timedelta(days=365)])
def test_however_many_times_were_missed_the_next_one_is_found_at_once(missed: timedelta) -> None:
    """Two looks a second make 63 million in a year that never was; none of them is counted."""
    trigger, now = clock_module._Every(timedelta(seconds=0.5)), datetime.now(UTC)
    following = trigger.get_next_fire_time(now - missed, now)
    assert now < following <= now + timedelta(seconds=0.5)


@pytest.mark.parametrize(
    ("ahead", "trusted"), [(0.0, True), (3600.0, True), (-86400.0 * 3, True), (86400.0 * 3, False)]
)
def test_a_clock_that_leapt_is_not_trusted_with_what_cannot_be_undone(
    monkeypatch: pytest.MonkeyPatch, ahead: float, *, trusted: bool
) -> None:
    """A clock that is wrong by years must not have everything deleted as too old."""
    clock = Clock()
    wall = datetime.now(UTC).timestamp() + ahead
    monkeypatch.setattr("time.time", lambda: wall)
    assert clock.is_trusted() is trusted


async def test_what_is_due_just_after_the_stop_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """A timer that has run out by the time of the stop starts no job, and nothing is logged."""
    clock, begun = Clock(), asyncio.Event()

    async def job() -> None:
        begun.set()

    clock.every(timedelta(hours=1), job)
    clock.start()
    clock.stop()
    clock._scheduler._process_jobs()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not begun.is_set()
    assert not caplog.records
    assert not clock._scheduler.running
