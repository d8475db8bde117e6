"""Pages in the whole job: an alert waits a little for its page, an urgent one does not, and a crash costs nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.delivery.queue import READS_PAGE
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from digest.values.messages import DeliveryState
from tests.e2e.world import Feed, World
from tests.fakes.pages import ARTICLE, HEADLINE, page

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")


@dataclass
class Outlet(Feed):
    """A feed whose entries have pages, on its own server."""

    address: str = ""
    page: bytes = field(default_factory=page)
    hold: asyncio.Event | None = None
    """Its pages come when this is set."""
    page_asked: int = 0

    def tell(self, *titles: str) -> None:
        """Show a welcome and these entries."""
        items = "".join(
            f"<item><guid>{title}</guid><title>{title}</title><link>{self.address}?{number}</link>"
            f"<description>{'A ship.' * (title in titles)}</description></item>"
            for number, title in enumerate(reversed(("Welcome", *titles)))
        )
        self.body = f"<rss version='2.0'><channel><title>Wire</title>{items}</channel></rss>".encode()

    async def answer(self, request: web.Request) -> web.Response:
        """The feed, or with a query a page."""
        if not request.query_string:
            return await super().answer(request)
        self.page_asked += 1
        if self.hold is not None:
            await self.hold.wait()
        return web.Response(body=self.page, content_type="text/html")


async def begun(world: World, wire: Outlet, severity: str = "normal") -> None:
    """Set up a rule for ships and a feed that wants its pages read."""
    config = world.config.read_text(encoding="utf-8")
    world.config.write_text(config.replace('every = "1s"', 'every = "1s"\nfull_text = true'), encoding="utf-8")
    rule = f'[[rule]]\nid = "ships"\nseverity = "{severity}"\nany = ["ship", "destroyer"]\n'
    (world.folder / "rules" / "ships.toml").write_text(rule, encoding="utf-8")
    wire.address = world.url("wire")
    wire.tell()


async def test_an_alert_waits_for_its_page_and_says_what_it_says(tmp_path: Path) -> None:
    """It says why it waits; it goes as soon as the page is there, with the page's own sentences."""
    wire = Outlet("Wire", hold=asyncio.Event())
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire)
        await world.start()
        await world.until_polled()
        wire.tell(HEADLINE)
        with world.store() as store:
            await world.until(lambda: [each.reason for each in store.outbox.list()] == [READS_PAGE])
        assert world.sent() == []
        assert wire.hold is not None
        wire.hold.set()
        await world.until_sent(HEADLINE)
        (message,) = world.bot.messages
    assert any(sentence in message.text for sentence in ARTICLE)


async def test_an_urgent_alert_does_not_wait(tmp_path: Path) -> None:
    """It goes with what the feed says; when the page is there it is to be edited."""
    wire = Outlet("Wire", hold=asyncio.Event())
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire, "urgent")
        await world.start()
        await world.until_polled()
        wire.tell(HEADLINE)
        await world.until_sent(HEADLINE)
        assert wire.hold is not None
        wire.hold.set()
        with world.store() as store:
            await world.until(lambda: (found := store.articles.of(2)) and found.text)
            assert store.outbox.counts()[DeliveryState.SENT] == 1
            with store.database.read() as connection:
                assert (
                    connection.exec_driver_sql("SELECT count(*) FROM deliveries WHERE stale IS NOT NULL").scalar() == 1
                )


async def test_a_page_that_never_comes_holds_a_message_for_ten_seconds(tmp_path: Path) -> None:
    """Then it goes with what the feed says."""
    wire = Outlet("Wire", hold=asyncio.Event())
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire)
        await world.start()
        await world.until_polled()
        wire.tell(HEADLINE)
        await world.until_sent(HEADLINE)
        await world.until_settled()
        (alert,) = await world.json("alerts")
        (delivery,) = alert["deliveries"]
        assert delivery["state"] == "sent"
        assert wire.page_asked


async def test_a_crash_between_the_commit_and_the_page_costs_nothing(tmp_path: Path) -> None:
    """The next engine reads the page and tells the alert, once."""
    wire = Outlet("Wire")
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire)
        await world.start()
        await world.until_polled()
        await world.terminate()
        wire.tell(HEADLINE)
        world.launch(**{VARIABLE: CrashPoint.AFTER_COMMIT.value})
        assert world.process is not None
        await world.finished(world.process)
        assert (wire.page_asked, world.sent()) == (0, [])
        await world.start()
        await world.until_sent(HEADLINE)
        await world.until(lambda: wire.page_asked)
        with world.store() as store:
            await world.until(lambda: (found := store.articles.of(2)) and found.text)
        await world.until_settled()
    assert world.sent() == [HEADLINE]


async def test_once_waits_for_the_page_of_what_it_alerts(tmp_path: Path) -> None:
    """So a poll from a timer tells what a running engine would."""
    wire = Outlet("Wire")
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire)
        assert await world.finished(world.command("run", "--once")) == 0
        wire.tell(HEADLINE)
        assert await world.finished(world.command("run", "--once")) == 0
        (message,) = world.bot.messages
        (kept,) = await world.json("evidence", "2")
    assert any(sentence in message.text for sentence in ARTICLE)
    assert kept["page"]["text"] == "\n".join(ARTICLE)
    assert kept["text"].startswith(f"title\n{HEADLINE}\n")


async def test_a_running_engine_that_is_asked_to_poll_waits_likewise(tmp_path: Path) -> None:
    """``run --once`` comes back when the messages of what it polled are sent."""
    wire = Outlet("Wire", hold=asyncio.Event())
    async with World(tmp_path, wire=wire) as world:
        await begun(world, wire)
        world.config.write_text(world.config.read_text(encoding="utf-8").replace('"1s"\nfull', '"1h"\nfull'), "utf-8")
        await world.start()
        await world.until_polled()
        wire.tell(HEADLINE)
        asked = world.command("run", "--once")
        await world.until(lambda: wire.page_asked)
        assert wire.hold is not None
        wire.hold.set()
        assert await world.finished(asked) == 0
        assert world.sent() == [HEADLINE]
