"""When the next message may go: a table of what was sent and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.limits import (
    GROUP,
    LONGEST,
    OVERALL,
    PRIVATE,
    WEBHOOK,
    RateLimit,
    chat_key,
    next_slot,
    retry_wait,
    windows_for,
)
from digest.values.settings import Apprise, ChannelSpec, Folder, Medium, Telegram, Webhook

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def ago(seconds: float) -> datetime:
    """That many seconds before now."""
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("medium", "key", "windows"),
    [
        (Telegram("42", 7), "42", PRIVATE),
        (Telegram("@desk"), "@desk", GROUP),
        (Apprise("mailto://me:hunter2@example.org"), "mailto:e885b9dbc0b485e1", GROUP),
        (Folder("/srv/news"), "file:/srv/news", ()),
        (Folder("/srv/news", "jsonl"), "file:jsonl:/srv/news", ()),
        (Webhook("https://x.example/k3y"), "webhook:bb96dc070fcd6ef7", WEBHOOK),
    ],
)
def test_where_a_channel_leads_is_stored_without_its_secrets(
    medium: Medium, key: str, windows: tuple[RateLimit, ...]
) -> None:
    """Databases hold these keys: another one would be another place, in which everything begins anew."""
    assert chat_key(medium) == key
    assert windows_for(key) == windows
    assert "hunter2" not in repr(ChannelSpec("desk", medium))


@pytest.mark.parametrize(
    ("sent", "windows", "wait"),
    [
        ([], PRIVATE, 0),
        ([0], PRIVATE, 1),
        ([0.4], PRIVATE, 0.6),
        ([1], PRIVATE, 0),
        ([5, 0.25], PRIVATE, 0.75),
        ([59 - 2 * i for i in range(19)], GROUP, 0),
        ([59 - 2 * i for i in range(20)], GROUP, 1),
        ([2 + i for i in range(20)], GROUP, 39),
        ([0.1] * 29, OVERALL, 0),
        ([0.1] * 30, OVERALL, 0.9),
        ([-3600], PRIVATE, 1),  # the clock was set back: no hour of silence
    ],
)
def test_next_slot(sent: list[float], windows: tuple[RateLimit, ...], wait: float) -> None:
    """The next message waits exactly as long as the limits ask."""
    assert next_slot([ago(seconds) for seconds in sent], NOW, windows) == NOW + timedelta(seconds=wait)


@pytest.mark.parametrize(
    ("chat", "windows"),
    [
        ("123456789", PRIVATE),
        ("-100123", GROUP),
        ("@channel", GROUP),
        ("-42", GROUP),
        ("ntfy:0123456789abcdef", GROUP),
        ("json:0123456789012345", GROUP),
        ("file:/srv/news", ()),
        ("file:jsonl:/srv/news", ()),
    ],
)
def test_each_kind_of_chat_has_its_limits(chat: str, windows: tuple[RateLimit, ...]) -> None:
    """A positive number is a person; a service of Apprise's goes slowly, like a group or channel; a file at once."""
    assert windows_for(chat) == windows


@given(st.lists(st.floats(0, 30), max_size=60), st.sampled_from([PRIVATE, GROUP, OVERALL, GROUP + OVERALL]))
def test_keeping_to_the_slots_keeps_the_limits(gaps: list[float], windows: tuple[RateLimit, ...]) -> None:
    """Sending at each slot never puts more than its count into a window, and forgotten sends do not matter."""
    sent: list[datetime] = []
    now = NOW
    for gap in gaps:
        now += timedelta(seconds=gap)
        slot = next_slot([each for each in sent if each > now - LONGEST], now, windows)
        assert slot == next_slot(sent, now, windows)
        now = slot
        sent.append(slot)
    for window in windows:
        for index, start in enumerate(sent):
            assert sum(start <= later < start + window.span for later in sent[index:]) <= window.count


@pytest.mark.parametrize(
    ("failures", "chance", "seconds"),
    [(1, 0.0, 1), (1, 1.0, 0.5), (2, 0.0, 2), (5, 0.0, 16), (7, 0.0, 60), (2000, 0.0, 60), (2000, 1.0, 30)],
)
def test_retries_back_off(failures: int, chance: float, seconds: float) -> None:
    """From a second to a minute, doubling, with up to half of it taken off by chance."""
    assert retry_wait(failures, chance) == timedelta(seconds=seconds)
