"""``digest ack``, ``mute``, ``unmute`` and ``follow``: what the buttons of an alert do, from the shell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from tests.fakes.newsroom import TITLE, Newsroom
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store
    from tests.cli.conftest import Desk


@pytest.fixture(autouse=True)
def store(desk: Desk) -> Iterator[Store]:
    """A store with one story."""
    config = load_config(desk.folder / "config.toml")
    config.state.mkdir()
    with new_store(config.database) as opened:
        news = Newsroom(opened, lambda: datetime.now(UTC), channels=())
        news.report(None, "Example")
        yield opened


def muted(store: Store) -> dict[str, timedelta]:
    """What is muted, each for how long."""
    return {mute.rule: mute.until - mute.since for mute in store.mutes.in_force(datetime.now(UTC))}


def test_mute_a_rule_and_unmute_it(desk: Desk, store: Store) -> None:
    """An hour if no time is said; until when is told, and who did it is noted."""
    done = desk.run("mute", "embassies")
    assert done.code == 0
    assert done.out.startswith("Muted embassies until ")
    assert done.out.endswith(". digest unmute embassies ends it.\n")
    assert muted(store) == {"embassies": timedelta(hours=1)}
    assert store.changes.last(1)[0].by == "the command line"
    done = desk.run("unmute", "embassies")
    assert (done.code, done.out) == (0, "Unmuted embassies: what was held for it comes now.\n")
    assert not muted(store)
    done = desk.run("unmute", "embassies")
    assert (done.code, done.out, done.err) == (1, "", "embassies is not muted.\n")


@pytest.mark.parametrize("named", ["1", "story 1"])
def test_mute_a_story_by_its_number(desk: Desk, store: Store, named: str) -> None:
    """With or without the word before it."""
    assert desk.run("mute", named, "2h30m").code == 0
    assert muted(store) == {"story 1": timedelta(hours=2, minutes=30)}
    assert desk.run("unmute", named).out == f"Unmuted “{TITLE}”: what was held for it comes now.\n"


def test_a_mute_of_what_is_gone_can_be_ended(desk: Desk, store: Store) -> None:
    """A rule that was deleted, or a story that is no longer kept, may be muted still."""
    now = datetime.now(UTC)
    for name in ("old-rule", "story 77"):
        store.changes.mute(name, now + timedelta(hours=1), "Ann", f"muted {name}", now)
    assert desk.run("unmute", "old-rule").code == 0
    assert desk.run("unmute", "77").code == 0
    assert not muted(store)


def test_follow_a_story_and_let_it_go(desk: Desk, store: Store) -> None:
    """Doing what is done already says so."""
    assert desk.run("follow", "1").out == f"Following “{TITLE}”. digest follow 1 --stop ends it.\n"
    story = store.reads.story(1)
    assert story is not None
    assert story.followed is not None
    done = desk.run("follow", "1")
    assert (done.code, done.out, done.err) == (1, "", f"“{TITLE}” is followed already.\n")
    assert desk.run("follow", "1", "--stop").out == f"No longer following “{TITLE}”.\n"
    assert desk.run("follow", "1", "--stop").err == f"“{TITLE}” is not followed.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("mute", "embasies"), 1, "did you mean “embassies”?"),
        (("mute", "99"), 1, "there is no story 99"),
        (("unmute", "99"), 1, "there is no story 99"),
        (("mute", "9" * 40), 1, "there is no rule"),
        (("mute", "embassies", "soon"), 2, "“soon” is no time to mute for: write 30m"),
        (("mute", "embassies", "31d"), 2, "30 days at most"),
        (("follow", "99"), 1, "there is no story 99"),
        (("follow", "9" * 40), 1, "there is no story 99"),
        (("follow", "embassies"), 2, "not a valid integer"),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    desk: Desk, store: Store, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """And says what to do instead."""
    done = desk.run(*arguments)
    assert done.code == code
    assert words in done.err
    assert not muted(store)


def test_take_a_story_and_let_it_go(desk: Desk, store: Store) -> None:
    """By its number; you go by your login name, and it is noted; `alerts` and `status` say who has it."""
    done = desk.run("ack", "1", LOGNAME="ann")
    assert (done.code, done.out.splitlines()[0]) == (0, f"ann has it now: {TITLE}")
    assert store.changes.last(1)[0].by == "ann by the command line"
    (alert,) = desk.run("alerts", "--json").lines
    assert alert["acknowledged"]["by"] == "ann"
    assert "ann has it since" in desk.run("alerts").out
    assert f"on duty   ann has “{TITLE}” (story 1), high, since " in desk.run("status").out
    (one,) = desk.run("status", "--json").lines[0]["duty"]
    assert (one["story"], one["title"], one["acknowledged"]["by"]) == (1, TITLE, "ann")
    assert desk.run("ack", "1", LOGNAME="ann").out.startswith("You have it since ")
    done = desk.run("ack", "1", "--stop", LOGNAME="ann")
    assert (done.code, done.out.splitlines()[0]) == (0, f"Nobody has it now: {TITLE}")
    done = desk.run("ack", "1", "--stop", LOGNAME="ann")
    assert (done.code, done.err) == (1, f"Nobody has it: {TITLE}\n")


def test_take_a_story_over(desk: Desk, store: Store) -> None:
    """Whoever is second is told who has it, and how to take it over; only who has it lets it go."""
    assert desk.run("ack", "https://example.example/1", LOGNAME="ann").code == 0
    for words in (["ack", "1"], ["ack", "1", "--stop"]):
        done = desk.run(*words, LOGNAME="bob")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("ann has it since ")
        assert done.err.endswith(": digest ack 1 --over takes it over.\n")
    assert desk.run("ack", "1", "--over", LOGNAME="bob").code == 0
    assert store.duty.taken([1])[1].who == "bob"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["99"], 1, "there is no story or entry 99: digest alerts --json names the story of each alert"),
        (["https://nowhere.example/"], 1, "there is no story or entry https://nowhere.example/"),
        (["1", "--over", "--stop"], 2, "--over and --stop exclude each other"),
        ([], 2, "Missing argument 'ID'"),
    ],
)
def test_what_cannot_be_taken(desk: Desk, words: list[str], code: int, told: str) -> None:
    """With what to do."""
    done = desk.run("ack", *words)
    assert done.code == code
    assert told in done.err


def test_what_did_not_alert_cannot_be_taken(desk: Desk, store: Store) -> None:
    """There is nothing to deal with."""
    Newsroom(store, lambda: datetime.now(UTC), channels=(), made=5).report(None, "Reuters", "Calm", told=False)
    done = desk.run("ack", "2")
    assert (done.code, done.err) == (1, "There is nothing to take, for it did not alert: Calm\n")
