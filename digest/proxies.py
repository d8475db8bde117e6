"""Which proxy an address is asked through, by the environment: one rule for feeds, pages and Telegram.

As for curl and most other programs: ``http_proxy`` and ``https_proxy`` by the address's scheme, else ``all_proxy``;
``no_proxy`` names what is asked directly. Each name is looked up in small letters first, then in capitals. The
environment is an argument.
"""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES: Final = ("http", "https", "socks5", "socks5h")
_PORTS: Final = {"http": 80, "https": 443}
DIRECT: Final = "none"
"""What a user writes for no proxy, whatever the environment says."""


def proxy_of_environment(url: str, environ: Mapping[str, str]) -> str:
    """The proxy that an address is asked through; empty for none.

    Raises:
        ValueError: the environment names one that cannot be used; says which variable, and never its value.
    """
    parts = urlsplit(url)
    names = [f"{parts.scheme}_proxy", "all_proxy"]
    # A web server tells its scripts a request's "Proxy:" header by that name.
    found = ((name, _variable(name, environ, capitals="REQUEST_METHOD" not in environ)) for name in names)
    name, written = next(((name, text) for name, text in found if text), ("", ""))
    if not written or _is_exempt(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0), environ):
        return ""
    try:
        proxy = read_proxy(written if "://" in written or written.lower() == DIRECT else f"http://{written}")
    except ValueError as error:
        raise ValueError(f"the environment variable {name}: {error}") from None
    return "" if proxy == DIRECT else proxy


def proxies_in(environ: Mapping[str, str]) -> dict[str, str]:
    """What of an environment says something of proxies; empty where it names none, so that nothing need be asked."""
    found = {name: value for name, value in environ.items() if name.lower().endswith("_proxy") and value.strip()}
    named = any(name.lower() != "no_proxy" for name in found)
    return found | {name: environ[name] for name in ("REQUEST_METHOD",) if name in environ} if named else {}


def read_proxy(text: str) -> str:
    """Check the address of a proxy and hand it back, or `DIRECT`; raises ``ValueError`` with what to say."""
    text = text.strip()
    if text.lower() == DIRECT:
        return DIRECT
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _SCHEMES and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text:
        raise ValueError(f"this is no proxy: write http://host:port (or {', '.join(_SCHEMES[1:])}), or {DIRECT}")
    return text


def _variable(name: str, environ: Mapping[str, str], *, capitals: bool = True) -> str:
    value = environ.get(name, "") or (environ.get(name.upper(), "") if capitals else "")
    return value.strip()


def _is_exempt(host: str, port: int, environ: Mapping[str, str]) -> bool:
    """Whether ``no_proxy`` names a host: itself, a domain above it, a network it is in, each with or without a port."""
    host = host.lower().rstrip(".")
    for word in _variable("no_proxy", environ).lower().replace(",", " ").split():
        name, only = _place(word)
        if only and only != str(port):
            continue
        name = name.removeprefix("*").strip(".")
        if word == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
        with suppress(ValueError):
            if ip_address(host) in ip_network(name, strict=False):
                return True
    return False


def _place(word: str) -> tuple[str, str]:
    """The name and the port of a word of ``no_proxy``; an IPv6 address has a port only behind brackets."""
    if word.startswith("["):
        name, _, port = word[1:].partition("]")
        return name, port.removeprefix(":")
    if word.count(":") == 1:
        name, _, port = word.partition(":")
        return name, port
    return word, ""
