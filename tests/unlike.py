"""Headlines of which no two report the same event: what a test brings in numbers is not to be one story."""

from __future__ import annotations

import hashlib

_SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
_SYLLABLES_OF_A_WORD = 3


def unlike(title: str, words: int = 6) -> str:
    """A title with some invented words behind it, always the same ones, that hardly any other title has."""
    drawn = hashlib.sha256(title.encode()).digest()[: words * _SYLLABLES_OF_A_WORD]
    syllables = [_SYLLABLES[byte % len(_SYLLABLES)] for byte in drawn]
    starts = range(0, len(syllables), _SYLLABLES_OF_A_WORD)
    return f"{title} {' '.join(''.join(syllables[at : at + _SYLLABLES_OF_A_WORD]) for at in starts)}"
