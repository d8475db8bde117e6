"""Pages that stand in an article's place: they want the reader to prove something, or to agree to something.

Such a page is told by its title or by what it says, and by whom it speaks to: it speaks to its reader ("verify you are
human", "we value your privacy"), where a story about such a page tells of others.
"""

from __future__ import annotations

import enum
import re

from digest.stories.sentences import split_sentences
from digest.stories.speech import outside_quotations

_LONGEST = 6_000
"""Characters of a page that is nothing but an obstacle."""
_MOST_OTHERS = 1
"""Sentences on it that tell of somebody else than the reader and the site."""
_PROSE, _CALL = 9, 16
"""Words that make a line a sentence of prose, and that a call to the reader has at most."""


class PageProblem(enum.StrEnum):
    """Why a page is no article, in words that follow the name of the page."""

    CHALLENGE = "it asks for proof that a person is reading, so the article is not on it"
    CONSENT = "it asks for consent to cookies, so the article is not on it"
    DENIED = "the site refuses to show it, so the article is not on it"
    MISSING = "the site says that there is no such page"
    READERS_ONLY = "it is for readers who log in or subscribe, so the article is not on it"


_CHALLENGE_TITLE = re.compile(
    r"just a moment\W*|attention required!?.{0,20}|(?:please )?(?:verify|confirm) (?:that )?you are (?:a "
    r")?human\W*|security (?:check|"
    r"verification).{0,30}|ddos-guard|are you (?:a )?(?:robot|human)\W*|robot or human\W*|pardon our "
    r"interruption\W*|one more step.{0,20}|"
    r"checking your browser.{0,30}|human verification|captcha.{0,30}|bot verification|einen moment\W*|un "
    r"instant\W*|один момент\W*|"
    r"잠시만 기다리십시오\W*|请稍候\W*|しばらくお待ちください\W*",
    re.IGNORECASE,
)
_CHALLENGE_WORDS = re.compile(
    r"enable javascript and cookies to continue|verify (?:that )?you are (?:a |not a )?(?:human|robot)|"
    r"verifying you are human|"
    r"needs to review the security of your connection|checking (?:if the site connection is secure|your browser "
    r"before)|"
    r"unusual traffic from your (?:computer )?network|complete the (?:captcha|security check)|why do i have to "
    r"complete a captcha|"
    r"please (?:enable|turn on) (?:js|javascript) and disable any ad ?blocker|prove (?:that )?you(?:'re| are) "
    r"(?:human|not a robot)|"
    r"let us know (?:that )?you(?:[’']re| are) not a robot|click the box (?:below )?to|"
    r"press (?:and|&) hold to confirm|our systems have detected unusual|aktivieren sie javascript und cookies|"
    r"bestätigen sie, dass sie ein mensch|"
    r"vérifi\w{1,3} que vous êtes (?:un )?humain|подтвердите, что (?:вы )?(?:не робот|человек)|"
    r"确认您是真人|사람인지 확인|로봇이 아닙니다",
    re.IGNORECASE,
)
_DENIED_TITLE = re.compile(
    r"access (?:to this page )?(?:has been )?denied.{0,30}|(?:error )?403\b.{0,30}|forbidden|you have been "
    r"blocked.{0,30}|zugriff verweigert.{0,20}|"
    r"accès refusé.{0,20}|доступ (?:запрещ[её]н|ограничен).{0,20}|429 too many requests|request (?:blocked|"
    r"unsuccessful).{0,20}",
    re.IGNORECASE,
)
_DENIED_WORDS = re.compile(
    r"you don['’]t have permission to access|sorry, you have been blocked|access to this (?:page|site|website) "
    r"has been (?:denied|blocked)|"
    r"(?:recognize|see) (?:that )?you are attempting to access this (?:web)?site from|"
    r"your (?:request|access|ip(?: address)?) has been (?:blocked|denied)|not available in your (?:country|region)",
    re.IGNORECASE,
)
_MISSING_TITLE = re.compile(
    r"(?:error )?(?:404|410)\b.{0,40}|(?:page|article|story|content) (?:not found|unavailable|is gone).{0,30}|"
    r"not found|"
    r"seite nicht gefunden.{0,30}|page introuvable.{0,30}|página no encontrada.{0,30}|страница не найдена.{0,30}|"
    r"페이지를 찾을 수 없습니다.{0,20}|找不到(?:页面|頁面).{0,20}|ページが見つかりません.{0,20}",
    re.IGNORECASE,
)
_MISSING_WORDS = re.compile(
    r"the (?:page|article|story|content) (?:that )?(?:you (?:were|are|requested)|you[’']re)\b.{0,60}"
    r"(?:moved|found|exist|removed|available|deleted)|(?:page|article) (?:could not|cannot|can[’']t) be found|"
    r"die (?:angeforderte|gesuchte) seite|la page (?:demandée|que vous)|запрашиваемая страница",
    re.IGNORECASE,
)
_READERS_TITLE = re.compile(r"(?:log|sign) ?in\W*|subscribe\W*|(?:subscriber|member)s?[ -]only.{0,20}", re.IGNORECASE)
_READERS_WORDS = re.compile(
    r"already (?:registered|a (?:subscriber|member)|have an account)|to (?:continue|keep) reading|"
    r"(?:subscribe|register|sign up|log in|sign in) (?:now )?(?:to (?:continue|read|keep)|for full access)|"
    r"you(?:[’']ve| have) (?:reached|used|read) (?:all )?(?:your|the|\d+)\b.{0,30}(?:limit|articles?)|"
    r"this (?:article|content|story) is (?:for|available to|reserved for|exclusively? for) "
    r"(?:our )?(?:subscribers|members)",
    re.IGNORECASE,
)
_CONSENT_TITLE = re.compile(
    r"before you continue to .{1,40}|bevor sie (?:zu|mit) .{1,40}|avant d['’]accéder à .{1,40}|antes de (?:ir a|"
    r"continuar|acessar) .{1,40}|"
    r"(?:cookie|privacy) (?:consent|settings|notice).{0,30}|cookies? und datenschutz.{0,30}|"
    r"datenschutz-?einstellungen.{0,30}|"
    r"(?:your )?privacy (?:choices|matters)|we value your privacy.{0,20}|consent.{0,20}|.{0,40}\bmit werbung "
    r"(?:lesen|weiterlesen)",
    re.IGNORECASE,
)
_CONSENT_WORDS = re.compile(
    r"we (?:value|respect|care about) your privacy|we (?:and our (?:\d+ )?partners )?(?:use|store) cookies|use "
    r"cookies and (?:other )?data|"
    r"this (?:site|website) uses cookies|wir (?:und unsere (?:\d+ )?partner )?(?:verwenden|nutzen|setzen) "
    r"(?:auf )?cookies|cookies und daten|"
    r"(?:nous (?:et nos (?:\d+ )?partenaires )?utilisons|notre site utilise) des cookies|respect\w* (?:de "
    r")?votre vie privée|"
    r"(?:utilizamos|usamos) cookies|respetamos (?:tu|su) privacidad|(?:utilizziamo|usiamo) (?:i )?cookie|"
    r"мы используем (?:файлы )?cookie|(?:wir|we) schätzen ihre privatsphäre|pur-abo|werbung und tracking|"
    r"使用\s?cookie|쿠키를 사용|gebruiken cookies",
    re.IGNORECASE,
)
_WE = re.compile(
    r"\b(?:we|our|us|you|your|wir|unsere?[rnms]?|uns|sie|ihren?|ihrer?|ihnen|nous|nos|notre|vous|vos|votre|"
    r"nosotros|nuestr\w+|usted|tus?|sus?|"
    r"você|nossos?|noi|nostr\w+|tuoi?|мы|наш\w*|вы|вас|ваш\w*|wij|onze|uw)\b|当社|お客様|我们|您|우리|귀하",
    re.IGNORECASE,
)


def page_problem(title: str, text: str) -> PageProblem | None:
    """Say what stands in the place of an article, if something does.

    Args:
        title: of the page, one clean line; or "".
        text: what can be read on it, or what was found to be its article.
    """
    if len(text) > _LONGEST:
        return None
    sentences = split_sentences(text)
    for problem, titles, words in _OBSTACLES:
        others = sum(not _speaks_to_reader(sentence, words) for sentence in sentences)
        told = titles.fullmatch(title.strip()) or any(_is_call(sentence, words) for sentence in sentences)
        if told and others <= _MOST_OTHERS:
            return problem
    return None


_OBSTACLES = (
    (PageProblem.CHALLENGE, _CHALLENGE_TITLE, _CHALLENGE_WORDS),
    (PageProblem.DENIED, _DENIED_TITLE, _DENIED_WORDS),
    (PageProblem.CONSENT, _CONSENT_TITLE, _CONSENT_WORDS),
    (PageProblem.MISSING, _MISSING_TITLE, _MISSING_WORDS),
    (PageProblem.READERS_ONLY, _READERS_TITLE, _READERS_WORDS),
)


def _is_call(sentence: str, words: re.Pattern[str]) -> bool:
    """Say whether a sentence is what such pages say: short, or of the site itself."""
    said = outside_quotations(sentence)
    return words.search(said) is not None and (len(said.split()) <= _CALL or _WE.search(said) is not None)


def _speaks_to_reader(sentence: str, words: re.Pattern[str]) -> bool:
    """Say whether a sentence may stand on such a page: no prose, or said to the reader, or of the site itself."""
    prose = len(sentence.split()) >= _PROSE
    return not prose or _is_call(sentence, words) or _WE.search(sentence) is not None
