"""An atom is one word sequence that is looked for: the patterns that lead to it, and the check of what they led to.

Where words stand between spaces and nothing may be attached to them, the pattern is the whole phrase with its
spaces, and every hit of the automaton is a match. Elsewhere the pattern is the first word, and the rest is walked.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

from digest.match.language.terms import Manner
from digest.match.text import particles
from digest.match.text.scripts import is_script

if TYPE_CHECKING:
    from digest.match.language.terms import Word

_LONGEST_LEAD = 8
_LONGEST_TAIL = 24
"""No particles are longer; a hostile text without spaces costs no more for it."""


class Interval(NamedTuple):
    """A stretch of folded text."""

    start: int
    end: int


class _Step(NamedTuple):
    """One word found: the stretch to show, and where the word that holds it ends."""

    start: int
    end: int
    word_end: int


class Atom:
    """A sequence of folded words."""

    __slots__ = ("is_certain", "is_literal", "words")

    is_literal: bool
    """Whether its one pattern says all but the case."""
    is_certain: bool
    """Whether a hit of its pattern is a match without further checks."""

    def __init__(self, words: tuple[Word, ...]) -> None:
        self.words = words
        literal, cased, prefix = True, False, False
        for word in words:
            literal &= word.manner is Manner.SPACED and not prefix  # of a word before this one
            cased |= bool(word.cased)
            prefix = word.prefix
        self.is_literal = literal
        self.is_certain = literal and not cased and not prefix

    @property
    def stands(self) -> bool:
        """Whether a hit of its pattern is a match, though where it ends may have to be looked up."""
        return self.is_literal and not any(word.cased or word.dotted for word in self.words)

    @property
    def cuts(self) -> tuple[bool, bool]:
        """Whether its start and its end may cut a dictionary word."""
        first, last = self.words[0], self.words[-1]
        return first.manner is Manner.UNSPACED, last.manner is Manner.UNSPACED and not last.prefix

    def patterns(self) -> tuple[str, ...]:
        """The strings for the automaton."""
        if self.is_literal:
            text = " ".join(word.text for word in self.words)
            return (f" {text}" if self.words[-1].prefix else f" {text} ",)
        first = self.words[0]
        after = "" if first.prefix else " "
        match first.manner:
            case Manner.SPACED:
                return (f" {first.text}{after}",)
            case Manner.ARABIC | Manner.HEBREW:
                return tuple(f"{form}{after}" for form in _forms(first))
            case _:
                return (first.text,)

    def steps(self, text: str, start: int, end: int) -> list[_Step] | None:
        """Its words in ``text`` from a hit of one of its patterns on, or None where the rest is not there."""
        if self.is_literal:
            return self._literal_steps(text, start)
        start += text[start] == " "
        end -= text[end - 1] == " "
        found = _first_in(text, start, end, self.words[0])
        if found is None:
            return None
        steps = [found]
        for before, word in zip(self.words, self.words[1:], strict=False):
            step = _next_word(text, steps[-1].word_end, before, word)
            if step is None:
                return None
            steps.append(step)
        return steps

    def _literal_steps(self, text: str, start: int) -> list[_Step]:
        """The words of a literal hit, which begins with a space."""
        steps = []
        place = start + 1
        for word in self.words:
            end = text.find(" ", place) if word.prefix else place + len(word.text)
            steps.append(_Step(place, end, end))
            place = end + 1
        return steps


def _forms(word: Word) -> tuple[str, ...]:
    """The word as it may stand in a text, with the Arabic article drawn together with ل."""
    other = particles.contracted(word.text) if word.manner is Manner.ARABIC else ""
    return (word.text, other) if other else (word.text,)


def _next_word(text: str, place: int, before: Word, word: Word) -> _Step | None:
    """The word that must follow at ``place``, where the one before ends."""
    place += text[place] == " "
    step = _word_at(text, place, word)
    if step is None and before.manner is not Manner.HANGUL and is_script(text[place], "hangul"):
        # A particle behind a foreign word stands apart because the script changes: NATO의 정상회의.
        end = text.find(" ", place)
        if particles.is_korean_particle(text[place:end]):
            step = _word_at(text, end + 1, word)
    return step


def _word_at(text: str, token: int, word: Word) -> _Step | None:
    """The word in the token that begins at ``token``."""
    if word.manner in {Manner.SPACED, Manner.UNSPACED}:
        end = token + len(word.text)
        return _first_in(text, token, end, word) if text.startswith(word.text, token) else None
    reach = token + _LONGEST_LEAD + len(word.text)
    for form in _forms(word):
        place = text.find(form, token, reach)
        while place >= 0:
            step = _first_in(text, place, place + len(form), word)
            if step and " " not in text[token:place]:
                return step
            place = text.find(form, place + 1, reach)
    return None


def _first_in(text: str, start: int, stem_end: int, word: Word) -> _Step | None:
    """The word whose letters stand from ``start`` to ``stem_end``, if what is attached to them may be."""
    if word.manner is Manner.UNSPACED:
        cut = text[stem_end] not in " /|" and unicodedata.category(text[stem_end])[0] == "M"
        return None if cut else _Step(start, stem_end, stem_end)
    token = text.rfind(" ", max(0, start - _LONGEST_LEAD - 1), start) + 1
    if not token or (token < start and not _may_lead(text[token:start], word.manner)):
        return None
    if word.prefix:
        end = text.find(" ", stem_end)
        return _Step(start, end, end)
    end = text.find(" ", stem_end, stem_end + _LONGEST_TAIL + 1)
    if end < 0 or (end > stem_end and not _may_follow(text[stem_end:end], word)):
        return None
    return _Step(start, stem_end, end)


def _may_follow(tail: str, word: Word) -> bool:
    """Whether these letters may stand behind a word."""
    return word.manner is Manner.HANGUL and particles.is_korean_tail(word.text[-1], tail)


def _may_lead(lead: str, manner: Manner) -> bool:
    """Whether these letters may stand before a word of that manner."""
    match manner:
        case Manner.HANGUL:
            return lead in particles.PREFIXES
        case Manner.ARABIC:
            return particles.is_arabic_lead(lead)
        case Manner.HEBREW:
            return particles.is_hebrew_lead(lead)
        case _:
            return False
