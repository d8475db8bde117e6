# ruff: noqa: E501 - markup of one line
"""How often a feed document wants to be asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.feeds.hints import read_hints
from digest.values.states import PollHints

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("", PollHints()),
        ("<ttl>60</ttl>", PollHints(HOUR)),
        ("<TTL> 5 </TTL>", PollHints(HOUR / 12)),
        ("<ttl>0</ttl>", PollHints()),
        ("<ttl>soon</ttl>", PollHints()),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", PollHints(HOUR / 2)),
        ("<sy:updatePeriod> daily </sy:updatePeriod>", PollHints(24 * HOUR)),
        ("<sy:updatePeriod>often</sy:updatePeriod>", PollHints()),
        ("<syn:updatePeriod>hourly</syn:updatePeriod><syn:updateFrequency>0</syn:updateFrequency>", PollHints(HOUR)),
        ("<ttl>30</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", PollHints(HOUR / 2)),
        ("<skipHours><hour>0</hour>\n<hour>23</hour><hour>24</hour><hour>99</hour></skipHours>", PollHints(skip_hours=(0, 23))),
        ("<skipDays><day>Sunday</day><day>monday</day><day>Sol</day></skipDays>", PollHints(skip_days=(0, 6))),
        ("<item><ttl>60</ttl></item>", PollHints()),
    ],
)  # fmt: skip
def test_a_channel_says_how_often_it_wants_to_be_asked(channel: str, expected: PollHints) -> None:
    """In the channel, not in an entry; what makes no sense says nothing."""
    document = f"<rss><channel><title>x</title>{channel}<item><title>y</title></item></channel></rss>"
    assert read_hints(document.encode()) == expected
