"""Each kind of channel is opened as such, and what cannot be opened is off, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.channels.apprise import AppriseChannel
from digest.channels.base import Outgoing
from digest.channels.files import FileChannel
from digest.channels.telegram import TelegramBot
from digest.config import Secret
from digest.demo.bot_values import Chat
from digest.engine.sending.open import channel_opener, off_reasons
from digest.engine.sending.pace import Pace
from digest.errors import EngineError
from digest.values.settings import ChannelSpec
from tests.fakes.bot_api import TOKEN, BotApi

if TYPE_CHECKING:
    from pathlib import Path

DESK = ChannelSpec("desk", telegram="@desk")
PHONE = ChannelSpec("phone", apprise="ntfy://topic")
TYPO = ChannelSpec("typo", apprise="nfty://topic")


def test_why_channels_are_off(tmp_path: Path) -> None:
    """Telegram channels without a token, Apprise addresses that cannot be read; a file channel never."""
    channels = [DESK, PHONE, TYPO, ChannelSpec("archive", file=str(tmp_path / "nowhere" / "yet"))]
    typo = "Apprise has no service of this kind: did you mean ntfy://?"
    assert off_reasons(channels, no_token="") == {"typo": typo}
    assert off_reasons(channels, no_token="no token") == {"desk": "no token", "typo": typo}


async def test_a_forum_topic_is_written_to() -> None:
    """`thread` of the config reaches Telegram with each message."""
    async with BotApi((Chat(-1001, "Forum", "supergroup"),)) as api, TelegramBot(Secret(TOKEN), api.url) as bot:
        spec = ChannelSpec("topic", telegram="-1001", thread=7)
        await channel_opener(bot)(spec, "-1001").send(Outgoing("x"))
        assert [(message.text, message.thread) for message in api.messages] == [("x", 7)]


def test_a_file_neither_waits_nor_makes_wait() -> None:
    """Its records count for no limit, not even for the one of all messages together."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    for _ in range(40):
        pace.begin("file:/srv/news", now)
        pace.end("file:/srv/news", now)
    assert pace.next("file:/srv/news", now) == pace.next("42", now) == now
    pace.begin("42", now)
    assert pace.next("file:/srv/news", now) == now < pace.next("42", now)


def test_chats_that_hang_stop_no_others() -> None:
    """At first nobody knows when they will have been written to; some seconds later it is known well enough."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    for number in range(30):
        pace.begin(f"-{number + 1}", now)
    soon, later = now + timedelta(seconds=2), now + timedelta(seconds=4)
    assert pace.next("42", soon) > soon
    assert pace.next("42", later) == later
    assert pace.next("-1", later) > later


def test_services_count_for_themselves_alone() -> None:
    """Telegram's limit of all chats together is Telegram's."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    for number in range(40):
        pace.begin(f"ntfy:{number}", now)
        pace.end(f"ntfy:{number}", now)
    assert pace.next("42", now) == now < pace.next("ntfy:1", now)


def test_a_clock_set_back_lifts_no_limit() -> None:
    """Neither the minute's count of a group nor the silence it asked for; and nothing waits for the old time."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    for second in range(20):
        pace.begin("-7", now + timedelta(seconds=second))
        pace.end("-7", now + timedelta(seconds=second))
    pace.begin("42", now)
    pace.end("42", now)
    pace.pause("42", now + timedelta(seconds=30))
    before = now - timedelta(hours=1)
    pace.set_back(before)
    assert pace.next("-7", before) == before + timedelta(seconds=41)
    assert pace.next("42", before) == before + timedelta(seconds=30)


def test_a_clock_set_forward_lifts_no_limit() -> None:
    """Nobody can tell it from a short sleep; after a long one nothing is waited for."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    for _ in range(20):
        pace.begin("-7", now)
        pace.end("-7", now)
    later = now + timedelta(minutes=2)
    pace.set_forward(timedelta(minutes=2), later)
    assert pace.next("-7", later) == later + timedelta(minutes=1)
    much_later = later + timedelta(hours=8)
    pace.set_forward(timedelta(hours=8), much_later)
    assert pace.next("-7", much_later) == much_later


def test_what_went_since_the_clock_was_set_is_waited_for_no_longer_than_else() -> None:
    """It is noticed a moment later; until then times are the new ones."""
    pace, now = Pace(), datetime(2026, 11, 22, tzinfo=UTC)
    pace.begin("42", now)
    pace.end("42", now)
    pace.set_forward(timedelta(days=1), now + timedelta(seconds=1))
    assert pace.next("42", now + timedelta(seconds=2)) == now + timedelta(seconds=2)


def test_each_kind_is_opened_without_a_bot(tmp_path: Path) -> None:
    """Files and Apprise need no token; a Telegram channel without one is off, and never opened."""
    open_channel = channel_opener(None)
    archive = ChannelSpec("archive", file=str(tmp_path), format="jsonl")
    assert isinstance(open_channel(archive, f"file:{tmp_path}"), FileChannel)
    assert isinstance(open_channel(PHONE, "ntfy:0123"), AppriseChannel)
    with pytest.raises(EngineError, match="desk is off"):
        open_channel(DESK, "@desk")
