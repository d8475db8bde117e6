"""An engine that stands still or is gone shows on every dashboard within ten seconds, whatever the clocks say."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from digest.presence import standstill
from tests.e2e.world import Feed, World
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

TEN_SECONDS = 10.0


def a_dashboard(world: World, shift: str) -> Terminal:
    """A dashboard under a clock of its own."""
    shifted = world.folder / shift
    shifted.write_text("0")
    return Terminal(
        [sys.executable, "-m", "tests.e2e.shifted", str(shifted), "watch", "--config", str(world.config)], (120, 30)
    )


async def all_show(screens: Sequence[Terminal], words: str, seconds: float = 20) -> None:
    """Wait until all of them show these words."""
    await asyncio.gather(
        *(
            asyncio.to_thread(screen.until, lambda lines: any(words in line for line in lines), seconds)
            for screen in screens
        )
    )


async def test_an_engine_that_stands_still_or_is_gone_shows_on_every_dashboard(tmp_path: Path) -> None:
    """Stopped, continued, killed: two dashboards say so; a jump of their clocks neither hides nor invents it."""
    async with World(tmp_path, first=Feed("First News")) as world:
        await world.start()
        with a_dashboard(world, "one") as one, a_dashboard(world, "other") as other:
            screens = [one, other]
            await all_show(screens, "● engine live")
            os.kill(world.pid, signal.SIGSTOP)
            await all_show(screens, "▲ ENGINE DOWN", TEN_SECONDS)
            still = f"kill -CONT {world.pid} lets it go on if it was stopped"
            await world.until(lambda: still in standstill(world.state, world.pid))
            [found] = await world.json("status")
            assert still in found["engine"]["problem"]
            once = world.command("run", "--once")
            assert await world.finished(once) == 1
            os.kill(world.pid, signal.SIGCONT)
            await all_show(screens, "● engine live")

            (world.folder / "one").write_text("86400")
            (world.folder / "other").write_text("-86400")
            # The clock at the upper right is drawn anew, and the engine still lives by both.
            await asyncio.gather(*(asyncio.to_thread(settle, screen) for screen in screens))
            assert all("● engine live" in screen.lines[0] for screen in screens)
            world.kill()
            await all_show(screens, "▲ ENGINE DOWN", TEN_SECONDS)


def settle(screen: Terminal) -> None:
    """Let a dashboard draw for longer than an engine may be silent."""
    with contextlib.suppress(AssertionError):
        screen.until(lambda lines: "ENGINE DOWN" in lines[0], seconds=7)
