"""Is an address on the public internet, or does it lead into the house?

A feed's address may be anyone's choice, and so may what it redirects to. Unless the user allows it, a fetch must not
reach this machine, its network, or a cloud's metadata service; this module says which addresses those are.
"""

from __future__ import annotations

import enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address


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


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address is a public one; raises ``ValueError`` when it is none at all."""
    return reach(address) is Reach.PUBLIC


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
