"""Fetch a document: one deadline for all of it, a cap on its size, and no way into the house.

::

    address ─▶ check ─▶ request with validators ─▶ redirect? back to check, ten times at most
                                 │
                                 ├─ 304, or the body's hash is the known one ─▶ Unchanged
                                 ├─ 200 and its like ─▶ unpack within the cap ─▶ Fetched
                                 └─ anything else, or a wall before the document ─▶ FetchError, in plain words

What the document holds is not looked at: an HTML page is fetched as happily as a feed. How many fetches run at once
is up to the caller, who may want a place held for longer than the fetch (``net.slots``).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import logging
import os
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import aiohttp

import digest
from digest.errors import FetchError
from digest.net.address import Address, NoAddress, follow, read_address
from digest.net.connections import Connections
from digest.net.decode import first_bytes, too_large, unpacked
from digest.net.resolve import check_host
from digest.net.sentences import failure_error, retry_after_seconds, status_error
from digest.net.walls import wall_before
from digest.proxies import DIRECT, proxies_in, proxy_of_environment
from digest.text import quoted
from digest.values.settings import FeedAccess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from types import TracebackType

USER_AGENT = f"newsdigest/{digest.__version__} (feed reader)"
_ACCEPT = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_MAX_HOPS = 10
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_KEEP_METHOD = frozenset({307, 308})
_MAX_FORM_HOPS = 3
_DOCUMENTS = frozenset({200, 203, 206, 226})
_MAX_VALIDATOR = 1000  # characters; a server's whim beyond that is not worth storing
_MAX_LINKS = 8192  # characters
_MAX_ADDRESS = 2048  # characters; a longer one is followed, but not stored
_GLANCE = 65_536  # bytes of a body that comes with an error, to see who says it ...
_GLANCE_SECONDS = 1.0  # ... and so long it may take: the status is known without
_PART: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
_HARMLESS: Final = frozenset({"user-agent", "accept", "accept-language"})
"""Headers of a feed's own that any server may see."""
_NOWHERE: Final = FeedAccess()
_MAX_AGE = re.compile(r"""(?<![\w-])max-age\s*=\s*"?(\d{1,9})(?!\d)""", re.IGNORECASE)
_NOT_KEPT = re.compile(r"(?<![\w-])no-(?:cache|store)(?![\w-])", re.IGNORECASE)

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
    fresh_for: timedelta = timedelta(0)
    """How long the server says that it stays so (``Cache-Control: max-age``)."""
    link: str = ""
    """Its ``Link`` headers, joined by commas."""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The document is the one that is known already: the server said so (304), or its bytes do (200)."""

    status: int
    permanent_url: str | None
    etag: str
    """The validators to send next time; on a 304 the ones that were sent, unless the server gave others."""
    last_modified: str
    fresh_for: timedelta = timedelta(0)


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


@dataclass(slots=True)
class _Errand:
    """What is asked for, for all hops of one fetch."""

    home: Address
    """The user's address: what the user gave for it is for its server alone."""
    access: FeedAccess
    known: _Known
    _cookies: aiohttp.CookieJar | None = None
    """Those that servers set on the way; they end with it."""

    def headers(self, address: Address) -> dict[str, str]:
        """What a request to an address says besides what all say."""
        headers = self.known.headers()
        at_home = _is_home(self.home, address)
        login = address.login or (self.home.login if at_home else b"")
        if login:
            headers["Authorization"] = f"Basic {base64.b64encode(login).decode()}"
        for name, value in self.access.headers:
            if at_home or name.lower() in _HARMLESS:
                headers[name] = value
        if cookie := self._cookie(address):
            own = [headers.pop(name) for name in [*headers] if name.lower() == "cookie"]
            headers["Cookie"] = "; ".join([*own, cookie])
        return headers

    def keep_cookies(self, address: Address, answer: aiohttp.ClientResponse) -> None:
        """Keep the cookies that an answer sets, for the hops to come."""
        if set_cookies := answer.headers.getall("Set-Cookie", ()):
            self._cookies = self._cookies or aiohttp.CookieJar(unsafe=True, quote_cookie=False)
            self._cookies.update_cookies_from_headers(set_cookies, address.url)

    def _cookie(self, address: Address) -> str:
        held = self._cookies.filter_cookies(address.url).values() if self._cookies else ()
        return "; ".join(f"{each.key}={each.coded_value}" for each in held)


def _is_home(home: Address, address: Address) -> bool:
    """Whether an address is on the server of the user's own, be it that this one speaks securely now."""
    secured = ("https", home.host, 443) if home.origin == ("http", home.host, 80) else home.origin
    return address.origin in {home.origin, secured}


@dataclass(frozen=True, slots=True)
class _Hop:
    """Where to ask next."""

    address: Address
    redirected: bool = False
    permanent: bool = True
    """Every redirect that led here was a permanent one."""

    @property
    def permanent_url(self) -> str | None:
        """Where to ask from now on; ``None``: where it was asked."""
        address = str(self.address)
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
        headers = {"User-Agent": user_agent, "Accept": accept, "Accept-Encoding": "gzip"}
        self._connections = Connections(headers, private_hosts=limits.private_hosts)
        self._environ = proxies_in(os.environ)

    def use(self, limits: Limits) -> None:
        """Keep these bounds from the next fetch on."""
        self._limits = limits
        self._connections.use(private_hosts=limits.private_hosts)

    async def __aenter__(self) -> Self:
        await self._connections.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connections.__aexit__(kind, error, trace)

    async def fetch(  # noqa: PLR0913 - the address, what is known of it, and whose it is
        self,
        url: str,
        *,
        etag: str = "",
        last_modified: str = "",
        body_hash: bytes = b"",
        access: FeedAccess = _NOWHERE,
        home: str = "",
    ) -> Fetched | Unchanged:
        """Fetch a document unless it is the one the validators or the hash stand for.

        Args:
            url: where to ask.
            etag: the validators that came with the known document, as they came ...
            last_modified: ... and this one.
            body_hash: the hash of the known document.
            access: what its user gave for it; with a login it goes to the server of ``home`` and to no other.
            home: the address that the user wrote, where it is another than ``url``.

        Raises:
            FetchError: in plain words, with the status (410 among them) and the pause asked for, where there is one.
        """
        if access.problem:
            raise FetchError(access.problem)
        errand = _Errand(_web_address(home or url), access, _Known(etag, last_modified, body_hash))
        left = self._limits.timeout.total_seconds()
        hop = _Hop(_web_address(url))
        seen: set[tuple[Address, str]] = set()
        for _ in range(_MAX_HOPS + 1):
            headers = errand.headers(hop.address)
            asked = hop.address, headers.get("Cookie", "")
            if asked in seen:
                raise FetchError("the server's redirects go round in circles")
            seen.add(asked)
            started = time.monotonic()
            found = await self._ask(hop, errand, headers, left)
            if not isinstance(found, _Hop):
                return found
            left -= time.monotonic() - started
            hop = found
        raise FetchError(f"the server redirects more than {_MAX_HOPS} times")

    async def _ask(
        self, hop: _Hop, errand: _Errand, headers: dict[str, str], left: float
    ) -> Fetched | Unchanged | _Hop:
        """One request within the seconds that are left, and what it found."""
        async with self._asked(hop.address, errand.access, headers, left) as answer:
            if answer.status in _REDIRECTS and (answer.status != 300 or answer.headers.get("Location")):
                errand.keep_cookies(hop.address, answer)
                return _next_hop(hop, answer)
            if answer.status == 304 and errand.known.headers():
                return _not_modified(hop, answer, errand.known)
            if answer.status not in _DOCUMENTS:
                raise await self._refused(hop, answer, login="Authorization" in headers)
            body = await self._read(answer)
            if wall := wall_before(answer.status, answer.headers, str(hop.address), body):
                raise FetchError(wall)
            return _document(hop, answer, errand.known, body)

    async def post(self, url: str, form: Mapping[str, str], *, access: FeedAccess = _NOWHERE, home: str = "") -> None:
        """Post a form; done once a server takes it, be it one to which redirects lead that keep the method (307, 308).

        Args:
            url: where to.
            form: by the names of its fields.
            access: as for `fetch`.
            home: as for `fetch`.

        Raises:
            FetchError: it was not taken; in plain words.
        """
        if access.problem:
            raise FetchError(access.problem)
        errand = _Errand(_web_address(home or url), access, _Known("", "", b""))
        until, hop = time.monotonic() + self._limits.timeout.total_seconds(), _Hop(_web_address(url))
        for _ in range(_MAX_FORM_HOPS + 1):
            headers = errand.headers(hop.address)
            async with self._asked(hop.address, access, headers, until - time.monotonic(), form) as answer:
                if answer.status in _KEEP_METHOD:
                    hop = _next_hop(hop, answer)
                elif 200 <= answer.status < 300:
                    return
                else:
                    raise await self._refused(hop, answer, login="Authorization" in headers)
        raise FetchError(f"the server redirects more than {_MAX_FORM_HOPS} times")

    @contextlib.asynccontextmanager
    async def _asked(
        self,
        address: Address,
        access: FeedAccess,
        headers: dict[str, str],
        left: float,
        form: Mapping[str, str] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response to a request that is done within the seconds that are left; what fails is said in plain words.

        With a form it is posted.
        """
        proxy = self._proxy(address, access)
        check_host(address.host, private_hosts=self._limits.private_hosts, unseen=bool(proxy))
        progress = _Progress()
        try:
            async with asyncio.timeout(left), self._answer(address, headers, proxy, form) as answer:
                progress.answered = True
                yield answer
        except TimeoutError as error:
            what = "the document did not arrive whole" if progress.answered else "the server did not answer"
            raise FetchError(f"{what} within {self._limits.timeout.total_seconds():g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise failure_error(error, address.host) from error
        except ValueError as error:  # yarl and aiohttp on an address or a header that cannot be sent
            raise FetchError("the address cannot be asked") from error

    @contextlib.asynccontextmanager
    async def _answer(
        self, address: Address, headers: dict[str, str], proxy: str, form: Mapping[str, str] | None
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The response, its body still to be read; what is wrong with it says that there was one."""
        session, through = await self._connections.session(proxy, secure=address.scheme == "https")
        headers |= through.pop("headers", {})
        method = "GET" if form is None else "POST"
        async with session.request(
            method, address.url, headers=headers, data=form, allow_redirects=False, **through
        ) as answer:
            try:
                yield answer
            except FetchError as error:
                error.status = error.status or answer.status
                raise

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        """The body, unpacked, within the cap."""
        if answer.content_length is not None and answer.content_length > self._limits.max_bytes:
            raise too_large(self._limits.max_bytes)
        if answer.status == 206:
            _refuse_part(answer.headers.get("Content-Range", ""))
        packed = bytearray()
        async for chunk in answer.content.iter_any():
            packed += chunk
            if len(packed) > self._limits.max_bytes:
                raise too_large(self._limits.max_bytes)
        return await unpacked(bytes(packed), _encoding(answer), self._limits.max_bytes)

    async def _refused(self, hop: _Hop, answer: aiohttp.ClientResponse, *, login: bool) -> FetchError:
        """Why a status brings no document: by what the server says with it, if that is a wall."""
        pause = retry_after_seconds(answer.headers.get("Retry-After", ""), datetime.now(UTC))
        start = bytearray()
        with contextlib.suppress(aiohttp.ClientError, OSError):  # the status is enough
            async with asyncio.timeout(_GLANCE_SECONDS):
                async for chunk in answer.content.iter_any():
                    start += chunk
                    if len(start) >= _GLANCE:
                        break
        said = first_bytes(bytes(start[:_GLANCE]), _encoding(answer))
        wall = wall_before(answer.status, answer.headers, str(hop.address), said)
        if wall:
            return FetchError(f"{answer.status}: {wall}", status=answer.status, retry_after=pause)
        return status_error(answer.status, pause, login=login, asks=answer.headers.get("WWW-Authenticate", ""))

    def _proxy(self, address: Address, access: FeedAccess) -> str:
        """The proxy to ask through: the feed's own, else the environment's; empty for none."""
        if access.proxy:
            return "" if access.proxy == DIRECT else access.proxy
        try:
            return proxy_of_environment(str(address), self._environ) if self._environ else ""
        except ValueError as error:
            raise FetchError(str(error)) from None


@dataclass(slots=True)
class _Progress:
    """How far a request came, for the words of a timeout."""

    answered: bool = False


def _encoding(answer: aiohttp.ClientResponse) -> str:
    return ",".join(answer.headers.getall("Content-Encoding", []))


def _refuse_part(content_range: str) -> None:
    """Refuse a 206 that says to be less than the whole, which nobody asked for; what is missing would be missed."""
    part = _PART.search(content_range)
    if part is not None and (int(part[1]), int(part[2]) + 1) != (0, int(part[3])):
        raise FetchError("206: the server sends only a part of the document")


def _web_address(text: str) -> Address:
    """The parsed address; raises ``FetchError`` where it is none of the web."""
    address = read_address(text)
    if isinstance(address, Address):
        return address
    if address.scheme and address.scheme not in {"http", "https"}:
        raise FetchError(f"only http and https addresses can be fetched, not {quoted(f'{address.scheme}:', 20)}")
    raise FetchError("this is no web address")


def _next_hop(hop: _Hop, answer: aiohttp.ClientResponse) -> _Hop:
    """Where a redirect leads."""
    location = answer.headers.get("Location", "").strip()
    if not location:
        raise FetchError(f"{answer.status}: the server redirects without saying where", status=answer.status)
    target = follow(hop.address, location)
    if isinstance(target, NoAddress):
        if target.scheme in {"", "http", "https"}:
            raise FetchError(f"{answer.status}: the server redirects to no web address")
        raise FetchError(
            f"{answer.status}: the server redirects to {quoted(f'{target.scheme}:', 20)}, which is not the web"
        )
    downgraded = hop.address.scheme == "https" and target.scheme == "http"
    if downgraded:
        _log.info("%s redirects from https to plain http", quoted(hop.address.host))
    # A downgrade is followed but never made permanent: the next attempt asks securely again.
    permanent = hop.permanent and answer.status in _PERMANENT and not downgraded
    return _Hop(target, redirected=True, permanent=permanent)


def _not_modified(hop: _Hop, answer: aiohttp.ClientResponse, known: _Known) -> Unchanged:
    """What a 304 says."""
    etag = _plain_header(answer, "ETag") or known.etag
    last_modified = _plain_header(answer, "Last-Modified") or known.last_modified
    return Unchanged(answer.status, hop.permanent_url, etag, last_modified, _fresh_for(answer))


def _document(hop: _Hop, answer: aiohttp.ClientResponse, known: _Known, body: bytes) -> Fetched | Unchanged:
    """What a body says, compared with the known one."""
    body_hash = hashlib.blake2b(body, digest_size=16).digest()
    etag, last_modified = _plain_header(answer, "ETag"), _plain_header(answer, "Last-Modified")
    if body_hash == known.body_hash:
        return Unchanged(answer.status, hop.permanent_url, etag, last_modified, _fresh_for(answer))
    return Fetched(
        body=body,
        content_type=_plain_header(answer, "Content-Type"),
        url=str(hop.address),
        status=answer.status,
        permanent_url=hop.permanent_url,
        etag=etag,
        last_modified=last_modified,
        body_hash=body_hash,
        fresh_for=_fresh_for(answer),
        link=",".join(answer.headers.getall("Link", []))[:_MAX_LINKS],
    )


def _fresh_for(answer: aiohttp.ClientResponse) -> timedelta:
    """How long a document stays fresh, by what the server says; nothing where it is to be asked again at once."""
    said = ",".join(answer.headers.getall("Cache-Control", []))
    found = _MAX_AGE.search(said)
    if found is None or _NOT_KEPT.search(said):
        return timedelta(0)
    age = answer.headers.get("Age", "").strip()
    spent = int(age[:9]) if age.isascii() and age.isdigit() else 0
    return timedelta(seconds=max(0, int(found[1]) - spent))


def _plain_header(answer: aiohttp.ClientResponse, name: str) -> str:
    """A header's value if it is short printable ASCII, else nothing: it will be stored, and some of it sent back."""
    value = answer.headers.get(name, "").strip()
    return value if len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable() else ""
