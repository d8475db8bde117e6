"""Whom the bot obeys, and where: admins of the config and of its desks, in private or in a chat that is a channel."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
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
    OTHER_DESK = "other-desk"
    """An admin of some desks, in a chat that is a channel of others."""
    NOBODY = "nobody"
    """Telegram does not tell who wrote it: it was in the name of a channel or a group."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The admins and the chats."""

    admins: frozenset[int]
    """They act for every desk."""
    channels: Mapping[str, Sequence[ChannelSpec]]
    """Of each chat that is a channel, as the store names it (``@name`` in lower case, or a number), its specs."""
    keys: Mapping[str, str]
    """As the pace names those chats."""
    zone: str
    of_desks: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Who else acts for a desk, by its name."""

    def verdict(self, who: Person | None, chat: ChatInfo) -> Access:
        """Whether someone is obeyed in a chat."""
        if who is None:
            return Access.NOBODY
        if not (who.id in self.admins or self._own_desks(who)):
            return Access.STRANGER
        if _is_own(chat, who):
            return Access.OBEY
        if not self.is_channel(chat):
            return Access.ELSEWHERE
        return Access.OTHER_DESK if self.desks(who, chat) == frozenset() else Access.OBEY

    def desks(self, who: Person, chat: ChatInfo) -> frozenset[str] | None:
        """The desks that somebody acts for in a chat; ``None``: all. What others read there is of its own desks."""
        own = None if who.id in self.admins else self._own_desks(who)
        if _is_own(chat, who):
            return own
        here = frozenset(spec.desk for spec in self._specs(chat)) if self.of_desks else None
        return here if own is None or here is None else here & own

    def _own_desks(self, who: Person) -> frozenset[str]:
        return frozenset(desk for desk, admins in self.of_desks.items() if who.id in admins)

    def is_channel(self, chat: ChatInfo) -> bool:
        """Whether a chat is a channel of the config."""
        return bool(self._specs(chat))

    def zone_of(self, chat: ChatInfo) -> ZoneInfo:
        """In which times are told there."""
        return ZoneInfo(next((spec.timezone for spec in reversed(self._specs(chat))), self.zone))

    def pace_key(self, chat: ChatInfo) -> str:
        """How the pace names a chat, so that what the bot and the outbox write there counts together."""
        return next((self.keys[name] for name in _names(chat) if name in self.keys), str(chat.id))

    def _specs(self, chat: ChatInfo) -> Sequence[ChannelSpec]:
        return next((self.channels[name] for name in _names(chat) if name in self.channels), ())


def authority_of(config: Config, states: Sequence[ChannelState]) -> Authority:
    """Who may, by the config, and where, by what the store knows of its channels."""
    chats = {state.name: state.chat for state in states}
    specs: dict[str, list[ChannelSpec]] = {}
    for one in config.channels:
        if isinstance(one.medium, Telegram) and one.name in chats:
            specs.setdefault(chats[one.name], []).append(one)
    return Authority(
        admins=frozenset(config.telegram.admins),
        channels={chat.lower(): some for chat, some in specs.items()},
        keys={chat.lower(): chat for chat in specs},
        zone=config.timezone,
        of_desks={desk.name: frozenset(desk.admins) for desk in config.desks},
    )


def _is_own(chat: ChatInfo, who: Person) -> bool:
    """Whether it is somebody's own chat with the bot, where nobody reads along."""
    return chat.type == PRIVATE and chat.id == who.id


def _names(chat: ChatInfo) -> tuple[str, ...]:
    return (str(chat.id), f"@{chat.username.lower()}") if chat.username else (str(chat.id),)
