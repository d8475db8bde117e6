"""Forms of words, known by their endings: what a term misses because it finds only itself.

All words are folded. The endings are few on purpose: a form that is not found costs a match, one that is wrongly
found (malik for Mali, Turkey for Turk) costs trust in all the others.
"""

from __future__ import annotations

import enum
import re

SHORTEST = 4
"""Letters of a word below which its forms are too often other words."""

_LATIN = re.compile("[a-z]+")
_CYRILLIC = re.compile("[а-яіїєґў]+")
_GREEK = re.compile("[α-ω]+")
_CYRILLIC_FINAL = re.compile("[аяуюеиыойьіїє]$")
_GREEK_FINAL = re.compile("(?:ο|η|α|ε|ει)σ$|[αηοι]$")

_PLURAL = re.compile("(?<=[^s])s|(?<=[sxzo])es|(?<=[cs]h)es")
_PEOPLE = re.compile("(?<=[ie]a)ns?")
_MAYBE_PEOPLE = re.compile("(?<=a)ns?|(?<=[eio])ans?|(?<=[^aeiou])(?:ians?|is?|ese)")
_CYRILLIC_ENDING = re.compile(
    "а|я|у|ю|е|и|ы|о|й|ь|ой|ей|ою|ею|ам|ям|ами|ями|ах|ях|ом|ем|ов|ев|ого|его|ому|ему|ым|им|ых|их|ую|юю|ая|яя|ий|ый|ое"
    "|ее|ие|ые|ия|ию|ии|ией|иям|иями|иях"
)
_GREEK_ENDING = re.compile("α|ασ|αν|εσ|ε|η|ησ|ην|ο|οσ|ον|οι|ου|ουσ|ων|εισ|εωσ|εων|ι|ιο|ια|ιου|ιων")


class Likeness(enum.Enum):
    """How surely one word is a form of another."""

    NONE = "another word"
    DOUBTFUL = "a form if the two are seen together: Iranian is of Iran, Romanian is not of Roman"
    FORM = "a form"


def has_forms(word: str) -> bool:
    """Whether we know of forms of such a word."""
    return len(word) >= SHORTEST and any(script.fullmatch(word) for script in (_LATIN, _CYRILLIC, _GREEK))


def stem_of(word: str) -> str:
    """What all forms of a word begin with, as far as we know them."""
    if _LATIN.fullmatch(word):
        return re.sub("(?<=[^aeiou])y$", "", word)
    shorter = (_GREEK_FINAL if _GREEK.fullmatch(word) else _CYRILLIC_FINAL).sub("", word)
    return shorter if len(shorter) >= SHORTEST else word


def likeness(word: str, other: str, *, name: bool, capital: bool) -> Likeness:
    """Whether another word is a form of one.

    Args:
        word: the one.
        other: the other.
        name: the one is written with a capital; few names have a plural (Parks is none of Park).
        capital: the other is, as those are that tell the people of a place.
    """
    stem = stem_of(word)
    if other == word or not other.startswith(stem):
        return Likeness.NONE
    if not _LATIN.fullmatch(word):
        endings = _GREEK_ENDING if _GREEK.fullmatch(word) else _CYRILLIC_ENDING
        return Likeness.FORM if endings.fullmatch(other, len(stem)) else Likeness.NONE
    return _latin_likeness(word, other, stem, name=name, capital=capital)


def _latin_likeness(word: str, other: str, stem: str, *, name: bool, capital: bool) -> Likeness:
    """The same for Latin letters; the other begins with the stem of the one."""
    if stem != word and not other.startswith(word):
        return Likeness.FORM if other == f"{stem}ies" else Likeness.NONE
    if _PLURAL.fullmatch(other, len(word)):
        return Likeness.DOUBTFUL if name and word[-1] not in "in" else Likeness.FORM
    if capital and _PEOPLE.fullmatch(other, len(word)):
        return Likeness.FORM
    return Likeness.DOUBTFUL if capital and _MAYBE_PEOPLE.fullmatch(other, len(word)) else Likeness.NONE
