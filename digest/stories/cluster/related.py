"""The same event in another language: offered as possibly related, never merged.

Headlines of two languages share few words, so what is compared is what survives translation: the aliases of the
user's rules that hit, or the rules themselves (one alias, one rule finds a thing in all languages), names by their
consonants, numbers, and how many were killed or hurt. Each counts for more the fewer stories of the other language hold
it; one thing alone never is enough, and neither is a draw.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.match.text.fold import kept
from digest.stories.tolls import tolls_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

_REACH: Final = timedelta(hours=36)
_LEAST: Final = 1.5
"""Two things that no other story holds give 2; one of them may be shared with another story."""
_LEAST_SURE: Final = 2.0
"""For what is told as one event without being asked for."""
_LEAST_WEIGHT: Final = 0.01
"""What a hundred stories hold says nothing, and would take long to look through."""
_LEAD: Final = 1.25
"""By how much the best must be ahead of the second of its language."""
_LEAST_CONSONANTS: Final = 3
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?")

_SOUNDS: Final = str.maketrans(  # letters that one name is spelt with in several languages are one sound
    dict.fromkeys("bpvfwбпвф", "p")
    | dict.fromkeys("dtдт", "t")
    | dict.fromkeys("gkqcгкх", "k")
    | dict.fromkeys("szjxсзжшщчц", "s")
    | dict.fromkeys("lrлр", "l")
    | {"m": "m", "м": "m", "n": "n", "н": "n"}
)
_HANGUL: Final = 0xAC00
_FIRST: Final = "kknttlmppss-sssktpk"
"""The sounds of the nineteen consonants a Korean syllable may begin with; a dash for the silent one."""
_LAST: Final = {1: "k", 4: "n", 8: "l", 16: "m", 17: "p", 21: "n"}
"""Those of the commonest it may end with, by their number."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a story is told by in any language."""

    story: int
    lang: str
    at: datetime
    """When its first report came."""
    pieces: frozenset[str]
    """Aliases or rules, names, numbers and tolls, each with a word before it that says which it is."""


def traits_of(story: int, lang: str, at: datetime, titles: Iterable[str], found: Iterable[str] = ()) -> Traits:
    """What a story of one language is told by.

    Args:
        story: its number.
        lang: its language, as its reports were placed in.
        at: when its first report came.
        titles: of its reports, plain.
        found: the names of what finds a thing in any language and found it: aliases of rules, or rules.
    """
    pieces = {f"found {name}" for name in found}
    for title in titles:
        pieces.update(f"name {name}" for name in _names(title))
        pieces.update(f"number {number}" for number in _numbers(title))
        pieces.update(f"{harm} {number}" for harm, number in tolls_in(title)[0].items())
    return Traits(story, lang, at, frozenset(pieces))


def related(story: Traits, candidates: Iterable[Traits]) -> tuple[int, ...]:
    """The stories of other languages that may be the same event: at most one of each, the likeliest first.

    Args:
        story: the one that is looked at.
        candidates: the stories of these days, of its own language too: they tell what is common.
    """
    near = [each for each in candidates if each.story != story.story and abs(each.at - story.at) <= _REACH]
    return _best(story, _held((story, *near)), _LEAST)


def twins(stories: Sequence[Traits]) -> list[tuple[int, int]]:
    """The pairs of stories of two languages that are very likely one event: each is what the other is likest to."""
    held = _held(stories)
    best = {each.story: _best(each, held, _LEAST_SURE) for each in stories}
    return [(one, other) for one, found in best.items() for other in found if one < other and one in best[other]]


_Held = dict[str, dict[str, list[Traits]]]
"""Who holds a piece, by the piece and their language."""


def _held(stories: Iterable[Traits]) -> _Held:
    held: _Held = defaultdict(lambda: defaultdict(list))
    for each in stories:
        for piece in each.pieces:
            held[piece][each.lang].append(each)
    return held


def _best(story: Traits, held: _Held, least: float) -> tuple[int, ...]:
    scores: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for piece in sorted(story.pieces):
        own = len(held[piece][story.lang])
        for lang, others in held[piece].items():
            weight = 1 / max(own, len(others))
            if lang == story.lang or weight < _LEAST_WEIGHT:
                continue
            for each in others:
                if abs(each.at - story.at) <= _REACH:
                    scores[lang][each.story] += weight
    best = [found for ranked in scores.values() if (found := _clear_best(ranked, least))]
    return tuple(number for _, number in sorted(best, reverse=True))


def _clear_best(scores: Mapping[int, float], least: float) -> tuple[float, int] | None:
    """The best one, if it is good enough and well ahead of the second."""
    ranked = sorted(((score, story) for story, score in scores.items()), reverse=True)
    first, second = [*ranked, (0.0, 0)][:2]
    return first if first[0] >= least and first[0] >= second[0] * _LEAD else None


def _names(title: str) -> Iterable[str]:
    """The consonants of words that may be names: capitalised ones, and any in Hangul, which knows no capitals."""
    for word in kept(title).split():
        if word[0].isupper() or "가" <= word[0] <= "힣":
            sounds = _sounds(word)
            if len(sounds) >= _LEAST_CONSONANTS:
                yield sounds


def _sounds(word: str) -> str:
    """A word's consonants as sounds, a double one once: Zelensky, Зеленский and 젤렌스키 all begin with ``slnsk``."""
    letters = "".join(map(_syllable, word)) if "가" <= word[0] <= "힣" else word.lower().translate(_SOUNDS)
    sounds = [sound for sound in letters if sound in "ptksmnl"]
    return "".join(sound for at, sound in enumerate(sounds) if not at or sound != sounds[at - 1])


def _syllable(letter: str) -> str:
    """The consonants of a Korean syllable."""
    number = ord(letter) - _HANGUL
    return _FIRST[number // 588] + _LAST.get(number % 28, "") if 0 <= number < 11_172 else ""


def _numbers(title: str) -> Iterable[str]:
    """Numbers that say something: of two digits or more, or with a fraction, and no years."""
    for found in _NUMBER.findall(title):
        number = found.replace(",", ".")
        if len(number) > 1 and not _YEAR.fullmatch(number):
            yield number
