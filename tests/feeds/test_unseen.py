"""Of a document of too many entries the newest are parsed, and the others known again all the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.errors import ParseError
from digest.feeds.identity import KnownIdentities, identities
from digest.feeds.parse import parse_document
from digest.feeds.split import glance
from digest.feeds.unseen import MOST_UNSEEN, Unseen, open_document

if TYPE_CHECKING:
    from digest.values.news import Identity

URL = "https://a.example/feed"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def rss(*items: str, head: str = "<rss version='2.0'>") -> bytes:
    """A document of these entries."""
    return f"{head}<channel><title>F</title>{''.join(items)}</channel></rss>".encode()


def unseen(document: bytes, *, most: int, known: tuple[Identity, ...] = (), hashes: bytes = b"") -> Unseen:
    """What a document brings."""
    opened = open_document(document, content_type="", url=URL, known_hashes=hashes, now=NOW, most=most)
    return opened.unseen(KnownIdentities.of(known), most)


def dated(number: int) -> str:
    """An entry with a date; a greater number is newer."""
    return (
        f"<item><guid isPermaLink='false'>g{number}</guid><title>News &amp;amp; {number}</title>"
        f"<pubDate>Sun, 22 Nov 2026 {number // 60:02}:{number % 60:02}:00 GMT</pubDate></item>"
    )


NAMELESS = {
    "nothing but a description": "<item><description>words {0}</description></item>",
    "one guid for all": "<item><guid>same</guid><description>words {0}</description></item>",
    "a title alone": "<item><title>words {0}</title></item>",
    "one link for all": "<item><link>https://a.example/</link><title>words {0}</title></item>",
    "much before the names": "<item><description>" + "x" * 21_000 + "</description><guid>{0}</guid></item>",
}


@pytest.mark.parametrize("item", NAMELESS.values(), ids=NAMELESS)
def test_no_more_than_allowed_comes_however_entries_are_named(item: str) -> None:
    """Each is new or known by itself, none is lost, and the document again brings nothing."""
    document = rss(*(item.format(number) for number in range(30)))
    found = unseen(document, most=10)
    everything = {identity for _, identity in found.new} | set(found.rest)
    if "same" not in item:  # entries of one guid and no other name are one to the parser, too
        assert (len(found.new), len(everything)) == (10, 30)
    assert len(found.new) <= 10
    assert len(found.new) == len({identity.key for _, identity in found.new})


def test_the_newest_come_wherever_they_stand() -> None:
    """By date, in the document's order; what the store knows does not count."""
    document = rss(*(dated(number) for number in (5, 1, 9, 3, 7, 2)))
    found = unseen(document, most=3)
    assert [entry.guid for entry, _ in found.new] == ["g5", "g9", "g7"]
    assert len(found.rest) == 3
    again = unseen(document, most=3, known=(*(identity for _, identity in found.new), *found.rest))
    assert (again.new, again.rest) == ((), ())


def test_more_than_any_feed_holds_is_refused() -> None:
    """What is taken for seen takes room as well."""
    with pytest.raises(ParseError, match="it holds 50,001 new entries at once, more than 50,000"):
        unseen(rss(*(f"<item><guid>{number}</guid></item>" for number in range(MOST_UNSEEN + 1))), most=10)


ALIKE = {
    "RSS": rss(dated(1)),
    "an escaped title": rss("<item><guid>1</guid><title>a &amp;lt;b&amp;gt; &amp; c</title></item>"),
    "sections": rss("<item><link><![CDATA[https://b.example/1]]></link><title><![CDATA[a <b>c</b>]]></title></item>"),
    "names inside a text": rss(
        "<item><description><![CDATA[<title>no</title><link>https://no.example/</link>]]></description>"
        "<!-- <guid>no</guid> --><guid>1</guid><link>/one</link><title>yes</title></item>"
    ),
    "another's title": rss(
        "<item><source url='https://x.example/'><title>no</title></source><image><title>no</title><link>/no</link>"
        "</image><media:title>no</media:title><guid>1</guid><title>yes</title></item>",
        head="<rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'>",
    ),
    "an id of Google's": rss(
        "<item><g:id>no</g:id><guid>1</guid><g:link>/no</g:link><link>/yes</link><title>yes</title></item>",
        head="<rss version='2.0' xmlns:g='http://base.google.com/ns/1.0'>",
    ),
    "RDF": (
        b"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>"
        b"<item rdf:about='https://a.example/1'><title>T</title><link>https://a.example/1</link></item></rdf:RDF>"
    ),
    "Atom": (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><author><name>A</name></author><id>tag:1</id>"
        b"<link rel='self' href='/no'/><link href='/yes?a=1&amp;b=2'/><title type='text'>a &lt;b&gt;</title>"
        b"<updated>2026-11-22T10:00:00Z</updated></entry></feed>"
    ),
}


@pytest.mark.parametrize("document", ALIKE.values(), ids=ALIKE)
def test_a_glance_names_an_entry_as_the_parser_does(document: bytes) -> None:
    """So that an entry that was only glanced at is known again when it is parsed."""
    opened = open_document(document, content_type="", url=URL, now=NOW, most=0)
    parsed = parse_document(document, content_type="", url=URL, now=NOW)
    assert opened.glanced is not None
    assert opened.asked == identities(parsed.entries)
    assert opened.feed.entries[0].published == parsed.entries[0].published


def test_a_glance_at_nothing_says_nothing() -> None:
    """No bytes are too odd for it."""
    for chunk in (b"", b"<item>", b"<item><title>", b"\xff\xfe<item><guid>\xff</guid>"):
        assert glance(chunk, URL, NOW).link == ""
