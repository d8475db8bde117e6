"""The harness of an engine in parts: each a process with a real clock, over one database on a server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import REPEAT_LABEL
from digest.demo.bot_values import Chat
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.stores import server, store_url
from tests.store.test_postgres import name_of
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.e2e.nursery import Forked

RECOVERED: Final = 60.0  # seconds in which the others have taken over from one that died
CHATS: Final = tuple(Chat(-1002 - number, f"Chat {number}") for number in range(3))
RULE: Final = '"North Korea" AND embassy'


def matching(number: int) -> str:
    """A title that the rule hits, unlike the others."""
    return unlike(f"North Korea closes embassy no. {number}")


class Parts(World):
    """A world with an engine in parts: four feeds, and four chats that are all told everything.

    Args:
        folder: empty.
        bot: the Bot API server; it knows the desk and the chats.
        chats: beside the desk, three.
    """

    def __init__(self, folder: Path, bot: BotApi | None = None, chats: tuple[Chat, ...] = CHATS) -> None:
        self.all = [Feed(f"News {number}") for number in range(4)]
        self.chats = (DESK, *chats)
        super().__init__(folder, bot or BotApi(self.chats), **{f"f{n}": feed for n, feed in enumerate(self.all)})
        self.parts: dict[str, Forked] = {}
        self.said = 0

    def write_config(self, extra: str = "", every: str = "1s", telegram: str = "") -> None:
        """The desk and the other chats, each a channel."""
        _desk, *others = self.chats
        more = "".join(f'[[channel]]\nname = "c{abs(chat.id)}"\ntelegram = "{chat.id}"\n' for chat in others)
        super().write_config(more + extra, every, telegram)

    def begin(self, name: str, **environment: str) -> None:
        """Start a part, by its role and what tells it from others."""
        config = self.folder / f"{name.replace(' ', '-')}.toml"
        config.write_text(self.config_of(name), encoding="utf-8")
        words = ("run", "--role", name.partition(" ")[0], "--config", str(config))
        variables = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN} | environment
        assert self.nursery is not None
        self.parts[name] = self.nursery.start(words, self.folder / "output.txt", variables)

    def config_of(self, name: str) -> str:
        """What the config of a part says: each clock has a state folder of its own, and the others have no rules."""
        text = self.config.read_text(encoding="utf-8")
        if not name.startswith("clock"):
            return f'rules = "nowhere"\n{text}'
        return f'state = "{self.folder / "state-two"}"\n{text}' if name == "clock two" else text

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
        everywhere = {chat.id for chat in self.chats}
        await self.until(lambda: all({chat for chat, _ in self.texts(title)} == everywhere for title in titles))

    async def until_rules(self, *names: str, pollers: int = 2) -> None:
        """Wait until every poller follows just as many rules as these, which are live."""
        with self.store() as store:
            await self.until(lambda: {rule.id for rule in store.rules.live()} == {*names})
        said = f"live rules: {len(names)}, from files: {len(names)}"
        logs = [self.state / f"poller-{number + 1}.log" for number in range(pollers)]
        await self.until(lambda: all(said in _last(log, "live rules: ") for log in logs))

    def once_but_labelled(self) -> None:
        """Everything there was arrived in every chat once; whatever came again said so."""
        for number in range(self.said):
            told = self.texts(matching(number))
            plain = [chat for chat, labelled in told if not labelled]
            assert len(plain) == len(set(plain)), told
            assert {chat for chat, _ in told} == {chat.id for chat in self.chats}, told

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


def _last(log: Path, words: str) -> str:
    """The last line of a log with these words."""
    return next((line for line in reversed(log.read_text(encoding="utf-8").splitlines()) if words in line), "")


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
