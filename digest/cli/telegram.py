"""``digest telegram``: the chats that the bot knows, and a test message."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from digest.cli.group import LazyGroup, config_option, json_option
from digest.cli.output import complain, say, say_json, say_table
from digest.cli.session import open_database_if_any, read_config
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.channels.base import Outgoing
    from digest.channels.telegram import ChatInfo, TelegramBot
    from digest.config import Config
    from digest.store.store import Store
    from digest.values.settings import ChannelSpec, Webhook

_NOTICED: Final = 2.0  # seconds of waiting that want a word
_PATIENCE: Final = 60.0
_SHORTEST: Final = 0.05  # between two looks: while a message is on its way, nobody knows when the next may go


@click.group(
    cls=LazyGroup,
    commands_at={"chats": "digest.cli.telegram:chats", "test": "digest.cli.telegram:send_test"},
    short_help="The bot's chats, and a test message.",
)
@config_option
def telegram() -> None:
    """The bot's chats, and a test message."""


def connect_bot(config: Config) -> TelegramBot:
    """The bot of the config, to be entered as a context.

    Raises:
        UsageError: there is no token.
    """
    from digest.channels.telegram import TelegramBot
    from digest.config import read_token

    token = read_token(config)
    if token is None:
        settings = config.telegram
        where = f"write it into {settings.token_file}" if settings.token_file else f"export {settings.token_env}=…"
        raise UsageError(f"there is no bot token: get one from @BotFather in Telegram, then {where}")
    return TelegramBot(token, config.telegram.api)


@click.command(
    short_help="List the chats that have written to the bot, with their ids.",
    epilog="\b\nExamples:\n  digest telegram chats\n  digest telegram chats --json | jq .id",
)
@config_option
@json_option
def chats(*, as_json: bool) -> None:
    """List the chats that have written to the bot, latest first, with the ids that [[channel]] takes.

    Telegram remembers them for a day, a running engine's bot for good. For a channel or group: make the bot an
    administrator there, then post something.
    """
    config = read_config()
    found, reads_them = _heard_by_engine(config)
    if not reads_them:
        new = asyncio.run(_chats(config))
        found = (*new, *(chat for chat in found if chat.id not in {each.id for each in new}))
    if as_json:
        for chat in found:
            say_json({"id": chat.id, "type": chat.type, "title": chat.title, "username": chat.username or None})
    elif found:
        rows = [(str(chat.id), chat.type, f"@{chat.username}" if chat.username else "", chat.title) for chat in found]
        say_table(rows, heads=("ID", "TYPE", "NAME", "TITLE"), right=(0,))
    else:
        complain("No chat has written to the bot lately: write it a message, or post in its channel, and ask again.")


def _heard_by_engine(config: Config) -> tuple[tuple[ChatInfo, ...], bool]:
    """The chats that an engine's bot has heard from, the latest first, and whether one reads its updates now.

    To read them here, too, would take them from it.
    """
    from digest.channels.telegram import ChatInfo
    from digest.config import read_token
    from digest.store.engine import bot_lease

    token = read_token(config)
    with open_database_if_any(config) as store:
        if token is None or store is None:
            return (), False
        chats = tuple(ChatInfo(chat.id, chat.type, chat.title, chat.username) for chat in store.bot_chats.all())
        return chats, store.leases.is_held(bot_lease(token.reveal()), datetime.now(UTC))


async def _chats(config: Config) -> tuple[ChatInfo, ...]:
    async with connect_bot(config) as bot:
        return await bot.chats()


@click.command(
    "test",
    short_help="Send a test message to a channel of the config, of any kind.",
    epilog="\b\nExamples:\n  digest telegram test desk",
)
@click.argument("channel")
@config_option
def send_test(channel: str) -> None:
    """Send a test message to CHANNEL, one of the config's, whatever kind it is."""
    from digest.config import unknown_channel

    config = read_config()
    spec = next((spec for spec in config.every_channel if spec.name == channel), None)
    if spec is None:
        raise UsageError(unknown_channel(channel, [spec.name for spec in config.every_channel]))
    say(f"Sent to {channel}: {asyncio.run(_send_test(config, spec))}.")
    with open_database_if_any(config) as store:
        if store is not None:  # it may have been off: what waits for it goes now
            store.channels.works(channel, datetime.now(UTC))


async def _send_test(config: Config, spec: ChannelSpec) -> str:
    """Send it, and say where it is to be found."""
    from digest.channels.base import Outgoing, SendError
    from digest.engine.ground.threads import DaemonThreads
    from digest.values.settings import Apprise, Folder, Webhook

    asyncio.get_running_loop().set_default_executor(DaemonThreads())  # a service that hangs holds up nothing
    (part,) = _test_parts(spec)
    outgoing = Outgoing(part, title="Digest: a test message")
    medium = spec.medium
    if isinstance(medium, Folder):
        from digest.channels.files import FileChannel

        folder = FileChannel(medium.path, medium.style, spec.timezone)
        await folder.send(outgoing)
        return str(folder.path)
    if isinstance(medium, Apprise):
        from digest.channels.apprise import AppriseChannel

        service = AppriseChannel(medium.url)
        await service.send(outgoing)
        return f"a message through {service.name}"
    if isinstance(medium, Webhook):
        return await _post_test(medium, outgoing)
    with open_database_if_any(config) as store:
        states = store.channels.all() if store is not None else ()
        moved = (state.chat for state in states if (state.name, state.target) == (spec.name, medium.chat))
        chat = next(moved, medium.chat)
        async with connect_bot(config) as bot:
            turn, silence = await _take_turn(store, chat) if store is not None else 0, None
            try:
                number = await bot.channel(chat, medium.thread).send(outgoing)
            except SendError as error:
                silence = error.silence
                raise
            finally:
                if store is not None:
                    store.sends.end(turn, datetime.now(UTC), silence)
    return f"message {number} in {chat}"


async def _post_test(webhook: Webhook, outgoing: Outgoing) -> str:
    """Post a test message, under an id that no other message has."""
    from urllib.parse import urlsplit
    from uuid import uuid4

    from digest.channels.webhook import WebhookChannel
    from digest.net.post import post

    name = f"digest-test-{uuid4().hex}"
    await WebhookChannel(webhook, "", post).deliver(outgoing, name)
    return f"{name}, which {urlsplit(webhook.url).hostname} has taken"


async def _take_turn(store: Store, chat: str) -> int:
    """Wait until the limits let a message go, and take that turn: what an engine sends counts with it."""
    said = False
    while not isinstance(turn := store.sends.take(chat, now := datetime.now(UTC)), int):
        seconds = (turn - now).total_seconds()
        if seconds > _PATIENCE:
            raise UsageError(f"Telegram asked for silence in this chat: try again in {seconds:.0f} s")
        if seconds > _NOTICED and not said:
            complain(f"Telegram's limits let the next message go in {seconds:.0f} s.")
            said = True
        await asyncio.sleep(max(seconds, _SHORTEST))
    return turn


def _test_parts(spec: ChannelSpec) -> tuple[str, ...]:
    from digest.delivery.media.formats import parts_for, record_of
    from digest.delivery.media.markup import Span
    from digest.values.messages import DeliveryKind
    from digest.values.news import Severity
    from digest.values.settings import is_admin_chat

    arrives = "Notices of Digest about itself" if is_admin_chat(spec.name) else f"Alerts for the channel “{spec.name}”"
    words = f": this is a test message. {arrives} will arrive here."
    record = record_of(DeliveryKind.NOTICE, Severity.NORMAL, datetime.now(UTC), "Digest: a test message")
    return parts_for(spec, [Span("Digest", bold=True), Span(words)], record)
