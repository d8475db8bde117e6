"""JSON Feed, as specified and as written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from digest.feeds.parse import parse_document
from digest.text import html_to_text
from digest.values.news import ParsedEntry, ParsedFeed

TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


def parse(feed: object) -> ParsedFeed:
    """The feed in a JSON document."""
    return parse_document(
        json.dumps(feed).encode(), content_type="application/feed+json", url="https://a.example/feed.json"
    )


def test_version_1_1_is_read_in_full() -> None:
    """Every field of the model; texts that the format calls plain are escaped."""
    feed = parse(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "A <& B",
            "home_page_url": "/",
            "language": "en",
            "items": [
                {
                    "id": "1",
                    "url": "one",
                    "external_url": "https://b.example/",
                    "title": "T <b> & c",
                    "summary": "S",
                    "content_html": "<p>C</p>",
                    "content_text": "ignored",
                    "date_published": "2026-03-01T19:00:00.5+09:00",
                    "authors": [{"name": "Kim"}, {"name": "Lee"}, {}],
                    "tags": ["Asia & <Pacific>", 3, None],
                    "language": "ko",
                }
            ],
        }
    )
    assert (feed.title, feed.link, feed.lang, feed.complaint) == ("A &lt;&amp; B", "https://a.example/", "en", "")
    (entry,) = feed.entries
    assert html_to_text(entry.title) == "T <b> & c"
    assert entry == ParsedEntry(
        guid="1",
        link="https://a.example/one",
        title="T &lt;b&gt; &amp; c",
        summary="S",
        content="<p>C</p>",
        author="Kim, Lee",
        lang="ko",
        tags=("Asia & <Pacific>", "3"),
        published=TEN.replace(microsecond=500_000),
    )


ITEMS: list[tuple[dict[str, object], ParsedEntry]] = [
    ({"id": 7, "content_text": "a < b"}, ParsedEntry(guid="7", content="a &lt; b")),
    ({"author": {"name": "Kim"}, "date_modified": "2026-03-01T10:00:00Z"}, ParsedEntry(author="Kim", published=TEN)),
    ({"url": "javascript:x", "external_url": "https://b.example/"}, ParsedEntry(link="https://b.example/")),
    ({"url": ["x"], "title": {"a": 1}, "tags": "x", "authors": "x", "date_published": 5, "id": True}, ParsedEntry()),
    ({"title": "\ud83d\x1b[31mx"}, ParsedEntry(title="\ud83d\x1b[31mx")),
    ({"url": "http://[broken", "date_published": "soon"}, ParsedEntry()),
]


@pytest.mark.parametrize(("item", "expected"), ITEMS)
def test_wrong_types_cost_a_field_not_the_feed(item: dict[str, object], expected: ParsedEntry) -> None:
    """Version 1.0, numbers for ids, and fields of any other type."""
    assert parse({"items": [item]}).entries == (expected,)


def test_items_that_are_none_are_counted() -> None:
    """They are left out, and the feed's complaint says how many."""
    feed = parse({"items": [{"id": "1"}, 5, None]})
    assert len(feed.entries) == 1
    assert "2 of its items" in feed.complaint
