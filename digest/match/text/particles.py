"""What may be attached to a word without making it another word: Korean, Arabic and Hebrew.

Closed lists, each with its grounds; no stemming. All words here are folded.
"""

from __future__ import annotations

import functools
import re


def _list(words: str) -> list[str]:
    """Words written apart."""
    return words.split()


# --- Korean ------------------------------------------------------------------------------------------------------
#
# A noun is followed by particles without a space. Some depend on how the noun ends, which is what keeps a chance
# syllable from passing for a particle: after a vowel 가 는 를 와 로, after a consonant 이 은 을 과 으로.

_AFTER_ANY = _list("""
    의 에 에서 서 에서부터 에게 에게서 에다 에다가 께 께서 한테 한테서 하고 부터 까지 처럼 만큼 보다 엔 에선 에겐
    에게선 께선 한텐 한테선 부턴 까진 보단 밖엔 대로 마다 도 만 만으로 만으론 만에 마저 조차 커녕 밖에 뿐 같이 이다
    이며 이고 이지만 이라고 이라는 이라 이란 이라며 이라면 이라지만 이라던 이라곤 이어서 이었다 이었던 이었지만 이었고
    이었으며 이었으나 이던 이자 이면서 이라서 이니 이니까 이기도 이야 이에요 이냐 인 인데 인지 인가 인가요 일까 입니다
""")
_AFTER_VOWEL = _list("""
    가 는 를 와 랑 나 라도 든 든지 야말로 라고 라는 란 라며 라면 라서 라지만 라던 라곤 다 며 지만 였다 였던 였지만
    였고 였으며 였으나 여서 예요 는커녕
""")
_AFTER_CONSONANT = _list("""
    이 은 을 과 이랑 이나 이라도 이든 이든지 이야말로 은커녕
""")

_TOWARDS = _list("로 론 로서 로선 로써 로부터 로부턴")
"""Behind a final ㄹ as behind a vowel; behind any other consonant with 으: 서울로, 북한으로."""

_SECOND = _list("""
    는 도 만 의 은 이 을 가 를 까지 부터 조차 마저 나 이나 라도 이라도 밖에 뿐 처럼 만큼 보다 나마
    나마도 만은 만이 만을 만의 까지도 까지는 인 이다 과 와
""")
"""What may follow a particle: 북한에서는, 북한까지도, 북한만의."""

_STATE = _list("""
    정부 당국 당국자 대사관 대사관저 대사 영사관 총영사관 총영사 영사 대표부 대표단 대표 공관 공사 외교부 외무부
    외무성 외무상 외무장관 외교장관 외교관 외교 국방부 국방성 국방장관 국방상 통일부 내각 의회 국회 총리 총리실 대통령
    대통령실 대통령궁 주석 국왕 국가주석 지도자 지도부 위원장 국무위원장 총비서 의장 의원 정권 체제 과도정부 임시정부
    망명정부 부통령 부총리 총재 총서기 서기장 수상 국무장관 부장관 부장 부부장 부위원장 왕실 왕세자 왕국군 최고지도자
    수뇌부 상원 하원 상원의원 하원의원 최고인민회의 법원 대법원 검찰 경찰청 보위부 중앙은행 세관 대변인 대변인실
    특별대표 후보 여사 씨 사무소 연락사무소 영사부 문화원 시청 시장 시의회 특사 사절단 고위급 관리 관료 관계자 담당자
    담당관 장관 차관 군 군대 군부 군인 군사 군사훈련 훈련 연합훈련 합동훈련 병사 병력 육군 해군 공군 인민군 반군
    민병대 혁명수비대 경찰 정보부 정보국 정보기관 정보당국 특수부대 부대 함대 군함 전투기 여객기 항공기 헬기 드론
    무인기 잠수함 전차 무기 선박 어선 상선 유조선 화물선 공작원 간첩
""")
"""What a state has: its offices, its people in office, its forces."""

_PEOPLE = _list("""
    인 주민 국민 시민 사람 여성 남성 어린이 난민 이주민 교민 동포 출신 선수 선수단 대표팀 팀 축구 노동자 근로자 인력
    선원 해커 해킹 유학생 학생 청년 청소년 아동 관광객 전문가 식당 사회 이탈주민 탈북민 탈북자 매체 언론 방송 통신
    신문 국영방송 국영통신 관영매체 특파원 지국 야당 여당 노동당 공산당 국적
""")
"""Who lives there, who speaks for it."""

_AFFAIRS = _list("""
    핵 핵무기 핵실험 핵시설 핵개발 시설 기지 실험 개발 핵탄두 핵프로그램 미사일 탄도미사일 순항미사일 위성 정찰위성
    로켓 발사체 도발 위협 공격 공습 폭격 침공 침략 파병 제재 정책 정세 상황 현안 전략 문제 관계 사태 내전 전쟁 전 전선
    분쟁 위기 휴전 평화 협상 회담 정상회담 정상 외교관계 합의 협정 조약 동맹 협력 교류 지원 원조 거래 무역 교역 수출
    수입 투자 경제 기업 산업 에너지 석유 원유 석탄 천연가스 가스관 원전 곡물 문화 영화 음식 인권 선거 대선 총선 시위
    혁명 쿠데타 지진 대지진 홍수 산불 참사 테러 올림픽 월드컵 아시안게임 방문 방북 여행 관광 철수 개방 비핵화 통일
    수교 관련 주재
""")
"""What it does and what happens to it."""

_PLACES = _list("""
    내 측 쪽 행 발 계 간 령 국경 접경 접경지역 영토 영공 상공 영해 해역 해안 지역 지방 전역 일대 인근 주변 남부 북부
    동부 서부 중부 남서부 남동부 북서부 북동부 수도 도심 시내 외곽 본토 연안 시 공항 항구 공화국 연방 왕국 땅 지구
    해협 반도
""")
"""Where it is."""

_KINDS = _list("제 식 판 형")
"""Of its make or manner: 이란제 드론, 리비아식 해법, 북한판 이스칸데르, 한국형 미사일."""

HEADS = frozenset([*_STATE, *_PEOPLE, *_AFFAIRS, *_PLACES, *_KINDS])
"""Nouns that a name is written together with and stays itself before: 북한대사관, 시리아정부. Never a syllable that
makes another name of it (북한산 and 북한강 are a mountain and a river, 인도적 and 인도양 not of India)."""

PREFIXES = frozenset(_list("대 주 친 반 탈 재 범"))
"""Sino-Korean prefixes before a name: 대시리아 (towards), 주시리아 (stationed in), 친 and 반 (pro, anti)."""

_FIRST_HANGUL, _LAST_HANGUL = "가", "힣"


def _ends_in_vowel(syllable: str) -> bool:
    """Whether a particle after this syllable takes its form for vowels."""
    return (ord(syllable) - ord(_FIRST_HANGUL)) % 28 == 0


def _chain(first: list[str]) -> re.Pattern[str]:
    """A regular expression of 들 (the plural), a particle, and what may follow it."""
    return re.compile(f"(?:{'|'.join(first)})(?:{'|'.join(_SECOND)})?")


_SOFTENED = [f"으{particle}" for particle in _TOWARDS]
_VOWEL_CHAIN = _chain([*_AFTER_ANY, *_AFTER_VOWEL, *_TOWARDS])
_CONSONANT_CHAIN = _chain([*_AFTER_ANY, *_AFTER_CONSONANT, *_SOFTENED])
_RIEUL_CHAIN = _chain([*_AFTER_ANY, *_AFTER_CONSONANT, *_TOWARDS])
_ANY_CHAIN = _chain([*_AFTER_ANY, *_AFTER_VOWEL, *_AFTER_CONSONANT, *_TOWARDS, *_SOFTENED])


@functools.lru_cache(maxsize=20_000)
def is_korean_tail(last: str, tail: str, heads: int = 2) -> bool:
    """Whether ``tail`` may follow a word that ends in the letter ``last``: heads (two at most), then particles."""
    if not tail:
        return True
    if _particles_after(last).fullmatch(tail):
        return True
    if tail[0] == "들" and heads:
        return is_korean_tail("들", tail[1:], 0)
    if not heads:
        return False
    return any(
        tail[:length] in HEADS and is_korean_tail(tail[length - 1], tail[length:], heads - 1)
        for length in range(1, len(tail) + 1)
    )


def _particles_after(last: str) -> re.Pattern[str]:
    """The particles that agree with the letter before them; all of them after a foreign letter."""
    if not _FIRST_HANGUL <= last <= _LAST_HANGUL:
        return _ANY_CHAIN
    if _ends_in_vowel(last):
        return _VOWEL_CHAIN
    is_rieul = (ord(last) - ord(_FIRST_HANGUL)) % 28 == 8
    return _RIEUL_CHAIN if is_rieul else _CONSONANT_CHAIN


def is_korean_particle(word: str) -> bool:
    """Whether a Hangul word on its own is particles alone, as they stand behind a foreign word (``NATO는``)."""
    return _ANY_CHAIN.fullmatch(word) is not None


# --- Arabic and Hebrew -------------------------------------------------------------------------------------------
#
# Conjunctions, prepositions and the article are written as one with the word behind them, one after another in a
# fixed order. Shorter words than four letters are left alone: with a letter in front they are too often other words.

ATTACHING_LENGTH = 4

_ARABIC_LEAD = re.compile("[وف]?[بكل]?(?:ال)?|[وف]?لل")
_HEBREW_LEAD = re.compile("ו?(?:כש|לכש|מש|ש)?[בלמכ]?ה?")


def is_arabic_lead(lead: str) -> bool:
    """Whether these letters are particles before an Arabic word: و ف, then ب ك ل, then ال (ل + ال is لل)."""
    return _ARABIC_LEAD.fullmatch(lead) is not None


def is_hebrew_lead(lead: str) -> bool:
    """Whether these letters are particles before a Hebrew word: ו, then ש (also כש מש לכש), then ב ל מ כ, then ה."""
    return _HEBREW_LEAD.fullmatch(lead) is not None


def contracted(word: str) -> str:
    """The form of an Arabic word with the article behind ل; empty for other words.

    The article loses its alif (الشمالية → للشمالية), and of three ل in a row one goes too (اللاجئين → للاجئين).
    """
    if not word.startswith("ال") or len(word) < ATTACHING_LENGTH:
        return ""
    return "لل" + word[2:].removeprefix("ل")
