"""Reading the bot's updates: one program at a time, whatever goes wrong, and never faster than chats allow."""

from __future__ import annotations

import asyncio
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.bot import listening, run_bot
from digest.bot.replies import Reply
from digest.bot.speaking import Speaker
from digest.channels.base import SendError
from digest.channels.telegram import ChatInfo, TelegramBot
from digest.channels.telegram_talk import Place, TalkingBot
from digest.config import Secret
from digest.delivery.limits import windows_for
from digest.delivery.media.markup import Span
from digest.demo.bot_values import Chat, message_json
from digest.engine.companions import accompany
from digest.store.database import new_holder
from digest.store.engine import LEASE, bot_lease
from tests.bot.desk import ANN, PRIVATE, TEAM, Desk
from tests.fakes.bot_api import TOKEN
from tests.fakes.bot_faults import bad_request, blocked, close_before, lose_answer, server_error, too_many_requests
from tests.fakes.sending import paused_until, sent_at
from tests.fakes.stores import new_store, store_url

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.fakes.bot_faults import Fault

LEASE_NAME = bot_lease(TOKEN)


def polls(desk: Desk) -> int:
    """How often updates were asked for."""
    return sum(method == "getUpdates" for method, _ in desk.api.calls)


async def heard(desk: Desk) -> None:
    """Wait until the bot answers."""
    assert "2 rules" in (await desk.say("/rules")).text


async def test_the_lease_is_held_while_the_bot_hears_and_let_go_after(desk: Desk) -> None:
    """Named by the bot's id, never by the secret half of its token."""
    await heard(desk)
    assert LEASE_NAME == "bot:123456789"
    assert desk.store.leases.is_held(LEASE_NAME, datetime.now(UTC))
    await desk.stop_bot()
    assert not desk.store.leases.is_held(LEASE_NAME, datetime.now(UTC))


async def test_who_does_not_have_the_lease_waits_and_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes over when the other ends."""
    await desk.stop_bot()
    monkeypatch.setattr(listening, "_LEASE_PAUSE", timedelta(seconds=0.05))
    desk.store.leases.take(LEASE_NAME, "elsewhere:1:abc", datetime.now(UTC))
    before = polls(desk)
    desk.start_bot()
    await desk.until(lambda: "another engine (elsewhere:1:abc)" in desk.store.leases.problem())
    assert polls(desk) == before
    assert "another engine" in desk.around.problems["bot"]
    desk.store.leases.release(LEASE_NAME, "elsewhere:1:abc")
    await heard(desk)
    assert desk.store.leases.problem() == ""
    assert "bot" not in desk.around.problems


def test_whose_lease_it_is(tmp_path: Path) -> None:
    """Free: never taken, not renewed, its process gone, its end later than any clock allows. Else the other's."""
    now, me = datetime.now(UTC), new_holder()
    with new_store(store_url(tmp_path / "digest.db")) as store:
        leases = store.leases
        assert leases.take("x", "elsewhere:1:a", now) == ""
        assert leases.take("x", me, now + LEASE / 2) == "elsewhere:1:a"
        assert leases.take("x", "elsewhere:1:a", now + LEASE / 2) == ""
        assert leases.take("x", me, now + LEASE) == "elsewhere:1:a"
        assert leases.take("x", me, now + LEASE * 2) == ""
        assert leases.take("x", me, now - timedelta(days=1)) == ""  # the clock was set back
        host = socket.gethostname()
        assert leases.take("y", f"{host}:{2**22 + 1}:a", now) == ""  # no process has so high a number
        assert not leases.is_held("y", now)
        assert leases.take("y", me, now) == ""
        assert leases.is_held("y", now)
        assert leases.take("y", new_holder(), now) == ""  # of our own process id, and not us: one before us


async def test_a_409_is_shown_and_not_looped_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said once, in words with a remedy; asked again only after a pause, and then it goes on as if nothing was."""
    await heard(desk)
    resume = asyncio.Event()

    async def pause(seconds: float) -> None:
        assert seconds == 60
        await resume.wait()

    monkeypatch.setattr(listening, "sleep", pause)
    async with TelegramBot(Secret(TOKEN), desk.api.url) as other:
        await other.chats()
    await desk.until(lambda: "another program reads this bot's updates: stop it there" in desk.store.leases.problem())
    assert "another program reads" in desk.around.problems["bot"]
    asked = polls(desk)
    await desk.api.write_to_bot(PRIVATE, "/rules")
    assert polls(desk) == asked
    resume.set()
    await desk.api.wait_until(lambda api: "2 rules" in api.texts()[-1])
    await desk.until(lambda: desk.store.leases.problem() == "")


async def test_a_webhook_is_shown_with_its_own_remedy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who set one finds no other program to stop."""
    await heard(desk)
    monkeypatch.setattr(listening, "CONFLICT_PAUSE", timedelta(seconds=0.05))
    desk.api.webhook = "https://example.org/"
    await desk.api.write_to_bot(PRIVATE, "/rules")
    await desk.until(lambda: "deleteWebhook" in desk.store.leases.problem())
    assert "another program" not in desk.store.leases.problem()
    desk.api.webhook = ""
    await desk.until(lambda: desk.store.leases.problem() == "")
    assert "bot" not in desk.around.problems


async def test_who_answers_in_telegrams_place_is_shown(desk: Desk) -> None:
    """A proxy's 401 or 409 is no word on the token or on another program: said as what it is, and asked again soon."""
    await heard(desk)
    for code in (401, 409):
        desk.api.stranger = blocked(code, '{"error": "Conflict: terminated by other getUpdates request\\u001b[2J"}')
        await desk.api.write_to_bot(PRIVATE, "/rules")
        shown = (
            f"the bot does not hear: what answers at {desk.api.url.removeprefix('http://')} is not Telegram's Bot API"
        )
        await desk.until(lambda: desk.store.leases.problem() == f"{shown}: HTTP {code}, application/json")  # noqa: B023
        assert desk.around.problems["bot"] == desk.store.leases.problem()
        desk.api.stranger = None
        await desk.until(lambda: desk.store.leases.problem() == "")


async def test_who_says_at_once_that_nothing_came_is_not_asked_in_a_loop(desk: Desk) -> None:
    """As a proxy does that keeps an answer: the wait that it does not keep is kept here."""
    await heard(desk)
    await desk.api.push_update("poll", {"id": "1"})  # of a kind that is not asked for: the server has nothing to say
    before = polls(desk)
    await asyncio.sleep(0.5)
    assert polls(desk) - before <= 2
    await heard(desk)


async def test_without_network_it_goes_on_when_it_is_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits, says so, and never ends."""
    await desk.stop_bot()
    monkeypatch.setattr(listening, "retry_wait", lambda _failures, _chance: timedelta(seconds=0.05))
    token, desk.api.token = desk.api.token, "1:other"
    desk.start_bot()
    monkeypatch.setattr(listening, "CONFLICT_PAUSE", timedelta(seconds=0.05))
    await desk.until(lambda: "does not know the bot's token" in desk.store.leases.problem())
    assert "does not know" in desk.around.problems["bot"]
    desk.api.token = token
    await heard(desk)
    await desk.until(lambda: desk.store.leases.problem() == "")


async def test_an_update_that_cannot_be_read_holds_up_none(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """It is passed over and logged by its number; what came with it is answered."""
    await desk.api.push_update("message", {"text": "no chat, no date, no id"})
    assert "2 rules" in (await desk.say("/rules")).text
    await desk.until(lambda: not desk.api.unread)
    assert re.search(r"Telegram sent update \d+ in a form that cannot be read", caplog.text)
    assert desk.store.leases.problem() == ""


@pytest.mark.parametrize("token", [False, True])
async def test_there_is_no_bot_without_a_token_or_admins(desk: Desk, token: bool) -> None:  # noqa: FBT001 - a table
    """Nothing is asked of Telegram, and nothing is wrong."""
    from dataclasses import replace

    await desk.stop_bot()
    before = len(desk.api.calls)
    nobody = replace(desk.config, telegram=replace(desk.config.telegram, admins=()))
    around = replace(desk.around, config_now=lambda: nobody) if token else replace(desk.around, token=None)
    await run_bot(around)
    assert len(desk.api.calls) == before


async def test_a_companion_that_fails_begins_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its fault is logged; the engine works on."""
    from digest.engine import companions

    monkeypatch.setattr(companions, "_AGAIN", 0.0)
    tries = 0

    async def companion(_around: object) -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            message = "a fault of our own"
            raise RuntimeError(message)

    await accompany(companion, desk.around)
    assert tries == 3


# --- how fast --------------------------------------------------------------------------------------------------------


async def test_answers_and_alerts_keep_the_pace_together(tmp_path: Path) -> None:
    """One message a second to a chat, whoever writes it; what was written counts after a restart, too."""
    async with Desk(tmp_path, windows_for) as desk:
        desk.api._flood_limits = True
        await desk.alert("The embassy opens")
        answer = await desk.say("/rules")
        gap = answer.at - desk.api.messages[0].at
        assert gap >= timedelta(seconds=0.9)
        await desk.until(lambda: len(sent_at(desk.store, "42")) == 2)
        assert len(desk.api.messages) == 2


async def test_a_silence_that_is_asked_for_is_kept(desk: Desk) -> None:
    """The answer comes after it; the outbox keeps it, too."""
    desk.api.fail(too_many_requests(1))
    asked = datetime.now(UTC)
    answer = await desk.say("/rules")
    assert answer.at - asked >= timedelta(seconds=1)
    paused = paused_until(desk.store, "42")
    assert paused is not None
    assert paused - asked >= timedelta(seconds=1)


async def test_a_silence_that_cannot_be_stored_ends_the_answer(desk: Desk) -> None:
    """While the store fails nothing would keep it, and Telegram would be asked again at once, over and over."""
    with new_store(store_url(desk.folder / "broken.db")) as store:
        with store.database.write() as (connection, _):
            connection.exec_driver_sql("DROP TABLE sends")
        async with TalkingBot(Secret(TOKEN), desk.api.url) as bot:
            desk.api.fail(*[too_many_requests(60)] * 9)
            place = Place(ChatInfo(PRIVATE.id, "private", ""), 1)
            await Speaker(bot, replace(desk.around, store=store)).say(place, Reply((Span("words"),)), "42")
    assert [name for name, _ in desk.api.calls].count("sendMessage") == 1


async def test_an_answer_that_fails_takes_none_with_it(desk: Desk) -> None:
    """What is refused is let go; the next is answered."""
    desk.api.fail(bad_request("not enough rights to send text messages to the chat"))
    await desk.api.write_to_bot(PRIVATE, "/feeds")
    answer = await desk.say("/rules")
    assert "2 rules" in answer.text
    assert len(desk.api.messages) == 1


@pytest.mark.parametrize(
    ("lost", "arrived"), [((close_before(),), 1), ((lose_answer(),), 2), ((close_before(),) * 2, 0)]
)
async def test_an_answer_that_may_be_lost_is_given_once_more(desk: Desk, lost: Sequence[Fault], arrived: int) -> None:
    """Its Undo would be missed; but no answer is given without end."""
    desk.api.fail(*lost)
    await desk.api.write_to_bot(PRIVATE, "/feeds")
    await desk.silence()
    await desk.say("/rules")
    assert len(desk.api.messages) == arrived + 1


@pytest.mark.parametrize("fault", [bad_request("BOT_COMMAND_INVALID"), too_many_requests(30_000), server_error()])
async def test_commands_that_are_not_offered_are_heard(tmp_path: Path, fault: Fault) -> None:
    """The menu is a help, not a condition; it is offered again later."""
    desk = Desk(tmp_path)
    desk.api.fail_call("setMyCommands", fault)
    async with desk:
        assert "2 rules" in (await desk.say("/rules")).text
        assert not desk.api.commands


async def test_a_group_is_known_by_its_new_id_at_once(desk: Desk) -> None:
    """Telegram tells of the move before any alert runs into it."""
    moved = Chat(-1009, "Team", "supergroup")
    desk.api.chats[moved.id] = moved
    message = message_json(TEAM, 7, datetime.now(UTC), "") | {"from": ANN.as_json(), "migrate_to_chat_id": moved.id}
    message.pop("text")
    await desk.api.push_update("message", message)
    await desk.until(lambda: "-1009" in {state.chat for state in desk.store.channels.all() if state.name == "team"})
    assert "2 rules" in (await desk.say("/rules", moved)).text


async def test_reading_has_a_connection_of_its_own(desk: Desk) -> None:
    """While the bot waits for the next update, its messages leave."""
    await heard(desk)
    await desk.alert("The embassy opens")
    assert len(desk.api.messages) == 2


async def test_a_reader_elsewhere_is_told_by_name(desk: Desk) -> None:
    """What ``digest telegram chats`` would hear if it asked while the bot is asking, too."""
    await heard(desk)
    desk.api.webhook = "https://example.org/"
    async with TelegramBot(Secret(TOKEN), desk.api.url) as other:
        with pytest.raises(SendError, match="webhook"):
            await other.chats()
