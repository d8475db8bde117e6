"""Channels that change while messages go: each message ends where it began, and nothing is lost or sent twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.channels.base import Channel, Failure, SendError
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.store.channels import NO_LONGER_CONFIGURED
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram
from tests.waiting import until

if TYPE_CHECKING:
    from digest.channels.base import Outgoing
    from digest.engine.ground.threads import StoreThread
    from digest.store import Store

DAY = DeliveryPolicy(timedelta(hours=24))
DESK = ChannelSpec("desk", Telegram("-1001"))
QUEUED, SENDING, SENT = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT


class Place(Channel):
    """Where a channel writes: takes a message when it is let, or refuses it."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.answer: int | SendError | None = None
        """``None``: there is none yet, while it is waited for."""

    async def send(self, outgoing: Outgoing) -> int:
        """Accept a part once it is let."""
        await until(lambda: self.answer is not None)
        found = self.answer
        assert found is not None
        if isinstance(found, SendError):
            raise found
        self.sent.append(outgoing.part)
        return found


class Desk:
    """A drain whose channels lead to places of the test's own."""

    def __init__(self, store: Store, thread: StoreThread) -> None:
        store.sends.windows = lambda _: ()
        self.store = store
        self.places: dict[str, Place] = {}
        self.drain = OutboxDrain(
            store, thread, channels=[DESK], off={}, open_channel=lambda _, chat: self.place(chat), policy=DAY
        )
        self.stop = asyncio.Event()

    def place(self, chat: str) -> Place:
        """A chat's own."""
        return self.places.setdefault(chat, Place())

    def owe(self, *lines: str) -> int:
        """Owe the desk a message."""
        planned = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, lines[0], {"lines": list(lines)})
        (number,) = self.store.outbox.owe([planned], [], datetime.now(UTC))
        return number

    async def begin(self) -> int:
        """Deliver, until a message is in hand; its id."""
        number = self.owe("one")
        await self.drain.prepare()
        self.running = asyncio.create_task(self.drain.run(self.stop))
        await until(lambda: self.state(number) is SENDING)
        return number

    async def change(self, *channels: ChannelSpec) -> None:
        """Go on with these channels."""
        self.drain.use(channels, {}, DAY)
        await self.drain.fit()

    def state(self, number: int) -> DeliveryState:
        """What became of a message."""
        return self.store.outbox.get(number).state

    async def end(self) -> None:
        """Stop delivering."""
        self.stop.set()
        await self.running


@pytest.fixture
def desk(engine_store: Store, thread: StoreThread) -> Desk:
    """A desk that is not delivering yet."""
    return Desk(engine_store, thread)


async def test_what_is_in_hand_ends_where_it_began(desk: Desk) -> None:
    """The channel leads elsewhere meanwhile; what comes then goes there."""
    number = await desk.begin()
    await desk.change(ChannelSpec("desk", Telegram("-1002")))
    desk.place("-1001").answer = 7
    await until(lambda: desk.state(number) is SENT)
    desk.place("-1002").answer = 8
    later = desk.owe("two")
    desk.drain.ring()
    await until(lambda: desk.state(later) is SENT)
    assert (len(desk.place("-1001").sent), len(desk.place("-1002").sent)) == (1, 1)
    await desk.end()


async def test_a_refusal_that_comes_too_late_says_nothing_of_the_channel(desk: Desk) -> None:
    """It has left the config meanwhile: what it is owed waits for its return, and then goes."""
    number = await desk.begin()
    await desk.change()
    desk.place("-1001").answer = SendError(Failure.CLOSED, "try again")
    await until(lambda: desk.state(number) is QUEUED)
    assert desk.store.channels.state("desk").off == NO_LONGER_CONFIGURED
    desk.place("-1001").answer = 9
    await desk.change(DESK)
    await until(lambda: desk.state(number) is SENT)
    await desk.end()
