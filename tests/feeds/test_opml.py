"""Lists of feeds: what other readers write is read within bounds, what we write is read back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ParseError
from digest.feeds.opml import FeedList, ListedFeed, read_feed_list, write_opml, write_urls
from digest.text import clean_line

URL = "https://example.org/rss"


def opml(body: str, head: str = "") -> bytes:
    """A document with this in its body."""
    return f'<?xml version="1.0"?>{head}<opml version="1.0"><head/><body>\n{body}\n</body></opml>'.encode()


def plain(found: FeedList) -> list[tuple[str, str, tuple[str, ...]]]:
    """Feeds without their lines."""
    return [(feed.url, feed.name, feed.tags) for feed in found.feeds]


_NAMES = st.text(st.sampled_from("aB é한<>&;\"'\\~!#/"), min_size=1, max_size=12)
_LISTED = st.builds(
    ListedFeed,
    st.integers(0, 40).map(lambda number: f"https://example.org/{number}?a=1&b=<é>"),
    st.one_of(st.just(""), _NAMES),
    st.lists(_NAMES, max_size=3, unique=True).map(tuple),
)


@given(st.lists(_LISTED, max_size=8))
def test_what_is_exported_is_imported_as_it_was(feeds: list[ListedFeed]) -> None:
    """As OPML: every address, name and tag, in its order."""
    clean = [(each.url, clean_line(each.name), tuple(dict.fromkeys(map(clean_line, each.tags)))) for each in feeds]
    kept = [(url, name, tags) for url, name, tags in clean if all(tags)]
    listed = [ListedFeed(*each) for each in kept]
    assert plain(read_feed_list(write_opml(listed, "Mine").encode())) == kept


@given(st.lists(_LISTED, max_size=8))
def test_newsboats_urls_are_read_back_as_they_were(feeds: list[ListedFeed]) -> None:
    """Quotes and backslashes in names and tags included."""
    clean = [(each.url, clean_line(each.name), tuple(dict.fromkeys(map(clean_line, each.tags)))) for each in feeds]
    kept = [each for each in clean if all(each[2]) and not any(tag[0] in "~!" for tag in each[2])]
    assert plain(read_feed_list(write_urls([ListedFeed(*each) for each in kept]).encode())) == kept


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (f'<outline text="A" xmlUrl="{URL}"/>', (URL, "A", ())),
        (f'<outline title="A" type="rss" xmlurl="{URL}" htmlUrl="https://example.org"/>', (URL, "A", ())),
        (f'<outline text="A" type="rss" url="{URL}"/>', (URL, "A", ())),
        (f'<outline text="a"><outline text="b"><outline xmlUrl="{URL}"/></outline></outline>', (URL, "", ("a", "b"))),
        (f'<outline text=""><outline text="{URL}" xmlUrl="{URL}"/></outline>', (URL, "", ())),
        (f'<outline text="Q & A &nbsp;&eacute;" xmlUrl="{URL}?a=1&b=2"/>', (f"{URL}?a=1&b=2", "Q & A é", ())),
        (f'<outline text="&lt;b&gt; &amp;amp;" xmlUrl="{URL}"/>', (URL, "<b> &amp;", ())),
    ],
)
def test_opml_is_read_as_readers_write_it(body: str, found: tuple[str, str, tuple[str, ...]]) -> None:
    """Folders are tags, nested ones several; bare ampersands and HTML's names are what they were meant for."""
    assert plain(read_feed_list(opml(body))) == [found]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (opml('<outline text="&b;"/>', '<!DOCTYPE o [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>'), "declares entities"),
        (opml("", '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "declares entities"),
        (opml("<outline text='x'>" * 40 + "</outline>" * 40), "nested deeper"),
        (opml("<outline text='x'>"), "line 3: its XML is broken: mismatched tag"),
        (b"\n\n<opml><body><outline", "line 3: its XML is broken"),
        (b"<html><body></body></html>", "no OPML"),
        (b"x" * 10_000_001, "larger than 10 MB"),
    ],
)
def test_a_bomb_or_a_broken_document_is_refused_with_its_line(data: bytes, why: str) -> None:
    """Nothing of it is taken."""
    with pytest.raises(ParseError, match=why):
        read_feed_list(data)


def test_a_document_elsewhere_is_not_opened() -> None:
    """It is told, with its line."""
    (one,) = read_feed_list(opml('<outline type="include" url="../more.opml"/>')).not_taken
    assert (one.line, one.is_wrong) == (2, False)


def test_newsboats_own_kinds_are_told_and_not_taken() -> None:
    """With their lines; tags, names and notes are read."""
    text = (
        "\n# mine\n"
        'https://a.example/ tech "long tag" "~A name" !\n'
        '"query:Unread:unread = \\"yes\\"" all\n'
        "exec:~/fetch.sh\n"
        '"filter:~/clean.sh:https://b.example/"\n'
        "file:///tmp/x.xml # note\n"
        "https://b.example/#top # note\n"
    )
    found = read_feed_list(text.encode())
    assert plain(found) == [
        ("https://a.example/", "A name", ("tech", "long tag")),
        ("https://b.example/#top", "", ()),
    ]
    assert [feed.line for feed in found.feeds] == [3, 8]
    assert [(one.line, one.why.split()[1]) for one in found.not_taken] == [
        (4, "query"),
        (5, "command's"),
        (6, "filter's"),
        (7, "file"),
    ]
