"""Names to addresses, none of them inward unless that is allowed: what the connection then goes to is what was checked.

A feed's address may be anyone's choice, and so may what it redirects to. Unless the user allows it, a fetch must not
reach this machine, its network, or a cloud's metadata service; this module says which addresses those are. aiohttp
connects to exactly the addresses its resolver returns, so checking them here leaves no gap in which a name could be
looked up again and lead elsewhere. Hosts written as an address never reach a resolver: ``check_host`` is for them.
"""

from __future__ import annotations

import _thread
import asyncio
import enum
import socket
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from digest.errors import NotSentError
from digest.text import quoted

_LOOKUPS_AT_ONCE = 16
_FLAGS = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class CheckedResolver(AbstractResolver):
    """Looks names up with the system's resolver and leaves out the addresses that are not public.

    Each lookup has a daemon thread of its own: getaddrinfo cannot be interrupted, and a dead name server must not
    keep the engine from stopping. Not for hosts that are addresses.
    """

    def __init__(self, *, private_hosts: bool) -> None:
        self.private_hosts = private_hosts
        """Whether inward addresses are handed out, too."""
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host; ``OSError`` where there are none, ``NotSentError`` where none may be asked."""
        async with self._slots:
            found = await _look_up(host, port, family)
        allowed = [result for result in found if self.private_hosts or reach(result["host"]) is Reach.PUBLIC]
        if found and not allowed:
            raise inward(host, reach(found[0]["host"]))
        return allowed

    async def close(self) -> None:
        """Nothing is held."""


def check_host(host: str, *, private_hosts: bool, unseen: bool = False) -> None:
    """Refuse a host that is written as an address and leads inward, or is not rightly written; names pass.

    Args:
        host: in ASCII, as it stands in an address.
        private_hosts: whether an address may lead inward.
        unseen: a proxy will look it up, so that nobody here sees where it leads: what is plain by itself is refused.

    Raises:
        NotSentError: with the sentence to show.
    """
    if unseen and not private_hosts and (where := _plainly_inward(host)):
        raise inward(host, where)
    if ":" not in host and not host.replace(".", "").isdigit():
        return
    try:
        where = reach(host)
    except ValueError as error:  # 2130706433 and 127.1 are understood by connect(), and lead to 127.0.0.1
        raise NotSentError(f"no such host: {quoted(host)}") from error
    if where is not Reach.PUBLIC and not private_hosts:
        raise inward(host, where)


def _plainly_inward(host: str) -> Reach | None:
    """Where a name leads that is this machine's by definition, or an address in a form that connect() understands."""
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return Reach.LOOPBACK
    try:
        where = reach(socket.inet_ntoa(socket.inet_aton(name)))  # 0x7f.1 and 0177.1 as well
    except OSError:
        return None
    return None if where is Reach.PUBLIC else where


def inward(host: str, where: Reach) -> NotSentError:
    """The error for a host inside the house."""
    return NotSentError(f"{quoted(host)} is {where}, which may not be asked unless poll.private_hosts is true")


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

    _thread.start_new_thread(ask, ())  # `threading.Thread` waits until it runs, and the event loop with it
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


class Reach(enum.StrEnum):
    """Where an address leads; the value is the phrase that completes "it is ..."."""

    PUBLIC = "a public address"
    LOOPBACK = "this machine itself"
    LINK_LOCAL = "on the local link"
    PRIVATE = "in a private network"
    SHARED = "in a provider's shared network"
    MULTICAST = "a multicast address"
    UNSPECIFIED = "no address at all"
    RESERVED = "a reserved address"


_SHARED = IPv4Network("100.64.0.0/10")
_COMPATIBLE = IPv6Network("::/96")  # long deprecated ::a.b.c.d
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # all that is handed out to the public so far
_SITE_LOCAL = IPv6Network("fec0::/10")
_PROTOCOLS = IPv4Network("192.0.0.0/24")  # kept for protocols; older Pythons call parts of it global
_DOCUMENTATION = IPv6Network("3fff::/20")  # the same holds for the newer range for examples


@lru_cache(maxsize=4_096)
def reach(address: str) -> Reach:
    """Where an IPv4 or IPv6 address leads; an IPv4 address wrapped in an IPv6 one counts as what it wraps.

    Raises:
        ValueError: it is no address.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        wrapped = _wrapped(parsed)
        return _reach_of_6(parsed) if wrapped is None else _reach_of_4(wrapped)
    return _reach_of_4(parsed)


def _wrapped(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address inside a mapped, compatible, 6to4, Teredo or NAT64 address."""
    if address.is_unspecified or address.is_loopback:
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _COMPATIBLE or any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _reach_of_4(address: IPv4Address) -> Reach:
    """Where an IPv4 address leads."""
    if address in _SHARED:
        return Reach.SHARED
    public = address.is_global and address not in _PROTOCOLS
    return _special(address) or (Reach.PUBLIC if public else Reach.RESERVED)


def _reach_of_6(address: IPv6Address) -> Reach:
    """Where an IPv6 address leads that wraps no IPv4 one."""
    if address in _SITE_LOCAL:
        return Reach.PRIVATE
    public = address.is_global and address in _GLOBAL_UNICAST and address not in _DOCUMENTATION
    return _special(address) or (Reach.PUBLIC if public else Reach.RESERVED)


def _special(address: IPv4Address | IPv6Address) -> Reach | None:
    """The named kinds, most telling first; ``is_private`` counts nearly all the others as well, so it comes last."""
    if address.is_unspecified:
        return Reach.UNSPECIFIED
    if address.is_loopback:
        return Reach.LOOPBACK
    if address.is_link_local:
        return Reach.LINK_LOCAL
    if address.is_multicast:
        return Reach.MULTICAST
    if address.is_reserved:
        return Reach.RESERVED
    return Reach.PRIVATE if address.is_private else None
