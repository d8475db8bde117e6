"""What a ``[[feed]]`` reads: a feed (``url``), a page by selectors (``page``), or a public Telegram channel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from digest.config.units import parse_http_url
from digest.values.settings import PageSelectors, PublicChannel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.toml.table import Table
    from digest.values.settings import Reading

_SOURCES = ("url", "page", "telegram")
_SELECTORS = ("entry", "title", "link", "date", "summary")
_CHANNEL = re.compile(r"(?:(?:https?://)?(?:t\.me|telegram\.me)/(?:s/)?|@)?([A-Za-z]\w{3,31})/?", re.ASCII)
_PREVIEW = re.compile(r"https?://[^/?#\s]+/(?:[^?#\s]*/)?s/([A-Za-z]\w{3,31})/?", re.ASCII)
_INVITATION = re.compile(r"(?:https?://)?(?:t\.me|telegram\.me)/(?:\+|joinchat/|c/)")
_WEB = "https://t.me/s/"


def read_source(table: Table) -> tuple[str, Reading | None]:
    """What is fetched, and how it is read where it is no feed; an empty address where that is noted as wrong."""
    url = table.parsed("url", "", parse_http_url)
    page = table.parsed("page", "", parse_http_url)
    channel = table.parsed("telegram", ("", ""), _parse_channel)
    selectors = {name: _selector(table, name) for name in _SELECTORS}
    named = [name for name in _SOURCES if table.has(name)]
    for name in named[1:]:
        table.wrong(name, f"{named[0]} and {name} exclude each other: make two feeds of this one", value=False)
    if "page" not in named:
        for name in (each for each in _SELECTORS if table.has(each)):
            table.wrong(name, f"{name} finds something on a page: it belongs beside page =", value=False)
    if not named:
        table.lacks('this feed has no address: add url = "https://..."')
    elif named[0] == "page":
        if not table.has("entry"):
            table.lacks('this page has no selectors: add entry = "..."; digest feeds discover proposes them')
        return page, PageSelectors(**selectors)
    elif named[0] == "telegram":
        address, name = channel
        return address, PublicChannel(name)
    return url, None


def address_of(feed: Mapping[str, object]) -> str:
    """The address that a ``[[feed]]`` without a mistake is asked at."""
    if name := feed.get("telegram"):
        return _parse_channel(str(name))[0]
    return str(feed.get("url") or feed.get("page") or "").strip()


def own_voice(reading: Reading | None) -> str:
    """Whose voice a feed is where its entries' addresses do not tell: all channels have theirs at one site."""
    return f"@{reading.name}" if isinstance(reading, PublicChannel) else ""


def _selector(table: Table, name: str) -> str:
    text = table.text(name)
    if not table.has(name) or not isinstance(table.raw(name), str):
        return ""
    from digest.feeds.selectors import check_selector  # what few configs need

    if (wrong := check_selector(text)) is not None:
        offset, message = wrong
        table.wrong_at(name, offset, message)
        return ""
    return text.strip()


def _parse_channel(text: str) -> tuple[str, str]:
    """The address of the page of a public channel, and its name.

    A page of the same kind elsewhere is one, too: where Telegram's own cannot be reached, others pass it on.
    """
    text = text.strip()
    if found := _CHANNEL.fullmatch(text):
        return _WEB + found[1], found[1]
    if _INVITATION.match(text):
        raise ValueError("this leads into a private channel, which has no page that Digest could read")
    if found := _PREVIEW.fullmatch(text):
        return parse_http_url(text), found[1]
    raise ValueError(
        "this is no public channel: write its name, such as telegram = “bbcnews”, or the address of its page"
    )
