"""The matcher against an evaluator that tries everything: no gate, automaton or nearest hit may change an answer."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.match import Rule, RuleSet, parse_query, print_query, query_rule
from digest.match.language.query import And, Count, Field, Near, Not, Or, Phrase, Query, Regex, unanchored
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = ["lorem", "ipsum", "dolor", "sitam", "velit"]
Words = tuple[int, ...]
"""The numbers of the words of a field that a hit takes."""

# --- the plain evaluator -----------------------------------------------------------------------------------------


def holds(query: Query, fields: dict[str, list[str]]) -> bool:
    """Whether a query is true of the words of the fields."""
    match query:
        case And(children=children):
            return all(holds(child, fields) for child in children)
        case Or(children=children):
            return any(holds(child, fields) for child in children)
        case Not(child=child):
            return not holds(child, fields)
        case Count(least=least, children=children):
            return sum(holds(child, fields) for child in children) >= least
        case Field(name=name, child=child):
            return holds(child, {name: fields[name]})
        case _:
            return any(any(places(query, words, name)) for name, words in fields.items())


def places(query: Query, words: list[str], field: str) -> Iterable[Words]:
    """Every way a term, or terms near each other, stand among the words of one field."""
    match query:
        case Phrase(text=text, slop=slop):
            yield from runs(text.split(), words, slop or 0)
        case Regex(pattern=pattern):
            yield from ((place,) for place, word in enumerate(words) if word == pattern)
        case Or(children=children):
            for child in children:
                yield from places(child, words, field)
        case Field(name=name, child=child) if name == field:
            yield from places(child, words, field)
        case Near(left=left, right=right, gap=gap, ordered=ordered):
            for one, other in itertools.product(places(left, words, field), places(right, words, field)):
                if not set(one) & set(other) and near(one, other, gap, ordered=ordered):
                    yield tuple(sorted(one + other))
        case _:
            return


def runs(phrase: list[str], words: list[str], slop: int) -> Iterable[Words]:
    """Every way the words of a phrase, some of which may end in ``*``, stand in order with so many others between."""
    for run in itertools.combinations(range(len(words)), len(phrase)):
        pairs = [(sought, words[place]) for sought, place in zip(phrase, run, strict=True)]
        spelt = all(word.startswith(sought[:-1]) if "*" in sought else word == sought for sought, word in pairs)
        if spelt and run[-1] - run[0] + 1 - len(run) <= slop:
            yield tuple(range(run[0], run[-1] + 1))


def near(one: Words, other: Words, gap: int, *, ordered: bool) -> bool:
    """Whether at most ``gap`` words stand between the nearest two, or between the last and the first."""
    if ordered:
        return 0 <= other[0] - one[-1] - 1 <= gap
    return min(abs(mine - theirs) for mine in one for theirs in other) - 1 <= gap


# --- what is asked -----------------------------------------------------------------------------------------------

SOUGHT = st.sampled_from([*WORDS, "lor*", "ips*"])
PHRASES = st.one_of(
    st.builds(Phrase, SOUGHT),
    st.builds(
        lambda words, slop: Phrase(" ".join(words), slop=slop),
        st.lists(SOUGHT, min_size=2, max_size=3),
        st.sampled_from([None, 0, 1, 2]),
    ),
)
TERMS = st.one_of(PHRASES, st.builds(Regex, st.sampled_from(WORDS)))
PLACED = st.one_of(TERMS, st.lists(TERMS, min_size=2, max_size=3).map(lambda terms: Or(tuple(terms))))
NEARS = st.builds(Near, PLACED, PLACED, st.integers(0, 3), st.booleans())
CHAINS = st.permutations(WORDS).flatmap(
    lambda words: st.builds(
        lambda first, second, gap, other: Near(
            Near(Phrase(words[0]), Phrase(words[1]), gap, first), Phrase(words[2]), other, second
        ),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
        st.integers(0, 3),
    )
)
LEAVES = st.one_of(TERMS, NEARS, CHAINS)
QUERIES = st.recursive(
    st.one_of(LEAVES, st.builds(Field, st.sampled_from(["title", "summary"]), LEAVES)),
    lambda inner: st.one_of(
        st.lists(st.one_of(inner, inner.map(Not)), min_size=2, max_size=3).map(lambda children: And(tuple(children))),
        st.lists(st.one_of(inner, inner.map(Not)), min_size=2, max_size=3).map(lambda children: Or(tuple(children))),
        st.lists(st.one_of(inner, inner.map(Not)), min_size=2, max_size=4).flatmap(
            lambda children: st.builds(Count, st.integers(1, len(children)), st.just(tuple(children)))
        ),
    ),
    max_leaves=8,
).filter(lambda query: unanchored(query) is None)
TEXTS = st.lists(st.sampled_from(WORDS), max_size=9)


def rule(query: Query, number: int = 0) -> Rule:
    """A rule with a query."""
    return replace(query_rule("x"), id=f"r{number}", query=query)


@settings(max_examples=300)
@given(QUERIES, TEXTS, TEXTS)
def test_a_query_means_what_trying_everything_says(query: Query, title: list[str], summary: list[str]) -> None:
    """AND, OR, NOT, OF, NEAR, phrases and fields are true exactly when a plain evaluation of them is."""
    entry = EntryText(title=" ".join(title), summary=" ".join(summary))
    matches = RuleSet([rule(query)]).match_entry(entry)
    assert bool(matches) is holds(query, {"title": title, "summary": summary}), print_query(query)
    assert all(match.hits for match in matches)


@settings(max_examples=300)
@given(st.one_of(NEARS, CHAINS), TEXTS)
@example(parse_query('sitam NEAR/3 "ipsum lorem"~1'), ["ipsum", *["lorem"] * 5, "sitam"])
@example(parse_query("lorem NEAR/2 ipsum NEAR/0 dolor"), ["lorem", "dolor", "velit", "ipsum"])
@example(parse_query("lorem NEAR/2 ipsum NEAR/0 dolor"), ["lorem", "velit", "dolor", "velit", "ipsum"])
def test_near_means_what_trying_every_pair_says(query: Query, title: list[str]) -> None:
    """Also in a row, where the third word may stand between the first two."""
    matches = RuleSet([rule(query)]).match_entry(EntryText(title=" ".join(title)))
    assert bool(matches) is holds(query, {"title": title}), print_query(query)


LOREM, IPSUM, DOLOR = map(Phrase, WORDS[:3])
OPEN = And((LOREM, Or((IPSUM, Not(DOLOR)))))
"""It holds where nothing but its commonest word is found."""
COUNTED = And((LOREM, Count(1, (IPSUM, Not(DOLOR)))))


@given(st.lists(QUERIES, min_size=2, max_size=6), TEXTS, TEXTS)
@example([OPEN, LOREM, LOREM], ["lorem"], [])
@example([COUNTED, LOREM, LOREM], ["lorem"], [])
def test_a_rule_matches_whatever_rules_stand_beside_it(
    queries: list[Query], title: list[str], summary: list[str]
) -> None:
    """Neither the order of the rules nor which others there are changes what one of them finds."""
    entry = EntryText(title=" ".join(title), summary=" ".join(summary))
    rules = [rule(query, number) for number, query in enumerate(queries)]
    alone = [match for one in rules for match in RuleSet([one]).match_entry(entry)]
    assert list(RuleSet(rules).match_entry(entry)) == alone
    assert list(RuleSet(rules[::-1]).match_entry(entry)) == alone[::-1]
    by_metadata = rule(And((Phrase("lorem"), Field("tag", Phrase("velit")))), len(rules))
    assert list(RuleSet([*rules, by_metadata]).match_entry(entry)) == alone
