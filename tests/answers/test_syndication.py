"""Feeds for feed readers: whatever entries say, the documents are sound, and an entry keeps its id."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import feedparser
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from digest.answers.syndication import FeedItem, Syndicated, alert_item, atom, entry_item, json_feed
from digest.feeds.parse import parse_document
from digest.values.messages import Alert
from digest.values.news import EntryText, Severity, StoredEntry

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
HOSTILE = "]]></title><script>alert(1)</script><title> \x00\x0b\ufffe\ud800 & <b> \u202e \U0001f600"
WILD = st.text(st.characters(codec=None), max_size=60) | st.just(HOSTILE)


def entry(number: int = 1, title: str = HOSTILE, url: str = "https://x.example/?a=1&b=2", **more: str) -> StoredEntry:
    """A stored entry."""
    text = EntryText(title, source=more.get("source", "Example"), summary=more.get("summary", ""))
    return StoredEntry(number, 1, url, text, NOW - timedelta(hours=1), NOW)


def feed(*items: FeedItem, mark: str = "m", title: str = "Digest: korea") -> Syndicated:
    """A feed of these."""
    return Syndicated("rule:korea", title, mark, items)


@settings(max_examples=200, deadline=None)
@given(WILD, WILD, WILD, WILD)
def test_whatever_entries_say_the_documents_are_sound(title: str, source: str, summary: str, url: str) -> None:
    """Strict parsers read them; texts are texts, nothing becomes an element, and no link leads but into the web."""
    found = feed(entry_item(entry(1, title, url, source=source, summary=summary)), title=title)
    root = etree.fromstring(atom(found))
    (element,) = root.findall("{*}entry")
    assert {child.tag.partition("}")[2] for child in element} <= {
        *("title", "id", "updated", "published", "link", "author", "category", "summary", "content"),
    }
    assert (element.find("{*}link") is None) == (element.find("{*}content") is not None), "as RFC 4287 has it"
    assert not list(element.find("{*}title"))
    assert all(link.get("href").startswith(("http://", "https://")) for link in element.findall("{*}link"))
    read = json.loads(json_feed(found))
    assert read["items"][0].get("url", "https://").startswith(("http://", "https://"))
    assert feedparser.parse(atom(found)).bozo == 0


def test_a_hostile_title_is_read_as_it_was_written() -> None:
    """By strangers' readers and by ours, but for what XML cannot hold."""
    (got,) = feedparser.parse(atom(feed(entry_item(entry()))), sanitize_html=False).entries
    assert got.title_detail.type == "text/plain"
    assert got.title.startswith("]]></title><script>alert(1)</script><title>")
    assert got.link == "https://x.example/?a=1&b=2"
    for document in (atom(feed(entry_item(entry()))), json_feed(feed(entry_item(entry())))):
        (ours,) = parse_document(document, content_type="", url="http://127.0.0.1/").entries
        assert (ours.link, ours.published) == ("https://x.example/?a=1&b=2", NOW - timedelta(hours=1))
        assert UUID(ours.guid.removeprefix("urn:uuid:")).version == 5


def test_ids_last_and_are_nobody_elses() -> None:
    """Of an alert by its number and the store's mark, whatever changes of it; a search's entry is another thing."""
    alert = Alert(7, "korea", Severity.HIGH, NOW, entry(3), summary=("One.", "Two."))
    edited = Alert(7, "korea", Severity.LOW, NOW, entry(3, "Another title"), summary=())
    ids = [json.loads(json_feed(feed(each)))["items"][0]["id"] for each in map(alert_item, (alert, edited))]
    assert ids == ["urn:uuid:" + str(UUID(ids[0].removeprefix("urn:uuid:")))] * 2
    other = json.loads(json_feed(feed(alert_item(alert), mark="another")))["items"][0]["id"]
    found = json.loads(json_feed(feed(entry_item(entry(7)))))["items"][0]["id"]
    assert len({ids[0], other, found}) == 3


def test_the_same_facts_make_the_same_bytes() -> None:
    """So that who has them is not sent them again; a feed without entries is one, too."""
    assert atom(feed(entry_item(entry()))) == atom(feed(entry_item(entry())))
    empty = feedparser.parse(atom(feed()))
    assert (empty.bozo, empty.entries, empty.feed.updated) == (0, [], "1970-01-01T00:00:00.000Z")
