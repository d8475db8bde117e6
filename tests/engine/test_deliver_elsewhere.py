"""Files and Apprise are delivered to like Telegram: the same states, retries and limits."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from apprise.plugins.mastodon import NotifyMastodon

from digest.delivery.media.markup import REPEAT_LABEL
from digest.delivery.retries import RetryPolicy
from digest.engine.ground.threads import StoreThread
from digest.engine.sending import chat as deliver_channel
from digest.engine.sending.open import channel_opener
from digest.engine.sending.outbox import DeliveryPolicy, OutboxDrain
from digest.values.messages import DeliveryKind, DeliveryState, PlannedDelivery
from digest.values.news import Severity
from digest.values.settings import Apprise, ChannelSpec, Folder
from tests.fakes.writing import as_it_went_before

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from digest.channels.base import Channel, Outgoing
    from digest.store import Store


@pytest.fixture(autouse=True)
def _attentive(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for what is owed more often than a real engine does."""
    monkeypatch.setattr(deliver_channel, "LOOK_AGAIN", timedelta(seconds=0.05))


@asynccontextmanager
async def drain_of(
    store: Store, spec: ChannelSpec, opener: Callable[[ChannelSpec, str], Channel] | None = None, *, hold: bool = False
) -> AsyncIterator[OutboxDrain]:
    """A drain of one channel, prepared as after the start of an engine, at no pace of its own."""
    store.sends.windows = lambda _: ()
    async with StoreThread() as thread:
        drain = OutboxDrain(
            store,
            thread,
            channels=[spec],
            off={},
            open_channel=opener or channel_opener(None),
            policy=DeliveryPolicy(timedelta(hours=24), RetryPolicy(hold, (timedelta(seconds=0.2),))),
        )
        await drain.prepare()
        yield drain


def owe(store: Store, spec: ChannelSpec, *parts: str) -> int:
    """Owe a message of these parts; its id."""
    (number,) = store.outbox.owe([said(spec)], [], datetime.now(UTC))
    as_it_went_before(store, number, store.channels.state(spec.name).chat, *parts)
    return number


def said(spec: ChannelSpec, *lines: str) -> PlannedDelivery:
    """A notice of these lines."""
    tells = {"lines": list(lines)} if lines else {}
    return PlannedDelivery(spec.name, DeliveryKind.NOTICE, Severity.NORMAL, "Title", tells)


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a database is asked, it does not tell
            await asyncio.sleep(0.01)


class Struck:
    """A channel whose engine is struck down between the writing of a record and the news of it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.written = 0

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """As the channel itself."""
        return self._channel.pieces(part, title, number)

    async def send(self, outgoing: Outgoing) -> int:
        """Write it; the answer never comes."""
        await self._channel.send(outgoing)
        self.written += 1
        return await asyncio.Future()

    async def edit(self, outgoing: Outgoing, message_id: int) -> None:
        """As the channel itself."""
        await self._channel.edit(outgoing, message_id)


@pytest.mark.parametrize("style", ["markdown", "jsonl"])
async def test_a_record_is_written_once_whenever_the_engine_is_struck_down(
    engine_store: Store, tmp_path: Path, style: str
) -> None:
    """What was written and not known to be is found in the file; each part stands there once, in order."""
    spec = ChannelSpec("archive", Folder(str(tmp_path / "out"), style))
    async with drain_of(engine_store, spec):
        number = owe(engine_store, spec, '{"text": "first"}', '{"text": "second"}')
    for _ in range(2):
        struck = Struck(channel_opener(None)(spec, ""))
        async with drain_of(engine_store, spec, lambda *_, struck=struck: struck) as drain:
            running = asyncio.create_task(drain.run(asyncio.Event()))
            await eventually(lambda struck=struck: struck.written == 1)  # type: ignore[misc]
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert engine_store.outbox.get(number).state is DeliveryState.SENDING
    async with drain_of(engine_store, spec) as drain:
        await drain.run_once()
    assert engine_store.outbox.get(number).state is DeliveryState.SENT
    (path,) = (tmp_path / "out").iterdir()
    text = path.read_text()
    assert [text.count(f'"{word}"') for word in ("first", "second")] == [1, 1]
    assert text.index("first") < text.index("second")


async def test_a_file_that_cannot_be_written_waits_for_its_folder(engine_store: Store, tmp_path: Path) -> None:
    """The message stays owed with the reason, and goes once the way is free; nothing is labelled: nothing was lost."""
    (tmp_path / "out").write_text("in the way")
    spec = ChannelSpec("archive", Folder(str(tmp_path / "out"), "jsonl"))
    stop = asyncio.Event()
    async with drain_of(engine_store, spec) as drain:
        number = owe(engine_store, spec, '{"text": "x"}')
        running = asyncio.create_task(drain.run(stop))
        await eventually(lambda: "is no folder" in engine_store.outbox.get(number).reason)
        assert engine_store.outbox.get(number).state in {DeliveryState.QUEUED, DeliveryState.SENDING}
        assert "is no folder" in engine_store.channels.state("archive").last_error
        (tmp_path / "out").unlink()
        await eventually(lambda: engine_store.outbox.get(number).state is DeliveryState.SENT)
        stop.set()
        await running
    (path,) = (tmp_path / "out").iterdir()
    assert json.loads(path.read_text()) == {"delivery": number, "part": 0, "text": "x", "possible_repeat": False}


@pytest.mark.parametrize("hold", [False, True])
async def test_a_refusal_of_apprise_is_a_lost_answer(engine_store: Store, *, hold: bool) -> None:
    """Sent again with a label, or left alone where the user wants that; the address is in no row of the database."""
    got: list[dict[str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response(status=500 if len(got) == 1 else 200)

    application = web.Application()
    application.router.add_post("/s3cret", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    spec = ChannelSpec("phone", Apprise(f"json://user:s3cret@127.0.0.1:{runner.addresses[0][1]}/s3cret"))
    final, stop = DeliveryState.UNKNOWN if hold else DeliveryState.SENT, asyncio.Event()
    try:
        async with drain_of(engine_store, spec, hold=hold) as drain:
            number = owe(engine_store, spec, "x")
            running = asyncio.create_task(drain.run(stop))
            await eventually(lambda: engine_store.outbox.get(number).state is final)
            stop.set()
            await running
    finally:
        await runner.cleanup()
    assert [one["message"] for one in got] == (["x"] if hold else ["x", "↻ possible repeat\nx"])
    assert got[0]["title"] == "Title"
    assert "JSON did not take it: it answered 500" in engine_store.channels.state("phone").last_error
    stored = f"{engine_store.outbox.list()} {engine_store.channels.all()}"
    assert "s3cret" not in stored


async def test_each_post_of_a_long_message_is_sent_once(engine_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service of short messages gets several: the one whose answer is lost goes again, labelled, and no other."""
    posts: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        posts.append((await request.json())["status"])
        return web.json_response({"id": str(len(posts))}, status=500 if len(posts) == 3 else 200)

    monkeypatch.setattr(NotifyMastodon, "request_rate_per_sec", 0)
    application = web.Application()
    application.router.add_post("/{path:.*}", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    spec = ChannelSpec("phone", Apprise(f"mastodon://token@127.0.0.1:{runner.addresses[0][1]}/"))
    lines = [f"line {number:02d} {'x' * 40}" for number in range(60)]
    stop = asyncio.Event()
    try:
        async with drain_of(engine_store, spec) as drain:
            (number,) = engine_store.outbox.owe([said(spec, *lines)], [], datetime.now(UTC))
            running = asyncio.create_task(drain.run(stop))
            await eventually(lambda: engine_store.outbox.get(number).state is DeliveryState.SENT)
            stop.set()
            await running
    finally:
        await runner.cleanup()
    lost, again = posts[2], posts.pop(3)
    assert again == f"{REPEAT_LABEL}{lost}"
    assert "\n".join(posts).splitlines() == ["Title", *lines]
    assert all(len(post) <= 500 for post in [*posts, again])
    sent = engine_store.outbox.get(number)
    assert len(sent.parts) == len(sent.message_ids) == len(posts)
