"""Where sentences end, in every script the feeds are written in.

A full stop is the only doubtful mark, so most of this module is about it. The rules, in the order they are asked:

1. A block boundary (a line feed) ends a sentence, whatever stands before it.
2. Marks that do nothing else (``。 ！ ？ ؟ ۔ । ։ ።`` …) end one at once, closing quotes and brackets included, unless a
   Japanese quotation goes on (``「行く。」と述べた``).
3. ``. ! ? …`` end one only before white space; Korean and Han text often leave that out, so there a following
   letter of the same script will do (after ``!``, ``?`` and the sentence endings 다 요 까 죠).
4. What follows must be able to begin a sentence: a small letter cannot, whatever quotes stand before it.
5. A full stop after a title, an initial, a dotted acronym, a day's or a list's number belongs to that word. Those that
   may also end a sentence (``U.S.``, ``Inc.``, ``p.m.``) end one before a word that commonly begins sentences.

Every mark is looked at once and every look around it is bounded, so time is linear in the text.
"""

from __future__ import annotations

import re

_FINAL = "。！？｡؟۔।॥։።။។៕๛"
_CLOSERS = "\"'”’»›」』）)]】》〉〕"
_OPENERS = "\"'“‘„«‹「『（([【《〈〔¿¡—–-"

_MARK = re.compile(rf"(?:[{_FINAL}][{_FINAL}!?.…]*|[.!?…]+[{_FINAL}]*)[{re.escape(_CLOSERS)}]*(?: »(?=\s|$))?")
_NEXT_WORD = re.compile(rf"\s*[{re.escape(_OPENERS)}]*([^\W_]{{1,20}}\.?|)")
_LAST_WORD = re.compile(r"[^\s\"'“‘„«»”’()\[\]（）,،;:/]*$")

_LOOK_BACK = 24
"""Characters before a full stop that are enough to tell an abbreviation."""


def _words(text: str) -> frozenset[str]:
    """Give the set of words written in ``text``."""
    return frozenset(text.split())


_TITLES = _words(
    "Mr Mrs Ms Messrs Dr Prof Gen Sen Rep Gov Lt Col Sgt Capt Cmdr Maj Adm Brig Rev Hon Pres St Mt Ft Nos Vol "
    "Sr Sra Srta Hr Fr Str Nr Mme Mlle "
    "vs approx e.g i.e viz cf ca bzw z.B d.h u.a "
    "им ул пр-т просп т.е проф акад ген полк см св гг вв стр гл Проф Акад Ген Св"
)
"""Abbreviations that lead on to what they are said of: no sentence ends after them. Without the full stop."""

_MAY_END = _words(
    "Inc Ltd Co Corp Bros Jr Esq Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec Mon Tue Tues Wed Thu Thur Thurs Fri "
    "Sat Sun Ph.D etc a.m p.m u.s руб долл тыс млн млрд др est"
)
"""Abbreviations that may stand at the end of a sentence, too."""

_STARTERS = _words(
    "the a an it he she they we i you this that these those there in on at but and however after before when while if "
    "as for by its his her their our my no not some many most both all one two three according meanwhile officials "
    "police state what who why how since during under with from "
    "в на по это он она они мы как однако но и с для из при что если также после "
    "der die das es er sie wir ein eine im am und aber nach mit auch les il elle ils une des mais los las pero"
)
"""Words that commonly begin a sentence, casefolded."""

_MONTHS = _words(
    "januar februar märz april mai juni juli august september oktober november dezember "
    "januari februari mars maj augusti marts desember december"
)
_ORDINAL_LANGS = frozenset({"de", "da", "nb", "nn", "no", "fi", "cs", "sk", "hu", "hr", "sl", "et", "is", "lv"})
"""Languages that write an ordinal number with a full stop."""


def split_sentences(text: str, lang: str = "") -> list[str]:
    """Give the sentences of plain ``text`` in order, stripped; put together they are the text up to white space.

    Args:
        text: plain text; a line feed ends a sentence.
        lang: its language tag where known ("de-AT"); it decides only what a number with a full stop is.
    """
    return [text[start:end] for start, end in sentence_spans(text, lang)]


def sentence_spans(text: str, lang: str = "") -> list[tuple[int, int]]:
    """Give (start, end) of every sentence of ``text``, in code points, without the white space around it."""
    ordinals = lang.partition("-")[0].casefold() in _ORDINAL_LANGS
    spans: list[tuple[int, int]] = []
    block_start = 0
    for block in text.split("\n"):
        start = 0
        for mark in _MARK.finditer(block):
            if _ends_sentence(block, mark, ordinals=ordinals):
                _add(spans, block, start, mark.end(), block_start)
                start = mark.end()
        _add(spans, block, start, len(block), block_start)
        block_start += len(block) + 1
    return spans


def _add(spans: list[tuple[int, int]], block: str, start: int, end: int, offset: int) -> None:
    """Append ``block[start:end]`` without its outer white space, unless nothing is left of it."""
    piece = block[start:end]
    bare = piece.strip()
    if bare:
        left = offset + start + len(piece) - len(piece.lstrip())
        spans.append((left, left + len(bare)))


def _ends_sentence(block: str, mark: re.Match[str], *, ordinals: bool) -> bool:
    """Say whether the sentence ends with this run of marks and closers."""
    follows = block[mark.end() : mark.end() + 1]
    if not follows:
        return True
    if any(character in _FINAL for character in mark.group()):
        return not (mark.group()[-1] in "」』" and "\u3040" <= follows <= "\u309f")
    if not follows.isspace():
        return _runs_on_without_space(block, mark, follows)
    word = _next_word(block, mark.end())
    if word[:1].islower():
        return False
    if mark.group()[0] != "." or mark.group().startswith(".."):
        return True
    return not _belongs_to_word(block, mark.start(), word, ordinals=ordinals)


def _runs_on_without_space(block: str, mark: re.Match[str], follows: str) -> bool:
    """Rule 3: a sentence end that its writer put no space after."""
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


def _belongs_to_word(block: str, at: int, following: str, *, ordinals: bool) -> bool:
    """Rule 5: the full stop at ``at`` is part of the word before it."""
    found = _LAST_WORD.search(block[max(0, at - _LOOK_BACK) : at])
    word = found.group() if found else ""
    if word.isdecimal():
        return _is_number_of_something(block, at, word, following, ordinals=ordinals)
    if word in _TITLES or (word in {"No", "no"} and following[:1].isdecimal()):
        return True
    if word in _MAY_END or _is_initials(word):
        return following.casefold() not in _STARTERS
    return False


def _is_initials(word: str) -> bool:
    """One letter ("J") or letters parted by full stops ("U.S", "أ.ف.ب", but not "т.д")."""
    letters = word.split(".")
    if any(len(letter) != 1 or not letter.isalpha() or _is_east_asian(letter) for letter in letters):
        return False
    return len(letters) == 1 or not word.islower()


def _is_number_of_something(block: str, at: int, word: str, following: str, *, ordinals: bool) -> bool:
    """Tell "2024. 11. 24. 오후", "am 3. Oktober" and "1. Introduction" from a sentence that ends in a number."""
    if len(word) > 4:
        return False
    if following[:1].isdecimal() or not block[: at - len(word)].strip():
        return True
    if len(word) > 2:
        return False
    return ordinals or following.casefold() in _MONTHS or "가" <= following[:1] <= "힣"
