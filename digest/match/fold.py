"""Folding: what makes two spellings the same word, and where words, blocks and fields end.

The folded text of an entry is one string of words, each between single spaces, with ``/`` where a block ends and
``|`` where a field ends (no other punctuation is left, so both are free)::

    " south korea moves | seoul said / talks go on | |"

The rules, in the order they are applied; each is referred to by its number below.

1.  Text is composed first (NFC): decomposed Hangul and accents are the same letters.
2.  A possessive ``'s`` is no word: it vanishes, in a text and in a term alike (``Korea's plan`` is ``Korea plan``).
    Every other apostrophe separates, whatever its shape: ``l'ambassade``, ``Suriye'nin``.
3.  A dotted acronym in capitals is its capitals (``U.S.`` is ``US``): the dots inside it vanish. Case is kept in the
    *kept* form, which is how ``U.S.`` never means ``us``. ``p.m.`` is no acronym and becomes two words.
    A Hebrew acronym keeps its letters together likewise (``ארה"ב``).
4.  Compatibility forms are their plain letters (NFKC): full-width, half-width kana, ligatures, presentation forms.
5.  Marks fold in Latin, Greek, Cyrillic, Arabic and Hebrew only: elsewhere a mark is part of the word (a Hindi
    vowel, the voicing of a kana).
6.  Letters with a stroke, hook or the like fold to their base letter by their Unicode name (ł, đ, ø); ß, æ, œ and þ
    to two letters, ı to i; ς is σ; Arabic wasla and Persian kaf and yeh are the plain Arabic letters; decimal digits
    of any script are 0-9.
7.  Soft hyphens, joiners, direction marks, tatweel and variation selectors vanish; U+200B separates.
8.  All that is no letter, mark or number separates: hyphens, underscores, dashes, dots, symbols.
9.  A change of script is a boundary: a space is put there. Digits stay with the letters of scripts that put spaces
    between words (``G20``, ``Ми8``), and are apart from those that do not (``6월``).
10. Case goes last, so that the kept form and the folded form have the same length.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digest.match.scripts import RUN, is_script

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from digest.model import EntryText

FOLD_VERSION = 1
"""Goes up when any rule above changes, so that stored folded texts are made anew."""

TEXT_FIELDS = ("title", "summary", "content")
"""Where a term without a field looks; the fields of the stored folded text, in its order."""

META_FIELDS = ("source", "lang", "author", "tag")
"""Searched only by name; folded when a rule asks, because a feed may be renamed after its entries were stored."""

FIELDS = TEXT_FIELDS + META_FIELDS

_FIELD_MARK = "\x1f"  # between fields while they are folded together; a raw one in a text separates words
_APOSTROPHES = "'\u2019\u2018\u02bc\u02b9\uff07`\u00b4\u2032"
_POSSESSIVE = re.compile(f"[{_APOSTROPHES}](?<=[\\w.][{_APOSTROPHES}])[sS](?![^\\W_])")  # rule 2
_MAYBE_DOTTED = re.compile(r"\.[^\W\d_](?![^\W_])")
_DOTTED = re.compile(r"(?<![^\W_])[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?")  # rule 3
_GERSHAYIM = re.compile('["\u05f4\u201d](?<=[\u05d0-\u05ea].)(?=[\u05d0-\u05ea](?![\u05d0-\u05ea]))')

_SPECIAL = {  # rule 6: letters that no decomposition or name leads to their base
    "ß": "ss",
    "ẞ": "SS",
    "æ": "ae",
    "Æ": "AE",
    "œ": "oe",
    "Œ": "OE",
    "þ": "th",
    "Þ": "TH",
    "ð": "d",
    "Ð": "D",
    "ı": "i",
    "ς": "σ",
    "\u0671": "\u0627",  # alef wasla
    "\u06a9": "\u0643",  # Persian kaf
    "\u06cc": "\u064a",  # Persian yeh
    "\u0640": "",  # tatweel
    "\u200b": " ",  # zero-width space
    "™": " ",  # NFKC would glue "TM" to the name before it
    "℠": " ",
    "\n": "/",
    _FIELD_MARK: "|",
}
_VARIANT = re.compile(r"(LATIN|CYRILLIC) (SMALL|CAPITAL) LETTER (.+?) WITH ")
_FOLDING_SCRIPTS = ("latin", "greek", "cyrillic", "arabic", "hebrew")


def _fold_letter(char: str) -> str:
    """Rules 4 to 8 for one character, case kept; a separator gives a space."""
    if char in _SPECIAL:
        return _SPECIAL[char]
    plain = unicodedata.normalize("NFKC", char)
    if plain != char:
        return unicodedata.normalize("NFC", "".join(_fold_letter(part) for part in plain))
    kind = unicodedata.category(char)
    if kind == "Cf" or _is_loose_mark(char):
        return ""
    if kind == "Nd":
        return str(unicodedata.decimal(char))
    return _fold_plain(char) if kind[0] in "LMN" else " "


def _fold_plain(char: str) -> str:
    """Rules 5 and 6 for one letter."""
    bare = unicodedata.normalize("NFD", char)
    if bare != char and any(is_script(bare[0], name) for name in _FOLDING_SCRIPTS):
        return "".join(_fold_letter(part) for part in bare if not unicodedata.combining(part))
    return _base_letter(char)


def _base_letter(char: str) -> str:
    """Rule 6: the letter without its stroke, hook or descender; most letters are their own."""
    variant = _VARIANT.match(unicodedata.name(char, ""))
    if variant is None:
        return char
    try:
        return _fold_letter(unicodedata.lookup(f"{variant[1]} {variant[2]} LETTER {variant[3]}"))
    except KeyError:
        return char


def _is_loose_mark(char: str) -> bool:
    """Rules 5 and 7: a mark that folds away wherever it stands (accents, Arabic vowels, Hebrew points, selectors)."""
    kind = unicodedata.category(char)
    if kind[0] != "M":
        return False
    code = ord(char)
    return (
        is_script(char, "arabic")
        or is_script(char, "hebrew")
        or is_script(char, "cyrillic")
        or 0x300 <= code <= 0x36F
        or 0x1AB0 <= code <= 0x1AFF
        or 0x1DC0 <= code <= 0x1DFF
        or 0x20D0 <= code <= 0x20FF
        or 0xFE00 <= code <= 0xFE2F
        or 0xE0100 <= code <= 0xE01EF
    )


class _Letters(dict[int, str]):
    """A table for ``str.translate`` that folds each character once and remembers it."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_letter(chr(code))
        return folded


_LETTERS = _Letters()
_ASCII_RUN = re.compile("[0-9A-Za-z]+|[/|]")  # what RUN finds where all is ASCII
_ASCII = str.maketrans({chr(code): _fold_letter(chr(code)).lower() for code in range(128)})


def _vanishing(text: str) -> list[int]:
    """The places of characters that rules 2 and 3 take out because of what stands around them, ascending."""
    places = [place for found in _POSSESSIVE.finditer(text) for place in (found.start(), found.start() + 1)]
    places += [place for start, end in _acronyms(text) for place in range(start + 1, end - 1, 2)]
    if not text.isascii():
        places += [found.start() for found in _GERSHAYIM.finditer(text)]
    places.sort()
    return places


def _acronyms(text: str) -> Iterable[tuple[int, int]]:
    """Start and end of each dotted acronym in capitals, without a dot that closes it."""
    if not _MAYBE_DOTTED.search(text):
        return
    for found in _DOTTED.finditer(text):
        letters = found[0].replace(".", "")
        if letters.isupper():
            yield found.start(), found.start() + 2 * len(letters) - 1


def acronyms(text: str) -> frozenset[str]:
    """The dotted capital acronyms of a text, each as its folded capitals (``U.S. and D.P.R.K.`` → US, DPRK)."""
    return frozenset(text[start:end].replace(".", "").translate(_LETTERS) for start, end in _acronyms(text))


def _without(text: str, places: list[int]) -> str:
    """The text without the characters at these places."""
    parts, last = [], 0
    for place in places:
        parts.append(text[last:place])
        last = place + 1
    parts.append(text[last:])
    return "".join(parts)


@functools.lru_cache(maxsize=50_000)
def _runs_of_short(word: str) -> str:
    return " ".join(RUN.findall(word))


def _runs(word: str) -> str:
    """Rule 9 for one word; remembered if short, since the same words come again and again."""
    if word.isascii():
        return word
    return _runs_of_short(word) if len(word) < 16 else " ".join(RUN.findall(word))


def kept(text: str) -> str:
    """The folded words of a text with their case kept, single spaces between (none around)."""
    text = unicodedata.normalize("NFC", text)
    places = _vanishing(text)
    letters = unicodedata.normalize("NFC", (_without(text, places) if places else text).translate(_LETTERS))
    words = letters.replace("/", " / ").replace("|", " | ").split()
    return " ".join(words if letters.isascii() else map(_runs, words))


def lowered(words: str) -> str:
    """Rule 10: the folded form of kept words, of the same length."""
    return words.lower().replace("ς", "σ")


def folded(text: str) -> str:
    """The folded words of a text, single spaces between (none around)."""
    if not text.isascii():
        return lowered(kept(text))
    places = _vanishing(text)
    letters = (_without(text, places) if places else text).translate(_ASCII)
    return " ".join(letters.replace("/", " / ").replace("|", " | ").split())


def _join(fields: Iterable[str]) -> str:
    """Fields ready to be folded together."""
    return _FIELD_MARK.join([field.replace(_FIELD_MARK, " ") for field in fields])


def fold_entry(text: EntryText) -> str:
    """The folded title, summary and content of an entry: what the store keeps and ``match_entry`` takes."""
    return f" {folded(_join((text.title, text.summary, text.content)))} |"


def fold_metadata(text: EntryText) -> str:
    """The folded source, language, author and tags, to be put behind ``fold_entry``'s."""
    return f" {folded(_join((text.source, text.lang, text.author, plain_tags(text))))} |"


def plain_tags(text: EntryText) -> str:
    """The tags as one plain field, one to a line, which is what the offsets of a hit in them count."""
    return "\n".join(text.tags)


@dataclass(frozen=True, slots=True)
class Aligned:
    """One field's kept words with the way back to the plain field, in two steps: word → letter → place."""

    kept: str
    word_starts: list[int]
    """Where each word begins in ``kept``."""
    letter_starts: list[int]
    """Where each word begins among the folded letters."""
    places: Sequence[int]
    """Where each folded letter begins in the plain field."""
    ends: Mapping[int, int]
    """Where it ends, for the letters that stand for more than one character (by where they begin)."""

    def plain_span(self, start: int, end: int) -> tuple[int, int]:
        """Where ``kept[start:end]``, which begins and ends with a letter, stands in the plain field."""
        first, last = self._place(start), self._place(end - 1)
        return first, self.ends.get(last, last + 1)

    def _place(self, offset: int) -> int:
        word = bisect.bisect_right(self.word_starts, offset) - 1
        return self.places[self.letter_starts[word] + offset - self.word_starts[word]]

    def kept_span(self, start: int, end: int) -> tuple[int, int]:
        """The part of ``kept`` that a stretch of the plain field became; empty if it holds no letter."""
        return self._kept_offset(start), self._kept_offset(end)

    def _kept_offset(self, place: int) -> int:
        letter = bisect.bisect_left(self.places, place)
        word = bisect.bisect_right(self.letter_starts, letter) - 1
        if word < 0:
            return 0
        ends = [*self.word_starts[word + 1 : word + 2], len(self.kept) + 1]
        return min(self.word_starts[word] + letter - self.letter_starts[word], ends[0] - 1)


def align(plain: str) -> Aligned:
    """Fold one field again with the way back: wanted only when a hit is shown, or its case or its edges matter."""
    text, places, ends = _composed(plain.replace(_FIELD_MARK, " "), range(len(plain)), {})
    gone = _vanishing(text)
    if gone:
        ends |= {places[end - 1]: places[end] + 1 for _, end in _acronyms(text) if text[end : end + 1] == "."}
        borders = itertools.pairwise([-1, *gone, len(text)])
        places = [place for before, after in borders for place in places[before + 1 : after]]
        text = _without(text, gone)
    if not text.isascii() and any(len(_LETTERS[ord(char)]) != 1 for char in set(text)):
        text, places = _spread(text, places, ends)
    else:
        text = text.translate(_LETTERS)
    text, places, ends = _composed(text, places, ends)
    return _aligned_words(text, places, ends)


def _spread(text: str, places: Sequence[int], ends: dict[int, int]) -> tuple[str, list[int]]:
    """Fold letters some of which become none or several."""
    letters: list[str] = []
    spread: list[int] = []
    for char, place in zip(text, places, strict=True):
        letter = _LETTERS[ord(char)]
        letters.append(letter)
        spread += [place] * len(letter)
        if not letter and spread and unicodedata.category(char)[0] == "M":
            ends[spread[-1]] = ends.get(place, place + 1)  # a vowel mark is shown with its letter
    return "".join(letters), spread


def _composed(text: str, places: Sequence[int], ends: dict[int, int]) -> tuple[str, Sequence[int], dict[int, int]]:
    """NFC of a text, with the places of the composed characters."""
    if unicodedata.is_normalized("NFC", text):
        return text, places, ends
    letters: list[str] = []
    composed: list[int] = []
    start = 0
    for end in range(1, len(text) + 1):
        if end < len(text) and _composes(text[start:end], text[end]):
            continue
        cluster = unicodedata.normalize("NFC", text[start:end])
        letters.append(cluster)
        composed += [places[start]] * len(cluster)
        if end - start > 1:
            ends[places[start]] = ends.get(places[end - 1], places[end - 1] + 1)
        start = end
    return "".join(letters), composed, ends


def _composes(cluster: str, char: str) -> bool:
    """Whether NFC might join a character to what stands before it."""
    if unicodedata.combining(char):
        return True
    before, after = unicodedata.normalize("NFC", cluster), unicodedata.normalize("NFC", char)
    return unicodedata.normalize("NFC", cluster + char) != before + after


def _aligned_words(letters: str, places: Sequence[int], ends: Mapping[int, int]) -> Aligned:
    """Rule 9, noting where each word begins."""
    run = _ASCII_RUN if letters.isascii() else RUN
    words = run.findall(letters)
    letter_starts = [found.start() for found in run.finditer(letters)]
    word_starts = list(itertools.accumulate((len(word) + 1 for word in words[:-1]), initial=0))
    return Aligned(" ".join(words), word_starts, letter_starts, places, ends)
