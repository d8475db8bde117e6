"""What counts as a match, script by script and operator by operator, and that a hit is what stands in the text."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.match import FOLD_VERSION, Rule, RuleSet, fold_entry, parse_query, query_rule
from digest.match.language.query import Phrase
from digest.text import html_to_text
from digest.values.news import EntryText, Hit


def hits_of(query: str, text: EntryText) -> tuple[Hit, ...] | None:
    """The hits of one query, None if it does not match."""
    matches = RuleSet([query_rule(query)]).match_entry(text)
    return matches[0].hits if matches else None


# (text, query, whether it matches); every text is a title
PLAIN = [
    ("North Korea fires", "north AND korea", True),
    ("North Korea fires", '"korea north"', False),
    ("Syria, Iraq sign", '"Syria Iraq"', True),
    ("Syria and Iraq", '"Syria Iraq"', False),
    ("Korea’s envoy arrives", '"Korea envoy"', True),
    ("the envoy of Korea’s", "Korea’s", True),
    ("an Assyrian syrian", "Syria", False),
    ("an Assyrian", "Syria*", False),
    ("Syrians", "Syria*", True),
    ("North Koreans protest", '"North Korea*"', True),
    ("Kim Jong-un", '"Kim* Jong*"', True),
    ("COVID-19 returns", "COVID", True),
    ("COVID19 returns", "COVID", False),
    ("G20 summit", "G20", True),
    ("a naïve café", "cafe", True),
    ("a naive cafe", "café", True),
    ("AT&T deal", '"AT&T"', True),
    ("don't", "don't", True),
    ("U.S.-led talks", "US", True),
    ("U.S.-led talks", '"U.S. led"', True),
    ("Us and them", '"U.S."', False),
    ("USA today", '"U.S."', False),
    ("the U.S.’s role", '"U.S. role"', True),
    ("at 3 P.M. sharp", "=PM", True),
    ("at 3 P.M. sharp", "p.m.", True),
    ("at 3 p.m. sharp", "p.m.", True),
    ("the PM resigns", "p.m.", False),
    ("The White House says", '="White House"', True),
    ("a white house burns", '="White House"', False),
    ("ZÜRICH", "=ZURICH", True),
    ("Zürich", "=ZURICH", False),
    ("TRUMPS", "=TRUMP*", True),
    ("Trumps", "=TRUMP*", False),
]

OPERATORS = [
    ("a x b", "a NEAR/1 b", True),
    ("b x a", "a NEAR/1 b", True),
    ("a x y b", "a NEAR/1 b", False),
    ("a b", "a NEAR/0 b", True),
    ("b a", "a ONEAR/3 b", False),
    ("a x b", "a ONEAR/1 b", True),
    ("Korea’s own embassy", "Korea NEAR/1 embassy", True),
    ("North Korea", 'Korea NEAR/5 "North Korea"', False),
    ("Syria meets Syria", "Syria NEAR/1 Syria", True),
    ("Syria alone", "Syria NEAR/9 Syria", False),
    ("far x x x x near y b c", "(b OR far) NEAR/1 (near OR y)", True),
    ("a x b x c", "a NEAR/1 b NEAR/1 c", True),
    ("a x b x x c", "a NEAR/1 b NEAR/1 c", False),
    ("a c b", "a NEAR/1 b NEAR/0 c", True),
    ("a c b", "a NEAR/1 b NEAR/0 c NEAR/0 a", False),
    ("a x c x b", "a NEAR/3 b NEAR/0 c", False),
    ("a c b", "a ONEAR/1 b NEAR/0 c", True),
    ("a c b", "a ONEAR/1 b ONEAR/1 c", False),
    ("a c b d", "(a NEAR/1 b) NEAR/0 (c NEAR/1 d)", True),
    ("diplomatic and trade ties", '"diplomatic ties"~2', True),
    ("diplomatic and trade ties", '"diplomatic ties"~1', False),
    ("a x b x c", '"a b c"~2', True),
    ("a x b x c", '"a b c"~1', False),
    ("a x a b c", '"a b c"~0', True),
    ("a b", "2 OF (a, b, c)", True),
    ("a x", "2 OF (a, b, c)", False),
    ("a c", "2 OF (a AND c, b, c)", True),
    ("a", "a NOT b", True),
    ("a b", "a NOT b", False),
    ("a b", "a NOT (b AND c)", True),
    ("Syria 2025", "/20[0-9]{2}/", True),
    ("SYRIA", "/^syria$/", True),
    ("SYRIA", "/(?-i)syria/", False),
    ("Zürich", "/zurich/", False),
    ("Zürich", "/zu\u0308rich/", True),
    ("envoy of Syria", "/env[a-z]+/ NEAR/1 Syria", True),
    ("envoy x y of Syria", "/env[a-z]+/ NEAR/1 Syria", False),
    ("発表した北朝鮮", "発表 NEAR/2 北朝鮮", True),
    ("発表しました北朝鮮", "発表 NEAR/2 北朝鮮", False),
    ("NATO는 북한과", "NATO NEAR/0 북한", True),
]

SCRIPTS = [
    # Russian, Greek, Turkish, Hindi: by word
    ("Северная Корея", '"северная корея"', True),
    ("Северной Кореи", '"Северн* Коре*"', True),
    ("северокорейский", "корейск*", False),
    ("в С.Ш.А. и КНДР", "США", True),
    ("η Συρία", "συρια", True),
    ("İstanbul'da", "istanbul", True),
    ("कोरियाई", "कोरिया", False),
    ("कोरियाई", "कोरिया*", True),
    # Korean
    ("북한은 핵실험을 했다", '"북한 핵실험"', True),
    ("북한에서의 회담", "북한", True),
    ("북한으로부터의", "북한", True),
    ("시리아로 간다", "시리아", True),
    ("시리아으로", "시리아", False),
    ("서울로", "서울", True),
    ("북한정부대표단이", "북한", True),
    ("북한주민들에게", "북한", True),
    ("친시리아 성향", "시리아", True),
    ("주시리아대사관에서", "시리아", True),
    ("대북한 제재", "북한", True),
    ("아시리아", "시리아", False),
    ("북한강에서", "북한", False),
    ("북한산에서", "북한", False),
    ("북한산에서", "북한*", True),
    ("인도양", "인도", False),
    ("인도주의적", "인도", False),
    ("인도와 중국", "인도", True),
    ("이란성 쌍둥이", "이란", False),
    ("대만족", "대만", False),
    ("러시아워", "러시아", False),
    ("북한군", "북한", True),
    ("북한(北韓)은", "북한", True),
    ("NATO의 정상회의", '"NATO 정상회의"', True),
    ("G7정상회의", "G7", True),
    ("\u1109\u1175\u1105\u1175\u110b\u1161\u110b\u116a", "시리아", True),
    # Chinese and Japanese
    ("产品和服务", "和服", False),
    ("研究生命起源", "研究生", False),
    ("今年\n中国", "中国", True),
    ("😀发展中国家", "中国", False),
    ("😀中国", "中国", True),
    ("韩国与叙利亚建交", '"叙利亚 建交"', True),
    ("叙利亚和韩国建交", '"叙利亚 建交"', False),
    ("朝鲜半岛", "朝鲜", True),
    ("東京都", "東京", True),
    ("イスラム国が", "イスラム国", True),
    ("シリア軍", "シリア", True),
    ("シリアル", "シリア*", True),
    ("金・正恩", '"金 正恩"', True),
    ("北朝鮮がミサイル発射", '"北朝鮮 ミサイル"~1', True),
    # Thai
    ("เกาหลีเหนือยิงขีปนาวุธ", "ขีปนาวุธ", True),
    ("เกาหลีเหนือ", "เกาหล", False),
    # Arabic and Hebrew
    ("وبسوريا", "سوريا", True),
    ("للسورية", "السورية", True),
    ("والشمالية", "الشمالية", True),
    ("في كوريا وبالشمالية", '"كوريا الشمالية"', True),
    ("السوريون", "سوري*", True),
    ("المصر", "مصر", False),
    ("مصر", "مصر", True),
    ("سورياهم", "سوريا", False),
    ("ולסוריה", "סוריה", True),
    ("שבסוריה", "סוריה", True),
    ("בארה״ב", 'ארה"ב', True),
    ("אסוריה", "סוריה", False),
    ("صفحهٔ ایران", "إيران", True),
]


@pytest.mark.parametrize(("text", "query", "expected"), [*PLAIN, *OPERATORS, *SCRIPTS])
def test_what_counts_as_a_match(text: str, query: str, expected: bool) -> None:  # noqa: FBT001 (a column of a table)
    """Whole words, script by script, and every operator; each hit is what stands at its place."""
    entry = EntryText(title=text)
    hits = hits_of(query, entry)
    assert (hits is not None) is expected
    for hit in hits or ():
        assert hit.text == text[hit.start : hit.end]


FOUND = [
    ("North Korea’s envoy", '"north korea"', ["North Korea"]),
    ("The U.S. said", '"U.S."', ["U.S."]),
    ("Syrians and Syria", "Syria*", ["Syrians", "Syria"]),
    ("북한에서는", "북한", ["북한"]),
    ("주시리아대사관", "시리아", ["시리아"]),
    ("ولكوريا الشمالية", '"كوريا الشمالية"', ["كوريا الشمالية"]),
    ("سُورِيَا", "سوريا", ["سُورِيَا"]),
    ("في سورياُ هنا", "سوريا", ["سورياُ"]),
    ("ｼﾘｱ情勢", "シリア", ["ｼﾘｱ"]),
    ("Pyong\u00adyang", "Pyongyang", ["Pyong\u00adyang"]),
    ("diplomatic and trade relations", '"diplomatic relations"~3', ["diplomatic and trade relations"]),
    ("a x b and so on a far from b", "a NEAR/1 b", ["a", "b"]),
    ("a b c", "a AND (b OR x) NOT y", ["a", "b"]),
    ("a b c", "2 OF (a, x, c)", ["a", "c"]),
    ("rockets in 2024 and 2025", "/20[0-9]+/", ["2024", "2025"]),
]


@pytest.mark.parametrize(("text", "query", "words"), FOUND)
def test_hits_are_the_words_that_decided(text: str, query: str, words: list[str]) -> None:
    """What is shown is the term without what is attached to it, and only terms that made the rule match."""
    hits = hits_of(query, EntryText(title=text))
    assert hits is not None
    assert [hit.text for hit in hits] == words


ENTRY = EntryText(
    title="Seoul and Damascus",
    summary="South Korea\nSyria talks",
    content="An embassy opens.",
    source="Reuters World",
    lang="ko-KR",
    author="Kim Min-su",
    tags=("Middle East", "korea"),
    tier="C",
)

FIELDS = [
    ("title:Damascus", True),
    ("title:embassy", False),
    ("content:(embassy AND opens)", True),
    ("Reuters", False),
    ("source:reuters", True),
    ('source:"reuters world" AND lang:ko', True),
    ("lang:en", False),
    ('author:"kim min su"', True),
    ('tag:"middle east"', True),
    ("tier:C", True),
    ("tier:c", True),
    ("tier:B", False),
    ("tier:A..C AND Seoul", True),
    ("tier:D..F", False),
    ("tier:C..C", True),
    ("tier:(A..B OR F)", False),
    ("tier:(A..D NOT C)", False),
    ("Seoul NOT tier:C..F", False),
    ("Seoul NOT tier:F", True),
    ("C", False),
    ('tag:"east korea"', False),
    ("tag:korea NOT title:korea", True),
    ('"Korea Syria"', False),
    ("Korea NEAR/9 Syria", False),
    ('"Damascus South"', False),
    ("embassy AND Damascus", True),
    ("summary:/^syria/", False),
    ("source:/^reut/", True),
    ("title:(Seoul NEAR/1 Damascus)", True),
    ("title:Seoul NEAR/9 embassy", False),
]


@pytest.mark.parametrize(("query", "expected"), FIELDS)
def test_fields_and_blocks(query: str, expected: bool) -> None:  # noqa: FBT001 (a column of a table)
    """Terms look in title, summary and content unless a field is named; phrases and NEAR stay within a block."""
    assert (hits_of(query, ENTRY) is not None) is expected


def test_a_hit_in_tags_counts_from_the_tags_joined_by_lines() -> None:
    """Offsets into tags are into the tags, one to a line."""
    hits = hits_of("tag:korea AND Seoul", ENTRY)
    assert hits == (Hit("title", 0, 5, "Seoul", "Seoul"), Hit("tag", 12, 17, "korea", "korea"))


@pytest.mark.parametrize("tier", ["", "F"])
def test_a_feed_without_a_tier_is_of_the_worst(tier: str) -> None:
    """It is found as F, and a letter in its text is no tier."""
    text = EntryText(title="A plan B", tier=tier)
    assert hits_of("tier:F", text) == (Hit("tier", 0, 1, "F", "F"),)
    assert hits_of("tier:D..F", text) == (Hit("tier", 0, 1, "F", "D..F"),)
    assert [hits_of(query, text) for query in ("tier:A", "tier:B", "tier:A..E")] == [None] * 3


def test_stored_folded_text_gives_the_same_matches() -> None:
    """A backtest on stored folded text is the same matcher."""
    rules = RuleSet([query_rule("Damascus AND source:reuters"), query_rule("embassy")])
    assert rules.match_entry(ENTRY, fold_entry(ENTRY)) == rules.match_entry(ENTRY)
    assert FOLD_VERSION >= 1


def test_disabled_rules_are_left_out_and_order_is_kept() -> None:
    """Matches come in the order of the rules, each with its severity."""
    rules = [
        Rule("one", "One", parse_query("embassy")),
        Rule("two", "Two", parse_query("Damascus"), enabled=False),
        Rule("three", "Three", parse_query("Damascus")),
    ]
    assert [match.rule for match in RuleSet(rules).match_entry(ENTRY)] == ["one", "three"]
    assert RuleSet([]).match_entry(ENTRY) == ()


LETTERS = "aB'’.sSU é北朝鮮国家シリアはガ한북은산\u1161سوريالو\u064fסוריהเก\n-\u00ad\u200b\u0301ﬁß😀"
QUERY_TERMS = st.one_of(
    st.sampled_from(
        [
            "a*b",
            "U.S.",
            "北朝",
            "朝鮮",
            "国家",
            "シリア",
            "북한",
            "한",
            "سوريا",
            "سوري",
            "סוריה",
            "เก",
            "s",
            "ab",
            "ﬁ",
            "ss",
        ]
    ),
    st.text(LETTERS, min_size=1, max_size=4),
).map(lambda text: text.replace("*", ""))


@given(
    st.lists(QUERY_TERMS, min_size=1, max_size=3),
    st.text(LETTERS, max_size=40),
    st.text(LETTERS, max_size=20),
    st.booleans(),
)
def test_hits_stand_where_they_say(terms: list[str], title: str, summary: str, case: bool) -> None:  # noqa: FBT001 (drawn)
    """In any mixture of scripts every hit's text is what stands between its offsets of its field."""
    rules = []
    for number, term in enumerate(terms):
        phrase = Phrase(" ".join(term.split()), case=case)
        try:
            parse_query(f'"{phrase.text}"')
        except Exception:  # noqa: BLE001, S112 (a term without a letter is no term; what matters is the rest)
            continue
        rules.append(Rule(str(number), "", phrase))
    text = EntryText(title=title, summary=summary)
    for match in RuleSet(rules).match_entry(text):
        assert match.hits
        for hit in match.hits:
            plain = title if hit.field == "title" else summary
            assert 0 <= hit.start < hit.end <= len(plain)
            assert plain[hit.start : hit.end] == hit.text
            assert hit.text.strip() == hit.text


@given(st.text(LETTERS, min_size=1, max_size=12))
def test_a_text_matches_itself(text: str) -> None:
    """A phrase made of a text's own words finds that text."""
    phrase = " ".join(text.split())
    try:
        query = parse_query(f'"{phrase}"')
    except Exception:  # noqa: BLE001 (no letter in it)
        return
    assert hits_of_tree(query, EntryText(title=phrase)) or _cut(phrase)


def hits_of_tree(query: object, text: EntryText) -> bool:
    """Whether a parsed query matches."""
    assert isinstance(query, Phrase)
    return bool(RuleSet([Rule("r", "r", query)]).match_entry(text))


def _cut(phrase: str) -> bool:
    """Whether a script without spaces is in it: ICU may divide the line otherwise than the term."""
    return any(letter in phrase for letter in "北朝鮮国家はเก")


def test_public_language_cases() -> None:
    """The table of language cases that stands beside the corpus, where it is at hand."""
    corpus = os.environ.get("DIGEST_CORPUS")
    table = Path(corpus or "").parent / "language_cases.jsonl"
    if not corpus or not table.exists():
        pytest.skip("DIGEST_CORPUS is not set, or no language_cases.jsonl stands beside it")
    wrong = []
    for line in table.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        hits = hits_of(case["query"], EntryText(title=html_to_text(case["text"])))
        if (hits is not None) is not case["expect"]:
            wrong.append(case)
    assert not wrong
