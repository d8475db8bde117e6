"""An engine in parts, each a process, over one database on a server: what they do together, and what of it dies."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from digest.delivery.media.markup import REPEAT_LABEL
from digest.demo.bot_values import Chat
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from tests.e2e.world import DESK, Feed, World
from tests.fakes import postgres
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.stores import of_kind, server, store_url
from tests.store.test_postgres import name_of
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.e2e.nursery import Forked

pytestmark = [
    pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING),
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("forked"),
]
RECOVERED: Final = 60.0  # seconds in which the others have taken over from one that died
CHATS: Final = tuple(Chat(-1002 - number, f"Chat {number}") for number in range(3))
WAITS: Final = "another clock is at work"
RULE: Final = '"North Korea" AND embassy'


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """Only a server is shared."""
    with of_kind("postgresql"):
        yield "postgresql"


def matching(number: int) -> str:
    """A title that the rule hits, unlike the others."""
    return unlike(f"North Korea closes embassy no. {number}")


class Parts(World):
    """A world with an engine in parts: four feeds, and four chats that are all told everything."""

    def __init__(self, folder: Path) -> None:
        self.all = [Feed(f"News {number}") for number in range(4)]
        super().__init__(folder, BotApi((DESK, *CHATS)), **{f"f{n}": feed for n, feed in enumerate(self.all)})
        self.parts: dict[str, Forked] = {}
        self.said = 0

    def write_config(self, extra: str = "", every: str = "1s", telegram: str = "") -> None:
        """The desk and the other chats, each a channel."""
        more = "".join(f'[[channel]]\nname = "c{-chat.id}"\ntelegram = "{chat.id}"\n' for chat in CHATS)
        super().write_config(more + extra, every, telegram)

    def begin(self, name: str, **environment: str) -> None:
        """Start a part, by its role and what tells it from others; each clock has a state folder of its own."""
        config = self.config
        if name == "clock two":
            config = self.folder / "second.toml"
            text = self.config.read_text(encoding="utf-8")
            config.write_text(f'state = "{self.folder / "state-two"}"\n{text}', encoding="utf-8")
        words = ("run", "--role", name.partition(" ")[0], "--config", str(config))
        variables = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN} | environment
        assert self.nursery is not None
        self.parts[name] = self.nursery.start(words, self.folder / "output.txt", variables)

    async def begin_all(self) -> None:
        """A clock, two pollers and two senders; ends when every feed has its baseline and every chat its sender."""
        self.write_rule("dprk", RULE)
        self.begin("clock")
        await self.until(lambda: self.ask("SELECT 1 FROM leases WHERE name = 'part:clock'"))
        for name in ("poller one", "poller two", "sender one", "sender two"):
            self.begin(name)
        await self.until(lambda: len(self.ask("SELECT 1 FROM leases WHERE name LIKE 'part:%:%'")) == 4)
        await self.until_polled()
        await self.until(lambda: self.chats_of() == [2, 2])

    def clock(self) -> list[tuple[object, ...]]:
        """The token and the holder of the clock's lease."""
        return self.ask("SELECT token, holder FROM leases WHERE name = 'part:clock'")

    def senders(self) -> int:
        """How many there are that were not found dead."""
        return len(self.ask("SELECT 1 FROM leases WHERE name LIKE 'part:sender:%'"))

    def chats_of(self) -> list[int]:
        """How many chats each sender has that has any."""
        found = self.ask("SELECT count(*) FROM leases WHERE name LIKE 'chat:%' GROUP BY holder")
        return [int(str(count)) for (count,) in found]

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """What the server says; nothing while there are no tables."""
        from psycopg.errors import UndefinedTable

        try:
            return server().ask(statement, name_of(store_url(self.state / "digest.db")))
        except UndefinedTable:
            return []

    def news(self) -> str:
        """Another entry that alerts, of the next feed; its title."""
        title = matching(self.said)
        self.all[self.said % len(self.all)].add(title)
        self.said += 1
        return title

    def texts(self, title: str) -> list[tuple[int, bool]]:
        """To which chats a title was sent, and whether it said that it may be a repeat."""
        return [(each.chat.id, each.text.startswith(REPEAT_LABEL)) for each in self.bot.messages if title in each.text]

    async def until_everywhere(self, *titles: str) -> None:
        """Wait until each of these arrived in every chat."""
        everywhere = {chat.id for chat in (DESK, *CHATS)}
        await self.until(lambda: all({chat for chat, _ in self.texts(title)} == everywhere for title in titles))

    def once_but_labelled(self) -> None:
        """Everything there was arrived in every chat once; whatever came again said so."""
        for number in range(self.said):
            told = self.texts(matching(number))
            plain = [chat for chat, labelled in told if not labelled]
            assert len(plain) == len(set(plain)), told
            assert {chat for chat, _ in told} == {chat.id for chat in (DESK, *CHATS)}, told

    @contextmanager
    def recovering(self) -> Iterator[None]:
        """What is waited for in the block comes in time."""
        began = time.monotonic()
        yield
        assert time.monotonic() - began < RECOVERED

    async def dies(self, name: str, where: CrashPoint) -> None:
        """A part begins, and dies at a place in the middle of its work."""
        self.begin(name, **{VARIABLE: where})
        assert await asyncio.to_thread(self.parts.pop(name).wait, 100.0) == -signal.SIGKILL

    def kill_part(self, name: str) -> None:
        """As a power cut would."""
        part = self.parts.pop(name)
        part.send_signal(signal.SIGKILL)
        part.wait()

    async def end(self) -> dict[str, int]:
        """Stop all parts in good order; their exit codes."""
        for part in self.parts.values():
            part.terminate()
        return {name: await asyncio.to_thread(part.wait, 60.0) for name, part in self.parts.items()}


@asynccontextmanager
async def parts_in(folder: Path) -> AsyncIterator[Parts]:
    """An engine in parts at work, which ends with the block."""
    async with Parts(folder) as world:
        try:
            await world.begin_all()
            yield world
        finally:
            for part in world.parts.values():
                if part.poll() is None:
                    part.send_signal(signal.SIGKILL)
                    part.wait()


async def test_parts_do_what_an_engine_does(tmp_path: Path) -> None:
    """A clock, two pollers and two senders: every alert arrives in every chat once, and all end in good order."""
    async with parts_in(tmp_path) as world:
        titles = [world.news() for _ in range(8)]
        await world.until_everywhere(*titles)
        await world.until_settled()
        world.once_but_labelled()
        assert not any(labelled for title in titles for _, labelled in world.texts(title))

        with world.store() as store:  # as `digest run --once` and the dashboard ask
            before = [feed.last_ok for feed in store.polls.all_feeds()]  # a poll that is under way counts
            asked = store.requests.ask("poll", {}, datetime.now(UTC))
            await world.until(lambda: store.requests.result(asked) is not None)
            assert store.requests.result(asked) == ""
            assert not {*before} & {feed.last_ok for feed in store.polls.all_feeds()}

        server().stop(at_once=True)
        server().start()
        await world.until_everywhere(*(world.news() for _ in range(4)))
        await world.until_settled()
        world.once_but_labelled()
        assert set((await world.end()).values()) == {0}
        assert world.ask("SELECT name FROM leases WHERE until > extract(epoch FROM now()) * 1000") == []
    assert "Traceback" not in world.output()


async def test_pollers_that_die_are_followed(tmp_path: Path) -> None:
    """Killed in the middle of a poll, once before what it brought is known and once before it is stored: all comes."""
    async with parts_in(tmp_path) as world:
        for where in (CrashPoint.AFTER_FETCH, CrashPoint.BEFORE_COMMIT):
            await world.dies("poller three", where)
            with world.recovering():
                await world.until_everywhere(*(world.news() for _ in range(4)))
        world.kill_part("poller one")
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))
        await world.until_settled()
        world.once_but_labelled()
        assert not any(labelled for number in range(world.said) for _, labelled in world.texts(matching(number)))


async def test_senders_that_die_are_followed(tmp_path: Path) -> None:
    """One that is killed, or sleeps, leaves its chats to others; what it was sending comes again, and says so."""
    async with parts_in(tmp_path) as world:
        world.kill_part("sender one")
        world.begin("sender three", **{VARIABLE: CrashPoint.AFTER_ANSWER})
        await world.until(lambda: world.senders() == 2 and world.chats_of() == [2, 2])
        title = world.news()
        assert await asyncio.to_thread(world.parts.pop("sender three").wait, 60.0) == -signal.SIGKILL
        with world.recovering():
            await world.until_everywhere(title, world.news())
        await world.until_settled()
        world.once_but_labelled()
        assert 1 <= sum(labelled for _, labelled in world.texts(title)) <= 2  # it had two chats

        world.begin("sender four")
        await world.until(lambda: world.senders() == 2 and world.chats_of() == [2, 2])
        asleep = world.parts.pop("sender two")
        asleep.send_signal(signal.SIGSTOP)
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(2)))
        asleep.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(asleep.wait, 60.0) == 1
        assert "this sender gave no sign of life for 15 s, and others have taken over" in world.output()
        await world.until_everywhere(world.news())
        await world.until_settled()
        world.once_but_labelled()


async def test_clocks_that_die_or_sleep_are_followed(tmp_path: Path) -> None:
    """Another one waits, and takes the place of one that is killed, or stopped; that one wakes, and stores nothing."""
    async with parts_in(tmp_path) as world:
        world.begin("clock two")
        await world.until(lambda: WAITS in world.output())
        world.kill_part("clock")
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))

        world.begin("clock")
        await world.until(lambda: world.output().count(WAITS) == 2)
        asleep = world.parts.pop("clock two")
        asleep.send_signal(signal.SIGSTOP)
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))
        before = world.clock()
        asleep.send_signal(signal.SIGCONT)
        assert await asyncio.to_thread(asleep.wait, 60.0) == 1
        assert "this clock gave no sign of life for 15 s, and others have taken over" in world.output()
        assert world.clock() == before
        await world.until_everywhere(world.news())
        await world.until_settled()
        world.once_but_labelled()
