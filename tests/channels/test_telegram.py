"""The unmodified client against a Bot API server: every failure has its name, and the token shows nowhere."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest

from digest.channels.base import Channel, Failure, Outgoing, SendError
from digest.channels.telegram import BotInfo, ChatInfo, TelegramBot
from digest.demo.bot_values import Chat
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import (
    Fault,
    FaultKind,
    answer_nonsense,
    bad_request,
    blocked,
    close_before,
    forbidden,
    lose_answer,
    migrated,
    server_error,
    slow,
    too_many_requests,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DESK = Chat(-1001, "Desk", "channel", "desk")
READER = Chat(42, "Reader", "private", "reader")
TEAM = Chat(-7, "Team", "group")


class BotToken:
    """A token that shows itself on purpose only."""

    def __init__(self, text: str = TOKEN) -> None:
        self._text = text

    def reveal(self) -> str:
        """The token itself."""
        return self._text


@asynccontextmanager
async def talking(token: str = TOKEN) -> AsyncIterator[tuple[BotApi, TelegramBot]]:
    """A server and a bot that knows it."""
    async with BotApi((DESK, READER, TEAM)) as api, TelegramBot(BotToken(token), api.url, answer_seconds=1) as bot:
        yield api, bot


async def failure_of(channel: Channel, part: str = "x") -> SendError:
    """How sending fails."""
    with pytest.raises(SendError) as caught:
        await channel.send(Outgoing(part))
    return caught.value


@pytest.mark.parametrize("chat", ["@desk", "@DESK", "-1001"])
async def test_a_message_arrives_as_it_was_meant(chat: str) -> None:
    """HTML, the topic, silence, no link preview; the id is the far side's."""
    async with talking() as (api, bot):
        first = await bot.channel(chat, 7).send(Outgoing('<a href="https://e.example/">T &amp; t</a>', silent=True))
        second = await bot.channel(chat).send(Outgoing("<b>b</b>"))
        assert [(m.id, m.chat, m.text, m.silent, m.thread) for m in api.messages] == [
            (first, DESK, "T & t", True, 7),
            (second, DESK, "b", False, None),
        ]
        assert [mark.type for m in api.messages for mark in m.marks] == ["text_link", "bold"]
        assert '"is_disabled": true' in api.calls[0][1]["link_preview_options"]


@pytest.mark.parametrize(
    ("fault", "failure", "words", "accepted"),
    [
        (forbidden(), Failure.CLOSED, "the bot was removed from the chat", 0),
        (forbidden("bot was blocked by the user"), Failure.CLOSED, "the user has blocked the bot", 0),
        (forbidden("something new"), Failure.UNKNOWN, "Telegram refused: Forbidden: something new", 0),
        (forbidden("ACME Web Filter has blocked this page"), Failure.UNKNOWN, "Telegram refused", 0),
        (bad_request("message is blocked by policy"), Failure.UNKNOWN, "Telegram refused", 0),
        (bad_request("CHAT_WRITE_FORBIDDEN"), Failure.CLOSED, "Telegram refused", 0),
        (bad_request("message is too long"), Failure.REFUSED, "Telegram refused", 0),
        (bad_request("chat not found"), Failure.CLOSED, "there is no such chat", 0),
        (bad_request("TOPIC_CLOSED"), Failure.CLOSED, "the topic is closed", 0),
        (bad_request("message text is empty"), Failure.REFUSED, "Telegram refused", 0),
        (bad_request("need administrator rights in the channel chat"), Failure.CLOSED, "not an administrator", 0),
        (bad_request("message thread not found"), Failure.CLOSED, "no such topic", 0),
        (bad_request("can't parse entities: x"), Failure.REFUSED, "Telegram refused: Can't parse entities: x", 0),
        (too_many_requests(17), Failure.RATE_LIMITED, "17 s of silence", 0),
        (blocked(429), Failure.UNKNOWN, "is not Telegram's Bot API: HTTP 429, text/html", 0),
        (too_many_requests(10**9), Failure.RATE_LIMITED, "86400 s of silence", 0),
        (too_many_requests(10**17), Failure.UNKNOWN, "could not be read", 0),
        (forbidden("\x1b[2Jgo\n\ud800\u202e"), Failure.UNKNOWN, "Telegram refused: Forbidden: go \ufffd", 0),
        (blocked(403), Failure.UNKNOWN, "is not Telegram's Bot API: HTTP 403, text/html", 0),
        (blocked(400), Failure.UNKNOWN, "is not Telegram's Bot API: HTTP 400, text/html", 0),
        (migrated(-100777), Failure.MIGRATED, "supergroup", 0),
        (migrated(0), Failure.UNKNOWN, "what answers at", 0),
        (migrated(42), Failure.UNKNOWN, "Telegram had a problem", 0),
        (migrated(-(10**30)), Failure.UNKNOWN, "Telegram had a problem", 0),
        (
            Fault(FaultKind.REFUSE, 400, "Bad Request: moved", {"migrate_to_chat_id": cast("int", "news")}),
            Failure.UNKNOWN,
            "what answers at",
            0,
        ),
        (server_error(), Failure.UNKNOWN, "Telegram had a problem: Internal Server Error", 0),
        (server_error(502), Failure.UNKNOWN, "Telegram had a problem: Bad Gateway", 0),
        (close_before(), Failure.UNKNOWN, "the connection broke before Telegram's answer", 0),
        (lose_answer(), Failure.UNKNOWN, "the connection broke before Telegram's answer", 1),
        (answer_nonsense(), Failure.UNKNOWN, "is not Telegram's Bot API: HTTP 200, text/plain", 1),
        (slow(1.5), Failure.UNKNOWN, "Telegram did not answer in time", 1),
    ],
)
async def test_every_failure_has_its_name(fault: Fault, failure: Failure, words: str, accepted: int) -> None:
    """What to do about a failure follows from its name; the reason is plain, and the next message goes through."""
    async with talking() as (api, bot):
        api.fail(fault)
        error = await failure_of(bot.channel("@desk"))
        assert (error.failure, len(api.messages)) == (failure, accepted)
        assert words in str(error)
        assert (error.retry_after == timedelta(seconds=17)) == ("17 s" in words)
        assert error.chat == ("-100777" if failure is Failure.MIGRATED else "")
        await bot.channel("@desk").send(Outgoing("next"))


async def test_who_cannot_be_reached_got_nothing() -> None:
    """A refused connection is safe to try again."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    async with TelegramBot(BotToken(), f"http://127.0.0.1:{port}") as bot:
        error = await failure_of(bot.channel("@desk"))
    assert error.failure is Failure.NOT_SENT
    assert "could not be reached" in str(error)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("<b>x", "can't find end tag"),
        ("x" * 4097, "too long"),
        (" ", "text is empty"),
        ("<b></b>", "text is empty"),
        ("<video>", "unsupported start tag"),
    ],
)
async def test_the_server_is_as_strict_as_telegram(part: str, words: str) -> None:
    """What Telegram would refuse, the server refuses: a test that passes here means something."""
    async with talking() as (api, bot):
        error = await failure_of(bot.channel("@desk"), part)
        assert error.failure is Failure.REFUSED
        assert words in str(error).lower()
        assert api.messages == []


async def test_a_wrong_token_is_told_apart() -> None:
    """No message of this bot will be accepted, and the reason does not show the token."""
    wrong = "123456789:AAEwrong-wrong-wrong-wrong-wrong-wro"
    async with talking(wrong) as (_, bot):
        error = await failure_of(bot.channel("@desk"))
        assert error.failure is Failure.WRONG_TOKEN
        assert "wrong-wrong" not in str(error)


@pytest.mark.parametrize("fault", [None, slow(1.5), lose_answer(), answer_nonsense(), forbidden("no {token}")])
async def test_the_token_is_in_no_log_and_no_traceback(fault: Fault | None, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the client's logs at their most talkative nor an exception and its causes show it.

    And whatever Telegram answers puts no traceback into the log.
    """
    secret = f"AAE{uuid.uuid4().hex}"  # never seen by a filter before
    token = f"123456789:{secret}"
    for name in ("", "httpx", "httpcore", "telegram"):
        caplog.set_level(logging.DEBUG, name)
    async with BotApi((DESK,), token=token) as api, TelegramBot(BotToken(token), api.url, answer_seconds=1) as bot:
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.DEBUG)  # as if someone had turned them on
        assert secret not in repr(bot)
        if fault is None:
            await bot.channel("@desk").send(Outgoing("x"))
        else:
            api.fail(replace(fault, description=fault.description.format(token=token)))
            error = await failure_of(bot.channel("@desk"))
            assert (error.__cause__, error.__context__) == (None, None)
            assert secret not in "".join(traceback.format_exception(error))
    names = {record.name for record in caplog.records}
    assert {"telegram.ext.ExtBot", "httpcore.http11"} <= names
    assert ("httpx" in names) == (fault is None or "no" in fault.description or fault == answer_nonsense())
    assert secret not in caplog.text
    assert "Traceback" not in caplog.text


async def test_http_logs_are_quiet_by_default() -> None:
    """The HTTP client's own log, which names the whole address, starts at warnings."""
    async with talking():
        assert logging.getLogger("httpx").getEffectiveLevel() >= logging.WARNING
        assert logging.getLogger("httpcore").getEffectiveLevel() >= logging.WARNING


async def test_who_the_bot_is() -> None:
    """`getMe` in our own words."""
    async with talking() as (_, bot):
        assert await bot.describe() == BotInfo(123456789, "digest_demo_bot", "Digest")


async def test_chats_that_have_written_are_listed_and_stay_unread() -> None:
    """Each chat once, the latest first, and the updates are still there for whoever reads them next."""
    async with talking() as (api, bot):
        assert await bot.chats() == ()
        for chat in (READER, DESK, READER, TEAM):
            await api.write_to_bot(chat, "hello")
        expected = (
            ChatInfo(-7, "group", "Team"),
            ChatInfo(42, "private", "Reader", "reader"),
            ChatInfo(-1001, "channel", "Desk", "desk"),
        )
        assert await bot.chats() == expected
        assert await bot.chats() == expected


async def test_two_readers_of_updates_are_told() -> None:
    """Of two programs that read a bot's updates one fails, in words that say so."""
    async with talking() as (_, first), TelegramBot(BotToken(), first._bot.base_url.rpartition("/bot")[0]) as second:
        waiting = asyncio.create_task(first._ask(first._bot.get_updates(timeout=5, read_timeout=5), len))
        await asyncio.sleep(0)
        while not waiting.done():
            await second.chats()
        with pytest.raises(SendError, match="another program reads this bot's updates"):
            await waiting


@pytest.mark.parametrize("chat", [DESK, READER, TEAM])
async def test_a_chat_can_be_checked(chat: Chat) -> None:
    """`check --online` learns the chat's name, and that nothing stands in the way."""
    async with talking() as (_, bot):
        info, obstacle = await bot.check_chat(str(chat.id))
        assert (info.id, info.title, info.type, obstacle) == (chat.id, chat.title, chat.type, "")
        with pytest.raises(SendError, match="no such chat"):
            await bot.check_chat("@nobody")
