"""What is given up is never silent: the outbox says why, and so does the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from digest.tui.app import DashboardApp
from digest.values.messages import DeliveryState
from tests.e2e.world import Feed, World
from tests.fakes.bot_faults import Fault, forbidden, server_error
from tests.fakes.stores import store_url
from tests.tui.stage import PLACES, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (server_error(), "given up: Telegram had a problem: Internal Server Error"),
        (forbidden(), "given up: the bot was removed from the chat (Forbidden: bot was kicked from the channel chat)"),
    ],
    ids=["after a time", "refused"],
)
async def test_what_is_dead_is_shown_with_its_reason(tmp_path: Path, fault: Fault, reason: str) -> None:
    """Tried for longer than `give_up`, or refused for good: dead, and `outbox list` and the screen say why."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_config(telegram='give_up = "1s"\n')
        world.write_rule("dprk", "Korea")
        await world.start()
        await world.until_polled()
        world.bot.fail(*[fault] * 9)
        feed.add("Korea talks")
        await world.until(lambda: _dead(world))
        (owed,) = await world.json("outbox", "list")
        assert (owed["state"], owed["reason"]) == ("dead", reason)
        assert owed["alerts"]
        screen = " ".join(await _screen(world))
    assert "given up" in screen
    assert [word for word in reason.split() if word not in screen] == [], "it is wrapped there, but whole"


def _dead(world: World) -> bool:
    with world.store() as store:
        return store.outbox.counts()[DeliveryState.DEAD] == 1


async def _screen(world: World) -> list[str]:
    """The dashboard with the entry open."""
    app = DashboardApp(
        store_url(world.state / "digest.db"), zone=ZoneInfo("UTC"), places=PLACES, now=lambda: datetime.now(UTC)
    )
    async with app.run_test(size=(200, 50)) as pilot:
        await settle(app, pilot)
        return text_of(app)
