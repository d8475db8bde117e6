"""The article comes out of its page clean: from its first sentence to its last, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.extract import article_text
from digest.stories.obstacles import PageProblem
from digest.values.news import MarkKind

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


# --- structure -------------------------------------------------------------------------------------------------------

STRUCTURED = f"""<!doctype html><html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>
<p>{PARAGRAPHS[0]} It was <b>closed </b>in 2012, says <a href="/n/2?a=1&amp;b=2">an earlier  report</a>.</p>
<figure><img src="/roof.jpg" alt="The roof"></figure>
<h2>What happens next</h2><ul><li>The roof is repaired, and then the doors are painted.
<ol><li>First of all the <code>north</code> door.</li><li>Then the others.</li></ol></li>
<li>Six <em>people</em> move in.</li></ul>
<p>{PARAGRAPHS[1]} <a href="javascript:alert(1)">Click</a> <a href="mailto:a@b.example">write</a></p>
<blockquote><p>{PARAGRAPHS[3]}</p><p>It will take a while, he said in the end.</p></blockquote>
<table><tr><th>Year</th><th>Staff</th></tr><tr><td>2012</td><td>14</td></tr></table>
<p>{PARAGRAPHS[4]}<br>That was all.</p><p>Subscribe to our newsletter.</p></article></body></html>"""


def test_structure_is_kept_beside_the_text() -> None:
    """Headings, items, quotes, tables, links, emphasis, code and pictures are marks over a text that stays plain."""
    article = article_text(STRUCTURED, url="https://nordlys.example/n/1")
    shown = [(mark.kind, article.text[mark.start : mark.end], mark.detail) for mark in article.spans]
    assert shown == [
        (MarkKind.EMPHASIS, "closed", ""),
        (MarkKind.LINK, "an earlier report", "https://nordlys.example/n/2?a=1&b=2"),
        (MarkKind.IMAGE, "", "https://nordlys.example/roof.jpg The roof"),
        (MarkKind.HEADING, "What happens next", "2"),
        (MarkKind.ITEM, "The roof is repaired, and then the doors are painted.", "1"),
        (MarkKind.ITEM, "First of all the north door.", "2 1"),
        (MarkKind.CODE, "north", ""),
        (MarkKind.ITEM, "Then the others.", "2 2"),
        (MarkKind.ITEM, "Six people move in.", "1"),
        (MarkKind.EMPHASIS, "people", ""),
        (MarkKind.QUOTE, f"{PARAGRAPHS[3]}\nIt will take a while, he said in the end.", ""),
        (MarkKind.TABLE, "Year | Staff\n2012 | 14", ""),
    ]
    assert article.text.endswith("\nThat was all.")


@given(
    st.lists(
        st.sampled_from(
            ["<p>", "</p>", "<a href='http://x.example/'>", "</a>", "<b>", "word ", "é\u0301 ", "<br>", "<li>"]
        ),
        max_size=60,
    )
)
def test_marks_stay_within_the_text(pieces: list[str]) -> None:
    """Whatever the page: marks are in order, inside the text, and links lead to the web."""
    article = article_text(f"<html><body><p>{PARAGRAPHS[0]}</p>{''.join(pieces)}<p>{PARAGRAPHS[1]}</p></body></html>")
    starts = [mark.start for mark in article.spans]
    assert starts == sorted(starts)
    for mark in article.spans:
        assert 0 <= mark.start <= mark.end <= len(article.text)
        assert mark.kind is not MarkKind.LINK or mark.detail.startswith("http")


# --- pages in an article's place -------------------------------------------------------------------------------------

OBSTACLES = [
    (
        PageProblem.CHALLENGE,
        "Just a moment...",
        "<p>Verify you are human by completing the action below.</p><p>Enable JavaScript and cookies to continue</p>",
    ),
    (
        PageProblem.CHALLENGE,
        "fjord.example",
        "<h1>fjord.example</h1><p>Verify you are human by completing the action below.</p>",
    ),
    (
        PageProblem.CHALLENGE,
        "Attention Required! | Cloudflare",
        "<h1>Sorry, you have been blocked</h1><p>You are unable to access fjord.example</p>",
    ),
    (
        PageProblem.CHALLENGE,
        "Bloom Street",
        "<h1>Bloom Street</h1><p>To continue, please click the box below to let us know you're not a robot.</p>",
    ),
    (
        PageProblem.MISSING,
        "Fjord Times",
        "<h1>Oh no</h1><p>The page you were looking for may have moved or no longer exists.</p>",
    ),
    (
        PageProblem.READERS_ONLY,
        "Fjord Times",
        "<h1>Fjord Times</h1><p>Already registered? Log in here.</p><p>Subscribe to continue reading.</p>",
    ),
    (
        PageProblem.DENIED,
        "Access denied",
        "<h1>Access Denied</h1><p>You don't have permission to access this server.</p>",
    ),
    (
        PageProblem.CONSENT,
        "Before you continue to Google",
        "<p>We use cookies and data to</p><ul><li>Deliver services</li></ul><p>If you accept all, we do more.</p>",
    ),
    (
        PageProblem.CONSENT,
        "Fjordzeitung",
        (
            "<h2>Wir verwenden Cookies</h2><p>Wir und unsere Partner verwenden Cookies, um Inhalte zu messen.</p>"
            "<button>Alle akzeptieren</button>"
        ),
    ),
    (
        PageProblem.CONSENT,
        "The Fjord",
        (
            "<p>We value your privacy</p><p>We and our 842 partners store information on a device, such as cookies.</p>"
            "<button>Accept all</button>"
        ),
    ),
]


@pytest.mark.parametrize(("problem", "title", "body"), OBSTACLES)
def test_what_stands_in_an_articles_place_is_told(problem: PageProblem, title: str, body: str) -> None:
    """A page that asks for a proof or for consent, or refuses, is never taken for the article."""
    article = article_text(f"<html><head><title>{title}</title></head><body>{body}</body></html>")
    assert (article.problem, article.text, article.spans) == (problem, "", ())


@pytest.mark.parametrize(
    "text",
    [
        (
            "The European Union fined a firm on Monday because “we use cookies” was all that it said, a court heard. "
            "The firm will appeal to the court, a lawyer said, and has three months. This is no choice, judges said."
        ),
        (
            "A company in Oslo defended the page that makes readers prove that they are human, a paper said. "
            "Critics said that the page, called Just a moment, locks out blind people. A court hears it in May."
        ),
    ],
)
def test_news_about_such_pages_is_news(text: str) -> None:
    """A short story about cookies or challenges tells of others, so it is an article."""
    article = article_text(
        f"<html><head><title>Court on cookies</title></head><body><article><p>{text}</p></article></body></html>"
    )
    assert article.problem is None
    assert article.text == text


def test_a_scraped_challenge_is_told_too() -> None:
    """Plain text may be one as well."""
    assert article_text("Just a moment...\nEnable JavaScript and cookies to continue").problem is PageProblem.CHALLENGE


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
