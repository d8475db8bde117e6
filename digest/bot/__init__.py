"""The Telegram bot: commands and buttons for the admins, inside the engine's process.

::

    listen ─▶ who may? ─▶ command or press ─▶ a reply ─▶ speak, at the chats' pace
      │          └ a stranger: refused once, counted      (reads in a thread of their own,
      └ a lease, so that one program reads                 changes in the store's thread)

Every question is answered by a plain function of what was asked and a `View` of the store; every change is noted with
who made it, and can be undone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.engine.companions import Surroundings

_log = logging.getLogger(__name__)


async def run_bot(around: Surroundings) -> None:
    """Listen and answer until cancelled; without a token, or without anyone to obey, there is no bot."""
    if around.token is None or not around.config.telegram.admins:
        return
    from digest.bot.listening import Listener
    from digest.channels.telegram_talk import TalkingBot

    mark = await around.thread.call(around.store.mark)
    async with TalkingBot(around.token, around.config.telegram.api, mark=mark) as bot:
        await Listener(bot, around).run()
