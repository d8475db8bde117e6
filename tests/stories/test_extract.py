"""The article comes out of its page clean: from its first sentence to its last, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.extract import article_text

TITLE = "Oslo and Damascus Agree to Reopen Embassy’s Doors in January"
PARAGRAPHS = (
    "Norway has announced plans to reopen its embassy in Damascus, which has been shut for thirteen long years.",
    "On Tuesday an official stated that “we will proceed with the reopening in January.” Six people will work there.",
    "He was asked whether more would follow.",
    "“We shall see how the first months go,” he said, “and then we shall talk about the visa section again.”",
    "Pyongyang, which has kept a mission in the city since 1966, did not comment on the news when it was asked.",
)

HEADLINES_FIRST = f"""Tuesday, November 24, 2026

Ferry Company Heads to the Islands for Summit on Timetables

The ferry company will attend a summit on timetables, discussing its plans with island leaders and fishers.

Band Sets Record on National Chart

On the 17th, the chart announced...

{TITLE}

World{TITLE.replace("’", "'")}
Nordlys
Nordlys

{PARAGRAPHS[0]}

{PARAGRAPHS[1]}
{PARAGRAPHS[2]}
{PARAGRAPHS[3]}

{PARAGRAPHS[4]}

Check Out Our Other Content

Most Popular Articles
"""

CALLS_INSIDE = f"""{TITLE}
Ministry praises the ‘sound roof’ of the old building

{PARAGRAPHS[0]}
Subscribe to The Fjord
Escape your harbour. Get the facts behind the tides, plus analysis from many sides.

Sign up for The Fjord's Free Newsletters
From our morning tide table to a weekly letter about herring, get the best of The Fjord delivered to your inbox.
From our morning tide table to a weekly letter about herring, get the best of The Fjord delivered to your inbox.
{PARAGRAPHS[1]}
{PARAGRAPHS[2]}
{PARAGRAPHS[3]}
{PARAGRAPHS[4]}
Sign up for Today's Best Articles in your inbox
A free daily email with the biggest news stories of the day – and the best features from the fjord.
-
Ferry closings could accelerate throughout the winter
Under the Radar Major lines are continuing to shutter stops
By A. Writer, The Fjord Published
-
Crossword: November 20
The Fjord's daily crossword
"""

PAGE = f"""<!doctype html><html><head><title>{TITLE} - Nordlys</title></head><body>
<nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>{TITLE}</h1>
{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}<p>Subscribe to our newsletter.</p></article>
<aside><a href="/1">Ferry closings could accelerate</a></aside><footer>© 2026 Nordlys. All rights reserved.</footer>
</body></html>"""


@pytest.mark.parametrize("document", [HEADLINES_FIRST, CALLS_INSIDE], ids=["headlines-first", "calls-inside"])
@pytest.mark.parametrize("title", [TITLE, ""], ids=["title-known", "title-unknown"])
def test_scraped_text_gives_its_article_whole(document: str, title: str) -> None:
    """Every paragraph of the article and no line of another, calls to action in its midst or not."""
    article = article_text(document, title=title)
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.title == TITLE
    assert article.method == "text"


@pytest.mark.parametrize("document", [PAGE, PAGE.encode()], ids=["text", "bytes"])
def test_a_page_gives_its_article(document: str | bytes) -> None:
    """Markup goes through trafilatura; menu, footer, calls and the repeated title stay behind."""
    article = article_text(document, url="https://nordlys.example/oslo")
    assert article.text.split("\n") == list(PARAGRAPHS)
    assert article.title == TITLE
    assert article.method == "page"


def test_headlines_named_again_below_do_not_lose_the_article() -> None:
    """A list after the article that names its title once more is not taken for its beginning."""
    article = article_text(f"{CALLS_INSIDE}\nMost read\n{TITLE}\nAnother headline without an end\n", title=TITLE)
    assert article.text.split("\n") == list(PARAGRAPHS)


@pytest.mark.parametrize(
    ("title", "lines", "around"),
    [
        (
            "한국·시리아 외교 관계 수립",
            (
                "한국과 시리아가 이번 주 외교 관계를 수립한다고 외교부가 24일 밝혔다.",
                "전문가들은 북한의 고립이 깊어질 것으로 내다봤다고 전했다.",
            ),
            ("많이 본 뉴스", "홍길동 기자 hong@saebyeok.example", "무단 전재 및 재배포 금지"),
        ),
        (
            "韩国与叙利亚将建立外交关系",
            (
                "韩国与叙利亚将于本周建立外交关系，双方外交部门24日确认。",
                "叙利亚此前与朝鲜长期保持邦交，观察人士注意到这一变化。",
            ),
            ("首页 > 国际", "责任编辑：海东", "未经授权不得转载"),
        ),
    ],
)
def test_wide_scripts_count_characters_not_words(title: str, lines: tuple[str, ...], around: tuple[str, ...]) -> None:
    """Where words are few or unparted, fifteen characters make a line of prose."""
    document = "\n".join([around[0], title, *lines, *around[1:]])
    assert article_text(document, title=title).text.split("\n") == list(lines)


def test_text_without_prose_is_given_whole() -> None:
    """What holds no line of prose is not thrown away."""
    article = article_text("Talks end in Busan\nNo date set")
    assert (article.text, article.method) == ("Talks end in Busan\nNo date set", "whole")
    assert article_text("").text == ""


def test_nothing_harmful_comes_out() -> None:
    """Escape sequences and invisible characters are gone from text and title."""
    article = article_text(f"\x1b[31m{TITLE}\n{PARAGRAPHS[0]}\u202e\x07", title=f"{TITLE}\x1b[0m")
    assert article.text == PARAGRAPHS[0]
    assert article.title == TITLE


PIECES = st.sampled_from(["word ", ".", "\n", "字", "。", "<p>", "Subscribe ", "é", "\x00", "<!--"])


@given(st.lists(PIECES, max_size=120).map("".join))
def test_any_document_gives_text_or_nothing(document: str) -> None:
    """No document makes it fail, and no line comes out twice as a block of prose."""
    article = article_text(document, title="word word")
    lines = article.text.split("\n")
    assert article.method != "text" or len(set(lines)) == len(lines)


SEEDS = Path(os.environ.get("DIGEST_CORPUS", "/nonexistent")) / ".." / ".." / "seeds"
SEED_CASES = [
    (
        "000",
        "South Korea Moves to Establish Diplomatic Relations with Syria, Deepening North Korea’s Isolation",
        ("The South Korean government has announced", "even more dependent on Russia."),
        11,
        ("Naver", "Rigetti", "News1", "Check Out"),
    ),
    (
        "001",
        "Syria’s Bashar al-Assad ‘planning state visit to North Korea’",
        ("Syrian President Bashar al-Assad is planning", "is not a good PR move.”"),
        12,
        ("Subscribe", "Newsletter", "Crossword", "Store closings", "Published"),
    ),
]


@pytest.mark.skipif(not SEEDS.is_dir(), reason="the two scraped pages lie beside the folder named by DIGEST_CORPUS")
@pytest.mark.parametrize("known", [True, False], ids=["title-known", "title-unknown"])
@pytest.mark.parametrize(("name", "title", "ends", "paragraphs", "foreign"), SEED_CASES)
def test_the_real_scraped_pages_come_out_clean(
    name: str, title: str, ends: tuple[str, str], paragraphs: int, foreign: tuple[str, ...], *, known: bool
) -> None:
    """Two pages as they were really scraped: first and last sentence right, nothing of what stood around."""
    (path,) = SEEDS.glob(f"{name}*.txt")
    article = article_text(path.read_text(encoding="utf-8"), title=title if known else "")
    assert article.text.startswith(ends[0])
    assert article.text.endswith(ends[1])
    assert len(article.text.split("\n")) == paragraphs
    assert not any(word in article.text for word in foreign)
    assert article.title == title
