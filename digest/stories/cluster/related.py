"""The same event in another language: offered as possibly related, never merged.

Headlines of two languages share few words, so what is compared is what survives translation: the aliases of the
user's rules that hit (one alias names a thing in all languages), names by their consonants, and numbers. Each counts
for more the fewer stories of the other language hold it; one thing alone never is enough, and neither is a draw.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.match.text.fold import kept

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_REACH: Final = timedelta(hours=36)
_LEAST: Final = 1.5
"""Two things that no other story holds give 2; one of them may be shared with another story."""
_LEAST_SHARED: Final = 2
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
    """Aliases, names and numbers, each with a word before it that says which it is."""


def traits_of(story: int, lang: str, at: datetime, titles: Iterable[str], aliases: Iterable[str] = ()) -> Traits:
    """What a story of one language is told by.

    Args:
        story: its number.
        lang: its language, as its reports were placed in.
        at: when its first report came.
        titles: of its reports, plain.
        aliases: the names of those aliases of rules that hit in it.
    """
    pieces = {f"alias {alias}" for alias in aliases}
    for title in titles:
        pieces.update(f"name {name}" for name in _names(title))
        pieces.update(f"number {number}" for number in _numbers(title))
    return Traits(story, lang, at, frozenset(pieces))


def related(story: Traits, candidates: Iterable[Traits]) -> tuple[int, ...]:
    """The stories of other languages that may be the same event: at most one of each, the likeliest first.

    Args:
        story: the one that is looked at.
        candidates: the stories of these days, of its own language too: they tell what is common.
    """
    near = [each for each in candidates if each.story != story.story and abs(each.at - story.at) <= _REACH]
    holders = Counter((each.lang, piece) for each in (story, *near) for piece in each.pieces)
    scores: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for each in near:
        shared = each.pieces & story.pieces
        if each.lang != story.lang and len(shared) >= _LEAST_SHARED:
            score = sum(1 / max(holders[each.lang, piece], holders[story.lang, piece]) for piece in shared)
            scores[each.lang].append((score, each.story))
    best = [found for ranked in scores.values() if (found := _clear_best(ranked))]
    return tuple(number for _, number in sorted(best, reverse=True))


def _clear_best(ranked: list[tuple[float, int]]) -> tuple[float, int] | None:
    """The best one, if it is good enough and well ahead of the second."""
    first, second = [*sorted(ranked, reverse=True), (0.0, 0)][:2]
    return first if first[0] >= _LEAST and first[0] >= second[0] * _LEAD else None


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
