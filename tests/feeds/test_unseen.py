"""Of a document of too many entries the newest are parsed, and the others known again all the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from digest.errors import ParseError
from digest.feeds.identity import KnownIdentities
from digest.feeds.unseen import MOST_UNSEEN, SLICE, Unseen, open_document

if TYPE_CHECKING:
    from digest.values.news import Identity

URL = "https://a.example/feed"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def rss(*items: str, head: str = "<rss version='2.0'>") -> bytes:
    """A document of these entries."""
    return f"{head}<channel><title>F</title>{''.join(items)}</channel></rss>".encode()


def unseen(document: bytes, *, most: int, known: tuple[Identity, ...] = (), hashes: bytes = b"") -> Unseen:
    """What a document brings."""
    opened = open_document(document, content_type="", url=URL, known_hashes=hashes, now=NOW)
    return opened.unseen(KnownIdentities.of(known), most)


def dated(number: int) -> str:
    """An entry with a date; a greater number is newer."""
    return (
        f"<item><guid isPermaLink='false'>g{number}</guid><title>News &amp;amp; {number}</title>"
        f"<pubDate>Sun, 22 Nov 2026 {number // 60:02}:{number % 60:02}:00 GMT</pubDate></item>"
    )


NAMELESS = {
    "nothing but a description": "<item><description>words {0}</description></item>",
    "one guid for all": "<item><guid>same</guid><description>words {0}</description></item>",
    "a title alone": "<item><title>words {0}</title></item>",
    "one link for all": "<item><link>https://a.example/</link><title>words {0}</title></item>",
    "much before the names": "<item><description>" + "x" * 21_000 + "</description><guid>{0}</guid></item>",
}


@pytest.mark.parametrize("item", NAMELESS.values(), ids=NAMELESS)
def test_no_more_than_allowed_comes_however_entries_are_named(item: str) -> None:
    """Each is new or known by itself, none is lost, and the document again brings nothing."""
    document = rss(*(item.format(number) for number in range(30)))
    found = unseen(document, most=10)
    everything = {identity for _, identity in found.new} | set(found.rest)
    if "same" not in item:  # entries of one guid and no other name are one to the parser, too
        assert (len(found.new), len(everything)) == (10, 30)
    assert len(found.new) <= 10
    assert len(found.new) == len({identity.key for _, identity in found.new})


def test_the_newest_come_wherever_they_stand() -> None:
    """By date, in the document's order; what the store knows does not count."""
    document = rss(*(dated(number) for number in (5, 1, 9, 3, 7, 2)))
    found = unseen(document, most=3)
    assert [entry.guid for entry, _ in found.new] == ["g5", "g9", "g7"]
    assert len(found.rest) == 3
    again = unseen(document, most=3, known=(*(identity for _, identity in found.new), *found.rest))
    assert (again.new, again.rest) == ((), ())


def test_more_than_any_feed_holds_is_refused() -> None:
    """What is taken for seen takes room as well."""
    with pytest.raises(ParseError, match="it holds 50,001 new entries at once, more than 50,000"):
        unseen(rss(*(f"<item><guid>{number}</guid></item>" for number in range(MOST_UNSEEN + 1))), most=10)


def test_a_document_of_many_entries_is_read_in_slices() -> None:
    """However many there are: all are known by themselves, in their order, and the newest are stored."""
    count = 2 * SLICE + 1
    document = rss(*(f"<item><guid>g{number}</guid><title>News {number}</title></item>" for number in range(count)))
    opened = open_document(document, content_type="", url=URL, now=NOW)
    assert [entry.guid for entry in opened.feed.entries] == [f"g{number}" for number in range(count)]
    found = opened.unseen(KnownIdentities.of(()), 10)
    assert (len(found.new), len(found.rest), len({one.key for one in opened.asked})) == (10, count - 10, count)


def test_an_entry_that_is_still_there_unchanged_is_not_taken_for_another_one() -> None:
    """Two warnings of one day and one title, on pages told apart by what could be a token: both are news."""
    warning = (
        "<item><guid isPermaLink='false'>{0}</guid><link>https://a.example/view?id=WX{0}2345678</link>"
        "<title>Flood warning</title><pubDate>Sun, 22 Nov 2026 00:00:00 GMT</pubDate></item>"
    )
    first, second = warning.format("a"), warning.format("b")
    document = rss(first)
    began = unseen(document, most=10)
    known = tuple(identity for _, identity in began.new)
    hashes = open_document(document, content_type="", url=URL, now=NOW).entry_hashes
    assert len(unseen(rss(second, first), most=10, known=known, hashes=hashes).new) == 1
    assert len(unseen(rss(second), most=10, known=known, hashes=hashes).rekeyed) == 1
