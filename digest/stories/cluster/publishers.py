"""Whose voice an entry is: feeds of one publisher count as one source."""

from __future__ import annotations

import functools
import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract

_LONGEST_HOST = 253  # of a name in the DNS


def publisher_of(publisher: str, entry_url: str, feed_url: str) -> str:
    """The publisher of an entry; empty if nothing tells.

    Args:
        publisher: what the config calls the feed's; it wins.
        entry_url: the entry's address, as its feed gave it; else its registered domain counts ("bbc.co.uk").
        feed_url: the address of its feed, whose registered domain counts else.
    """
    return publisher.strip() or _owner(entry_url) or _owner(feed_url)


def _owner(url: str) -> str:
    """The registered domain of an address, or its IP address; empty without a host."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:  # "http://[": no address at all
        return ""
    host = host.strip(".")
    return _registered(host) if 0 < len(host) <= _LONGEST_HOST else ""


@functools.lru_cache(maxsize=4096)
def _registered(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        found = _suffixes()(host)
        return found.top_domain_under_public_suffix or host


@functools.cache
def _suffixes() -> TLDExtract:
    """The public suffix list as it was shipped: it is never fetched, and nothing is written.

    Its private part counts too: every blog of a host of blogs is a voice of its own.
    """
    import tldextract

    return tldextract.TLDExtract(cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True)
