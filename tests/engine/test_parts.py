"""The parts of an engine: feeds that others poll, chats that are one sender's, a place that is waited for."""

from __future__ import annotations

import asyncio
import logging
import shutil
import threading
import time
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest

from digest.config import load_config
from digest.config.policy import shared_marks
from digest.engine.config import LiveConfig
from digest.engine.ground.threads import StoreThread
from digest.engine.ground.watchdog import Watchdog
from digest.engine.parts import life
from digest.engine.parts.clock import PolledElsewhere, SentElsewhere
from digest.engine.parts.life import Living, live_as
from digest.engine.parts.sender import SenderPart
from digest.engine.polling.commits import CommitQueue
from digest.engine.sending.chat import Coming
from digest.engine.sending.open import channel_opener, delivery_policy
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.errors import StoreError
from digest.presence import EngineLock
from digest.store.parts import LEASE
from digest.values.messages import DeliveryState
from tests.engine.test_deliver import DESK, READER, SENT, SPECS, Engine, TelegramBots, api, store
from tests.fakes import postgres
from tests.fakes.line_by_line import LineByLine
from tests.fakes.raw_server import answer, serving
from tests.fakes.stores import of_kind, server
from tests.store.test_parts import begin, time_passes
from tests.store.test_postgres import name_of
from tests.waiting import until, wait_until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from digest.config import Config
    from digest.store import Store
    from tests.engine.conftest import Polls
    from tests.fakes.bot_api import BotApi

__all__ = ["api", "begin", "store"]  # fixtures

pytestmark = pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING)
FEED = answer(200, b"<rss version='2.0'><channel><title>News</title></channel></rss>")
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """All of them are on PostgreSQL, however the tests are run."""
    with of_kind("postgresql"):
        yield "postgresql"


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts look more often than real ones do."""
    monkeypatch.setattr(life, "RENEW", timedelta(seconds=0.1))
    monkeypatch.setattr("digest.engine.parts.sender.RENEW", timedelta(seconds=0.1))


# --- the clock -------------------------------------------------------------------------------------------------------


@pytest.fixture
async def polled_elsewhere(polls: Polls) -> PolledElsewhere:
    """What has others poll."""
    commits = CommitQueue(polls.tools.store, polls.tools.thread, polls.deciding, lambda: None)
    return PolledElsewhere(polls.poller, commits, polls.tools.store, polls.tools.thread)


async def test_a_poll_that_was_asked_for_ends_when_others_have_polled(
    polls: Polls, polled_elsewhere: PolledElsewhere
) -> None:
    """It makes the feeds due, polls none itself, and waits for those alone that it was asked for."""
    async with serving({"/a": FEED, "/b": FEED}) as web:
        first, second = polls.feed(web.url("/a")), polls.feed(web.url("/b"))
        await polls.poll(first.spec.url)
        asking = asyncio.create_task(polled_elsewhere.poll_now([first.spec.url]))
        store = polls.tools.store
        await until(lambda: {feed.id for feed in store.polls.due_feeds(datetime.now(UTC), 9)} == {first.id, second.id})
        assert (asking.done(), len(web.asked)) == (False, 1)
        await polls.poll(first.spec.url)
        assert await asking == 1


async def test_what_is_due_is_handed_out_and_seen_through(polls: Polls, polled_elsewhere: PolledElsewhere) -> None:
    """A feed that is due is in a job after one look; whoever waits for all that is due waits until it is stored."""
    async with serving({"/": FEED}) as web:
        feed = polls.feed(web.url())
        await polled_elsewhere.start_due()
        assert polls.tools.store.jobs.defer_due(datetime.now(UTC) + MINUTE, 9) == 0
        seeing = asyncio.create_task(polled_elsewhere.see_due_through())
        await asyncio.wait({seeing}, timeout=0.1)
        assert not seeing.done()
        await polls.poll(feed.spec.url)
        await seeing


# --- senders ---------------------------------------------------------------------------------------------------------


async def test_a_chat_that_another_serves_is_left_alone(store: Store, api: BotApi) -> None:
    """What is owed there waits until the chat is this one's, and nothing of it is touched."""
    engine, mine = Engine(store, api), {"42"}
    async with engine.delivering() as drain:
        drain.serves = mine.__contains__
        theirs, ours = engine.owe("theirs"), engine.owe("ours", channel="phone")
        await engine.until(ours, SENT)
        assert (engine.look(theirs).state, api.texts(DESK.id)) == (DeliveryState.QUEUED, [])
        mine.add("-1001")
        drain.ring()
        await engine.until(theirs, SENT)
    assert (api.texts(DESK.id), api.texts(READER.id)) == (["theirs"], ["ours"])


def never() -> NoReturn:
    """What the clock never does."""
    raise AssertionError


@asynccontextmanager
async def sending(store: Store, api: BotApi, folder: Path) -> AsyncIterator[SenderPart]:
    """A sender at work, which ends in good order with the block."""
    folder.mkdir()  # noqa: ASYNC240 - a test may wait for that
    config = folder / "config.toml"
    config.write_text(f'database = "{store.database.name}"\n')
    engine, stop = Engine(store, api), asyncio.Event()
    assert store.parts.take("sender") == ""
    async with AsyncExitStack() as opened:
        thread = await opened.enter_async_context(StoreThread())
        await opened.enter_async_context(Living(store, thread))
        bots = await opened.enter_async_context(TelegramBots(engine))
        lock = opened.enter_context(EngineLock(folder, config, "sender-1"))
        live = LiveConfig(load_config(config))
        drain = OutboxDrain(
            store,
            thread,
            channels=SPECS,
            off={},
            open_channel=lambda spec, chat: LineByLine(channel_opener(bots.of(spec))(spec, chat)),
            policy=delivery_policy(live.now()),
        )
        part = SenderPart(live, drain, store, thread, Watchdog(lock, lambda: 0.0), lambda _: {})
        working = asyncio.create_task(part.work(stop))
        yield part
        stop.set()
        await working


def chats_of(store: Store) -> list[int]:
    """How many chats each sender has that has any."""
    of_each = "SELECT count(*) FROM leases WHERE name LIKE 'chat:%' GROUP BY holder"
    return [int(str(count)) for (count,) in server().ask(of_each, name_of(store.database.name))]


async def test_senders_divide_the_chats_and_take_over_from_each_other(
    begin: Callable[..., Store], api: BotApi, tmp_path: Path
) -> None:
    """Of two each has a chat; when one ends in good order the other goes on with both at once, and all comes once."""
    first, second = begin(), begin()
    engine = Engine(first, api)
    async with sending(second, api, tmp_path / "two"):
        async with sending(first, api, tmp_path / "one"):
            await until(lambda: chats_of(first) == [1, 1])
            for text in ("a", "b"):
                desk, phone = engine.owe(text), engine.owe(text, channel="phone")
                await engine.until(desk, SENT)
                await engine.until(phone, SENT)
        assert first.parts.living("sender") == 1
        engine = Engine(second, api)
        desk, phone = engine.owe("c"), engine.owe("c", channel="phone")
        await engine.until(desk, SENT)
        await engine.until(phone, SENT)
    assert api.texts(DESK.id) == api.texts(READER.id) == ["a", "b", "c"]


async def test_nothing_leaves_a_sender_that_does_not_know_whether_it_lives(store: Store, api: BotApi) -> None:
    """It woke from a sleep with a message in hand, which another one may have sent meanwhile."""
    engine, knows = Engine(store, api), asyncio.Event()

    async def alive() -> None:
        await knows.wait()

    async with engine.delivering() as drain:
        drain.alive = alive
        owed = engine.owe("a")
        await engine.until(owed, DeliveryState.SENDING)
        assert api.texts(DESK.id) == []
        knows.set()
        await engine.until(owed, SENT)


async def test_a_part_is_sure_again_that_it_lives_when_it_could_say_so(
    begin: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the server is away for longer than a lease lasts it is not."""
    monkeypatch.setattr(life, "LEASE", timedelta(seconds=0.5))
    part = begin("sender")
    async with StoreThread() as thread, Living(part, thread) as living:
        await living.sure()
        server().stop(at_once=True)
        try:
            await until(lambda: living.unsure)
            waiting = asyncio.create_task(living.sure())
            await asyncio.wait({waiting}, timeout=0.2)
            assert not waiting.done()
        finally:
            server().start()
        await waiting


async def test_a_part_whose_store_is_slow_lives(begin: Callable[..., Store], monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored may take longer than a lease lasts: nobody takes over meanwhile, and it is sure that it lives."""
    monkeypatch.setattr(life, "LEASE", timedelta(seconds=0.5))
    part, other = begin("sender"), begin("sender")
    stored = threading.Event()
    async with StoreThread() as thread, Living(part, thread) as living:
        storing = asyncio.create_task(thread.call(stored.wait))
        for _ in range(3):
            time_passes(other, of=part)
            await until(lambda: other.parts.living("sender") == 2)
            other.parts.take_over()
        assert (living.unsure, part.database.lost()) == (False, "")
        stored.set()
        await storing


async def test_senders_wait_for_what_the_clock_says_is_coming(
    begin: Callable[..., Store], api: BotApi, tmp_path: Path
) -> None:
    """After a long absence alerts are to be one message: what the clock knows of it, the senders hear."""
    clock, sender = begin("clock", only=True), begin()
    async with StoreThread() as thread, sending(sender, api, tmp_path / "one") as part:
        policy = DeliveryPolicy(timedelta(hours=1))
        drain = SentElsewhere(clock, thread, channels=(), off={}, open_channel=lambda *_: never(), policy=policy)
        heard = part._drain._tools.coming
        coming = Coming(datetime.now(UTC) + MINUTE, datetime.now(UTC) + 2 * MINUTE)
        drain.gather(coming)
        await until(lambda: [(each.alerts, each.flood) for each in heard] == [(coming.alerts, coming.flood)])
        drain.let_go(coming)
        await until(lambda: heard == [])


# --- places ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., int]:
    """Lets a part live in a state folder of its own; returns its exit code."""

    def live(kind: str, work: Callable[[Config, Store], int], url: str, *, only: bool = False) -> int:
        path = tmp_path / "of-the-part" / "config.toml"
        path.parent.mkdir()
        path.write_text(f'database = "{url}"\n')
        config = load_config(path)
        with EngineLock(config.state, path) as lock:
            return live_as(kind, config, lock, work, only=only)

    return live


def test_a_place_is_waited_for(
    begin: Callable[..., Store], live: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    """However long another one lives, and though the server is away meanwhile."""
    caplog.set_level(logging.INFO)
    first = begin("clock", only=True)
    clocks: list[int] = []

    def work(_: Config, store: Store) -> int:
        clocks.append(store.parts.living("clock"))
        return 0

    waiting = threading.Thread(target=live, args=("clock", work, first.database.name), kwargs={"only": True})
    waiting.start()
    wait_until(lambda: "another clock is at work" in caplog.text)
    server().stop(at_once=True)
    wait_until(lambda: "this clock is not at work: " in caplog.text)
    server().start()
    assert waiting.is_alive()
    first.parts.renew()
    first.parts.give_back()
    waiting.join(30)
    assert clocks == [1]


def test_a_part_waits_for_a_server_that_is_away_and_ends_when_it_is_refused(
    begin: Callable[..., Store], live: Callable[..., int], tmp_path: Path
) -> None:
    """A machine that starts before its server needs nobody; a database that is not there needs somebody."""
    url = begin().database.name
    server().stop(at_once=True)
    worked: list[int] = []

    def work(_: Config, store: Store) -> int:
        worked.append(store.parts.living("poller"))
        return 0

    waiting = threading.Thread(target=live, args=("poller", work, url))
    waiting.start()
    said = tmp_path / "of-the-part" / "state" / "engine.lock"
    wait_until(lambda: said.exists() and "cannot be reached" in said.read_text())
    assert waiting.is_alive()
    server().start()
    waiting.join(30)
    assert worked == [1]
    shutil.rmtree(tmp_path / "of-the-part")
    with pytest.raises(StoreError, match="does not exist"):
        live("poller", lambda *_: 0, url.replace(name_of(url), "nowhere"))


def test_a_part_from_which_others_took_over_begins_anew(begin: Callable[..., Store], live: Callable[..., int]) -> None:
    """As another one: what it wrote then is refused, and what it had in hand is nobody's."""
    other = begin("poller")
    holders: list[str | None] = []

    def work(_: Config, store: Store) -> int:
        holders.append(store.database.holder)
        if len(holders) == 1:
            time_passes(other, of=store)
            other.parts.take_over()
        try:
            store.requests.ask("poll", {}, datetime.now(UTC))
        except StoreError:
            return 1
        return 0

    assert live("poller", work, other.database.name) == 0
    assert len({*holders}) == 2
    assert other.parts.living("poller") == 2


async def test_a_part_lives_until_it_ends_and_learns_that_it_was_replaced(begin: Callable[..., Store]) -> None:
    """Its lease is renewed all the time, given back at the end, and lost when others found it dead."""
    part, other = begin("poller"), begin("poller")
    async with StoreThread() as thread:
        async with Living(part, thread):
            for _ in range(3):
                time_passes(other, timedelta(seconds=10), of=part)
                await until(lambda: other.parts.living("poller") == 2)
            server().ask(f"DELETE FROM leases WHERE holder = '{part.database.holder}'", name_of(part.database.name))  # noqa: S608
            await until(part.database.lost)
        assert other.parts.living("poller") == 1


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="no clock here goes on while the machine is suspended")
async def test_a_part_that_was_suspended_is_not_sure_of_its_lease(
    begin: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine's other clock stood still meanwhile; it is sure again with its next renewal."""
    real, part = time.clock_gettime, begin("sender")

    def after_a_sleep(clock: int) -> float:
        return real(clock) + LEASE.total_seconds() * (clock == time.CLOCK_BOOTTIME)

    async with StoreThread() as thread, Living(part, thread) as living:
        seen = [living.unsure]
        monkeypatch.setattr(time, "clock_gettime", after_a_sleep)
        seen.append(living.unsure)
        await living.sure()
        seen.append(living.unsure)
    assert seen == [False, True, False]


async def test_a_part_says_where_its_config_is_not_the_clocks(
    begin: Callable[..., Store], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each machine has a file of its own, and paths may differ: a channel that one lacks is owed nothing by it."""
    caplog.set_level(logging.INFO)
    ours, theirs = tmp_path / "config.toml", tmp_path / "other" / "config.toml"
    theirs.parent.mkdir()
    desk = '[[channel]]\nname = "desk"\nfile = "told"\n'
    ours.write_text(desk)
    theirs.write_text(desk + desk.replace("desk", "archive"))
    part = begin("poller")
    part.parts.tell_config(shared_marks(load_config(theirs)))
    live = LiveConfig(load_config(ours))
    async with StoreThread() as thread:
        comparing = asyncio.create_task(life.compare_config(live, part, thread))
        await until(lambda: f"{ours}: other than the clock's: [[channel]]" in caplog.text)
        theirs.write_text(desk)
        part.parts.tell_config(shared_marks(load_config(theirs)))
        await until(lambda: f"{ours}: as the clock's again" in caplog.text)
        comparing.cancel()
