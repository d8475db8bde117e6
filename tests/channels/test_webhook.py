"""Webhooks against a real HTTP server: what arrives, how it is signed, what each answer means, and what shows."""

from __future__ import annotations

import base64
import json
import logging
import socket
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from digest.channels.base import Failure, Outgoing, SendError
from digest.channels.webhook import WebhookChannel, signed
from digest.net.post import post
from digest.values.settings import Webhook
from tests.fakes import raw_server
from tests.fakes.receiver import OTHER_SECRET, SECRET, Receiver

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PART = json.dumps({"type": "alert", "timestamp": "2026-11-22T07:00:00.000Z", "data": {"title": "A <b> 북한 \u2028"}})
OUTGOING = Outgoing(PART, title="A", delivery=57)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on loopback."""
    async with Receiver() as made:
        yield made


def keys(*secrets: str) -> tuple[bytes, ...]:
    """The bytes of secrets."""
    return tuple(base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets)


def channel(url: str, *secrets: str, seconds: float = 5.0, private_hosts: bool = True) -> WebhookChannel:
    """A channel to an address."""
    hook = Webhook(url, keys(*(secrets or (SECRET,))), private_hosts=private_hosts)
    return WebhookChannel(hook, "3f9a", partial(post, seconds=seconds))


async def failure_of(url: str, *, private_hosts: bool = True, seconds: float = 5.0) -> SendError:
    """How sending fails."""
    with pytest.raises(SendError) as caught:
        await channel(url, seconds=seconds, private_hosts=private_hosts).send(OUTGOING)
    return caught.value


def test_a_signature_is_that_of_the_standard() -> None:
    """The example that the libraries of Standard Webhooks test themselves with."""
    at, key = datetime.fromtimestamp(1614265330, UTC), base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    found = signed((key,), "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert found["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_message_arrives_signed_and_named(receiver: Receiver) -> None:
    """The receiver finds the signature right; the id names the database, the message and its part, in every try."""
    for _ in range(2):
        assert await channel(receiver.url).send(OUTGOING) == 0
    assert [got.id for got in receiver.got] == ["digest-3f9a-57-0"] * 2
    assert receiver.got[0].body == json.loads(PART)
    assert receiver.got[0].headers["content-type"] == "application/json"
    assert (receiver.refused, receiver.got[0].headers["user-agent"].partition("/")[0]) == (0, "newsdigest")


async def test_a_possible_repeat_says_so(receiver: Receiver) -> None:
    """As in every other channel, beside the id that says it already."""
    await channel(receiver.url).send(Outgoing(PART, delivery=57, maybe_repeat=True))
    assert receiver.got[0].body["data"]["possible_repeat"] is True


async def test_two_secrets_sign_side_by_side(receiver: Receiver) -> None:
    """While a receiver goes over from one secret to the other, whichever it knows serves."""
    both = channel(receiver.url, SECRET, OTHER_SECRET)
    await both.send(OUTGOING)
    receiver.secret = OTHER_SECRET
    await both.send(OUTGOING)
    assert (len(receiver.got), receiver.refused) == (2, 0)


async def test_a_part_of_before_is_one_text(receiver: Receiver) -> None:
    """What was written for another kind of place goes as it is, in JSON all the same."""
    await channel(receiver.url).send(Outgoing("<b>A</b>", title="A", delivery=57))
    assert receiver.got[0].body == {"type": "text", "timestamp": None, "data": {"title": "A", "text": "<b>A</b>"}}


@pytest.mark.parametrize(
    ("status", "failure", "words"),
    [
        (301, Failure.CLOSED, "it answered 301: it redirects, which is not followed"),
        (308, Failure.CLOSED, "redirects"),
        (400, Failure.NOT_TAKEN, "does not know the secret"),
        (401, Failure.CLOSED, "does not know the secret"),
        (403, Failure.NOT_TAKEN, "a firewall before it"),
        (404, Failure.CLOSED, "nothing at this address"),
        (410, Failure.GONE, "it wants nothing any more. Take the channel out of the config"),
        (413, Failure.REFUSED, "too large"),
        (418, Failure.NOT_TAKEN, "it answered 418"),
        (429, Failure.RATE_LIMITED, "asks for silence"),
        (500, Failure.NOT_TAKEN, "an error of its own"),
        (503, Failure.NOT_TAKEN, "overloaded"),
    ],
)
async def test_each_answer_means_one_thing(receiver: Receiver, status: int, failure: Failure, words: str) -> None:
    """And says it in a sentence; a redirect is not followed, wherever it leads."""
    receiver.status, receiver.headers = status, {"Location": receiver.url + "/elsewhere"}
    error = await failure_of(receiver.url)
    assert (error.failure, words in str(error)) == (failure, True)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("header", "silence"),
    [("120", timedelta(minutes=2)), ("999999999", timedelta(days=1)), ("0", timedelta(seconds=2))],
)
async def test_silence_is_kept_as_asked_for(receiver: Receiver, status: int, header: str, silence: timedelta) -> None:
    """Retry-After holds, within reason."""
    receiver.status, receiver.headers = status, {"Retry-After": header}
    error = await failure_of(receiver.url)
    assert (error.failure, error.silence) == (Failure.RATE_LIMITED, silence)


async def test_a_reset_and_a_stall_are_lost_answers(receiver: Receiver) -> None:
    """The message was there: whether it was taken, nobody knows."""
    receiver.cuts = True
    assert (await failure_of(receiver.url)).failure is Failure.UNKNOWN
    receiver.cuts, receiver.stalls = False, True
    error = await failure_of(receiver.url, seconds=0.3)
    assert (error.failure, str(error)) == (Failure.UNKNOWN, "it did not answer within 0.3 s")


async def test_an_answer_without_end_takes_nothing(receiver: Receiver) -> None:
    """The status is all that is read of it."""
    receiver.talks, receiver.status = True, 200
    await channel(receiver.url, seconds=5).send(OUTGOING)


@pytest.mark.parametrize("said", [b"hello there\r\n\r\n", b"HTTP/1.1 999\r\n\r\n", b"\x00" * 300_000])
async def test_a_liar_is_a_lost_answer(said: bytes) -> None:
    """Whatever answers in place of HTTP: the message may have been read."""
    async with raw_server.serving({"/": said}) as server:
        assert (await failure_of(server.url("/"))).failure in {Failure.UNKNOWN, Failure.NOT_TAKEN}


async def test_nobody_there_is_nothing_sent() -> None:
    """A port that nobody listens on refuses: tried again, and no copy can be there."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    error = await failure_of(f"http://127.0.0.1:{port}/")
    assert (error.failure, str(error)) == (Failure.NOT_SENT, "the server refused the connection")


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("http://127.0.0.1:{port}", "the proxy cannot be reached"),
        ("socks5://127.0.0.1:{port}", "the proxy cannot be reached"),
        ("ftp://127.0.0.1:{port}", "the environment variable all_proxy: this is no proxy"),
    ],
)
async def test_the_environments_proxy_is_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    """As for feeds: where it is not there nothing is sent, for nothing goes past it."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("all_proxy", proxy.format(port=port))
    error = await failure_of(receiver.url)
    assert (error.failure, words in str(error), receiver.got) == (Failure.NOT_SENT, True, []), str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "2130706433", "localhost"])
async def test_an_address_inside_the_house_is_not_asked(receiver: Receiver, host: str) -> None:
    """However it is written, and also where only its name's address leads inside."""
    error = await failure_of(f"http://{host}:{receiver.port}/", private_hosts=False)
    assert (error.failure, receiver.got) == (Failure.NOT_SENT, [])
    assert "unless poll.private_hosts is true" in str(error) or "no such host" in str(error)


async def test_nothing_shows_the_address_or_the_secret(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """Not in what an error says, nor in what is logged, nor in how the values look."""
    caplog.set_level(logging.DEBUG)
    hook = Webhook(receiver.url, keys(SECRET), private_hosts=True)
    for receiver.status in (204, 404, 500):
        try:
            await WebhookChannel(hook, "", post).send(OUTGOING)
        except SendError as error:
            caplog.records.append(logging.makeLogRecord({"msg": "".join(traceback.format_exception(error))}))
    said = repr(hook) + "".join(record.getMessage() for record in caplog.records)
    assert not any(secret in said for secret in ("k3y-in-the-path", SECRET, SECRET[6:], repr(hook.keys)))
