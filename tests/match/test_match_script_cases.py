"""The table of scripts: what a native reader expects a query to find, and not to find."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from digest.match import RuleSet, query_rule
from digest.text import html_to_text
from digest.values.news import EntryText

TABLE = Path(__file__).with_name("script_cases.txt")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|([nrt\\]))")
_SIGNS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


class Case(NamedTuple):
    """A line of the table."""

    number: int
    found: bool
    markup: str
    query: str
    why: str


def _plain(text: str) -> str:
    """Characters that do not show, as themselves."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _SIGNS[found[2]], text)


def _sections() -> dict[str, list[Case]]:
    sections: dict[str, list[Case]] = {}
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").split("\n"), 1):
        if line.startswith("== "):
            cases = sections.setdefault(line[3:], [])
        elif line.startswith(("+ ", "- ")):
            markup, query, *why = (part.strip(" ") for part in line[2:].split(" § "))
            cases.append(Case(number, line[0] == "+", _plain(markup), _plain(query), " ".join(why)))
        else:
            assert not line or line.startswith("#"), f"line {number} is no case"
    return sections


SECTIONS = _sections()


@pytest.mark.parametrize("section", SECTIONS)
def test_queries_find_what_a_native_reader_expects(section: str) -> None:
    """Each line holds, and each hit is what stands at its place in the plain text."""
    wrong = []
    for case in SECTIONS[section]:
        text = html_to_text(case.markup)
        matches = RuleSet([query_rule(case.query)]).match_entry(EntryText(title=text))
        if bool(matches) is not case.found:
            wrong.append(f"line {case.number}: {case.query} {'misses' if case.found else 'finds'} {text} {case.why}")
        for match in matches:
            assert all(hit.text == text[hit.start : hit.end] for hit in match.hits), case
    assert not wrong, "\n".join(wrong)


def test_the_table_is_read_whole() -> None:
    """A table that is not found, or not read, would guard nothing."""
    assert len(SECTIONS) > 20
    assert all(SECTIONS.values())
    assert sum(map(len, SECTIONS.values())) > 1400
