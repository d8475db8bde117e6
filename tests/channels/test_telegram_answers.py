"""Whatever answers in Telegram's place decides nothing: its answer is a lost one, bounded, and none of it is shown."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from digest.channels.base import Failure, Outgoing, SendError
from digest.channels.telegram import ChatInfo, TelegramBot
from digest.channels.telegram_answers import MOST_BYTES
from digest.channels.telegram_talk import Person, Place, Pressed, TalkingBot, Wrote
from tests.channels.test_telegram import BotToken
from tests.fakes.bot_api import TOKEN
from tests.fakes.raw_server import Server, answer, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

STATUSES = (400, 401, 403, 404, 405, 407, 409, 413, 421, 429, 451, 500, 502, 503, 504, 511)
SENT = {"message_id": 5, "date": 1, "chat": {"id": -1001, "type": "channel", "title": "Desk"}}
ODD_SILENCES: tuple[Any, ...] = (0, -5, "5", 5.5, True, None)
ODD_RESULTS: tuple[Any, ...] = (None, True, {}, [], [SENT], "sent", 5, [0] * 101)
ODD_IDS: tuple[Any, ...] = ("5", 0, -5, True, None, 10**30, 5.0)
KICKED = "Forbidden: bot was kicked from the channel chat"


def said(status: int, body: object, **headers: str) -> bytes:
    """An answer in JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return answer(status, raw, **{"Content_Type": "application/json"} | headers)


def refusal(code: object, description: object, status: int = 0, **parameters: object) -> bytes:
    """An answer in the shape of a Bot API server's refusal."""
    body = {"ok": False, "error_code": code, "description": description}
    return said(status or int(str(code)), body | ({"parameters": parameters} if parameters else {}))


def nested(depth: int) -> dict[str, Any]:
    """A message that answers one that answers one ..."""
    return SENT | ({"reply_to_message": nested(depth - 1)} if depth else {})


Goes = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def stranger(*says: bytes, then: Goes | None = None) -> AsyncIterator[tuple[Server, TalkingBot]]:
    """A bot whose Bot API server says what a test wants, one answer a call, the last one again and again."""
    answers = list(says)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        server.asked.append({"head": head})
        await reader.readexactly(int(head.partition("content-length: ")[2].partition("\r")[0] or 0))
        writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
        if then is not None:
            await then(writer)
        await writer.drain()

    async with serving(talk) as server, TalkingBot(BotToken(), server.url("")) as bot:
        yield server, bot


@asynccontextmanager
async def impatient(server: Server) -> AsyncIterator[TelegramBot]:
    """A bot that waits for a second in all."""
    async with TelegramBot(BotToken(), server.url(""), answer_seconds=0.5) as bot:
        yield bot


async def failure_of(sending: Awaitable[object]) -> SendError:
    """How a call fails."""
    with pytest.raises(SendError) as caught:
        await sending
    return caught.value


async def lost(bot: TelegramBot) -> str:
    """The words of a message whose answer got lost."""
    error = await failure_of(bot.channel("-1001").send(Outgoing("x")))
    assert (error.failure, error.retry_after, error.chat) == (Failure.UNKNOWN, None, "")
    return str(error)


async def is_lost(bot: TelegramBot) -> bool:
    """Whether the answer to a message got lost."""
    try:
        await bot.channel("-1001").send(Outgoing("x"))
    except SendError as error:
        return error.failure is Failure.UNKNOWN
    return False


NOBODY_OF_TELEGRAM: dict[str, Callable[[int], bytes]] = {
    "a page": lambda status: answer(status, b"<html>Log in, please</html>", Content_Type="text/html"),
    "nothing": answer,
    "a login page elsewhere": lambda status: answer(status, Location="https://login.example/", Retry_After="1"),
    "JSON of another kind": lambda status: said(status, {"error": {"code": status, "message": KICKED}}),
    "a list": lambda status: said(status, [{"ok": False, "error_code": status, "description": KICKED}]),
    "a text": lambda status: said(status, KICKED),
    "only ok": lambda status: said(status, {"ok": False}),
    "no description": lambda status: said(status, {"ok": False, "error_code": status}),
    "no code": lambda status: said(status, {"ok": False, "description": KICKED}),
    "not its words": lambda status: refusal(status, "Access denied by policy"),
    "nearly its words": lambda status: refusal(status, "Forbidden by policy"),
    "words of another code": lambda status: refusal(status, "Gone: bot was kicked from the channel chat"),
    "no text": lambda status: refusal(status, {"text": KICKED}),
    "more than it says": lambda status: refusal(status, f"Forbidden: {'x' * 5_000}"),
    "half of its JSON": lambda status: said(status, b'{"ok":false,"error_code":403,"description":"Forb'),
    "its JSON in UTF-16": lambda status: said(status, json.dumps({"ok": True, "result": SENT}).encode("utf-16")),
    "its JSON behind a mark": lambda status: said(status, b"\xef\xbb\xbf" + json.dumps({"ok": False}).encode()),
    "too deep": lambda status: said(status, b"[" * 200_000),
    "a long number": lambda status: said(status, b'{"ok":false,"error_code":' + b"4" * 5_000 + b"}"),
}


@pytest.mark.parametrize("body", NOBODY_OF_TELEGRAM.values(), ids=NOBODY_OF_TELEGRAM)
async def test_a_number_alone_decides_nothing(body: Callable[[int], bytes]) -> None:
    """Whatever the status, an answer without the Bot API's shape and words is a lost one, and says who answered."""
    statuses = (200, 204, 302, 307, *STATUSES)
    async with stranger(*(body(status) for status in statuses)) as (server, bot):
        for status in statuses:
            words = await lost(bot)
            assert f"what answers at 127.0.0.1:{server.port} " in words
            assert ("is not Telegram's Bot API" if status < 500 else "has a problem") in words
            assert f": HTTP {status}" in words
            assert len(words) < 120


NEARLY = (
    refusal(400, "Bad Request"),
    refusal(403, "Forbidden"),
    refusal(400, "Bad Request: chat not found", status=403),
    refusal(403, KICKED, status=200),
    refusal(403, KICKED, status=400),
    refusal(400, KICKED, status=403),
    refusal("403", KICKED),
    said(403, b'{"ok":false,"error_code":403.0,"description":"%s"}' % KICKED.encode()),
    said(403, {"ok": 0, "error_code": 403, "description": KICKED}),
    said(403, {"ok": "false", "error_code": 403, "description": KICKED}),
    said(403, {"ok": True, "result": SENT}),
    said(403, {"ok": False, "error_code": 403, "description": KICKED, "parameters": ["policy"]}),
    refusal(403, KICKED, retry_after=5),
    refusal(403, KICKED, migrate_to_chat_id=-100777),
    refusal(400, "Bad Request: group upgraded", migrate_to_chat_id="-100777"),
    refusal(400, "Bad Request: group upgraded", migrate_to_chat_id=True),
    refusal(429, "Too Many Requests"),
    answer(429, b"<html>", Content_Type="text/html", Retry_After="100000"),
    *(refusal(429, "Too Many Requests: retry after 5", retry_after=odd) for odd in ODD_SILENCES),
    said(429, b'{"ok":false,"error_code":429,"description":"Too Many Requests: x","parameters":{"retry_after":NaN}}'),
    refusal(429, "Too Many Requests: retry after 5", retry_after=10**17),
    said(200, {"ok": True}),
    said(200, {"ok": 1, "result": SENT}),
    *(said(200, {"ok": True, "result": odd}) for odd in ODD_RESULTS),
    *(said(200, {"ok": True, "result": SENT | {"message_id": odd}}) for odd in ("5", 0, -5, True, None, 10**30, 5.0)),
    said(200, {"ok": True, "result": {key: SENT[key] for key in ("date", "chat")}}),
    said(200, {"ok": True, "result": SENT | {"date": 10**17}}),
    said(200, b'{"ok":true,"result":' + b'{"message_id":5,"date":1,"chat":{},"reply_to_message":' * 400 + b"}" * 401),
)


async def test_what_has_nearly_its_shape_is_lost_too() -> None:
    """A code that disagrees with the status, a silence for no time, a message without an id: nobody knows."""
    async with stranger(*NEARLY) as (_, bot):
        taken = [says for says in NEARLY if not await is_lost(bot)]
    assert taken == []


TELEGRAMS = (
    (refusal(401, "Unauthorized"), Failure.WRONG_TOKEN, "does not know the bot's token"),
    (refusal(401, "Unauthorized: invalid token specified"), Failure.WRONG_TOKEN, "does not know the bot's token"),
    (refusal(404, "Not Found"), Failure.WRONG_TOKEN, "does not know the bot's token"),
    (refusal(403, KICKED), Failure.CLOSED, "the bot was removed from the chat"),
    (refusal(403, KICKED).replace(b"Connection", b"Content-Encoding: gzip\r\nConnection"), Failure.CLOSED, "removed"),
    (refusal(400, "Logged out"), Failure.CLOSED, "Telegram refused: Logged out"),
    (refusal(400, "Bad Request: CHAT_RESTRICTED"), Failure.CLOSED, "Telegram refused: Chat_restricted"),
    (refusal(400, "Bad Request: x", new_parameter="y" * 999), Failure.UNKNOWN, "Telegram refused: X"),
    (
        refusal(400, "Bad Request: upgraded", migrate_to_chat_id=-100777),
        Failure.MIGRATED,
        "supergroup with the id",
    ),
    (refusal(429, "Too Many Requests: retry after 5", retry_after=5), Failure.RATE_LIMITED, "5 s of silence"),
    (refusal(409, "Conflict: terminated by other getUpdates request"), Failure.UPDATES_TAKEN, "another program"),
    (refusal(500, "Internal Server Error: restart"), Failure.UNKNOWN, "Telegram had a problem: Internal Server"),
    (refusal(421, "Misdirected Request: unallowed token"), Failure.UNKNOWN, "Telegram had a problem: Misdirected"),
)


async def test_telegram_is_still_understood() -> None:
    """What has the shape and the words is Telegram's own, and means what it says."""
    async with stranger(*(says for says, _, _ in TELEGRAMS)) as (_, bot):
        for _, failure, words in TELEGRAMS:
            error = await failure_of(bot.channel("-1001").send(Outgoing("x")))
            assert (error.failure, words in str(error)) == (failure, True), str(error)
            assert "new_parameter" not in str(error)


@pytest.mark.parametrize("says", [refusal(403, "Forbidden by policy"), answer(302, Location="/login")])
async def test_every_question_is_answered_alike(says: bytes) -> None:
    """Who the bot is, a chat, the updates, a reply, an edit, a press: none takes a stranger's word for a refusal."""
    async with stranger(says) as (_, bot):
        here = Place(ChatInfo(42, "private", "Reader"), 1)
        for asked in (
            bot.describe(),
            bot.chats(),
            bot.check_chat("-1001"),
            bot.updates(None, 0),
            bot.reply(here, "x"),
            bot.edit(here, "x"),
            bot.answer_press(Pressed("1", Person(42, "Reader"), here, "")),
            bot.show_commands([]),
        ):
            error = await failure_of(asked)
            assert error.failure is Failure.UNKNOWN
            assert "is not Telegram's Bot API" in str(error)
        assert await bot.may_write_to(42)


BIDI = "\x1b]0;title\x07\x1b[2J\u202egnp.exe\ud800\x9b31m"


@pytest.mark.parametrize("length", [1, 4_000])
async def test_what_telegram_says_is_cleaned_and_bounded(length: int) -> None:
    """Its own words may quote anything: one line without what a terminal obeys, not long, without the token."""
    scattered = f"{TOKEN[:20]}\x1b[0m{TOKEN[20:]}"
    async with stranger(refusal(403, f"Forbidden: {BIDI}{scattered}\n{'w' * length}")) as (_, bot):
        error = await failure_of(bot.channel("-1001").send(Outgoing("x")))
    assert error.failure is Failure.UNKNOWN
    assert str(error).startswith("Telegram refused: Forbidden: gnp.exe\ufffd")
    assert TOKEN.partition(":")[2] not in str(error)
    assert "***" in str(error)
    assert len(str(error)) < 340


@pytest.mark.parametrize("kind", [f"text/{'h' * 5000}", "\x9b31mtext/html", f"text/{TOKEN}", "text/html; x=\x9b2J", ""])
async def test_no_word_of_a_stranger_is_shown(kind: str) -> None:
    """Not of its headers, its status line or its body; its type only where that is a plain one."""
    page = answer(403, f"<b>{BIDI}{TOKEN}</b>".encode("utf-8", "replace"), Content_Type=kind, X_Said=TOKEN)
    async with stranger(page.replace(b"403 Words", b"403 " + b"W" * 5_000)) as (server, bot):
        words = await lost(bot)
    plain = ", text/html" if kind.startswith("text/html") else ""
    assert words == f"what answers at 127.0.0.1:{server.port} is not Telegram's Bot API: HTTP 403{plain}"


async def test_a_proxy_that_lets_nobody_through_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing left this machine, and the proxy's words are cleaned and bounded."""
    says = answer(407).replace(b"407 Words", b"407 " + "\x9b31m".encode("latin-1") + TOKEN.encode() + b"W" * 5_000)
    async with stranger(says) as (server, _):
        monkeypatch.setenv("HTTPS_PROXY", server.url(""))
        async with TelegramBot(BotToken(), "https://telegram.example") as bot:
            error = await failure_of(bot.channel("-1001").send(Outgoing("x")))
    assert error.failure is Failure.NOT_SENT
    assert str(error).startswith("Telegram could not be reached: 407 ")
    assert TOKEN not in str(error)
    assert "\x9b" not in str(error)
    assert len(str(error)) <= 300


async def test_nothing_of_it_is_kept_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    """No cookie goes back to it, nothing packed is asked for, and its words are in no log, however talkative."""
    caplog.set_level(logging.DEBUG)
    async with stranger(answer(403, b"<p>stranger's page</p>", Set_Cookie="portal=1; Path=/")) as (server, bot):
        for _ in range(2):
            await lost(bot)
        assert all("cookie" not in asked["head"] for asked in server.asked)
        assert all("accept-encoding: identity" in asked["head"] for asked in server.asked)
    assert "stranger's page" not in caplog.text


# --- how much, and for how long --------------------------------------------------------------------------------------


async def flood(writer: asyncio.StreamWriter, piece: bytes, mb: int = 256) -> None:
    """Write for ever, or until nobody reads."""
    for _ in range(mb * 1_000_000 // len(piece)):
        writer.write(piece)
        await writer.drain()


async def drip(writer: asyncio.StreamWriter) -> None:
    """A letter every now and then."""
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TOO_MUCH = {
    "256 MB": (HEAD + b"Content-Length: 256000000\r\n\r\n", b"x" * 65_536),
    "256 MB without an end": (HEAD + b"\r\n", b"[" * 65_536),
    "pieces of a byte": (CHUNKED, b"1\r\nx\r\n" * 10_000),
}


@pytest.mark.parametrize(("head", "piece"), TOO_MUCH.values(), ids=TOO_MUCH)
async def test_an_answer_has_a_size(head: bytes, piece: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """No more is read, held or logged than Telegram's longest answer, and the next call is not held up."""
    caplog.set_level(logging.DEBUG, "telegram")
    async with stranger(head, then=lambda writer: flood(writer, piece)) as (_, bot):
        tracemalloc.start()
        words = await lost(bot)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert words.endswith(f"and more than {MOST_BYTES // 1_000_000} MB")
    assert most < 5 * MOST_BYTES
    assert len(caplog.text) < 20_000


async def test_what_is_packed_is_not_unpacked() -> None:
    """A few kilobytes that would be gigabytes are the few kilobytes that came, and no answer."""
    packed = gzip.compress(gzip.compress(b"0" * 50_000_000))
    for name in ("gzip", "deflate", "gzip, gzip", "br", "unknown"):
        async with stranger(said(200, packed, Content_Encoding=name)) as (_, bot):
            assert "is not Telegram's Bot API: HTTP 200" in await lost(bot)


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-", HEAD + b"Content-Length: 999\r\n\r\n"])
async def test_an_answer_that_drips_has_its_time(head: bytes) -> None:
    """However it drips, a call ends after the time for connecting and for the answer."""
    async with stranger(head, then=drip) as (server, _), impatient(server) as bot:
        began = time.monotonic()
        assert await lost(bot) in {"Telegram did not answer in time", "the connection broke before Telegram's answer"}
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "piece", [b"X-More: " + b"x" * 1_000 + b"\r\n", b"x" * 10_000, b"\r\n\r\nHTTP/1.1 100 Continue" * 500]
)
async def test_a_flood_of_headers_ends(piece: bytes) -> None:
    """Headers, and answers before the answer, are bounded in size or in time."""
    async with (
        stranger(b"HTTP/1.1 100 Continue", then=lambda writer: flood(writer, piece)) as (server, _),
        impatient(server) as bot,
    ):
        began = time.monotonic()
        assert await lost(bot)
        assert time.monotonic() - began < 10


async def test_updates_that_cannot_be_read_are_passed_over() -> None:
    """Whatever is wrong inside one of them, the others are heard, and the next are asked for."""
    good = SENT | {"chat": {"id": 42, "type": "private", "first_name": "Ann"}, "text": "hello"}
    bad: tuple[Any, ...] = ([], good | {"text": 5}, good | {"date": 10**17}, good | {"reply_to_message": nested(600)})
    odd: list[Any] = [5, [], {}, None, *({"update_id": number, "message": each} for number, each in enumerate(bad))]
    async with stranger(said(200, {"ok": True, "result": [*odd, {"update_id": 9, "message": good}]})) as (_, bot):
        heard, following = await bot.updates(None, 0)
    assert [each.text for each in heard if isinstance(each, Wrote)] == ["hello"]
    assert following == 10
