"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.dates import plausible, read_date
from digest.feeds.parse import parse_document

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

WRITTEN = [
    ("Sun, 01 Mar 2026 10:00:00 GMT", NOW),
    ("Sun, 01 Mar 2026 19:00:00 +0900", NOW),
    ("Sun, 1 Mar 26 05:00:00 EST", NOW),
    ("Sun, 01 Mar 2026 19:00:00 KST", NOW),
    ("Sun, 01 Mar 2026 11:00:00 BST", NOW),
    ("Sun, 01 Mar 2026 21:00:00 AEDT", NOW),
    ("Sun, 01 Mar 2026 11:00:00 CET", NOW),
    ("2026-03-01T10:00:00Z", NOW),
    ("2026-03-01T19:00:00+09:00", NOW),
    ("2026-03-01T10:00:00.000Z", NOW),
    ("2026-03-01 10:00:00", NOW),
    ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
    ("2026.03.01 10:00", NOW),
    ("2026/03/01 19:00:00 +0900", NOW),
    ("2026년 3월 1일 10:00", NOW),
    ("2026년 03월 01일 오후 07:30", datetime(2026, 3, 1, 19, 30, tzinfo=UTC)),
    ("2026-03-01 12:30:00 AM", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
    ("2026年3月1日 10:00", NOW),
    ("2026-3-1T10:00:00.25Z", NOW),
    ("Dom, 01 Mar 2026 07:00:00 -0300", NOW),
    ("Seg, 24 Set 2018 19:22:00 -0300", datetime(2018, 9, 24, 22, 22, tzinfo=UTC)),
    ("dim., 1 août 2025 12:00:00 +0200", datetime(2025, 8, 1, 10, 0, tzinfo=UTC)),
    ("Вс, 01 мар 2026 13:00:00 +0300", NOW),
    ("Sun, 01 Jan 0000 00:00:00 GMT", None),
    ("Thu, 01 Jan 1970 00:00:00 GMT", None),
    ("1111-11-11T11:11:11Z", None),
    ("0000-00-00 00:00:00", None),
    ("2026-13-45", None),
    ("01 Foo 2026 10:00", None),
    ("2026-03-01 10:00 +9999", None),
    ("yesterday", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "moment"), WRITTEN)
def test_dates_are_read(text: str, moment: datetime | None) -> None:
    """RFC 822, ISO 8601, their common misspellings, other languages' months; never anything before 1990."""
    body = f"<rss version='2.0'><channel><item><title>T</title><pubDate>{text}</pubDate></item></channel></rss>"
    (entry,) = parse_document(body.encode(), content_type="", url="https://a.example/").entries
    assert entry.published == moment


@given(st.text(alphabet="0123456789-./:T +Zseptmar年월", max_size=30))
def test_no_text_breaks_the_reader(text: str) -> None:
    """A date, or none."""
    moment = read_date(text)
    assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        (NOW, True),
        (NOW + timedelta(days=2), True),
        (NOW + timedelta(days=2, seconds=1), False),
        (datetime(1989, 12, 31, tzinfo=UTC), False),
        (None, False),
    ],
)
def test_only_believable_dates_are_kept(moment: datetime | None, kept: bool) -> None:  # noqa: FBT001 -- a column of the table
    """From 1990 to two days ahead."""
    assert plausible(moment, NOW) == (moment if kept else None)
