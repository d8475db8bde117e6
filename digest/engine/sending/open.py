"""Opens the channels of the config, each by its kind; one that cannot be opened is off, with the reason in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.channels.base import Channel
    from digest.channels.telegram import TelegramBot
    from digest.values.settings import ChannelSpec


def off_reasons(channels: Sequence[ChannelSpec], *, no_token: str) -> dict[str, str]:
    """Which channels are off, by name, and why in plain words.

    Args:
        channels: those of the config.
        no_token: why there is no bot token; empty when there is one.
    """
    reasons = {channel.name: _off_reason(channel, no_token) for channel in channels}
    return {name: reason for name, reason in reasons.items() if reason}


def _off_reason(channel: ChannelSpec, no_token: str) -> str:
    if channel.telegram:
        return no_token
    if channel.apprise:
        from digest.channels.apprise import obstacle

        return obstacle(channel.apprise)
    return ""  # a folder that cannot be written to now may be later, and messages wait for it


def channel_opener(bot: TelegramBot | None) -> Callable[[ChannelSpec, str], Channel]:
    """What makes the channel of a spec that writes to a chat; without a bot those of Telegram are off, never opened."""

    def open_channel(spec: ChannelSpec, chat: str) -> Channel:
        if spec.file:
            from digest.channels.files import FileChannel

            return FileChannel(spec.file, spec.format, spec.timezone)
        if spec.apprise:
            from digest.channels.apprise import AppriseChannel  # takes 0.7 s of CPU, so only where one is used

            return AppriseChannel(spec.apprise)
        if bot is None:
            raise EngineError(f"the channel {spec.name} is off")
        return bot.channel(chat, spec.thread)

    return open_channel
