"""What newsrooms and feeds set before and behind a text that is no part of what it says.

Before it stand by-lines, datelines and photo captions (``By JANE DOE, Associated Press``, ``SEOUL, Nov. 29 (Yonhap)
--``, ``(AP Photo/Lee)``); behind it calls to read on (``Continue reading``, ``[+1234 chars]``). They are measured here
and left out by the caller, so that what is shown stays as it stands in its source.
"""

from __future__ import annotations

import functools
import re

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĒĖĘĚĞĢĪĮİĶĹĻŁŃŅŇŌŐŒŔŘŚŞŠŤŪŮŰŲŹŻŽΑ-ΫА-ЯЁЄІЇҐ"
_DASH = r"\s?[.:]?\s?(?:--|[—–-])\s?(?=\S)"
_CAPS = rf"[{_UPPER}]{{3,}}"
_CITY_IN_CAPITALS = (
    rf"{_CAPS}(?:(?:[ /'’.-]|, )[{_UPPER}]{{2,}}){{0,4}}(?:, [{_UPPER}][\w.]+(?: [{_UPPER}][\w.]+){{0,2}})?"
)
_CITY = rf"[{_UPPER}][\w.'’/-]{{1,20}}(?:[ /-][\w.'’/-]{{2,20}}){{0,3}}"
_DAY = r"(?:\d{1,2}\.? (?:de )?[^\W\d_]{3,10}\.?|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?)(?:,? \d{4})?"
_AGENCY = r"\([^()\n]{2,40}\)"
_KNOWN_AGENCY = (
    r"\((?:AP|AFP|UPI|dpa|DPA|EFE|ANSA|AA|DHA|Reuters|REUTERS|Yonhap|Xinhua|TASS|KCNA|Kyodo|Lusa|Ansa|SID|sid|"
    r"APA|PAP|ČTK|MTI"
    r"|ots|KNA|epd|IRNA|SANA|PTI|ANI|IANS|TT|NTB|Ritzau|Europa Press|Interfax|News1|Newsis|CNN|BBC)\b[^()\n]{0,20}\)"
)
_NAMES = rf"(?:[{_UPPER}][\w.'’-]{{0,20}}\s?)"
_BYLINE = rf"(?:By|BY|Von|Par|Por|Di|Автор:?)\s{_NAMES}{{2,4}}(?:(?:,| and| und| et| y|\s?\|)\s?{_NAMES}{{1,4}}){{0,3}}"
_DATELINES = (
    # ПХЕНЬЯН, 29 ноября. /ТАСС/. · МОСКВА, 29 ноя — РИА Новости. · Moscow, November 29 – TASS.
    rf"{_CITY}[.,] {_DAY}\s?[.,]? ?/[^/\n]{{2,60}}/\s?\.?\s?",
    (
        rf"{_CITY}[.,] {_DAY}\s?[.,]?\s?(?:[—–-]\s?)?(?:РИА Новости|ИА [\w ]{{2,20}}|INTERFAX\.RU|[А-ЯЁ]{{3,9}}|"
        rf"TASS)\s?(?:\.|[—–-])\s?"
    ),
    # SEOUL, Nov. 29 (Yonhap) -- · WASHINGTON (AP) — · KYIV —
    rf"{_CITY_IN_CAPITALS},? (?:{_DAY}|(?={_AGENCY}))(?: ?{_AGENCY})?{_DASH}",
    rf"{_CITY_IN_CAPITALS}\s?(?:--|[—–])\s?(?=[{_UPPER}\"“„«])",
    rf"[{_UPPER}]{{5,}}(?: [{_UPPER}]{{3,}})?: (?=[{_UPPER}\"“„«])",
    # Seoul — The
    rf"(?:[{_UPPER}][\w.'’]{{2,20}} ){{1,3}}[—–] (?=[{_UPPER}\"“„«])(?![^\n]{{0,80}} [—–] )",
    # Berlin (dpa) - · Madrid, 29 nov (EFE).- · Moscow, November 29 –
    rf"(?:{_CITY}(?:, {_CITY})? ?)?{_KNOWN_AGENCY}{_DASH}",
    rf"{_CITY}(?:,|\.)? {_DAY} ?{_AGENCY}(?:{_DASH}|।? )",
    rf"{_CITY}, {_DAY}\s?\.?(?:--|[—–])\s?",
    # (ANSA) - ROMA, 29 NOV -
    rf"{_KNOWN_AGENCY} ?[-–—] ?{_CITY_IN_CAPITALS}(?:,? {_DAY})? ?[-–—] ",
    # القاهرة 29 نوفمبر (رويترز) - · دمشق – سانا
    (
        r"[\u0621-\u06ff]{2,15}(?: [\u0621-\u06ff]{2,15}){0,2}(?:،? \d{1,2} [\u0621-\u06ff ]{3,20})? "
        r"?\([^()\n]{2,40}\) ?[-–—:] ?"
    ),
    (
        r"[\u0621-\u06ff]{3,15}(?: [\u0621-\u06ff]{3,15})? ?[-–—] ?(?:سانا|واس|رويترز|وام|بترا|قنا|كونا|أ ف "
        r"ب)\s?[-–—:]?\s"
    ),
    # नई दिल्ली, 29 नवंबर (भाषा)
    (
        r"[\u0900-\u09ff]{2,15}(?: [\u0900-\u09ff]{2,15})?,? \d{1,2} [\u0900-\u09ff]{2,12} ?\([^()\n]{2,40}\)"
        r"।? ?(?:[-–—:] ?)?"
    ),
    r"[가-힣]{2,8}, ?\d{1,2}월 ?\d{1,2}일 ?\([^()\n]{2,20}\) ?(?:--|[-–—=]) ?",
    # (서울=연합뉴스) 홍길동 기자 = · [서울=뉴시스]홍길동 기자 = · [헤럴드경제=홍길동 기자]
    (
        r"[(\[【［]\s?[^\s=＝()\[\]]{1,15}\s?[=＝][^()\[\]\n]{1,20}[)\]】］]\s?"
        r"(?:[가-힣]{2,4}(?:[·ㆍ, ]+[가-힣]{2,4}){0,3} ?"
        r"(?:기자|특파원|통신원|인턴기자))?\s?(?:[=＝|]\s?)?"
    ),
    r"[\[【][^\]】\n]{1,12} [가-힣]{2,4} ?(?:기자|특파원)[\]】]\s?|[가-힣]{2,4} ?(?:기자|특파원) ?[=＝] ?",
    # 【ソウル聯合ニュース】 · ［東京　29日　ロイター］ - · （中央社首爾29日電）
    r"【[^】\n]{2,30}】\s?|[［\[][^］\]\n]{2,30}(?:日|ロイター|共同|時事|AFP)[^］\]\n]{0,12}[］\]]\s?(?:[-–—]\s?)?",
    r"[（(][^（）()\n]{2,30}(?:[电電讯訊])[）)]\s?",
    # 新华社平壤11月29日电（记者 王明）
    r"[\u4e00-\u9fff]{2,14}\d{1,2}月\d{1,2}日(?:[^，。\n]{0,4}?)[电電讯訊]\s?(?:[（(][^（）()\n]{1,30}[）)])?\s?",
)
_BYLINE_ALONE = re.compile(rf"(?:{_BYLINE})(?:[,|–—·-].{{0,60}})?", re.DOTALL)
_MOST_OF_BYLINE = 120

_CREDIT = (
    r"[(（\[［](?:Photo|Foto|Image|Bild|Picture|Photos|Credit|Фото|사진|写真|图|圖|صورة)"
    r"(?:[ /:：=|,-][^()（）\[\]\n]{0,100})?[)）\]］]"
    r"|[(（][^()（）\n]{0,80}(?:Getty(?: Images)?|AP Photo|via AP|/AFP|/Reuters|/REUTERS|/EPA|/dpa|/AP|"
    r"/TASS|File Photo)"
    r"[^()（）\n]{0,30}[)）]"
)
_CAPTION_BEFORE = re.compile(rf"[^\n]{{0,300}}?(?:{_CREDIT})\s*")
_CAPTION_LEADS = re.compile(
    r"\W{0,3}(?:FILE(?: PHOTO)?\s?[-–—:]|File (?:photo|picture|image)\b|(?:Photo|Image|Picture|Credit|Foto|Bild|"
    r"Fotos|Photos|"
    r"Фото|Zdjęcie|Fotó|Foto de|Crédito|Crédit)(?: by)?\s?[:：/(]|Photo by |Symbolbild|Archivbild|Archivfoto|"
    r"In this (?:\w+ ){0,4}(?:photo|image|picture|frame)|"
    r"This (?:\w+ ){0,3}(?:photo|image|picture|handout) "
    r"(?:provided|released|taken|made|from|shows|by)\b|(?:A|An) (?:\w+ )?(?:file|undated) (?:photo|picture)|"
    r"Архивное фото|На фото|[▲△▼]|\[?사진\s?[=:제\]]|자료 ?사진|"
    r"图为|圖為|资料图|資料照|資料圖|（图|写真[:：＝=は]|صورة (?:أرشيفية|من))",
)
_CREDIT_INSIDE = re.compile(
    r"/ ?(?:Getty(?: Images)?|AFP|REUTERS|Reuters|EPA|dpa|imago|picture alliance|AP Photo|Shutterstock|Adobe Stock)\b"
    r"|\b(?:REUTERS|AFP|EPA)/[A-Z]|\bin (?:this|an?) (?:[\w.,]+ ){0,4}(?:photo|image|"
    r"picture)\b.{0,40}(?:released|provided|taken)"
    r"|\bGetty Images\b|\bAP Photo\b|\bvia Getty\b|picture[- ]alliance|(?<![^\s(\[])©|Quelle: "
    r"|연합뉴스 자료사진|資料写真"
)
_CREDIT_SIGNS = ("/", "Getty", "Photo", "photo", "image", "picture", "alliance", "©", "Quelle", "사진", "写真")
_LONGEST_CAPTION, _CREDIT_LENGTH = 350, 80

_TAIL = re.compile(
    r"(?:\s*(?:\[[…. ]{1,5}\]|\[\+\d+ chars\]|\((?:more|mehr)\)|…|\.\.\.)"
    r"|(?:^|(?<=[\s.!?。…\]]))(?:[>»→]{1,2}\s*)?(?:Continue [Rr]eading|Read [Mm]ore|READ MORE|"
    r"Read (?:the )?(?:full|rest)|Weiterlesen|Mehr lesen"
    r"|Lire la suite|Leer más|Seguir leyendo|Leia mais|Continua a leggere|Leggi tutto|Lees verder|Läs mer|"
    r"Читать (?:далее|полностью)"
    r"|Подробнее|더 ?보기|阅读全文|閱讀全文|続きを読む|もっと見る|اقرأ المزيد)[^.!?。\n]{0,80})+[\s»>→.…]*$"
)
_WHOLE_ENDS = (".", "!", "?", "。", "”", '"', "»", "।")


@functools.cache
def _opening() -> re.Pattern[str]:
    """A by-line or a dateline; made when it is wanted, for it takes longer than most commands have."""
    return re.compile(rf"(?:{_BYLINE}[,|]?\s*)?(?:{'|'.join(_DATELINES)})")


def opening_length(line: str) -> int:
    """Give how many characters of a line are a caption, a by-line or a dateline before what it tells; often 0."""
    at = 0
    if caption := _CAPTION_BEFORE.match(line):
        at = caption.end()
    if (found := _opening().match(line, at)) and found.end() < len(line):
        at = found.end()
    return at


def is_caption(line: str) -> bool:
    """Say whether a line tells of a picture, or whose it is, rather than news."""
    return len(line) <= _LONGEST_CAPTION and (_CAPTION_LEADS.match(line) is not None or ends_in_credit(line))


def ends_in_credit(line: str) -> bool:
    """Say whether a line ends by saying whose picture it tells of; then all of it does."""
    if len(line) > _LONGEST_CAPTION or not any(sign in line for sign in _CREDIT_SIGNS):
        return False
    return _CREDIT_INSIDE.search(line, max(0, len(line) - _CREDIT_LENGTH)) is not None


def is_byline(line: str) -> bool:
    """Say whether a line only names who wrote it ("By JANE DOE, Associated Press")."""
    return len(line) <= _MOST_OF_BYLINE and line[-1:] not in ".!?" and _BYLINE_ALONE.fullmatch(line) is not None


def told_length(sentence: str) -> int:
    """Give how much of a sentence is left without a call to read on, or a mark of omission behind one, at its end.

    A sentence that merely was cut off keeps its ``…``.
    """
    if sentence.endswith(_WHOLE_ENDS) and not sentence.endswith("..."):
        return len(sentence)
    found = _TAIL.search(sentence, max(0, len(sentence) - 160))
    if found is None or found.group().strip() in {"…", "..."}:
        return len(sentence)
    return len(sentence[: found.start()].rstrip())
