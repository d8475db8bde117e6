"""A chat that takes a line at a time, so that short messages have several parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.channels.base import Channel, Outgoing


def lines(part: str, title: str, number: int) -> tuple[str, ...]:
    """The pieces of such a chat."""
    del title, number
    return tuple(part.split("\n"))


@dataclass
class LineByLine:
    """A real channel, with less room."""

    channel: Channel

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """As `Channel.pieces`."""
        return lines(part, title, number)

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`."""
        return await self.channel.send(outgoing)

    async def edit(self, outgoing: Outgoing, message_id: int) -> None:
        """As `Channel.edit`."""
        await self.channel.edit(outgoing, message_id)
