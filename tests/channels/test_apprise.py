"""Apprise against a real HTTP server: what arrives, that every failure is a lost answer, and that no address shows."""

from __future__ import annotations

import asyncio
import gzip
import logging
import socket
import traceback
import tracemalloc
import uuid
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from digest.channels.apprise import AppriseChannel, obstacle
from digest.channels.base import Failure, Outgoing, SendError
from digest.errors import ChannelError
from digest.values.news import Severity
from tests.fakes import raw_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Hook:
    """A service that takes what it is sent, or does as it is told."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200
        self.let_go = asyncio.Event()
        self.let_go.set()
        self.port = 0

    async def answer(self, request: web.Request) -> web.Response:
        """Take a message."""
        self.got.append(await request.json())
        await self.let_go.wait()
        return web.Response(status=self.status, text=f"said to {request.path}")

    def url(self, more: str = "") -> str:
        """Its Apprise address."""
        return f"json://127.0.0.1:{self.port}/hook{more}"


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    """A service on loopback."""
    made = Hook()
    async with serving(made):
        yield made


@asynccontextmanager
async def serving(hook: Hook) -> AsyncIterator[None]:
    """Serve it."""
    application = web.Application()
    application.router.add_post("/{path:.*}", hook.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.port = runner.addresses[0][1]
    try:
        yield
    finally:
        hook.let_go.set()
        await runner.cleanup()


async def failure_of(channel: AppriseChannel, part: str = "x") -> SendError:
    """How sending fails."""
    with pytest.raises(SendError) as caught:
        await channel.send(Outgoing(part))
    return caught.value


@pytest.mark.parametrize(
    ("severity", "kind"),
    [
        (Severity.URGENT, "warning"),
        (Severity.HIGH, "warning"),
        (Severity.NORMAL, "info"),
        (Severity.LOW, "info"),
    ],
)
async def test_a_message_arrives_as_it_was_meant(hook: Hook, severity: Severity, kind: str) -> None:
    """Title and text as they are, whatever they hold, and how much it matters; there is no id."""
    outgoing = Outgoing("A & <b>B</b>\n:smile: *c* 북한 \\n", title="T & <i>", severity=severity)
    assert await AppriseChannel(hook.url()).send(outgoing) == 0
    [got] = hook.got
    assert (got["title"], got["message"], got["type"]) == ("T & <i>", "A & <b>B</b>\n:smile: *c* 북한 \\n", kind)
    assert got["attachments"] == []


async def test_text_is_no_markup_for_a_service_that_reads_it(hook: Hook) -> None:
    """Where a service wants HTML, what an entry holds is escaped."""
    await AppriseChannel(hook.url("?format=html")).send(Outgoing('A & <b onclick="x">B</b>'))
    assert "<b" not in hook.got[0]["message"]
    assert "A &amp; &lt;b" in hook.got[0]["message"].replace("&nbsp;", " ")


@pytest.mark.parametrize(
    "tamed",
    [
        "@¦everyone, @¦HERE and @¦channel",
        "<¦@123> <¦@&7> <¦!channel> <¦#4|x> <¦https://evil.example|BBC>",
        "[BBC]¦(https://evil.example)",
        "a@b.example, @AFP, 3 < 4, <!-- f[1] (x) -->, @hereford",
    ],
)
async def test_text_calls_nobody_and_hides_no_address(hook: Hook, tamed: str) -> None:
    """Chats read some words as commands: an invisible sign (¦) keeps them apart, and nothing else is changed."""
    text = tamed.replace("¦", "")
    await AppriseChannel(hook.url()).send(Outgoing(text, title=text))
    assert [hook.got[0]["title"], hook.got[0]["message"]] == [tamed.replace("¦", "\N{WORD JOINER}")] * 2


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("status", "words"), [(200, ""), (500, "JSON did not take it: it answered 500")])
async def test_no_more_of_an_answer_is_read_than_has_a_use(status: int, words: str, packed: bool) -> None:  # noqa: FBT001
    """Its status is heard; how much follows, as it comes or unpacked, costs neither memory nor time."""
    body = gzip.compress(b"0" * 100_000_000, 1) if packed else b"x" * 1_000_000
    head = f"HTTP/1.1 {status} Words\r\n" + (f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n" * packed)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(asked.partition("content-length: ")[2].partition("\r")[0]))
        writer.write(f"{head}\r\n".encode())
        for _ in range(1 if packed else 100):
            writer.write(body)
            await writer.drain()

    async with raw_server.serving(talk) as server:
        channel = AppriseChannel(f"json://127.0.0.1:{server.port}/")
        tracemalloc.start()
        try:
            error = None if status == 200 else await failure_of(channel)
            if error is None:
                await channel.send(Outgoing("x"))
            most = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert str(error or "") == words
    assert most < 40_000_000


async def test_a_possible_repeat_says_so(hook: Hook) -> None:
    """In its first line."""
    await AppriseChannel(hook.url()).send(Outgoing("x", maybe_repeat=True))
    assert hook.got[0]["message"] == "↻ possible repeat\nx"


@pytest.mark.parametrize(("more", "pieces"), [("", 3), ("?overflow=truncate", 1)])
async def test_what_was_not_cut_and_is_too_long_is_split(hook: Hook, more: str, pieces: int) -> None:
    """By the service, unless the address asks for something else; this service takes 32,768 characters."""
    words = " ".join(f"word{number}" for number in range(9000))
    await AppriseChannel(hook.url(more)).send(Outgoing(words))
    assert len(hook.got) == pieces
    assert more or " ".join(got["message"] for got in hook.got) == words


HEADLINE = "A headline & more, as long as many are: " + "word " * 14
LONG = "\n".join(f"{number}. <b>&amp; {'word ' * number}https://example.org/{number}" for number in range(40))


def messages_of(channel: AppriseChannel, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Apprise would send over the network, each as one message."""
    sent: list[str] = []

    def take(*, body: str, **_: object) -> bool:
        sent.append(body)
        return True

    monkeypatch.setattr(vars(channel)["_service"], "send", take)
    return sent


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("aprs://DF1JSL-15:12345@DF1ABC", 67),
        (f"kavenegar://{'a' * 24}/15551234567", 160),
        ("bluesky://user@app-pw", 280),
        ("mastodon://token@localhost/", 500),
        (f"discord://{'a' * 20}/{'b' * 64}", 2000),
        (f"tgram://123456789:{'a' * 35}/12345?format=html", 4096),
        ("json://localhost", 32768),
    ],
)
@pytest.mark.parametrize("title", ["", "Short", HEADLINE])
async def test_every_piece_is_one_message(monkeypatch: pytest.MonkeyPatch, url: str, most: int, title: str) -> None:
    """As the service counts, its title and the label of a repeat included; together they say all of the part."""
    channel = AppriseChannel(url)
    sent = messages_of(channel, monkeypatch)
    pieces = channel.pieces(LONG, title, 0)
    for number, piece in enumerate(pieces):
        await channel.send(Outgoing(piece, title=title, number=number, maybe_repeat=True))
    assert len(sent) == len(pieces) >= len(LONG) // most
    assert all(len(body) <= most for body in sent)
    assert "".join("".join(pieces).split()) == "".join(LONG.split())


def test_what_fits_is_not_cut() -> None:
    """Nor what the address wants cut off by the service."""
    for url in ("json://localhost", "mastodon://token@localhost/?overflow=truncate"):
        assert AppriseChannel(url).pieces(LONG, HEADLINE, 0) == (LONG,)


async def test_a_title_without_a_place_of_its_own_stands_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the first piece, and shortened only where it would leave no room for text."""
    for url, first in (("mastodon://token@localhost/", HEADLINE.strip()), ("aprs://DF1JSL-15:1@DF1ABC", HEADLINE[:26])):
        channel = AppriseChannel(url)
        sent = messages_of(channel, monkeypatch)
        for number, piece in enumerate(channel.pieces(LONG, HEADLINE.strip(), 0)):
            await channel.send(Outgoing(piece, title=HEADLINE.strip(), number=number))
        assert [body.startswith(first) for body in sent] == [True] + [False] * (len(sent) - 1)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (400, Failure.UNKNOWN),
        (401, Failure.CLOSED),
        (404, Failure.CLOSED),
        (429, Failure.UNKNOWN),
        (500, Failure.UNKNOWN),
    ],
)
async def test_every_refusal_is_a_lost_answer(hook: Hook, status: int, failure: Failure) -> None:
    """Apprise tells them all alike, so it may have arrived; the number helps, and tells where nothing ever does.

    The next message goes through.
    """
    channel = AppriseChannel(hook.url())
    hook.status = status
    error = await failure_of(channel)
    assert (error.failure, str(error)) == (failure, f"JSON did not take it: it answered {status}")
    hook.status = 200
    await channel.send(Outgoing("next"))


async def test_who_cannot_be_reached_is_a_lost_answer_too() -> None:
    """Nothing tells it from a connection that broke off later."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    error = await failure_of(AppriseChannel(f"json://127.0.0.1:{port}/"))
    assert error.failure is Failure.UNKNOWN
    assert "it could not be reached" in str(error)


async def test_a_service_that_hangs_is_given_up(hook: Hook) -> None:
    """After the time for the whole message; what will not end does not pile up, and the channel lives on."""
    channel = AppriseChannel(hook.url("?rto=60"), seconds=0.05)
    hook.let_go.clear()
    for _ in range(3):
        error = await failure_of(channel)
        assert (error.failure, str(error)) == (Failure.UNKNOWN, "JSON did not answer in time")
    error = await failure_of(channel)
    assert error.failure is Failure.NOT_SENT
    assert "has not let go" in str(error)
    hook.let_go.set()
    while error.failure is Failure.NOT_SENT:
        await asyncio.sleep(0.01)
        try:
            await channel.send(Outgoing("at last"))
        except SendError as again:
            error = again
        else:
            break
    assert hook.got[-1]["message"] == "at last"


async def test_a_plugin_that_fails_is_a_lost_answer(hook: Hook) -> None:
    """A message that Apprise itself stumbles over is no traceback; an empty one it does not take."""
    error = await failure_of(AppriseChannel(hook.url()), "")
    assert (error.failure, str(error)) == (Failure.UNKNOWN, "JSON did not take it")
    assert (error.__cause__, error.__context__) == (None, None)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nfty://s3cret", "no service of this kind: did you mean ntfy://?"),
        ("s3cretservice://x", "no service of this kind: https://appriseit.com/services"),
        ("https://s3cret.example/hook", "no service by this web address"),
        ("gotify://s3cret", "cannot read this Gotify address: see https://appriseit.com/services/gotify/"),
        ("mqtt://s3cret/topic", "needs paho-mqtt >= 2.1.0, which is not installed"),
        ("macosx://s3cret", "cannot be used on this system"),
        ("file:///s3cret", "no service of this kind"),
        ("config://s3cret", "no service of this kind"),
        ("json://[s3cret", "cannot read this JSON address"),
        ("ntfy://host/s3cret/s3cret2", "leads to 2 places at once: give each of them a channel of its own"),
        ("", "no service of this kind"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_without_showing_it(
    url: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in the reason nor in a log."""
    caplog.set_level(logging.DEBUG)
    assert words in obstacle(url)
    with pytest.raises(ChannelError) as caught:
        AppriseChannel(url)
    shown = obstacle(url) + str(caught.value) + "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "s3cret" not in shown.replace("s3cretservice", "")


@pytest.mark.parametrize("case", ["accepted", "refused", "hangs", "gone"])
async def test_the_address_is_in_no_log_and_no_traceback(
    hook: Hook, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither whole nor in part: user, password, path, query, header; at the most talkative level of every library."""
    secrets = {name: uuid.uuid4().hex for name in ("user", "password", "path", "query", "header")}
    port = hook.port
    if case == "gone":
        with socket.create_server(("127.0.0.1", 0)) as held:
            port = held.getsockname()[1]
    url = "json://{user}:{password}@127.0.0.1:{port}/{path}?-token={query}&+X-Key={header}&rto=1".format(
        port=port, **secrets
    )
    for name in ("", "apprise", "urllib3", "urllib3.connectionpool", "requests", "asyncio"):
        caplog.set_level(1, name)
    channel = AppriseChannel(url)
    hook.status = 500 if case == "refused" else 200
    if case == "hangs":
        hook.let_go.clear()
    shown = f"{channel!r} {vars(channel)}"
    if case == "accepted":
        await channel.send(Outgoing("x"))
    else:
        error = await failure_of(channel)
        shown += "".join(traceback.format_exception(error)) + str(error)
        assert (error.__cause__, error.__context__) == (None, None)
    for secret in secrets.values():
        assert secret not in shown + caplog.text
    assert not [record for record in caplog.records if record.name.partition(".")[0] in {"apprise", "urllib3"}]
