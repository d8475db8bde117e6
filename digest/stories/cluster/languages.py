"""The language a report is compared in: what its feed says, where the text does not plainly say otherwise.

Feeds often name a wrong language (the one their software was made in), or none. The script settles most of it; in
Latin script small words do, and else a statistical model, which is loaded only then.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from digest.match.text.fold import folded
from digest.match.text.scripts import is_script

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOKED_AT: Final = 200
"""Characters that are enough to tell a language."""

_SPOKEN: Final = {  # the first one is taken where nothing tells
    "hangul": "ko",
    "hiragana": "ja",
    "katakana": "ja",
    "han": "zh ja yue wuu",
    "cyrillic": "ru uk be bg sr mk bs kk ky mn tg tt uz az ba os ce",
    "arabic": "ar fa ur ps ku ckb sd ug pa",
    "hebrew": "he yi",
    "greek": "el",
    "thai": "th",
    "devanagari": "hi mr ne sa mai",
    "bengali": "bn as",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "oriya": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
    "armenian": "hy",
    "georgian": "ka",
    "ethiopic": "am ti",
    "lao": "lo",
    "khmer": "km",
    "myanmar": "my",
    "tibetan": "bo dz",
    "mongolian": "mn",
}
_LANGS: Final = {script: tuple(langs.split()) for script, langs in _SPOKEN.items()}
_BOTH: Final = frozenset(("az", "bs", "ku", "mn", "sr", "tt", "uz"))
"""Languages that are written in Latin script, too."""
_NOT_LATIN: Final = frozenset(lang for langs in _LANGS.values() for lang in langs) - _BOTH
_SAME: Final = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "tl": "fil", "cmn": "zh", "sh": "sr"}

_TELLING: Final = (  # letters that only one language of their script writes, in the order they are looked for
    ("cyrillic", "uk", "іїєґ"),
    ("cyrillic", "be", "ў"),
    ("cyrillic", "mk", "ѓќѕ"),
    ("cyrillic", "sr", "јљњћђџ"),
    ("cyrillic", "kk", "әғқңөұүһ"),
    ("cyrillic", "ru", "ыэё"),
    ("arabic", "ur", "ٹڈڑںےھ"),
    ("arabic", "ps", "ټډړږښڼۍ"),
    ("arabic", "fa", "پچژگ"),
)

_SMALL_WORDS: Final = {
    "en": "the of to and in for on with is as at from by after over says has are will be his her its was that it who",
    "de": "der die das und den von zu im mit nach für auf dem ist ein eine nicht bei aus wegen gegen über vor wird zum",
    "fr": "le la les des du et en un une pour dans sur au aux est par avec après ce qui pas son contre plus sa leur",
    "es": "el la los las de del y en un una por con para tras su al se que es no sobre más contra lo desde sus",
    "pt": "o os as do da dos das e em um uma por com para após no na nos nas ao é se que não mais são contra pelo",
    "it": "il lo la gli le di del della dei delle e un una per con dopo nel nella al è non che da sul alla contro più",
    "nl": "de het een van en in op voor met na bij om is niet naar door uit tegen over wordt te aan zijn",
    "sv": "och i att en ett det som på är för med av till efter från mot om inte har den vid under",
    "da": "og i at en et det som på er for med af til efter fra mod om ikke har den ved",
    "no": "og i at en et det som på er for med av til etter fra mot om ikke har den ved",
    "pl": "w i na z do nie się o po że jest od za przez dla przed oraz ze będzie są",
    "cs": "v a na s do se o po že je od za pro před ze jsou bude podle proti který",
    "ro": "și în de la cu din pe pentru după un o nu care este a fost al ale prin mai",
    "tr": "ve bir bu da de için ile olarak sonra ne çok daha en gibi kadar olan dedi",
    "id": "di dan yang untuk dari dengan ini akan pada ke dalam tak oleh jadi usai saat",
    "fi": "ja on ei että oli hän sen se ovat mutta kun jälkeen myös vuoden",
    "hu": "a az és egy nem hogy is meg már után van volt csak még lesz",
    "vi": "của và là có được cho không trong với các những một người tại đã sẽ",
}
_TALKS: Final = {
    word: tuple(lang for lang, words in _SMALL_WORDS.items() if word in words.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
    if len(word) > 1  # "a" is one of nearly all
}
_SMALL_AND_FOLDED: Final = frozenset(each for word in _TALKS for each in (word, folded(word)))
_MODELLED: Final = "en de fr es pt it nl sv da no pl cs sk hu ro hr sl sq tr id ms vi fi et lv lt"
"""What the model may say. Small languages beside a large one (Catalan, Galician) only take its headlines from it."""
_WORD: Final = re.compile(r"[^\W\d_]+")


def is_small_word(word: str) -> bool:
    """Whether a word in small letters, accents or not, is one of those that stand in any text of a Latin language."""
    return word in _SMALL_AND_FOLDED


def language_of(tag: str, title: str, summary: str = "") -> str:
    """The language of a report, as its shortest code: "en", "pt", "zh"; never empty.

    Args:
        tag: what its feed or the entry says: "pt-BR", "EN_us"; empty or nonsense counts as not said.
        title: its title, plain.
        summary: its summary, plain.
    """
    said = _said(tag)
    text = f"{title} {summary}"[:_LOOKED_AT]
    script = _script_of(text)
    if script == "latin":
        return _latin(said, text.lower())
    langs = _LANGS.get(script, (script,))
    if said in langs:
        return said
    return next((lang for of, lang, letters in _TELLING if of == script and set(letters) & set(text.lower())), langs[0])


def _said(tag: str) -> str:
    lang = tag.strip().lower().replace("_", "-").partition("-")[0]
    if not (lang.isascii() and lang.isalpha() and 2 <= len(lang) <= 3):
        return ""
    return _SAME.get(lang, lang)


def _script_of(text: str) -> str:
    """The script that most of its letters are of; a few kana make Han Japanese."""
    if text.isascii():
        return "latin"
    scripts = Counter(_script_of_letter(letter) for letter in text if letter.isalpha())
    kana = scripts["hiragana"] + scripts["katakana"]
    if kana and kana * 8 >= scripts["han"] and kana + scripts["han"] > scripts["latin"]:
        return "hiragana"
    return scripts.most_common(1)[0][0] if scripts else "latin"


@functools.lru_cache(maxsize=8192)
def _script_of_letter(letter: str) -> str:
    if is_script(letter, "latin"):
        return "latin"
    return next((script for script in _LANGS if is_script(letter, script)), "other")


def _latin(said: str, text: str) -> str:
    """The language of lowercase text in Latin script."""
    counts: Counter[str] = Counter()
    for word in _WORD.findall(text):
        counts.update(_TALKS.get(word, ()))
    (first, most), (_, second) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    if said and said not in _NOT_LATIN:
        return first if most >= 3 and not counts[said] and said in _SMALL_WORDS else said
    return first if most >= 2 and most >= 2 * second else _model()(text)


def is_model_loaded() -> bool:
    """Whether a text has needed the statistical model already."""
    return _model.cache_info().currsize > 0


@functools.cache
def _model() -> Callable[[str], str]:
    """The statistical model, loaded for the first text that needs it: it takes half a second, and memory."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE)
    whole.set_languages(_MODELLED.split())
    chosen = LanguageIdentifier(  # of these languages alone: the whole holds on to all the others
        whole.nb_ptc, whole.nb_pc, whole.nb_classes, whole.tk_nextmove, whole.tk_output, tk_row=whole.tk_row
    )
    return lambda text: str(chosen.classify(text)[0])
