"""A message's fault is not its channel's, nor a place's that of a message: who waits, who goes on, and until when."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.delivery.media.markup import REPEAT_LABEL
from digest.delivery.retries import MOST_COPIES, RetryPolicy
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending import chat as chat_drain
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import Fault, bad_request, forbidden, lose_answer, server_error

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import web
    from sqlalchemy import Connection

    from digest.store import Store

DESK = Chat(-1001, "Desk", "supergroup")
SPECS = (ChannelSpec("desk", Telegram("-1001")), ChannelSpec("topic", Telegram("-1001", 7)))
QUEUED, SENT, UNKNOWN, DEAD = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.UNKNOWN, DeliveryState.DEAD
QUICK = (timedelta(seconds=0.05),)


class Whims(BotApi):
    """A Bot API server that does something to every message in which a word stands, for as long as it is told to."""

    def __init__(self) -> None:
        super().__init__((DESK,))
        self.whims: dict[str, Fault] = {}
        self.tried: Counter[str] = Counter()
        self._text = ""

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        self._text = parameters["text"]
        self.tried[self._text.removeprefix(REPEAT_LABEL)] += 1
        return await super()._send_message(parameters, request)

    def _next_fault(self, chat: Chat) -> Fault | None:
        return next((fault for word, fault in self.whims.items() if word in self._text), None)


@dataclass
class Engine:
    """The delivering half of an engine, at no pace of its own."""

    store: Store
    api: Whims
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    give_up: timedelta = timedelta(days=1)

    def owe(self, *texts: str, channel: str = "desk") -> list[int]:
        """Owe a message for each text."""
        planned = [
            PlannedDelivery(channel, DeliveryKind.NOTICE, Severity.NORMAL, text, {"lines": [text]}) for text in texts
        ]
        return self.store.outbox.owe(planned, [], datetime.now(UTC))

    def look(self, number: int) -> Delivery:
        """A delivery as it stands."""
        return self.store.outbox.get(number)

    def states(self, *numbers: int) -> set[DeliveryState]:
        """Those in which these stand."""
        return {self.look(number).state for number in numbers}

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[OutboxDrain]:
        """As an engine does."""
        stop = asyncio.Event()
        self.store.sends.windows = lambda _: ()
        async with StoreThread() as thread, TelegramBot(Secret(TOKEN), self.api.url) as bot:
            drain = OutboxDrain(
                self.store,
                thread,
                channels=SPECS,
                off={},
                open_channel=channel_opener(bot),
                policy=DeliveryPolicy(self.give_up, self.retry, flood=1000),
            )
            await drain.prepare()
            running = asyncio.create_task(drain.run(stop))
            try:
                yield drain
            finally:
                stop.set()
                await running


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - a database is asked, it does not tell
            await asyncio.sleep(0.01)


@pytest.fixture
async def engine(engine_store: Store, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    """An engine that looks for what others owe more often than a real one does."""
    monkeypatch.setattr(chat_drain, "LOOK_AGAIN", timedelta(seconds=0.05))
    async with Whims() as api:
        yield Engine(engine_store, api)


# --- a message's own fault ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [server_error(), lose_answer()], ids=["500", "answers lost"])
async def test_messages_that_always_fail_keep_no_other_from_going(engine: Engine, fault: Fault) -> None:
    """Two that are the first fail once; the four others arrive at their pace, and these wait their minute."""
    engine.api.whims["bad"] = fault
    bad, good = engine.owe("bad 1", "bad 2"), engine.owe("good 1", "good 2", "good 3", "good 4")
    began = datetime.now(UTC)
    async with engine.delivering():
        await eventually(lambda: engine.states(*good) == {SENT})
    assert [(each.state, each.attempts) for each in map(engine.look, bad)] == [(QUEUED, 1), (QUEUED, 1)]
    for each in map(engine.look, bad):
        assert each.not_before is not None
        assert each.not_before >= began + timedelta(minutes=1)
    assert engine.store.channels.state("desk").off == ""


async def test_after_five_copies_that_may_be_there_it_stays_unknown(engine: Engine) -> None:
    """Counted while the service takes others; each says that it may be a repeat."""
    engine.api.whims["bad"] = lose_answer()
    engine.retry = RetryPolicy(resend=(timedelta(seconds=0.4),))  # between two copies, others are taken
    (bad,) = engine.owe("bad")
    async with engine.delivering():
        for number in range(100):
            (good,) = engine.owe(f"good {number}")
            await eventually(lambda good=good: engine.states(good) == {SENT})  # type: ignore[misc]
            if engine.states(bad) == {UNKNOWN}:
                break
    copies = [text for text in engine.api.texts() if "bad" in text]
    assert copies == ["bad", *[f"{REPEAT_LABEL}bad"] * (MOST_COPIES - 1)]
    assert engine.look(bad).reason.startswith("its answer was lost 5 times while others got through: ")


# --- the service -------------------------------------------------------------------------------------------------


async def test_while_every_answer_is_lost_the_channel_is_off_and_none_is_the_last_copy(engine: Engine) -> None:
    """It is shown, one after the other tries it, and all arrive when it is over."""
    engine.api.whims[""] = server_error(502)
    engine.retry = RetryPolicy(resend=QUICK, service=timedelta(seconds=0.1))
    numbers = engine.owe("a", "b", "c")
    async with engine.delivering():
        await eventually(lambda: sum(engine.api.tried.values()) > 3 * MOST_COPIES)
        assert "Telegram had a problem" in engine.store.channels.state("desk").off
        assert engine.store.channels.state("desk").in_service, "it is owed messages all the same"
        await eventually(lambda: all("Telegram had a problem" in engine.look(each).reason for each in numbers))
        engine.api.whims.clear()
        await eventually(lambda: engine.states(*numbers) == {SENT})
    assert engine.store.channels.state("desk").off == ""


async def test_what_failed_in_an_outage_waits_no_half_hour_after_it(engine: Engine) -> None:
    """The next that is taken shows that it is over; within a minute all of it is tried again."""
    engine.api.whims[""] = server_error(502)
    engine.retry = RetryPolicy(resend=(timedelta(minutes=30),), service=timedelta(seconds=0.1))
    first, second = engine.owe("a", "b")
    async with engine.delivering():
        await eventually(lambda: engine.store.channels.state("desk").off)
        engine.api.whims.clear()
        engine.owe("c")
        await eventually(lambda: "c" in engine.api.texts())
        soon = datetime.now(UTC) + timedelta(seconds=61)
        await eventually(lambda: all((engine.look(each).not_before or soon) <= soon for each in (first, second)))
        assert engine.store.channels.state("desk").off == ""


# --- the place ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [forbidden(), bad_request("chat not found"), bad_request("TOPIC_CLOSED"), bad_request("not enough rights")]
)
async def test_a_place_that_refuses_for_a_while_loses_nothing(engine: Engine, fault: Fault) -> None:
    """A bot that was thrown out for some seconds: one message tries it, the others wait, all arrive, none labelled."""
    engine.api.whims[""] = fault
    engine.retry = RetryPolicy(place=timedelta(seconds=0.1))
    numbers = engine.owe("a", "b")
    async with engine.delivering():
        await eventually(lambda: engine.look(numbers[0]).attempts >= 3)
        off = engine.store.channels.state("desk").off
        assert off
        assert [engine.look(each).reason for each in numbers if engine.look(each).state is QUEUED][-1] == off
        assert engine.look(numbers[1]).attempts == 0
        engine.api.whims.clear()
        await eventually(lambda: engine.states(*numbers) == {SENT})
    assert engine.api.texts() == ["a", "b"]
    assert engine.store.channels.state("desk").off == ""


async def test_a_topic_that_is_closed_keeps_no_other_from_going(engine: Engine) -> None:
    """Both are one chat; each is a channel."""
    engine.api.whims["closed"] = bad_request("TOPIC_CLOSED")
    closed, (other,) = engine.owe("closed 1", "closed 2", channel="topic"), engine.owe("other")
    async with engine.delivering():
        await eventually(lambda: engine.states(other) == {SENT})
        assert engine.states(*closed) == {QUEUED}
    assert (engine.store.channels.state("desk").off, bool(engine.store.channels.state("topic").off)) == ("", True)


async def test_after_give_up_all_that_waited_for_a_place_is_dead(engine: Engine) -> None:
    """Also what never was tried itself; with the reason."""
    engine.api.whims[""] = forbidden()
    engine.retry, engine.give_up = RetryPolicy(place=timedelta(seconds=0.1)), timedelta(0)
    numbers = engine.owe("a", "b", "c")
    async with engine.delivering():
        await eventually(lambda: engine.states(*numbers) == {DEAD})
    assert {engine.look(each).reason.partition(" (")[0] for each in numbers} == {
        "given up: the bot was removed from the chat"
    }
    assert engine.look(numbers[2]).attempts == 0


async def test_who_asks_for_a_message_again_has_its_place_tried(engine: Engine) -> None:
    """`digest outbox retry`, once the bot is back: nobody waits out what was left of the pause."""
    engine.api.whims[""] = forbidden()
    (number,) = engine.owe("a")
    async with engine.delivering():
        await eventually(lambda: engine.look(number).attempts >= 3)
        engine.api.whims.clear()
        engine.store.outbox.retry(number, datetime.now(UTC))
        async with asyncio.timeout(2):
            await eventually(lambda: engine.states(number) == {SENT})
    assert engine.api.texts() == ["a"]
    assert engine.store.channels.state("desk").off == ""


# --- what it costs -----------------------------------------------------------------------------------------------


@asynccontextmanager
async def counted(store: Store) -> AsyncIterator[Counter[bool]]:
    """The transactions of every thread but this one: false counts those that read, true those that write."""
    counts: Counter[bool] = Counter()
    mine = threading.get_ident()

    def begun(connection: Connection) -> None:
        if threading.get_ident() != mine:
            counts[bool(connection.get_execution_options().get("immediate"))] += 1

    event.listen(store.database._engine, "begin", begun)
    try:
        yield counts
    finally:
        event.remove(store.database._engine, "begin", begun)


@pytest.mark.parametrize("at_once", [1, 40], ids=["one at a time", "a full queue"])
async def test_a_message_costs_few_transactions(engine: Engine, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """At most four that read and three that write, all looks for the next one included."""
    monkeypatch.setattr(chat_drain, "LOOK_AGAIN", timedelta(hours=1))
    messages = 40
    async with engine.delivering() as drain:
        await asyncio.sleep(0)
        async with counted(engine.store) as counts:
            for start in range(at_once, messages + 1, at_once):
                engine.owe(*(f"message {start - number}" for number in range(at_once)))
                drain.ring()
                await eventually(lambda start=start: engine.store.outbox.counts()[SENT] == start)  # type: ignore[misc]
    assert counts[False] <= 4 * messages
    assert counts[True] <= 3 * messages
