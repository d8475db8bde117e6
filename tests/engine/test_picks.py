"""The language model picks a digest's sentences while it waits, from a real server; without an answer it goes as is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, update

from digest.delivery.queue import MODEL_WAIT, Situation
from digest.delivery.retries import Patience
from digest.engine.sending.digests import owe_digest_now, owe_due_digest
from digest.engine.sending.picks import Picks
from digest.match import load_rules
from digest.net.model import Model
from digest.store import schema as tables
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import ChannelSpec, DigestSpec, FeedSpec, ModelSpec, Telegram
from tests.fakes.model_server import Endpoint, chat
from tests.fakes.raw_server import answer, serving
from tests.fakes.seeding import commit, seed
from tests.fakes.sending import put_in
from tests.fakes.writing import stored_parts
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.engine.ground.threads import StoreThread
    from digest.store import Store
    from digest.values.messages import Delivery

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)
SPEC = DigestSpec("morning", f"{NOW.minute} {NOW.hour} * * *", ("desk", "phone"), asks_model=True)
CHANNELS = [ChannelSpec("desk", Telegram("@desk")), ChannelSpec("phone", Telegram("@phone"))]
REPORT = (
    "The two governments signed the treaty on Monday.",
    "Rain fell over the capital for most of the day.",
    "Ministers of both countries flew home in the evening.",
)
NO_ANSWERS: dict[str, object] = {"picked": {}, "translated": {}}


@dataclass
class Desk:
    """A store with alerts, and an endpoint that is asked for their digests."""

    store: Store
    thread: StoreThread
    endpoint: Endpoint = field(default_factory=lambda: Endpoint([chat("2")]))
    rung: list[int] = field(default_factory=list)
    planned: Situation | None = None

    def alert(self, title: str, *, shown: int = 0, lang: str = "en") -> int:
        """An alert of half an hour ago that shows one of the sentences of its report; its entry's id."""
        key = title.encode().ljust(16, b".")[:16]
        text = EntryText(title, "", " ".join(REPORT), lang=lang)
        entry = NewEntry(Identity(key, key, b""), f"https://x.example/{title}", text, None, "", 0)
        word = REPORT[shown].split()[0]
        judged = JudgedMatch(
            Match("ties", Severity.NORMAL, (Hit("content", 0, 1, word, word),)), Outcome.ALERT, (REPORT[shown],)
        )
        (feed,) = self.store.polls.all_feeds()
        came = NOW - HOUR / 2
        result = PollResult(FeedUpdate(feed.id, came, True, came, HOUR, 0), (seed(entry, [judged]),))
        return commit(self.store, [result], came)[0]

    def owe(self, spec: DigestSpec = SPEC) -> list[Delivery]:
        """Owe the digest that is due."""
        assert owe_due_digest(self.store, spec, CHANNELS, datetime.now(UTC))
        return self.owed()

    def owed(self) -> list[Delivery]:
        """The digests in the outbox."""
        return [each for each in self.store.outbox.list() if each.kind is DeliveryKind.DIGEST]

    def text(self, number: int = 0) -> str:
        """What a digest says now."""
        return "".join(stored_parts(self.store, self.owed()[number], CHANNELS[number]))

    async def ask(self, change: Callable[[ModelSpec], ModelSpec] = lambda spec: spec) -> Model:
        """See through what the model is to be asked."""
        async with serving(self.endpoint.talk) as server:
            model = Model(change(ModelSpec(server.url("/v1"), timeout=timedelta(seconds=5))))
            await self.picks(model).see_through()
        return model

    def picks(self, model: Model) -> Picks:
        """What asks a model."""
        return Picks(lambda: model, self.store, self.thread, lambda: CHANNELS, lambda: self.rung.append(1))


@pytest.fixture
def desk(engine_store: Store, thread: StoreThread) -> Desk:
    """Two channels, which have been there for two days."""
    engine_store.channels.sync(CHANNELS, {}, NOW - 48 * HOUR)
    engine_store.polls.sync_feeds([FeedSpec("https://x.example/")], default_every=HOUR, now=NOW - 48 * HOUR)
    rule = '[[rule]]\nid = "ties"\nany = ["treaty"]\n'
    engine_store.rules.save_loaded(load_rules({"a.toml": rule}, {}), NOW - 48 * HOUR)
    return Desk(engine_store, thread)


async def test_the_picked_sentence_stands_in_the_message_and_in_the_digest_that_is_kept(desk: Desk) -> None:
    """Both agree; each channel's digest is placed anew, and the second asks nothing that was asked already."""
    entry = desk.alert("Treaty signed. The end")
    before = desk.owe()
    assert [each.tells["model"] for each in before] == ["asked", "asked"]
    assert REPORT[0] in desk.text()
    await desk.ask()
    assert [each.tells["model"] for each in desk.owed()] == [
        {"picked": {str(entry): [REPORT[1]]}, "translated": {}}
    ] * 2
    assert all(REPORT[1] in desk.text(number) and REPORT[0] not in desk.text(number) for number in (0, 1))
    (kept,) = desk.store.digests.composed("morning")
    assert kept.document is not None
    assert kept.document.groups[0].lines[0].sentences == (REPORT[1],)
    assert len(desk.endpoint.asked) == 1
    assert len(desk.rung) == 2


async def test_an_article_is_what_is_put_to_choice(desk: Desk) -> None:
    """Where the page of an entry was read."""
    entry = desk.alert("The treaty")
    said = "Both parliaments will vote on it before the spring. The text will be public on Friday."
    with desk.store.database.write() as (connection, _):
        connection.execute(insert(tables.articles).values(entry_id=entry, at=NOW, title="", text=said))
    desk.owe()
    await desk.ask()
    assert "Both parliaments will vote" in desk.endpoint.asked[0][2]["messages"][1]["content"]
    assert "Both parliaments will vote" in desk.text()


async def test_a_pick_that_hides_what_the_rule_found_is_not_shown(desk: Desk) -> None:
    """The extract is."""
    desk.alert("Signed", shown=2)
    desk.owe()
    await desk.ask()
    assert REPORT[2] in desk.text()


async def test_headlines_in_other_languages_get_a_translation(desk: Desk) -> None:
    """Behind the original, in the message and in what is kept."""
    desk.alert("The 두 섬, 수교에 합의", lang="ko")
    desk.endpoint.answers = [chat("1"), chat("Two islands agree on ties")]
    desk.owe()
    await desk.ask(lambda spec: replace(spec, translate="en"))
    assert "수교에 합의 — Two islands agree on ties</a>" in desk.text()
    (kept,) = desk.store.digests.composed("morning")
    assert kept.document is not None
    assert kept.document.groups[0].lines[0].translation == "Two islands agree on ties"


@pytest.mark.parametrize(
    "lie", [chat("BREAKING: http://evil.example"), answer(500), b"", chat("7")], ids=["words", "error", "none", "no"]
)
async def test_a_server_that_lies_changes_nothing(desk: Desk, lie: bytes) -> None:
    """The extracts are shown, and at once: nothing waits any more. Why is known."""
    desk.alert("The treaty")
    desk.owe()
    before = desk.text()
    desk.endpoint.answers = [lie]
    model = await desk.ask()
    assert [each.tells["model"] for each in desk.owed()] == [NO_ANSWERS] * 2
    assert desk.text() == before
    assert not plain_wait(desk)
    assert model.signs() is not None


def plain_wait(desk: Desk) -> datetime | None:
    """Until when the desk's digest is not to be sent; what was planned is not planned again without a reason."""
    situation = Situation(now=datetime.now(UTC), patience=Patience(HOUR))
    writer = CHANNELS[0], lambda part, *_: (part,)
    found, desk.planned = desk.store.queue.take("@desk", situation, lambda _: writer, desk.planned, HOUR)
    return found if isinstance(found, datetime) else None


async def test_a_server_that_stalls_is_left_and_the_digest_goes(desk: Desk) -> None:
    """It waits while it is asked, and no longer."""
    desk.alert("The treaty")
    (owed, _) = desk.owe()
    assert plain_wait(desk) == owed.created + MODEL_WAIT
    desk.endpoint.stalls = True
    await desk.ask(lambda spec: replace(spec, timeout=timedelta(seconds=0.1)))
    assert plain_wait(desk) is None


async def test_a_digest_that_has_gone_keeps_what_it_said(desk: Desk) -> None:
    """An answer that comes too late changes nothing of it, nor of what is kept of it."""
    desk.alert("The treaty")
    spec = replace(SPEC, channels=("desk",))
    (owed,) = desk.owe(spec)
    desk.endpoint.stalls = True
    async with serving(desk.endpoint.talk) as server:
        picks = desk.picks(Model(ModelSpec(server.url("/v1"), timeout=timedelta(seconds=30))))
        asking = asyncio.create_task(picks.see_through())
        await until(lambda: desk.endpoint.asked)
        assert not await picks.is_wanted(), "it is asked already"
        put_in(desk.store, owed.id, DeliveryState.SENT)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    answers = {"picked": {"1": [REPORT[1]]}, "translated": {}}
    assert not desk.store.digests.answer(owed.id, answers, CHANNELS[0])
    assert desk.owed()[0].tells["model"] == "asked"
    (kept,) = desk.store.digests.composed("morning")
    assert kept.document is not None
    assert kept.document.groups[0].lines[0].sentences == (REPORT[0],)


async def test_a_crash_while_it_is_asked_only_asks_again(desk: Desk) -> None:
    """What is to be asked stands in the rows."""
    desk.alert("The treaty")
    desk.owe()
    desk.endpoint.stalls = True
    async with serving(desk.endpoint.talk) as server:
        picks = desk.picks(Model(ModelSpec(server.url("/v1"), timeout=timedelta(seconds=30))))
        asking = asyncio.create_task(picks.see_through())
        await until(lambda: desk.endpoint.asked)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert [each.tells["model"] for each in desk.owed()] == ["asked", "asked"]
    desk.endpoint = Endpoint([chat("2")])
    await desk.ask()
    assert REPORT[1] in desk.text()


async def test_a_digest_that_has_waited_long_enough_is_not_asked_for(desk: Desk) -> None:
    """It goes as it is; one that is held has time."""
    desk.alert("The treaty")
    desk.owe()
    with desk.store.database.write() as (connection, _):
        connection.execute(update(tables.deliveries).values(created=datetime.now(UTC) - MODEL_WAIT))
    await desk.ask()
    assert desk.endpoint.asked == []
    assert plain_wait(desk) is None
    put_in(desk.store, desk.owed()[1].id, DeliveryState.HELD)
    await desk.ask()
    assert REPORT[1] in desk.text(1)


async def test_one_that_somebody_asked_for_is_picked_for_as_well(desk: Desk) -> None:
    """It is kept nowhere else."""
    desk.alert("The treaty")
    assert owe_digest_now(desk.store, SPEC, CHANNELS, NOW - HOUR, datetime.now(UTC)) == 2
    await desk.ask()
    assert REPORT[1] in desk.text()
    assert desk.store.digests.composed() == []


async def test_without_a_model_nothing_waits(desk: Desk) -> None:
    """Nor does a digest that says that nothing was, with a model."""
    (empty,) = desk.owe(replace(SPEC, name="empty", channels=("phone",)))
    desk.alert("The treaty")
    (_, owed, _) = desk.owe(replace(SPEC, asks_model=False))
    assert "lines" in empty.tells
    assert "model" not in empty.tells | owed.tells
    await desk.ask()
    assert desk.endpoint.asked == []
    assert plain_wait(desk) is None


async def test_what_cannot_be_stored_is_left_alone(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, nobody asks for it again and again, and it waits no longer than any other."""
    desk.alert("The treaty")
    (owed, _) = desk.owe()
    with desk.store.database.write() as (connection, _):
        connection.execute(update(tables.digests).values(document={"of": "another shape"}))
    await desk.ask()
    assert [each.tells["model"] for each in desk.owed()] == ["asked", "asked"]
    assert "could not be stored" in caplog.text
    assert plain_wait(desk) == owed.created + MODEL_WAIT


async def test_what_has_begun_to_arrive_is_not_asked_for(desk: Desk) -> None:
    """Its parts belong together."""
    desk.alert("The treaty")
    (owed, _) = desk.owe(SPEC)
    with desk.store.database.write() as (connection, _):
        connection.execute(update(tables.deliveries).values(message_ids=[5]))
    await desk.ask()
    assert desk.endpoint.asked == []
    assert not desk.store.digests.answer(owed.id, NO_ANSWERS, CHANNELS[0])
