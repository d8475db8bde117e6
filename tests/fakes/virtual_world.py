"""A whole process in virtual time: the clocks of Python, and servers that answer inside it.

The event loop jumps over every wait, and its time passes besides as the process computes: what takes ten seconds of
CPU makes everything else ten seconds late, as on a machine that has a core for it, whatever else runs there.
Connections lead nowhere but to a function: what is written to one is a request, and gets its answer. All above,
aiohttp included, is the real thing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

import time_machine

from tests.fakes.virtual_time import VirtualTimeLoop, _Jumping

if TYPE_CHECKING:
    import selectors
    import socket
    from collections.abc import Callable, Iterator

_WAY: Final = 0.2  # seconds of virtual time until an answer is there
_LOOK: Final = 0.05  # seconds of real time that a process is waited for


class _Passing(_Jumping):
    """Time passes with the CPU that the process takes, and jumps where it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.busy: Callable[[], bool] = lambda: False
        """Whether another process works for this one: it is waited for."""
        self.uncounted = 0.0
        """Seconds of CPU that were no work of the world inside."""
        self.moved: Callable[[float], object] = lambda _: None
        self._cpu = time.process_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; if nothing is, the time moves on by ``timeout``."""
        cpu = time.process_time() - self.uncounted
        passed, self._cpu = cpu - self._cpu, cpu
        ready = super().select(0)
        if not ready and (timeout is None or timeout > 0):
            if timeout is None or self.busy():
                ready = super(_Jumping, self).select(_LOOK)
            else:
                passed += timeout
        self.move(passed)
        return ready

    def move(self, seconds: float) -> None:
        """Let so much time pass."""
        if seconds > 0:
            self.time += seconds
            self.moved(seconds)


class _Wire(asyncio.Transport):
    """One connection to the server inside."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol, answer: Callable[[bytes], bytes]
    ) -> None:
        super().__init__()
        self._loop = loop
        self._protocol = protocol
        self._answer = answer
        self._asked = b""
        self._closing = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """A part of a request; the end of its head is its end."""
        self._asked += bytes(data)
        if self._asked.endswith(b"\r\n\r\n"):
            request, self._asked = self._asked, b""
            self._loop.call_later(_WAY, self._say, self._answer(request))

    def _say(self, answer: bytes) -> None:
        if not self._closing:
            self._protocol.data_received(answer)

    def is_closing(self) -> bool:
        """Whether nothing more comes."""
        return self._closing

    def close(self) -> None:
        """Nothing more comes."""
        if not self._closing:
            self._closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Who reads from now on."""
        assert isinstance(protocol, asyncio.Protocol)
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who reads."""
        return self._protocol

    def pause_reading(self) -> None:
        """An answer comes whole, whoever pauses."""

    def resume_reading(self) -> None:
        """Likewise."""


class VirtualWorld(VirtualTimeLoop):
    """The loop.

    Args:
        begins: the time at its beginning.
        answer: the server: an answer for each request, both as bytes. What it computes takes no time of the world.
    """

    def __init__(self, begins: datetime, answer: Callable[[bytes], bytes]) -> None:
        self._begins = begins
        self._passing = _Passing()
        self._answer_request = answer
        super().__init__(self._passing)

    def now(self) -> datetime:
        """The time of the world inside."""
        return self._begins + timedelta(seconds=self._passing.time)

    @property
    def computed(self) -> float:
        """Seconds of CPU that the world inside has taken."""
        return time.process_time() - self._passing.uncounted

    def wait_while(self, busy: Callable[[], bool]) -> None:
        """Let no time be skipped while other processes work for this one."""
        self._passing.busy = busy

    def skip(self, seconds: float) -> None:
        """Let so much time pass at once: whatever was to happen meanwhile is late, and happens once."""
        self._passing.move(seconds)

    @contextlib.contextmanager
    def out_of_time(self) -> Iterator[None]:
        """What is computed here takes no time of the world inside."""
        began = time.thread_time()
        try:
            yield
        finally:
            self._passing.uncounted += time.thread_time() - began

    @contextlib.contextmanager
    def clocks(self) -> Iterator[None]:
        """Let all clocks of Python show the time of the world inside."""
        with time_machine.travel(self._begins, tick=False) as clock:
            self._passing.moved = clock.shift
            with mock.patch("time.monotonic", self.time):
                yield
            self._passing.moved = lambda _: None

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        """Every address is the server inside."""

    async def create_connection(self, protocol_factory: Any, *args: Any, sock: Any = None, **rest: Any) -> Any:
        """A connection to the server inside; nothing goes through the socket."""
        del args, rest
        if sock is not None:
            sock.close()
        protocol = protocol_factory()
        wire = _Wire(self, protocol, self._served)
        protocol.connection_made(wire)
        return wire, protocol

    def _served(self, request: bytes) -> bytes:
        with self.out_of_time():
            return self._answer_request(request)


def days_ago(days: int) -> datetime:
    """A beginning, so long ago that nothing that happens in such a world lies in the future of other processes."""
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
