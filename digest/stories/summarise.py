"""Two sentences that tell an entry: chosen from its own words, never written.

A feed's own summary is used whole when it is a fit one: long enough, complete, and more than the title again. Otherwise
sentences of the content (or of the summary) are scored by how close they stand to the text's TF-IDF centre, how early
they come and how much of the title they hold, and picked one by one, each new one fined for repeating the others (MMR).
A reader must see why the entry matched: if no picked sentence shows a matched term, the best one that does takes the
place of the last.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from digest.stories.boilerplate import is_boilerplate
from digest.stories.extract import is_title
from digest.stories.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.news import EntryText, Hit

MOST_SENTENCES = 3
MOST_CHARACTERS = 600
"""Of a whole summary; a single sentence that is longer is cut between words."""

_FIT_WIDTH = 60
"""The least width of a feed's own summary; a Han, kana or Hangul character counts two."""
_SEARCHED = 12_000
"""Characters of the content that are looked at: news comes first, and the time stays bounded."""
_SEEN_AROUND = 2_000
"""Characters on either side of a hit that stands beyond those: its sentence is looked for there."""
_FAR_HITS = 5
"""Hits beyond those whose sentence is looked for, until one of them tells news."""
_BLOCKS_BEFORE_TITLE, _LONGEST_TITLE = 500, 500
"""How many lines of a scraped page may stand before its article's title, and how long it is at most."""
_CENTRE, _PLACE, _TITLE = 0.5, 0.3, 0.2
_REPETITION = 0.5
"""The fine, in shares of the likeness, for saying again what a picked sentence says."""
_SHORT_WIDTH = 30
"""A sentence narrower than this is rather a caption or a cry than news."""

_WIDE = "\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_RUN = re.compile(rf"[\u0e00-\u0e7f{_WIDE}]+|[^\W_]+")
_WIDE_CHARACTER = re.compile(rf"[{_WIDE}]")
_CUT_OFF = re.compile(
    r"(?:…|\.\.\.|\[[^\]\w]{0,5}\]|\[\+?\d+ chars\]|\(more\)|\b(?:read more|continue reading|weiterlesen|leer más)|"
    r"lire la suite|читать далее|더 ?보기|阅读全文|閱讀全文|続きを読む|اقرأ المزيد)[\s\]\).»>→]*$",
    re.IGNORECASE,
)
_TERMINAL = re.compile(r"[.!?。！？؟۔।॥։።…][\"'”’»›」』）)\]]*$")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A sentence that may be picked: where it stands, its term counts, its worth before repetition is fined."""

    where: str
    """The field: ``content`` or ``summary``."""
    start: int
    """Its place in the field."""
    text: str
    terms: Counter[str]
    vector: dict[str, float] = field(default_factory=dict)
    worth: float = 0.0

    @property
    def end(self) -> int:
        """Where it ends in the field."""
        return self.start + len(self.text)


class Summariser:
    """An entry's sentences, split and scored once, however many rules found something in it.

    What a rule's hits cost is a look for the sentences that they stand in.

    Args:
        text: the entry's plain text.
    """

    def __init__(self, text: EntryText) -> None:
        self._text = text
        self._lists = {name: _candidates(name, text) for name in ("content", "summary")}
        content, summary = self._lists["content"], self._lists["summary"]
        chosen = "content" if _length(content) >= _length(summary) else "summary"
        self._order = (chosen, "summary" if chosen == "content" else "content")
        self._weighed: dict[str, list[_Candidate]] = {}
        self._ranked: list[_Candidate] | None = None

    def summary(self, hits: Sequence[Hit] = (), *, count: int = 2) -> tuple[str, ...]:
        """Give a summary of ``count`` sentences at most, in their order.

        Args:
            hits: what a rule found in the entry; a sentence showing one of them is among those given, if there is one.
            count: how many sentences are wanted, 1 to 3.

        Returns:
            Sentences of plain text, 600 characters together at most; none when there is nothing beyond the title.
        """
        count = max(1, min(count, MOST_SENTENCES))
        places = _HitPlaces(hits)
        if own := self._own_summary(places, count):
            return _fit(own, places)
        picked = self._picked()[:count]
        if places and not any(places.first_in(candidate) is not None for candidate in picked):
            showing = next(filter(None, (self._best_showing(name, places) for name in self._order)), None)
            if showing:
                picked = [*picked[: count - 1], showing]
        return _fit(picked, places)

    # --- the feed's own summary ----------------------------------------------------------------------------------

    def _own_summary(self, places: _HitPlaces, count: int) -> list[_Candidate]:
        """Give the sentences of the feed's own summary if it can serve whole, in ``count`` at most, else nothing."""
        sentences, text = self._lists["summary"], self._text
        if len(sentences) > count or len(text.summary) > _SEARCHED:
            return []
        whole = " ".join(sentence.text for sentence in sentences)
        fits = (
            len(whole) <= MOST_CHARACTERS
            and _width(whole) >= _FIT_WIDTH
            and not _is_cut_off(text.summary, text.content)
            and not _repeats_title(whole, text.title)
        )
        hidden = places.starts["content"] and not any(places.first_in(sentence) is not None for sentence in sentences)
        return sentences if fits and not hidden else []

    # --- choosing ------------------------------------------------------------------------------------------------

    def _in_order_of_worth(self, name: str) -> list[_Candidate]:
        """Give the candidates of a field with their worth."""
        if name not in self._weighed:
            self._weighed[name] = _weighed(self._lists[name], self._text.title)
        return self._weighed[name]

    def _picked(self) -> list[_Candidate]:
        """Give the worthiest sentences, as many as may ever be wanted, the best first; the same for every rule."""
        if self._ranked is None:
            self._ranked = _pick(self._in_order_of_worth(self._order[0]), MOST_SENTENCES)
        return self._ranked

    def _best_showing(self, name: str, places: _HitPlaces) -> _Candidate | None:
        """Give the worthiest sentence of a field that shows a matched term; else the one around the first such term."""
        weighed = self._in_order_of_worth(name)
        showing = [candidate for candidate in weighed if places.first_in(candidate) is not None]
        if showing:
            return max(showing, key=lambda candidate: candidate.worth)
        return next(filter(None, (self._around(name, at) for at in places.starts[name][:_FAR_HITS])), None)

    def _around(self, name: str, place: int) -> _Candidate | None:
        """Give the sentence around a place beyond the characters that are searched; None if it tells no news."""
        field_text = _field(self._text, name)
        base = max(0, place - _SEEN_AROUND)
        around = field_text[base : place + _SEEN_AROUND]
        for start, end in sentence_spans(around, self._text.lang):
            sentence = around[start:end]
            if base + start <= place < base + end:
                told = not is_boilerplate(sentence) and _bare(sentence) not in {_bare(self._text.title), ""}
                return _Candidate(name, base + start, sentence, Counter()) if told else None
        return None


class _HitPlaces:
    """Where a rule's hits stand in summary and content."""

    def __init__(self, hits: Sequence[Hit]) -> None:
        self.starts = {name: sorted(hit.start for hit in hits if hit.field == name) for name in ("summary", "content")}
        self._any = bool(hits)

    def __bool__(self) -> bool:
        """Whether there is a hit at all, in whatever field."""
        return self._any

    def first_in(self, candidate: _Candidate) -> int | None:
        """Offset of the first matched term in a candidate's text; None when it shows none."""
        starts = self.starts[candidate.where]
        at = bisect.bisect_left(starts, candidate.start)
        return starts[at] - candidate.start if at < len(starts) and starts[at] < candidate.end else None


def _field(text: EntryText, name: str) -> str:
    return text.content if name == "content" else text.summary


def _is_cut_off(summary: str, content: str) -> bool:
    """Say whether the summary ends before its writer did: by a mark of omission, or amid the content's sentence."""
    if _CUT_OFF.search(summary[-60:]):
        return True
    amid = len(content) > len(summary) and content.startswith(summary)
    return amid and _TERMINAL.search(summary[-8:]) is None


def _repeats_title(summary: str, title: str) -> bool:
    """Say whether the summary is the title again, or hardly more."""
    bare_title, bare = _bare(title), _bare(summary)
    return bool(bare_title) and bare.startswith(bare_title) and len(bare) - len(bare_title) < _FIT_WIDTH // 3


def _bare(text: str) -> str:
    """Letters and digits alone, without regard to case."""
    return "".join(_RUN.findall(text.casefold()))


def _width(text: str) -> int:
    """Cells the text takes, roughly."""
    return len(text) + len(_WIDE_CHARACTER.findall(text))


# --- candidates ------------------------------------------------------------------------------------------------------


def _length(candidates: list[_Candidate]) -> int:
    return sum(len(candidate.text) for candidate in candidates)


def _candidates(name: str, text: EntryText) -> list[_Candidate]:
    """Give the sentences of the field ``name`` that tell news: no boilerplate, no repetition, not the title.

    Looked for only in the first part of the field, from the title on where a scraped page repeats it.
    """
    field_text = _field(text, name)
    opening = _after_title(field_text, text.title)
    searched = field_text[: opening + _SEARCHED + _SEEN_AROUND]
    seen = {_bare(text.title), ""}
    found: list[_Candidate] = []
    for start, end in sentence_spans(searched, text.lang):
        if start < opening or start > opening + _SEARCHED:
            continue
        sentence = searched[start:end]
        bare = _bare(sentence)
        if bare in seen or is_boilerplate(sentence):
            continue
        seen.add(bare)
        found.append(_Candidate(name, start, sentence, Counter(_terms(sentence))))
    return found


def _after_title(text: str, title: str) -> int:
    """Give the offset after the last block that is the title, if most of the text follows: a scraped page's article."""
    found = at = 0
    for block in text.split("\n", _BLOCKS_BEFORE_TITLE)[:_BLOCKS_BEFORE_TITLE]:
        at += len(block) + 1
        if at > len(text) // 2:
            break
        if len(block) <= _LONGEST_TITLE and is_title(block, title):
            found = at
    return found


def _terms(sentence: str) -> list[str]:
    """Words without regard to case; pairs of characters where a script has no spaces or glues on its particles."""
    terms: list[str] = []
    for run in _RUN.findall(sentence.casefold()):
        if _WIDE_CHARACTER.match(run) or "\u0e00" <= run[0] <= "\u0e7f":
            terms.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        elif len(run) > 1:
            terms.append(run)
    return terms


# --- weighing --------------------------------------------------------------------------------------------------------


def _weighed(candidates: list[_Candidate], title: str) -> list[_Candidate]:
    """Give the candidates with their worth: nearness to the centre, place, share of the title, length."""
    spread = Counter(term for candidate in candidates for term in candidate.terms)
    rarity = {term: math.log(1 + len(candidates) / seen) for term, seen in spread.items()}
    everything: Counter[str] = Counter()
    for candidate in candidates:
        everything.update(candidate.terms)
    centre, heading = _unit(everything, rarity), _unit(Counter(_terms(title)), rarity)
    weighed = []
    for order, candidate in enumerate(candidates):
        vector = _unit(candidate.terms, rarity)
        worth = _CENTRE * _likeness(vector, centre) + _PLACE / (1 + order) + _TITLE * _likeness(vector, heading)
        weighed.append(replace(candidate, vector=vector, worth=worth if _is_sentence(candidate.text) else worth / 2))
    return weighed


def _is_sentence(text: str) -> bool:
    """Tell a whole sentence from a caption, a cry, a by-line or one that was cut off."""
    ends = _TERMINAL.search(text[-8:]) is not None and _CUT_OFF.search(text[-60:]) is None
    return ends and _width(text) >= _SHORT_WIDTH


def _unit(terms: Counter[str], rarity: dict[str, float]) -> dict[str, float]:
    """Give the terms weighed by count and rarity, as a vector of length 1; a term without a rarity weighs nothing."""
    vector = {term: seen * rarity[term] for term, seen in terms.items() if term in rarity}
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {term: weight / length for term, weight in vector.items()}


def _likeness(one: dict[str, float], other: dict[str, float]) -> float:
    """Cosine of two vectors of length 1."""
    small, large = (one, other) if len(one) <= len(other) else (other, one)
    return sum(weight * large[term] for term, weight in small.items() if term in large)


def _pick(candidates: list[_Candidate], count: int) -> list[_Candidate]:
    """Pick the worthiest one by one, each fined for its likeness to those picked; the best first."""
    picked: list[_Candidate] = []
    left = candidates
    while left and len(picked) < count:
        best = max(left, key=lambda candidate: (candidate.worth - _fine(candidate, picked), -candidate.start))
        picked.append(best)
        left = [candidate for candidate in left if candidate is not best]
    return picked


def _fine(candidate: _Candidate, picked: list[_Candidate]) -> float:
    """What repeating a picked sentence costs."""
    return _REPETITION * max((_likeness(candidate.vector, other.vector) for other in picked), default=0.0)


# --- the last word ---------------------------------------------------------------------------------------------------


def _fit(picked: list[_Candidate], places: _HitPlaces) -> tuple[str, ...]:
    """Put the picked sentences in order within the limit: the least of them goes first, a monster is cut."""
    picked = [*picked]
    while len(picked) > 1 and len(" ".join(candidate.text for candidate in picked)) > MOST_CHARACTERS:
        keep = next((candidate for candidate in picked if places.first_in(candidate) is not None), picked[0])
        least = next(candidate for candidate in reversed(picked) if candidate is not keep)
        picked = [candidate for candidate in picked if candidate is not least]
    in_order = sorted(picked, key=lambda candidate: (candidate.where, candidate.start))
    return tuple(_cut(candidate.text, places.first_in(candidate) or 0) for candidate in in_order)


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
