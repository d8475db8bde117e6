"""Feed documents of every format become entries, and what is no feed is called what it is."""

from __future__ import annotations

import contextlib
import gzip
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.feeds.parse import parse_document
from digest.text import html_to_text
from digest.values.news import ParsedEntry, ParsedFeed

URL = "https://a.example/news/feed.xml"
TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)

RSS = """<rss version="2.0"{extra}><channel><title>A &amp; B</title><link>https://a.example/</link><language>en</language>
{items}</channel></rss>"""


def rss(*items: str, extra: str = "") -> bytes:
    """An RSS 2.0 document around what stands in its items."""
    return RSS.format(items="\n".join(f"<item>{item}</item>" for item in items), extra=extra).encode()


def atom(*entries: str, extra: str = "") -> bytes:
    """An Atom document around what stands in its entries."""
    inside = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{extra}><title>A</title>{inside}</feed>'.encode()


def parse(body: bytes, content_type: str = "", now: datetime | None = None) -> ParsedFeed:
    """The feed in a document of our address."""
    return parse_document(body, content_type=content_type, url=URL, now=now)


def entry(body: bytes) -> ParsedEntry:
    """The only entry of a document."""
    (found,) = parse(body).entries
    return found


def test_an_rss_entry_has_all_its_fields() -> None:
    """Every field of the model, from RSS 2.0 with its usual modules."""
    body = rss(
        "<guid isPermaLink='false'>g-1</guid><link>/one?a=1&amp;b=2</link><title>One &amp;amp; two</title>"
        "<description>&lt;p&gt;Short&lt;/p&gt;</description>"
        "<content:encoded><![CDATA[<p>Long text</p>]]></content:encoded><dc:creator>Kim &amp;amp; Lee</dc:creator>"
        "<category>Asia</category><category>War</category><category>Asia</category>"
        "<pubDate>Sun, 01 Mar 2026 19:00:00 +0900</pubDate>"
        "<enclosure url='https://a.example/a.mp3' type='audio/mpeg'/>",
        extra=' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"',
    )
    feed = parse(body)
    assert (feed.title, feed.link, feed.lang, feed.complaint) == ("A & B", "https://a.example/", "en", "")
    assert feed.entries == (
        ParsedEntry(
            guid="g-1",
            link="https://a.example/one?a=1&b=2",
            title="One &amp; two",
            summary="<p>Short</p>",
            content="<p>Long text</p>",
            author="Kim & Lee",
            tags=("Asia", "War"),
            published=TEN,
        ),
    )


def test_a_content_is_not_its_own_summary() -> None:
    """Where a feed gives no summary, there is none: the same text twice would be matched and shown twice."""
    found = entry(atom("<title>T</title><content type='html'>&lt;p&gt;All&lt;/p&gt;</content>"))
    assert (found.summary, found.content) == ("", "<p>All</p>")


def test_an_atom_entry_has_all_its_fields() -> None:
    """The same from Atom, where plain text is escaped so that it stays what it is."""
    body = atom(
        "<id>urn:1</id><link rel='enclosure' href='https://a.example/a.mp3'/><link href='one'/>"
        "<title type='text'>a &lt;b&gt; c &amp;amp; d</title><summary type='html'>&lt;i&gt;Short&lt;/i&gt;</summary>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>Long &lt;text</p></div></content>"
        "<author><name>Kim</name></author><category term='asia' label='Asia'/><updated>2026-03-01T10:00:00Z</updated>",
        extra=" xml:base='https://b.example/x/' xml:lang='ko'",
    )
    found = entry(body)
    assert (found.guid, found.link, found.lang) == ("urn:1", "https://b.example/x/one", "ko")
    assert html_to_text(found.title) == "a <b> c & d"
    assert (found.summary, found.content) == ("<i>Short</i>", "<p>Long &lt;text</p>")
    assert (found.author, found.tags, found.published) == ("Kim", ("Asia",), TEN)


RSS_091 = """<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
  "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><item><title>T</title><link>https://a.example/1</link></item></channel></rss>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel><title>F</title></channel>
<item rdf:about="https://a.example/1"><title>T</title><link>https://a.example/1</link></item></rdf:RDF>"""
ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title>T</title>
<link rel="alternate" type="text/html" href="https://a.example/1"/></entry></feed>"""
OLD_FORMATS = [
    ("RSS 0.91", RSS_091),
    ("RSS 1.0 in RDF", RDF),
    ("Atom 0.3", ATOM_03),
    ("no root", "<channel><item><title>T</title><link>https://a.example/1</link></item></channel>"),
]


@pytest.mark.parametrize("body", [row[1] for row in OLD_FORMATS], ids=[row[0] for row in OLD_FORMATS])
def test_old_formats_are_read(body: str) -> None:
    """All formats that feedparser knows."""
    found = entry(body.encode())
    assert (found.title, found.link) == ("T", "https://a.example/1")


NO_FEEDS = [
    ("empty", b"", "the document is empty"),
    ("white space", b" \r\n\xef\xbb\xbf ", "the document is empty"),
    ("a web page", b"<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>", "web page"),
    ("a page without a doctype", b"\n<!-- x --><HTML><body>a <item> here</body></html>", "web page"),
    (
        "a page of XHTML",
        b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0"><html><entry></entry></html>',
        "web page",
    ),
    ("a fragment of a page", b"<!doctype html><div>Please enable <b>JavaScript</b></div>", "web page"),
    ("plain text", b"Too many requests", "plain text"),
    ("text about feeds", b"Put an <item> into the <channel> of your feed.", "plain text"),
    (
        "a sitemap",
        b'<?xml version="1.0"?><urlset><url><loc>https://a.example/</loc></url></urlset>',
        "a sitemap without titles",
    ),
    ("an outline", b"<opml version='2.0'><body><outline text='x'/></body></opml>", "XML (opml)"),
    ("JSON", b'{"error": "not found"}', "not a JSON Feed"),
    ("a JSON list", b"[1, 2]", "not a JSON Feed"),
    ("broken JSON", b'{"items": [', "broken JSON"),
    ("deep JSON", b"[" * 200_000, "nested too deep"),
    ("an image", b"\x89PNG\r\n\x1a\n" + bytes(100), "an image"),
    ("a PDF", b"%PDF-1.7 ...", "a PDF"),
    ("gzip", gzip.compress(b"<rss/>"), "compressed data"),
    ("bytes", bytes(range(256)) * 20 + bytes(500), "binary data"),
    ("cut before its first entry", b"<rss version='2.0'><channel><title>A</title><item", "its XML is broken"),
]


@pytest.mark.parametrize(("body", "words"), [row[1:] for row in NO_FEEDS], ids=[row[0] for row in NO_FEEDS])
def test_what_is_no_feed_is_said_in_plain_words(body: bytes, words: str) -> None:
    """Never an empty feed in silence, never a traceback."""
    with pytest.raises(ParseError) as caught:
        parse(body, "text/xml")
    assert words in str(caught.value)
    assert "Exception" not in str(caught.value)


@pytest.mark.parametrize("body", [rss(), atom(), b'{"version": "https://jsonfeed.org/version/1", "items": []}'])
def test_a_feed_without_entries_is_a_feed(body: bytes) -> None:
    """It may have some tomorrow."""
    assert parse(body).entries == ()


def test_a_broken_feed_gives_what_it_has_and_a_complaint() -> None:
    """Entries before the break count; where it breaks is said."""
    feed = parse(rss("<title>One</title>", "<title>Two</title>")[:-16] + b"<oops")
    assert [one.title for one in feed.entries] == ["One", "Two"]
    assert "line" in feed.complaint
    whole = parse(b"\n\n" + rss("<title>One&nbsp;two</title>"))
    assert html_to_text(whole.entries[0].title) == "One two"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Fire &#55357;&#56613; out", "Fire 🔥 out"),  # the halves of one character, each by itself
        ("Fire &#xD83D;&#xdd25; out", "Fire 🔥 out"),
        ("Half &#xD83D; left", "Half \ufffd left"),
        ("Far &#x110000; &#99999999999999; off", "Far \ufffd \ufffd off"),
        ("AT&T and R&D & more", "AT&T and R&D & more"),
        ("<![CDATA[R&D ]] &#8217; ]]>&amp; x", "R&D ]] ’ & x"),
        ("Kim&#8217;s &#x1F525;", "Kim’s 🔥"),
    ],
)
def test_ampersands_gone_wrong_cost_no_feed(written: str, title: str) -> None:
    """A bare ampersand, or the number of no character, is mended: neither crashes a parser nor makes it guess."""
    feed = parse(rss(f"<title>{written}</title>", "<title>next</title>"))
    assert [html_to_text(found.title) for found in feed.entries] == [title, "next"]
    assert not feed.complaint


def test_a_guid_does_not_depend_on_the_feed_s_own_address() -> None:
    """A feed that moves, or is served by several hosts, keeps its identities; links start where it was found."""
    body = rss("<guid>123</guid><link>/one</link>").replace(b"<link>https://a.example/</link>", b"")
    found = [
        parse_document(body, content_type="", url=url).entries[0]
        for url in ("http://a.example/x.xml", "https://b.example/y/z.xml")
    ]
    assert [one.guid for one in found] == ["123", "123"]
    assert [one.link for one in found] == ["http://a.example/one", "https://b.example/one"]


def test_an_entry_that_holds_nothing_is_left_out() -> None:
    """There is nothing to show, and nothing to tell it by."""
    assert [one.title for one in parse(rss("", "<title>T</title>", "<guid/>")).entries] == ["T"]


LINKS = [
    ("<link>https://a.example/1</link>", "https://a.example/1"),
    ("<link>\n  /1  \n</link>", "https://a.example/1"),
    ("<link>2.html</link>", "https://a.example/2.html"),
    ("<link>//b.example/1</link>", "https://b.example/1"),
    ("<link>javascript:alert(1)</link>", ""),
    ("<link>file:///etc/passwd</link><guid>https://a.example/1</guid>", "https://a.example/1"),
    ("<guid>https://a.example/1</guid>", "https://a.example/1"),
    ("<guid isPermaLink='false'>https://a.example/1</guid>", "https://a.example/1"),
    ("<guid isPermaLink='false'>12</guid>", ""),
    ("<guid>12</guid>", ""),
    ("<link>http://[broken</link>", ""),
    ("<enclosure url='https://a.example/a.mp3' type='audio/mpeg'/>", ""),
]


@pytest.mark.parametrize(("fields", "link"), LINKS)
def test_links_are_absolute_web_addresses_or_none(fields: str, link: str) -> None:
    """Relative ones start at the feed's page; other schemes never get through; enclosures are no pages."""
    assert entry(rss(f"<title>T</title>{fields}")).link == link


def test_hostile_text_is_handed_on_as_text() -> None:
    """Escape sequences vanish or are cleaned later; scripts and brackets change nothing."""
    body = rss(
        "<title>\x1b]0;x\x07[/] [@click=app.quit]\x00 &lt;script&gt;x()&lt;/script&gt;T&#27;[31m</title><link>https://a.example/</link>"
    )
    assert html_to_text(entry(body).title) == "[/] [@click=app.quit] T"


@pytest.mark.parametrize(
    ("ahead", "kept"),
    [
        ("Mon, 02 Mar 2026 09:00:00 GMT", True),
        ("Wed, 04 Mar 2026 10:00:00 GMT", False),
        ("Fri, 31 Dec 9999 23:59:59 GMT", False),
    ],
)
def test_dates_far_in_the_future_are_dropped(ahead: str, kept: bool) -> None:  # noqa: FBT001 -- a column of the table
    """An entry is not dated by when its event will be."""
    (found,) = parse(rss(f"<title>T</title><pubDate>{ahead}</pubDate>"), now=TEN).entries
    assert (found.published is not None) is kept


@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_a_parse_error(body: bytes) -> None:
    """Nothing that a server sends raises anything else, and the same bytes are always the same feed."""
    for document in (body, rss("<title>" + body.decode("latin-1") + "</title>"), atom(body.decode("latin-1"))):
        with contextlib.suppress(ParseError):
            assert parse(document) == parse(document)


def test_an_entity_bomb_is_harmless() -> None:
    """Nested entities are not expanded; a large one is not multiplied without bound."""
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10 if i else "x"}">' for i in range(12))
    bomb = f"<!DOCTYPE rss [{entities}]>".encode() + rss("<title>&e11;</title><link>https://a.example/</link>")
    assert len(entry(bomb).title) < 1000


def test_what_only_feedparser_can_read_is_read_by_it() -> None:
    """A tag that is never closed: nothing of it is an element, and the reader by names finds no entry."""
    item = b"<item <title>Broken</title><link>/1</link></item>"
    broken = b"<rss version='2.0'><channel><title>t</title>" + item + b"</channel></rss>"
    feed = parse_document(broken, content_type="", url="https://a.test/feed")
    assert [(entry.title, entry.link) for entry in feed.entries] == [("Broken", "https://a.test/1")]


@pytest.mark.parametrize("document", [b"<rss><channel><<<item", b"<rss><channel><item <title", b"<rss <channel <item "])
def test_what_not_even_feedparser_reads_is_refused(document: bytes) -> None:
    """In plain words, never with an exception of its parser."""
    with pytest.raises(ParseError, match=r"no entry of it can be read|not a feed"):
        parse_document(document, content_type="", url="https://a.test/feed")
