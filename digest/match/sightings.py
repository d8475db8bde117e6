"""What stored entries show of the words of rules: wildcards that reach too much, word forms that no term finds.

Everything is counted over a sample, the newest entries; a word counts once for each entry it stands in.
"""

from __future__ import annotations

import bisect
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from digest.match.backtest import current_fold
from digest.match.fold import fold_entry, folded
from digest.match.lint import parts_of, terms_of_parts, warning
from digest.match.matcher import RuleSet
from digest.match.query import Phrase
from digest.match.rule import Rule
from digest.match.terms import words_of
from digest.model import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.errors import Problem
    from digest.match.lint import Term
    from digest.match.loading import LoadedRules
    from digest.model import StoredEntry

_ENOUGH = 100
"""Entries below which a share says nothing."""
_COMMON = 0.03
"""Share of entries from which a word is very common: that of words like “first” or “state” in news, while a name that
rules look for stays below it in all but a narrow set of feeds."""
_COMMON_STEM = 0.2
"""The same for a word that is the wildcard's own stem: that one was meant, unless it is a word like “the”."""
_SEEN = 3
"""How often a form must be seen before it is worth a line."""
_SHORTEST = 4
"""Letters of a word below which its forms are too often other words."""
_NAMED = 3

_LATIN_ENDINGS = frozenset(["s", "es", "n", "ns", "an", "ans", "ian", "ians", "ese", "i", "is"])
_CYRILLIC_ENDING = re.compile(
    "а|я|у|ю|е|и|ы|о|й|ь|ой|ей|ою|ею|ам|ям|ами|ями|ах|ях|ом|ем|ов|ев|ого|его|ому|ему|ым|им|ых|их|ую|юю|ая|яя|ий|ый|ое"
    "|ее|ие|ые|ия|ию|ии|ией|иям|иями|иях"
)
_LATIN = re.compile("[a-z]+")
_CYRILLIC = re.compile("[а-яіїєґў]+")
_CYRILLIC_FINAL = re.compile("[аяуюеиыойьіїє]$")


def lint_sightings(loaded: LoadedRules, sample: Sequence[StoredEntry]) -> list[Problem]:
    """All warnings on the live rules that stored entries show.

    Args:
        loaded: the rules.
        sample: the newest stored entries.
    """
    if len(sample) < _ENOUGH:
        return []
    parts = [part for path, text in loaded.live.items() for part in parts_of(path, text, loaded.aliases)]
    terms = [term for term in terms_of_parts(parts)[0] if not term.field]
    words: Counter[str] = Counter()
    for entry in sample:
        words.update(set((current_fold(entry) or fold_entry(entry.text)).split()))
    found = [*_broad(terms, words, len(sample), loaded.live), *_unlisted(terms, sample, loaded)]
    return sorted(set(found))


def _broad(terms: Iterable[Term], words: Counter[str], entries: int, texts: Mapping[str, str]) -> Iterable[Problem]:
    """Wildcards that reach very common words."""
    vocabulary = sorted(words)
    for term in terms:
        parts = words_of(term.phrase)
        if len(parts) != 1 or not parts[0].prefix:
            continue
        stem = parts[0].text
        common = [
            word
            for word in _reached(stem, vocabulary)
            if words[word] >= entries * (_COMMON_STEM if word == stem else _COMMON)
        ]
        if common:
            common.sort(key=lambda word: -words[word])
            named = ", ".join(f"“{word}” ({words[word] / entries:.0%})" for word in common[:_NAMED])
            message = f"“{term.shown}” reaches very common words: {named} of the newest {entries:,} entries have them"
            yield warning(texts, term.spot, f"{message}; write more letters before *, or list the words you mean")


def _reached(stem: str, vocabulary: Sequence[str]) -> Sequence[str]:
    """The words that begin so."""
    start = bisect.bisect_left(vocabulary, stem)
    end = bisect.bisect_left(vocabulary, stem + "\U0010ffff")
    return vocabulary[start:end]


# --- forms of words ----------------------------------------------------------------------------------------------


def _unlisted(terms: Sequence[Term], sample: Sequence[StoredEntry], loaded: LoadedRules) -> Iterable[Problem]:
    """Forms of the words of terms that stand in entries and are found by no term of the same file."""
    probes = {number: probe for number, term in enumerate(terms) if (probe := _probe(term.phrase))}
    rules = RuleSet([Rule(str(number), "", probe) for number, probe in probes.items()])
    # What any term of the same file finds is known to its author: a form may be left out of one list on purpose.
    known = {
        path: RuleSet(
            [Rule(str(number), "", term.query) for number, term in enumerate(terms) if term.spot.path == path]
        )
        for path in loaded.live
    }
    seen: dict[int, Counter[str]] = defaultdict(Counter)
    for entry in sample:
        for match in rules.match_entry(entry.text, current_fold(entry)):
            seen[int(match.rule)].update({hit.text for hit in match.hits})
    for number, surfaces in seen.items():
        term = terms[number]
        forms = _forms(term, surfaces, known[term.spot.path])
        if forms:
            yield warning(loaded.live, term.spot, _form_message(forms))


def _probe(phrase: Phrase) -> Phrase | None:
    """What finds every word that begins like the last of a term; ``None`` where there is nothing to look for."""
    words = words_of(phrase)
    last = words[-1].text
    if phrase.case or phrase.slop is not None or words[-1].prefix or len(last) < _SHORTEST:
        return None
    if not (_LATIN.fullmatch(last) or _CYRILLIC.fullmatch(last)):
        return None
    return Phrase(" ".join([*(word.text for word in words[:-1]), f"{_stem(last)}*"]))


def _stem(word: str) -> str:
    """What all forms of a word begin with, as far as we know them."""
    if word.endswith("y") and _LATIN.fullmatch(word):
        return word[:-1]
    shorter = _CYRILLIC_FINAL.sub("", word)
    return shorter if len(shorter) >= _SHORTEST else word


def _is_form(word: str, other: str) -> bool:
    """Whether one folded word is a form of another, by its ending."""
    stem = _stem(word)
    ending = other.removeprefix(stem)
    if other == word or not other.startswith(stem):
        return False
    if _CYRILLIC.fullmatch(word):
        return _CYRILLIC_ENDING.fullmatch(ending) is not None
    return other.removeprefix(word) in _LATIN_ENDINGS if other.startswith(word) else ending == "ies"


def _forms(term: Term, surfaces: Counter[str], known: RuleSet) -> list[tuple[str, int]]:
    """The forms worth a line, the most frequent first, each as it is written most often."""
    last = words_of(term.phrase)[-1].text
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    for surface, count in surfaces.items():
        spelled[folded(surface)][surface] += count
    found = []
    for form, spellings in spelled.items():
        often = sum(spellings.values())
        if often >= _SEEN and _is_form(last, form.split()[-1]) and not known.matching(EntryText(title=form)):
            found.append((spellings.most_common(1)[0][0], often))
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _form_message(forms: Sequence[tuple[str, int]]) -> str:
    shown = ", ".join(f"“{form}” seen {count:,} times" for form, count in forms[:_NAMED])
    add = ", ".join(f'"{form}"' for form, _ in forms[:_NAMED])
    return f"{shown} in the stored entries, and not found: add {add}, or a word with * that reaches no more than these"
