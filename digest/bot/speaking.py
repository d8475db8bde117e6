"""Sends answers at the pace that Telegram asks for, by the account that the outbox keeps: together they keep it."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from digest.channels.base import Failure, SendError
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from digest.bot.replies import Reply
    from digest.channels.telegram_talk import Place, TalkingBot
    from digest.engine.companions import Surroundings

_T = TypeVar("_T")

_PATIENCE: Final = timedelta(seconds=90)
"""Who asked has gone by then: an answer that Telegram does not take for so long is let go."""
_SHORTEST: Final = 0.05  # seconds between two looks
_LOOK: Final = 1.0  # seconds; while a message is on its way, nobody knows when the next may go
_AGAIN: Final = 1.0  # seconds until one that did not leave, or may not have, is tried again
_LOST: Final = 1
"""So many lost answers of Telegram are borne: to hear something twice is better than not at all, but not for ever."""

_log = logging.getLogger(__name__)


class Speaker:
    """The bot's voice."""

    def __init__(self, bot: TalkingBot, around: Surroundings) -> None:
        self._bot = bot
        self._sends = around.store.sends
        self._thread = around.thread

    async def say(self, place: Place, reply: Reply, key: str, *, quote: bool = False) -> None:
        """Answer where it was asked; one that cannot be sent is logged and let go.

        Args:
            place: where it was asked.
            reply: the answer.
            key: how the pace names that chat.
            quote: hang it on the message that was written or pressed.
        """
        try:
            await self._send(place, reply, key, quote=quote)
        except SendError as error:
            _log.warning("an answer in chat %d was not sent: %s", place.chat.id, error)

    async def say_to(self, user: int, place: Place, reply: Reply) -> bool:
        """Answer someone in private what was asked at a place; false if the bot may not write to them."""
        try:
            await self._send(place, reply, str(user), chat=user)
        except SendError as error:
            if error.is_refusal:
                return False
            _log.warning("an answer to %d was not sent: %s", user, error)
        return True

    async def edit(self, place: Place, reply: Reply, key: str) -> None:
        """Let an answer take the place of the message that was pressed, or be its own where that cannot be."""
        parts = reply.parts()
        try:
            await self._paced(key, lambda: self._bot.edit(place, parts[0], keyboard=reply.keyboard))
        except SendError as error:
            if error.is_refusal:
                await self.say(place, reply, key)
            else:
                _log.warning("an answer in chat %d was not sent: %s", place.chat.id, error)

    async def _send(
        self, place: Place, reply: Reply, key: str, *, quote: bool = False, chat: int | None = None
    ) -> None:
        parts = reply.parts()
        for number, part in enumerate(parts):
            keyboard = reply.keyboard if number == len(parts) - 1 else ()
            send = partial(self._bot.reply, place, part, keyboard=keyboard, quote=quote and number == 0, chat=chat)
            await self._paced(key, send)

    async def _paced(self, key: str, send: Callable[[], Awaitable[_T]]) -> _T:
        """Send when it may go; what Telegram did not take, or perhaps did not, is tried again for a while.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """
        give_up = _now() + _PATIENCE
        lost = 0
        while True:
            turn, silence = await self._turn(key, give_up), None
            try:
                return await send()
            except SendError as error:
                lost, silence = lost + (error.failure is Failure.UNKNOWN), error.silence
                unheard = turn is None and silence is not None  # nothing would keep it
                if unheard or lost > _LOST or not await _may_retry(error) or _now() > give_up:
                    raise
            finally:
                await self._end(turn, silence)

    async def _turn(self, key: str, give_up: datetime) -> int | None:
        """Wait until a message may go, and take its turn; ``None``: the store fails, which keeps no answer back.

        Raises:
            SendError: that would take too long.
        """
        while True:
            try:
                turn = await self._thread.call(self._sends.take, key, now := _now())
            except StoreError as error:
                _log.warning("an answer takes no turn: %s", error)
                return None
            if isinstance(turn, int):
                return turn
            if turn > give_up:
                raise SendError(Failure.NOT_SENT, "Telegram asks for a longer silence than an answer is worth")
            await asyncio.sleep(min(max((turn - now).total_seconds(), _SHORTEST), _LOOK))

    async def _end(self, turn: int | None, silence: timedelta | None) -> None:
        """Its answer came, or will not come; a silence that was asked for is kept, by the outbox, too."""
        if turn is None:
            return
        try:
            await self._thread.call(self._sends.end, turn, _now(), silence)
        except StoreError as error:
            _log.warning("when an answer was sent was not stored: %s", error)


async def _may_retry(error: SendError) -> bool:
    """Whether what failed is to be tried again, after a moment or the silence that was asked for."""
    if error.failure in {Failure.NOT_SENT, Failure.UNKNOWN}:
        await asyncio.sleep(_AGAIN)
        return True
    return error.failure is Failure.RATE_LIMITED


def _now() -> datetime:
    return datetime.now(UTC)
