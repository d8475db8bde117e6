"""Feeds come into a config and go out of it, and nothing else of the file changes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.config.editing import twin, with_feeds, with_scheme, without_feed
from digest.errors import UsageError
from digest.toml.places import comments

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
_TABLE = st.fixed_dictionaries(
    {"url": st.just("https://new.example/"), "name": _TEXT, "tags": st.lists(_TEXT, max_size=3)}
)
_LINES = st.lists(
    st.sampled_from(
        [
            '[[feed]]\nurl = "https://a.example/" # note\n',
            '[[feed]]\n# note\nurl = "https://b.example/"\n# publisher = "B"\n',
            '[[feed]]\nurl = """\nhttps://c.example/"""\ntags = [\n  "a", # note\n]\n',
            '[[channel]]\nname = "x"\n',
            "# a note\n",
            "# --- a heading ---\n",
            "\n",
            "   \n",
        ]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(_LINES, _TABLE, st.sampled_from(["\n", "\r\n"]))
def test_a_feed_is_added_and_all_else_stays(text: str, table: dict[str, str | list[str]], newline: str) -> None:
    """Every line, note and other table is where it was; taken out again, the file says what it said."""
    text = text.replace("\n", newline)
    before = tomllib.loads(text)
    edited = with_feeds(text, [table])
    feeds = tomllib.loads(edited).get("feed", [])
    assert feeds[:-1] == before.get("feed", [])
    assert feeds[-1] == {key: value for key, value in table.items() if value}
    assert comments(edited) == comments(text)
    lines = edited.splitlines()
    for line in text.splitlines():
        assert line in lines
    back = without_feed(edited, "https://new.example/")
    assert tomllib.loads(back) == before
    assert [line for line in back.splitlines() if line.strip()] == [line for line in text.splitlines() if line.strip()]


def test_each_feed_of_the_example_can_be_taken_out() -> None:
    """With what is noted in its own table; the notes above it stay."""
    text = EXAMPLE.read_text(encoding="utf-8")
    urls = [feed["url"] for feed in tomllib.loads(text)["feed"]]
    for url in urls:
        edited = without_feed(text, url)
        assert [feed["url"] for feed in tomllib.loads(edited)["feed"]] == [other for other in urls if other != url]
        assert "# --- feeds ---" in edited
    assert without_feed(with_feeds(text, [{"url": "https://new.example/"}]), "https://new.example/") == text


def test_notes_before_the_next_table_are_its_own() -> None:
    """A heading that follows a feed without an empty line stays when that goes."""
    text = '[[feed]]\nurl = "https://a.example/"\n# --- channels\n[[channel]]\nname = "x"\n'
    assert without_feed(text, "https://a.example/") == '# --- channels\n[[channel]]\nname = "x"\n'


@pytest.mark.parametrize(
    "text", ['feed = [{ url = "https://a.example/" }]', 'feed = [\n{ url = "https://a.example/" }]']
)
def test_what_is_written_otherwise_is_left_to_its_author(text: str) -> None:
    """And said so."""
    with pytest.raises(UsageError, match="edit the file yourself"):
        with_feeds(text, [{"url": "https://b.example/"}])
    with pytest.raises(UsageError, match="edit the file yourself"):
        without_feed(text, "https://a.example/")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://example.org/rss", "https://www.example.org/rss/", True),
        ("https://example.org:443/rss?a=1", "http://EXAMPLE.org:80/rss?a=1", True),
        ("https://example.org/rss?a=1", "https://example.org/rss?a=2", False),
        ("https://example.org/RSS", "https://example.org/rss", False),
        ("https://news.example.org/rss", "https://example.org/rss", False),
        ("https://example.org:8080/rss", "https://example.org/rss", False),
    ],
)
def test_twins_are_one_feed(one: str, other: str, *, same: bool) -> None:
    """By http and https, www, and a slash at the end."""
    assert (twin(one) == twin(other)) is same


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("example.org", "https://example.org"),
        ("feed:https://example.org/rss", "https://example.org/rss"),
        ("feed://example.org/rss", "https://example.org/rss"),
        (" http://example.org ", "http://example.org"),
    ],
)
def test_an_address_may_be_typed_as_people_write_it(typed: str, asked: str) -> None:
    """Without a scheme it is https."""
    assert with_scheme(typed) == asked
