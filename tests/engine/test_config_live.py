"""A running engine goes on with another config as a new start with it would: the whole engine, in this process."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Self

import pytest

from digest.config import Secret, load_config
from digest.demo.bot_values import Chat
from digest.engine.run import _run
from digest.presence import EngineLock
from digest.store.store import open_store
from digest.values.messages import DeliveryKind, DeliveryState
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import slow
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import TracebackType

    from digest.engine.work import Engine
    from digest.store.store import Store
    from digest.values.messages import Delivery
    from digest.values.states import FeedState

PHONE = Chat(42, "Ann", "private")


class Desk(World):
    """A world whose engine runs in this process."""

    engine: Engine
    here: Store

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._inside = AsyncExitStack()
        self.write()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inside.aclose()
        await super().__aexit__(kind, error, trace)

    def write(
        self,
        *names: str,
        channel: str = f'[[channel]]\nname = "desk"\ntelegram = "{DESK.id}"\n',
        more: str = "",
    ) -> None:
        """Write a config with these feeds (all of them, without)."""
        feeds = "".join(f'[[feed]]\nurl = "{self.url(name)}"\nevery = "1s"\n' for name in names or self.feeds)
        self.config.write_text(
            f'timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n'
            f'[telegram]\napi = "{self.bot.url}"\nadmins = [{PHONE.id}]\n[notices]\nchannels = []\n'
            f"{channel}{feeds}{more}"
        )

    async def begin(self) -> None:
        """Start the engine."""
        config = load_config(self.config)
        self.state.mkdir()
        self.here = self._inside.enter_context(open_store(config.database, migrate=True))
        lock = self._inside.enter_context(EngineLock(config.state, config.path))
        ready = asyncio.Event()

        async def work(engine: Engine, around: Any) -> int:
            self.engine = engine
            ready.set()
            return await engine.work([], around)

        running = asyncio.create_task(_run(config, self.here, lock, Secret(TOKEN), "", work))

        async def end() -> None:
            self.engine.stop.set()
            await running

        await asyncio.wait({running, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED)
        self._inside.push_async_callback(end)

    def states(self) -> dict[str, FeedState]:
        """The feeds that are polled, by their names here."""
        found = {feed.spec.url: feed for feed in self.here.polls.all_feeds()}
        return {name: found[self.url(name)] for name in self.feeds if self.url(name) in found}

    def polled(self, *names: str) -> bool:
        """Whether these feeds, and no others, were polled well."""
        return {name for name, feed in self.states().items() if feed.baseline_at} == set(names)

    def owed(self) -> dict[str, Delivery]:
        """The messages of alerts, by their titles."""
        return {each.title: each for each in self.here.outbox.list() if each.kind is DeliveryKind.ALERT}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Two feeds, a rule for rockets, a desk in Telegram."""
    async with Desk(tmp_path, BotApi((DESK, PHONE)), news=Feed("News"), other=Feed("Other")) as made:
        made.write_rule("rocket", "rocket")
        yield made


async def test_a_new_feed_is_polled_at_once_and_begins_with_a_baseline(desk: Desk) -> None:
    """What it held before alerts nobody; what it brings then does."""
    desk.feeds["other"].add("An old rocket")
    desk.write("news")
    await desk.begin()
    await until(lambda: desk.polled("news"))
    desk.write()
    await until(lambda: desk.polled("news", "other"))
    desk.feeds["other"].add("A new rocket")
    await until(desk.sent)
    assert desk.sent() == ["A new rocket"]


async def test_a_feed_that_leaves_is_abandoned_while_it_is_polled(desk: Desk) -> None:
    """Its entries are kept, it is asked no more, and what it would have brought is not told."""
    await desk.begin()
    await until(lambda: desk.polled("news", "other"))
    desk.feeds["other"].hangs = True
    asked = desk.feeds["other"].asked
    await until(lambda: desk.feeds["other"].asked > asked)
    desk.write("news")
    await until(lambda: desk.polled("news") and not desk.engine.polling.under_way)
    assert {entry.text.title for entry in desk.here.reads.entries()} == {"Welcome"}
    assert desk.here.reads.count_entries() == 2
    asked, news = desk.feeds["other"].asked, desk.feeds["news"].asked
    await until(lambda: desk.feeds["news"].asked > news + 1)
    assert desk.feeds["other"].asked == asked


async def test_a_channel_that_leaves_keeps_what_it_is_owed_until_it_is_back(desk: Desk) -> None:
    """Nothing is lost, and nothing comes twice."""
    await desk.begin()
    await until(lambda: desk.polled("news", "other"))
    desk.write(channel=f'[[channel]]\nname = "desk"\ntelegram = "{DESK.id}"\nquiet = "00:00-23:59"\n')
    await until(lambda: desk.engine._config.now().channels[0].quiet)
    desk.feeds["news"].add("A rocket at night")
    await until(lambda: [each.state for each in desk.owed().values()] == [DeliveryState.HELD])
    desk.write(channel="")
    await until(lambda: [each.reason for each in desk.owed().values()] == ["the channel is no longer in config.toml"])
    desk.write()
    await until(lambda: desk.sent() == ["A rocket at night"])


async def test_a_channel_may_lead_elsewhere_and_be_renamed(desk: Desk) -> None:
    """What it is owed goes where it leads now; under another name it is another, which is owed nothing older."""
    quiet = 'quiet = "00:00-23:59"\n'
    desk.write(channel=f'[[channel]]\nname = "desk"\ntelegram = "{DESK.id}"\n{quiet}')
    await desk.begin()
    await until(lambda: desk.polled("news", "other"))
    desk.feeds["news"].add("A rocket at night")
    await until(lambda: [each.state for each in desk.owed().values()] == [DeliveryState.HELD])
    desk.write(channel='[[channel]]\nname = "desk"\nfile = "told"\nformat = "jsonl"\n')
    told = desk.folder / "told"
    await until(lambda: list(told.glob("*.jsonl")))
    await until(lambda: _titles(told) == ["A rocket at night"])
    desk.write(channel=f'[[channel]]\nname = "phone"\ntelegram = "{PHONE.id}"\n')
    await until(lambda: desk.here.channels.state("desk").off)
    desk.feeds["news"].add("Another rocket")
    await until(lambda: desk.sent() == ["Another rocket"])
    assert _titles(told) == ["A rocket at night"]
    assert [message.chat.id for message in desk.bot.messages] == [PHONE.id]


def _titles(folder: Path) -> list[str]:
    lines = [line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [json.loads(line)["title"] for line in lines]


async def test_a_message_in_hand_ends_where_it_began(desk: Desk) -> None:
    """Its channel leaves the config while Telegram has yet to answer: it counts as sent, once, and nothing fails."""
    await desk.begin()
    await until(lambda: desk.polled("news", "other"))
    desk.bot.fail(slow(3))
    desk.feeds["news"].add("A slow rocket")
    await until(lambda: [each.state for each in desk.owed().values()] == [DeliveryState.SENDING])
    desk.write(channel="")
    await until(lambda: desk.here.channels.state("desk").off)
    await until(lambda: [each.state for each in desk.owed().values()] == [DeliveryState.SENT])
    assert desk.sent() == ["A slow rocket"]
    assert desk.here.channels.state("desk").off == "the channel is no longer in config.toml"


async def test_rules_and_digests_follow_the_config(desk: Desk) -> None:
    """A rule may name a channel that was just added; a digest can be asked for, and is gone with its table."""
    (desk.folder / "rules" / "rocket.toml").write_text(
        '[[rule]]\nid = "rocket"\nany = ["rocket"]\nchannels = ["phone"]\n'
    )
    await desk.begin()
    await until(lambda: [file.problems for file in desk.here.rules.files()] != [()])
    both = f'[[channel]]\nname = "phone"\ntelegram = "{PHONE.id}"\n'
    digest = '[[digest]]\nname = "noon"\ncron = "0 12 29 2 *"\nchannels = ["phone"]\n'
    desk.write(channel=both, more=digest)
    await until(lambda: [file.problems for file in desk.here.rules.files()] == [()])
    assert [spec.name for spec in desk.engine._config.now().digests] == ["noon"]
    assert len(desk.engine._digests) == 1
    desk.write(channel=both)
    await until(lambda: not desk.engine._digests)
