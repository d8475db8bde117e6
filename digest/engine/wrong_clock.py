"""Makes up for a clock that was ahead, once it is right: nothing waits for, or is lost to, a time it alone has shown.

::

    start ─▶ what waits for such a time need not ─▶ (steady for two minutes) ─┐
    clock set back ─▶ the same ───────────────────────────────────────────────┴▶ what was told, muted and judged by it

At a start nobody knows whether it was the clock of before that was ahead, or whether that of now is behind and will be
put right in a moment; so what would be told twice then has to wait. A clock that is set back while we look was ahead.
"""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from digest.feeds.dates import plausible

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.delivery.decide import Decide
    from digest.engine.polling.poll import Tools
    from digest.engine.rules import ActiveRules
    from digest.engine.sending.outbox import OutboxDrain
    from digest.store.store import Store

_SETTLES: Final = 120.0  # seconds after a jump in which something may still be stored with a time of before
_ALERTS_AT_ONCE: Final = 100  # entries in one transaction, so that polls get their turn

_log = logging.getLogger(__name__)


class WrongClock:
    """Looks for what a clock that was ahead has left.

    Args:
        tools: the store, its thread and the rules.
        deciding: what decides, from now on, what becomes of matches.
        drain: delivers what is owed.
    """

    def __init__(self, tools: Tools, deciding: Callable[[], Decide], drain: OutboxDrain) -> None:
        self._tools = tools
        self._store = tools.store
        self._deciding = deciding
        self._drain = drain
        self._settles = time.monotonic() + _SETTLES
        self._settled = False
        self._set_back = False

    def jumped(self, ahead: float) -> None:
        """The clock was set, by so many seconds ahead or (-) back, or the machine slept."""
        self._settles = time.monotonic() + _SETTLES
        self._settled = False
        self._set_back = ahead < 0

    async def make_up(self) -> None:
        """Look once, unless the clock has been steady for long: nothing comes with a time of before any more."""
        if self._settled:
            return
        settled = time.monotonic() >= self._settles
        sure = settled or self._set_back
        feeds, messages = await self._tools.thread.call(self._forget, sure)
        alerts = await self._judge_again() if sure else 0
        if feeds or messages or alerts:
            _log.warning(
                "the clock was wrong before; feeds due again: %d, messages: %d, alerts on what it took for too old: %d",
                feeds,
                messages,
                alerts,
            )
            self._drain.ring()
        self._settled = settled and time.monotonic() >= self._settles  # unless it jumped meanwhile

    def _forget(self, sure: bool) -> tuple[int, int]:  # noqa: FBT001 - called by the thread
        """Let nothing wait for a time that has not come; how many feeds and messages did.

        ``sure``: that it is not the clock of now that is wrong.
        Runs in the store's thread and takes the time there: nothing that the engine stores lies ahead of it.
        """
        now = datetime.now(UTC)
        feeds = self._store.polls.forget_future(now)
        messages = self._store.outbox.forget_future(now)
        self._store.sends.set_right(now)
        self._store.channels.try_again(now)
        if sure:
            self._store.digests.forget_future(now)
            self._store.marks.forget_future(now)
            self._store.changes.forget_future(now)
        return feeds, messages

    async def _judge_again(self) -> int:
        """Alert on what was too old by the wrong clock alone; how many alerts."""
        now = datetime.now(UTC)
        since = now - timedelta(seconds=_SETTLES)  # it may have been judged before the clock was set, and stored after
        found = await asyncio.to_thread(misjudged, self._store, self._tools.rules.active, since, now)
        alerts = 0
        for start in range(0, len(found), _ALERTS_AT_ONCE):
            some, decide = found[start : start + _ALERTS_AT_ONCE], self._deciding()
            alerts += await self._tools.thread.call(self._store.polls.decide_again, some, datetime.now(UTC), decide)
        return alerts


def misjudged(store: Store, active: ActiveRules, since: datetime, now: datetime) -> list[int]:
    """The matches that were judged too old since then, maybe by a clock that was ahead.

    Those of rules that are gone are left out, and so is what is of tomorrow by the time that it is ``now``: by a clock
    that is behind, everything is young.
    """
    return [
        match
        for match, rule, published in store.reads.judged_too_old(since)
        if rule in active.by_id and (published is None or plausible(published, now) is not None)
    ]
