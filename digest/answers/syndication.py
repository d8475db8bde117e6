"""Entries as Atom (RFC 4287) and as a JSON Feed (jsonfeed.org, 1.1), for feed readers; the same facts, the same bytes.

All texts are plain text and said to be: nothing that a feed wrote is markup in either. What XML cannot hold is left
out. An id is a UUID of the database's mark and the entry's or alert's number, so it never changes and is nobody else's.
A feed does not say where it is: readers would go there from then on, and its address without the key leads nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from digest.shapes import json_line
from digest.text import bounded, safe_link
from digest.words import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.messages import Alert
    from digest.values.news import StoredEntry

_OURS: Final = UUID("6f1c1f52-6a0e-5d0b-9c53-3f0b6c7a5e11")
"""The namespace of our ids."""
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LONGEST: Final = 1000
"""Characters of an entry's own summary."""
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed without entries was updated."""


@dataclass(frozen=True, slots=True)
class FeedItem:
    """An entry of a feed."""

    name: str
    """What it is by its number, as ``alert:12``."""
    entry: StoredEntry
    updated: datetime
    text: str = ""
    tags: tuple[str, ...] = ()
    facts: tuple[tuple[str, Any], ...] = ()
    """For programs, in JSON alone."""


@dataclass(frozen=True, slots=True)
class Syndicated:
    """A feed."""

    name: str
    """What it is of, as ``rule:korea``."""
    title: str
    mark: str
    """Of the store."""
    items: Sequence[FeedItem]
    """The newest first."""

    @property
    def updated(self) -> datetime:
        """When the newest of it came."""
        return max((item.updated for item in self.items), default=_BEGINNING)

    def id_of(self, name: str) -> str:
        """An id that is this store's alone."""
        return uuid5(_OURS, f"{self.mark}/{name}").urn


def alert_item(alert: Alert) -> FeedItem:
    """An alert as an entry of a feed: its summary, its rule and severity for tags."""
    entry = alert.entry
    update = () if alert.news is None else (("update", alert.news.value),)
    facts = ("rule", alert.rule), ("severity", alert.severity.word), ("story", entry.story or entry.id), *update
    text = " ".join(alert.summary) or _own_text(entry)
    return FeedItem(f"alert:{alert.id}", entry, alert.created, text, (alert.rule, alert.severity.word), facts)


def entry_item(entry: StoredEntry) -> FeedItem:
    """A stored entry as an entry of a feed."""
    return FeedItem(f"entry:{entry.id}", entry, entry.first_seen, _own_text(entry), entry.text.tags)


def _own_text(entry: StoredEntry) -> str:
    return bounded(entry.text.summary or entry.text.content, _LONGEST)


def json_feed(feed: Syndicated) -> bytes:
    """The document of JSON Feed 1.1."""
    return json_line(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "items": [_json_item(feed, item) for item in feed.items],
        }
    ).encode()


def _json_item(feed: Syndicated, item: FeedItem) -> dict[str, Any]:
    entry = item.entry
    link, source = safe_link(entry.url), entry.text.source
    return (
        {"id": feed.id_of(item.name)}
        | ({"url": link} if link else {})
        | {"title": entry.title, "content_text": item.text or entry.title}
        | {"date_published": iso(entry.published or entry.first_seen), "date_modified": iso(item.updated)}
        | ({"authors": [{"name": source}]} if source else {})
        | ({"tags": list(item.tags)} if item.tags else {})
        | {"_digest": {"entry": entry.id, **dict(item.facts)}}
    )


def atom(feed: Syndicated) -> bytes:
    """The document of Atom."""
    from lxml import etree

    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _add(root, "title", feed.title, type="text")
    _add(root, "id", feed.id_of(feed.name))
    _add(root, "updated", iso(feed.updated) or "")
    _add(_add(root, "author"), "name", "Digest")
    for item in feed.items:
        _add_entry(_add(root, "entry"), feed, item)
    document: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8")
    return document


def _add_entry(element: Any, feed: Syndicated, item: FeedItem) -> None:
    entry = item.entry
    _add(element, "title", entry.title, type="text")
    _add(element, "id", feed.id_of(item.name))
    _add(element, "updated", iso(item.updated) or "")
    _add(element, "published", iso(entry.published or entry.first_seen) or "")
    link = safe_link(entry.url)
    if link:
        _add(element, "link", rel="alternate", href=link)
    if entry.text.source:
        _add(_add(element, "author"), "name", entry.text.source)
    for tag in item.tags:
        _add(element, "category", term=tag)
    # What has no link must have a content, by RFC 4287, 4.1.2.
    _add(element, "summary" if link else "content", item.text or entry.title, type="text")


def _add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    """An element of Atom below another."""
    from lxml import etree

    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", {key: _xml(value) for key, value in attributes.items()})
    element.text = _xml(text) or None
    return element


def _xml(text: str) -> str:
    """Text without what XML cannot hold."""
    return _NO_XML.sub("", text)
