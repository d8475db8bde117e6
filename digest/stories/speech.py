"""Who speaks: where a quotation begins and ends in a text, and which words say whose it is.

A quotation belongs to the words that attribute it. The splitter does not cut inside a short one, and keeps ``“Why?”
Lee asked`` together; the summariser never shows one without its speaker.
"""

from __future__ import annotations

import re

_LONGEST = 300
"""Characters of a quotation that is kept in one piece: two or three sentences of speech."""

OPENING = "“„«‹「『《‘"
CLOSING = "”»›」』》’"

_WHOLE = re.compile(
    "|".join(
        (
            rf"“[^“”„]{{1,{_LONGEST}}}”",
            rf"„[^„“”]{{1,{_LONGEST}}}[“”]",
            rf"«[^«»]{{1,{_LONGEST}}}»",
            rf"(?<![^\s(—–-])»[^«»]{{1,{_LONGEST}}}«",
            rf"「[^「」]{{1,{_LONGEST}}}」",
            rf"『[^『』]{{1,{_LONGEST}}}』",
            r"《[^《》]{1,60}》",
            rf"(?<![^\s(—–-])‘(?:[^‘’]|’(?=\w)){{1,{_LONGEST}}}’(?!\w)",
            rf'(?<![^\W_])"(?=\S)[^"]{{1,{_LONGEST}}}"',
            r"\([^()]{1,120}\)|（[^（）]{1,80}）",
        )
    )
)

_VERBS = (
    # Latin scripts; the first letters of a word that says "says"
    r"said|says|say|told|tells|asked|asks|added|adds|wrote|writes|replied|warned|noted|stated|declared|"
    r"explained|insisted|"
    r"announced|argued|recalled|continued|concluded|according to|"
    r"sagt\w{0,3}|erklärt\w{0,2}|fragt\w{0,2}|schr(?:ie|ei)b\w{0,2}|betont\w{0,2}|meint\w{0,2}|teilt\w{0,2}|"
    r"ergänzt\w{0,2}|(?<=, )so|"
    r"laut|berichtet\w{0,2}|dit|déclar\w{1,4}|affirm\w{1,4}|expliqu\w{1,4}|selon|indiqu\w{1,4}|"
    r"dijo|dice|afirmó|declaró|aseguró|explicó|señaló|añadió|según|disse|diz|afirmou|declarou|explicou|segundo|"
    r"ha detto|dice|afferma\w{0,2}|dichiara\w{0,2}|spiega\w{0,2}|secondo|zei|zegt|aldus|volgens|säger|sade|"
    r"enligt|siger|sagde|"
    r"sier|ifølge|sanoi|sanoo|powiedzia\w{1,3}|mówi\w{0,2}|stwierdzi\w{1,3}|řekl\w?|uvedl\w?|povedal\w?|mondta|"
    r"dedi|söyledi|"
    r"cho biết|nói|kata|ujar|menurut|"
    # Cyrillic, Greek, Armenian, Georgian
    r"сказал\w?|заявил\w?|сообщил\w?|сообщает|пишет|добавил\w?|отметил\w?|подчеркнул\w?|спросил\w?|ответил\w?|"
    r"говорит|"
    r"пояснил\w?|по словам|сказав|сказала|заявив|заявила|повідоми\w{1,2}|каза|заяви|είπε|δήλωσε|τόνισε|ասաց|"
    r"թქვա|თქვა|განაცხადა|"
    # Semitic and Indic scripts
    r"و?قال\w?|و?أضاف\w?|و?صرح\w?|و?ذكر\w?|و?أكد\w?|و?أعلن\w?|אמר\w?|הוסיף|הוסיפה|מסר\w?|گفت\w?|کہا|कहा|बताया|"
    r"বলেন|বলেছেন"
)
_WIDE_VERBS = (
    "说|說|喊道|叫道|笑道|追问|追問|反问|反問|呼吁|呼籲|解释|解釋|表示|称|稱|指出|强调|強調|问道|問道|答道|告诉|告訴|回答|透露|写道|寫道|认为|認為|"
    "述べた|叫んだ|語った|話した|言った|答えた|聞いた|尋ねた|説明した|強調した|話す|語る|"
    "말했|외쳤|밝혔|전했|덧붙|강조했|설명했|주장했|물었|답했|지적했|라고|다고"
)
_SAYING = re.compile(rf"\b(?:{_VERBS})\b|{_WIDE_VERBS}", re.IGNORECASE)

_NAME = r"(?:[^\W\d_a-zа-я][\w’'.-]*,?\s+){1,5}"
_SPEAKER_FIRST = re.compile(rf"\s*[—–-]?\s*{_NAME}(?:{_VERBS})\b")
_VERB_FIRST = re.compile(rf"\s*[—–-]?\s*(?:{_VERBS})\b", re.IGNORECASE)
_PRONOUN_FIRST = re.compile(
    rf"\s*[—–-]?\s*(?:he|she|they|it|er|sie|il|elle|él|ella|lui|lei|он|она|они|він|вона)\s+(?:{_VERBS})\b",
    re.IGNORECASE,
)
_WIDE_SPEAKER = re.compile(rf"\s*[^\s。！？.!?「“][^。！？.!?「“]{{0,24}}?(?:{_WIDE_VERBS})")


def quotations(block: str) -> list[tuple[int, int]]:
    """Give (start, end) of each short quotation or bracket of a line, its marks included; in order and apart."""
    return [found.span() for found in _WHOLE.finditer(block)]


def says(text: str) -> bool:
    """Say whether a text holds a word that attributes speech ("said", "laut", "заявил", "表示")."""
    return _SAYING.search(text) is not None


def names_speaker(text: str, at: int = 0) -> bool:
    """Say whether the words at ``at`` attribute what was said before them: "Lee asked", "said Lee", "发言人说"."""
    shapes = (_SPEAKER_FIRST, _VERB_FIRST, _PRONOUN_FIRST, _WIDE_SPEAKER)
    return any(shape.match(text, at) is not None for shape in shapes)


def outside_quotations(sentence: str) -> str:
    """Give the words of a sentence that stand outside its quotations, those never closed or opened included."""
    rest = _WHOLE.sub(lambda found: found[0] if found[0][0] in "(（《" else " ", sentence)
    closed = max((rest.rfind(mark) for mark in "”」』"), default=-1)
    rest = rest[closed + 1 :]
    opened = min((place for mark in "“„「『«" if (place := rest.find(mark)) >= 0), default=len(rest))
    rest = rest[:opened]
    if rest.count('"') % 2:
        before, _, after = rest.partition('"')
        rest = after if _closes(rest, len(before)) else before
    return rest


def _closes(text: str, at: int) -> bool:
    """Say whether a straight quotation mark closes: something stands right before it, and nothing right after."""
    return at > 0 and not text[at - 1].isspace() and (at + 1 == len(text) or not text[at + 1].isalnum())


def is_open(sentence: str) -> int:
    """Tell a quotation that a sentence leaves open (1) or closes without having opened it (-1); 0 for neither."""
    rest = _WHOLE.sub(" ", sentence)
    first_close = min((place for mark in "”」』" if (place := rest.find(mark)) >= 0), default=-1)
    first_open = min((place for mark in "“„「『" if (place := rest.find(mark)) >= 0), default=-1)
    if first_close >= 0 and (first_open < 0 or first_close < first_open):
        return -1
    if first_open >= 0:
        return 1
    if rest.count('"') % 2:
        return -1 if _closes(rest, rest.find('"')) else 1
    if rest.count("«") != rest.count("»"):
        return 1 if rest.count("«") > rest.count("»") else -1
    return 0
