"""What is wrong reaches the user's channel by the same way as the alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from tests.e2e.world import Feed, World

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_feed_that_is_gone_and_a_broken_rule_file_are_told(tmp_path: Path) -> None:
    """One message, in words with a remedy, and once for all restarts."""
    well, gone = Feed("First News"), Feed("Second News")
    gone.broken = lambda: web.Response(status=410)
    async with World(tmp_path, first=well, second=gone) as world:
        (tmp_path / "rules" / "broken.toml").write_text("[[rule]]\nid = 'x'\nquery = 'a b'\n", encoding="utf-8")
        await world.start()
        await world.until(lambda: world.bot.messages)
        await world.until_settled()
        status = world.command("status")
        assert await world.finished(status) == 0
        assert "wrong     The rule file broken.toml could not be loaded" in world.output()
        assert await world.terminate() == 0
        assert await world.finished(world.command("run", "--once")) == 0
        await world.start()
        await world.until(lambda: well.asked > 8)
        assert await world.terminate() == 0
        (text,) = world.bot.texts()
        assert text.startswith("◆ notice · 2 things are wrong\n• The feed 127.0.0.1")
        assert "is gone for good, its server says (410)" in text
        assert "• The rule file broken.toml could not be loaded, nothing of it is live: 3:12:" in text
