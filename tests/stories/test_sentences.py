"""Sentences end where a reader of that language would say so, and nothing of the text is lost."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.sentences import sentence_spans, split_sentences
from tests.stories.labelled_sentences import labelled, share_right

CASES = [
    # Latin: titles, initials, acronyms, numbers, quotes
    ("Talks began. They ended.", ["Talks began.", "They ended."]),
    ("Mr. Kim J. Un met Dr. Lee. He left.", ["Mr. Kim J. Un met Dr. Lee.", "He left."]),
    ("The U.S. Treasury acted. It was late.", ["The U.S. Treasury acted.", "It was late."]),
    ("He went to the U.S. The visit was short.", ["He went to the U.S.", "The visit was short."]),
    (
        "It opens at 5 p.m. Tuesday. It closes at 9 p.m. The rest is rain.",
        ["It opens at 5 p.m. Tuesday.", "It closes at 9 p.m.", "The rest is rain."],
    ),
    ("Growth was 3.5 percent. Prices rose 2.1.", ["Growth was 3.5 percent.", "Prices rose 2.1."]),
    (
        "Harbor Co. Ltd. said so. No. 4 unit stopped. No. Nobody asked.",
        ["Harbor Co. Ltd. said so.", "No. 4 unit stopped.", "No.", "Nobody asked."],
    ),
    ("“Stop!” he said. “Why?” she asked.", ["“Stop!” he said.", "“Why?” she asked."]),
    ('He said "it is done." She agreed.', ['He said "it is done."', "She agreed."]),
    ("It ended (badly.) Then it rained.", ["It ended (badly.)", "Then it rained."]),
    ("They waited... and left. Then... Silence.", ["They waited... and left.", "Then...", "Silence."]),
    ("See example.com for more. version 2.0 is out", ["See example.com for more. version 2.0 is out"]),
    ("« Non ! » dit-il. Il partit.", ["« Non ! » dit-il.", "Il partit."]),
    ("Er kam am 3. Oktober an. »Nein«, sagte sie.", ["Er kam am 3. Oktober an.", "»Nein«, sagte sie."]),
    ("1. Introduction. We begin in 2024. It was cold.", ["1. Introduction.", "We begin in 2024.", "It was cold."]),
    ("A state of the art. Kim agreed.", ["A state of the art.", "Kim agreed."]),
    # Cyrillic
    (
        "В 2020 г. Россия и т.д. Об этом сказал В. В. Иванов. Он уехал.",
        ["В 2020 г. Россия и т.д.", "Об этом сказал В. В. Иванов.", "Он уехал."],
    ),
    ("Порт им. Лазарева закрыт! Почему? Не ясно…", ["Порт им. Лазарева закрыт!", "Почему?", "Не ясно…"]),
    # Han, Japanese, Korean
    ("他说：“我们会继续。”会议结束了！真的吗？是。", ["他说：“我们会继续。”", "会议结束了！", "真的吗？", "是。"]),
    ("真的吗?他说没有!会议结束。", ["真的吗?", "他说没有!", "会议结束。"]),
    ("「行く。」と述べた。雨だ。", ["「行く。」と述べた。", "雨だ。"]),
    ("정부는 밝혔다. 회담은 열린다.", ["정부는 밝혔다.", "회담은 열린다."]),
    ("정부는 밝혔다.회담은 열린다.한.미 동맹", ["정부는 밝혔다.", "회담은 열린다.", "한.미 동맹"]),
    ('"발사했다."고 말했다. 2024. 11. 24. 오후의 일이다.', ['"발사했다."고 말했다.', "2024. 11. 24. 오후의 일이다."]),
    # Arabic, Urdu, Hindi
    ("قال د. سامي ذلك. هل انتهى؟ نعم!", ["قال د. سامي ذلك.", "هل انتهى؟", "نعم!"]),
    ("یہ خبر ہے۔ وہ گئے۔", ["یہ خبر ہے۔", "وہ گئے۔"]),
    ("वह आया। वह गया॥ अंत", ["वह आया।", "वह गया॥", "अंत"]),
    # Blocks
    ("A headline\nA line without end\n\n The end. ", ["A headline", "A line without end", "The end."]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_sentences_end_where_a_reader_says(text: str, expected: list[str]) -> None:
    """Each script's own marks end a sentence; a full stop that belongs to a word does not."""
    assert split_sentences(text) == expected


def test_language_decides_what_a_number_with_a_full_stop_is() -> None:
    """Where ordinals are written with a full stop, one or two digits do not end a sentence."""
    text = "Es war der 5. Versuch. Gut."
    assert split_sentences(text, "de-AT") == ["Es war der 5. Versuch.", "Gut."]
    assert split_sentences("He came 5. Victory was near.", "en") == ["He came 5.", "Victory was near."]


@given(st.text(alphabet=st.sampled_from('aB가다中。」”.!?؟।… \n"»1أЯ(')) | st.text())
def test_nothing_is_lost_or_made_up(text: str) -> None:
    """Spans are in order, apart, without outer white space, and hold every visible character of the text."""
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    sentences = split_sentences(text)
    assert all(sentence == sentence.strip() for sentence in sentences)
    assert "".join("".join(sentences).split()) == "".join(text.split())


@pytest.mark.parametrize("piece", [".", ". ", "「。", "A. ", "a. (", "?!", " ", "\n", '."', "1. "])
def test_long_runs_of_marks_are_no_trap(piece: str) -> None:
    """A hundred thousand marks in a row are read in one pass (the suite's time limit is the judge)."""
    text = piece * 100_000
    assert "".join("".join(split_sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize("half", [0, 1], ids=["tuned-on", "only-counted"])
def test_nineteen_of_twenty_labelled_cases_are_right(half: int) -> None:
    """In fifty languages, on the cases that rules were made for and on those that were only counted."""
    cases = labelled()
    assert len(cases) >= 200
    assert len({case.lang for case in cases}) >= 50
    assert share_right(cases[half::2]) >= 0.95


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "“We will not talk. We will act,” said Kim. It rained.",
            ["“We will not talk. We will act,” said Kim.", "It rained."],
        ),
        ("„Das ist das Ende.“ Niemand hörte zu.", ["„Das ist das Ende.“", "Niemand hörte zu."]),
        ("“真的吗？”记者问道。没有人回答。", ["“真的吗？”记者问道。", "没有人回答。"]),
        ("我们去看《摔跤吧！爸爸》好吗？好！", ["我们去看《摔跤吧！爸爸》好吗？", "好！"]),
        ("「行く。」これは嘘だ。", ["「行く。」", "これは嘘だ。"]),
        (
            "At 5 a.m. Lee left. He came back at 6 p.m. Lee was tired.",
            ["At 5 a.m. Lee left.", "He came back at 6 p.m.", "Lee was tired."],
        ),
        (
            "Die Brücke ist gesperrt.Die Polizei kam. Siehe example.Com",
            ["Die Brücke ist gesperrt.", "Die Polizei kam.", "Siehe example.Com"],
        ),
        ("They went . . . and came. . . . Nothing.", ["They went . . . and came. . . .", "Nothing."]),
        ("Նա եկավ: Ոչ ոք չգիտեր: Վերջ.", ["Նա եկավ:", "Ոչ ոք չգիտեր:", "Վերջ."]),
    ],
)
def test_speech_and_other_marks(text: str, expected: list[str]) -> None:
    """A short quotation stays whole and with its speaker; each script ends its sentences in its own way."""
    assert split_sentences(text) == expected
