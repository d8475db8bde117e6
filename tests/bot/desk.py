"""A news desk on loopback: rules on disk, a real store, the outbox and the bot at work, and people who write to it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

from digest.bot import run_bot
from digest.channels.telegram import TelegramBot
from digest.config import Secret, load_config
from digest.demo.bot_values import Chat, User
from digest.engine.companions import Surroundings
from digest.engine.ground.threads import StoreThread
from digest.engine.rules import LiveRules
from digest.engine.sending.chat import Coming
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.match import FOLD_VERSION, fold_entry
from digest.rulebook.folders import RuleFolders
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import EntryText, FeedUpdate, Identity, JudgedMatch, NewEntry, Outcome, PollResult
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.newsroom import put_in_story
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store, store_url
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from digest.demo.bot_values import AcceptedMessage
    from digest.store.sends import Windows

ANN, BOB, MALLORY = User(42, "Ann"), User(43, "Bob"), User(99, "Mallory")
"""Ann and Bob are admins."""
PRIVATE, BOBS, THEIRS = Chat(42, "Ann", "private"), Chat(43, "Bob", "private"), Chat(99, "Mallory", "private")
NEWS = Chat(-1001, "News", "channel", "news_desk")
TEAM, ELSEWHERE = Chat(-1002, "Team", "supergroup"), Chat(-1003, "Elsewhere", "supergroup")
BOT_NAME = "digest_demo_bot"

RULES = """\
# Every rule of the desk stands here.

[[rule]]
id = "dprk-syria"   # the one we came for
title = "North Korea and Syria"
severity = "high"
query = '''
"North Korea" AND Syria
'''
match = ["North Korea closes its embassy in Syria"]

# Embassies everywhere.
[[rule]]
id = "embassies"
any = ["embassy", "embassies"]
# The end.
"""
CONFIG = """\
timezone = "Asia/Seoul"
[telegram]
api = "{api}"
admins = [42, 43]
[[channel]]
name = "ann"
telegram = "42"
[[channel]]
name = "team"
telegram = "-1002"
timezone = "Europe/Paris"
[[channel]]
name = "news"
telegram = "@News_Desk"
[[feed]]
url = "https://one.example/rss"
name = "One"
[[feed]]
url = "https://two.example/rss"
"""


class Desk:
    """The desk; an async context manager.

    Args:
        folder: empty; config, rules and database go there.
        windows: the limits of chats; none, without.
    """

    def __init__(self, folder: Path, windows: Windows = lambda _: ()) -> None:
        self.folder = folder
        self.rules_file = folder / "rules" / "desk.toml"
        self.api = BotApi((PRIVATE, BOBS, THEIRS, NEWS, TEAM, ELSEWHERE))
        self.store = new_store(store_url(folder / "digest.db"))
        self.store.sends.windows = windows
        self._opened = AsyncExitStack()
        self._stop = asyncio.Event()
        self._bot: asyncio.Task[None] | None = None
        self._made = 0

    async def __aenter__(self) -> Self:
        self.rules_file.parent.mkdir()
        self.rules_file.write_text(RULES, encoding="utf-8")
        self._opened.callback(self.store.close)
        await self._opened.enter_async_context(self.api)
        (self.folder / "config.toml").write_text(CONFIG.format(api=self.api.url), encoding="utf-8")
        self.config = load_config(self.folder / "config.toml")
        thread = await self._opened.enter_async_context(StoreThread())
        self.rules = LiveRules(RuleFolders(self.config.rule_folders), self.store, thread, self.config.desks_of_channels)
        await self.rules.refresh()
        now = datetime.now(UTC)
        self.store.engine.started(1, "here", "0", now)
        self.store.polls.sync_feeds(self.config.feeds, default_every=timedelta(minutes=10), now=now)
        self.drain = await self._start_drain(thread)
        self.around = Surroundings(lambda: self.config, self.store, thread, self.rules, self.drain.ring, Secret(TOKEN))
        self.start_bot()
        return self

    async def _start_drain(self, thread: StoreThread) -> OutboxDrain:
        bot = await self._opened.enter_async_context(TelegramBot(Secret(TOKEN), self.api.url, mark=self.store.mark()))
        drain = OutboxDrain(
            self.store,
            thread,
            channels=self.config.channels,
            off={},
            open_channel=channel_opener(bot),
            policy=DeliveryPolicy(timedelta(hours=1), buttons=True),
        )
        await drain.prepare()
        running = asyncio.create_task(drain.run(self._stop))

        async def end() -> None:
            self._stop.set()
            await running

        self._opened.push_async_callback(end)
        return drain

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop_bot()
        await self._opened.aclose()

    def start_bot(self) -> None:
        """Let the bot work, as an engine does."""
        self._bot = asyncio.create_task(run_bot(self.around))

    async def stop_bot(self) -> None:
        """End the bot, as an engine that stops does."""
        if self._bot is not None:
            self._bot.cancel()
            with suppress(asyncio.CancelledError):
                await self._bot

    # --- news --------------------------------------------------------------------------------------------------------

    def store_entry(self, title: str, summary: str = "", *channels: str) -> int:
        """An entry comes in and is matched; its alert is owed to these channels. Returns the entry's id."""
        self._made += 1
        key = f"entry {self._made}".encode().ljust(16, b".")
        text = EntryText(title, summary, source="One")
        matches = self.rules.active.rules.match_entry(text)
        owed = [
            PlannedDelivery(
                channel,
                DeliveryKind.ALERT,
                max(match.severity for match in matches),
                title,
                {"lines": [f"alert {self._made}"]},
                rules=tuple(match.rule for match in matches),
            )
            for channel in channels
        ]
        entry = NewEntry(
            Identity(key, key, key),
            f"https://one.example/{self._made}",
            text,
            None,
            fold_entry(text),
            FOLD_VERSION,
        )
        found = [JudgedMatch(match, Outcome.ALERT, ("A sentence.",)) for match in matches]
        now = datetime.now(UTC)
        feed = next(feed.id for feed in self.store.polls.all_feeds() if feed.name == "One")
        update = FeedUpdate(feed, now, ok=True, next_due=now + timedelta(hours=1), interval=timedelta(1), failures=0)
        commit(self.store, [PollResult(update, (seed(entry, found, owed),))], now)
        return self.store.archive().newest(1)[0].id

    async def alert_of_story(self, title: str, channel: str = "ann") -> AcceptedMessage:
        """An entry alerts that is the first report of a story, and the message about it arrives."""
        before, now = len(self.api.messages), datetime.now(UTC)
        waits = Coming(now + timedelta(minutes=1), now + timedelta(minutes=1))
        self.drain.gather(waits)  # till the entry is in its story
        put_in_story(self.store, self.store_entry(title, "", channel), now)
        self.drain.let_go(waits)
        await self.api.wait_until(lambda api: len(api.messages) > before)
        await self.until(lambda: not self.store.outbox.counts()[DeliveryState.SENDING])
        return self.api.messages[before]

    async def alert(self, title: str, channel: str = "ann", summary: str = "") -> AcceptedMessage:
        """An entry alerts, and the message about it arrives."""
        before = len(self.api.messages)
        self.store_entry(title, summary, channel)
        self.drain.ring()
        await self.api.wait_until(lambda api: len(api.messages) > before)
        await self.until(lambda: not self.store.outbox.counts()[DeliveryState.SENDING])
        return self.api.messages[before]

    # --- people ------------------------------------------------------------------------------------------------------

    async def say(
        self, text: str, chat: Chat = PRIVATE, user: User = ANN, at: datetime | None = None
    ) -> AcceptedMessage:
        """Someone writes something; the answer."""
        before = len(self.api.messages)
        await self.api.write_to_bot(chat, text, user, at)
        await self.api.wait_until(lambda api: len(api.messages) > before)
        return self.api.messages[before]

    async def press(self, message: AcceptedMessage, label: str, user: User = ANN) -> AcceptedMessage:
        """Someone presses a button; the message that answers."""
        before = len(self.api.messages)
        await self.api.press(message, label, user)
        await self.api.wait_until(lambda api: len(api.messages) > before)
        return self.api.messages[before]

    async def press_in_place(self, message: AcceptedMessage, label: str, user: User = ANN) -> AcceptedMessage:
        """Someone presses a button; what its message says then."""
        place = self.api.messages.index(message)
        await self.api.press(message, label, user)
        await self.api.wait_until(lambda api: api.messages[place].text != message.text)
        return self.api.messages[place]

    async def silence(self) -> None:
        """Wait until all that was written and pressed has been dealt with."""
        await self.api.wait_until(lambda api: not api.unread)
        await self.until(lambda: not any(task.get_name().startswith("answer in") for task in asyncio.all_tasks()))

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds."""
        await until(condition)


def as_seen(message: AcceptedMessage) -> str:
    """A message with its buttons below, as a reader sees it."""
    rows = (" ".join(f"[{label}]" for label, _ in row) for row in message.buttons)
    return "\n".join((message.text, *rows))
