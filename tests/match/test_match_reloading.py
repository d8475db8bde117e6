"""Loading again does anew only what changed, and comes to what loading from nothing comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from digest.match import Memory, RuleSet, load_rules
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Mapping

ALIASES = ('[alias]\nnorth = ["Pyongyang"]\n', '[alias]\nnorth = ["Seoul", "Kim*"]\n', "[alias]\nnorth = [5]\n", "")
RULES = (
    '[[rule]]\nid = "one"\nany = ["@north", "rocket"]\nmatch = ["A rocket"]\n',
    '[[rule]]\nid = "one"\nany = ["@north"]\nmatch = ["From Pyongyang"]\n',
    '[[rule]]\nid = "two"\nquery = "rocket AND /l.unch/"\nunwanted = ["rocket launch"]\n',
    '[[rule]]\nid = "two"\nquery = "source:desk AND (moon OR rocket)"\n[[rule]]\nid = "three"\nany = ["moon"]\n',
    '[[rule]]\nid = "three"\nenabled = false\nany = ["moon"]\n',
    '[[rule]]\nid = "three"\nquery = "moon AND"\n',
    "nonsense",
)
FOLDERS = st.dictionaries(st.sampled_from(("a.toml", "b.toml", "c.toml")), st.sampled_from((*ALIASES, *RULES)))
ENTRIES = [
    EntryText(title=title, source="desk")
    for title in ("A rocket launch", "Moon landing", "From Pyongyang", "Kim in Seoul", "The moon")
]


def _matches(rules: RuleSet) -> list[object]:
    """What a set of rules makes of the entries."""
    return [rules.match_entry(entry) for entry in ENTRIES]


@given(st.lists(FOLDERS, min_size=2, max_size=6))
def test_loading_again_comes_to_what_loading_anew_does(folders: list[Mapping[str, str]]) -> None:
    """Whatever the files were before: the same rules, problems and warnings, and the same matches."""
    memory, active = Memory(), RuleSet(())
    live: Mapping[str, str] = {}
    for files in folders:
        again, anew = load_rules(files, live, memory=memory), load_rules(files, live)
        assert again == anew
        active = RuleSet(again.rules, active)
        assert _matches(active) == _matches(RuleSet(anew.rules))
        live = again.live


def test_what_did_not_change_is_the_same_rule() -> None:
    """An edit of one file makes its rules anew and no other, and leaves the set before it as it was."""
    memory = Memory()
    before = load_rules({"a.toml": RULES[0], "b.toml": RULES[2], "n.toml": ALIASES[0]}, memory=memory)
    first = RuleSet(before.rules)
    matched = _matches(first)
    after = load_rules({"a.toml": RULES[0] + "\n", "b.toml": RULES[2], "n.toml": ALIASES[0]}, memory=memory)
    assert [one is other for one, other in zip(before.rules, after.rules, strict=True)] == [False, True]
    RuleSet(load_rules({"b.toml": RULES[3], "n.toml": ALIASES[1]}, memory=memory).rules, first)
    assert _matches(first) == matched


def test_a_few_new_terms_are_found_beside_thousands() -> None:
    """They have an automaton of their own, and the large one is not built again; many together make it anew."""
    many = load_rules({"a.toml": f'[[rule]]\nid = "many"\nany = {[f"word{number}" for number in range(2_000)]}\n'})
    before = RuleSet(many.rules)
    for count, is_same in ((3, True), (1_500, False)):
        more = [f"more {number}" for number in range(count)]
        new = load_rules({"b.toml": f'[[rule]]\nid = "new"\nany = {["word7", *more]}\n'})
        after = RuleSet([*many.rules, *new.rules], before)
        assert (after._finder.automaton is before._finder.automaton) is is_same
        for title, rules in (
            ("word7", {"many", "new"}),
            ("word8", {"many"}),
            ("So more 2 it is", {"new"}),
            ("x", set()),
        ):
            assert {match.rule for match in after.match_entry(EntryText(title=title))} == rules


def test_rules_that_are_gone_do_not_pile_up() -> None:
    """A file that is made anew again and again, with other words each time, costs no more for it."""
    active = RuleSet(())
    for number in range(50):
        text = f'[[rule]]\nid = "one"\nany = ["word{number}", "other{number}"]\n'
        active = RuleSet(load_rules({"a.toml": text}).rules, active)
    assert len(active._compiled.compiler.atoms) <= 3 * 2
