"""One entry being read: what the automaton found in it, and the ways between its folded and its plain text."""

from __future__ import annotations

import bisect
import re
from typing import TYPE_CHECKING

from digest.match.matching.atoms import Interval
from digest.match.text import particles
from digest.match.text.alignment import Aligned, align
from digest.match.text.fold import DOTS, FIELDS, plain_tags, plain_tier
from digest.match.text.scripts import is_script, is_unspaced
from digest.values.news import Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.match.language.terms import Word
    from digest.match.matching.atoms import Atom
    from digest.values.news import EntryText

_TOKEN = re.compile(r"\S+")
_FAR = 100_000
"""Added to the count of words where a block or field ends: farther than any NEAR reaches."""


class Reading:
    """The folded text of one entry with its hits.

    Args:
        text: the plain fields.
        folded: what `fold_entry` made of them, the metadata behind it if any rule reads it.
        hits: for each atom (by number), where its patterns were found.
        atoms: all atoms of the rule set.
    """

    def __init__(
        self,
        text: EntryText,
        folded: str,
        hits: Mapping[int, Sequence[Interval]],
        atoms: Sequence[Atom],
    ) -> None:
        self.hits = hits
        self._text = text
        self._folded = folded
        self._atoms = atoms
        self._intervals: dict[int, list[Interval]] = {}
        self._bounds: list[int] = []
        self._aligned: dict[int, Aligned] = {}
        self._segments: dict[int, list[int]] = {}
        self._words: tuple[list[int], list[int]] = ([], [])

    # --- where atoms stand -----------------------------------------------------------------------------------

    def intervals(self, number: int) -> list[Interval]:
        """Where an atom truly stands."""
        known = self._intervals.get(number)
        if known is None:
            atom = self._atoms[number]
            if atom.is_certain:
                known = [Interval(start + 1, end - 1) for start, end in self.hits.get(number, ())]
            else:
                checked = (self._checked(atom, *hit) for hit in self.hits.get(number, ()))
                known = sorted({interval for interval in checked if interval})
            self._intervals[number] = known
        return known

    def _checked(self, atom: Atom, start: int, end: int) -> Interval | None:
        """The stretch of an atom that one of its patterns led to, if it is really there."""
        steps = atom.steps(self._folded, start, end)
        if steps is None:
            return None
        for word, step in zip(atom.words, steps, strict=True):
            if (word.cased or word.dotted) and not self._is_written_so(word, step.start, step.end):
                return None
        first, last = (Interval(step.start, step.end) for step in (steps[0], steps[-1]))
        at_start, at_end = atom.cuts
        alone = len(steps) == 1
        if at_start and self._cuts_word(first, at_start=True, at_end=at_end and alone):
            return None
        if at_end and not (at_start and alone) and self._cuts_word(last, at_start=False, at_end=True):
            return None
        return Interval(first.start, last.end)

    def _is_written_so(self, word: Word, start: int, end: int) -> bool:
        """Whether the plain text has the capitals and the dots that a word asks for."""
        if word.cased and not self._has_case(word.cased, start, end, prefix=word.prefix):
            return False
        return not word.dotted or any(dot in self.hit(Interval(start, end), "").text for dot in DOTS)

    def _has_case(self, cased: str, start: int, end: int, *, prefix: bool) -> bool:
        field = self.field(start)
        base = self._field_start(field)
        kept = self._align(field).kept[start - base : end - base]
        return kept.startswith(cased) if prefix else kept == cased

    def _cuts_word(self, interval: Interval, *, at_start: bool, at_end: bool) -> bool:
        """Whether a stretch overlaps a dictionary word of its plain field only partly."""
        field = self.field(interval.start)
        if field not in self._segments:
            self._segments[field] = _word_starts(self.plain(field))
        hit = self.hit(interval, "")
        return _cuts_word(self._segments[field], hit.start, hit.end, at_start=at_start, at_end=at_end)

    # --- between folded and plain ----------------------------------------------------------------------------

    def field(self, place: int) -> int:
        """The number (in FIELDS) of the field that holds a place of the folded text."""
        return bisect.bisect_right(self._field_ends(), place)

    def _field_ends(self) -> list[int]:
        if not self._bounds:
            self._bounds = [found.start() for found in re.finditer(r"\|", self._folded)]
        return self._bounds

    def _field_start(self, field: int) -> int:
        """Where the words of a field begin in the folded text."""
        return self._field_ends()[field - 1] + 2 if field else 1

    def plain(self, field: int) -> str:
        """A field's plain text."""
        name = FIELDS[field]
        if name == "tag":
            return plain_tags(self._text)
        if name == "tier":
            return plain_tier(self._text)
        plain: str = getattr(self._text, name)
        return plain

    def _align(self, field: int) -> Aligned:
        if field not in self._aligned:
            self._aligned[field] = align(self.plain(field))
        return self._aligned[field]

    def hit(self, interval: Interval, term: str) -> Hit:
        """A stretch of folded text as it stands in its plain field."""
        field = self.field(interval.start)
        base = self._field_start(field)
        start, end = self._align(field).plain_span(interval.start - base, interval.end - base)
        return Hit(FIELDS[field], start, end, self.plain(field)[start:end], term)

    def folded_interval(self, field: int, start: int, end: int) -> Interval:
        """The stretch of folded text that a stretch of a plain field became; empty if it holds no letter."""
        base = self._field_start(field)
        first, last = self._align(field).kept_span(start, end)
        return Interval(base + first, base + max(first, last))

    # --- counting words --------------------------------------------------------------------------------------

    def ordinal(self, place: int) -> int:
        """The number of the word at a place; words of different blocks are very far apart."""
        if not self._words[0]:
            self._words = _number_words(self._folded)
        starts, numbers = self._words
        word = bisect.bisect_right(starts, place) - 1
        inside = place - starts[word] if is_unspaced(self._folded[starts[word]]) else 0
        return numbers[word] + inside

    def gap(self, before: Interval, after: Interval) -> int:
        """How many words stand between two stretches, the second of which begins after the first ends."""
        return self.ordinal(after.start) - self.ordinal(before.end - 1) - 1


def _word_starts(text: str) -> list[int]:
    """Where each dictionary word of a text without spaces begins, in code points, and where the last one ends."""
    from icu4py.breakers import WordBreaker  # loaded when the first such hit must be judged

    starts = [0]
    for word in WordBreaker(text, "und"):  # its own offsets count UTF-16 units
        starts.append(starts[-1] + len(word))
    return starts


def _cuts_word(starts: list[int], start: int, end: int, *, at_start: bool, at_end: bool) -> bool:
    """Whether the stretch from ``start`` to ``end`` overlaps a dictionary word only partly.

    A hit inside one word counts (朝鮮 in 北朝鮮); one that takes the end of a word and the start of the next does not
    (中国 in 发展中国家). Names are in no dictionary, so a letter of theirs is easily given to the next word
    (习|近|平和): what takes more whole words than it cuts is the better reading of the line, and counts. ``at_start``
    and ``at_end`` say which edges to look at.
    """
    first, last = bisect.bisect_right(starts, start) - 1, bisect.bisect_left(starts, end)
    touched = last - first
    cut = (at_start and starts[first] < start) + (at_end and starts[last] > end)
    return 1 < touched <= cut + 1


def _number_words(folded: str) -> tuple[list[int], list[int]]:
    """Where each word begins, and its number; in Han, kana and Thai each character is one."""
    starts: list[int] = []
    numbers: list[int] = []
    number = 0
    foreign = False
    for found in _TOKEN.finditer(folded):
        word = found[0]
        if word in "/|":
            number += _FAR
            foreign = False
            continue
        hangul = is_script(word[0], "hangul")
        # A particle behind a foreign word is no word of its own.
        attached = foreign and hangul and particles.is_korean_particle(word)
        starts.append(found.start())
        numbers.append(number - 1 if attached else number)
        if not attached:
            number += len(word) if is_unspaced(word[0]) else 1
        foreign = not hangul
    return starts, numbers


def in_order(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    """Each hit once, by field and place."""
    return tuple(sorted(set(hits), key=lambda hit: (FIELDS.index(hit.field), hit.start, hit.end, hit.term)))
