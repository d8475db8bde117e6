"""A judge of how fast a bot writes, by the limits that Telegram publishes for bots.

It shares no code with what it judges, takes the time as an argument, and knows no mercy: a message counts when it
arrives, whatever answer it gets.

::

    one chat            1 message a second, no bursts
    one group, channel  20 messages a minute
    all chats           30 messages a second
    after a 429         silence in that chat for as long as it asked
"""

from __future__ import annotations

import enum
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

_SECOND: Final = timedelta(seconds=1)
_MINUTE: Final = timedelta(minutes=1)


class Limit(enum.StrEnum):
    """What can be broken."""

    CHAT = "more than one message a second to a chat"
    GROUP = "more than twenty messages a minute to a group or channel"
    OVERALL = "more than thirty messages a second in all"
    SILENCE = "a message during the silence that a 429 asked for"


@dataclass(frozen=True, slots=True)
class Violation:
    """A limit that was broken: by which message, by how much too early it came, and what it came too early after."""

    limit: Limit
    chat: int
    at: datetime
    early: timedelta
    after: datetime

    def __str__(self) -> str:
        return f"{self.chat}: {self.limit}: at {self.at}, {self.early} too early after {self.after}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that arrived."""

    at: datetime
    chat: int
    note: str


class LimitJudge:
    """Keeps what arrived, and every limit that was broken."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        """In order."""
        self.violations: list[Violation] = []
        self._chats: defaultdict[int, deque[datetime]] = defaultdict(lambda: deque(maxlen=20))
        self._all: deque[datetime] = deque(maxlen=30)
        self._silences: dict[int, tuple[datetime, timedelta]] = {}

    def hear(self, chat: int, at: datetime, note: str = "", *, private: bool) -> None:
        """A message arrives."""
        recent = self._chats[chat]
        if recent:
            self._judge(Limit.CHAT, chat, at, recent[-1], _SECOND)
        if not private and len(recent) == recent.maxlen:
            self._judge(Limit.GROUP, chat, at, recent[0], _MINUTE)
        if len(self._all) == self._all.maxlen:
            self._judge(Limit.OVERALL, chat, at, self._all[0], _SECOND)
        if chat in self._silences:
            self._judge(Limit.SILENCE, chat, at, *self._silences[chat])
        recent.append(at)
        self._all.append(at)
        self.arrivals.append(Arrival(at, chat, note))

    def silence(self, chat: int, at: datetime, wait: timedelta) -> None:
        """The chat answers 429, and asks for silence."""
        self._silences[chat] = at, wait

    def unheard(self, since: datetime) -> int:
        """Whoever was asked for silence since then has died before it could know; how many chats had asked."""
        lost = [chat for chat, (at, _) in self._silences.items() if at >= since]
        for chat in lost:
            del self._silences[chat]
        return len(lost)

    def _judge(self, limit: Limit, chat: int, at: datetime, after: datetime, wait: timedelta) -> None:
        if at < after + wait:
            self.violations.append(Violation(limit, chat, at, after + wait - at, after))
