"""What is wrong reaches the admins by the same way as alerts reach their channels, and no reader of these."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.demo.bot_values import Chat, User
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import Severity
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import BotApi

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

ANN, BOB = Chat(7, "Ann", "private"), Chat(8, "Bob", "private")
ADMINS = f"admins = [{ANN.id}, {BOB.id}]\n"


def gone() -> web.Response:
    """For good."""
    return web.Response(status=410)


def is_refused(world: World) -> bool:
    """Whether a message to an admin was not taken."""
    with world.store() as store:
        return any(channel.last_error for channel in store.channels.all() if channel.name.startswith("admin"))


async def test_what_is_wrong_is_told_to_the_admins_once(tmp_path: Path) -> None:
    """Many feeds are one message, also over restarts; a rule file that was just broken is only shown.

    What an earlier config owed to a readers' channel does not go there any more.
    """
    feeds = {f"feed{number}": Feed(f"News {number}", broken=gone) for number in range(5)}
    well = Feed("Well News")
    async with World(tmp_path, BotApi((DESK, ANN, BOB)), well=well, **feeds) as world:
        world.write_config(telegram=ADMINS)
        (tmp_path / "rules" / "broken.toml").write_text("[[rule]]\nid = 'x'\nquery = 'a b'\n", encoding="utf-8")
        await world.start()
        await world.until(lambda: len(world.bot.messages) == 2)
        await world.until_settled()
        (status,) = await world.json("status")
        assert len(status["conditions"]) == 6
        assert status["conditions"][-1]["sentence"].startswith("The rule file broken.toml could not be loaded, nothing")
        assert [(one["channel"], one["state"]) for one in await world.json("outbox", "list", "--all")] == [
            ("admin 7", "sent"),
            ("admin 8", "sent"),
        ]
        assert await world.terminate() == 0
        stray = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, "of another config", {"lines": ["text"]})
        with world.store() as store:
            store.outbox.owe([stray], (), datetime.now(UTC))
        assert await world.finished(world.command("run", "--once")) == 0
        await world.start()
        before = well.asked
        await world.until(lambda: well.asked > before + 7)
        assert await world.terminate() == 0
        assert sorted(message.chat.id for message in world.bot.messages) == [ANN.id, BOB.id]
        (text,) = set(world.bot.texts())
        assert text.startswith("◆ notice · 5 feeds of 127.0.0.1 are gone for good, their server says (410), the first")


async def test_an_admin_who_has_not_written_to_the_bot_is_told_once_they_do(tmp_path: Path) -> None:
    """Until then the message waits, `digest status` says what to do, and no notice tells of it."""
    async with World(tmp_path, BotApi((DESK,)), first=Feed("First News", broken=gone)) as world:
        world.write_config(telegram=f"admins = [{ANN.id}]\n")
        await world.start()
        await world.until(lambda: is_refused(world))
        assert await world.finished(world.command("status")) == 0
        said = "there is no such chat, or the bot has not been added to it (Chat not found)"
        assert f"channel   admin 7: {said}: this admin has to write /start to the bot" in world.output()
        (waits,) = await world.json("outbox", "list")
        assert (waits["channel"], waits["state"]) == ("admin 7", "queued")
        world.bot.chats[ANN.id] = ANN
        await world.bot.write_to_bot(ANN, "/start", User(ANN.id, "Ann"))
        await world.until(lambda: any("is gone for good" in text for text in world.bot.texts(ANN.id)))
        await world.until_settled()
        assert [one["state"] for one in await world.json("outbox", "list", "--all")] == ["sent"]
        assert await world.terminate() == 0
