"""A web server on loopback that says exactly what a test wants it to say, down to the bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

_HANDSHAKE = b"\x16"
"""What TLS begins with."""
Requests = list[dict[str, str]]


@dataclass
class Server:
    """A server that answers each path with the bytes given for it, and remembers what it was asked."""

    answers: dict[str, bytes]
    asked: Requests = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/") -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close; at once where it is none, as servers do that are asked by https."""
        first = await reader.readexactly(1)
        if first == _HANDSHAKE:
            return
        lines = (first + await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        path = lines[0].split(" ")[1]
        self.asked.append({"path": path} | dict(line.lower().split(": ", 1) for line in lines[1:] if line))
        writer.write(self.answers.get(path, answer(404)).replace(b"{port}", str(self.port).encode()))
        await writer.drain()


def answer(status: int, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of an HTTP answer; header names are written with underscores."""
    head = {"Content-Length": str(len(body)), "Connection": "close"}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Words", *(f"{name}: {value}" for name, value in head.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(answers: dict[str, bytes] | Talk, secure: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server on loopback: answers by path, or a conversation of the test's own; ends them all at its end."""
    server = Server(answers if isinstance(answers, dict) else {})
    talk = server.talk if isinstance(answers, dict) else answers
    open_talks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client went away first, or the test is over
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(converse(reader, writer))
        open_talks.add(task)
        task.add_done_callback(open_talks.discard)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=secure)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in open_talks:
            task.cancel()
        await asyncio.gather(*open_talks)
        await listener.wait_closed()
