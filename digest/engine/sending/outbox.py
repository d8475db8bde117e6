"""Delivers the outbox: one task per chat, so that a chat that fails delays no other."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from digest.clock import Awake
from digest.delivery.retries import Patience
from digest.engine.ground.watchdog import Keeper
from digest.engine.sending.chat import ChatDrain, ChatTools, DeliveryPolicy, at_once
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from digest.channels.base import Channel
    from digest.engine.ground.threads import StoreThread
    from digest.engine.sending.chat import Coming
    from digest.store.store import Store
    from digest.values.settings import ChannelSpec
    from digest.values.states import ChannelState

__all__ = ["DeliveryPolicy", "OutboxDrain"]

_log = logging.getLogger(__name__)

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
        owe_digests: composes the digests that are due; runs in the store's thread.
        now: the time.
        keeper: begins the delivering to a chat anew that gives no sign of life.
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
        owe_digests: Callable[[datetime], object] = lambda _: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        keeper: Keeper | None = None,
    ) -> None:
        self._keeper = keeper or Keeper()
        self.use(channels, off, policy)
        self._chats: dict[str, ChatDrain] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._begin: Callable[[ChatDrain], None] = lambda _: None
        self._awake = Awake()
        self.serves: Callable[[str], bool] = lambda _: True
        """Whether a chat is this one's to send to; asked in the store's thread."""
        self.alive: Callable[[], Awaitable[None]] = at_once
        """See `ChatTools.alive`."""
        self._tools = ChatTools(
            store=store,
            thread=thread,
            policy=lambda: self._policy,
            open_channel=open_channel,
            moved=self._move,
            owe_digests=owe_digests,
            now=now,
            patience=self._patience,
            serves=lambda chat: self.serves(chat),  # noqa: PLW0108 - that of then
            alive=lambda: self.alive(),  # noqa: PLW0108
        )

    @property
    def awake(self) -> Awake:
        """When an engine was at work, with every break that was noticed."""
        return self._awake

    @property
    def chats(self) -> set[str]:
        """Those to which channels lead."""
        return {name for name, chat in self._chats.items() if chat.channels}

    def use(self, channels: Sequence[ChannelSpec], off: Mapping[str, str], policy: DeliveryPolicy) -> None:
        """Deliver so from `prepare` or `fit` on; arguments as above."""
        self._channels = {channel.name: channel for channel in channels}
        self._off, self._policy = off, policy

    async def fit(self) -> None:
        """Make the stored channels those of another config while messages go.

        What is in hand for a channel that leads elsewhere now, or nowhere, ends where it began; the rest of it waits
        with all else for its new place, or for its return.

        Raises:
            StoreError: the store failed.
        """
        for chat in await self._tools.thread.call(self._lead):
            self._chats[chat.chat] = chat
            self._begin(chat)
        self.ring()

    async def prepare(self) -> None:
        """Make the stored channels those of the config, and treat what a crash left behind as lost answers.

        Once, after the engine's lock is held and before anything else is delivered.

        Raises:
            StoreError: the store failed.
        """
        states, self._awake = await self._tools.thread.call(self._take_stock)
        self._chats.clear()
        for name in self._channels:
            if states[name].in_service:
                self._serve(states[name].chat, name)

    def gather(self, coming: Coming) -> None:
        """Much is coming in at once: let alerts that are not urgent wait for each other, until it is let go."""
        self._tools.coming.append(coming)
        self.ring()

    def let_go(self, coming: Coming) -> None:
        """All of it is there."""
        self._tools.coming.remove(coming)
        self.ring()

    def ring(self) -> None:
        """New deliveries were committed."""
        for chat in self._chats.values():
            chat.ring()

    async def woke(self, ahead: timedelta) -> None:
        """The machine slept, or the clock jumped so far: time that passed so was not spent on trying to send."""
        now, store = self._tools.now(), self._tools.store
        self._awake = self._awake.after_break(now - max(ahead, _NONE), now)
        try:
            known = await self._tools.thread.call(store.engine.awake)  # without what a wrong clock had noted
            self._awake = known.after_break(now - max(ahead, _NONE), now)
            await self._keep_pace(ahead, now)
            await self._tools.thread.call(store.channels.try_again, now)
        except StoreError as error:  # this engine knows all the same
            _log.warning("that the machine slept was not stored: %s", error)
        self.ring()

    async def _keep_pace(self, ahead: timedelta, now: datetime) -> None:
        """What chats were sent was sent as long ago as before the clock jumped."""
        if ahead < _NONE:
            await self._tools.thread.call(self._tools.store.let_go, now)
        else:
            await self._tools.thread.call(self._tools.store.sends.set_forward, ahead, now)

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until ``stop`` is set, then finish the messages in hand, within a few seconds.

        A fault of our own in one chat's delivering ends that of all, and is raised; run again, it begins with what
        they had in hand.
        """
        await self._tools.thread.call(self.recover)
        stopped = asyncio.create_task(stop.wait())
        self._begin = self._keep
        for chat in tuple(self._chats.values()):
            self._keep(chat)
        try:
            while not stopped.done():
                done, _ = await asyncio.wait({stopped, *self._running}, return_when=asyncio.FIRST_COMPLETED, timeout=1)
                for task in done:
                    task.result()  # none ends by itself; one that fails is a bug, and must be seen
            await self._finish(self._running)
        finally:
            tasks, self._running = {stopped, *self._running}, set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_once(self) -> None:
        """Deliver what can go now and return; what the limits delay stays queued.

        Raises:
            StoreError: the store failed; the other chats have delivered what they could.
        """
        self._begin = lambda _: None
        done: set[str] = set()
        failed: list[BaseException] = []
        while new := [chat for name, chat in self._chats.items() if name not in done]:  # a group may move meanwhile
            done |= {chat.chat for chat in new}
            ends = await asyncio.gather(*(chat.run_once() for chat in new), return_exceptions=True)
            failed += [end for end in ends if end is not None]
        if failed:
            raise failed[0]

    # --- chats ---------------------------------------------------------------------------------------------------

    def _serve(self, chat: str, channel: str) -> None:
        """Deliver to a chat, too, for a channel that leads there."""
        known = self._chats.get(chat) or ChatDrain(chat, self._tools)
        known.channels = {**known.channels, channel: self._channels[channel]}
        if chat not in self._chats:
            self._chats[chat] = known
            self._begin(known)

    def _move(self, channel: str, chat: str) -> None:
        """A channel leads to another chat from now on; what it led to before has nothing of it any more."""
        if channel not in self._channels:  # it left the config while its last message went
            return
        for known in self._chats.values():
            known.channels = {name: spec for name, spec in known.channels.items() if name != channel}
        self._serve(chat, channel)
        self._chats[chat].ring()

    def _keep(self, chat: ChatDrain) -> None:
        """Begin to deliver to a chat, and go on."""
        what = f"delivering to {chat.name}"
        keeping = self._keeper.keep(what, partial(self._deliver_to, chat))
        self._running.add(asyncio.create_task(keeping, name=what))

    async def _deliver_to(self, chat: ChatDrain) -> None:
        """Deliver to one chat; begun anew, what it had in hand is a lost answer."""
        await chat.begin(self.recover)
        await chat.run()

    async def _finish(self, running: Collection[asyncio.Task[None]]) -> None:
        """Wait a little for the messages in hand."""
        for chat in self._chats.values():
            chat.finish()
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

    # --- in the store's thread -----------------------------------------------------------------------------------

    def _take_stock(self) -> tuple[dict[str, ChannelState], Awake]:
        """What the store knows of each channel, once it knows of all of them, and when an engine was at work."""
        store, now = self._tools.store, self._tools.now()
        self.recover()
        states = self._sync()  # after it: why nothing is sent matters most
        return states, store.engine.awake() or Awake(((now, now),))

    def _sync(self) -> dict[str, ChannelState]:
        """Make the stored channels those of the config; what the store knows of each."""
        store = self._tools.store
        store.channels.sync(list(self._channels.values()), self._off, self._tools.now())
        return {state.name: state for state in store.channels.all()}

    def _lead(self) -> list[ChatDrain]:
        """Let every channel lead where it does now: what the store says and what is taken by it change as one.

        Returns the chats to which none led before. One to which none leads any more is kept: it may end what it has in
        hand, and be led to again.
        """
        states = self._sync()
        led: dict[str, dict[str, ChannelSpec]] = {}
        for name, spec in self._channels.items():
            if states[name].in_service:
                led.setdefault(states[name].chat, {})[name] = spec
        for chat in self._chats.values():
            chat.channels = led.pop(chat.chat, {})
        new = [ChatDrain(chat, self._tools) for chat in led]
        for each in new:
            each.channels = led[each.chat]
        return new

    def recover(self, chat: str | None = None) -> None:
        """Treat what was being sent when delivering ended without order as lost answers, which may have arrived now."""
        hold = self._policy.retry.hold_unknown
        self._tools.store.outbox.recover(self._tools.now(), hold=hold, chat=chat)

    def _patience(self) -> Patience:
        return Patience(self._policy.give_up, self._awake)
