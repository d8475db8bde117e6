"""Two sentences that tell an entry: chosen from its own words, never written.

A feed's own summary is used whole when it is a fit one: long enough, complete, and more than the title again. Otherwise
sentences of the content (or of the summary) are scored by how close they stand to the text's TF-IDF centre, how early
they come, how much of the title they hold, and whether they have the length and the end of a sentence of news. They are
picked one by one, each new one fined for repeating the others (MMR), none without those it leans on. A reader must see
why the entry matched: if neither the title nor a picked sentence shows a matched term, the best one that does takes the
place of the last.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from digest.stories.candidates import (
    TERMINAL,
    Candidate,
    bare,
    candidates,
    candidates_around,
    terms_of,
    width,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.news import EntryText, Hit

MOST_SENTENCES = 3
MOST_CHARACTERS = 600
"""Of a whole summary; a single sentence that is longer is cut between words."""

_FIT_WIDTH = 60
"""The least width of a feed's own summary."""
_LONGEST_OWN = 12_000
"""Characters of a feed's own summary that may be a fit one."""
_FAR_HITS = 5
"""Hits beyond the part that is searched whose sentence is looked for, until one of them tells news."""
_CENTRE, _PLACE, _TITLE = 0.5, 0.3, 0.5
_REPETITION = 0.7
"""The fine, in shares of the likeness, for saying again what a picked sentence says."""
_SHORT, _LONG, _PER_WORD = 8, 25, 0.008
"""Words that a sentence has at least and at most, and the fine for each beyond."""
_MOST_WORDS = {1: 55, 2: 55, 3: 80}
"""Of so many sentences together."""
_UNENDED, _LEFTOVER, _DANGLING = 0.4, 0.3, 0.7
"""What is left of a sentence's worth without an end, with markup in it, or when it speaks of what went before."""

_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[[^\]\w]{0,5}\]|\[\+?\d+ chars\]|\(more\)|\b(?:read more|continue reading|weiterlesen|leer más)|"
    r"lire la suite|читать далее|더 ?보기|阅读全文|閱讀全文|続きを読む|اقرأ المزيد)[\s\]\).»>→]*$",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"</?[a-z][^<>]{0,80}>|&(?:#\d{1,6}|[a-z]{2,8});")
_SPEAKS_OF_BEFORE = re.compile(
    r"(?:he|she|they|him|his|her|their|these|those|but|however|instead|still|yet|er|sie|dieser|diese|dieses|"
    r"dies|doch|aber|dennoch|"
    r"damit|il|elle|ils|elles|mais|cependant|pourtant|él|ella|ellos|pero|sin embargo|ele|ela|mas|lui|lei|ma|hij|"
    r"zij|maar|"
    r"han|hun|hon|de|men|он|она|они|но|однако|его|ее|её|их|він|вона|вони|але|o|onun|ancak|그는|그녀는|그러나|하지만|이에|"
    r"وهو|وهي|لكن|غير أن|और|लेकिन|वह)\b|[他她]们?|但|然而|不过|彼[はらの女]|しかし|だが|ただ",
    re.IGNORECASE,
)
"""A pronoun or a "but" as the first word."""
_SPOKEN_BY_SOMEBODY = re.compile(
    r"[\"”»“],?\s+(?:he|she|they|(?:said|says|sagte|sagt|so|erklärte) (?:he|she|er|sie)|a-t-(?:il|elle)|"
    r"dit-(?:il|elle)|"
    r"(?:сказал|заявил|сказала|заявила) (?:он|она)|(?:dijo|disse) (?:él|ella|ele|ela))\b"
)
"""A quotation whose speaker is a pronoun."""

_Group = list[Candidate]
"""Sentences that are shown together or not at all."""


class Summariser:
    """An entry's sentences, split and scored once, however many rules found something in it.

    What a rule's hits cost is a look for the sentences that they stand in.

    Args:
        text: the entry's plain text.
    """

    def __init__(self, text: EntryText) -> None:
        self._text = text
        self._lists = {name: candidates(name, text) for name in ("content", "summary")}
        content, summary = self._lists["content"], self._lists["summary"]
        chosen = "content" if _length(content) >= _length(summary) else "summary"
        self._order = (chosen, "summary" if chosen == "content" else "content")
        self._rankings: dict[str, _Ranking] = {}
        self._picks: dict[int, list[_Group]] = {}

    def summary(self, hits: Sequence[Hit] = (), *, count: int = 2) -> tuple[str, ...]:
        """Give a summary of ``count`` sentences at most, in their order.

        Args:
            hits: what a rule found in the entry; a sentence showing one of them is among those given, if there is one
                and the title shows none.
            count: how many sentences are wanted, 1 to 3.

        Returns:
            Sentences of plain text, 600 characters together at most; none when there is nothing beyond the title.
        """
        count = max(1, min(count, MOST_SENTENCES))
        places = _HitPlaces(hits)
        if own := self._own_summary(places, count):
            return _fit([own], places)
        groups = self._picked(count)
        if places.must_show and not any(places.shown_in(group) for group in groups):
            groups = self._showing(places, count, groups)
        return _fit(groups, places)

    # --- the feed's own summary ----------------------------------------------------------------------------------

    def _own_summary(self, places: _HitPlaces, count: int) -> list[Candidate]:
        """Give the sentences of the feed's own summary if it can serve whole, in ``count`` at most, else nothing."""
        sentences, text = self._lists["summary"], self._text
        if len(sentences) > count or len(text.summary) > _LONGEST_OWN:
            return []
        whole = " ".join(sentence.text for sentence in sentences)
        fits = (
            len(whole) <= MOST_CHARACTERS
            and width(whole) >= _FIT_WIDTH
            and not _is_cut_off(text.summary, text.content)
            and not _MARKUP.search(whole)
            and not _repeats_title(whole, text.title)
        )
        hidden = places.starts["content"] and not places.shown_in(sentences)
        return sentences if fits and not hidden else []

    # --- choosing ------------------------------------------------------------------------------------------------

    def _ranking(self, name: str) -> _Ranking:
        """Give the candidates of a field with their worth."""
        if name not in self._rankings:
            self._rankings[name] = _Ranking(self._lists[name], self._text.title)
        return self._rankings[name]

    def _picked(self, count: int) -> list[_Group]:
        """Give the worthiest sentences, the best first; the same for every rule."""
        if count not in self._picks:
            self._picks[count] = self._ranking(self._order[0]).pick(count)
        return self._picks[count]

    def _showing(self, places: _HitPlaces, count: int, groups: list[_Group]) -> list[_Group]:
        """Give the best sentence that shows a matched term, with as many of those picked as still have room."""
        best = next(filter(None, (self._best_showing(name, places, count) for name in self._order)), None)
        if best is None:
            return groups
        shown = [best]
        for group in groups:
            joined = _joined(shown, group)
            if sum(map(len, joined)) <= count:
                shown = joined
        return shown

    def _best_showing(self, name: str, places: _HitPlaces, count: int) -> _Group | None:
        """Give the worthiest sentence of a field that shows a matched term, with those that it leans on.

        Where none does among those that are searched, it is the one around the first such term.
        """
        if group := self._ranking(name).best_showing(places, count):
            return group
        for place in places.starts[name][:_FAR_HITS]:
            near = _Ranking(candidates_around(name, self._text, place), self._text.title)
            if group := near.best_showing(places, count):
                return group
        return None


class _HitPlaces:
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

    def shown_in(self, group: _Group) -> bool:
        """Say whether one of these sentences shows a matched term."""
        return any(self.first_in(candidate) is not None for candidate in group)


def _is_cut_off(summary: str, content: str) -> bool:
    """Say whether the summary ends before its writer did: by a mark of omission, or amid the content's sentence."""
    if _CUT_OFF.search(summary[-60:]):
        return True
    amid = len(content) > len(summary) and content.startswith(summary)
    return amid and TERMINAL.search(summary[-8:]) is None


def _repeats_title(summary: str, title: str) -> bool:
    """Say whether the summary is the title again, or hardly more."""
    bare_title, letters = bare(title), bare(summary)
    return bool(bare_title) and letters.startswith(bare_title) and len(letters) - len(bare_title) < _FIT_WIDTH // 3


def _length(found: list[Candidate]) -> int:
    return sum(len(candidate.text) for candidate in found)


# --- weighing --------------------------------------------------------------------------------------------------------


class _Ranking:
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

    def pick(self, count: int) -> list[_Group]:
        """Pick the worthiest one by one, each with those it leans on and fined for its likeness to those picked."""
        groups: list[_Group] = []
        left = self.candidates
        while left and sum(map(len, groups)) < count:
            picked = [candidate for group in groups for candidate in group]
            best = max(left, key=lambda candidate: (self._value(candidate, picked), -candidate.start))
            left = [candidate for candidate in left if candidate is not best and candidate not in picked]
            joined = _joined(groups, group) if (group := self.together(best)) else groups
            words = sum(candidate.words for group in joined for candidate in group)
            if sum(map(len, joined)) <= count and (not groups or words <= _MOST_WORDS[count]):
                groups = joined
        return groups

    def best_showing(self, places: _HitPlaces, count: int) -> _Group:
        """Give the worthiest sentence that shows a matched term, with those that it leans on; else nothing."""
        showing = [candidate for candidate in self.candidates if places.first_in(candidate) is not None]
        for best in sorted(showing, key=lambda candidate: -self.worths[candidate.order]):
            group = self.together(best)
            if group and len(group) <= count:
                return group
        return []

    def together(self, candidate: Candidate) -> _Group:
        """Give a candidate and those it must be shown with, it first; empty where they are more than may be shown."""
        numbers = [candidate.order]
        for number in numbers:  # it grows while it is walked
            leans = self.candidates[number].leans
            if leans is None or len(numbers) > MOST_SENTENCES:
                return []
            numbers.extend(other for other in leans if other not in numbers)
        group = [self.candidates[number] for number in numbers]
        return group if len(group) == 1 or _characters(group) <= MOST_CHARACTERS else []

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
    if TERMINAL.search(candidate.text[-8:]) is None or _CUT_OFF.search(candidate.text[-60:]):
        share *= _UNENDED
    if _MARKUP.search(candidate.text):
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


# --- the last word ---------------------------------------------------------------------------------------------------


def _fit(groups: list[_Group], places: _HitPlaces) -> tuple[str, ...]:
    """Put the picked sentences in order within the limit: the least of them goes first, a monster is cut."""
    groups = [*groups]
    while len(groups) > 1 and _characters([candidate for group in groups for candidate in group]) > MOST_CHARACTERS:
        keep = next((group for group in groups if places.shown_in(group)), groups[0])
        groups.remove(next(group for group in reversed(groups) if group is not keep))
    picked = [candidate for group in groups for candidate in group]
    in_order = sorted(picked, key=lambda candidate: (candidate.where, candidate.start))
    return tuple(_cut(candidate.text, places.first_in(candidate) or 0) for candidate in in_order)


def _joined(groups: list[_Group], group: _Group) -> list[_Group]:
    """Give the groups with one more; those that share a sentence with it become one with it."""
    sharing = [other for other in groups if any(candidate in other for candidate in group)]
    shared = [candidate for other in sharing for candidate in other]
    merged = [*shared, *(candidate for candidate in group if candidate not in shared)]
    return [*(other for other in groups if other not in sharing), merged]


def _characters(group: _Group) -> int:
    """Characters of sentences, a space after each but the last."""
    return len(" ".join(candidate.text for candidate in group))


def _cut(sentence: str, shows: int) -> str:
    """Give the sentence; of a monstrous one the words around its matched term, with … where words are left out."""
    if len(sentence) <= MOST_CHARACTERS:
        return sentence
    start = 0 if shows < MOST_CHARACTERS * 3 // 4 else _word_start(sentence, shows - MOST_CHARACTERS // 2)
    room = MOST_CHARACTERS - 1 - (2 if start else 0)
    if start + room >= len(sentence):
        return "… " + sentence[start:]
    end = sentence.rfind(" ", start + room // 2, start + room + 1)
    kept = sentence[start : end if end > 0 else start + room].rstrip(" ,;:、，")
    return ("… " if start else "") + kept + "…"


def _word_start(sentence: str, near: int) -> int:
    """Give where the first word at or after ``near`` begins; ``near`` itself where no space is in sight."""
    space = sentence.find(" ", near, near + 60)
    return space + 1 if space >= 0 else near
