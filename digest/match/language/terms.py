"""One term as it is looked for: its folded words, and what is wrong with it if it can find nothing."""

from __future__ import annotations

import enum
import functools
import html
import re
from typing import NamedTuple

from digest.match.language.query import Phrase, QueryError
from digest.match.text import particles
from digest.match.text.fold import acronyms, kept, lowered
from digest.match.text.scripts import is_script, is_unspaced

_UNIT = re.compile(r"\S+")
_REFERENCE = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9a-f]{1,6});", re.IGNORECASE)
_LOWER_DOTTED = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\.?")


class Manner(enum.StrEnum):
    """How the words of a script are separated, and what may be attached to one."""

    SPACED = "by spaces, exactly"
    HANGUL = "before particles and heads, behind prefixes"
    ARABIC = "behind attached particles"
    HEBREW = "behind attached particles "
    UNSPACED = "by character"


class Word(NamedTuple):
    """A folded word of a term."""

    text: str
    prefix: bool = False
    """It ended in ``*``: what follows in the same word is free."""
    cased: str = ""
    """The same with its case, where the case decides."""
    manner: Manner = Manner.SPACED
    dotted: bool = False
    """It must stand in the text as a dotted acronym (a term ``p.m.`` also finds ``P.M.``, never ``PM``)."""


def _manner(text: str) -> Manner:
    """How this (folded, one-script) word is found."""
    letter = text[-1]
    if is_unspaced(text[0]):
        return Manner.UNSPACED
    if is_script(letter, "hangul"):
        return Manner.HANGUL
    if len(text) >= particles.ATTACHING_LENGTH and is_script(letter, "arabic"):
        return Manner.ARABIC
    if len(text) >= particles.ATTACHING_LENGTH and is_script(letter, "hebrew"):
        return Manner.HEBREW
    return Manner.SPACED


def is_plain(text: str) -> bool:
    """Whether a text is English letters, digits and spaces alone: nearly every term is, and has no other rules."""
    return text.isascii() and text.replace(" ", "").isalnum()


def words_of(phrase: Phrase) -> tuple[Word, ...]:
    """The folded words of a phrase, in order; empty if it holds no letter or digit."""
    if is_plain(phrase.text):
        return tuple([Word(text.lower(), cased=text if phrase.case else "") for text in phrase.text.split()])
    return _folded_words(phrase)


@functools.lru_cache(maxsize=1 << 16)  # each term is asked for its words when it is read, compiled and linted
def _folded_words(phrase: Phrase) -> tuple[Word, ...]:
    words: list[Word] = []
    dotted = acronyms(phrase.text)
    for unit in phrase.text.split():
        prefix = unit.endswith("*")
        parts = kept(unit.rstrip("*")).split()
        for number, part in enumerate(parts):
            text = lowered(part)
            words.append(
                Word(
                    text=text,
                    prefix=prefix and number == len(parts) - 1,
                    cased=part if phrase.case or part in dotted else "",
                    manner=_manner(text),
                )
            )
    return tuple(words)


def variants_of(phrase: Phrase) -> tuple[tuple[Word, ...], ...]:
    """The word sequences that a phrase stands for: one, or two where it holds dotted letters in lower case."""
    words = words_of(phrase)
    if phrase.case or "." not in phrase.text:
        return (words,)
    joined = " ".join(
        unit.replace(".", "").upper() if _LOWER_DOTTED.fullmatch(unit) else unit for unit in phrase.text.split()
    )
    if joined == phrase.text or len(words_of(Phrase(joined))) == len(words):
        return (words,)
    capitals = {lowered(kept(unit.replace(".", ""))) for unit in phrase.text.split() if _LOWER_DOTTED.fullmatch(unit)}
    acronym = tuple(
        word._replace(cased=word.text.upper(), dotted=True) if word.text in capitals else word
        for word in words_of(Phrase(joined))
    )
    return words, acronym


def check_phrase(phrase: Phrase) -> None:
    """Raise QueryError, at the offending word, if the phrase can find nothing or too much."""
    if is_plain(phrase.text):
        return
    if reference := _REFERENCE.search(phrase.text):
        raise QueryError(
            f"texts hold the characters themselves, never {reference[0]}: write {html.unescape(reference[0])!r}",
            phrase.offset + reference.start(),
        )
    for unit in _UNIT.finditer(phrase.text):
        if "*" in unit[0]:
            _check_wildcard(unit[0], phrase.offset + unit.start())
    if not words_of(phrase):
        shown = phrase.text.strip()
        what = f"“{shown}” has no letter or digit" if shown else "there is nothing between these quotes"
        raise QueryError(f"{what}, so it can match nothing: write a word to look for", phrase.offset)


def _check_wildcard(unit: str, offset: int) -> None:
    """``*`` stands last in its word, behind three letters (two in Hangul and Han)."""
    stem = unit.rstrip("*")
    if "*" in stem or len(unit) - len(stem) > 1 or not stem:
        letters = stem.lstrip("*").split("*")[0]
        instead = f"{letters}*" if len(letters) >= 3 else "Syria*"
        raise QueryError(f"* stands only at the end of a word: write its first letters, as in {instead}", offset)
    letters = "".join(kept(stem).split())
    short = bool(letters) and any(is_script(letters[-1], name) for name in ("hangul", "han"))
    if len(letters) < (2 if short else 3):
        least = "two letters" if short else "three letters"
        raise QueryError(f"{unit} would match too much: * needs {least} before it", offset)
