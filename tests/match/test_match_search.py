"""What is typed to search: read as far as it goes while it is typed, and never anything but a search or an error."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.match import FOLD_VERSION, QueryError, fold_entry, print_query, read_search
from digest.match.language.query import And, Count, Field, Not, Or, Phrase, Query
from digest.values.facets import (
    EVERY_ENTRY,
    AllOf,
    AnyOf,
    AtUrl,
    Facet,
    Is,
    OfFeed,
    OfRule,
    Severities,
    Since,
    Without,
    dated,
)
from digest.values.news import EntryText, Severity, StoredEntry
from tests.match.test_match_reference import WORDS, holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match import Search

ALIASES = {"syria": (Phrase("Syria"),), "dprk": (Phrase("North Korea"), Phrase("북한"))}
NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def words(search: Search) -> str:
    """The words of a search as the language writes them."""
    return print_query(search.words) if search.words else ""


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "typed", "whole"),
    [
        ("embassy", "embassy*", "embassy"),
        ("embassy ", "embassy", "embassy"),
        ("em", "em*", None),  # in the language * needs three letters
        ("north korea", "north AND korea*", "north AND korea"),
        ("north AND korea", "north AND korea*", "north AND korea"),
        ("flood -film", "flood NOT film*", "flood NOT film"),
        ("-film flood", "NOT film AND flood*", "NOT film AND flood"),
        ('flood -"the film"', 'flood NOT "the film"', 'flood NOT "the film"'),
        ("flood -(film OR drill) x", "flood NOT film NOT drill AND x*", "flood NOT film NOT drill AND x"),
        ("flood -title:film", "flood NOT title:film*", "flood NOT title:film"),
        ("(flood OR storm) seoul", "(flood OR storm) AND seoul*", "(flood OR storm) AND seoul"),
        ("title:(flood seoul)", "title:(flood AND seoul)", "title:(flood AND seoul)"),
        ("2 OF (flood, storm, rain wind) x", None, "2 OF (flood, storm, rain AND wind) AND x"),
        ("@syria =US", "@syria AND =US*", "@syria AND =US"),
        ("tier:B", "tier:B", "tier:B"),
        ("lang:e", "lang:e*", "lang:e"),
        ("flood em-dash", "flood AND em-dash*", "flood AND em-dash"),
        ("북", "북*", "북"),
    ],
)
def test_words_side_by_side(line: str, typed: str | None, whole: str | None) -> None:
    """They mean AND, a hyphen before one is NOT; the one that is being typed is a prefix."""
    if typed is not None:
        assert words(read_search(line, ALIASES, typing=True)) == typed
    if whole is not None:
        assert words(read_search(line, ALIASES)) == whole


@pytest.mark.parametrize(
    ("line", "read", "rest"),
    [
        ('(flood OR "heavy ra', 'flood OR "heavy ra*"', ""),
        ("((flood) ", "flood", ""),
        ("flood AND", "flood", "AND"),
        ("flood AND NOT title:(", "flood", "AND NOT title:("),
        ("flood is:unr", "flood", "is:unr"),
        ("flood -", "flood", "-"),
        ("flood @sy", "flood", "@sy"),
        ("flood NEAR", "flood", "NEAR"),
        ("flood NEAR/3", "flood", "NEAR/3"),
        ("flood /unclosed expr", "flood", "/unclosed expr"),
        ("flood 3 OF (", "flood", "3 OF ("),
        ("3 OF (flood, rain", "2 OF (flood, rain*)", ""),
        ('"heavy rain"~', '"heavy rain"', ""),
        ("flood since:2", "flood", "since:2"),
        ("flood,", "flood", ","),
        ('"', "", '"'),
        ("", "", ""),
    ],
)
def test_a_line_is_read_as_far_as_it_goes(line: str, read: str, rest: str) -> None:
    """What is open is closed, what waits for more is left out, and is named."""
    found = read_search(line, ALIASES, typing=True)
    assert (words(found), found.unfinished, found.facets) == (read, rest, EVERY_ENTRY)
    if rest or not read:
        with pytest.raises(QueryError):
            read_search(line, ALIASES)


WHOLE = [
    'is:unread severity:high..urgent -title:football (embassy OR "diplomatic ties"~2)',
    "rule:dprk-syria feed:reuters url:https://example.org/a_(b) since:2026-11-28T07:00 @syria @dprk",
    "(is:starred OR -is:read) /magnitude [6-9]/ envoy ONEAR/4 Syria AND NOT source:wire",
    '3 OF (flood, storm, "heavy rain") tier:A..C =US 북한은',
]


@pytest.mark.parametrize("line", WHOLE)
def test_nothing_is_wrong_with_the_beginning_of_a_line(line: str) -> None:
    """However much of it is typed; and as a whole it is right for the shell, too."""
    for end in range(len(line) + 1):
        read_search(line[:end], ALIASES, typing=True)
    assert not read_search(line, ALIASES).unfinished


# --- facets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "facet"),
    [
        ("is:unread", Is.UNREAD),
        ("IS:Unread", Is.UNREAD),
        ("-is:baseline", Without(Is.BASELINE)),
        ("NOT is:read is:alert", AllOf((Without(Is.READ), Is.ALERT))),
        ("is:starred OR is:unread", AnyOf((Is.STARRED, Is.UNREAD))),
        ("NOT (is:starred OR is:unread)", AllOf((Without(Is.STARRED), Without(Is.UNREAD)))),
        ("severity:high", Severities(Severity.HIGH, Severity.HIGH)),
        ("severity:high..", Severities(Severity.HIGH, Severity.URGENT)),
        ("severity:..normal", Severities(Severity.LOW, Severity.NORMAL)),
        ("(severity:low OR severity:urgent)", None),
        ("rule:DPRK-syria", OfRule("dprk-syria")),
        ("rule:dprk*", OfRule("dprk", prefix=True)),
        ('feed:"Süd Zeitung"', OfFeed("sud zeitung")),
        ("feed:example.org/rss", OfFeed("example org rss")),
        ("(url:example.org/a_(b))", AtUrl("example.org/a_(b)")),
        ("since:2h30m", Since(timedelta(hours=2, minutes=30))),
        ("since:2026-11-28", Since(datetime(2026, 11, 27, 15, tzinfo=UTC))),
        ("since:2026-11-28T07:00Z", Since(datetime(2026, 11, 28, 7, tzinfo=UTC))),
    ],
)
def test_what_is_known_of_an_entry_can_be_asked(line: str, facet: Facet | None) -> None:
    """By itself and beside words, in the shell and while it is typed; a date is one of the user's zone."""
    seoul = ZoneInfo("Asia/Seoul")
    alone = read_search(line, zone=seoul)
    assert facet in {None, alone.facets}
    assert alone.words is None
    beside = read_search(f"embassy ({line}) (envoy OR Syria)", zone=seoul, typing=True)
    assert facet in {None, beside.facets}
    assert words(beside) == "embassy AND (envoy OR Syria)"


def test_a_rule_that_is_being_typed_may_go_on() -> None:
    """Its id is a prefix like any word; behind a space, and in the shell, it is whole."""
    assert read_search("rule:dprk", typing=True).facets == OfRule("dprk", prefix=True)
    assert read_search("rule:dprk ", typing=True).facets == read_search("rule:dprk").facets == OfRule("dprk")


def test_a_length_of_time_goes_with_the_time() -> None:
    """A saved filter means the same hours of each day."""
    facet = read_search("(since:2h OR is:starred) -since:1h is:read").facets
    two, one = Since(NOW - timedelta(hours=2)), Since(NOW - timedelta(hours=1))
    assert dated(facet, NOW) == AllOf((AnyOf((two, Is.STARRED)), Without(one), Is.READ))


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (
            "flood is:xyz",
            10,
            "there is no is:xyz: write is:unread, is:read, is:starred, is:alert, is:baseline",
        ),
        ("is:unraed", 4, "there is no is:unraed: write is:unread (there are "),
        ("is: unread", 4, "is: takes a word right behind it, as in is:unread"),
        ("severity:hgih x", 10, "there is no severity “hgih”: write severity:high"),
        ("severity:>=high", 10, "“>=high” is no severity: write a range, as in severity:high.."),
        ("severity:urgent..low", 10, "urgent..low runs backwards: write severity:low..urgent"),
        ("since:yesterday", 7, "“yesterday” is no time: write 2h, 7d, 2026-11-22"),
        ("feed:!!", 6, "“!!” has no letter or digit"),
        ("flood OR is:read", 10, "is: stands with AND, OR and NOT, and beside words with AND alone"),
        ("flood NEAR/3 is:read", 14, "is: stands with AND, OR and NOT, and beside words with AND alone"),
        ("title:(is:read)", 8, "is: asks about the entry, and title: about its text"),
        ("flood and rain ", 7, "“and” is read as a word here: write AND"),
        ("not flood", 1, "“not” is read as a word here: write NOT"),
        ("a b OR c", 5, "AND and OR stand side by side"),
        ("titel:", 1, "there is no field “titel”: write title:"),
        ("@misson x", 1, "there is no alias @misson"),
        ("flood )", 7, "this ) closes nothing"),
        ("*syria", 1, "* stands only at the end of a word"),
        ("x y OF (a, b)", 3, "no operator before y OF"),
        (" ".join(f"url:{number}" for number in range(60)), 341, "more than 50 of is:, severity:"),
    ],
)
def test_a_real_mistake_has_a_place_and_a_remedy(line: str, column: int, message: str) -> None:
    """While it is typed, and in the shell."""
    for typing in (True, False):
        with pytest.raises(QueryError) as caught:
            read_search(line, ALIASES, typing=typing)
        assert str(caught.value).startswith(message)
        assert caught.value.offset + 1 == column


def test_the_searches_of_the_manual_are_some() -> None:
    """Each that its table and the lines below it show."""
    page = (Path(__file__).parents[2] / "digest" / "manual" / "query.md").read_text(encoding="utf-8")
    section = page.partition("## Searching")[2]
    shown = re.findall(r"`([^`\n]*(?:is|severity|rule|feed|url|since):[^`\n]*)`", section)
    shown += re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)
    assert len(shown) > 12
    for line in shown:
        if line != "is:starred OR embassy":
            read_search(line)


# --- whatever is typed -----------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *(
            "is:",
            "is:unread",
            "is:x",
            "severity:",
            "high",
            "..",
            "rule:",
            "feed:",
            "url:",
            "since:",
            "2h",
            "2026-11-28",
        ),
        *(
            "AND",
            "OR",
            "NOT",
            "NEAR/3",
            "NEAR",
            "ONEAR/1",
            "OF",
            "2",
            "and",
            "not",
            "title:",
            "tier:",
            "B",
            "@",
            "@syria",
        ),
        *(
            "@sy",
            "(",
            ")",
            ",",
            '"',
            "“",
            "~",
            "~2",
            "/",
            "-",
            "*",
            "=",
            " ",
            "  ",
            "\n",
            "\\",
            ":",
            "북한",
            "ארה",
            "U.S.",
        ),
        *("flood", "l'", "\x00", "\ud800", "٣", "ß", "\u200b", "'"),
    ]
)
LINES = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=12).map("".join))


@settings(max_examples=1500)
@given(LINES, st.booleans())
@example("0001-01-01 since:0001-01-01", True)
@example('"a"~9999999', True)
def test_no_line_does_anything_but_be_read_or_be_wrong(line: str, typing: bool) -> None:  # noqa: FBT001 - drawn
    """A search that can be asked, or an error at a place of the line; what was not read is its end."""
    wrong = []
    try:
        search = read_search(line, ALIASES, zone=ZoneInfo("Asia/Seoul"), typing=typing)
    except QueryError as error:
        wrong.append(error.offset)
    if wrong:
        assert 0 <= wrong[0] <= len(line)
        return
    assert line.strip().endswith(search.unfinished)
    assert typing or not search.unfinished
    with suppress(OverflowError):  # a time before all times
        dated(search.facets, NOW)
    if search.rules is not None:
        list(search.found(_Texts([EntryText("flood in Seoul", "북한은 U.S. ß")])))


class _Texts:
    """Texts as an archive, whose ids are their places."""

    def __init__(self, texts: Sequence[EntryText]) -> None:
        self.reads: list[int] = []
        self._entries = [
            StoredEntry(number, 1, "", text, None, NOW, folded=fold_entry(text), fold_version=FOLD_VERSION)
            for number, text in enumerate(texts)
        ]

    def folded(self) -> Iterator[list[tuple[int, str]]]:
        """One page."""
        yield [(entry.id, entry.folded) for entry in self._entries]

    def texts(self) -> Iterator[list[tuple[int, EntryText, str]]]:
        """One page."""
        yield [(entry.id, entry.text, entry.folded) for entry in self._entries]

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """These."""
        self.reads += ids
        yield from (self._entries[number] for number in ids)


TERMS = st.builds(Phrase, st.sampled_from([*WORDS, "lor*", "lorem ipsum"]))
QUERIES: st.SearchStrategy[Query] = st.recursive(
    st.one_of(TERMS, st.builds(Field, st.sampled_from(["title", "summary"]), TERMS)),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda children: And(tuple(children))),
        st.lists(inner, min_size=2, max_size=3).map(lambda children: Or(tuple(children))),
        st.lists(inner, min_size=2, max_size=3).map(lambda children: Count(2, tuple(children))),
    ),
    max_leaves=6,
)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=4)


@settings(max_examples=300)
@given(QUERIES, st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_a_search_may_exclude_alone(query: Query, texts: list[tuple[list[str], list[str]]]) -> None:
    """Wherever a NOT stands, what passes is what a plain evaluation of the query is true of."""
    search = read_search(print_query(query))
    source = _Texts([EntryText(title=" ".join(title), summary=" ".join(summary)) for title, summary in texts])
    wanted = [
        number for number, (title, summary) in enumerate(texts) if holds(query, {"title": title, "summary": summary})
    ]
    assert list(search.passing(source)) == wanted
    assert [entry.id for entry, _ in search.found(source)] == wanted


@pytest.mark.parametrize(
    ("line", "exact"),
    [
        ("flood", True),
        ("flo", True),
        ("flood OR storm", True),
        ('"heavy rain"', True),
        ("-flood", True),
        ("@dprk", False),  # Hangul may stand before particles only
        ("flood storm", False),
        ("title:flood", False),
        ("=US", False),
        ("U.S.", False),
        ("中国", False),
        ("/flood/", False),
    ],
)
def test_where_folded_texts_say_all_nothing_else_is_read(line: str, exact: bool) -> None:  # noqa: FBT001 - a case
    """Words that only have to stand there are told from the folded text alone; everything else is looked at."""
    search = read_search(line, ALIASES, typing=True)
    source = _Texts([EntryText("flood"), EntryText("storm US U.S. 中国 北한 heavy rain")])
    read: list[int] = []
    source.reads = read
    list(search.passing(source))
    assert search.rules is not None
    assert search.rules.is_prefilter_exact() is exact
    assert not (exact and read)
