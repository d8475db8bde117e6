"""Where hubs reach us (WebSub): a server that confirms what was asked for, and hears that a feed has changed.

It stands behind a reverse proxy, and believes nobody: a message finds its subscription by the last part of its path,
which only the hub knows, and counts if it is signed with that one's secret. Its body is only checked, never kept, so a
flood takes little memory. Each connection serves one request, and has as long for it as a fetch.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import TYPE_CHECKING, Final, Protocol

import aiohttp
from aiohttp import hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from digest.feeds.websub import signature

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.net.fetch import Limits

_MOST_OPEN: Final = 256
"""Connections; more are closed at once, for each takes a file of the engine's."""
_LONGEST_CHALLENGE: Final = 2048
_HEADERS: Final = {hdrs.SERVER: "digest", hdrs.CACHE_CONTROL: "no-store", "X-Content-Type-Options": "nosniff"}
_log = logging.getLogger(__name__)
_silent = logging.getLogger("digest.net.silent")  # what strangers send is no news, and a callback is no log's
_silent.disabled = True


class Subscriber(Protocol):
    """Who knows what was asked for."""

    def confirm(self, token: str, said: Mapping[str, str]) -> bool:
        """A hub asks back, or refuses, with these parameters: whether that is what was asked for."""

    def secret(self, token: str) -> str | None:
        """What messages of a subscription are signed with; ``None``: there is none such."""

    def hear(self, token: str, *, genuine: bool) -> None:
        """A message came, with the right signature or not."""


class PushServer:
    """Listens on one address.

    Args:
        subscriber: is told what came.
        limits: the bounds of a message: those of a feed.
    """

    def __init__(self, subscriber: Subscriber, limits: Limits) -> None:
        self._subscriber = subscriber
        self.limits = limits
        self._protocols = web.Server(self._answer, access_log=None, logger=_silent, auto_decompress=False)
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Begin to listen; raises ``OSError`` where that cannot be."""
        self._server = await asyncio.get_running_loop().create_server(self._connection, host, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server else 0

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        await self._protocols.shutdown(timeout=0)

    def _connection(self) -> asyncio.Protocol:
        if len(self._protocols.connections) >= _MOST_OPEN:
            return _Closed()
        made = self._protocols()
        asyncio.get_running_loop().call_later(self.limits.timeout.total_seconds(), made.force_close)
        return made

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """What a request gets; a subscription that is over is gone (410), so that the hub ends it, too."""
        try:
            answer = await self._answered(request)
        except Exception:  # noqa: BLE001 - a hub that trips us must be seen, and gets an answer
            _log.exception("what a hub sent could not be answered")
            answer = web.Response(status=500)
        answer.headers.update(_HEADERS)
        answer.force_close()
        return answer

    async def _answered(self, request: web.BaseRequest) -> web.Response:
        token = request.path.rpartition("/")[2]
        if request.method == hdrs.METH_GET:
            challenge = request.query.get("hub.challenge", "")[:_LONGEST_CHALLENGE]
            known = self._subscriber.confirm(token, request.query)
            return web.Response(text=challenge) if known else web.Response(status=404)
        if request.method != hdrs.METH_POST:
            return web.Response(status=405, headers={hdrs.ALLOW: "GET, POST"})
        secret = self._subscriber.secret(token)
        if secret is None:
            return web.Response(status=410)
        try:
            genuine = await self._is_signed(request, secret)
        except (aiohttp.ClientError, web.RequestPayloadError, HttpProcessingError, OSError):  # it broke off
            return web.Response(status=400)
        if genuine is None:
            return web.Response(status=413)
        self._subscriber.hear(token, genuine=genuine)
        return web.Response(status=202)

    async def _is_signed(self, request: web.BaseRequest, secret: str) -> bool | None:
        """Whether a message bears the right signature; ``None``: it is larger than a feed may be."""
        expected, said = signature(secret, request.headers.get("X-Hub-Signature", "")) or (None, "")
        size = 0
        async for chunk in request.content.iter_any():
            size += len(chunk)
            if size > self.limits.max_bytes:
                return None
            if expected is not None:
                expected.update(chunk)
        return expected is not None and hmac.compare_digest(expected.hexdigest(), said)


class _Closed(asyncio.Protocol):
    """A connection that is one too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        transport.close()
