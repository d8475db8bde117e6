"""A feed document to its entries: RSS 0.9x to 2.0, Atom and RDF by feedparser, JSON Feed by a reader of our own.

Runs in a child process that may be killed, because feedparser's time grows with the square of hostile input. It is
given bytes, never an address. Titles, summaries and contents come out as HTML (what a feed declares to be plain is
escaped), so `digest.text.html_to_text` is right for them; authors and tags as plain text; links as absolute http(s)
addresses or empty.
"""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from digest.errors import ParseError
from digest.feeds.dates import plausible, read_date
from digest.feeds.encoding import to_utf8
from digest.feeds.jsonfeed import looks_like_json, parse_json_feed
from digest.text import clean_line, html_to_text, safe_link
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from time import struct_time

_FEED_ROOT: Final = re.compile(rb"<(?:\w+:)?(?:rss|feed|rdf|channel|item|entry)[\s>]", re.IGNORECASE)
_ROOT: Final = re.compile(
    rb"(?:<!--.*?-->|<[?!](?!--)[^>\[]*+(?:\[[^\]]*+\])?+[^>]*+>|\s+)*+<([a-zA-Z_][\w:.-]{0,60})", re.DOTALL
)
_PAGE_ROOTS: Final = {b"html", b"head", b"body"}
SITEMAP_ROOTS: Final = {b"urlset", b"sitemapindex"}
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

    Entries that hold nothing at all are left out. A feed without entries is a feed.

    Args:
        body: the document, decompressed.
        content_type: the header that came with it, or "".
        url: where it came from; relative links start there.
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
    """A feed without the dates of entries that cannot be true."""
    if all(entry.published == plausible(entry.published, now) for entry in feed.entries):
        return feed
    entries = (replace(entry, published=plausible(entry.published, now)) for entry in feed.entries)
    return replace(feed, entries=tuple(entries))


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


def _what_it_is(document: bytes) -> str:
    """What a document without a feed in it is, in words."""
    root = _root(document)
    if root in _PAGE_ROOTS or b"<!doctype html" in document[:1000].lower():
        return "this is a web page, not a feed"
    if not root:
        return "this is plain text, not a feed"
    return f"this is XML ({root.decode('utf-8', 'replace')}), but not a feed"


# --- XML ---------------------------------------------------------------------------------------------------------


def _parse_xml(document: bytes, url: str) -> ParsedFeed:
    if not _FEED_ROOT.search(document) or _root(document) in _PAGE_ROOTS:
        raise ParseError(_what_it_is(document))
    import feedparser

    # Not told where it comes from, or a guid that is no address would change with the feed's own address.
    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        found = feedparser.parse(
            io.BytesIO(_mended(document)), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError) as error:
        # Bugs of its loose parser that broken documents reach.
        raise ParseError(f"this feed is too broken to read ({type(error).__name__})") from error
    if not found["version"] and not (found["entries"] and _root(document)):
        raise ParseError(_what_it_is(document))
    complaint = _complaint(found)
    is_atom = found["version"].startswith("atom")
    entries = [_entry(raw, url, is_atom=is_atom) for raw in found["entries"]]
    kept = tuple(entry for entry in entries if entry != _NOTHING)
    if complaint and not kept:
        raise ParseError(f"this is a feed, but no entry of it can be read: {complaint}")
    meta = found["feed"]
    return ParsedFeed(
        title=_markup(meta, "title", is_atom=is_atom),
        link=_absolute(_plain(meta, "link"), url),
        lang=_plain(meta, "language"),
        entries=kept,
        complaint=complaint,
    )


_NOTHING: Final = ParsedEntry()

_AMPERSAND: Final = re.compile(
    rb"<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+"
    rb"|&(?:(?P<codes>#(?:[xX][0-9a-fA-F]+|[0-9]+);?(?:&#(?:[xX][0-9a-fA-F]+|[0-9]+);?)*+)|(?P<bare>(?!#?\w+;)))"
)
_CODE: Final = re.compile(rb"&#(?:[xX]0*([0-9a-fA-F]+)|0*([0-9]+))")


def _mended(document: bytes) -> bytes:
    """A document without what would make the strict parser give up and the loose one crash or guess.

    A bare ampersand is escaped; numbers of no character become U+FFFD, or the character that two halves stand for.
    """
    return _AMPERSAND.sub(_mended_ampersand, document) if b"&" in document else document


def _mended_ampersand(match: re.Match[bytes]) -> bytes:
    if match["bare"] is not None:
        return b"&amp;"
    if match["codes"] is None:
        return match[0]
    codes = [_code(hexadecimal, decimal) for hexadecimal, decimal in _CODE.findall(match[0])]
    if not any(code == 0xFFFD or 0xD800 <= code < 0xE000 for code in codes):
        return match[0]
    text = "".join(map(chr, codes)).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return "".join(f"&#{ord(character)};" for character in text).encode()


def _code(hexadecimal: bytes, decimal: bytes) -> int:
    """The number of a numeric reference; U+FFFD's where no character has it."""
    digits = hexadecimal or decimal
    code = int(digits, 16 if hexadecimal else 10) if len(digits) < 9 else 0xFFFD
    return code if code <= 0x10FFFF else 0xFFFD


def _complaint(found: Mapping[str, Any]) -> str:
    """What was wrong with the XML, where that was more than its encoding."""
    error = found["bozo_exception"] if found["bozo"] else None
    if error is None or not hasattr(error, "getLineNumber"):
        return ""
    return clean_line(f"its XML is broken: {error.getMessage()} in line {error.getLineNumber()}")


def _entry(raw: Mapping[str, Any], url: str, *, is_atom: bool) -> ParsedEntry:
    """One of feedparser's entries, slim."""
    content = _content(raw)
    summary = _markup(raw, "summary", is_atom=is_atom)
    return ParsedEntry(
        guid=_plain(raw, "id"),
        link=_entry_link(raw, url),
        title=_markup(raw, "title", is_atom=is_atom),
        summary="" if summary == content else summary,  # feedparser fills a missing summary with the content
        content=content,
        author=_words(_plain(raw, "author")),
        lang=_language(raw),
        tags=tuple(_tags(raw.get("tags") or ())),
        published=_published(raw),
    )


def _plain(raw: Mapping[str, Any], name: str) -> str:
    # ``dict.get``, because feedparser's own answers for one name with another.
    value = dict.get(raw, name)  # type: ignore[call-overload]  # its dictionaries are dicts
    return value.strip() if isinstance(value, str) else ""


def _markup(raw: Mapping[str, Any], name: str, *, is_atom: bool) -> str:
    """A field as HTML. Only Atom says reliably which of its texts are plain."""
    value = _plain(raw, name)
    detail = raw.get(f"{name}_detail")
    if is_atom and isinstance(detail, dict) and detail.get("type") == "text/plain":
        return html.escape(value, quote=False)
    return value


def _words(value: str) -> str:
    """A name or tag as plain text; some feeds escape them twice."""
    return clean_line(html_to_text(value)) if "&" in value or "<" in value else value.strip()


def _content(raw: Mapping[str, Any]) -> str:
    """The longest of the entry's texts, as HTML."""
    texts = [""]
    for one in raw.get("content") or ():
        value = one.get("value")
        if isinstance(value, str):
            plain = one.get("type") == "text/plain"
            texts.append(html.escape(value.strip(), quote=False) if plain else value.strip())
    return max(texts, key=len)


def _language(raw: Mapping[str, Any]) -> str:
    for name in ("title_detail", "summary_detail"):
        detail = raw.get(name)
        if isinstance(detail, dict) and isinstance(detail.get("language"), str):
            return str(detail["language"])
    return _plain(raw, "language")


def _tags(tags: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    terms = (tag.get("label") or tag.get("term") for tag in tags)
    return dict.fromkeys(word for term in terms if isinstance(term, str) and (word := _words(term)))


def _published(raw: Mapping[str, Any]) -> datetime | None:
    for name in ("published", "updated", "created"):
        parsed: struct_time | None = dict.get(raw, f"{name}_parsed")  # type: ignore[call-overload]  # as above
        text = _plain(raw, name)
        if text and (moment := read_date(text, parsed)):
            return moment
    return None


# --- links -------------------------------------------------------------------------------------------------------


def _entry_link(raw: Mapping[str, Any], url: str) -> str:
    """The entry's page: its own link, else any it names as such, else a guid that is an address. No enclosures."""
    links = raw.get("links") or ()
    # Without any link feedparser takes an RSS guid for one, be it "12345".
    candidates = [_plain(raw, "link")] if links else []
    candidates += [str(one.get("href") or "") for one in links if one.get("rel", "alternate") == "alternate"]
    for candidate in candidates:
        if link := _absolute(candidate, url):
            return link
    return safe_link(_plain(raw, "id"))


def _absolute(link: str, url: str) -> str:
    try:
        return safe_link(urljoin(url, link)) if link else ""
    except ValueError:
        return ""
