"""The process behind a page, played by programs that do what no dashboard of ours does."""

from __future__ import annotations

import json
import sys
from contextlib import aclosing

import pytest

from digest.serve.page import PageProcess
from tests.serve.serving import lives

BEGIN = "import json, os, signal, sys, time\nprint('__GANGLION__', flush=True)\n"
PACKET = "def packet(kind, data):\n    sys.stdout.buffer.write(kind + len(data).to_bytes(4, 'big') + data)\n"
PID = "packet(b'D', str(os.getpid()).encode())\nsys.stdout.flush()\n"


class Heard:
    """A browser's end of the websocket."""

    def __init__(self) -> None:
        self.painted: list[bytes] = []
        self.told: list[object] = []

    async def send_bytes(self, data: bytes) -> None:
        """Note it."""
        self.painted.append(data)

    async def send_str(self, data: str) -> None:
        """Note it."""
        self.told.append(json.loads(data))


async def started(program: str) -> PageProcess:
    """A page over a program."""
    return await PageProcess.start([sys.executable, "-c", BEGIN + PACKET + program], (80, 24))


@pytest.mark.parametrize(
    "program",
    [
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + PID + "time.sleep(1000)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + PID + "while True: packet(b'D', b'x' * 9999)",
        PID + "os.kill(os.getpid(), signal.SIGSTOP)",
    ],
)
async def test_a_dashboard_that_hangs_is_ended(program: str) -> None:
    """One that hears no signal, paints for ever or has stopped is gone when its page is."""
    page = await started(program)
    async with aclosing(page._packets()) as packets:
        kind, pid = await anext(packets)
    assert kind == b"D"
    assert lives(int(pid))
    await page.end()
    assert not lives(int(pid))


async def test_only_links_to_web_pages_reach_the_browser() -> None:
    """A script, a file of this machine, a file to be taken along, or what is no wish at all: nothing of it goes out."""
    wishes: list[object] = [
        {"type": "open_url", "url": url, "new_tab": False}
        for url in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", 7, "https://news.example/a")
    ]
    wishes += [{"type": "deliver_file_start", "key": "x", "path": "/etc/passwd", "open_method": "browser"}, {}, [], 7]
    page = await started(f"for wish in {wishes!r}:\n    packet(b'M', json.dumps(wish).encode())\npacket(b'P', b'x')")
    heard = Heard()
    assert await page.show(heard) == ""
    await page.end()
    assert heard.painted == []
    assert heard.told == [["open_url", {"url": "https://news.example/a", "new_tab": True}]]


async def test_what_a_dashboard_says_of_its_failure() -> None:
    """Its words come along as plain lines, without what steers a terminal; silence becomes its exit code."""
    page = await started("sys.stderr.write('no \\x1b[31mdisk\\nleft\\n')\nsys.exit(3)")
    assert (await page.show(Heard())).splitlines() == ["no disk", "left"]
    await page.end()
    page = await started("sys.exit(3)")
    assert await page.show(Heard()) == "its exit code was 3"
    await page.end()


async def test_marks_of_direction_take_no_cell() -> None:
    """A headline in Arabic is as wide in the page as the dashboard reckons; what merely looks alike stays."""
    page = await started("packet(b'D', 'a\u2067\u0628\u2069b\u2026\u2065'.encode())")
    heard = Heard()
    await page.show(heard)
    await page.end()
    assert b"".join(heard.painted).decode() == "a\u0628b\u2026\u2065"
