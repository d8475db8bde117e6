"""Feeds that cost more than they may, beside a good one."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from digest.demo.bot_values import Chat
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import BotApi
from tests.soak.strangers_documents import dots, packed, unclosed

if TYPE_CHECKING:
    from collections.abc import Callable

_STARTER = Path(__file__).parents[2] / "rules"
_ANN = Chat(42, "Ann", "private")
"""Told of museums alone: the strangers' alerts, which go to the desk, leave no pace for others there."""
_HELD_UP = 5.0
"""Seconds by which an alert may come later than without strangers: one of their documents costs as much."""


def costly(document: Callable[[int], bytes]) -> Callable[[], web.Response]:
    """What answers with another document at each poll."""
    turns = itertools.count(1)
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/rss+xml"}
    return lambda: web.Response(body=packed(document(next(turns))), headers=headers)


async def seconds_to_alert(world: World, title: str) -> float:
    """How long an entry of the good feed takes from its publication to the reader."""
    world.feeds["good"].add(title)
    published = time.monotonic()
    await world.until_sent(title)
    return time.monotonic() - published


async def test_costly_feeds_hold_up_no_other(tmp_path: Path) -> None:
    """The good feed's alerts leave in time, the engine stays the one it was, and what costs too much fails in words."""
    good = Feed("Good", [("The weather", "")])
    bot = BotApi((DESK, _ANN))
    strangers = {"dots": costly(dots), "dear": costly(unclosed)}
    async with World(tmp_path, bot, good=good, **{name: Feed("Stranger") for name in strangers}) as world:
        world.write_config(f'[[channel]]\nname = "ann"\ntelegram = "{_ANN.id}"\n')
        for path in _STARTER.glob("*.toml"):
            text = path.read_text(encoding="utf-8").replace("[[rule]]\n", '[[rule]]\nchannels = ["desk"]\n')
            (tmp_path / "rules" / path.name).write_text(text, encoding="utf-8")
        news = '[[rule]]\nid = "museums"\nchannels = ["ann"]\nany = ["museum*"]\n'
        (tmp_path / "rules" / "museums.toml").write_text(news, encoding="utf-8")
        await world.start()
        await world.until_polled()
        (engine,) = (line["engine"] for line in await world.json("status"))
        alone = await seconds_to_alert(world, "A museum without neighbours")
        asked = {name: world.feeds[name].asked for name in strangers}
        began = datetime.now(UTC)
        for name, document in strangers.items():
            world.feeds[name].broken = document
        await world.until(lambda: all(world.feeds[name].asked > before for name, before in asked.items()))
        for title in ("The museum reopens", "Museums are free today"):
            assert await seconds_to_alert(world, title) < alone + _HELD_UP

        def judged() -> bool:
            with world.store() as store:
                feeds = {feed.spec.url: feed for feed in store.polls.all_feeds()}
            dotted = feeds[world.url("dots")]
            read = dotted.last_ok is not None and dotted.last_ok > began
            return bool(feeds[world.url("dear")].failures and (dotted.failures or read))

        await world.until(judged)
        assert [line["engine"] for line in await world.json("status")] == [engine]
        assert engine["pid"] == world.pid
        said = {line["url"]: line for line in await world.json("feeds", "list")}
        assert said[world.url("dear")]["health"] == "failing"
        refused = "reading it took more than ", "this is a feed, but no entry of it can be read: "  # on a quick machine
        assert said[world.url("dear")]["last_error"].startswith(refused)
        assert (said[world.url("dots")]["last_error"] or "fine").isprintable()
