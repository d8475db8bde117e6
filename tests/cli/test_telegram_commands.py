"""``digest telegram`` and ``digest check --online``, against a Bot API server and feeds on loopback."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.delivery.retries import Trouble
from digest.demo.bot_values import Chat
from digest.store.strangers import BotChat
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.bot_faults import blocked, too_many_requests
from tests.fakes.receiver import SECRET, Receiver
from tests.fakes.sending import note_error, note_sent, pause, paused_until, sent_at
from tests.fakes.stores import database_key, new_store, store_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.cli.conftest import Desk
    from tests.command import Done

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NEWS = Chat(-1001, "News desk", "channel", "news_desk")
READER = Chat(77, "Kim Reader", "private")

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>
<item><title>One</title><link>https://example.org/1</link></item></channel></rss>"""


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    """A Bot API server that knows a channel and a reader."""
    async with BotApi((NEWS, READER)) as server:
        yield server


async def call(desk: Desk, *arguments: str, token: str = TOKEN, **more: str) -> Done:
    """Run the command while the servers of this process answer it."""
    return await asyncio.to_thread(desk.run, *arguments, TELEGRAM_BOT_TOKEN=token, **more)


def configure(desk: Desk, api: BotApi, more: str = "") -> None:
    """A config whose bot lives on the server."""
    channel = '[[channel]]\nname = "desk"\ntelegram = "-1001"\n'
    key = database_key(desk.folder / "state")
    desk.write("config.toml", f'{key}[telegram]\napi = "{api.url}"\nadmins = [77]\n{channel}{more}')


async def test_chats(desk: Desk, api: BotApi) -> None:
    """Who has written to the bot, with the id that the config takes; the latest first."""
    configure(desk, api)
    nobody = await call(desk, "telegram", "chats")
    assert (nobody.code, nobody.out) == (0, "")
    assert "write it a message" in nobody.err
    await api.write_to_bot(READER, "hello")
    await api.write_to_bot(NEWS, "post")
    done = await call(desk, "telegram", "chats", "--json")
    assert done.lines == [
        {"id": -1001, "type": "channel", "title": "News desk", "username": "news_desk"},
        {"id": 77, "type": "private", "title": "Kim Reader", "username": None},
    ]
    assert "-1001" in (await call(desk, "telegram", "chats")).out


async def test_chats_that_an_engine_heard_of_before(desk: Desk, api: BotApi) -> None:
    """Stay known when it has ended, behind those that wrote since; each once."""
    configure(desk, api)
    heard = [BotChat(77, "private", "Kim", "", NOW), BotChat(5, "private", "Lee", "", NOW)]
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")) as store:
        for chat in heard:
            store.bot_chats.note(chat)
    await api.write_to_bot(READER, "hello")
    done = await call(desk, "telegram", "chats", "--json")
    assert [(line["id"], line["title"]) for line in done.lines] == [(77, "Kim Reader"), (5, "Lee")]


async def test_a_test_message(desk: Desk, api: BotApi) -> None:
    """It arrives in the channel's chat, and its number is told."""
    configure(desk, api)
    done = await call(desk, "telegram", "test", "desk")
    assert done.code == 0
    assert done.out == "Sent to desk: message 1 in -1001.\n"
    assert "“desk”" in api.texts(-1001)[0]


async def test_a_test_message_that_arrives_ends_the_trouble(desk: Desk, api: BotApi) -> None:
    """The channel that was off takes messages: nothing need wait for another try."""
    configure(desk, api)
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")) as store:
        store.channels.sync([ChannelSpec("desk", Telegram("-1001"))], {}, NOW)
        note_error(store, "desk", "the bot was removed", NOW, Trouble("the bot was removed", NOW, 3))
        assert store.channels.state("desk").off
        await call(desk, "telegram", "test", "desk")
        state = store.channels.state("desk")
    assert (state.off, state.try_at) == ("", None)
    assert state.last_ok is not None


@pytest.mark.parametrize(
    ("channel", "token", "words"),
    [
        ("dekk", TOKEN, "did you mean “desk”?"),
        ("phone", TOKEN, "JSON did not take it: it could not be reached"),
        ("typo", TOKEN, "did you mean ntfy://?"),
        ("archive", TOKEN, "config.toml is no folder"),
        ("lost", TOKEN, "there is no such chat"),
        ("desk", "", "@BotFather"),
        ("desk", "12345:wrong", "does not know the bot's token"),
    ],
)
async def test_a_test_message_that_fails(desk: Desk, api: BotApi, channel: str, token: str, words: str) -> None:
    """Exit code 1 and the reason in one sentence, without the token."""
    others = {
        "phone": 'apprise = "json://user:s3cret@127.0.0.1:1/s3cret"',
        "typo": 'apprise = "nfty://s3cret"',
        "archive": 'file = "config.toml"',
        "lost": 'telegram = "@nowhere_now"',
    }
    configure(desk, api, "".join(f'[[channel]]\nname = "{name}"\n{target}\n' for name, target in others.items()))
    done = await call(desk, "telegram", "test", channel, token=token)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
    assert not token or token not in done.err
    assert "s3cret" not in done.err


@pytest.mark.parametrize("words", [("telegram", "chats"), ("telegram", "test", "desk"), ("check", "--online")])
async def test_who_answers_in_telegrams_place_is_told(desk: Desk, api: BotApi, words: tuple[str, ...]) -> None:
    """Not that the token or the chat is wrong, and none of what it says."""
    configure(desk, api)
    for code, body in ((401, '{"error": "Unauthorized\\u001b[2J"}'), (404, "<h1>Not Found</h1>"), (302, "")):
        api.stranger = blocked(code, body)
        done = await call(desk, *words)
        assert done.code == 1
        assert f"what answers at {api.url.removeprefix('http://')} is not Telegram's Bot API: HTTP {code}" in (
            done.out + done.err
        )
        assert "token" not in done.out + done.err


@pytest.mark.parametrize(("style", "ending"), [("markdown", "md"), ("jsonl", "jsonl")])
def test_a_test_message_to_a_file(desk: Desk, style: str, ending: str) -> None:
    """Its path is told; no token is needed."""
    desk.write("config.toml", f'[[channel]]\nname = "archive"\nfile = "out"\nformat = "{style}"\n')
    done = desk.run("telegram", "test", "archive")
    (path,) = (desk.folder / "out").iterdir()
    assert (done.code, done.out) == (0, f"Sent to archive: {path}.\n")
    assert path.suffix == f".{ending}"
    assert "Alerts for the channel “archive” will arrive here" in path.read_text(encoding="utf-8")


async def test_a_test_message_keeps_the_pace_of_the_chat(desk: Desk, api: BotApi) -> None:
    """It waits for its turn after what an engine sent, counts with what one will send, and breaks no silence."""
    configure(desk, api)
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")) as store:
        began = datetime.now(UTC)
        note_sent(store, "-1001", [began - timedelta(seconds=52)] * 20)
        assert "limits let the next message go in " in (await call(desk, "telegram", "test", "desk")).err
        (sent,) = api.messages
        assert sent.at >= began + timedelta(seconds=8)
        assert abs(sent_at(store, "-1001")[-1] - sent.at) < timedelta(seconds=1)
        pause(store, "-1001", datetime.now(UTC) + timedelta(hours=1), datetime.now(UTC))
        done = await call(desk, "telegram", "test", "desk")
        assert (done.code, len(api.messages)) == (1, 1)
        assert "asked for silence in this chat: try again in 3" in done.err


async def test_a_silence_that_a_test_message_is_asked_for_holds_for_all(desk: Desk, api: BotApi) -> None:
    """It is noted in the store, where an engine and the next test message see it."""
    configure(desk, api)
    (desk.folder / "state").mkdir()
    with new_store(store_url(desk.folder / "state" / "digest.db")) as store:
        began = datetime.now(UTC)
        api.fail(too_many_requests(300))
        done = await call(desk, "telegram", "test", "desk")
        assert (done.code, "300 s of silence" in done.err) == (1, True)
        paused = paused_until(store, "-1001")
        assert paused is not None
        assert began + timedelta(seconds=300) <= paused <= datetime.now(UTC) + timedelta(seconds=300)
        assert "try again in" in (await call(desk, "telegram", "test", "desk")).err
        assert api.messages == []


async def test_a_test_message_through_apprise(desk: Desk) -> None:
    """It arrives at the service; the address is not shown."""
    got: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        got.append((await request.json())["message"])
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        address = f"json://user:s3cret@127.0.0.1:{runner.addresses[0][1]}/hook"
        desk.write("config.toml", f'[[channel]]\nname = "phone"\napprise = "{address}"\n')
        done = await call(desk, "telegram", "test", "phone")
    finally:
        await runner.cleanup()
    assert (done.code, done.out) == (0, "Sent to phone: a message through JSON.\n")
    assert got == ["Digest: this is a test message. Alerts for the channel “phone” will arrive here."]


async def test_a_test_message_to_a_webhook(desk: Desk) -> None:
    """It arrives rightly signed, under an id of its own; neither the address nor the secret is shown."""
    async with Receiver() as receiver:
        desk.write(
            "config.toml", f'[poll]\nprivate_hosts = true\n[[channel]]\nname = "hook"\nwebhook = "{receiver.url}"\n'
        )
        done = await call(desk, "telegram", "test", "hook", DIGEST_WEBHOOK_SECRET=SECRET)
        (got,) = receiver.got
        assert (done.code, done.out) == (0, f"Sent to hook: {got.id}, which 127.0.0.1 has taken.\n")
        assert (got.body["type"], got.body["data"]["title"]) == ("notice", "Digest: a test message")
        receiver.status = 410
        done = await call(desk, "telegram", "test", "hook", DIGEST_WEBHOOK_SECRET=SECRET)
        assert (done.code, "it answered 410" in done.err, "k3y" in done.err) == (1, True, False)
        done = await call(desk, "telegram", "test", "hook", DIGEST_WEBHOOK_SECRET="whsec_short")
        assert (done.code, "is no secret of a webhook: make one: echo" in done.err) == (1, True)


@contextlib.asynccontextmanager
async def feeds() -> AsyncIterator[str]:
    """A server with a feed at ``/feed`` and a page at ``/page``; its address."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/feed":
            return web.Response(text=RSS, content_type="application/rss+xml")
        return web.Response(text="<!doctype html><html><body>Hello</body></html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def test_check_online(desk: Desk, api: BotApi) -> None:
    """Feeds that are none and chats closed to the bot are errors at their place; those that answer are counted."""
    async with feeds() as address:
        more = f'[poll]\nprivate_hosts = true\n[[feed]]\nurl = "{address}/feed"\n'
        configure(desk, api, more)
        assert (await call(desk, "check", "--online", "--json")).lines == []
        well = await call(desk, "check", "--online")
        assert "; 1 of 1 feed answered; 2 of 2 Telegram chats answered; all is right" in well.out
        assert well.err == "asking 1 feed …\nasking the bot about 2 chats …\n"
        configure(
            desk, api, f'{more}[[feed]]\nurl = "{address}/page"\n[[channel]]\nname = "x"\ntelegram = "@nowhere"\n'
        )
        done = await call(desk, "check", "--online", "--json")
        said = await call(desk, "check", "--online")
    assert done.code == 1
    assert [(line["line"], line["column"]) for line in done.lines] == [(13, 7), (16, 12)]
    assert "there is no such chat" in done.lines[1]["message"]
    assert "; 1 of 2 feeds answered; 2 of 3 Telegram chats answered; 2 errors" in said.out


async def test_check_online_asks_the_admins_chats(desk: Desk, api: BotApi) -> None:
    """Where notices go there: one who never wrote to the bot is an error, with what to do about it."""
    text = f'[telegram]\napi = "{api.url}"\nadmins = [77, 78]\n'
    desk.write("config.toml", text)
    (problem,) = (await call(desk, "check", "--online", "--json")).lines
    assert (problem["line"], problem["column"], problem["level"]) == (3, 15, "error")
    assert problem["message"].startswith("admin 78: there is no such chat")
    assert problem["message"].endswith(": this admin has to write /start to the bot")
    desk.append("config.toml", "[notices]\nchannels = []\n")
    assert (await call(desk, "check", "--online", "--json")).lines == []
    desk.write("config.toml", text)
    assert "Sent to admin 77" in (await call(desk, "telegram", "test", "admin 77")).out
    assert "Notices of Digest about itself will arrive here" in api.texts()[-1]


async def test_check_online_with_a_wrong_token(desk: Desk, api: BotApi) -> None:
    """Said once, not for every channel."""
    configure(desk, api)
    done = await call(desk, "check", "--online", "--json", token="12345:wrong")
    assert done.code == 1
    [problem] = done.lines
    assert "does not know the bot's token" in problem["message"]
    assert problem["line"] == 2
