"""Fetch a document: one deadline for all of it, a cap on its size, and no way into the house.

::

    address ─▶ check ─▶ request with validators ─▶ redirect? back to check, five times at most
                                 │
                                 ├─ 304, or the body's hash is the known one ─▶ Unchanged
                                 ├─ 200 ─▶ unpack within the cap ─▶ Fetched
                                 └─ anything else ─▶ FetchError, in plain words

What the document holds is not looked at: an HTML page is fetched as happily as a feed. How many fetches run at once
is up to the caller, who may want a place held for longer than the fetch (``net.slots``).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

import aiohttp
from yarl import URL

import digest
from digest.errors import FetchError
from digest.net.decode import BodyDecoder, too_large
from digest.net.resolve import CheckedResolver, check_host
from digest.net.sentences import failure_error, retry_after_seconds, status_error
from digest.text import quoted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import timedelta
    from types import TracebackType

USER_AGENT = f"newsdigest/{digest.__version__} (feed reader)"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_MAX_HOPS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_DOCUMENTS = frozenset({200, 203})
_MAX_VALIDATOR = 1000  # characters; a server's whim beyond that is not worth storing
_MAX_ADDRESS = 2048  # characters; a longer one is followed, but not stored
_RAW_BYTE = re.compile("[\udc80-\udcff]")  # of a header that is not UTF-8, as aiohttp gives it

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of a fetch."""

    timeout: timedelta
    """For one whole fetch, redirects and body included."""
    max_bytes: int
    """Cap on a document, unpacked."""
    private_hosts: bool = False
    """Whether loopback and private addresses may be asked."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document that is new as far as the network can tell."""

    body: bytes
    content_type: str
    url: str
    """Where it was found, after redirects."""
    status: int
    permanent_url: str | None
    """Where to ask from now on: set when every redirect on the way was permanent."""
    etag: str
    last_modified: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The document is the one that is known already: the server said so (304), or its bytes do (200)."""

    status: int
    permanent_url: str | None
    etag: str
    """The validators to send next time; on a 304 the ones that were sent, unless the server gave others."""
    last_modified: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What the caller has of a document."""

    etag: str
    last_modified: str
    body_hash: bytes

    def headers(self) -> dict[str, str]:
        """The conditions of the request."""
        conditions = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in conditions.items() if value}


@dataclass(frozen=True, slots=True)
class _Hop:
    """Where to ask next."""

    url: URL
    redirected: bool = False
    permanent: bool = True
    """Every redirect that led here was a permanent one."""

    @property
    def permanent_url(self) -> str | None:
        """Where to ask from now on; ``None``: where it was asked."""
        address = str(self.url)
        return address if self.redirected and self.permanent and len(address) <= _MAX_ADDRESS else None


class Fetcher:
    """Fetches documents, many at once; an async context manager that holds the connections.

    Args:
        limits: the bounds every fetch keeps.
        user_agent: what the servers see.
        accept: what kinds of documents they are asked for.
    """

    def __init__(self, limits: Limits, *, user_agent: str = USER_AGENT, accept: str = _ACCEPT) -> None:
        self._limits = limits
        self._user_agent = user_agent
        self._accept = accept
        self._session: aiohttp.ClientSession | None = None
        self._resolver = CheckedResolver(private_hosts=limits.private_hosts)

    def use(self, limits: Limits) -> None:
        """Keep these bounds from the next fetch on."""
        self._limits = limits
        self._resolver.private_hosts = limits.private_hosts
        if self._session is not None and isinstance(self._session.connector, aiohttp.TCPConnector):
            self._session.connector.clear_dns_cache()

    async def __aenter__(self) -> Self:
        # Callers bound how many fetches run at once; a wait in aiohttp's own queue would count against the deadline.
        connector = aiohttp.TCPConnector(resolver=self._resolver, limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={"User-Agent": self._user_agent, "Accept": self._accept, "Accept-Encoding": "gzip"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(
        self, url: str, *, etag: str = "", last_modified: str = "", body_hash: bytes = b""
    ) -> Fetched | Unchanged:
        """Fetch a document unless it is the one the validators or the hash stand for.

        Raises:
            FetchError: in plain words, with the status (410 among them) and the pause asked for, where there is one.
        """
        known = _Known(etag, last_modified, body_hash)
        left = self._limits.timeout.total_seconds()
        hop = _Hop(_web_address(url))
        seen: set[URL] = set()
        for _ in range(_MAX_HOPS + 1):
            if hop.url in seen:
                raise FetchError("the server's redirects go round in circles")
            seen.add(hop.url)
            check_host(hop.url.host or "", private_hosts=self._limits.private_hosts)
            started = time.monotonic()
            found = await self._ask(hop, known, left)
            if not isinstance(found, _Hop):
                return found
            left -= time.monotonic() - started
            hop = found
        raise FetchError(f"the server redirects more than {_MAX_HOPS} times")

    async def _ask(self, hop: _Hop, known: _Known, left: float) -> Fetched | Unchanged | _Hop:
        """One request within the seconds that are left, and what it found."""
        progress = _Progress()
        try:
            async with asyncio.timeout(left), self._answer(hop.url, known) as answer:
                progress.answered = True
                if answer.status in _REDIRECTS:
                    return _next_hop(hop, answer)
                if answer.status == 304 and known.headers():
                    return _not_modified(hop, answer, known)
                if answer.status not in _DOCUMENTS:
                    now = datetime.now(UTC)
                    pause = retry_after_seconds(answer.headers.get("Retry-After", ""), now)
                    raise status_error(answer.status, pause)
                body = await self._read(answer)
                return _document(hop, answer, known, body)
        except TimeoutError as error:
            what = "the document did not arrive whole" if progress.answered else "the server did not answer"
            raise FetchError(f"{what} within {self._limits.timeout.total_seconds():g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise failure_error(error, hop.url.host or "") from error
        except ValueError as error:  # yarl and aiohttp on an address or a header that cannot be sent
            raise FetchError("the address cannot be asked") from error

    @asynccontextmanager
    async def _answer(self, url: URL, known: _Known) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to a GET, its body still to be read; what is wrong with it says that there was one."""
        if self._session is None:
            raise RuntimeError("a Fetcher is used inside its context")
        async with self._session.get(url, headers=known.headers(), allow_redirects=False) as answer:
            try:
                yield answer
            except FetchError as error:
                error.status = error.status or answer.status
                raise

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        """The body, unpacked, within the cap."""
        decoder = BodyDecoder(",".join(answer.headers.getall("Content-Encoding", [])), self._limits.max_bytes)
        if answer.content_length is not None and answer.content_length > self._limits.max_bytes:
            raise too_large(self._limits.max_bytes)
        async for chunk in answer.content.iter_any():
            decoder.feed(chunk)
        return decoder.finish()


@dataclass(slots=True)
class _Progress:
    """How far a request came, for the words of a timeout."""

    answered: bool = False


def _web_address(address: str) -> URL:
    """The parsed address; raises ``FetchError`` where it is none of the web."""
    url = _parsed(address)
    if url is None:
        raise FetchError("this is no web address")
    if url.scheme not in {"http", "https"}:
        scheme = quoted(f"{url.scheme}:", 20) if url.scheme else "this"
        raise FetchError(f"only http and https addresses can be fetched, not {scheme}")
    if not url.host:
        raise FetchError("the address names no host")
    return url.with_fragment(None)


def _parsed(address: str, base: URL | None = None) -> URL | None:
    """An address, made absolute, whose host can be read; ``None`` for any other.

    Bytes of a header that is not UTF-8 are asked for as these bytes, as browsers do.
    """
    try:
        url = URL(_RAW_BYTE.sub(_percent_encoded, address.strip()))
        url = url if base is None else base.join(url)
        host, written = url.host or "", url.raw_host or ""  # decoded only now
    except (ValueError, IndexError):  # yarl raises either
        return None
    return url if host.isprintable() and written.isascii() else None


def _percent_encoded(byte: re.Match[str]) -> str:
    return f"%{ord(byte[0]) - 0xDC00:02X}"


def _next_hop(hop: _Hop, answer: aiohttp.ClientResponse) -> _Hop:
    """Where a redirect leads; credentials go along only to the same server."""
    location = answer.headers.get("Location", "").strip()
    if not location:
        raise FetchError(f"{answer.status}: the server redirects without saying where", status=answer.status)
    target = _parsed(location, hop.url)
    if target is None:
        raise FetchError(f"{answer.status}: the server redirects to no web address")
    if target.scheme not in {"http", "https"} or not target.host:
        scheme = quoted(f"{target.scheme}:", 20)
        raise FetchError(f"{answer.status}: the server redirects to {scheme}, which is not the web")
    if hop.url.user and not target.user and target.origin() == hop.url.origin():
        target = target.with_user(hop.url.user).with_password(hop.url.password)
    downgraded = hop.url.scheme == "https" and target.scheme == "http"
    if downgraded:
        _log.info("%s redirects from https to plain http", quoted(hop.url.host or ""))
    # A downgrade is followed but never made permanent: the next attempt asks securely again.
    permanent = hop.permanent and answer.status in _PERMANENT and not downgraded
    return _Hop(target.with_fragment(None), redirected=True, permanent=permanent)


def _not_modified(hop: _Hop, answer: aiohttp.ClientResponse, known: _Known) -> Unchanged:
    """What a 304 says."""
    etag = _plain_header(answer, "ETag") or known.etag
    last_modified = _plain_header(answer, "Last-Modified") or known.last_modified
    return Unchanged(answer.status, hop.permanent_url, etag, last_modified)


def _document(hop: _Hop, answer: aiohttp.ClientResponse, known: _Known, body: bytes) -> Fetched | Unchanged:
    """What a body says, compared with the known one."""
    body_hash = hashlib.blake2b(body, digest_size=16).digest()
    etag, last_modified = _plain_header(answer, "ETag"), _plain_header(answer, "Last-Modified")
    if body_hash == known.body_hash:
        return Unchanged(answer.status, hop.permanent_url, etag, last_modified)
    return Fetched(
        body=body,
        content_type=_plain_header(answer, "Content-Type"),
        url=str(hop.url.with_user(None)),
        status=answer.status,
        permanent_url=hop.permanent_url,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
    )


def _plain_header(answer: aiohttp.ClientResponse, name: str) -> str:
    """A header's value if it is short printable ASCII, else nothing: it will be stored, and some of it sent back."""
    value = answer.headers.get(name, "").strip()
    return value if len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable() else ""
