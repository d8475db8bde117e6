"""Telegram's Bot API for tests: the demo's server, which also fails on request, counts, and lets people write.

Each `Fault` stands for one way in which the real one, or the way to it, lets a sender down. What it cannot be true to
are Telegram's unwritten rules on flooding and the rights of bots in channels.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from digest.delivery.limits import next_slot, windows_for
from digest.demo import bot_api
from digest.demo.bot_api import TOKEN, Refusal, parameters_of, result
from digest.demo.bot_values import AcceptedMessage, Chat, User, message_json
from tests.fakes.bot_faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.limit_judge import LimitJudge

__all__ = ["TOKEN", "BotApi", "PressAnswer"]

_ANSWER_LETTERS: Final = 200
_BEFORE: Final = (FaultKind.REFUSE, FaultKind.BLOCK, FaultKind.CLOSE_BEFORE)
"""The faults by which nothing is accepted."""


@dataclass(frozen=True, slots=True)
class PressAnswer:
    """What was said over the chat when a button was pressed."""

    press: str
    """The id of the press."""
    text: str
    alert: bool


class BotApi(bot_api.BotApi):
    """The server; an async context manager.

    Args:
        chats: whom the bot may write to; any other chat is not found.
        token: the only one that is known.
        port: 0 picks a free one.
        flood_limits: answer 429 to who writes faster than Telegram asks.
        judge: keeps count of every message that arrives, and of every limit it breaks.
        now: the time.
    """

    def __init__(
        self,
        chats: tuple[Chat, ...],
        *,
        token: str = TOKEN,
        port: int = 0,
        flood_limits: bool = False,
        judge: LimitJudge | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(chats, token=token, port=port)
        self.calls: list[tuple[str, dict[str, str]]] = []
        """Every call with the right token: method and parameters as they came."""
        self.answers: list[PressAnswer] = []
        """What was said over a chat when a button was pressed, in order."""
        self.commands: list[tuple[str, str]] = []
        """The commands that the bot offers, each with what it does."""
        self.webhook = ""
        """Where updates are sent in place of being read; while it is set, none can be read."""
        self.stranger: Fault | None = None
        """What answers every call in its place while it is set; nothing is accepted."""
        self._flood_limits = flood_limits
        self._judge = judge
        self._clock = now
        self._faults: dict[int | None, deque[Fault]] = {}
        self.edits_asked: list[datetime] = []
        """When each edit was asked for, whatever came of it."""
        self._edit_faults: deque[Fault] = deque()
        self._written: set[tuple[int, int]] = set()
        self._call_faults: dict[str, deque[Fault]] = {}
        self._updates: list[dict[str, Any]] = []
        self._update_ids = itertools.count(1000)
        self._press_ids = itertools.count(1)
        self._open_presses: set[str] = set()
        self._news = asyncio.Condition()
        self._poller = object()
        self._methods["setmycommands"] = self._set_my_commands
        self._methods["answercallbackquery"] = self._answer_callback_query

    # --- for tests -----------------------------------------------------------------------------------------------

    def fail(self, *faults: Fault, chat: int | None = None) -> None:
        """Let the next messages fail in this order, one fault each; to ``chat`` only, or to any."""
        self._faults.setdefault(chat, deque()).extend(faults)

    def fail_edits(self, *faults: Fault) -> None:
        """Let the next edits fail in this order, one fault each, as messages do."""
        self._edit_faults.extend(faults)

    def fail_call(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method fail before anything is done, in this order, one fault each."""
        self._call_faults.setdefault(method.lower(), deque()).extend(faults)

    @property
    def unread(self) -> int:
        """How many updates the bot has not taken yet."""
        return len(self._updates)

    async def wait_until(self, condition: Callable[[BotApi], bool], seconds: float = 10.0) -> None:
        """Wait until ``condition`` holds, judged anew after every call; raises ``TimeoutError``."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: condition(self))

    async def write_to_bot(self, chat: Chat, text: str, user: User | None = None, at: datetime | None = None) -> None:
        """A user, or a channel, writes where the bot reads; now, or at another time."""
        kind = "channel_post" if chat.type == "channel" else "message"
        sender = {"from": (user or User(42)).as_json()} if kind == "message" else {}
        message = message_json(chat, number := next(self._message_ids), at or datetime.now(UTC), text)
        self._written.add((chat.id, number))
        await self.push_update(kind, message | sender)

    async def press(self, message: AcceptedMessage, label: str, user: User, *, too_late: bool = False) -> str:
        """A user presses a button of a message, by what it says; the press's id.

        With ``too_late`` the answer to it comes when Telegram takes none any more.
        """
        data = next(data for row in message.buttons for said, data in row if said == label)
        return await self.press_data(message, data, user, too_late=too_late)

    async def press_data(self, message: AcceptedMessage, data: str, user: User, *, too_late: bool = False) -> str:
        """A user's client sends what a button hands back, whether or not there is such a button."""
        number = f"press-{next(self._press_ids)}"
        if not too_late:
            self._open_presses.add(number)
        query = {"id": number, "from": user.as_json(), "chat_instance": "1", "data": data}
        await self.push_update("callback_query", query | {"message": message.as_json()})
        return number

    async def push_update(self, kind: str, content: dict[str, Any]) -> None:
        """Queue an update of the Bot API, such as a ``callback_query``, for ``getUpdates``."""
        self._updates.append({"update_id": next(self._update_ids), kind: content})
        await self._tell()

    # --- answering -----------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super()._answer(request)
        finally:
            await self._tell()

    async def _call(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"].lower()
        if request.match_info["token"] == self.token and name in self._methods:
            self.calls.append((request.match_info["method"], await parameters_of(request)))
            if self.stranger is not None:
                return _failed(self.stranger, request)
            if faults := self._call_faults.get(name):
                return _failed(faults.popleft(), request)
        return await super()._call(request)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _set_my_commands(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        commands = [(each["command"], each["description"]) for each in json.loads(parameters.get("commands", "[]"))]
        if not all(re.fullmatch("[a-z0-9_]{1,32}", name) for name, _ in commands):
            raise Refusal(400, "Bad Request: BOT_COMMAND_INVALID")
        if not all(1 <= len(description) <= 256 for _, description in commands):
            raise Refusal(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands = commands
        return result(True)

    async def _answer_callback_query(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        press, text = parameters.get("callback_query_id", ""), parameters.get("text", "")
        if press not in self._open_presses:
            text = "query is too old and response timeout expired or query ID is invalid"
            raise Refusal(400, f"Bad Request: {text}")
        if len(text) > _ANSWER_LETTERS:
            raise Refusal(400, "Bad Request: MESSAGE_TOO_LONG")
        self._open_presses.remove(press)
        self.answers.append(PressAnswer(press, text, parameters.get("show_alert", "").lower() == "true"))
        return result(True)

    async def _send_message(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        chat = self._chat(parameters)
        if self._judge is not None:
            self._judge.hear(chat.id, self._now(), parameters.get("text", ""), private=chat.type == "private")
        fault = self._next_fault(chat)
        if fault is not None and fault.kind in _BEFORE:
            await asyncio.sleep(fault.seconds)
            self._ask_for_silence(chat, fault.parameters.get("retry_after"))
            return _failed(fault, request)
        return await self._answer_accepted(self._accept(parameters), fault, request)

    async def _edit_message_text(self, parameters: dict[str, str], request: web.Request) -> web.StreamResponse:
        chat = self._chat(parameters)
        self.edits_asked.append(self._now())
        if self._judge is not None:
            self._judge.hear(chat.id, self._now(), parameters.get("text", ""), private=chat.type == "private")
        fault = self._edit_faults.popleft() if self._edit_faults else None
        if fault is not None and fault.kind in _BEFORE:
            await asyncio.sleep(fault.seconds)
            self._ask_for_silence(chat, fault.parameters.get("retry_after"))
            return _failed(fault, request)
        return await self._answer_accepted(self._edit(parameters), fault, request)

    def _is_there(self, chat: Chat, number: int) -> bool:
        return super()._is_there(chat, number) or (chat.id, number) in self._written

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
        return result(message.as_json())

    async def _get_updates(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        if self.webhook:
            text = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it first"
            raise Refusal(409, text)
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
            raise Refusal(409, text)
        wanted = json.loads(parameters.get("allowed_updates") or "[]")
        found = [update for update in self._updates if not wanted or update.keys() & set(wanted)]
        return result(found[: int(parameters.get("limit", "100"))])

    # --- what it knows -------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._clock()

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
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})

    def _ask_for_silence(self, chat: Chat, seconds: int | None) -> None:
        if self._judge is not None and seconds is not None:
            self._judge.silence(chat.id, self._now(), timedelta(seconds=seconds))


def _failed(fault: Fault, request: web.Request) -> web.StreamResponse:
    """Answer a call of which nothing was done."""
    if fault.kind is FaultKind.REFUSE:
        raise Refusal(fault.code, fault.description, fault.parameters)
    if fault.kind is FaultKind.BLOCK:
        kind = "application/json" if fault.description.startswith("{") else "text/html"
        return web.Response(status=fault.code, text=fault.description, content_type=kind)
    return _hang_up(request)


def _hang_up(request: web.Request) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
