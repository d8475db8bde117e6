"""What an engine decides stands in its log, and `digest events` reads it, in both formats."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from digest.logfile import LogReader
from tests.e2e.world import Feed, World
from tests.fakes.bot_api import TOKEN
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

HOSTILE = unlike("embassy \x1b[2J<b>\tkind=alert entry=666 “quoted” no. 1")


async def test_what_an_engine_decides_can_be_read_back(tmp_path: Path) -> None:
    """Of entries, messages, feeds, rules and the config, each by its ids, across an edit of the format."""
    feed, shaky = Feed("News"), Feed("Shaky")
    feed.add("An old embassy")
    async with AsyncExitStack() as opened:
        world = await opened.enter_async_context(World(tmp_path, feed=feed, shaky=shaky))
        world.write_rule("diplomats", "embassy")
        await world.start()
        await world.until_polled()

        async def events(*options: str) -> list[dict[str, Any]]:
            return await world.json("events", *options)

        log = opened.enter_context(LogReader(world.state / "engine.log"))
        seen: set[str] = set()

        async def until_decided(kind: str) -> None:
            def is_decided() -> bool:
                seen.update(record.kind for record in log.read())
                return kind in seen

            await world.until(is_decided)

        feed.add(HOSTILE)
        await until_decided("delivery.sent")
        (baseline,) = await events("--kind", "suppressed")
        assert (baseline["reason"], baseline["rule"]) == ("baseline", "diplomats")
        (alert,) = await events("--kind", "alert")
        assert alert["message"].startswith("“embassy")
        told = await events("--entry", str(alert["entry"]))
        kinds = [each["kind"] for each in told if each["kind"] != "delivery.queued"]  # it may wait for others to come
        assert kinds == ["alert", "delivery.owed", "delivery.sending", "delivery.sent"]
        with world.store() as store:
            (delivery,) = {each["delivery"] for each in told if "delivery" in each}
            assert store.outbox.get(delivery).channel == told[-1]["channel"] == "desk"

        shaky.broken = lambda: web.Response(status=500)
        await until_decided("feed.failing")
        shaky.broken = None
        await until_decided("feed.recovered")
        world.write_config('[log]\nformat = "json"\n')
        await until_decided("config.live")
        world.write_rule("broken", "embassy AND OR")
        await until_decided("rules.refused")
        (refused,) = await events("--kind", "rules.refused")
        assert (refused["line"], refused["path"].endswith("broken.toml")) == (4, True)
        before = len(await events())
        assert await world.terminate() == 0
        written = (world.state / "engine.log").read_text(encoding="utf-8")
        assert (await events())[-1]["kind"] == "engine.stopped"
        assert len(await events()) > before
    assert {"2", "{"} == {line[0] for line in written.splitlines()}, "text, and then JSON"
    assert TOKEN not in written
    assert "666" not in {str(each.get("entry")) for each in await events()}
    assert "delivery 1" not in world.output(), "the terminal is told of what concerns the whole"
