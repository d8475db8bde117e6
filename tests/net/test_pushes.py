"""Where hubs reach us, against whatever comes there."""

from __future__ import annotations

import asyncio
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from digest.errors import FetchError
from digest.net.fetch import Fetcher, Limits
from digest.net.pushes import PushServer
from tests.fakes.raw_server import answer, serving
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

LIMITS = Limits(timeout=timedelta(seconds=30), max_bytes=4096, private_hosts=True)
SIGNED = f"X-Hub-Signature: sha1={hmac.new(b'secret', b'body', 'sha1').hexdigest()}"


@dataclass
class Desk:
    """Knows one subscription, and notes what it hears."""

    heard: list[bool] = field(default_factory=list)

    def confirm(self, token: str, said: Mapping[str, str]) -> bool:
        """Whether it is the one."""
        return token == "known" and said.get("hub.mode") == "subscribe"

    def secret(self, token: str) -> str | None:
        """That of the one."""
        return "secret" if token == "known" else None

    def hear(self, token: str, *, genuine: bool) -> None:
        """Note it."""
        assert token == "known"
        self.heard.append(genuine)


@asynccontextmanager
async def listening(desk: Desk, limits: Limits = LIMITS) -> AsyncIterator[int]:
    """A server on loopback; its port."""
    server = PushServer(desk, limits)
    await server.listen("127.0.0.1", 0)
    try:
        yield server.port
    finally:
        await server.close()


async def said(port: int, request: bytes) -> bytes:
    """All that the server says to these bytes, until it closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


def request(line: str, *headers: str, body: bytes = b"") -> bytes:
    """The bytes of a request."""
    return (
        "\r\n".join([f"{line} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *headers, "", ""]).encode() + body
    )


@pytest.mark.parametrize(
    ("sent", "status", "heard"),
    [
        (request("POST /a/known", SIGNED, body=b"body"), 202, [True]),
        (request("POST /known", SIGNED, body=b"bodY"), 202, [False]),  # acknowledged and ignored, so nothing is learnt
        (request("POST /known", body=b"body"), 202, [False]),
        (request("POST /known", "X-Hub-Signature: sha1=" + "f" * 40), 202, [False]),
        (request("POST /gone", SIGNED, body=b"body"), 410, []),
        (request("POST /", SIGNED, body=b"body"), 410, []),
        (request("POST /known", SIGNED, body=b"x" * 5000), 413, []),
        (request("GET /known?hub.mode=subscribe&hub.challenge=c%3Cb%3E"), 200, []),
        (request("GET /known?hub.mode=unsubscribe&hub.challenge=c"), 404, []),
        (request("GET /other?hub.mode=subscribe&hub.challenge=c"), 404, []),
        (request("GET /known?%FF=%zz"), 404, []),
        (request("DELETE /known"), 405, []),
    ],
)
async def test_a_message_is_heard_if_it_is_for_a_subscription_and_not_too_large(
    sent: bytes, status: int, heard: list[bool]
) -> None:
    """Each gets its status, tells nothing of what answers, and the connection ends."""
    desk = Desk()
    async with listening(desk) as port:
        got = await said(port, sent)
    head, _, body = got.partition(b"\r\n\r\n")
    assert int(head.split(b" ")[1]) == status
    assert desk.heard == heard
    assert b"aiohttp" not in got
    assert b"Python" not in got
    if status == 200:
        assert (body, b"text/plain" in head, b"nosniff" in head) == (b"c<b>", True, True)


async def test_who_is_slow_is_cut_off() -> None:
    """A head or a body that does not come within the time of a fetch ends its connection."""
    desk = Desk()
    async with listening(desk, Limits(timedelta(seconds=0.3), 4096)) as port:
        for begun in (b"POST /known HT", b"", request("POST /known", SIGNED).replace(b"Length: 0", b"Length: 9")):
            assert b" 202 " not in await said(port, begun)
    assert desk.heard == []


async def test_a_form_is_posted_with_the_guards_of_a_fetch() -> None:
    """Redirects are followed that keep the method, whatever else is an error in plain words; nothing leads inward."""
    answers = {"/": answer(307, Location="/next"), "/next": answer(204), "/old": answer(302, Location="/next")}
    answers |= {"/no": answer(422, b"<script>"), "/round": answer(308, Location="/round")}
    async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
        await fetcher.post(server.url(), {"hub.mode": "subscribe"})
        assert server.asked[-1]["content-type"] == "application/x-www-form-urlencoded"
        for path, words in (("/old", "302"), ("/no", "422: the server refuses the request"), ("/round", "redirects")):
            with pytest.raises(FetchError, match=words):
                await fetcher.post(server.url(path), {})
    async with Fetcher(Limits(timedelta(seconds=5), 4096)) as guarded:
        for inward in (server.url(), "http://169.254.169.254/", "file:///etc/passwd"):
            with pytest.raises(FetchError):
                await guarded.post(inward, {})


async def test_a_fault_of_ours_is_logged_and_answered(caplog: pytest.LogCaptureFixture) -> None:
    """The hub hears that it was not taken, and engine.log says why."""

    class Broken(Desk):
        """Trips over what is confirmed."""

        def confirm(self, token: str, said: Mapping[str, str]) -> bool:
            """Trip."""
            raise KeyError(token)

    async with listening(Broken()) as port:
        answered = await said(port, request("GET /websub/known?hub.mode=subscribe"))
    assert answered.startswith(b"HTTP/1.1 500 ")
    assert [record.exc_info is not None for record in caplog.records if record.name == "digest.net.pushes"] == [True]
