"""A language model on loopback, which answers, lies and stalls as a test wants it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.raw_server import answer


def chat(words: object) -> bytes:
    """An answer as OpenAI's interface gives it."""
    return answer(200, json.dumps({"choices": [{"message": {"role": "assistant", "content": words}}]}).encode())


@dataclass
class Endpoint:
    """A server that gives its answers one after the other, the last one for ever; it remembers what it was asked."""

    answers: list[bytes]
    asked: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    stalls: bool = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", "0"))) or b"null")
        self.asked.append((first.split(" ")[1], headers, body))
        if self.stalls:
            await asyncio.Event().wait()
        writer.write(self.answers[min(len(self.asked), len(self.answers)) - 1])
        await writer.drain()
