"""An engine whose event loop hangs begins anew by itself, as the same process, and nothing is lost or repeated."""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

from digest.presence import engine_ready, engine_running
from tests.e2e.world import Feed, World
from tests.unlike import unlike

WEDGED = Path(__file__).with_name("wedged.py")


def matching(number: int) -> str:
    """A title that the rule hits."""
    return unlike(f"North Korea closes embassy no. {number}")


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
        assert "CRITICAL digest.engine.ground.watchdog: the engine's event loop has hung for" in log
        assert f'File "{WEDGED}"' in log
        assert await world.terminate() == 0
        assert world.sent() == [matching(0), matching(1)]


async def test_a_feed_whose_poll_hung_the_engine_waits_and_the_others_go_on(tmp_path: Path) -> None:
    """Asked at once it would hang the next engine as well, for ever: it fails in plain words, and has to wait."""
    bad, good = Feed("Bad News"), Feed("Good News")
    bad.add("Weather")
    good.add("Weather")
    async with World(tmp_path, bad=bad, good=good) as world:
        world.write_rule("dprk", '"North Korea" AND embassy')
        world.program = [sys.executable, str(WEDGED)]
        world.launch(HANG_AT_FEED="1")
        await world.until(lambda: "the engine began anew" in world.output())
        await world.until_polled("good")
        good.add(matching(1))
        await world.until_sent(matching(1))
        asked = bad.asked
        with world.store() as store:
            hung, _ = store.polls.all_feeds()
            assert hung.last_error.startswith("the engine hung on this feed")
            assert hung.next_due is not None
            assert hung.last_attempt is not None
            assert hung.next_due - hung.last_attempt >= timedelta(hours=1)
        assert await world.terminate() == 0
        assert bad.asked == asked == 1
