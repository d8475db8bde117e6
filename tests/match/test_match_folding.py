"""Folding: which spellings are one word, where words end, and the way back to the plain text."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digest.match.text.alignment import align
from digest.match.text.fold import fold_entry, fold_metadata, folded, kept, lowered
from digest.values.news import EntryText

TEXTS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from(
            "aB'’.sSUKéßıİﬁ½™ـسُ한ᄒ\u1161\u11abｶﾞがシ朝เกที่\u0301\u00ad\u200b\u200d\n \x1f/|-_"
            '\u05d0ג"\u05f4\u05f3½№\uff0e\u06c0”］'
        ),
    )
)

FOLDED = [
    ("North Korea’s plan", "north korea plan", "a possessive is no word"),
    ("KOREA'S", "korea", "in capitals too"),
    ("l’ambassade d'Italie", "l ambassade d italie", "an elided article separates"),
    ("Suriye'nin", "suriye nin", "so does a Turkish suffix"),
    ("Korea'sound", "korea sound", "an s that goes on is no possessive"),
    ("The U.S. and D.P.R.K.", "the us and dprk", "dotted capitals are one word"),
    ("U.S.-led, U.N.'s", "us led un", "whatever follows them"),
    ("в С.Ш.А.", "в сша", "in any script"),
    ("3 p.m. Ph.D. e.g.", "3 p m ph d e g", "small letters are no acronym"),
    ("I.The", "i the", "nor is the end of a sentence"),
    ("ＤＰＲＫ ﬁnance Ⅳ", "dprk finance iv", "compatibility forms"),
    ("Zürich Außen STRAẞE", "zurich aussen strasse", "umlauts and sharp s"),
    ("Łódź Đồng Ørsted Þór Œuvre", "lodz dong orsted thor oeuvre", "strokes and double letters"),
    ("DIŞİŞLERİ ışık", "disisleri isik", "dotted and dotless i"),
    ("Королёв Қазақстан ґанок", "королев казакстан ганок", "Cyrillic variants"),
    ("ΣΥΡΙΑΣ Συρίας", "συριασ συριασ", "final sigma and tonos"),
    ("إيران أحمد آسيا", "ايران احمد اسيا", "hamza seats"),
    ("ســـوريا سُورِيَا", "سوريا سوريا", "tatweel and vowels"),
    ("کره شمالی", "كره شمالي", "Persian kaf and yeh"),
    ("على علي", "على علي", "alef maqsura is a letter of its own"),
    ("שָׁלוֹם", "שלום", "Hebrew points"),
    ('ארה"ב ארה״ב', "ארהב ארהב", "a Hebrew acronym"),
    ('ה"הארץ"', "ה הארץ", "a quoted Hebrew name"),
    ("ארה''ב ג׳נין בג'נין", "ארהב גנין בגנין", "two strokes for one sign, and a geresh"),
    ("ב'הארץ'", "ב הארץ", "but no geresh behind a particle"),
    ("“Parasite”’s director", "parasite director", "a possessive behind a quotation"),
    ("Ｕ．Ｓ． U\u2024N\u2024", "us un", "dots of other widths"),
    ("№5 5½", "no 5 5 1 2", "a number sign and a fraction are apart"),
    ("صفحۀ صفحهٔ", "صفحه صفحه", "Persian heh with its yeh above"),
    ("<북한>은 【핵】을", "북한은 핵을", "brackets close before a particle too"),
    ("\u1107\u116e\u11a8\u1112\u1161\u11ab", "북한", "decomposed Hangul"),
    ("ｼﾘｱ ｶﾞｻﾞ", "シリア ガザ", "half-width kana with their marks"),
    ("‘북한’의 “핵”은 '인도'네시아 (북한)산", "북한의 핵은 인도 네시아 북한 산", "quoted, with its particle"),
    ("उत्तर कोरिया", "उत्तर कोरिया", "Hindi vowels stay"),
    ("NATO는 6월 G7정상회의", "nato 는 6 월 g7 정상회의", "a change of script is a boundary"),
    ("COVID19 МиГ29 Ми8", "covid19 миг29 ми8", "digits stay with letters"),
    ("٢٠٢٥", "2025", "digits of other scripts"),
    ("北朝鮮がシリアと", "北朝鮮 が シリア と", "Japanese scripts"),
    ("Pyong\u00adyang Py\u200dong\u2060yang", "pyongyang pyongyang", "soft hyphens and joiners vanish"),
    ("North\u200bKorea", "north korea", "a zero-width space separates"),
    ("north_korea—talks/AT&T", "north korea talks at t", "signs separate"),
    ("Foo™ bar", "foo bar", "a trade mark is no letters"),
    ("one\ntwo", "one / two", "a block boundary is marked"),
    ("", "", "nothing"),
]


@pytest.mark.parametrize(("text", "words", "why"), FOLDED, ids=[why for *_, why in FOLDED])
def test_spellings_fold(text: str, words: str, why: str) -> None:
    """Each rule of folding, on the words it is about."""
    assert folded(text) == words


def test_every_letter_has_one_folded_form_whatever_its_case() -> None:
    """Lowering the kept form changes no length for any character of Unicode, so offsets agree."""
    every = [f"a{chr(code)}b" for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    for start in range(0, len(every), 500):
        for word in kept(" ".join(every[start : start + 500])).split():
            assert len(lowered(word)) == len(word), ascii(word)


@given(TEXTS)
@example("\u212b\u0345")
def test_folding_is_idempotent(text: str) -> None:
    """Folding what is folded changes nothing (its block marks written as the line breaks they stand for)."""
    once = folded(text.replace("\x1f", " "))
    assert folded(once.replace("/", "\n")) == once


@given(TEXTS)
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    """NFC and NFD are the same words."""
    assert folded(unicodedata.normalize("NFD", text)) == folded(unicodedata.normalize("NFC", text))


@given(TEXTS)
@example("\u1112\u1161\u11ab’s U.S. x")
@example("سُُورِيَاً")
def test_the_way_back_leads_to_the_letters(text: str) -> None:
    """The slow fold gives the words of the fast one, and each of its words a stretch of the plain text."""
    text = text.replace("\x1f", " ")
    aligned = align(text)
    assert aligned.kept == kept(text)
    place = 0
    last = 0
    for word in aligned.kept.split(" ") if aligned.kept else []:
        start, end = aligned.plain_span(place, place + len(word))
        assert last <= start < end <= len(text)
        last = start
        place += len(word) + 1


def test_entry_keeps_its_fields_apart() -> None:
    """Fields are marked in a fixed order, and a raw separator in a feed cannot shift them."""
    assert fold_entry(EntryText(title="A\x1fB", content="C\nD|e")) == " a b | | c / d e |"
    assert fold_metadata(EntryText(source="S.", lang="pt-BR", tags=("x", "y"))) == " s | pt br | | x / y | f |"
