"""A feed document to its entries: RSS 0.9x to 2.0, Atom and RDF, however they are written, and JSON Feed.

Runs in a child process that may be killed, for documents are hostile. It is given bytes, never an address. Titles,
summaries and contents come out as HTML (what a feed declares to be plain is escaped), so `digest.text.html_to_text` is
right for them; authors and tags as plain text; links as absolute http(s) addresses or empty.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from digest.errors import ParseError
from digest.feeds.dates import LATEST_AHEAD, plausible, shown_date
from digest.feeds.encoding import to_utf8
from digest.feeds.jsonfeed import looks_like_json, parse_json_feed
from digest.text import clean_line, html_to_text
from digest.values.news import ParsedFeed

if TYPE_CHECKING:
    from datetime import datetime

    from digest.values.news import ParsedEntry

_FEED_ROOT: Final = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.IGNORECASE)
_LATE_ROOT: Final = re.compile(rb"<\?xml\s|<(?:\w+:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)
_ROOT: Final = re.compile(
    rb"(?:<!--.*?-->|<[?!](?!--)[^>\[]*+(?:\[[^\]]*+\])?+[^>]*+>|\s+)*+<([a-zA-Z_][\w:.-]{0,60})", re.DOTALL
)
_FEED_ROOTS: Final = {b"rss", b"feed", b"rdf", b"channel"}
_ENTRY_ROOTS: Final = {b"item", b"entry"}
_PAGE_ROOTS: Final = {b"html", b"head", b"body"}
SITEMAP_ROOTS: Final = {b"urlset", b"sitemapindex"}
_SHOWN: Final = 1_500
"""Characters of markup in which a text shows its date; a longer one is a page, with what stands around its article."""
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\r\x1b"})
_SIGNATURES: Final = (
    (b"\x1f\x8b", "compressed data"),
    (b"PK\x03\x04", "a zip archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
)


def parse_document(body: bytes, *, content_type: str, url: str, now: datetime | None = None) -> ParsedFeed:
    """The feed in a document, its entries in document order.

    Entries that hold nothing at all are left out. A feed without entries is a feed. An entry without a date that can be
    read has the one that its link or the beginning of its text show, if that is days old; else none.

    Args:
        body: the document, decompressed.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start there, unless the document says otherwise.
        now: dates more than two days later are dropped; without it none is for being late.

    Raises:
        ParseError: this is no feed, or one too broken to read; says what it is instead.
    """
    _refuse_binary(body)
    document = to_utf8(body, content_type)
    if not document:
        raise ParseError("the document is empty")
    feed = _parse(document, url)
    return feed if now is None else with_plausible_dates(feed, now)


def _parse(document: bytes, url: str) -> ParsedFeed:
    if looks_like_json(document):
        return parse_json_feed(document, url)
    if _root(document).rpartition(b":")[2] in SITEMAP_ROOTS:
        from digest.feeds.sitemap import parse_sitemap  # lxml, which no feed needs

        return parse_sitemap(document, url)
    return _parse_xml(document, url)


def with_plausible_dates(feed: ParsedFeed, now: datetime) -> ParsedFeed:
    """The same with dates that can be believed; where there is none, with the old one that link or text show."""
    latest = now + LATEST_AHEAD
    if all(entry.published is not None and entry.published <= latest for entry in feed.entries):
        return feed
    return replace(feed, entries=tuple(_with_date(entry, feed.lang, now) for entry in feed.entries))


def _with_date(entry: ParsedEntry, lang: str, now: datetime) -> ParsedEntry:
    published = plausible(entry.published, now)
    if published is None:
        texts = ((html_to_text(text[:_SHOWN]), len(text) > _SHOWN) for text in (entry.summary, entry.content) if text)
        published = shown_date(entry.link, texts, entry.lang or lang, now)
    return entry if published == entry.published else replace(entry, published=published)


def _parse_xml(document: bytes, url: str) -> ParsedFeed:
    from digest.feeds.elements import read_xml
    from digest.feeds.fields import feed_of

    document = document[_beginning(document) :]
    if not _FEED_ROOT.search(document) or _root(document) in {b"", *_PAGE_ROOTS}:
        raise ParseError(_what_it_is(document))
    root, complaint = read_xml(document)
    scopes = [name for name in ("base", "lang") if f":{name}".encode() in document]
    feed = ParsedFeed() if root is None else feed_of(root, url, scopes)
    complaint = clean_line(f"its XML is broken: {complaint}") if complaint else ""
    if not feed.entries and (complaint or not _is_feed(document)):
        from digest.feeds.rescue import rescued

        feed = rescued(document, url)
        if not feed.entries and complaint:
            raise ParseError(f"this is a feed, but no entry of it can be read: {complaint}")
        if not feed.entries:
            raise ParseError(_what_it_is(document))
    return replace(feed, complaint=complaint)


# --- what is no feed ---------------------------------------------------------------------------------------------


def _refuse_binary(body: bytes) -> None:
    for signature, what in _SIGNATURES:
        if body.startswith(signature):
            raise ParseError(f"this is {what}, not a feed")
    start = body[:4096]
    # Text in two- and four-byte encodings is full of zeros too, but begins with "<" or with a byte order mark.
    if b"<" not in start[:4] and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        controls = len(start) - len(start.translate(None, _CONTROLS))
        if controls * 20 > len(start):
            raise ParseError("this is binary data, not a feed")


def _root(document: bytes) -> bytes:
    """The name of the outermost element, in lower case; empty for what is not markup."""
    root = _ROOT.match(document[:16_000])
    return root[1].lower() if root else b""


def _is_feed(document: bytes) -> bool:
    """Whether the outermost element is one of a feed, whatever it holds."""
    return _root(document).rpartition(b":")[2] in _FEED_ROOTS


def _beginning(document: bytes) -> int:
    """Where the feed begins: a server's warnings may stand before it."""
    if _root(document).rpartition(b":")[2] in {*_FEED_ROOTS, *_ENTRY_ROOTS, *_PAGE_ROOTS}:
        return 0
    found = _LATE_ROOT.search(document, 0, 16_000)
    return found.start() if found else 0


def _what_it_is(document: bytes) -> str:
    """What a document without a feed in it is, in words."""
    root = _root(document)
    if root in _PAGE_ROOTS or b"<!doctype html" in document[:1000].lower():
        return "this is a web page, not a feed"
    if not root:
        return "this is plain text, not a feed"
    return f"this is XML ({root.decode('utf-8', 'replace')}), but not a feed"
