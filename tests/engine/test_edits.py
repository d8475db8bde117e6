"""Messages that were sent are edited in place, in order and at the pace of their chat; none is lost by an edit."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.channels.base import Channel
from digest.channels.telegram import TelegramBot
from digest.delivery import queue
from digest.delivery.limits import windows_for
from digest.demo.bot_values import Chat
from digest.engine.ground.threads import StoreThread
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.store import Store, open_store
from digest.store.edits import NO_LONGER_EDITED
from digest.store.schema import deliveries
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import ChannelSpec, Folder, Telegram
from digest.values.stories import Development
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import (
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
from tests.fakes.limit_judge import LimitJudge
from tests.fakes.line_by_line import LineByLine, lines
from tests.fakes.newsroom import TITLE, Newsroom
from tests.fakes.stores import new_store, store_url
from tests.fakes.writing import stored_parts
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from digest.channels.base import Outgoing
    from digest.demo.bot_values import AcceptedMessage
    from digest.values.messages import Delivery
    from tests.fakes.bot_faults import Fault

DESK, READER, SUPER = Chat(-1001, "Desk", "group"), Chat(42, "Reader", "private"), Chat(-100777, "Desk", "supergroup")
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Token:
    """A token that shows itself on purpose only."""

    def reveal(self) -> str:
        """The token itself."""
        return TOKEN


@dataclass
class Clock:
    """A time that passes, and that a test sets forward."""

    ahead: timedelta = timedelta(0)
    begun: float = field(default_factory=time.monotonic)

    def __call__(self) -> datetime:
        """What it shows."""
        return NOON + self.ahead + timedelta(seconds=time.monotonic() - self.begun)


@dataclass
class Desk:
    """A store, a newsroom that fills it, and a server that it is delivered to."""

    store: Store
    api: BotApi
    clock: Clock
    news: Newsroom
    channels: tuple[ChannelSpec, ...] = (ChannelSpec("desk", Telegram("-1001")),)
    wrap: Callable[[Channel], Channel] = lambda channel: channel
    answer_seconds: float = 5.0

    @asynccontextmanager
    async def drain(self, store: Store | None = None) -> AsyncIterator[OutboxDrain]:
        """What delivers, as after the start of an engine."""
        async with AsyncExitStack() as opened:
            thread = await opened.enter_async_context(StoreThread())
            bot = TelegramBot(Token(), self.api.url, answer_seconds=self.answer_seconds)
            opener = channel_opener(await opened.enter_async_context(bot))
            drain = OutboxDrain(
                store or self.store,
                thread,
                channels=self.channels,
                off={},
                open_channel=lambda spec, chat: self.wrap(opener(spec, chat)),
                policy=DeliveryPolicy(DAY, buttons=True),
                now=self.clock,
            )
            await drain.prepare()
            yield drain

    async def deliver(self, after: timedelta = timedelta(0)) -> None:
        """Deliver what can go, once so much time has passed."""
        self.clock.ahead += after
        async with self.drain() as drain:
            await drain.run_once()

    @property
    def first(self) -> AcceptedMessage:
        """The first message, as it reads now."""
        return self.api.messages[0]

    def row(self, number: int = 1) -> dict[str, object]:
        """What is stored of a delivery."""
        with self.store.database.read() as connection:
            return dict(connection.execute(select(deliveries).where(deliveries.c.id == number)).one()._mapping)

    def written(self, delivery: Delivery) -> tuple[str, ...]:
        """A message as it would be written now."""
        return stored_parts(self.store, delivery, self.channels[0])

    def is_as_it_should(self, number: int = 1) -> bool:
        """Whether a delivery is sent, and nothing is left to be edited."""
        row = self.row(number)
        return row["state"] == DeliveryState.SENT and row["stale"] is row["edit_at"] is row["failed"] is None


@pytest.fixture(autouse=True)
def _updates_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half an hour is too long for a test: an UPDATE goes at once."""
    monkeypatch.setattr(queue, "BETWEEN_UPDATES", timedelta(0))


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose one channel is a group; limits are kept only by those who count."""
    clock = Clock()
    with new_store(store_url(tmp_path / "digest.db")) as store:
        async with BotApi((DESK, READER, SUPER), judge=LimitJudge(), now=clock) as api:
            made = Desk(store, api, clock, Newsroom(store, clock, tiers={"Example": "B"}))
            store.channels.sync(made.channels, {}, clock())
            yield made
            assert [str(violation) for violation in judge_of(api).violations] == []


def judge_of(api: BotApi) -> LimitJudge:
    """Who counted what arrived."""
    judge = api._judge
    assert judge is not None
    return judge


async def told(desk: Desk) -> int:
    """An event is reported and told; its story."""
    story = desk.news.story()
    desk.news.report(story, "Example")
    await desk.deliver()
    return story


# --- what is edited, and when ------------------------------------------------------------------------------------


async def test_outlets_that_join_are_written_into_the_first_message(desk: Desk) -> None:
    """No new message; the buttons stay, and the store knows what it reads now."""
    story = await told(desk)
    before = desk.first
    assert "Example (B) · 12:00 UTC, 22 Nov\n\n" in before.text
    desk.news.report(story, "Reuters", told=False)
    desk.news.report(story, "AFP", told=False)
    await desk.deliver(MINUTE)
    assert "22 Nov\nalso Reuters, AFP · 3 sources\n\nThe embassy" in desk.first.text
    assert desk.first.buttons == before.buttons
    assert [message.id for message in desk.api.messages] == [before.id]
    assert desk.row()["parts"] == [desk.first.html]
    assert desk.is_as_it_should()


async def test_what_changes_within_a_minute_is_one_edit(desk: Desk) -> None:
    """The first at once; all that comes in the minute after it together, once that is over."""
    story = await told(desk)
    for outlet in ("Reuters", "AFP", "dpa", "EFE"):
        desk.news.report(story, outlet, told=False)
        await desk.deliver(timedelta(seconds=15))
    assert len(desk.api.edits) == 1
    await desk.deliver(timedelta(seconds=15))
    assert ["also Reuters · 2" in edit.text for edit in desk.api.edits] == [True, False]
    assert "also Reuters, AFP, dpa, EFE · 5 sources" in desk.first.text


async def test_there_is_one_edit_a_minute_and_chat(desk: Desk) -> None:
    """However many messages would read differently: those that have waited longest first."""
    several = [await told(desk) for _ in range(3)]
    for story in several:
        desk.news.report(story, "Reuters", told=False)
    edited = []
    for _ in range(8):
        await desk.deliver(timedelta(seconds=20))
        edited.append(len(desk.api.edits))
    assert edited == [1, 1, 1, 2, 2, 2, 3, 3]
    assert [edit.id for edit in desk.api.edits] == [message.id for message in desk.api.messages]


async def test_what_reads_the_same_is_not_edited(desk: Desk) -> None:
    """A report of the outlet that is told already changes nothing that is said."""
    story = await told(desk)
    desk.news.report(story, "Example", told=False)
    assert not desk.is_as_it_should()
    await desk.deliver(MINUTE)
    assert [method for method, _ in desk.api.calls if "edit" in method.lower()] == []
    assert desk.is_as_it_should()


async def test_messages_go_first(desk: Desk) -> None:
    """An edit never takes the place of a message, not even of one that waits for its turn in the chat."""
    story = await told(desk)
    desk.news.report(story, "Reuters", told=False)
    for _ in range(3):
        desk.news.report(desk.news.story(), "Example")
    await desk.deliver(timedelta(seconds=5))
    assert len(desk.api.messages) == 4
    heard = [arrival.note for arrival in judge_of(desk.api).arrivals]
    assert ["also Reuters" in note for note in heard] == [False] * 4 + [True]


async def test_an_edit_leaves_room_for_messages(desk: Desk) -> None:
    """A group takes twenty messages a minute: edits wait while half of that is used up, so that none waits for them."""
    stories = [desk.news.story() for _ in range(11)]
    for story in stories:
        desk.news.report(story, "Example")
    desk.store.sends.windows = lambda _: ()
    desk.api._judge = LimitJudge()
    await desk.deliver()
    desk.api._judge = LimitJudge()
    desk.store.sends.windows = windows_for
    desk.news.report(stories[0], "Reuters", told=False)
    await desk.deliver(timedelta(seconds=30))
    assert not desk.api.edits
    await desk.deliver(timedelta(seconds=31))
    assert len(desk.api.edits) == 1


async def test_a_message_that_is_on_its_way_is_edited_afterwards(desk: Desk) -> None:
    """What changed between its writing and Telegram's answer is not forgotten."""
    story = desk.news.story()
    desk.news.report(story, "Example")

    class Meanwhile(Channel):
        """Another outlet reports it while the message is under way."""

        def __init__(self, channel: Channel) -> None:
            self.channel = channel

        async def send(self, outgoing: Outgoing) -> int:
            desk.news.report(story, "Reuters", told=False)
            return await self.channel.send(outgoing)

        async def edit(self, outgoing: Outgoing, message_id: int) -> None:
            await self.channel.edit(outgoing, message_id)

    desk.wrap = Meanwhile
    await desk.deliver()
    await desk.deliver(MINUTE)
    assert "also Reuters · 2 sources" in desk.first.text


async def test_what_changes_while_an_edit_is_on_its_way_is_edited_afterwards(desk: Desk) -> None:
    """The edit that was accepted is not all there is to say any more."""
    story = await told(desk)
    desk.news.report(story, "Reuters", told=False)

    class Meanwhile(Channel):
        """Another outlet reports it while the edit is under way."""

        def __init__(self, channel: Channel) -> None:
            self.channel = channel

        async def send(self, outgoing: Outgoing) -> int:
            return await self.channel.send(outgoing)

        async def edit(self, outgoing: Outgoing, message_id: int) -> None:
            desk.news.report(story, "AFP", told=False)
            await self.channel.edit(outgoing, message_id)

    desk.wrap = Meanwhile
    await desk.deliver(MINUTE)
    assert "also Reuters · 2 sources" in desk.first.text
    assert not desk.is_as_it_should()
    desk.wrap = lambda channel: channel
    await desk.deliver(timedelta(seconds=61))
    assert "also Reuters, AFP · 3 sources" in desk.first.text


async def test_a_retried_message_is_written_anew_and_not_edited(desk: Desk) -> None:
    """It goes as it reads by then."""
    story = await told(desk)
    desk.news.report(story, "Reuters", told=False)
    desk.store.outbox.retry(1, desk.clock())
    await desk.deliver(MINUTE)
    assert ["also Reuters" in text for text in desk.api.texts()] == [False, True]
    assert not desk.api.edits
    assert desk.is_as_it_should()


async def test_what_was_sent_elsewhere_is_let_be(desk: Desk) -> None:
    """A channel that leads to another chat by now: there its messages would be others'."""
    story = await told(desk)
    desk.channels = (ChannelSpec("desk", Telegram(str(SUPER.id))),)
    desk.store.channels.sync(desk.channels, {}, desk.clock())
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert not desk.api.edits_asked
    assert desk.is_as_it_should()


async def test_what_cannot_be_edited_is_let_be(desk: Desk, tmp_path: Path) -> None:
    """A file keeps what was written to it; nothing is left to be done."""
    desk.channels = (ChannelSpec("notes", Folder(str(tmp_path / "notes"))),)
    desk.news.channels = ("notes",)
    desk.store.channels.sync(desk.channels, {}, desk.clock())
    story = await told(desk)
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.is_as_it_should()
    (written,) = (tmp_path / "notes").iterdir()
    assert written.read_text().count(TITLE) == 1


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deleted", "too_old", "refused"])
async def test_an_edit_that_telegram_never_takes_is_given_up(desk: Desk, how: str) -> None:
    """The message stays sent and as it was, the store says why, and it is not asked for again."""
    story = await told(desk)
    before, place = desk.first, (DESK.id, desk.first.id)
    if how == "refused":
        desk.api.fail_edits(bad_request("MESSAGE_ID_INVALID"))
    else:
        (desk.api.deleted if how == "deleted" else desk.api.too_old).add(place)
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.first == before
    assert desk.is_as_it_should()
    assert str(desk.row()["reason"]).startswith(NO_LONGER_EDITED)
    assert desk.store.channels.state("desk").last_error == ""
    assert desk.news.stale(story) == 0


async def test_of_a_closed_chat_only_this_edit_is_given_up(desk: Desk) -> None:
    """It may be open again by the time of the next."""
    story = await told(desk)
    desk.api.fail_edits(forbidden())
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.is_as_it_should()
    desk.news.report(story, "AFP", told=False)
    await desk.deliver(MINUTE)
    assert "also Reuters, AFP" in desk.first.text


@pytest.mark.parametrize("fault", [lose_answer(), answer_nonsense(), close_before(), server_error(502)])
async def test_an_edit_whose_answer_was_lost_is_made_again(desk: Desk, fault: Fault) -> None:
    """After a minute; that it stands there already is fine."""
    story = await told(desk)
    desk.api.fail_edits(fault)
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.row()["state"] == DeliveryState.SENT
    assert not desk.is_as_it_should()
    assert "also" not in str(desk.row()["parts"])
    await desk.deliver(timedelta(seconds=70))
    assert "also Reuters" in desk.first.text
    assert desk.row()["parts"] == [desk.first.html]
    assert desk.is_as_it_should()


async def test_lost_edits_are_tried_at_growing_intervals(desk: Desk) -> None:
    """After one, five and thirty minutes, then hourly; after a day it is left as it is."""
    story = await told(desk)
    desk.api.fail_edits(*[close_before()] * 100)
    desk.news.report(story, "Reuters", told=False)
    tries: list[datetime] = []
    waits: list[int] = []
    while desk.row()["stale"] is not None and len(tries) < 50:
        await desk.deliver(MINUTE)
        tries.append(desk.clock())
        due = desk.row()["edit_at"]
        if isinstance(due, datetime):
            waits.append(round((due - desk.clock()) / MINUTE))
            desk.clock.ahead += due - desk.clock()
    assert waits[:5] == [1, 5, 30, 60, 60]
    assert timedelta(hours=12) < tries[-1] - tries[0] < timedelta(days=2)
    assert desk.is_as_it_should()
    assert str(desk.row()["reason"]).startswith(NO_LONGER_EDITED)


async def test_what_reads_as_before_again_is_written_while_nobody_knows(desk: Desk) -> None:
    """A lost edit may stand there: it is taken back, though what is known to stand there reads so already."""
    story = await told(desk)
    desk.api.fail_edits(lose_answer())
    other = desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert "also Reuters" in desk.first.text
    desk.news.part(other)
    await desk.deliver(2 * MINUTE)
    assert "also" not in desk.first.text
    assert desk.is_as_it_should()


async def test_a_slow_answer_keeps_nothing_else_wrong(desk: Desk) -> None:
    """One that comes counts; one that comes too late was lost."""
    story = await told(desk)
    desk.answer_seconds = 0.3
    desk.api.fail_edits(slow(0.1), slow(1.0))
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.is_as_it_should()
    desk.news.report(story, "AFP", told=False)
    await desk.deliver(MINUTE)
    assert not desk.is_as_it_should()
    await desk.deliver(2 * MINUTE)
    assert desk.is_as_it_should()
    assert len(desk.api.edits) == 2


async def test_silence_that_is_asked_for_holds_for_messages_too(desk: Desk) -> None:
    """A 429 to an edit stops the chat for as long as it says."""
    story = await told(desk)
    desk.api.fail_edits(too_many_requests(100))
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    desk.news.report(desk.news.story(), "Example")
    await desk.deliver(timedelta(seconds=90))
    assert len(desk.api.messages) == 1
    await desk.deliver(timedelta(seconds=15))
    assert len(desk.api.messages) == 2
    await desk.deliver(timedelta(seconds=15))
    assert "also Reuters" in desk.first.text


async def test_a_group_that_moved_leaves_its_messages_behind(desk: Desk) -> None:
    """In the supergroup they have other ids: what was sent stays, what comes goes there and answers nothing."""
    story = await told(desk)
    desk.api.fail_edits(migrated(SUPER.id))
    desk.news.report(story, "Reuters", told=False)
    await desk.deliver(MINUTE)
    assert desk.is_as_it_should()
    assert desk.store.channels.state("desk").chat == str(SUPER.id)
    desk.news.report(story, "AFP", news=Development.TOLL)
    await desk.deliver(MINUTE)
    assert [message.chat.id for message in desk.api.messages] == [DESK.id, SUPER.id]
    assert [asked.get("reply_parameters") for method, asked in desk.api.calls if method == "sendMessage"] == [None] * 2
    desk.news.report(story, "dpa", told=False)
    for _ in range(3):
        await desk.deliver(MINUTE)
    assert [edit.chat.id for edit in desk.api.edits] == [SUPER.id]
    assert desk.is_as_it_should()


class Struck(Channel):
    """A channel whose engine is struck down once an edit has left, or just before."""

    def __init__(self, channel: Channel, *, left: bool) -> None:
        self._channel = channel
        self._left = left
        self.reached = False

    async def send(self, outgoing: Outgoing) -> int:
        """As the channel itself."""
        return await self._channel.send(outgoing)

    async def edit(self, outgoing: Outgoing, message_id: int) -> None:
        """Write it, or do not; the answer never comes."""
        if self._left:
            await self._channel.edit(outgoing, message_id)
        self.reached = True
        await asyncio.Future()


@pytest.mark.parametrize("left", [False, True])
async def test_a_crash_between_claim_and_answer_makes_the_edit_again(desk: Desk, *, left: bool) -> None:
    """Whether it had arrived or not; the message was sent all the while."""
    story = await told(desk)
    desk.news.report(story, "Reuters", told=False)
    made: list[Struck] = []

    def struck(channel: Channel) -> Channel:
        made.append(Struck(channel, left=left))
        return made[-1]

    desk.wrap = struck
    desk.clock.ahead += MINUTE
    async with desk.drain() as drain:
        running = asyncio.create_task(drain.run_once())
        await until(lambda: bool(made and made[-1].reached))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert desk.row()["state"] == DeliveryState.SENT
    assert not desk.is_as_it_should()
    desk.wrap = lambda channel: channel
    await desk.deliver(timedelta(seconds=61))
    await desk.deliver(timedelta(seconds=61))
    assert "also Reuters" in desk.first.text
    assert desk.is_as_it_should()
    assert len(desk.api.messages) == 1


async def test_two_engines_on_one_chat_edit_as_one(desk: Desk, tmp_path: Path) -> None:
    """Each message goes once, each edit once, no more than one a minute, and never too fast for the chat."""
    stories = [await told(desk) for _ in range(2)]
    for story in stories:
        desk.news.report(story, "Reuters", told=False)
    desk.news.report(desk.news.story(), "Example")
    with open_store(store_url(tmp_path / "digest.db")) as second:
        for _ in range(3):
            desk.clock.ahead += timedelta(seconds=30)
            async with desk.drain() as one, desk.drain(second) as other:
                await asyncio.gather(one.run_once(), other.run_once())
    assert len(desk.api.messages) == 3
    assert [edit.id for edit in desk.api.edits] == [message.id for message in desk.api.messages[:2]]
    assert desk.is_as_it_should(1)
    assert desk.is_as_it_should(2)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_goes_wrong_all_messages_arrive_and_edits_keep_their_pace(desk: Desk, seed: int) -> None:
    """Faults of every kind in between: no message is lost or touched by an edit's failure, none is edited too often."""
    chance = random.Random(seed)  # noqa: S311 - plays a day, guards nothing
    faults = [lose_answer(), close_before(), server_error(), too_many_requests(7), answer_nonsense(), slow(0.05)]
    desk.api.fail_edits(*chance.choices(faults, k=6))
    desk.api.fail(close_before(), too_many_requests(5))
    stories: list[int] = []
    for step in range(10):
        if not stories or chance.random() < 0.4:
            stories.append(desk.news.story())
            desk.news.report(stories[-1], "Example", f"Event {len(stories)}")
        desk.news.report(chance.choice(stories), f"Outlet{step}", told=False)
        await desk.deliver(timedelta(seconds=chance.randrange(5, 60)))
    while any(not desk.is_as_it_should(number) for number in range(1, len(stories) + 1)):
        await desk.deliver(5 * MINUTE)
    assert len(desk.api.messages) == len(stories)
    asked = desk.api.edits_asked
    assert all(later - earlier >= MINUTE for earlier, later in itertools.pairwise(asked))
    shown = {message.id: message.html for message in desk.api.messages}
    for delivery in desk.store.outbox.list():
        assert delivery.parts == tuple(shown[number] for number in delivery.message_ids) == desk.written(delivery)


# --- never losing the original -----------------------------------------------------------------------------------


class OneLineEach(LineByLine):
    """A chat that takes one line a message, and no empty ones: short messages have several parts."""

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """The lines that say anything."""
        return tuple(line for line in lines(part, title, number) if line)


async def test_what_does_not_fit_goes_without_the_additions(desk: Desk) -> None:
    """A message that would need more parts than were sent keeps what it said."""
    desk.wrap = OneLineEach
    story = desk.news.story()
    entry = desk.news.report(story, "Example")
    for _ in range(8):
        await desk.deliver(timedelta(seconds=5))
    before = [message.text for message in desk.api.messages]
    assert len(before) > 2
    desk.news.correct(entry, TITLE, TITLE.replace("closes", "reopens"))
    desk.news.report(story, "Reuters", told=False)  # a line more than was sent
    for _ in range(4):
        await desk.deliver(MINUTE)
    after = [message.text for message in desk.api.messages]
    assert after == [before[0].replace("closes", "closes reopens"), *before[1:]]
    assert desk.is_as_it_should()


async def test_a_line_that_goes_leaves_what_was_sent(desk: Desk) -> None:
    """A message that would need fewer parts than were sent keeps its end."""
    desk.wrap = OneLineEach
    story = desk.news.story()
    desk.news.report(story, "Example")
    other = desk.news.report(story, "Reuters", told=False)
    for _ in range(9):
        await desk.deliver(timedelta(seconds=5))
    before = [message.text for message in desk.api.messages]
    assert "also Reuters · 2 sources" in before
    desk.news.part(other)
    desk.news.stale(story)
    for _ in range(8):
        await desk.deliver(MINUTE)
    after = [message.text for message in desk.api.messages]
    assert len(after) == len(before)
    assert set(before) - set(after) == {"also Reuters · 2 sources"}
    assert desk.is_as_it_should()


# --- the thread --------------------------------------------------------------------------------------------------


async def test_an_update_answers_the_first_message_of_its_story(desk: Desk) -> None:
    """In that channel; a message of another story answers nothing."""
    story = await told(desk)
    desk.news.report(desk.news.story(), "Example", "Another thing")
    await desk.deliver(timedelta(seconds=5))
    for outlet in ("Reuters", "AFP"):
        desk.news.report(story, outlet, "Ten are dead", news=Development.TOLL, summary=("Ten are dead.", "More."))
        await desk.deliver(timedelta(seconds=5))
    assert [message.reply_to for message in desk.api.messages] == [None, None, desk.first.id, desk.first.id]
    assert desk.api.messages[2].text.startswith(
        "UPDATE · the toll rises\nTen are dead.\n\n▲ high · Ten are dead\nReuters · 12:00 UTC, 22 Nov\n"
        "also Example · 2 sources\n\nMore.\n\nRule: dprk-syria"
    )


async def test_an_update_goes_where_the_first_message_is_gone(desk: Desk) -> None:
    """Deleted by a reader, it keeps nothing back."""
    story = await told(desk)
    desk.api.deleted.add((DESK.id, desk.first.id))
    desk.news.report(story, "Reuters", news=Development.REVERSAL)
    await desk.deliver(timedelta(seconds=5))
    assert [message.reply_to for message in desk.api.messages] == [None, None]
    assert desk.row(2)["state"] == DeliveryState.SENT


async def test_each_channel_has_a_thread_of_its_own(desk: Desk) -> None:
    """The first message in a channel answers nothing, whatever another was told."""
    story = await told(desk)
    desk.channels = (*desk.channels, ChannelSpec("phone", Telegram("42")))
    desk.store.channels.sync(desk.channels, {}, desk.clock())
    desk.news.channels = ("desk", "phone")
    desk.news.report(story, "Reuters", news=Development.SOURCES)
    await desk.deliver(timedelta(seconds=5))
    assert {message.chat.id: message.reply_to for message in desk.api.messages[1:]} == {
        DESK.id: desk.first.id,
        READER.id: None,
    }


async def test_each_topic_of_a_forum_has_a_thread_of_its_own(desk: Desk) -> None:
    """Two channels of one chat are two places."""
    desk.channels = tuple(ChannelSpec(f"topic {n}", Telegram(str(DESK.id), thread=n)) for n in (7, 8))
    desk.store.channels.sync(desk.channels, {}, desk.clock())
    desk.news.channels = ("topic 7",)
    story = await told(desk)
    desk.news.channels = ("topic 7", "topic 8")
    desk.news.report(story, "Reuters", news=Development.SOURCES)
    await desk.deliver(timedelta(seconds=5))
    await desk.deliver(timedelta(seconds=5))
    replies = {message.thread: message.reply_to for message in desk.api.messages[1:]}
    assert replies == {7: desk.first.id, 8: None}


# --- corrections -------------------------------------------------------------------------------------------------


async def test_a_corrected_headline_shows_what_it_said(desk: Desk) -> None:
    """Struck through, word by word; one that no longer matches is flagged, never deleted."""
    story = desk.news.story()
    entry = desk.news.report(story, "Example")
    await desk.deliver()
    desk.news.correct(entry, TITLE, TITLE.replace("Syria", "Serbia"), still_found=False)
    await desk.deliver(MINUTE)
    assert desk.first.html.startswith(
        '▲ high · <a href="https://example.example/1">North Korea closes its embassy in <s>Syria</s> Serbia</a>\n'
        "the headline was changed: it no longer matches\nExample (B) · 12:00"
    )
    assert len(desk.api.messages) == 1


async def test_notices_and_digests_are_never_stale(desk: Desk) -> None:
    """Only alerts tell of a story."""
    planned = PlannedDelivery("desk", DeliveryKind.NOTICE, Severity.NORMAL, "N", {"lines": ["N"]})
    desk.store.outbox.owe([planned], [], desk.clock())
    await desk.deliver()
    with desk.store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(story_id=7))
    assert desk.news.stale(7) == 0
