"""Asks the language model, beside all else, what digests wait for: a digest is stored first, and waits a little.

::

    digest owed ─▶ which wait for it? ─▶ put to choice ─▶ asked ─▶ stored with the digest ─ ring ─▶ outbox drain
                     (rows: see store.digests)              └ no answer: as it is without

What goes wrong here is no digest's fault: it goes as it is without a model, after two minutes at the latest.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.delivery.queue import MODEL_WAIT
from digest.errors import StoreError
from digest.stories.picking import answers_for, case_of
from digest.values.messages import DeliveryState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.engine.ground.threads import StoreThread
    from digest.net.model import Model
    from digest.store.digests import AskedDigest
    from digest.store.store import Store
    from digest.stories.picking import Case
    from digest.values.messages import Delivery, DigestLine, Tells
    from digest.values.settings import ChannelSpec

_STORING: Final = timedelta(seconds=5)
"""Of the time that a digest waits, what is left for storing the answers."""

_log = logging.getLogger(__name__)


class Picks:
    """Asks for one digest after the other.

    Args:
        model: is asked, as of now; ``None``: there is none.
        store: says which digests wait, and keeps the answers.
        thread: the store's thread.
        channels: those of the config of now.
        stored: called after each digest whose answers were stored.
    """

    def __init__(
        self,
        model: Callable[[], Model | None],
        store: Store,
        thread: StoreThread,
        channels: Callable[[], Sequence[ChannelSpec]],
        stored: Callable[[], None],
    ) -> None:
        self._model = model
        self._store = store
        self._thread = thread
        self._channels = channels
        self._stored = stored
        self._asking = asyncio.Lock()
        self._given_up: set[int] = set()  # their answers could not be stored, by a fault of ours

    async def is_wanted(self) -> bool:
        """Whether there is anything to ask and somebody to be asked, and nobody asks."""
        return self._model() is not None and not self._asking.locked() and bool(await self._next())

    async def see_through(self) -> None:
        """Ask for every digest that waits for it, as long as these do.

        Raises:
            StoreError: the store failed.
        """
        async with self._asking:
            while (model := self._model()) is not None and (waiting := await self._next()):
                await self._see_to(*waiting[0], model)

    async def _next(self) -> list[tuple[Delivery, ChannelSpec]]:
        """The digests that wait, each with its channel."""
        found = await self._thread.call(lambda: self._store.digests.asking(datetime.now(UTC)))
        known = {channel.name: channel for channel in self._channels()}
        return [(one, known[one.channel]) for one in found if one.channel in known and one.id not in self._given_up]

    async def _see_to(self, delivery: Delivery, channel: ChannelSpec, model: Model) -> None:
        """Ask for one digest and store the answers; where that fails it goes without."""
        digests = self._store.digests
        answers: Tells = answers_for({}, (), ())
        try:
            asked = await self._thread.call(digests.asked, delivery, channel)
            if (seconds := _seconds_for(delivery, datetime.now(UTC))) > 0:
                answers = await self._answers(asked, seconds, model)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, the digest goes
            _log.exception("the language model could not be asked for delivery %d", delivery.id)
        try:
            await self._thread.call(digests.answer, delivery.id, answers, channel)
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - likewise, when it has waited long enough
            _log.exception("what the language model answered for delivery %d could not be stored", delivery.id)
            self._given_up.add(delivery.id)
        self._stored()

    async def _answers(self, asked: AskedDigest, seconds: float, model: Model) -> Tells:
        """What the model answers within so many seconds."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        lines = {line.entry: line for line in asked.lines}
        cases = await asyncio.to_thread(lambda: {entry: _case(line, asked) for entry, line in lines.items()})
        headlines = [(line.title, line.lang) for line in lines.values()]
        picked = await model.pick_sentences(list(cases.values()), within=until - loop.time())
        translated = await model.translations(headlines, within=until - loop.time())
        return answers_for(cases, picked, translated)


def _seconds_for(delivery: Delivery, now: datetime) -> float:
    """How long may be asked for a digest; nobody waits for one that is held."""
    if delivery.state is DeliveryState.HELD:
        return MODEL_WAIT.total_seconds()
    return (delivery.created + MODEL_WAIT - _STORING - now).total_seconds()


def _case(line: DigestLine, asked: AskedDigest) -> Case:
    return case_of(line, asked.alerts.get(line.entry, ()), asked.articles.get(line.entry, ""))
