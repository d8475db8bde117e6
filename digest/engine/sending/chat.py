"""Delivers what one channel is owed.

::

    arrange ─▶ due? ─▶ pace ─▶ claim ─▶ send a part ─▶ note its id ─▶ next part ... ─▶ sent
                    (committed)   │          (committed)
                                  └ failed ─▶ settle: queued again, unknown, or dead

Nothing is sent that is not committed as ``sending`` first, so a crash can repeat a message, and says so, but never
lose one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar, assert_never

from digest.channels.base import ADMIN_WRITES, Failure, Outgoing, SendError
from digest.delivery.limits import retry_wait
from digest.delivery.media.buttons import alert_buttons
from digest.engine.ground.crash_points import CrashPoint, reach
from digest.engine.ground.watchdog import beat
from digest.engine.sending.arranging import Arranger
from digest.errors import StoreError, UsageError
from digest.values.messages import DeliveryKind, DeliveryState
from digest.values.news import Severity
from digest.values.settings import is_admin_chat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.channels.base import Channel
    from digest.engine.ground.threads import StoreThread
    from digest.engine.sending.pace import Pace
    from digest.store.store import Store
    from digest.values.messages import Delivery
    from digest.values.settings import ChannelSpec
    from digest.values.states import ChannelState

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(seconds=2)
_PASSES: Final = timedelta(seconds=0.1)
"""As long another channel has to take its turn."""
"""Other processes owe messages too (``digest outbox retry``), and ring no bell here."""
PATIENCE: Final = timedelta(seconds=1.5)
"""How long ``run --once`` waits for a message whose turn comes; what would take longer stays queued."""
_SETTLE_IN: Final = timedelta(minutes=10)
_TRIES: Final = 3
"""As often a message is tried at least before it is given up: one that waited for long may meet a 429 at its first."""
_SLEEPS_KNOWN: Final = 100
_STEPS_ASIDE: Final = timedelta(seconds=5)
"""As long the other messages of a channel have when one fails again and again."""
_OFF_FOR: Final = timedelta(minutes=1)
"""Until a channel whose token was refused is tried again."""
_LONGEST_REST: Final = 30.0  # seconds; a clock that is set back may not put a channel to sleep
_STORE_AGAIN: Final = 1.0  # seconds until a store that failed is asked again


Absence = tuple[datetime, datetime]
"""From when to when no engine worked, or the machine slept."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What the user wants for messages that do not get through."""

    hold_unknown: bool
    """``on_unknown = "hold"``: a lost answer stays unknown; else it is sent again, labelled."""
    give_up: timedelta
    buttons: bool = False
    """Whether the bot has admins, who may press buttons."""
    flood: int = 20
    """More alerts than that owed to one channel at once become one message."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What every channel's drain works with."""

    store: Store
    thread: StoreThread
    policy: DeliveryPolicy
    pace: Pace
    open_channel: Callable[[ChannelSpec, str], Channel]
    """Makes the channel of a spec that writes to a chat."""
    switch: Callable[[str, str], None]
    """Records that a channel is off, and why, or with no reason that it is in service again; runs in the store's
    thread."""
    owe_digests: Callable[[datetime], object] | None = None
    """Composes the digests that are due; runs in the store's thread."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class ChannelDrain:
    """Delivers to one channel, one message after the other."""

    def __init__(self, spec: ChannelSpec, state: ChannelState, tools: Tools, absences: Sequence[Absence] = ()) -> None:
        self.name = spec.name
        self._spec = spec
        self._tools = tools
        self._outbox = tools.store.outbox
        self._arranger = Arranger(spec, tools.store, tools.policy.flood, tools.owe_digests)
        self._chat = state.chat
        self._channel = tools.open_channel(spec, state.chat)
        self._resume_at: datetime | None = None  # after a failure
        self._refused_at: datetime | None = None  # by an admin's chat: until they write to the bot
        self._failures = 0
        self._off = False
        self._finishing = False
        self._hurried = False
        self._gathering = False
        self._awake_since = tools.now()
        self._asleep = list(absences)
        self._bell = asyncio.Event()

    def ring(self) -> None:
        """There may be something new to deliver."""
        self._bell.set()

    def gather(self, *, gathering: bool) -> None:
        """While much is coming in at once, let alerts that are not urgent wait until all of it is there."""
        self._gathering = gathering
        self._bell.set()

    def woke(self, asleep: timedelta) -> None:
        """The engine was away, the machine slept, or the clock jumped: no such time was spent on trying to send.

        Nor is a failure of before waited for any longer, by whichever clock that was reckoned.
        """
        self._awake_since = self._tools.now()
        self._asleep = [*self._asleep, (self._awake_since - asleep, self._awake_since)][-_SLEEPS_KNOWN:]
        self._resume_at = None
        self._bell.set()

    def finish(self) -> None:
        """End after the part in hand."""
        self._finishing = True
        self._bell.set()

    async def run(self) -> None:
        """Deliver until told to finish."""
        while not self._finishing:
            next_look = await self._step()
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
        await self._see_whether_the_admin_wrote()
        now = self._tools.now()
        due = await self._store(self._arranger.next_due, now, gathering=self._gathering, hurried=self._hurried)
        if due is None:
            return None
        ready = max(due, self._free_at(now))
        if ready > now:
            return ready
        delivery = await self._claim(now)
        if delivery is None:  # it is no longer due, or lets another channel of the same chat pass
            return now + _PASSES
        reach(CrashPoint.AFTER_SENDING)
        try:
            await self._deliver(delivery)
        except UsageError as error:  # another process changed the delivery in hand: it has its state already
            _log.warning("delivery to %s: %s", self.name, error)
        return now

    def _free_at(self, now: datetime) -> datetime:
        """When the limits, and what the far side asked for, let the next message go."""
        return max(self._resume_at or now, self._tools.pace.next(self._chat, now))

    async def _claim(self, now: datetime) -> Delivery | None:
        """Take the next message; the chat is taken, too, until it is sent, and the send counted before it is made."""
        sends = self._tools.pace.begin(self._chat, now)
        try:
            take = partial(
                self._arranger.take, pieces=self._channel.pieces, gathering=self._gathering, hurried=self._hurried
            )
            delivery = await self._store(take, now, (self._chat, sends))
        except BaseException:
            self._tools.pace.forgo(self._chat)
            raise
        if delivery is None:
            self._tools.pace.forgo(self._chat)
        return delivery

    async def _deliver(self, delivery: Delivery) -> None:
        """Send the parts that are still owed, and record each as soon as it is accepted."""
        first = len(delivery.message_ids)
        try:
            for number in range(first, len(delivery.parts)):
                if number > first and (why := await self._why_wait(delivery)):
                    now = self._tools.now()
                    await self._store(self._outbox.requeue, delivery.id, now, why, now)
                    return
                message_id = await self._send(self._outgoing(delivery, number))
                reach(CrashPoint.AFTER_ANSWER)
                now = self._tools.now()
                sends = (self._chat, self._tools.pace.end(self._chat, now))
                if self._off:
                    self._off = False
                    await self._store(self._tools.switch, self.name, "")
                wanted = await self._store(self._outbox.part_sent, delivery.id, message_id, now, sends)
                reach(CrashPoint.AFTER_PART)
                if not wanted:
                    _log.info("delivery %d to %s was dropped: its other parts stay here", delivery.id, self.name)
                    return
        except SendError as error:
            # Stored, too: it may have arrived long after it was begun, and whoever starts next must know.
            counting = self._tools.pace.end(self._chat, self._tools.now())
            await self._store(self._tools.store.pace.note, self._chat, counting)
            await self._settle(delivery, error)
        else:
            self._failures = 0
            self._resume_at = self._refused_at = None
            if first >= len(delivery.parts):  # all of it had arrived before
                await self._store(self._outbox.sent, delivery.id, self._tools.now())
            reach(CrashPoint.AFTER_SENT)

    def _outgoing(self, delivery: Delivery, number: int) -> Outgoing:
        """One part, as it leaves: buttons stand under the last, the label of a repeat over the first that is sent.

        Where a user asked for it again all of it may be there, so every part says so.
        """
        alert = delivery.kind is DeliveryKind.ALERT and number == len(delivery.parts) - 1
        again = number == len(delivery.message_ids) or delivery.retried is not None
        return Outgoing(
            part=delivery.parts[number],
            silent=delivery.severity is Severity.LOW,
            maybe_repeat=delivery.maybe_repeat and again,
            buttons=alert_buttons(delivery.id) if alert and self._tools.policy.buttons else (),
            title=delivery.title,
            severity=delivery.severity,
            delivery=delivery.id,
            number=number,
        )

    async def _why_wait(self, delivery: Delivery) -> str:
        """Wait until the next part may go, and take the chat for it; why not, if that is not to be waited for."""
        free = False
        while not free:
            if not await self._turn_comes():
                return "the rest of its parts has to wait"
            now = self._tools.now()
            if await self._store(self._outbox.is_overtaken, delivery, now, gathering=self._gathering):
                return "the rest of its parts lets something more urgent pass"
            free = self._free_at(now) <= now  # another channel of the same chat may have taken the turn meanwhile
        sends = self._tools.pace.begin(self._chat, self._tools.now())
        try:
            await self._store(self._tools.store.pace.note, self._chat, sends)
        except BaseException:
            self._tools.pace.forgo(self._chat)
            raise
        return ""

    async def _turn_comes(self) -> bool:
        """Wait until the next part may go; false if that is not to be waited for."""
        while (ready := self._free_at(now := self._tools.now())) > now:
            if self._finishing or (self._hurried and ready > now + PATIENCE):
                return False
            await self._rest(ready)
        return True

    async def _send(self, outgoing: Outgoing) -> int:
        try:
            return await self._channel.send(outgoing)
        except SendError:
            raise
        except asyncio.CancelledError:  # stopped, or begun anew: the chat must not stay taken
            self._tools.pace.end(self._chat, self._tools.now())
            raise
        except Exception:  # noqa: BLE001 - whatever it is, this message may have been delivered and others wait
            _log.exception("delivery %d to %s failed in an unforeseen way", outgoing.delivery, self.name)
            raise SendError(Failure.UNKNOWN, "an error of Digest's own, see its log") from None

    # --- what a failure leads to ---------------------------------------------------------------------------------

    async def _settle(self, delivery: Delivery, error: SendError) -> None:
        """Leave the delivery in the state that the failure calls for, and the channel ready for the next try."""
        now = self._tools.now()
        reason = self._reason(error)
        _log.warning("delivery %d to %s: %s", delivery.id, self.name, reason)
        # First, so that a silence that was asked for is kept even if the engine ends before the next line.
        silence = error.retry_after or LOOK_AGAIN if error.failure is Failure.RATE_LIMITED else None
        if silence is not None:
            self._tools.pace.pause(self._chat, now + silence)
            await self._store(self._tools.store.pace.pause, self._chat, now + silence)
        await self._store(self._tools.store.channels.note_error, self.name, reason, now)
        match error.failure:
            case Failure.REFUSED if is_admin_chat(self.name):
                self._resume_at, self._refused_at = now + self._back_off(), now
                await self._try_again(delivery, error, now)
            case Failure.REFUSED:
                await self._store(self._outbox.dead, delivery.id, reason, now)
            case Failure.MIGRATED:  # the channel first: the delivery may have been dropped meanwhile
                await self._move_to(error.chat)
                # A move is followed at once; chats that lead to each other, or to ever more, are any failure.
                pause = self._back_off()
                self._resume_at = None if self._failures == 1 else now + pause
                await self._try_again(delivery, error, now)
            case Failure.WRONG_TOKEN:  # or a server that does not know it just now: that is asked again now and then
                self._off, self._resume_at = True, now + _OFF_FOR
                await self._store(self._tools.switch, self.name, reason)
                await self._store(self._outbox.requeue, delivery.id, now, reason, now)
            case Failure.RATE_LIMITED | Failure.NOT_SENT | Failure.UNKNOWN | Failure.UPDATES_TAKEN:
                self._resume_at = now + (silence or self._back_off())
                await self._try_again(delivery, error, now)
            case _:
                assert_never(error.failure)
        found = await self._store(self._outbox.get, delivery.id)
        if found.retried != delivery.retried and found.state in {DeliveryState.DEAD, DeliveryState.UNKNOWN}:
            await self._store(self._outbox.retry, delivery.id, now)  # as the user was promised while it was being sent

    def _reason(self, error: SendError) -> str:
        """What happened, and what mends it."""
        refused = error.failure is Failure.REFUSED and is_admin_chat(self.name)
        return f"{error}: {ADMIN_WRITES}" if refused else str(error)

    async def _see_whether_the_admin_wrote(self) -> None:
        """A private chat takes messages from when its person writes to the bot: then there is nothing to wait for."""
        if self._refused_at is None:
            return
        wrote: bool = await self._store(self._tools.store.bot_chats.heard_since, self._chat, self._refused_at)
        if wrote:
            self._resume_at = self._refused_at = None

    def _back_off(self) -> timedelta:
        """How long to wait after one more failure in a row."""
        self._failures += 1
        return retry_wait(self._failures, random.random())  # noqa: S311 - spreads retries, guards nothing

    async def _try_again(self, delivery: Delivery, error: SendError, now: datetime) -> None:
        """Owe it still, when the channel goes on; unless it has been tried for long enough, or the user decides.

        One whose answer was lost again lets the others of its channel go first: it may be the message itself.
        """
        reason, not_before = self._reason(error), self._resume_at or now
        if self._refused_at is not None:  # that may be over at any time
            not_before = now
        lost = error.failure is Failure.UNKNOWN
        hold = lost and self._tools.policy.hold_unknown
        others = await self._store(self._outbox.waiting, self.name)
        if lost and delivery.attempts > 1 and others:
            not_before += _STEPS_ASIDE
        if not hold and self._is_to_be_given_up(delivery, now):
            give_up = partial(self._outbox.dead, lost=lost)
            await self._store(give_up, delivery.id, f"given up: {reason}", now)
        elif lost:
            await self._store(self._outbox.unknown, delivery.id, reason, now, hold=hold, not_before=not_before)
        else:
            await self._store(self._outbox.requeue, delivery.id, not_before, reason, now)

    def _is_to_be_given_up(self, delivery: Delivery, now: datetime) -> bool:
        """Whether it was tried for as long as the user wants.

        Not at the first failures, its own or those after a start or a sleep: the network may not be there yet. Who
        runs the engine once now and then has no such while.
        """
        give_up, since = self._tools.policy.give_up, delivery.wanted_since
        absences = () if self._hurried else self._asleep
        asleep = sum((end - max(begin, since) for begin, end in absences if end > since), timedelta(0))
        awake = self._hurried or now - self._awake_since >= min(give_up, _SETTLE_IN)
        return now - since - asleep >= give_up and awake and delivery.attempts >= _TRIES

    async def _move_to(self, chat: str) -> None:
        """Write to the chat's new id from now on."""
        await self._store(self._tools.store.channels.migrate_chat, self.name, chat)
        self._chat = chat
        self._channel = self._tools.open_channel(self._spec, chat)

    # --- waiting -------------------------------------------------------------------------------------------------

    async def _rest(self, until: datetime) -> None:
        """Sleep until a time, or until rung."""
        beat()
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
        said = ""
        while True:
            try:
                return await self._tools.thread.call(function, *args, **kwargs)
            except StoreError as error:
                if self._finishing or self._hurried:
                    raise
                if str(error) != said:  # once, not every second
                    said = str(error)
                    _log.warning("deliveries to %s wait for the store: %s", self.name, error)
                await asyncio.sleep(_STORE_AGAIN)
