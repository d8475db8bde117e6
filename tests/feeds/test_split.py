"""A document is reduced to its unseen entries, and nothing is read differently for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digest.errors import ParseError
from digest.feeds.encoding import to_utf8
from digest.feeds.parse import parse_document
from digest.feeds.split import HASH_SIZE, split_document
from digest.feeds.unseen import open_document
from digest.values.news import ParsedFeed

ITEM = b"<item><guid>%d</guid><link>https://a.example/%d</link><title>News %d</title></item>"


def rss(*numbers: int, head: bytes = b"", tail: bytes = b"") -> bytes:
    """An RSS document with these entries."""
    items = b"\n".join(ITEM % (number, number, number) for number in numbers)
    return b'<rss version="2.0"><channel><title>F</title>' + head + items + tail + b"</channel></rss>"


def hashes_of(document: bytes) -> bytes:
    """All hashes of a document that can be split."""
    split = split_document(document, b"")
    assert split is not None
    return split.hashes


def parse(body: bytes) -> ParsedFeed:
    """The whole document."""
    return parse_document(body, content_type="", url="https://a.example/feed")


def test_only_unseen_entries_are_parsed() -> None:
    """A known entry is left out; a new, a changed and a moved one are told by their bytes."""
    known = hashes_of(rss(1, 2, 3))
    found = open_document(rss(4, 3, 2), content_type="", url="https://a.example/feed", known_hashes=known)
    assert [entry.title for entry in found.feed.entries] == ["News 4"]
    assert found.feed.title == "F"
    assert found.left_out == 2
    assert found.entry_hashes == hashes_of(rss(4, 3, 2))
    changed = rss(3, 2, 1).replace(b"News 2", b"News 2, edited")
    again = open_document(changed, content_type="", url="https://a.example/feed", known_hashes=known)
    assert [entry.title for entry in again.feed.entries] == ["News 2, edited"]


def test_nothing_is_parsed_where_nothing_is_unseen() -> None:
    """A new date in the head alone costs no parse."""
    known = hashes_of(rss(1, 2))
    later = rss(1, 2, head=b"<lastBuildDate>now</lastBuildDate>")
    found = open_document(later, content_type="", url="https://a.example/feed", known_hashes=known)
    assert found.feed == ParsedFeed()
    assert (found.left_out, found.entry_hashes) == (2, known)


UNSURE = [
    ("JSON", b'{"items": []}'),
    ("no entries", rss()),
    ("an entry in an entry", rss(1, tail=b"<item><item></item></item>")),
    ("never closed", rss(1, tail=b"<item><title>x</title>")),
    ("closed twice", rss(1, tail=b"</item>")),
    ("an empty element", rss(1, tail=b"<item/>")),
    ("an open comment", rss(1, tail=b"<!-- ")),
    ("an open section", rss(1, tail=b"<![CDATA[ ")),
    ("entities of its own", b'<!DOCTYPE rss [<!ENTITY x "y">]>' + rss(1)),
    ("a guid twice", rss(1, 2).replace(b"<guid>2", b"<guid>1")),
    ("revisions of a guid", rss(1, 2).replace(b"<guid>2", b"<guid>1#2").replace(b"<guid>1<", b"<guid>1#1<")),
    ("a link twice, no guids", rss(1, 2).replace(b"guid", b"x").replace(b"example/2", b"example/1?utm_source=x")),
    (
        "an address twice, in RDF",
        b"<rdf:RDF><item rdf:about='https://a.example/'>1</item><item rdf:about='https://a.example/'>2</item></rdf:RDF>",
    ),
]


@pytest.mark.parametrize("document", [row[1] for row in UNSURE], ids=[row[0] for row in UNSURE])
def test_what_leaves_a_doubt_is_not_split(document: bytes) -> None:
    """Then the whole document is parsed, each time."""
    split = split_document(document, b"")
    assert split is None or split.names_repeat


SURE = [
    ("entries in comments and sections", rss(1, head=b"<!-- <item> -->", tail=b"<x><![CDATA[</item><item>]]></x>"), 1),
    ("other elements of like names", rss(1, 2, head=b"<items><itemx/></items><title>item</title>"), 2),
    ("attributes", rss(1).replace(b"<item>", b'<item xml:lang="ko">'), 1),
    ("a prefix", b"<r:rss><r:item>1</r:item><r:item >2</r:item\n></r:rss>", 2),
    ("Atom", b"<feed><entry><id>1</id></entry><entry><id>2</id></entry></feed>", 2),
    ("the same entry twice", rss(1, 1), 2),
]


@pytest.mark.parametrize(("document", "count"), [row[1:] for row in SURE], ids=[row[0] for row in SURE])
def test_entries_are_found(document: bytes, count: int) -> None:
    """Every entry has a hash; a document whose entries are all known holds none."""
    split = split_document(document, b"")
    assert split is not None
    assert (len(split.unseen), len(split.hashes)) == (count, count * HASH_SIZE)
    assert not split.names_repeat
    assert split.only(split.unseen) == document
    known = split_document(document, split.hashes)
    assert known is not None
    assert known.unseen == ()
    assert b"News" not in known.only(())


def test_the_whole_document_is_parsed_where_parser_and_splitter_disagree() -> None:
    """An entry that holds nothing is one to the splitter only: no other entry is lost by that."""
    known = hashes_of(rss(1, 2))
    document = rss(3, 1, 2, tail=b"<item> </item>")
    found = open_document(document, content_type="", url="https://a.example/feed", known_hashes=known)
    assert [entry.title for entry in found.feed.entries] == ["News 3", "News 1", "News 2"]


@pytest.fixture(scope="module")
def corpus() -> list[Path]:
    """The real feed documents in the folder that DIGEST_CORPUS names."""
    folder = os.environ.get("DIGEST_CORPUS")
    if not folder:
        pytest.skip("DIGEST_CORPUS names no folder of real feeds")
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.parametrize("part", [0, 1])
def test_a_reduced_document_reads_like_the_whole(corpus: list[Path], part: int) -> None:
    """On real feeds: the entries left after every second one was known are equal in every field."""
    split_count = 0
    different = []
    for path in corpus:
        document = to_utf8(path.read_bytes())
        try:
            whole = parse(document)
        except ParseError:
            continue
        split = split_document(document, b"")
        # A broken document reads better without what broke it.
        if split is None or split.names_repeat or whole.complaint:
            continue
        split_count += 1
        digests = [split.hashes[at : at + HASH_SIZE] for at in range(0, len(split.hashes), HASH_SIZE)]
        known = set(digests[part::2])
        reduced = split_document(document, b"".join(known))
        assert reduced is not None
        feed = parse(reduced.only(reduced.unseen))
        expected = [entry for entry, digest in zip(whole.entries, digests, strict=True) if digest not in known]
        if list(feed.entries) != expected or (feed.title, feed.link, feed.lang) != (
            whole.title,
            whole.link,
            whole.lang,
        ):
            different.append(path.name)
    assert different == []
    assert split_count >= 0.8 * len(corpus), f"{split_count} of {len(corpus)} documents could be split"
