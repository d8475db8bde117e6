"""Tolls in Chinese, Japanese, Korean and Thai: a number, a counter of people, and a word of harm, on either side.

The counter does what lists of nouns do elsewhere: 12人 are people, 12岁, 12年, 12元, 12% and 第12人 are not.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from digest.stories.toll_words import Harm

_NUMBER: Final = (
    r"(?<![第\d.,:：\-/~～―])(?P<number>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?[万萬만천]\d*|\d+(?:\.\d+)?[千천百백]?|"
    r"[一二三四五六七八九十百千两兩]{1,7}|[두세네열]|다섯|여섯|일곱|여덟|아홉|열한|열두)"
)
_HAN_COUNTER: Final = r"[余多餘]?\s?[名人位个個]"
_HAN_PEOPLE: Final = (
    r"(?:平民|士兵|军人|軍人|警察|警员|儿童|兒童|孩子|学生|學生|工人|矿工|乘客|游客|居民|村民|记者|記者|女子|男子|妇女|婦女|"
    r"民众|民眾|移民|难民|抗议者|示威者|人员|人員|嫌疑人|嫌犯|男女|消防员|武装分子|巴勒斯坦人|以色列人|乌克兰人)?"
)
_HAN_BETWEEN: Final = r"(?:已经|已經|已|均|全部|因此|不幸|当场|當場|被|确认|確認|证实|證實|在[^，。；、\d]{1,8}中)?"
_JAPANESE_PEOPLE: Final = (
    r"(?:の?(?:兵士|市民|民間人|子ども|子供|生徒|児童|学生|乗客|住民|作業員|警察官|男女|男性|女性|観光客|記者))?"
)
_RISE: Final = (
    r"(?:人数|人數|者数|者數|者|数|數)?(?:[从從由]\d+[人名])?(?:已|又|则)?(?:经|經)?"
    r"(?:上升|升|增加|增|攀升|上修|更新|达到|達到|达|達|累计|超|超过|超過|逾|突破|为|為|至|到|"
    r"が|は|も|、|：|:|計|合わせて|少なくとも|至少){0,4}"
)
_HAN: Final = {
    Harm.KILLED: (
        r"死亡|遇难|遇難|丧生|喪生|身亡|罹难|罹難|遇害|丧命|喪命|殉职|被打死|被杀|被殺|死(?![刑者伤傷角里])|亡くな|犠牲|殺害され",
        r"死亡|遇难|遇難|死者|罹难|罹難|犠牲者|死[亡者]数",
    ),
    Harm.WOUNDED: (
        r"受伤|受傷|负伤|負傷|轻伤|重伤|輕傷|重傷|けが|ケガ|怪我|重軽傷|伤(?!心)|傷(?!心)",
        r"受伤|受傷|伤者|傷者|負傷者|けが人",
    ),
    Harm.MISSING: (r"失踪|失蹤|失联|失聯|下落不明|行方不明|安否不明", r"失踪|失蹤|行方不明"),
    Harm.ARRESTED: (r"被捕|被拘|被逮捕|落网|逮捕|拘束", r"逮捕|拘捕|抓获|拘留"),
    Harm.DISPLACED: (r"被疏散|撤离|撤離|流离失所|流離失所|转移|避難", r"疏散|撤离|转移"),
}
_KOREAN: Final = {
    Harm.KILLED: (r"사망|숨지|숨져|숨졌|숨진|목숨|희생|살해|참변", r"사망자?|희생자|숨진 사람"),
    Harm.WOUNDED: (r"부상|다쳐|다치|다쳤|중상|경상|중경상", r"부상자?|다친 사람"),
    Harm.MISSING: (r"실종", r"실종자?"),
    Harm.ARRESTED: (r"체포|구속|연행|검거", r"체포|구속|연행|검거"),
    Harm.DISPLACED: (r"대피|이재민", r"대피|이재민"),
}
_THAI: Final = {
    Harm.KILLED: (r"เสียชีวิต|ตาย", r"เสียชีวิต|ตาย|ดับ"),
    Harm.WOUNDED: (r"บาดเจ็บ|เจ็บ", r"บาดเจ็บ|เจ็บ"),
    Harm.MISSING: (r"สูญหาย", r"สูญหาย"),
    Harm.ARRESTED: (r"ถูกจับ", r"จับกุม|รวบ"),
    Harm.DISPLACED: (r"อพยพ", r"อพยพ"),
}
_KOREAN_PEOPLE: Final = r"(?:민간인|군인|병사|경찰관?|어린이|학생|노동자|승객|주민|시민|관광객|남성|여성)?"
_KOREAN_RISE: Final = r"(?:\s?수)?(?:[가이는은도])?\s?(?:최소|적어도|모두|총|약|현재|벌써|누적|로)?\s?"
_HISTORY: Final = re.compile(
    r"(?:19|20)\d\d\s?[年년]|[每毎]年|平均|以来|以來|[年周]前|から\d+年|周年|週年|判[处處刑决決]|死刑|被告|可能|若|如果|演习|演習|恐れ|"
    r"ปีละ|ครบรอบ|매년|연간|평균|이후|이래|주년|년 전|재판|징역|선고|훈련|우려|가능성|라면"
)
_ANY: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_DIGITS: Final = {mark: value for value, mark in enumerate("一二三四五六七八九", start=1)} | {"两": 2, "兩": 2}
_PLACES: Final = {"十": 10, "百": 100, "千": 1000}
_KOREAN_NUMBERS: Final = {
    word: value
    for value, word in enumerate(
        ("두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두"), start=2
    )
}
_SCALES: Final = {"万": 10_000, "萬": 10_000, "만": 10_000, "千": 1000, "천": 1000, "百": 100, "백": 100}


def _han(behind: str, ahead: str, others: str) -> tuple[re.Pattern[str], ...]:
    """A number before its word and one behind it, in Chinese and Japanese; ``others``: what makes it another's."""
    people = rf"(?:{_JAPANESE_PEOPLE}(?:が|も|、)?(?:新たに)?|{_HAN_PEOPLE}{_HAN_BETWEEN})"
    return (
        re.compile(rf"{_NUMBER}{_HAN_COUNTER}(?:以上|余り|あまり|ほど|超)?{people}(?:{behind})"),
        re.compile(rf"(?:{ahead}){_RISE}{_NUMBER}{_HAN_COUNTER}(?!.{{0,3}}(?:{others}))"),
    )


def _korean(behind: str, ahead: str, others: str) -> tuple[re.Pattern[str], ...]:
    """The same in Korean."""
    counter = r"여?\s?명"
    linked = rf"(?:의|이|가|은|도|을)?(?:\s?이상)?이?\s?{_KOREAN_PEOPLE}[이가]?\s?"
    return (
        re.compile(rf"{_NUMBER}{counter}{linked}(?:{behind})"),
        re.compile(rf"(?:{ahead}){_KOREAN_RISE}{_NUMBER}{counter}(?!.{{0,3}}(?:{others}))"),
    )


def _thai(behind: str, ahead: str, others: str) -> tuple[re.Pattern[str], ...]:
    """The same in Thai."""
    counter = r"\s?(?:ราย|คน|ศพ)"
    return (
        re.compile(rf"{_NUMBER}{counter}\s?(?:{behind})"),
        re.compile(
            rf"(?:{ahead})(?:แล้ว|อย่างน้อย|พุ่ง|เพิ่มเป็น|เป็น|กว่า|\s){{0,4}}{_NUMBER}{counter}(?!.{{0,3}}(?:{others}))"
        ),
    )


@functools.cache
def _patterns() -> list[tuple[Harm, re.Pattern[str], tuple[re.Pattern[str], ...]]]:
    """Give the patterns of each harm: what must be in the text at all, and what tells a number.

    Made when they are wanted: half a hundred of them would hold up the start of every command.
    """
    found = []
    for lists, made in ((_HAN, _han), (_KOREAN, _korean), (_THAI, _thai)):
        others = "|".join(behind for behind, _ in lists.values())
        for harm, (behind, ahead) in lists.items():
            found.append((harm, re.compile(f"{behind}|{ahead}"), made(behind, ahead, others)))
    return found


_SHORT: Final = re.compile(r"(?<![\d第])(?P<dead>\d{1,6})死(?:(?P<hurt>\d{1,6})[伤傷])?")


def counted_in(plain: str) -> tuple[dict[Harm, int], set[Harm]]:
    """Give the highest number of each harm, and the harms that are spoken of, in Chinese, Japanese or Korean text.

    Args:
        plain: a sentence, as `digest.stories.tolls.plainly` gives it.
    """
    found: dict[Harm, int] = {}
    spoken: set[Harm] = set()
    if _ANY.search(plain) is None:
        return found, spoken
    no_news = _HISTORY.search(plain) is not None
    for harm, speaks, tells in _patterns():
        if speaks.search(plain) is None:
            continue
        spoken.add(harm)
        for pattern in () if no_news else tells:
            for told in pattern.finditer(plain):
                found[harm] = max(found.get(harm, 0), _value(told["number"]))
    if not no_news and (short := _SHORT.search(plain)):
        found[Harm.KILLED] = max(found.get(Harm.KILLED, 0), int(short["dead"]))
        if short["hurt"]:
            found[Harm.WOUNDED] = max(found.get(Harm.WOUNDED, 0), int(short["hurt"]))
    return found, spoken


def _value(number: str) -> int:
    """Read 2,000, 1.2万, 1万2000, 3천, 十二 and 다섯."""
    if number in _KOREAN_NUMBERS:
        return _KOREAN_NUMBERS[number]
    if not number[0].isdigit():
        return _han_value(number)
    plain = number.replace(",", "")
    for scale, times in _SCALES.items():
        if scale in plain:
            high, _, low = plain.partition(scale)
            return round(float(high) * times) + int(low or 0)
    return int(float(plain))


def _han_value(number: str) -> int:
    """Read a number below 10,000 in Han digits: 十二, 三百, 两千五百."""
    total = digit = 0
    for mark in number:
        if mark in _PLACES:
            total += (digit or 1) * _PLACES[mark]
            digit = 0
        else:
            digit = _DIGITS[mark]
    return total + digit
