"""Which feeds a web page names, where feeds often are, and how often one brings something.

Only addresses are found here; whether there is a feed at one, only a look at it tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from digest.feeds.markup import attributes_of
from digest.feeds.sites import feeds_of_site
from digest.text import clean_line, markup_pieces, safe_link
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MOST_LINKS: Final = 20
"""Addresses that are handed on of one page."""
_LOOKED_AT: Final = 2_000_000
"""Characters of a page; its head comes long before."""
_TYPES: Final = re.compile(r"(?:application|text)/(?:(?:rss|atom|rdf|feed)\+(?:xml|json)|(?:rss|atom|xml|json))")
_FEED_LIKE: Final = re.compile(r"(?:^|[/._?&=-])(?:rss2?|atom|feeds?|rdf)(?:[/._?&=-]|$)", re.IGNORECASE)
_FEED_WORDS: Final = re.compile(r"\b(?:rss|atom|feed)\b", re.IGNORECASE)
_NO_FEED: Final = re.compile(r"/wp-json/|/oembed|feedback|/(?:feedly|inoreader|newsblur)\b", re.IGNORECASE)
_READERS: Final = re.compile(r"(?:^|\.)(?:feedly|inoreader|newsblur|netvibes|feedburner\.google|bloglovin|yahoo)\.com$")
_COMMENTS: Final = re.compile(r"\bcomments?\b|kommentar|commentaire|comentario", re.IGNORECASE)
_PLACES: Final = ("feed", "rss.xml", "atom.xml", "index.xml", "feed.json", "feed.xml", "rss")


@dataclass(frozen=True, slots=True)
class FeedLink:
    """An address at which there may be a feed."""

    url: str
    title: str = ""
    """As the page calls it, clean."""

    @property
    def is_of_comments(self) -> bool:
        """Whether it seems to hold what readers wrote, not the news."""
        return bool(_COMMENTS.search(f"{self.title} {urlsplit(self.url).path}"))


@dataclass(frozen=True, slots=True)
class PageLinks:
    """What a page says of feeds."""

    named: tuple[FeedLink, ...] = ()
    """Those that it names as its feeds."""
    likely: tuple[FeedLink, ...] = ()
    """Links in its text that look like feeds."""


def feed_links(page: str, url: str) -> PageLinks:
    """The feeds that a page names, in its order, those of comments last.

    Args:
        page: its HTML.
        url: where it was found; relative links start there, or at its own base.
    """
    reader = _Reader(url)
    for run, name, closing, attributes in markup_pieces(page[:_LOOKED_AT]):
        reader.read(run)
        if not closing and name in {"base", "link", "a"}:
            reader.tag(name, attributes_of(attributes))
    reader.read("")
    known = [FeedLink(feed) for feed in feeds_of_site(reader.canonical)] if reader.canonical else []
    named = _sorted({link.url: link for link in known} | reader.named)
    return PageLinks(named, tuple(link for link in _sorted(reader.likely) if link not in named))


def _sorted(links: Mapping[str, FeedLink]) -> tuple[FeedLink, ...]:
    return tuple(sorted(links.values(), key=lambda link: link.is_of_comments)[:MOST_LINKS])


class _Reader:
    """Collects the links of a page."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._link = ""  # whose text is still to come
        self.named: dict[str, FeedLink] = {}
        self.likely: dict[str, FeedLink] = {}
        self.canonical = ""

    def read(self, run: str) -> None:
        """The text behind a tag: a link that is called so is one to a feed."""
        if self._link and _FEED_WORDS.search(run[:200]):
            self.likely.setdefault(self._link, FeedLink(self._link, clean_line(run[:200])))
        self._link = ""

    def tag(self, name: str, attributes: Mapping[str, str]) -> None:
        """A tag that says where something is."""
        link = self._absolute(attributes.get("href", ""))
        rels = attributes.get("rel", "").lower().split()
        if not link:
            return
        if name == "base":
            self._url = link
        elif name == "link" and "canonical" in rels:
            self.canonical = link
        elif "feed" in rels or ("alternate" in rels and self._is_feed_type(attributes.get("type", ""), link)):
            self.named.setdefault(link, FeedLink(link, clean_line(attributes.get("title", ""))[:200]))
        elif name == "a" and not _READERS.search(urlsplit(link).hostname or ""):
            self._may_be_one(link, attributes)

    def _may_be_one(self, link: str, attributes: Mapping[str, str]) -> None:
        parts = urlsplit(link)
        if _NO_FEED.search(link):
            return
        if _FEED_LIKE.search(f"{parts.path}?{parts.query}"):
            title = attributes.get("title", "") or attributes.get("aria-label", "")
            self.likely.setdefault(link, FeedLink(link, clean_line(title)[:200]))
        else:
            self._link = link

    @staticmethod
    def _is_feed_type(kind: str, link: str) -> bool:
        return bool(_TYPES.fullmatch(kind.partition(";")[0].strip().lower())) and not _NO_FEED.search(link)

    def _absolute(self, link: str) -> str:
        try:
            return safe_link(urljoin(self._url, link.strip())) if link.strip() else ""
        except ValueError:
            return ""


def usual_places(url: str) -> tuple[str, ...]:
    """Where sites have their feeds that no page names: under the page's folder, then at the root of its host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ()
    origin = f"{parts.scheme}://{parts.netloc}"
    folder, _, last = parts.path.rstrip("/").rpartition("/")
    folder = folder if "." in last else f"{folder}/{last}".rstrip("/")
    below = [f"{origin}{folder}/{place}" for place in _PLACES[:2]] if folder else []
    return (*below, *(f"{origin}/{place}" for place in _PLACES))


# --- how often it publishes --------------------------------------------------------------------------------------

_NEWEST: Final = 50
"""Entries by which that is told: what was years ago says little."""
_DAY: Final = timedelta(days=1)


def rate(times: Sequence[datetime]) -> float | None:
    """How many entries a day a feed brings, by the dates of those that it lists; ``None`` where these say nothing."""
    newest = sorted(times, reverse=True)[:_NEWEST]
    if len(newest) < 2 or newest[0] == newest[-1]:
        return None
    return (len(newest) - 1) / ((newest[0] - newest[-1]) / _DAY)


def rate_in_words(a_day: float | None) -> str:
    """``about 12 a day``, ``about 3 a week``, ``about one in 4 months``; empty where it is not known."""
    if a_day is None:
        return ""
    for days, unit in ((1, "day"), (7, "week"), (30, "month")):
        if a_day * days >= 1:
            return f"about {round(a_day * days):,} a {unit}"
    return f"about one in {count(round(1 / (a_day * 30)), 'month')}"
