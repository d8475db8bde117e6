"""Something between the engine and Telegram that answers in its place: no alert is lost, and nobody is hurried."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from digest.delivery.media.markup import REPEAT_LABEL
from digest.values.messages import DeliveryState
from tests.e2e.world import Feed, World
from tests.fakes.bot_faults import blocked

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

_LAST = 3
"""Attempts to wait for: after the first, a second, and two, each up to half shorter."""


async def test_a_proxy_kills_no_alert(tmp_path: Path) -> None:
    """While it answers, the alert is owed and rarely tried, and `status` says why; then it comes, with its label."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("dprk", "Korea")
        await world.start()
        await world.until_polled()
        world.bot.stranger = blocked(403, '{"error": {"code": 403, "message": "Forbidden: bot was kicked"}}')
        feed.add("Korea talks")
        await world.until(lambda: tried(world) == 1)
        began = time.monotonic()
        await world.until(lambda: tried(world) == _LAST)
        took = time.monotonic() - began
        said = await status(world)
        with world.store() as store:
            counts = store.outbox.counts()
        world.bot.stranger = None
        await world.until_sent("Korea talks")
        assert took >= (2 ** (_LAST - 1) - 1) / 2 - 0.1, "as lost answers are spaced"
        assert counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING] == sum(counts.values()) == 1
        shown = f"what answers at {world.bot.url.removeprefix('http://')} is not Telegram's Bot API"
        assert f"channel   desk: {shown}: HTTP 403, application/json" in said
        await world.until_settled()
        (message,) = world.bot.messages
        assert REPEAT_LABEL in message.text


def tried(world: World) -> int:
    """How often a message was sent."""
    return sum(method == "sendMessage" for method, _ in world.bot.calls)


async def status(world: World) -> str:
    """What `digest status` says."""
    asked = [sys.executable, "-m", "digest", "status", "--config", str(world.config)]
    return (await asyncio.to_thread(subprocess.run, asked, capture_output=True, check=True)).stdout.decode()
