# ruff: noqa: E501 - markup of one line
"""How often a feed document wants to be asked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.feeds.hints import read_hints, with_link_headers
from digest.values.states import PollHints, hints_of, hints_row

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


HUB, SELF = "https://hub.example/", "https://news.example/feed"


@pytest.mark.parametrize(
    ("links", "hub", "topic"),
    [
        (f"<link rel='hub' href='{HUB}'/><link href='{SELF}?a=1&amp;b=2' rel=\"self\"/>", HUB, f"{SELF}?a=1&b=2"),
        (f"<atom:link type='x'\n href = '{HUB}' REL='HUB'></atom:link><a10:link rel='self' href='feed'/>", HUB, SELF),
        (f"<link rel='hub' href='{HUB}'/><link rel='hub' href='https://other.example/'/>", HUB, ""),
        (f"<link rel='hub self' href='{HUB}'/>", HUB, HUB),
        (f"<link rel='alternate' href='{SELF}'/><link>{SELF}</link><linkage rel='hub' href='{HUB}'/>", "", ""),
        *((f"<link rel='hub' href='{odd}'/>", "", "") for odd in ("", "ftp://x/", "javascript:x", "http://[", "//")),
        ("<link rel='hub' href='https://hub.example/\x1b[31m'/>", "", ""),
        (f"<link rel='hub' href='{HUB}{'x' * 2048}'/>", "", ""),
    ],
)
def test_a_channel_names_its_hub_and_its_own_address(links: str, hub: str, topic: str) -> None:
    """An absolute address of the web or none; one inside an entry is not the feed's."""
    document = f"<feed>{links}<entry><link rel='hub' href='https://entry.example/'/></entry></feed>"
    hints = read_hints(document.encode(), "https://news.example/x")
    assert (hints.hub, hints.topic) == (hub, topic)
    assert hints_of(hints_row(hints)) == hints
    assert hints_of({"apart": 0, "skip_hours": [], "skip_days": []}) == PollHints()  # as they were stored before


@pytest.mark.parametrize(
    ("headers", "hub", "topic"),
    [
        ("", "d", "d"),
        (f'<{HUB}>; rel="hub"', HUB, "d"),
        (f'<{HUB}>;rel=hub,<{SELF}>; title="a, b; rel=x"; rel="self"', HUB, SELF),
        (f'</feed>; REL="alternate SELF", <{HUB}> ; type=x; rel=hub', HUB, SELF),
        (f"<{HUB}>; rel=preconnect, <hub>, rel=hub, <<>>;;;", "d", "d"),
    ],
)
def test_link_headers_win_over_the_document(headers: str, hub: str, topic: str) -> None:
    """Each for itself; what is no link costs only itself."""
    hints = with_link_headers(PollHints(hub="d", topic="d"), headers, "https://news.example/x")
    assert (hints.hub, hints.topic) == (hub, topic)
