"""The words and two-word phrases of a report that a rule could look for.

A report is known by its headline and the beginning of its text. Words are taken as the matcher finds them: a Korean or
Arabic one also without the particles that are written on to it, and where no spaces stand between words those that a
dictionary finds.
"""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Final

from digest.match.text.fold import folded
from digest.match.text.particles import ATTACHING_LENGTH, is_arabic_lead, is_hebrew_lead, is_korean_tail
from digest.match.text.scripts import is_script, is_unspaced
from digest.stories.cluster.languages import is_small_word
from digest.stories.cluster.titles import parted

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from digest.values.news import EntryText

_HEAD: Final = 300
"""Characters of a report's own text that are looked at: what it is about stands at its beginning."""
_LONGEST_WORD: Final = 40
_LEAST: Final = 3
"""Letters of a word; where a letter is a syllable or a word, one less."""
_LONGEST_RUN: Final = 60
"""Letters without a space: of a longer run no dictionary is asked, for no headline has one."""
_LONGEST_JOINED: Final = 8
"""Letters of two dictionary words that are taken as one name."""
_LEADS: Final = 4
"""Letters of particles before an Arabic or Hebrew word."""

_OTHER_SMALL_WORDS: Final = """
    about again all also amid among an and any before being both but can could did down during had have if into its just
    may more most new no not now off old only or other our out should so some such than their them then there these they
    this those through too two under until up very was we were what when where which while who why would you your
    said say told year years month months week weeks day days today
    monday tuesday wednesday thursday friday saturday sunday
    einem einen einer eines sich auch noch nur mehr wie oder aber sind war wurde werden worden haben hat kann sagte
    cette ces été ont dont mais comme elle ils nous selon entre sans aussi tout deux fait dit
    este esta estos han sido entre según como pero también hasta cuando muy dos fue dijo hoy
    esta este são foi ser entre segundo como mas também até quando muito dois disse hoje
    что как это для при над под или его она они оно был была было были после около более также против через между
    если уже еще когда чтобы из за на по от до не но об со во
    що як для при над під або його вона вони був було були після про між також проти через щоб
    και του της των στο στη στην στις στους από για που θα με το τα οι ως είναι
    في من على إلى عن مع هذا هذه التي الذي بعد قبل بين كان كانت أن لا ما قد كل أو ثم حول ضد عند خلال
    از به در که این را با برای است می شد شده خود تا هم یا پس
    של את על לא עם כי גם זה היא הוא כל או אם אחרי לפני בין היה
    के की का में से है को ने पर और यह था कि भी
    및 등 이 그 것 수 위해 대한 관련 통해 따라 오늘 어제 지난 이번
    する した して いる これ それ この その ため から まで より こと など について
    一个 我们 他们 以及 以来 进行 表示 可以 没有 已经 今天 昨天 对于 关于
"""
"""What stands in any text, of more languages and more of it than tell a language."""
_SMALL: Final = frozenset(folded(_OTHER_SMALL_WORDS).split())


def terms_in(text: EntryText, outlets: Collection[str] = ()) -> frozenset[str]:
    """The terms of a report, folded, without small words, numbers, and names of outlets.

    Args:
        text: the report.
        outlets: the folded names of outlets.
    """
    body = text.summary or text.content
    if len(body) > _HEAD:
        body = body[: body.rfind(" ", 0, _HEAD)] if " " in body[:_HEAD] else body[:_HEAD]
    head = f"{parted(text.title, text.source)[0]}\n{body}"
    found = {term for block in folded(head).split("/") for term in _terms(block.split())}
    return frozenset(term for term in found if term not in outlets)


def outlet_names(sources: Collection[str]) -> frozenset[str]:
    """What outlets are called, folded: no term of a report."""
    return frozenset(filter(None, map(folded, sources)))


def _terms(tokens: Sequence[str]) -> Iterator[str]:
    before = ""
    for token in tokens:
        forms, stem = _forms(token)
        yield from forms
        if before and stem:
            yield f"{before} {stem}"
        before = stem


@functools.lru_cache(maxsize=20_000)  # the same words come again and again
def _forms(token: str) -> tuple[tuple[str, ...], str]:
    """What a word of a text could be looked for as, and as a part of a phrase; nothing for one that says nothing."""
    if len(token) > _LONGEST_RUN or not any(map(str.isalpha, token)):
        return (), ""
    if is_unspaced(token[0]):
        words = dict.fromkeys(_dictionary_words(token))
        return tuple(word for word in words if _says_something(word, _LEAST - 1)), ""
    is_korean = is_script(token[-1], "hangul")
    words = dict.fromkeys(_korean(token) if is_korean else (token, *_without_leads(token)))
    forms = tuple(word for word in words if _says_something(word, _LEAST - is_korean))
    return forms, min(forms, key=len, default="")


def _says_something(word: str, least: int) -> bool:
    return least <= len(word) <= _LONGEST_WORD and not is_small_word(word) and word not in _SMALL


def _korean(token: str) -> Iterator[str]:
    """A Korean word, and what is left of it without particles and heads."""
    yield token
    for cut in range(_LEAST - 1, len(token)):
        if is_korean_tail(token[cut - 1], token[cut:]):
            yield token[:cut]


def _without_leads(token: str) -> Iterator[str]:
    """An Arabic or Hebrew word without the particles before it."""
    is_lead = next((check for name, check in _ATTACHING if is_script(token[-1], name)), None)
    if is_lead is not None:
        for cut in range(1, min(_LEADS, len(token) - ATTACHING_LENGTH) + 1):
            if is_lead(token[:cut]):
                yield token[cut:]


_ATTACHING: Final = (("arabic", is_arabic_lead), ("hebrew", is_hebrew_lead))


def _dictionary_words(run: str) -> Iterator[str]:
    """The dictionary words of a run without spaces, and each two neighbours: a name is often in no dictionary."""
    from icu4py.breakers import WordBreaker  # loaded when the first such text comes

    words = [str(word) for word in WordBreaker(run, "und")]
    yield from words
    yield from (one + other for one, other in itertools.pairwise(words) if len(one + other) <= _LONGEST_JOINED)
