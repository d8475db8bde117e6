"""Feeds that nothing else reads: what feedparser's lenient parser makes of them.

Feeds are read by the names of their elements (`digest.feeds.elements`). Where that finds no entry, in a document that
calls itself a feed, feedparser knows more of what was ever sent as one.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from digest.feeds.dates import read_date
from digest.text import clean_line, html_to_text, safe_link
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BUGS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)
"""What broken documents raise in its lenient parser."""


_LARGEST = 500_000
"""Bytes: of more that is broken its parser takes minutes."""


def rescued(document: bytes, url: str) -> ParsedFeed:
    """The feed in a document, as feedparser has it; without entries where it finds none, or would take too long.

    Args:
        document: in UTF-8.
        url: where it came from; relative links start there.
    """
    if len(document) > _LARGEST:
        return ParsedFeed()
    import feedparser  # 100 ms, which few documents need

    headers = {"content-type": "application/xml; charset=utf-8"}
    try:
        found = feedparser.parse(
            io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except _BUGS:
        return ParsedFeed()
    entries = (_entry(each, url) for each in found["entries"])
    return ParsedFeed(
        title=_text(found["feed"], "title"),
        link=_link(found["feed"], url),
        lang=_text(found["feed"], "language"),
        entries=tuple(each for each in entries if each != ParsedEntry()),
    )


def _entry(raw: Mapping[str, Any], url: str) -> ParsedEntry:
    contents = [value for each in raw.get("content") or () if isinstance(value := each.get("value"), str)]
    content, summary = max(contents, key=len, default="").strip(), _text(raw, "summary")
    dates = (read_date(said) for name in ("published", "updated", "created") if (said := _text(raw, name)))
    return ParsedEntry(
        guid=_text(raw, "id"),
        link=_link(raw, url),
        title=_text(raw, "title"),
        summary="" if summary == content else summary,  # feedparser fills a missing summary with the content
        content=content,
        author=clean_line(html_to_text(_text(raw, "author"))),
        tags=tuple(dict.fromkeys(_tags(raw))),
        published=next(filter(None, dates), None),
    )


def _text(raw: Mapping[str, Any], name: str) -> str:
    # ``dict.get``, because feedparser's own answers for one name with another.
    value = dict.get(raw, name)  # type: ignore[call-overload]  # its dictionaries are dicts
    return value.strip() if isinstance(value, str) else ""


def _link(raw: Mapping[str, Any], url: str) -> str:
    try:
        return safe_link(urljoin(url, _text(raw, "link"))) if _text(raw, "link") else ""
    except ValueError:
        return ""


def _tags(raw: Mapping[str, Any]) -> Iterator[str]:
    for tag in raw.get("tags") or ():
        term = tag.get("label") or tag.get("term")
        if isinstance(term, str) and (word := clean_line(html_to_text(term))):
            yield word
