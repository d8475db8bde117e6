# ruff: noqa: E501 - each shape of page is one line of markup
"""Selectors proposed for pages without a feed: each shape of list is found, and nothing where there is none."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from digest.feeds.page import parse_page
from digest.feeds.propose import Proposal, propose_selectors
from digest.values.settings import PageSelectors

URL = "https://site.example/news/"
TITLES = (
    "Ministers meet in Damascus to reopen the embassy",
    "Storm closes three ports in the south of the country",
    "Parliament passes the budget after a night of talks",
    "Scientists find water below a desert",
    "Court orders new count of votes in the capital",
    "Rail strike ends after two weeks",
)
KOREAN = (
    "외교부 장관, 시리아 외교장관과 통화",
    "제5차 한-아세안 대화 개최 결과",
    "재외국민 보호 대책 회의 개최",
    "북한인권 국제회의 참석 안내",
    "주한 외교단 초청 정책 설명회",
)
ARABIC = (
    "وزير الخارجية يستقبل نظيره الكوري الجنوبي",
    "بيان حول إعادة فتح السفارة في دمشق",
    "اجتماع اللجنة المشتركة في العاصمة",
    "توقيع مذكرة تفاهم للتعاون العلمي",
    "زيارة رسمية إلى سيول الأسبوع المقبل",
)
JAPANESE = (
    "日・シリア外相電話会談の実施について",
    "北朝鮮による弾道ミサイル発射",
    "外務大臣臨時会見記録の掲載",
    "在外選挙の実施に関するお知らせ",
    "日韓次官協議の結果概要",
)
PROSE = "The talks went on for hours, and those who took part said afterwards that much was left to be done by all. "

MENU = (
    "<header><ul class='menu'>"
    + "".join(
        f"<li><a href='/{name.lower()}'>{name}</a></li>" for name in ("Home", "World", "Politics", "Business", "Sport")
    )
    + "</ul></header>"
)
FOOTER = (
    "<footer><ul>"
    + "".join(f"<li><a href='/f{n}'>About the way in which we work, part {n}</a></li>" for n in range(6))
    + "</ul></footer>"
)


def page(inner: str, lang: str = "en") -> str:
    """A whole page, with a menu and a footer."""
    return (
        f"<!doctype html><html lang={lang}><head><meta charset=utf-8><title>News</title></head>"
        f"<body>{MENU}{inner}{FOOTER}</body></html>"
    )


def each(pattern: str, titles: tuple[str, ...] = TITLES) -> str:
    """A pattern for each title: its number, its title, its day."""
    return "".join(
        pattern.format(n=n, title=title, day=30 - n, odd=("odd", "even")[n % 2]) for n, title in enumerate(titles)
    )


CARDS = (
    "<main><div class='row'>"
    + each(
        "<article class='card card-{n}'><a href='/n/{n}'><img src='/i{n}.png'></a><h3 class='card__title'><a href='/n/{n}'>{title}</a></h3>"
        "<p class='card__text'>What has happened there, and what it means for those who live in that place.</p>"
        "<time datetime='2026-11-{day}T08:00:00Z'>{day} Nov</time></article>"
    )
    + "</div></main>"
)
CARD_LINKS = (
    "<main>"
    + each(
        "<a class='teaser' href='/n/{n}'><span class='k'>World</span><h4>{title}</h4><span class='date'>2026-11-{day}</span></a>"
    )
    + "</main>"
)
TABLE = (
    "<table class='board'><thead><tr><th>No</th><th>Title</th><th>Date</th></tr></thead><tbody>"
    + each(
        "<tr><td>{n}</td><td class='subject'><a href='view.do?seq={n}'>{title}</a></td><td>2026.11.{day}</td></tr>",
        KOREAN,
    )
    + "</tbody></table>"
)
TABLE_SCRIPTS = (
    "<div id='content'><table><tr><th>번호</th><th>제목</th><th>담당부서</th><th>등록일</th></tr>"
    + each(
        "<tr><td>{n}</td><td><a href='javascript:fnView({n})'>{title}</a></td><td>동북아국</td><td>2026-11-{day}</td></tr>",
        KOREAN,
    )
    + "</table></div>"
)
ARABIC_LIST = (
    "<div class='view-content'>"
    + each("<div class='views-row {odd}'><div class='views-field-created'>{day}/11/2026</div><div class='views-field-title'>"
           "<span class='field-content'><a href='/ar/news/{n}'>{title}</a></span></div></div>", ARABIC)
    + "</div>"
)  # fmt: skip
JAPANESE_DL = (
    "<div id='main'><dl class='news-list'>"
    + each("<dt>2026年11月{day}日</dt><dd><a href='/p/{n}.html'>{title}</a></dd>", JAPANESE)
    + "</dl></div>"
)
NESTED = (
    "<div class='content'>"
    + "".join(
        f"<section><h2>Section {name}</h2><ul class='stories'>"
        + each(f"<li><a href='/{name}/{{n}}'>{name}: {{title}}</a></li>", TITLES[:4])
        + "</ul></section>"
        for name in ("North", "South", "East")
    )
    + "</div>"
)
DEFINITIONS = (
    "<dl>"
    + each(
        "<dt><a href='/n/{n}'>{title}</a></dt><dd>Something that is said of it at some length, so that one knows.</dd>"
    )
    + "</dl>"
)
ARTICLES = (
    "<section id='posts'>"
    + each(
        "<article><header><h2><a href='/p/{n}'>{title}</a></h2><span>{day} November 2026</span></header><div class='entry'><p>Words of it.</p></div></article>"
    )
    + "</section>"
)
PLAIN_LIST = (
    "<div><h1>Press releases</h1><ul>" + each("<li>2026-11-{day} <a href='/p/{n}'>{title}</a></li>") + "</ul></div>"
)
HASHED = (
    "<main><div class='sc-1a2b3c'>"
    + each(
        "<div class='css-x8f7qq'><a class='css-0 q{n}' href='/n/{n}'>{title}</a><time datetime='2026-11-{day}'>x</time></div>"
    )
    + "</div></main>"
)
SIDEBAR = (
    "<div class='wrap'><div class='sidebar'><h3>Most read</h3><ol>"
    + each("<li><a href='/m/{n}'>Much read and of no date: {title} </a></li>")
    + "</ol></div><div class='list'>"
    + each("<div class='item'><h3><a href='/n/{n}'>{title}</a></h3><span class='when'>{day} Nov 2026</span></div>")
    + "</div></div>"
)
PAGED = PLAIN_LIST + "<div class='pagination'>" + "".join(f"<a href='?p={n}'>{n}</a>" for n in range(1, 11)) + "</div>"

ARTICLE = (
    "<main><article><h1>Ministers meet in Damascus</h1><p class='by'>By <a href='/a/1'>Ann Example</a></p>"
    + f"<p>{PROSE}<a href='/x'>They said more</a>. {PROSE}</p>" * 8
    + "</article><div class='related'><h3>More</h3><ul>" + each("<li><a href='/n/{n}'>{title}</a></li>") + "</ul></div>"
    + "<div class='more-stories'><ul>" + each("<li><a href='/o/{n}'>{title}</a></li>") + "</ul></div></main>"
)  # fmt: skip


@pytest.mark.parametrize(
    ("inner", "titles", "dated", "linked"),
    [
        (CARDS, TITLES, True, True),
        (CARD_LINKS, TITLES, True, True),
        (TABLE, KOREAN, True, True),
        (TABLE_SCRIPTS, KOREAN, True, False),
        (ARABIC_LIST, ARABIC, False, True),
        (JAPANESE_DL, JAPANESE, False, True),
        (NESTED, (*(f"North: {title}" for title in TITLES[:4]), f"South: {TITLES[0]}"), False, True),
        (DEFINITIONS, TITLES, False, True),
        (ARTICLES, TITLES, True, True),
        (PLAIN_LIST, TITLES, False, True),
        (HASHED, TITLES, True, True),
        (SIDEBAR, TITLES, True, True),
        (PAGED, TITLES, False, True),
    ],
    ids=["cards", "card-links", "table", "table-scripts", "arabic", "japanese-dl", "nested", "definitions", "articles",
         "plain-list", "hashed", "sidebar", "paged"],
)  # fmt: skip
def test_the_list_of_news_is_found(inner: str, titles: tuple[str, ...], *, dated: bool, linked: bool) -> None:
    """Whatever it is made of: its titles, its links and its dates, and nothing else is proposed before it."""
    proposals = propose_selectors(page(inner).encode(), URL, "text/html; charset=utf-8")
    assert proposals
    best = proposals[0]
    assert tuple(line.title for line in best.preview) == titles[:5]
    assert all(bool(line.link) == linked for line in best.preview)
    if dated:
        assert [line.published for line in best.preview][:2] == [
            datetime(2026, 11, day, hour, tzinfo=UTC) for day in (30, 29) for hour in {8 if inner == CARDS else 0}
        ]
    assert _pasted(best) == best.selectors


def _pasted(proposal: Proposal) -> PageSelectors:
    """The selectors as the config would have them that its TOML is pasted into."""
    (feed,) = tomllib.loads(proposal.toml)["feed"]
    assert feed.pop("page") == URL
    return PageSelectors(**feed)


@pytest.mark.parametrize(
    "inner",
    [
        ARTICLE,
        "",
        "<p>Welcome</p>",
        "<main>" + f"<p>{PROSE}</p>" * 10 + "</main>",
        "<div class='tags'>" + each("<a href='/t/{n}'>{title}</a>") + "</div>",
        "<ul>" + "".join(f"<li><a href='/t/{n}'>Tag {n}</a></li>" for n in range(30)) + "</ul>",
        "<ul>" + each("<li><a href='/n/{n}'>{title}</a></li>", TITLES[:3]) + "</ul>",
        "<ul>" + "<li><a href='/n/1'>Read more about this one here</a></li>" * 9 + "</ul>",
    ],
    ids=["article", "empty", "welcome", "prose", "tags", "short", "three", "same"],
)
def test_nothing_is_proposed_where_there_is_no_list_of_news(inner: str) -> None:
    """An article with what is related to it, menus, tags, footers, three of a kind."""
    assert propose_selectors(page(inner).encode(), URL) == ()


def test_a_proposal_still_reads_the_page_when_news_has_come() -> None:
    """Its selectors go by names and places that stay, not by the number of an entry."""
    (best, *_) = propose_selectors(page(CARDS).encode(), URL)
    later = page(CARDS.replace("<div class='row'>", "<div class='row'><article class='card card-9'><h3 class='card__title'>"
                                                   "<a href='/n/9'>The newest of all of them</a></h3></article>"))  # fmt: skip
    feed = parse_page(later.encode(), best.selectors, content_type="", url=URL)
    assert feed.entries[0].title == "The newest of all of them"
    assert len(feed.entries) == len(TITLES) + 1
