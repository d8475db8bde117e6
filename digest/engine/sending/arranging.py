"""Puts in order what waits for one channel before its next message is taken: all of it runs in the store's thread.

::

    quiet hours over? ─▶ compose the digests that are due ─▶ arrange (hold, release, join) ─▶ next due / take

Digests that are due come first, for one that goes out as the quiet hours end takes the place of the catch-up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.delivery.messages.write import whole
from digest.delivery.queue import arrange, hold_reason
from digest.delivery.quiet import quiet_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.delivery.messages.write import Pieces
    from digest.delivery.queue import Arrangement, Held
    from digest.store.outbox import Sends
    from digest.store.store import Store
    from digest.values.messages import Delivery
    from digest.values.settings import ChannelSpec

SETTLES: Final = timedelta(seconds=3)
"""How long a flood is let come: whatever comes before joins it, and this begins anew ..."""
SETTLED: Final = timedelta(seconds=30)
"""... but it goes after this at the latest."""
_LOOK_AGAIN: Final = timedelta(seconds=2)
"""A mute begins and ends without a message being added."""


class Arranger:
    """Arranges what waits for one channel.

    Args:
        spec: the channel.
        store: where it waits.
        flood: more alerts than that at once become one message; not in a file, which is read at leisure.
        owe_digests: composes the digests that are due.
    """

    def __init__(
        self, spec: ChannelSpec, store: Store, flood: int, owe_digests: Callable[[datetime], object] | None
    ) -> None:
        self._spec = spec
        self._store = store
        self._flood = flood
        self._owe_digests = owe_digests
        self._zone = ZoneInfo(spec.timezone)
        self._arranged: _Look | None = None

    def next_due(self, now: datetime, *, gathering: bool, hurried: bool = False) -> datetime | None:
        """When the next message may go; ``None``: none waits."""
        self._arrange_if_needed(now, gathering=gathering, hurried=hurried)
        return self._store.outbox.next_due(self._spec.name, gathering=gathering)

    def take(
        self, now: datetime, sends: Sends, *, pieces: Pieces = whole, gathering: bool, hurried: bool = False
    ) -> Delivery | None:
        """Take the next message to be sent; nothing that came since `next_due` slips past the arranging."""
        self._arrange_if_needed(now, gathering=gathering, hurried=hurried)
        return self._store.outbox.claim(self._spec, now, sends, pieces=pieces, gathering=gathering, yields=not hurried)

    def _arrange_if_needed(self, now: datetime, *, gathering: bool, hurried: bool) -> None:
        """Arrange if something came, or if hours or a mute may have begun or ended."""
        quiet, last = self._quiet(now), self._arranged
        if self._owe_digests is not None and quiet is None and (last is None or last.quiet_until is not None):
            self._owe_digests(now)
        look = _Look(now, self._store.waiting.newest(), quiet, gathering)
        if last is not None and not last.is_older_than(look):
            return
        flood = None if gathering else self._flood
        decide = partial(arrange, quiet_until=quiet, flood=flood, floor=self._spec.severity, joins=not self._spec.file)
        self._store.waiting.arrange(self._spec.name, decide, _Plan(self._zone, now, hurried=hurried), now)
        self._arranged = replace(look, newest=self._store.waiting.newest())

    def _quiet(self, now: datetime) -> datetime | None:
        """When the channel's quiet hours end; ``None``: it has none now."""
        hours = self._spec.quiet
        return None if hours is None else quiet_until(hours, self._zone, now)


@dataclass(frozen=True, slots=True)
class _Look:
    """When things were arranged last, and what there was."""

    at: datetime
    newest: int
    quiet_until: datetime | None
    gathering: bool

    def is_older_than(self, now: _Look) -> bool:
        """Whether there may be something to arrange by now; a clock that was set back is a reason, too."""
        same = (self.newest, self.quiet_until, self.gathering) == (now.newest, now.quiet_until, now.gathering)
        return not (same and timedelta(0) <= now.at - self.at < _LOOK_AGAIN)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is arranged, in words and times: `digest.store.waiting.Plan`."""

    zone: ZoneInfo
    now: datetime
    hurried: bool

    def reason(self, held: Held) -> str:
        """See `Plan`."""
        return hold_reason(held, self.zone, self.now)

    def not_before(self, arrangement: Arrangement, created: datetime) -> datetime:
        """See `Plan`: a flood is let come first."""
        if arrangement.because is not None or self.hurried:
            return self.now
        return min(created + SETTLED, self.now + SETTLES)
