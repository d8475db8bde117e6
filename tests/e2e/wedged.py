"""``digest`` whose event loop hangs for good, and that is patient with that for three seconds only.

It hangs on SIGUSR1, and at each poll of the feed whose number the variable ``HANG_AT_FEED`` names.
"""

from __future__ import annotations

import asyncio
import os
import signal
import time

from digest.cli.main import main
from digest.engine.ground.crash_points import CrashPoint
from digest.engine.ground.watchdog import Watchdog
from digest.engine.polling import poll

_HANGS_AT = f"poll {os.environ.get('HANG_AT_FEED')}"


def _reach(point: CrashPoint) -> None:
    task = asyncio.current_task()
    if point is CrashPoint.AFTER_PARSE and task is not None and task.get_name() == _HANGS_AT:
        time.sleep(3600)


if __name__ == "__main__":
    Watchdog.silent = 3.0
    poll.reach = _reach  # type: ignore[attr-defined]  # it is imported there
    signal.signal(signal.SIGUSR1, lambda _number, _frame: time.sleep(3600))
    main()
