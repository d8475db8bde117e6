"""Which addresses are public, and what the others are."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.net.resolve import Reach, reach

CASES = {
    "8.8.8.8": Reach.PUBLIC,
    "2606:4700::1111": Reach.PUBLIC,
    "127.0.0.1": Reach.LOOPBACK,
    "127.8.9.10": Reach.LOOPBACK,
    "::1": Reach.LOOPBACK,
    "10.0.0.1": Reach.PRIVATE,
    "172.31.255.255": Reach.PRIVATE,
    "192.168.1.1": Reach.PRIVATE,
    "fd12::1": Reach.PRIVATE,
    "fec0::1": Reach.PRIVATE,
    "169.254.169.254": Reach.LINK_LOCAL,
    "fe80::1": Reach.LINK_LOCAL,
    "fe80::1%eth0": Reach.LINK_LOCAL,
    "100.64.0.1": Reach.SHARED,
    "100.127.255.254": Reach.SHARED,
    "100.128.0.1": Reach.PUBLIC,
    "224.0.0.1": Reach.MULTICAST,
    "ff02::1": Reach.MULTICAST,
    "0.0.0.0": Reach.UNSPECIFIED,
    "::": Reach.UNSPECIFIED,
    "255.255.255.255": Reach.RESERVED,
    "240.0.0.1": Reach.RESERVED,
    "3fff::1": Reach.RESERVED,
    "100::1": Reach.RESERVED,
    "5f00::1": Reach.RESERVED,
    "::ffff:127.0.0.1": Reach.LOOPBACK,
    "::ffff:8.8.8.8": Reach.PUBLIC,
    "::10.0.0.1": Reach.PRIVATE,
    "2002:7f00:1::": Reach.LOOPBACK,
    "2002:808:808::": Reach.PUBLIC,
    "64:ff9b::a9fe:a9fe": Reach.LINK_LOCAL,
    "64:ff9b::808:808": Reach.PUBLIC,
    "64:ff9b:1::a00:1": Reach.PRIVATE,
}


@pytest.mark.parametrize(("address", "expected"), CASES.items())
def test_every_kind_of_address_is_told(address: str, expected: Reach) -> None:
    """An address is what it leads to, also when an IPv4 one is wrapped in an IPv6 one."""
    assert reach(address) is expected


def test_what_pythons_differ_about_is_never_public() -> None:
    """Older ones count all of 192.0.0.0/24 as private, newer ones some of it as reserved."""
    assert reach("192.0.0.8") in {Reach.PRIVATE, Reach.RESERVED}


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_never_makes_it_public(address: IPv4Address) -> None:
    """Mapped, 6to4 and NAT64 forms reach no further than the address inside."""
    number = int(address)
    wrapped = (
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(0x2002 << 112 | number << 80),
        IPv6Address(0x64FF9B << 96 | number),
    )
    assert {reach(str(form)) is Reach.PUBLIC for form in wrapped} == {reach(str(address)) is Reach.PUBLIC}


@pytest.mark.parametrize("text", ["", "example.org", "2130706433", "127.1", "127.0.0.1."])
def test_what_is_no_address_is_refused(text: str) -> None:
    """Shorthands that connect() would understand are no addresses."""
    with pytest.raises(ValueError, match="does not appear"):
        reach(text)
