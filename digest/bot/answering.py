"""What is heard, and what is done about it.

::

    heard ─▶ the chat is noted ─▶ who may?
                                   ├ nobody: a post in a channel ─▶ nothing; as the group itself ─▶ told so
                                   ├ a stranger who asks something ─▶ counted; refused in words once, ever
                                   ├ an admin elsewhere, or at another's desk ─▶ told where to ask
                                   └ obey ─▶ a command ─▶ read: a reply · change: unless it comes late, done
                                             a press ───▶ the same, under the message or in its place
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from digest.bot import alerts, glances, history, rules
from digest.bot.authority import BROADCAST, PRIVATE, Access, authority_of
from digest.bot.changing import Hands
from digest.bot.commands import BY_NAME, COMMANDS, help_spans, read_command
from digest.bot.presses import Deed, meaning
from digest.bot.replies import Reply, View, said
from digest.channels.base import SendError
from digest.channels.telegram_talk import Moved, Pressed, Wrote
from digest.delivery.media.buttons import read_press
from digest.errors import DigestError
from digest.store.strangers import BotChat

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from digest.bot.authority import Authority
    from digest.bot.commands import TypedCommand
    from digest.bot.speaking import Speaker
    from digest.channels.telegram import ChatInfo
    from digest.channels.telegram_talk import Heard, Person, Place, TalkingBot
    from digest.engine.companions import Surroundings

LATE: Final = timedelta(minutes=10)
"""A change that was asked for so long ago is not made: whoever asked may have thought better of it."""
_OWN_FAULT: Final = "Digest itself failed on this: engine.log has the details."

_log = logging.getLogger(__name__)

_READS: Final[Mapping[str, Callable[[View, str], Reply]]] = {
    "status": glances.status,
    "alerts": alerts.alerts,
    "digest": alerts.digest,
    "rules": rules.rules,
    "rule": rules.rule,
    "search": history.search,
    "story": history.story,
    "why": history.why,
    "feeds": glances.feeds,
    "help": lambda _view, _argument: Reply(tuple(help_spans())),
    "start": lambda _view, _argument: Reply(tuple(help_spans())),
}


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers what the bot hears.

    Args:
        username: the bot's own, without @.
    """

    bot: TalkingBot
    speaker: Speaker
    around: Surroundings
    hands: Hands
    username: str

    @classmethod
    def of(cls, bot: TalkingBot, speaker: Speaker, around: Surroundings, username: str) -> Answerer:
        """One that works with what the engine works with."""
        hands = Hands(around.thread, around.rules, around.ring)
        return cls(bot, speaker, around, hands, username)

    async def answer(self, heard: Heard) -> None:
        """Do what there is to do about it.

        Raises:
            StoreError: the store fails, even to say who may.
        """
        chat = heard.chat if not isinstance(heard, Wrote | Pressed) else heard.place.chat
        await self._note(chat)
        authority = authority_of(self.around.config, await asyncio.to_thread(self.around.store.channels.all))
        if isinstance(heard, Moved):
            await self._moved(heard)
        elif isinstance(heard, Wrote):
            await self._wrote(heard, authority)
        elif isinstance(heard, Pressed):
            await self._pressed(heard, authority)

    async def _moved(self, moved: Moved) -> None:
        """Know a group by its new id before the next alert finds out."""
        channels = self.around.store.channels
        for state in await asyncio.to_thread(channels.all):
            if state.chat == str(moved.chat.id):
                await self.around.thread.call(channels.migrate_chat, state.name, str(moved.to))

    async def _note(self, chat: ChatInfo) -> None:
        """Keep the chat for ``digest telegram chats``."""
        noted = BotChat(chat.id, chat.type, chat.title, chat.username, _now())
        await self.around.thread.call(self.around.store.bot_chats.note, noted)

    def _view(self, who: Person, chat: ChatInfo, authority: Authority) -> View:
        return View.of(self.around, authority.zone_of(chat), _now(), authority.desks(who, chat))

    # --- what was written --------------------------------------------------------------------------------------------

    async def _wrote(self, wrote: Wrote, authority: Authority) -> None:
        place, asked = wrote.place, read_command(wrote.text, self.username)
        verdict = authority.verdict(wrote.who, place.chat)
        key = authority.pace_key(place.chat)
        if not self._is_asked(asked, place, authority):
            return
        if wrote.who is None:
            if wrote.as_group:
                await self.speaker.say(place, said(_UNNAMED), key, quote=True)
            return
        if verdict is Access.STRANGER:
            if await self._count(wrote.who):
                await self.speaker.say(place, _refusal(wrote.who), key, quote=place.chat.type != PRIVATE)
        elif verdict is not Access.OBEY:
            await self.speaker.say(place, said(_NOT_HERE[verdict]), key, quote=True)
        else:
            view = self._view(wrote.who, place.chat, authority)
            await self.speaker.say(place, await self._reply(asked, wrote, view), key)

    @staticmethod
    def _is_asked(asked: TypedCommand | None, place: Place, authority: Authority) -> bool:
        """Whether the bot is meant: in private always; in a group that has others by its name, else by its commands."""
        if place.chat.type == PRIVATE:
            return True
        if asked is None:
            return False
        return asked.to_us or (asked.name in BY_NAME and authority.is_channel(place.chat))

    async def _reply(self, asked: TypedCommand | None, wrote: Wrote, view: View) -> Reply:
        """The answer to a command of someone who is obeyed."""
        assert wrote.who is not None
        if asked is None:
            return said("I understand commands: /help lists them.")
        command = BY_NAME.get(asked.name)
        if command is None:
            return _no_such_command(asked.name)
        if command.changes and view.now - wrote.at > LATE:
            when = view.time(wrote.at)
            return said(
                f"This was written at {when}, and I was away: nothing was done. Say it again if you still want it."
            )
        change = {"mute": self.hands.mute_asked, "unmute": self.hands.unmute_asked}.get(asked.name)
        try:
            if change is not None:
                return await change(view, wrote.who, asked.argument)
            return await asyncio.to_thread(_READS[asked.name], view, asked.argument)
        except Exception as error:  # noqa: BLE001 - whoever asked must get an answer
            return _failed(error, f"/{asked.name}")

    # --- what was pressed --------------------------------------------------------------------------------------------

    async def _pressed(self, press: Pressed, authority: Authority) -> None:
        verdict = authority.verdict(press.who, press.place.chat)
        if verdict is Access.STRANGER:
            await self._count(press.who)
            await self._end_wait(press, "These buttons work for the owners of this bot only.")
            return
        if verdict is not Access.OBEY:
            await self._end_wait(press, _NOT_HERE[verdict], alert=True)
            return
        known = read_press(press.data, self.bot.mark)
        if known is None:
            await self._end_wait(press, _OF_ANOTHER)
            return
        view = self._view(press.who, press.place.chat, authority)
        try:
            meant = await asyncio.to_thread(meaning, *known, view, self.hands, press.who)
        except Exception as error:  # noqa: BLE001 - whoever pressed must get an answer
            meant = _failed(error, known[0].value)
        key = authority.pace_key(press.place.chat)
        if isinstance(meant, Reply):
            await self._give(press, meant, key)
        else:
            await self._do(press, meant, key)

    async def _give(self, press: Pressed, reply: Reply, key: str) -> None:
        """Answer a press with words: under the message, or in private where many read along."""
        if press.place.chat.type != BROADCAST:
            await self._end_wait(press)
            await self.speaker.say(press.place, reply, key, quote=True)
        elif await self.speaker.say_to(press.who.id, press.place, reply):
            await self._end_wait(press, "I wrote to you in private.")
        else:
            await self._end_wait(press, self._write_first(), alert=True)

    async def _do(self, press: Pressed, deed: Deed, key: str) -> None:
        """Do what a press asks for, unless it has waited for too long, or nobody could be told what came of it."""
        broadcast = press.place.chat.type == BROADCAST
        if broadcast and not await self.bot.may_write_to(press.who.id):
            await self._end_wait(press, self._write_first(), alert=True)
            return
        in_place = deed.in_place
        if not await self._end_wait(press, deed.toast):
            reply, in_place = said(_LATE), False
        else:
            try:
                reply = await deed.do()
            except Exception as error:  # noqa: BLE001 - whoever pressed must get an answer
                reply, in_place = _failed(error, deed.toast), False
        if broadcast:
            await self.speaker.say_to(press.who.id, press.place, reply)
        elif in_place:
            await self.speaker.edit(press.place, reply, key)
        else:
            await self.speaker.say(press.place, reply, key, quote=True)

    async def _end_wait(self, press: Pressed, words: str = "", *, alert: bool = False) -> bool:
        """Let the button stop waiting; false if Telegram does not take that, now or any more."""
        for pause in _PRESS_AGAIN:
            try:
                return await self.bot.answer_press(press, words, alert=alert)
            except SendError as error:
                _log.warning("a button is left waiting: %s", error)
                wait = error.retry_after or pause
                if wait > _LONGEST_WAIT:
                    break
            await asyncio.sleep(wait.total_seconds())
        return False

    def _write_first(self) -> str:
        return f"Write to me first, @{self.username}: I answer in private."

    async def _count(self, who: Person) -> bool:
        """Count a stranger; says whether it was the first time."""
        return await self.around.thread.call(self.around.store.strangers.note, who.id, who.name, _now())


_OF_ANOTHER: Final = "This button is of another version, or of a database that is gone: it does nothing any more."
_LATE: Final = (
    "A press on this button came too late, or Telegram was out of reach: nothing was done. Press again if you mean it."
)
_UNNAMED: Final = "Telegram does not tell me who writes as this group: write under your own name, or to me in private."
_PRESS_AGAIN: Final = (timedelta(seconds=1), timedelta(seconds=3), timedelta(0))
"""Pauses after which a button is released again; Telegram takes no answer to a press that is much older."""
_LONGEST_WAIT: Final = timedelta(seconds=10)
_NOT_HERE: Final = {
    Access.ELSEWHERE: (
        "Here I do not answer, for others read along: write to me in private, or make this chat a channel of the "
        "config."
    ),
    Access.OTHER_DESK: "This chat is a channel of a desk that you do not act for: write to me in private.",
}


def _refusal(who: Person) -> Reply:
    return said(
        "Sorry, I work for the owners of this news desk only. If you are one of them, add your user id, "
        f"{who.id}, to admins under [telegram] in config.toml."
    )


def _no_such_command(name: str) -> Reply:
    close = get_close_matches(name, [command.name for command in COMMANDS], n=1)
    return said(
        f"There is no /{name}: " + (f"did you mean /{close[0]}? " if close else "") + "/help lists what there is."
    )


def _failed(error: Exception, asked: str) -> Reply:
    """What to say where something went wrong, in words where these are known."""
    if isinstance(error, DigestError):
        return said(f"That did not work: {error}.")
    _log.error("the bot failed on %s", asked, exc_info=error)
    return said(_OWN_FAULT)


def _now() -> datetime:
    return datetime.now(UTC)
