"""The sentences of an entry that may stand in its summary, each verbatim in its field.

::

    field ─▶ sentences ─▶ without what stands before and behind the news ─▶ no calls, captions, repeats ─▶ who speaks

A sentence that is speech belongs to the words that say whose. Where these stand in a neighbour the two lean on each
other (`Candidate.leans`): the summary shows both or neither.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from digest.stories.boilerplate import bare, is_boilerplate, is_title
from digest.stories.openings import ends_in_credit, is_byline, is_caption, opening_length, told_length
from digest.stories.sentences import sentence_spans
from digest.stories.speech import CLOSING, OPENING, is_open, names_speaker, outside_quotations, quotations, says

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.values.news import EntryText

_SEARCHED = 12_000
"""Characters of a field that are looked at: news comes first, and the time stays bounded."""
_SEEN_AROUND = 2_000
"""Characters on either side of a place that stands beyond those."""
_BLOCKS_BEFORE_TITLE, _LONGEST_TITLE = 500, 500
"""How many lines of a scraped page may stand before its article's title, and how long it is at most."""
_FEWEST_OUTSIDE = 3
"""Words outside its quotation marks that make a sentence more than speech."""
_FEWEST_WORDS = 8
"""Words of a line without an end that may be news; shorter ones serve where there is nothing else."""
_LONGEST_NAME = 3
"""Words in quotation marks that may be a name ("«Зенит» обыграл «Спартак»") where no mark ends them."""
_SPEECH_ENDS = (".", ",", "!", "?", "…", "。", "！", "？", "，", "、")
_MOST_OF_ATTRIBUTION = 6
"""Words of a sentence that does nothing but say who spoke."""

WIDE = "\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
_RUN = re.compile(rf"[\u0e00-\u0e7f{WIDE}]+|[^\W_]+")
_WIDE_CHARACTER = re.compile(rf"[{WIDE}]")
TERMINAL = re.compile(r"[.!?。！？؟۔।॥։።…][\"'”’»›」』）)\]]*$")
"""The end of a whole sentence."""
_DASHED_SPEECH = re.compile(r"[—–]\s?[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be picked: where it stands, its term counts, and what it may not be parted from."""

    where: str
    """The field: ``content`` or ``summary``."""
    start: int
    """Its place in the field, in code points."""
    text: str
    terms: Counter[str]
    words: int
    order: int
    """Its number among the candidates of its field."""
    leans: tuple[int, ...] | None
    """Numbers of those that it is shown with or not at all; ``None``: never shown, for nobody is named who says it."""

    @property
    def end(self) -> int:
        """Where it ends in the field."""
        return self.start + len(self.text)


def field_text(text: EntryText, name: str) -> str:
    """The field ``content`` or ``summary`` of an entry."""
    return text.content if name == "content" else text.summary


def candidates(name: str, text: EntryText) -> list[Candidate]:
    """Give the sentences of the field ``name`` that tell news, in order: no boilerplate, no repetition, not the title.

    Looked for only in the first part of the field, from the title on where a scraped page repeats it.
    """
    whole = field_text(text, name)
    opening = _after_title(whole, text.title)
    spans = _telling(whole[: opening + _SEARCHED + _SEEN_AROUND], text, first=opening, last=opening + _SEARCHED)
    sentences = [(start, end) for start, end in spans if not _is_scrap(whole[start:end])]
    return _made(name, whole, sentences or spans)


def candidates_around(name: str, text: EntryText, place: int) -> list[Candidate]:
    """Give the sentences near a place beyond the part that `candidates` searches."""
    whole = field_text(text, name)
    base = max(0, place - _SEEN_AROUND)
    spans = _telling(whole[base : place + _SEEN_AROUND], text, first=0, last=2 * _SEEN_AROUND)
    return _made(name, whole, [(base + start, base + end) for start, end in spans])


def terms_of(sentence: str) -> list[str]:
    """Words without regard to case; pairs of characters where a script has no spaces or glues on its particles."""
    terms: list[str] = []
    for run in _RUN.findall(sentence.casefold()):
        if _is_wide(run):
            terms.extend(run[at : at + 2] for at in range(max(1, len(run) - 1)))
        elif len(run) > 1:
            terms.append(run)
    return terms


def words_in(sentence: str) -> int:
    """How many words a sentence has; two characters count as one where a script has no spaces or glues on particles."""
    return sum(-(-len(run) // 2) if _is_wide(run) else 1 for run in _RUN.findall(sentence))


def width(text: str) -> int:
    """Cells the text takes, roughly: a Han, kana or Hangul character counts two."""
    return len(text) + len(_WIDE_CHARACTER.findall(text))


def _is_wide(run: str) -> bool:
    return _WIDE_CHARACTER.match(run) is not None or "\u0e00" <= run[0] <= "\u0e7f"


# --- what tells news -------------------------------------------------------------------------------------------------


def _telling(searched: str, text: EntryText, *, first: int, last: int) -> list[tuple[int, int]]:
    """Give (start, end) of the sentences of a piece of a field that tell news and begin between two places of it."""
    seen = {bare(text.title), ""}
    found: list[tuple[int, int]] = []
    for start, end in _news_spans(searched, text.lang):
        if not first <= start <= last:
            continue
        sentence = searched[start:end]
        letters = bare(sentence)
        if letters in seen or is_boilerplate(sentence) or is_caption(sentence):
            continue
        seen.add(letters)
        found.append((start, end))
    return found


def _is_scrap(sentence: str) -> bool:
    """Say whether a line is too short for news and has no end ("Updated at 10:00", "Full story")."""
    return TERMINAL.search(sentence[-8:]) is None and words_in(sentence) < _FEWEST_WORDS


def _made(name: str, whole: str, spans: list[tuple[int, int]]) -> list[Candidate]:
    """Make candidates of sentences of a field."""
    texts = [whole[start:end] for start, end in spans]
    breaks = [False, *("\n" in whole[left[1] : right[0]] for left, right in pairwise(spans))]
    leans = _leans_of_all(texts, breaks)
    return [
        Candidate(name, start, text, Counter(terms_of(text)), words_in(text), order, leans[order])
        for order, ((start, _), text) in enumerate(zip(spans, texts, strict=True))
    ]


def _news_spans(text: str, lang: str) -> Iterator[tuple[int, int]]:
    """Give (start, end) of each sentence without a dateline before it and a call to read on behind it."""
    skipped = _skipped(text)
    at = 0
    for start, end in sentence_spans(text, lang):
        while at < len(skipped) and skipped[at][1] <= start:
            at += 1
        from_ = max(start, skipped[at][1]) if at < len(skipped) and skipped[at][0] <= start else start
        if from_ < end and (told := told_length(text[from_:end])):
            yield from_, from_ + told


def _skipped(text: str) -> list[tuple[int, int]]:
    """Give (start, end) of what no sentence is made of: captions, by-lines, and what opens a line before its news."""
    skipped: list[tuple[int, int]] = []
    start = 0
    for line in text.split("\n"):
        opening = opening_length(line)
        if is_byline(line) or ends_in_credit(line):
            opening = len(line)
        if opening:
            skipped.append((start, start + opening))
        start += len(line) + 1
    return skipped


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


# --- who speaks ------------------------------------------------------------------------------------------------------


def _leans_of_all(texts: list[str], breaks: list[bool]) -> list[tuple[int, ...] | None]:
    """Give what each sentence leans on; a quotation that a line leaves open ends with it.

    Args:
        texts: the sentences.
        breaks: whether a line begins with each.
    """
    carried = False
    found: list[tuple[int, ...] | None] = []
    for at, text in enumerate(texts):
        carried = carried and not breaks[at]
        if not carried and not _holds_speech(text) and not (at and texts[at - 1].endswith((*CLOSING, '"'))):
            found.append(())
            continue
        state = is_open(text)
        found.append(_leans(texts, at, carried=carried, closes=state < 0))
        carried = state > 0 or (carried and state == 0 and not _begins_with_quotation(text))
    return found


def _holds_speech(text: str) -> bool:
    return any(mark in text for mark in '"“”„«»「」『』‘') or _DASHED_SPEECH.match(text) is not None


def _begins_with_quotation(text: str) -> bool:
    return text.startswith((*OPENING, '"'))


def _begins_with_speech(text: str) -> bool:
    """Say whether a sentence begins with what somebody said, and not with a name in quotation marks."""
    if not _begins_with_quotation(text):
        return False
    (start, end), *_ = quotations(text) or [(len(text), len(text))]
    if start > 0:
        return True  # it stays open
    inside = text[start + 1 : end - 1]
    return words_in(inside) > _LONGEST_NAME or inside.endswith(_SPEECH_ENDS)


def _leans(texts: list[str], at: int, *, carried: bool, closes: bool) -> tuple[int, ...] | None:
    """Give what one sentence leans on.

    Args:
        texts: the sentences around it.
        at: its number.
        carried: a quotation that began before it is still open.
        closes: it closes a quotation that it has not opened.
    """
    text = texts[at]
    before = texts[at - 1] if at else ""
    if (closes and carried) or _is_attribution(before, text):  # never half a quotation
        return (at - 1,)
    if not _needs_speaker(text, carried=carried):
        return ()
    after = texts[at + 1] if at + 1 < len(texts) else ""
    if _is_attributed_by(after, text, before):
        return (at + 1,)
    return (at - 1,) if says(before) or before.endswith(":") or _holds_speech(before) else None


def _is_attributed_by(after: str, text: str, before: str) -> bool:
    """Say whether the sentence after a quotation goes on with it, or says who spoke."""
    reopened = _begins_with_quotation(after)
    if is_open(text) > 0 and after and not reopened:
        return True
    return names_speaker(after) or (reopened and _is_attributed(after) and not _is_attributed(before))


def _is_attribution(before: str, text: str) -> bool:
    """Say whether a sentence only says who spoke the one before it: "Lee asked.", "he said."."""
    return before[-1:] in (*CLOSING, '"') and words_in(text) <= _MOST_OF_ATTRIBUTION and names_speaker(text)


def _is_attributed(text: str) -> bool:
    """Say whether a sentence says who speaks, outside its quotation marks."""
    return says(outside_quotations(text))


def _needs_speaker(text: str, *, carried: bool) -> bool:
    """Say whether a sentence is speech and does not say whose."""
    if _DASHED_SPEECH.match(text):
        return not says(text)
    if carried and is_open(text) == 0 and not _begins_with_quotation(text):
        return True
    if not carried and not _begins_with_speech(text):
        return False
    outside = outside_quotations(text)
    return not says(outside) and words_in(outside) < _FEWEST_OUTSIDE
