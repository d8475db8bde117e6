"""The words that a report could be found by, and which of many are worth it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.match import FOLD_VERSION, Rule, fold_entry, parse_query
from digest.stories.learning.candidates import outlet_names, terms_in
from digest.stories.learning.choice import Counted, choose, learned
from digest.stories.learning.gaps import Missed, find_gaps, still_missed
from digest.stories.learning.noise import Judged, find_noise, sort_alerts
from digest.values.news import EntryText, StoredEntry
from digest.values.stories import Answered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def entry(number: int, title: str, summary: str = "", lang: str = "en", *, stale: bool = False) -> StoredEntry:
    """A stored report; ``stale``: folded by an older version."""
    text = EntryText(title, summary, lang=lang)
    version, folded = (FOLD_VERSION - 1, "stale") if stale else (FOLD_VERSION, fold_entry(text))
    return StoredEntry(number, 1, "", text, None, NOW, folded=folded, fold_version=version)


class Shelf:
    """Stored entries in memory, as an archive hands them out."""

    def __init__(self, *stored: StoredEntry) -> None:
        self._stored = {one.id: one for one in stored}

    def folded(self) -> Iterator[Sequence[tuple[int, str]]]:
        """Two to a page."""
        every = [(one.id, one.folded if one.fold_version == FOLD_VERSION else "") for one in self._stored.values()]
        yield from (every[at : at + 2] for at in range(0, len(every), 2))

    def texts(self) -> Iterator[Sequence[tuple[int, EntryText, str]]]:
        """Nobody asks."""
        raise NotImplementedError

    def entries(self, ids: Sequence[int]) -> Iterator[StoredEntry]:
        """In order."""
        return (self._stored[one] for one in ids)


def rule(query: str) -> Rule:
    """A rule of one query."""
    return Rule("it", "", parse_query(query))


# --- candidates --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "there", "not_there"),
    [
        (
            EntryText("Tremor rattles the north of Valdora", "Three people were hurt."),
            {"tremor", "rattles", "tremor rattles", "valdora", "people", "hurt"},
            {"the", "of", "rattles the", "valdora three", "were"},
        ),
        (EntryText("2026: G20 meets in 14 towns, 3rd of May"), {"g20", "g20 meets"}, {"2026", "14", "2026 g20"}),
        (EntryText("발도라에서 강진으로 북한대사관 붕괴"), {"강진", "발도라", "북한", "강진으로", "강진 북한"}, {"강"}),
        (EntryText("زلزال يضرب السورية"), {"زلزال", "السورية", "سورية"}, {"ورية"}),
        (EntryText("中国驻叙利亚大使馆遭袭击"), {"中国", "叙利亚", "袭击", "大使馆"}, {"驻", "国驻"}),
        (EntryText("Quake hits Meridia - The Daily Example", source="x"), {"quake", "meridia"}, {"daily", "example"}),
    ],
)
def test_the_words_of_a_report(text: EntryText, there: set[str], not_there: set[str]) -> None:
    """Words and pairs in any script, stems where particles are written on; no small words, numbers or outlets."""
    found = terms_in(text)
    assert there <= found, there - found
    assert not found & not_there


def test_an_outlets_name_is_no_term() -> None:
    """Wherever it stands in a text."""
    text = EntryText("Daily Example saw it first", "The Daily Example was there.")
    assert "daily example" in terms_in(text)
    assert "daily example" not in terms_in(text, outlet_names(["Daily Example"]))


# --- gaps --------------------------------------------------------------------------------------------------------


def test_a_report_that_is_found_now_or_excluded_is_not_missed() -> None:
    """Rules are edited after entries came."""
    reports = entry(1, "Tremor in Meridia"), entry(2, "Quake in Meridia"), entry(3, "Tremor at a football match")
    missed = Missed(rule("quake NOT football"), reports, frozenset({1, 2, 3}))
    assert [report.id for report in still_missed(missed).reports] == [1]


def test_what_the_rule_asks_for_already_and_what_it_should_not_find_are_no_terms() -> None:
    """Of a rule that asks for two things one is there already; a term that finds an unwanted example is none."""
    reports = entry(1, "Tremor in Meridia"), entry(2, "Meridia: tremor, damage"), entry(3, "Damage in Meridia")
    missed = Missed(rule("quake AND meridia"), reports, frozenset({1, 2, 3}))
    assert {term.phrase.text for term in find_gaps([missed], Shelf(*reports))["it"]} == {"tremor", "damage"}
    missed = replace(missed, unwanted=(EntryText("Water damage in the museum"),))
    assert {term.phrase.text for term in find_gaps([missed], Shelf(*reports))["it"]} == {"tremor"}


def test_what_stands_side_by_side_over_a_full_stop_is_no_phrase() -> None:
    """Folded texts do not show where a sentence ends; how a term is written does."""
    one, other = entry(1, "Meridia in ruins. Tremor, again"), entry(2, "Kestria in ruins, tremor at night")
    counted = Counted("ruins tremor", {1, 2}, set())
    assert learned("it", counted, {1: one, 2: other}, ()) is None


def test_a_term_is_written_as_its_reports_write_it() -> None:
    """With its accents and capitals, which a folded text has not."""
    reports = {number: entry(number, "Séisme à Méridia") for number in (1, 2)}
    found = learned("it", Counted("meridia", {1, 2}, set()), reports, ())
    assert found is not None
    assert found.phrase.text == "Méridia"


def test_stale_texts_are_folded_anew() -> None:
    """An entry that an older version folded is a price all the same."""
    reports = entry(1, "Tremor in Meridia"), entry(2, "A tremor of Kestria")
    others = [entry(number, "Tremor in the markets", stale=True) for number in range(3, 10)]
    missed = Missed(rule("quake"), reports, frozenset({1, 2}))
    assert find_gaps([missed], Shelf(*reports, *others[:6]))["it"][0].others == 6
    assert find_gaps([missed], Shelf(*reports, *others)) == {}


def test_each_term_is_chosen_for_what_those_before_it_leave() -> None:
    """A term that catches nothing new is none, however much it catches; nor one that costs too much for what is new."""
    counted = [
        Counted("much", {1, 2, 3, 4}, set()),
        Counted("same", {1, 2, 3}, set()),
        Counted("rest", {4, 5}, {9}),
        Counted("dear", {4, 6}, {9, 10, 11, 12}),
        Counted("once", {7}, set()),
    ]
    reports = {number: entry(number, "much same rest dear once") for number in range(1, 8)}
    found = choose(counted, 3.0, lambda one: learned("it", one, reports, ()))
    assert [(one.phrase.text, one.gained, one.others) for one in found] == [
        ("much", (1, 2, 3, 4), 0),
        ("rest", (4, 5), 1),
    ]


def test_no_rule_gets_more_than_eight_terms() -> None:
    """More nobody would look through."""
    counted = [Counted(f"word{number}", {2 * number, 2 * number + 1}, set()) for number in range(12)]
    reports = {number: entry(number, f"word{number // 2}") for number in range(24)}
    assert len(choose(counted, 3.0, lambda one: learned("it", one, reports, ()))) == 8


# --- noise -------------------------------------------------------------------------------------------------------


def answered(number: int, *, read: bool = False, picked: bool = False, days: int = 4) -> Answered:
    """An alert of so many days ago."""
    return Answered(number, NOW - days * DAY, read, picked)


def test_unread_is_noise_after_three_days_where_others_were_read() -> None:
    """Who reads nothing says nothing; a mark counts at once; what is picked, or an example, is kept."""
    alerts = [
        answered(1),
        answered(2, days=3),
        answered(3, read=True),
        answered(4, read=True),
        answered(5, picked=True),
    ]
    found = sort_alerts(alerts, {4, 99}, {3}, NOW)
    assert [sorted(some) for some in (found.noise, found.kept, found.others)] == [[1, 4], [3, 5], [2]]
    assert not sort_alerts([answered(1), answered(2)], (), (), NOW).noise


def test_a_rules_own_term_is_not_excluded_but_a_phrase_with_it_is() -> None:
    """``NOT embassy`` would leave nothing of a rule that looks for embassies; ``NOT "embassy suites"`` helps."""
    noise = entry(1, "Embassy Suites opens"), entry(2, "Night at Embassy Suites"), entry(3, "Embassy, closed")
    kept = (entry(4, "Suites of the embassy burn"),)
    judged = Judged(rule("embassy"), noise, kept, ())
    assert [term.phrase.text for term in find_noise(judged)] == ["Embassy Suites"]
    assert find_noise(replace(judged, wanted=(EntryText("The embassy suites affair"),))) == ()
