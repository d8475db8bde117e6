"""Headlines that take back what was said: denied, withdrawn, called off, broken, overturned, false.

Each pattern wants the word together with what makes it a reversal ("withdraws **the claim**", not "withdraws from the
final"). One that stands behind a word of doubt within a few words ("did **not** deny", "**urges** him to retract",
"**may** cancel") is none, nor is one in a question.
"""

from __future__ import annotations

import enum
import functools
import re
from typing import Final

from digest.stories.tolls import plainly


class Reversal(enum.StrEnum):
    """What became of what was said."""

    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    """Retracted, corrected, rescinded."""
    CALLED_OFF = "called off"
    """Cancelled, or talks suspended."""
    BROKEN = "broken"
    """A ceasefire that does not hold."""
    OVERTURNED = "overturned"
    """By a court, or by who decided it."""
    FALSE = "false"
    """A hoax, a false alarm."""


_WITHIN: Final = r"(?:[\w'-]+ ){0,3}?"
"""Up to three words between a verb and what it is about."""

_SAID_EN: Final = (
    r"(?:reports?|claims?|statements?|remarks?|comments?|allegations?|accusations?|stor(?:y|ies)|article|charges|"
    r"complaint|lawsuit|apology|confession|testimony|paper|study|resignation|threat|offer|bid|nomination|bill|plan|"
    r"decision|order|demand|invitation|endorsement|support)"
)
_RULED_EN: Final = (
    r"(?:ruling|rulings|verdict|conviction|convictions|ban|decision|sentences?|law|judg(?:e?)ment|acquittal|order|"
    r"election|result|policy|injunction|death sentences?)"
)
_ONLY_SPOKEN_OF: Final = (
    r"(?! (?:is |was |are )?(?:feared|fears?|looms?|looming|risks?|warnings?|possible|likely|unlikely|imminent|near|"
    r"averted))"
)
"""Behind "ceasefire collapse", which may as well be feared as told."""
_TRUCE: Final = {
    "en": r"(?:cease-?fire|truce|armistice|peace deal|peace agreement)",
    "de": r"(?:waffenruhe|waffenstillstand|feuerpause)",
    "fr": r"(?:cessez-le-feu|trêve)",
    "es": r"(?:alto el fuego|tregua|cese del fuego|cese al fuego)",
    "pt": r"(?:cessar-fogo|trégua)",
    "ru": r"(?:перемири[еяю]|прекращени[еяю] огня|режим\w* (?:тишины|прекращения огня))",
    "uk": r"(?:перемир'я|припинення вогню|режим\w* (?:тиші|припинення вогню))",
}

_UNSURE: Final = {
    "en": "could may might would will if unless not never yet to hope hopes fear fears feared brink verge risk risks "
    "danger near nears close hold holds begin begins start starts take takes after before as amid while when "
    "where that which despite over bring brings offer offers give gives allow allows "
    "lets",
    "de": "nicht noch nie kein keine könnte soll wird wenn falls nach vor hält droht fast beinahe",
    "fr": "pas pourrait peut serait si après avant tient menace presque",
    "es": "no podría puede sería si tras antes casi",
    "pt": "não pode poderia seria se após antes quase",
    "ru": "не может могут если будет после почти",
    "uk": "не може можуть якщо буде після майже",
}


def _broken(lang: str, ends: str) -> str:
    """A truce, whose it is and where, and what becomes of it, with no word between that doubts it or tells more."""
    unsure = "|".join(_UNSURE[lang].split())
    return rf"{_TRUCE[lang]} (?:(?!(?:{unsure})\b)[\w.'’-]+ ){{0,8}}?(?:{ends})"


_PATTERNS: Final = {
    Reversal.DENIED: (
        # English
        (
            r"(?:denies|denied|deny|denying)(?! (?:bail|entry|access|visas?|parole|asylum|permission|boarding|"
            r"the right|motion|appeals?|request|petition|bid|stay|coverage|benefits|service|care|"
            r"treatment|opportunity|justice|"
            r"chance|role|credit|license|licence|funding|a place|new trial|him|her|them|us|me))"
        ),
        r"(?:refutes?|refuted|disavows?|disavowed|debunks?|debunked) \w+",
        r"dismiss(?:es|ed) " + _WITHIN + r"(?:reports?|claims?|rumou?rs?|allegations?)",
        # German, French, Spanish, Portuguese, Italian
        r"(?:dementiert|dementieren|dementierte|bestreitet|bestreiten)(?! nicht)|(?:weist \w+ (?:zurück|vorwürfe))",
        r"(?:dément|démentent|a démenti|nie (?:avoir|être|toute|les|tout)|nient (?:avoir|les))",
        r"(?:desmiente|desmienten|desmintió|niega|niegan|negó|negaron)",
        (
            r"(?:desmente|desmentem|desmentiu|nega|negam|negou)(?= (?:que|ter|ser|acusa|envolv|participa|relat|rumor|"
            r"notícia|as?|os?|qualquer|informa)\w*)"
        ),
        r"smentisce|smentiscono|ha smentito",
        # Russian, Ukrainian
        r"опроверг(?:ает|ают|ла|ли|ло)?|отрица(?:ет|ют|л|ла|ли)",
        r"спросту(?:вав|вала|вали|вало|є|ють)|заперечу(?:є|ють|вав)|заперечи(?:в|ла|ли)",
        # Turkish
        r"yalanladı|yalanlıyor",
        # Polish, Indonesian, Vietnamese, Hebrew
        r"zaprzecza(?:ją)?|zaprzeczył[aoi]?|dementuj[eą]|membantah|bantah|phủ nhận|bác bỏ",
        r"מכחיש(?:ה|ים)?|הכחיש(?:ה|ו)?",
    ),
    Reversal.WITHDRAWN: (
        r"(?:retracts?|retracted|retraction|recants?|recanted|rescinds?|rescinded)",
        r"(?:withdraws?|withdrew|withdrawn) " + _WITHIN + _SAID_EN,
        r"(?:take|takes|took) back " + _WITHIN + _SAID_EN,
        r"(?:corrects?|corrected) " + _WITHIN + r"(?:reports?|statement|figures?|toll|story|article|number|record)",
        r"(?:issues?|issued|publishes|published) (?:a )?correction",
        r"(?:revokes?|revoked) " + _WITHIN + r"(?:order|decree|statement|ban|declaration|recognition)",
        r"(?:zieht|ziehen|zog) [^,.;:]{0,40}(?:aussage|behauptung|meldung|bericht|klage|antrag|angebot|kandidatur|"
        r"vorwürfe|vorwurf)[^,.;:]{0,20} zurück|widerruft|widerrufen|korrigiert "
        + _WITHIN
        + r"(?:angaben|opferzahl|zahl|bericht)",
        r"(?:se rétracte|s'est rétracté|rétracte|retire "
        + _WITHIN
        + r"(?:plainte|propos|accusations?|candidature|projet))",
        r"(?:se retracta|se retractan|se retractó|rectifica|rectificó|retira " + _WITHIN + r"(?:denuncia|acusación|"
        r"candidatura|declaraciones|proyecto|cargos))",
        r"(?:se retrata|retratou-se|volta atrás|recua d[aeo]|retira " + _WITHIN + r"(?:denúncia|"
        r"acusação|candidatura))",
        r"(?:ritratta|ritira " + _WITHIN + r"(?:accuse|denuncia|candidatura))",
        (
            r"(?:отозвал|отозвала|отозвали|отзывает|отзывают) (?:\w+ ){0,2}?(?:заявлени|иск|обвинени|законопроект|"
            r"предложени|жалоб|кандидатур)\w*|отказал(?:ся|ась|ись) от своих (?:слов|показаний)"
        ),
        r"(?:відкликав|відкликала|відкликали) (?:\w+ ){0,2}?(?:заяв|позов|звинувачен|законопро|скарг)\w*",
    ),
    Reversal.CALLED_OFF: (
        r"(?:calls?|called|calling) off|(?:cancels|canceled|cancelled|cancels|scraps|scrapped|scrubs|scrubbed)",
        r"(?:suspends?|suspended|breaks? off|broke off|halts?|halted|walks? out of|pulls? out of|collapse of) "
        + _WITHIN
        + r"(?:talks|negotiations|peace process|dialogue)|(?:talks|negotiations) (?:collapse|break down|collapsed|"
        r"broke down|suspended|called off)",
        r"(?:abgesagt|abgeblasen|sagt\b[^,.;:]{1,40}\bab$)",
        r"(?:bricht\b[^,.;:]{0,40}(?:gespräche|verhandlungen)\b[^,.;:]{0,20} ab)",
        r"(?:annule|annulent|annulé|annulée|annulés|annulées|suspend " + _WITHIN + r"(?:négociations|pourparlers))",
        r"(?:cancela|cancelan|canceló|cancelado|cancelada|desconvocan?|desconvocó|"
        r"desconvocad[oa]s?|suspende " + _WITHIN + r"(?:negociaciones|diálogo|conversaciones))",
        r"(?:cancelam|cancelou|cancelados|canceladas|suspende " + _WITHIN + r"(?:negociações|diálogo))",
        r"(?:annulla|annullano|annullato|annullata)",
        r"(?:отмен(?:ил|ила|или|яет|[её]н|ена|ены|ено)|прервал[аи]? переговоры|приостанов(?:ил|ила|или) переговоры)",
        r"(?:скасува(?:в|ла|ли|ло)|скасован[оаі]|перервал[аи] переговори|призупини(?:в|ла|ли) переговори)",
        r"iptal (?:etti|edildi)",
        r"odwołan[yaeo]|odwołał[ai]?|odwołuje|batalkan|membatalkan|dibatalkan|hủy bỏ|בוטל(?:ה|ו)?|ביטל(?:ה|ו)?",
    ),
    Reversal.BROKEN: (
        _broken(
            "en",
            rf"collapse{_ONLY_SPOKEN_OF}|collapses|collapsed|breaks? down|broke down|broken|"
            r"(?:falls?|fell|fallen|comes?|came|torn) apart|violated|breached|crumbles?|crumbled|fails|failed|shatters|"
            r"shattered|in tatters|is (?:over|dead)|unravels?|unravelled|unraveled",
        ),
        r"(?:collapse|breakdown|breach|violation|end) of (?:\w+ ){0,2}?" + _TRUCE["en"],
        r"(?:violates?|violated|violating|breaks?|broke|breaches|breached|shatters?|shattered|ends|ended) "
        r"(?:\w+ ){0,2}?" + _TRUCE["en"],
        _broken("de", r"gebrochen|gescheitert|bricht|scheitert|zerbricht|geplatzt|platzt|verletzt|beendet"),
        r"(?:bricht|brechen|verletzt) (?:die |den )?" + _TRUCE["de"],
        _broken("fr", r"violé|violée|rompu|rompue|brisé|brisée|s'effondre|vole en éclats"),
        r"(?:viole|violent|rompt|violation du|rupture du|rupture de la) (?:le |la )?" + _TRUCE["fr"],
        _broken("es", r"roto|rota|violado|violada|se rompe|se rompió|colapsa|colapsó|fracasa|fracasó"),
        r"(?:viola|violan|rompe|rompen|rompió|violó|ruptura del|ruptura de la|colapsa) (?:el |la )?" + _TRUCE["es"],
        _broken("pt", r"rompido|rompida|violado|violada|quebrado|quebrada|colapsa|fracassa|fracassou"),
        r"(?:viola|violam|rompe|rompem|quebra|violou|rompeu) (?:o |a )?" + _TRUCE["pt"],
        _broken("ru", r"сорвано|сорвалось|нарушено|нарушен|сорван|рухнуло|провалилось"),
        r"наруш(?:ил|ила|или|ает|ают|ение|ено) (?:\w+ ){0,2}?" + _TRUCE["ru"],
        _broken("uk", r"порушено|зірвано|зірвалося|провалилося"),
        r"поруш(?:ив|ила|или|ує|ують|ення|ено) (?:\w+ ){0,2}?" + _TRUCE["uk"],
    ),
    Reversal.OVERTURNED: (
        r"(?:overturns?|overturned|reverses?|reversed|quash(?:es|ed)?|annuls?|annulled|strikes down|struck down|"
        r"throws out|threw out|vacates|vacated) " + _WITHIN + _RULED_EN,
        _RULED_EN + r" (?:is |was |has been )?(?:overturned|quashed|annulled|struck down|thrown out)",
        r"(?:hebt|hob) [^,.;:]{0,40}(?:urteil|verbot|entscheidung)[^,.;:]{0,20} auf|(?:urteil|"
        r"verbot) aufgehoben|kippt " + _WITHIN + r"(?:urteil|verbot|gesetz|regelung)",
        r"(?:annule|invalide|casse) (?:\w+ ){0,2}?(?:jugement|condamnation|décision|verdict|interdiction|loi)",
        r"(?:anula|anuló|revoca|revocó) (?:\w+ ){0,2}?(?:sentencia|condena|fallo|decisión|prohibición|ley)",
        r"(?:anula|anulou|revoga|revogou) (?:\w+ ){0,2}?(?:sentença|condenação|decisão|proibição|lei)",
        r"отмен(?:ил|ила|или) (?:\w+ ){0,2}?(?:приговор|решение|запрет)\w*",
        r"скасува(?:в|ла|ли) (?:\w+ ){0,2}?(?:вирок|рішення|заборону)",
    ),
    Reversal.FALSE: (
        (
            r"(?:false alarm|hoax|fake news report|fabricated|falschmeldung|fehlalarm|fausse alerte|canular|"
            r"falsa alarma|alarme falso|falso alarme|falso allarme|ложн\w+ тревог\w*|ложный вызов|"
            r"фейк|хибн\w+ тривог\w*)"
        ),
    ),
}

_UNSPACED: Final = {
    Reversal.DENIED: (
        # Chinese, Japanese, Korean, Arabic, Persian, Hebrew
        (
            r"(?<![不没未])(?:否认|否認(?!され|せず|しない|しなか)|辟谣|闢謠|澄清(?:传闻|不实)|"
            r"不实传言)|を否定(?!せず|しない|しなか)"
        ),
        (
            r"इनकार किया|खंडन किया|ปฏิเสธ(?=ข่าว|ว่า|กระแส)|(?:부인(?:했|하|한(?!테)|해)|사실무근|"
            r"사실 아니|사실이 아니|전면 부인|의혹 부인|보도 부인|설 부인|부인$)"
        ),
    ),
    Reversal.WITHDRAWN: (
        r"(?<!不)(?:撤回(?!を求|せず)|收回(?:言论|声明|成命|说法)|更正(?:报道|声明|数字))|を訂正|発言を撤回",
        r"(?:철회(?:했|하기로|한다|$)|정정 ?보도|발언을? 취소|번복)",
    ),
    Reversal.CALLED_OFF: (
        (
            r"(?<![不未])(?:取消(?!费|訂|律)|叫停|中止(?:会谈|谈判|協議|交渉)|暂停(?:会谈|谈判))|(?:を|"
            r"が|、|は)中止(?!せず|しない|を求)|交渉(?:を)?打ち切り"
        ),
        r"रद्द|ยกเลิก|(?:취소(?:했|됐|하기로|돼|$)|(?:협상|회담|대화)(?:을|를)? (?:중단|결렬)|전격 취소)",
    ),
    Reversal.BROKEN: (
        (
            r"(?:停火|停戦|停战|休戦)(?:协议|協議|协定|協定|合意)?(?:が|は|再|遭|已|被)?(?:破裂|"
            r"违反|違反|破坏|破壞|破綻|崩壊|崩潰|崩溃)|"
            r"(?:违反|違反|破坏|破壞)(?:了)?(?:停火|停战)|停戦合意(?:に|を)?違反"
        ),
        r"(?:휴전|정전)(?: ?(?:협정|합의))?(?:이|가|을|를)? ?(?:깨|파기|위반|붕괴|결렬)",
    ),
    Reversal.OVERTURNED: (
        (
            r"(?:推翻|撤销|撤銷)(?:[^，。；]{0,8})(?:判决|判決|裁决|裁決|定罪|禁令)|判決を(?:取り消|"
            r"破棄)|逆転(?:無罪|有罪)"
        ),
        r"(?:판결|결정|처분)(?:을|를)? ?(?:뒤집|파기|취소)|파기환송|무죄로 뒤집",
    ),
    Reversal.FALSE: (
        r"虚惊一场|虛驚一場|假消息|谣言|誤報(?!道)|デマ(?:と|だ|情報)|误报|虚假警报",
        r"झूठी खबर|허위 ?신고|오보|가짜 ?뉴스로|허위로 (?:드러|밝혀|판명)|오인 ?신고",
    ),
}
_ARABIC_SCRIPT: Final = {
    Reversal.DENIED: (
        r"(?:ينفي|تنفي|نفي|نفت|ينفون|تكذب|يكذب|تكذيب|تكذيب ما)(?! (?:الى|خارج))",
        r"تکذيب کرد|رد کرد|تكذيب كرد",
    ),
    Reversal.WITHDRAWN: (
        r"(?:يتراجع|تتراجع|تراجع|تراجعت) عن|يسحب (?:\w+ )?(?:تصريح|شكو|اتهام)\w*|سحب (?:\w+ )?(?:تصريحات|شكوي)\w*",
        r"پس گرفت|عقب نشيني کرد",
    ),
    Reversal.CALLED_OFF: (r"(?:الغاء|الغت|يلغي|تلغي|الغي|تعليق (?:المحادثات|المفاوضات))", r"لغو (?:شد|کرد)"),
    Reversal.BROKEN: (
        (
            r"(?:انهيار|خرق|انتهاك|تخرق|يخرق|تنتهك|ينتهك|انهارت) (?:\w+ )?(?:الهدنه|وقف اطلاق النار|"
            r"لوقف اطلاق النار|هدنه)"
        ),
        r"نقض (?:اتش بس|توافق)|اتش بس (?:شکست|نقض)",
    ),
    Reversal.OVERTURNED: (r"(?:تلغي|الغاء|نقض|تنقض) (?:حكم|الحكم|قرار|ادانه)",),
    Reversal.FALSE: (r"انذار كاذب|بلاغ كاذب|خبر كاذب|شايعه بود",),
}

_DOUBT: Final = re.compile(
    r"\b(?:not|n't|never|no|neither|nor|without|to|will|would|could|may|might|should|must|can|"
    r"cannot|can't|won't|didn't|"
    r"doesn't|don't|wasn't|isn't|if|unless|urges?|urged|asks?|asked|demands?|demanded|calls? (?:on|for)|threatens?|"
    r"considers?|mulls?|refuses?|fails?|nicht|kein|keine|nie(?!s)|könnte|soll|fordert|will|droht|ne|pas|pourrait|"
    r"refuse|demande|menace|no|sin|podría|pide|exige|amenaza|não|sem|pode|poderia|pede|non|potrebbe|chiede|"
    r"не|может|могут|требует|призвал|призвала|призвали|грозит|хочет|може|вимагає|nie|tidak|không|לא|"
    r"закликав|закликає|"
    r"لا|لم|لن|قد|يطالب|تطالب|دون|نمی|değil)\b"
)
_LOOKED_BACK: Final = 34
"""Characters before a reversal in which a word of doubt undoes it."""
_FEARED: Final = re.compile(
    r"\b(?:fears?|feared|risks?|brink|verge|worr(?:y|ies|ied)|warn(?:s|ed|ing)? of|despite|"
    r"avoids?|averts?|prevents?|what happens)\b"
)
"""Of the end of a truce, so far."""
_PASSIVE: Final = re.compile(r"\b(?:be|been|being|is|are|was|were|gets?|got)\s$")
_TRAFFIC: Final = re.compile(
    r"\b(?:flights?|trains?|ferries|classes|services|sailings|flüge|züge|vols|trenes|vuelos|clases|"
    r"voos|trens|voli|treni|"
    r"рейс\w*|поезд\w*|поїзд\w*)\b"
)
"""What bad weather cancels."""
_EAST_TRAFFIC: Final = re.compile(r"航班|列车|列車|欠航|運休|항공편|열차|여객선")
_UNSPACED_DOUBT: Final = re.compile(
    r"नहीं|ไม่|เรียกร้อง|要求|敦促|呼吁|呼籲|拒绝|拒絕|可能|或将|或|没有|并未|不会|求める|か$|検討|"
    r"촉구|요구|검토|가능성|않|안 해|거부|못"
)


@functools.cache
def _letters() -> re.Pattern[str]:
    """Those of most scripts; made when it is wanted, for it takes longer than most commands have."""
    return _spaced(_PATTERNS)


def _spaced(kinds: dict[Reversal, tuple[str, ...]]) -> re.Pattern[str]:
    """Give one pattern for all: where a word begins, any of them; the group's name is the kind."""
    parts = (f"(?P<{kind.name}>{'|'.join(patterns)})" for kind, patterns in kinds.items())
    return re.compile(rf"\b(?:{'|'.join(parts)})(?!\w)")


_ARABIC: Final = _spaced(_ARABIC_SCRIPT)
_EAST: Final = re.compile("|".join(f"(?P<{kind.name}>{'|'.join(patterns)})" for kind, patterns in _UNSPACED.items()))
_HAS_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_HAS_EAST: Final = re.compile(r"[\u0900-\u097f\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


def reversals_in(headline: str) -> frozenset[Reversal]:
    """Give what a headline or sentence of plain text says was taken back; empty for most, and for a question."""
    plain = plainly(headline)
    if plain.rstrip("\"'” »").endswith(("?", "？", "؟")):
        return frozenset()
    if _HAS_EAST.search(plain):
        if _UNSPACED_DOUBT.search(plain) or _EAST_TRAFFIC.search(plain):
            return frozenset()
        return frozenset(Reversal[found.lastgroup] for found in _EAST.finditer(plain) if found.lastgroup)
    pattern = _ARABIC if _HAS_ARABIC.search(plain) else _letters()
    return frozenset(
        Reversal[found.lastgroup]
        for found in pattern.finditer(plain)
        if found.lastgroup and not _is_undone(plain, found)
    )


def _is_undone(plain: str, found: re.Match[str]) -> bool:
    """Say whether what stands before a reversal makes it none: "did not", "urges to", or "was denied" of a wish."""
    before = plain[max(0, found.start() - _LOOKED_BACK) : found.start()]
    before = re.split(r"[,;:]\s", before)[-1]
    denied = found.lastgroup == Reversal.DENIED.name and _PASSIVE.search(before)
    if denied or (found.lastgroup == Reversal.CALLED_OFF.name and _TRAFFIC.search(plain)):
        return True
    if found.lastgroup == Reversal.BROKEN.name and _FEARED.search(before):
        return True
    return _DOUBT.search(before) is not None
