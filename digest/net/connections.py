"""The connections to servers: straight, by addresses that were checked, or through a proxy.

A proxy looks hosts up itself, so it decides where a name leads: what guards the house from feeds ends at it. It is
the user's own word, so it may be anywhere, also on this machine.
"""

from __future__ import annotations

import asyncio
import functools
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote, urlsplit, urlunsplit

import aiohttp

from digest.net.heads import PARSER_LIMITS, LenientHandler
from digest.net.resolve import CheckedResolver

if TYPE_CHECKING:
    from types import TracebackType

_SOCKS: Final = ("socks5", "socks5h")


class Connections:
    """The sessions, one for each proxy; an async context manager.

    Args:
        headers: of every request.
        private_hosts: whether loopback and private addresses may be asked.
    """

    def __init__(self, headers: dict[str, str], *, private_hosts: bool) -> None:
        self._headers = headers
        self._private_hosts = private_hosts
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._open: AsyncExitStack | None = None

    async def __aenter__(self) -> Self:
        self._open = AsyncExitStack()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            await self._open.aclose()
        self._open = None
        self._sessions.clear()

    async def session(self, proxy: str) -> tuple[aiohttp.ClientSession, dict[str, Any]]:
        """The session for a proxy (empty: none), and what each request of it has to say besides."""
        if self._open is None:
            raise RuntimeError("connections are used inside their context")
        if proxy not in self._sessions:
            self._sessions[proxy] = await self._open.enter_async_context(self._new(proxy))
        return self._sessions[proxy], _through(proxy)

    def _new(self, proxy: str) -> aiohttp.ClientSession:
        connector = _connector(proxy, private_hosts=self._private_hosts or bool(proxy))
        # aiohttp has no other way to say whose protocol reads the answers.
        connector._factory = functools.partial(LenientHandler, loop=asyncio.get_running_loop())  # noqa: SLF001
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers=self._headers,
            **PARSER_LIMITS,
        )


def _connector(proxy: str, *, private_hosts: bool) -> aiohttp.TCPConnector:
    """What connects. Callers bound how many requests run at once; a wait in aiohttp's own queue would cost them time."""
    parts = urlsplit(proxy)
    if parts.scheme not in _SOCKS:
        return aiohttp.TCPConnector(resolver=CheckedResolver(private_hosts=private_hosts), limit=0)
    from aiohttp_socks import ProxyType

    from digest.net.socks import SocksConnector

    return SocksConnector(
        host=parts.hostname or "",
        port=parts.port or 1080,
        proxy_type=ProxyType.SOCKS5,
        username=unquote(parts.username or "") or None,
        password=unquote(parts.password or "") or None,
        rdns=True,
        limit=0,
    )


def _through(proxy: str) -> dict[str, Any]:
    """What a request through a proxy of HTTP says; a login goes out in UTF-8."""
    parts = urlsplit(proxy)
    if not proxy or parts.scheme in _SOCKS:
        return {}
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))
    if parts.username is None:
        return {"proxy": address}
    login = aiohttp.BasicAuth(unquote(parts.username), unquote(parts.password or ""), encoding="utf-8")
    return {"proxy": address, "proxy_auth": login}
