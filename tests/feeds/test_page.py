# ruff: noqa: E501 - markup of one line
"""Pages without a feed, read by CSS selectors."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from digest.errors import ParseError
from digest.feeds.page import parse_page
from digest.feeds.selectors import check_selector
from digest.feeds.unseen import open_document
from digest.values.news import ParsedEntry, ParsedFeed
from digest.values.settings import PageSelectors

URL = "https://ministry.example/news/list?page=1"
CARDS = """<!doctype html><html lang="en"><head><title>News of the ministry</title></head><body>
<nav><a href="/">Home</a><a href="/about">About</a></nav>
<article class="card"><a href="/n/1"><img src="a.png" alt=""></a><h2><a href="/n/1">A <b>rock</b>et &amp; a ship</a></h2>
<time datetime="2026-11-30T09:00:00+09:00">today</time><p class="lead">It <i>flew</i>.</p></article>
<article class="card"><h2><a href="two">The second</a></h2><span class="d">Posted: 29 Nov 2026</span></article>
<article class="card"><h2>No link</h2></article>
<hr>
</body></html>"""


def page(markup: str, entry: str, title: str = "", link: str = "", *more: str) -> ParsedFeed:
    """What selectors find in some markup."""
    selectors = PageSelectors(entry, title, link, *more)
    return parse_page(markup.encode(), selectors, content_type="text/html; charset=utf-8", url=URL)


def test_selectors_find_what_a_feed_would_say() -> None:
    """Titles and summaries as HTML, links absolute, dates from ``datetime`` or words; the feed is called like the page."""
    feed = page(CARDS, "article.card", "h2", "h2 a", "time, .d", "p.lead")
    assert (feed.title, feed.lang, feed.complaint) == ("News of the ministry", "en", "")
    assert feed.entries == (
        ParsedEntry(
            link="https://ministry.example/n/1",
            title="A rocket &amp; a ship",
            summary="It <i>flew</i>.",
            published=datetime(2026, 11, 30, tzinfo=UTC),
        ),
        ParsedEntry(
            link="https://ministry.example/news/two", title="The second", published=datetime(2026, 11, 29, tzinfo=UTC)
        ),
        ParsedEntry(guid="No link", title="No link"),
    )


def test_the_entry_alone_is_enough() -> None:
    """Without more selectors the heading is the title, its link the link, and a ``time`` the date."""
    alone, named = page(CARDS, "article.card"), page(CARDS, "article.card", "h2", "h2 a", "time")
    assert alone.entries == named.entries


@pytest.mark.parametrize(
    ("markup", "entry", "title", "link", "expected"),
    [
        ("<ul><li><a href='a'>One</a></ul>", "li", "", "", "https://ministry.example/news/a"),
        ("<a class=x href='/a'><h3>One</h3></a>", "a.x", "h3", "", "https://ministry.example/a"),  # a link as the entry
        ("<a class=x href='/a'><h3>One</h3></a>", "a.x", "a.x", "a.x", "https://ministry.example/a"),
        ("<div><a href='/a'><h3>One</h3></a></div>", "div", "h3", "", "https://ministry.example/a"),  # around the title
        ("<div><h3>One</h3><a href='/a'>more</a></div>", "div", "h3", "", "https://ministry.example/a"),  # beside it
        ("<div><h3>One</h3><a href='#top'>x</a><a href='/a'>more</a></div>", "div", "h3", "", "https://ministry.example/a"),
        ("<div><h3><a href='javascript:view(1)'>One</a></h3></div>", "div", "h3", "", ""),
        ("<div><h3><a href='mailto:a@b.example'>One</a></h3></div>", "div", "h3", "", ""),
        ("<div><h3><a href='http://[bad/'>One</a></h3></div>", "div", "h3", "", ""),
        ("<base href='https://cdn.example/x/'><div><h3><a href='a'>One</a></h3></div>", "div", "", "", "https://cdn.example/x/a"),
        ("<base target=_top><div><h3><a href='a'>One</a></h3></div>", "div", "", "", "https://ministry.example/news/a"),
        ("<base href='javascript:x'><div><h3><a href='a'>One</a></h3></div>", "div", "", "", "https://ministry.example/news/a"),
    ],
)  # fmt: skip
def test_a_link_is_found_where_it_stands(markup: str, entry: str, title: str, link: str, expected: str) -> None:
    """In what is named, around it, or in the entry; only addresses of the web, from the page's base."""
    found = page(markup, entry, title, link).entries[0]
    assert (found.title, found.link) == ("One", expected)


@pytest.mark.parametrize(
    ("entry", "title", "link", "words"),
    [
        ("li.gone", "", "", "entry = “li.gone” finds nothing on the page"),
        ("article.card", "h4", "", "title = “h4” finds nothing in any of the 3 entries"),
        ("article.card", "h2", "b.gone", "link = “b.gone” finds nothing in any of the 3 entries"),
        ("nav", "", "", ""),
        ("hr", "", "", "what entry = “hr” finds has neither a title nor a link"),
    ],
)
def test_a_selector_that_finds_nothing_is_an_error_that_names_it(entry: str, title: str, link: str, words: str) -> None:
    """A page that changed is never a feed without news."""
    if not words:
        assert page(CARDS, entry, title, link).entries
        return
    with pytest.raises(ParseError, match=words):
        page(CARDS, entry, title, link)


def test_what_may_be_missing_is_told_and_the_entries_come() -> None:
    """A date that is nowhere any more costs no alert, but it is said."""
    feed = page(CARDS, "article.card", "h2", "", "b.date", "p.gone")
    assert len(feed.entries) == 3
    assert feed.complaint.startswith("date = “b.date” finds nothing in any of the 3 entries")
    assert "summary = “p.gone”" in feed.complaint


@pytest.mark.parametrize("charset", ["euc-kr", "utf-8", "utf-16"])
def test_a_page_is_read_in_the_encoding_that_it_names(charset: str) -> None:
    """In its markup, where the header says nothing."""
    markup = f"<html><head><meta charset={charset}></head><body><p><a href='/1'>북한 대사관</a></p></body></html>"
    feed = parse_page(markup.encode(charset), PageSelectors("p"), content_type="text/html", url=URL)
    assert feed.entries[0].title == "북한 대사관"


@pytest.mark.parametrize(
    ("selector", "offset", "words"),
    [
        ("article.card h2 > a:not(.ad), td:nth-child(2) a[href*='view']", None, ""),
        ("div:has(> a)", None, ""),
        ("h2 >", 3, "missing at the end"),
        ("", 0, "empty"),
        ("a::text", 1, "take “::text” out"),
        ("li a:nothing", 4, "“:nothing” is not known"),
        (".a!", 2, "“!” cannot stand here"),
        ("> a", 0, "“>” cannot stand here"),
    ],
)
def test_what_is_no_selector_is_told_with_its_place(selector: str, offset: int | None, words: str) -> None:
    """So that the config can name the line and the column."""
    wrong = check_selector(selector)
    if offset is None:
        assert wrong is None
    else:
        assert wrong is not None
        assert wrong[0] == offset
        assert words in wrong[1]


@pytest.mark.parametrize(
    "markup",
    ["", "<", "<p>" * 100_000, "<!--" * 10_000, "<a href='" * 5_000, "\0" * 1_000, "<p " + "x=1 " * 50_000 + ">"],
)
def test_a_hostile_page_is_read_or_refused_in_words(markup: str) -> None:
    """Nested, unclosed, empty: never anything but entries or a sentence."""
    try:
        said = [each.title + each.link for each in page(markup, "p", "a").entries]
    except ParseError as error:
        said = [str(error)]
    assert said
    assert all(each and re.search(r"[\x00-\x08]", each) is None for each in said)


def test_a_page_is_opened_like_any_feed_document() -> None:
    """With identities by link, and no hashes of its entries, for it is always read whole."""
    opened = open_document(CARDS.encode(), content_type="", url=URL, reading=PageSelectors("article.card"))
    again = open_document(
        CARDS.replace("<b>rock</b>et", "balloon").encode(),
        content_type="",
        url=URL,
        reading=PageSelectors("article.card"),
    )
    assert opened.entry_hashes == b""
    assert [one.key == other.key for one, other in zip(opened.asked, again.asked, strict=True)] == [True, True, True]
    assert opened.asked[0].title != again.asked[0].title
