"""Which feeds a page names, where known sites have theirs, and how often one publishes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.feeds.discover import feed_links, rate, rate_in_words, usual_places
from digest.feeds.sites import feeds_of_site

BLOG = "https://example.org/blog"
PAGE = f"{BLOG}/post.html"


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("https://www.youtube.com/channel/UCabc-1_x/videos", "https://www.youtube.com/feeds/videos.xml?channel_id=UCabc-1_x"),
        ("https://m.youtube.com/playlist?list=PL12", "https://www.youtube.com/feeds/videos.xml?playlist_id=PL12"),
        ("https://youtube.com/user/someone", "https://www.youtube.com/feeds/videos.xml?user=someone"),
        ("https://old.reddit.com/r/python/", "https://www.reddit.com/r/python/.rss"),
        ("https://www.reddit.com/r/python/new", "https://www.reddit.com/r/python/new/.rss"),
        ("https://www.reddit.com/u/some-one", "https://www.reddit.com/user/some-one/.rss"),
        ("https://github.com/python/cpython", "https://github.com/python/cpython/releases.atom"),
        ("https://github.com/python/cpython/releases/tag/v3", "https://github.com/python/cpython/releases.atom"),
        ("https://github.com/python/cpython/tags", "https://github.com/python/cpython/tags.atom"),
        ("https://github.com/python/cpython/commits/main", "https://github.com/python/cpython/commits/main.atom"),
        ("https://github.com/gvanrossum", "https://github.com/gvanrossum.atom"),
        ("https://gitlab.com/group/project", "https://gitlab.com/group/project.atom"),
        ("https://git.example.org/a/b/-/tags", "https://git.example.org/a/b/-/tags?format=atom"),
        ("https://mastodon.social/@Gargron", "https://mastodon.social/@Gargron.rss"),
        ("https://hachyderm.io/@someone@mastodon.social", "https://mastodon.social/@someone.rss"),
        ("https://bsky.app/profile/a.bsky.social", "https://bsky.app/profile/a.bsky.social/rss"),
        ("https://writer.substack.com/p/an-essay", "https://writer.substack.com/feed"),
        ("https://medium.com/@someone/an-essay-1", "https://medium.com/feed/@someone"),
        ("https://someone.wordpress.com/2026/", "https://someone.wordpress.com/feed/"),
        ("https://someone.blogspot.com/", "https://someone.blogspot.com/feeds/posts/default"),
        ("https://news.ycombinator.com/", "https://news.ycombinator.com/rss"),
        ("https://news.google.com/search?q=a+b", "https://news.google.com/rss/search?q=a%20b"),
        ("https://pypi.org/project/textual/", "https://pypi.org/rss/project/textual/releases.xml"),
    ],
)  # fmt: skip
def test_known_sites_have_their_feeds_where_they_have_them(url: str, feed: str) -> None:
    """The first is what is most likely meant."""
    assert feeds_of_site(url)[0] == feed


@pytest.mark.parametrize(
    "url",
    ["https://example.org/", "https://github.com/", "https://www.youtube.com/@handle", "https://tiktok.com/@x", "http://["],
)  # fmt: skip
def test_any_other_page_has_to_be_asked(url: str) -> None:
    """A handle of YouTube does not tell its channel."""
    assert feeds_of_site(url) == ()


@pytest.mark.parametrize(
    ("markup", "named", "likely"),
    [
        ('<link rel="alternate" type="application/rss+xml" href="/rss">', ["https://example.org/rss"], []),
        ("<LINK REL=alternate TYPE='application/atom+xml; charset=utf-8' HREF=a.xml>", [f"{BLOG}/a.xml"], []),
        ('<link rel="alternate" type="application/feed+json" href="/f.json">', ["https://example.org/f.json"], []),
        ('<base href="https://cdn.example/x/"><link rel="feed" href="y">', ["https://cdn.example/x/y"], []),
        ('<link rel="alternate" hreflang="de" href="/de">', [], []),
        ('<link rel="alternate" type="application/json" href="https://example.org/wp-json/v2/1">', [], []),
        ('<!-- <link rel="alternate" type="application/rss+xml" href="/rss"> -->', [], []),
        ('<script>"<a href=/feed>"</script>', [], []),
        ('<a href="/news/rss.xml">x</a><a href="/feedback">y</a>', [], ["https://example.org/news/rss.xml"]),
        ('<a href="/subscribe"><b></b></a><a href="/s">RSS</a>', [], ["https://example.org/s"]),
        ('<a href="javascript:alert(1)">RSS</a><a href="https://feedly.com/i/feed">RSS</a>', [], []),
        (
            '<link rel="canonical" href="https://www.youtube.com/channel/UC12">',
            ["https://www.youtube.com/feeds/videos.xml?channel_id=UC12"],
            [],
        ),
        (
            '<link rel="feed" title="Comments" href="/c"><link rel="feed" href="/n">',
            ["https://example.org/n", "https://example.org/c"],
            [],
        ),
    ],
)  # fmt: skip
def test_a_page_names_its_feeds(markup: str, named: list[str], likely: list[str]) -> None:
    """What readers wrote comes last; what only looks like a feed is not named."""
    found = feed_links(f"<html><head><title>x</title>{markup}</head></html>", PAGE)
    assert [link.url for link in found.named] == named
    assert [link.url for link in found.likely] == likely


def test_a_flood_of_links_is_bounded() -> None:
    """A page may hold any number."""
    page = "".join(f'<a href="/{number}/rss.xml">x</a>' for number in range(5_000))
    assert len(feed_links(page, PAGE).likely) == 20


def test_usual_places_are_those_of_the_page_and_of_its_site() -> None:
    """A few of the first, all of the second."""
    places = usual_places(PAGE)
    assert places[:3] == (
        "https://example.org/blog/feed",
        "https://example.org/blog/rss.xml",
        "https://example.org/feed",
    )
    for place in ("feed", "rss.xml", "atom.xml", "index.xml", "feed.json"):
        assert f"https://example.org/{place}" in places


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (timedelta(hours=2), "about 12 a day"),
        (timedelta(days=2), "about 4 a week"),
        (timedelta(days=15), "about 2 a month"),
        (timedelta(days=90), "about one in 3 months"),
    ],
)
def test_how_often_a_feed_publishes_is_told_by_its_dates(gap: timedelta, words: str) -> None:
    """In the unit of which there is one at least."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    assert rate_in_words(rate([now - gap * number for number in range(5)])) == words
    assert rate_in_words(rate([now])) == ""
    assert rate_in_words(rate([now, now])) == ""
