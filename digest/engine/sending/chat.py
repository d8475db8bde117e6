"""Delivers what waits for one chat, whichever channels lead there.

::

    plan ─▶ due? ─▶ its turn? ─▶ take (write, count) ─▶ send a part ─▶ note its id ─▶ take the next ...
    └──────── one transaction, committed ────────┘           │            (committed)
                                                             └ failed ─▶ queued again, unknown, or dead

    no message is due ─▶ take the next edit ─▶ send it ─▶ note what the message reads now

Nothing is sent that is not committed as ``sending`` first, so a crash can repeat a message, and says so, but never
lose one.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from digest.channels.base import ADMIN_WRITES, Failure, Outgoing, SendError
from digest.delivery.limits import quiet_until
from digest.delivery.media.buttons import alert_buttons
from digest.delivery.queue import SETTLES, ChannelNow, Situation
from digest.delivery.retries import Failed, Patience, RetryPolicy
from digest.engine.ground.crash_points import CrashPoint, reach
from digest.engine.ground.watchdog import beat
from digest.errors import StoreError, UsageError
from digest.store.edits import LETS_PASS, TakenEdit
from digest.values.messages import Delivery, DeliveryKind
from digest.values.news import Severity
from digest.values.settings import is_admin_chat, is_for_programs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from digest.channels.base import Channel
    from digest.engine.ground.threads import StoreThread
    from digest.store.store import Store
    from digest.values.settings import ChannelSpec

_P = ParamSpec("_P")
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

LOOK_AGAIN: Final = timedelta(seconds=2)
"""Other processes owe messages too (``digest outbox retry``), and ring no bell here."""
_LOOKS: Final = 15
"""After so many, all that waits is planned anew, though only the time has changed: it may have to be given up."""
PATIENCE: Final = timedelta(seconds=1.5)
"""How long ``run --once`` waits for a message whose turn comes; what would take longer stays queued."""
_LONGEST_REST: Final = 30.0  # seconds; a clock that is set back may not put a chat to sleep
_STORE_AGAIN: Final = 1.0  # seconds until a store that failed is asked again


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """What the user wants for messages that do not get through."""

    give_up: timedelta
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    buttons: bool = False
    """Whether the bot has admins, who may press buttons."""
    flood: int = 20
    """More alerts than that owed to one channel at once become one message."""


@dataclass(frozen=True, slots=True, eq=False)
class Coming:
    """Much that is coming in at once, and until when it is waited for at most."""

    alerts: datetime
    """Alerts wait for each other until then ..."""
    flood: datetime
    """... and if they are a flood, until then."""


async def at_once() -> None:
    """Of what need not be waited for."""


@dataclass(frozen=True, slots=True)
class ChatTools:
    """What all chats are delivered to with."""

    store: Store
    thread: StoreThread
    policy: Callable[[], DeliveryPolicy]
    """That of now."""
    open_channel: Callable[[ChannelSpec, str], Channel]
    """Makes the channel of a spec that writes to a chat."""
    moved: Callable[[str, str], None]
    """A channel, by name, leads to another chat from now on."""
    owe_digests: Callable[[datetime], object]
    """Composes the digests that are due; runs in the store's thread."""
    now: Callable[[], datetime]
    patience: Callable[[], Patience]
    """How long it is tried to deliver a message."""
    serves: Callable[[str], bool] = lambda _: True
    """Whether a chat is this one's to send to."""
    alive: Callable[[], Awaitable[None]] = at_once
    """Waited for before anything leaves: by then whoever takes over from the dead had not taken over from this one."""
    coming: list[Coming] = field(default_factory=list)


class ChatDrain:
    """Delivers to one chat, one message after the other.

    Args:
        chat: called as in ``ChannelState.chat``.
        tools: what it works with.
    """

    def __init__(self, chat: str, tools: ChatTools) -> None:
        self.chat = chat
        self.channels: Mapping[str, ChannelSpec] = {}
        """Those that lead there, by name."""
        self._tools = tools
        self._outbox = tools.store.outbox
        self._opened: dict[str, tuple[ChannelSpec, Channel]] = {}
        self._planned: Situation | None = None
        self._finishing = False
        self._once = False
        self._in_doubt = False
        self._bell = asyncio.Event()

    @property
    def name(self) -> str:
        """What it goes by, for the log and the user: its channels."""
        return ", ".join(self.channels)

    def ring(self) -> None:
        """There may be something new to deliver."""
        self._bell.set()

    def finish(self) -> None:
        """End after the part in hand."""
        self._finishing = True
        self._bell.set()

    async def begin(self, recover: Callable[[str], None]) -> None:
        """Have what was in hand before treated as lost answers, by its chat, however long the store is away.

        Raises:
            StoreError: the engine stops before that.
        """
        await self._store(recover, self.chat)

    async def run(self) -> None:
        """Deliver until told to finish."""
        while not self._finishing:
            next_look = await self._step()
            now = self._tools.now()
            await self._rest(min(next_look or now + LOOK_AGAIN, now + LOOK_AGAIN))

    async def run_once(self) -> None:
        """Deliver what can go now, waiting for no more than the short gaps between messages."""
        self._once = True
        while not self._finishing:
            next_look = await self._step()
            if next_look is None or next_look > self._tools.now() + PATIENCE:
                return
            await self._rest(next_look)

    # --- one part of one message -----------------------------------------------------------------------------------

    async def _step(self) -> datetime | None:
        """Send the next part that may go, or else make the next edit; when to look again, ``None``: nothing waits."""
        taken = await self._store(self._take)
        await self._tools.alive()
        if isinstance(taken, TakenEdit):
            await self._edit(taken)
            return self._tools.now()
        if not isinstance(taken, Delivery):
            return taken
        reach(CrashPoint.AFTER_SENDING)
        try:
            await self._deliver(taken)
        except UsageError as error:  # another process changed the delivery in hand: it has its state already
            _log.warning("delivery to %s: %s", taken.channel, error)
        return self._tools.now()

    def _take(self) -> Delivery | TakenEdit | datetime | None:
        """Take the next message, or an edit where none is due; runs in the store's thread.

        Digests that are due come first: one that goes out as quiet hours end takes the place of the catch-up. Where the
        store failed before, as a server does that goes away at the commit, something may be taken that is in no hand.
        """
        now = self._tools.now()
        if self._in_doubt:
            self._outbox.give_back(self.chat, now)
        self._in_doubt = True
        taken = self._take_next(now) if self._tools.serves(self.chat) else None
        self._in_doubt = False
        return taken

    def _take_next(self, now: datetime) -> Delivery | TakenEdit | datetime | None:
        situation, last = self._situation(now), self._planned
        was_quiet = {name for name, one in last.channels.items() if one.quiet_until} if last else set(self.channels)
        if any(situation.channels[name].quiet_until is None for name in was_quiet & self.channels.keys()):
            self._tools.owe_digests(now)
        taken, self._planned = self._tools.store.queue.take(
            self.chat, situation, self._writer, last, _LOOKS * LOOK_AGAIN
        )
        if isinstance(taken, Delivery) or (taken is not None and taken <= now + LETS_PASS):
            return taken
        edit = self._tools.store.edits.take(self.chat, self._writer, now)
        return edit if isinstance(edit, TakenEdit) else min(filter(None, (taken, edit)), default=None)

    def _situation(self, now: datetime) -> Situation:
        """As far as it is known outside of the store."""
        alerts = (one.alerts for one in self._tools.coming if one.alerts > now)
        floods = (one.flood for one in self._tools.coming if one.flood > now)
        patience = self._tools.patience()
        return Situation(
            now=now,
            patience=Patience(patience.give_up) if self._once else patience,
            channels={name: _channel_now(spec, now) for name, spec in self.channels.items()},
            flood=self._tools.policy().flood,
            gathering_until=max(alerts, default=None),
            flood_until=max(floods, default=None),
            settle=timedelta(0) if self._once else SETTLES,
        )

    def _writer(self, name: str) -> tuple[ChannelSpec, Callable[[str, str, int], tuple[str, ...]]]:
        """A channel, and what cuts a part as its far side takes it."""
        return self.channels[name], self._channel(name).pieces

    def _channel(self, name: str) -> Channel:
        """What writes there; one that leads there no more serves for what is in hand."""
        known = self._opened.get(name)
        spec = self.channels.get(name) or (known[0] if known else None)
        assert spec is not None
        if known is None or known[0] != spec:
            known = self._opened[name] = spec, self._tools.open_channel(spec, self.chat)
        return known[1]

    async def _deliver(self, delivery: Delivery) -> None:
        """Send the next part, and record it as soon as it is accepted."""
        number = len(delivery.message_ids)
        if number >= len(delivery.parts):  # all of it had arrived before
            await self._store(self._outbox.sent, delivery.id, self._tools.now())
            return
        try:
            outgoing = self._outgoing(delivery, number)
            message_id = await self._asked(delivery, self._channel(delivery.channel).send(outgoing))
        except SendError as error:
            await self._settle(delivery, error)
            return
        reach(CrashPoint.AFTER_ANSWER)
        wanted = await self._store(self._outbox.part_sent, delivery.id, message_id, self._tools.now(), number=number)
        reach(CrashPoint.AFTER_PART)
        if not wanted:
            _log.info("delivery %d to %s was dropped: its other parts stay here", delivery.id, delivery.channel)
        elif number + 1 == len(delivery.parts):
            reach(CrashPoint.AFTER_SENT)

    def _outgoing(self, delivery: Delivery, number: int) -> Outgoing:
        """One part, as it leaves; buttons stand under the last."""
        alert = delivery.kind is DeliveryKind.ALERT and number == len(delivery.parts) - 1
        return Outgoing(
            part=delivery.parts[number],
            silent=delivery.severity is Severity.LOW,
            maybe_repeat=delivery.maybe_repeat,
            buttons=alert_buttons(delivery) if alert and self._tools.policy().buttons else (),
            title=delivery.title,
            severity=delivery.severity,
            delivery=delivery.id,
            number=number,
            reply_to=delivery.reply_to if number == 0 else None,
        )

    async def _asked(self, delivery: Delivery, answer: Awaitable[_T]) -> _T:
        """What the far side answers; whatever else goes wrong counts as a lost answer."""
        try:
            return await answer
        except SendError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, this message may have been delivered and others wait
            _log.exception("delivery %d to %s failed in an unforeseen way", delivery.id, delivery.channel)
            raise SendError(Failure.UNKNOWN, "an error of Digest's own, see its log") from None

    async def _settle(self, delivery: Delivery, error: SendError) -> None:
        """Leave the delivery and its channel in the state that the failure calls for."""
        opens_by_writing = error.failure is Failure.CLOSED and is_admin_chat(delivery.channel)
        reason = f"{error}: {ADMIN_WRITES}" if opens_by_writing else str(error)
        _log.warning("delivery %d to %s: %s", delivery.id, delivery.channel, reason)
        if error.failure is Failure.MIGRATED:  # first: the delivery may have been dropped meanwhile
            await self._store(self._tools.store.channels.migrate_chat, delivery.channel, error.chat)
        failed = Failed(error.failure, reason, error.silence or timedelta(0))
        chance = random.random()  # noqa: S311 - spreads retries, guards nothing
        policy, situation = self._tools.policy().retry, self._situation(self._tools.now())
        try:
            queue = self._tools.store.queue
            await self._store(queue.failed, self.chat, delivery.id, failed, situation, policy, chance)
        finally:
            if error.failure is Failure.MIGRATED:
                self._tools.moved(delivery.channel, error.chat)

    # --- an edit -------------------------------------------------------------------------------------------------

    async def _edit(self, edit: TakenEdit) -> None:
        """Let a part of a message that was sent read as it should, and record that as soon as it is accepted."""
        delivery, edits = edit.delivery, self._tools.store.edits
        outgoing = replace(self._outgoing(delivery, edit.number), part=edit.part)
        try:
            await self._asked(delivery, self._channel(delivery.channel).edit(outgoing, edit.message_id))
        except SendError as error:
            if error.failure is Failure.MIGRATED:
                await self._store(self._tools.store.channels.migrate_chat, delivery.channel, error.chat)
            failed = Failed(error.failure, str(error), error.silence or timedelta(0))
            again = await self._store(edits.failed, edit, failed, self._tools.now())
            then = "it is tried again later" if again else "it stays as it was sent"
            _log.warning("an edit of delivery %d to %s: %s; %s", delivery.id, delivery.channel, error, then)
            if error.failure is Failure.MIGRATED:
                self._tools.moved(delivery.channel, error.chat)
            return
        await self._store(edits.edited, edit, self._tools.now())

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
                if self._finishing or self._once:
                    raise
                if str(error) != said:  # once, not every second
                    said = str(error)
                    _log.warning("deliveries to %s wait for the store: %s", self.name, error)
                await asyncio.sleep(_STORE_AGAIN)


def _channel_now(spec: ChannelSpec, now: datetime) -> ChannelNow:
    """What a channel wants at the moment."""
    zone = ZoneInfo(spec.timezone)
    quiet = None if spec.quiet is None else quiet_until(spec.quiet, zone, now)
    return ChannelNow(quiet, zone, spec.severity, joins=not is_for_programs(spec.medium))
