"""A Bot API server with whims, which keeps the evidence: what it accepted, when, and what became of its answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import REPEAT_LABEL
from tests.fakes.bot_api import BotApi
from tests.fakes.bot_faults import FaultKind
from tests.fakes.limit_judge import LimitJudge
from tests.soak.whims import Whims

if TYPE_CHECKING:
    from aiohttp import web

    from digest.demo.bot_values import AcceptedMessage, Chat
    from tests.fakes.bot_faults import Fault

_WAY: Final = 0.003  # seconds that an answer takes at least


@dataclass
class Telling:
    """A message that was accepted."""

    message: AcceptedMessage
    arrived: float
    """By the monotonic clock."""
    answered: float | None = None
    """When its answer was on its way; ``None``: it got none, by a fault."""

    @property
    def labelled(self) -> bool:
        """Whether it says that it may be a repeat."""
        return self.message.html.startswith(REPEAT_LABEL)

    @property
    def content(self) -> tuple[int, str]:
        """What a repeat has in common with what it repeats."""
        return self.message.chat.id, self.message.html.removeprefix(REPEAT_LABEL)


class WitnessApi(BotApi):
    """The server.

    Args:
        chats: of the channels.
        seed: of the faults.
    """

    def __init__(self, chats: tuple[Chat, ...], seed: int) -> None:
        self.judge = LimitJudge()
        super().__init__(chats, judge=self.judge)
        self.tellings: list[Telling] = []
        self.faults = 0
        self.whimsical = True
        self.arrival = asyncio.Event()
        """A message arrives."""
        self._whims = Whims(seed, slow_seconds=0.5, silence=2)

    def _next_fault(self, chat: Chat) -> Fault | None:
        fault = self._whims.next() if self.whimsical else None
        self.faults += fault is not None
        self.arrival.set()
        return fault

    async def _answer_accepted(
        self, message: AcceptedMessage, fault: Fault | None, request: web.Request
    ) -> web.StreamResponse:
        telling = Telling(message, time.monotonic())
        self.tellings.append(telling)
        await asyncio.sleep(_WAY)
        answer = await super()._answer_accepted(message, fault, request)
        if fault is None or fault.kind is FaultKind.SLOW:
            telling.answered = time.monotonic()
        return answer
