"""Telegram through the unmodified python-telegram-bot: sending, editing, what ``digest telegram`` and ``check`` ask.

The client's own rate limiter is left out: it forgets on restart. What a failure means is read from its cause, for a
message that never left may be sent again and one whose answer was lost may have been delivered.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar

import httpx
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatMemberStatus, ChatType, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from digest.channels.base import Channel, Failure, SendError
from digest.channels.secrecy import keep_secret, scrub
from digest.channels.telegram_answers import BotApiRequest, NotTelegramError
from digest.delivery.media.buttons import marked
from digest.delivery.media.markup import label_repeat
from digest.errors import ChannelError
from digest.proxies import proxy_of_environment
from digest.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from types import TracebackType

    from telegram import Chat, ChatFullInfo, ChatMember, Message, Update

    from digest.channels.base import Outgoing
    from digest.delivery.media.buttons import Keyboard

_A = TypeVar("_A")
_T = TypeVar("_T")

_CONNECT_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 20.0
_MOST_WORDS: Final = 300
"""Letters of what others say of a failure."""
_SAME: Final = "is not modified"
"""How Telegram refuses an edit that was made before: only its answer was lost then."""
_UPGRADED: Final = "upgraded to a supergroup"
"""Without the id it has now, which Telegram always names."""
_LEAST_SILENCE: Final = timedelta(seconds=1)
_LONGEST_SILENCE: Final = timedelta(days=1)
"""What asks for more has lost its mind; whoever is asked for silence again keeps it again."""
_LARGEST_ID: Final = 1 << 52
"""Ids of chats have at most 52 significant bits; those of groups are negative."""
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol)
UNREADABLE: Final = (ArithmeticError, AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError)
"""What the client raises of an answer that has another shape inside than the Bot API's."""
_NO_NUMBER: Final = 2**63
"""No number of Telegram's is as high."""
_LONGEST_NAME: Final = 100
NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_TAKEN: Final = (
    "another program reads this bot's updates: stop it there, or give each program a bot of its own from @BotFather"
)
_WEBHOOK: Final = (
    "this bot's updates are sent to a webhook: remove it with Telegram's deleteWebhook, or give Digest another bot"
)


class BotToken(Protocol):
    """A bot's token that shows itself on purpose only."""

    def reveal(self) -> str:
        """The token itself."""


@dataclass(frozen=True, slots=True)
class BotInfo:
    """Who a token belongs to."""

    id: int
    username: str
    name: str


@dataclass(frozen=True, slots=True)
class ChatInfo:
    """A chat that has written to the bot."""

    id: int
    type: str
    """``private``, ``group``, ``supergroup`` or ``channel``."""
    title: str
    """Of a private chat the person's name; cleaned, and of a length that fits a line, as the username is."""
    username: str = ""


def proxy_to(api: str) -> str:
    """The proxy that the environment names for a Bot API server; empty for none.

    Raises:
        ChannelError: it cannot be used.
    """
    try:
        return proxy_of_environment(api, os.environ)
    except ValueError as error:
        raise ChannelError(f"Telegram cannot be asked: {error}") from None


class TelegramBot:
    """One bot, shared by its channels; an async context manager that asks nothing of Telegram by itself.

    Args:
        token: the bot's.
        api: address of the Bot API server, ``https://api.telegram.org`` or another.
        answer_seconds: how long to wait for an answer.
        listening: what updates are read with, if that goes on beside the sending.
        mark: of the store; every button hands it back.
    """

    def __init__(
        self,
        token: BotToken,
        api: str,
        *,
        answer_seconds: float = _ANSWER_SECONDS,
        listening: BotApiRequest | None = None,
        mark: str = "",
    ) -> None:
        self.mark = mark
        # Announced for the client's next major version; without it every 429 warns of that.
        os.environ["PTB_TIMEDELTA"] = "true"
        self._token = token.reveal()
        keep_secret(self._token)
        self._request = BotApiRequest(
            connect_seconds=min(_CONNECT_SECONDS, answer_seconds), answer_seconds=answer_seconds, proxy=proxy_to(api)
        )
        self._listening = listening or self._request
        self._bot: ExtBot[None] = ExtBot(
            self._token, base_url=f"{api.rstrip('/')}/bot", request=self._request, get_updates_request=self._listening
        )

    def __repr__(self) -> str:
        return f"TelegramBot({self._token.partition(':')[0]}:***)"

    async def __aenter__(self) -> Self:
        await self._request.initialize()
        if self._listening is not self._request:
            await self._listening.initialize()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._request.shutdown()
        if self._listening is not self._request:
            await self._listening.shutdown()

    def channel(self, chat: str, thread: int | None = None) -> Channel:
        """The channel that writes to ``chat`` (``@name`` or a number as text), in a forum to the topic ``thread``."""
        return _TelegramChannel(self, chat, thread)

    def inline_keyboard(self, buttons: Keyboard) -> InlineKeyboardMarkup | None:
        """Buttons as the client wants them."""
        if not buttons:
            return None
        rows = marked(buttons, self.mark)
        return InlineKeyboardMarkup(
            [[InlineKeyboardButton(button.label, callback_data=button.data) for button in row] for row in rows]
        )

    async def send_html(  # noqa: PLR0913 - all that a message has
        self,
        chat: str,
        part: str,
        *,
        thread: int | None = None,
        silent: bool = False,
        buttons: Keyboard = (),
        reply_to: int | None = None,
    ) -> int:
        """Send one message in Telegram's HTML and return its id; what it answers may be gone by now.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """
        return await self._ask(
            self._bot.send_message(
                chat_id=_chat_id(chat),
                text=part,
                parse_mode=ParseMode.HTML,
                message_thread_id=thread,
                disable_notification=silent,
                link_preview_options=NO_PREVIEW,
                reply_parameters=answering(reply_to),
                reply_markup=self.inline_keyboard(buttons),
            ),
            message_id,
        )

    async def edit_html(self, chat: str, message: int, part: str, *, buttons: Keyboard = ()) -> None:
        """Write another text in Telegram's HTML into a message of the bot's own; that it reads so already is fine.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """
        edited = self._bot.edit_message_text(
            part,
            chat_id=_chat_id(chat),
            message_id=message,
            parse_mode=ParseMode.HTML,
            link_preview_options=NO_PREVIEW,
            reply_markup=self.inline_keyboard(buttons),
        )
        try:
            await self._ask(edited, bool)
        except SendError as error:
            if error.failure is not Failure.REFUSED or _SAME not in str(error):
                raise

    async def describe(self) -> BotInfo:
        """Who the token belongs to.

        Raises:
            SendError: Telegram does not know the token, or was not reached.
        """
        return await self._ask(
            self._bot.get_me(), lambda user: BotInfo(number(user.id), _name(user.username), _name(user.full_name))
        )

    async def chats(self) -> tuple[ChatInfo, ...]:
        """The chats found in the updates that wait for the bot, each once, latest first; the updates stay unread.

        Raises:
            SendError: Telegram was not reached, or another program reads the updates.
        """
        return await self._ask(self._bot.get_updates(timeout=0), _chats_of)

    async def check_chat(self, chat: str) -> tuple[ChatInfo, str]:
        """A chat, and what keeps the bot from writing there in plain words, or an empty text.

        Raises:
            SendError: there is no such chat for this bot, or Telegram was not reached.
        """
        info = await self._ask(self._bot.get_chat(_chat_id(chat)), chat_info)
        if info.type == ChatType.PRIVATE:
            return info, ""
        member = self._bot.get_chat_member(info.id, int(self._token.partition(":")[0]))
        return info, await self._ask(member, partial(_obstacle, chat_type=info.type))

    async def _ask(self, answer: Awaitable[_A], read: Callable[[_A], _T]) -> _T:
        """What Telegram's answer reads as; a failure leaves here without the client's exceptions, which know the token.

        Raises:
            SendError: it was not accepted, or nobody knows, also because the answer cannot be read.
        """
        try:
            return read(await answer)
        except TelegramError as error:
            failure = self._meaning(error)
        except UNREADABLE:
            failure = SendError(Failure.UNKNOWN, "Telegram's answer could not be read")
        raise failure

    def _meaning(self, error: TelegramError) -> SendError:
        """What to do about a failure, and what to say of it."""
        match error:
            case RetryAfter():
                return _rate_limited(error)
            case ChatMigrated(new_chat_id=int(chat)) if -_LARGEST_ID < chat < 0:
                return SendError(Failure.MIGRATED, f"the group became a supergroup with the id {chat}", chat=str(chat))
            case InvalidToken():
                return SendError(
                    Failure.WRONG_TOKEN, "Telegram does not know the bot's token (or telegram.api leads elsewhere)"
                )
            case Forbidden() | BadRequest() if _UPGRADED not in error.message:
                return SendError(_refused(error), _refusal(self._words(error.message)))
            case Conflict():
                return SendError(Failure.UPDATES_TAKEN, _WEBHOOK if "webhook" in error.message else _TAKEN)
        failure, reason = _lost(error)
        return SendError(failure, self._words(reason))

    def _words(self, words: str) -> str:
        """What others say of a failure, without the token and what a terminal would obey, and not at any length."""
        clean = scrub(clean_line(words), self._token)
        return clean if len(clean) <= _MOST_WORDS else f"{clean[: _MOST_WORDS - 1]}…"


class _TelegramChannel(Channel):
    """One chat of one bot."""

    def __init__(self, bot: TelegramBot, chat: str, thread: int | None) -> None:
        self._bot = bot
        self._chat = chat
        self._thread = thread

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`; the part is Telegram's HTML."""
        part = label_repeat(outgoing.part) if outgoing.maybe_repeat else outgoing.part
        return await self._bot.send_html(
            self._chat,
            part,
            thread=self._thread,
            silent=outgoing.silent,
            buttons=outgoing.buttons,
            reply_to=outgoing.reply_to,
        )

    async def edit(self, outgoing: Outgoing, message_id: int) -> None:
        """As `Channel.edit`; the part is Telegram's HTML."""
        await self._bot.edit_html(self._chat, message_id, outgoing.part, buttons=outgoing.buttons)


# --- in plain words ----------------------------------------------------------------------------------------------

_REFUSALS: Final = {
    "chat not found": "there is no such chat, or the bot has not been added to it",
    "bot was blocked by the user": "the user has blocked the bot",
    "bot was kicked": "the bot was removed from the chat",
    "bot is not a member": "the bot has not been added to the chat",
    "user is deactivated": "the user's account is deleted",
    "bot can't initiate conversation": "the user has to write to the bot first",
    "need administrator rights": "the bot is not an administrator of the channel, so it cannot post there",
    "not enough rights": "the bot has no right to write in the chat",
    "have no rights to send": "the bot has no right to write in the chat",
    "message thread not found": "there is no such topic in the chat: see `thread` in the config",
    "topic_closed": "the topic is closed",
}


_KNOWN: Final = re.compile(
    # What Telegram refuses with, beside the above: sentences of its server, and codes like CHAT_WRITE_FORBIDDEN.
    "can't parse (?:entities|reply|inline)|message (?:is too long|text is empty|must be non-empty|is not modified"
    "|to (?:edit|delete|be replied|reply) not found|can't be (?:edited|deleted)|caption)|chat_id is empty|logged out"
    "|user not found|peer not found|chat_admin_required|group chat was (?:deactivated|upgraded)|bots can't|bot can't"
    "|query is too old|inline keyboard|reply markup|text buttons|button (?:type|data|url)|wrong (?:file|http|string)"
    "|not enough rights|topic|thread|supergroup|(?:^|: )[a-z0-9]+(?:_[a-z0-9]+)+$"
)


_PLACE: Final = re.compile(
    # Of these, what speaks of the chat, the topic or the bot, and would be said to any message.
    "chat_id is empty|logged out|user not found|peer not found|group chat was (?:deactivated|upgraded)|bots? can't"
    "|not enough rights|topic|thread|supergroup|blocked|deactivated|(?:chat|channel|user|peer)_[a-z0-9_]+$"
)


def _refused(error: Forbidden | BadRequest) -> Failure:
    """What a refusal asks for: something else to be said, the place to be opened, or a question who spoke."""
    words = error.message.strip().lower()
    if not _is_known(words):
        return Failure.UNKNOWN
    of_place = isinstance(error, Forbidden) or any(sign in words for sign in _REFUSALS) or _PLACE.search(words)
    return Failure.CLOSED if of_place else Failure.REFUSED


def _is_known(message: str) -> bool:
    """Whether Telegram is known to refuse in these words; in others a proxy in its place may have spoken."""
    words = message.strip().lower()
    return any(sign in words for sign in _REFUSALS) or _KNOWN.search(words) is not None


def _refusal(message: str) -> str:
    """Telegram's refusal in plain words, with its own beside them."""
    known = (plain for sign, plain in _REFUSALS.items() if sign in message.lower())
    plain = next(known, None)
    return f"Telegram refused: {message}" if plain is None else f"{plain} ({message})"


def _rate_limited(error: RetryAfter) -> SendError:
    wait = error.retry_after
    assert isinstance(wait, timedelta)
    wait = min(max(wait, _LEAST_SILENCE), _LONGEST_SILENCE)
    return SendError(
        Failure.RATE_LIMITED, f"Telegram asks for {int(wait.total_seconds())} s of silence", retry_after=wait
    )


def _lost(error: TelegramError) -> tuple[Failure, str]:
    """What it means that Telegram did not say whether it accepted."""
    match error.__cause__:
        case httpx.PoolTimeout():
            return Failure.NOT_SENT, "too many requests to Telegram were under way"
        case httpx.ConnectTimeout():
            return Failure.NOT_SENT, "Telegram could not be reached in time"
        case httpx.TimeoutException() | TimeoutError():
            return Failure.UNKNOWN, "Telegram did not answer in time"
        case httpx.HTTPError() as cause if isinstance(cause, _NEVER_LEFT):
            return Failure.NOT_SENT, f"Telegram could not be reached: {cause}"
        case httpx.HTTPError():
            return Failure.UNKNOWN, "the connection broke before Telegram's answer"
    ours = isinstance(error, NotTelegramError)
    return Failure.UNKNOWN, error.message if ours else f"Telegram had a problem: {error.message}"


def _obstacle(member: ChatMember, chat_type: str) -> str:
    """What keeps the bot from writing to a group or channel."""
    if member.status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED):
        return "the bot is not in the chat: add it there"
    if chat_type == ChatType.CHANNEL:
        if member.status == ChatMemberStatus.OWNER or getattr(member, "can_post_messages", False):
            return ""
        return "the bot may not post in the channel: make it an administrator with the right to post messages"
    if member.status == ChatMemberStatus.RESTRICTED and not getattr(member, "can_send_messages", False):
        return "the bot may not write in the group"
    return ""


def answering(message: int | None) -> ReplyParameters | None:
    """What hangs a message on another, or lets it stand alone where that one is gone."""
    return None if message is None else ReplyParameters(message, allow_sending_without_reply=True)


def message_id(message: Message) -> int:
    """The id of a message that was accepted.

    Raises:
        ValueError: there is none, so nobody knows whether it was.
    """
    if (accepted := number(message.message_id)) <= 0:
        raise ValueError(accepted)
    return accepted


def number(value: int) -> int:
    """A number of Telegram's, if it is one.

    Raises:
        ValueError: it is not.
    """
    if type(value) is not int or abs(value) >= _NO_NUMBER:
        raise ValueError(value)
    return value


def chat_info(chat: Chat | ChatFullInfo) -> ChatInfo:
    """A chat of the client's as ours."""
    return ChatInfo(number(chat.id), _name(chat.type), _name(chat.effective_name), _name(chat.username))


def _chats_of(updates: Sequence[Update]) -> tuple[ChatInfo, ...]:
    """The chats of updates, each once as it was last, latest first."""
    found = [chat_info(update.effective_chat) for update in reversed(updates) if update.effective_chat is not None]
    latest: dict[int, ChatInfo] = {}
    for chat in found:
        latest.setdefault(chat.id, chat)
    return tuple(latest.values())


def _name(words: str | None) -> str:
    """What someone calls themselves, or a chat, as far as it fits a line."""
    return clean_line(words or "")[:_LONGEST_NAME]


def _chat_id(chat: str) -> int | str:
    """A number where it is one: the Bot API knows ``@name`` and numbers."""
    return chat if chat.startswith("@") else int(chat)
