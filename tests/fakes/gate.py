"""A way to a PostgreSQL server on which nothing need get through: a Unix socket of its own between the two."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from pathlib import Path
    from types import TracebackType

_NAME: Final = ".s.PGSQL.5432"
_AT_ONCE: Final = 65_536  # bytes


class Gate:
    """Passes on what either side says; an async context manager.

    Args:
        folder: where clients find it, as they would the server.
        server: the folder of the server's own socket.
    """

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.delay = 0.0
        """Seconds by which each piece comes later."""
        self.open = asyncio.Event()
        """While it is not, nothing gets through, not even that a side is gone; all of it comes later."""
        self.open.set()
        self._server = server
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        self.folder.mkdir()
        listening = await asyncio.start_unix_server(self._pass, self.folder / _NAME)
        self._opened.callback(listening.close)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.set()
        await self._opened.aclose()

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        await self.open.wait()
        try:
            answers, asks = await asyncio.open_unix_connection(self._server / _NAME)
        except OSError:  # no server is there
            writer.close()
            return
        await asyncio.gather(self._pipe(reader, asks), self._pipe(answers, writer))

    async def _pipe(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(_AT_ONCE):
                await self.open.wait()
                await asyncio.sleep(self.delay)
                writer.write(said)
                await writer.drain()
        await self.open.wait()
        writer.close()
