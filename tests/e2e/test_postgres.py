"""The whole job on a PostgreSQL server that goes away and comes back, and with a second engine that must not run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.e2e.test_clocks_and_disks import log
from tests.e2e.world import Feed, World
from tests.fakes import postgres
from tests.fakes.stores import of_kind, server
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
AWAY, BACK = "nothing is polled while nothing can be stored", "polling goes on: the database can be written to again"
RULE = '"North Korea" AND embassy'


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """All of them are on PostgreSQL, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


def matching(number: int) -> str:
    """A title that the rule hits."""
    return unlike(f"North Korea closes embassy no. {number}")


async def test_the_engine_goes_on_when_the_server_is_back(tmp_path: Path) -> None:
    """While the server is away the engine says so and polls nothing; then each alert arrives once, and none twice."""
    feed = Feed("First News")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        feed.add(matching(1))
        await world.until_sent(matching(1))
        for number in (2, 3):
            told = log(world).count(AWAY)
            server().stop(at_once=number == 3)
            try:
                feed.add(matching(number))
                await world.until(lambda told=told: log(world).count(AWAY) > told)  # type: ignore[misc]
            finally:
                server().start()
            await world.until_sent(matching(number))
            await world.until(lambda: log(world).rfind(BACK) > log(world).rfind(AWAY))  # else it is one outage to it
        await world.until_settled()
        assert await world.terminate() == 0
        assert sorted(title for title in world.sent() if title) == [matching(number) for number in (1, 2, 3)]
    assert "Traceback" not in log(world)


async def test_a_killed_engine_is_followed_at_once(tmp_path: Path) -> None:
    """Killed with -9 it holds nothing back: the next one has the server's lock as soon as the machine has let go."""
    feed = Feed("First News")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        world.kill()
        feed.add(matching(1))
        await world.start()
        await world.until_sent(matching(1))
        assert await world.terminate() == 0


async def test_who_asked_is_answered_though_the_server_was_away(tmp_path: Path) -> None:
    """What the engine was asked for ends while nothing can be stored: the answer is there as soon as that can be."""
    feed = Feed("First News")
    async with World(tmp_path, first=feed) as world:
        await world.start()
        await world.until_polled()
        feed.delay = 5.0  # in which the server is stopped, on a busy machine too
        with world.store() as store:
            asked = store.requests.ask("poll", {}, datetime.now(UTC))
        polls = feed.asked
        await world.until(lambda: feed.asked > polls)
        server().stop()
        try:
            await world.until(lambda: f"the answer to request {asked} waits for the store" in log(world))
        finally:
            server().start()
        with world.store() as store:
            await world.until(lambda: store.requests.result(asked) is not None)
        assert await world.terminate() == 0
    assert "Traceback" not in log(world)
