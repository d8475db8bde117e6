"""Whether two headlines that are much alike tell of different events all the same.

Reports of one event share most of their words, and so do those of two strikes, two launches, a visit and its end. What
parts them is little: another place or person, "another", an opposite, a denial. Where that is so, silence could lose
an event, so a report counts as doubtful. The rules, for the headlines without what only says who says so:

1. Each names somebody or something that the other report does not name at all.
2. The later one says that it happened again ("another", "second"), and the earlier one does not say it so.
3. One says what the other denies, or the opposite of it.
4. Each has a kind of something that comes in kinds (missile and nuclear, foreign and interior) and not the other's.
5. In scripts without capitals, which show no names: they are one headline but for a word or two in the same place.
6. They are one headline but for one short stretch that may be a name: where it begins, in Title Case, and between the
   letters of scripts without spaces. Or two such stretches have changed places.
"""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from digest.match.text.fold import folded
from digest.stories.cluster.titles import parted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.stories.cluster.reading import Clue
    from digest.stories.cluster.window import Placing

_WORD: Final = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)?")
_SAYS: Final = re.compile(
    r"(?:[,:–—-]\s+|\s+[–—-]\s+)(?:[^\s,:]+\s+){0,4}(?:says?|said|reports?|reported|claims?|according|sources?|officials?|"
    r"media|police|agency|ministry|army|minister|sagt|teilt|melden|selon|dice|segun|diz|сообща\w*|заяв\w*)\b.*$|"
    r"\s*[:,–—]\s*[^\s,:]+(?:\s+[^\s,:]+)?$",
    re.IGNORECASE,
)
_AGAIN: Final = frozenset(
    word
    for words in (
        "another again anew fresh further additional renewed new second third fourth fifth sixth seventh eighth ninth",
        "erneut weitere weiterer weiteres zweite zweiter dritte",
        "nouveau nouvelle nouvel deuxieme troisieme otro otra nuevo nueva segundo segunda tercer tercera",
        "outro outra novo nova terceiro",
        "еще снова вновь второй вторая второе вторую третий третья очередной очередная очередную повторно знову другии",
        "مجددا ثانية ثان جديد جديدة اخرى اخر",
    )
    for word in words.split()
)
_AGAIN_INSIDE: Final = re.compile(
    "추가|또다시|또 |재차|두 ?번째|세 ?번째|다시|再次|再度|再び|又|第[二三四五]次|新たな|相次"
)
_NOT: Final = frozenset(
    word
    for words in (
        "not no never denies deny denied denying refutes rejects dismisses false hoax without",
        "nicht kein keine dementiert dement nie niega desmiente nega desmente",
        "не нет опроверг опровергает отрицает отверг",
        "لا لم لن ليس ينفي تنفي نفى نفت",
    )
    for word in words.split()
)
_NOT_INSIDE: Final = re.compile(r"부인|않|아니|없|否认|否認|不|没有|否定|n[’']t\b")
_LEAST_EQUAL: Final = 2
_CASELESS: Final = re.compile("[\u0590-\u074f\u0900-\u0dff\u1100-\u11ff\uac00-\ud7af]")
_UNSPACED: Final = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")
_HANGUL: Final = re.compile("[\u1100-\u11ff\uac00-\ud7af]")
_NAMELESS: Final = re.compile(r"[\u3040-\u309f\W\d_]+")
"""What names nobody in scripts without spaces: particles, marks, numbers."""
_LONGEST_NAME, _LONGEST_RUN = 2, 8
"""Words, and letters of scripts without spaces."""
_LEAST_SHARED, _LEAST_SHARED_LETTERS = 3, 6
"""Words, or letters, that two headlines have in common to be one but for a name."""
_SMALL: Final = 3
"""Letters of words like "at" and "was", which Title Case writes with a capital too; a name so short is all capitals."""
_LEAST_STEM: Final = 0.75
"""Of the longer of two forms of a word: Israel and Israeli, but not Niger and Nigeria."""
_LEAST_PART: Final = 5
"""Letters of a word that is the end of a longer one of the same meaning: quake, earthquake."""
_JOINS: Final = frozenset({"and", "und", "et", "y", "e", "и", "і", "та", "with", "mit", "avec", "con", "com"})
_KINDS: Final = tuple(
    frozenset(kinds.split())
    for kinds in (
        "missile nuclear satellite artillery drone torpedo tank",
        "defence defense foreign interior finance justice prime health energy transport",
        "north south east west northern southern eastern western",
        "monday tuesday wednesday thursday friday saturday sunday",
        "murder fraud corruption bribery treason espionage rape",
        "ракета спутник ядерное ядерный артиллерия",
        "raketen atom satelliten artillerie verteidigungsminister aussenminister innenminister finanzminister",
    )
)
"""Of what comes in kinds: another kind is another event."""
_OPPOSITES: Final = tuple(
    (frozenset(one.split()), frozenset(other.split()))
    for one, other in (
        ("lift lifts lifted ease eases eased", "extend extends extended impose imposes imposed tighten tightens"),
        ("leave leaves left depart departs departed", "return returns returned arrive arrives arrived"),
        ("open opens opened reopen reopens reopened", "close closes closed shut shuts"),
        ("establish establishes established restore restores restored", "sever severs severed cut cuts break breaks"),
        ("hold holds held", "collapse collapses collapsed break breaks broken violated"),
        ("begin begins began start starts started resume resumes", "end ends ended stop stops halt halts suspends"),
        ("accept accepts agree agrees agreed approve approves", "reject rejects rejected refuse refuses veto vetoes"),
        ("win wins won", "lose loses lost"),
        ("rise rises rose up gain gains", "fall falls fell down drop drops"),
        ("release releases released free frees freed", "arrest arrests arrested detain detains detained jail jails"),
        ("launch launches launched", "cancel cancels cancelled postpone postpones postponed"),
        ("seize seizes capture captures captured", "withdraw withdraws retreat retreats"),
        ("enter enters entered join joins joined", "quit quits exit exits withdraw withdraws"),
        ("снял сняли снимает", "продлил продлили вводит ввел ввели"),
        ("открыла открыл открывает", "закрыла закрыл закрывает"),
        ("öffnet eröffnet", "schließt schliesst"),
    )
)


def checked(placing: Placing, nearest: Clue | None, clue: Clue) -> Placing:
    """A placing that is sure of nothing where a report may tell of another event than the one most like it.

    Args:
        placing: of ``clue``.
        nearest: the report that is most like it; ``None``: it is no longer known.
        clue: the report.
    """
    if placing.story is None or nearest is None or not contrasts(nearest, clue):
        return placing
    return replace(placing, repeat=False, sure=False)


def contrasts(earlier: Clue, later: Clue) -> bool:
    """Say whether the later of two reports, much like the earlier one, may tell of another event."""
    before, after = _told(earlier), _told(later)
    if folded(before) == folded(after):
        return False
    old, new = _words(before), _words(after)
    if _again(after, new) - _again(before, old) or _is_denied(before, old) != _is_denied(after, new):
        return True
    if any((one & new and other & old) or (one & old and other & new) for one, other in _OPPOSITES):
        return True
    everywhere_old = old | _words(f"{earlier.title} {earlier.summary}")
    everywhere_new = new | _words(f"{later.title} {later.summary}")
    if set(_names(before)) - everywhere_new and set(_names(after)) - everywhere_old:
        return True
    return (
        _is_other_kind(old, new)
        or _is_swapped(before, after, everywhere_old, everywhere_new)
        or _is_one_but_for_a_name(before, after, everywhere_old, everywhere_new)
    )


def _told(clue: Clue) -> str:
    """The headline without its outlet, and without who says so."""
    headline = parted(clue.title, clue.source)[0]
    shorter = _SAYS.sub("", headline)
    return shorter if len(shorter.split()) >= 3 else headline


def _words(text: str) -> frozenset[str]:
    return frozenset(map(_folded, _WORD.findall(text)))


_folded: Final = lru_cache(maxsize=8_192)(folded)
"""Of one word: reports of one event share most of theirs."""


def _again(text: str, words: frozenset[str]) -> frozenset[str]:
    return (words & _AGAIN) | frozenset(_AGAIN_INSIDE.findall(text))


def _is_other_kind(old: frozenset[str], new: frozenset[str]) -> bool:
    """Rule 4: each has a kind of the same that the other lacks."""
    return any((old - new) & kinds and (new - old) & kinds for kinds in _KINDS)


def _is_swapped(before: str, after: str, old: frozenset[str], new: frozenset[str]) -> bool:
    """Rule 5, in scripts without capitals."""
    if not _CASELESS.search(before):
        return False
    one, other = ([_folded(word) for word in _WORD.findall(text)] for text in (before, after))
    codes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    if sum(end - start for what, start, end, _, _ in codes if what == "equal") < _LEAST_EQUAL:
        return False
    swaps = [(one[a:b], other[c:d]) for what, a, b, c, d in codes if what == "replace" and b - a == d - c <= 2]
    return any(set(left) - new and set(right) - old for left, right in swaps)


def _is_one_but_for_a_name(before: str, after: str, old: frozenset[str], new: frozenset[str]) -> bool:
    """Rule 6."""
    if _UNSPACED.search(before) and not _HANGUL.search(before):
        return _is_one_but_for_a_run(folded(before), folded(after))
    one, other = _WORD.findall(before), _WORD.findall(after)
    left, right = _parting([*map(_folded, one)], [*map(_folded, other)])
    mine, others = one[left], other[right]
    if _have_changed_places(mine, others):
        return True
    if max(len(mine), len(others)) > _LONGEST_NAME or len(one) - len(mine) < _LEAST_SHARED:
        return False
    names, other_names = _named(mine), _named(others)
    if not names or not other_names or names & new or other_names & old:
        return False
    return not any(_are_kin(name, word) for name in names for word in other_names)


def _named(words: Sequence[str]) -> frozenset[str]:
    """What may be names among words that part two headlines."""
    return frozenset(_folded(word) for word in words if word.isupper() or (word[0].isupper() and len(word) > _SMALL))


def _is_one_but_for_a_run(before: str, after: str) -> bool:
    """Rule 6, in scripts without spaces."""
    left, right = _parting(before, after)
    mine, others = (_NAMELESS.sub("", text) for text in (before[left], after[right]))
    shared = len(before) - len(before[left])
    if shared < _LEAST_SHARED_LETTERS or not (0 < len(mine) <= _LONGEST_RUN and 0 < len(others) <= _LONGEST_RUN):
        return False
    return len({*mine} & {*others}) * 2 < min(len({*mine}), len({*others}))


def _parting(one: Sequence[str], other: Sequence[str]) -> tuple[slice, slice]:
    """What is left of each without what both begin with and what both end with."""
    most = min(len(one), len(other))
    head = next((at for at in range(most) if one[at] != other[at]), most)
    tail = next((at for at in range(most - head) if one[-1 - at] != other[-1 - at]), most - head)
    return slice(head, len(one) - tail), slice(head, len(other) - tail)


def _have_changed_places(one: Sequence[str], other: Sequence[str]) -> bool:
    """Apple sues Samsung, Samsung sues Apple; not so "Israel and Hamas", "Hamas and Israel"."""
    if len(one) != len(other) or len(one) <= _LONGEST_NAME or sorted(map(_folded, one)) != sorted(map(_folded, other)):
        return False
    ends = one[0], one[-1], other[0], other[-1]
    first, last, new_first, new_last = map(_folded, ends)
    return (
        (first, last) == (new_last, new_first)
        and all(end[0].isupper() for end in ends)
        and _JOINS.isdisjoint(map(_folded, one[1:-1]))
    )


def _are_kin(one: str, other: str) -> bool:
    """Two forms of a word, or one that ends another."""
    shorter, longer = sorted((one, other), key=len)
    stem = _parting(one, other)[0].start
    return stem >= _LEAST_STEM * len(longer) or (len(shorter) >= _LEAST_PART and longer.endswith(shorter))


def _is_denied(text: str, words: frozenset[str]) -> bool:
    return not _NOT.isdisjoint(words) or _NOT_INSIDE.search(text) is not None


def _names(headline: str) -> Iterator[str]:
    """Words with a capital that are no beginning; none where most words of the headline have one."""
    words = _WORD.findall(headline)
    if sum(word[0].isupper() for word in words[1:]) * 5 > len(words) * 3:
        return
    yield from (_folded(word) for at, word in enumerate(words) if word[0].isupper() and (at or word.isupper()))
