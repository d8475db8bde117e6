"""What went wrong with a request, in words a reader of news understands; they become a feed's health."""

from __future__ import annotations

import math
import re
import socket
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp

from digest.errors import FetchError
from digest.text import quoted

_STATUS_WORDS = {
    204: "the server says that nothing is there",
    205: "the server says that nothing is there",
    300: "the server offers several documents and chooses none",
    304: "the server says that nothing has changed, though nothing was known",
    400: "the server does not understand the request",
    401: "a login is needed",
    402: "the server wants to be paid",
    403: "the server refuses to show it",
    404: "there is no such page",
    405: "the server does not serve this as a document",
    406: "the server has it in no form that was asked for",
    407: "the proxy wants a login",
    408: "the server gave up waiting",
    410: "gone for good",
    412: "the server's conditions are not met",
    414: "the address is too long for the server",
    416: "the server has no such part",
    418: "the server refuses the request",
    421: "the server does not serve this host",
    425: "the server wants to be asked again",
    429: "asked too often",
    431: "the server finds the request's headers too long",
    451: "not shown for legal reasons",
    500: "the server has an error of its own",
    502: "the server behind the server has an error",
    503: "the server is overloaded or being worked on",
    504: "the server behind the server did not answer",
    508: "the server runs in circles",
    509: "the server has used up its bandwidth",
    511: "the network wants a login: open a web page in a browser there",
    520: "the server behind Cloudflare answers with nonsense",
    521: "the server behind Cloudflare is down",
    522: "the server behind Cloudflare did not answer",
    523: "Cloudflare cannot reach the server",
    524: "the server behind Cloudflare did not answer",
    525: "Cloudflare and the server behind it cannot agree on a secure connection",
    526: "the server behind Cloudflare has a certificate that is not valid",
    530: "Cloudflare cannot reach the server",
}

# https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_WORDS = {
    9: "the server's certificate is not valid yet",
    10: "the server's certificate has expired",
    18: "the server's certificate is signed by the server itself",
    19: "the server's certificate is signed by nobody this machine trusts",
    20: "the server's certificate is signed by nobody this machine trusts",
    62: "the server's certificate is for another host",
    64: "the server's certificate is for another host",
}

_PROTOCOL_WORDS = {
    aiohttp.ClientProxyConnectionError: "the proxy cannot be reached",
    aiohttp.InvalidURL: "the address cannot be asked",
    aiohttp.ClientSSLError: "no secure connection could be agreed on",
    aiohttp.ServerDisconnectedError: "the server closed the connection without answering",
    aiohttp.ClientPayloadError: "the connection broke in the middle of the document",
    aiohttp.ClientResponseError: "the server's answer is not proper HTTP",
}


def status_error(status: int, retry_after: float | None, *, login: bool = False, asks: str = "") -> FetchError:
    """The error for an HTTP status that brings no document.

    Args:
        status: the number.
        retry_after: seconds that the server asks to wait.
        login: one went along.
        asks: which kinds of login the server takes (WWW-Authenticate).
    """
    words = _login_words(asks, login=login) if status == 401 else _STATUS_WORDS.get(status)
    if words is None:
        words = {4: "the server refuses the request", 5: "the server has an error"}.get(
            status // 100, "an answer that brings no document"
        )
    pause = f"; the server asks to wait {_pause_words(retry_after)}" if retry_after else ""
    return FetchError(f"{status}: {words}{pause}", status=status, retry_after=retry_after)


def _login_words(asks: str, *, login: bool) -> str:
    """What is wrong with the login, or that there is none."""
    kinds = re.findall(r"(?:^|,)\s*([A-Za-z][\w-]*)(?=\s+\S|\s*(?:,|$))(?!\s*=)", asks)
    if kinds and not {"basic", "bearer"} & {kind.lower() for kind in kinds}:
        return f"a login of another kind is needed than Digest knows ({quoted(kinds[0], 20)})"
    return "the login is not accepted" if login else _STATUS_WORDS[401]


def _pause_words(seconds: float) -> str:
    """A pause in the largest unit that says it well, rounded up."""
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{math.ceil(seconds)} s"


def retry_after_seconds(header: str, now: datetime) -> float | None:
    """Seconds asked for by a Retry-After header (a number of seconds, or a date); ``None`` for nonsense or none."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def failure_error(error: aiohttp.ClientError | OSError, host: str) -> FetchError:
    """The error for a request that failed below HTTP, or on an answer that is no HTTP."""
    return FetchError(_failure_words(error, host))


def _failure_words(error: aiohttp.ClientError | OSError, host: str) -> str:
    """The sentence; the most telling kinds first, since aiohttp's errors inherit from one another."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _lookup_words(error.os_error, host)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return _certificate_words(error.certificate_error)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return f"the proxy refuses: {error.status}" + (", it wants a login" if error.status == 407 else "")
    for kind, words in _PROTOCOL_WORDS.items():
        if isinstance(error, kind):
            return words
    if isinstance(error, OSError):
        return _connect_words(error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error)
    return "the request failed"


def _lookup_words(error: OSError, host: str) -> str:
    """Why a name has no address."""
    if error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL}:
        return f"the name {quoted(host)} could not be looked up (no connection, or the name server is down)"
    return f"no such host: {quoted(host)}"


def _certificate_words(error: Exception) -> str:
    """Why a certificate is not trusted."""
    code = error.verify_code if isinstance(error, ssl.SSLCertVerificationError) else 0
    return _CERTIFICATE_WORDS.get(code, "the server's certificate is not to be trusted")


def _connect_words(error: OSError) -> str:
    """Why a connection did not come about, or ended."""
    if isinstance(error, ConnectionRefusedError):
        return "the server refused the connection"
    if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
        return "the server broke off the connection"
    if isinstance(error, TimeoutError):
        return "the server cannot be reached"
    return f"the server cannot be reached ({error.strerror.lower()})" if error.strerror else "the connection failed"
