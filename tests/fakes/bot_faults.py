"""The ways in which Telegram, or the way to it, lets a sender down; `BotApi` plays them on request."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class FaultKind(enum.Enum):
    """How a call goes wrong."""

    REFUSE = "answer with an error of the given code and description"
    BLOCK = "answer with a body of the given code that no Bot API server makes; nothing is accepted"
    CLOSE_BEFORE = "close the connection before the message is accepted"
    LOSE_ANSWER = "accept the message, then close the connection"
    ANSWER_NONSENSE = "accept the message, then answer something that is no JSON"
    SLOW = "accept the message, then wait before answering"


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure to come."""

    kind: FaultKind
    code: int = 0
    description: str = ""
    parameters: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    """Until the answer."""


def too_many_requests(retry_after: int) -> Fault:
    """A 429 that asks for silence."""
    text = f"Too Many Requests: retry after {retry_after}"
    return Fault(FaultKind.REFUSE, 429, text, {"retry_after": retry_after})


def forbidden(description: str = "bot was kicked from the channel chat") -> Fault:
    """A 403: the bot is not welcome."""
    return Fault(FaultKind.REFUSE, 403, f"Forbidden: {description}")


def bad_request(description: str) -> Fault:
    """A 400 that no repetition mends."""
    return Fault(FaultKind.REFUSE, 400, f"Bad Request: {description}")


def blocked(code: int, body: str = "<html>blocked</html>") -> Fault:
    """Something on the way answers in Telegram's place, with a page or with JSON of its own."""
    return Fault(FaultKind.BLOCK, code, body)


def migrated(chat: int) -> Fault:
    """A 400: the group became a supergroup with another id."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return Fault(FaultKind.REFUSE, 400, text, {"migrate_to_chat_id": chat})


def server_error(code: int = 500) -> Fault:
    """A 5xx: nobody knows what became of the message."""
    return Fault(FaultKind.REFUSE, code, HTTPStatus(code).phrase)


def close_before() -> Fault:
    """The connection breaks and the message is not accepted."""
    return Fault(FaultKind.CLOSE_BEFORE)


def lose_answer() -> Fault:
    """The connection breaks and the message is accepted: to the sender it looks like `close_before`."""
    return Fault(FaultKind.LOSE_ANSWER)


def answer_nonsense() -> Fault:
    """The message is accepted and the answer cannot be read."""
    return Fault(FaultKind.ANSWER_NONSENSE)


def slow(seconds: float) -> Fault:
    """The message is accepted and the answer takes its time."""
    return Fault(FaultKind.SLOW, seconds=seconds)
