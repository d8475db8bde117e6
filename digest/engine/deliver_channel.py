"""Delivers what one channel is owed.

::

    due? ─▶ pace ─▶ claim ─▶ send a part ─▶ note its id ─▶ next part ... ─▶ sent
                    (committed)   │          (committed)
                                  └ failed ─▶ settle: queued again, unknown, or dead

Nothing is sent that is not committed as ``sending`` first, so a crash can repeat a message, and says so, but never
lose one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from digest.channels.base import Failure, SendError
from digest.delivery.limits import OVERALL, next_slot, retry_wait, still_counting, windows_for
from digest.delivery.markup import label_repeat
from digest.errors import StoreError, UsageError
from digest.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.channels.base import Channel
    from digest.delivery.limits import Window
    from digest.engine.store_thread import StoreThread
    from digest.model import ChannelSpec, ChannelState, Delivery
    from digest.store.store import Store

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(seconds=2)
"""Other processes owe messages too (``digest outbox retry``), and ring no bell here."""
PATIENCE: Final = timedelta(seconds=1.5)
"""How long ``run --once`` waits for a message whose turn comes; what would take longer stays queued."""
_LONGEST_REST: Final = 30.0  # seconds; a clock that is set back may not put a channel to sleep
_STORE_AGAIN: Final = 1.0  # seconds until a store that failed is asked again


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What the user wants for messages that do not get through."""

    hold_unknown: bool
    """``on_unknown = "hold"``: a lost answer stays unknown; else it is sent again, labelled."""
    give_up: timedelta


@dataclass(slots=True)
class Pace:
    """When each chat was last written to; shared by all channels of one bot."""

    windows: Callable[[str], tuple[Window, ...]] = windows_for
    _sent: dict[str, tuple[datetime, ...]] = field(default_factory=dict)

    def remember(self, chat: str, sends: tuple[datetime, ...]) -> None:
        """Count what was sent before, as the store knows it."""
        self._sent[chat] = (*self._sent.get(chat, ()), *sends)

    def note(self, chat: str, now: datetime) -> None:
        """A message goes now, whatever becomes of it."""
        self._sent[chat] = (*still_counting(self._sent.get(chat, ()), now), now)

    def next(self, chat: str, now: datetime) -> datetime:
        """When the next message to ``chat`` may go."""
        of_all = [sent for sends in self._sent.values() for sent in sends]
        of_chat = self._sent.get(chat, ())
        return max(next_slot(of_chat, now, self.windows(chat)), next_slot(of_all, now, OVERALL))


@dataclass(frozen=True, slots=True)
class Tools:
    """What every channel's drain works with."""

    store: Store
    thread: StoreThread
    policy: DeliveryPolicy
    pace: Pace
    open_channel: Callable[[ChannelSpec, str], Channel]
    """Makes the channel of a spec that writes to a chat."""
    switch_off: Callable[[str, str], None]
    """Records that a channel is off, and why; runs in the store's thread."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class ChannelDrain:
    """Delivers to one channel, one message after the other."""

    def __init__(self, spec: ChannelSpec, state: ChannelState, tools: Tools) -> None:
        self.name = spec.name
        self._spec = spec
        self._tools = tools
        self._outbox = tools.store.outbox
        self._chat = state.chat
        self._channel = tools.open_channel(spec, state.chat)
        self._quiet_until = state.paused_until
        self._failures = 0
        self._off = False
        self._finishing = False
        self._hurried = False
        self._bell = asyncio.Event()
        tools.pace.remember(state.chat, state.recent_sends)

    def ring(self) -> None:
        """There may be something new to deliver."""
        self._bell.set()

    def finish(self) -> None:
        """End after the part in hand."""
        self._finishing = True
        self._bell.set()

    async def run(self) -> None:
        """Deliver until told to finish, or until the channel turns out to be off."""
        while not (self._finishing or self._off):
            try:
                next_look = await self._step()
            except UsageError as error:  # another process changed the delivery in hand: it has its state already
                _log.warning("delivery to %s: %s", self.name, error)
                continue
            now = self._tools.now()
            await self._rest(min(next_look or now + LOOK_AGAIN, now + LOOK_AGAIN))

    async def run_once(self) -> None:
        """Deliver what can go now, waiting for no more than the short gaps between messages."""
        self._hurried = True
        while not (self._finishing or self._off):
            next_look = await self._step()
            if next_look is None or next_look > self._tools.now() + PATIENCE:
                return
            await self._rest(next_look)

    # --- one message -----------------------------------------------------------------------------------------------

    async def _step(self) -> datetime | None:
        """Deliver the next message if one may go; when to look again, ``None`` if nothing is owed."""
        now = self._tools.now()
        due = await self._store(self._outbox.next_due, self.name)
        if due is None:
            return None
        ready = max(due, self._free_at(now))
        if ready > now:
            return ready
        delivery = await self._store(self._outbox.claim, self.name, now)
        if delivery is not None:
            await self._deliver(delivery)
        return now

    def _free_at(self, now: datetime) -> datetime:
        """When the limits, and what the far side asked for, let the next message go."""
        return max(self._quiet_until or now, self._tools.pace.next(self._chat, now))

    async def _deliver(self, delivery: Delivery) -> None:
        """Send the parts that are still owed, and record each as soon as it is accepted."""
        label = delivery.maybe_repeat
        try:
            for part in delivery.parts[len(delivery.message_ids) :]:
                if not await self._turn_comes():
                    now = self._tools.now()
                    await self._store(self._outbox.requeue, delivery.id, now, "the rest of its parts has to wait", now)
                    return
                message_id = await self._send(label_repeat(part) if label else part, delivery)
                label = False
                await self._store(self._outbox.part_sent, delivery.id, message_id, self._tools.now())
        except SendError as error:
            await self._settle(delivery, error)
        else:
            self._failures = 0
            self._quiet_until = None
            await self._store(self._outbox.sent, delivery.id, self._tools.now())

    async def _turn_comes(self) -> bool:
        """Wait until the next part may go; false if that is not to be waited for."""
        while (ready := self._free_at(now := self._tools.now())) > now:
            if self._finishing or (self._hurried and ready > now + PATIENCE):
                return False
            await self._rest(ready)
        return True

    async def _send(self, part: str, delivery: Delivery) -> int:
        self._tools.pace.note(self._chat, self._tools.now())
        try:
            return await self._channel.send(part, silent=delivery.severity is Severity.LOW)
        except SendError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, this message may have been delivered and others wait
            _log.exception("delivery %d to %s failed in an unforeseen way", delivery.id, self.name)
            raise SendError(Failure.UNKNOWN, "an error of Digest's own, see its log") from None

    # --- what a failure leads to ---------------------------------------------------------------------------------

    async def _settle(self, delivery: Delivery, error: SendError) -> None:
        """Leave the delivery in the state that the failure calls for, and the channel ready for the next try."""
        now = self._tools.now()
        reason = str(error)
        _log.warning("delivery %d to %s: %s", delivery.id, self.name, reason)
        asked_for = now + (error.retry_after or LOOK_AGAIN) if error.failure is Failure.RATE_LIMITED else None
        # First, so that a pause that was asked for is kept even if the engine ends before the next line.
        await self._store(self._tools.store.channels.note_error, self.name, reason, now, pause_until=asked_for)
        match error.failure:
            case Failure.REFUSED:
                await self._store(self._outbox.dead, delivery.id, reason, now)
            case Failure.MIGRATED:
                await self._store(self._outbox.requeue, delivery.id, now, reason, now)
                await self._move_to(error.chat)
            case Failure.WRONG_TOKEN:
                self._off = True
                await self._store(self._outbox.requeue, delivery.id, now, reason, now)
                await self._store(self._tools.switch_off, self.name, reason)
            case Failure.RATE_LIMITED | Failure.NOT_SENT | Failure.UNKNOWN:
                self._quiet_until = asked_for or now + self._back_off()
                await self._try_again(delivery, error, self._quiet_until, now)

    def _back_off(self) -> timedelta:
        """How long to wait after one more failure in a row."""
        self._failures += 1
        return retry_wait(self._failures, random.random())  # noqa: S311 - spreads retries, guards nothing

    async def _try_again(self, delivery: Delivery, error: SendError, not_before: datetime, now: datetime) -> None:
        """Owe it still, not before a time; unless it has been tried for long enough, or the user decides."""
        reason = str(error)
        lost = error.failure is Failure.UNKNOWN
        hold = lost and self._tools.policy.hold_unknown
        if not hold and now - (delivery.retried or delivery.created) >= self._tools.policy.give_up:
            give_up = partial(self._outbox.dead, lost=lost)
            await self._store(give_up, delivery.id, f"given up: {reason}", now)
        elif lost:
            await self._store(self._outbox.unknown, delivery.id, reason, now, hold=hold, not_before=not_before)
        else:
            await self._store(self._outbox.requeue, delivery.id, not_before, reason, now)

    async def _move_to(self, chat: str) -> None:
        """Write to the chat's new id from now on."""
        await self._store(self._tools.store.channels.migrate_chat, self.name, chat)
        self._chat = chat
        self._channel = self._tools.open_channel(self._spec, chat)

    # --- waiting -------------------------------------------------------------------------------------------------

    async def _rest(self, until: datetime) -> None:
        """Sleep until a time, or until rung."""
        seconds = min((until - self._tools.now()).total_seconds(), _LONGEST_REST)
        if seconds <= 0:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return
        if not self._finishing:
            self._bell.clear()

    async def _store(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """A call to the store, asked again while the store fails: what Telegram has accepted must be recorded.

        Raises:
            StoreError: it fails and there is no time left, because the engine stops.
        """
        while True:
            try:
                return await self._tools.thread.call(function, *args, **kwargs)
            except StoreError as error:
                if self._finishing or self._hurried:
                    raise
                _log.warning("deliveries to %s wait for the store: %s", self.name, error)
                await asyncio.sleep(_STORE_AGAIN)
