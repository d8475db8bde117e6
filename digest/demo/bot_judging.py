"""What a call to the Bot API holds, judged as strictly as Telegram does: its text, its marks, its buttons."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Final

from digest.demo.telegram_html import HtmlMark, MarkupError, Rendered, read_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from digest.demo.bot_values import Buttons

_TEXT_UNITS: Final = 4096
_MARKS_KEPT: Final = 100
_MARKS_BYTES: Final = 9_500  # not documented; the server's makers name it as a good approximation
_MARK_BYTES: Final = 16
_CALLBACK_BYTES: Final = 64


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


def visible(parameters: dict[str, str]) -> tuple[str, tuple[HtmlMark, ...]]:
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


def buttons_of(parameters: dict[str, str]) -> Buttons:
    """The inline keyboard under a message, judged as Telegram judges it."""
    rows = json.loads(parameters.get("reply_markup") or "{}").get("inline_keyboard", [])
    for button in itertools.chain.from_iterable(rows):
        if not button.get("text", "").strip():
            raise Refusal(400, "Bad Request: inline keyboard button text must be non-empty")
        if not 1 <= len(button.get("callback_data", "").encode()) <= _CALLBACK_BYTES:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")
    return tuple(tuple((button["text"], button["callback_data"]) for button in row) for row in rows)


def replied_to(parameters: dict[str, str]) -> int | None:
    """The message that an answer hangs on."""
    found = json.loads(parameters.get("reply_parameters") or "{}").get("message_id")
    return None if found is None else int(found)
