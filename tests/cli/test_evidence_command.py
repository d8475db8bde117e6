"""``digest evidence``: the text kept, a hash that anybody can make again, and what changed since."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from digest.config import load_config
from digest.stories.evidence import change_of
from digest.values.news import (
    EntryEdit,
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PageFacts,
    PollResult,
    Severity,
    TextChange,
)
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC).replace(microsecond=0)
TITLE = "North Korea closes its embassy in Syria"
KEPT = f"title\n{TITLE}\n\nsummary\nIt closed.\n\ncontent\n\n"
MINUTE = timedelta(minutes=1)


def stamp(moment: datetime) -> str:
    """A time as the command writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def poll(store: Store, *entries: NewEntry, edits: tuple[EntryEdit, ...] = (), at: datetime = NOW) -> None:
    """A poll of the first feed."""
    feed = store.polls.all_feeds()[0]
    update = FeedUpdate(feed.id, at, ok=True, next_due=at + 10 * MINUTE, interval=10 * MINUTE, failures=0)
    commit(store, [PollResult(update, entries, edits=edits)], at)


def named(key: bytes, title: str, *rules: str) -> NewEntry:
    """An entry that these rules hit."""
    judged = [
        JudgedMatch(Match(rule, Severity.HIGH, (Hit("title", 24, 31, "embassy", "embassy"),)), Outcome.ALERT)
        for rule in rules
    ]
    text = EntryText(title, "It closed.", source="Example News")
    url = f"https://example.org/{key.decode()[0]}"
    return seed(NewEntry(Identity(key, b"", b""), url, text, None, "", 0), judged)


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """The desk's store: entry 1 matched nothing, entry 2 is alerts 1 and 2, entry 3 is alert 3."""
    config = load_config(desk.folder / "config.toml")
    config.state.mkdir()
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=NOW)
        bare, two, three = (str(number).encode() * 16 for number in (1, 2, 3))
        poll(opened, named(bare, "Snow"), named(two, TITLE, "embassies", "dprk"), named(three, "Embassy", "embassies"))
        yield opened


def edited(store: Store, title: str = "North Korea opens its embassy in Syria") -> TextChange:
    """Entry 2 says something else."""
    change = change_of("title", TITLE, title)
    assert change is not None
    poll(store, edits=(EntryEdit(b"2" * 16, (change,)),), at=NOW + MINUTE)
    return change


def test_why_and_story_tell_of_a_changed_headline(desk: Desk, store: Store) -> None:
    """What it was, what it is, and when that was seen; in words and for programs."""
    assert desk.run("why", "2", "--rule", "embassies", "--json").lines[0]["headline"] is None
    edited(store)
    headline = {"before": TITLE, "after": "North Korea opens its embassy in Syria", "at": stamp(NOW + MINUTE)}
    [line] = desk.run("why", "2", "--rule", "embassies", "--json").lines
    [story] = desk.run("story", "2", "--json").lines
    assert line["headline"] == story["reports"][0]["headline"] == headline
    seen = (NOW + MINUTE).astimezone(ZoneInfo("Asia/Seoul"))
    words = f"headline changed {seen:%Y-%m-%d %H:%M}: “{TITLE}” is now “North Korea opens its embassy in Syria”\n"
    assert f"\n{words}" in desk.run("why", "2").out
    assert f"\n    {words}" in desk.run("story", "2").out


def test_what_was_kept_and_what_changed(desk: Desk, store: Store) -> None:
    """To the letter, with a hash over the text as it stands there."""
    change = edited(store)
    store.articles.save(2, PageFacts("Closed", "The whole story."), NOW)
    done = desk.run("evidence", "2", "--json")
    assert (done.code, done.err) == (0, "")
    (line,) = done.lines
    assert line == {
        "entry": {
            "id": 2,
            "url": "https://example.org/2",
            "title": TITLE,
            "source": "Example News",
            "published": None,
            "first_seen": stamp(NOW),
        },
        "at": stamp(NOW),
        "sha256": hashlib.sha256(KEPT.encode()).hexdigest(),
        "text": KEPT,
        "changes": [
            {
                "at": stamp(NOW + MINUTE),
                "field": "title",
                "before": TITLE,
                "after": change.after,
                "difference": change.difference,
                "sha256": hashlib.sha256(change.after.encode()).hexdigest(),
                "matches": True,
            }
        ],
        "page": {"at": stamp(NOW), "title": "Closed", "text": "The whole story.", "problem": None},
    }


def test_the_same_in_words(desk: Desk, store: Store) -> None:
    """The text, its hash, when it was kept, and the difference line by line."""
    edited(store)
    store.articles.save(2, PageFacts(problem="403: refused"), NOW)
    done = desk.run("evidence", "https://example.org/2")
    assert (done.code, done.err) == (0, "")
    for words in (
        f"SHA-256 {hashlib.sha256(KEPT.encode()).hexdigest()}",
        KEPT,
        "embassies, dprk",
        "No article: 403: refused; the feed's text serves.",
        "CHANGED title, seen ",
        f"  -{TITLE}\n  +North Korea opens its embassy in Syria",
    ):
        assert words in done.out


def test_nothing_changed(desk: Desk, store: Store) -> None:
    """That is said, too."""
    del store
    done = desk.run("evidence", "2")
    assert (done.code, done.err) == (0, "Nothing was seen to change since.\n")


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("words", "entry"), [(["2"], 2), (["3"], 3), (["--alert", "3"], 3), (["--alert", "2"], 2)])
def test_an_id_is_an_entry_else_an_alert(desk: Desk, words: list[str], entry: int) -> None:
    """The option says which where both have evidence."""
    (line,) = desk.run("evidence", *words, "--json").lines
    assert line["entry"]["id"] == entry


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["99"], "no stored entry or alert has the id 99"),
        (["9" * 30], "no stored entry or alert has the id"),
        (["https://example.org/0"], "no stored entry or alert has the address"),
        (["https://example.org/1"], "nothing is kept of https://example.org/1: no rule matched it"),
        (["--alert", "99"], "no stored alert with evidence has the id 99"),
        (["--alert", "x"], "no stored alert with evidence has the id x"),
    ],
)
def test_what_is_not_there_is_said(desk: Desk, words: list[str], said: str) -> None:
    """With what to do instead."""
    done = desk.run("evidence", *words)
    assert done.code == 1
    assert said in done.err


def test_hostile_text_reaches_no_terminal(desk: Desk, store: Store) -> None:
    """Neither what was kept nor what it was changed to."""
    edited(store, "Ha\x1b]0;owned\x07\u202e")
    done = desk.run("evidence", "2")
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out
