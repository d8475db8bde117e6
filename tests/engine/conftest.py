"""A store on disk with its thread, and a poller with real tools."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from digest.config import PollConfig
from digest.delivery.decide import Policy, decide
from digest.engine.ground.threads import StoreThread
from digest.engine.ground.watchdog import beat
from digest.engine.polling.parsers import ParserPool
from digest.engine.polling.poll import Poller, PollTools
from digest.engine.rules import LiveRules
from digest.net.fetch import Fetcher, Limits
from digest.net.slots import Slots
from digest.rulebook.folders import RuleFolders
from digest.values.settings import ChannelSpec, FeedSpec, Telegram
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from digest.delivery.decide import Decide
    from digest.store import Store
    from digest.values.news import Outcome, PollResult
    from digest.values.states import FeedState


@pytest.fixture
def engine_store(tmp_path: Path) -> Iterator[Store]:
    """A new store."""
    with new_store(store_url(tmp_path / "digest.db")) as opened:
        yield opened


@pytest.fixture
async def thread() -> AsyncIterator[StoreThread]:
    """The store's thread."""
    async with StoreThread(beat) as opened:
        yield opened


@dataclass
class Polls:
    """Polls feeds with the real tools, and commits what they bring."""

    poller: Poller
    tools: PollTools
    config: PollConfig
    policy: Policy
    rules: Path

    def feed(self, url: str) -> FeedState:
        """The feed of an address, added if need be."""
        store, now = self.tools.store, datetime.now(UTC)
        known = {feed.spec.url: feed for feed in store.polls.all_feeds()}
        if url not in known:
            specs = [*(feed.spec for feed in known.values()), FeedSpec(url)]
            store.polls.sync_feeds(specs, default_every=self.config.every, now=now)
        return next(feed for feed in store.polls.all_feeds() if feed.spec.url == url)

    def write_rule(self, word: str) -> None:
        """Write a rule that looks for a word, and is called by it."""
        self.rules.joinpath(f"{word}.toml").write_text(f'[[rule]]\nid = "{word}"\nany = ["{word}"]\n', encoding="utf-8")

    def allow(self, *, most: int) -> None:
        """Let a poll bring no more new entries than this."""
        self.config = replace(self.config, max_entries=most)
        self.poller = Poller(lambda: self.config, self.tools)

    async def poll(self, url: str) -> PollResult:
        """Poll once and commit."""
        result = await self.poller.poll(self.feed(url))
        self.tools.store.polls.commit_polls([result], datetime.now(UTC), self.deciding())
        return result

    def deciding(self) -> Decide:
        """What decides of matches by the rules of now."""
        return partial(decide, replace(self.policy, routes=self.tools.rules.active.routes))

    def outcomes(self) -> dict[str, Outcome]:
        """What became of every match, by the title of its entry."""
        reads = self.tools.store.reads
        return {
            entry.text.title: match.judged.outcome for entry in reads.entries() for match in reads.matches_of(entry.id)
        }

    def owed(self) -> list[str]:
        """The titles of the messages in the outbox."""
        return [delivery.title for delivery in self.tools.store.outbox.list()]


@pytest.fixture
async def polls(tmp_path: Path, engine_store: Store, thread: StoreThread) -> AsyncIterator[Polls]:
    """A poller whose one rule hits "rocket" and whose one channel is ``desk``."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "space.toml").write_text('[[rule]]\nid = "space"\nany = ["rocket"]\n', encoding="utf-8")
    desk = ChannelSpec("desk", Telegram("@desk"))
    engine_store.channels.sync([desk], {}, datetime.now(UTC))
    config = replace(PollConfig(), private_hosts=True)
    limits = Limits(timedelta(seconds=5), config.max_bytes, private_hosts=True)
    async with Fetcher(limits) as fetcher, ParserPool(1, cpu_seconds=3, quick_seconds=1) as parsers:
        rules = LiveRules(RuleFolders.only(folder), engine_store, thread, {"desk": ""})
        await rules.refresh()
        tools = PollTools(Slots(4, 4), fetcher, parsers, rules, engine_store, thread)
        yield Polls(Poller(lambda: config, tools), tools, config, Policy(config.max_age, [desk]), folder)
