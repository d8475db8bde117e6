"""The language model in the whole job: digests wait for it a little, alerts never, and a crash costs nothing."""

from __future__ import annotations

import asyncio
import re
import signal
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.delivery.queue import ASKS_MODEL
from digest.store import schema as tables
from digest.values.messages import DeliveryKind
from tests.e2e.world import Feed, World
from tests.fakes.model_server import Endpoint, chat
from tests.fakes.raw_server import serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

REPORT = (
    "The two governments signed the treaty on Monday.",
    "Rain fell over the capital for most of the day.",
    "Ministers of both countries flew home in the evening.",
    "The envoy called the outcome a success for the region.",
)
FAR = timedelta(hours=12)
"""From now: a digest of then is due neither while a test runs nor late, after yesterday's time."""


@asynccontextmanager
async def reporting(folder: Path, endpoint: Endpoint, *, model: str = "") -> AsyncIterator[World]:
    """An engine that has alerted on one report, with a digest and a model that picks its sentences."""
    feed = Feed("News")
    async with serving(endpoint.talk) as server, World(folder, feed=feed) as world:
        daily = f'[[digest]]\nname = "daily"\nat = "{datetime.now(UTC) + FAR:%H:%M}"\nchannels = ["desk"]\n'
        world.write_config(extra=f'{daily}[model]\nendpoint = "{server.url("/v1")}"\n{model}')
        world.write_rule("ties", "treaty")
        await world.start()
        await world.until_polled()
        feed.add("A treaty is signed", " ".join(REPORT))
        await world.until_sent("A treaty is signed")
        yield world


def says(world: World, number: int = -1) -> list[str]:
    """Which sentences of the report a message says."""
    return [sentence for sentence in REPORT if sentence in world.bot.messages[number].text]


async def send(world: World) -> None:
    """Send the digest of now."""
    assert await world.finished(world.command("compose", "daily", "--send")) == 0


async def test_a_digest_says_what_the_model_picks(tmp_path: Path) -> None:
    """Asked for in a running engine, and in one that ends when it is done: both wait for the answer."""
    endpoint = Endpoint([chat("2,4")])
    async with reporting(tmp_path, endpoint) as world:
        assert endpoint.asked == [], "no alert asks it"
        await send(world)
        assert says(world) == [REPORT[1]]
        assert len(world.bot.messages) == 2
        await world.terminate()
        endpoint.answers = [chat("4")]
        await send(world)
        assert says(world) == [REPORT[3]]
        assert len(endpoint.asked) == 2


async def test_a_digest_does_without_a_server_that_stalls(tmp_path: Path) -> None:
    """It says why it waits, alerts go meanwhile; then it shows what Digest picks."""
    endpoint = Endpoint([], stalls=True)
    async with reporting(tmp_path, endpoint, model='timeout = "3s"\n') as world:
        before = says(world)
        asked = world.command("compose", "daily", "--send")
        with world.store() as store:
            await world.until(
                lambda: any(
                    each.reason == ASKS_MODEL for each in store.outbox.list() if each.kind is DeliveryKind.DIGEST
                )
            )
        world.feeds["feed"].add("Another treaty fails")
        await world.until(lambda: len(world.bot.messages) == 2)
        assert "Another treaty fails" in world.bot.messages[1].text
        assert await world.finished(asked) == 0
        await world.until(lambda: len(world.bot.messages) == 3)
        assert says(world)[:1] == before[:1]


async def test_a_crash_between_question_and_answer_costs_nothing(tmp_path: Path) -> None:
    """The next engine asks again, and the digest goes once."""
    endpoint = Endpoint([chat("2")], stalls=True)
    async with reporting(tmp_path, endpoint) as world:
        asked = world.command("compose", "daily", "--send")
        await world.until(lambda: endpoint.asked)
        asked.send_signal(signal.SIGSTOP)  # else it may be sooner to take over than the next engine
        world.kill()
        endpoint.stalls = False
        await world.start()
        asked.send_signal(signal.SIGCONT)
        await world.until(lambda: len(world.bot.messages) == 2)
        assert says(world) == [REPORT[1]]
        await world.finished(asked)
        await asyncio.to_thread(world.kill)


async def poll_once_when_due(world: World, now: datetime) -> None:
    """Stop the engine, let the digest be due since this minute, and poll once."""
    await world.terminate()
    with world.store() as store, store.database.write() as (connection, _):
        connection.execute(update(tables.channels).values(first_seen=now - timedelta(hours=1)))
        connection.execute(update(tables.matches).values(created=now - timedelta(minutes=10)))
    text = world.config.read_text(encoding="utf-8")
    world.config.write_text(re.sub(r'(?m)^at = ".*"$', f'at = "{now:%H:%M}"', text), encoding="utf-8")
    assert await world.finished(world.command("run", "--once")) == 0


async def test_once_waits_for_the_model(tmp_path: Path) -> None:
    """So a digest that a timer sends says what that of a running engine would, and what is kept of it agrees."""
    endpoint, now = Endpoint([chat("2,4")]), datetime.now(UTC)
    async with reporting(tmp_path, endpoint) as world:
        await poll_once_when_due(world, now)
        (composed,) = await world.json("compose", "daily", "--list")
        (kept,) = await world.json("compose", "daily", "--at", composed["at"])
        assert len(world.bot.messages) == 2
        assert says(world) == [REPORT[1]]
    assert [line["sentences"] for line in kept["entries"]] == [[REPORT[1], REPORT[3]]]


async def test_the_status_says_why_the_model_is_no_help(tmp_path: Path) -> None:
    """The digest goes with what Digest picks; nobody gets a message about it."""
    endpoint, now = Endpoint([], stalls=True), datetime.now(UTC)
    async with reporting(tmp_path, endpoint, model='timeout = "1s"\n') as world:
        before = says(world)
        await poll_once_when_due(world, now)
        assert len(world.bot.messages) == 2
        assert says(world) == before[:1]
        (status,) = await world.json("status")
    assert "it did not answer within 1 s" in str(status)
