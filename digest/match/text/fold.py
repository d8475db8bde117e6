"""Folding: what makes two spellings the same word, and where words, blocks and fields end.

The folded text of an entry is one string of words, each between single spaces, with ``/`` where a block ends and
``|`` where a field ends (no other punctuation is left, so both are free)::

    " south korea moves | seoul said / talks go on | |"

The rules, in the order they are applied; each is referred to by its number below.

1.  Text is composed first (NFC): decomposed Hangul and accents are the same letters.
2.  A possessive ``'s`` is no word: it vanishes, in a text and in a term alike (``Korea's plan`` is ``Korea plan``),
    also behind a quotation (``“Parasite”’s``). Every other apostrophe separates, whatever its shape: ``l'ambassade``,
    ``Suriye'nin``.
3.  Signs that belong to a word vanish from it. A dotted acronym in capitals is its capitals (``U.S.`` is ``US``); case
    is kept in the *kept* form, which is how ``U.S.`` never means ``us``, and ``p.m.`` is no acronym but two words.
    A Hebrew acronym keeps its letters together (``ארה"ב``, also with two strokes for the one sign), and so does a
    Hebrew letter with its geresh (``ג'נין``) unless it is one of rule 13's particles, which stand before quotations
    (``ב'הארץ'``). What closes a quotation vanishes between Korean and its particle (``‘북한’의`` is ``북한의``).
4.  Compatibility forms are their plain letters (NFKC): full-width, half-width kana, ligatures, presentation forms. A
    fraction and ``№`` stay apart from the number beside them (``5½`` is ``5 1 2``).
5.  Marks fold in Latin, Greek, Cyrillic, Arabic and Hebrew only: elsewhere a mark is part of the word (a Hindi
    vowel, the voicing of a kana).
6.  Letters with a stroke, hook or the like fold to their base letter by their Unicode name (ł, đ, ø); ß, æ, œ and þ
    to two letters, ı to i; Arabic wasla and Persian kaf, yeh and heh with its yeh above are the plain Arabic letters;
    decimal digits of any script are 0-9.
7.  Soft hyphens, joiners, direction marks, tatweel and variation selectors vanish; U+200B separates.
8.  All that is no letter, mark or number separates: hyphens, underscores, dashes, dots, symbols.
9.  A change of script is a boundary: a space is put there. Digits stay with the letters of scripts that put spaces
    between words (``G20``, ``Ми8``), and are apart from those that do not (``6월``).
10. Case goes last (a final ς is a σ), so that the kept form and the folded form have the same length.

What may stand around a word of a term for it to count (the checks are in `atoms`, the lists in `particles`):

11. In scripts with spaces, and in katakana, nothing: the word is the whole run of letters. A Syrian is not Syria, and
    アッシリア not シリア. There is no stemming; ``*`` frees what follows.
12. A Hangul word may stand before particles that agree with its last letter, before one or two of a closed list of
    heads (and their particles), and behind one of a few prefixes: Korean writes these as one word (북한에서는,
    북한대사관, 대시리아). Anything else makes another word of it (북한산 is a mountain).
13. Arabic and Hebrew words of four letters or more may stand behind the particles these scripts attach, in the order
    they come in; the Arabic article after ل loses its alif. Shorter words would too often be found in others.
14. In Han, hiragana, Thai and their like a term may stand anywhere in a run, unless it takes a part of one dictionary
    word and a part of the next (ICU decides where words end): 发展|中|国家 does not hold 中国, 北朝鮮 holds 朝鮮. One
    that takes more whole words than it cuts is a name that no dictionary knows, and counts (习近平 in 习|近|平和). A
    term never ends before a mark, which would be another letter.
15. The words of a phrase follow one another with nothing between but rule 12's particles, in one block of one field.
    Between words of rule 14 no space is needed. A particle behind a foreign word is no word (NATO의 정상회의).
16. NEAR and ``~n`` count the words between; in scripts of rule 14 each character is one.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from digest.match.text.particles import is_korean_particle
from digest.match.text.scripts import RUN, is_script
from digest.values.settings import TIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from digest.values.news import EntryText

FOLD_VERSION = 3
"""Goes up when any rule above changes, so that stored folded texts are made anew."""

TEXT_FIELDS = ("title", "summary", "content")
"""Where a term without a field looks; the fields of the stored folded text, in its order."""

META_FIELDS = ("source", "lang", "author", "tag", "tier")
"""Searched only by name; folded when a rule asks, because a feed may be renamed after its entries were stored."""

FIELDS = TEXT_FIELDS + META_FIELDS

FIELD_MARK = "\x1f"  # between fields while they are folded together; a raw one in a text separates words
DOTS = (".", "\uff0e", "\u2024")
"""What stands between the letters of an acronym (rule 3); the plain one first."""

_APOSTROPHES = "'\u2019\u2018\u201b\u02bc\u02b9\u02bb\u02bd\uff07`\u00b4\u2032"
_POSSESSIVE = re.compile(f'[{_APOSTROPHES}](?<=[\\w.)\\]"\u201d\u00bb][{_APOSTROPHES}])[sS](?![^\\W_])')  # rule 2
_MAYBE_DOTTED = re.compile(r"\.[^\W\d_](?![^\W_])")
_DOTTED = re.compile(r"(?<![^\W_])[^\W\d_](?:\.[^\W\d_])+(?![^\W_])\.?")  # rule 3
_GERESH = "['\u2019\u05f3]"
_HEBREW_SIGN = re.compile(
    "[\"\u05f4\u201d'\u2019\u05f3](?<=[א-ת].)(?:"  # one class in front: it is searched for in every text
    f'(?:(?<=["\u05f4\u201d])|(?<={_GERESH}){_GERESH})(?=[א-ת](?![א-ת]))|(?<=[גדזחטעצץרת]{_GERESH}))'
)
_CLOSERS = r"'\u2019\"\u201d)\uff09\]\uff3d}>\uff1e\u203a\u00bb\u300d\u300f\u300b\u3009\u3011\u3015"
_CLOSED_KOREAN = re.compile(f"[{_CLOSERS}](?<=[가-힣].)[{_CLOSERS}]*+([가-힣]{{1,8}})(?![^\\W_])")

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
    "\u0671": "\u0627",  # alef wasla
    "\u06a9": "\u0643",  # Persian kaf
    "\u06cc": "\u064a",  # Persian yeh
    "\u06c0": "\u0647",  # Persian heh with the sign of the genitive, which Unicode makes of another letter
    "\u0640": "",  # tatweel
    "\u200b": " ",  # zero-width space
    "™": " ",  # NFKC would glue "TM" to the name before it
    "℠": " ",
    "№": " No ",  # and "No" to the number behind it
    "\u115f": " ",  # Hangul fillers, which show as nothing
    "\u1160": " ",
    "\u3164": " ",
    "\uffa0": " ",
    "\u318d": " ",  # an old vowel that Korean papers use as a middle dot (북한ㆍ시리아)
    "\u119e": " ",
    **dict.fromkeys("\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf", " "),  # apostrophes that Unicode has for letters
    "\n": "/",
    FIELD_MARK: "|",
}
_VARIANT = re.compile(r"(LATIN|CYRILLIC) (SMALL|CAPITAL) LETTER (.+?) WITH ")
_FOLDING_SCRIPTS = ("latin", "greek", "cyrillic", "arabic", "hebrew")


def _fold_letter(char: str) -> str:
    """Rules 4 to 8 for one character, case kept; a separator gives a space."""
    if char in _SPECIAL:
        return _SPECIAL[char]
    plain = unicodedata.normalize("NFKC", char)
    if plain != char:
        apart = " " if "\u2044" in plain else ""  # a fraction is no part of the number before it
        return apart + unicodedata.normalize("NFC", "".join(_fold_letter(part) for part in plain)) + apart
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


LETTERS = _Letters()
_ASCII = str.maketrans({chr(code): _fold_letter(chr(code)).lower() for code in range(128)})


def vanishing(text: str) -> list[int]:
    """The places of characters that rules 2 and 3 take out because of what stands around them, ascending."""
    places = []
    if "'" in text or "`" in text or not text.isascii():
        places += [place for found in _POSSESSIVE.finditer(text) for place in (found.start(), found.start() + 1)]
    places += [place for start, end in acronym_spans(text) for place in range(start + 1, end - 1, 2)]
    if not text.isascii():
        places += [place for found in _HEBREW_SIGN.finditer(text) for place in range(*found.span())]
        for found in _CLOSED_KOREAN.finditer(text):
            if is_korean_particle(found[1]):
                places += range(found.start(), found.start(1))
    return sorted(set(places))


def acronym_spans(text: str) -> Iterable[tuple[int, int]]:
    """Start and end of each dotted acronym in capitals, without a dot that closes it."""
    if not text.isascii():
        for dot in DOTS[1:]:
            text = text.replace(dot, ".")
    if not _MAYBE_DOTTED.search(text):
        return
    for found in _DOTTED.finditer(text):
        letters = found[0][::2]
        if letters.isupper():
            yield found.start(), found.start() + 2 * len(letters) - 1


def acronyms(text: str) -> frozenset[str]:
    """The dotted capital acronyms of a text, each as its folded capitals (``U.S. and D.P.R.K.`` → US, DPRK)."""
    return frozenset(text[start:end:2].translate(LETTERS) for start, end in acronym_spans(text))


def without(text: str, places: list[int]) -> str:
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
    places = vanishing(text)
    letters = unicodedata.normalize("NFC", (without(text, places) if places else text).translate(LETTERS))
    words = letters.replace("/", " / ").replace("|", " | ").split()
    return " ".join(words if letters.isascii() else map(_runs, words))


def lowered(words: str) -> str:
    """Rule 10: the folded form of kept words, of the same length."""
    return words.lower().replace("ς", "σ")


def folded(text: str) -> str:
    """The folded words of a text, single spaces between (none around)."""
    if not text.isascii():
        return lowered(kept(text))
    places = vanishing(text)
    letters = (without(text, places) if places else text).translate(_ASCII)
    return " ".join(letters.replace("/", " / ").replace("|", " | ").split())


def _join(fields: Iterable[str]) -> str:
    """Fields ready to be folded together."""
    return FIELD_MARK.join([field.replace(FIELD_MARK, " ") for field in fields])


def fold_entry(text: EntryText) -> str:
    """The folded title, summary and content of an entry: what the store keeps and ``match_entry`` takes."""
    return f" {folded(_join((text.title, text.summary, text.content)))} |"


def fold_metadata(text: EntryText) -> str:
    """The folded source, language, author, tags and tier, to be put behind ``fold_entry``'s."""
    return _fold_metadata(text.source, text.lang, text.author, text.tags, plain_tier(text))


@functools.lru_cache(maxsize=4_096)  # the same again for most entries of a feed
def _fold_metadata(source: str, lang: str, author: str, tags: tuple[str, ...], tier: str) -> str:
    return f" {folded(_join((source, lang, author, _tag_lines(tags), tier)))} |"


def plain_tags(text: EntryText) -> str:
    """The tags as one plain field, one to a line, which is what the offsets of a hit in them count."""
    return _tag_lines(text.tags)


def plain_tier(text: EntryText) -> str:
    """The tier as a plain field: where it is not said, it is the worst."""
    return text.tier or TIERS[-1]


def _tag_lines(tags: tuple[str, ...]) -> str:
    return "\n".join(tags)
