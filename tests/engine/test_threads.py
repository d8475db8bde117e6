"""Nobody waits for threads that cannot be interrupted."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from digest.engine.ground.threads import DaemonThreads

_STUCK = """
import asyncio, threading
from digest.engine.ground.threads import DaemonThreads

async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(DaemonThreads())
    begun = asyncio.Event()
    def stuck():
        loop.call_soon_threadsafe(begun.set)
        threading.Event().wait()
    waiting = asyncio.create_task(asyncio.to_thread(stuck))
    await begun.wait()
    waiting.cancel()

asyncio.run(main())
print("ended")
"""


def test_a_call_that_never_ends_keeps_no_process() -> None:
    """The loop closes and the process ends while such a call goes on, as a look-up at a dead name server does."""
    ended = subprocess.run([sys.executable, "-c", _STUCK], capture_output=True, text=True, timeout=20, check=True)
    assert ended.stdout == "ended\n"


async def test_results_and_errors_come_back() -> None:
    """As from any executor."""
    asyncio.get_running_loop().set_default_executor(DaemonThreads())
    assert await asyncio.gather(*(asyncio.to_thread(pow, 2, number) for number in range(50)))
    with pytest.raises(ZeroDivisionError):
        await asyncio.to_thread(divmod, 1, 0)
