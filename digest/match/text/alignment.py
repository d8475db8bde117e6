"""The way back from folded words to the plain text, made only when a hit is shown, or its case or edges matter."""

from __future__ import annotations

import bisect
import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.match.text.fold import DOTS, FIELD_MARK, LETTERS, acronym_spans, vanishing, without
from digest.match.text.scripts import RUN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@functools.cache  # it takes a while to compile, and most commands align nothing
def _stretch() -> re.Pattern[str]:
    """Words that stand as they will in the folded text, one space between."""
    # No possessive groups: before Python 3.11.5 they go on from the wrong place when the last round does not match.
    return re.compile(f"(?:{RUN.pattern})(?: (?:{RUN.pattern}))*")


_ASCII_STRETCH = re.compile("[0-9A-Za-z]+(?: [0-9A-Za-z]+)*|[/|]")  # the same where all is ASCII


@dataclass(frozen=True, slots=True)
class Aligned:
    """One field's kept words with the way back to the plain field, in two steps: stretch → letter → place.

    A stretch is some words that stood among the folded letters as they stand in ``kept``, with single spaces.
    """

    kept: str
    kept_starts: list[int]
    """Where each stretch begins in ``kept``."""
    letter_starts: list[int]
    """Where each stretch begins among the folded letters."""
    places: Sequence[int]
    """Where each folded letter begins in the plain field."""
    ends: Mapping[int, int]
    """Where it ends, for the letters that stand for more than one character (by where they begin)."""

    def plain_span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``kept[start:end]``, which begins and ends with a letter, stands in the plain field."""
        first, last = self._place(start), self._place(end - 1)
        return first, self.ends.get(last, last + 1)

    def _place(self, offset: int) -> int:
        stretch = bisect.bisect_right(self.kept_starts, offset) - 1
        return self.places[self.letter_starts[stretch] + offset - self.kept_starts[stretch]]

    def kept_span(self, start: int, end: int) -> tuple[int, int]:
        """The part of ``kept`` that a stretch of the plain field became; empty if it holds no letter."""
        return self._kept_offset(start), self._kept_offset(end)

    def _kept_offset(self, place: int) -> int:
        letter = bisect.bisect_left(self.places, place)
        stretch = bisect.bisect_right(self.letter_starts, letter) - 1
        if stretch < 0:
            return 0
        ends = [*self.kept_starts[stretch + 1 : stretch + 2], len(self.kept) + 1]
        return min(self.kept_starts[stretch] + letter - self.letter_starts[stretch], ends[0] - 1)


def align(plain: str) -> Aligned:
    """Fold one field again with the way back: wanted only when a hit is shown, or its case or its edges matter."""
    text, places, ends = _composed(plain.replace(FIELD_MARK, " "), range(len(plain)), {})
    gone = vanishing(text)
    if gone:
        ends |= {places[end - 1]: places[end] + 1 for _, end in acronym_spans(text) if text.startswith(DOTS, end)}
        borders = itertools.pairwise([-1, *gone, len(text)])
        places = [place for before, after in borders for place in places[before + 1 : after]]
        text = without(text, gone)
    if not text.isascii() and any(len(LETTERS[ord(char)]) != 1 for char in set(text)):
        text, places = _spread(text, places, ends)
    else:
        text = text.translate(LETTERS)
    text, places, ends = _composed(text, places, ends)
    return _aligned_stretches(text, places, ends)


def _spread(text: str, places: Sequence[int], ends: dict[int, int]) -> tuple[str, list[int]]:
    """Fold letters some of which become none or several."""
    letters: list[str] = []
    spread: list[int] = []
    for char, place in zip(text, places, strict=True):
        letter = LETTERS[ord(char)]
        letters.append(letter)
        spread += [place] * len(letter)
        if not letter and spread and unicodedata.category(char)[0] == "M":
            ends[spread[-1]] = ends.get(place, place + 1)  # a vowel mark is shown with its letter
    return "".join(letters), spread


def _composed(text: str, places: Sequence[int], ends: dict[int, int]) -> tuple[str, Sequence[int], dict[int, int]]:
    """NFC of a text, with the places of the composed characters."""
    if unicodedata.is_normalized("NFC", text):
        return text, places, ends
    letters: list[str] = []
    composed: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _composes(text[start:end], text[end]):
            continue
        cluster = unicodedata.normalize("NFC", text[start:end])
        letters.append(cluster)
        composed += [places[start]] * len(cluster)
        if end - start > 1:
            ends[places[start]] = ends.get(places[end - 1], places[end - 1] + 1)
        start = end
    return "".join(letters), composed, ends


def _composes(cluster: str, char: str) -> bool:
    """Whether NFC might join a character to what stands before it."""
    if unicodedata.combining(char):
        return True
    before, after = unicodedata.normalize("NFC", cluster), unicodedata.normalize("NFC", char)
    return unicodedata.normalize("NFC", cluster + char) != before + after


def _aligned_stretches(letters: str, places: Sequence[int], ends: Mapping[int, int]) -> Aligned:
    """Rule 9, noting where each stretch begins."""
    kept: list[str] = []
    kept_starts: list[int] = []
    letter_starts: list[int] = []
    length = 0
    for found in (_ASCII_STRETCH if letters.isascii() else _stretch()).finditer(letters):
        stretch = found[0]
        kept.append(stretch)
        kept_starts.append(length)
        letter_starts.append(found.start())
        length += len(stretch) + 1
    return Aligned(" ".join(kept), kept_starts, letter_starts, places, ends)
