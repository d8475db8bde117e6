"""Which alerts a digest tells a channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.delivery.audience import alerts_for
from digest.values.messages import Alert
from digest.values.news import EntryText, Severity, StoredEntry
from digest.values.settings import ChannelSpec

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def alert(number: int, rule: str, severity: Severity, *, entry: int = 1, ago: timedelta = HOUR) -> Alert:
    """An alert of an entry."""
    stored = StoredEntry(entry, 1, "", EntryText("x"), None, NOW - ago)
    return Alert(number, rule, severity, NOW - ago, stored)


LOW = alert(1, "a", Severity.LOW)
HIGH_OF_THE_SAME = alert(2, "b", Severity.HIGH)
LOW_OF_ANOTHER = alert(3, "a", Severity.LOW, entry=2)
EARLIER = alert(4, "a", Severity.URGENT, entry=3, ago=9 * HOUR)


@pytest.mark.parametrize(
    ("severity", "routes", "told"),
    [
        (Severity.LOW, {"a": None, "b": None}, [1, 2, 3]),
        (Severity.HIGH, {"a": None, "b": None}, [1, 2]),  # the entry is as severe as its most severe alert
        (Severity.HIGH, {"a": None, "b": ("phone",)}, []),  # of those that go there
        (Severity.LOW, {"a": ("desk", "phone"), "b": ("phone",)}, [1, 3]),
        (Severity.LOW, {}, [1, 2, 3]),  # rules that are no more went everywhere
    ],
)
def test_a_channel_is_told_what_would_have_gone_there(
    severity: Severity, routes: dict[str, tuple[str, ...] | None], told: list[int]
) -> None:
    """Rules' channels, the channel's severity and its beginning decide, as they do for alerts."""
    channel = ChannelSpec("desk", telegram="@desk", severity=severity)
    alerts = [EARLIER, LOW, HIGH_OF_THE_SAME, LOW_OF_ANOTHER]
    assert [found.id for found in alerts_for(channel, alerts, routes, owed_since=NOW - 8 * HOUR)] == told
