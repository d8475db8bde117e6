"""What an entry is known by, and when it is from, read off its bytes without parsing them: thirty times quicker.

For documents of too many entries to parse them all. What is read otherwise than a parser would costs little: an entry
that is to be shown is parsed all the same, and its bytes are known from then on.
"""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from digest.feeds.dates import plausible, read_date
from digest.text import safe_link
from digest.values.news import ParsedEntry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_OPENING: Final = re.compile(rb"<(?:([\w-]+):)?\w+(?:[^<>]*[\s:]about\s*=\s*(?:\"([^\"]*)\"|'([^']*)'))?")
_PIECE: Final = re.compile(
    # What is another thing's, or no element at all, is gone over as one piece.
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<(source|image|author|contributor)[\s>].*?</\1>"
    rb"|<(?:([\w-]+):)?(guid|id|link|title|pubdate|published|updated|date)(\s[^<>]*)?(?<!/)>"
    rb"\s*+(<!\[CDATA\[.*?\]\]>|[^<]*+)",
    re.DOTALL | re.IGNORECASE,
)
_LINK: Final = re.compile(rb"<(?:[\w-]+:)?link(\s[^<>]*)>")
_ATTRIBUTE: Final = re.compile(rb"(\w+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DATES: Final = ("pubdate", "published", "date", "updated")
_DATE_PREFIXES: Final = {b"dc", b"dcterms"}


def glance(chunk: bytes, url: str, now: datetime | None) -> ParsedEntry:
    """An entry with its guid, link, title and date alone, as they stand in the bytes of its element.

    One that has neither guid nor link nor title is known by all that it says.

    Args:
        chunk: UTF-8, the element whole.
        url: where its document came from; relative links start there.
        now: dates more than two days later are dropped; without it none is.
    """
    opening = _OPENING.match(chunk)
    own, about = (opening[1] or b"", opening[2] or opening[3] or b"") if opening else (b"", b"")
    found = _first_texts(chunk, own)
    guid = found.get("guid") or found.get("id") or _text(about)
    link = _absolute(found.get("link") or _linked(chunk), url) or safe_link(guid)
    title = found.get("title", "")
    return ParsedEntry(
        guid=guid,
        link=link,
        title=title,
        summary="" if guid or link or title else chunk.decode("utf-8", "replace"),
        published=_published(found, now),
    )


def _first_texts(chunk: bytes, own: bytes) -> dict[str, str]:
    """By the bare name of each element that is read, in the entry's own namespace, what the first of it says."""
    found: dict[str, str] = {}
    for _, prefix, name, attributes, value in _PIECE.findall(chunk):
        bare = name.lower().decode()
        if name and (prefix == own or (bare == "date" and prefix in _DATE_PREFIXES)):
            text = _text(value)
            plain = bare == "title" and _is_plain(attributes)
            found.setdefault(bare, html.escape(text, quote=False) if plain else text)
    return found


def _published(found: Mapping[str, str], now: datetime | None) -> datetime | None:
    date = next((found[name] for name in _DATES if found.get(name)), "")
    moment = read_date(date, None) if date else None
    return moment if moment is None or now is None else plausible(moment, now)


def _text(value: bytes) -> str:
    """What a piece of XML says."""
    if value.startswith(b"<![CDATA["):
        return value[9:-3].decode("utf-8", "replace").strip()
    return html.unescape(value.decode("utf-8", "replace")).strip()


@lru_cache(maxsize=64)
def _is_plain(attributes: bytes) -> bool:
    """Whether an element of Atom says that its text is no markup."""
    return b"text/plain" in attributes or b'"text"' in attributes or b"'text'" in attributes


def _linked(chunk: bytes) -> str:
    """Where the links of an Atom entry lead: the first to a page."""
    for attributes in _LINK.findall(chunk):
        named = {name: double or single for name, double, single in _ATTRIBUTE.findall(attributes)}
        if named.get(b"rel", b"alternate") == b"alternate" and b"href" in named:
            return _text(named[b"href"])
    return ""


def _absolute(link: str, url: str) -> str:
    try:
        return safe_link(urljoin(url, link)) if link else ""
    except ValueError:
        return ""
