"""What polling costs: 200 feeds of 30 entries, served on loopback by another process.

Each figure is the CPU time of ``digest run --once``, parser children included, less that of the same run over two
feeds (start-up). Beside it, in the same run on the same documents, stands a loop that gives each address to
feedparser and keeps nothing: the ratio is what counts, for seconds depend on the machine.
"""

from __future__ import annotations

import asyncio
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FEEDS = 200
ENTRIES = 30
_FEWEST = 2  # feeds of the run that stands for start-up: one for each parser child
_WORDS = "the minister said on Monday that talks about the border would go on in the capital until a treaty is signed"
_RULES = """
[alias]
dprk = ["North Korea", "DPRK", "Pyongyang", "북한"]
[[rule]]
id = "dprk"
any = ["@dprk"]
[[rule]]
id = "treaty"
query = '"treaty"~2 AND (Seoul OR Damascus)'
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: CPU seconds for so many feeds."""

    name: str
    seconds: float
    feeds: int

    @property
    def rate(self) -> float:
        """Feeds per CPU second."""
        return self.feeds / self.seconds


def document(feed: int, newest: int) -> bytes:
    """A feed whose newest entry has that number; every entry says 900 characters, one in ten hits a rule."""
    items = "".join(_item(feed, number) for number in range(newest, newest - ENTRIES, -1))
    head = f"<title>Outlet {feed}</title><link>https://outlet{feed}.example/</link>"
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def _item(feed: int, number: int) -> str:
    place = "Damascus" if number % 10 == 0 else "the capital"
    text = " ".join(f"&lt;p&gt;{number}-{part} {place}: {_WORDS}.&lt;/p&gt;" for part in range(7))
    return (
        f"<item><guid>{feed}/{number}</guid><title>Dispatch {number} of outlet {feed} from {place}</title>"
        f"<link>https://outlet{feed}.example/{number}</link><pubDate>Sun, 22 Nov 2026 10:00:00 GMT</pubDate>"
        f"<description>{text}</description></item>"
    )


def run() -> list[Row]:
    """All figures, the plain loop's first."""
    with loopback_server() as base, tempfile.TemporaryDirectory() as folder:
        fetch(f"{base}/publish/100")
        rows = [Row("feedparser alone", _cpu(["-c", _PLAIN_LOOP, base, str(FEEDS)]), FEEDS)]
        many, few = (_write_config(Path(folder), base, count) for count in (FEEDS, _FEWEST))
        for name, rounds in _POLLS:
            seconds = []
            for newest in rounds:
                fetch(f"{base}/publish/{newest}")
                start_up, whole = (_cpu(["-m", "digest", "run", "--once", "--config", each]) for each in (few, many))
                seconds.append(whole - start_up)
            rows.append(Row(name, statistics.median(seconds), FEEDS - _FEWEST))
        return rows


_POLLS = (("first poll", [100]), ("unchanged", [100] * 5), ("one new entry each", range(101, 106)))
"""Each with the newest entry of its rounds, of which the median counts: start-up alone varies by 0.1 s."""


_PLAIN_LOOP = """
import sys, feedparser
for feed in range(int(sys.argv[2])):
    assert feedparser.parse(f"{sys.argv[1]}/feed/{feed}").entries
"""


def _cpu(words: list[str]) -> float:
    """CPU seconds of a Python process and of all it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def _write_config(folder: Path, base: str, count: int) -> str:
    """A config with so many of the feeds, and its own state; its path."""
    home = folder / f"{count}"
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "bench.toml").write_text(_RULES, encoding="utf-8")
    feeds = "".join(f'[[feed]]\nurl = "{base}/feed/{number}"\n' for number in range(count))
    (home / "config.toml").write_text(f"[poll]\nprivate_hosts = true\n{feeds}", encoding="utf-8")
    return str(home / "config.toml")


# --- the server --------------------------------------------------------------------------------------------------


@contextmanager
def loopback_server() -> Iterator[str]:
    """The feeds, served by another process; the address they stand under."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_poll", "serve"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def fetch(url: str) -> None:
    """Ask the server for something."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        answer.read()


async def _serve() -> None:
    """Serve until killed: documents with validators, gzip for those who ask for it."""
    from aiohttp import web

    newest = 0

    async def publish(request: web.Request) -> web.Response:
        nonlocal newest
        newest = int(request.match_info["newest"])
        return web.Response()

    async def feed(request: web.Request) -> web.Response:
        etag = f'"{newest}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        body = document(int(request.match_info["number"]), newest)
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})

    application = web.Application()
    application.router.add_get("/publish/{newest}", publish)
    application.router.add_get("/feed/{number}", feed)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Print the figures."""
    started = time.monotonic()
    rows = run()
    plain = rows[0]
    print(f"{FEEDS} feeds of {ENTRIES} entries; CPU, start-up subtracted")
    for row in rows:
        print(f"{row.name:20} {row.rate:8.0f} feeds/CPU s {row.rate / plain.rate:8.1f} x feedparser alone")
    print(f"({time.monotonic() - started:.0f} s in all)")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "serve":
        asyncio.run(_serve())
    else:
        main()
