"""A WebSub hub on loopback that speaks the real protocol, with manners as good or bad as a test wants them."""

from __future__ import annotations

import asyncio
import hmac
import socket
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from types import TracebackType


@dataclass
class Held:
    """A subscription as the hub has it."""

    topic: str
    secret: str
    lease: str


@dataclass
class Hub:
    """Takes subscriptions, asks back, and pushes; an async context manager."""

    lease: str | None = None
    """What it grants, whatever was asked for."""
    verifies: int = 1
    """How often it asks back."""
    denies: str | None = None
    """Its reason to refuse, which it tells later, as hubs do."""
    status: int = 202
    """What it answers."""
    hops: int = 0
    """How often it redirects before it listens."""
    lies: bool = False
    """It asks back for another topic than it was asked for."""
    held: dict[str, Held] = field(default_factory=dict)
    """By callback."""
    asked: list[dict[str, str]] = field(default_factory=list)
    """The forms that came."""
    answers: list[int] = field(default_factory=list)
    """What subscribers said when it asked back."""
    url: str = ""

    async def __aenter__(self) -> Self:
        self._tasks: set[asyncio.Task[None]] = set()
        self._session = await aiohttp.ClientSession().__aenter__()
        application = web.Application()
        application.router.add_post("/{hop}", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/0"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()
        await self._runner.cleanup()

    @property
    def modes(self) -> list[str]:
        """What it was asked for, in order."""
        return [form["hub.mode"] for form in self.asked]

    async def _take(self, request: web.Request) -> web.Response:
        hop = int(request.match_info["hop"])
        if hop < self.hops:
            return web.Response(status=307, headers={"Location": f"/{hop + 1}"})
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.asked.append(form)
        if self.status < 300:
            task = asyncio.create_task(self._ask_back(form))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return web.Response(status=self.status, text="whatever it says")

    async def _ask_back(self, form: dict[str, str]) -> None:
        callback = form["hub.callback"]
        if self.denies is not None:
            said = {"hub.mode": "denied", "hub.topic": form["hub.topic"], "hub.reason": self.denies}
            self.answers.append((await self.get(callback, said))[0])
            return
        for number in range(self.verifies):
            lease = self.lease or form.get("hub.lease_seconds", "")
            said = {
                "hub.mode": form["hub.mode"],
                "hub.topic": form["hub.topic"] + "x" * self.lies,
                "hub.challenge": f"challenge {number}",
                "hub.lease_seconds": lease,
            }
            status, text = await self.get(callback, said)
            self.answers.append(status)
            if status == 200 and text == f"challenge {number}":
                if form["hub.mode"] == "subscribe":
                    self.held[callback] = Held(form["hub.topic"], form["hub.secret"], lease)
                else:
                    self.held.pop(callback, None)

    async def get(self, callback: str, said: dict[str, str]) -> tuple[int, str]:
        """Ask a subscriber something; what it answers."""
        async with self._session.get(callback, params=said) as answer:
            return answer.status, await answer.text()

    async def publish(self, body: bytes = b"<feed/>", *, algorithm: str = "sha256", secret: str = "") -> list[int]:
        """Push a body to all subscribers, signed with their secret or this one; what they answer."""
        statuses = []
        for callback, held in list(self.held.items()):
            digest = hmac.new((secret or held.secret).encode(), body, algorithm).hexdigest()
            statuses.append(await self.push(callback, body, {"X-Hub-Signature": f"{algorithm}={digest}"}))
        return statuses

    async def push(self, callback: str, body: bytes, headers: dict[str, str]) -> int:
        """Push a body to one address; what it answers."""
        async with self._session.post(callback, data=body, headers=headers) as answer:
            return answer.status


def free_port() -> int:
    """A port of loopback that nobody listens at."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
