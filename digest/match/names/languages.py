"""The languages and scripts that news is written in, and how a name's script tells its language."""

from __future__ import annotations

import functools
import re
from typing import Final

from digest.match.text.scripts import is_script

LANGUAGES: Final = tuple(
    re.findall(
        r"\w+",
        "en ar zh_Hans zh_Hant ja ko ru uk he fa hi th el tr de fr es pt pl vi id it nl sv da nb fi cs sk hu ro bg sr"
        " hr sl mk sq lt lv et be ka hy az kk uz ky tg bn ta te ur ne si my km lo am so sw ha ps ku ms fil ca",
    )
)
"""Codes of the locales that are asked, the likeliest to be wanted first."""

SCRIPTS: Final = {
    "arabic": "ar",
    "han": "zh",
    "katakana": "ja",
    "hangul": "ko",
    "cyrillic": "ru",
    "hebrew": "he",
    "devanagari": "hi",
    "thai": "th",
    "greek": "el",
    "bengali": "bn",
    "tamil": "ta",
    "georgian": "ka",
    "armenian": "hy",
}
"""The language that a script most likely is of."""

_LETTERS: Final = (
    ("ur", "[ٹڈڑںےہ]"),
    ("", "[ەێۆڤۇېۋڕڵݷړډټښځڅڼڭھ]"),  # Kurdish, Uyghur, Pashto
    ("fa", "[پچژگکی]"),
    ("uk", "[іїєґ](?![^ ]*ў)"),
    ("be", "[ў]"),
    ("sr", "[ђјљњћџ]"),
    ("", "[^а-яёА-ЯЁ' -](?<=[\u0400-\u052f])"),  # other languages of the former Soviet Union
)
"""Letters that tell one language of a script; an empty one is none of ours."""


@functools.cache
def language_in_words(tag: str) -> str:
    """What a language is called in English, by its tag, whatever its region: ``Korean``; an unknown one is its tag."""
    from babel import Locale  # only who shows several languages needs it

    code = re.split(r"[-_]", tag.lower(), maxsplit=1)[0]
    return Locale("en").languages.get(code) or tag


def script_of(name: str) -> str:
    """The script of a name's letters; empty where they are of several, or of none of ours."""
    letters = [char for char in name if char.isalpha()]
    for script in ("latin", *SCRIPTS):
        if letters and all(is_script(char, script) for char in letters):
            return script
    return ""


def likely_language(name: str) -> str:
    """The language that a name is most likely of, by its letters; empty for Latin ones and those of none of ours."""
    script = script_of(name)
    for language, letters in _LETTERS if script in {"arabic", "cyrillic"} else ():
        if re.search(letters, name.lower()):
            return language
    return SCRIPTS.get(script, "")
