"""What a load does, it does once: every term is read once, and every rule is compiled once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.match import load_rules
from digest.match.language.parse import parse_item
from digest.match.language.query import Phrase
from digest.match.language.terms import _folded_words, words_of
from digest.match.matching.compiling import Compiler
from digest.values.news import EntryText
from tests.calls import calls_during

RULES, TERMS = 40, 10


def _rule(number: int) -> str:
    """A rule of ten terms, half of them plain, with examples that pass."""
    plain = [f"word{number} name{term}" for term in range(TERMS // 2)]
    odd = [f"été{number} 북한{term}" for term in range(TERMS // 2)]
    text = f'[[rule]]\nid = "rule-{number}"\nenabled = {"false" if number % 4 == 0 else "true"}\n'
    return text + f'any = {[*plain, *odd]}\nmatch = ["A {plain[0]}"]\nno_match = ["nothing"]\n'


def test_loading_and_matching_compile_each_term_once() -> None:
    """Trying the examples, matching and explaining all ask what the load compiled; no term is folded twice."""
    text = "\n".join(map(_rule, range(RULES)))
    _folded_words.cache_clear()

    def run() -> None:
        loaded = load_rules({"a.toml": text})
        assert not loaded.problems
        assert [match.rule for match in loaded.ruleset.match_entry(EntryText("A word3 name2"))] == ["rule-3"]
        assert all(explanation.clause for explanation in loaded.ruleset.explain(EntryText("A word3 name2")))

    compiled, words, folded = calls_during(run, Compiler._term, words_of, _folded_words.__wrapped__)
    assert compiled == RULES * TERMS
    assert folded == RULES * TERMS // 2
    assert words <= RULES * TERMS + folded  # a term that is not plain is looked at when it is read, too


ITEMS = st.lists(st.sampled_from(["Syria", "NATO", "G20", "OF", "or", "AND", "NEAR", "2", "x"]), min_size=1).map(
    " ".join
)


@given(ITEMS)
def test_a_plain_item_is_read_as_any_other(item: str) -> None:
    """The short way for letters and digits alone comes to what the long way does, its mistakes too."""

    def read(text: str) -> object:
        try:
            return parse_item(text)
        except Exception as error:  # noqa: BLE001 - it must be the same one, whatever it is
            return str(error)

    assert read(item) == read(f" {item}")


@given(ITEMS, st.booleans())
def test_plain_words_are_those_that_folding_finds(item: str, case: bool) -> None:  # noqa: FBT001
    """So it is for the words of a plain term."""
    phrase = Phrase(item, case)
    assert words_of(phrase) == _folded_words(phrase)
