"""An engine whose event loop hangs begins anew by itself, as the same process, and nothing is lost or repeated."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from digest.engine.lock import engine_ready, engine_running
from tests.e2e.world import Feed, World

WEDGED = Path(__file__).with_name("wedged.py")


def matching(number: int) -> str:
    """A title that the rule hits."""
    return f"North Korea closes embassy no. {number}"


async def test_a_loop_that_hangs_begins_anew(tmp_path: Path) -> None:
    """The process id stays, the lock is never free, the log holds where it hung, and the alerts of before come once."""
    feed = Feed("First News")
    feed.add("Weather")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", '"North Korea" AND embassy')
        world.program = [sys.executable, str(WEDGED)]
        await world.start()
        await world.until_polled()
        feed.add(matching(0))
        await world.until_sent(matching(0))
        await world.until_settled()

        os.kill(world.pid, signal.SIGUSR1)
        feed.add(matching(1))
        holders = set()

        def begun_anew() -> bool:
            holders.add(engine_running(world.state))
            return "the engine began anew, because the engine's event loop has hung" in world.output()

        await world.until(begun_anew)
        await world.until(lambda: engine_ready(world.state))
        await world.until_sent(matching(1))
        assert holders == {world.pid}, "no other engine could have come in between"
        with world.store() as store:
            await world.until(lambda: "it began anew, and engine.log says where" in store.engine.state().problem)
        log = (world.state / "engine.log").read_text(encoding="utf-8")
        assert "CRITICAL digest.engine.wedge: the engine's event loop has hung for" in log
        assert f'File "{WEDGED}"' in log
        assert await world.terminate() == 0
        assert world.sent() == [matching(0), matching(1)]
