"""When each chat may be written to next: one account for all that one bot sends, whoever sends it.

A message counts from the moment it is about to leave until its answer came, for nobody knows when in between it
arrived; until then its chat is taken. After that it counts from the answer on, so the far side never sees two messages
closer together than the limits say.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.delivery.limits import OVERALL, after_set_back, next_slot, shares_overall, still_counting, windows_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from digest.delivery.limits import Window
    from digest.store.pace import ChatPace


_ANY: Final = timedelta(days=365)
_ON_ITS_WAY: Final = timedelta(seconds=3)
"""A message whose answer takes longer than that hardly waits to arrive: chats that hang must not stop all others."""


_ASLEEP: Final = timedelta(minutes=10)
"""After a longer jump forward the machine slept, most likely."""


@dataclass(slots=True)
class Pace:
    """When each chat was last written to; shared by all channels of one bot.

    Args:
        windows: the limits of a chat.
    """

    windows: Callable[[str], tuple[Window, ...]] = windows_for
    _sent: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    _paused: dict[str, datetime] = field(default_factory=dict)
    _taken: dict[str, int] = field(default_factory=dict)

    def remember(self, known: Mapping[str, ChatPace]) -> None:
        """Take over what the store knows of every chat."""
        self._sent = {chat: pace.sends for chat, pace in known.items()}
        self._paused = {chat: pace.paused_until for chat, pace in known.items() if pace.paused_until is not None}
        self._taken.clear()

    def begin(self, chat: str, now: datetime) -> tuple[datetime, ...]:
        """A message goes to ``chat`` now, whatever becomes of it; all that counts there, it included."""
        self._taken[chat] = self._taken.get(chat, 0) + 1
        self._sent[chat] = (*still_counting(self._sent.get(chat, ()), now), now)
        return self._sent[chat]

    def end(self, chat: str, now: datetime) -> tuple[datetime, ...]:
        """Its answer came, or will not come; all that counts in ``chat``."""
        self._release(chat)
        self._sent[chat] = (*self._sent.get(chat, ())[:-1], now)
        return self._sent[chat]

    def forgo(self, chat: str) -> None:
        """No message went after all."""
        self._release(chat)
        self._sent[chat] = self._sent.get(chat, ())[:-1]

    def pause(self, chat: str, until: datetime) -> None:
        """A chat asked for silence."""
        self._paused[chat] = until

    def set_back(self, now: datetime) -> None:
        """The clock was set back, to ``now``: what was counted must not hold up a chat until the old time comes."""
        for chat, sends in self._sent.items():
            self._sent[chat], paused = after_set_back(sends, self._paused.get(chat), now)
            if paused is not None:
                self._paused[chat] = paused

    def set_forward(self, by: timedelta, now: datetime) -> None:
        """The clock was set forward to ``now``, or the machine slept: what was sent may have been sent just now.

        After a long sleep nothing counts any more, either way.
        """
        by = min(by, _ASLEEP)
        for chat, sends in self._sent.items():
            self._sent[chat] = tuple(min(sent + by, now) for sent in sends)  # some may have gone since it was set

    def next(self, chat: str, now: datetime) -> datetime:
        """When the next message to ``chat`` may go; while one is on its way, a moment after ``now``.

        What is none of Telegram's, as a file, neither waits for other chats nor makes them wait.
        """
        paused = self._paused.get(chat, now)
        of_chat = self._counting(chat, now, now - _ANY)
        ready = max(paused, next_slot(of_chat, now, self.windows(chat)))
        if not shares_overall(chat) or not self.windows(chat):
            return ready
        of_all = [
            sent for each in self._sent if shares_overall(each) for sent in self._counting(each, now, now - _ON_ITS_WAY)
        ]
        return max(ready, next_slot(of_all, now, OVERALL))

    def _counting(self, chat: str, now: datetime, begun: datetime) -> tuple[datetime, ...]:
        """What counts in a chat; of what is on its way, that which was begun since may arrive only now."""
        sends, taken = self._sent.get(chat, ()), self._taken.get(chat, 0)
        done = len(sends) - taken
        return (*sends[:done], *(now if sent > begun else sent for sent in sends[done:]))

    def _release(self, chat: str) -> None:
        left = self._taken.get(chat, 0) - 1
        if left > 0:
            self._taken[chat] = left
        else:
            self._taken.pop(chat, None)
