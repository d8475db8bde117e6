"""Delivers the outbox: one task per channel, so that a channel that fails delays no other."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from digest.engine.ground.watchdog import Keeper
from digest.engine.sending.chat import Absence, ChannelDrain, DeliveryPolicy, Tools
from digest.engine.sending.pace import Pace
from digest.errors import StoreError
from digest.values.messages import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from digest.channels.base import Channel
    from digest.engine.ground.threads import StoreThread
    from digest.store.store import Store
    from digest.values.settings import ChannelSpec
    from digest.values.states import ChannelState

__all__ = ["DeliveryPolicy", "OutboxDrain", "Pace"]

_log = logging.getLogger(__name__)

_NOTED: Final = timedelta(minutes=1)
"""Shorter times in which no engine worked make no difference to giving up."""
_NONE: Final = timedelta(0)
_STOP_SECONDS: Final = 3.0
"""For the message in hand when the engine stops; its answer counts as lost after that."""


class OutboxDrain:
    """Delivers what the store owes to the channels that are on.

    Args:
        store: where deliveries are owed.
        thread: the only one that calls the store.
        channels: those of the config.
        off: why a channel is off, by its name; nothing is sent there.
        open_channel: makes the channel of a spec that writes to a chat.
        policy: what to do with messages that do not get through.
        pace: how fast chats may be written to.
        owe_digests: composes the digests that are due; runs in the store's thread.
        now: the time.
        keeper: begins the delivering to a channel anew when its pulse has stopped.
    """

    def __init__(  # noqa: PLR0913 - each is a thing of its own, and named where it is given
        self,
        store: Store,
        thread: StoreThread,
        *,
        channels: Sequence[ChannelSpec],
        off: Mapping[str, str],
        open_channel: Callable[[ChannelSpec, str], Channel],
        policy: DeliveryPolicy,
        pace: Pace | None = None,
        owe_digests: Callable[[datetime], object] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keeper: Keeper | None = None,
    ) -> None:
        self._keeper = keeper or Keeper()
        self._channels = channels
        self._off = dict(off)
        self._drains: list[ChannelDrain] = []
        self._coming = 0
        self._tools = Tools(
            store=store,
            thread=thread,
            policy=policy,
            pace=pace or Pace(),
            open_channel=open_channel,
            switch=self._switch,
            owe_digests=owe_digests,
            now=now,
        )

    async def prepare(self, absence: timedelta = _NONE) -> None:
        """Make the stored channels those of the config, and treat what a crash left behind as lost answers.

        Before, no engine ran for so long. Once, after the engine's lock is held and before anything else is delivered.

        Raises:
            StoreError: the store failed.
        """
        states, absences = await self._tools.thread.call(self._take_stock, absence)
        self._drains = [
            ChannelDrain(channel, states[channel.name], self._tools, absences)
            for channel in self._channels
            if channel.name not in self._off
        ]

    def gather(self, *, gathering: bool) -> None:
        """While much is coming in at once, let alerts that are not urgent wait until all of it is there.

        Until it has been said as often that it is, as that it is coming.
        """
        self._coming += 1 if gathering else -1
        for drain in self._drains:
            drain.gather(gathering=self._coming > 0)

    def ring(self) -> None:
        """New deliveries were committed."""
        for drain in self._drains:
            drain.ring()

    async def woke(self, ahead: timedelta) -> None:
        """The machine slept, or the clock jumped so far: time that passed so was not spent on trying to send."""
        now = self._tools.now()
        if ahead < _NONE:
            self._tools.pace.set_back(now)
        else:
            self._tools.pace.set_forward(ahead, now)
        for drain in self._drains:
            drain.woke(max(ahead, _NONE))

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, then finish the messages in hand, within a few seconds.

        A fault of our own in one channel's delivering ends that of all, and is raised; run again, it begins with what
        they had in hand.
        """
        await self._tools.thread.call(self._recover)
        keep = self._keeper.keep
        running = [
            asyncio.create_task(
                keep(f"delivering to {drain.name}", partial(self._deliver_to, drain)), name=f"deliver to {drain.name}"
            )
            for drain in self._drains
        ]
        stopped = asyncio.create_task(stop.wait())
        try:
            waited_for = {stopped, *running}
            while not stopped.done():
                done, waited_for = await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # none ends by itself; one that fails is a bug, and must be seen
            await self._finish(running)
        finally:
            for task in (stopped, *running):
                task.cancel()
            await asyncio.gather(stopped, *running, return_exceptions=True)

    async def run_once(self) -> None:
        """Deliver what can go now and return; what the limits delay stays queued.

        Raises:
            StoreError: the store failed; the other channels have delivered what they could.
        """
        ends = await asyncio.gather(*(drain.run_once() for drain in self._drains), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _deliver_to(self, drain: ChannelDrain) -> None:
        """Deliver to one channel; begun anew, what it had in hand is a lost answer."""
        await self._tools.thread.call(self._recover, drain.name)
        await drain.run()

    async def _finish(self, running: Sequence[asyncio.Task[None]]) -> None:
        """Wait a little for the messages in hand."""
        for drain in self._drains:
            drain.finish()
        if not running:
            return
        done, late = await asyncio.wait(running, timeout=_STOP_SECONDS)
        for task in done:
            error = task.exception()
            if isinstance(error, StoreError):
                _log.error("%s: %s", task.get_name(), error)
            elif error is not None:
                raise error
        for task in late:
            _log.warning("%s: no answer before the engine stopped", task.get_name())

    def _take_stock(self, absence: timedelta) -> tuple[dict[str, ChannelState], Sequence[Absence]]:
        """What the store knows of each channel, once it knows of all of them, and when no engine worked."""
        store, now = self._tools.store, self._tools.now()
        away = [(now - absence, now)] if absence >= _NOTED else []
        self._recover()
        store.channels.sync(self._channels, self._off, now)  # after it: why nothing is sent matters most
        return {state.name: state for state in store.channels.all()}, store.engine.awake().breaks or away

    def _recover(self, channel: str | None = None) -> None:
        """Treat what was being sent when delivering ended without order as lost answers, which may have arrived now.

        For one channel, whose delivering begins anew while the others go on, how fast chats may be written to is known.
        """
        store, pace, now = self._tools.store, self._tools.pace, self._tools.now()
        if channel is None:
            in_hand = {delivery.channel for delivery in store.outbox.list([DeliveryState.SENDING])}
            pace.remember(store.pace.all())
            for state in store.channels.all():
                if state.name in in_hand:
                    store.pace.note(state.chat, pace.end(state.chat, now))
        store.outbox.recover(now, hold=self._tools.policy.hold_unknown, channel=channel)

    def _switch(self, name: str, off: str) -> None:
        """Put a channel out of service, or back."""
        self._off.pop(name, None)
        if off:
            self._off[name] = off
        self._tools.store.channels.sync(self._channels, self._off, self._tools.now())
