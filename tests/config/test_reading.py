"""What a ``[[feed]]`` reads: a feed, a page by selectors, a Telegram channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.errors import ConfigError
from digest.values.settings import FeedSpec, PageSelectors, PublicChannel

if TYPE_CHECKING:
    from pathlib import Path


def load(folder: Path, *lines: str) -> FeedSpec:
    """The one feed of a config of these lines."""
    path = folder / "config.toml"
    path.write_text("\n".join(["[[feed]]", *lines]), encoding="utf-8")
    (feed,) = load_config(path).feeds
    return feed


def test_a_page_is_read_by_its_selectors(tmp_path: Path) -> None:
    """Only ``entry`` must be there; the others are Digest's where they are not."""
    feed = load(
        tmp_path,
        'page = "https://x.example/news"',
        'entry = "article.card"',
        'title = "h2 a"',
        'link = "a"',
        'date = "time"',
        'summary = "p"',
    )
    assert feed == FeedSpec("https://x.example/news", reading=PageSelectors("article.card", "h2 a", "a", "time", "p"))
    alone = load(tmp_path, 'page = "https://x.example/news"', 'entry = "li"')
    assert alone.reading == PageSelectors("li")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("desk_news", "https://t.me/s/desk_news"),
        ("@desk_news", "https://t.me/s/desk_news"),
        ("https://t.me/desk_news", "https://t.me/s/desk_news"),
        ("https://t.me/s/desk_news/", "https://t.me/s/desk_news"),
        ("t.me/desk_news", "https://t.me/s/desk_news"),
        ("http://telegram.me/s/desk_news", "https://t.me/s/desk_news"),
        ("https://mirror.example:8443/s/desk_news", "https://mirror.example:8443/s/desk_news"),
    ],
)
def test_a_telegram_channel_is_named_in_any_way(tmp_path: Path, written: str, address: str) -> None:
    """By its name or its address; a page of the same kind elsewhere is asked there. Each is a voice of its own."""
    expected = FeedSpec(address, publisher="@desk_news", reading=PublicChannel("desk_news"))
    assert load(tmp_path, f'telegram = "{written}"') == expected
    named = load(tmp_path, f'telegram = "{written}"', 'publisher = "The Desk"')
    assert named.publisher == "The Desk"


@pytest.mark.parametrize(
    ("lines", "line", "column", "words"),
    [
        (["name = 'x'"], 1, 3, "this feed has no address"),
        (["url = 'https://x.example/'", "page = 'https://x.example/'", "entry = 'li'"], 3, 1, "url and page exclude"),
        (["page = 'https://x.example/'", "entry = 'li'", "telegram = 'desk'"], 4, 1, "page and telegram exclude"),
        (["url = 'https://x.example/'", "entry = 'li'"], 3, 1, "entry finds something on a page"),
        (["telegram = 'desk'", "title = 'h2'"], 3, 1, "title finds something on a page"),
        (["page = 'https://x.example/'"], 1, 3, "this page has no selectors"),
        (["page = 'https://x.example/'", "entry = 'li'", "title = 'h2 >'"], 4, 13, "missing at the end"),
        (["page = 'https://x.example/'", "entry = 'li::text'"], 3, 12, "take “::text” out"),
        (["page = 'https://x.example/'", "entry = ''"], 3, 10, "empty"),
        (["page = 'https://x.example/'", "entry = 7"], 3, 9, "text in quotes"),
        (["page = 'ftp://x.example/'", "entry = 'li'"], 2, 8, "no web address"),
        (["page = 'http://127.0.0.1/'", "entry = 'li'"], 2, 8, "private network"),
        (["telegram = 'https://t.me/+abc'"], 2, 12, "private channel"),
        (["telegram = 'a b'"], 2, 12, "no public channel"),
        (["telegram = 'https://x.example/desk'"], 2, 12, "no public channel"),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_place(
    tmp_path: Path, lines: list[str], line: int, column: int, words: str
) -> None:
    """Exactly one of the three, selectors only with a page, and each of them a selector."""
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, *lines)
    found = [(each.line, each.column) for each in caught.value.problems if words in each.message]
    assert found == [(line, column)], [str(each) for each in caught.value.problems]


def test_a_channel_that_is_listed_twice_is_told(tmp_path: Path) -> None:
    """However it is written."""
    path = tmp_path / "config.toml"
    path.write_text('[[feed]]\ntelegram = "desk"\n[[feed]]\ntelegram = "https://t.me/s/desk"', encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    (problem,) = caught.value.problems
    assert (problem.line, "listed twice" in problem.message) == (4, True)
