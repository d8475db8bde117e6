"""Invented news and rules for the benchmarks: the same each time, and like real ones in length, scripts and hits."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from digest.match import Rule, parse_query
from digest.match.language.query import Or, Phrase
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Sequence

TERMS_A_RULE = 3
_SYLLABLES = [c + v for c in "bcdfghklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "er")]
_ENDINGS = ("ia", "stan", "burg", "ov")
_OTHER_SCRIPTS = {  # letters, what may be attached before and behind a name, what stands between words
    "korean": (
        "가나다라마바사아자차카파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후",
        ("", "대"),
        ("에서는", "의", "정부"),
        " ",
    ),
    "chinese": ("的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生", ("",), ("",), ""),
    "arabic": ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", ("", "و", "ال", "بال"), ("",), " "),
    "cyrillic": ("абвгдежзиклмнопрстуфхцчшщыэюя", ("",), ("",), " "),
}


class Newsroom:
    """A source of entries, terms and rules.

    Args:
        seed: another one gives other words.
    """

    def __init__(self, seed: int = 20) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same news each time, not secrets
        self.names = [word + self._random.choice(_ENDINGS) for word in self._words(40_000)]
        self.vocabulary = self._words(20_000) + self.names[:300]
        self._weights = [1 / (rank + 1) for rank in range(len(self.vocabulary))]
        letters = {script: letters for script, (letters, *_) in _OTHER_SCRIPTS.items()}
        self._foreign = {script: self._foreign_words(letters[script], 20_000, (4,)) for script in letters}
        self._filling = {script: self._foreign_words(letters[script], 5_000, (2, 3, 5)) for script in letters}

    def _words(self, count: int) -> list[str]:
        return ["".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4))) for _ in range(count)]

    def _foreign_words(self, letters: str, count: int, lengths: Sequence[int]) -> list[str]:
        return ["".join(self._random.choices(letters, k=self._random.choice(lengths))) for _ in range(count)]

    def entries(self, count: int, length: int = 400) -> list[EntryText]:
        """Entries of so many characters; the first words are used far more often than the last."""
        entries = []
        for _ in range(count):
            words = self._random.choices(self.vocabulary, self._weights, k=length // 5)
            text = " ".join(word.capitalize() if self._random.random() < 0.2 else word for word in words)
            entries.append(EntryText(title=text[:70], summary=f"{text[70:length]}."))
        return entries

    def foreign_entries(self, count: int, length: int = 400) -> list[EntryText]:
        """Entries in Korean, Chinese, Arabic and Cyrillic letters by turns; each holds some names, with attachments."""
        return [self._foreign_entry(list(_OTHER_SCRIPTS)[number % 4], length) for number in range(count)]

    def _foreign_entry(self, script: str, length: int) -> EntryText:
        _, leads, tails, space = _OTHER_SCRIPTS[script]
        words: list[str] = []
        while len(space.join(words)) < length:
            name = self._random.choice(self._foreign[script][:3_000])
            words += self._random.choices(self._filling[script], self._weights[:5_000], k=25)
            words.append(self._random.choice(leads) + name + self._random.choice(tails))
        text = space.join(words)
        return EntryText(title=text[:40], summary=f"{text[40:length]}.")

    def terms(self, count: int) -> list[str]:
        """Names, and phrases of two of them."""
        terms: dict[str, None] = {}
        while len(terms) < count:
            name = self._random.choice(self.names)
            terms[name if self._random.random() < 0.5 else f"{name} {self._random.choice(self.names)}"] = None
        return list(terms)

    def foreign_terms(self, count: int) -> list[str]:
        """Names in the four other scripts, as many of each."""
        return [name for names in self._foreign.values() for name in names[: count // 4]]

    def near_rules(self, count: int) -> list[Rule]:
        """Rules of words that are common in the entries: eight in ten NEAR, one ``~3``, one ``2 OF``."""
        shapes = (*["({} OR {}) NEAR/5 ({} OR {})"] * 8, '"{} {}"~3', "2 OF ({}, {}, {}, {})")
        rules = []
        for number in range(count):
            words = self._random.sample(self.vocabulary[:400], 4)
            rules.append(Rule(str(number), "", parse_query(shapes[number % 10].format(*words))))
        return rules


def any_rules(terms: Sequence[str]) -> list[Rule]:
    """Rules of a few terms each."""
    chunks = [terms[start : start + TERMS_A_RULE] for start in range(0, len(terms), TERMS_A_RULE)]
    return [Rule(str(number), "", Or(tuple(map(Phrase, chunk)))) for number, chunk in enumerate(chunks)]


def rule_file(terms: Sequence[str], first: int, regexes: int = 0) -> str:
    """A rule file of such rules, numbered from ``first``; one in five has an example, the first ones an expression."""
    text = []
    for number, rule in enumerate(any_rules(terms)):
        assert isinstance(rule.query, Or)
        items = [child.text for child in rule.query.children if isinstance(child, Phrase)]
        if number < regexes:
            items.append(f"/{items[0]}[a-z]{{0,4}} [0-9]+/")
        listed = ", ".join(f"'{item}'" for item in items)
        example = f'match = ["News of {items[0]} today"]\n' if number % 5 == 0 else ""
        text.append(f'[[rule]]\nid = "rule-{first + number}"\nany = [{listed}]\n{example}')
    return "\n".join(text)
