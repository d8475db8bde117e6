"""Examples that are kept apart from their rules: they guard as those within do, and take no other rule with them."""

from __future__ import annotations

import pytest

from digest.match import ExampleKind, Memory, load_rules, run_examples
from digest.values.news import EntryText

RULE = '[[rule]]\nid = "a"\nany = ["x"]\n'
EXAMPLE = '[[example]]\nrule = "a"\n'


def problems(files: dict[str, str], last_good: dict[str, str] | None = None) -> list[str]:
    """What is wrong with files."""
    return [str(problem) for problem in load_rules(files, last_good).problems]


def test_an_example_stands_in_any_file() -> None:
    """Before or behind its rule, in its file or in another, a text or a table; all are run, each with its place."""
    more = EXAMPLE + 'known_gap = "gap"\n' + EXAMPLE + 'no_match = {title = "b", summary = "c", lang = "en"}\n'
    files = {"r.toml": EXAMPLE + 'match = "x here"\n' + RULE + 'unwanted = ["x too"]\n', "s.toml": more}
    loaded = load_rules(files)
    assert loaded.problems == ()
    assert [str(warning) for warning in loaded.warnings] == [
        "r.toml:7:13: rule “a” still matches this unwanted example: it finds “x”, by x"
    ]
    results = run_examples(loaded.ruleset, loaded.examples())
    assert [(result.example.kind, result.example.text, result.example.path, result.passed) for result in results] == [
        (ExampleKind.UNWANTED, EntryText("x too"), "r.toml", False),
        (ExampleKind.MATCH, EntryText("x here"), "r.toml", True),
        (ExampleKind.KNOWN_GAP, EntryText("gap"), "s.toml", True),
        (ExampleKind.NO_MATCH, EntryText("b", "c", lang="en"), "s.toml", True),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[[example]]\nmatch = "x"', 'r.toml:4:3: this example names no rule: add a line like rule = "syria-embassy"'),
        ('[[example]]\nrule = 3\nmatch = "x"', 'r.toml:5:8: rule is a text: write rule = "..."'),
        (
            '[[example]]\nrule = "a"',
            "r.toml:4:3: this example has no text to try: add one of match, no_match, known_gap, unwanted, as in unwa",
        ),
        (EXAMPLE + 'unwanted = "x"\nmatch = "y"', "r.toml:6:1: an example is of one kind: keep match or unwanted"),
        (
            EXAMPLE + 'match = ["x"]',
            'r.toml:6:9: an example is a text, or a table like {title = "...", source = "..."}',
        ),
        (EXAMPLE + "match = {titel = 'x'}", "r.toml:6:10: unknown key “titel”: did you mean “title”?"),
        (EXAMPLE + 'unwated = "x"', "r.toml:6:1: unknown key “unwated”: did you mean “unwanted”?"),
        ('[example]\nrule = "a"', "r.toml:4:2: an example that is kept apart begins with [[example]], in double br"),
        ('[[example]]\nrule = "aa"\nmatch = "x"', "r.toml:5:8: there is no rule “aa”: did you mean “a”?"),
        (
            '[[example]]\nrule = "syria"\nmatch = "x"',
            "r.toml:5:8: there is no rule “syria”: write the id of one, or take this example out",
        ),
        (EXAMPLE + 'match = "y"', "r.toml:6:9: rule “a” does not match this example, and should: it fails at x"),
    ],
)
def test_mistakes_are_shown_at_their_place(text: str, problem: str) -> None:
    """Each at its line and column, with what to write instead; the file is left out."""
    loaded = load_rules({"r.toml": RULE + text})
    assert str(loaded.problems[0]).startswith(problem)
    assert loaded.rules == ()


GUARD = EXAMPLE + 'match = "x"\n[[rule]]\nid = "own"\nany = ["own"]\n'
EDITED = RULE.replace('["x"]', '["y"]')


def test_of_rule_and_example_the_one_that_was_edited_is_to_blame() -> None:
    """The other stays live as it is, with all that is in it; the edited file stays what it last was."""
    good = {"r.toml": RULE, "s.toml": GUARD}
    edited = load_rules(good | {"r.toml": EDITED}, good)
    assert [str(problem) for problem in edited.problems] == [
        "r.toml:2:6: rule “a” does not match the example at s.toml:3:1, and should: it fails at y"
    ]
    assert edited.live == good
    assert load_rules({"r.toml": EDITED, "s.toml": GUARD}, {"r.toml": EDITED}).live == {"r.toml": EDITED}
    wrong = load_rules({"r.toml": RULE, "s.toml": GUARD.replace('"x"', '"z"')}, good)
    assert [str(problem)[:17] for problem in wrong.problems] == ["s.toml:3:9: rule "]
    assert wrong.live == good


def test_an_example_whose_rule_is_gone_takes_no_rule_with_it() -> None:
    """It is an error that is shown, and the file, which was live as it is, stays live; one that is new is refused."""
    good = {"r.toml": RULE, "s.toml": GUARD}
    gone = load_rules({"s.toml": GUARD}, good)
    assert [str(problem)[:34] for problem in gone.problems] == ["s.toml:2:8: there is no rule “a”: "]
    assert ([rule.id for rule in gone.rules], gone.examples()) == (["own"], [])
    assert load_rules({"s.toml": GUARD}, {}).live == {}


def test_while_a_file_is_broken_no_example_is_without_its_rule() -> None:
    """Its rule may be in there: what is broken is the one thing to mend."""
    for last_good in ({}, {"r.toml": RULE, "s.toml": GUARD}):
        found = load_rules({"r.toml": RULE + "[[", "s.toml": GUARD}, last_good)
        assert [problem.path for problem in found.problems] == ["r.toml"]
        assert "s.toml" in found.live


MARK = EXAMPLE + 'unwanted = "x"\n'


def test_a_mark_whose_rule_is_gone_is_a_warning() -> None:
    """In the file that Digest writes, wherever the folder is; the other marks hold."""
    files = {"rules/r.toml": RULE, "rules/marks.toml": MARK + '[[example]]\nrule = "b-gone"\nunwanted = "x"\n'}
    loaded = load_rules(files)
    assert loaded.problems == ()
    assert [str(warning) for warning in loaded.warnings] == [
        "rules/marks.toml:3:12: rule “a” still matches this unwanted example: it finds “x”, by x",
        "rules/marks.toml:5:8: there is no rule “b-gone”: write the id of one, or take this example out",
    ]


def test_a_mark_that_has_done_its_work_is_no_matter() -> None:
    """Nobody has to edit the file that Digest writes once the rule is mended; should it match again, it is told."""
    files = {"r.toml": RULE, "marks.toml": EXAMPLE + 'unwanted = "y"\n' + EXAMPLE + 'known_gap = "x"\n'}
    assert load_rules(files).warnings == ()
    assert len(load_rules({"s.toml" if path == "marks.toml" else path: text for path, text in files.items()}).warnings)


def test_a_broken_file_of_marks_leaves_the_rest() -> None:
    """It is an error as any file's, and the last good marks hold."""
    loaded = load_rules({"r.toml": RULE, "marks.toml": MARK + "[[example]]\n"}, {"r.toml": RULE, "marks.toml": MARK})
    assert [problem.path for problem in loaded.problems] == ["marks.toml"] * 2
    assert (loaded.live, len(loaded.apart)) == ({"r.toml": RULE, "marks.toml": MARK}, 1)


def test_a_mark_makes_no_rule_anew() -> None:
    """A load that remembers the last one hands on the same rules: nothing of them is compiled again."""
    memory = Memory()
    before = load_rules({"r.toml": RULE, "marks.toml": MARK}, memory=memory)
    after = load_rules({"r.toml": RULE, "marks.toml": MARK + EXAMPLE + 'unwanted = "x 2"\n'}, memory=memory)
    assert [id(rule) for rule in after.rules] == [id(rule) for rule in before.rules]
    assert (len(before.warnings), len(after.warnings)) == (1, 2)


def test_an_edit_of_an_alias_takes_no_other_file_with_it() -> None:
    """An example that fails by it is told, and its file, which was live as it is, stays so."""
    good = {"a.toml": '[alias]\nq = ["x", "y"]\n', "r.toml": RULE.replace('"x"', '"@q"') + 'match = ["x"]\n'}
    edited = good | {"a.toml": '[alias]\nq = ["y"]\n'}
    loaded = load_rules(edited, good)
    assert [str(problem)[:11] for problem in loaded.problems] == ["r.toml:4:10"]
    assert loaded.live == edited
    assert load_rules(edited, {}).live == {"a.toml": edited["a.toml"]}
