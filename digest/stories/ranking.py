"""Which sentences of a text are worth showing: weighed, and picked with those they may not be parted from."""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from digest.stories.candidates import TERMINAL, Candidate, terms_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.news import Hit

MOST_SENTENCES = 3
MOST_CHARACTERS = 600
"""Of a whole summary; a single sentence that is longer is cut between words."""

_CENTRE, _PLACE, _TITLE = 0.5, 0.3, 0.5
_REPETITION = 0.7
"""The fine, in shares of the likeness, for saying again what a picked sentence says."""
_SHORT, _LONG, _PER_WORD = 8, 25, 0.008
"""Words that a sentence has at least and at most, and the fine for each beyond."""
_MOST_WORDS = {1: 55, 2: 55, 3: 80}
"""Of so many sentences together."""
_UNENDED, _LEFTOVER, _DANGLING = 0.4, 0.3, 0.7
"""What is left of a sentence's worth without an end, with markup in it, or when it speaks of what went before."""

CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[[^\]\w]{0,5}\]|\[\+?\d+ chars\]|\(more\)|\b(?:read more|continue reading|weiterlesen|leer más)|"
    r"lire la suite|читать далее|더 ?보기|阅读全文|閱讀全文|続きを読む|اقرأ المزيد)[\s\]\).»>→]*$",
    re.IGNORECASE,
)
MARKUP = re.compile(r"</?[a-z][^<>]{0,80}>|&(?:#\d{1,6}|[a-z]{2,8});")
_SPEAKS_OF_BEFORE = re.compile(
    r"(?:he|she|they|him|his|her|their|this|that|these|those|but|however|instead|still|yet|er|sie|dieser|diese|"
    r"dieses|"
    r"dies|doch|aber|dennoch|"
    r"damit|il|elle|ils|elles|mais|cela|c[’']est|cependant|pourtant|él|ella|ellos|pero|sin embargo|ele|ela|mas|"
    r"lui|lei|ma|hij|"
    r"zij|maar|"
    r"han|hun|hon|de|men|он|она|они|но|однако|его|ее|её|их|він|вона|вони|але|o|onun|ancak|그는|그녀는|그러나|하지만|이에|"
    r"وهو|وهي|هذا|لكن|غير أن|और|लेकिन|वह)\b|[他她]们?|但|然而|不过|彼[はらの女]|しかし|だが|ただ",
    re.IGNORECASE,
)
"""A pronoun or a "but" as the first word."""
_SPOKEN_BY_SOMEBODY = re.compile(
    r"[\"”»“],?\s+(?:he|she|they|(?:said|says|sagte|sagt|so|erklärte) (?:he|she|er|sie)|a-t-(?:il|elle)|"
    r"dit-(?:il|elle)|"
    r"(?:сказал|заявил|сказала|заявила) (?:он|она)|(?:dijo|disse) (?:él|ella|ele|ela))\b"
)
"""A quotation whose speaker is a pronoun."""

Group = list[Candidate]
"""Sentences that are shown together or not at all."""


class HitPlaces:
    """Where a rule's hits stand in summary and content."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.starts = {name: sorted(hit.start for hit in hits if hit.field == name) for name in ("summary", "content")}
        self.must_show = bool(hits) and not any(hit.field == "title" for hit in hits)
        """Whether a sentence must show why the entry matched; the headline does where a term stands in it."""

    def first_in(self, candidate: Candidate) -> int | None:
        """Offset of the first matched term in a candidate's text; None when it shows none."""
        starts = self.starts[candidate.where]
        at = bisect.bisect_left(starts, candidate.start)
        return starts[at] - candidate.start if at < len(starts) and starts[at] < candidate.end else None

    def shown_in(self, group: Group) -> bool:
        """Say whether one of these sentences shows a matched term."""
        return any(self.first_in(candidate) is not None for candidate in group)


class Ranking:
    """Sentences of one field with their worth: nearness to the centre, place, share of the title, shape."""

    def __init__(self, found: list[Candidate], title: str) -> None:
        self.candidates = found
        spread = Counter(term for candidate in found for term in candidate.terms)
        rarity = {term: math.log(1 + len(found) / seen) for term, seen in spread.items()}
        everything: Counter[str] = Counter()
        for candidate in found:
            everything.update(candidate.terms)
        centre, heading = _unit(everything, rarity), _unit(Counter(terms_of(title)), rarity)
        self._vectors = [_unit(candidate.terms, rarity) for candidate in found]
        self.worths = [
            _by_shape(
                _CENTRE * _likeness(vector, centre)
                + _PLACE / (1 + candidate.order)
                + _TITLE * _likeness(vector, heading),
                candidate,
            )
            for candidate, vector in zip(found, self._vectors, strict=True)
        ]

    def pick(self, count: int) -> list[Group]:
        """Pick the worthiest one by one, each with those it leans on and fined for its likeness to those picked."""
        groups: list[Group] = []
        left = self.candidates
        while left and sum(map(len, groups)) < count:
            picked = [candidate for group in groups for candidate in group]
            best = max(left, key=lambda candidate: (self._value(candidate, picked), -candidate.start))
            left = [candidate for candidate in left if candidate is not best and candidate not in picked]
            more = joined(groups, group) if (group := self.together(best)) else groups
            words = sum(candidate.words for group in more for candidate in group)
            if sum(map(len, more)) <= count and (not groups or words <= _MOST_WORDS[count]):
                groups = more
        return groups

    def best_showing(self, places: HitPlaces, count: int) -> Group:
        """Give the worthiest sentence that shows a matched term, with those that it leans on; else nothing."""
        showing = [candidate for candidate in self.candidates if places.first_in(candidate) is not None]
        for best in sorted(showing, key=lambda candidate: -self.worths[candidate.order]):
            group = self.together(best)
            if group and len(group) <= count:
                return group
        return []

    def together(self, candidate: Candidate) -> Group:
        """Give a candidate and those it must be shown with, it first; empty where they are more than may be shown."""
        numbers = [candidate.order]
        for number in numbers:  # it grows while it is walked
            leans = self.candidates[number].leans
            if leans is None or len(numbers) > MOST_SENTENCES:
                return []
            numbers.extend(other for other in leans if other not in numbers)
        group = [self.candidates[number] for number in numbers]
        return group if len(group) == 1 or characters(group) <= MOST_CHARACTERS else []

    def _value(self, candidate: Candidate, picked: list[Candidate]) -> float:
        """What a sentence is worth beside those picked: less for what they say, and for what it leaves in the dark."""
        follows = any(other.order == candidate.order - 1 for other in picked)
        dangling = not follows and _speaks_of_before(candidate.text)
        mine = self._vectors[candidate.order]
        likeness = max((_likeness(mine, self._vectors[other.order]) for other in picked), default=0.0)
        return self.worths[candidate.order] * (_DANGLING if dangling else 1.0) - _REPETITION * likeness


def _speaks_of_before(sentence: str) -> bool:
    """Say whether a sentence hangs in the air without the one before it."""
    return _SPEAKS_OF_BEFORE.match(sentence) is not None or _SPOKEN_BY_SOMEBODY.search(sentence) is not None


def _by_shape(worth: float, candidate: Candidate) -> float:
    """Give what a sentence is worth by its length, its end and what markup is left in it."""
    words = candidate.words
    worth -= _PER_WORD * (max(0, words - _LONG) + max(0, _SHORT - words))
    share = 1.0
    if TERMINAL.search(candidate.text[-8:]) is None or CUT_OFF.search(candidate.text[-60:]):
        share *= _UNENDED
    if MARKUP.search(candidate.text):
        share *= _LEFTOVER
    return worth * share if worth > 0 else worth


def _unit(terms: Counter[str], rarity: dict[str, float]) -> dict[str, float]:
    """Give the terms weighed by count and rarity, as a vector of length 1; a term without a rarity weighs nothing."""
    vector = {term: seen * rarity[term] for term, seen in terms.items() if term in rarity}
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()}


def _likeness(one: dict[str, float], other: dict[str, float]) -> float:
    """Cosine of two vectors of length 1."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return sum(weight * large[term] for term, weight in small.items() if term in large)


def joined(groups: list[Group], group: Group) -> list[Group]:
    """Give the groups with one more; those that share a sentence with it become one with it."""
    sharing = [other for other in groups if any(candidate in other for candidate in group)]
    shared = [candidate for other in sharing for candidate in other]
    merged = [*shared, *(candidate for candidate in group if candidate not in shared)]
    return [*(other for other in groups if other not in sharing), merged]


def characters(group: Group) -> int:
    """Characters of sentences, a space after each but the last."""
    return len(" ".join(candidate.text for candidate in group))
