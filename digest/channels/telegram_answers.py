"""Requests to a Bot API server, and the one place that judges whether it is Telegram who answers.

Proxies, login pages, firewalls and load balancers answer in Telegram's place, many of them in JSON and all of them
with the same status numbers. What lacks the Bot API's shape and words decides nothing: it is an answer that got lost,
whatever it says, and none of what it says is shown. No more is read of any answer than one of Telegram's may hold.

::

    ask ─▶ read, bounded in bytes and in time ─▶ Telegram's? ─▶ on to the client
                                                   └ no: NotTelegramError
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Final

import httpx
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    import ssl

MOST_BYTES: Final = 4_000_000
"""Of an answer. Telegram's longest, ten updates of nothing but links and emoji, stay below."""
MOST_UPDATES: Final = 10
"""Asked for at once, so that what people write to the bot never makes an answer too long to be read."""
_PIECE_BYTES: Final = 100
"""What a piece of an answer counts for beside what it holds: four million pieces of a byte are work for minutes."""
_LONGEST_LIST: Final = 100
"""No method of the Bot API answers with a longer one."""
_LONGEST_WORDS: Final = 5_000
"""Of a refusal: Telegram quotes what it was sent, and that is no longer."""
_MIME: Final = re.compile(r"[\w.+-]{1,30}/[\w.+-]{1,50}", re.ASCII)

_WORDS: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    421: "Misdirected Request",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
"""How a Bot API server begins its description of each error; others have the numbers, not the sentence."""
_ALWAYS_MORE: Final = frozenset({400, 403})
"""Here Telegram's description always goes on, behind a colon, with what was wrong."""
_LOGGED_OUT: Final = "Logged out"
"""A 400 of the bot's own Bot API server, after `logOut`."""
_SILENCE: Final = "retry_after"
_MIGRATED: Final = "migrate_to_chat_id"


class NotTelegramError(TelegramError):
    """Something else than a Bot API server answered; says what in words of our own, which may be shown."""


class BotApiRequest(HTTPXRequest):
    """As the client's own, and raises `NotTelegramError` for whatever is not the Bot API's answer.

    Args:
        connect_seconds: how long to wait for a connection.
        answer_seconds: how long to wait for an answer; all of it must be there by both together.
        connections: so many at once.
        proxy: the address of one to ask through; empty for none.
    """

    def __init__(
        self, *, connect_seconds: float, answer_seconds: float, connections: int = 256, proxy: str = ""
    ) -> None:
        super().__init__(
            connection_pool_size=connections,
            proxy=proxy or None,
            connect_timeout=connect_seconds,
            read_timeout=answer_seconds,
            write_timeout=answer_seconds,
            pool_timeout=connect_seconds,
            httpx_kwargs={
                "headers": {"Accept-Encoding": "identity"},  # what is packed can be any size unpacked
                "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=())),  # Telegram sets none
                "event_hooks": {"response": [_judge]},
                "verify": trusted(),
                "trust_env": False,  # the environment's proxies go by the same rule as for feeds
            },
        )
        self._connect_seconds = connect_seconds

    async def do_request(self, *args: Any, **asked: Any) -> tuple[int, bytes]:
        """As the client's own, in a time that an answer which comes drop by drop does not prolong."""
        wait = asked.get("read_timeout")
        seconds = wait if isinstance(wait, int | float) else self.read_timeout or 0.0
        async with asyncio.timeout(self._connect_seconds + seconds):
            return await super().do_request(*args, **asked)


@functools.cache
def trusted() -> ssl.SSLContext:
    """Whom to believe, as `httpx` has it: read once a process, for it takes longer than all else of a client."""
    return httpx.create_ssl_context()


async def _judge(response: httpx.Response) -> None:
    """Read an answer, and let only Telegram's pass: of a refusal what the client needs."""
    body = await _read(response)
    if not _is_telegrams(response.status_code, answer := _parsed(body)):
        raise _not_telegram(response)
    if not answer["ok"]:
        asked = answer.get("parameters", {})
        parameters = {name: asked[name] for name in (_SILENCE, _MIGRATED) if name in asked}
        body = json.dumps(answer | {"parameters": parameters}).encode()
    response.stream = httpx.ByteStream(body)


async def _read(response: httpx.Response) -> bytes:
    """The body as it came, unpacked by nobody.

    Raises:
        NotTelegramError: it is longer than any of Telegram's.
    """
    stream = response.stream
    assert isinstance(stream, httpx.AsyncByteStream)
    body, room = bytearray(), MOST_BYTES
    async for piece in stream:
        body += piece
        room -= len(piece) + _PIECE_BYTES
        if room < 0:
            raise _not_telegram(response, f", and more than {MOST_BYTES // 1_000_000} MB")
    await stream.aclose()
    response.headers.pop("Content-Encoding", None)  # or the client would unpack it after all
    return bytes(body)


def _parsed(body: bytes) -> Any:
    """What a body holds as JSON, read as the client reads it; ``None`` if it is none."""
    try:
        return json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _is_telegrams(status: int, answer: Any) -> bool:
    """Whether an answer has the shape of the Bot API's, and if it is an error, the words."""
    if not isinstance(answer, dict):
        return False
    if answer.get("ok") is True:
        result = answer.get("result")
        return status == httpx.codes.OK and result is not None and not _is_too_long(result)
    words, parameters = answer.get("description"), answer.get("parameters", {})
    return (
        answer.get("ok") is False
        and type(answer.get("error_code")) is int
        and answer["error_code"] == status
        and isinstance(words, str)
        and _are_its_words(status, words)
        and isinstance(parameters, dict)
        and _may_ask(status, parameters)
    )


def _is_too_long(result: Any) -> bool:
    return isinstance(result, list) and len(result) > _LONGEST_LIST


def _are_its_words(status: int, words: str) -> bool:
    begin = _WORDS.get(status)
    if begin is None or len(words) > _LONGEST_WORDS:
        return False
    if status == httpx.codes.BAD_REQUEST and words == _LOGGED_OUT:
        return True
    return words.startswith(f"{begin}: ") or (words == begin and status not in _ALWAYS_MORE)


def _may_ask(status: int, parameters: dict[str, Any]) -> bool:
    """Whether an error asks for silence, and tells of another chat, where and as Telegram does."""
    silence, chat = parameters.get(_SILENCE), parameters.get(_MIGRATED)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        return type(silence) is int and silence > 0 and chat is None
    return silence is None and (chat is None or (type(chat) is int and chat != 0 and status == httpx.codes.BAD_REQUEST))


def _not_telegram(response: httpx.Response, more: str = "") -> NotTelegramError:
    """What answered in Telegram's place, in words of our own: none of its own are shown but a well-formed type."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip()
    said = f"HTTP {response.status_code}" + (f", {kind}" if _MIME.fullmatch(kind) else "") + more
    address = response.request.url.netloc.decode("ascii", "replace")
    does = "has a problem" if response.is_server_error else "is not Telegram's Bot API"
    return NotTelegramError(f"what answers at {address} {does}: {said}")
