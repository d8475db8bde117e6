"""The same event in another language: offered as possibly related, never merged.

Headlines of two languages share few words, so what is compared is what survives translation: where it is and what it is
about (`digest.match.names.subjects`), the aliases of the user's rules that hit, or the rules themselves, names by their
consonants, numbers, and how many were killed or hurt. Two stories are as like as their weighted shares of these point
the same way; each counts for more the fewer stories hold it. They must share both where or who and what, may not
each name a country that the other does not, nor numbers of which they share none; and a draw is no answer.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from digest.match.names.subjects import topic_of
from digest.match.text.fold import kept
from digest.stories.tolls import tolls_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

_REACH: Final = timedelta(hours=36)
_LEAST: Final = 0.35
_LEAST_SURE: Final = 0.5
"""For what is told as one event without being asked for."""
_LEAD: Final = 1.1
"""By how much the best must be ahead of the second of its language."""
_TELLING: Final = math.log(4 / 3)
"""The least weight of what tells two stories together: what three in four hold says nothing."""
_ENOUGH_ALONE: Final = 2
"""So many names, or tolls, in common say both where and what."""
_UNSEEN: Final = 10
"""Stories of other days, which tell on a day of few that what all of them hold is not common for that."""
_COMMON: Final = 300
"""Stories that share nothing but what so many hold are not looked at: it would take long."""
_LOOKED_AT: Final = 4
"""Of each language so many are compared closely."""
_MOSTLY: Final = 0.5
"""The share of a story's reports that name its country."""
_LEAST_CONSONANTS: Final = 3
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_DIGITS: Final = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS: Final = re.compile(r"[.,](?=\d{3}(?:\D|$))")

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


_COUNTRY: Final = "country"
_PLACE: Final = "place"
_FOUND: Final = "found"
"""An alias of the user's rules, or a rule."""
_NAME: Final = "name"
_SUBJECT: Final = "subject"
_NUMBER: Final = "number"
_TOLL: Final = "toll"
_WHERE: Final = (_COUNTRY, _PLACE, _FOUND, _NAME)

_Piece = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Traits:
    """What one story is told by."""

    story: int
    lang: str
    at: datetime
    """When its first report came."""
    pieces: Mapping[_Piece, float]
    """In which share of its reports a piece stands: one of the kinds above, and which of these it is."""


def traits_of(story: int, lang: str, at: datetime, titles: Sequence[str], found: Iterable[str] = ()) -> Traits:
    """What a story of one language is told by.

    Args:
        story: its number.
        lang: its language, as its reports were placed in.
        at: when its first report came.
        titles: of its reports, plain; at least one.
        found: the names of what finds a thing in any language and found it: aliases of rules, or rules.
    """
    counts = Counter(piece for title in titles for piece in _pieces(title))
    pieces = {piece: count / len(titles) for piece, count in counts.items()}
    return Traits(story, lang, at, pieces | {(_FOUND, name): 1.0 for name in found})


def _pieces(title: str) -> frozenset[_Piece]:
    topic = topic_of(title)
    some: dict[str, Iterable[str]] = {
        _COUNTRY: topic.countries,
        _PLACE: topic.places,
        _SUBJECT: topic.subjects,
        _NAME: _names(title),
        _NUMBER: _numbers(title),
        _TOLL: (f"{harm} {number}" for harm, number in tolls_in(title)[0].items()),
    }
    return frozenset((trait, which) for trait, each in some.items() for which in each)


def related(story: Traits, candidates: Iterable[Traits]) -> tuple[int, ...]:
    """The stories of other languages that may be the same event: at most one of each, the likeliest first.

    Args:
        story: the one that is looked at.
        candidates: the stories of these days, of its own language too: they tell what is common.
    """
    near = [each for each in candidates if each.story != story.story and abs(each.at - story.at) <= _REACH]
    return tuple(other for _, other in _Compared([story, *near]).best(0))


def likely_one(stories: Sequence[Traits]) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Which stories of two languages are very likely one event, and which may be: each with what it is likest to."""
    compared = _Compared(stories)
    sure: list[tuple[int, int]] = []
    perhaps: list[tuple[int, int]] = []
    for at, each in enumerate(stories):
        for likeness, other in compared.best(at):
            (sure if likeness >= _LEAST_SURE else perhaps).append((each.story, other))
    return sorted({(min(pair), max(pair)) for pair in sure}), perhaps


# Sets have another order in each process, and a plain sum in another order may be another number: another best offer.
class _Weighed:
    """A story with its pieces weighed, and what of them tells it from others."""

    def __init__(self, traits: Traits, weights: Mapping[_Piece, float]) -> None:
        self.traits = traits
        self.vector = {piece: share * weights[piece] for piece, share in traits.pieces.items()}
        self.length = math.fsum(weight**2 for piece, weight in self.vector.items() if piece[0] != _NAME)
        """Squared, and without names."""
        mostly = [piece for piece, share in traits.pieces.items() if share >= _MOSTLY]
        self.countries = frozenset(piece for piece in mostly if piece[0] == _COUNTRY)
        self.known = self.countries.union(piece for piece in mostly if piece[0] == _FOUND)
        self.numbers = frozenset(piece for piece in traits.pieces if piece[0] == _NUMBER)

    def is_elsewhere(self, other: _Weighed) -> bool:
        """Say whether each is of what the other is not, and this one of a country."""
        pieces, others = self.traits.pieces.keys(), other.traits.pieces.keys()
        return not self.countries <= others and not other.known <= pieces

    def has_other_numbers(self, other: _Weighed) -> bool:
        """Say whether both have numbers and share none."""
        return bool(self.numbers and other.numbers) and self.numbers.isdisjoint(other.numbers)


class _Compared:
    """Stories of some days, each by what it is told by, weighed by how few are told by it."""

    def __init__(self, stories: Sequence[Traits]) -> None:
        holders: dict[_Piece, list[int]] = defaultdict(list)
        for at, each in enumerate(stories):
            for piece in each.pieces:
                holders[piece].append(at)
        self._weights = {piece: math.log((len(stories) + _UNSEEN) / len(some)) for piece, some in holders.items()}
        self._stories = [_Weighed(each, self._weights) for each in stories]
        self._rare = {
            piece: (np.array(some), np.array([self._stories[at].vector[piece] for at in some]))
            for piece, some in holders.items()
            if len(some) <= _COMMON
        }
        self._langs = np.array([each.lang for each in stories])
        self._began = np.array([each.at.timestamp() for each in stories])

    def best(self, own: int) -> list[tuple[float, int]]:
        """The likest story of each other language that is like enough and well ahead of the second, likest first.

        Each is its likeness and its number.
        """
        scores: dict[str, list[tuple[float, int]]] = defaultdict(list)
        for at in self._promising(own):
            near = self._stories[at].traits
            scores[near.lang].append((self._likeness(own, at), near.story))
        return sorted((found for some in scores.values() if (found := _clear_best(some))), reverse=True)

    def _promising(self, own: int) -> Iterator[int]:
        """The places of the few of each other language that share most with a story, of what not too many hold."""
        vector = self._stories[own].vector
        rare = [piece for piece in vector if piece in self._rare]
        if not rare:
            return
        places = np.concatenate([self._rare[piece][0] for piece in rare])
        shares = np.concatenate([self._rare[piece][1] * vector[piece] for piece in rare])
        total = np.bincount(places, shares, len(self._stories))
        total[np.abs(self._began - self._began[own]) > _REACH.total_seconds()] = 0
        near = np.flatnonzero(total)
        near = near[np.argsort(-total[near], kind="stable")]
        langs = self._langs[near]
        for lang in sorted(set(langs.tolist()) - {self._stories[own].traits.lang}):
            yield from near[langs == lang][:_LOOKED_AT].tolist()

    def _likeness(self, own: int, other: int) -> float:
        """From 0 to 1, and 0 for too little. Names count only where both have them: many are translated."""
        one, two = self._stories[own], self._stories[other]
        shared = one.vector.keys() & two.vector.keys()
        names = [piece for piece in shared if piece[0] == _NAME]
        lengths = (each.length + math.fsum(each.vector[name] ** 2 for name in names) for each in (one, two))
        likeness = math.fsum(one.vector[piece] * two.vector[piece] for piece in shared) / math.sqrt(
            math.prod(lengths) or 1
        )
        return likeness if likeness >= _LEAST / _LEAD and self._may_be_one(one, two, shared) else 0

    def _may_be_one(self, one: _Weighed, two: _Weighed, shared: Iterable[_Piece]) -> bool:
        telling = Counter(piece[0] for piece in shared if self._weights[piece] >= _TELLING)
        where = sum(telling[trait] for trait in _WHERE)
        alone = telling[_NAME] >= _ENOUGH_ALONE or telling[_TOLL] >= _ENOUGH_ALONE
        if not alone and not 0 < where < telling.total():
            return False
        return not (one.is_elsewhere(two) or two.is_elsewhere(one) or one.has_other_numbers(two))


def _clear_best(scores: Iterable[tuple[float, int]]) -> tuple[float, int] | None:
    """The best one, if it is good enough and well ahead of the second."""
    first, second = [*sorted(scores, reverse=True), (0.0, 0), (0.0, 0)][:2]
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
    for found in _DIGITS.findall(title):
        number = _THOUSANDS.sub("", found).replace(",", ".")
        if len(number) > 1 and not _YEAR.fullmatch(number):
            yield number
