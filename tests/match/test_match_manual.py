"""The manual of the rule language: every file, query, text and message in it is tried."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from digest.match import QueryError, Rule, RuleSet, load_rules, parse_query
from digest.match.language.query import Phrase
from digest.match.text.fold import FIELDS
from digest.values.news import EntryText

PAGES = Path(__file__).parents[2] / "digest" / "manual"
MANUAL = "\n".join((PAGES / f"{name}.md").read_text(encoding="utf-8") for name in ("rules", "query", "matching"))
ALIASES = {"syria": (Phrase("Syria*"), Phrase("Damascus"))}


def tables(head: str) -> list[list[str]]:
    """The rows of all tables with this head, by cell."""
    rows: list[list[str]] = []
    inside = False
    for line in MANUAL.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if not line.startswith("|"):
            inside = False
        elif line.startswith(f"| {head}"):
            inside = True
        elif inside and not line.startswith("|---"):
            rows.append(cells)
    return rows


FINDS = tables("you write | it finds | it does not find")
MISTAKES = tables("you write | Digest says | write instead")
SCRIPTS = ("Latin", "Cyrillic", "Greek", "Arabic", "Hebrew", "Devanagari", "Hangul", "Han", "Japanese kana", "Thai")


def texts(cell: str) -> list[str]:
    """The texts of a cell."""
    return [text for text in cell.split(" · ") if text]


@pytest.mark.parametrize("row", FINDS, ids=[row[0] for row in FINDS])
def test_each_query_finds_what_the_manual_says(row: list[str]) -> None:
    """Each text of a row as a headline; no cell is empty, so no row tests nothing."""
    query, found, missed = row[:3]
    assert all(row)
    rules = RuleSet([Rule("row", "", parse_query(query.strip("`"), ALIASES))])
    assert [text for text in texts(found) if not rules.match_entry(EntryText(title=text))] == []
    assert [text for text in texts(missed) if rules.match_entry(EntryText(title=text))] == []


@pytest.mark.parametrize(("query", "message", "instead"), MISTAKES, ids=[row[0] for row in MISTAKES])
def test_each_mistake_is_told_as_the_manual_says(query: str, message: str, instead: str) -> None:
    """The words of the manual stand in the message, and what to write instead is a query."""
    assert all((query, message, texts(instead)))
    with pytest.raises(QueryError, match=re.escape(message)):
        parse_query(query.strip("`"), ALIASES)
    for better in texts(instead):
        parse_query(better.strip("`"), ALIASES)


def test_every_file_in_the_manual_loads() -> None:
    """Each TOML block is a rule file, and all of them together are a folder; the unwanted example warns."""
    blocks = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    loaded = load_rules({f"block-{number}.toml": block for number, block in enumerate(blocks)})
    assert loaded.problems == ()
    (warning,) = loaded.warnings
    assert "still matches this unwanted example" in warning.message
    assert (len(loaded.rules), len(blocks)) == (7, 8)
    assert len(loaded.apart) == 1
    assert sum(len(rule.examples) for rule in loaded.rules) > 5


def test_the_manual_is_whole() -> None:
    """No key of a rule, no field and no operator is left unsaid."""
    (problem,) = load_rules({"a.toml": '[[rule]]\nid = "a"\nany = ["x"]\nzzz = 1\n'}).problems
    keys = problem.message.partition("the keys here are ")[2].split(", ")
    assert len(keys) > 16
    assert [key for key in keys if f"`{key}`" not in MANUAL] == []
    assert [field for field in FIELDS if f"`{field}`" not in MANUAL] == []
    queries = " ".join(row[0] for row in FINDS)
    for operator in ("AND", "OR", "NOT", "NEAR/", "ONEAR/", "OF (", '"~', "*", "=", "@", "title:", "/"):
        assert operator in queries, operator


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_has_a_table_with_reasons(script: str) -> None:
    """A table of its own, under its own heading, with at least one row."""
    section = re.search(rf"^### {script}\n\n((?:\|.*\n)+)", MANUAL, re.MULTILINE)
    assert section is not None
    head, _, *rows = section[1].splitlines()
    assert head == "| you write | it finds | it does not find | why |"
    assert rows


def test_no_table_is_passed_over() -> None:
    """Every table of queries is read: two of the language, one of mistakes, one of each script, none empty."""
    heads = re.findall(r"^\| you write.*\n\|[-|]+\n\| `", MANUAL, re.MULTILINE)
    assert len(heads) == len(re.findall(r"^\| you write", MANUAL, re.MULTILINE)) == 3 + len(SCRIPTS)
    assert (len(FINDS) > 50, len(MISTAKES) > 12) == (True, True)


def test_the_beginners_part_is_two_screens() -> None:
    """Keywords only, before anything else."""
    first = MANUAL.split("## Names for lists")[0]
    assert len(first.splitlines()) <= 72
    assert not re.search(r"\b(NEAR|OF|query =)", first)
