"""What makes an entry the same entry at the next poll."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.feeds.identity import Identified, KnownIdentities, identify, identities, normalise_link
from digest.values.news import Identity, ParsedEntry

MORNING = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
NOON = MORNING + timedelta(hours=5)
PAGE = "https://a.example/1"


class Shelf:
    """A feed's stored identities, kept as the store keeps them."""

    def __init__(self) -> None:
        self.rows: dict[bytes, Identity] = {}

    def poll(self, *entries: ParsedEntry, left_out: int = 0) -> Identified:
        """One poll: ask, identify, keep what is new and what was renamed."""
        asked = identities(entries)
        known = KnownIdentities.of(
            row
            for row in self.rows.values()
            if any(row.key == one.key or row.link == one.link or row.title == one.title for one in asked)
        )
        found = identify(entries, asked, known, left_out=left_out)
        for old, new in found.rekeyed:
            del self.rows[old.key]
            self.rows[new.key] = new
        self.rows.update((identity.key, identity) for _, identity in found.new)
        return found


def nothing_new(found: Identified) -> bool:
    """Whether all that a document brought is known as it is."""
    return (found.new, found.rekeyed) == ((), ())


def entry(
    guid: str = "", link: str = "", title: str = "", summary: str = "", *, published: datetime | None = None
) -> ParsedEntry:
    """An entry by what identifies it."""
    return ParsedEntry(guid=guid, link=link, title=title, summary=summary, published=published)


def numbered(
    count: int, *, guid: str = "g{}", link: str = "https://a.example/{}", title: str = "News {}"
) -> list[ParsedEntry]:
    """Entries whose fields carry their number."""
    return [entry(guid.format(i), link.format(i), title.format(i)) for i in range(count)]


SAME = [
    ("the headline was edited", entry("g", "https://a.example/1", "Old"), entry("g", "https://a.example/1", "New")),
    (
        "headline and address were edited",
        entry("g", "https://a.example/quake-kills-9", "Quake kills 9 in the north"),
        entry("g", "https://a.example/quake-kills-12", "Quake kills 12 in the north"),
    ),
    (
        "so was a Chinese headline",
        entry("g", "https://a.example/1-0", "朝鲜关闭驻叙利亚大使馆"),
        entry("g", "https://a.example/1-1", "朝鲜宣布关闭驻叙利亚大使馆"),
    ),
    ("address without words", entry("g", "https://a.example/1"), entry("g", "https://a.example/2")),
    ("headline of other words", entry("g", PAGE, "Quake in the north"), entry("g", PAGE, "Dozens are missing")),
    ("published again", entry("g", PAGE, "T", published=MORNING), entry("g", PAGE, "T", published=NOON)),
    ("another guid", entry("g1", PAGE, "T", published=MORNING), entry("g2", PAGE, "T", published=MORNING)),
    ("another guid, no date", entry("g1", PAGE, "T", "S"), entry("g2", PAGE, "T", "S")),
    ("another guid, no link", entry("g1", "", "T", published=MORNING), entry("g2", "", "T", published=MORNING)),
    ("another guid, no title", entry("g1", PAGE, "", "S"), entry("g2", PAGE, "", "S")),
    ("a guid in other letters", entry("Ab", PAGE, "T", published=NOON), entry("aB", PAGE, "T", published=NOON)),
    (
        "a token in guid and link",
        entry(f"{PAGE}?t=a81bc81b", f"{PAGE}?t=a81bc81b", "T", published=MORNING),
        entry(f"{PAGE}?t=dead4e5d", f"{PAGE}?t=dead4e5d", "T", published=MORNING),
    ),
    ("no guid: the link identifies", entry("", "https://a.example/1", "Old"), entry("", "https://a.example/1", "New")),
    (
        "tracking in the link",
        entry("", "https://a.example/1?utm_source=rss"),
        entry("", "http://A.example:80/1/?utm_source=x#top"),
    ),
    ("neither guid nor link", entry(title="T", summary="S"), entry(title="T", summary="S")),
    ("space around a guid", entry("g"), entry(" g\n")),
    (
        "a revision number behind the link",
        entry("https://a.example/1#0", "https://a.example/1?at_medium=RSS", "Old"),
        entry("https://a.example/1#3", "https://a.example/1?at_medium=RSS", "New"),
    ),
    (
        "a guid that is an address, when the site moves to https",
        entry("http://a.example/1", "http://a.example/1", "Old"),
        entry("https://a.example/1/", "https://a.example/1/", "New"),
    ),
    ("a guid came", entry("", "https://a.example/1", "T"), entry("g", "https://a.example/1", "T")),
    ("a guid went", entry("g", "https://a.example/1", "T"), entry("", "https://a.example/1", "T")),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_the_same_entry_again_is_not_new(before: ParsedEntry, after: ParsedEntry) -> None:
    """An entry that only changed its words, or how its link is written, alerts once."""
    shelf = Shelf()
    assert len(shelf.poll(before).new) == 1
    assert shelf.poll(after).new == ()
    assert shelf.poll(after).rekeyed == ()


DIFFERENT = [
    (
        "guids and dates differ",
        entry("g1", "https://a.example/daily", "Briefing", published=MORNING),
        entry("g2", "https://a.example/daily", "Briefing", published=NOON),
    ),
    (
        "guids and texts differ, and there is no date",
        entry("g1", "https://a.example/daily", "Briefing", "Monday"),
        entry("g2", "https://a.example/daily", "Briefing", "Tuesday"),
    ),
    (
        "which page it is stands in a parameter",
        entry("", "https://a.example/?id=1", "Alert", published=MORNING),
        entry("", "https://a.example/?id=2", "Alert", published=MORNING),
    ),
    ("no guid, links differ", entry("", "https://a.example/1", "T"), entry("", "https://a.example/2", "T")),
    ("links differ in a real parameter", entry("", "https://a.example/?id=1"), entry("", "https://a.example/?id=2")),
    ("neither guid nor link, texts differ", entry(title="T", summary="1"), entry(title="T", summary="2")),
    ("guids differ in case", entry("Ab"), entry("aB")),
    (
        "parts of one page",
        entry("https://a.example/log#2", "https://a.example/log#2"),
        entry("https://a.example/log#3", "https://a.example/log#3"),
    ),
    (
        "a guid that is another's link",
        entry("https://a.example/1", "https://a.example/x"),
        entry("", "https://a.example/1"),
    ),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT])
def test_another_entry_is_new(before: ParsedEntry, after: ParsedEntry) -> None:
    """What the feed tells apart by guid, else link, else text, is told apart."""
    shelf = Shelf()
    shelf.poll(before)
    found = shelf.poll(after, before)
    assert [one for one, _ in found.new] == [after]
    assert found.rekeyed == ()


USED_AGAIN = [
    (
        "a guid used again for other news",
        entry("1", "https://a.example/quake", "Quake kills 9 in the north"),
        entry("1", "https://a.example/vote", "Parliament votes on the budget"),
    ),
    (
        "a guid used again, in Korean",
        entry("1", "https://a.example/1", "북한, 시리아 대사관 폐쇄"),
        entry("1", "https://a.example/2", "서울 지하철 요금 인상"),
    ),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in USED_AGAIN], ids=[row[0] for row in USED_AGAIN])
def test_a_guid_that_comes_back_for_other_news_is_no_edit(before: ParsedEntry, after: ParsedEntry) -> None:
    """With another link and a title of other words it is another entry."""
    shelf = Shelf()
    shelf.poll(before)
    found = shelf.poll(after)
    assert ([one for one, _ in found.new], found.rekeyed) == ([after], ())


def test_a_guid_that_all_entries_share_identifies_none() -> None:
    """Guids repeated inside one document fall back to the link."""
    shelf = Shelf()
    first = numbered(5, guid="https://a.example/")
    assert len(shelf.poll(*first).new) == 5
    later = [entry("https://a.example/", "https://a.example/new", "Newest"), *first[:4]]
    assert [one.title for one, _ in shelf.poll(*later).new] == ["Newest"]


def test_a_guid_that_is_new_at_every_poll_tells_an_entry_once() -> None:
    """However often, and edits of its title are edits as long as the guid stays."""
    shelf = Shelf()
    for number in range(4):
        found = shelf.poll(entry(f"g{number}", PAGE, "T", published=MORNING))
        assert len(found.new) == (number == 0)
    assert shelf.poll(entry("g3", PAGE, "T, edited", published=MORNING)).new == ()
    assert len(shelf.rows) == 1


def test_news_under_a_used_guid_is_told_once() -> None:
    """Both entries stay known, whichever of them the feed shows, and edited as well."""
    shelf = Shelf()
    one = entry("1", "https://a.example/quake", "Quake kills 9 in the north")
    two = entry("1", "https://a.example/vote", "Parliament votes on the budget")
    assert [len(shelf.poll(each).new) for each in (one, two, one, two)] == [1, 1, 0, 0]
    assert shelf.poll(dataclasses.replace(two, title="Parliament votes on the new budget")).new == ()


def test_links_that_all_entries_share_need_the_title() -> None:
    """Without guids, and with one link for all, link and title together identify."""
    shelf = Shelf()
    first = numbered(3, guid="", link="https://a.example/")
    shelf.poll(*first)
    found = shelf.poll(entry("", "https://a.example/", "Newest"), *first)
    assert [one.title for one, _ in found.new] == ["Newest"]


def test_one_link_and_one_title_for_all_leave_the_text() -> None:
    """Where link and title repeat too, what the entry says identifies it: nothing is lost."""
    shelf = Shelf()
    first = [entry("", "https://a.example/", "Alert", summary=str(i)) for i in range(3)]
    assert len(shelf.poll(*first).new) == 3
    assert len(shelf.poll(entry("", "https://a.example/", "Alert", summary="9"), *first).new) == 1


def test_an_entry_that_stands_in_the_document_twice_counts_once() -> None:
    """A copy (another section's, a revision) does not turn its guid or link into one that is shared."""
    shelf = Shelf()
    twice = entry("g", "https://a.example/1", "T", summary="in World")
    copy = dataclasses.replace(twice, summary="in Asia")
    assert [one for one, _ in shelf.poll(twice, copy).new] == [twice]
    assert shelf.poll(twice).new == ()
    linked = entry("", "https://a.example/2", "U")
    assert len(shelf.poll(linked, linked).new) == 1
    assert shelf.poll(dataclasses.replace(linked, title="U, edited")).new == ()


def test_an_entry_whose_guid_turns_out_to_be_shared_stays_known() -> None:
    """The second entry under a guid is new; the first, known by it until now, is not."""
    shelf = Shelf()
    first = entry("g", "https://a.example/1", "One")
    second = entry("g", "https://a.example/2", "Two")
    shelf.poll(first)
    found = shelf.poll(second, first)
    assert [one for one, _ in found.new] == [second]
    assert nothing_new(shelf.poll(second, first))
    assert shelf.poll(second).new == ()


RENAMED = [
    ("new guids", {"guid": "tag:new,{}"}),
    ("new domain", {"guid": "https://b.example/?p={}", "link": "https://b.example/{}"}),
    ("guids gone, titles edited", {"guid": "", "title": "Edited {}"}),
]


@pytest.mark.parametrize("change", [row[1] for row in RENAMED], ids=[row[0] for row in RENAMED])
def test_a_feed_that_renames_its_entries_is_rekeyed(change: dict[str, str]) -> None:
    """If most of a known feed turns new while links or titles are known, nobody is alerted, and it is known after."""
    shelf = Shelf()
    shelf.poll(*numbered(10))
    renamed = numbered(11, **change)
    found = shelf.poll(*renamed)
    assert [one for one, _ in found.new] == [renamed[10]]
    assert len(found.rekeyed) == 10
    assert nothing_new(shelf.poll(*renamed))


def test_few_new_guids_among_many_entries_are_new_entries() -> None:
    """Re-keying is for whole feeds: entries left out by the splitter count too, and two entries are no feed."""
    shelf = Shelf()
    shelf.poll(*numbered(10))
    changed = numbered(4, guid="other{}", title="Edited {}")
    assert len(shelf.poll(*changed, left_out=6).new) == 4
    single = Shelf()
    single.poll(*numbered(2))
    assert len(single.poll(*numbered(2, guid="other{}", title="Edited {}")).new) == 2


def test_a_known_entry_that_is_still_there_lends_its_name_to_none() -> None:
    """Where it stands beside it, the entry that shares its link and title is another one."""
    shelf = Shelf()
    known = entry("g", "https://a.example/live", "Live")
    beside = entry("", "https://a.example/live", "Live", "another")
    shelf.poll(known)
    assert [one for one, _ in shelf.poll(beside, known).new] == [beside]
    assert nothing_new(shelf.poll(beside, known))


@given(
    st.lists(
        st.builds(
            ParsedEntry,
            guid=st.sampled_from(["", "g", "h", "https://a.example/1#1"]),
            link=st.sampled_from(["", "https://a.example/1", "https://a.example/2"]),
            title=st.sampled_from(["", "T", "U"]),
            summary=st.sampled_from(["", "s"]),
        ),
        max_size=8,
    )
)
def test_a_document_polled_twice_brings_nothing_the_second_time(entries: list[ParsedEntry]) -> None:
    """Whatever guids and links a feed repeats, an unchanged document holds nothing new; new keys are unique."""
    shelf = Shelf()
    found = shelf.poll(*entries)
    keys = [identity.key for _, identity in found.new]
    assert len(set(keys)) == len(keys)
    assert nothing_new(shelf.poll(*entries))


LINKS = [
    ("HTTP://A.Example/Path/", "https://a.example/Path"),
    ("https://a.example:443/", "https://a.example"),
    ("https://a.example:8080/x", "https://a.example:8080/x"),
    ("https://a.example/x?b=2&utm_source=rss&a=1&fbclid=z#c", "https://a.example/x?a=1&b=2"),
    ("http://www.a.example/x", "https://a.example/x"),
    ("https://m.a.example/x", "https://a.example/x"),
    ("https://amp.a.example/x/amp/", "https://a.example/x"),
    ("https://a.example/x.amp.html?amp=1", "https://a.example/x.html"),
    ("https://a.example/x/amp", "https://a.example/x"),
    ("https://www.example", "https://www.example"),
    ("https://a.example/x;jsessionid=1A2B?PHPSESSID=9&rss=1", "https://a.example/x"),
    ("https://a.example/x?source=rss&ref=twitter_share&source=desk", "https://a.example/x?source=desk"),
    ("https://a.example/x?sid=05/11/19/2014233", "https://a.example/x?sid=05/11/19/2014233"),
    ("https://a.example/?rss=asia", "https://a.example?rss=asia"),
    ("https://a.example/amp/x", "https://a.example/amp/x"),
    ("mailto:x@a.example", "mailto:x@a.example"),
    ("https://[broken", "https://[broken"),
    ("", ""),
]


@pytest.mark.parametrize(("link", "normal"), LINKS)
def test_links_are_compared_in_one_form(link: str, normal: str) -> None:
    """What tells no pages apart is gone: tracking, sessions, order, ``www.``, copies for phones; the rest stays."""
    assert normalise_link(link) == normal
    assert normalise_link(normal) == normal
