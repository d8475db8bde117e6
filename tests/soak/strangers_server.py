"""A web server for hostile feeds, in a process of its own, so that what it costs is not measured.

``/KIND/NUMBER`` is one feed: of a kind of `DOCUMENTS`, each of its polls a turn, or of a kind of `BEHAVIOURS`, where
the server itself is hostile. It speaks plain bytes, because no honest library would send what is sent here.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import struct
import sys
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from tests.soak.strangers_documents import DOCUMENTS, bomb, brotli_bomb, item, packed, rss, small_bomb

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Callable, Coroutine
    from types import TracebackType

_LONGEST: Final = 120.0
"""Seconds that one answer may take; whoever waits for it has hung up long before."""
_ESCAPES: Final = "\x1b[31mred\x1b]0;title\x07 \u202egnp.exe\u2066"


def answer(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer."""
    head = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), b"Connection: close", *headers)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def _document(body: bytes) -> bytes:
    return answer(packed(body), b"Content-Encoding: gzip", b"Content-Type: application/xml")


def _harmless(turn: int) -> bytes:
    return rss([item(0, "Nothing of note.", f"Quiet {turn}")]).encode()


# --- servers that are hostile themselves ---------------------------------------------------------------------------


async def dripping_body(writer: StreamWriter, turn: int) -> None:
    """A letter of the document every half second. Attacks a timeout that begins anew with each."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for letter in _harmless(turn):
        writer.write(bytes([letter]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def silence(writer: StreamWriter, turn: int) -> None:
    """Accepts, and never answers. Attacks the places that requests hold."""
    del writer, turn
    await asyncio.sleep(_LONGEST)


async def circle(writer: StreamWriter, turn: int) -> None:
    """Redirects to itself. Attacks whoever follows."""
    del turn
    writer.write(answer(b"", b"Location: ?", status=b"301 Moved"))


async def endless_redirects(writer: StreamWriter, turn: int) -> None:
    """Redirects to an address that is another each time. Attacks whoever looks for circles only."""
    writer.write(answer(b"", b"Location: ?turn=%d" % turn, status=b"302 Found"))


async def endless_headers(writer: StreamWriter, turn: int) -> None:
    """Headers without an end. Attacks the memory before any body."""
    writer.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count(turn):
        writer.write(b"X-%d: %s\r\n" % (number, b"y" * 1_000))
        await writer.drain()


async def endless_body(writer: StreamWriter, turn: int) -> None:
    """A body without an end or a length. Attacks the memory."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + _harmless(turn))
    while True:
        writer.write(b" " * 60_000)
        await writer.drain()


async def gzip_bomb(writer: StreamWriter, turn: int) -> None:
    """100 KB that are 100 MB unpacked. Attacks the memory."""
    writer.write(answer(bomb(turn), b"Content-Encoding: gzip"))


async def gzip_bomb_twice(writer: StreamWriter, turn: int) -> None:
    """The same in less than 1 KB, packed twice, of which no header tells. Attacks who unpacks what he finds."""
    writer.write(answer(small_bomb(turn)))


async def unasked_bomb(writer: StreamWriter, turn: int) -> None:
    """The same as brotli, which nobody asked for. Attacks a cap that only gzip has."""
    writer.write(answer(brotli_bomb(turn), b"Content-Encoding: br"))


async def to_a_file(writer: StreamWriter, turn: int) -> None:
    """Redirects to a file of the reader's. Attacks whoever follows."""
    del turn
    writer.write(answer(b"", b"Location: file:///etc/passwd", status=b"302 Found"))


async def no_secure_connection(writer: StreamWriter, turn: int) -> None:
    """Redirects to its own port as if it were secure. Attacks the wait for a handshake."""
    port = writer.get_extra_info("sockname")[1]
    writer.write(answer(b"", b"Location: https://127.0.0.1:%d/silence/%d" % (port, turn), status=b"302 Found"))


async def reset_in_body(writer: StreamWriter, turn: int) -> None:
    """Ends the connection by force in the midst of the document. Attacks whoever takes a part for the whole."""
    body = _document(_harmless(turn))
    writer.write(body[:-20])
    await writer.drain()
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def challenge(writer: StreamWriter, turn: int) -> None:
    """A page for browsers with a status that says all is well. Attacks whoever reads it as a document."""
    page = b"<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt={n:%d}</script>" % turn
    writer.write(answer(page, b"Content-Type: text/html"))


async def half_body(writer: StreamWriter, turn: int) -> None:
    """Says that more comes, and closes. Attacks whoever takes a part for the whole."""
    body = _document(_harmless(turn))
    writer.write(body[: len(body) // 2])


async def no_http(writer: StreamWriter, turn: int) -> None:
    """Bytes of nothing. Attacks the reader of the first line."""
    writer.write(bytes(range(256)) * 300 + b"%d\r\n\r\n" % turn)


async def escapes_in_encoding(writer: StreamWriter, turn: int) -> None:
    """Terminal sequences and reversed text as the encoding, and as one of two. Attacks whoever reads the error."""
    second = b", gzip" if turn % 2 else b""
    writer.write(answer(_harmless(turn), b"Content-Encoding: " + _ESCAPES.encode() + second))


async def surrogates_in_headers(writer: StreamWriter, turn: int) -> None:
    """Bytes of no encoding in every header. Attacks whoever stores them."""
    odd = b"\xed\xa0\x80\xff\xfe%d" % turn
    lines = (
        b'ETag: "' + odd + b'"',
        b"Content-Encoding: gzip, " + odd,
        b"Last-Modified: " + odd,
        b"Content-Type: " + odd,
    )
    writer.write(answer(_harmless(turn), *lines))


async def long_host(writer: StreamWriter, turn: int) -> None:
    """Redirects to a host of 5,000 letters. Attacks whoever is told."""
    del turn
    writer.write(answer(b"", b"Location: http://" + b"a" * 5_000 + b".example/", status=b"301 Moved"))


async def long_reason(writer: StreamWriter, turn: int) -> None:
    """An error with 7,000 letters of reason and a wait of a thousand years. Attacks whoever is told, and the clock."""
    del turn
    writer.write(answer(b"", b"Retry-After: 99999999999", status=b"503 " + _ESCAPES.encode() * 200))


async def two_faced(writer: StreamWriter, turn: int) -> None:
    """Costs too much every other time, else harmless. Attacks whoever forgives at once."""
    writer.write(_document(DOCUMENTS["attributes"](turn) if turn % 2 else _harmless(turn)))


BEHAVIOURS: Final[dict[str, Callable[[StreamWriter, int], Coroutine[None, None, None]]]] = {
    behaviour.__name__: behaviour
    for behaviour in (
        dripping_body,
        silence,
        circle,
        endless_redirects,
        endless_headers,
        endless_body,
        gzip_bomb,
        gzip_bomb_twice,
        unasked_bomb,
        to_a_file,
        no_secure_connection,
        reset_in_body,
        challenge,
        half_body,
        no_http,
        escapes_in_encoding,
        surrogates_in_headers,
        long_host,
        long_reason,
        two_faced,
    )
}
"""By name; each writes its answer, if any, within the time that it is given."""


# --- the process ---------------------------------------------------------------------------------------------------


class StrangersProcess:
    """Starts the server and ends it; an async context manager."""

    async def __aenter__(self) -> Self:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, stdin=pipe, stdout=pipe)
        assert self._process.stdout is not None
        self._port = int(await self._process.stdout.readline())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        await self._process.wait()

    def url(self, kind: str, number: int) -> str:
        """The address of a feed."""
        return f"http://127.0.0.1:{self._port}/{kind}/{number}"


async def _serve() -> None:
    """Serve until standard input ends, so also when whoever started this is dead; says the port first."""
    turns: defaultdict[str, itertools.count[int]] = defaultdict(lambda: itertools.count(1))

    async def respond(reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(_LONGEST):
                request = await reader.readuntil(b"\r\n\r\n")
                path = request.split(b" ", 2)[1].decode("ascii").partition("?")[0]
                kind = path.split("/")[1]
                turn = next(turns[path])
                if kind in BEHAVIOURS:
                    await BEHAVIOURS[kind](writer, turn)
                else:
                    writer.write(_document(DOCUMENTS[kind](turn)))
                await writer.drain()
        writer.close()

    for document in (*DOCUMENTS.values(), bomb, small_bomb, brotli_bomb):
        document(0)  # written now, so that no poll waits for it
    server = await asyncio.start_server(respond, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(_serve())
