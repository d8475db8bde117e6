"""How many are killed, wounded, missing, arrested or displaced, as a sentence says it.

It begins at a word of a closed list ("killed") and looks beside it for its number, past words of other closed lists and
nothing else. So a number that is an age, a year, a score, a date, a sum or the name of something is none: it either has
no such word beside it or something between.

Languages with spaces are read word by word (`digest.stories.toll_tongues`); Chinese, Japanese, Korean and Thai by
patterns, as their counters (人, 名, 명) already tell people from years and money. A sentence that tells of the past, of
a court, of what may happen or of a rate says no toll; nor does a question.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.stories.toll_patterns import counted_in
from digest.stories.toll_tongues import TONGUES
from digest.stories.toll_words import HISTORY, HISTORY_PHRASES, MEASURES, NAMED_BY_NUMBER, Harm, Tongue

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_GROUPED: Final = r"\d{1,3}(?:[.,\u066c\u00a0\u202f' ]\d{3})+(?![.,]?\d)"
_LETTER: Final = r"[\w\u0900-\u0963\u0966-\u097f]"
"""Hindi's vowel signs are no letters to a pattern."""
_TOKEN: Final = re.compile(
    rf"(?<![\w.,]){_GROUPED}(?!\w)|(?<!\w)\d+(?:[.,\u066b]\d+)*(?!\w)|{_LETTER}+(?:[-'\u200c]{_LETTER}+)*|[^\w\s]"
)
_RATE: Final = re.compile(r"\ba (?:day|week|month|year)\b(?! (?:after|of|before|ago|earlier|later))")
_WITH_GROUPS: Final = re.compile(_GROUPED)
_NUMBER: Final = re.compile(rf"{_GROUPED}|[0-9]+(?:[.,\u066b][0-9]+)?")
_SCORE: Final = re.compile(r"(?<![\w.:/-])\d{1,2}[-:]\d{1,2}(?![\w.:/-])")
"""Of a game, or a time: what stands beside it is rather a sportsman who is hurt."""
_GAP: Final = 5
"""Words that may stand between a number and its word."""
_RISE_GAP: Final = 7
_YEARS: Final = range(1900, 2100)
_DIGIT: Final = re.compile(r"\d")
_LONGEST_NUMBER: Final = 12
_ARABIC: Final = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ۀ": "ه", "ـ": "", "\u200c": " "}
    | {chr(mark): "" for mark in range(0x064B, 0x0653)}
    | {"’": "'", "ʼ": "'", "‘": "'", "–": "-", "‑": "-"}
)
_STOPS: Final = frozenset('.,;:!?()[]«»"“”„—|/…،؛؟-')
_TEN: Final = 10
_COLON: Final = ":"
_DASHES: Final = frozenset("-")
_CURRENCIES: Final = frozenset("$€£¥₹₽%°")


@dataclass(frozen=True, slots=True)
class _Words:
    """A tongue's lists, ready to be asked."""

    numbers: Mapping[str, int]
    between: frozenset[str]
    """What may stand between a number and a word that follows it."""
    links: frozenset[str]
    people: frozenset[str]
    counts: frozenset[str]
    to: frozenset[str]
    unlike: frozenset[str]
    tails: frozenset[str]
    thousands: frozenset[str]
    millions: frozenset[str]
    others: frozenset[str]
    free: bool


@dataclass(frozen=True, slots=True)
class _Use:
    """One way in which a word tells of harm."""

    words: _Words
    harm: Harm
    after: bool
    """Its number may go before it."""
    before: bool
    """Its number may follow it."""
    doubtful: bool
    """It may belong to what follows it."""
    speaks: bool
    """It tells of harm without a number, too: not so a count, which may be one of anything."""


def tolls_in(sentence: str) -> tuple[dict[Harm, int], frozenset[Harm]]:
    """Give the highest number that a sentence says of each harm, and of which harms it speaks at all.

    Args:
        sentence: plain text, one sentence or headline.
    """
    plain = plainly(sentence)
    found, spoken = counted_in(plain)
    tokens = _TOKEN.findall(plain)
    used = [(at, uses) for at, token in enumerate(tokens) if (uses := _USES.get(token))]
    if used:
        spoken |= {use.harm for _, uses in used for use in uses if use.speaks}
        for harm, number in _told(tokens, used):
            found[harm] = max(found.get(harm, 0), number)
    spoken |= {Harm.KILLED for token in tokens if token in _SPOKEN}
    if found and _is_no_news(plain, tokens):
        found = {}
    return found, frozenset(spoken)


def plainly(text: str) -> str:
    """Give text in the letters that the lists are written in: small, composed, one kind of apostrophe and digit."""
    lowered = unicodedata.normalize("NFKC", text).lower().translate(_ARABIC)
    if lowered.isascii():
        return lowered
    return _DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), lowered)


def _is_no_news(plain: str, tokens: list[str]) -> bool:
    """Say whether a sentence tells of the past, of a court, of what may be or of a rate; or asks."""
    if plain.rstrip("\"'” »").endswith(("?", "？", "؟")) or not HISTORY.isdisjoint(tokens):
        return True
    if any(
        token.isascii() and token.isdigit() and int(token) in _YEARS for token in tokens if len(token) == len("2000")
    ):
        return True
    if _SCORE.search(plain) or _RATE.search(plain):
        return True
    return any(phrase in plain for phrase in HISTORY_PHRASES)


# --- words and numbers side by side -------------------------------------------------------------------------------


def _told(tokens: list[str], used: list[tuple[int, tuple[_Use, ...]]]) -> Iterator[tuple[Harm, int]]:
    """Give each harm with a number, in every way its words can be read."""
    for at, uses in used:
        for use in uses:
            number = _number_before(tokens, at, use) if use.after else None
            if number is None and use.before:
                number = _number_behind(tokens, at, use)
            if number is None:
                number = _number_risen_to(tokens, at, use)
            if number is not None:
                yield use.harm, number


def _number_before(tokens: list[str], at: int, use: _Use) -> int | None:
    """12 people were **killed**."""
    if use.doubtful and not _may_follow(tokens, at + 1, use.words):
        return None
    words = use.words
    for place in range(at - 1, max(-1, at - 2 - _GAP), -1):
        token = tokens[place]
        number = _value(tokens, place, words)
        if number is not None and not (token in words.between and token not in words.numbers):
            return number if _counts_people(tokens, place, words) else None
        if token in words.thousands or token in words.millions:
            continue
        if token not in words.between:
            return None
    return None


def _number_behind(tokens: list[str], at: int, use: _Use) -> int | None:
    """**Kills** at least 12."""
    words = use.words
    for place in range(at + 1, min(len(tokens), at + 2 + _GAP)):
        number = _value(tokens, place, words)
        if number is not None:
            fits = _counts_people(tokens, place, words) and _may_follow(tokens, _beyond(tokens, place, words), words)
            return number if fits else None
        if tokens[place] not in words.links:
            return None
    return None


def _number_risen_to(tokens: list[str], at: int, use: _Use) -> int | None:
    """Number of **dead** rises to 12; quake **toll** hits 12."""
    words = use.words
    if not _is_counted(tokens, at, words):
        return None
    rising = tokens[at] in words.to
    for place in range(at + 1, min(len(tokens), at + 2 + _RISE_GAP)):
        token = tokens[place]
        number = _value(tokens, place, words)
        if number is not None and (rising or token[0].isdigit()):
            fits = _counts_people(tokens, place, words) and _may_follow(tokens, _beyond(tokens, place, words), words)
            return number if rising and fits else None
        rising = token in words.to or token == _COLON or (rising and token in words.links)
        if token in _STOPS and token != _COLON:
            return None
    return None


def _is_counted(tokens: list[str], at: int, words: _Words) -> bool:
    """Say whether a count is the word or stands beside it, and is not another: a **toll** road, an injury **toll**."""
    if tokens[at] in words.counts and not words.unlike.isdisjoint(tokens[max(0, at - 1) : at + 3]):
        return False
    return not words.counts.isdisjoint(tokens[max(0, at - 3) : at + 2])


def _beyond(tokens: list[str], place: int, words: _Words) -> int:
    """Give the place behind a number and its thousands or millions."""
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return place + 2 if following in words.thousands or following in words.millions else place + 1


def _may_follow(tokens: list[str], place: int, words: _Words) -> bool:
    """Say whether what stands at ``place`` leaves the number before it a number of people."""
    if place >= len(tokens):
        return True
    token = tokens[place]
    if token in _CURRENCIES or token in MEASURES or token in words.others:
        return False
    if (
        token in _DASHES
        and place + 1 < len(tokens)
        and (tokens[place + 1] in MEASURES or tokens[place + 1][0].isdigit())
    ):
        return False
    if words.free or token in _STOPS or token in words.people or token in words.tails:
        return True
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    return token in words.between and following in words.people


def _counts_people(tokens: list[str], place: int, words: _Words) -> bool:
    """Say whether the number at ``place`` is neither a name, a date, an age, a sum nor half of a score."""
    before = tokens[place - 1] if place else ""
    if before == "." and place > 1:
        before = tokens[place - 2]
        if before not in NAMED_BY_NUMBER:
            before = "."
    if before in NAMED_BY_NUMBER or before in _CURRENCIES or before in words.others:
        return False
    between_numbers = before in {"-", "/", ":"} and place > 1 and tokens[place - 2][:1].isdigit()
    return not between_numbers


def _value(tokens: list[str], place: int, words: _Words) -> int | None:
    """Give the number at ``place``: digits or a word, times the thousands or millions behind it; else None."""
    token = tokens[place]
    number = words.numbers.get(token) or _digits(token)
    if number is None:
        return None
    following = tokens[place + 1] if place + 1 < len(tokens) else ""
    if following in words.thousands:
        number *= 1_000
    elif following in words.millions:
        number *= 1_000_000
    lower = _lower_of_range(tokens, place)
    whole = int(number) if lower is None else lower
    return whole if whole == number or lower is not None else None


def _lower_of_range(tokens: list[str], place: int) -> int | None:
    """Of "10 to 12" give the lower, unless it rose from it."""
    if place < 2 or tokens[place - 1] not in _TO_OF_RANGES or not tokens[place - 2][:1].isdigit():
        return None
    if place > 2 and tokens[place - 3] in _FROM_OF_RISES:
        return None
    lower = _digits(tokens[place - 2])
    return None if lower is None or lower != int(lower) else int(lower)


_TO_OF_RANGES: Final = frozenset("to or bis oder à ou a o до или або чи الى او تا یا".translate(_ARABIC).split())
_FROM_OF_RISES: Final = frozenset("from von de desde с со від из من از".translate(_ARABIC).split())


def _digits(token: str) -> float | None:
    """Give the number written in digits: "2,000", "2.000", "2 000" are whole, "1.5" is not."""
    if len(token) > _LONGEST_NUMBER or _NUMBER.fullmatch(token) is None:
        return None
    if _WITH_GROUPS.fullmatch(token):
        return int(re.sub(r"\D", "", token))
    return float(re.sub(r"\D", ".", token))


# --- the lists, ready ------------------------------------------------------------------------------------------------


def _set(words: str) -> frozenset[str]:
    return frozenset(plainly(words).split())


def _ready(tongue: Tongue) -> _Words:
    numbers = {
        spelling: value
        for value, spellings in enumerate(plainly(tongue.numbers).split(), start=1)
        for spelling in spellings.split("/")
    }
    for ten, word in enumerate(plainly(tongue.tens).split(), start=2):
        ones = [(spelling, value) for spelling, value in numbers.items() if value < _TEN]
        numbers |= {word: ten * _TEN, **{f"{word}-{one}": ten * _TEN + value for one, value in ones}}
    people = _set(tongue.people)
    return _Words(
        numbers,
        between=people | _set(tongue.fillers),
        links=_set(tongue.links),
        people=people,
        counts=_set(tongue.counts),
        to=_set(tongue.to),
        unlike=_set(tongue.unlike),
        tails=_set(tongue.tails),
        thousands=_set(tongue.thousands),
        millions=_set(tongue.millions),
        others=_set(tongue.others),
        free=tongue.free,
    )


def _uses(tongues: Iterable[Tongue]) -> dict[str, tuple[_Use, ...]]:
    """Give how each word of harm is used, in every language that has it."""
    uses: dict[str, list[_Use]] = {}
    for tongue in tongues:
        words = _ready(tongue)
        for harm in Harm:
            after, before = (plainly(lists.get(harm, "")).split() for lists in (tongue.after, tongue.before))
            bare = {word.rstrip("!") for word in after}
            rising = plainly(tongue.rising.get(harm, "")).split()
            for word in dict.fromkeys([*(word.rstrip("!") for word in after), *before, *rising]):
                told = word in bare or word in before
                speaks = told or word not in words.counts | words.to
                use = _Use(words, harm, word in bare, word in before, f"{word}!" in after, speaks)
                uses.setdefault(word, []).append(use)
    return {word: tuple(found) for word, found in uses.items()}


_USES: Final = _uses(TONGUES)
_SPOKEN: Final = frozenset(word for tongue in TONGUES for word in plainly(tongue.spoken).split())
