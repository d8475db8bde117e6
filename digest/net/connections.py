"""The connections to servers: straight, by addresses that were checked, or through a proxy.

A proxy looks hosts up itself, so it decides where a name leads: what guards the house from feeds ends at it. It is
the user's own word, so it may be anywhere, also on this machine.
"""

from __future__ import annotations

import asyncio
import base64
import functools
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import unquote, unquote_to_bytes, urlsplit, urlunsplit

import aiohttp

from digest.net.heads import MOST_HEAD_BYTES, LenientHandler
from digest.net.resolve import CheckedResolver

if TYPE_CHECKING:
    from types import TracebackType

_MOST_LINES: Final = 65_536
_SOCKS: Final = ("socks5", "socks5h")


class Connections:
    """The sessions, one for each proxy; an async context manager.

    Args:
        headers: of every request.
        private_hosts: whether loopback and private addresses may be asked.
    """

    def __init__(self, headers: dict[str, str], *, private_hosts: bool) -> None:
        self._headers = headers
        self._resolver = CheckedResolver(private_hosts=private_hosts)  # of what is asked straight
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._open: AsyncExitStack | None = None

    def use(self, *, private_hosts: bool) -> None:
        """Let loopback and private addresses be asked from now on, or no more."""
        self._resolver.private_hosts = private_hosts
        for session in self._sessions.values():
            if isinstance(session.connector, aiohttp.TCPConnector):
                session.connector.clear_dns_cache()

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

    async def session(self, proxy: str, *, secure: bool) -> tuple[aiohttp.ClientSession, dict[str, Any]]:
        """The session for a proxy (empty: none), and what a request of it has to say besides.

        Args:
            proxy: its address.
            secure: whether the request is for an https address: then the proxy sees nothing but its own headers.
        """
        if self._open is None:
            raise RuntimeError("connections are used inside their context")
        if proxy not in self._sessions:
            self._sessions[proxy] = await self._open.enter_async_context(self._new(proxy))
        return self._sessions[proxy], _through(proxy, secure=secure)

    def _new(self, proxy: str) -> aiohttp.ClientSession:
        connector = _connector(proxy, CheckedResolver(private_hosts=True) if proxy else self._resolver)
        # aiohttp has no other way to say whose protocol reads the answers.
        handler = functools.partial(LenientHandler, loop=asyncio.get_running_loop())
        connector._factory = handler  # type: ignore[assignment]  # noqa: SLF001
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers=self._headers,
            # These count lines; what counts the whole is the handler.
            max_line_size=MOST_HEAD_BYTES,
            max_field_size=MOST_HEAD_BYTES,
            max_headers=_MOST_LINES,
        )


def _connector(proxy: str, resolver: CheckedResolver) -> aiohttp.TCPConnector:
    """What connects. Callers bound how many requests run at once: a queue here would cost them time."""
    parts = urlsplit(proxy)
    if parts.scheme not in _SOCKS:
        return aiohttp.TCPConnector(resolver=resolver, limit=0)
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


def _through(proxy: str, *, secure: bool) -> dict[str, Any]:
    """What a request through a proxy of HTTP says; a login goes out in UTF-8."""
    parts = urlsplit(proxy)
    if not proxy or parts.scheme in _SOCKS:
        return {}
    through: dict[str, Any] = {"proxy": urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))}
    if parts.username is not None:
        login = unquote_to_bytes(parts.username) + b":" + unquote_to_bytes(parts.password or "")
        own = {"Proxy-Authorization": f"Basic {base64.b64encode(login).decode()}"}
        through["proxy_headers" if secure else "headers"] = own
    return through
