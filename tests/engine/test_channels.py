"""Each kind of channel is opened as such, and what cannot be opened is off, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.channels.apprise import AppriseChannel
from digest.channels.base import Outgoing
from digest.channels.files import FileChannel
from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.demo.bot_values import Chat
from digest.engine.sending.open import channel_opener, off_reasons
from digest.errors import EngineError
from digest.values.settings import Apprise, ChannelSpec, Folder, Telegram
from tests.fakes.bot_api import TOKEN, BotApi

if TYPE_CHECKING:
    from pathlib import Path

DESK = ChannelSpec("desk", Telegram("@desk"))
PHONE = ChannelSpec("phone", Apprise("ntfy://topic"))
TYPO = ChannelSpec("typo", Apprise("nfty://topic"))


def test_why_channels_are_off(tmp_path: Path) -> None:
    """Telegram channels without a token, Apprise addresses that cannot be read; a file channel never."""
    channels = [DESK, PHONE, TYPO, ChannelSpec("archive", Folder(str(tmp_path / "nowhere" / "yet")))]
    typo = "Apprise has no service of this kind: did you mean ntfy://?"
    assert off_reasons(channels, no_token="") == {"typo": typo}
    assert off_reasons(channels, no_token="no token") == {"desk": "no token", "typo": typo}


async def test_a_forum_topic_is_written_to() -> None:
    """`thread` of the config reaches Telegram with each message."""
    async with BotApi((Chat(-1001, "Forum", "supergroup"),)) as api, TelegramBot(Secret(TOKEN), api.url) as bot:
        spec = ChannelSpec("topic", Telegram("-1001", 7))
        await channel_opener(bot)(spec, "-1001").send(Outgoing("x"))
        assert [(message.text, message.thread) for message in api.messages] == [("x", 7)]


def test_each_kind_is_opened_without_a_bot(tmp_path: Path) -> None:
    """Files and Apprise need no token; a Telegram channel without one is off, and never opened."""
    open_channel = channel_opener(None)
    archive = ChannelSpec("archive", Folder(str(tmp_path), "jsonl"))
    assert isinstance(open_channel(archive, f"file:{tmp_path}"), FileChannel)
    assert isinstance(open_channel(PHONE, "ntfy:0123"), AppriseChannel)
    with pytest.raises(EngineError, match="desk is off"):
        open_channel(DESK, "@desk")
