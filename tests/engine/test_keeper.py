"""A part that gives no sign of life begins anew; one that waits, or that stood still with all the rest, does not."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest

from digest.engine.ground.threads import StoreThread
from digest.engine.ground.watchdog import Keeper, beat, sleep, wait_and_beat


@pytest.fixture
def keeper() -> Keeper:
    """One without patience."""
    return Keeper(silent=0.2, look=0.02)


async def test_a_part_that_hangs_begins_anew_and_the_user_hears_of_it(
    keeper: Keeper, caplog: pytest.LogCaptureFixture
) -> None:
    """It is cancelled where it hangs, so that what it holds is let go of, and run again from its beginning."""
    begun, let_go = 0, asyncio.Event()

    async def deliver() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            try:
                await asyncio.Event().wait()
            finally:
                let_go.set()

    assert keeper.problem == ""
    await keeper.keep("delivering to desk", deliver)
    assert begun == 2
    assert let_go.is_set()
    assert "delivering to desk gave no sign of life" in caplog.text
    assert keeper.problem.startswith("delivering to desk had stopped and was begun anew")


async def test_one_that_is_begun_anew_in_vain_is_left_alone_for_longer_each_time(keeper: Keeper) -> None:
    """What hangs by the fault of something else is not made worse by us."""
    begun: list[float] = []

    async def hang() -> None:
        begun.append(time.monotonic())
        if len(begun) < 4:
            await asyncio.Event().wait()

    await keeper.keep("following the rules", hang)
    waits = [later - earlier for earlier, later in pairwise(begun)]
    assert waits == sorted(waits)
    assert waits[-1] > 2 * waits[0]


async def test_a_part_that_beats_is_left_alone(keeper: Keeper) -> None:
    """Whoever waits for news alive may wait as long as it takes."""
    begun, news = 0, asyncio.Event()

    async def wait() -> None:
        nonlocal begun
        begun += 1
        await wait_and_beat(news, rest=0.02)

    keeping = asyncio.create_task(keeper.keep("waiting", wait))
    await asyncio.sleep(0.6)
    news.set()
    await keeping
    assert begun == 1


async def test_a_part_that_sleeps_alive_is_left_alone(keeper: Keeper) -> None:
    """A silence of an hour that the far side asked for is no reason to ask it again."""
    begun = 0

    async def wait() -> None:
        nonlocal begun
        begun += 1
        await sleep(0.6, rest=0.02)

    await keeper.keep("bot", wait)
    assert begun == 1


async def test_who_waits_for_the_store_is_alive(keeper: Keeper) -> None:
    """A slow disk is no reason to begin a delivery anew, which might send a message twice."""
    begun = 0

    async def store() -> None:
        nonlocal begun
        begun += 1
        await thread.call(time.sleep, 0.6)

    async with StoreThread(beat, rest=0.02) as thread:
        await keeper.keep("delivering to desk", store)
    assert begun == 1


async def test_a_loop_that_was_held_up_blames_nobody(keeper: Keeper) -> None:
    """A suspended process, or a part that held up all the others, makes none of them silent."""
    begun = 0

    async def idle() -> None:
        nonlocal begun
        begun += 1
        for _ in range(20):
            beat()
            await asyncio.sleep(0.02)

    keeping = asyncio.create_task(keeper.keep("idle", idle))
    await asyncio.sleep(0.05)
    time.sleep(0.6)  # noqa: ASYNC251 - it is the loop that is to be held up
    await keeping
    assert begun == 1


async def test_what_a_part_raises_is_raised_and_who_keeps_it_can_be_cancelled(keeper: Keeper) -> None:
    """A keeper hides no fault and holds up no end."""

    async def fail() -> None:
        raise ValueError("clouds")

    with pytest.raises(ValueError, match="clouds"):
        await keeper.keep("failing", fail)
    ended = asyncio.Event()

    async def run() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    keeping = asyncio.create_task(keeper.keep("running", run))
    await asyncio.sleep(0.05)
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert ended.is_set()


async def test_a_beat_outside_of_any_part_is_nobodys(keeper: Keeper) -> None:
    """Parts run in tests and in `run --once` without a keeper; what beats there keeps no other part alive."""
    begun = 0

    async def hang() -> None:
        nonlocal begun
        begun += 1
        if begun == 1:
            await asyncio.Event().wait()

    async def beat_on() -> None:
        while True:
            beat()
            await asyncio.sleep(0.01)

    beating = asyncio.create_task(beat_on())
    await keeper.keep("hanging", hang)
    assert begun == 2
    assert not beating.done(), "a beat failed"
    beating.cancel()
