r"""Addresses of the web, asked for exactly as they are written (RFC 3986), and where a redirect's leads from there.

What is percent-encoded stays so and what is not stays so, for ``%2C`` and ``,`` are two addresses (2.2). Changed is
only what cannot be sent, as browsers do (WHATWG URL Standard): letters beyond ASCII and spaces are percent-encoded,
line breaks go, ``\`` is ``/``, a host is written in ASCII, dot segments are walked (5.2.4), a fragment stays at home.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from yarl import URL

_PARTS: Final = re.compile(
    r"(?:(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?",
    re.DOTALL,
)
_OTHER_SCHEME: Final = re.compile(r"(?!https?:)[a-zA-Z][a-zA-Z0-9+.-]*:", re.IGNORECASE)
_BEFORE_QUERY: Final = re.compile(r"[^?#]*")
_EDGES: Final = "".join(map(chr, range(0x21)))
_BREAKS: Final = dict.fromkeys(map(ord, "\t\r\n"))
_UNSENDABLE: Final = re.compile(r'[^!#-;=?-_a-z|~\[\]]|["<>`{}]')
_RAW_BYTE: Final = re.compile("[\udc80-\udcff]")
"""Of a header that is not UTF-8, as aiohttp gives it."""
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """An address of the web; ``str()`` of it shows no login."""

    scheme: str
    """``http`` or ``https``."""
    host: str
    """In ASCII and small letters; an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query, as they are sent."""
    login: bytes = field(default=b"", repr=False)
    """``user:password`` of the address, decoded; empty without one."""

    @property
    def origin(self) -> tuple[str, str, int]:
        """What a login is for: scheme, host and port."""
        return self.scheme, self.host, self.port

    @property
    def url(self) -> URL:
        """As the client takes it: nothing in it is written anew."""
        port = None if self.port == _PORTS[self.scheme] else self.port
        return URL.build(scheme=self.scheme, host=self._written_host, port=port, path=self.target, encoded=True)

    @property
    def _written_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def __str__(self) -> str:
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self._written_host}{port}{self.target}"


@dataclass(frozen=True, slots=True)
class NoAddress:
    """Why a text is no address that can be asked."""

    scheme: str = ""
    """Of an address that is none of the web; empty for what is no address at all."""


@lru_cache(maxsize=4_096)
def read_address(text: str) -> Address | NoAddress:
    """The address in a text that a user or a server wrote."""
    return _read(*_parts(text))


def follow(base: Address, text: str) -> Address | NoAddress:
    """Where a redirect leads from an address; a relative one is resolved as RFC 3986 5.2 says."""
    scheme, authority, path, query = _parts(text)
    if scheme and not (scheme == base.scheme and authority is None):  # "https:feed.xml" is relative, as in browsers
        return _read(scheme, authority, path, query)
    if authority is not None:
        return _read(base.scheme, authority, path, query)
    old_path, mark, old_query = base.target.partition("?")
    if not path:
        path, query = old_path, query or mark + old_query
    elif not path.startswith("/"):
        path = f"{old_path.rpartition('/')[0]}/{path}"
    return Address(base.scheme, base.host, base.port, _target(path, query))


def _parts(text: str) -> tuple[str, str | None, str, str]:
    """Scheme, authority, path and query with its ``?``; a byte of no encoding is its percent-encoding."""
    text = _RAW_BYTE.sub(_percent_encoded, text.strip(_EDGES).translate(_BREAKS)).encode("utf-8", "replace").decode()
    if not _OTHER_SCHEME.match(text):
        end = _BEFORE_QUERY.match(text).end()  # type: ignore[union-attr]  # it matches nothing at least
        text = text[:end].replace("\\", "/") + text[end:]
    parts = _PARTS.fullmatch(text)
    assert parts is not None  # all of it is optional
    return (parts["scheme"] or "").lower(), parts["authority"], parts["path"], parts["query"] or ""


def _percent_encoded(byte: re.Match[str]) -> str:
    return f"%{ord(byte[0]) - 0xDC00:02X}"


def _read(scheme: str, authority: str | None, path: str, query: str) -> Address | NoAddress:
    if scheme not in _PORTS:
        return NoAddress(scheme)
    userinfo, at, place = (authority or "").rpartition("@")
    found = re.fullmatch(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,5}))?", place)
    host = _host(found[1]) if found else ""
    port = int(found[2]) if found and found[2] else _PORTS[scheme]
    if not host or port > 65_535:
        return NoAddress()
    user, _, password = userinfo.partition(":")
    login = b":".join((unquote_to_bytes(user), unquote_to_bytes(password))) if at and userinfo else b""
    return Address(scheme, host, port, _target(path, query), login)


def _host(written: str) -> str:
    """A host in ASCII; empty for what is none."""
    try:
        bare = written[1:-1] if written.startswith("[") else unquote(written, errors="strict")
        if (":" in bare) != written.startswith("["):
            return ""
        url = URL.build(scheme="http", host=bare)
        host, shown = url.raw_host or "", url.host or ""  # decoded only now
    except (ValueError, IndexError):  # yarl raises either
        return ""
    return host if host.isascii() and host.isprintable() and shown.isprintable() and " " not in host else ""


def _target(path: str, query: str) -> str:
    """Path and query as they are sent."""
    target = _without_dots(path or "/") + query
    return _UNSENDABLE.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), target)


def _without_dots(path: str) -> str:
    """A path whose ``.`` and ``..`` are walked; empty segments stay."""
    if "/." not in path:
        return path if path.startswith("/") else f"/{path}"
    walked: list[str] = []
    segments = path.removeprefix("/").split("/")
    for segment in segments:
        if segment == "..":
            del walked[-1:]
        elif segment != ".":
            walked.append(segment)
    if segments[-1] in {".", ".."}:
        walked.append("")
    return "/" + "/".join(walked)
