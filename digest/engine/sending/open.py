"""Opens the channels of the config, each by its kind; one that cannot be opened is off, with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from digest.delivery.retries import RetryPolicy
from digest.errors import EngineError
from digest.values.databases import passwords_in
from digest.values.settings import Apprise, Folder, Telegram, Webhook

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.channels.base import Channel
    from digest.channels.telegram import TelegramBot
    from digest.config import Config
    from digest.engine.sending.chat import DeliveryPolicy
    from digest.values.settings import ChannelSpec, Medium


def secrets_of(config: Config) -> list[str]:
    """What no log shows: passwords, of the database and in addresses of channels, and what feeds are asked with."""
    addresses = [each.medium.url for each in config.channels if isinstance(each.medium, Apprise | Webhook)]
    return [
        *passwords_in(config.database),
        *addresses,
        *(secret for feed in config.feeds for secret in feed.access.secrets),
    ]


def delivery_policy(config: Config) -> DeliveryPolicy:
    """What a config wants for messages that do not get through."""
    from digest.engine.sending.chat import DeliveryPolicy  # the store comes with it, which a check does without

    telegram = config.telegram
    return DeliveryPolicy(
        give_up=telegram.give_up,
        retry=RetryPolicy(hold_unknown=telegram.on_unknown == "hold"),
        buttons=bool(telegram.admins),
        flood=telegram.flood,
    )


def off_reasons(channels: Sequence[ChannelSpec], *, no_token: str) -> dict[str, str]:
    """Which channels are off, by name, and why in plain words.

    Args:
        channels: those of the config.
        no_token: why there is no bot token; empty when there is one.
    """
    # A folder that cannot be written to now may be later, and messages wait for it.
    reasons = {each.name: obstacle(each.medium, no_token) for each in channels if not isinstance(each.medium, Folder)}
    return {name: reason for name, reason in reasons.items() if reason}


def obstacle(medium: Medium, no_token: str = "") -> str:
    """What keeps messages from going there now, in plain words; empty where nothing does. Nothing is sent or made."""
    match medium:
        case Telegram():
            return no_token
        case Apprise(url):
            from digest.channels.apprise import obstacle as obstacle_of_address

            return obstacle_of_address(url)
        case Folder(path):
            from digest.channels.files import obstacle as obstacle_of_folder

            return obstacle_of_folder(path)
        case Webhook(problem=problem):
            return problem
        case _:
            assert_never(medium)


def channel_opener(bot: TelegramBot | None, mark: str = "") -> Callable[[ChannelSpec, str], Channel]:
    """What makes the channel of a spec that writes to a chat; without a bot those of Telegram are off, never opened.

    Args:
        bot: writes to the chats of Telegram.
        mark: of the store that the messages are from.
    """

    def open_channel(spec: ChannelSpec, chat: str) -> Channel:
        match spec.medium:
            case Telegram(thread=thread):
                if bot is None:
                    raise EngineError(f"the channel {spec.name} is off")
                return bot.channel(chat, thread)
            case Apprise(url):
                from digest.channels.apprise import AppriseChannel  # takes 0.7 s of CPU, so only where one is used

                return AppriseChannel(url)
            case Folder(path, style):
                from digest.channels.files import FileChannel

                return FileChannel(path, style, spec.timezone)
            case Webhook() as webhook:
                from digest.channels.webhook import WebhookChannel
                from digest.net.post import post

                return WebhookChannel(webhook, mark, post)
            case _:
                assert_never(spec.medium)

    return open_channel
