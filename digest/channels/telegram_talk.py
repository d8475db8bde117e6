"""Telegram the other way: what people write to the bot and press under its messages, and answering them.

Reading updates has a connection of its own, so that the long wait for the next one never holds up a message. The
client's own updater is left out: it asks for ever while another program reads the same updates.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from telegram import BotCommand, MaybeInaccessibleMessage, Message, Update
from telegram.constants import ChatAction, ParseMode

from digest.channels.base import SendError
from digest.channels.telegram import (
    NO_PREVIEW,
    UNREADABLE,
    BotToken,
    ChatInfo,
    TelegramBot,
    answering,
    chat_info,
    message_id,
    number,
    proxy_to,
)
from digest.channels.telegram_answers import MOST_UPDATES, BotApiRequest
from digest.text import clean_block, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import CallbackQuery, User

    from digest.delivery.media.buttons import Keyboard

_log = logging.getLogger(__name__)

_KINDS: Final = ("message", "channel_post", "my_chat_member", "callback_query")
_ANSWER_SECONDS: Final = 10.0  # beyond the wait that was asked for
_LONGEST_NAME: Final = 64
_LONGEST_TEXT: Final = 4096
_SHORT_ANSWER: Final = 200  # characters that Telegram shows over a chat


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who wrote or pressed."""

    id: int
    name: str
    """Cleaned, and of a length that fits a line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it was said, and under what an answer goes."""

    chat: ChatInfo
    message: int
    """The message that was written, or under which a button was pressed."""
    thread: int | None = None
    """The topic of a forum."""


@dataclass(frozen=True, slots=True)
class Wrote:
    """Someone wrote a message; of one in a chat's name, such as a post in a channel, Telegram does not tell who."""

    who: Person | None
    place: Place
    text: str
    at: datetime
    as_group: bool = False
    """In the name of the group that it stands in, as its anonymous administrators do."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """Someone pressed a button; when, Telegram does not tell."""

    id: str
    who: Person
    place: Place
    data: str


@dataclass(frozen=True, slots=True)
class Met:
    """The bot's part in a chat changed: it was added, or may write there now, or not any more."""

    chat: ChatInfo


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup with another id."""

    chat: ChatInfo
    to: int


Heard = Wrote | Pressed | Met | Moved


class _Listening(BotApiRequest):
    """Reads updates, each by itself: of one that the client cannot read only the number is left.

    The client would refuse all that came with it, and be sent it again for ever.
    """

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = BotApiRequest.parse_json_payload(payload)
        updates = answer.get("result")
        if isinstance(updates, list):
            answer["result"] = [each if _is_readable(each) else {"update_id": _number(each)} for each in updates]
        return answer


class TalkingBot(TelegramBot):
    """A bot that also listens; as `TelegramBot`, an async context manager that asks nothing by itself."""

    def __init__(self, token: BotToken, api: str, *, mark: str = "") -> None:
        listening = _Listening(
            connect_seconds=_ANSWER_SECONDS, answer_seconds=_ANSWER_SECONDS, connections=1, proxy=proxy_to(api)
        )
        super().__init__(token, api, listening=listening, mark=mark)

    async def updates(self, offset: int | None, wait_seconds: int) -> tuple[tuple[Heard, ...], int | None]:
        """What came from ``offset`` on, in order, and where to go on: ``None`` if nothing came, which is waited for.

        Raises:
            SendError: another program reads them (`Failure.UPDATES_TAKEN`), or Telegram was not reached, or does not
                know the token.
        """
        asked = self._bot.get_updates(
            offset=offset, limit=MOST_UPDATES, timeout=wait_seconds, allowed_updates=list(_KINDS)
        )
        return await self._ask(asked, _updates)

    async def reply(
        self, place: Place, part: str, *, keyboard: Keyboard = (), quote: bool = False, chat: int | None = None
    ) -> int:
        """Answer in Telegram's HTML and return the message's id.

        Args:
            place: where it was asked.
            part: within Telegram's limits.
            keyboard: the buttons under it.
            quote: hang it on the message at that place.
            chat: another chat to write to.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """
        here = chat is None or chat == place.chat.id
        return await self._ask(
            self._bot.send_message(
                chat_id=place.chat.id if chat is None else chat,
                text=part,
                parse_mode=ParseMode.HTML,
                message_thread_id=place.thread if here else None,
                link_preview_options=NO_PREVIEW,
                reply_parameters=answering(place.message if quote and here else None),
                reply_markup=self.inline_keyboard(keyboard),
            ),
            message_id,
        )

    async def edit(self, place: Place, part: str, *, keyboard: Keyboard = ()) -> None:
        """As `edit_html`, of the message at a place."""
        await self.edit_html(str(place.chat.id), place.message, part, buttons=keyboard)

    async def answer_press(self, press: Pressed, words: str = "", *, alert: bool = False) -> bool:
        """End the wait that a button shows, with a few plain words over the chat; false if the press is too old.

        Raises:
            SendError: Telegram was not reached.
        """
        text = words if len(words) <= _SHORT_ANSWER else words[: _SHORT_ANSWER - 1] + "…"
        try:
            await self._ask(self._bot.answer_callback_query(press.id, text=text or None, show_alert=alert), bool)
        except SendError as error:
            if error.is_refusal:
                return False
            raise
        return True

    async def may_write_to(self, user: int) -> bool:
        """Whether someone has opened the bot's private chat, and not closed it again; true while nobody knows."""
        try:
            await self._ask(self._bot.send_chat_action(user, ChatAction.TYPING), bool)
        except SendError as error:
            return not error.is_refusal
        return True

    async def show_commands(self, commands: Sequence[tuple[str, str]]) -> None:
        """Let Telegram offer these commands, each with what it does.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """
        await self._ask(self._bot.set_my_commands([BotCommand(name, does) for name, does in commands]), bool)


# --- what came -------------------------------------------------------------------------------------------------------


def _updates(found: Sequence[Update]) -> tuple[tuple[Heard, ...], int | None]:
    """Each was looked at before, by itself."""
    heard = tuple(each for each in map(_heard, found) if each is not None)
    return heard, max(each.update_id for each in found) + 1 if found else None


def _is_readable(update: Any) -> bool:
    try:
        number(update["update_id"])
        _heard(Update.de_json(update, None))
    except UNREADABLE:
        return False
    return True


def _number(update: Any) -> int:
    """By which an update that cannot be read is passed over."""
    try:
        known = number(update["update_id"])
    except (KeyError, TypeError, ValueError):
        known = 0
    _log.warning("Telegram sent update %d in a form that cannot be read: it is passed over", known)
    return known


def _heard(update: Update) -> Heard | None:
    """An update in our words; ``None`` for what no answer is due to."""
    message = update.message or update.channel_post
    if message is not None:
        if isinstance(message.migrate_to_chat_id, int):
            return Moved(chat_info(message.chat), message.migrate_to_chat_id)
        if message.text is None and message.chat.type != "private":
            return Met(chat_info(message.chat))
        return _wrote(message, message.text or "")
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return Met(chat_info(update.my_chat_member.chat))
    return None


def _wrote(message: Message, text: str) -> Wrote:
    group = message.sender_chat  # whose stand-in ``from`` is then, one for all groups or all channels
    return Wrote(
        None if message.from_user is None or group is not None else _person(message.from_user),
        _place(message),
        clean_block(text[:_LONGEST_TEXT]),
        message.date.astimezone(UTC),
        as_group=group is not None and group.id == message.chat.id and group.type != "channel",
    )


def _pressed(query: CallbackQuery) -> Pressed | None:
    if query.message is None:  # under a message that was sent by way of another chat: none of ours is
        return None
    return Pressed(query.id, _person(query.from_user), _place(query.message), query.data or "")


def _place(message: MaybeInaccessibleMessage) -> Place:
    thread = message.message_thread_id if isinstance(message, Message) and message.is_topic_message else None
    return Place(chat_info(message.chat), message.message_id, thread)


def _person(user: User) -> Person:
    return Person(user.id, clean_line(user.full_name)[:_LONGEST_NAME])
