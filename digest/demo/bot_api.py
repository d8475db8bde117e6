"""A Bot API server on loopback: what ``digest demo`` sends to, and what the tests send to.

It answers in the shape of Telegram's own, judges messages as strictly, keeps what it accepts in order, and fails on
request: each `Fault` stands for one way in which the real one, or the way to it, lets a sender down. What it cannot
be true to are Telegram's unwritten rules on flooding and the rights of bots in channels.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web

from digest.delivery.limits import next_slot, windows_for
from digest.demo.bot_faults import Fault, FaultKind
from digest.demo.bot_values import (
    AcceptedMessage,
    Chat,
    administrator_json,
    bot_json,
    full_chat_json,
    message_json,
)
from digest.demo.telegram_html import Mark, MarkupError, Rendered, read_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from digest.demo.limit_judge import LimitJudge

TOKEN: Final = "123456789:AAEdemo-demo-demo-demo-demo-demo-de"  # noqa: S105 - opens nothing but this server
_TEXT_UNITS: Final = 4096
_MARKS_KEPT: Final = 100


class _Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of this server
    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


class BotApi:
    """The server; an async context manager.

    Args:
        chats: whom the bot may write to; any other chat is not found.
        token: the only one that is known.
        port: 0 picks a free one.
        flood_limits: answer 429 to who writes faster than Telegram asks.
        judge: keeps count of every message that arrives, and of every limit it breaks.
        now: the time.
    """

    def __init__(  # noqa: PLR0913 - each has a name where it is given, and a default
        self,
        chats: tuple[Chat, ...],
        *,
        token: str = TOKEN,
        port: int = 0,
        flood_limits: bool = False,
        judge: LimitJudge | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.chats = {chat.id: chat for chat in chats}
        self.token = token
        self.messages: list[AcceptedMessage] = []
        """What was accepted, in order."""
        self.calls: list[tuple[str, dict[str, str]]] = []
        """Every call with the right token: method and parameters as they came."""
        self._port = port
        self._flood_limits = flood_limits
        self._judge = judge
        self._now = now
        self._faults: dict[int | None, deque[Fault]] = {}
        self._updates: list[dict[str, Any]] = []
        self._update_ids = itertools.count(1000)
        self._message_ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._poller = object()
        self._runner: web.AppRunner | None = None
        self._methods = {
            "getme": self._get_me,
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
            "deletewebhook": self._agree,
            "setmycommands": self._agree,
            "answercallbackquery": self._agree,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_message_text,
            "getupdates": self._get_updates,
        }

    # --- for whoever runs it -------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_route("*", "/bot{token}/{method}", self._answer)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def url(self) -> str:
        """What the config's ``telegram.api`` is set to."""
        return f"http://127.0.0.1:{self._port}"

    def fail(self, *faults: Fault, chat: int | None = None) -> None:
        """Let the next messages fail in this order, one fault each; to ``chat`` only, or to any."""
        self._faults.setdefault(chat, deque()).extend(faults)

    def texts(self, chat: int | None = None) -> list[str]:
        """The visible texts accepted so far, in order; those of one chat, or all."""
        return [message.text for message in self.messages if chat in (None, message.chat.id)]

    async def wait_until(self, condition: Callable[[BotApi], bool], seconds: float = 10.0) -> None:
        """Wait until ``condition`` holds, judged anew after every call; raises ``TimeoutError``."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: condition(self))

    async def write_to_bot(self, chat: Chat, text: str) -> None:
        """A user, or a channel, writes where the bot reads."""
        kind = "channel_post" if chat.type == "channel" else "message"
        sender = {"from": {"id": 42, "is_bot": False, "first_name": "Reader"}} if kind == "message" else {}
        message = message_json(chat, next(self._message_ids), datetime.now(UTC), text)
        await self.push_update(kind, message | sender)

    async def push_update(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update of the Bot API, such as a ``callback_query``, for ``getUpdates``."""
        self._updates.append({"update_id": next(self._update_ids), kind: content})
        await self._tell()

    # --- answering -----------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._call(request)
        except _Refusal as refusal:
            body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.parameters:
                body["parameters"] = dict(refusal.parameters)
            return web.json_response(body, status=refusal.code)
        finally:
            await self._tell()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            raise _Refusal(401, "Unauthorized")
        method = self._methods.get(request.match_info["method"].lower())
        if method is None:
            raise _Refusal(404, "Not Found")
        parameters = await _parameters(request)
        self.calls.append((request.match_info["method"], parameters))
        return await method(parameters, request)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _get_me(self, _parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return _result(bot_json(self.token))

    async def _get_chat(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return _result(full_chat_json(self._chat(parameters)))

    async def _get_chat_member(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        self._chat(parameters)
        return _result(administrator_json(int(parameters.get("user_id", "0"))))

    async def _agree(self, _parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return _result(True)

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        chat = self._chat(parameters)
        if self._judge is not None:
            self._judge.hear(chat.id, self._now(), parameters.get("text", ""), private=chat.type == "private")
        fault = self._next_fault(chat)
        if fault is not None and fault.kind is FaultKind.REFUSE:
            self._ask_for_silence(chat, fault.parameters.get("retry_after"))
            raise _Refusal(fault.code, fault.description, fault.parameters)
        if fault is not None and fault.kind is FaultKind.CLOSE_BEFORE:
            return _hang_up(request)
        text, marks = _visible(parameters)
        self._keep_pace(chat)
        thread = parameters.get("message_thread_id")
        message = AcceptedMessage(
            id=next(self._message_ids),
            chat=chat,
            html=parameters["text"],
            text=text,
            marks=marks,
            silent=parameters.get("disable_notification", "").lower() == "true",
            thread=None if thread is None else int(thread),
            at=self._now(),
        )
        self.messages.append(message)
        return await self._answer_accepted(message, fault, request)

    async def _answer_accepted(
        self, message: AcceptedMessage, fault: Fault | None, request: web.Request
    ) -> web.StreamResponse:
        if fault is not None and fault.kind is FaultKind.LOSE_ANSWER:
            return _hang_up(request)
        if fault is not None and fault.kind is FaultKind.ANSWER_NONSENSE:
            return web.Response(text="<html>gateway</html>")
        if fault is not None:
            await self._tell()
            await asyncio.sleep(fault.seconds)
        return _result(message.as_json())

    async def _edit_message_text(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        chat = self._chat(parameters)
        text, marks = _visible(parameters)
        number = int(parameters.get("message_id", "0"))
        for index, message in enumerate(self.messages):
            if (message.chat, message.id) == (chat, number):
                changed = replace(message, html=parameters["text"], text=text, marks=marks)
                if changed == message:
                    raise _Refusal(400, "Bad Request: message is not modified")
                self.messages[index] = changed
                return _result(changed.as_json())
        raise _Refusal(400, "Bad Request: message to edit not found")

    async def _get_updates(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        offset = int(parameters.get("offset", "0"))
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        self._poller = me = object()  # a newer call ends an older one
        await self._tell()
        try:
            async with asyncio.timeout(float(parameters.get("timeout", "0"))), self._news:
                await self._news.wait_for(lambda: bool(self._updates) or self._poller is not me)
        except TimeoutError:
            pass
        if self._poller is not me:
            text = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
            raise _Refusal(409, text)
        return _result(self._updates[: int(parameters.get("limit", "100"))])

    # --- what it knows -------------------------------------------------------------------------------------------

    def _chat(self, parameters: dict[str, str]) -> Chat:
        wanted = parameters.get("chat_id", "")
        if not wanted:
            raise _Refusal(400, "Bad Request: chat_id is empty")
        for chat in self.chats.values():
            if wanted == str(chat.id) or (chat.username and wanted.lower() == f"@{chat.username}".lower()):
                return chat
        raise _Refusal(400, "Bad Request: chat not found")

    def _next_fault(self, chat: Chat) -> Fault | None:
        waiting = self._faults.get(chat.id) or self._faults.get(None)
        return waiting.popleft() if waiting else None

    def _keep_pace(self, chat: Chat) -> None:
        if not self._flood_limits:
            return
        now = self._now() + timedelta(milliseconds=100)  # clocks and wires are not exact
        sent = [message.at for message in self.messages if message.chat == chat]
        wait = next_slot(sent, now, windows_for(str(chat.id))) - now
        if wait > timedelta(0):
            seconds = int(wait.total_seconds()) + 1
            self._ask_for_silence(chat, seconds)
            raise _Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    def _ask_for_silence(self, chat: Chat, seconds: int | None) -> None:
        if self._judge is not None and seconds is not None:
            self._judge.silence(chat.id, self._now(), timedelta(seconds=seconds))


async def _parameters(request: web.Request) -> dict[str, str]:
    """Parameters as text, from the query, a form or JSON."""
    found = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        found |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
    elif request.method == "POST":
        found |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return found


def _visible(parameters: dict[str, str]) -> tuple[str, tuple[Mark, ...]]:
    """What is seen of a text, judged as Telegram judges it."""
    source = parameters.get("text", "")
    if not source.strip():
        raise _Refusal(400, "Bad Request: message text is empty")
    try:
        shown = read_html(source) if parameters.get("parse_mode", "").lower() == "html" else Rendered(source, ())
    except MarkupError as error:
        raise _Refusal(400, f"Bad Request: can't parse entities: {error}") from None
    text, marks = shown.text.strip(), shown.marks[:_MARKS_KEPT]
    if not text:
        raise _Refusal(400, "Bad Request: message text is empty")
    if shown.units > _TEXT_UNITS:
        raise _Refusal(400, "Bad Request: message is too long")
    return text, marks


def _result(result: object) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
