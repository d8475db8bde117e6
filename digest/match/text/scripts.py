"""Which script a letter belongs to, and how that script marks its words.

Python knows no script property, so the blocks are listed; a letter of no listed block is its own script "other",
which still keeps it apart from its neighbours of another script.
"""

from __future__ import annotations

import functools
import re

_BLOCKS = {
    "latin": (
        "A-Za-z\u00aa\u00ba\u00c0-\u02b8\u1d00-\u1d25\u1d2c-\u1d5c\u1d62-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f"
        "\ua722-\ua7ff\uab30-\uab64"
    ),
    "greek": "\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u1d2b\u2de0-\u2dff\ua640-\ua69f",
    "armenian": "\u0531-\u0587",
    "hebrew": "\u0590-\u05ff",
    "arabic": "\u0600-\u06ff\u0750-\u077f\u0860-\u08ff",
    "devanagari": "\u0900-\u097f\ua8e0-\ua8ff",
    "bengali": "\u0980-\u09ff",
    "gurmukhi": "\u0a00-\u0a7f",
    "gujarati": "\u0a80-\u0aff",
    "oriya": "\u0b00-\u0b7f",
    "tamil": "\u0b80-\u0bff",
    "telugu": "\u0c00-\u0c7f",
    "kannada": "\u0c80-\u0cff",
    "malayalam": "\u0d00-\u0d7f",
    "sinhala": "\u0d80-\u0dff",
    "tibetan": "\u0f00-\u0fff",
    "georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "ethiopic": "\u1200-\u139f\u2d80-\u2ddf",
    "mongolian": "\u1800-\u18af",
    "hangul": "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff",
    # The long-vowel mark U+30FC belongs to whichever kana it follows, so it stands in both.
    "katakana": "\u30a0-\u30ff\u31f0-\u31ff",
    "hiragana": "\u3041-\u309f\u30fc",
    "han": (
        "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
        "\U00020000-\U000323af"
    ),
    "thai": "\u0e00-\u0e7f",
    "lao": "\u0e80-\u0eff",
    "khmer": "\u1780-\u17ff",
    "myanmar": "\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f",
}

_UNSPACED = ("han", "hiragana", "thai", "lao", "khmer", "myanmar")
"""Scripts written without spaces between words: a term may begin and end at any character of a run."""

_BY_CHARACTER = (*_UNSPACED, "katakana", "hangul")
"""Scripts whose runs never hold the digits beside them: in ``6월`` and ``G7会议`` the digit ends a word."""


_COMMON = ("latin", "cyrillic", "hangul", "han", "hiragana", "katakana", "arabic")
"""Tried first: the order of the alternatives below is speed, never meaning."""


def _run_pattern() -> str:
    """A regular expression of one run: letters of one script, with the digits that belong to them."""
    names = sorted(_BLOCKS, key=lambda name: _COMMON.index(name) if name in _COMMON else len(_COMMON))
    spaced = [f"[{_BLOCKS[name]}][0-9{_BLOCKS[name]}]*" for name in names if name not in _BY_CHARACTER]
    runs = [f"[{_BLOCKS[name]}]+" if name in _BY_CHARACTER else spaced.pop(0) for name in names]
    digits = "[0-9]+(?:" + "|".join(run for run in runs if "0-9" in run) + ")?"
    return "|".join([*runs, digits, "[/|]", rf"[^\s0-9/|{''.join(_BLOCKS.values())}]+"])


RUN = re.compile(_run_pattern())
"""One word of folded text, or one of its marks ``/`` and ``|``."""

_UNSPACED_LETTER = re.compile("[" + "".join(_BLOCKS[name] for name in _UNSPACED) + "]")


@functools.cache
def _letter_of(name: str) -> re.Pattern[str]:
    """A letter of a script; made when it is wanted, for few texts are of many scripts."""
    return re.compile(f"[{_BLOCKS[name]}]")


def is_unspaced(letter: str) -> bool:
    """Whether the letter's script is written without spaces between words."""
    return _UNSPACED_LETTER.match(letter) is not None


def is_script(letter: str, name: str) -> bool:
    """Whether a letter belongs to the script of that (listed) name."""
    return _letter_of(name).match(letter) is not None
