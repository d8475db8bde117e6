"""The questions of ``digest check --online``: does every feed answer with a feed, and may the bot write everywhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from digest.channels.base import ADMIN_WRITES, Failure, SendError
from digest.cli.output import complain
from digest.cli.telegram import connect_bot
from digest.config import problem_at
from digest.errors import ChannelError, FetchError, ParseError, Problem
from digest.values.settings import Telegram, is_admin_chat
from digest.values.states import outlet
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.channels.telegram import TelegramBot
    from digest.config import Config
    from digest.engine.polling.parsers import ParserPool
    from digest.net.fetch import Fetcher
    from digest.net.slots import Slots
    from digest.values.settings import FeedSpec


def ask_around(config: Config) -> tuple[list[Problem], str]:
    """Ask every feed, the bot and each Telegram channel.

    Returns:
        What is wrong, at its place in the config; and how many answered as they should: ``2 of 2 feeds answered; ``.
    """
    asked = asyncio.run(_ask_around(config))
    found = [problem_at(config, keys, message) for answers in asked.values() for keys, message in answers if message]
    well = {what: sum(not message for _, message in answers) for what, answers in asked.items() if answers}
    words = [f"{well[what]:,} of {count(len(asked[what]), what)} answered" for what in well]
    return found, "".join(f"{each}; " for each in words)


_CPU_SECONDS = 5.0
"""That reading one document may take: each is read once, and none waits behind another."""

_Answers = list[tuple[tuple[str | int, ...], str]]
"""For each that was asked its place in the config and what is wrong with it; empty where nothing is."""


async def _ask_around(config: Config) -> dict[str, _Answers]:
    """The answers by what was asked."""
    telegram = asyncio.create_task(_ask_telegram(config))
    return {"feed": await _ask_feeds(config), "Telegram chat": await telegram}


async def _ask_feeds(config: Config) -> _Answers:
    from digest.engine.polling.parsers import ParserPool
    from digest.net.fetch import Fetcher, Limits
    from digest.net.slots import Slots

    poll = config.poll
    limits = Limits(timeout=poll.timeout, max_bytes=poll.max_bytes, private_hosts=poll.private_hosts)
    slots = Slots(poll.concurrency, poll.per_host)
    complain(f"asking {count(len(config.feeds), 'feed')} …")
    async with Fetcher(limits) as fetcher, ParserPool(quick_seconds=_CPU_SECONDS) as parsers:
        answers = await asyncio.gather(*(_ask_feed(feed, fetcher, parsers, slots) for feed in config.feeds))
    keys = (spec.key for spec in config.feeds)
    return [(("feed", number, key), answer) for number, (key, answer) in enumerate(zip(keys, answers, strict=True))]


async def _ask_feed(feed: FeedSpec, fetcher: Fetcher, parsers: ParserPool, slots: Slots) -> str:
    """What is wrong with a feed, in plain words; empty when nothing is."""
    from digest.engine.polling.parsers import Question
    from digest.net.fetch import Unchanged

    try:
        url = feed.url
        while url:  # twice, where the first document only says where the entries stand
            async with slots.hold(url):
                found = await fetcher.fetch(url, access=feed.access, home=feed.url)
            if isinstance(found, Unchanged):
                break
            question = Question(found.body, found.content_type, found.url, reading=feed.reading)
            async with parsers.turn(feed.url):
                document = await parsers.read(feed.url, question)
            url = document.elsewhere if url == feed.url else ""
    except (FetchError, ParseError) as error:
        return f"{outlet(feed.name or feed.url)}: {error}"
    return ""


async def _ask_telegram(config: Config) -> _Answers:
    from digest.config import read_token

    if read_token(config) is None or not (asked := list(_chats(config))):
        return []  # without a token or a channel the bot has no work; that the token is missing is said elsewhere
    complain(f"asking the bot about {count(len(asked), 'chat')} …")
    async with connect_bot(config) as bot:
        try:
            await bot.describe()
        except ChannelError as error:
            return [(("telegram",), f"the bot: {error}")]
        answers = await asyncio.gather(*(_ask_chat(bot, name, chat) for _, name, chat in asked))
    return [(keys, answer) for (keys, *_), answer in zip(asked, answers, strict=True)]


def _chats(config: Config) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """The Telegram channels and the admins that notices go to: the place in the config, the name and the chat."""
    for number, spec in enumerate(config.every_channel):
        if isinstance(spec.medium, Telegram):
            keys: tuple[str | int, ...] = "channel", number, "telegram"
            if is_admin_chat(spec.name):
                keys = "telegram", "admins", config.telegram.admins.index(int(spec.medium.chat))
            yield keys, spec.name, spec.medium.chat


async def _ask_chat(bot: TelegramBot, name: str, chat: str) -> str:
    try:
        _, obstacle = await bot.check_chat(chat)
    except SendError as error:
        refused = error.failure is Failure.CLOSED and is_admin_chat(name)
        return f"{name}: {error}" + (f": {ADMIN_WRITES}" if refused else "")
    return f"{name}: {obstacle}" if obstacle else ""
