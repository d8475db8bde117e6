"""The web server: each request passes the doorkeeper, each answer forbids the browser what the page does not need."""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import signal
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from aiohttp import WSMsgType, hdrs, web

from digest.serve.api import Api, failed
from digest.serve.doorkeeper import NotLetIn
from digest.serve.page import PageProcess

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Sequence
    from importlib.resources.abc import Traversable

    from digest.answers.pages import Answers
    from digest.serve.doorkeeper import Doorkeeper

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MOST_PAGES: Final = 8
"""Open at once: each is a process."""
_LONGEST_MESSAGE: Final = 256 * 1024
"""Bytes: what a page may send at once, as when something is pasted."""
_HEARTBEAT: Final = 15.0
"""Seconds after which a browser is asked whether it is still there."""
_ENDING: Final = 2.0
"""Seconds that answers under way may take when the server ends."""

_OURS, _THEIRS = "digest.serve", "textual_serve"
_ASSETS: Final = {
    "page.css": (_OURS, "assets/page.css", "text/css"),
    "page.js": (_OURS, "assets/page.js", "text/javascript"),
    "xterm.css": (_THEIRS, "static/css/xterm.css", "text/css"),
    "textual.js": (_THEIRS, "static/js/textual.js", "text/javascript"),
    "roboto-mono.ttf": (_THEIRS, "static/fonts/RobotoMono-VariableFont_wght.ttf", "font/ttf"),
}
"""All that can be asked for: where it is, and its type."""

_HEADERS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",  # a page that is opened from here cannot reach back
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# The terminal makes style elements of its own; nothing else in the page is written by a script.
_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self' ws://127.0.0.1:{port} ws://localhost:{port}; object-src 'none'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_FULL: Final = f"{_MOST_PAGES} pages are open, and no more can be.\nClose one of them, then try again here."


class Server:
    """Serves one dashboard to each page that is open.

    Args:
        doorkeeper: whom to let in.
        command: starts a dashboard, as ``PageProcess.start`` wants it.
        answers: what programs can ask.
        tell: takes a sentence on what went wrong.
    """

    def __init__(
        self, doorkeeper: Doorkeeper, command: Sequence[str], answers: Answers, tell: Callable[[str], None]
    ) -> None:
        self._door, self._command, self._tell = doorkeeper, command, tell
        self._api = Api(doorkeeper, answers)
        self._places = asyncio.Semaphore(_MOST_PAGES)
        self._open: dict[web.WebSocketResponse, PageProcess] = {}
        self._policy = _POLICY.format(port=doorkeeper.port)
        self._assets = {name: (_file(room, path).read_bytes(), kind) for name, (room, path, kind) in _ASSETS.items()}
        self._index = _file(_OURS, "assets/index.html").read_text(encoding="utf-8")
        self._refused = _file(_OURS, "assets/refused.html").read_text(encoding="utf-8")

    async def run(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Serve until a signal says stop; ``ready`` is called once requests are answered."""
        stop = _told_to_stop()
        silent = logging.getLogger("digest.serve.silent")  # what strangers send is no news, and a token is no log's
        silent.disabled = True
        runner = web.AppRunner(self._application(), access_log=None, logger=silent, shutdown_timeout=_ENDING)
        await runner.setup()
        try:
            await web.SockSite(runner, listener).start()
            ready()
            await stop.wait()
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        application.add_routes([
            web.get("/", self._serve_index),
            web.get("/assets/{name}", self._serve_asset),
            web.get("/ws", self._serve_page),
            web.route("*", "/{room:api|feeds|metrics}{rest:(?:/.*)?}", self._api.answer),
            web.get("/{room:healthz|readyz}", self._api.probe),
        ])  # fmt: skip
        application.on_response_prepare.append(self._add_headers)
        application.on_shutdown.append(self._end_all)
        return application

    # --- whom to answer ------------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let in whom the doorkeeper lets in; whatever else goes wrong is told in a line."""
        program = "room" in request.match_info  # it is judged there: programs have another way in
        try:
            return await (handler(request) if program else self._answer_browser(request, handler))
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - one request that fails ends no other
            self._tell(f"a request could not be answered: {type(error).__name__}: {error}")
            said = "500: something went wrong; the terminal has more\n"
            return failed() if program else web.Response(status=500, text=said)

    async def _answer_browser(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return self._not_let_in(refusal)
        if request.path == "/" and "token" in request.query:
            return self._exchange(request.query["token"])
        if not self._door.knows(request.cookies.get(self._door.cookie_name)):
            return self._not_let_in(NotLetIn.COOKIE)
        return await handler(request)

    def _refusal(self, request: web.Request) -> NotLetIn | None:
        more_than_reading = request.method not in {hdrs.METH_GET, hdrs.METH_HEAD} or hdrs.UPGRADE in request.headers
        headers = request.headers
        return self._door.refuses(headers.get(hdrs.HOST, ""), headers.get(hdrs.ORIGIN), must_say=more_than_reading)

    def _not_let_in(self, refusal: NotLetIn) -> web.Response:
        page = self._refused.replace("{{reason}}", html.escape(refusal))
        return web.Response(status=403, text=page, content_type="text/html")

    def _exchange(self, token: str) -> web.Response:
        """Give the cookie for the token, and have the browser go on to an address without it."""
        cookie = self._door.exchange(token)
        if cookie is None:
            return self._not_let_in(NotLetIn.ADDRESS)
        response = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        response.set_cookie(self._door.cookie_name, cookie, httponly=True, samesite="Strict", path="/")
        return response

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["Content-Security-Policy"] = self._policy
        response.headers.pop(hdrs.SERVER, None)

    # --- answers -------------------------------------------------------------------------------------------------

    async def _serve_index(self, request: web.Request) -> web.Response:
        page = self._index.replace("{{websocket}}", html.escape(f"ws://{request.headers[hdrs.HOST]}/ws"))
        return web.Response(text=page, content_type="text/html")

    async def _serve_asset(self, request: web.Request) -> web.Response:
        found = self._assets.get(request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        body, kind = found
        return web.Response(body=body, content_type=kind)

    async def _serve_page(self, request: web.Request) -> web.WebSocketResponse:
        """A dashboard for as long as the page is open."""
        socket = web.WebSocketResponse(heartbeat=_HEARTBEAT, max_msg_size=_LONGEST_MESSAGE, compress=False)
        await socket.prepare(request)
        if self._places.locked():
            await _say_and_close(socket, _FULL)
            return socket
        page = None
        try:
            async with self._places:
                size = _number(request, "width", 80), _number(request, "height", 24)
                page = await PageProcess.start(self._command, size)
                self._open[socket] = page
                await self._talk(socket, page)
        except OSError as error:
            self._tell(f"no dashboard could be started: {error.strerror or error}")
            await _say_and_close(socket, "No dashboard could be started.")
        finally:
            self._open.pop(socket, None)
            if page is not None:
                await page.end()
        return socket

    async def _talk(self, socket: web.WebSocketResponse, page: PageProcess) -> None:
        """Pass on what each says to the other, until one of them ends."""
        painting = asyncio.create_task(self._paint(socket, page))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and (answer := await page.take(message.data)):
                    await socket.send_str(answer)
        finally:
            painting.cancel()
            (failed,) = await asyncio.gather(painting, return_exceptions=True)
            if isinstance(failed, Exception):
                self._tell(f"a page could not be painted: {type(failed).__name__}: {failed}")

    async def _paint(self, socket: web.WebSocketResponse, page: PageProcess) -> None:
        try:
            if words := await page.show(socket):
                self._tell(f"a dashboard ended: {words}")
                await _say_and_close(socket, f"The dashboard ended:\n\n{words}")
        except OSError:
            return  # the browser is gone: so is the page
        finally:
            await socket.close()

    async def _end_all(self, _application: web.Application) -> None:
        """End what is open, all at once."""
        pages = list(self._open)
        await asyncio.gather(*(socket.close(code=1001, message=b"digest serve has ended") for socket in pages))


def _told_to_stop() -> asyncio.Event:
    """Set by Ctrl-C, SIGTERM and SIGHUP; a signal that is ignored stays so, as ``nohup`` wants it."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(NotImplementedError):
                loop.add_signal_handler(number, stop.set)
    return stop


async def _say_and_close(socket: web.WebSocketResponse, words: str) -> None:
    """Have the page's terminal show nothing but this, plainly, and end the page."""
    await socket.send_bytes(b"\x1bc" + words.replace("\n", "\r\n").encode())
    await socket.close()


def _number(request: web.Request, name: str, otherwise: int) -> int:
    try:
        return int(request.query[name])
    except (KeyError, ValueError):
        return otherwise


def _file(room: str, path: str) -> Traversable:
    return files(room).joinpath(path)
