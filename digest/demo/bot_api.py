"""A Bot API server on loopback: what ``digest demo`` sends to, instead of Telegram.

It answers in the shape of Telegram's own, judges each message as strictly (its text, its marks, its buttons), and keeps
what it accepts in order. Nobody writes to its bot.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from aiohttp import web

from digest.demo.bot_values import AcceptedMessage, Chat, administrator_json, bot_json, full_chat_json
from digest.demo.telegram_html import HtmlMark, MarkupError, Rendered, read_html

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from digest.demo.bot_values import Buttons

TOKEN: Final = "123456789:AAEdemo-demo-demo-demo-demo-demo-de"  # noqa: S105 - opens nothing but this server
_TEXT_UNITS: Final = 4096
_MARKS_KEPT: Final = 100
_MARKS_BYTES: Final = 9_500  # not documented; the server's makers name it as a good approximation
_MARK_BYTES: Final = 16
_CALLBACK_BYTES: Final = 64
_NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)


class BotApi:
    """The server; an async context manager.

    Args:
        chats: whom the bot may write to; any other chat is not found.
        token: the only one that is known.
        port: 0 picks a free one.
    """

    def __init__(self, chats: tuple[Chat, ...], *, token: str = TOKEN, port: int = 0) -> None:
        self.chats = {chat.id: chat for chat in chats}
        self.token = token
        self.messages: list[AcceptedMessage] = []
        """What was accepted, in order, as it reads now."""
        self.edits: list[AcceptedMessage] = []
        """What a message read after each edit, in order."""
        self.accepted: list[tuple[AcceptedMessage, bool]] = []
        """Every message as it was sent, and as each edit (true) left it, in order."""
        self.deleted: set[tuple[int, int]] = set()
        """Messages that a reader deleted: ids of chat and message."""
        self.too_old: set[tuple[int, int]] = set()
        """Messages that can no longer be edited."""
        self._port = port
        self._message_ids = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[dict[str, str], web.Request], Awaitable[web.StreamResponse]]] = {
            "getme": self._get_me,
            "getchat": self._get_chat,
            "getchatmember": self._get_chat_member,
            "deletewebhook": self._agree,
            "setmycommands": self._agree,
            "sendchataction": self._send_chat_action,
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

    def texts(self, chat: int | None = None) -> list[str]:
        """The visible texts accepted so far, in order; those of one chat, or all."""
        return [message.text for message in self.messages if chat in (None, message.chat.id)]

    # --- answering -----------------------------------------------------------------------------------------------

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._call(request)
        except Refusal as refusal:
            body = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if refusal.parameters:
                body["parameters"] = dict(refusal.parameters)
            return web.json_response(body, status=refusal.code)

    async def _call(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != self.token:
            raise Refusal(401, "Unauthorized")
        method = self._methods.get(request.match_info["method"].lower())
        if method is None:
            raise Refusal(404, "Not Found")
        return await method(await parameters_of(request), request)

    async def _get_me(self, _parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return result(bot_json(self.token))

    async def _get_chat(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return result(full_chat_json(self._chat(parameters)))

    async def _get_chat_member(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        self._chat(parameters)
        return result(administrator_json(int(parameters.get("user_id", "0"))))

    async def _agree(self, _parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return result(True)

    async def _send_chat_action(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        self._chat(parameters)
        return result(True)

    async def _send_message(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return result(self._accept(parameters).as_json())

    def _accept(self, parameters: dict[str, str]) -> AcceptedMessage:
        """Judge a message and keep it."""
        chat = self._chat(parameters)
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
            buttons=_buttons_of(parameters),
            reply_to=self._replied_to(chat, parameters),
        )
        self.messages.append(message)
        self.accepted.append((message, False))
        return message

    async def _edit_message_text(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        return result(self._edit(parameters).as_json())

    def _edit(self, parameters: dict[str, str]) -> AcceptedMessage:
        """Judge an edit and keep it."""
        chat = self._chat(parameters)
        text, marks = _visible(parameters)
        number = int(parameters.get("message_id", "0"))
        index, message = self._own(chat, number)
        if message is None:
            raise Refusal(400, "Bad Request: message to edit not found")
        if (chat.id, number) in self.too_old:
            raise Refusal(400, "Bad Request: message can't be edited")
        changed = replace(message, html=parameters["text"], text=text, marks=marks, buttons=_buttons_of(parameters))
        if (changed.text, changed.marks, changed.buttons) == (message.text, message.marks, message.buttons):
            raise Refusal(400, f"Bad Request: {_NOT_MODIFIED}")
        self._keep_pace(chat)
        self.messages[index] = changed
        self.edits.append(changed)
        self.accepted.append((changed, True))
        return changed

    def _own(self, chat: Chat, number: int) -> tuple[int, AcceptedMessage | None]:
        """A message of the bot's that is still there, and where it stands among those that were accepted."""
        for index, message in enumerate(self.messages):
            if (message.chat, message.id) == (chat, number) and (chat.id, number) not in self.deleted:
                return index, message
        return -1, None

    def _replied_to(self, chat: Chat, parameters: dict[str, str]) -> int | None:
        """The message that an answer hangs on; one that is gone is refused unless the answer may stand alone."""
        asked = json.loads(parameters.get("reply_parameters") or "{}")
        found = asked.get("message_id")
        if found is None or self._is_there(chat, int(found)):
            return None if found is None else int(found)
        if not asked.get("allow_sending_without_reply"):
            raise Refusal(400, "Bad Request: message to be replied not found")
        return None

    def _is_there(self, chat: Chat, number: int) -> bool:
        """Whether a message can be answered."""
        return self._own(chat, number)[1] is not None

    async def _get_updates(self, parameters: dict[str, str], _request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(float(parameters.get("timeout", "0")))
        return result([])

    # --- what it knows -------------------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return datetime.now(UTC)

    def _chat(self, parameters: dict[str, str]) -> Chat:
        wanted = parameters.get("chat_id", "")
        if not wanted:
            raise Refusal(400, "Bad Request: chat_id is empty")
        for chat in self.chats.values():
            if wanted == str(chat.id) or (chat.username and wanted.lower() == f"@{chat.username}".lower()):
                return chat
        raise Refusal(400, "Bad Request: chat not found")

    def _keep_pace(self, chat: Chat) -> None:
        """Refuse what comes too fast: nothing does, here."""


def result(value: object) -> web.Response:
    """An answer to a call that went well."""
    return web.json_response({"ok": True, "result": value})


class Refusal(Exception):  # noqa: N818 - it is an answer, not a failure of this server
    """A call that is refused, with what the Bot API says to it."""

    def __init__(self, code: int, description: str, parameters: Mapping[str, int] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


async def parameters_of(request: web.Request) -> dict[str, str]:
    """Parameters as text, from the query, a form or JSON."""
    found = dict(request.query)
    if request.content_type == "application/json":
        body = await request.json()
        found |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
    elif request.method == "POST":
        found |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    return found


def _visible(parameters: dict[str, str]) -> tuple[str, tuple[HtmlMark, ...]]:
    """What is seen of a text, judged as Telegram judges it."""
    source = parameters.get("text", "")
    if not source.strip():
        raise Refusal(400, "Bad Request: message text is empty")
    try:
        shown = read_html(source) if parameters.get("parse_mode", "").lower() == "html" else Rendered(source, ())
    except MarkupError as error:
        raise Refusal(400, f"Bad Request: can't parse entities: {error}") from None
    text, marks = shown.text.strip(), shown.marks[:_MARKS_KEPT]
    if not text:
        raise Refusal(400, "Bad Request: message text is empty")
    if sum(_MARK_BYTES + len(mark.url.encode()) for mark in shown.marks) > _MARKS_BYTES:
        raise Refusal(400, "Bad Request: ENTITIES_TOO_LONG")
    if shown.units > _TEXT_UNITS:
        raise Refusal(400, "Bad Request: message is too long")
    return text, marks


def _buttons_of(parameters: dict[str, str]) -> Buttons:
    """The inline keyboard under a message, judged as Telegram judges it."""
    rows = json.loads(parameters.get("reply_markup") or "{}").get("inline_keyboard", [])
    for button in itertools.chain.from_iterable(rows):
        if not button.get("text", "").strip():
            raise Refusal(400, "Bad Request: inline keyboard button text must be non-empty")
        if not 1 <= len(button.get("callback_data", "").encode()) <= _CALLBACK_BYTES:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return tuple(tuple((button["text"], button["callback_data"]) for button in row) for row in rows)
