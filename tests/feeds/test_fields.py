"""Fields are chosen by the names of their elements: by namespace and local name, never by order, prefix or length."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.feeds.parse import parse_document
from digest.text import html_to_text

if TYPE_CHECKING:
    from digest.values.news import ParsedEntry

URL = "https://feeds.example/site.xml"
MODULES = (
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0"'
)


def rss(item: str, root: str = MODULES, head: str = "<link>https://www.site.test/en/news/</link>") -> str:
    """An RSS document of one entry."""
    return f'<rss version="2.0"{root}><channel><title>F</title>{head}<item>{item}</item></channel></rss>'


def atom(entry: str, root: str = "", head: str = "") -> str:
    """An Atom document of one entry."""
    return f'<feed xmlns="http://www.w3.org/2005/Atom"{root}><title>F</title>{head}<entry>{entry}</entry></feed>'


def entry(document: str) -> ParsedEntry:
    """The only entry of a document."""
    (found,) = parse_document(document.encode(), content_type="", url=URL).entries
    return found


OWN = "<description>The envoy left.</description>"
BODY = "<content:encoded>&lt;p&gt;The envoy left. All of it.&lt;/p&gt;</content:encoded>"
CAPTION = "<media:description>Photo: a street</media:description>"
GROUP = (
    "<media:group><media:title>A street</media:title><media:content url='x'>"
    + CAPTION
    + "</media:content></media:group>"
)
TEXTS = [
    ("a caption beside both", (CAPTION, OWN, BODY), ("The envoy left.", "<p>The envoy left. All of it.</p>")),
    ("a group of media", (GROUP, OWN), ("The envoy left.", "")),
    ("a podcast's blurb", ("<itunes:summary>Episode 7</itunes:summary>", OWN), ("The envoy left.", "")),
    ("a librarian's", ("<dc:description>Record 7</dc:description>", OWN), ("The envoy left.", "")),
    ("a caption and a body", (CAPTION, BODY), ("", "<p>The envoy left. All of it.</p>")),
    (
        "an Atom body",
        ("<atom:content type='html'>&lt;b&gt;All&lt;/b&gt;</atom:content>", OWN),
        ("The envoy left.", "<b>All</b>"),
    ),
    (
        "an own title in a picture",
        ("<image><title>Logo</title><description>no</description></image>", OWN),
        ("The envoy left.", ""),
    ),
]


@pytest.mark.parametrize(("parts", "texts"), [row[1:] for row in TEXTS], ids=[row[0] for row in TEXTS])
def test_an_entry_s_own_texts_are_its_texts_in_any_order(parts: tuple[str, ...], texts: tuple[str, str]) -> None:
    """What other vocabularies say of its pictures takes their place in no order."""
    for order in itertools.permutations(parts):
        found = entry(rss("<title>T</title>" + "".join(order)))
        assert (found.title, found.summary, found.content) == ("T", *texts)


@pytest.mark.parametrize(
    ("item", "summary"),
    [
        (CAPTION, "Photo: a street"),
        (GROUP, "Photo: a street"),
        ("<itunes:summary>Episode 7</itunes:summary>", "Episode 7"),
        (f"<dc:description>Record 7</dc:description>{CAPTION}", "Record 7"),
        ("<description/><atom:summary>A</atom:summary>", "A"),
        ("<description></description><description>second</description>", "second"),
    ],
)
def test_where_an_entry_has_no_text_another_stands_in(item: str, summary: str) -> None:
    """Better a caption than nothing."""
    found = entry(rss(f"<title>T</title>{item}"))
    assert (found.summary, found.content) == (summary, "")


def test_a_second_description_is_searched_as_well() -> None:
    """The first is the summary, the other stands where a body would."""
    found = entry(rss("<description>One</description><description>Two, and longer</description>"))
    assert (found.summary, found.content) == ("One", "Two, and longer")


TITLES = [
    ("<media:title>no</media:title><title>yes</title>", "yes"),
    ("<title></title><title>yes</title>", "yes"),
    ("<title/><dc:title>yes</dc:title>", "yes"),
    (GROUP, "A street"),
    ("<itunes:title>yes</itunes:title>", "yes"),
    ("<source url='x'><title>no</title></source><title>yes</title>", "yes"),
]


@pytest.mark.parametrize(("item", "title"), TITLES)
def test_titles_by_name(item: str, title: str) -> None:
    """Its own, else one that another vocabulary gives it."""
    assert entry(rss(item)).title == title


FIELDS = "<title>T</title><link>https://a.test/1</link><description>D</description><guid>g</guid>"
ATOM = "<title>T</title><link href='https://a.test/1'/><summary>D</summary><id>g</id>"
NO_CAPTION = f"{FIELDS}<m:description>no</m:description>"
SELF = "<atom:link rel='self' href='/no'/>"
PICTURES = ' xmlns="http://search.yahoo.com/mrss/" xmlns:m="http://search.yahoo.com/mrss/"'
OF_ATOM = ' xmlns="http://www.w3.org/2005/Atom" xmlns:atom="http://www.w3.org/2005/Atom"'
RDF = ' xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://my.netscape.com/rdf/simple/0.9/"'


def prefixed(document: str, prefix: str, binding: str = "") -> str:
    """A document with a prefix before the names of all its elements."""
    bound = re.sub(r"(</?)(?=\w)", rf"\1{prefix}:", document)
    return re.sub(r'^(<[\w:]+)(?: xmlns="[^"]*")?', rf"\1{binding}", bound, count=1)


NAMESPACES = [
    ("of pictures", rss(NO_CAPTION, PICTURES)),
    ("of Atom", rss(SELF + FIELDS, OF_ATOM)),
    ("of nobody", rss(FIELDS, ' xmlns="https://www.site.test/ns"')),
    ("of an old RSS", rss(FIELDS, ' xmlns="http://backend.userland.com/rss2"')),
    ("of the item", rss(FIELDS).replace("<item>", '<item xmlns="urn:x">')),
    ("of a field", rss(FIELDS.replace("<title>", '<title xmlns="urn:x">'))),
    ("of the channel", rss(FIELDS).replace("<channel>", '<channel xmlns="http://purl.org/rss/1.0/">')),
    ("prefixed", prefixed(rss(FIELDS, ""), "r", ' xmlns:r="http://purl.org/rss/1.0/"')),
    ("prefixed, bound to nothing", prefixed(rss(FIELDS, ""), "rss")),
    ("RSS 0.9", f"<rdf:RDF{RDF}><channel><title>F</title></channel><item>{FIELDS}</item></rdf:RDF>"),
    ("in capitals", re.sub(r"(?<=[</])(?:item|title|link|guid)(?=>)", lambda name: name[0].upper(), rss(FIELDS))),
    ("no channel", f"<rss version='2.0'><item>{FIELDS}</item></rss>"),
    ("no quotes", rss(FIELDS).replace('"2.0"', "2.0")),
    ("a warning before it", f"<br />\n<b>Warning</b>: x in <b>y.php</b>\n{rss(FIELDS)}"),
    ("words behind it", f"{rss(FIELDS)}<!-- x --> and so on"),
    ("Atom's own fields", atom(ATOM)),
    ("Atom by a prefix", prefixed(atom(ATOM), "a", ' xmlns:a="http://www.w3.org/2005/Atom"')),
    ("Atom's address with a slash", atom(ATOM).replace("2005/Atom", "2005/Atom/")),
    ("Atom in no namespace", atom(ATOM).replace(' xmlns="http://www.w3.org/2005/Atom"', "")),
    ("a field that is never closed", rss(f"{FIELDS}<category>x")),
    ("a break in a text", rss(FIELDS.replace("D<", "D<br><"))),
    ("a section in a field", rss(FIELDS.replace("D<", "<![CDATA[D]]><"))),
]


@pytest.mark.parametrize("document", [row[1] for row in NAMESPACES], ids=[row[0] for row in NAMESPACES])
def test_documents_are_read_however_they_are_bound(document: str) -> None:
    """Whatever the root's own namespace is counts as its format's; broken XML loses what is broken alone."""
    found = entry(document)
    assert (found.title, found.link, found.guid) == ("T", "https://a.test/1", "g")
    assert html_to_text(found.summary) == "D"


def test_a_break_in_one_entry_costs_no_other() -> None:
    """Entries are mended one by one."""
    items = "".join(f"<item><title>T{number}</title><description><p>x<br></description></item>" for number in range(3))
    feed = parse_document(rss("").replace("<item></item>", items).encode(), content_type="", url=URL)
    assert [(one.title, html_to_text(one.summary)) for one in feed.entries] == [(f"T{n}", "x") for n in range(3)]
    assert "its XML is broken" in feed.complaint


HOME = "https://www.site.test"
FEEDS = "https://feeds.example"
LINKS = [
    (rss("<link>/posts/one.html</link>"), f"{HOME}/posts/one.html"),
    (rss("<link>one.html</link>"), f"{HOME}/en/news/one.html"),
    (rss("<link>/one</link>", head=""), f"{FEEDS}/one"),
    (rss("<link>/one</link>", head="<link>not an address</link>"), f"{FEEDS}/one"),
    (rss("<link>one</link>", root=' xml:base="https://b.test/x/"'), "https://b.test/x/one"),
    (rss("<link xml:base='https://c.test/'>one</link>", root=' xml:base="https://b.test/x/"'), "https://c.test/one"),
    (rss("<link xml:base='y/'>one</link>", root=' xml:base="https://b.test/x/"'), "https://b.test/x/y/one"),
    (rss("<link/><atom:link href='/two'/>"), f"{HOME}/two"),
    (rss("<atom:link rel='self' href='/no'/><atom:link rel='alternate' href='/two'/>"), f"{HOME}/two"),
    (rss("<atom:link rel='hub' href='/no'/><link>/one</link>"), f"{HOME}/one"),
    (rss("<link href='/one'/>"), f"{HOME}/one"),
    (rss("<link>/feed/1</link><feedburner:origLink>/one</feedburner:origLink>"), f"{HOME}/one"),
    (rss("<guid isPermaLink='true'>/one</guid>"), f"{HOME}/one"),
    (rss("<guid isPermaLink='true'>https://no.test/</guid><link>/one</link>"), f"{HOME}/one"),
    (rss("<guid isPermaLink='false'>/one</guid>"), ""),
    (rss("<title>T</title><media:content url='https://no.test/a.jpg'/><enclosure url='https://no.test/a.mp3'/>"), ""),
    (rss("<title>T</title><image><link>https://no.test/</link></image><source url='https://no.test/'>S</source>"), ""),
    (rss("<comments>https://no.test/</comments><atom:link rel='related' href='/r'/>"), f"{HOME}/r"),
    (atom("<link rel='enclosure' href='/no'/><link rel='via' href='/via'/><link href='/one'/>"), f"{FEEDS}/one"),
    (atom("<link type='application/json' href='/no'/><link type='text/html' href='/one'/>"), f"{FEEDS}/one"),
    (atom("<link href='/de' hreflang='de'/><link href='/en' hreflang='en-GB'/>", " xml:lang='en'"), f"{FEEDS}/en"),
    (atom("<link href='one'/>", head=f"<link rel='self' href='/f'/><link href='{HOME}/x/'/>"), f"{HOME}/x/one"),
    (atom("<link href='one'/>", " xml:base='https://b.test/x/'", f"<link href='{HOME}/'/>"), "https://b.test/x/one"),
    (atom("<link rel='http://www.iana.org/assignments/relation/alternate' href='/one'/>"), f"{FEEDS}/one"),
    (atom("<link rel='Alternate' href='/one'/>"), f"{FEEDS}/one"),
    (atom("<link rel='edit' href='/no'/><id>https://a.test/1</id>"), "https://a.test/1"),
    (atom("<link rel='self' type='application/atom+xml' href='/no'/><id>urn:1</id>"), ""),
    (atom("<id>urn:1</id><link rel='self' href='/self'/>"), f"{FEEDS}/self"),
    (atom("<link>https://a.test/1</link>"), "https://a.test/1"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_links_start_at_their_base_else_at_the_feed_s_page(document: str, link: str) -> None:
    """Else at the feed's own address; of several an entry's page is meant, in its language."""
    assert entry(document).link == link


AUTHORS = [
    (rss("<author>kim@site.test (Kim Lee)</author>"), "Kim Lee"),
    (rss("<author>Kim Lee &lt;kim@site.test&gt;</author>"), "Kim Lee"),
    (rss("<author>kim@site.test</author>"), "kim@site.test"),
    (rss("<dc:creator>Kim</dc:creator><dc:creator>Lee</dc:creator>"), "Kim, Lee"),
    (rss("<dc:creator>Kim &amp;amp; Lee</dc:creator>"), "Kim & Lee"),
    (rss("<author><name>Kim</name></author>"), "Kim"),
    (rss("<itunes:author>Kim</itunes:author>"), "Kim"),
    (atom("<author><name>Kim</name><email>k@site.test</email></author><author><name>Lee</name></author>"), "Kim, Lee"),
    (atom("<contributor><name>no</name></contributor>", head="<author><name>Kim</name></author>"), "Kim"),
]


@pytest.mark.parametrize(("document", "author"), AUTHORS)
def test_authors_are_names(document: str, author: str) -> None:
    """However they are written; an entry of Atom that names none has its feed's."""
    assert (
        entry(document.replace("<item>", "<item><title>T</title>").replace("<entry>", "<entry><title>T</title>")).author
        == author
    )


def test_categories_of_all_kinds() -> None:
    """By their labels, each once; those that are listed in one element are told apart."""
    item = (
        "<title>T</title><category domain='x'>Asia</category><category> Asia </category><dc:subject>War</dc:subject>"
        "<media:keywords>north, south</media:keywords><category><![CDATA[R&amp;D]]></category>"
    )
    assert entry(rss(item)).tags == ("Asia", "R&D", "War", "north", "south")
    assert entry(atom("<title>T</title><category term='a' label='Asia'/><category term='war'/>")).tags == (
        "Asia",
        "war",
    )


DATES = [
    (rss("<dc:date>2026-03-01T10:00:00Z</dc:date>"), 10),
    (rss("<pubDate>soon</pubDate><dc:date>2026-03-01T10:00:00Z</dc:date>"), 10),
    (rss("<atom:updated>2026-03-01T11:00:00Z</atom:updated><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>"), 10),
    (atom("<updated>2026-03-01T11:00:00Z</updated><published>2026-03-01T10:00:00Z</published>"), 10),
    (atom("<issued>2026-03-01T10:00:00Z</issued><modified>2026-03-01T11:00:00Z</modified>"), 10),
]


@pytest.mark.parametrize(("document", "hour"), DATES)
def test_dates_by_name(document: str, hour: int) -> None:
    """When it was published, else when it was changed: the first that can be read, in any order."""
    assert entry(document).published == datetime(2026, 3, 1, hour, tzinfo=UTC)


WORDS = [
    (rss("<title>Shares of &lt;AAPL.O&gt; fall</title>"), "Shares of <AAPL.O> fall"),
    (rss("<title><![CDATA[<b>Bold</b> & more]]></title>"), "Bold & more"),
    (rss("<title>A &amp;#8217; B &#146; C &amp;amp; D &#8217;</title>"), "A ’ B ’ C & D ’"),
    (rss("<title>caf&eacute;&nbsp;&hellip; &nosuch; &</title>"), "café … &nosuch; &"),
    (rss("<title>Korea &lt;i&gt;north&lt;/i&gt;</title>"), "Korea north"),
    (rss("<title>\u00ec\u2039\u0153\u00eb\u00a6\u00ac\u00ec\u2022\u201e</title>"), "시리아"),
    (rss("<title>fatigu\u00e9\u00a0\u2026</title>"), "fatigu\u00e9 \u2026"),
    (rss("<title>Actualit\u00c3\u00a9s: l\u00e2\u20ac\u2122amiti\u00c3\u00a9</title>"), "Actualités: l’amitié"),
    (atom("<title>a &lt;b&gt; c</title>"), "a <b> c"),
    (atom("<title>&lt;p&gt;One\nline&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;</title>"), "One line\nTwo"),
    (atom("<title type='html'>a &lt;b&gt;c&lt;/b&gt;</title>"), "a c"),
    (atom("<title type='text/html'>a &lt;b&gt;c&lt;/b&gt;</title>"), "a c"),
    (atom("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a <b>c</b> &lt;d</div></title>"), "a c <d"),
    (atom("<title>in the North\nKorea: trains late</title>"), "in the North\nKorea: trains late"),
    (atom("<title type='text'>in the North&#10;Korea: trains late</title>"), "in the North\nKorea: trains late"),
    (rss("<title>in the North\n      Korea: trains late</title>"), "in the North Korea: trains late"),
    (rss("<title>in the North&lt;br&gt;Korea: trains late</title>"), "in the North\nKorea: trains late"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "title"), WORDS)
def test_titles_say_what_their_feed_declares(document: str, title: str) -> None:
    """Plain text is no markup, and its line breaks part; markup is read, however often it was escaped."""
    assert html_to_text(entry(document).title) == title


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Leaders meet in the North\nKorea: trains late", 2),
        ("Leaders meet in the North\n    Korea: trains late", 1),
        (
            "Leaders of all states of the region met in the North\nKorea delegation's hall, and agreed on everything",
            1,
        ),
        ("One\n\n   Two", 2),
        ("<p>Leaders meet in the North\nKorea</p>", 1),
    ],
)
def test_lines_of_a_text_without_markup_part(text: str, lines: int) -> None:
    """Unless they were broken for want of room, or to look well in the document."""
    escaped = text.replace("<", "&lt;")
    assert len(html_to_text(entry(rss(f"<description>{escaped}</description>")).summary).split("\n")) == lines
