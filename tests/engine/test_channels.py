"""Each kind of channel is opened as such, and what cannot be opened is off, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.channels.apprise import AppriseChannel
from digest.channels.files import FileChannel
from digest.engine.channels import channel_opener, off_reasons
from digest.errors import EngineError
from digest.model import ChannelSpec

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


def test_each_kind_is_opened_without_a_bot(tmp_path: Path) -> None:
    """Files and Apprise need no token; a Telegram channel without one is off, and never opened."""
    open_channel = channel_opener(None)
    archive = ChannelSpec("archive", file=str(tmp_path), format="jsonl")
    assert isinstance(open_channel(archive, f"file:{tmp_path}"), FileChannel)
    assert isinstance(open_channel(PHONE, "ntfy:0123"), AppriseChannel)
    with pytest.raises(EngineError, match="desk is off"):
        open_channel(DESK, "@desk")
