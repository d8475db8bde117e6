"""The demo's child processes: the real engine and the real dashboard, ended with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from typing import TYPE_CHECKING

from digest.demo.bot_api import TOKEN
from digest.demo.folder import TOKEN_ENV
from digest.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_PATIENCE = 1.4
"""Seconds that the dashboard has to leave the terminal; it takes no more than one by itself."""


@contextlib.asynccontextmanager
async def engine_process(config: Path, hour: float, output: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the engine as its own process, its words going to the file ``output``; kills it when left.

    An hour of it lasts ``hour`` seconds.

    It leads a session of its own, so that Ctrl-C reaches the demo alone, and ends with its standard input, of which the
    demo has the other end. What it holds is thrown away in any case: it is not waited for.
    """
    with output.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "digest.demo.engine_child", os.fspath(config), str(hour)),
            stdin=asyncio.subprocess.PIPE,
            stdout=words,
            stderr=words,
            env=_environment(),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def show_dashboard(config: Path, hour: float) -> int:
    """Run the dashboard in this terminal until the user leaves it; returns its exit code. Hours are as above.

    It ends by itself when its parent is gone.
    """
    command = (sys.executable, "-P", "-m", "digest.demo.dashboard_child", os.fspath(config), str(hour))
    process = await asyncio.create_subprocess_exec(*command, env=_environment())
    try:
        return await process.wait()
    finally:
        await _end(process)


def check_running(process: asyncio.subprocess.Process, output: Path) -> None:
    """See that the engine still runs.

    Raises:
        EngineError: it ended; with the last thing it said.
    """
    if process.returncode is None:
        return
    said = output.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    raise EngineError(f"the engine ended by itself (exit code {process.returncode}): {said[-1] if said else 'no word'}")


def _environment() -> dict[str, str]:
    return {**os.environ, TOKEN_ENV: TOKEN}


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask the child to end, and make it end where it does not."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(_PATIENCE):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
