"""A whole world on loopback: feeds that a test writes, a Bot API server, and `digest` as its own process."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from digest.delivery.media.markup import REPEAT_LABEL
from digest.demo.bot_values import Chat
from digest.presence import engine_ready, engine_running, make_state_folder
from digest.store.store import open_store
from digest.values.messages import DeliveryState
from tests.command import run_command
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.stores import database_key, kind, new_store, store_url
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from digest.store.store import Store
    from tests.e2e.nursery import Forked, Nursery

DESK = Chat(-1001, "Desk")


@dataclass
class Feed:
    """A feed that the test writes; ``broken`` answers instead of the document while it is set.

    While it has none it shows a welcome, so that its first poll is its baseline, and what is added later is news.
    """

    title: str
    entries: list[tuple[str, str]] = field(default_factory=list)
    """(title, description), oldest first."""
    broken: Callable[[], web.Response] | None = None
    asked: int = 0
    hangs: bool = False
    cut: bool = False
    """The connection breaks, as without a network."""
    body: bytes | None = None
    """A document that stands for the entries."""
    prefix: str = ""
    """Of every guid."""
    delay: float = 0.0
    """Seconds before it answers."""
    link: str = ""
    """The ``Link`` header of its answers."""

    def add(self, title: str, description: str = "") -> None:
        """Publish an entry."""
        self.entries.append((title, description))

    def document(self) -> bytes:
        """The feed as RSS, newest first, as feeds are."""
        items = "".join(
            f"<item><guid>{escape(self.prefix + title)}</guid><title>{escape(escape(title))}</title>"
            f"<link>https://news.example/{hashlib.sha1(title.encode(), usedforsecurity=False).hexdigest()}</link>"
            f"<description>{escape(description)}</description></item>"
            for title, description in reversed(self.entries or [("Welcome", "")])
        )
        head = f"<channel><title>{escape(self.title)}</title>"
        return f'<?xml version="1.0"?><rss version="2.0">{head}{items}</channel></rss>'.encode()

    async def answer(self, request: web.Request) -> web.Response:
        """What a server says: 304 when nothing changed."""
        self.asked += 1
        await asyncio.sleep(self.delay)
        if self.hangs:
            await asyncio.Event().wait()
        if self.cut and request.transport is not None:
            request.transport.abort()
        if self.broken is not None:
            return self.broken()
        body = self.document() if self.body is None else self.body
        etag = f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        answer = web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})
        if self.link:
            answer.headers["Link"] = self.link
        answer.enable_compression()
        return answer


class World:
    """The folder of a user, the servers around it, and the engine; an async context manager.

    Args:
        folder: empty; config, rules and state go there.
        bot: the Bot API server; it knows the desk.
        feeds: by path.
    """

    program: Sequence[str] = (sys.executable, "-m", "digest")
    """What a command begins with."""

    nursery: Nursery | None = None
    """What starts them at once; without one each is a process from the beginning."""

    def __init__(self, folder: Path, bot: BotApi | None = None, /, **feeds: Feed) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.feeds = feeds
        self.bot = bot or BotApi((DESK,))
        self.process: subprocess.Popen[bytes] | Forked | None = None
        self._opened = AsyncExitStack()
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self.bot)
        application = web.Application()
        for name, feed in self.feeds.items():
            application.router.add_get(f"/{name}", feed.answer)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._opened.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        (self.folder / "rules").mkdir()
        self.write_config()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        await self._opened.aclose()

    # --- files ---------------------------------------------------------------------------------------------------

    @property
    def config(self) -> Path:
        """The config file."""
        return self.folder / "config.toml"

    def write_config(self, extra: str = "", every: str = "1s", telegram: str = "") -> None:
        """Write a config with every feed, and the desk as the one channel; ``telegram`` adds to that section."""
        feeds = "".join(f'[[feed]]\nurl = "{self.url(name)}"\nevery = "{every}"\n' for name in self.feeds)
        self.config.write_text(
            f'{database_key(self.state)}timezone = "UTC"\n[poll]\nmin = "1s"\nprivate_hosts = true\n'
            f'[telegram]\napi = "{self.bot.url}"\n{telegram}'
            f'[[channel]]\nname = "desk"\ntelegram = "{DESK.id}"\n{feeds}{extra}',
            encoding="utf-8",
        )

    def write_rule(self, name: str, query: str, title: str = "") -> None:
        """Write a rule file with one rule, called like its file, as an editor does: aside, then renamed."""
        aside = self.folder / f"{name}.new"
        shown = title or name
        aside.write_text(f'[[rule]]\nid = "{name}"\ntitle = "{shown}"\nquery = \'{query}\'\n', encoding="utf-8")
        aside.rename(self.folder / "rules" / f"{name}.toml")

    def url(self, name: str) -> str:
        """The address of a feed."""
        return f"http://127.0.0.1:{self._port}/{name}"

    # --- processes -----------------------------------------------------------------------------------------------

    def command(self, *words: str, **environment: str) -> subprocess.Popen[bytes] | Forked:
        """Start a command of ours; its output goes to ``output.txt``, where nothing may hold the token."""
        words = (*words, "--config", str(self.config))
        variables = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN} | environment
        if self.nursery is not None and self.program is World.program:
            return self.nursery.start(words, self.folder / "output.txt", variables)
        with (self.folder / "output.txt").open("ab") as output:
            return subprocess.Popen([*self.program, *words], env=variables, stdout=output, stderr=output)

    async def finished(self, process: subprocess.Popen[bytes] | Forked, seconds: float = 60.0) -> int:
        """The exit code of a process that is about to end."""
        return await asyncio.to_thread(process.wait, seconds)

    async def json(self, *words: str) -> list[dict[str, Any]]:
        """The lines that a reading command writes with ``--json``."""
        answer = await asyncio.to_thread(run_command, *words, "--json", "--config", str(self.config))
        assert answer.code == 0, answer.err
        return answer.lines

    def launch(self, **environment: str) -> None:
        """Start the engine; it is not at work yet."""
        self.process = self.command("run", **environment)

    async def start(self) -> None:
        """Start the engine, on a database that was made before, and wait until it is at work."""
        if kind() == "sqlite" and not (database := self.state / "digest.db").exists():
            make_state_folder(self.state)
            new_store(store_url(database)).close()
        self.launch()
        await self.until(lambda: engine_ready(self.state) and engine_running(self.state) == self.pid)

    def kill(self) -> None:
        """Kill the engine as a power cut would."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    async def terminate(self, seconds: float = 60.0) -> int:
        """Stop the engine as a service manager does; returns its exit code."""
        assert self.process is not None
        self.process.terminate()
        return await self.finished(self.process, seconds)

    @property
    def pid(self) -> int:
        """Of the engine."""
        assert self.process is not None
        return self.process.pid

    def output(self) -> str:
        """All that our commands printed."""
        return (self.folder / "output.txt").read_text(encoding="utf-8")

    # --- looking -------------------------------------------------------------------------------------------------

    def store(self) -> Store:
        """The engine's store, for reading."""
        return open_store(store_url(self.state / "digest.db"))

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something holds; a failure says what the engine printed."""
        await until(condition, otherwise=lambda: f"it did not come to pass; the engine said:\n{self.output()}")

    async def until_polled(self, *names: str) -> None:
        """Wait until these feeds (all of them, without) were polled well at least once."""
        urls = {self.url(name) for name in names or self.feeds}

        with self.store() as store:
            await self.until(
                lambda: urls <= {feed.spec.url for feed in store.polls.all_feeds() if feed.baseline_at is not None}
            )

    async def until_sent(self, *titles: str) -> None:
        """Wait until messages with these titles were accepted."""
        await self.until(lambda: set(titles) <= set(self.sent()))

    async def until_settled(self) -> None:
        """Wait until nothing is under way: every message that was accepted is known to be."""
        with self.store() as store:
            await self.until(lambda: not _under_way(store))

    async def until_told(self) -> None:
        """Wait until something was owed and nothing is under way."""
        with self.store() as store:
            await self.until(lambda: any(store.outbox.counts().values()) and not _under_way(store))

    def sent(self) -> list[str]:
        """The titles of the accepted messages, in order: what their first line says behind the severity."""
        first = (message.text.removeprefix(REPEAT_LABEL).partition("\n")[0] for message in self.bot.messages)
        return [line.partition(" · ")[2] for line in first]


def _under_way(store: Store) -> int:
    """How many messages wait to be sent, or are being sent."""
    counts = store.outbox.counts()
    return counts[DeliveryState.QUEUED] + counts[DeliveryState.SENDING]
