"""Texts that a term ought to find, in all its spellings."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from digest.values.news import EntryText

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.match.language.query import Phrase
    from digest.match.lint.located import Term

_FILLER = "zqxv"
_ENDINGS = {"LATIN": "qzx", "CYRILLIC": "щъщ", "GREEK": "ξψξ", "ARABIC": "ظظظ", "HEBREW": "ץץץ", "HANGUL": "뷁뷁"}
_OTHER_ENDING = "龘龘"


def spellings(term: Term, *, in_all_cases: bool = False) -> Iterator[EntryText]:
    """Texts that the term ought to find: in each case, with words between or letters behind where it leaves room."""
    for text in _forms(term.phrase):
        cased = {text, text.lower(), text.upper(), text.title()} if in_all_cases and not term.phrase.case else {text}
        for spelling in sorted(cased):
            yield _placed(spelling, term.field)


def _forms(phrase: Phrase) -> Iterator[str]:
    words = phrase.text.split()
    yield " ".join(word.rstrip("*") for word in words)
    if any(word.endswith("*") for word in words):
        yield " ".join(word[:-1] + _ending(word[-2]) if word.endswith("*") else word for word in words)
    if phrase.slop and len(words) > 1:
        yield " ".join([words[0], *[_FILLER] * phrase.slop, *words[1:]]).replace("*", "")


def _ending(letter: str) -> str:
    """Letters that may stand behind this one in a word, and never do."""
    return _ENDINGS.get(unicodedata.name(letter, "").split(" ")[0], _OTHER_ENDING)


def _placed(text: str, field: str) -> EntryText:
    """An entry with the text in the field; without a field in the title."""
    if field == "tag":
        return EntryText(tags=(text,))
    return EntryText(**{field or "title": text})  # type: ignore[arg-type]  # every other field is a text
