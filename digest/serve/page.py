"""The dashboard behind one page: its process, which ends when the page does.

It speaks the protocol of Textual's web driver: after a first line packets of a letter, four bytes of length and so many
bytes. ``D`` is what a terminal would be sent, or send; ``M`` is JSON of the driver's own. Of what the dashboard could
ask for in that, only two things are done: a link is opened in the visitor's browser, and the page ends. No file goes
either way, and there is no shell.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import tempfile
from typing import IO, TYPE_CHECKING, Final, Protocol

from digest.text import clean_line, safe_link

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

_FIRST_LINE: Final = b"__GANGLION__\n"
_ENDING: Final = 1.2
"""Seconds in which a dashboard may write what is left to be written."""
_LAST_WORDS: Final = 4096  # bytes of what one that failed said that are read
_MOST_CELLS: Final = 500  # columns and lines of a terminal: a page with more would only cost memory
_LONGEST_COMMAND: Final = 10  # bytes; whatever is longer is a frame
_ISOLATES: Final = re.compile(b"|".join(map(str.encode, "\u2066\u2067\u2068\u2069")))
"""What marks the direction of writing: the terminal of a page knows only one, and would give each mark a cell."""
_NOT_INHERITED: Final = {"COLUMNS", "LINES"}


class Browser(Protocol):
    """The other end of a page's websocket."""

    async def send_bytes(self, data: bytes) -> None:
        """Have the terminal of the page paint this."""

    async def send_str(self, data: str) -> None:
        """Have the page do something else."""


class PageProcess:
    """A dashboard in a process of its own; made by ``start``."""

    def __init__(self, process: asyncio.subprocess.Process, said: IO[bytes]) -> None:
        self._process = process
        self._said = said
        self._resized = b""  # what told of a new size last, until the next frame

    @classmethod
    async def start(cls, command: Sequence[str], size: tuple[int, int]) -> PageProcess:
        """Start one, in a session of its own: what is typed at the server's terminal does not reach it.

        Args:
            command: starts it.
            size: columns and lines of the terminal in the page.

        Raises:
            OSError: no process can be started.
        """
        columns, lines = size
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
        environment |= {
            "TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver",
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "TEXTUAL_FPS": "60",
            "TERM": "xterm-256color",
            "COLUMNS": str(_bounded(columns)),
            "ROWS": str(_bounded(lines)),
        }
        said = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the page
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=said,
            env=environment,
            start_new_session=True,
        )
        return cls(process, said)

    async def take(self, message: str) -> str:
        """Pass on what the page sent; returns what to answer at once, or nothing.

        What no page of ours sends is passed over.
        """
        try:
            match json.loads(message):
                case ["stdin", str(keys)]:
                    await self._send(b"D", keys.encode(errors="replace"))
                case ["resize", {"width": int(columns), "height": int(lines)}]:
                    size = {"width": _bounded(columns), "height": _bounded(lines)}
                    self._resized = json.dumps({"type": "resize", **size}).encode()
                    await self._send(b"M", self._resized)
                case ["focus" | "blur" as kind]:
                    await self._send(b"M", json.dumps({"type": kind}).encode())
                case ["ping", str(sent)]:
                    return json.dumps(["pong", sent])
        except (ValueError, RecursionError):
            pass
        return ""

    async def _send(self, kind: bytes, data: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        with contextlib.suppress(OSError):  # it has just ended: so will the page
            stdin.write(kind + len(data).to_bytes(4, "big") + data)
            await stdin.drain()

    async def show(self, browser: Browser) -> str:
        """Have the browser show what the dashboard paints, until that ends; returns what went wrong, in its own words.

        Raises:
            OSError: the browser is gone.
        """
        async for kind, data in self._packets():
            if kind == b"D":
                await browser.send_bytes(_ISOLATES.sub(b"", data))
                await self._keep_size(data)
            elif kind == b"M" and (link := _link_asked_for(data)):
                await browser.send_str(json.dumps(["open_url", {"url": link, "new_tab": True}]))
        return await self._last_words()

    async def _packets(self) -> AsyncGenerator[tuple[bytes, bytes]]:
        """What the dashboard sends, until it ends: the letter of each packet and what is in it."""
        output = self._process.stdout
        assert output is not None
        with contextlib.suppress(asyncio.IncompleteReadError):
            await output.readuntil(_FIRST_LINE)
            while True:
                head = await output.readexactly(5)
                yield head[:1], await output.readexactly(int.from_bytes(head[1:], "big"))

    async def _keep_size(self, painted: bytes) -> None:
        """Tell of a new size again once it paints: while the dashboard began, its first size may have overtaken it."""
        if self._resized and len(painted) > _LONGEST_COMMAND:
            packet, self._resized = self._resized, b""
            await self._send(b"M", packet)

    async def _last_words(self) -> str:
        """What one said that has failed."""
        if not await self._process.wait():
            return ""
        self._said.seek(0)
        lines = self._said.read(_LAST_WORDS).decode(errors="replace").splitlines()
        return "\n".join(map(clean_line, lines)).strip() or f"its exit code was {self._process.returncode}"

    async def end(self) -> None:
        """End the process: in good order if it can, at once if it hangs."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ENDING):
                    await self._drain()
                    await self._process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._said.close()
        await self._drain()
        await self._process.wait()

    async def _drain(self) -> None:
        """Take what it still paints, lest it wait for that for ever."""
        assert self._process.stdout is not None
        while await self._process.stdout.read(65536):
            pass


def _bounded(cells: int) -> int:
    return max(1, min(cells, _MOST_CELLS))


def _link_asked_for(data: bytes) -> str:
    """The link that the dashboard wants opened; empty where it wants something else."""
    match json.loads(data):
        case {"type": "open_url", "url": str(link)}:
            return safe_link(link)
    return ""
