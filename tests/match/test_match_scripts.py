"""The finer grain of what counts as a match: every particle, apostrophe, dash, tag and sign on its own."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import QueryError, RuleSet, query_rule
from digest.match.text.fold import folded
from digest.text import clean_line, html_to_text
from digest.values.news import EntryText, Hit

if TYPE_CHECKING:
    from collections.abc import Callable


def finds(query: str, markup: str) -> bool:
    """Whether a query finds a title, given as HTML; each hit must be what stands at its place."""
    text = html_to_text(markup)
    matches = RuleSet([query_rule(query)]).match_entry(EntryText(title=text))
    for match in matches:
        for hit in match.hits:
            assert hit.text == text[hit.start : hit.end]
    return bool(matches)


BEHIND_KOREAN = {  # a word → what may follow it without a space
    "북한": """
        은 이 을 과 의 에 에서 에서는 에서도 에서의 에서만 에선 에게 에게는 에겐 으로 으로는 으론 으로서 으로써
        으로부터 으로부터의 이라고 이라는 이라며 이라지만 이나 이든 이며 이었던 까지 까지도 까진 부터 부터는 만 만이
        만을 도 조차 조차도 마저 마저도 처럼 보다 보다는 보단 만큼 밖에 뿐 하고 한테 께 께서 께서는 이랑 대로 마다
        대사관 대사관에서 정부 정부가 당국은 외무성 군 군이 군부 주민 주민들이 대표단 총리 정권의 핵실험을 무기 미사일
        노동당 인민군 외교부 제재 측은 내 내에서 매체 식당 전문가 선박 사회 관련 이탈주민 주재
    """,
    "시리아": """
        는 가 를 와 의 로 로서 로써 로부터 로의 에선 에겐 라고 라는 라며 라지만 란 나 든 다 며 지만 였던 까지도 만이
        마저 께서 와는 와의 라도 야말로 대사관 정부군 정부군이 대통령은 반군 난민들 내전 사태 외무부 수도 북부에서
    """,
    "서울": "은 이 로 로는 로부터 에선 시 시는",
    "이스라엘": "로 군은 총리가",
    "가자": "지구 지구에서 지구는",
    "대만": "해협 해협의 군",
    "김정은": "은 이 에게 과 위원장 총비서가",
}
NOT_BEHIND_KOREAN = {  # another word, or a particle that does not agree
    "북한": "산 강 강에서 산의 는 가 를 와 로 라고 며",
    "시리아": "은 이 을 과 으로 으론",
    "서울": "으로 으로는 가 는 대학교",
    "인도": "네시아 양 적 주의 네시아에서",
    "대만": "족 큼",
    "이란": "성",
    "한국": "어",
    "중국": "집 어",
    "부산": "물",
    "평양": "냉면",
}
BEFORE_ARABIC = {
    "سوريا": "و ف ب ك ل ال وب ول فل وال بال فبال كال وبال",
    "إيران": "و ب ل وب",
    "سورية": "لل ولل ال وال",
    "لاجئين": "ل ال لل و وال",
}
BEFORE_HEBREW = {"סוריה": "ו ב ל מ ה ש כ וב של שב ושב מה וכשב", "ארצות": "ל ב מ ה וב"}


def _joined(table: dict[str, str], *, lead: bool = False) -> list[tuple[str, str]]:
    """(written as one, the word) for each word and what is attached to it."""
    return [(part + word if lead else word + part, word) for word, parts in table.items() for part in parts.split()]


@pytest.mark.parametrize(("text", "word"), _joined(BEHIND_KOREAN))
def test_a_korean_word_stands_before_particles_and_heads(text: str, word: str) -> None:
    """Particles agree with the last letter; heads are a closed list, and carry particles too."""
    assert finds(word, f"{text} 발표")


@pytest.mark.parametrize(("text", "word"), _joined(NOT_BEHIND_KOREAN))
def test_a_korean_word_is_never_a_mere_prefix(text: str, word: str) -> None:
    """What is neither particle nor head makes another word, or no Korean."""
    assert not finds(word, f"{text} 발표")


@pytest.mark.parametrize(("text", "word"), _joined(BEFORE_ARABIC, lead=True) + _joined(BEFORE_HEBREW, lead=True))
def test_attached_particles_come_off_long_words(text: str, word: str) -> None:
    """Arabic and Hebrew particles in their order; each word keeps its own offsets."""
    assert finds(word, f"x {text} x")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        *(("آسوريا", "سوريا"), ("سأسوريا", "سوريا"), ("بمصر", "مصر"), ("اليمن", "يمن"), ("سوريان", "سوريا")),
        *(("תסוריה", "סוריה"), ("סוריהת", "סוריה"), ("בעזה", "עזה")),
    ],
)
def test_other_letters_and_short_words_stay_attached(text: str, word: str) -> None:
    """What is no particle makes another word, and words under four letters are left alone."""
    assert not finds(word, text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        *(("لليمن", "اليمن"), ("ولليمن", "اليمن"), ("للاجئين", "اللاجئين"), ("وللاجئين", "اللاجئين")),
        *(("للبنانية", "اللبنانية"), ("للسوريين", "السوري*")),
    ],
)
def test_the_arabic_article_behind_li(text: str, word: str) -> None:
    """ل + ال is لل, and of three ل in a row one is not written."""
    assert finds(word, text)


@pytest.mark.parametrize("sign", "'\u2018\u2019\u02bc\u02b9\u02bb\u2032\u00b4`\uff07")
def test_every_apostrophe_separates(sign: str) -> None:
    """Whatever its shape, also where Unicode has it for a letter; so terms and texts may differ in it."""
    assert finds("ambassade", f"l{sign}ambassade")
    assert finds("п'ять NEAR/0 країн", f"п{sign}ять країн")
    assert finds('"Suriye nin"', f"Suriye{sign}nin")


@pytest.mark.parametrize("sign", "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d\ufe63_\u05be\u200b\u00a0\u3000/·…|🔥")
def test_every_dash_space_and_sign_separates(sign: str) -> None:
    """Words on both sides count, and make a phrase."""
    assert finds('"North Korea"', f"North{sign}Korea")


@pytest.mark.parametrize("sign", "\u00ad\u200c\u200d\u2060\ufeff\u200e\u200f\u034f\u180e")
def test_invisible_characters_vanish(sign: str) -> None:
    """Soft hyphens, joiners and direction marks are nothing."""
    assert finds("Pyongyang", f"Pyong{sign}yang")


@pytest.mark.parametrize("dot", "·・･ㆍ‧•∙ᆞ")
def test_a_middle_dot_separates(dot: str) -> None:
    """Korean and Japanese join names with dots of many shapes, one of which is an old vowel to Unicode."""
    assert finds('"북한 시리아"', f"북한{dot}시리아의 수교")
    assert finds('"キム ジョンウン"', f"キム{dot}ジョンウン")


@pytest.mark.parametrize("tag", ["p", "div", "li", "td", "th", "tr", "h1", "blockquote", "dt", "section", "figcaption"])
def test_block_tags_break_a_phrase(tag: str) -> None:
    """Words are apart on both sides, but belong to no phrase and no NEAR."""
    markup = f"North<{tag}>Korea</{tag}>talks"
    assert finds("North AND Korea AND talks", markup)
    assert not finds('"North Korea" OR "Korea talks" OR Korea NEAR/9 talks', markup)


MARKUP = [
    ("<b>Syr</b>ia", "Syria", True),
    ("Sy<!-- no -->ria", "Syria", True),
    ("<i>North</i> <em>Korea</em>", '"North Korea"', True),
    ("Pyong<wbr>yang", "Pyongyang", True),
    ("<![CDATA[Syria]]>", "Syria", True),
    ("x<!-- Syria -->", "Syria", False),
    ("<script>Syria</script><style>Syria</style>x", "Syria", False),
    ('<img alt="Syria" src="syria.png">x', "Syria", False),
    ('<a href="x" title="a > b Syria">x</a>', "Syria", False),
    ("&#83;yria", "Syria", True),
    ("&#x53;yria", "Syria", True),
    ("North&ensp;Korea&amp;rsquo;s plan", '"North Korea plan"', True),
    ("&lt;b&gt;Syria&lt;/b&gt;", "Syria", True),
    ("5 < 6 Syria > 4", "Syria", True),
    ("<속보> 북한", "속보", True),
]
ACRONYMS = [
    ("in the U.S.", "US", True),
    ("in the U.S. The end", "US", True),
    ("U.N.’s chief", "=UN", True),
    ("U.S.-South Korea drills", '"US South Korea"', True),
    ("U.S.A", "USA", True),
    ("(U.S.), Korea", '"US Korea"', True),
    ("Washington D.C.-based", "DC", True),
    ("US envoy", '"U.S. envoy"', True),
    ("us envoy", '"U.S. envoy"', False),
    ("u.s.", "=US", False),
    ("e.g. this", "EG", False),
    ("N.Korea fires", '"N. Korea"', True),
    ("who says", "=WHO", False),
    ("USA", "=US", False),
    ("ＵＳ", "=US", True),
    ("été", "=Été", False),
    ("NATO는", "=NATO", True),
]
NUMBERS = [
    ("Covid-19", '"Covid 19"', True),
    ("covid 19", "Covid-19", True),
    ("COVID19", "Covid-19", False),
    ("G-7", "G7", False),
    ("5G서비스", "5G", True),
    ("5G", "G", False),
    ("B52", "B", False),
    ("6자회담", "6자회담", True),
    ("2024년", "2024", True),
    ("日本2024", "日本", True),
    ("F-16s", "F-16", False),
    ("10,000 troops", "10,000", True),
    ("۲۰۲۴", "2024", True),
    ("๒๕๖๗", "2567", True),
    ("1990's", "1990", True),
]
LETTERS = [
    ("Þór Ærø Œuvre Ødegaard", "Thor AND Aero AND oeuvre AND Odegaard", True),
    ("Győr Čapek Åland Ħamrun", "Gyor AND Capek AND Aland AND Hamrun", True),
    ("Müller", "Mueller", False),
    ("𝐒𝐲𝐫𝐢𝐚 Ⓢⓨⓡⓘⓐ ſtop", "Syria AND stop", True),
    ("TRIỀU TIÊN", '"trieu tien"', True),
    ("ISPARTA ĞAZİ", "ısparta AND gazi", True),
    ("Ἀθῆναι ᾅδης µικρό", "Αθηναι AND αδης AND μικρο", True),
    ("Київ Ўзбекистон Америка́", "Киів AND Узбекистон AND Америка", True),
    ("Cирия", "Сирия", False),
    ("क़लम", "कलम", False),
    ("सीरिया", "सिरिया", False),
    ("कोरिया।", "कोरिया", True),
    ("Սիրիա სირია", "սիրիա AND სირია", True),
    ("مسؤول رئيس آيران ٱيران", "مسوول AND رييس AND ايران", True),
    ("ﺳﻮﺭﻳﺎ", "سوريا", True),
    ("سوريه", "سورية", False),
    ("カ\u3099サ\u3099", "ガザ", True),
    ("パリ", "バリ", False),
    ("サーバー", "サーバ", False),
    ("ロシアウクライナ", "ロシア", False),
    ("关于和服务", "和服", False),
    ("中国家庭", "国家", False),
    ("驻叙利亚大使馆", "大使馆 NEAR/0 叙利亚", True),
    ("中国总统和美国", "中国 NEAR/2 美国", False),
    ("中国总统和美国", "中国 NEAR/3 美国", True),
    ("สหรัฐฯ น้ำท่วม", "สหรัฐ AND น้ำ", True),
    ("북한의 핵실험을 시리아와", '"북한 핵실험 시리아"', True),
    ("시리아 수교", '"시리아와 수교"', False),
    ("UN의 결의", '"UN 결의"', True),
    ("‘북한’의 핵실험을", '"북한 핵실험"', True),
    ("“북한”은 시리아와", "북한 NEAR/0 시리아", True),
]


@pytest.mark.parametrize(("markup", "query", "expected"), [*MARKUP, *ACRONYMS, *NUMBERS, *LETTERS])
def test_spellings_and_markup(markup: str, query: str, expected: bool) -> None:  # noqa: FBT001 (a column of a table)
    """Markup is never text, acronyms keep their capitals, digits stay with letters, letters fold by script."""
    assert finds(query, markup) is expected


# Letters that fold to none, to several, or together with what stands beside them; signs that vanish or separate.
PIECES = [
    *("U.S.", "U.S.’s", "D.P.R.K.", "Ｕ．Ｓ．", "p.m.", "us", "Korea’s", "l’ambassade", "Suriye'nin", "”’s", "Syria"),
    *("ﬁ", "oﬃce", "Straße", "STRAẞE", "ĳ", "Zu\u0308rich", "e\u0302\u0301", "\u0301", "Łódź", "İran", "ı", "𝐒𝐲𝐫𝐢𝐚"),
    *(
        "Kim Jong-un",
        "№5",
        "5½",
        "CO₂",
        "G7",
        "10,000",
        "Королёв",
        "ки\u0301ев",
        "С.Ш.А.",
        "Συρίας",
        "ΣΥΡΙΑΣ",
        "\u0345",
    ),
    *("سُورِيَا", "سوريا", "ولسوريا", "للسورية", "السورية", "ﺳﻮﺭﻳﺎ", "ﷺ", "ﻻ", "كــوريا", "صفحۀ", "می\u200cشود"),
    *("סוריה", "בְּסוּרְיָה", "ארה״ב", "ארה''ב", "בג׳נין", "\ufb2a", "北朝鮮", "朝鮮", "東京都", "习近平和", "中国", "国家"),
    *(
        "북한",
        "북한에서는",
        "대북한",
        "‘북한’의",
        "북한산",
        "\u1107\u116e\u11a8\u1112\u1161\u11ab",
        "한\u11ab",
        "ㅋㅋ",
        "6월",
    ),
    *("NATO는", "〇", "々", "シリア", "ｼﾘｱ", "ｶﾞ", "カ\u3099", "ガ", "ー", "は", "㍿", "㌔", "\uf900", "น้ำ", "เกาหลี"),
    *("क़लम", "क\u093cलम", "कोरिया", "श्री", "မြန်မာ", "កម្ពុជា", "😀", "👨\u200d👩\u200d👧", "1\ufe0f\u20e3", "🇰🇵"),
    *("\u200b", "\u00ad", "\u200d", "\u2060", "\u200f", "\u1160", "\u3164", "\x1f", "\n", " ", " ", " ", "®", "™", "*"),
    *"-_.'’\"()/|…",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=10).map("".join)
TERMS = (
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=3)
    .map(lambda pieces: re.sub(r'["“”„‟＂*~\s]+', " ", "".join(pieces)).strip())
    .filter(bool)
)
SHAPES: dict[str, Callable[[str, str], str]] = {
    "phrase": lambda one, _: f'"{one}"',
    "case": lambda one, _: f'="{one}"',
    "wildcard": lambda one, _: f'"{one}*"',
    "loose": lambda one, other: f'"{one} {other}"~2',
    "near": lambda one, other: f'"{one}" NEAR/2 ="{other}"',
    "ordered": lambda one, other: f'"{one}*" ONEAR/1 "{other}"',
    "count": lambda one, other: f'1 OF ("{one}", ="{other}")',
    "field": lambda one, other: f'summary:("{one}" OR "{other}*")',
    "regex": lambda one, _: "/" + re.escape(one).replace("/", r"\/") + "/",
    "regex near": lambda one, _: rf'/\pL+/ NEAR/2 "{one}"',
}


def _hits(query: str, entry: EntryText) -> tuple[Hit, ...]:
    """The hits of a query, none if it does not match or is no query (a term of signs alone, a short wildcard)."""
    try:
        rule = query_rule(query)
    except QueryError:
        return ()
    return tuple(hit for match in RuleSet([rule]).match_entry(entry) for hit in match.hits)


@pytest.mark.parametrize("shape", SHAPES)
@given(st.data())
def test_hits_of_every_shape_stand_where_they_say(shape: str, data: st.DataObject) -> None:
    """Words, phrases, wildcards, case, NEAR and regexes: offsets point into the plain field, whatever stands there."""
    one, other = data.draw(TERMS), data.draw(TERMS)
    before, between, after = data.draw(TEXTS), data.draw(TEXTS), data.draw(TEXTS)
    entry = EntryText(title=f"{before}{one}{between}{other}{after}", summary=f"{one} {other}{after}")
    for hit in _hits(SHAPES[shape](one, other), entry):
        plain = entry.title if hit.field == "title" else entry.summary
        assert 0 <= hit.start < hit.end <= len(plain)
        assert plain[hit.start : hit.end] == hit.text
        if "regex" not in shape:
            # From letter to letter: no space is shown, and no mark cut off from the letter before it.
            assert hit.text == hit.text.strip()
            assert not unicodedata.combining(hit.text[0]) or unicodedata.combining(one[0])
            assert not hit.text[-1].isalnum() or not unicodedata.combining(plain[hit.end : hit.end + 1] or " ")


@given(TERMS, TEXTS, TEXTS, st.booleans())
def test_what_a_hit_shows_folds_to_the_word_looked_for(term: str, before: str, after: str, case: bool) -> None:  # noqa: FBT001 (drawn)
    """Offsets not only lie in the field, they bound the very word: what stands there is that word again."""
    word = folded(term)
    for hit in _hits(f'{"=" if case else ""}"{term}"', EntryText(title=f"{before}{term}{after}")):
        if " " not in word and "ال" not in word:  # particles stand inside a phrase; ل draws the article together
            assert (
                word in folded(hit.text).split() if len(hit.text) == 1 else folded(hit.text) == word
            )  # ½ is two words


@given(TERMS, TEXTS, TEXTS, st.sampled_from([" ", ", ", "\n", " – ", " 😀 "]), st.booleans())
def test_a_term_that_stands_apart_is_found(term: str, before: str, after: str, gap: str, case: bool) -> None:  # noqa: FBT001 (drawn)
    """Between signs that separate, every term finds itself, also letter by letter (``=``)."""
    term = clean_line(term)
    query = f'{"=" if case else ""}"{term}"'
    try:
        query_rule(query)
    except QueryError:
        return
    if unicodedata.category(term[0])[0] != "M":  # a mark belongs to what stands before it
        assert _hits(query, EntryText(title=f"{clean_line(before)}{gap}{term}{gap}{clean_line(after)}"))
