"""What becomes of an engine whose files change under it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.e2e.world import Feed, World

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("lost", ["state", "state/digest.db", "state/engine.lock"])
async def test_an_engine_ends_when_its_state_is_taken_away(tmp_path: Path, lost: str) -> None:
    """It would store where nobody looks, and a second engine beside it would send everything again."""
    async with World(tmp_path, feed=Feed("News")) as world:
        await world.start()
        if (tmp_path / lost).is_dir():
            shutil.rmtree(tmp_path / lost)
        else:
            (tmp_path / lost).unlink()
        assert world.process is not None
        assert await world.finished(world.process) == 1
        assert "was deleted or replaced while the engine ran" in world.output()


async def test_an_edit_of_the_config_is_noticed(tmp_path: Path) -> None:
    """It is not applied before the next start, and every face says so until the edit is taken back."""
    async with World(tmp_path, feed=Feed("News")) as world:
        await world.start()

        def problem() -> str:
            with world.store() as store:
                return store.engine.state().problem

        before = world.config.read_bytes()
        assert problem() == ""
        world.write_config(every="7s")
        await world.until(lambda: problem() == "config.toml was edited: digest stop and a new start apply it")
        assert await world.finished(world.command("status")) == 0
        assert "config.toml was edited" in world.output()
        world.config.write_bytes(before)
        await world.until(lambda: problem() == "")
