"""The outbox against a Bot API server: every message ends in an honest state, none is lost, repeats are labelled."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pytest

from digest.channels.telegram import TelegramBot
from digest.delivery import retries
from digest.delivery.limits import RateLimit, windows_for
from digest.delivery.media.markup import REPEAT_LABEL
from digest.delivery.retries import RetryPolicy
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending import chat as deliver_channel
from digest.engine.sending import outbox as deliver
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.errors import StoreError
from digest.store.strangers import BotChat
from digest.values.messages import Delivery, DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import (
    Fault,
    answer_nonsense,
    bad_request,
    close_before,
    forbidden,
    lose_answer,
    migrated,
    server_error,
    slow,
    too_many_requests,
)
from tests.fakes.line_by_line import LineByLine
from tests.fakes.stores import new_store, store_url
from tests.fakes.writing import as_it_went_before

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from digest.store import Store
    from digest.store.sends import Windows

DESK, READER, SUPER = Chat(-1001, "Desk", "group"), Chat(42, "Reader", "private"), Chat(-100777, "Desk", "supergroup")
SPECS = (ChannelSpec("desk", Telegram("-1001")), ChannelSpec("phone", Telegram("42")))
DAY = timedelta(hours=24)
QUEUED, SENDING, SENT = DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT
UNKNOWN, DEAD = DeliveryState.UNKNOWN, DeliveryState.DEAD
LABEL = REPEAT_LABEL.strip()


class Token:
    """A token that shows itself on purpose only."""

    def __init__(self, text: str = TOKEN) -> None:
        self._text = text

    def reveal(self) -> str:
        """The token itself."""
        return self._text


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new store on disk."""
    with new_store(store_url(tmp_path / "digest.db")) as opened:
        yield opened


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server that knows both channels' chats."""
    async with BotApi((DESK, READER, SUPER)) as running:
        yield running


@dataclass
class Engine:
    """What a test sets up: a store, a server, and how to deliver from one to the other."""

    store: Store
    api: BotApi
    on_unknown: str = "resend"
    give_up: timedelta = DAY
    windows: Windows = field(default=lambda _: ())
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(resend=(timedelta(seconds=0.2),)))
    thread: Callable[[], StoreThread] = StoreThread
    channels: tuple[ChannelSpec, ...] = SPECS
    tokens: dict[str, str] = field(default_factory=dict)
    answer_seconds: float = 5.0
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    def owe(self, *parts: str, channel: str = "desk", severity: Severity = Severity.NORMAL) -> int:
        """Owe one message of these parts; its id."""
        planned = PlannedDelivery(channel, DeliveryKind.NOTICE, severity, parts[0], {"lines": list(parts)})
        (number,) = self.store.outbox.owe([planned], [], datetime.now(UTC))
        return number

    def look(self, number: int) -> Delivery:
        """A delivery as it stands."""
        return self.store.outbox.get(number)

    @asynccontextmanager
    async def drain(self) -> AsyncIterator[OutboxDrain]:
        """A drain that is prepared but not running, as after the start of an engine."""
        self.store.sends.windows = self.windows
        async with self.thread() as thread, TelegramBots(self) as bots:
            drain = OutboxDrain(
                self.store,
                thread,
                channels=self.channels,
                off={},
                open_channel=lambda spec, chat: LineByLine(channel_opener(bots.of(spec))(spec, chat)),
                policy=DeliveryPolicy(self.give_up, replace(self.retry, hold_unknown=self.on_unknown == "hold")),
            )
            await drain.prepare()
            yield drain

    @asynccontextmanager
    async def delivering(self) -> AsyncIterator[OutboxDrain]:
        """A running drain, stopped in good order at the end of the block."""
        async with self.drain() as drain:
            running = asyncio.create_task(drain.run(self.stop))
            try:
                yield drain
            finally:
                self.stop.set()
                await running
                self.stop.clear()

    async def until(self, number: int, *states: DeliveryState) -> Delivery:
        """Wait until a delivery stands in one of these states."""
        await eventually(lambda: self.look(number).state in states)
        return self.look(number)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a database is asked, it does not tell
            await asyncio.sleep(0.01)


class TelegramBots(AsyncExitStack):
    """One bot for each token that the channels use."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self._tokens = engine.tokens
        known = {TOKEN, *engine.tokens.values()}
        self._bots = {
            token: TelegramBot(Token(token), engine.api.url, answer_seconds=engine.answer_seconds) for token in known
        }

    def of(self, spec: ChannelSpec) -> TelegramBot:
        """The bot of a channel."""
        return self._bots[self._tokens.get(spec.name, TOKEN)]

    async def __aenter__(self) -> Self:
        for bot in self._bots.values():
            await self.enter_async_context(bot)
        return self


@pytest.fixture(autouse=True)
def _attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for what other processes owe more often than a real engine does."""
    monkeypatch.setattr(deliver_channel, "LOOK_AGAIN", timedelta(seconds=0.05))


@pytest.fixture
def engine(store: Store, api: BotApi) -> Engine:
    """An engine's delivering half, at no pace of its own."""
    return Engine(store, api)


async def test_messages_go_in_order_and_urgent_first(engine: Engine, api: BotApi) -> None:
    """The oldest first, but urgent before all; every part in its order, and silent where it is low."""
    async with engine.drain() as drain:
        numbers = [
            engine.owe("a1", "a2"),
            engine.owe("b", severity=Severity.LOW),
            engine.owe("c", severity=Severity.URGENT),
            engine.owe("d", severity=Severity.HIGH, channel="phone"),
        ]
        await drain.run_once()
    assert api.texts(DESK.id) == ["c", "a1", "a2", "b"]
    assert api.texts(READER.id) == ["d"]
    assert [message.text for message in api.messages if message.silent] == ["b"]
    deliveries = [engine.look(number) for number in numbers]
    assert [(each.state, each.attempts, len(each.message_ids)) for each in deliveries] == [
        (SENT, 1, 2), (SENT, 1, 1), (SENT, 1, 1), (SENT, 1, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "on_unknown", "ends", "reason"),
    [
        (too_many_requests(1), "resend", (SENT, ["x"], 2), ""),
        (bad_request("can't parse entities: x"), "resend", (DEAD, [], 1), "Telegram refused: Can't parse"),
        (forbidden(), "resend", (SENT, ["x"], 2), ""),
        (bad_request("message thread not found"), "resend", (SENT, ["x"], 2), ""),
        (migrated(SUPER.id), "resend", (SENT, ["x"], 2), ""),
        (server_error(), "resend", (SENT, ["next", f"{LABEL}\nx"], 2), ""),
        (server_error(), "hold", (UNKNOWN, [], 1), "Telegram had a problem"),
        (close_before(), "resend", (SENT, ["next", f"{LABEL}\nx"], 2), ""),
        (close_before(), "hold", (UNKNOWN, [], 1), "the connection broke"),
        (lose_answer(), "resend", (SENT, ["x", "next", f"{LABEL}\nx"], 2), ""),
        (lose_answer(), "hold", (UNKNOWN, ["x"], 1), "the connection broke"),
        (answer_nonsense(), "hold", (UNKNOWN, ["x"], 1), "what answers at 127.0.0.1"),
    ],
)
async def test_every_failure_ends_in_an_honest_state(
    engine: Engine, fault: Fault, on_unknown: str, ends: tuple[DeliveryState, list[str], int], reason: str
) -> None:
    """Tried again unless refused or unknown and held; labelled only if it may be a repeat; the next one still goes.

    After a lost answer that goes first; where the place refuses, or asks for something, it waits for it.
    """
    engine.on_unknown = on_unknown
    engine.api.fail(fault)
    number = engine.owe("x")
    following = engine.owe("next")
    state, texts, attempts = ends
    async with engine.delivering():
        found = await engine.until(number, SENT, DEAD, UNKNOWN)
        await engine.until(following, SENT)
    assert (found.state, found.attempts) == (state, attempts)
    assert engine.api.texts() == (texts if "next" in texts else [*texts, "next"])
    assert found.reason.startswith(reason)
    assert bool(found.reason) == bool(reason)


async def test_a_migrated_group_keeps_its_new_address(engine: Engine) -> None:
    """After a migration messages go to the new id, also after a restart."""
    engine.api.fail(migrated(SUPER.id))
    for text in ("first", "second"):
        engine.owe(text)
        async with engine.drain() as drain:
            await drain.run_once()
    assert engine.api.texts(SUPER.id) == ["first", "second"]
    assert engine.store.channels.state("desk").chat == str(SUPER.id)


@pytest.mark.parametrize("chats", [(SUPER.id, DESK.id), (DESK.id,)], ids=["in a circle", "to itself"])
async def test_a_group_that_moves_again_and_again_is_not_run_after(engine: Engine, chats: tuple[int, ...]) -> None:
    """Its first move is followed at once; from there on each is a failure as any other: spaced, shown, given up."""
    engine.give_up = timedelta(0)
    engine.api.fail(*(migrated(chats[number % len(chats)]) for number in range(100)))
    began = datetime.now(UTC)
    number = engine.owe("x")
    async with engine.delivering():
        dead = await engine.until(number, DEAD)
    assert dead.attempts == retries._TRIES
    assert dead.updated - began >= timedelta(seconds=1)
    assert dead.reason.startswith("given up: the group became a supergroup with the id -")
    assert engine.store.channels.state("desk").last_error.startswith("the group became a supergroup")


async def test_who_cannot_be_reached_is_tried_again_without_a_label(store: Store) -> None:
    """While Telegram is out of reach the message stays queued with the reason, and goes once it is back."""
    async with BotApi((DESK, READER)) as gone:
        port = int(gone.url.rpartition(":")[2])
    engine = Engine(store, gone)
    number = engine.owe("x")
    async with engine.delivering():
        await eventually(lambda: "could not be reached" in engine.look(number).reason)
        waiting = engine.look(number)
        assert (waiting.state, waiting.not_before is None) == (QUEUED, False)
        assert "could not be reached" in store.channels.state("desk").last_error
        async with BotApi((DESK, READER), port=port) as back:
            await engine.until(number, SENT)
            assert back.texts() == ["x"]


async def test_a_wrong_token_turns_the_channel_off_and_keeps_what_it_is_owed(engine: Engine) -> None:
    """Nothing is given up for a wrong token; another bot's channel goes on; the right token delivers."""
    engine.tokens = {"desk": "987654321:AAEwrong-wrong-wrong-wrong-wrong-wro"}
    numbers = [engine.owe("x"), engine.owe("y")]
    other = engine.owe("z", channel="phone")
    async with engine.delivering():
        await engine.until(other, SENT)
        await eventually(lambda: bool(engine.store.channels.state("desk").off))
    assert [engine.look(number).state for number in numbers] == [QUEUED, QUEUED]
    assert "token" in engine.look(numbers[1]).reason
    engine.tokens = {}
    async with engine.drain() as drain:
        await drain.run_once()
    assert engine.api.texts(DESK.id) == ["x", "y"]


async def test_a_token_that_is_known_again_is_noticed(engine: Engine) -> None:
    """A server of one's own may not know it while it starts: the channel is off, and back without a restart of ours."""
    engine.api.token, token = "1:other", engine.api.token
    numbers = [engine.owe("x"), engine.owe("y")]
    async with engine.delivering():
        await eventually(lambda: "token" in engine.store.channels.state("desk").off)
        assert "token" in engine.look(numbers[1]).reason
        engine.api.token = token
        await engine.until(numbers[1], SENT)
    assert engine.store.channels.state("desk").off == ""
    assert engine.api.texts() == ["x", "y"]


async def test_an_admins_chat_takes_messages_from_when_the_admin_writes(
    engine: Engine, api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it refused before waits with the remedy, until it is given up; whatever the wait was, it is over then."""
    monkeypatch.setattr(retries, "retry_wait", lambda *_: DAY)
    ann = Chat(43, "Ann", "private")
    engine.channels = (ChannelSpec("admin 43", Telegram(str(ann.id))),)
    number = engine.owe("text", channel="admin 43")
    async with engine.delivering():
        await eventually(lambda: engine.look(number).reason != "")
        assert engine.look(number).state is QUEUED
        assert engine.look(number).reason.endswith("(Chat not found): this admin has to write /start to the bot")
        api.chats[ann.id] = ann
        engine.store.bot_chats.note(BotChat(ann.id, "private", "Ann", "", datetime.now(UTC)))
        await engine.until(number, SENT)
    assert api.texts(ann.id) == ["text"]


async def test_what_is_urgent_overtakes_the_rest_of_a_long_message(engine: Engine) -> None:
    """Between two parts; the rest follows, and no part comes twice."""
    engine.windows = windows_for
    number = engine.owe("a", "b", "c")
    async with engine.delivering():
        await engine.api.wait_until(lambda api: api.texts() == ["a"])
        engine.owe("now", severity=Severity.URGENT)
        engine.owe("later", severity=Severity.LOW)
        await eventually(lambda: len(engine.api.texts()) == 5)
    assert engine.api.texts() == ["a", "now", "b", "c", "later"]
    assert engine.look(number).state is SENT


async def test_a_message_that_fails_again_and_again_holds_up_no_other(engine: Engine) -> None:
    """It may be its own fault: the rest of the channel goes in between, whatever it weighs; urgent is tried first."""
    engine.retry = RetryPolicy(resend=(timedelta(seconds=0.05), timedelta(seconds=3)))
    bad = engine.owe("x", severity=Severity.URGENT)
    as_it_went_before(engine.store, bad, str(DESK.id), "x" * 5000)  # more than a message may hold
    engine.api.fail(*[server_error()] * 2)
    async with engine.delivering():
        await eventually(lambda: engine.look(bad).attempts == 2)
        good = [engine.owe(f"good {number}", severity=Severity.LOW) for number in range(3)]
        for number in good:
            await engine.until(number, SENT)
        assert engine.look(bad).attempts == 2
        await engine.until(bad, DEAD)


@pytest.mark.parametrize(
    ("on_unknown", "again"), [("resend", ["drop", "retry"]), ("hold", ["drop", "retry"]), ("hold", ["retry"])]
)
@pytest.mark.parametrize("lost_by", ["answer", "crash"])
async def test_what_was_asked_for_again_while_it_was_sent_says_that_it_may_be_there(
    engine: Engine, on_unknown: str, again: list[str], lost_by: str
) -> None:
    """Dropped or not, the first may have arrived; and whoever wants it again is not asked whether."""
    engine.api.fail(slow(1.0))
    engine.on_unknown, engine.answer_seconds = on_unknown, 0.4 if lost_by == "answer" else 5.0
    number = engine.owe("x")
    async with engine.drain() as drain:
        running = asyncio.create_task(drain.run(asyncio.Event()))
        await engine.api.wait_until(lambda api: len(api.messages) == 1)
        for change in again:
            getattr(engine.store.outbox, change)(number, datetime.now(UTC))
        if lost_by == "answer":
            await engine.until(number, SENT)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with engine.delivering():
        await engine.until(number, SENT)
    assert engine.api.texts() == ["x", f"{LABEL}\nx"]


async def test_a_retry_during_a_send_that_is_refused_is_kept(engine: Engine) -> None:
    """`digest outbox retry` has promised it."""
    engine.api.fail(replace(bad_request("can't parse entities: x"), seconds=0.5))
    number = engine.owe("x")
    async with engine.delivering():
        await engine.until(number, SENDING)
        engine.store.outbox.retry(number, datetime.now(UTC))
        await engine.until(number, SENT)
    assert engine.api.texts() == ["x"]


async def test_every_part_of_what_is_sent_again_says_so(engine: Engine) -> None:
    """All of it may be there."""
    number = engine.owe("a", "b")
    async with engine.drain() as drain:
        await drain.run_once()
        engine.store.outbox.retry(number, datetime.now(UTC))
        await drain.run_once()
    assert engine.api.texts() == ["a", "b", f"{LABEL}\na", f"{LABEL}\nb"]
    assert not engine.look(number).maybe_repeat


async def test_a_failing_channel_delays_no_other(engine: Engine) -> None:
    """While one channel waits for an answer and then for its silence to end, the other delivers."""
    engine.api.fail(slow(1.5), too_many_requests(600), chat=DESK.id)
    stuck = [engine.owe("slow"), engine.owe("limited")]
    async with engine.delivering():
        await engine.api.wait_until(lambda api: api.texts() == ["slow"])
        first = engine.owe("one", channel="phone")
        await engine.until(first, SENT)
        assert engine.look(stuck[0]).state is SENDING
        await engine.until(stuck[0], SENT)
        await eventually(lambda: engine.store.channels.state("desk").paused_until is not None)
        second = engine.owe("two", channel="phone")
        await engine.until(second, SENT)
    assert engine.look(stuck[1]).state is QUEUED


async def test_asked_for_silence_outlives_a_restart(engine: Engine) -> None:
    """After a 429 nothing goes to the channel before its time, whoever starts in between, not even what is new."""
    engine.api.fail(too_many_requests(600))
    limited = engine.owe("limited")
    for _ in range(2):
        async with engine.drain() as drain:
            await drain.run_once()
        engine.owe("new", severity=Severity.URGENT)
    assert engine.api.messages == []
    not_before = engine.look(limited).not_before
    assert not_before is not None
    assert not_before > datetime.now(UTC) + timedelta(seconds=500)


async def test_the_pace_outlives_a_restart(engine: Engine) -> None:
    """`run --once` leaves queued what the limits delay, and the sends of an earlier run count."""
    engine.windows = lambda _: (RateLimit(2, timedelta(minutes=1)),)
    numbers = [engine.owe(text) for text in ("a", "b", "c")]
    for _ in range(2):
        async with engine.drain() as drain:
            await drain.run_once()
        assert [engine.look(number).state for number in numbers] == [SENT, SENT, QUEUED]
    assert engine.api.texts() == ["a", "b"]


async def test_parts_that_the_pace_delays_stay_owed(engine: Engine) -> None:
    """A long message whose rest must wait is queued with what was accepted noted: nothing is sent twice."""
    engine.windows = lambda _: (RateLimit(2, timedelta(minutes=1)),)
    number = engine.owe("a", "b", "c")
    async with engine.drain() as drain:
        await drain.run_once()
    assert (engine.look(number).state, len(engine.look(number).message_ids)) == (QUEUED, 2)
    engine.windows = lambda _: ()
    async with engine.drain() as drain:
        await drain.run_once()
    assert engine.api.texts() == ["a", "b", "c"]
    assert engine.look(number).state is SENT


async def test_a_lost_answer_repeats_only_its_own_part(engine: Engine) -> None:
    """Parts that were accepted are not sent again; the one in doubt is labelled, those after it are not."""
    engine.api.fail(slow(0), lose_answer())
    number = engine.owe("a", "b", "c")
    async with engine.delivering():
        await engine.until(number, SENT)
    assert engine.api.texts() == ["a", "b", f"{LABEL}\nb", "c"]


@pytest.mark.parametrize(("fault", "doubt"), [(server_error(), True), (too_many_requests(1), False)])
async def test_giving_up_is_shown(engine: Engine, fault: Fault, *, doubt: bool) -> None:
    """What was owed for longer than `give_up` is dead at its third failure, with what happened last as the reason.

    A lost answer stays in doubt, so that a retry by the user says it may be a repeat.
    """
    engine.give_up = timedelta(0)
    engine.api.fail(fault, fault, fault)
    number = engine.owe("x")
    async with engine.delivering():
        found = await engine.until(number, DEAD)
    assert found.attempts == 3
    assert found.reason.startswith("given up: Telegram ")
    assert found.maybe_repeat is doubt


async def test_a_held_doubt_is_never_given_up(engine: Engine) -> None:
    """With `on_unknown = "hold"` the user decides, however long it takes."""
    engine.on_unknown, engine.give_up = "hold", timedelta(0)
    engine.api.fail(lose_answer())
    number = engine.owe("x")
    async with engine.delivering():
        found = await engine.until(number, UNKNOWN)
    assert (found.attempts, engine.api.texts()) == (1, ["x"])


@pytest.mark.parametrize(
    ("on_unknown", "state", "texts"),
    [("resend", SENT, ["x", f"{LABEL}\nx"]), ("hold", UNKNOWN, ["x"])],
)
async def test_a_crash_before_the_answer_is_recorded(
    engine: Engine, on_unknown: str, state: DeliveryState, texts: list[str]
) -> None:
    """Accepted but never recorded: after the restart it is sent again and says so, or held, as the user wants."""
    engine.on_unknown = on_unknown
    engine.api.fail(slow(30))
    number = engine.owe("x")
    async with engine.drain() as drain:
        running = asyncio.create_task(drain.run(engine.stop))
        await engine.api.wait_until(lambda api: api.texts() == ["x"])
        running.cancel()  # no finishing, no recording
        with suppress(asyncio.CancelledError):
            await running
    assert engine.look(number).state is SENDING
    async with engine.drain() as drain:
        await drain.run_once()
    assert engine.look(number).state is state
    assert engine.api.texts() == texts


async def test_new_deliveries_go_when_the_bell_rings(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that owes messages rings, and they go at once: nothing waits for the next look."""
    monkeypatch.setattr(deliver_channel, "LOOK_AGAIN", timedelta(hours=1))
    async with engine.delivering() as drain:
        for text in ("a", "b", "c"):
            number = engine.owe(text)
            drain.ring()
            await engine.until(number, SENT)
    assert engine.api.texts() == ["a", "b", "c"]


async def test_what_other_processes_owe_is_found(engine: Engine) -> None:
    """`digest outbox retry` rings no bell here, and its message goes all the same."""
    engine.api.fail(bad_request("can't parse entities: x"))
    number = engine.owe("x")
    async with engine.delivering():
        await engine.until(number, DEAD)
        engine.store.outbox.retry(number, datetime.now(UTC))
        await engine.until(number, SENT)
    assert engine.api.texts() == ["x"]


async def test_a_clean_stop_finishes_the_message_in_hand(engine: Engine) -> None:
    """What is under way gets its answer and is recorded; what is not begun stays queued."""
    engine.api.fail(slow(0.5))
    first, second = engine.owe("a"), engine.owe("b")
    async with engine.delivering():
        await engine.api.wait_until(lambda api: api.texts() == ["a"])
    assert (engine.look(first).state, engine.look(second).state) == (SENT, QUEUED)


async def test_a_clean_stop_between_two_parts_leaves_the_rest_queued(engine: Engine) -> None:
    """A message stopped between its parts is in no doubt: it goes on with the next part, without a label."""
    engine.windows = lambda _: (RateLimit(1, timedelta(seconds=30)),)
    number = engine.owe("a", "b")
    async with engine.delivering():
        await eventually(lambda: bool(engine.look(number).message_ids))
    found = engine.look(number)
    assert (found.state, len(found.message_ids), found.maybe_repeat) == (QUEUED, 1, False)


async def test_a_stop_waits_for_no_answer_for_ever(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that does not come in time counts as lost: the message stays `sending` for the next start to judge."""
    monkeypatch.setattr(deliver, "_STOP_SECONDS", 0.2)
    engine.answer_seconds = 60
    engine.api.fail(slow(60))
    number = engine.owe("x")
    async with engine.delivering():
        await engine.api.wait_until(lambda api: api.texts() == ["x"])
    assert engine.look(number).state is SENDING


async def test_what_was_accepted_is_recorded_however_long_the_store_fails(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk after an accepted message leads to no repeat: recording it is tried until it works."""
    monkeypatch.setattr(deliver_channel, "_STORE_AGAIN", 0.01)

    class FullDisk(StoreThread):
        """Fails the first calls that record an accepted part."""

        failures = 3

        async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            """As usual, or the error that a full disk leads to."""
            if getattr(function, "__name__", "") == "part_sent" and self.failures:
                self.failures -= 1
                raise StoreError("the disk is full")
            return await super().call(function, *args, **kwargs)

    engine.thread = FullDisk
    number = engine.owe("x")
    async with engine.delivering():
        await engine.until(number, SENT)
    assert engine.api.texts() == ["x"]


async def test_a_fault_of_our_own_leaves_nothing_in_hand_for_ever(engine: Engine) -> None:
    """Delivering that failed and is taken up again sends what it had in hand, as a possible repeat."""

    class Faulty(StoreThread):
        """Fails, by a mistake, the first call that records an accepted part."""

        failures = 1

        async def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            """As usual, but for the first."""
            if getattr(function, "__name__", "") == "part_sent" and self.failures:
                self.failures = 0
                raise RuntimeError
            return await super().call(function, *args, **kwargs)

    engine.thread = Faulty
    number = engine.owe("x")
    async with engine.drain() as drain:
        with pytest.raises(RuntimeError):
            await drain.run(engine.stop)
        running = asyncio.create_task(drain.run(engine.stop))
        await engine.until(number, SENT)
        engine.stop.set()
        await running
    assert engine.api.texts() == ["x", f"{LABEL}\nx"]
