"""A feed whose text costs more than it may, beside a good one."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

from aiohttp import web

from tests.e2e.world import Feed, World
from tests.soak.strangers_documents import dots, packed

_STARTER = Path(__file__).parents[2] / "rules"
_IN_TIME = 5.0
"""Seconds from an entry's publication to its alert, with a poll each second, on a machine that is busy."""


def costly_feed() -> Feed:
    """10 KB on the wire, another each time, that the starter rules find: 9.5 million characters of sentence ends."""
    turns = itertools.count(1)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
    return Feed("Stranger", broken=lambda: web.Response(body=packed(dots(next(turns))), headers=headers))


async def test_a_costly_text_holds_up_no_other_feed(tmp_path: Path) -> None:
    """The other feed's alerts leave in time, the engine stays the one it was, and the costly feed fails in words."""
    good, costly = Feed("Good"), costly_feed()
    async with World(tmp_path, good=good, costly=costly) as world:
        for path in _STARTER.glob("*.toml"):
            (tmp_path / "rules" / path.name).write_bytes(path.read_bytes())
        await world.start()
        await world.until_polled("good")
        (engine,) = (line["engine"] for line in await world.json("status"))
        await world.until(lambda: costly.asked)
        for title in ("Damascus reopens its museum", "An envoy leaves Pyongyang"):
            good.add(title)
            published = time.monotonic()
            await world.until_sent(title)
            assert time.monotonic() - published < _IN_TIME

        def failed() -> bool:
            with world.store() as store:
                return any(feed.failures for feed in store.polls.all_feeds())

        await world.until(failed)
        assert [line["engine"] for line in await world.json("status")] == [engine]
        assert engine["pid"] == world.pid
        (said,) = [line for line in await world.json("feeds", "list") if line["url"] == world.url("costly")]
        assert said["health"] == "failing"
        assert said["last_error"].isprintable()
        assert said["last_error"].startswith("reading it took more than ")
