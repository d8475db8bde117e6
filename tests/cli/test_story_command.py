"""``digest story``: an event with its timeline, what may be the same elsewhere, and a user's word on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert

from digest.delivery.decide import Policy, decide
from digest.store.schema import rules
from digest.values.news import EntryText, FeedUpdate, Identity, Match, NewEntry, PollResult, Severity
from digest.values.settings import FeedSpec, Telling
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from digest.store import Store
    from digest.values.news import FoundMatch
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
OUTLETS = {"Alpha": "en", "Beta": "en", "Haebaragi": "ko"}
ALIASES = """\
[alias]
dprk = ["North Korea", "북한"]
syria = ["Syria", "시리아"]
embassy = ["embassy", "대사관"]
"""
CLOSES = "North Korea closes its embassy in Syria after 58 years"
FOUND = ((Match("embassies", Severity.HIGH, ()), ()),)


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """What five reports left in the desk's database."""
    desk.append("rules/names.toml", ALIASES)
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")) as opened:
        specs = [FeedSpec(f"https://{name.lower()}.example/rss", name, lang=lang) for name, lang in OUTLETS.items()]
        opened.polls.sync_feeds(specs, default_every=HOUR, now=NOW - HOUR)
        for minute, (outlet, title) in enumerate(
            [
                ("Alpha", CLOSES),
                ("Beta", "North Korea closes embassy in Syria after 58 years, Damascus says"),
                ("Haebaragi", "북한, 58년 만에 시리아 대사관 폐쇄"),
                ("Haebaragi", "한빛 구단, 새 감독과 3년 계약"),
                ("Beta", "Glass makers of Aleppo open their workshops"),
            ]
        ):
            brings(opened, outlet, title, NOW - HOUR + timedelta(minutes=minute))
        yield opened


def brings(store: Store, outlet: str, title: str, now: datetime, found: Sequence[FoundMatch] = FOUND) -> None:
    """An outlet reports something, in which a rule finds something, or nothing."""
    feed = [*OUTLETS].index(outlet) + 1
    key = f"{now.timestamp()}".encode().ljust(16, b".")[:16]
    url = f"https://{outlet.lower()}.example/{int(now.timestamp())}"
    entry = NewEntry(Identity(key, key, key), url, EntryText(title), None, "", 0, matches=tuple(found))
    update = FeedUpdate(feed, now, ok=True, next_due=now, interval=HOUR, failures=0)
    store.polls.commit_polls([PollResult(update, (entry,))], now, partial(decide, Policy(HOUR, [])))


@pytest.mark.usefixtures("store")
def test_a_story_with_its_timeline(desk: Desk) -> None:
    """By the id or the address of any report: who reports it, what alerted, and what may be the same elsewhere."""
    [shown] = desk.run("story", "1", "--json").lines
    assert [report["source"] for report in shown["reports"]] == ["Alpha", "Beta"]
    assert [(each["alerted"], each["repeat"], each["update"]) for each in shown["reports"]] == [
        (True, False, None),
        (False, True, None),
    ]
    assert [each["title"] for each in shown["related"]] == ["북한, 58년 만에 시리아 대사관 폐쇄"]
    assert (
        desk.run("story", "2", "--json").lines == desk.run("story", "show", shown["reports"][1]["url"], "--json").lines
    )
    done = desk.run("story", "1")
    assert done.out.startswith(f"{CLOSES}\nstory 1 · 2 reports · 2 sources\n")
    assert "Possibly related (ko): story 3  북한, 58년 만에 시리아 대사관 폐쇄" in done.out


@pytest.mark.usefixtures("store")
def test_why_names_the_story_of_what_was_not_told(desk: Desk) -> None:
    """The reason in words, and for programs; so does a line of ``alerts``."""
    [answer] = desk.run("why", "2", "--rule", "embassies", "--json").lines
    assert (answer["story"], answer["alerted"], answer["reason"]) == (1, False, "same-report")
    assert "its story was told before" in desk.run("why", "2").out
    assert [(line["story"], line["entry"]["id"]) for line in desk.run("alerts", "--json").lines] == [
        (1, 1),
        (3, 3),
        (4, 4),
        (5, 5),
    ]


def test_why_says_that_a_report_was_told_for_its_publishers(desk: Desk, store: Store) -> None:
    """Nothing was found in it, which is said, too."""
    wants = Policy(HOUR, [], telling={"embassies": Telling(again=1)})
    with store.database.write() as (connection, _):
        connection.execute(insert(rules), {"id": "embassies", "severity": 2, "path": "rules.toml", "line": 1})
    brings(store, "Alpha", "Glass makers of Aleppo open workshops", NOW, found=())
    store.polls.commit_stories(9, NOW, partial(decide, wants))
    said = desk.run("why", "6", "--rule", "embassies").out
    assert "it alerted, as an UPDATE: more sources report it; the rule does not match it, but told its story\n" in said


@pytest.mark.usefixtures("store")
def test_join_and_part(desk: Desk) -> None:
    """A user's word holds; what cannot be done is said, with exit code 1."""
    joined, parted = desk.run("story", "join", "1", "5", "5").out, desk.run("story", "part", "5").out
    assert joined == "Story 1, “North Korea closes its embassy in Syria…”, has 3 reports.\n"
    assert parted == (
        "Story 5, “Glass makers of Aleppo open their works…”, was parted from story 1.\nEntry 5: it alerted before.\n"
    )
    assert [each["entry"] for each in desk.run("story", "5", "--json").lines[0]["reports"]] == [5]
    for wrong, words in {
        ("join", "1", "1"): "cannot be joined to itself",
        ("join", "1", "99"): "there is no story or entry 99",
        ("part", "5"): "of story 5 must stay in it",
        ("part", "2", "5"): "several stories",
        ("show", "https://nowhere.example/"): "there is no story or entry",
    }.items():
        done = desk.run("story", *wrong)
        assert (done.code, done.out) == (1, "")
        assert words in done.err


def test_part_says_what_it_told_and_what_it_left(desk: Desk, store: Store) -> None:
    """What was suppressed alerts; what is held or followed is the old story alone."""
    with store.database.write() as (connection, _):
        connection.execute(insert(rules), {"id": "embassies", "severity": 2, "path": "rules.toml", "line": 1})
    brings(store, "Beta", "North Korea closes its embassy in Syria after 58 years, Seoul says", NOW)
    brings(store, "Haebaragi", "North Korea closes embassy in Syria after 58 years: Tokyo", NOW, found=())
    store.polls.commit_stories(9, NOW, partial(decide, Policy(HOUR, [])))
    desk.run("mute", "1")
    desk.run("follow", "1")
    assert desk.run("story", "part", "2", "6", "7").out == (
        "Story 2, “North Korea closes embassy in Syria aft…”, was parted from story 1.\n"
        "Entry 2: it alerts now, by embassies.\n"
        "Entry 6: its story was told before, and it says what another report said.\n"
        "Entry 7: no rule found it, so there is nothing to tell.\n"
        "Story 1 is muted, story 2 is not: digest mute 2 holds it, too.\n"
        "You follow story 1, not story 2: digest follow 2 follows it, too.\n"
    )
    assert [(line["entry"]["id"], line["story"]) for line in desk.run("alerts", "--json").lines][-1] == (2, 2)
