"""The questions of ``digest check --online``: does every feed answer with a feed, and may the bot write everywhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from digest.channels.base import ADMIN_WRITES, Failure, SendError
from digest.cli.output import complain
from digest.cli.telegram import connect_bot
from digest.errors import ChannelError, FetchError, ParseError, Problem
from digest.toml.places import locate
from digest.values.settings import is_admin_chat
from digest.values.states import outlet
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.channels.telegram import TelegramBot
    from digest.config import Config
    from digest.engine.polling.parsers import ParserPool
    from digest.net.fetch import Fetcher
    from digest.net.slots import Slots
    from digest.values.settings import ChannelSpec, FeedSpec


def ask_around(config: Config) -> list[Problem]:
    """Ask every feed, the bot and each Telegram channel; what is wrong stands at its place in the config."""
    text = config.path.read_text(encoding="utf-8-sig")
    return [
        Problem(str(config.path), *locate(text, keys, value=True), message)
        for keys, message in asyncio.run(_ask_around(config))
    ]


_CPU_SECONDS = 5.0
"""That reading one document may take: each is read once, and none waits behind another."""

_Trouble = tuple[tuple[str | int, ...], str]


async def _ask_around(config: Config) -> list[_Trouble]:
    telegram = asyncio.create_task(_ask_telegram(config))
    return [*await _ask_feeds(config), *await telegram]


async def _ask_feeds(config: Config) -> list[_Trouble]:
    from digest.engine.polling.parsers import ParserPool
    from digest.net.fetch import Fetcher, Limits
    from digest.net.slots import Slots

    poll = config.poll
    limits = Limits(timeout=poll.timeout, max_bytes=poll.max_bytes, private_hosts=poll.private_hosts)
    slots = Slots(poll.concurrency, poll.per_host)
    complain(f"asking {count(len(config.feeds), 'feed')} …")
    async with Fetcher(limits) as fetcher, ParserPool(quick_seconds=_CPU_SECONDS) as parsers:
        answers = await asyncio.gather(*(_ask_feed(feed, fetcher, parsers, slots) for feed in config.feeds))
    return [(("feed", number, "url"), answer) for number, answer in enumerate(answers) if answer]


async def _ask_feed(feed: FeedSpec, fetcher: Fetcher, parsers: ParserPool, slots: Slots) -> str:
    """What is wrong with a feed, in plain words; empty when nothing is."""
    from digest.engine.polling.parsers import Question
    from digest.net.fetch import Unchanged

    try:
        async with slots.hold(feed.url):
            found = await fetcher.fetch(feed.url)
        if not isinstance(found, Unchanged):
            async with parsers.turn(feed.url):
                await parsers.read(feed.url, Question(found.body, found.content_type, found.url))
    except (FetchError, ParseError) as error:
        return f"{outlet(feed.name or feed.url)}: {error}"
    return ""


async def _ask_telegram(config: Config) -> list[_Trouble]:
    from digest.config import read_token

    if read_token(config) is None or not any(channel.telegram for channel in config.every_channel):
        return []  # without a token or a channel the bot has no work; that the token is missing is said elsewhere
    async with connect_bot(config) as bot:
        try:
            await bot.describe()
        except ChannelError as error:
            return [(("telegram",), f"the bot: {error}")]
        asked = list(_chats(config))
        answers = await asyncio.gather(*(_ask_chat(bot, spec) for _, spec in asked))
    return [(keys, answer) for (keys, _), answer in zip(asked, answers, strict=True) if answer]


def _chats(config: Config) -> Iterator[tuple[tuple[str | int, ...], ChannelSpec]]:
    """The Telegram channels and the admins' chats that notices go to, each with its place in the config."""
    for number, spec in enumerate(config.channels):
        if spec.telegram:
            yield ("channel", number, "telegram"), spec
    for spec in config.admin_chats:
        yield ("telegram", "admins", config.telegram.admins.index(int(spec.telegram))), spec


async def _ask_chat(bot: TelegramBot, spec: ChannelSpec) -> str:
    try:
        _, obstacle = await bot.check_chat(spec.telegram)
    except SendError as error:
        refused = error.failure is Failure.CLOSED and is_admin_chat(spec.name)
        return f"{spec.name}: {error}" + (f": {ADMIN_WRITES}" if refused else "")
    return f"{spec.name}: {obstacle}" if obstacle else ""
