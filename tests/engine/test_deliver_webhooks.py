"""Webhooks are delivered to by the outbox: what a receiver answers decides what follows, and nothing is lost."""

from __future__ import annotations

import asyncio
import base64
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.delivery.retries import RetryPolicy
from digest.engine.ground.threads import StoreThread
from digest.engine.sending import chat as deliver_channel
from digest.engine.sending.open import channel_opener, off_reasons
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.store.owing import not_yet_gone
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Webhook
from tests.fakes.newsroom import Newsroom
from tests.fakes.receiver import SECRET, Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from digest.store import Store

POLICY = RetryPolicy(resend=(timedelta(seconds=0.1),), service=timedelta(seconds=0.1), place=timedelta(seconds=0.1))


@pytest.fixture(autouse=True)
def _attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for what is owed more often than a real engine does."""
    monkeypatch.setattr(deliver_channel, "LOOK_AGAIN", timedelta(seconds=0.05))


@asynccontextmanager
async def drain_of(store: Store, spec: ChannelSpec) -> AsyncIterator[OutboxDrain]:
    """An engine's drain of one channel, prepared as after a start."""
    async with StoreThread() as thread:
        drain = OutboxDrain(
            store,
            thread,
            channels=[spec],
            off=off_reasons([spec], no_token=""),
            open_channel=channel_opener(None, store.mark()),
            policy=DeliveryPolicy(timedelta(hours=24), POLICY),
        )
        await drain.prepare()
        yield drain


@asynccontextmanager
async def delivering(store: Store, spec: ChannelSpec) -> AsyncIterator[None]:
    """The same at work."""
    async with drain_of(store, spec) as drain:
        stop = asyncio.Event()
        running = asyncio.create_task(drain.run(stop))
        try:
            yield
        finally:
            stop.set()
            await running


def spec_of(receiver: Receiver) -> ChannelSpec:
    """The channel that leads there."""
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    return ChannelSpec("hook", Webhook(receiver.url, (key,), private_hosts=True))


def owe(store: Store, *lines: str) -> list[int]:
    """Owe a notice for each of these lines."""
    planned = [PlannedDelivery("hook", DeliveryKind.NOTICE, Severity.NORMAL, "T", {"lines": [line]}) for line in lines]
    return store.outbox.owe(planned, [], datetime.now(UTC))


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a database is asked, it does not tell
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("status", "doubt"), [(500, True), (502, True), (400, True), (404, None), (401, None)])
async def test_what_was_not_taken_is_sent_again_under_its_id(
    engine_store: Store,
    status: int,
    doubt: bool | None,  # noqa: FBT001 - a table's column
) -> None:
    """Once the receiver takes it, it is sent; labelled where what answered may not be what takes messages."""
    async with Receiver(status=status) as receiver, delivering(engine_store, spec_of(receiver)):
        (number,) = owe(engine_store, "one")
        await eventually(lambda: len(receiver.got) >= 2)
        receiver.status = 200
        await eventually(lambda: engine_store.outbox.get(number).state is DeliveryState.SENT)
        assert {got.id for got in receiver.got} == {f"digest-{engine_store.mark()}-{number}-0"}
        said = [got.body["data"].get("possible_repeat") for got in receiver.got]
        assert (said[0], {*said[1:]}) == (None, {doubt})


async def test_what_a_gateway_may_have_passed_on_grows_no_more(engine_store: Store) -> None:
    """What its story brings then has an id of its own: a receiver leaves out whatever has an id that it knows."""
    desk = Newsroom(engine_store, lambda: datetime.now(UTC), channels=("hook",))
    async with Receiver(status=502) as receiver:
        async with delivering(engine_store, spec_of(receiver)):
            story = desk.story()
            desk.report(story, "Reuters")
            await eventually(lambda: receiver.got)
        more = PlannedDelivery("hook", DeliveryKind.ALERT, Severity.HIGH, "T", story=story)
        with engine_store.database.write() as (connection, seq):
            assert not_yet_gone(connection, [(more, [])], datetime.now(UTC), seq) == [(more, [])]


@pytest.mark.parametrize("fault", ["cuts", "stalls"])
async def test_a_lost_answer_comes_again_under_its_id(
    engine_store: Store, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The receiver can tell a repeat by the id, and the message says that it may be one."""
    monkeypatch.setattr("digest.net.post.post.__kwdefaults__", {"seconds": 0.3})
    async with Receiver() as receiver, delivering(engine_store, spec_of(receiver)):
        setattr(receiver, fault, True)
        (number,) = owe(engine_store, "one")
        await eventually(lambda: receiver.got)
        setattr(receiver, fault, False)
        await eventually(lambda: engine_store.outbox.get(number).state is DeliveryState.SENT)
        first, *again = receiver.got
        assert {got.id for got in again} == {first.id}
        assert [got.body["data"].get("possible_repeat") for got in (first, again[-1])] == [None, True]


async def test_silence_is_kept(engine_store: Store) -> None:
    """No message goes there until the time that a 429 asks for is over, and then all do."""
    asked = Receiver(status=429, headers={"Retry-After": "1"})
    async with asked as receiver, delivering(engine_store, spec_of(receiver)):
        numbers = owe(engine_store, "one", "two")
        await eventually(lambda: receiver.got)
        began, receiver.status = asyncio.get_running_loop().time(), 200
        await eventually(lambda: all(engine_store.outbox.get(n).state is DeliveryState.SENT for n in numbers))
        assert asyncio.get_running_loop().time() - began > 0.7
        assert len(receiver.got) == 3


async def test_one_that_wants_nothing_any_more_is_left_in_peace(engine_store: Store) -> None:
    """After a 410 nothing goes there; what waits says why; a test message that arrives takes it up again."""
    async with Receiver(status=410) as receiver, drain_of(engine_store, spec_of(receiver)) as drain:
        numbers = owe(engine_store, "one", "two", "three")
        await drain.run_once()
        receiver.status = 200
        await drain.run_once()
        state = engine_store.channels.state("hook")
        assert (len(receiver.got), state.in_service, "it answered 410" in state.off) == (1, False, True)
        for number in numbers:
            delivery = engine_store.outbox.get(number)
            assert (delivery.state, "it answered 410" in delivery.reason) == (DeliveryState.QUEUED, True)
        engine_store.channels.works("hook", datetime.now(UTC))
        assert [engine_store.outbox.get(number).reason for number in numbers[1:]] == ["", ""]
        await drain.run_once()
        assert [engine_store.outbox.get(number).state for number in numbers] == [DeliveryState.SENT] * 3


async def test_a_start_asks_once_whether_it_is_wanted_again(engine_store: Store) -> None:
    """Whoever answered 410 is sent one message by the next engine, and no more while it says so again."""
    async with Receiver(status=410) as receiver:
        owe(engine_store, "one", "two")
        for _ in range(2):
            async with drain_of(engine_store, spec_of(receiver)) as drain:
                await drain.run_once()
        assert len(receiver.got) == 2


async def test_a_message_that_a_receiver_chokes_on_blocks_no_other(engine_store: Store) -> None:
    """It was tried alone, so that the channel seemed broken: the next shows that it is not; a large one is dead."""
    async with Receiver() as receiver:

        def judge() -> None:
            text = receiver.got[-1].body["data"]["text"]
            receiver.status = {"bad": 500, "large": 413}.get(text, 200)

        receiver.then = judge
        async with delivering(engine_store, spec_of(receiver)):
            (bad,) = owe(engine_store, "bad")
            await eventually(lambda: engine_store.channels.state("hook").off and len(receiver.got) > 3)
            large, *good = owe(engine_store, "large", "one", "two", "three")
            await eventually(lambda: all(engine_store.outbox.get(n).state is DeliveryState.SENT for n in good))
            await eventually(lambda: engine_store.outbox.get(large).state is DeliveryState.DEAD)
            tries = engine_store.outbox.get(bad).attempts
            await eventually(lambda: engine_store.outbox.get(bad).attempts > tries)
            assert engine_store.channels.state("hook").off == ""


async def test_a_test_message_gives_an_engine_no_secret(engine_store: Store) -> None:
    """The shell has it, the engine does not: a test that arrives leaves the channel off, so that nothing is owed."""
    spec = ChannelSpec("hook", Webhook("https://desk.example/", problem="there is no secret to sign with"))
    async with drain_of(engine_store, spec):
        engine_store.channels.works("hook", datetime.now(UTC))
        state = engine_store.channels.state("hook")
        assert (state.in_service, state.off) == (False, "there is no secret to sign with")


async def test_without_a_secret_the_channel_is_off(engine_store: Store) -> None:
    """Nothing goes out unsigned, and the reason says what to do."""
    async with Receiver() as receiver:
        spec = ChannelSpec("hook", Webhook(receiver.url, (), "there is no secret to sign with", private_hosts=True))
        async with drain_of(engine_store, spec) as drain:
            owe(engine_store, "one")
            await drain.run_once()
        state = engine_store.channels.state("hook")
        assert (receiver.got, receiver.refused, state.off) == ([], 0, "there is no secret to sign with")
