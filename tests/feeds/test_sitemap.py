# ruff: noqa: E501 - markup of one line
"""News sitemaps."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.errors import ParseError
from digest.feeds.parse import parse_document
from digest.values.news import ParsedEntry, ParsedFeed

URL = "https://news.example/sitemap.xml"
NEWS = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def read(document: str) -> ParsedFeed:
    """The feed in a sitemap."""
    return parse_document(document.encode(), content_type="application/xml", url=URL)


def test_a_news_sitemap_is_a_feed() -> None:
    """Title, address, date, language and keywords of each news; an image's title is none of them."""
    feed = read(
        f"""<?xml version="1.0"?><!-- made by a CMS --><urlset {NEWS}><url><loc>https://news.example/1</loc>
        <image:image><image:title>A map</image:title></image:image>
        <n:news><n:publication><n:name>The News</n:name><n:language>ko</n:language></n:publication>
        <n:publication_date>2026-11-30T09:00:00+09:00</n:publication_date><n:title>Fire &amp; smoke</n:title>
        <n:keywords>Syria, fire,</n:keywords></n:news></url>
        <url><loc>https://news.example/about</loc></url></urlset>"""
    )
    assert (feed.title, feed.elsewhere) == ("The News", "")
    assert feed.entries == (
        ParsedEntry(
            link="https://news.example/1",
            title="Fire &amp; smoke",
            lang="ko",
            tags=("Syria", "fire"),
            published=datetime(2026, 11, 30, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("children", "newest"),
    [
        ([("a-2025.xml", "2025-01-01"), ("a-2026.xml", "2026-01-01")], "a-2026.xml"),
        ([("a-2026.xml", ""), ("a-2025.xml", "")], "a-2026.xml"),
        ([("post9.xml", ""), ("post10.xml", "")], "post10.xml"),
        ([("news.xml", "2020-01-01"), ("pages.xml", "2026-01-01")], "news.xml"),
        ([("a.xml", "rubbish"), ("b.xml", "2026-01-01")], "b.xml"),
    ],
)
def test_an_index_leads_to_its_newest_sitemap(children: list[tuple[str, str]], newest: str) -> None:
    """One that is called news; else the one that changed last; else the one of the highest number."""
    listed = "".join(f"<sitemap><loc>https://x.example/{a}</loc><lastmod>{b}</lastmod></sitemap>" for a, b in children)
    found = read(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{listed}</sitemapindex>')
    assert (found.elsewhere, found.entries) == (f"https://x.example/{newest}", ())


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (f"<urlset {NEWS}><url><loc>https://x.example/1</loc></url></urlset>", "without titles"),
        (f"<sitemapindex {NEWS}></sitemapindex>", "names no sitemap"),
        (f"<sitemapindex {NEWS}><sitemap><loc>javascript:x</loc></sitemap></sitemapindex>", "names no sitemap"),
        (f"<sitemapindex {NEWS}><sitemap><loc>{URL}</loc></sitemap></sitemapindex>", "names itself"),
    ],
)
def test_a_sitemap_that_holds_no_news_says_so(document: str, words: str) -> None:
    """A plain sitemap says nothing of what its pages are about."""
    with pytest.raises(ParseError, match=words):
        read(document)


def test_an_empty_news_sitemap_is_a_feed_without_entries() -> None:
    """Nothing was published in two days."""
    assert read(f"<urlset {NEWS}></urlset>").entries == ()


def test_entities_and_files_of_others_are_not_read() -> None:
    """An entity stays empty: none grows, none reads a file."""
    document = (
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "yyyy">]>'
        f"<urlset {NEWS}><url><loc>https://x.example/1</loc><n:news><n:title>A &x; B &y; C</n:title></n:news></url></urlset>"
    )
    assert "root:" not in read(document).entries[0].title
