"""The demo's child processes: the real engine and the real dashboard, ended with everything they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

from digest.demo.bot_api import TOKEN
from digest.demo.folder import TOKEN_ENV
from digest.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_PATIENCE = 10.0
"""Seconds that a child has to end by itself."""


@contextlib.asynccontextmanager
async def engine_process(config: Path, output: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the engine as its own process, its words going to the file ``output``; ends it when left.

    It leads a session of its own, so that Ctrl-C reaches the demo alone and what the engine leaves behind is found.
    """
    with output.open("wb") as words:
        process = await asyncio.create_subprocess_exec(
            *_command("run", config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            env=_environment(),
            start_new_session=True,
        )
    try:
        yield process
    finally:
        await _end(process)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


async def show_dashboard(config: Path) -> int:
    """Run the dashboard in this terminal until the user leaves it; returns its exit code."""
    process = await asyncio.create_subprocess_exec(*_command("watch", config), env=_environment())
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


def _command(name: str, config: Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "digest", name, "--config", os.fspath(config))


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
