"""A summary is short, made of the entry's own sentences, and shows why the entry matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.summarise import MOST_CHARACTERS, MOST_SENTENCES, Summariser
from digest.values.news import EntryText, Hit

FIT = "The ministry said on Tuesday that the embassy would reopen in January after thirteen years."
ARTICLE = (
    "Oslo will reopen its embassy in Damascus in January, the foreign ministry said on Tuesday.\n"
    "Subscribe to our newsletter for more stories like this one.\n"
    "The building on Abu Rummaneh street has stood empty since 2012. Engineers found the roof sound.\n"
    "A ministry official said the embassy would open with a staff of six.\n"
    "Rain is expected in the south of the country at the weekend.\n"
    "Share this article\n"
    "Pyongyang, which kept its own mission open, has not commented.\n"
)


def hits_of(field: str, text: str, term: str) -> tuple[Hit, ...]:
    """The hits of one term in one field, as a matcher reports them."""
    start = text.find(term)
    return () if start < 0 else (Hit(field, start, start + len(term), term, term),)


def summarise(text: EntryText, hits: tuple[Hit, ...], *, count: int = 2) -> tuple[str, ...]:
    """The summary of an entry for one rule."""
    return Summariser(text).summary(hits, count=count)


def test_a_fit_summary_of_the_feed_is_used_whole() -> None:
    """Long enough, complete and not the title: the editors knew best."""
    assert summarise(EntryText(title="Oslo reopens embassy", summary=FIT, content=ARTICLE), ()) == (FIT,)


@pytest.mark.parametrize(
    "summary",
    [
        "Too short to tell.",
        FIT[:-1] + "…",
        FIT + " But the staff…",
        FIT + " [...]",
        FIT + " [&#8230;]".replace("&#8230;", "…"),
        FIT + " Read more",
        "외무부는 화요일 대사관을 1월에 다시 연다고 밝혔다. 더보기",
        ARTICLE[:70],
        "Oslo to reopen its embassy in Damascus after thirteen years of silence",
    ],
)
def test_an_unfit_summary_gives_way_to_the_content(summary: str) -> None:
    """A summary that is short, cut off or the title again is not used whole where there is content."""
    title = "Oslo to reopen its embassy in Damascus after thirteen years of silence"
    sentences = summarise(EntryText(title=title, summary=summary, content=ARTICLE), ())
    assert len(sentences) == 2
    assert all(sentence in ARTICLE for sentence in sentences)


def test_sentences_are_the_news_and_never_the_calls() -> None:
    """The centre of the text is chosen, in its order; what asks the reader for something is not."""
    sentences = summarise(EntryText(title="Oslo to reopen embassy in Damascus", content=ARTICLE), ())
    assert sentences[0].startswith("Oslo will reopen its embassy")
    assert not any("Rain" in sentence for sentence in sentences)
    three = " ".join(summarise(EntryText(content=ARTICLE), (), count=3))
    assert "Subscribe" not in three
    assert "Share" not in three


def test_a_matched_term_is_shown() -> None:
    """Where the best sentences hide the matched word, the best one that shows it takes a place."""
    text = EntryText(title="Oslo to reopen embassy in Damascus", content=ARTICLE)
    assert "Pyongyang" not in " ".join(summarise(text, ()))
    shown = summarise(text, hits_of("content", ARTICLE, "Pyongyang"))
    assert len(shown) == 2
    assert "Pyongyang" in shown[1]
    assert summarise(text, hits_of("content", ARTICLE, "Pyongyang"), count=1) == (shown[1],)


def test_a_fit_summary_that_hides_the_matched_term_gives_way() -> None:
    """The feed's summary is not used whole when only the content shows why the entry matched."""
    text = EntryText(title="Oslo reopens embassy", summary=FIT, content=ARTICLE)
    assert any("Pyongyang" in sentence for sentence in summarise(text, hits_of("content", ARTICLE, "Pyongyang")))


def test_a_term_that_stands_only_in_a_cut_off_summary_is_still_shown() -> None:
    """What the content lacks is taken from the summary, cut off as it is."""
    summary = "The delegation from Pyongyang arrived by…"
    text = EntryText(title="Envoys arrive", summary=summary, content=ARTICLE.replace("Pyongyang", "One state"))
    assert summary in summarise(text, hits_of("summary", summary, "Pyongyang"))


@pytest.mark.parametrize(
    ("title", "content", "term"),
    [
        (
            "三国外长会议定于下月在釜山举行",
            (
                "三国外交部长会议将于下月在釜山举行。会议将讨论朝鲜问题和航运安全。今天天气晴朗，市民出游。"
                "点击关注我们的公众号。会议还将邀请专家就朝鲜半岛航运发表报告，与会者预计超过百人。"
            ),
            "专家",
        ),
        (
            "합참 “동해상으로 탄도미사일 발사”",
            (
                "합동참모본부는 24일 오후 북한이 동해상으로 탄도미사일을 발사했다고 밝혔다. 미사일은 620km를 날았다. "
                "주말에는 전국에 비가 내리겠다. 무단 전재 및 재배포 금지. 일본 정부는 미사일 발사에 항의했다고 밝혔다."
            ),
            "일본",
        ),
        (
            "دمشق تستدعي السفير",
            (
                "استدعت وزارة الخارجية في دمشق السفير يوم الثلاثاء وأبلغته. وقالت الوزارة إن السفير سيغادر خلال "
                "أسبوع. الطقس مشمس في الساحل. للاشتراك في نشرتنا اضغط هنا. ولم يصدر تعليق من بيونغ يانغ حتى المساء."
            ),
            "بيونغ",
        ),
        (
            "МИД: посол вернётся в Дамаск",
            (
                "Посол вернётся в Дамаск до конца года, сообщил МИД. Посольство работает с весны. "
                "Подписывайтесь на наш телеграм-канал. В выходные ожидается дождь. Пхеньян от комментариев воздержался."
            ),
            "Пхеньян",
        ),
    ],
)
def test_every_script_is_summarised(title: str, content: str, term: str) -> None:
    """Without spaces or without capitals: two whole sentences, no call to action, the term shown when asked."""
    text = EntryText(title=title, content=content)
    plain = summarise(text, ())
    assert len(plain) == 2
    assert plain[0] == content[: len(plain[0])]
    shown = " ".join(summarise(text, hits_of("content", content, term)))
    assert term in shown
    assert not any(call in shown for call in ("点击", "무단", "للاشتراك", "Подписывайтесь"))


def test_the_title_is_not_told_twice() -> None:
    """An entry whose text is its title has no summary."""
    assert summarise(EntryText(title="Oslo to reopen embassy", summary="Oslo to reopen embassy."), ()) == ()
    assert summarise(EntryText(title="Oslo to reopen embassy"), ()) == ()
    assert summarise(EntryText(), ()) == ()


def test_headlines_before_the_title_of_a_scraped_page_are_not_the_entry() -> None:
    """Content that begins with other stories is summarised from its own title on."""
    title = "Oslo to reopen embassy in Damascus"
    others = "The ferry company will attend a summit on timetables, discussing its plans with island leaders.\n"
    sentences = summarise(EntryText(title=title, content=f"{others}World{title}\n{ARTICLE}"), ())
    assert sentences[0].startswith("Oslo will reopen its embassy")
    assert not any("ferry" in sentence for sentence in sentences)


def test_a_short_summary_serves_where_there_is_nothing_else() -> None:
    """Better a short or cut-off sentence than none."""
    assert summarise(EntryText(title="Envoys meet", summary="Talks end in Busan."), ()) == ("Talks end in Busan.",)


@pytest.mark.parametrize("word", ["word ", "字", "x"])
@pytest.mark.parametrize("place", [0, 700, 3000])
def test_a_monstrous_sentence_is_cut_around_its_term(word: str, place: int) -> None:
    """One endless sentence is cut within the limit, marked with …, and still shows the term."""
    content = (word * 4000)[:place] + " Pyongyang " + (word * 4000)[:4000]
    (sentence,) = summarise(EntryText(content=content), hits_of("content", content, "Pyongyang"))
    assert len(sentence) <= MOST_CHARACTERS
    assert "Pyongyang" in sentence
    assert sentence.endswith("…")


@given(
    st.builds(
        EntryText,
        title=st.text(max_size=40),
        summary=st.text(alphabet="aб中. \n…。", max_size=300) | st.text(),
        content=st.text(alphabet="aб中. \n…。", max_size=2000) | st.text(),
    ),
    st.integers(0, 5),
    st.integers(0, 2000),
)
def test_a_summary_is_always_short_and_the_entrys_own(text: EntryText, count: int, at: int) -> None:
    """Whatever the text: at most three sentences, within the limit, each found in the text unless cut."""
    hits = (Hit("content", at, at + 1, text.content[at : at + 1], "a"),) if at < len(text.content) else ()
    sentences = summarise(text, hits, count=count)
    assert len(sentences) <= MOST_SENTENCES
    assert len(" ".join(sentences)) <= MOST_CHARACTERS
    for sentence in sentences:
        assert sentence.strip("… ") in text.summary or sentence.strip("… ") in text.content


def test_a_feeds_own_summary_is_no_longer_than_what_was_asked_for() -> None:
    """Three sentences of a feed's own are chosen from like any others; two are used whole."""
    two = "The ministers met in the capital on Monday. They agreed to open the border to trucks in June."
    three = f"{two} A third round of talks is planned for the autumn in a city that was not named."
    assert summarise(EntryText("Talks", summary=two), ()) == tuple(two.replace(". ", ".|").split("|"))
    assert len(summarise(EntryText("Talks", summary=three), ())) == 2
    assert len(summarise(EntryText("Talks", summary=three), (), count=3)) == 3


# --- who speaks ------------------------------------------------------------------------------------------------------

REST = " The vote in the parliament of Norway is planned for Monday. Rain is expected in the north of the country."
SPEECH = [
    ("“We want peace on the border with Syria.” Lee said.", "We want peace", "Lee said"),
    ("“We want peace on the border.” “And we want trade,” Lee said on Monday in Oslo.", "We want peace", "Lee said"),
    (
        "Lee, the minister, said: “We want peace.\n“We do not want war at the border of Syria.”",
        "do not want war",
        "Lee, the",
    ),
    (f"“{'We ran to the hills of Syria. ' * 11}We hid from the planes,” Lee said.", "We hid", "We ran"),
    ("Lee criticised it. “It is a disaster for Syria.”", "disaster", "nobody says so"),
    ("Man wartet. „Wir gehen nicht nach Syrien.“ Das Land ist groß.", "Wir gehen", "nobody says so"),
]


@pytest.mark.parametrize(("speech", "quoted", "speaker"), SPEECH)
def test_a_quotation_is_never_parted_from_its_speaker(speech: str, quoted: str, speaker: str) -> None:
    """It is shown with the words that say whose it is, or not at all; also where it alone shows the matched term."""
    content = speech + REST
    text = EntryText(content=content)
    at = content.index(quoted)
    hits = (Hit("content", at, at + len(quoted), quoted, quoted),)
    for count in (1, 2, 3):
        for found in (hits, ()):
            shown = " ".join(summarise(text, found, count=count))
            assert shown
            assert quoted not in shown or speaker in shown


def test_a_name_in_quotation_marks_is_no_speech() -> None:
    """A sentence that begins with one needs no speaker."""
    for news in ("«Зенит» обыграл «Спартак».", "“Titanic” sank again.", "《流浪地球》上映。", "„Gorch Fock“ lief aus."):
        assert summarise(EntryText(title="News", summary=news), ()) == (news,)


def test_a_quotation_counts_with_its_speaker() -> None:
    """Both sentences are shown where only together they make sense, in place of two others."""
    content = "“We want peace on the border.” “And we want trade with Syria,” Lee told the press." + REST
    shown = summarise(EntryText(content=content), hits_of("content", content, "peace"))
    assert shown == ("“We want peace on the border.”", "“And we want trade with Syria,” Lee told the press.")


# --- what is no news -------------------------------------------------------------------------------------------------

NEWS = "The ministry in Oslo said on Tuesday that the embassy in Damascus would reopen in January."


@pytest.mark.parametrize(
    "before",
    [
        "SEOUL, Nov. 29 (Yonhap) -- ",
        "ПХЕНЬЯН, 29 ноября. /ТАСС/. ",
        "BERLIN (dpa) - ",
        "(서울=연합뉴스) 홍길동 기자 = ",
        "【ソウル聯合ニュース】",
        "新华社平壤11月29日电 ",
        "By JANE DOE, Associated Press SEOUL (AP) — ",
        "By JANE DOE, Associated Press\n",
        "File photo of the embassy in Damascus. (AP Photo/Jo Lee) ",
        "FILE - The embassy in Damascus, Nov. 1, 2026.\n",
        "(Photo: Nordlys)\n",
        "The minister waves in Damascus. /Getty Images\n",
        "▲ 다마스쿠스 대사관\n",
        "The minister waves in this undated photo released by the palace. ",
        "Berlin – ",
        "SEOUL: ",
        "서울, 11월 29일 (연합뉴스) -- ",
        "Updated 29 Nov 2026, 10:00\n",
        "by Jane Doe\n",
    ],
)
@pytest.mark.parametrize("field", ["summary", "content"])
def test_what_stands_before_the_news_is_not_shown(before: str, field: str) -> None:
    """By-lines, datelines and captions stay behind, and what is shown is still a part of the text as it stands."""
    told = before + NEWS
    text = EntryText(title="Embassy", summary=told) if field == "summary" else EntryText(title="Embassy", content=told)
    (shown,) = summarise(text, ())
    assert shown == NEWS


@pytest.mark.parametrize(
    "behind", [" Continue reading", " Read more »", " [+1234 chars]", " Weiterlesen", " 더보기", " […]", " Full story"]
)
def test_what_stands_behind_the_news_is_not_shown(behind: str) -> None:
    """Calls to read on are no part of a sentence."""
    assert summarise(EntryText(title="Embassy", summary=NEWS + behind), ()) == (NEWS,)


def test_a_text_without_a_dateline_loses_nothing() -> None:
    """What merely begins with capitals, brackets or a dash is news."""
    for news in (
        "Lund – the head of the alliance – said on Monday that more ships would be sent north.",
        "NATO chief Jens Lund said on Monday that the alliance would send more ships.",
        "The United Nations (UN) – which met on Monday – said that the talks in Oslo failed.",
        "COVID-19 - the disease - has come back to the north of Norway, doctors said.",
        "U.S. officials — who asked not to be named — said that the talks in Oslo failed.",
        "By the time the ministers left the hall on Monday, nothing had been agreed.",
    ):
        assert summarise(EntryText(title="News", summary=news), ()) == (news,)


def test_the_headline_may_show_why() -> None:
    """Where the title shows a matched term, the best sentences are shown, whatever they hold."""
    text = EntryText(title="Oslo to reopen embassy in Damascus", content=ARTICLE)
    hits = (*hits_of("content", ARTICLE, "Pyongyang"), Hit("title", 0, 4, "Oslo", "Oslo"))
    assert summarise(text, hits) == summarise(text, ())


def test_a_sentence_that_speaks_of_another_is_not_picked_alone() -> None:
    """A pronoun or a "but" at the start weighs less than a name."""
    content = "He told reporters on Monday that the port would close. The port of Bergen would close, Lee told them."
    assert summarise(EntryText(content=content), (), count=1)[0].startswith("The port")


def test_two_sentences_are_bearable() -> None:
    """Together they have 55 words at most; where the best is longer it stands alone."""
    long = (
        "The ministry in Oslo said "
        + "that the embassy of Norway in the old town of Damascus would open again " * 3
        + "soon."
    )
    content = f"{long} {long.replace('Oslo', 'Bergen')} It rains. {NEWS}"
    shown = summarise(EntryText(title="Embassy of Norway in Damascus", content=content), ())
    assert len(" ".join(shown).split()) <= 55 or len(shown) == 1


def test_markup_left_in_the_text_is_rather_not_shown() -> None:
    """A sentence with a tag or an entity in it gives way to one without."""
    content = f"{NEWS} <b>The</b> embassy&nbsp;in Damascus was shut in 2012, the ministry in Oslo said."
    assert summarise(EntryText(title="Embassy in Damascus", content=content), (), count=1) == (NEWS,)
