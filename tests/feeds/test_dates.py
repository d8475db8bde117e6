"""Dates as feeds write them."""

from __future__ import annotations

import html
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
    ("Sun, 01 Mar 2026 19:00:00 +0900 (KST)", NOW),
    ("Sun, 01 Mar 2026 19:00:00 +0900 JST", NOW),
    ("Sun, 01 Mar 2026 05:00:00 EST -0500", NOW),
    ("Sun, 01 Mar 2026 12:00:00 +0200 (EST)", NOW),
    ("Sun Mar 01 2026 19:00:00 GMT+0900 (Korean Standard Time)", NOW),
    ("Sun, 01 Mar 2026 17:00:00 GMT+7", NOW),
    ("Sun, 01 Mar 2026 15:30:00 UTC+05:30", NOW),
    ("Sun, 01 Mar 2026 10:00:00 -0000", NOW),
    ("Sun, 01 Mar 2026 19:00:00 + 0900", NOW),
    ("Sun, 01 Mar 2026 19:00:00 +9:00", NOW),
    ("2026-03-01 19:00 +09", NOW),
    ("2026-03-01T19:00:00+09:00[Asia/Seoul]", NOW),
    ("Sun, 01 Mar 2026 19:00:00 Asia/Seoul", NOW),
    ("2026-03-01 11:00:00 Europe/Berlin", NOW),
    ("2026-03-01 10:00:00 America/Argentina", NOW),  # a folder of zones
    ("2026-08-01 12:00:00 Europe/Berlin", datetime(2026, 8, 1, 10, tzinfo=UTC)),
    ("Sun, 01 Mar 2026 15:30:00 IST", NOW),
    ("Sun, 01 Mar 2026 13:00:00 MSK", NOW),
    ("Sun, 01 Mar 2026 10:00:00 XYZ", NOW),
    ("Mon, 01 Mar 2026 10:00:00 Z", NOW),
    ("1 Mar 2026 10:00 UT", NOW),
    ("Sunday, 01-Mar-26 10:00:00 GMT", NOW),
    ("Sun Mar  1 10:00:00 2026", NOW),
    ("Sun Mar 1 19:00:00 KST 2026", NOW),
    ("01/Mar/2026:19:00:00 +0900", NOW),
    ("Sun, 01 Mar 2026 07:00:00 PM KST", NOW),
    ("March 1, 2026 at 7:00 p.m. KST", NOW),
    ("1 March 2026 10.00 GMT", NOW),
    ("2026. 3. 1. 오전 10:00", NOW),
    ("2026년 3월 1일 (일) 오후 7시 00분 KST", NOW),
    ("2026年3月1日（日） 10時00分", NOW),
    ("Sonntag, 1. März 2026, 10:00 Uhr", NOW),
    ("dimanche 1er mars 2026 à 10h00", NOW),
    ("mar. 3 mars 2026", datetime(2026, 3, 3, tzinfo=UTC)),
    ("domingo, 1 de marzo de 2026 10:00", NOW),
    ("1 марта 2026 г., 10:00", NOW),
    ("1 مارس 2026 - 10:00", NOW),
    ("١ آذار ٢٠٢٦", datetime(2026, 3, 1, tzinfo=UTC)),
    ("15 كانون الثاني 2026", datetime(2026, 1, 15, tzinfo=UTC)),
    ("१ मार्च २०२६", datetime(2026, 3, 1, tzinfo=UTC)),
    ("1.3.2026 10.00 Uhr", NOW),
    ("Mar 1, 2026", datetime(2026, 3, 1, tzinfo=UTC)),
    ("23 sept. 2024", datetime(2024, 9, 23, tzinfo=UTC)),
    ("Sep 23, 2024", datetime(2024, 9, 23, tzinfo=UTC)),
    ("23/09/2024", datetime(2024, 9, 23, tzinfo=UTC)),
    ("09/23/2024 3:30 PM", datetime(2024, 9, 23, 15, 30, tzinfo=UTC)),
    ("03/04/2024", None),
    ("2026-W09-7T10:00:00Z", NOW),
    ("2026-060", datetime(2026, 3, 1, tzinfo=UTC)),
    ("20260301T100000Z", NOW),
    ("20260301", datetime(2026, 3, 1, tzinfo=UTC)),
    ("2026-02-28T24:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
    ("Sat, 28 Feb 2026 24:00:00 GMT", datetime(2026, 3, 1, tzinfo=UTC)),
    ("Sat, 31 Dec 2016 23:59:60 GMT", datetime(2017, 1, 1, tzinfo=UTC)),
    (str(int(NOW.timestamp())), NOW),
    (f"{int(NOW.timestamp())}000", NOW),
    ("Sun, 01 Jan 0000 00:00:00 GMT", None),
    ("2 hours ago", None),
    ("March 2026", None),
    ("10:00", None),
    ("Sun, 31 Feb 2026 10:00:00 GMT", None),
    ("Sun, 01 Mar 2026 25:00:00 GMT", None),
    ("Sun, 01 Mar 2026 10:00:00 +3000", None),
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


@pytest.mark.parametrize(
    ("text", "lang", "moment"),
    [
        ("03/04/2024", "de", datetime(2024, 4, 3, tzinfo=UTC)),
        ("03/04/2024", "en-GB", datetime(2024, 4, 3, tzinfo=UTC)),
        ("03/04/2024", "en-US", datetime(2024, 3, 4, tzinfo=UTC)),
        ("03-04-24", "fr_FR", datetime(2024, 4, 3, tzinfo=UTC)),
        ("03/04/2024", "en", None),
        ("03.04.2024", "en", datetime(2024, 4, 3, tzinfo=UTC)),
        ("Sun, 01 Mar 2026 12:00:00 IST", "he", NOW),
        ("Sun, 01 Mar 2026 18:00:00 CST", "zh-CN", NOW),
        ("Sun, 01 Mar 2026 04:00:00 CST", "en", NOW),
    ],
)
def test_what_is_in_doubt_is_read_by_the_feed_s_language(text: str, lang: str, moment: datetime | None) -> None:
    """Day and month, and abbreviations of several zones; what stays in doubt is no date."""
    assert read_date(text, lang) == moment


SHOWN = [
    ("https://a.example/2019/03/04/quake", "", "2019-03-04"),
    ("https://a.example/news/2019-03-04-quake.html", "", "2019-03-04"),
    ("https://a.example/world-20190304", "", "2019-03-04"),
    ("https://a.example/2019/03/quake", "", "2019-03-31"),
    ("https://a.example/quake", "23 September 2019<br>The quake", "2019-09-23"),
    ("https://a.example/quake", "<p>Published: Mon, 23 Sep 2019</p><p>The quake</p>", "2019-09-23"),
    ("https://a.example/quake", "<b>입력 2019.09.23</b>", "2019-09-23"),
    ("https://a.example/quake", "<p>Published: Mon, 23 Sep 2019</p><p>The quake" + " shook" * 300, "2019-09-23"),
    ("https://a.example/quake", "Monday, 23 September 2019<br>The first story" + " goes on" * 300, ""),
    ("https://a.example/quake", "<p>23 September 2019</p>" + "<b class='of a page with much around'></b>" * 99, ""),
    ("https://a.example/2026/02/28/quake", "", ""),
    ("https://a.example/2026/03/quake", "", ""),
    ("https://a.example/?from=2019/03/04/", "", ""),
    ("https://a.example/id/2019030412345", "", ""),
    ("https://a.example/2024/election", "", ""),
    ("https://a.example/quake", "Remembering 11 September 2001", ""),
    ("https://a.example/quake", "The list was updated 11 September 2001 and again", ""),
]


@pytest.mark.parametrize(("link", "text", "day"), SHOWN)
def test_an_entry_without_a_date_has_the_old_one_that_it_shows(link: str, text: str, day: str) -> None:
    """In its link, or at the beginning of its text; what is some days old, and nothing that is told of in it."""
    body = f"<rss version='2.0'><channel><item><title>T</title><link>{link}</link>"
    body += f"<description>{html.escape(text)}</description><pubDate>soon</pubDate></item></channel></rss>"
    (entry,) = parse_document(body.encode(), content_type="", url="https://a.example/", now=NOW).entries
    assert (f"{entry.published:%Y-%m-%d}" if entry.published else "") == day


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
