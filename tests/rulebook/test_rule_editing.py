"""Edits of a rule in its file: the terms are in, the file loads, and all else is as it was, letter by letter."""

from __future__ import annotations

import pytest

from digest.match import load_rules
from digest.match.language.query import Phrase, print_query
from digest.rulebook.editing import UneditableError, exclude, look_for
from digest.toml.places import comments

TERMS = [Phrase("tremor"), Phrase("Erdstoß"), Phrase("burst dam")]
HEAD = '# Ours.\n[alias]\na = ["alpha"]  # first\n\n[[rule]]\nid = "other"\nany = ["x-ray"]\n\n'
TAIL = '\n# The end.\n[[rule]]\nid = "last"\nquery = "omega"\n'


def edited(rule: str, *, terms: list[Phrase] = TERMS, excluding: bool = False, head: str = HEAD) -> tuple[str, str]:
    """A rule of a file as it is laid out after an edit, and what it asks for then; the rest is seen to be the same."""
    text = f'{head}[[rule]]\nid = "it"\n{rule}\n{TAIL}'
    lists = load_rules({"r.toml": text}, try_examples=False).queries["r.toml"]
    after = exclude(text, "it", terms) if excluding else look_for(text, "it", terms, lists)
    loaded = load_rules({"r.toml": after})
    assert not loaded.problems, loaded.problems
    assert sorted(comments(after)) == sorted(comments(text))
    assert after.startswith(head)
    assert after.endswith(TAIL)
    (query,) = (one.query for one in loaded.rules if one.id == "it")
    return after[len(f'{head}[[rule]]\nid = "it"\n') : -len(TAIL) - 1], print_query(query)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('any = ["@a", "quake"]', 'any = ["@a", "quake", "tremor", "Erdstoß", "burst dam"]'),
        ('any = [ "quake", ]  # said', 'any = [ "quake", "tremor", "Erdstoß", "burst dam", ]  # said'),
        (
            'any = [\n    "@a",   # all\n    "quake",  # too\n    # more\n]',
            'any = [\n    "@a",   # all\n    "quake",  # too\n    "tremor", "Erdstoß", "burst dam",\n    # more\n]',
        ),
        (
            'any = [\n  "@a",\n  "quake"  # last\n]\nnone = ["b"]',
            'any = [\n  "@a",\n  "quake",  # last\n  "tremor", "Erdstoß", "burst dam"\n]\nnone = ["b"]',
        ),
        (
            'any = ["@a",\n       "quake"]',
            'any = ["@a",\n       "quake",\n       "tremor", "Erdstoß", "burst dam"]',
        ),
    ],
)
def test_a_list_gets_items_in_its_own_layout(before: str, after: str) -> None:
    """On its line, or on a line of their own as the others stand; commas and comments stay where they are."""
    assert edited(before)[0] == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('query = "a1 OR b1"', 'query = "(a1 OR b1) OR tremor OR Erdstoß OR \\"burst dam\\""'),
        ("query = 'a1 NOT b1'  # why", "query = '(a1 NOT b1) OR tremor OR Erdstoß OR \"burst dam\"'  # why"),
        (
            "query = '''\n    a1 AND\n      b1\n'''",
            "query = '''\n    (a1 AND\n      b1)\n    OR tremor\n    OR Erdstoß\n    OR \"burst dam\"\n'''",
        ),
        (
            'query = """\\\n    a1 \\\n    AND b1 \\\n    """',
            'query = """\\\n    (a1 \\\n    AND b1)\n    OR tremor\n    OR Erdstoß\n    OR "burst dam" \\\n    """',
        ),
    ],
)
def test_a_query_is_put_in_parentheses(before: str, after: str) -> None:
    """More alternatives stand behind it, on lines of their own where it has several."""
    assert edited(before)[0] == after


def test_a_quote_does_not_run_into_the_end_of_a_text() -> None:
    """A phrase is last, and three quotes close the text behind it."""
    after, _ = edited('query = """a1 OR\n b1"""', terms=[Phrase("burst dam")])
    assert after == 'query = """(a1 OR\n b1)\nOR "burst dam"\n"""'


def test_other_lists_become_a_query() -> None:
    """All of them at once cannot be said in lists; their comments stand above it, aliases stay aliases."""
    rule = 'all = ["@a",  # both\n  "b b"]\nany = ["c", "d"]  # either\nnone = ["e", "f"]\nseverity = "high"'
    after, query = edited(rule)
    assert after == (
        '# both\n# either\nquery = \'\'\'\n(((c OR d) AND @a AND "b b")\nOR tremor\nOR Erdstoß\nOR "burst dam")\n'
        "NOT (e OR f)'''\nseverity = \"high\""
    )
    assert query == '(((c OR d) AND @a AND "b b") OR tremor OR Erdstoß OR "burst dam") NOT (e OR f)'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'any  = ["a1"]  # x\nmatch = ["a1"]',
            'any  = ["a1"]  # x\nnone = ["tremor", "Erdstoß", "burst dam"]\nmatch = ["a1"]',
        ),
        ('any = ["a1"]\nnone = ["b1"]', 'any = ["a1"]\nnone = ["b1", "tremor", "Erdstoß", "burst dam"]'),
        ('query = "a1 OR b1"', 'query = "(a1 OR b1) NOT (tremor OR Erdstoß OR \\"burst dam\\")"'),
    ],
)  # fmt: skip
def test_what_is_excluded_is_in_none_or_behind_not(before: str, after: str) -> None:
    """A list ``none`` gets items, or is made behind the last list; a query is put in parentheses."""
    assert edited(before, excluding=True)[0] == after


def test_one_exclusion_needs_no_parentheses() -> None:
    """``NOT meme``."""
    assert edited("query = 'a1'", terms=[Phrase("meme")], excluding=True)[0] == "query = '(a1) NOT meme'"


def test_line_endings_and_rules_on_one_line_are_kept() -> None:
    """Whatever a file was written with."""
    text = '[[rule]]\r\nid = "it"\r\nany = [\r\n  "a1",\r\n]\r\n'
    assert look_for(text, "it", TERMS[:1], {}) == '[[rule]]\r\nid = "it"\r\nany = [\r\n  "a1",\r\n  "tremor",\r\n]\r\n'
    line = 'rule = [{id = "it", any = ["a1"]}]\n'
    assert exclude(line, "it", TERMS[:1]) == 'rule = [{id = "it", any = ["a1"], none = ["tremor"]}]\n'
    assert exclude(text, "it", TERMS[:1]) == text + 'none = ["tremor"]\r\n'


@pytest.mark.parametrize("rule", ["gone", "it"])
def test_what_cannot_be_edited_is_refused(rule: str) -> None:
    """A rule that is not there, or whose lists share a line: its author knows better."""
    text = 'rule = [{id = "it", all = ["a1", "b1"]}]\n'
    lists = load_rules({"r.toml": text}).queries["r.toml"]
    with pytest.raises(UneditableError):
        look_for(text, rule, TERMS, lists)


def test_many_items_are_broken_into_lines() -> None:
    """No line is longer than a screen."""
    terms = [Phrase(f"a rather long phrase {letter}") for letter in "abcdefgh"]
    after, _ = edited('any = [\n  "a1",\n]', terms=terms)
    added = [line for line in after.splitlines() if "phrase" in line]
    assert (len(added), max(map(len, added)) < 120) == (3, True)
