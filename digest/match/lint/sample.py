"""What stored entries show of the words of rules: wildcards that reach too much, word forms that no term finds.

Everything is counted over a sample, the newest entries; a word counts once for each entry it stands in.
"""

from __future__ import annotations

import bisect
import functools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.match.language.query import Phrase, terms_of
from digest.match.language.terms import words_of
from digest.match.lint.forms import Likeness, has_forms, likeness, stem_of
from digest.match.lint.located import located_queries, located_terms, warning
from digest.match.matching.backtest import current_fold
from digest.match.matching.matcher import RuleSet
from digest.match.rules.rule import Rule
from digest.match.text.fold import fold_entry, folded
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.errors import Problem
    from digest.match.language.query import Query
    from digest.match.lint.located import LocatedQuery, Term
    from digest.match.loading import LoadedRules
    from digest.values.news import StoredEntry

_ENOUGH = 100
"""Entries below which a share says nothing."""
_COMMON = 0.03
"""Share of entries from which a word is very common: that of words like “first” or “state” in news, while a name that
rules look for stays below it in all but a narrow set of feeds."""
_COMMON_MEANT = 0.2
"""The same for a word that the wildcard was written for: embassy of ``embass*``."""
_MEANT_LETTERS, _MEANT_PART = 4, 0.55
"""A stem of so many letters that is so much of a word means that word, as ``Kore*`` means Korean."""
_MANY, _OFTEN, _COMMON_TOGETHER = 5, 0.003, 0.05
"""So many words, each in so many entries and all of them together in so many, are common, too: ``con*`` reaches
“continue”, “content”, “contact”, “conference” and more, while what rules look for seldom begins more than two or three
such words (in 5,000 entries of general news no stem of a name, nor ``presid*`` or ``develop*``, came near)."""
_SEEN = 3
"""How often a form must be seen before it is worth a line."""
_SAFE_STEM = 5
"""Letters from which a wildcard may be advised: a shorter one reaches words that no sample shows."""
_NAMED = 3


def lint_sample(loaded: LoadedRules, sample: Sequence[StoredEntry]) -> list[Problem]:
    """All warnings on the live rules that stored entries show.

    Args:
        loaded: the rules.
        sample: the newest stored entries.
    """
    if len(sample) < _ENOUGH:
        return []
    queries = list(located_queries(loaded))
    terms = [term for term in located_terms(queries)[0] if not term.field]
    words: Counter[str] = Counter()
    for entry in sample:
        words.update(set((current_fold(entry) or fold_entry(entry.text)).split()))
    found = [*_broad(terms, words, len(sample), loaded.live), *_unlisted(queries, terms, sample, loaded.live)]
    return sorted(set(found))


def _broad(terms: Iterable[Term], words: Counter[str], entries: int, texts: Mapping[str, str]) -> Iterable[Problem]:
    """Wildcards that reach very common words."""
    vocabulary = sorted(words)
    for term in terms:
        parts = words_of(term.phrase)
        if len(parts) != 1 or not parts[0].prefix:
            continue
        stem = parts[0].text
        common = _common(stem, _reached(stem, vocabulary), words, entries)
        if common:
            named = ", ".join(f"“{word}” ({words[word] / entries:.0%})" for word in common[:_NAMED])
            more = f" and {len(common) - _NAMED} more words" if len(common) > _NAMED else ""
            message = (
                f"“{term.shown}” reaches very common words: {named}{more}, by share of the newest {entries:,} entries"
            )
            yield warning(texts, term.location, f"{message}; write more letters before *, or list the words you mean")


def _common(stem: str, reached: Iterable[str], words: Counter[str], entries: int) -> list[str]:
    """The words that make a wildcard reach too much, the most common first; none if it does not.

    Its own stem and the forms of that would stand in any list of the words that are meant: they are not its fault.
    """
    by_count = sorted((word for word in reached if not _is_own(stem, word)), key=lambda word: -words[word])
    meant = {word for word in by_count if len(stem) >= max(_MEANT_LETTERS, len(word) * _MEANT_PART)}
    others = [word for word in by_count if word not in meant and words[word] >= entries * _OFTEN]
    if len(others) >= _MANY and sum(words[word] for word in others) >= entries * _COMMON_TOGETHER:
        return others
    return [word for word in by_count if words[word] >= entries * (_COMMON_MEANT if word in meant else _COMMON)]


def _is_own(stem: str, word: str) -> bool:
    """Whether a word is what a wildcard says, or a form of it."""
    return word == stem or likeness(stem, word, name=False, capital=True) is Likeness.FORM


def _reached(stem: str, vocabulary: Sequence[str]) -> Sequence[str]:
    """The words that begin so."""
    start = bisect.bisect_left(vocabulary, stem)
    end = bisect.bisect_left(vocabulary, stem + "\U0010ffff")
    return vocabulary[start:end]


# --- forms of words ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Seen:
    """What begins like a term and stands in entries, by its folded words."""

    spelled: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """How often each was written in which way, in entries that the term itself does not stand in."""
    together: set[str] = field(default_factory=set)
    """Those that stand in an entry that the term itself stands in."""

    def note(self, own: str, surfaces: Iterable[str]) -> None:
        """Count what stands in one entry; ``own`` are the folded words of the term."""
        forms = {surface: _folded(surface) for surface in surfaces}
        found = own in forms.values()
        for surface, form in forms.items():
            self.spelled[form][surface] += not found  # where the term is found, a form beside it adds nothing
        if found:
            self.together.update(forms.values())


_folded = functools.lru_cache(maxsize=4096)(folded)


def _unlisted(
    queries: Sequence[LocatedQuery], terms: Sequence[Term], sample: Sequence[StoredEntry], texts: Mapping[str, str]
) -> Iterable[Problem]:
    """Forms of the words of terms that stand in entries and are found by no term of the same file."""
    probes = {number: probe for number, term in enumerate(terms) if (probe := _probe(term.phrase))}
    rules = RuleSet([Rule(str(number), "", probe) for number, probe in probes.items()])
    seen: dict[int, _Seen] = defaultdict(_Seen)
    for entry in sample:
        for match in rules.match_entry(entry.text, current_fold(entry)):
            own = _own(terms[int(match.rule)])
            seen[int(match.rule)].note(own, {hit.text for hit in match.hits})
    known = _Known(queries)
    # The longest word first: Syrians are reported at Syrian, not at Syria, where both are listed.
    for number in sorted(seen, key=lambda number: (-len(_own(terms[number])), number)):
        term = terms[number]
        missing, others = _missing(term, seen[number], known)
        if missing:
            yield warning(texts, term.location, _form_message(term, missing, len(sample), alone=not others))


class _Known:
    """What the terms of a file find, and what was reported already.

    A form that any term of the same file finds is known to its author: it may be left out of one list on purpose.
    """

    def __init__(self, queries: Iterable[LocatedQuery]) -> None:
        self._terms: dict[str, dict[Query, None]] = defaultdict(dict)
        for one in queries:
            self._terms[one.location.path].update(dict.fromkeys(terms_of(one.query)))
        self._rules: dict[str, RuleSet] = {}
        self._reported: set[tuple[int, str]] = set()

    def has(self, term: Term, form: str, surface: str) -> bool:
        """Whether a form of a term is known, in the way it is written."""
        path = term.location.path
        if path not in self._rules:
            self._rules[path] = RuleSet([Rule(str(number), "", one) for number, one in enumerate(self._terms[path])])
        return (term.group, form) in self._reported or bool(self._rules[path].matching(EntryText(title=surface)))

    def report(self, term: Term, form: str) -> None:
        """Take a form of a term as reported."""
        self._reported.add((term.group, form))


def _own(term: Term) -> str:
    """The folded words of a term."""
    return " ".join(word.text for word in words_of(term.phrase))


def _probe(phrase: Phrase) -> Phrase | None:
    """What finds every word that begins like the last of a term; ``None`` where there is nothing to look for."""
    words = words_of(phrase)
    last = words[-1].text
    if phrase.case or phrase.slop is not None or any(word.prefix for word in words) or not has_forms(last):
        return None
    return Phrase(" ".join([*(word.text for word in words[:-1]), f"{stem_of(last)}*"]))


def _missing(term: Term, seen: _Seen, known: _Known) -> tuple[list[tuple[str, int]], bool]:
    """The forms worth a line, the most frequent first, each as it is written most often; and whether there are others.

    Others are words that begin so and are no such forms, nor known.
    """
    own = _own(term)
    found, others = [], False
    for form, spellings in seen.spelled.items():
        surface, often = spellings.most_common(1)[0][0], spellings.total()
        if form == own or known.has(term, form, surface):
            continue
        like = _likeness(term, form, surface)
        if often >= _SEEN and (like is Likeness.FORM or (like is Likeness.DOUBTFUL and form in seen.together)):
            found.append((surface, often))
            known.report(term, form)
        else:
            others = True
    return sorted(found, key=lambda one: (-one[1], one[0])), others


def _likeness(term: Term, form: str, surface: str) -> Likeness:
    """How surely a form is one of a term, by their last words."""
    own = _own(term).split()[-1]
    name, capital = (text.split()[-1][:1].isupper() for text in (term.phrase.text, surface))
    return likeness(own, form.rsplit(maxsplit=1)[-1], name=name, capital=capital)


def _form_message(term: Term, forms: Sequence[tuple[str, int]], entries: int, *, alone: bool) -> str:
    """What to say of forms that no term finds; ``alone`` if no other words begin so."""
    shown = ", ".join(f"“{form}” seen {count:,} times" for form, count in forms[:_NAMED])
    wildcard = _wildcard(term) if alone else ""
    listed = ", ".join(f'"{form}"' for form, _ in forms[:_NAMED])
    advice = f"write {wildcard} instead of “{term.shown}”?" if wildcard else f"add {listed}?"
    return f"{shown} in the newest {entries:,} entries, and not found: {advice}"


def _wildcard(term: Term) -> str:
    """What finds all forms of a term; nothing where its stem is short, or is not what the term begins with."""
    text = term.phrase.text
    last = text.split()[-1]
    own = words_of(Phrase(last))
    stem = stem_of(own[-1].text)
    if len(stem) < _SAFE_STEM or len(own) != 1 or len(own[0].text) != len(last):
        return ""
    return f"{text[: len(text) - len(last)]}{last[: len(stem)]}*"
