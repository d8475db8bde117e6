"""How many transactions one message costs: a real engine is run over a feed, and its reads and writes are counted.

What the engine's start and its polls cost is the same for a few messages and for many; so the difference between two
runs, divided by how many messages more the second one sent, is what one message costs.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from digest.demo.bot_values import Chat
from tests.fakes.bot_api import TOKEN, BotApi
from tests.unlike import unlike

if TYPE_CHECKING:
    from collections.abc import Mapping

_FEW: Final = 10
_MANY: Final = 60
_CHATS: Final = 25
"""Under the limit of thirty messages a second."""

_COUNTING: Final = """
import atexit, json, sys
from collections import Counter
from sqlalchemy import event
from sqlalchemy.engine import Engine

found, kinds = Counter(), {}

@event.listens_for(Engine, "begin")
def begin(connection):
    kinds[connection.connection.dbapi_connection] = "reads"

@event.listens_for(Engine, "before_cursor_execute")
def execute(connection, cursor, statement, *_):
    if statement.split(None, 1)[0].upper() in {"INSERT", "UPDATE", "DELETE", "REPLACE"}:
        kinds[connection.connection.dbapi_connection] = "writes"

@event.listens_for(Engine, "commit")
@event.listens_for(Engine, "rollback")
def end(connection):
    found[kinds.pop(connection.connection.dbapi_connection, "none")] += 1

atexit.register(lambda: print("TRANSACTIONS", json.dumps(found), flush=True))
from digest.cli.main import main
main(sys.argv[1:])
"""


def transactions_a_message(root: Path) -> dict[str, str]:
    """Reads and writes of the checkout in a folder, for each message of many to one place, and of one to many."""
    return asyncio.run(_transactions(root))


async def _transactions(root: Path) -> dict[str, str]:
    queue = {number: await _count(root, entries=number, chats=0) for number in (_FEW, _MANY)}
    chats = {number: await _count(root, entries=1, chats=number) for number in (1, _CHATS)}
    return {"many messages to a folder": _each(queue), "one message to each of many chats": _each(chats)}


def _each(counted: Mapping[int, Mapping[str, int]]) -> str:
    """By how many messages were told, the transactions; those that one more message takes."""
    few, many = counted
    reads, writes = ((counted[many][kind] - counted[few][kind]) / (many - few) for kind in ("reads", "writes"))
    return f"{reads:.1f} reads, {writes:.1f} writes"


async def _count(root: Path, *, entries: int, chats: int) -> Counter[str]:
    """The transactions of one `run --once` that tells so many entries, in a folder or to each of some chats."""
    known = tuple(Chat(-1000 - number, f"Chat {number}") for number in range(chats))
    published = 0

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=_document(published), content_type="application/rss+xml")

    feeds = web.Application()
    feeds.router.add_get("/feed", answer)
    runner = web.AppRunner(feeds, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        async with BotApi(known) as api:
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                _write(folder, f"http://127.0.0.1:{runner.addresses[0][1]}/feed", api, known)
                await _run(root, folder)  # what is there at first is told to nobody
                published = entries
                found = await _run(root, folder)
                told = len(api.messages) if chats else _records(folder)
                assert told == entries * max(1, chats), f"{told} messages came of {entries} entries"
                return found
    finally:
        await runner.cleanup()


def _write(folder: Path, feed: str, api: BotApi, chats: tuple[Chat, ...]) -> None:
    """A config with the feed and its channels, and a rule that lets every entry alert by itself."""
    channels = "".join(f'[[channel]]\nname = "c{-chat.id}"\ntelegram = "{chat.id}"\n' for chat in chats)
    channels = channels or '[[channel]]\nname = "log"\nfile = "log"\nformat = "jsonl"\n'
    (folder / "rules").mkdir()
    (folder / "rules" / "all.toml").write_text('[[rule]]\nid = "all"\nany = ["embassy"]\nseverity = "urgent"\n')
    (folder / "config.toml").write_text(
        f'[poll]\nprivate_hosts = true\n[telegram]\napi = "{api.url}"\nflood = 1000\n[notices]\nchannels = []\n'
        f'[[feed]]\nurl = "{feed}"\n{channels}',
        encoding="utf-8",
    )


def _document(entries: int) -> str:
    items = "".join(
        f"<item><guid>{number}</guid><title>{unlike(f'{number} embassy', 3)}</title>"
        f"<link>https://news.example/{number}</link></item>"
        for number in range(entries, 0, -1)
    )
    first = "<item><guid>0</guid><title>Welcome</title><link>https://news.example/0</link></item>"
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}{first}</channel></rss>'


def _records(folder: Path) -> int:
    return sum(len(file.read_text(encoding="utf-8").splitlines()) for file in (folder / "log").glob("*.jsonl"))


async def _run(root: Path, folder: Path) -> Counter[str]:
    """Run a checkout's engine once; its transactions."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _COUNTING, "run", "--once", "--config", str(folder / "config.toml")),
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root), "TELEGRAM_BOT_TOKEN": TOKEN},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"the engine of {root} ended with {process.returncode}: {errors.decode()[-2000:]}")
    counted = out.decode().rpartition("TRANSACTIONS ")[2]
    return Counter(json.loads(counted))
