"""Posts a document to an address of the user's: what guards the house from feeds guards it here, too.

An address inside the house is refused unless that is allowed, no redirect is followed, and nothing of an answer is
taken but its status and how long it asks to wait. The connection is made for the one request and ended with it.
"""

from __future__ import annotations

import asyncio
import base64
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from digest.errors import FetchError, NotSentError
from digest.net.address import Address, read_address
from digest.net.connections import Connections
from digest.net.fetch import USER_AGENT
from digest.net.resolve import check_host
from digest.net.sentences import failure_error, retry_after_seconds
from digest.proxies import proxy_of_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS: Final = 10.0
_SECONDS: Final = 20.0
_HEADERS: Final = {"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"}


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, private_hosts: bool, seconds: float = _SECONDS
) -> tuple[int, float | None]:
    """Post a body and return the answer's status, and the seconds that it asks to wait, where it does.

    Args:
        url: of the web; a login in it is sent as one.
        body: what is posted.
        headers: of the request, besides our own.
        private_hosts: whether it may lead to loopback or a private network.
        seconds: how long it may take.

    Raises:
        NotSentError: nothing was sent, with the sentence that says why.
        FetchError: it was sent, at least in part, and nobody knows what became of it.
    """
    address = read_address(url)
    if not isinstance(address, Address):
        raise NotSentError("this is no web address")
    try:
        proxy = proxy_of_environment(url, os.environ)
    except ValueError as error:
        raise NotSentError(str(error)) from None
    check_host(address.host, private_hosts=private_hosts, unseen=bool(proxy))
    login = {"Authorization": f"Basic {base64.b64encode(address.login).decode()}"} if address.login else {}
    async with Connections(_HEADERS, private_hosts=private_hosts) as connections:
        session, through = await connections.session(proxy, secure=address.scheme == "https")
        through["headers"] = {**through.get("headers", {}), **login, **headers}
        return await _answered(session, address, through | {"data": body}, seconds)


async def _answered(
    session: aiohttp.ClientSession, address: Address, asked: dict[str, Any], seconds: float
) -> tuple[int, float | None]:
    connecting = aiohttp.ClientTimeout(total=None, connect=min(_CONNECT_SECONDS, seconds))
    try:
        async with (
            asyncio.timeout(seconds),
            session.post(address.url, allow_redirects=False, timeout=connecting, **asked) as answer,
        ):
            return answer.status, retry_after_seconds(answer.headers.get("Retry-After", ""), datetime.now(UTC))
    except aiohttp.ConnectionTimeoutError:
        raise NotSentError("the server cannot be reached") from None
    except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError) as error:
        raise NotSentError(str(failure_error(error, address.host))) from None
    except TimeoutError:
        raise FetchError(f"it did not answer within {seconds:.3g} s") from None
    except (aiohttp.ClientError, OSError) as error:
        raise failure_error(error, address.host) from None  # its own words may hold the address
    except ValueError:  # of aiohttp, on an address or a header that cannot be sent
        raise NotSentError("the address cannot be asked") from None
