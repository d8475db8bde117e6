"""Whose voice an entry is: feeds of one publisher count as one source."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_LONGEST_HOST: Final = 253  # of a name in the DNS
_NAME: Final = re.compile(r"[\w.:-]+", re.ASCII)  # the colon is that of an IP address


def publisher_of(publisher: str, entry_url: str, feed_url: str) -> str:
    """The publisher of an entry; empty if nothing tells.

    Args:
        publisher: what the config calls the feed's; it wins.
        entry_url: the entry's address, as its feed gave it; else its registered domain counts ("bbc.co.uk").
        feed_url: the address of its feed, whose registered domain counts else.
    """
    return publisher.strip() or _owner(entry_url) or _owner(feed_url)


def _owner(url: str) -> str:
    """The registered domain of an address in its ASCII form, or its IP address; empty without a proper host."""
    try:
        host = (urlsplit(url.strip()).hostname or "").strip(".")
        name = host.encode("idna").decode() if len(host) <= _LONGEST_HOST else ""
    except ValueError:  # "http://[" is no address, and what is no name cannot be encoded
        return ""
    return _registered(name) if _NAME.fullmatch(name) else ""


@functools.lru_cache(maxsize=4096)
def _registered(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        found = _suffixes().privatesuffix(_as_listed(host))
        return ".".join(host.split(".")[-1 - found.count(".") :]) if found else host


def _as_listed(host: str) -> str:
    """A name in its ASCII form as the list has it; what only looks like such a form stays as it is."""
    try:
        return host.encode().decode("idna")
    except UnicodeError:
        return host


@functools.cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list as it was shipped: it is never fetched, and nothing is written.

    Its private part counts too: every blog of a host of blogs is a voice of its own.
    """
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList(accept_unknown=False, accept_encoded_idn=False)
