"""Documents changed at random: none raises, the order of fields means nothing, and parts read like the whole."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.feeds.parse import parse_document
from digest.feeds.split import split_document

if TYPE_CHECKING:
    from digest.values.news import ParsedFeed

FIELDS = (
    "<title>North &amp; South</title>",
    "<link>https://a.example/1</link>",
    "<guid isPermaLink='false'>g-1</guid>",
    "<description>&lt;p&gt;The envoy left&lt;/p&gt;</description>",
    "<content:encoded><![CDATA[<p>The envoy left <b>at once</b></p>]]></content:encoded>",
    "<media:group><media:title>no</media:title><media:description>no</media:description></media:group>",
    "<media:description>no</media:description>",
    "<itunes:summary>no</itunes:summary>",
    "<dc:creator>Kim</dc:creator>",
    "<source url='https://no.example/'><title>no</title></source>",
    "<atom:link rel='self' href='https://no.example/'/>",
    "<enclosure url='https://no.example/a.mp3' type='audio/mpeg'/>",
    "<pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>",
    "<category>Asia</category>",
)
ROOT = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/'
    'mrss/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">'
)


def document(*entries: str) -> bytes:
    """A document of these entries."""
    items = "\n".join(f"<item>{entry}</item>" for entry in entries)
    return f"{ROOT}<channel><title>F</title><link>https://a.example/</link>{items}</channel></rss>".encode()


def parse(body: bytes) -> ParsedFeed:
    """The feed in a document."""
    return parse_document(body, content_type="", url="https://a.example/feed")


WHOLE = parse(document("".join(FIELDS))).entries


@given(st.permutations(FIELDS), st.sampled_from(["", "\n\t", "<!-- x -->"]))
def test_the_order_of_fields_means_nothing(fields: list[str], between: str) -> None:
    """Nor does what stands between them."""
    assert parse(document(between.join(fields))).entries == WHOLE


ENTRIES = st.lists(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5).map("".join), min_size=1, max_size=6)


@given(ENTRIES, st.sets(st.integers(0, 5)))
def test_some_entries_read_like_all(entries: list[str], chosen: set[int]) -> None:
    """A document that is reduced to some of its entries says of them what the whole one does."""
    body = document(*entries)
    split = split_document(body, b"")
    assert split is not None
    kept = sorted(number for number in chosen if number < len(entries))
    assert parse(split.only(kept)).entries == tuple(parse(document(*(entries[number] for number in kept))).entries)
    assert len(split.chunks) == len(entries)


MARKS = (
    b"< > </ /> <item> </item> <![CDATA[ ]]> <!-- --> & &amp; &#0; &nosuch; &y; ' \" <br> <entry> <channel> </channel>"
)
PIECES = st.sampled_from(
    [
        *MARKS.split(),
        *(b"</rss>", b"<title>", b"\x00", b"\xff", b"\x1b[", b"\xed\x95\x9c", b"xmlns:a='b'", b" xml:base='http://['"),
        b'<!DOCTYPE x [<!ENTITY y "z">]>',
    ]
)


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 1_400), st.integers(0, 60), PIECES), min_size=1, max_size=6))
def test_no_change_breaks_the_reader(changes: list[tuple[int, int, bytes]]) -> None:
    """Whatever is cut out or put in: a feed or a parse error, and the same again for the same document."""
    body = document("".join(FIELDS), "<title>next</title><guid>2</guid>")
    for place, length, piece in changes:
        body = body[:place] + piece + body[place + length :]
    with contextlib.suppress(ParseError):
        feed = parse(body)
        assert feed == parse(body)
        for entry in feed.entries:
            assert not entry.link or entry.link.startswith(("http://", "https://"))


@given(st.integers(0, len(document("".join(FIELDS), "<title>next</title>"))))
def test_a_document_that_is_cut_off_gives_what_came(length: int) -> None:
    """An entry that came whole is read as it is, wherever the rest ends."""
    body = document("".join(FIELDS), "<title>next</title>")
    came = body.index(b"</item>") + len("</item>")
    with contextlib.suppress(ParseError):
        found = parse(body[:length]).entries
        assert length < came or found[:1] == WHOLE
    if length >= came:
        assert parse(body[:length]).entries[:1] == WHOLE
