"""Fetching, against real servers on loopback that behave, misbehave and lie."""

from __future__ import annotations

import asyncio
import gzip
import logging
import shutil
import ssl
import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.errors import FetchError
from digest.net.fetch import USER_AGENT, Fetched, Fetcher, Limits, Unchanged
from digest.text import clean_line
from tests.fakes.raw_server import answer, serving

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(timeout=timedelta(seconds=5), max_bytes=102_400, private_hosts=True)


async def fetch_error(url: str, limits: Limits = LIMITS) -> FetchError:
    """The error that fetching an address ends with."""
    async with Fetcher(limits) as fetcher:
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(url)
    return caught.value


async def test_a_document_comes_with_its_validators_and_hash() -> None:
    """A 200 yields the body, its type, and what to send next time."""
    there = answer(200, b"<rss/>", ETag='"v1"', Last_Modified="Sun, 22 Nov 2026 10:00:00 GMT", Content_Type="text/xml")
    async with serving({"/": there}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
    assert isinstance(found, Fetched)
    assert (found.body, found.content_type, found.status) == (b"<rss/>", "text/xml", 200)
    assert (found.etag, found.last_modified) == ('"v1"', "Sun, 22 Nov 2026 10:00:00 GMT")
    assert found.permanent_url is None
    assert len(found.body_hash) == 16


async def test_a_request_names_the_project_and_asks_for_gzip_only() -> None:
    """Servers see who asks and nothing needless; validators go back as they came."""
    async with serving({"/": answer(200, b"x")}) as server, Fetcher(LIMITS) as fetcher:
        await fetcher.fetch(server.url(), etag='"v1"', last_modified="then")
    asked = server.asked[0]
    assert asked.keys() == {
        *("path", "host", "user-agent", "accept", "accept-encoding", "if-none-match", "if-modified-since")
    }
    assert asked["user-agent"] == USER_AGENT
    assert asked["accept-encoding"] == "gzip"
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', "then")


async def test_not_modified_is_unchanged_and_keeps_the_validators() -> None:
    """A 304 need not repeat the validators: the ones that were sent hold on."""
    async with serving({"/": answer(304)}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url(), etag='"v1"', last_modified="then")
    assert found == Unchanged(304, None, '"v1"', "then")


async def test_a_304_that_nobody_asked_for_is_an_error() -> None:
    """Without validators there is nothing that could be unmodified."""
    async with serving({"/": answer(304)}) as server:
        assert (await fetch_error(server.url())).status == 304


async def test_the_same_bytes_are_unchanged() -> None:
    """A server without validators is seen through by the hash of the body."""
    async with serving({"/": answer(200, b"<rss/>", ETag='"v2"')}) as server, Fetcher(LIMITS) as fetcher:
        first = await fetcher.fetch(server.url())
        assert isinstance(first, Fetched)
        second = await fetcher.fetch(server.url(), body_hash=first.body_hash)
    assert second == Unchanged(200, None, '"v2"', "")


@pytest.mark.parametrize("value", ['"caf\u00e9"', '"' + "v" * 2000 + '"'])
async def test_validators_that_cannot_be_sent_back_are_dropped(value: str) -> None:
    """What is not short plain ASCII would break the next request or the store."""
    async with serving({"/": answer(200, b"x", ETag=value)}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
    assert isinstance(found, Fetched)
    assert found.etag == ""


@pytest.mark.parametrize("etag", ['W/"v1"', "v1", '"a,b"', "W/v1", '"x-gzip"', "'v'", '""'])
async def test_validators_go_back_exactly_as_they_came(etag: str) -> None:
    """Weak, without their quotes, or of no form at all: whoever made them knows them."""
    when = "Sunday, 22-Nov-26 10:00 MEZ"
    async with serving({"/": answer(200, b"x", ETag=etag, Last_Modified=when)}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
        await fetcher.fetch(server.url(), etag=found.etag, last_modified=found.last_modified)
    assert (server.asked[1]["if-none-match"], server.asked[1]["if-modified-since"]) == (etag.lower(), when.lower())


@pytest.mark.parametrize("status", [203, 206, 226])
async def test_other_statuses_bring_documents_too(status: int) -> None:
    """One that a proxy changed, a part that is the whole, a part of what is new."""
    whole = answer(status, b"<rss/>", Content_Range="bytes 0-5/6")
    async with serving({"/": whole}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
    assert isinstance(found, Fetched)
    assert (found.body, found.status) == (b"<rss/>", status)


async def test_a_part_is_not_taken_for_the_whole() -> None:
    """What is missing of it would be missed for good."""
    async with serving({"/": answer(206, b"<rss/>", Content_Range="bytes 0-5/60")}) as server:
        assert str(await fetch_error(server.url())) == "206: the server sends only a part of the document"


# --- packed bodies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"<rss/>"),
        gzip.compress(b"<rs") + gzip.compress(b"s/>"),
        gzip.compress(b"<rss/>") + b"\0" * 100,
        gzip.compress(b"<rss/>") + b"\x1f",
    ],
    ids=["plain", "two members", "padded", "padded with half a magic"],
)
async def test_gzip_is_unpacked(packed: bytes) -> None:
    """One member or several, with or without padding."""
    async with serving({"/": answer(200, packed, Content_Encoding="gzip")}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url())
    assert isinstance(found, Fetched)
    assert found.body == b"<rss/>"


_BOMB = gzip.compress(b"\0" * 50_000_000)

BAD_BODIES = {
    "a bomb": (answer(200, _BOMB, Content_Encoding="gzip"), "larger than 100KB"),
    "many empty members": (answer(200, gzip.compress(b"") * 6000, Content_Encoding="gzip"), "larger than 100KB"),
    "cut off": (answer(200, gzip.compress(b"<rss/>" * 99)[:-12], Content_Encoding="gzip"), "cut off"),
    "damaged": (answer(200, b"\x1f\x8b\x08\0\0\0\0\0\0\0nonsense"), "packed with gzip, but it is damaged"),
    "too long": (answer(200, b"x" * 102_401), "larger than 100KB"),
    "too long, with no length": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 102_401, "larger than 100KB"),
    "promises too much": (answer(200, b"x", Content_Length="9999999999"), "larger than 100KB"),
    "promises more than it sends": (answer(200, b"x" * 10, Content_Length="1000"), "in the middle of the document"),
    "headers beyond measure": (answer(200, b"x", X_Long="y" * 263_000), "more than 256 KB of headers"),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "not proper HTTP"),
    "nothing": (b"", "closed the connection without answering"),
}


@pytest.mark.parametrize(("there", "words"), BAD_BODIES.values(), ids=BAD_BODIES)
async def test_bad_answers_end_in_plain_words(there: bytes, words: str) -> None:
    """What is too large, damaged, packed otherwise or no HTTP is refused with the reason."""
    async with serving({"/": there}) as server:
        assert words in str(await fetch_error(server.url()))


@pytest.mark.parametrize(
    ("there", "status"),
    [
        (answer(200, b"\x1f\x9d\x90" * 9, Content_Encoding="compress"), 200),
        (answer(200, b"x" * 102_401), 200),
        (answer(302, Location="file:///etc/passwd"), 302),
        (answer(302, Location="http://[::1"), 302),
    ],
)
async def test_what_is_wrong_with_an_answer_says_that_there_was_one(there: bytes, status: int) -> None:
    """So it is the feed that fails, and no sign that the network is down."""
    async with serving({"/": there}) as server:
        assert (await fetch_error(server.url())).status == status


async def test_a_body_of_the_greatest_size_is_taken() -> None:
    """The cap is the last size that is allowed, packed or not."""
    body = bytes(range(256)) * 390
    limits = replace(LIMITS, max_bytes=len(body))
    answers = {"/plain": answer(200, body), "/gzip": answer(200, gzip.compress(body), Content_Encoding="gzip")}
    async with serving(answers) as server, Fetcher(limits) as fetcher:
        for path in answers:
            found = await fetcher.fetch(server.url(path))
            assert isinstance(found, Fetched)
            assert found.body == body


# --- time --------------------------------------------------------------------------------------------------------


async def test_a_slow_drip_ends_at_the_deadline() -> None:
    """Bytes that keep coming do not extend the deadline of the whole."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with serving(drip) as server:
        error = await fetch_error(server.url(), replace(LIMITS, timeout=timedelta(seconds=0.3)))
    assert str(error) == "the document did not arrive whole within 0.3 s"


async def test_silence_ends_at_the_deadline() -> None:
    """A server that accepts and says nothing is given up on."""

    async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silence) as server:
        error = await fetch_error(server.url(), replace(LIMITS, timeout=timedelta(seconds=0.2)))
    assert str(error) == "the server did not answer within 0.2 s"


async def test_the_deadline_spans_redirects() -> None:
    """Each hop has only the time that the earlier ones left."""

    async def slow_redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1]
        await asyncio.sleep(0.2)
        writer.write(answer(302, Location=path.decode() + "x"))

    async with serving(slow_redirect) as server:
        error = await fetch_error(server.url("/"), replace(LIMITS, timeout=timedelta(seconds=0.5)))
    assert str(error) == "the server did not answer within 0.5 s"


async def test_a_reset_connection_is_an_error_in_words() -> None:
    """A server that resets the connection leaves no traceback."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(1, 13, linger)  # SOL_SOCKET, SO_LINGER: close sends a reset
        writer.transport.abort()

    async with serving(reset) as server:
        assert "connection" in str(await fetch_error(server.url()))


async def test_refused_and_unknown_hosts_are_told_apart() -> None:
    """A port nobody listens on and a name nobody has are different sentences."""
    async with serving({}) as server:
        url = server.url()  # nobody listens there once the block is left
    assert str(await fetch_error(url)) == "the server refused the connection"
    assert str(await fetch_error("http://nowhere.invalid/")) in {
        "no such host: “nowhere.invalid”",
        "the name “nowhere.invalid” could not be looked up (no connection, or the name server is down)",
    }


# --- statuses ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "404: there is no such page"),
        (410, "410: gone for good"),
        (403, "403: the server refuses to show it"),
        (418, "418: the server refuses the request"),
        (503, "503: the server is overloaded or being worked on"),
        (599, "599: the server has an error"),
        (204, "204: the server says that nothing is there"),
        (304, "304: the server says that nothing has changed, though nothing was known"),
        (300, "300: the server offers several documents and chooses none"),
        (202, "202: an answer that brings no document"),
    ],
)
async def test_a_status_without_a_document_is_an_error(status: int, words: str) -> None:
    """The status is kept for those who decide, and said in words for those who read."""
    async with serving({"/": answer(status)}) as server:
        error = await fetch_error(server.url())
    assert (str(error), error.status) == (words, status)


@pytest.mark.parametrize(
    ("header", "low", "high", "words"),
    [
        ("120", 120, 120, "; the server asks to wait 2 min"),
        ("30", 30, 30, "; the server asks to wait 30 s"),
        ("in a while", None, None, ""),
        ("-5", None, None, ""),
        ("{date}", 10700, 10800, "; the server asks to wait 3 h"),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0, 0, ""),
    ],
)
async def test_retry_after_is_read_as_seconds_and_as_a_date(
    header: str, low: float | None, high: float | None, words: str
) -> None:
    """Both forms count from now; nonsense and the past ask for nothing."""
    later = format_datetime(datetime.now(UTC) + timedelta(hours=3), usegmt=True)
    async with serving({"/": answer(429, Retry_After=header.replace("{date}", later))}) as server:
        error = await fetch_error(server.url())
    assert str(error) == f"429: asked too often{words}"
    if low is None or high is None:
        assert error.retry_after is None
    else:
        assert error.retry_after is not None
        assert low <= error.retry_after <= high


# --- words of strangers ------------------------------------------------------------------------------------------

SHARDS = st.sampled_from(
    [b"\x1b[31m", "\u202e".encode(), b"\xff", b"\xed\xa0\x80", b"\xc2\x9b", b"gzip", b",", b"9" * 50, b"%"]
)
RAW = st.lists(st.one_of(SHARDS, st.binary(max_size=8)), max_size=20).map(b"".join)
NAMES = [
    b"Content-Encoding",
    b"Content-Type",
    b"ETag",
    b"Last-Modified",
    b"Retry-After",
    b"Location: /x",
    b"Set-Cookie",
]


@settings(max_examples=150)
@given(st.sampled_from([b"200", b"301", b"304", b"429", b"503"]), RAW, st.sampled_from(NAMES), RAW)
@example(b"301", b"", b"Location: /x", b"\xff\x1b" * 2000)
@example(b"200", b"", b"Content-Encoding", b"\xff," * 2000)
def test_whatever_a_server_says_is_a_document_or_a_clean_sentence(
    status: bytes, reason: bytes, name: bytes, value: bytes
) -> None:
    """Status line and headers of any bytes: nothing of them is shown, stored or sent back but in plain, short text."""
    colon = b"" if b":" in name else b": "
    there = b"HTTP/1.1 " + status + b" " + reason + b"\r\n" + name + colon + value + b"\r\nContent-Length: 1\r\n\r\nx"

    async def ask() -> Fetched | Unchanged | FetchError:
        async with serving({"/": there}) as server, Fetcher(LIMITS) as fetcher:
            try:
                return await fetcher.fetch(server.url(), etag='"v1"')
            except FetchError as error:
                return error

    found = asyncio.run(ask())
    if isinstance(found, FetchError):
        assert str(found) == clean_line(str(found))
        assert len(str(found)) <= 500
        return
    kept = [found.etag, found.last_modified, found.permanent_url or ""]
    kept += [found.content_type, found.url] if isinstance(found, Fetched) else []
    assert all(text.isascii() and text.isprintable() and len(text) <= 10_000 for text in kept), kept


# --- redirects ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [((301,), "/1"), ((308, 301), "/2"), ((302,), None), ((301, 307), None), ((302, 301), None)],
)
async def test_only_an_unbroken_chain_of_permanent_redirects_moves_a_feed(
    statuses: tuple[int, ...], moved_to: str | None
) -> None:
    """One temporary redirect on the way keeps the old address."""
    answers = {f"/{n}": answer(status, Location=f"/{n + 1}") for n, status in enumerate(statuses)}
    last = f"/{len(statuses)}"
    async with serving(answers | {last: answer(200, b"<rss/>")}) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url("/0"))
    assert isinstance(found, Fetched)
    assert found.url == server.url(last)
    assert found.permanent_url == (moved_to and server.url(moved_to))


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("file:///etc/passwd", "redirects to “file:”, which is not the web"),
        ("gopher://127.0.0.1/", "redirects to “gopher:”, which is not the web"),
        ("", "without saying where"),
        ("http://[::1", "redirects to no web address"),
        ("/", "go round in circles"),
    ],
)
async def test_redirects_to_nowhere_are_refused(location: str, words: str) -> None:
    """Another scheme, no place, a broken one, or the same again."""
    async with serving({"/": answer(302, Location=location)}) as server:
        assert words in str(await fetch_error(server.url()))


async def test_ten_redirects_are_followed_and_eleven_are_not() -> None:
    """The number of hops is bounded; those who ask for a cookie first take several."""
    answers = {f"/{n}": answer(302, Location=f"/{n + 1}") for n in range(11)} | {"/11": answer(200, b"x")}
    async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(server.url("/1")), Fetched)
        with pytest.raises(FetchError, match="more than 10 times"):
            await fetcher.fetch(server.url("/0"))


async def test_cookies_live_for_one_fetch() -> None:
    """What a server sets goes along on its redirects, as it was set, and is forgotten with the fetch."""
    answers = {
        "/": answer(302, Location="/there", Set_Cookie="id=1=,a%2C; Path=/; HttpOnly"),
        "/there": answer(200, b"x"),
    }
    async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
        await fetcher.fetch(server.url())
        await fetcher.fetch(server.url())
    assert [asked.get("cookie") for asked in server.asked] == [None, "id=1=,a%2c"] * 2


async def test_a_redirect_back_to_the_same_address_with_a_cookie_is_no_circle() -> None:
    """Who asks again with a cookie asks for something else; the same again is a circle all the same."""

    async def gate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = request.split(" ")[1]
        let_in = "seen=yes" in request and path != "/never"
        writer.write(answer(200, b"<rss/>") if let_in else answer(302, Location=path, Set_Cookie="seen=yes"))
        await writer.drain()

    async with serving(gate) as server, Fetcher(LIMITS) as fetcher:
        assert isinstance(await fetcher.fetch(server.url("/feed")), Fetched)
        with pytest.raises(FetchError, match="go round in circles"):
            await fetcher.fetch(server.url("/never"))


async def test_a_cookie_stays_with_its_server() -> None:
    """Who is redirected to sees nothing that another server set."""
    async with serving({"/": answer(200, b"x")}) as other:
        there = answer(302, Location=other.url().replace("127.0.0.1", "localhost"), Set_Cookie="id=1; Domain=localhost")
        async with serving({"/": there}) as server, Fetcher(LIMITS) as fetcher:
            await fetcher.fetch(server.url())
    assert "cookie" not in other.asked[0]


# --- the house ---------------------------------------------------------------------------------------------------

CLOSED = replace(LIMITS, private_hosts=False)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1"])
async def test_the_house_is_closed_unless_opened(host: str) -> None:
    """Loopback is refused however it is written, and no connection is made."""
    async with serving({"/": answer(200, b"x")}) as server:
        error = await fetch_error(f"http://{host}:{server.port}/", CLOSED)
        assert server.asked == []
    assert "poll.private_hosts" in str(error)


@pytest.mark.parametrize("host", ["2130706433", "127.1", "127.0.0.1."])
async def test_addresses_in_shorthand_are_no_hosts(host: str) -> None:
    """What only connect() would understand is refused, also when private hosts are allowed."""
    async with serving({"/": answer(200, b"x")}) as server:
        assert "no such host" in str(await fetch_error(f"http://{host}:{server.port}/"))
        assert server.asked == []


async def test_private_networks_are_named_in_the_refusal() -> None:
    """The sentence says what the address is, so that a user knows what to change."""
    assert "“169.254.169.254” is on the local link" in str(await fetch_error("http://169.254.169.254/", CLOSED))
    assert "“10.1.2.3” is in a private network" in str(await fetch_error("http://10.1.2.3/", CLOSED))


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://example.org/", "example.org", "http://", "http://h:99999/", "http://xn--/"]
)
async def test_only_web_addresses_are_asked(url: str) -> None:
    """Everything else is a plain error before anything is opened."""
    assert (await fetch_error(url)).status is None


async def test_credentials_of_an_address_are_sent_but_stay_out_of_logs_and_errors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A feed behind a login works, and its password is in no log line, error or document address."""
    caplog.set_level(logging.DEBUG)
    answers = {"/": answer(302, Location="http://127.0.0.1:{port}/in"), "/in": answer(200, b"x")}
    async with serving(answers) as server, Fetcher(LIMITS) as fetcher:
        found = await fetcher.fetch(server.url().replace("//", "//user:sesame@"))
        with pytest.raises(FetchError) as caught:
            await fetcher.fetch(server.url("/404").replace("//", "//user:sesame@"))
    assert isinstance(found, Fetched)
    assert all(asked["authorization"].startswith("basic ") for asked in server.asked)
    assert "sesame" not in caplog.text + str(caught.value) + found.url


async def test_credentials_do_not_follow_a_redirect_to_another_server() -> None:
    """Whoever a login was meant for, it was not for the one it is sent on to."""
    async with serving({"/": answer(200, b"x")}) as other:
        there = answer(302, Location=other.url())
        async with serving({"/": there}) as server, Fetcher(LIMITS) as fetcher:
            await fetcher.fetch(server.url().replace("//", "//user:sesame@"))
    assert "authorization" in server.asked[0]
    assert "authorization" not in other.asked[0]


# --- certificates ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl, which makes the certificate, is not installed")
async def test_a_certificate_that_nobody_signed_is_refused_in_words(tmp_path: Path) -> None:
    """An unencrypted, or a forged, answer is never taken for a secure one."""
    files = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    maker = await asyncio.create_subprocess_exec(
        *make, "-keyout", files[0], "-out", files[1], stderr=asyncio.subprocess.DEVNULL
    )
    assert await maker.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(files[1], files[0])
    async with serving({"/": answer(200, b"x")}, context) as server:
        error = await fetch_error(server.url().replace("http:", "https:"))
    assert str(error) == "the server's certificate is signed by the server itself"


async def test_a_server_that_cannot_speak_securely_is_refused_in_words() -> None:
    """An https address is never asked in the clear."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer(400))
        await writer.drain()

    async with serving(plain) as server:
        error = await fetch_error(server.url().replace("http:", "https:"))
    assert str(error) == "no secure connection could be agreed on"
