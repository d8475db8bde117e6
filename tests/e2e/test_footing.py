"""What becomes of an engine whose files change under it."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest

from digest.delivery.media.markup import REPEAT_LABEL
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import BotApi
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")
FILES = ("digest.db", "digest.db-wal")


@pytest.mark.parametrize(
    "lost", ["state", *(pytest.param(f"state/{name}", marks=pytest.mark.sqlite) for name in FILES), "state/engine.lock"]
)
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


@pytest.mark.sqlite
@pytest.mark.parametrize("seconds", [0.0, 0.3])
async def test_a_log_that_is_deleted_repeats_nothing_unsaid(tmp_path: Path, seconds: float) -> None:
    """Deleted while messages go, then kill -9, at once or a moment later: nothing is lost, every repeat is labelled."""
    titles = [unlike(f"Korea {number}") for number in range(4)]
    feed = Feed("News", [("Korea, known before", "")])
    async with World(tmp_path, BotApi((DESK,)), news=feed) as world:
        world.write_rule("korea", "korea")
        await world.start()
        await world.until_polled()
        for title in titles:
            feed.add(title)
        await world.until(lambda: len(world.bot.messages) >= 2)
        (tmp_path / "state" / "digest.db-wal").unlink()
        await asyncio.sleep(seconds)
        world.kill()
        await world.start()

        def told() -> list[tuple[str, str]]:
            return [
                (title, message.text) for message in world.bot.messages for title in titles if title in message.text
            ]

        await world.until(lambda: {title for title, _ in told()} == set(titles))
        await world.until_settled()
        seen: set[str] = set()
        for title, text in told():
            assert title not in seen or text.startswith(REPEAT_LABEL.strip()), world.output()
            seen.add(title)


async def test_an_edit_of_the_config_is_live(tmp_path: Path) -> None:
    """A feed that it adds is polled; a mistake is shown with its place and changes nothing; a new folder waits."""
    async with World(tmp_path, feed=Feed("News"), other=Feed("Other")) as world:
        whole = world.config.read_text()
        first, _, _ = whole.partition(f'[[feed]]\nurl = "{world.url("other")}"')
        world.config.write_text(first)
        await world.start()
        await world.until_polled("feed")

        def problem() -> str:
            with world.store() as store:
                return store.engine.state().problem

        world.config.write_text(whole)
        await world.until_polled()
        assert problem() == ""
        world.config.write_text(whole.replace('"1s"', '"soon"', 1))
        await world.until(lambda: "config.toml:4:7: “soon” is no duration" in problem())
        (status,) = await world.json("status")
        assert [(each["line"], each["column"]) for each in status["config"]["errors"]] == [(4, 7)]
        assert status["feeds"]["total"] == 2
        assert await world.finished(world.command("status")) == 0
        assert "config.toml:4:7: " in world.output()
        world.config.write_text(f'state = "elsewhere"\n{whole}')
        await world.until(lambda: problem().startswith("config.toml: state changed: takes effect after a restart"))
        world.config.write_text(whole)
        await world.until(lambda: problem() == "")
