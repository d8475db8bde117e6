"""Which of many counted terms are worth it: few that bring much and cost little, as their reports write them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from digest.match import Rule, RuleSet, current_fold, fold_entry
from digest.match.language.query import Or, Phrase, Regex, terms_of
from digest.match.language.terms import Manner, words_of
from digest.match.text.scripts import is_unspaced
from digest.stories.cluster.languages import language_of
from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from digest.match.matching.backtest import EntrySource
    from digest.values.news import Hit, StoredEntry

LEAST: Final = 2
"""Reports that a term must stand in: what stands in one says as much about its writer."""
LOOKED_AT: Final = 150
"""Of a rule, the newest reports whose words are looked at."""
_CANDIDATES: Final = 300
"""Of a rule, those in the most reports."""
_ASKED: Final = 40
"""Reports that tell how a term is written."""
_BEYOND: Final = 2
"""Letters on either side by which a name without spaces may be longer than the part of it that a dictionary knows."""
_MOST: Final = 8
"""Terms for a rule: more nobody would look through."""
_PRICE: Final = 0.3
"""What one entry that nobody asked for weighs, against one that was: it decides between terms that may both stand."""
_PLAIN: Final = re.compile(r"[^\W_]+(?:[ '’-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Learned:
    """A term that a rule should look for, or exclude, as its reports teach."""

    rule: str
    """The rule's id."""
    phrase: Phrase
    lang: str
    """The language of most reports that it stands in."""
    gained: tuple[int, ...]
    """The entries that it is about: missed reports that it catches, or noise that it drops."""
    others: int
    """How many other entries it would find, or drop."""


@dataclass(slots=True)
class Counted:
    """A candidate, and what it was found in."""

    term: str
    """Folded."""
    gained: set[int]
    others: set[int]

    def within(self, dearest: float) -> bool:
        """Whether it costs no more than so many others for each that it gains."""
        return len(self.gained) >= LEAST and len(self.others) <= dearest * len(self.gained)


def choose(
    counted: Iterable[Counted], dearest: float, learn: Callable[[Counted], Learned | None]
) -> tuple[Learned, ...]:
    """The best terms, each for what those before it leave: at most eight.

    Args:
        counted: the candidates.
        dearest: how many others a term may cost for each entry that it gains anew.
        learn: makes of a candidate what is told of it; ``None``: looked at closely it is no term.
    """
    left = [one for one in counted if one.within(dearest)]
    done: set[int] = set()
    chosen: list[Learned] = []
    while left and len(chosen) < _MOST:
        best = max(left, key=lambda one: _worth(one, done))
        left.remove(best)
        fresh = len(best.gained - done)
        if not fresh:
            break
        if len(best.others) > dearest * fresh:
            continue
        learned = learn(best)
        if learned is not None and len(learned.gained) >= LEAST and learned.others <= dearest * len(learned.gained):
            chosen.append(learned)
            done.update(learned.gained)
    return tuple(chosen)


def _worth(one: Counted, done: Collection[int]) -> tuple[float, int, int, str]:
    """How good a candidate is beside those that were chosen; of equals one word before two, then the stem."""
    fresh = sum(entry not in done for entry in one.gained)
    words = one.term.count(" ")
    stems = words_of(Phrase(one.term))[-1].manner in {Manner.HANGUL, Manner.ARABIC, Manner.HEBREW}
    worth = fresh - _PRICE * len(one.others) if fresh else -1e9
    return worth, -words, -len(one.term) if stems else len(one.term), one.term


# --- a candidate looked at closely -------------------------------------------------------------------------------


def learned(
    rule: str, one: Counted, reports: Mapping[int, StoredEntry], others: Iterable[StoredEntry]
) -> Learned | None:
    """What is told of a candidate, by the matcher; ``None`` where its words only happen to stand side by side.

    Args:
        rule: the id of the rule that it is for.
        one: the candidate.
        reports: all that it may have been counted in, by their ids.
        others: the other entries that it was counted in, read only where that has to be looked at again.
    """
    number = len(one.others)
    found = [reports[entry] for entry in sorted(one.gained)]
    phrase = _phrase(one.term, found)
    if phrase is None:
        return None
    if words_of(phrase)[-1].manner is Manner.UNSPACED:  # it may have been counted where it cuts a word
        exact = RuleSet([Rule("term", "", phrase)])
        found = [report for report in found if exact.matching(report.text, current_fold(report))]
        number = sum(bool(exact.matching(entry.text, current_fold(entry))) for entry in others)
    asked = [report.text for report in found[:_ASKED]]
    langs = Counter(language_of(text.lang, text.title, text.summary) for text in asked)
    lang = langs.most_common(1)[0][0] if langs else ""
    return Learned(rule, phrase, lang, tuple(report.id for report in found), number)


def _phrase(term: str, reports: Sequence[StoredEntry]) -> Phrase | None:
    """A term as it is written most often; with a sentence's end between its words it is none."""
    rules = RuleSet([Rule("term", "", Phrase(term))])
    found = [
        (report.text, hit)
        for report in reports[:_ASKED]
        for match in rules.match_entry(report.text, current_fold(report))
        for hit in match.hits
    ]
    if not found:
        return None
    if is_unspaced(term[0]) and " " not in term:
        return Phrase(_whole_name(term, [(getattr(text, hit.field), hit) for text, hit in found]))
    spellings = Counter(hit.text for _, hit in found)
    written = max(spellings, key=lambda text: (spellings[text], not text.isupper(), text))
    if _PLAIN.fullmatch(written) and words_of(Phrase(written)) == words_of(Phrase(term)):
        return Phrase(written)
    return None if " " in term else Phrase(term)


def _whole_name(term: str, found: Sequence[tuple[str, Hit]]) -> str:
    """A term with the letters that stand beside it wherever it was found: of a rare name a dictionary knows a part."""
    before = {text[max(0, hit.start - _BEYOND) : hit.start][::-1] for text, hit in found}
    behind = {text[hit.end : hit.end + _BEYOND] for text, hit in found}
    whole = f"{_shared(before)[::-1]}{term}{_shared(behind)}"
    return whole if all(map(is_unspaced, whole)) else term


def _shared(texts: Collection[str]) -> str:
    """What several texts begin with; of a single one nothing can be told."""
    first, last = min(texts), max(texts)
    same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return "".join(letter for letter, _ in same) if len(texts) > 1 else ""


class OwnTerms:
    """The terms that a rule itself looks for or excludes: neither is new to it."""

    def __init__(self, rule: Rule) -> None:
        self._rules = RuleSet([Rule("own", "", Or(tuple(dict.fromkeys(map(_anywhere, terms_of(rule.query))))))])

    def hold(self, term: str, *, whole: bool) -> bool:
        """Whether one of them stands in a term; ``whole``: and is all of it."""
        found = self._rules.match_entry(EntryText(title=term))
        return any(not whole or hit.end - hit.start == len(term) for match in found for hit in match.hits)


def _anywhere(term: Phrase | Regex) -> Phrase | Regex:
    """A term without its case: a candidate is folded."""
    return replace(term, case=False) if isinstance(term, Phrase) else term


# --- texts -------------------------------------------------------------------------------------------------------


def current_texts(archive: EntrySource) -> Iterator[list[tuple[int, str]]]:
    """Pages of (id, folded text) of an archive, all folded as we fold today."""
    for page in archive.folded():
        stale = [entry for entry, folded in page if not folded]
        anew = {entry.id: fold_entry(entry.text) for entry in archive.entries(stale)} if stale else {}
        yield [(entry, folded or anew.get(entry, "")) for entry, folded in page]


def folded_text(entry: StoredEntry) -> str:
    """An entry's text, folded as we fold today."""
    return current_fold(entry) or fold_entry(entry.text)


def most_frequent(terms: Iterable[Iterable[str]]) -> list[str]:
    """The candidates of some reports that stand in two or more, those in the most first."""
    counted: Counter[str] = Counter()
    for each in terms:
        counted.update(each)
    found = sorted((-number, term) for term, number in counted.items() if number >= LEAST)
    return [term for _, term in found[:_CANDIDATES]]
