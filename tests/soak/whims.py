"""Faults by the dice: what Telegram, or the way to it, does to every so many messages."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Final

from tests.fakes.bot_faults import answer_nonsense, close_before, lose_answer, server_error, slow, too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.bot_faults import Fault

_ONE_IN: Final = 50
"""So many messages meet each kind of fault once, on average."""


class Whims:
    """Decides what becomes of each message that arrives.

    Args:
        seed: the same faults in the same order for the same one.
        slow_seconds: how long a slow answer takes at most.
        silence: how many seconds of silence a 429 asks for at most.
    """

    def __init__(self, seed: int | str, *, slow_seconds: float, silence: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - guards nothing
        self._kinds: tuple[Callable[[], Fault], ...] = (
            lambda: too_many_requests(self._dice.randint(1, silence)),
            lose_answer,
            close_before,
            server_error,
            answer_nonsense,
            lambda: slow(self._dice.uniform(0, slow_seconds)),
        )

    def next(self) -> Fault | None:
        """What the next message meets; mostly nothing."""
        number = self._dice.randrange(_ONE_IN)
        return next(itertools.islice(self._kinds, number, None), lambda: None)()
