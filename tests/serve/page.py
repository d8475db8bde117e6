"""A page as its visitor sees it: the websocket, and a terminal that shows what came over it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import pyte
import pytest
from aiohttp import WSMsgType

from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from aiohttp import ClientWebSocketResponse, WSMessage

_WIDEST: Final = 500  # columns


class Page:
    """A page that is open.

    Args:
        socket: its websocket.
        columns: how many its terminal has.
        lines: how many its terminal has.
    """

    def __init__(self, socket: ClientWebSocketResponse, columns: int = 120, lines: int = 36) -> None:
        self.socket = socket
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)

    @property
    def text(self) -> str:
        """What its terminal shows; a line that was broken at the edge goes on."""
        cells = (self.screen.buffer[y][x].data for y in range(self.screen.lines) for x in range(self.screen.columns))
        return "".join(cells)

    async def type(self, keys: str) -> None:
        """Press keys."""
        await self.socket.send_json(["stdin", keys])

    async def resize(self, columns: int, lines: int) -> None:
        """Give it another size; the terminal becomes no wider than a dashboard."""
        await self.socket.send_json(["resize", {"width": columns, "height": lines}])
        self.screen.resize(lines, min(columns, _WIDEST))

    async def receive(self) -> WSMessage:
        """Take in what comes next."""
        message = await self.socket.receive(timeout=PATIENCE)
        if message.type is WSMsgType.BINARY:
            self._stream.feed(message.data)
        return message

    async def see(self, words: str) -> None:
        """Take in what comes until its terminal shows these words."""
        try:
            async with asyncio.timeout(PATIENCE):
                while words not in self.text:
                    message = await self.receive()
                    assert message.type is not WSMsgType.CLOSED, self.screen.display
        except TimeoutError:
            pytest.fail(f"{words!r} is not shown:\n" + "\n".join(self.screen.display))
