"""The engine is killed at every point on an alert's way: nothing is lost, and only what is in doubt comes again.

::

    fetch ─▶ parse ─▶ commit ─▶ claim ─▶ bytes out ─▶ accepted ─▶ answer ─▶ recorded ─▶ sent
    └────── read again ──────┘ └──────────────── in doubt ───────────────┘ └─── done ────┘
"""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest
from aiohttp import web

from digest.delivery.media.markup import REPEAT_LABEL
from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from digest.store.outbox import LOST_IN_A_CRASH
from digest.values.messages import DeliveryState
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import BotApi
from tests.fakes.bot_faults import Fault, bad_request, lose_answer, server_error, slow, too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.demo.bot_values import AcceptedMessage

pytestmark = pytest.mark.usefixtures("forked")

LABEL = REPEAT_LABEL.strip()
PLAIN = "◆ normal · Korea talks"
Stage = Literal["bytes written", "accepted"]


class KillingApi(BotApi):
    """A Bot API server that kills the engine when it has all of a request: before it accepts the message, or after."""

    def __init__(self) -> None:
        super().__init__((DESK,))
        self._stage: Stage | None = None
        self._passing = 0
        self._kill: Callable[[], None] = lambda: None

    def kill_at(self, stage: Stage, kill: Callable[[], None], *, passing: int = 0) -> None:
        """Kill at the message after the next ``passing`` ones."""
        self._stage, self._kill, self._passing = stage, kill, passing

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        if self._kills("bytes written"):
            return web.Response()  # to nobody, and accepted by nobody
        return await super()._send_message(parameters, request)

    async def _answer_accepted(
        self, message: AcceptedMessage, fault: Fault | None, request: web.Request
    ) -> web.StreamResponse:
        self._kills("accepted")
        return await super()._answer_accepted(message, fault, request)

    def _kills(self, stage: Stage) -> bool:
        if stage != self._stage:
            return False
        self._passing -= 1
        if self._passing >= 0:
            return False
        self._stage = None
        self._kill()
        return True


@dataclass
class Ends:
    """How an alert ends that met a crash: what is accepted (a label, or none), and the state of its delivery."""

    accepted: list[str]
    state: DeliveryState = DeliveryState.SENT


ONCE, AGAIN, ONCE_LABELLED = Ends([PLAIN]), Ends([PLAIN, LABEL]), Ends([LABEL])
NEVER, UNSURE = Ends([], DeliveryState.UNKNOWN), Ends([PLAIN], DeliveryState.UNKNOWN)


@pytest.mark.parametrize(
    ("point", "resend", "hold"),
    [
        (CrashPoint.AFTER_FETCH, ONCE, ONCE),
        (CrashPoint.AFTER_PARSE, ONCE, ONCE),
        (CrashPoint.BEFORE_COMMIT, ONCE, ONCE),
        (CrashPoint.AFTER_COMMIT, ONCE, ONCE),
        (CrashPoint.AFTER_SENDING, ONCE_LABELLED, NEVER),
        ("bytes written", ONCE_LABELLED, NEVER),
        ("accepted", AGAIN, UNSURE),
        (CrashPoint.AFTER_ANSWER, AGAIN, UNSURE),
        (CrashPoint.AFTER_PART, ONCE, ONCE),
        (CrashPoint.AFTER_SENT, ONCE, ONCE),
    ],
)
@pytest.mark.parametrize("on_unknown", ["resend", "hold"])
async def test_a_crash_loses_nothing(
    tmp_path: Path, point: CrashPoint | Stage, on_unknown: str, resend: Ends, hold: Ends
) -> None:
    """Killed at the point and started again: the alert is told once; what is in doubt comes labelled, or is held."""
    ends = hold if on_unknown == "hold" else resend
    feed, bot = Feed("News"), KillingApi()
    async with World(tmp_path, bot, feed=feed) as world:
        world.write_config(telegram=f'on_unknown = "{on_unknown}"\n')
        world.write_rule("dprk", "Korea")
        await world.start()
        await world.until_polled()
        world.kill()

        feed.add("Korea talks")
        await killed_at(point, world, bot)
        await world.start()
        await world.until(lambda: len(bot.messages) >= len(ends.accepted))
        await world.until_told()
        world.kill()

        assert [message.text.partition("\n")[0] for message in bot.messages] == ends.accepted
        with world.store() as store:
            (delivery,) = store.outbox.list()
            assert (delivery.state, store.reads.count_alerts()) == (ends.state, 1)
        assert integrity(world) == "ok"
        if delivery.state is DeliveryState.UNKNOWN:
            (owed,) = await world.json("outbox", "list")
            assert (owed["state"], owed["reason"]) == ("unknown", LOST_IN_A_CRASH)


async def killed_at(point: CrashPoint | Stage, world: World, bot: KillingApi, *, passing: int = 0) -> None:
    """Start the engine, and wait until it was killed there."""
    if isinstance(point, CrashPoint):
        world.launch(**{VARIABLE: f"{point}:{passing + 1}"})
    else:
        world.launch()
        bot.kill_at(point, lambda: os.kill(world.pid, signal.SIGKILL), passing=passing)
    assert world.process is not None
    assert await world.finished(world.process, 20) == -signal.SIGKILL


def integrity(world: World) -> str:
    """What SQLite says of its file."""
    with closing(sqlite3.connect(world.state / "digest.db")) as connection:
        (answer,) = connection.execute("PRAGMA integrity_check").fetchone()
        return str(answer)


@pytest.mark.parametrize(
    ("fails", "accepted", "state"),
    [
        (too_many_requests(1), [1, 1, 1], DeliveryState.SENT),
        (server_error(), [1, 1, 1], DeliveryState.SENT),
        (lose_answer(), [1, 1, 2], DeliveryState.SENT),
        (bad_request("message thread not found"), [1, 1, 1], DeliveryState.SENT),
        (bad_request("can't parse entities"), [1, 1, 0], DeliveryState.DEAD),
        (CrashPoint.AFTER_PART, [1, 1, 1], DeliveryState.SENT),
        (CrashPoint.AFTER_ANSWER, [1, 1, 2], DeliveryState.SENT),
        ("bytes written", [1, 1, 1], DeliveryState.SENT),
        ("accepted", [1, 1, 2], DeliveryState.SENT),
    ],
    ids=[
        "429",
        "500",
        "answer lost",
        "refused by the place",
        "refused",
        "killed between",
        "killed with the answer",
        "killed before",
        "killed after",
    ],
)
async def test_a_failed_third_part_sends_the_first_two_never_again(
    tmp_path: Path, fails: Fault | CrashPoint | Stage, accepted: list[int], state: DeliveryState
) -> None:
    """Which parts were accepted is stored: only the one that failed is sent again, whatever became of it."""
    feed, bot = Feed("News"), KillingApi()
    async with World(tmp_path, bot, feed=feed) as world:
        world.write_rule("dprk", "Korea", title="Talks, " + "and talks " * 1000)
        await world.start()
        await world.until_polled()
        world.kill()

        feed.add("Korea talks")
        if isinstance(fails, Fault):
            bot.fail(slow(0), slow(0), fails)
        else:
            await killed_at(fails, world, bot, passing=1 if fails is CrashPoint.AFTER_PART else 2)
        await world.start()
        await world.until(lambda: sum(accepted) <= len(bot.messages))
        await world.until_told()
        world.kill()

        with world.store() as store:
            (delivery,) = store.outbox.list()
        assert delivery.state is state
        texts = [message.html.removeprefix(REPEAT_LABEL) for message in bot.messages]
        assert [texts.count(part) for part in delivery.parts] == accepted
        assert [message.text.startswith(LABEL) for message in bot.messages[:2]] == [False, False]
        assert all(message.text.startswith(LABEL) for message in bot.messages[3:])
