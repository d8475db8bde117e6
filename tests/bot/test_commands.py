"""Every command: what it answers, and what it says when it is asked wrongly."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.bot import history
from digest.bot.commands import COMMANDS, read_command
from digest.values.messages import DeliveryState
from digest.watch.conditions import Condition, News
from digest.words import LONGEST_MUTE, mute_span
from tests.bot.desk import ANN, BOT_NAME, PRIVATE, TEAM

if TYPE_CHECKING:
    from tests.bot.desk import Desk

CLOSED = "North Korea closes its embassy in Syria"


# --- reading what was written ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("/status", "status", ""),
        ("/STATUS@Digest_Demo_Bot", "status", ""),
        ("/mute  dprk-syria   2h 30m ", "mute", "dprk-syria   2h 30m"),
        ("/search a\nOR b", "search", "a\nOR b"),
    ],
)
def test_a_command_is_read(text: str, name: str, argument: str) -> None:
    """In any case, with or without the bot's own name, with all that stands behind it."""
    asked = read_command(text, BOT_NAME)
    assert asked is not None
    assert (asked.name, asked.argument) == (name, argument)


@pytest.mark.parametrize("text", ["", "status", "/", "a /status", "/status@other_bot", "/status@", "/st-atus"])
def test_what_is_no_command_of_ours(text: str) -> None:
    """Plain talk, and commands for another bot."""
    assert read_command(text, BOT_NAME) is None


@pytest.mark.parametrize(
    ("text", "minutes"), [("1h", 60), ("90m", 90), ("2h30m", 150), ("1d", 1440), ("1D 2H", 1560), ("2w", 20160)]
)
def test_how_long_a_mute_is_to_be(text: str, minutes: int) -> None:
    """Units may be put together."""
    assert mute_span(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "text", ["", "h", "1", "1y", "0m", "-1h", "1.5h", "31d", "999999d", "١h", "1h x", "999999w" * 200]
)
def test_what_is_no_time_to_mute_for(text: str) -> None:
    """Nothing is guessed; the sentence says what to write."""
    with pytest.raises(ValueError, match=r"write 30m|write 30m, 1h|days at most"):
        mute_span(text)
    assert timedelta(days=30) == LONGEST_MUTE


# --- asking ----------------------------------------------------------------------------------------------------------


async def test_help_lists_every_command_and_so_does_telegram(desk: Desk) -> None:
    """One table: what /help shows is what Telegram's menu offers."""
    answer = await desk.say("/help")
    for command in COMMANDS:
        assert f"/{command.name}: {command.does}" in answer.text
        assert all(example in answer.text for example in command.examples)
    assert desk.api.commands == [(command.name, command.does) for command in COMMANDS]
    assert (await desk.say("/start")).text == answer.text


async def test_status(desk: Desk) -> None:
    """Engine, feeds, rules, outbox, mutes with who and until when, changes, what is wrong."""
    wrong = Condition("feed:1:failing", "The feed Two has failed for 6 h", "", datetime.now(UTC))
    desk.store.conditions.change(News(began=(wrong,)), [], datetime.now(UTC))
    await desk.alert(CLOSED)
    await desk.say("/mute embassies\n2h")
    answer = (await desk.say("/status")).text
    assert "engine runs since " in answer
    assert "feeds 2: 1 ok, 1 new" in answer
    assert "rules 2" in answer
    assert "wrong The feed Two has failed for 6 h" in answer
    assert "outbox 1 message: 1 sent" in answer
    assert "muted embassies until " in answer
    assert ", by Ann (42) by Telegram" in answer
    assert "Ann (42) by Telegram muted embassies until" in answer
    assert "KST" in answer


async def test_alerts(desk: Desk) -> None:
    """Latest first, linked, so many as asked, of one rule; a rule that is not there gets the nearest that is."""
    assert (await desk.say("/alerts")).text == "Nothing has alerted yet."
    desk.store_entry("The embassy opens")
    desk.store_entry(CLOSED)
    answer = await desk.say("/alerts")
    lines = answer.text.split("\n")
    assert [line.partition(" · ")[0] for line in lines[1:]] == [f"◆ {CLOSED}", f"▲ {CLOSED}", "◆ The embassy opens"]
    assert {mark.url for mark in answer.marks if mark.type == "text_link"} == {
        "https://one.example/1",
        "https://one.example/2",
    }
    assert len((await desk.say("/alerts 1")).text.split("\n")) == 2
    assert "The embassy" not in (await desk.say("/alerts dprk-syria")).text
    assert "did you mean embassies?" in (await desk.say("/alerts embasies")).text
    assert "The embassy" not in (await desk.say("/alerts DPRK-Syria")).text
    assert len((await desk.say("/alerts embassies 1")).text.split("\n")) == 2
    assert (
        (await desk.say("/alerts -5")).text
        == (await desk.say("/alerts 0")).text
        == "How many? Between 1 and 50: /alerts 10"
    )


async def test_digest(desk: Desk) -> None:
    """The last 24 hours, as digest compose makes it."""
    assert "Nothing alerted between" in (await desk.say("/digest")).text
    desk.store_entry(CLOSED)
    answer = (await desk.say("/digest")).text
    assert "\nDigest · 1 story since" in answer
    assert f"\n\n{CLOSED}\n" in answer
    assert "\nNEW · One · " in answer


async def test_rules_and_one_rule(desk: Desk) -> None:
    """All of them in a line each, some by a part of their names, one with its query, its place and buttons."""
    desk.store_entry(CLOSED)
    await desk.say("/mute embassies")
    listed = (await desk.say("/rules")).text
    assert "▲ dprk-syria high · 1 in 24 h" in listed
    assert "◆ embassies normal · 1 in 24 h · muted until" in listed
    assert "embassies" not in (await desk.say("/rules KOREA")).text
    assert "No rule has “x”" in (await desk.say("/rules x")).text
    card = await desk.say("/rule dprk-syria")
    assert '"North Korea" AND Syria' in card.text
    assert "to every channel" in card.text
    assert "desk.toml:3" in card.text
    assert card.labels == ("Mute 1h", "Mute 1d")
    assert (await desk.say("/rule Embassies")).labels == ("Unmute",)
    assert "did you mean dprk-syria?" in (await desk.say("/rule dprk_syria")).text
    assert "Which rule?" in (await desk.say("/rule")).text


async def test_feeds_the_worst_first(desk: Desk) -> None:
    """What fails stands at the top, with its reason."""
    desk.store_entry("nothing of note")
    answer = (await desk.say("/feeds")).text.split("\n")
    assert answer[0].startswith("2 feeds")
    assert answer[1:] == ["new two.example", "ok One"]


async def test_search(desk: Desk) -> None:
    """Newest first, ten at most; a mistake is answered with its column and what to write."""
    for number in range(12):
        desk.store_entry(f"Embassy number {number}")
    answer = await desk.say("/search embassy NOT (title:11)")
    assert answer.text.startswith("The newest 10")
    titles = [line.partition(" · ")[0] for line in answer.text.split("\n")[1:]]
    assert titles == [f"• Embassy number {number}" for number in range(10, 0, -1)]
    ident = answer.text.split("\n")[1].split(" · entry ")[1].split()[0]
    assert "Embassy number 10" in (await desk.say(f"/why {ident}")).text
    assert (await desk.say("/search football")).text == "Nothing found"
    wrong = (await desk.say("/search embassy and Syria")).text
    assert "column 9" in wrong
    assert "AND" in wrong
    assert "What for?" in (await desk.say("/search")).text
    assert "too long" in (await desk.say("/search " + "x" * 1001)).text


async def test_a_search_that_takes_too_long_says_how_far_it_came(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It answers in time with what it has."""
    desk.store_entry("Embassy")
    monkeypatch.setattr(history, "_SECONDS", -1.0)
    answer = (await desk.say("/search football")).text
    assert "In the time there is I looked at the newest 0 entries" in answer
    assert "digest search looks at all of them" in answer


async def test_a_story(desk: Desk) -> None:
    """By its number, or the address or number of any of its reports: who reports it, and what was told of it."""
    await desk.alert("The embassy in Syria is closed")
    entry = desk.store.archive().newest(1)[0]
    assert entry.story is not None
    for reference in (str(entry.story), f"story {entry.story}", str(entry.id), entry.url):
        answer = (await desk.say(f"/story {reference}")).text
        assert answer.startswith(f"The embassy in Syria is closed\nstory {entry.story} · 1 report · 1 source\n")
        assert answer.endswith(f"One\nThe embassy in Syria is closed\nentry {entry.id} · alerted")
    desk.store_entry("Football")
    alone = desk.store.archive().newest(1)[0]
    assert "is in no story" in (await desk.say(f"/story {alone.id}")).text
    assert "No stored entry has the number 999" in (await desk.say("/story 999")).text
    assert "Which story?" in (await desk.say("/story")).text


async def test_why(desk: Desk) -> None:
    """By id or address: the clause that decided, the words that hit, what became of the message; the nearest miss."""
    message = await desk.alert("The embassy in Syria is closed")
    entry = desk.store.archive().newest(1)[0]
    for reference in (str(entry.id), entry.url):
        answer = (await desk.say(f"/why {reference}")).text
        assert "embassies: it alerted" in answer
        assert "found “embassy”" in answer
        assert "message to ann: sent" in answer
        assert "dprk-syria: it does not match" in answer
        assert 'decided by "North Korea"' in answer
    only = (await desk.say(f"/why {entry.id} dprk-syria")).text
    assert "embassies" not in only
    assert "No stored entry has the number 999" in (await desk.say("/why 999")).text
    assert "did you mean" in (await desk.say(f"/why {entry.id} dprk-siria")).text
    assert "Why what?" in (await desk.say("/why")).text
    assert message.chat == PRIVATE


# --- changing --------------------------------------------------------------------------------------------------------


async def test_mute_and_unmute(desk: Desk) -> None:
    """Until when is said in the zone of the chat, and how to undo it; it is in force for that long."""
    muted = await desk.say("/mute dprk-syria 2h30m", TEAM)
    [mute] = desk.store.mutes.in_force(datetime.now(UTC))
    assert (mute.rule, mute.by, mute.until - mute.since) == (
        "dprk-syria",
        "Ann (42) by Telegram",
        timedelta(hours=2, minutes=30),
    )
    assert "CE" in muted.text.partition("until ")[2].partition(",")[0]  # Paris, in winter or in summer
    assert "for 2h 30m" in muted.text
    assert "/unmute dprk-syria" in muted.text
    assert muted.labels == ("Undo",)
    assert "Unmuted dprk-syria" in (await desk.say("/unmute dprk-syria")).text
    assert not desk.store.mutes.in_force(datetime.now(UTC))
    assert "is not muted" in (await desk.say("/unmute dprk-syria")).text


async def test_what_a_mute_holds_comes_when_it_is_ended(desk: Desk) -> None:
    """Held while the rule is muted, and told as soon as it is not."""
    await desk.say("/mute embassies 1d")
    desk.store_entry("The embassy opens", "", "ann")
    desk.drain.ring()
    await desk.until(lambda: desk.store.outbox.counts()[DeliveryState.HELD] == 1)
    before = len(desk.api.messages)
    await desk.api.write_to_bot(PRIVATE, "/unmute embassies", ANN)
    await desk.api.wait_until(lambda api: len(api.messages) == before + 2)
    assert any("alert 1" in text or "The embassy opens" in text for text in desk.api.texts()[before:])
    await desk.until(lambda: not desk.store.outbox.counts()[DeliveryState.HELD])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("/mute", "The rules: dprk-syria, embassies."),
        ("/mute dprk", "There is no rule “dprk”"),
        ("/mute embassies soon", "Nothing was muted: “soon” is no time to mute for: write 30m"),
        ("/mute embassies 31d", "30 days at most"),
        ("/unmute", "No rule is muted."),
        ("/unmute embasies", "did you mean embassies?"),
        ("/mte embassies", "There is no /mte: did you mean /mute?"),
        ("hello", "/help lists them"),
    ],
)
async def test_what_is_asked_wrongly_changes_nothing(desk: Desk, asked: str, words: str) -> None:
    """What to write instead, in words."""
    assert words in (await desk.say(asked)).text
    assert not desk.store.changes.last(10)


async def test_a_change_that_comes_late_is_not_made(desk: Desk) -> None:
    """Whoever wrote it while no engine ran is asked again; a question is answered all the same."""
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    assert "nothing was done. Say it again" in (await desk.say("/mute embassies", at=long_ago)).text
    assert not desk.store.changes.last(10)
    assert "2 rules" in (await desk.say("/rules", at=long_ago)).text
    lately = datetime.now(UTC) - timedelta(minutes=9)
    assert "Muted embassies" in (await desk.say("/mute embassies", at=lately)).text


async def test_a_mute_ends_by_itself(desk: Desk) -> None:
    """Once its time is up it is gone, and undoing it says that it is over."""
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    change = desk.store.changes.mute("embassies", long_ago + timedelta(hours=1), "Ann", "muted embassies", long_ago)
    assert "muted embassies until" not in (await desk.say("/status")).text
    assert "muted" not in (await desk.say("/rules")).text
    again = await desk.say("/mute embassies")
    undone = await desk.press_in_place(again, "Undo")
    assert undone.text.endswith("embassies: it is not muted.")
    await desk.api.press_data(undone, f"undo:{change.id}:{desk.store.mark()}", ANN)
    await desk.api.wait_until(lambda api: "over by itself" in api.messages[-1].text)
