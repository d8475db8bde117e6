"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read leniently: feeds get types wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from digest.errors import ParseError
from digest.feeds.dates import read_date
from digest.feeds.fields import plain_markup
from digest.text import safe_link
from digest.values.news import ParsedEntry, ParsedFeed

if TYPE_CHECKING:
    from datetime import datetime


def looks_like_json(document: bytes) -> bool:
    """True for a document that can be nothing but JSON."""
    return document.startswith((b"{", b"["))


def parse_json_feed(document: bytes, url: str) -> ParsedFeed:
    """The feed in a JSON document.

    Args:
        document: UTF-8.
        url: where it came from; relative links start there.

    Raises:
        ParseError: it is no JSON, or no JSON Feed.
    """
    try:
        feed = json.loads(document)
    except RecursionError:
        raise ParseError("this JSON is nested too deep to read") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"this is broken JSON: {error}") from None
    except ValueError:
        raise ParseError("this JSON holds a number too long to read") from None
    if not isinstance(feed, dict) or not isinstance(feed.get("items"), list):
        raise ParseError("this is JSON, but not a JSON Feed: it has no list of items")
    home = _link(feed.get("home_page_url"), url)
    lang = _text(feed.get("language"))
    entries = [_entry(item, home or url, lang) for item in feed["items"] if isinstance(item, dict)]
    left_out = len(feed["items"]) - len(entries)
    return ParsedFeed(
        title=plain_markup(_text(feed.get("title"))),
        link=home,
        lang=lang,
        entries=tuple(entries),
        complaint=f"{left_out} of its items are no JSON objects" if left_out else "",
    )


def _entry(item: dict[str, Any], url: str, lang: str) -> ParsedEntry:
    link = _link(item.get("url"), url) or _link(item.get("external_url"), url)
    content = _text(item.get("content_html")) or plain_markup(_text(item.get("content_text")))
    tags = item.get("tags")
    return ParsedEntry(
        guid=_text(item.get("id")),
        link=link,
        title=plain_markup(_text(item.get("title"))),
        summary=plain_markup(_text(item.get("summary"))),
        content=content,
        author=_authors(item),
        lang=_text(item.get("language")),
        tags=tuple(filter(None, map(_text, tags))) if isinstance(tags, list) else (),
        published=_date(item.get("date_published"), lang) or _date(item.get("date_modified"), lang),
    )


def _text(value: object) -> str:
    """A text, or a number where a text should be; nothing for anything else."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _link(value: object, url: str) -> str:
    text = _text(value)
    try:
        return safe_link(urljoin(url, text)) if text else ""
    except ValueError:
        return ""


def _authors(item: dict[str, Any]) -> str:
    """The names, 1.1's list or 1.0's one."""
    authors = item.get("authors")
    people = authors if isinstance(authors, list) else [item.get("author")]
    return ", ".join(name for one in people if isinstance(one, dict) and (name := _text(one.get("name"))))


def _date(value: object, lang: str) -> datetime | None:
    return read_date(_text(value), lang)
