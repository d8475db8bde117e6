"""Thousands of terms counted in one pass: what is found is what a rule of that term finds."""

from __future__ import annotations

import pytest

from digest.match import Rule, RuleSet, fold_entry
from digest.match.language.query import Phrase
from digest.match.matching.sieve import Sieve
from digest.values.news import EntryText

TEXTS = [
    EntryText("North Korea moves", "Seoul said: talks go on"),
    EntryText("북한대사관에서는 강진으로", "발도라의 수도"),
    EntryText("发展中国家", "中国驻叙利亚大使馆"),
    EntryText("وبالسورية قال", "للاجئين في سورية"),
    EntryText("Зелёная дорога", "«Дорога» в Кабул"),
    EntryText("", "", "korea north"),
    EntryText("북한산에서 만난 사람들", "خسورية"),
]
TERMS = [
    "korea",
    "north korea",
    "korea north",
    "said talks",
    "북한",
    "강진",
    "발도라",
    "中国",
    "大使馆",
    "叙利亚大使馆",
]
TERMS += ["سورية", "اللاجئين", "зеленая", "дорога", "дорога в", "kor"]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text.title or "content")
def test_a_term_is_found_where_a_rule_finds_it(text: EntryText) -> None:
    """By spaces, before and behind particles, and in runs without spaces."""
    rules = RuleSet([Rule(str(number), "", Phrase(term)) for number, term in enumerate(TERMS)])
    found = {TERMS[number] for number in Sieve(TERMS).found(fold_entry(text))}
    wanted = {TERMS[int(number)] for number in rules.matching(text)}
    assert found - wanted <= {"中国"}  # it is cut from a dictionary word, which the folded text does not show
    assert wanted <= found


def test_no_term_is_found_nowhere() -> None:
    """Nothing to look for is no fault."""
    assert Sieve([]).found(" korea | | |") == set()
