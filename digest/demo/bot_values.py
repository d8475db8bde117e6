"""The Bot API's values, in its own shape: chats, messages, what a bot may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from datetime import datetime

    from digest.demo.telegram_html import HtmlMark


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat that the bot may write to; ``type`` as in the Bot API, a private one has no ``title`` but a name."""

    id: int
    title: str = ""
    type: str = "channel"
    username: str = ""

    def as_json(self) -> dict[str, Any]:
        """The Bot API's ``Chat``."""
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        return {"id": self.id, "type": self.type, **name} | ({"username": self.username} if self.username else {})


@dataclass(frozen=True, slots=True)
class User:
    """Someone who writes to the bot, or presses a button."""

    id: int
    first_name: str = "Reader"

    def as_json(self) -> dict[str, Any]:
        """The Bot API's ``User``."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name}


Buttons = tuple[tuple[tuple[str, str], ...], ...]
"""Rows of (label, callback data)."""


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """A message as accepted: ``html`` as sent, ``text`` as seen."""

    id: int
    chat: Chat
    html: str
    text: str
    marks: tuple[HtmlMark, ...]
    silent: bool
    thread: int | None
    at: datetime
    buttons: Buttons = ()
    reply_to: int | None = None

    @property
    def labels(self) -> tuple[str, ...]:
        """What its buttons say, row by row."""
        return tuple(label for row in self.buttons for label, _ in row)

    def as_json(self) -> dict[str, Any]:
        """The Bot API's ``Message``."""
        return message_json(self.chat, self.id, self.at, self.text, self.marks)


def message_json(chat: Chat, number: int, at: datetime, text: str, marks: tuple[HtmlMark, ...] = ()) -> dict[str, Any]:
    """The Bot API's ``Message``."""
    entities = [
        {"type": mark.type, "offset": mark.offset, "length": mark.length} | ({"url": mark.url} if mark.url else {})
        for mark in marks
    ]
    message = {"message_id": number, "date": int(at.timestamp()), "chat": chat.as_json(), "text": text}
    return message | ({"entities": entities} if entities else {})


def bot_json(token: str) -> dict[str, Any]:
    """The bot that ``getMe`` tells of; its id is the number before the token's colon."""
    return {
        "id": int(token.partition(":")[0]),
        "is_bot": True,
        "first_name": "Digest",
        "username": "digest_demo_bot",
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


def full_chat_json(chat: Chat) -> dict[str, Any]:
    """The Bot API's ``ChatFullInfo``."""
    return chat.as_json() | {"accent_color_id": 0, "max_reaction_count": 0, "accepted_gift_types": _NO_GIFTS}


def administrator_json(user: int) -> dict[str, Any]:
    """The Bot API's ``ChatMemberAdministrator`` for a bot that may post and nothing else."""
    return {"user": {"id": user, "is_bot": True, "first_name": "Digest"}, "status": "administrator"} | _RIGHTS


_NO_GIFTS: Final = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)
_RIGHTS: Final = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": False,
    "can_manage_video_chats": False,
    "can_restrict_members": False,
    "can_promote_members": False,
    "can_change_info": False,
    "can_invite_users": False,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_post_messages": True,
}
