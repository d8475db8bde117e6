"""A channel whose far side never answers is begun anew by itself; the others deliver on, and nothing is lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.delivery.media.markup import REPEAT_LABEL
from digest.demo.bot_values import Chat
from digest.engine.ground.watchdog import Keeper
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import slow

if TYPE_CHECKING:
    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

DESK, READER = Chat(-1001, "Desk", "group"), Chat(42, "Reader", "private")
SPECS = (ChannelSpec("desk", Telegram("-1001")), ChannelSpec("phone", Telegram("42")))


async def test_a_channel_that_hangs_is_begun_anew_alone(engine_store: Store, thread: StoreThread) -> None:
    """What it had in hand counts as a lost answer; what another channel has in hand does not."""
    engine_store.sends.windows = lambda _: ()
    keeper = Keeper(silent=5.0, look=0.05)  # the other channel may be late by that much on a busy machine
    async with BotApi((DESK, READER)) as api, TelegramBot(Secret(TOKEN), api.url, answer_seconds=60) as bot:
        drain = OutboxDrain(
            engine_store,
            thread,
            channels=SPECS,
            off={},
            open_channel=channel_opener(bot),
            policy=DeliveryPolicy(timedelta(hours=24)),
            keeper=keeper,
        )
        await drain.prepare()
        for channel in ("desk", "phone"):
            for number in range(2):
                words = f"{channel} {number}"
                planned = PlannedDelivery(channel, DeliveryKind.NOTICE, Severity.NORMAL, words, {"lines": [words]})
                engine_store.outbox.owe([planned], (), datetime.now(UTC))
        api.fail(slow(30), chat=DESK.id)
        stop = asyncio.Event()
        running = asyncio.create_task(drain.run(stop))
        with suppress(TimeoutError):
            await api.wait_until(lambda api: len(api.messages) == 5, seconds=20)
        stop.set()
        await running
        assert api.texts(READER.id) == ["phone 0", "phone 1"]
        assert api.texts(DESK.id) == ["desk 0", f"{REPEAT_LABEL}desk 0", "desk 1"]
        assert keeper.problem.startswith("delivering to desk had stopped")
        assert {one.state for one in engine_store.outbox.list()} == {DeliveryState.SENT}
