"""A rule made of a search: it finds what the words find, and says what it leaves out."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.match import QueryError, load_rules, read_search
from digest.match.language.query import Phrase, spelled_out
from digest.rulebook.searches import as_whole, rule_of_search

ALIASES = {"dprk": (Phrase("North Korea"), Phrase("북한"))}
ALIAS_FILE = '[alias]\ndprk = ["North Korea", "북한"]\n'


@pytest.mark.parametrize(
    ("search", "ident", "query", "left_out"),
    [
        ("embassy syria", "embassy-syria", "embassy AND syria", ()),
        ("is:unread embassy -football", "embassy", "embassy NOT football", ("is:unread",)),
        ('@dprk "nuclear test"~2', "dprk-nuclear-test", '@dprk AND "nuclear test"~2', ()),
        ("(is:starred OR is:alert) 북한", "북한", "북한", ("is:starred OR is:alert",)),
        ("-is:read feed:wire /it's \\d/", "search", "/it's \\d/", ("NOT is:read", "feed:wire")),
        (f"{'x' * 30} {'y' * 30}", "x" * 30, f"{'x' * 30} AND {'y' * 30}", ()),
    ],
)
def test_a_search_becomes_a_rule(search: str, ident: str, query: str, left_out: tuple[str, ...]) -> None:
    """The draft loads as it is, asks for the words, and is called by the first of them."""
    draft = rule_of_search(search, ALIASES)
    assert (draft.id, draft.left_out) == (ident, left_out)
    assert bool(draft.sentence) is bool(left_out)
    assert all(each in draft.sentence for each in left_out)
    loaded = load_rules({"alias.toml": ALIAS_FILE, "new.toml": draft.text})
    assert not loaded.problems
    (rule,) = loaded.rules
    assert (rule.id, rule.query) == (ident, read_search(query, ALIASES).words)


def test_its_id_is_that_of_no_other() -> None:
    """However many are called so."""
    assert rule_of_search("embassy", taken=["embassy", "embassy-2"]).id == "embassy-3"


@pytest.mark.parametrize("search", ["is:unread", "-football", "is:unread NOT football", "a OR NOT b"])
def test_a_rule_needs_something_to_find(search: str) -> None:
    """What a rule cannot be made of says why."""
    with pytest.raises(UsageError, match=r"^a rule (looks for words|needs something to be found)"):
        rule_of_search(search)


WORDS = st.sampled_from(
    ["flood", "rain", '"heavy rain"', "-film", "title:storm", "it's", "(a OR b)", "is:unread", "=US"]
)


@settings(max_examples=200)
@given(st.lists(st.one_of(WORDS, st.text(max_size=6)), min_size=1, max_size=6).map(" ".join))
def test_whatever_search_it_is_made_of_it_loads(search: str) -> None:
    """And asks for just the same words; or it is told why there is none."""
    try:
        draft = rule_of_search(search, ALIASES)
    except (QueryError, UsageError):
        return
    loaded = load_rules({"alias.toml": ALIAS_FILE, "new.toml": draft.text})
    assert not loaded.problems, draft.text
    words = read_search(search, ALIASES).words
    assert words is not None
    assert spelled_out(loaded.rules[0].query) == spelled_out(words)


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("car", "car*"),
        ("title:emb", "title:emb*"),
        ("flood car", "flood car*"),
        ("car ", "car "),
        ('"heavy rain"', '"heavy rain"'),
        ("car is:unread", "car is:unread"),
        ("car*", "car*"),
        ("@dprk", "@dprk"),
        ("", ""),
    ],
)
def test_a_search_that_was_being_typed_finds_the_same_as_a_whole(typed: str, whole: str) -> None:
    """Its last word is a prefix while it is typed; written out, a rule made of it finds what the list shows."""
    assert as_whole(typed, ALIASES) == whole
    if typed.strip():
        assert read_search(whole, ALIASES).words == read_search(typed, ALIASES, typing=True).words
