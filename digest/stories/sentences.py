r"""Where sentences end, in every script the feeds are written in.

A full stop is the only doubtful mark, so most of this module is about it. The rules, in the order they are asked:

1. A block boundary (a line feed) ends a sentence, whatever stands before it.
2. Nothing ends inside a short quotation or bracket: what somebody said stays with the words that say who said it. So
   does a quotation that begins the sentence with the speaker named behind it (``“Why?” Lee asked``).
3. Marks that do nothing else (``。 ！ ？ ؟ ۔ । ։ ።`` …) end one at once, closing quotes and brackets included, unless a
   particle or a comma goes on with the quotation (``「行く。」と述べた``). In Greek ``;`` asks, in Armenian ``:`` ends.
4. ``. ! ? …`` end one only before white space; Korean and Han text often leave that out, so there a following
   letter of the same script will do (after ``!``, ``?`` and the sentence endings 다 요 까 죠).
5. What follows must be able to begin a sentence: a small letter cannot, whatever quotes stand before it.
6. In a script with a mark of its own for it (``। ։ ። 。``) a full stop ends nothing in a line where that mark stands;
   after Thai letters it never does.
7. A full stop after a title, an initial, a dotted acronym, a word without a vowel, a day's or a list's number belongs
   to that word. Those that may also end a sentence (``U.S.``, ``Inc.``) end one before a word that commonly begins
   sentences; ``p.m.`` and ``1970 г.`` before a capital, unless they open their sentence or a time zone follows.

Every mark is looked at once and every look around it is bounded, so time is linear in the text.
"""

from __future__ import annotations

import re

from digest.stories.abbreviations import (
    BEFORE_NUMBER,
    ENDING_DOTTED,
    LEAD_ON,
    MAY_END,
    MONTHS,
    ORDINAL_LANGS,
    STARTERS,
    TIMES,
    UNITS,
    YEAR,
)
from digest.stories.speech import names_speaker, quotations

_FINAL = "。！？｡؟۔।॥։።፧፨။៕។๛"
_CLOSERS = "\"'”’»›」』）)]】》〉〕"
_LOOSE_CLOSERS = "“«‘‹"
"""They open in one language and close in another: they close right after a mark, before white space."""
_OPENERS = "\"'“‘„«‹「『（([【《〈〔¿¡—–-"

_MARK = re.compile(
    rf"(?:[{_FINAL}][{_FINAL}!?.…]*|[.!?…]+(?: \.(?!\w))*[{_FINAL}]*|(?<=[\u0900-\u097f])\||"
    rf"(?<=[\u0370-\u03ff]);(?=\s|$)"
    rf"|(?<=[\u0530-\u058f]):(?=\s|$))(?:[{re.escape(_CLOSERS)}]|[{_LOOSE_CLOSERS}](?=\s|$))*(?: »(?=\s|"
    rf"$))?(?:\[\d+\])*"
)
_NEXT_WORD = re.compile(rf"\s*[{re.escape(_OPENERS)}\s]{{0,4}}([^\W_]{{1,20}}\.?|)")
_LAST_WORD = re.compile(r"(?:(?<![\w.])[^\W\d_]\. )+[^\W\d_]$|[^\s\"'“‘„«»”’()\[\]（）,،;:/]*$")
_PARTICLE = re.compile(r"(?![こそあど][れのうんこち]|しかし|また|ただ|さらに|そして|いま|きょう|あす)[\u3041-\u309f]")
_CONTINUING = "，,、；;：:"

_GLUED = re.compile(r"[^\W\d_]{3}[.!?]+[”»’]?(?=[A-ZÀ-ÞА-Я][a-zß-ÿа-я]+[ ,])")
"""A word, a full stop and a sentence's first word without white space between them, as markup leaves them behind."""

_LOOK_BACK = 24
"""Characters before a full stop that are enough to tell an abbreviation."""

_OWN_STOPS = (
    ("\u0900", "\u0dff", "।"),
    ("\u0530", "\u058f", "։:"),
    ("\u1200", "\u137f", "።"),
    ("\u3040", "\u9fff", "。"),
)
"""First and last letter of a script, and what it ends sentences with."""
_CONSONANTS = re.compile("[b-df-hj-np-tv-xzçčćďłľňńñřŕśšťźžżß]{2,5}|[бвгджзйклмнпрстфхцчшщґђћџљњј]{2,5}", re.IGNORECASE)


def split_sentences(text: str, lang: str = "") -> list[str]:
    """Give the sentences of plain ``text`` in order, stripped; put together they are the text up to white space.

    Args:
        text: plain text; a line feed ends a sentence.
        lang: its language tag where known ("de-AT"); it decides only what a number with a full stop is.
    """
    return [text[start:end] for start, end in sentence_spans(text, lang)]


def sentence_spans(text: str, lang: str = "") -> list[tuple[int, int]]:
    """Give (start, end) of every sentence of ``text``, in code points, without the white space around it."""
    ordinals = lang.partition("-")[0].casefold() in ORDINAL_LANGS
    spans: list[tuple[int, int]] = []
    block_start = 0
    for block in text.split("\n"):
        start = 0
        for end in _ends(block, ordinals=ordinals):
            _add(spans, block, start, end, block_start)
            start = end
        _add(spans, block, start, len(block), block_start)
        block_start += len(block) + 1
    return spans


def _ends(block: str, *, ordinals: bool) -> list[int]:
    """Give where the sentences of one line end, but for the last."""
    ends = [0]
    quoted = quotations(block)
    at = 0
    for mark in _MARK.finditer(block):
        while at < len(quoted) and quoted[at][1] < mark.end():
            at += 1
        inside = at < len(quoted) and quoted[at][0] < mark.start() and mark.end() < quoted[at][1]
        closing = at < len(quoted) and quoted[at][0] < mark.start() and mark.end() == quoted[at][1]
        if inside or not _ends_sentence(block, ends[-1], mark, ordinals=ordinals):
            continue
        opens = len(block[ends[-1] : quoted[at][0]].strip()) == 0 if closing else False
        if not (opens and block[mark.end() - 1] not in ")）》" and names_speaker(block, mark.end())):
            ends.append(mark.end())
    return ends[1:]


def _add(spans: list[tuple[int, int]], block: str, start: int, end: int, offset: int) -> None:
    """Append ``block[start:end]`` without its outer white space, unless nothing is left of it."""
    piece = block[start:end]
    bare = piece.strip()
    if bare:
        left = offset + start + len(piece) - len(piece.lstrip())
        spans.append((left, left + len(bare)))


def _ends_sentence(block: str, start: int, mark: re.Match[str], *, ordinals: bool) -> bool:
    """Say whether the sentence that begins at ``start`` ends with this run of marks and closers."""
    follows = block[mark.end() : mark.end() + 1]
    if not follows:
        return True
    marks = mark.group()
    if any(character in _FINAL for character in marks):
        goes_on = marks[-1] in "」』”" and _PARTICLE.match(block, mark.end())
        return not goes_on and follows not in _CONTINUING
    if not follows.isspace():
        return _runs_on_without_space(block, mark, follows)
    word = _next_word(block, mark.end())
    if _is_small(word) or (block[mark.start() - 1 : mark.start()] in {"(", "（"} and marks[-1] in ")）"):
        return False
    if marks[0] != "." or marks.startswith(("..", ". .")):
        return True
    return not _belongs_to_word(block, start, mark.start(), word, ordinals=ordinals)


def _is_small(word: str) -> bool:
    """Say whether a word cannot begin a sentence: a small letter, but for names like "eBay" and for Georgian."""
    return word[:1].islower() and not word[1:2].isupper() and not "\u10d0" <= word[0] <= "\u10ff"


def _runs_on_without_space(block: str, mark: re.Match[str], follows: str) -> bool:
    """Rule 4: a sentence end that its writer put no space after."""
    if _GLUED.match(block, max(0, mark.start() - 3)) is not None:
        return True
    before = block[mark.start() - 1] if mark.start() else ""
    if mark.group()[0] in "!?":
        return _is_east_asian(before) and _is_east_asian(follows) and mark.group()[-1] in "!?"
    return mark.group() == "." and before in "다요까죠" and before != "" and "가" <= follows <= "힣"


def _is_east_asian(character: str) -> bool:
    """Han, kana or Hangul."""
    return "\u3040" <= character <= "\u9fff" or "가" <= character <= "힣"


def _next_word(block: str, at: int) -> str:
    """Give the word after ``at``, without the quotes that open it, with its own full stop ("В."); else empty."""
    found = _NEXT_WORD.match(block, at)
    return found.group(1) if found else ""


def _belongs_to_word(block: str, start: int, at: int, following: str, *, ordinals: bool) -> bool:
    """Rules 6 and 7: the full stop at ``at`` is part of the word before it, or no full stop in its script."""
    if at and _has_other_stop(block, block[at - 1]):
        return True
    found = _LAST_WORD.search(block[max(0, at - _LOOK_BACK) : at])
    word = found.group().replace(". ", ".") if found else ""
    if word.isdecimal():
        return _is_number_of_something(block, at, word, following, ordinals=ordinals)
    opens = at - start <= _LOOK_BACK and len(block[start:at].split()) <= 3
    if word in YEAR and block[max(0, at - 6) : at - 1].strip()[-2:].isdecimal():
        return opens or not following[:1].isupper()
    return _is_short_for_something(word, following, opens=opens)


def _is_short_for_something(word: str, following: str, *, opens: bool) -> bool:
    """Rule 7, but for numbers.

    Args:
        word: before the full stop.
        following: the word after it.
        opens: the sentence has hardly begun ("At 5 p.m. Lee …").
    """
    if word in LEAD_ON or (word in BEFORE_NUMBER and following[:1].isdecimal()):
        return True
    if word.casefold() in {"a.m", "p.m"}:
        return opens or following.casefold().rstrip(".") in TIMES or following[:1].isdecimal()
    if word in UNITS:
        return not following[:1].isupper()
    short = word in MAY_END or _is_initials(word) or _is_dotted(word) or _is_without_vowel(word)
    return short and following.casefold() not in STARTERS


def _has_other_stop(block: str, before: str) -> bool:
    """Rule 6: the letter before the full stop is of a script that ends this line's sentences in another way."""
    if "\u0e00" <= before <= "\u0e7f":
        return True
    return any(low <= before <= high and any(stop in block for stop in stops) for low, high, stops in _OWN_STOPS)


def _is_initials(word: str) -> bool:
    """One letter ("J") or letters parted by full stops ("U.S", "J.-C", "أ.ف.ب", but not "т.д")."""
    letters = word.replace("-", "").split(".")
    if any(len(letter) != 1 or not letter.isalpha() or _is_east_asian(letter) for letter in letters):
        return False
    return len(letters) == 1 or not word.islower()


def _is_dotted(word: str) -> bool:
    """A word in small letters with full stops inside ("z.B", "bl.a", "π.χ"), but not one that commonly stands last."""
    parts = word.split(".")
    short = len(parts) > 1 and all(map(str.isalpha, parts)) and len(word) - len(parts) < 5
    return short and word not in ENDING_DOTTED and parts[0].islower()


def _is_without_vowel(word: str) -> bool:
    """A short word of Latin or Cyrillic letters that cannot be spoken ("Mgr", "tzv", "ст"); an acronym can ("FBI")."""
    return not word.isupper() and _CONSONANTS.fullmatch(word) is not None


def _is_number_of_something(block: str, at: int, word: str, following: str, *, ordinals: bool) -> bool:
    """Tell "2024. 11. 24. 오후", "am 3. Oktober" and "1. Introduction" from a sentence that ends in a number."""
    if len(word) > 4:
        return False
    if not block[: at - len(word)].strip():
        return True
    if len(word) > 2:
        year = ordinals and following[:1].islower()
        return year or (following[:1].isdecimal() and following.endswith("."))
    if following[:1].isdecimal():
        return True
    if ordinals:
        return following.casefold() not in STARTERS
    return following.casefold() in MONTHS or "가" <= following[:1] <= "힣"
