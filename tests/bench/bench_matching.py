"""Matching against what others do: one ``re`` per term, ``in`` per term; 30, 3,000 and 30,000 terms.

Every figure is CPU time per entry on one core, and its ratio to Digest's at the same number of terms. Entries are
invented headlines with a summary, about 400 characters; terms are names and phrases that most entries do not hold, as
in real rule files.
"""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING, NamedTuple

from digest.match import Rule, RuleSet, fold_entry
from digest.match.fold import folded
from digest.match.query import Or, Phrase
from digest.model import EntryText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ENTRIES = 1000
SIZES = (30, 3_000, 30_000)
TERMS_A_RULE = 10


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str


def _words(source: random.Random, count: int, syllables: Sequence[str]) -> list[str]:
    """Invented words; the first are used far more often than the last."""
    return ["".join(source.choices(syllables, k=source.randint(2, 4))) for _ in range(count)]


def _entries(source: random.Random, vocabulary: Sequence[str]) -> list[EntryText]:
    weights = [1 / (rank + 1) for rank in range(len(vocabulary))]
    entries = []
    for _ in range(ENTRIES):
        words = source.choices(vocabulary, weights, k=65)
        text = " ".join(word.capitalize() if source.random() < 0.2 else word for word in words)
        entries.append(EntryText(title=text[:70], summary=f"{text[70:400]}."))
    return entries


def _terms(source: random.Random, names: Sequence[str], count: int) -> list[str]:
    """Names, and phrases of two of them."""
    terms: dict[str, None] = {}
    while len(terms) < count:
        name = source.choice(names)
        terms[name if source.random() < 0.5 else f"{name} {source.choice(names)}"] = None
    return list(terms)


def _rules(terms: Sequence[str]) -> list[Rule]:
    chunks = [terms[start : start + TERMS_A_RULE] for start in range(0, len(terms), TERMS_A_RULE)]
    return [Rule(str(number), "", Or(tuple(map(Phrase, chunk)))) for number, chunk in enumerate(chunks)]


def _cost(once: Callable[[EntryText], object], entries: Iterable[EntryText]) -> float:
    """CPU microseconds per entry, the best of three rounds."""
    rounds = []
    for _ in range(3):
        count = 0
        start = time.process_time()
        for entry in entries:
            once(entry)
            count += 1
        rounds.append((time.process_time() - start) / count * 1e6)
    return min(rounds)


def _rows(size: int, entries: Sequence[EntryText], terms: Sequence[str]) -> tuple[float, list[Row]]:
    start = time.process_time()
    rules = RuleSet(_rules(terms))
    built = time.process_time() - start
    stored = {id(entry): fold_entry(entry) for entry in entries}
    whole = _cost(rules.match_entry, entries)
    again = _cost(lambda entry: rules.match_entry(entry, stored[id(entry)]), entries)
    needles = [folded(term) for term in terms]
    contains = _cost(lambda entry: [needle for needle in needles if needle in stored[id(entry)]], entries[:30])
    patterns = [re.compile(rf"\b{re.escape(term)}\b", re.IGNORECASE) for term in terms[:3_000]]
    texts = {id(entry): f"{entry.title}\n{entry.summary}" for entry in entries}
    searches = _cost(lambda entry: [found for found in patterns if found.search(texts[id(entry)])], entries[:5])
    searches *= size / len(patterns)
    name = f"{size:,} terms"
    return whole, [
        Row(f"{name}: Digest, folding included", f"{whole:.1f} µs, {1e6 / whole:,.0f} entries/s"),
        Row(f"{name}: Digest, folded text stored", f"{again:.1f} µs, ×{again / whole:.2f}"),
        Row(f"{name}: `in` per term (no word boundaries)", f"{contains:,.0f} µs, ×{contains / whole:,.1f}"),
        Row(f"{name}: one `re` per term", f"{searches:,.0f} µs, ×{searches / whole:,.0f}"),
        Row(f"{name}: making the rule set", f"{built * 1000:,.0f} ms"),
    ]


def run() -> list[Row]:
    """All rows, the ratio of the largest to the smallest set last."""
    source = random.Random(20)  # noqa: S311 (a bench wants the same entries each time, not secrets)
    syllables = [
        consonant + vowel for consonant in "bcdfghklmnprstvz" for vowel in ("a", "e", "i", "o", "u", "an", "er")
    ]
    vocabulary = _words(source, 20_000, syllables)
    names = [f"{word}{source.choice(('ia', 'stan', 'burg', 'ov'))}" for word in _words(source, 40_000, syllables)]
    entries = _entries(source, vocabulary + names[:300])
    rows: list[Row] = []
    costs: list[float] = []
    for size in SIZES:
        cost, more = _rows(size, entries, _terms(source, names, size))
        costs.append(cost)
        rows += more
    rows.append(Row("30,000 terms against 30", f"×{costs[-1] / costs[0]:.2f}"))
    return rows


def main() -> None:
    """Print the rows."""
    for row in run():
        print(f"{row.what:58} {row.figure}")


if __name__ == "__main__":
    main()
