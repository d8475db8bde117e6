"""`digest serve` as users run it: the command in a process of its own, over a store with a day of news in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import ClientSession, CookieJar

from digest.presence import EngineLock
from tests.fakes.stores import store_url
from tests.waiting import PATIENCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

PROCESSES: Final = Path("/proc")
CONFIG: Final = 'timezone = "Asia/Seoul"\n[[feed]]\nurl = "https://example.org/rss.xml"\n'


@dataclass(frozen=True)
class Serving:
    """A server that is up."""

    process: subprocess.Popen[bytes]
    folder: Path
    address: str
    """What it printed."""

    @property
    def origin(self) -> str:
        """The address without the token."""
        return self.address.split("/?")[0]

    @property
    def host(self) -> str:
        """The name and the port."""
        return self.origin.removeprefix("http://")

    @property
    def port(self) -> int:
        """The port."""
        return int(self.host.split(":")[1])

    @property
    def token(self) -> str:
        """The token."""
        return self.address.split("token=")[1]

    @property
    def database(self) -> str:
        """The store's URL."""
        return store_url(self.folder / "state" / "digest.db")

    @property
    def said(self) -> str:
        """What it has told on standard error."""
        return (self.folder / "stderr").read_text()

    @property
    def dashboards(self) -> list[int]:
        """The processes of its pages."""
        found = []
        for path in PROCESSES.iterdir():
            with suppress(OSError):  # it has ended meanwhile
                if path.name.isdecimal() and parent_of(path) == self.process.pid:
                    found.append(int(path.name))
        return found

    def client(self) -> ClientSession:
        """An HTTP client without a cookie."""
        return ClientSession(self.origin, cookie_jar=CookieJar(unsafe=True))


def parent_of(process: Path) -> int:
    """The id of a process's parent; 0 for one that is dead already."""
    state, parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[:2]
    return 0 if state == "Z" else int(parent)


def lives(process: int) -> bool:
    """Whether a process is there, and no zombie."""
    with suppress(OSError):
        return parent_of(PROCESSES / str(process)) > 0
    return False


@contextmanager
def serving(folder: Path, *options: str, engine: bool = True, **variables: str) -> Iterator[Serving]:
    """Run it in a folder with a config and a store.

    Args:
        folder: the folder.
        options: behind ``digest serve``.
        engine: whether an engine's lock is held there, so that none is started.
        variables: of its environment.
    """
    environment = {**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "EDITOR": "touch", **variables}
    command = [sys.executable, "-m", "digest", "serve", "--port", "0", *options]
    printed, told = folder / "stdout", folder / "stderr"
    with (
        EngineLock(folder / "state") if engine else nullcontext(),
        printed.open("wb") as out,
        told.open("wb") as error,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=error) as process,
    ):
        try:
            wait_until(lambda: "Ctrl-C" in told.read_text() or process.poll() is not None)
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/\?token=[\w-]{43}\n", printed.read_text()), told.read_text()
            yield Serving(process, folder, printed.read_text().strip())
        finally:
            process.terminate()
            process.wait(PATIENCE)
        assert "Traceback" not in told.read_text(), told.read_text()
