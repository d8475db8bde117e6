"""The wall clock jumps, the machine sleeps, the disk is full, another process keeps the database: nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import re
import resource
import sqlite3
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from digest.presence import read_presence
from digest.values.messages import DeliveryKind, DeliveryState
from tests.e2e.shifted import VARIABLE
from tests.e2e.world import Feed, World
from tests.fakes.bot_faults import close_before, slow
from tests.tui.terminal import Terminal
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

DAY = 86400.0
YEAR = 365 * DAY
RULE = '"North Korea" AND embassy'


def matching(number: int) -> str:
    """A title that the rule hits."""
    return unlike(f"North Korea closes embassy no. {number}")


class ShiftedWorld(World):
    """A world whose engine goes by a clock that the test moves."""

    def shift(self, seconds: float) -> None:
        """Set the engine's clock so far ahead of ours."""
        aside = self.folder / "shift.new"
        aside.write_text(str(seconds))
        aside.rename(self.folder / "shift")

    async def start(self) -> None:
        """Start the engine, at the right time unless it was shifted before."""
        if not (self.folder / "shift").exists():
            self.shift(0)
        await super().start()

    def launch(self, **environment: str) -> None:
        """As `World.launch`, by that clock."""
        super().launch(**environment, **{VARIABLE: str(self.folder / "shift")})

    def noticed_jumps(self, number: int) -> bool:
        """Whether the engine has noticed that its clock jumped so often."""
        return len(re.findall(r"engine\.schedule: the clock", log(self))) == number


def log(world: World) -> str:
    """What the engine logged."""
    return (world.state / "engine.log").read_text(encoding="utf-8")


async def status(world: World) -> dict[str, Any]:
    """What ``digest status --json`` says."""
    [said] = await world.json("status")
    return said


def dashboard(world: World) -> Terminal:
    """A dashboard in a terminal of its own."""
    return Terminal([*World.program, "watch", "--config", str(world.config)], (150, 30))


# --- clocks ------------------------------------------------------------------------------------------------------


async def test_polls_alerts_and_digests_go_on_when_the_clock_jumps(tmp_path: Path) -> None:
    """A day asleep, a clock set back, a clock a year wrong and put right: each alert and each digest comes once.

    Nor is a message given up that could not be sent before the sleep: nobody tried meanwhile.
    """
    feed = Feed("First News")
    feed.add("Weather")
    async with ShiftedWorld(tmp_path, first=feed) as world:
        just_now = datetime.now(UTC) - timedelta(minutes=5)
        world.write_config(extra=f'[[digest]]\nname = "daily"\nat = "{just_now:%H:%M}"\nchannels = ["desk"]\n')
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        world.bot.fail(*[close_before()] * 4)  # no network before the sleep, nor right after it
        feed.add(matching(0))
        await world.until(lambda: world.bot.calls)
        for number, jump in enumerate((DAY, 0.0, YEAR, 0.0), start=1):
            world.shift(jump)
            await world.until(partial(world.noticed_jumps, number))
            feed.add(matching(number))
            await world.until_sent(matching(number))
        await world.until_settled()
        assert await world.terminate() == 0
        assert sorted(title for title in world.sent() if title) == [matching(number) for number in range(5)]
        with world.store() as store:
            digests = [one for one in store.outbox.list() if one.kind is DeliveryKind.DIGEST]
            (state,) = store.polls.all_feeds()
        assert len(digests) == 2, "one for the next day, one for the next year"
        assert {one.state for one in digests} == {DeliveryState.SENT}
        assert state.next_due is not None
        assert state.next_due < datetime.now(UTC) + timedelta(minutes=1)


class DatedFeed(Feed):
    """A feed that dates what it publishes, by the right clock."""

    def document(self) -> bytes:
        """As of a feed, with the date of now."""
        date = f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate></item>"
        return super().document().replace(b"</item>", date.encode())


async def test_what_came_under_a_clock_far_ahead_alerts_once_it_is_put_right(tmp_path: Path) -> None:
    """With its true date an entry is too old by a clock that runs ahead: it alerts when that is put right, once."""
    feed = DatedFeed("First News")
    feed.add(matching(0))  # a baseline alerts never
    async with ShiftedWorld(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        world.shift(40 * DAY)
        await world.until(partial(world.noticed_jumps, 1))
        feed.add(matching(1))
        asked = feed.asked
        await world.until(lambda: feed.asked > asked + 2)
        assert world.sent() == []
        world.shift(0)
        await world.until_sent(matching(1))
        feed.add(matching(2))
        await world.until_sent(matching(2))
        await world.until_settled()
        assert await world.terminate() == 0
        assert sorted(world.sent()) == [matching(1), matching(2)]


# --- disks -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def full_disk(world: World) -> Iterator[None]:
    """No room for anything but the smallest files, as the engine sees it."""
    unlimited = resource.prlimit(world.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(world.pid, resource.RLIMIT_FSIZE, (4096, unlimited[1]))
    try:
        yield
    finally:
        resource.prlimit(world.pid, resource.RLIMIT_FSIZE, unlimited)


@pytest.mark.sqlite
async def test_on_a_full_disk_the_engine_waits_says_so_and_goes_on(tmp_path: Path) -> None:
    """No poll is lost and no message sent twice, not even one whose acceptance could not be noted at once."""
    feed = Feed("First News")
    feed.add("Weather")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        world.bot.fail(slow(1.0))
        feed.add(matching(0))
        await world.until_sent(matching(0))  # and not yet answered
        with full_disk(world), dashboard(world) as screen:
            feed.add(matching(1))
            await world.until(lambda: "nothing can be stored" in log(world))
            await world.until(lambda: (light := read_presence(world.state)) and light.problem)
            said = await status(world)
            assert "not full" in said["engine"]["problem"]
            assert said["engine"]["running"]
            await asyncio.to_thread(screen.see, "▲ ENGINE WAITS: the disk of")
            assert world.sent() == [matching(0)]
        await world.until_sent(matching(1))
        await world.until_settled()
        await world.until(lambda: "polling goes on" in log(world))
        assert await world.terminate() == 0
        assert world.sent() == [matching(0), matching(1)]
        assert (await status(world))["engine"]["problem"] == ""


@pytest.mark.sqlite
async def test_a_database_kept_by_another_process_is_waited_for(tmp_path: Path) -> None:
    """Fifteen seconds of somebody else's transaction: said on the dashboard, and then all goes on as before."""
    feed = Feed("First News")
    feed.add("Weather")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        await world.start()
        await world.until_polled()
        with dashboard(world) as screen, contextlib.closing(sqlite3.connect(world.state / "digest.db")) as other:
            await asyncio.to_thread(screen.see, "● engine live")
            other.execute("BEGIN IMMEDIATE")
            feed.add(matching(0))
            await asyncio.to_thread(screen.see, "▲ ENGINE WAITS: the database has not answered for")
            await asyncio.to_thread(screen.see, "another process has kept")
            other.rollback()
            await asyncio.to_thread(screen.see, "● engine live")
        await world.until_sent(matching(0))
        await world.until_settled()
        assert await world.terminate() == 0
        assert world.sent() == [matching(0)]


WITHOUT_POWERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root may write everywhere; without these powers it is bound by the modes of files as everybody is."""


async def test_a_folder_that_cannot_be_written_to_is_said_and_nothing_is_run(tmp_path: Path) -> None:
    """At the start: one sentence with what to do about it, exit code 1, no traceback."""
    async with World(tmp_path, first=Feed("First News")) as world:
        world.program = [*WITHOUT_POWERS, *World.program]
        world.state.mkdir(mode=0o500)
        assert await world.finished(world.command("run")) == 1
        said = world.output()
        assert f"the state folder {world.state} cannot be used: Permission denied; check who owns it" in said
        assert "Traceback" not in said


@pytest.mark.sqlite
async def test_a_folder_made_read_only_meanwhile_loses_nothing(tmp_path: Path) -> None:
    """What is open stays open: the engine goes on, and what came meanwhile is there when the folder is mended."""
    feed = Feed("First News")
    feed.add("Weather")
    async with World(tmp_path, first=feed) as world:
        world.write_rule("dprk", RULE)
        world.program = [*WITHOUT_POWERS, *World.program]
        await world.start()
        world.program = World.program
        await world.until_polled()
        for path in world.state.iterdir():
            path.chmod(0o400)
        world.state.chmod(0o500)
        feed.add(matching(0))
        asked = feed.asked
        await world.until(lambda: feed.asked > asked + 2)
        world.state.chmod(0o700)
        for path in world.state.iterdir():
            path.chmod(0o600)
        feed.add(matching(1))
        await world.until_sent(matching(0), matching(1))
        await world.until_settled()
        assert await world.terminate() == 0
        assert world.sent() == [matching(0), matching(1)]
