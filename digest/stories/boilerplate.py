"""Sentences and lines that are about the outlet, not about the news: calls to subscribe, to click, to share.

Each pattern wants the shape of a call ("Sign up for …", "…기자 a@b"), not a lone word: a news story may well be about
subscriptions, cookies or shares.
"""

from __future__ import annotations

import re

_LEADS = (
    # English
    r"subscribe\b|sign up\b|log ?in\b|register (?:now|here|for)|read (?:more|also|next|the full)|click\b|tap here",
    r"(?:watch|listen|see|also read|related|more on this|more from|recommended|editor'?s pick)s?:",
    r"follow us|share (?:this|on|via)|continue reading|download (?:our|the) app|join (?:our|us on)|don[’']?t miss",
    r"copyright (?:©|\d{4})",
    r"get (?:our|the (?:latest|best|facts)|daily)|escape your|from our morning|a free daily|enter your email",
    r"check out (?:our|other)|most (?:popular|read)(?: articles| stories| news|$)|story continues below",
    r"advertisement$|sponsored(?: content|$)|photo(?:graph)?(?: by)?:|image:|have you got a (?:tip|story)",
    r"this (?:site|website) uses|we use cookies|by continuing|accept (?:all )?cookies",
    # German, French, Spanish
    (
        r"abonnieren sie|jetzt abonnieren|melden sie sich|lesen sie (?:auch|mehr)|mehr zum thema|weiterlesen|hier "
        r"klicken"
    ),
    r"abonnez-vous|inscrivez-vous|lire (?:aussi|la suite)|à lire aussi|cliquez|partagez",
    r"suscr[ií]b(?:ete|ase)|reg[ií]str(?:ate|ese)|lea también|leer más|haga clic|comparte est[ea]",
    # Russian
    r"подпи(?:шитесь|сывайтесь)|читайте (?:также|ещё|еще|далее)|читать (?:далее|также|полностью)|присоединяйтесь",
    r"поделиться|нажмите|следите за нами|смотрите также",
    # Arabic
    r"اشترك(?:وا)? (?:الآن|في (?:نشرت|قنات|خدم))|للاشتراك|اقرأ (?:أيضا|المزيد)|اقرؤوا|للمزيد|سجل الآن",
    r"(?:تابعونا|تابعنا) على|انقر هنا|اضغط هنا|شارك هذا",
    # Korean
    r"구독하기|지금 구독|뉴스레터 (?:구독|신청)|더 ?보기|관련 ?기사|많이 본|공유하기|제보(?:는|하기)|카카오톡 제보",
    # Chinese, Japanese
    r"[点點][击擊](?!率)|[订訂][阅閱](?:我|本)|[阅閱][读讀](?:全文|更多)|[关關]注我|扫码|[责責]任[编編][辑輯]|相关阅读|分享(?:到|至|本文)",
    r"続きを読む|会員登録|購読(?:はこちら|する|登録)|あわせて読みたい|関連記事|シェアする|フォローする",
)
"""What a sentence that speaks to the reader begins with."""

_ANYWHERE = (
    # English
    (
        r"(?:subscribe|sign(?:ing)? up) (?:to|for) (?:our|the|your|a|this)\b.{0,40}(?:newsletter|update|email|inbox|"
        r"alert)"
    ),
    r"free newsletter|delivered (?:directly |straight )?to your inbox|all rights reserved|(?<![^\s(\[])©|\(c\) ?20\d\d",
    r"the post .{1,200} (?:appeared first|first appeared) on|first appeared on .{1,40}\.$|enable javascript",
    r"click here|to continue reading|accept (?:our |all )?cookies|our (?:privacy|cookie) policy|terms of use",
    (
        r"share this (?:article|story|post)|follow us on|support our journalism|our standards: the thomson|"
        r"\(reporting by .{3,200}\)$"
    ),
    r"this (?:article|story) was (?:originally|first) published|\(?\d+ min(?:ute)?s? read\)?$",
    # what a blog adds to its feed
    r"sembra essere il primo su|erschien zuerst auf|est apparu en premier|(?:se publicó|apareció) primero en",
    r"apareceu primeiro em|verscheen eerst op|появил\w{1,3} сначала на|pojawił\w{0,2} się (?:najpierw|początkowo)",
    # German, French, Spanish, Russian, Arabic
    r"alle rechte vorbehalten|tous droits réservés|todos los derechos reservados|все права защищены",
    r"наш(?:ем)? (?:telegram|телеграм)|нашу рассылку|جميع الحقوق محفوظة|نشرتنا",
    # Korean
    r"무단 ?전재|재배포 ?금지|저작권자|기자 ?[\w.+-]{1,40}@|뉴스레터를 (?:구독|받아)|구독과 좋아요|앱 다운로드",
    # Chinese, Japanese
    r"版[权權]所有|未[经經]授[权權]|[请請]勿[转轉][载載]|禁止[转轉][载載]|下载(?:客户端|app)|無断転載|転載禁止|メールマガジン",
)
"""What only a call, a notice of rights or a by-line holds, wherever it stands."""

_SEARCHED = 400
_TITLE_SLACK = 24
"""Characters that a title line may have beyond the title: a section's name before it, an outlet's after it."""
_LETTERS = re.compile(r"[^\W_]+")
_LEAD = re.compile(rf"\W{{0,12}}(?:{'|'.join(_LEADS)})")
_INSIDE = re.compile("|".join(_ANYWHERE))


def is_boilerplate(sentence: str) -> bool:
    """Say whether a sentence or line (plain text, one block) calls on the reader instead of telling the news.

    Only its first 400 characters are searched: a longer paragraph is no call to action.
    """
    head = sentence[:_SEARCHED].lower()  # the patterns are in small letters: twice as fast as without regard to case
    return _LEAD.match(head) is not None or _INSIDE.search(head) is not None


def is_title(line: str, title: str) -> bool:
    """Say whether a line is the title and little else: a section's name before it, an outlet's after it."""
    if len(line) > len(title) + min(len(title), _TITLE_SLACK):
        return False
    letters = bare(title)
    return bool(letters) and letters in bare(line)


def bare(text: str) -> str:
    """Letters and digits alone, without regard to case and to the kind of apostrophe."""
    return "".join(_LETTERS.findall(text.casefold()))
