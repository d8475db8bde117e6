"""Named places where a test kills the engine, to prove that nothing owed is lost there.

::

    fetch ● parse ● ─▶ ● commit ● ─▶ claim ● send ● note the part ● ... sent ●

`DIGEST_CRASH_AT=after-answer` in the environment kills the process, as a power cut would, the first time that it gets
there; `after-answer:3` the third time. Without it, or with a name that is none, a place costs one look-up.
"""

from __future__ import annotations

import enum
import os
import signal
from typing import Final

VARIABLE: Final = "DIGEST_CRASH_AT"


class CrashPoint(enum.StrEnum):
    """Where an engine can be made to die, in the order in which news passes."""

    AFTER_FETCH = "after-fetch"
    """A feed has answered; nothing of the answer is read."""
    AFTER_PARSE = "after-parse"
    """Its entries are known to this process alone."""
    BEFORE_COMMIT = "before-commit"
    """What is to be stored, and owed, is handed to the store next."""
    AFTER_COMMIT = "after-commit"
    """Alerts and deliveries are stored; nobody was told of them."""
    AFTER_SENDING = "after-sending"
    """A delivery stands as ``sending``; nothing has left."""
    AFTER_ANSWER = "after-answer"
    """The far side has accepted a part; that is not recorded."""
    AFTER_PART = "after-part"
    """A part stands as accepted, and with the last of them its delivery as ``sent``."""
    AFTER_SENT = "after-sent"
    """All of a delivery is done with."""


def reach(point: CrashPoint) -> None:
    """Die here if a test asks for it."""
    if point in _times_left:
        _count_down(point)


def _count_down(point: CrashPoint) -> None:
    _times_left[point] -= 1
    if _times_left[point] <= 0:
        os.kill(os.getpid(), signal.SIGKILL)


def _asked_for(wish: str) -> dict[CrashPoint, int]:
    """The place that a test has named, and how often it must be reached."""
    name, _, times = wish.partition(":")
    return {point: int(times) if times.isdecimal() else 1 for point in CrashPoint if point == name}


_times_left: Final = _asked_for(os.environ.get(VARIABLE, ""))
