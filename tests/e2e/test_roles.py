"""An engine in parts, each a process, over one database on a server: what they do together, and what of it dies."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from digest.demo.bot_values import Chat, User
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from digest.match import load_rules
from tests.e2e.roles import CHATS, RULE, Parts, matching, parts_in
from tests.e2e.world import DESK
from tests.fakes import postgres
from tests.fakes.bot_api import BotApi
from tests.fakes.stores import of_kind, server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(not postgres.available(), reason=postgres.MISSING),
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("forked"),
]
ANN: Final = Chat(11, "Ann", "private")
WAITS: Final = "another clock is at work"


@pytest.fixture(autouse=True)
def kind_of_database() -> Iterator[str]:
    """Only a server is shared."""
    with of_kind("postgresql"):
        yield "postgresql"


async def test_parts_do_what_an_engine_does(tmp_path: Path) -> None:
    """A clock, two pollers and two senders: every alert arrives in every chat once, and all end in good order."""
    async with parts_in(tmp_path) as world:
        titles = [world.news() for _ in range(8)]
        await world.until_everywhere(*titles)
        await world.until_settled()
        world.once_but_labelled()
        assert not any(labelled for title in titles for _, labelled in world.texts(title))

        with world.store() as store:  # as `digest run --once` and the dashboard ask
            before = [feed.last_ok for feed in store.polls.all_feeds()]  # a poll that is under way counts
            asked = store.requests.ask("poll", {}, datetime.now(UTC))
            await world.until(lambda: store.requests.result(asked) is not None)
            assert store.requests.result(asked) == ""
            assert not {*before} & {feed.last_ok for feed in store.polls.all_feeds()}

        server().stop(at_once=True)
        server().start()
        await world.until_everywhere(*(world.news() for _ in range(4)))
        await world.until_settled()
        world.once_but_labelled()

        world.write_rule("quakes", "earthquake")  # a folder that the clock alone has
        await world.until_rules("dprk", "quakes")
        world.all[0].add("An earthquake in Peru")
        await world.until_everywhere("An earthquake in Peru")
        with world.store() as store:
            pushed = load_rules({"floods.toml": '[[rule]]\nid = "floods"\nany = ["flood"]\n'})
            store.rules.push(pushed, "ann on ci", datetime.now(UTC))
        await world.until_rules("floods")
        world.all[1].add("A flood in Chile")
        await world.until_everywhere("A flood in Chile")
        assert set((await world.end()).values()) == {0}
        assert world.ask("SELECT name FROM leases WHERE until > extract(epoch FROM now()) * 1000") == []
    assert "Traceback" not in world.output()


async def test_pollers_that_die_are_followed(tmp_path: Path) -> None:
    """Killed in the middle of a poll, once before what it brought is known and once before it is stored: all comes."""
    async with parts_in(tmp_path) as world:
        for where in (CrashPoint.AFTER_FETCH, CrashPoint.BEFORE_COMMIT):
            await world.dies("poller three", where)
            with world.recovering():
                await world.until_everywhere(*(world.news() for _ in range(4)))
        world.kill_part("poller one")
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))
        await world.until_settled()
        world.once_but_labelled()
        assert not any(labelled for number in range(world.said) for _, labelled in world.texts(matching(number)))


async def test_senders_that_die_are_followed(tmp_path: Path) -> None:
    """One that is killed, or sleeps, leaves its chats to others; what it was sending comes again, and says so."""
    async with parts_in(tmp_path) as world:
        world.kill_part("sender one")
        world.begin("sender three", **{VARIABLE: CrashPoint.AFTER_ANSWER})
        await world.until(lambda: world.senders() == 2 and world.chats_of() == [2, 2])
        title = world.news()
        assert await asyncio.to_thread(world.parts.pop("sender three").wait, 60.0) == -signal.SIGKILL
        with world.recovering():
            await world.until_everywhere(title, world.news())
        await world.until_settled()
        world.once_but_labelled()
        assert 1 <= sum(labelled for _, labelled in world.texts(title)) <= 2  # it had two chats

        world.begin("sender four")
        await world.until(lambda: world.senders() == 2 and world.chats_of() == [2, 2])
        asleep = world.parts.pop("sender two")
        asleep.send_signal(signal.SIGSTOP)
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(2)))
        asleep.send_signal(signal.SIGCONT)
        await world.until(lambda: "this sender begins anew" in world.output())
        assert "this sender gave no sign of life for 15 s, and others have taken over" in world.output()
        await world.until(lambda: world.senders() == 2 and world.chats_of() == [2, 2])
        world.parts["sender two"] = asleep
        await world.until_everywhere(world.news())
        await world.until_settled()
        world.once_but_labelled()


async def test_clocks_that_die_or_sleep_are_followed(tmp_path: Path) -> None:
    """Another one waits, and takes the place of one that is killed, or stopped; that one wakes, and waits again."""
    async with parts_in(tmp_path) as world:
        world.begin("clock two")
        await world.until(lambda: WAITS in world.output())
        first = world.clock()
        world.kill_part("clock")
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))
            await world.until(lambda: world.clock() != first)  # jobs that were put before may have brought these

        world.begin("clock")
        await world.until(lambda: world.output().count(WAITS) == 2)
        asleep, second = world.parts.pop("clock two"), world.clock()
        asleep.send_signal(signal.SIGSTOP)
        with world.recovering():
            await world.until_everywhere(*(world.news() for _ in range(4)))
            await world.until(lambda: world.clock() != second)
        before = world.clock()
        asleep.send_signal(signal.SIGCONT)
        await world.until(lambda: world.output().count(WAITS) == 3)
        world.parts["clock two"] = asleep
        assert "this clock gave no sign of life for 15 s, and others have taken over" in world.output()
        assert world.clock() == before
        world.kill_part("clock")
        with world.recovering():
            await world.until(lambda: world.clock() != before)
        await world.until_everywhere(world.news())
        await world.until_settled()
        world.once_but_labelled()


async def test_one_bot_answers_and_another_one_waits(tmp_path: Path) -> None:
    """It has what it is asked for done by the others, and when it dies the next one answers."""
    async with Parts(tmp_path, BotApi((DESK, *CHATS, ANN))) as world:
        world.write_config(telegram=f"admins = [{ANN.id}]\n")
        world.write_rule("dprk", RULE)
        world.begin("clock")
        await world.until(world.clock)
        world.begin("poller one")
        world.begin("bot")
        await world.until_polled()
        await world.until_rules("dprk", pollers=1)
        await world.bot.write_to_bot(ANN, "/status", User(ANN.id))
        await world.until(lambda: any("rules 1" in each.text for each in world.bot.messages))
        world.begin("bot two")
        await world.until(lambda: "another bot is at work" in world.output())
        world.kill_part("bot")
        answered = len(world.bot.messages)
        await world.bot.write_to_bot(ANN, "/rules", User(ANN.id))
        with world.recovering():
            await world.until(lambda: len(world.bot.messages) > answered)
        assert set((await world.end()).values()) == {0}
    assert "Traceback" not in world.output()
