"""A receiver of webhooks on loopback: it checks each signature as Standard Webhooks says, and answers as it is told."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "whsec_" + base64.b64encode(b"a secret of webhooks for tests..").decode()
OTHER_SECRET = "whsec_" + base64.b64encode(b"another one, which comes after it").decode()


@dataclass(frozen=True)
class Got:
    """A message as it came."""

    id: str
    timestamp: int
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def titles(self) -> list[str]:
        """Of the entries that it tells of."""
        return [alert["entry"]["title"] for alert in self.body["data"].get("alerts", ())]


@dataclass
class Receiver:
    """An async context manager; what is wrongly signed gets a 401 and is not kept."""

    secret: str = SECRET
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    """What came and was rightly signed, taken or not."""
    refused: int = 0
    stalls: bool = False
    cuts: bool = False
    """The connection is reset once the message is there."""
    talks: bool = False
    """The answer's body never ends."""
    then: Callable[[], None] = lambda: None
    """Done before the answer."""
    port: int = 0

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook/k3y-in-the-path"

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not is_signed(request.headers, body, self.secret):
            self.refused += 1
            return web.Response(status=401)
        names = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Got(names["webhook-id"], int(names["webhook-timestamp"]), json.loads(body), names))
        self.then()
        if self.stalls:
            await asyncio.Event().wait()
        if self.cuts and request.transport is not None:
            request.transport.abort()
        if self.talks:
            endless = web.StreamResponse(status=self.status)
            await endless.prepare(request)
            while True:
                await endless.write(b"x" * 65_536)
        return web.Response(status=self.status, headers=self.headers)


def is_signed(headers: Any, body: bytes, secret: str) -> bool:
    """Whether one of the signatures is right, and made within the last minutes."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), content, hashlib.sha256).digest()
    found = (each.partition(",") for each in headers["webhook-signature"].split(" "))
    fresh = abs(time.time() - int(headers["webhook-timestamp"])) < 300
    return fresh and any(version == "v1" and base64.b64decode(said) == right for version, _, said in found)
