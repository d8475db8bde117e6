"""The bot's token is nowhere: in no log at any level, no output, no stored byte, no argument, no picture.

Telegram's far side is at its worst here: it writes the token into whatever it answers. The environment of the
processes is the user's own and holds the token by its nature; it is not looked at.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from aiohttp import web

from digest.demo.bot_values import Chat
from digest.engine.ground.logs import VARIABLE
from digest.tui.app import DashboardApp
from digest.values.messages import DeliveryState
from tests.e2e.world import DESK, Feed, World
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.stores import kind, store_url
from tests.tui.picture import picture
from tests.tui.stage import PLACES, settle, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HALF = TOKEN.partition(":")[2]
ECHO = f"no way to /bot{TOKEN}/sendMessage, said {HALF}"


def _error(code: int, words: str, **parameters: int) -> web.Response:
    body = {"ok": False, "error_code": code, "description": f"{words}: {ECHO}", "parameters": parameters}
    return web.json_response(body, status=code)


HOSTILE: tuple[Callable[[], web.Response], ...] = (
    lambda: _error(400, "Bad Request"),
    lambda: _error(403, "Forbidden"),
    lambda: _error(403, "No entry"),
    lambda: _error(409, "Conflict"),
    lambda: _error(429, "Too Many Requests", retry_after=1),
    lambda: _error(500, "Internal Server Error"),
    lambda: web.Response(status=502, text=f"<html>{ECHO}</html>", content_type="text/html"),
    lambda: web.Response(text=ECHO),
    lambda: web.Response(status=302, headers={"Location": f"http://127.0.0.1:9/bot{TOKEN}/sendMessage"}),
    lambda: web.json_response({"ok": True, "result": {"message_id": ECHO, "date": ECHO, "chat": ECHO}}),
    lambda: web.json_response({"ok": True, "result": ECHO}),
    lambda: web.Response(body=b'{"ok": true, "result": ' + b"[" * 100_000, content_type="application/json"),
    lambda: web.Response(body=TOKEN.encode() + b"\xff\xfe", content_type="application/json"),
)
"""Answers by which a client could be led to say the token, one for each channel; the long one trips any reader."""
CHATS = tuple(Chat(number, "Reader", "private") for number in range(20, 20 + len(HOSTILE)))


class HostileApi(BotApi):
    """A Bot API server that answers the first message to each chat in a way of its own."""

    def __init__(self) -> None:
        super().__init__((DESK, *CHATS))
        self.scripted = {chat.id: deque([answer]) for chat, answer in zip(CHATS, HOSTILE, strict=True)}

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        waiting = self.scripted.get(int(parameters["chat_id"]))
        return waiting.popleft()() if waiting else await super()._send_message(parameters, request)


@pytest.fixture
def _at_every_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loudest that interpreter, libraries and engine can be made."""
    for name in (VARIABLE, "PYTHONASYNCIODEBUG", "PYTHONFAULTHANDLER", "HTTPX_LOG_LEVEL"):
        monkeypatch.setenv(name, "debug" if name == VARIABLE else "1")


@pytest.mark.usefixtures("_at_every_level")
async def test_the_token_is_nowhere(tmp_path: Path) -> None:
    """Engine and commands, with answers that hold the token, a wrong token, nobody there, and a crash."""
    feed, bot = Feed("News"), HostileApi()
    channels = "".join(f'[[channel]]\nname = "c{chat.id}"\ntelegram = "{chat.id}"\n' for chat in CHATS)
    said = []
    async with World(tmp_path, bot, feed=feed) as world:
        world.program = (sys.executable, "-m", "tests.e2e.quick_digest")
        world.write_config(channels)
        world.write_rule("dprk", "Korea")
        await world.start()
        await world.until_polled()
        feed.add("Korea talks")
        await world.until(lambda: not any(bot.scripted.values()) and _settled(world))
        said.append(await _arguments())
        said += await _pictures(world)
        for words in (
            "status",
            "alerts --json",
            "outbox list --all",
            "outbox list --all --json",
            "feeds list",
            "check --online",
            "telegram test desk",
            "telegram chats",
        ):
            await world.finished(world.command(*words.split()))

        bot.token = "987654321:AAEanother-token-that-is-not-ours-0"
        await world.finished(world.command("telegram", "test", "desk"))
        feed.add("Korea walks")
        await world.until(lambda: "does not know the bot's token" in world.output())
        assert world.process is not None
        world.process.send_signal(signal.SIGABRT)  # the interpreter writes down where every thread is
        await world.finished(world.process)

        world.config.write_text(world.config.read_text().replace(bot.url, "http://127.0.0.1:9"))
        await world.finished(world.command("telegram", "test", "desk"))
        await world.start()
        await world.until(lambda: "could not be reached" in world.output())
        assert await world.terminate() == 0
        said += await _pictures(world)

    log = (world.state / "engine.log").read_text()
    assert "/bot***/sendMessage" in log, "the client's own log was not looked at"
    assert "Telegram refused: Forbidden: no way to" in log, "none of Telegram's own words were looked at"
    assert "unforeseen" not in log, "an answer was taken for a fault of our own"
    assert "Fatal Python error" in world.output()
    names, showing = files_with(tmp_path, TOKEN, HALF)
    assert {"engine.log", "output.txt", *(["digest.db"] if kind() == "sqlite" else ())} <= names
    assert showing == []
    assert not any(HALF.lower() in text.lower() for text in said)


def _settled(world: World) -> bool:
    with world.store() as store:
        counts = store.outbox.counts()
    return not counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING]


async def _arguments() -> str:
    """What everybody on the machine can read of its processes: their arguments, those of children, too."""
    listed = await asyncio.to_thread(subprocess.check_output, ["ps", "-ww", "-eo", "args"], text=True)
    assert "digest run" in listed
    assert "digest.engine.polling.parser_child" in listed
    return listed


async def _pictures(world: World) -> list[str]:
    """The dashboard over this store, as text and as pictures; with an entry open, whose deliveries have reasons."""
    app = DashboardApp(
        store_url(world.state / "digest.db"), zone=ZoneInfo("UTC"), places=PLACES, now=lambda: datetime.now(UTC)
    )
    async with app.run_test(size=(160, 60)) as pilot:
        await settle(app, pilot)
        await pilot.press("end")
        await settle(app, pilot)
        lines = text_of(app)
        assert any("Korea" in line for line in lines)
        return [*lines, picture(app), app.export_screenshot()]


def files_with(folder: Path, *secrets: str) -> tuple[set[str], list[Path]]:
    """The names of all files below a folder, and the files that hold one of the secrets, in whatever case."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    showing = [
        path for path in files if any(secret.lower().encode() in path.read_bytes().lower() for secret in secrets)
    ]
    return {path.name for path in files}, showing
