"""A channel that posts each message as JSON to an address, signed as Standard Webhooks (standardwebhooks.com) has it.

::

    webhook-id:        digest-3f9a…-57-0           which message of which database: the same in every try
    webhook-timestamp: 1764526062                  when this try was made
    webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=
                       HMAC-SHA256 of "id.timestamp.body", in Base64; one for each secret, a space between

What an answer means is read from its status alone::

    2xx taken         429, or 503 with Retry-After: silence       410 nothing is wanted there any more
    413, 414, 431     too much for it: this message is given up
    401, 404, 405, 407, and redirects: the place is closed, one message tries it again
    else              not taken: tried again; whether that is the message's fault or the channel's, the others show
    no answer         it may have been taken: the same id says so to the receiver
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from digest.channels.base import Channel, Failure, SendError
from digest.errors import FetchError, NotSentError
from digest.shapes import json_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from digest.channels.base import Outgoing
    from digest.values.settings import Webhook

_LONGEST_SILENCE: Final = timedelta(days=1)
"""What asks for more has lost its mind; whoever is asked for silence again keeps it again."""
_GONE: Final = (
    "it answered 410: it wants nothing any more. Take the channel out of the config, or send it a test once it should"
)
_WORDS: Final = {
    400: "it does not understand the message, or does not know the secret",
    401: "it does not let Digest in, or does not know the secret",
    403: "it does not let Digest in, or a firewall before it does not like the message",
    404: "there is nothing at this address",
    405: "this address takes no messages",
    413: "the message is too large for it",
    500: "it has an error of its own",
    502: "what stands behind it has an error",
    503: "it is overloaded or being worked on",
    504: "what stands behind it did not answer",
}
_CLOSED: Final = frozenset({401, 404, 405, 407})
_TOO_MUCH: Final = frozenset({413, 414, 431})


class Post(Protocol):
    """Posts a body to an address, as ``net.post.post`` does."""

    def __call__(
        self, url: str, body: bytes, headers: Mapping[str, str], *, private_hosts: bool
    ) -> Awaitable[tuple[int, float | None]]:
        """The status of the answer, and the seconds that it asks to wait."""


class WebhookChannel(Channel):
    """One address.

    Args:
        webhook: with what signs.
        mark: of the store: another one has messages of the same numbers.
        post: posts a body to an address.
        now: the time.
    """

    def __init__(
        self, webhook: Webhook, mark: str, post: Post, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._webhook = webhook
        self._mark = mark
        self._post = post
        self._now = now

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`; a receiver gives no id, so it is 0."""
        await self.deliver(outgoing, f"digest-{self._mark}-{outgoing.delivery}-{outgoing.number}")
        return 0

    async def deliver(self, outgoing: Outgoing, name: str) -> None:
        """Post a part under an id; raises as `Channel.send`."""
        hook, body = self._webhook, _body(outgoing)
        if hook.problem:
            raise SendError(Failure.CLOSED, hook.problem)
        headers = {"Content-Type": "application/json", **signed(hook.keys, name, self._now(), body)}
        try:
            status, wait = await self._post(hook.url, body, headers, private_hosts=hook.private_hosts)
        except FetchError as error:
            failure = Failure.NOT_SENT if isinstance(error, NotSentError) else Failure.UNKNOWN
            raise SendError(failure, str(error)) from None
        if not 200 <= status < 300:
            raise _refusal(status, wait)


def signed(keys: tuple[bytes, ...], name: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers that name and sign a message, as Standard Webhooks has them."""
    seconds = str(int(at.timestamp()))
    content = f"{name}.{seconds}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": name,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _body(outgoing: Outgoing) -> bytes:
    """What is posted; a part from before the channel became a webhook is one text."""
    try:
        said = json.loads(outgoing.part)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("data"), dict):
        said = {"type": "text", "timestamp": None, "data": {"title": outgoing.title, "text": outgoing.part}}
    repeat = {"possible_repeat": True} if outgoing.maybe_repeat else {}
    return json_line(said | {"data": said["data"] | repeat}).encode()


def _refusal(status: int, wait: float | None) -> SendError:
    """What to do about an answer that takes nothing."""
    words = f"it answered {status}"
    if 300 <= status < 400:
        return SendError(Failure.CLOSED, f"{words}: it redirects, which is not followed; write where it leads to")
    if status == 410:
        return SendError(Failure.GONE, _GONE)
    if status == 429 or (status == 503 and wait is not None):
        silence = None if not wait else min(timedelta(seconds=wait), _LONGEST_SILENCE)
        return SendError(Failure.RATE_LIMITED, f"{words}: it asks for silence", retry_after=silence)
    failure = Failure.CLOSED if status in _CLOSED else Failure.REFUSED if status in _TOO_MUCH else Failure.NOT_TAKEN
    return SendError(failure, f"{words}: {_WORDS[status]}" if status in _WORDS else words)
