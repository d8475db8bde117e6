"""An urgent alert that nobody takes finds somebody else, once, whatever happens to the engine meanwhile."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.demo.bot_values import Chat
from digest.engine.ground.crash_points import VARIABLE as CRASH_AT
from digest.engine.ground.crash_points import CrashPoint
from tests.e2e.shifted import VARIABLE
from tests.e2e.test_clocks_and_disks import DAY, ShiftedWorld
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import BotApi
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

PHONE = Chat(7, "Phone", "private")
RULE = '[[rule]]\nid = "walls"\nany = ["wall"]\nseverity = "urgent"\nchannels = ["desk"]\n'


def on_duty(world: World, after: str) -> None:
    """The desk's urgent alerts go on to a phone; one poll a second."""
    phone = f'[[channel]]\nname = "phone"\ntelegram = "{PHONE.id}"\n'
    world.write_config()
    text = world.config.read_text(encoding="utf-8")
    desk = f'telegram = "{DESK.id}"\n'
    assert desk in text
    text = text.replace(desk, f'{desk}escalate = {{ after = "{after}", to = "phone" }}\n')
    world.config.write_text(text + phone, encoding="utf-8")
    (world.folder / "rules" / "walls.toml").write_text(RULE, encoding="utf-8")


def headlines(world: World, chat: Chat) -> list[str]:
    """What a chat was told, by the line that has the headline; the label of an escalation before it."""
    lines = [message.text.split("\n") for message in world.bot.messages if message.chat.id == chat.id]
    return [" | ".join(told[: 1 + told[0].startswith("ESCALATED")]) for told in lines]


def escalated(title: str, after: str) -> str:
    """How an escalation begins."""
    return f"ESCALATED · nobody took it in desk within {after} | ■ urgent · {title}"


@pytest.mark.parametrize("point", [CrashPoint.AFTER_PART, CrashPoint.AFTER_SENT])
async def test_what_nobody_took_goes_on_once_though_the_engine_is_killed(tmp_path: Path, point: CrashPoint) -> None:
    """Killed while the desk has time, and again as soon as the phone has it: the phone has it once, and says why.

    What somebody takes in between, in a process of its own, goes on never.
    """
    one, two, three = (unlike(f"The wall falls no. {number}") for number in range(3))
    feed = Feed("News")
    async with World(tmp_path, BotApi((DESK, PHONE)), feed=feed) as world:
        on_duty(world, "4s")
        await world.start()
        await world.until_polled()
        feed.add(one)
        await world.until(lambda: len(headlines(world, DESK)) == 1)
        await world.until_settled()  # else the desk's message may be there, or not
        world.kill()
        assert headlines(world, PHONE) == []

        world.launch(**{CRASH_AT: point})
        assert world.process is not None
        assert await world.finished(world.process) != 0, "it has killed itself"
        assert headlines(world, PHONE) == [escalated(one, "4s")]

        await world.start()
        feed.add(two)
        await world.until(lambda: len(headlines(world, DESK)) == 2)
        with world.store() as store:
            (taken,) = [alert.entry.id for alert in store.reads.alerts() if alert.entry.title == two]
        assert await world.finished(world.command("ack", str(taken))) == 0
        feed.add(three)
        await world.until(lambda: len(headlines(world, PHONE)) == 2)
        await world.until_settled()
        assert headlines(world, PHONE) == [escalated(one, "4s"), escalated(three, "4s")]
        (edited,) = [message for message in world.bot.messages if two in message.text]
        await world.until(lambda: f"{getpass.getuser()} has it since" in _text(world, edited.id))
        (status,) = await world.json("status")
        assert [(each["title"], each["acknowledged"] is not None, each["escalated"]) for each in status["duty"]] == [
            (one, False, ["phone"]),
            (three, False, ["phone"]),
            (two, True, []),
        ]


def _text(world: World, message: int) -> str:
    """What a message says now."""
    return next(each.text for each in world.bot.messages if each.id == message)


async def test_time_asleep_is_nobodys_time(tmp_path: Path) -> None:
    """A machine that sleeps for a day right after an alert calls nobody when it wakes: the desk has its hour first."""
    feed = Feed("News")
    async with ShiftedWorld(tmp_path, BotApi((DESK, PHONE)), feed=feed) as world:
        on_duty(world, "1h")
        await world.start()
        await world.until_polled()
        feed.add(unlike("The wall falls no. 1"))
        await world.until(lambda: len(headlines(world, DESK)) == 1)
        for number, jump in enumerate((DAY, 0.0, 2 * DAY), start=1):
            world.shift(jump)
            await world.until(lambda number=number: world.noticed_jumps(number))  # type: ignore[misc]
            feed.add(unlike(f"The wall falls no. {number + 1}"))
            await world.until(lambda number=number: len(headlines(world, DESK)) == number + 1)  # type: ignore[misc]
        await world.until_settled()
        with world.store() as store:
            assert {each.channel for each in store.outbox.list()} == {"desk"}
            waits = store.duty.in_hand(datetime.now(UTC))
            told, end = store.outbox.get(1).created, datetime.now(UTC) + timedelta(seconds=2 * DAY)
            assert store.engine.awake().between(told, end) < timedelta(hours=1), "nor is it for anything else"
        assert waits
        assert all(each.taken is None and not each.went_to for each in waits)


async def test_by_runs_of_cron_it_goes_on_too(tmp_path: Path) -> None:
    """An engine that only runs now and then has no time of its own: what counts is how long ago it was told."""
    feed, title = Feed("News"), unlike("The wall falls no. 1")
    async with ShiftedWorld(tmp_path, BotApi((DESK, PHONE)), feed=feed) as world:
        on_duty(world, "30m")

        async def run(minutes: float) -> None:
            world.shift(60 * minutes)
            shifted = {VARIABLE: str(world.folder / "shift")}
            assert await world.finished(world.command("run", "--once", **shifted)) == 0

        await run(0)
        feed.add(title)
        for minutes in (0, 15):
            await run(minutes)
            assert (len(headlines(world, DESK)), headlines(world, PHONE)) == (1, [])
        for minutes in (31, 62):
            await run(minutes)
            assert headlines(world, PHONE) == [escalated(title, "30m")]
