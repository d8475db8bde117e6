"""Names to addresses, none of them inward unless that is allowed: what the connection then goes to is what was checked.

aiohttp connects to exactly the addresses its resolver returns, so checking them here leaves no gap in which a name
could be looked up again and lead elsewhere. Hosts written as an address never reach a resolver: ``check_host`` is
for them.
"""

from __future__ import annotations

import asyncio
import socket
import threading

from aiohttp.abc import AbstractResolver, ResolveResult

from digest.errors import FetchError
from digest.net.addresses import Reach, reach
from digest.text import quoted

_LOOKUPS_AT_ONCE = 16
_FLAGS = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class CheckedResolver(AbstractResolver):
    """Looks names up with the system's resolver and leaves out the addresses that are not public.

    Each lookup has a daemon thread of its own: getaddrinfo cannot be interrupted, and a dead name server must not
    keep the engine from stopping. Not for hosts that are addresses.
    """

    def __init__(self, *, private_hosts: bool) -> None:
        self._private_hosts = private_hosts
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host; ``OSError`` where there are none, ``FetchError`` where none may be asked."""
        async with self._slots:
            found = await _look_up(host, port, family)
        allowed = [result for result in found if self._private_hosts or reach(result["host"]) is Reach.PUBLIC]
        if found and not allowed:
            raise inward(host, reach(found[0]["host"]))
        return allowed

    async def close(self) -> None:
        """Nothing is held."""


def check_host(host: str, *, private_hosts: bool) -> None:
    """Refuse a host that is written as an address and leads inward, or is not rightly written; names pass.

    Raises:
        FetchError: with the sentence to show.
    """
    if ":" not in host and not host.replace(".", "").isdigit():
        return
    try:
        where = reach(host)
    except ValueError as error:  # 2130706433 and 127.1 are understood by connect(), and lead to 127.0.0.1
        raise FetchError(f"no such host: {quoted(host)}") from error
    if where is not Reach.PUBLIC and not private_hosts:
        raise inward(host, where)


def inward(host: str, where: Reach) -> FetchError:
    """The error for a host inside the house."""
    return FetchError(f"{quoted(host)} is {where}, which feeds may not use unless poll.private_hosts is true")


async def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """Run getaddrinfo in a thread of its own; raises ``OSError`` as it does."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[ResolveResult]] = loop.create_future()

    def settle(results: list[ResolveResult], error: Exception | None) -> None:
        if answer.done():  # nobody waits any more
            return
        if error is None:
            answer.set_result(results)
        else:
            answer.set_exception(error)

    def ask() -> None:
        results: list[ResolveResult] = []
        failure: Exception | None = None
        try:
            results = _ask_system(host, port, family)
        except (OSError, ValueError) as error:  # ValueError: a label that is empty or too long, a NUL
            failure = error if isinstance(error, OSError) else socket.gaierror(socket.EAI_NONAME, str(error))
        try:
            loop.call_soon_threadsafe(settle, results, failure)
        except RuntimeError:  # the loop closed in the meantime: nobody is left to tell
            return

    threading.Thread(target=ask, name=f"look up {host}", daemon=True).start()
    return await answer


def _ask_system(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """getaddrinfo, in the shape aiohttp wants; scoped (link-local) addresses keep their zone."""
    results: list[ResolveResult] = []
    for found, _, protocol, _, address in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM):
        numeric, _ = socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)
        results.append(
            ResolveResult(hostname=host, host=numeric, port=port, family=found, proto=protocol, flags=_FLAGS)
        )
    return results
