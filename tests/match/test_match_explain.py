"""Why a rule matches or does not: the same verdict as the matcher's, and the clause that decided."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import Rule, RuleSet, changed_rules, parse_query, print_query
from digest.match.language.query import (
    Alias,
    And,
    Count,
    Field,
    Near,
    Not,
    Or,
    Phrase,
    Query,
    Regex,
    children_of,
    unanchored,
)
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterator

ALIASES = {"syria": (Phrase("Syria"), Phrase("Damascus")), "dprk": (Phrase("North Korea"), Phrase("북한"))}


def explained(query: str, title: str, summary: str = "") -> tuple[bool, str]:
    """Whether a query matches, and the clause that decided."""
    rule = Rule("r", "", parse_query(query, ALIASES))
    (explanation,) = RuleSet([rule]).explain(EntryText(title, summary))
    return explanation.matched, explanation.clause


DECIDED = [  # query, title, whether it matches, the clause that decided
    ("embassy", "Embassy shut", True, "embassy"),
    ("embassy", "Consulate shut", False, "embassy"),
    ("embassy OR envoy", "Envoy leaves", True, "envoy"),
    ("embassy OR envoy", "Minister leaves", False, "embassy OR envoy"),
    ("envoy OR (embassy NOT Peru)", "Embassy of Peru", False, "NOT Peru"),
    ("@syria AND embassy", "Embassy in Damascus", True, "Damascus AND embassy"),
    ("@syria AND embassy", "Embassy in Beirut", False, "@syria"),
    ("@syria AND embassy", "A quiet day", False, "@syria AND embassy"),
    ("@syria NOT football", "Damascus talks", True, "Damascus"),
    ("@syria NOT (football OR chess)", "Chess in Damascus", False, "NOT chess"),
    ("title:(football OR chess)", "Chess in Damascus", True, "title:chess"),
    ("embassy NOT title:(football OR chess)", "Embassy chess", False, "NOT title:chess"),
    ("2 OF (embassy, envoy, visa)", "Visa for an envoy", True, "2 OF (envoy, visa)"),
    ("2 OF (embassy, envoy, visa)", "Visa denied", False, "2 OF (embassy, envoy, visa)"),
    ("embassy NEAR/1 @syria", "Embassy in Damascus", True, "embassy NEAR/1 @syria"),
    ("embassy NEAR/1 @syria", "Embassy of France in old Damascus", False, "embassy NEAR/1 @syria"),
    ("embassy NEAR/1 (@syria OR Beirut)", "Embassy shut", False, "@syria OR Beirut"),
    ("embassy NEAR/1 @syria", "A quiet day", False, "embassy NEAR/1 @syria"),
    ("embassy AND (envoy OR NOT visa)", "Embassy shut", True, "embassy"),
]


@pytest.mark.parametrize(("query", "title", "matched", "clause"), DECIDED)
def test_the_least_clause_that_says_why(query: str, title: str, matched: bool, clause: str) -> None:  # noqa: FBT001
    """Of a match what made it hold, of a miss what failed, each no more than is needed; and it reads as a query."""
    assert explained(query, title) == (matched, clause)


def test_a_near_that_fails_says_how_far_its_sides_are() -> None:
    """Words between the nearest two; nothing where they never stand in one block."""
    rule = Rule("r", "", parse_query("embassy NEAR/1 Syria"))
    explainer = RuleSet([rule])
    (far,) = explainer.explain(EntryText("Embassy of France in northern Syria, one two three embassy"))
    (apart,) = explainer.explain(EntryText("Embassy shut", "Syria quiet"))
    assert (far.whole.words_apart, apart.whole.words_apart) == (3, None)
    assert [hit.text for hit in far.hits] == ["Embassy", "Syria", "embassy"]


def test_the_nearest_miss_comes_first() -> None:
    """What matches, then what lacks least of what it asks for, then what has nothing of it."""
    queries = {
        "nothing": "football",
        "half": "embassy AND Beirut AND visa",
        "excluded": "embassy AND Damascus NOT closes",
        "whole": "embassy",
        "nearly": "embassy AND Damascus AND visa",
    }
    explanations = RuleSet(Rule(name, "", parse_query(query)) for name, query in queries.items()).explain(
        EntryText("Embassy in Damascus closes")
    )
    ranked = sorted(explanations, key=lambda explanation: explanation.nearness)
    assert [one.rule.id for one in ranked] == ["whole", "excluded", "nearly", "half", "nothing"]


def test_aliases_that_name_each_other_many_times_are_gone_through_once() -> None:
    """Each names the one before twice: a million ways to one word, and still an answer at once."""
    alias = Alias("a0", (Phrase("Syria"),))
    for number in range(1, 25):
        alias = Alias(f"a{number}", (alias, alias, Phrase(f"word{number}")))
    rule = Rule("r", "", alias)
    (explanation,) = RuleSet([rule]).explain(EntryText("Syria"))
    assert (explanation.matched, explanation.clause, len(explanation.whole.parts)) == (True, "Syria", 25)
    assert changed_rules([rule], [rule]) == ()


def test_disabled_rules_are_explained_too() -> None:
    """A rule that is switched off can be asked what it would do."""
    (explanation,) = RuleSet([Rule("r", "", parse_query("embassy"), enabled=False)]).explain(EntryText("Embassy"))
    assert explanation.matched


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta", "북한", "中国", "p.m.", "P.M.", "PM"])
PLAIN_TERMS: st.SearchStrategy[Query] = st.one_of(
    WORDS.map(Phrase),
    st.tuples(WORDS, WORDS).map(lambda pair: Phrase(" ".join(pair))),
    st.tuples(WORDS, WORDS, st.integers(0, 2)).map(lambda three: Phrase(f"{three[0]} {three[1]}", slop=three[2])),
    st.sampled_from([Phrase("p.m."), Phrase("PM", case=True), Phrase("alp*"), Regex("bet."), Regex("a b")]),
)
FIELDS = st.sampled_from(["title", "summary", "source"])
ITEMS: st.SearchStrategy[Query] = PLAIN_TERMS | st.builds(Field, FIELDS, PLAIN_TERMS)


def _alias(items: list[Query]) -> Alias:
    """An alias of some items, named for them: those of one name are the same."""
    return Alias("-".join(re.findall(r"\w+", str(items))), tuple(items))


ALIASES_OF_ITEMS: st.SearchStrategy[Query] = st.lists(ITEMS, min_size=1, max_size=3).map(_alias)
TERMS: st.SearchStrategy[Query] = (
    PLAIN_TERMS | ALIASES_OF_ITEMS | st.lists(ITEMS | ALIASES_OF_ITEMS, min_size=1, max_size=2).map(_alias)
)
GROUPS = st.lists(TERMS, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms)))
FIELDED = st.builds(Field, FIELDS, TERMS | GROUPS)
NEARS = st.builds(Near, TERMS, TERMS, st.integers(0, 3), st.booleans())


def _joined(children: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(And),
        several.map(Or),
        children.map(Not),
        several.map(lambda many: Count(2, many)),
    )


QUERIES = st.recursive(TERMS | FIELDED | NEARS, _joined, max_leaves=6).filter(lambda query: unanchored(query) is None)
TEXTS = st.lists(WORDS | st.sampled_from(["other", "\n"]), max_size=8).map(" ".join)
ENTRIES = st.builds(EntryText, title=TEXTS, summary=TEXTS, source=TEXTS)


@given(st.lists(QUERIES, min_size=1, max_size=4), ENTRIES)
def test_an_explanation_agrees_with_the_matcher(queries: list[Query], text: EntryText) -> None:
    """Whatever the query, the verdict and the words of a match are those of matching."""
    rules = [Rule(str(number), "", query) for number, query in enumerate(queries)]
    matches = {match.rule: match.hits for match in RuleSet(rules).match_entry(text)}
    for explanation in RuleSet(rules).explain(text):
        assert explanation.matched is (explanation.rule.id in matches)
        if explanation.matched:
            assert explanation.hits == matches[explanation.rule.id]
        assert explanation.clause
        assert (explanation.whole.cost == 0) is explanation.matched


@given(QUERIES, ENTRIES)
def test_a_deciding_clause_decides(query: Query, text: EntryText) -> None:
    """The clause that is shown stands with the entry as the whole query does."""
    (explanation,) = RuleSet([Rule("r", "", query)]).explain(text)
    if unanchored(explanation.whole.decider) is None:
        decider = parse_query(explanation.clause, dict(_aliases(query)))
        (again,) = RuleSet([Rule("r", "", decider)]).explain(text)
        assert again.matched is explanation.matched, print_query(query)


def _aliases(query: Query) -> Iterator[tuple[str, tuple[Query, ...]]]:
    """The aliases that a query names, with their terms."""
    if isinstance(query, Alias):
        yield query.name, query.terms
    for child in children_of(query):
        yield from _aliases(child)
