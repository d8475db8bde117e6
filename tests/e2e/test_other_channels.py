"""A file channel and an Apprise channel beside Telegram, end to end, the engine killed again and again."""

from __future__ import annotations

import json
import os
import re
import signal
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from digest.engine.ground.crash_points import VARIABLE, CrashPoint
from digest.values.messages import DeliveryState
from tests.e2e.world import DESK, Feed, World
from tests.fakes.receiver import SECRET, Receiver
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")

_SECRET = "pa55phrase-of-the-hook"


class Hook:
    """A service that Apprise sends to."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> str:
        application = web.Application()
        application.router.add_post(f"/{_SECRET}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"json://user:{_SECRET}@127.0.0.1:{self._runner.addresses[0][1]}/{_SECRET}"

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        said = await request.json()
        assert said["message"].removeprefix("↻ possible repeat\n").startswith("◆ normal · News · ")
        self.titles.append(said["title"])
        return web.Response()


async def test_every_channel_gets_every_alert_and_files_get_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever the engine is killed: no alert is lost anywhere, no record doubled, and the addresses stay secret."""
    monkeypatch.setenv("DIGEST_WEBHOOK_SECRET", SECRET)
    feed, hook = Feed("News"), Hook()
    async with hook as address, Receiver() as receiver, World(tmp_path, feed=feed) as world:
        world.write_config(
            f'[[channel]]\nname = "phone"\napprise = "{address}"\n'
            '[[channel]]\nname = "notes"\nfile = "notes"\ntemplate = "## {title}\\n{summary}"\n'
            '[[channel]]\nname = "log"\nfile = "log"\nformat = "jsonl"\n'
            f'[[channel]]\nname = "api"\nwebhook = "{receiver.url}"\n'
        )
        world.write_rule("rocket", "rocket")
        await world.start()
        await world.until_polled()
        titles = [unlike(f"The rocket no. {number} <!-- digest 1.0 -->") for number in range(4)]
        for number in range(0, 4, 2):
            feed.add(titles[number])
            feed.add(titles[number + 1])
            await world.until(lambda seen=number: len(_records(tmp_path / "log")) > seen)  # type: ignore[misc]
            world.kill()
            await world.start()
        await world.until_sent(*titles)
        await world.until(lambda: set(hook.titles) == set(titles))
        await world.until_settled()
        assert await world.terminate() == 0
        assert {title for got in receiver.got for title in got.titles} == set(titles)
        assert len({got.id for got in receiver.got}) == 4, "a repeat has the id of the first"

        records = _records(tmp_path / "log")
        assert [record["title"] for record in records] == titles
        assert all(record["rules"] == ["rocket"] and record["kind"] == "alert" for record in records)
        notes = "".join(path.read_text() for path in sorted((tmp_path / "notes").iterdir()))
        assert re.findall(r"no\\?\. (\d)", notes) == [str(number) for number in range(4)]
        assert len(set(re.findall(r"^<!-- digest \d+\.0 -->$", notes, re.MULTILINE))) == 4
        with world.store() as store:
            counts = {state: count for state, count in store.outbox.counts().items() if count}
        assert counts == {DeliveryState.SENT: 20}
        assert _files_with(_SECRET, tmp_path) == _files_with("k3y-in-the-path", tmp_path) == [world.config]
        assert "Traceback" not in (world.state / "engine.log").read_text()


@pytest.mark.parametrize("point", [CrashPoint.AFTER_SENDING, CrashPoint.AFTER_ANSWER, "taken"])
async def test_a_webhook_gets_the_same_id_again_after_a_crash(
    tmp_path: Path, point: CrashPoint | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed with -9 between the answer and its record: the repeat has the id of the first, and secrets stay ours."""
    monkeypatch.setenv("DIGEST_WEBHOOK_SECRET", SECRET)
    feed = Feed("News")
    async with Receiver() as receiver, World(tmp_path, feed=feed) as world:
        world.config.write_text(
            world.config.read_text().replace(f'telegram = "{DESK.id}"', f'webhook = "{receiver.url}"')
        )
        world.write_rule("rocket", "rocket")
        world.write_rule("start", "starts")
        await world.start()
        await world.until_polled()
        world.kill()
        feed.add("The rocket starts")
        if isinstance(point, CrashPoint):
            world.launch(**{VARIABLE: point})
        else:
            world.launch()
            receiver.then = lambda: os.kill(world.pid, signal.SIGKILL)
        assert world.process is not None
        assert await world.finished(world.process, 20) == -signal.SIGKILL
        receiver.then = lambda: None
        await world.start()
        await world.until(lambda: receiver.got)
        await world.until_told()
        assert await world.terminate() == 0

        (alert_id,) = {got.id for got in receiver.got}
        with world.store() as store:
            (delivery,) = store.outbox.list()
            assert (delivery.state, alert_id) == (DeliveryState.SENT, f"digest-{store.mark()}-{delivery.id}-0")
        assert receiver.refused == 0
        assert {tuple(got.titles) for got in receiver.got} == {("The rocket starts",) * 2}
        told = [{k: v for k, v in line.items() if k != "deliveries"} for line in await world.json("alerts")]
        by_rule = sorted(receiver.got[-1].body["data"]["alerts"], key=lambda line: line["id"])
        assert by_rule == sorted(told, key=lambda line: line["id"])
        assert _files_with("k3y-in-the-path", tmp_path) == [world.config]
        assert _files_with(SECRET, tmp_path) == []


async def test_no_token_is_needed_without_telegram(tmp_path: Path) -> None:
    """An engine with a file channel alone delivers, and says nothing of a token."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_config(every="6h")
        text = world.config.read_text().replace("telegram = ", 'file = "log"\nformat = "jsonl"\n#')
        world.config.write_text(text.replace("[telegram]\n", '[telegram]\ntoken_env = "NOT_THERE"\n'))
        world.write_rule("rocket", "rocket")
        assert await world.finished(world.command("run", "--once")) == 0
        feed.add("A rocket")
        assert await world.finished(world.command("run", "--once")) == 0
        assert [record["title"] for record in _records(tmp_path / "log")] == ["A rocket"]
        assert "token" not in world.output()


def _files_with(secret: str, folder: Path) -> list[Path]:
    """The files below a folder that hold a secret."""
    return [path for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]


def _records(folder: Path) -> list[dict[str, object]]:
    """What the files of a folder hold, in order."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [json.loads(line) for path in files for line in path.read_text().split("\n")[:-1]]
