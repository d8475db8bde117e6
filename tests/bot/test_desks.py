"""Who may do what in Telegram, by desk: with the real client, against the Bot API server of the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.delivery.media.buttons import Press, press_data
from digest.engine.overview import _is_condition_told
from digest.rulebook.folders import RuleFolders
from tests.bot.desk import ANN, BOB, BOBS, MALLORY, PRIVATE, TEAM, THEIRS, Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

KOREA = """
[[desk]]
name = "korea"
admins = [43]
[[channel]]
name = "seoul"
telegram = "43"
desk = "korea"
[[channel]]
name = "room"
telegram = "-1004"
desk = "korea"
"""
RULES = '[[rule]]\nid = "embassies"\nany = ["Seoul"]\n[[rule]]\nid = "launch"\nany = ["rocket"]\n'


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[Desk]:
    """Ann acts for all; Bob for the desk korea, whose channel is his own chat; Mallory for none."""
    async with Desk(tmp_path) as made:
        (tmp_path / "rules-korea").mkdir()
        (tmp_path / "rules-korea/korea.toml").write_text(RULES)
        text = (tmp_path / "config.toml").read_text().replace("[42, 43]", "[42]")
        (tmp_path / "config.toml").write_text(text + KOREA)
        made.config = load_config(tmp_path / "config.toml")
        made.rules.use(RuleFolders(made.config.rule_folders), made.config.desks_of_channels)
        await made.rules.refresh()
        made.drain.use(made.config.channels, {}, made.drain._policy)
        await made.drain.fit()
        yield made


async def test_whoever_acts_for_a_desk_sees_its_rules_alone(desks: Desk) -> None:
    """In lists, by name and by what they find; the bot's own admins see all."""
    mine = (await desks.say("/rules", BOBS, BOB)).text
    assert "2 rules" in mine
    assert "korea/embassies" in mine
    assert "dprk-syria" not in mine
    everything = (await desks.say("/rules")).text
    assert "4 rules" in everything
    assert "korea/launch" in (await desks.say("/rule launch", BOBS, BOB)).text
    refused = await desks.say("/rule dprk-syria", BOBS, BOB)
    assert refused.text == "“dprk-syria” is for the desk main, and here you act for korea."
    assert "did you mean korea/embassies" in (await desks.say("/rule korea/embasies", BOBS, BOB)).text
    desks.store_entry("North Korea, Syria: an embassy opens in Seoul")
    alerts = (await desks.say("/alerts", BOBS, BOB)).text
    assert "korea/embassies" in alerts
    assert "dprk" not in alerts
    why = (await desks.say("/why 1", BOBS, BOB)).text
    assert "korea/embassies: it alerted" in why
    assert "dprk" not in why
    assert "dprk-syria: it alerted" in (await desks.say("/why 1")).text


async def test_whoever_acts_for_a_desk_mutes_for_it_alone(desks: Desk) -> None:
    """Rules by their own names, stories at their desk; of others' mutes and changes nothing is told or undone."""
    assert "is for the desk main" in (await desks.say("/mute dprk-syria 2h", BOBS, BOB)).text
    theirs = await desks.say("/mute dprk-syria 2h")
    assert "Muted korea/launch until" in (await desks.say("/mute launch 1h", BOBS, BOB)).text
    assert {mute.rule for mute in desks.store.mutes.in_force(_later(desks))} == {"dprk-syria", "korea/launch"}
    status = (await desks.say("/status", BOBS, BOB)).text
    assert "korea/launch until" in status
    assert "dprk-syria" not in status
    assert "dprk-syria until" in (await desks.say("/status")).text
    assert "is for the desk main" in (await desks.say("/unmute dprk-syria", BOBS, BOB)).text
    await desks.say("/mute embassies 3h")
    assert "embassies is not muted" in (await desks.say("/unmute embassies", BOBS, BOB)).text
    await desks.say("/unmute embassies")
    (undo,) = (data for row in theirs.buttons for _, data in row)
    before = len(desks.api.messages)
    answer = await desks.say("/rules", BOBS, BOB)
    await desks.api.press_data(answer, undo, BOB)
    await desks.until(lambda: any("It was not undone" in message.text for message in desks.api.messages[before:]))
    assert {mute.rule for mute in desks.store.mutes.in_force(_later(desks))} == {"dprk-syria", "korea/launch"}
    alert = await desks.alert_of_story("A rocket is seen above Seoul", "seoul")
    await desks.press(alert, "Mute story", BOB)
    story = desks.store.reads.entry("1").story  # type: ignore[union-attr]
    muted = {mute.rule for mute in desks.store.mutes.in_force(_later(desks))}
    assert muted == {"dprk-syria", "korea/launch", f"korea/story {story}"}
    assert "is not muted" not in (await desks.say(f"/unmute story {story}", BOBS, BOB)).text
    assert f"korea/story {story}" not in {mute.rule for mute in desks.store.mutes.in_force(_later(desks))}


async def test_a_story_is_muted_at_a_desk_that_there_is(desks: Desk) -> None:
    """``main`` is the one without a name; of one that is not there that is said, instead of a mute of nothing."""
    await desks.alert_of_story("A rocket is seen above Seoul", "seoul")
    story = desks.store.reads.entry("1").story  # type: ignore[union-attr]
    refused = await desks.say(f"/mute koera/story {story} 1h")
    assert refused.text == "Nothing was muted: there is no desk “koera”: did you mean “korea”?"
    assert not desks.store.changes.last(1)
    await desks.say(f"/mute main/story {story} 1h")
    assert {mute.rule for mute in desks.store.mutes.in_force(_later(desks))} == {f"story {story}"}
    assert "Unmuted" in (await desks.say(f"/unmute main/story {story}")).text


def _later(desks: Desk) -> datetime:
    """About now."""
    return desks.store.changes.last(1)[0].at


async def test_a_button_of_another_desk_does_nothing(desks: Desk) -> None:
    """Whatever a client makes of it: neither mutes nor marks nor tells of it."""
    await desks.alert("The embassy opens")
    own = await desks.say("/rules", BOBS, BOB)
    for press, number in ((Press.MUTE_HOUR, 1), (Press.WHY, 1), (Press.NOT_RELEVANT_TO_RULE, 1), (Press.MORE, 1)):
        before = len(desks.api.messages)
        await desks.api.press_data(own, f"{press_data(press, number)}:{desks.store.mark()}", BOB)
        await desks.until(lambda before=before: len(desks.api.messages) > before)  # type: ignore[misc]
        assert "no longer stored" in desks.api.messages[-1].text
    assert not desks.store.changes.last(5)
    assert not list(desks.folder.glob("rules*/marks.toml"))


async def test_what_is_wrong_with_a_channel_is_told_at_its_desk_alone(desks: Desk) -> None:
    """That its messages fail, and that what nobody took cannot go on."""
    for kind, what in (("channel", "down"), ("escalation", "stuck")):
        for channel, told in ((desks.config.channels[0].name, False), ("seoul", True)):
            assert _is_condition_told(f"{kind}:{channel}:{what}", desks.config, {"korea"}) is told


async def test_a_mark_goes_into_the_folder_of_its_desk(desks: Desk) -> None:
    """And is taken out of it again."""
    alert = await desks.alert("A rocket flies", "seoul")
    noted = await desks.press(alert, "Not relevant", BOB)
    assert "unwanted for korea/launch" in noted.text
    assert 'rule = "launch"' in (desks.folder / "rules-korea/marks.toml").read_text()
    assert not (desks.folder / "rules/marks.toml").exists()
    assert "taken out again" in (await desks.press_in_place(noted, "Undo", BOB)).text
    assert "rocket" not in (desks.folder / "rules-korea/marks.toml").read_text()


async def test_a_chat_is_told_of_its_own_desk_alone(desks: Desk) -> None:
    """Others read along: an admin of all hears there what is that desk's; one of another desk is told where to ask."""
    assert "2 rules" in (await desks.say("/rules", TEAM)).text
    assert "korea/" not in desks.api.messages[-1].text
    refused = await desks.say("/rules", TEAM, BOB)
    assert refused.text == "This chat is a channel of a desk that you do not act for: write to me in private."
    assert "korea/launch" in (await desks.say("/rules", BOBS, BOB)).text
    assert "4 rules" in (await desks.say("/rules", PRIVATE)).text


async def test_who_acts_for_no_desk_is_refused(desks: Desk) -> None:
    """As a stranger is; and one who acts for a desk no more."""
    assert "Sorry, I work for the owners" in (await desks.say("/rules", THEIRS, MALLORY)).text
    path = desks.folder / "config.toml"
    path.write_text(path.read_text().replace("admins = [43]", "admins = []"))
    desks.config = load_config(path)
    assert "Sorry, I work for the owners" in (await desks.say("/rules", BOBS, BOB)).text
    assert ANN.id != BOB.id
