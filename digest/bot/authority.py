"""Whom the bot obeys, and where: the admins of the config, in private or in a chat that is one of its channels."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from digest.values.settings import Telegram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from digest.channels.telegram import ChatInfo
    from digest.channels.telegram_talk import Person
    from digest.config import Config
    from digest.values.settings import ChannelSpec
    from digest.values.states import ChannelState

PRIVATE: Final = "private"
BROADCAST: Final = "channel"


class Access(enum.Enum):
    """Whether someone is obeyed somewhere, or the named reason why not."""

    OBEY = "obey"
    STRANGER = "stranger"
    """None of the admins."""
    ELSEWHERE = "elsewhere"
    """An admin, in a chat that others read and that is no channel of the config."""
    NOBODY = "nobody"
    """Telegram does not tell who wrote it: it was in the name of a channel or a group."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The admins and the chats."""

    admins: frozenset[int]
    channels: Mapping[str, ChannelSpec]
    """Of each chat that is a channel, as the store names it (``@name`` in lower case, or a number), its spec."""
    keys: Mapping[str, str]
    """As the pace names those chats."""
    zone: str

    def verdict(self, who: Person | None, chat: ChatInfo) -> Access:
        """Whether someone is obeyed in a chat."""
        if who is None:
            return Access.NOBODY
        if who.id not in self.admins:
            return Access.STRANGER
        if chat.type == PRIVATE and chat.id == who.id:
            return Access.OBEY
        return Access.OBEY if self.is_channel(chat) else Access.ELSEWHERE

    def is_channel(self, chat: ChatInfo) -> bool:
        """Whether a chat is a channel of the config."""
        return any(name in self.channels for name in _names(chat))

    def zone_of(self, chat: ChatInfo) -> ZoneInfo:
        """In which times are told there."""
        spec = next((self.channels[name] for name in _names(chat) if name in self.channels), None)
        return ZoneInfo(spec.timezone if spec else self.zone)

    def pace_key(self, chat: ChatInfo) -> str:
        """How the pace names a chat, so that what the bot and the outbox write there counts together."""
        return next((self.keys[name] for name in _names(chat) if name in self.keys), str(chat.id))


def authority_of(config: Config, states: Sequence[ChannelState]) -> Authority:
    """Who may, by the config, and where, by what the store knows of its channels."""
    chats = {state.name: state.chat for state in states}
    specs = {chats[one.name]: one for one in config.channels if isinstance(one.medium, Telegram) and one.name in chats}
    return Authority(
        admins=frozenset(config.telegram.admins),
        channels={chat.lower(): spec for chat, spec in specs.items()},
        keys={chat.lower(): chat for chat in specs},
        zone=config.timezone,
    )


def _names(chat: ChatInfo) -> tuple[str, ...]:
    return (str(chat.id), f"@{chat.username.lower()}") if chat.username else (str(chat.id),)
