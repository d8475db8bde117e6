"""A real Chromium without a window, driven through its DevTools protocol over a websocket."""

from __future__ import annotations

import asyncio
import base64
import os
import re
import shutil
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import pyte
from aiohttp import ClientSession

from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from aiohttp import ClientWebSocketResponse

PROGRAM: Final = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; ``None`` where there is none."""
_OPTIONS: Final = (
    "--headless=new", "--no-sandbox", "--no-first-run", "--disable-background-networking", "--disable-sync",
    "--disable-component-update", "--disable-quic", "--disable-dev-shm-usage", "--remote-debugging-port=0",
    "--window-size=1200,800", "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
_LISTENS: Final = re.compile(rb"DevTools listening on (ws://\S+)")
_KEYS: Final = {"Enter": ("\r", 13), "Tab": ("", 9), "Escape": ("", 27), "ArrowDown": ("", 40)}
"""What is typed by a key that has a name, and its number."""


class Tab:
    """A tab; what its websocket carried is shown on a screen as the page's terminal shows it.

    Args:
        chromium: the browser.
        target: the tab's id there.
        session: the id of the conversation with it.
    """

    def __init__(self, chromium: Chromium, target: str, session: str) -> None:
        self.target, self.session = target, session
        self._chromium = chromium
        self.requested: list[str] = []
        """Every address it asked for."""
        self.console: list[str] = []
        """What went wrong in the page, and what was forbidden it."""
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)

    async def call(self, method: str, **params: Any) -> Any:
        """Have it do something; the answer."""
        return await self._chromium.call(method, session=self.session, **params)

    async def go(self, address: str) -> None:
        """Type an address."""
        await self.call("Page.navigate", url=address)

    async def value(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key and let it go."""
        text, number = _KEYS.get(key, (key, ord(key[0].upper())))
        event = {"key": key, "windowsVirtualKeyCode": number}
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **event)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    async def picture(self) -> bytes:
        """What is seen, as a PNG."""
        return base64.b64decode((await self.call("Page.captureScreenshot"))["data"])

    async def close(self) -> None:
        """Close it."""
        await self._chromium.call("Target.closeTarget", targetId=self.target)

    @property
    def lines(self) -> list[str]:
        """The terminal's lines."""
        return [
            "".join(self.screen.buffer[y][x].data for x in range(self.screen.columns)) for y in range(self.screen.lines)
        ]

    async def see(self, words: str) -> None:
        """Wait until these words are in the terminal."""
        await self.until(lambda lines: any(words in line for line in lines))

    async def until(self, condition: Callable[[list[str]], bool]) -> None:
        """Wait until the terminal's lines are so."""
        await until(lambda: condition(self.lines), otherwise=lambda: "\n".join([*self.lines, *self.console]))

    def note(self, method: str, params: dict[str, Any]) -> None:
        """Take in what the browser tells of it."""
        match method:
            case "Network.requestWillBeSent":
                self.requested.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requested.append(params["url"])
                if size := re.search(r"width=(\d+)&height=(\d+)", params["url"]):
                    self.screen.resize(lines=int(size[2]), columns=int(size[1]))
            case "Network.webSocketFrameReceived" if params["response"]["opcode"] == 2:
                self._stream.feed(base64.b64decode(params["response"]["payloadData"]))
            case "Network.webSocketFrameSent" if size := re.search(
                r'^\["resize",{"width":(\d+),"height":(\d+)}', params["response"]["payloadData"]
            ):
                self.screen.resize(lines=int(size[2]), columns=int(size[1]))
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.console.append(params["entry"]["text"] + " " + params["entry"].get("url", ""))
            case "Runtime.exceptionThrown":
                self.console.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] == "error":
                self.console.append(str([argument.get("value") for argument in params["args"]]))


class Chromium:
    """The browser; made by ``chromium``."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._tabs: dict[str, Tab] = {}
        self.targets: list[str] = []
        """The addresses of all the tabs that were opened, also by pages."""
        self.listening = asyncio.create_task(self._listen())

    async def call(self, method: str, *, session: str | None = None, **params: Any) -> Any:
        """Have it do something; the answer."""
        number = len(self._asked) + 1
        self._asked[number] = asyncio.get_running_loop().create_future()
        wish = {"id": number, "method": method, "params": params}
        await self._socket.send_json(wish | ({"sessionId": session} if session else {}))
        answer = await asyncio.wait_for(self._asked[number], 60)
        assert "error" not in answer, answer
        return answer["result"]

    async def open(self) -> Tab:
        """A new, empty tab."""
        target = (await self.call("Target.createTarget", url="about:blank"))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        tab = self._tabs[session] = Tab(self, target, session)
        for domain in ("Page", "Network", "Runtime", "Log"):
            await tab.call(f"{domain}.enable")
        return tab

    async def _listen(self) -> None:
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._asked[told["id"]].set_result(told)
            elif told["method"] in {"Target.targetCreated", "Target.targetInfoChanged"}:
                self.targets.append(told["params"]["targetInfo"]["url"])
            elif tab := self._tabs.get(told.get("sessionId", "")):
                tab.note(told["method"], told["params"])


@asynccontextmanager
async def chromium(folder: Path, *options: str) -> AsyncIterator[Chromium]:
    """Start it with a new profile in a folder; it ends with the block."""
    assert PROGRAM is not None
    profile = folder / "profile"
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *_OPTIONS, *options, f"--user-data-dir={profile}", "about:blank",
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"HOME": str(folder)}, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        while not (listens := _LISTENS.search(await asyncio.wait_for(process.stderr.readline(), 60))):
            assert process.returncode is None
        rest = asyncio.create_task(process.stderr.read())  # lest it wait for somebody to read that
        async with ClientSession() as client, client.ws_connect(listens[1].decode(), max_msg_size=0) as socket:
            browser = Chromium(socket)
            await browser.call("Target.setDiscoverTargets", discover=True)
            yield browser
            await socket.close()
            await browser.listening
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    await rest
