"""Rules against stored entries: found as matching finds them, and the edit of a rule as what it adds and drops."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import FOLD_VERSION, Edit, Rule, RuleSet, changed_rules, fold_entry, load_rules, parse_query, search
from digest.match.language.query import Phrase
from digest.values.news import EntryText, StoredEntry
from tests.match.test_match_explain import ENTRIES, QUERIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.match.language.query import Query

NOW = datetime(2026, 11, 25, tzinfo=UTC)


class Shelf:
    """An archive in memory, two entries to a page; it notes which entries were taken out."""

    def __init__(self, texts: Sequence[EntryText], *, fold_version: int = FOLD_VERSION) -> None:
        self.taken: list[int] = []
        self._entries = [
            StoredEntry(number, 1, "", text, None, NOW, folded=fold_entry(text), fold_version=fold_version)
            for number, text in enumerate(texts)
        ]
        self._current = fold_version == FOLD_VERSION

    def folded(self) -> Iterator[Sequence[tuple[int, str]]]:
        """See `EntrySource`."""
        for start in range(0, len(self._entries), 2):
            page = self._entries[start : start + 2]
            yield [(entry.id, entry.folded if self._current else "") for entry in page]

    def texts(self) -> Iterator[Sequence[tuple[int, EntryText, str]]]:
        """See `EntrySource`."""
        yield [(entry.id, entry.text, entry.folded if self._current else "") for entry in self._entries]

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """See `EntrySource`."""
        self.taken += ids
        yield from (self._entries[number] for number in ids)


def titled(*titles: str) -> Shelf:
    """An archive of entries with these titles."""
    return Shelf([EntryText(title) for title in titles])


@given(st.lists(QUERIES, min_size=1, max_size=3), st.lists(ENTRIES, max_size=5))
def test_a_search_finds_what_matching_finds(queries: list[Query], texts: list[EntryText]) -> None:
    """What the prefilter keeps out no rule would have matched, also where metadata alone decides."""
    rules = RuleSet([Rule(str(number), "", query) for number, query in enumerate(queries)])
    plain = {number: matches for number, text in enumerate(texts) if (matches := rules.match_entry(text))}
    assert {entry.id: matches for entry, matches in search(rules, Shelf(texts))} == plain


def test_only_what_may_match_is_read_in_full() -> None:
    """Of a hundred thousand entries the few that hold a word of the query are taken out."""
    shelf = titled("Embassy shut", "Rain", "Sun", "An embassy opens")
    rule = Rule("a", "", parse_query("embassy AND (shut OR opens)"))
    assert [entry.id for entry, _ in search(RuleSet([rule]), shelf)] == [0, 3]
    assert shelf.taken == [0, 3]


def test_an_entry_folded_by_an_older_version_is_folded_anew() -> None:
    """Old folded text is never trusted, and such an entry never missed."""
    shelf = Shelf([EntryText("Embassy"), EntryText("Rain")], fold_version=FOLD_VERSION - 1)
    assert [entry.id for entry, _ in search(RuleSet([Rule("a", "", Phrase("embassy"))]), shelf)] == [0]
    assert shelf.taken == [0, 1]


# --- edits -------------------------------------------------------------------------------------------------------

BASE = """\
[alias]
place = ["Syria", "Damascus"]

[[rule]]
id = "talks"
query = '@place AND (talks OR envoy) NOT football'
"""


def rules(text: str) -> tuple[Rule, ...]:
    """The rules of a file."""
    loaded = load_rules({"r.toml": text})
    assert not loaded.problems
    return loaded.rules


TITLES = ["Syria talks", "Envoy in Damascus", "Syria football talks", "Talks in Beirut", "Envoys in Syria"]

EDITS = [  # what is edited, what it becomes, and what that adds (+) or drops (-), with the reason
    ("envoy", "envoy*", [(4, "+", "“envoy*” is new"), (1, "-", "")]),
    ('"Damascus"', '"Beirut"', [(1, "-", "“Damascus” is no longer looked for"), (3, "+", "“Beirut” is new")]),
    (" NOT football", "", [(2, "+", "football is no longer excluded")]),
    ("NOT football", "NOT (football OR envoy)", [(1, "-", "envoy is now excluded")]),
    (" AND (talks OR envoy)", " AND (talks OR envoy) AND in", [(0, "-", "in is asked for now, and not found")]),
    ("@place AND ", "", [(3, "+", "@place is no longer asked for")]),
    ("query", "enabled = false\nquery", [(0, "-", "the rule is switched off"), (1, "-", "the rule is switched off")]),
    ('"talks"', '"other"', [(0, "+", "the rule is new"), (0, "-", "the rule is gone")]),
]


@pytest.mark.parametrize(("old", "new", "expected"), EDITS, ids=[new for _, new, _ in EDITS])
def test_an_edit_says_what_it_adds_and_drops_and_why(old: str, new: str, expected: list[tuple[int, str, str]]) -> None:
    """Each alert that comes or goes, with what in the edit does it."""
    edit = Edit(changed_rules(rules(BASE), rules(BASE.replace(old, new, 1))))
    found = [(one.entry.id, "+" if one.added else "-", one.reason) for one in edit.differences(titled(*TITLES))]
    for entry, sign, reason in expected:
        if reason:
            assert (entry, sign, reason) in found
        else:
            assert (entry, sign) not in [line[:2] for line in found]


@pytest.mark.parametrize(("old", "new"), [(old, new) for old, new, _ in EDITS], ids=[new for _, new, _ in EDITS])
def test_outcomes_are_the_differences_in_short(old: str, new: str) -> None:
    """The same entries and rules in the same order, without the words and the reasons."""
    edit = Edit(changed_rules(rules(BASE), rules(BASE.replace(old, new))))
    told = [(each.entry, each.rule, each.added) for each in edit.differences(titled(*TITLES))]
    assert told
    assert [*edit.outcomes(titled(*TITLES))] == told


@given(QUERIES, QUERIES, st.booleans(), st.lists(ENTRIES, max_size=4))
def test_an_edit_is_the_difference_of_what_matches(
    before: Query,
    after: Query,
    enabled: bool,  # noqa: FBT001
    texts: list[EntryText],
) -> None:
    """Added is what only the draft matches, dropped what only the live rule does; both show the words."""
    live, draft = Rule("r", "", before), Rule("r", "", after, enabled=enabled)
    old, new = RuleSet([live]), RuleSet([draft])
    expected = {}
    for number, text in enumerate(texts):
        was, would = old.match_entry(text), new.match_entry(text)
        if bool(was) is not bool(would):
            expected[number] = (bool(would), (would or was)[0].hits)
    found = list(Edit(changed_rules([live], [draft])).differences(Shelf(texts)))
    assert {one.entry.id: (one.added, one.hits) for one in found} == expected
    assert all(one.reason for one in found)


def test_rules_that_match_as_before_are_no_change() -> None:
    """A title, a severity, a place in the file or another order of aliases changes nothing that matches."""
    (rule,) = rules(BASE)
    assert changed_rules([rule], [replace(rule, title="Other", line=9, channels=("desk",))]) == ()
    assert changed_rules([replace(rule, enabled=False)], []) == ()
    assert changed_rules(rules(BASE), rules(BASE.replace("Damascus", "Aleppo"))) != ()
